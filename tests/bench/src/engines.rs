//! The engines that are measured: the tiers of ours, and the peers. Each can do
//! the same three things with a module, and what comes of calls is checked.

use std::rc::Rc;
use std::time::{Duration, Instant};

use fayasm_core::{
    Config, Engine, Func, Job, Limit, Linker, Module, Paging, Planner, Prescan, Probe, Store,
    Translate, Val,
};
use fayasm_fixtures::Value;

use crate::kernels::Call;
use crate::wasm3;

/// Makes something once, and says how long the part took that is measured.
pub(crate) type Timed = Box<dyn FnMut() -> Duration>;

/// A way in which our engine executes.
pub(crate) struct Tier {
    pub(crate) name: &'static str,
    pub(crate) engine: fn() -> Engine,
}

/// A row for each tier; everything is measured of each.
pub(crate) const TIERS: [Tier; 2] = [
    Tier { name: "microcode", engine: Engine::default },
    Tier { name: "stepper", engine: stepper },
];

/// One that translates all functions of a module when that is instantiated.
pub(crate) fn translating() -> Engine {
    let probe = Probe { ram: u64::MAX, ..Probe::default() };
    let planner = Planner { prescan: Prescan::Force, probe, ..Planner::default() };
    Engine::new(Config::new().with_planner(planner))
}

/// Instantiates a module; gives the bytes that its microcode takes, if it imports nothing but
/// functions.
pub(crate) fn translated(engine: &Engine, module: &Module) -> Option<usize> {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(module);
    linker.instantiate(&mut store, module).ok()?;
    Some(store.microcode_stats().bytes)
}

fn stepper() -> Engine {
    Engine::new(Config::new().with_translate(Translate::Never))
}

/// An engine, which can be given something to do.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Makes a call on a fresh instance; the call is measured.
    pub(crate) call: Task,
    /// Instantiates an opened module and makes a call, both of which are measured.
    pub(crate) instantiate: Task,
    /// Opens a module, instantiates it and makes a call, all of which are measured.
    pub(crate) open: Task,
}

/// Prepares something, or says why it cannot be done.
pub(crate) type Task = Box<dyn Fn(&Call) -> Result<Timed, String>>;

/// The tiers of ours, and behind them the peers.
pub(crate) fn subjects() -> Vec<Subject> {
    let ours = TIERS.iter().map(|tier| subject(tier.name, Fayasm((tier.engine)())));
    let peers = [subject("wasmi 2", Wasmi(wasmi::Engine::default())), subject("tinywasm", Tiny)];
    ours.chain(peers).chain([wasm3::subject()]).collect()
}

/// What an interpreter can do, in its own terms.
trait Interpreter: 'static {
    type Module: 'static;
    type Instance;
    type Val: Clone + 'static;

    fn open(&self, bytes: &[u8]) -> Self::Module;
    fn instantiate(&self, module: &Self::Module, export: &str) -> Self::Instance;
    fn call(instance: &mut Self::Instance, arguments: &[Self::Val]) -> Vec<Self::Val>;
    fn val(value: Value) -> Self::Val;
    fn value(val: &Self::Val) -> Value;
}

fn subject<I: Interpreter>(name: &'static str, interpreter: I) -> Subject {
    let interpreter = Rc::new(interpreter);
    let [for_call, for_instantiate, for_open] = [(); 3].map(|()| interpreter.clone());
    Subject {
        name,
        call: Box::new(move |call| {
            let (engine, call, arguments) = (for_call.clone(), call.clone(), arguments::<I>(call));
            let module = engine.open(call.bytes());
            Ok(Box::new(move || {
                let mut instance = engine.instantiate(&module, &call.export);
                checked::<I>(&call, || calls::<I>(&call, &mut instance, &arguments))
            }))
        }),
        instantiate: Box::new(move |call| {
            let engine = for_instantiate.clone();
            let (call, arguments) = (call.clone(), arguments::<I>(call));
            let module = engine.open(call.bytes());
            Ok(Box::new(move || {
                checked::<I>(&call, || {
                    calls::<I>(&call, &mut engine.instantiate(&module, &call.export), &arguments)
                })
            }))
        }),
        open: Box::new(move |call| {
            let (engine, call, arguments) = (for_open.clone(), call.clone(), arguments::<I>(call));
            Ok(Box::new(move || {
                checked::<I>(&call, || {
                    let module = engine.open(call.bytes());
                    calls::<I>(&call, &mut engine.instantiate(&module, &call.export), &arguments)
                })
            }))
        }),
    }
}

fn arguments<I: Interpreter>(call: &Call) -> Vec<I::Val> {
    call.args.iter().copied().map(I::val).collect()
}

fn calls<I: Interpreter>(call: &Call, on: &mut I::Instance, arguments: &[I::Val]) -> Vec<I::Val> {
    let results = I::call(on, arguments);
    (1..call.times).fold(results, |_, _| I::call(on, arguments))
}

/// How long something takes, of which has to come what the call says.
fn checked<I: Interpreter>(call: &Call, f: impl FnOnce() -> Vec<I::Val>) -> Duration {
    let start = Instant::now();
    let results = f();
    let time = start.elapsed();
    let results: Vec<Value> = results.iter().map(I::value).collect();
    assert_eq!(results, call.results, "{}", call.name);
    time
}

struct Fayasm(Engine);

impl Interpreter for Fayasm {
    type Module = Module;
    type Instance = (Store<()>, Func, Vec<Val>);
    type Val = Val;

    fn open(&self, bytes: &[u8]) -> Module {
        Module::new(&self.0, bytes).expect("the module is valid")
    }

    fn instantiate(&self, module: &Module, export: &str) -> Self::Instance {
        let mut store = Store::new(&self.0, ());
        let instance =
            Linker::new(&self.0).instantiate(&mut store, module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let results = func.ty(&store).expect("it is of this store").results().len();
        (store, func, vec![Val::I32(0); results])
    }

    fn call((store, func, results): &mut Self::Instance, arguments: &[Val]) -> Vec<Val> {
        func.call(store, arguments, results).expect("the call returns");
        results.clone()
    }

    fn val(value: Value) -> Val {
        value.to_string().parse().expect("arguments are values")
    }

    fn value(val: &Val) -> Value {
        match *val {
            Val::I32(value) => Value::I32(value),
            Val::I64(value) => Value::I64(value),
            Val::F32(bits) => Value::F32(bits),
            Val::F64(bits) => Value::F64(bits),
            _ => unreachable!("no call returns a reference or a vector"),
        }
    }
}

/// A call that is about to be made in our engine.
pub(crate) fn ready(engine: &Engine, call: &Call) -> (Store<()>, Job) {
    let ours = Fayasm(engine.clone());
    let (store, func, _) = ours.instantiate(&ours.open(call.bytes()), &call.export);
    let job = Job::new(&store, func, &arguments::<Fayasm>(call)).expect("the arguments fit");
    (store, job)
}

/// The same, where memory is held as pages.
pub(crate) fn ready_paged(engine: &Engine, call: &Call, paging: Paging) -> (Store<()>, Job) {
    let module = Fayasm(engine.clone()).open(call.bytes());
    let mut store = Store::new(engine, ());
    store.set_paging(Some(paging));
    let instance = Linker::new(engine).instantiate(&mut store, &module).expect("it needs nothing");
    let func = instance.get_func(&store, &call.export).expect("the export exists");
    let job = Job::new(&store, func, &arguments::<Fayasm>(call)).expect("the arguments fit");
    (store, job)
}

/// How long something takes.
pub(crate) fn timed(f: impl FnOnce()) -> Duration {
    let start = Instant::now();
    f();
    start.elapsed()
}

/// A call that has been made in our engine.
pub(crate) fn done(engine: &Engine, call: &Call) -> Job {
    let (mut store, mut job) = ready(engine, call);
    store.run(&mut job, Limit::NONE);
    job
}

struct Wasmi(wasmi::Engine);

impl Interpreter for Wasmi {
    type Module = wasmi::Module;
    type Instance = (wasmi::Store<()>, wasmi::Func, Vec<wasmi::Val>);
    type Val = wasmi::Val;

    fn open(&self, bytes: &[u8]) -> wasmi::Module {
        wasmi::Module::new(&self.0, bytes).expect("the module is valid")
    }

    fn instantiate(&self, module: &wasmi::Module, export: &str) -> Self::Instance {
        let mut store = wasmi::Store::new(&self.0, ());
        let linker = wasmi::Linker::new(&self.0);
        let instance = linker.instantiate_and_start(&mut store, module).expect("it needs nothing");
        let func = instance.get_func(&store, export).expect("the export exists");
        let results = func.ty(&store).results().len();
        (store, func, vec![wasmi::Val::I32(0); results])
    }

    fn call(
        (store, func, results): &mut Self::Instance,
        arguments: &[wasmi::Val],
    ) -> Vec<wasmi::Val> {
        func.call(store, arguments, results).expect("the call returns");
        results.clone()
    }

    fn val(value: Value) -> wasmi::Val {
        match value {
            Value::I32(value) => wasmi::Val::I32(value),
            Value::I64(value) => wasmi::Val::I64(value),
            Value::F32(bits) => wasmi::Val::F32(f32::from_bits(bits).into()),
            Value::F64(bits) => wasmi::Val::F64(f64::from_bits(bits).into()),
            Value::FuncRef | Value::ExternRef(_) => unreachable!("no call takes a reference"),
        }
    }

    fn value(val: &wasmi::Val) -> Value {
        match val {
            wasmi::Val::I32(value) => Value::I32(*value),
            wasmi::Val::I64(value) => Value::I64(*value),
            wasmi::Val::F32(value) => Value::F32(value.to_bits()),
            wasmi::Val::F64(value) => Value::F64(value.to_bits()),
            _ => unreachable!("no call returns a reference or a vector"),
        }
    }
}

struct Tiny;

impl Interpreter for Tiny {
    type Module = tinywasm::Module;
    type Instance = (tinywasm::Store, tinywasm::Function);
    type Val = tinywasm::types::WasmValue;

    fn open(&self, bytes: &[u8]) -> tinywasm::Module {
        tinywasm::parse_bytes(bytes).expect("the module is valid")
    }

    fn instantiate(&self, module: &tinywasm::Module, export: &str) -> Self::Instance {
        let mut store = tinywasm::Store::default();
        let instance = tinywasm::ModuleInstance::instantiate(&mut store, module, None)
            .expect("it needs nothing");
        let func = instance.func_untyped(&store, export).expect("the export exists");
        (store, func)
    }

    fn call((store, func): &mut Self::Instance, arguments: &[Self::Val]) -> Vec<Self::Val> {
        func.call(store, arguments).expect("the call returns")
    }

    fn val(value: Value) -> Self::Val {
        match value {
            Value::I32(value) => Self::Val::I32(value),
            Value::I64(value) => Self::Val::I64(value),
            Value::F32(bits) => Self::Val::F32(f32::from_bits(bits)),
            Value::F64(bits) => Self::Val::F64(f64::from_bits(bits)),
            Value::FuncRef | Value::ExternRef(_) => unreachable!("no call takes a reference"),
        }
    }

    fn value(val: &Self::Val) -> Value {
        match val {
            Self::Val::I32(value) => Value::I32(*value),
            Self::Val::I64(value) => Value::I64(*value),
            Self::Val::F32(value) => Value::F32(value.to_bits()),
            Self::Val::F64(value) => Value::F64(value.to_bits()),
            _ => unreachable!("no call returns a reference or a vector"),
        }
    }
}
