//! The engines that are measured, each with the same three things to do. All
//! are given the arguments as text, such as `i32:7`.

use std::time::{Duration, Instant};

use fayasm_core::{Engine, Func, Job, Limit, Linker, Module, Store, Val};
use fayasm_fixtures::Value;

/// Makes something once, and says how long the part took that is measured.
pub(crate) type Timed = Box<dyn FnMut() -> Duration>;

/// A call of an export.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) file: &'static str,
    pub(crate) export: &'static str,
    pub(crate) arguments: &'static [&'static str],
}

impl Call {
    pub(crate) fn bytes(self) -> &'static [u8] {
        let module = fayasm_fixtures::module(self.file).and_then(|module| module.bytes());
        module.expect("the sample module exists")
    }

    fn values(self) -> impl Iterator<Item = Value> {
        self.arguments.iter().map(|argument| argument.parse().expect("arguments are values"))
    }
}

/// An engine.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Makes a call on a fresh instance; the call is measured.
    pub(crate) call: fn(Call) -> Timed,
    /// Instantiates an opened module and makes a call, both of which are measured.
    pub(crate) instantiate: fn(Call) -> Timed,
    /// Opens a module, instantiates it and makes a call, all of which are measured.
    pub(crate) open: fn(Call) -> Timed,
}

/// Ours first.
pub(crate) const SUBJECTS: [Subject; 3] = [
    Subject {
        name: "fayasm",
        call: fayasm::call,
        instantiate: fayasm::instantiate,
        open: fayasm::open,
    },
    Subject {
        name: "wasmi 2",
        call: wasmi_2::call,
        instantiate: wasmi_2::instantiate,
        open: wasmi_2::open,
    },
    Subject {
        name: "tinywasm",
        call: tiny::call,
        instantiate: tiny::instantiate,
        open: tiny::open,
    },
];

/// How long something takes, and what comes of it.
fn timed<R>(f: impl FnOnce() -> R) -> (Duration, R) {
    let start = Instant::now();
    let result = f();
    (start.elapsed(), result)
}

mod fayasm {
    use super::*;

    pub(super) fn values(call: Call) -> Vec<Val> {
        let value = |argument: &&str| argument.parse().expect("arguments are values");
        call.arguments.iter().map(value).collect()
    }

    pub(super) fn instance(
        engine: &Engine,
        module: &Module,
        export: &str,
    ) -> (Store<()>, Func, usize) {
        let mut store = Store::new(engine, ());
        let instance =
            Linker::new(engine).instantiate(&mut store, module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let results = func.ty(&store).expect("it is of this store").results().len();
        (store, func, results)
    }

    fn run((mut store, func, results): (Store<()>, Func, usize), arguments: &[Val]) {
        let mut results = vec![Val::I32(0); results];
        func.call(&mut store, arguments, &mut results).expect("the call returns");
    }

    pub(super) fn call(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        let module = Module::new(&engine, call.bytes()).expect("the module is valid");
        Box::new(move || {
            let ready = instance(&engine, &module, call.export);
            timed(|| run(ready, &arguments)).0
        })
    }

    pub(super) fn instantiate(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        let module = Module::new(&engine, call.bytes()).expect("the module is valid");
        Box::new(move || timed(|| run(instance(&engine, &module, call.export), &arguments)).0)
    }

    pub(super) fn open(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        Box::new(move || {
            let all = || {
                let module = Module::new(&engine, call.bytes()).expect("the module is valid");
                run(instance(&engine, &module, call.export), &arguments);
            };
            timed(all).0
        })
    }
}

/// A call that is about to be made in our engine.
pub(crate) fn ready(call: Call) -> (Store<()>, Job) {
    let engine = Engine::default();
    let module = Module::new(&engine, call.bytes()).expect("the module is valid");
    let (store, func, _) = fayasm::instance(&engine, &module, call.export);
    let job = Job::new(&store, func, &fayasm::values(call)).expect("the arguments fit");
    (store, job)
}

/// How many instructions a call executes in our engine.
pub(crate) fn instructions(call: Call) -> u64 {
    let (mut store, mut job) = ready(call);
    store.run(&mut job, Limit::NONE);
    job.executed()
}

mod wasmi_2 {
    use wasmi::{Engine, Func, Linker, Module, Store, Val};

    use super::*;

    fn values(call: Call) -> Vec<Val> {
        let value = |value| match value {
            Value::I32(value) => Val::I32(value),
            Value::I64(value) => Val::I64(value),
            Value::F32(bits) => Val::F32(f32::from_bits(bits).into()),
            Value::F64(bits) => Val::F64(f64::from_bits(bits).into()),
            Value::FuncRef | Value::ExternRef(_) => unreachable!("no call takes a reference"),
        };
        call.values().map(value).collect()
    }

    fn instance(engine: &Engine, module: &Module, export: &str) -> (Store<()>, Func, usize) {
        let mut store = Store::new(engine, ());
        let linker = Linker::new(engine);
        let instance = linker.instantiate_and_start(&mut store, module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let results = func.ty(&store).results().len();
        (store, func, results)
    }

    fn run((mut store, func, results): (Store<()>, Func, usize), arguments: &[Val]) {
        let mut results = vec![Val::I32(0); results];
        func.call(&mut store, arguments, &mut results).expect("the call returns");
    }

    pub(super) fn call(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        let module = Module::new(&engine, call.bytes()).expect("the module is valid");
        Box::new(move || {
            let ready = instance(&engine, &module, call.export);
            timed(|| run(ready, &arguments)).0
        })
    }

    pub(super) fn instantiate(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        let module = Module::new(&engine, call.bytes()).expect("the module is valid");
        Box::new(move || timed(|| run(instance(&engine, &module, call.export), &arguments)).0)
    }

    pub(super) fn open(call: Call) -> Timed {
        let (engine, arguments) = (Engine::default(), values(call));
        Box::new(move || {
            let all = || {
                let module = Module::new(&engine, call.bytes()).expect("the module is valid");
                run(instance(&engine, &module, call.export), &arguments);
            };
            timed(all).0
        })
    }
}

mod tiny {
    use tinywasm::types::WasmValue;
    use tinywasm::{Function, Module, ModuleInstance, Store, parse_bytes};

    use super::*;

    fn values(call: Call) -> Vec<WasmValue> {
        let value = |value| match value {
            Value::I32(value) => WasmValue::I32(value),
            Value::I64(value) => WasmValue::I64(value),
            Value::F32(bits) => WasmValue::F32(f32::from_bits(bits)),
            Value::F64(bits) => WasmValue::F64(f64::from_bits(bits)),
            Value::FuncRef | Value::ExternRef(_) => unreachable!("no call takes a reference"),
        };
        call.values().map(value).collect()
    }

    fn instance(module: &Module, export: &str) -> (Store, Function) {
        let mut store = Store::default();
        let instance =
            ModuleInstance::instantiate(&mut store, module, None).expect("it needs nothing");
        let func = instance.func_untyped(&store, export).expect("the export exists");
        (store, func)
    }

    fn run((mut store, func): (Store, Function), arguments: &[WasmValue]) {
        func.call(&mut store, arguments).expect("the call returns");
    }

    pub(super) fn call(call: Call) -> Timed {
        let arguments = values(call);
        let module = parse_bytes(call.bytes()).expect("the module is valid");
        Box::new(move || {
            let ready = instance(&module, call.export);
            timed(|| run(ready, &arguments)).0
        })
    }

    pub(super) fn instantiate(call: Call) -> Timed {
        let arguments = values(call);
        let module = parse_bytes(call.bytes()).expect("the module is valid");
        Box::new(move || timed(|| run(instance(&module, call.export), &arguments)).0)
    }

    pub(super) fn open(call: Call) -> Timed {
        let arguments = values(call);
        Box::new(move || {
            let all = || {
                let module = parse_bytes(call.bytes()).expect("the module is valid");
                run(instance(&module, call.export), &arguments);
            };
            timed(all).0
        })
    }
}
