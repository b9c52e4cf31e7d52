//! Our engine.

use fayasm_core::{Config, Engine, Func, Job, Limit, Linker, Module, Store, Translate, Val};

use crate::Number;

/// A configuration for each way to execute; `measure.mjs` knows their names.
const ENGINES: [fn() -> Engine; TIERS] =
    [Engine::default, || Engine::new(Config::new().with_translate(Translate::Never))];

pub(crate) const TIERS: usize = 2;

pub(crate) struct Ready {
    store: Store<()>,
    func: Func,
    arguments: Vec<Val>,
    results: Vec<Val>,
}

impl Ready {
    pub(crate) fn new(tier: usize, bytes: &[u8], export: &str, arguments: &[Number]) -> Self {
        let engine = ENGINES[tier]();
        let module = Module::new(&engine, bytes).expect("the module is valid");
        let mut store = Store::new(&engine, ());
        let instance =
            Linker::new(&engine).instantiate(&mut store, &module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let arguments = arguments.iter().map(|number| match *number {
            Number::I32(value) => Val::I32(value),
            Number::I64(value) => Val::I64(value),
            Number::F32(value) => Val::F32(value.to_bits()),
            Number::F64(value) => Val::F64(value.to_bits()),
        });
        Ready { store, func, arguments: arguments.collect(), results: Vec::new() }
    }

    pub(crate) fn run(&mut self) -> u64 {
        let mut job = Job::new(&self.store, self.func, &self.arguments).expect("the arguments fit");
        self.store.run(&mut job, Limit::NONE);
        self.results = job.results(&self.store).expect("the call returns");
        job.executed()
    }

    pub(crate) fn results(&self) -> Vec<Number> {
        let number = |val: &Val| match *val {
            Val::I32(value) => Number::I32(value),
            Val::I64(value) => Number::I64(value),
            Val::F32(bits) => Number::F32(f32::from_bits(bits)),
            Val::F64(bits) => Number::F64(f64::from_bits(bits)),
            _ => panic!("no call returns a reference or a vector"),
        };
        self.results.iter().map(number).collect()
    }
}
