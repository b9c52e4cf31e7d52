//! Calls and instantiations where pages of memories come and go.

use std::collections::HashMap;

use fayasm_core::{
    Error, Func, Instance, InstantiationError, Job, Limit, Linker, Module, ObjectId, Outcome,
    Store, TrapKind, Val,
};

/// Pages of memories that are not in RAM.
#[derive(Default)]
pub(super) struct Pages(HashMap<ObjectId, Vec<u8>>);

impl Pages {
    /// Calls a function, and gives its results.
    pub(super) fn call(
        &mut self,
        store: &mut Store<()>,
        function: Func,
        arguments: &[Val],
    ) -> Result<Vec<Val>, Error> {
        let mut job = Job::new(&*store, function, arguments)?;
        loop {
            match store.run(&mut job, Limit::NONE) {
                Outcome::Done => return Ok(job.results(&*store).unwrap_or_default()),
                Outcome::Trapped(trap) => return Err(trap.into()),
                Outcome::NeedLoad(page) => self.load(store, page)?,
                Outcome::NeedStore(page) => self.store(store, page),
                _ => {}
            }
        }
    }

    /// Instantiates a module.
    pub(super) fn instantiate(
        &mut self,
        linker: &Linker<()>,
        store: &mut Store<()>,
        module: &Module,
    ) -> Result<Instance, InstantiationError> {
        let failed = |error| match error {
            Error::Trap(trap) => InstantiationError::Start(trap),
            other => InstantiationError::Start(TrapKind::Host(other.to_string().into()).into()),
        };
        let instance = linker.instantiate_without_start(&mut *store, module)?;
        if let Some(start) = instance.start_function(&*store) {
            self.call(store, start, &[]).map_err(failed)?;
        }
        Ok(instance)
    }

    fn load(&mut self, store: &mut Store<()>, page: ObjectId) -> Result<(), Error> {
        let bytes = self.0.get(&page).ok_or(Error::NotStored(page))?;
        match store.load_object(page, bytes) {
            Err(Error::NeedStore(other)) => {
                self.store(store, other);
                Ok(())
            }
            done => done,
        }
    }

    fn store(&mut self, store: &mut Store<()>, page: ObjectId) {
        if let Some(bytes) = store.object(page) {
            self.0.insert(page, bytes.to_vec());
            store.object_stored(page);
        }
    }
}
