//! What the tests share: modules from text, in a store of their own.

#![allow(dead_code, unreachable_pub)]

pub mod paged;
pub mod states;
pub mod tier;

use fayasm_core::{Engine, Error, Func, Instance, Linker, Module, Store, Trap, TrapKind, Val};
pub use tier::engine;

/// An instance in a store of its own.
pub struct Loaded<T = ()> {
    pub store: Store<T>,
    pub instance: Instance,
}

/// A module from text.
pub fn module(engine: &Engine, text: &str) -> Module {
    let wasm = wat::parse_str(text).expect("the text is a module");
    Module::new(engine, wasm).expect("the module is valid")
}

/// An instance of a module that imports nothing.
pub fn load(text: &str) -> Loaded {
    load_in(&engine(), text)
}

/// The same, under these settings.
pub fn load_in(engine: &Engine, text: &str) -> Loaded {
    link_in(engine, text, (), |_| {})
}

/// An instance of a module whose imports `define` names.
pub fn link<T>(text: &str, data: T, define: impl FnOnce(&mut Linker<T>)) -> Loaded<T> {
    link_in(&engine(), text, data, define)
}

/// The same, under these settings.
pub fn link_in<T>(
    engine: &Engine,
    text: &str,
    data: T,
    define: impl FnOnce(&mut Linker<T>),
) -> Loaded<T> {
    let mut store = Store::new(engine, data);
    let mut linker = Linker::new(engine);
    define(&mut linker);
    let instance = linker.instantiate(&mut store, &module(engine, text)).expect("it instantiates");
    Loaded { store, instance }
}

impl<T> Loaded<T> {
    /// An exported function.
    pub fn func(&self, name: &str) -> Func {
        self.instance.get_func(&self.store, name).expect("it is exported")
    }

    /// What an exported function returns.
    pub fn call(&mut self, name: &str, args: &[Val]) -> Result<Vec<Val>, Error> {
        let func = self.func(name);
        let count = func.ty(&self.store)?.results().len();
        let mut results = vec![Val::I32(0); count];
        func.call(&mut self.store, args, &mut results)?;
        Ok(results)
    }

    /// The trap that a call ends in.
    pub fn trap(&mut self, name: &str, args: &[Val]) -> Trap {
        match self.call(name, args) {
            Err(Error::Trap(trap)) => trap,
            other => panic!("{name} must trap, but gives {other:?}"),
        }
    }

    /// Why a call traps.
    pub fn trap_kind(&mut self, name: &str, args: &[Val]) -> TrapKind {
        self.trap(name, args).kind().clone()
    }
}
