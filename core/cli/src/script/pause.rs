//! Calls that are interrupted: what they come to is saved, lost, and loaded again.

use fayasm_core::{
    Contents, Error, ExternKind, Func, Instance, Job, Limit, Outcome, StateError, Store, Val,
    ValType,
};

/// So often a call is interrupted at most. Few are long enough for more.
const MOST: usize = 3;

/// Where calls are interrupted: taken at random, the same from the same seed.
#[derive(Debug, Clone)]
pub(super) struct Pauses(u64);

impl Pauses {
    pub(super) fn new(seed: u64) -> Self {
        Pauses(seed)
    }

    /// Mostly few instructions.
    fn slice(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        let random = self.0 >> 33;
        1 + (random >> 2) % [2, 10, 60, 3000][random as usize % 4]
    }

    /// Calls a function of an instance: its results or its trap. What the call has come to is
    /// saved, lost and loaded again in between, and at its end.
    pub(super) fn call(
        &mut self,
        store: &mut Store<()>,
        instance: Instance,
        function: Func,
        arguments: &[Val],
    ) -> Result<Vec<Val>, Error> {
        let mut job = Job::new(&*store, function, arguments)?;
        let first = save(store, &job)?;
        for pause in 0..=MOST {
            let limit = if pause < MOST { Limit::fuel(self.slice()) } else { Limit::NONE };
            match store.run(&mut job, limit) {
                Outcome::Trapped(trap) => return Err(trap.into()),
                // The stack of one that has used all of it takes long to look through.
                _ if job.depth() > 200 => {}
                _ => {
                    let state = save(store, &job)?;
                    drop(job);
                    load(store, &first)?;
                    scramble(store, instance);
                    job = load(store, &state)?;
                    if save(store, &job)? != state {
                        return Err(other("a state is saved as another after it was loaded"));
                    }
                }
            }
            if !job.is_running() {
                break;
            }
        }
        job.results(&*store).ok_or_else(|| other("the call has not ended"))
    }
}

/// What has nothing to do with the call itself.
fn other(why: &str) -> Error {
    Error::UnknownExport(why.into())
}

fn save(store: &Store<()>, job: &Job) -> Result<Vec<u8>, Error> {
    store.save_state(job, Contents::Included).map_err(|error| other(&error.to_string()))
}

fn load(store: &mut Store<()>, state: &[u8]) -> Result<Job, Error> {
    store.load_state(state).map_err(|error: StateError| other(&error.to_string()))
}

/// Changes all that an embedder can change of what an instance has.
///
/// ```
/// use fayasm_core::{Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let wat = r#"(module (memory (export "memory") 1))"#;
/// let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// fayasm_script::scramble(&mut store, instance);
/// let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// assert!(memory.data(&store)?.iter().all(|byte| *byte == 0xA5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scramble<T>(store: &mut Store<T>, instance: Instance) {
    let items = |store: &Store<T>, kind| {
        let all = (0..).map_while(|index| instance.get_index(store, kind, index));
        all.collect::<Vec<_>>()
    };
    // What cannot be changed, or grown, stays as it is.
    for memory in items(store, ExternKind::Memory).into_iter().filter_map(|it| it.into_memory()) {
        if let Ok(bytes) = memory.data_mut(&mut *store) {
            bytes.fill(0xA5);
        }
    }
    for global in items(store, ExternKind::Global).into_iter().filter_map(|it| it.into_global()) {
        if let Ok(val) = global.get(&*store) {
            let _ = global.set(&mut *store, Val::default_for(val.ty()));
        }
    }
    for table in items(store, ExternKind::Table).into_iter().filter_map(|it| it.into_table()) {
        let Ok(ty) = table.ty(&*store) else { continue };
        let null = Val::default_for(ValType::Ref(ty.element));
        let _ = table.grow(&mut *store, 1, null);
        for index in 0..ty.limits.min.min(100) {
            let val = table.get(&*store, index).unwrap_or(null);
            let _ = table.set(&mut *store, index, Val::default_for(val.ty()));
        }
    }
}
