//! Calls and instantiations where pages of memories come and go, and microcode goes.

use fayasm_core::spill::{MirrorError, MirrorSlots, SpillStore};
use fayasm_core::{
    Error, Func, Instance, InstantiationError, Job, Limit, Linker, Module, Outcome, SpillingError,
    Store, TrapKind, Val,
};

/// Slots of the spill store: two for each page of 2 GiB.
const SLOTS: u32 = 1 << 20;

/// At so many calls microcode is dropped at most, of all that a call of a script leads to: a few that
/// call a million times would take as long as everything else.
const MOST_DROPS: u32 = 1000;

/// Where pages of memories are that are not in RAM.
pub(super) struct Pages(SpillStore<MirrorSlots>);

impl Pages {
    pub(super) fn new() -> Result<Self, String> {
        let store = SpillStore::format(MirrorSlots::new(SLOTS), 0);
        store.map(Pages).map_err(|error| error.to_string())
    }

    /// Calls a function, and gives its results.
    pub(super) fn call(
        &mut self,
        store: &mut Store<()>,
        function: Func,
        arguments: &[Val],
    ) -> Result<Vec<Val>, Error> {
        let mut job = Job::new(&*store, function, arguments)?;
        let mut drops = 0;
        loop {
            match store.run_spilling(&mut job, Limit::NONE, &mut self.0).map_err(failed)? {
                Outcome::Done => return Ok(job.results(&*store).unwrap_or_default()),
                Outcome::Trapped(trap) => return Err(trap.into()),
                Outcome::Paused(_) if drops < MOST_DROPS => {
                    store.drop_microcode();
                    drops += 1;
                }
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
        let instance = linker.instantiate_without_start(&mut *store, module)?;
        if let Some(start) = instance.start_function(&*store) {
            self.call(store, start, &[]).map_err(|error| match error {
                Error::Trap(trap) => InstantiationError::Start(trap),
                other => InstantiationError::Start(message(&other).into()),
            })?;
        }
        Ok(instance)
    }
}

fn failed(error: SpillingError<MirrorError>) -> Error {
    Error::Trap(message(&error).into())
}

/// A trap with these words.
fn message(error: &dyn std::fmt::Display) -> TrapKind {
    TrapKind::Host(error.to_string().into())
}
