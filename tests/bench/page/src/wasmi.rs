//! The peer.

use wasmi::{CompilationMode, Config, Engine, Func, Linker, Module, Store, Val};

use crate::Number;

pub(crate) const TIERS: usize = 1;

pub(crate) struct Ready {
    store: Store<()>,
    func: Func,
    arguments: Vec<Val>,
    results: Vec<Val>,
}

impl Ready {
    pub(crate) fn new(_: usize, bytes: &[u8], export: &str, arguments: &[Number]) -> Self {
        // Otherwise a call would be measured with the translation of what it needs.
        let engine = Engine::new(Config::default().compilation_mode(CompilationMode::Eager));
        let module = Module::new(&engine, bytes).expect("the module is valid");
        let mut store = Store::new(&engine, ());
        let linker = Linker::new(&engine);
        let instance = linker.instantiate_and_start(&mut store, &module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let arguments = arguments.iter().map(|number| match *number {
            Number::I32(value) => Val::I32(value),
            Number::I64(value) => Val::I64(value),
            Number::F32(value) => Val::F32(value.into()),
            Number::F64(value) => Val::F64(value.into()),
        });
        let results = vec![Val::I32(0); func.ty(&store).results().len()];
        Ready { store, func, arguments: arguments.collect(), results }
    }

    /// It does not tell how many instructions it executes.
    pub(crate) fn run(&mut self) -> u64 {
        self.func
            .call(&mut self.store, &self.arguments, &mut self.results)
            .expect("the call returns");
        0
    }

    pub(crate) fn results(&self) -> Vec<Number> {
        let number = |val: &Val| match val {
            Val::I32(value) => Number::I32(*value),
            Val::I64(value) => Number::I64(*value),
            Val::F32(value) => Number::F32(f32::from_bits(value.to_bits())),
            Val::F64(value) => Number::F64(f64::from_bits(value.to_bits())),
            _ => panic!("no call returns a reference or a vector"),
        };
        self.results.iter().map(number).collect()
    }
}
