//! The store: everything that instances consist of, and the embedder's data.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::account::Account;
use super::error::Error;
use super::func::Func;
use super::global::GlobalData;
use super::heap::{Heap, Referent};
use super::host::HostFunction;
use super::instance::Instance;
use super::interrupt::InterruptHandle;
use super::journal::Journal;
use super::limits::StoreLimits;
use super::linear_memory::LinearMemory;
use super::paging::{Memories, Need, Pager};
use super::store_id::{StoreId, Stored};
use super::table::TableData;
use super::trap::TrapKind;
use super::val::{AnyRef, Space, Val};
use crate::allocate::OutOfMemory;
use crate::config::Translate;
use crate::engine::Engine;
use crate::error::{IndexSpace, ModuleErrorKind};
use crate::execute::{
    Breakpoints, Code, Decision, Job, MicrocodeError, MicrocodeStats, Stack, Tiers, Translation,
    World,
};
use crate::ledger::{self, Ledger, Owner, Peak};
use crate::module::{Module, Types};
use crate::sorted::Sorted;
use crate::types::{FuncType, HeapType, RefType, ValType};

/// Everything that instances consist of, with data of the embedder's that host
/// functions can reach. Dropping it drops all of them at once; handles such as
/// [`Func`](crate::Func) name things in it.
///
/// ```
/// use fayasm_core::{Engine, Store};
///
/// let mut store = Store::new(&Engine::default(), 5);
/// *store.data_mut() += 1;
/// assert_eq!(store.into_data(), 6);
/// ```
pub struct Store<T> {
    data: T,
    /// What host functions do; their types are in the other part.
    hosts: Vec<HostFunction<T>>,
    /// Addresses of those that linkers have put here, by their identities.
    linked: Sorted<(usize, u32)>,
    inner: StoreInner,
}

impl<T> Store<T> {
    /// An empty store.
    ///
    /// ```
    /// use fayasm_core::{Engine, Store, StoreLimits};
    ///
    /// let store = Store::new(&Engine::default(), "any data");
    /// assert_eq!(store.fuel(), None);
    /// assert_eq!(store.limits(), &StoreLimits::new());
    /// ```
    #[must_use]
    pub fn new(engine: &Engine, data: T) -> Self {
        let inner = StoreInner::new(engine.clone());
        Store { data, hosts: Vec::new(), linked: Sorted::default(), inner }
    }

    /// The engine whose settings hold here.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let store = Store::new(&engine, ());
    /// let module = Module::new(store.engine(), b"\0asm\x01\0\0\0".as_slice())?;
    /// assert!(Engine::same(module.engine(), &engine));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The embedder's data.
    ///
    /// ```
    /// use fayasm_core::{Engine, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), vec![1]);
    /// store.data_mut().push(2);
    /// assert_eq!(store.data(), &[1, 2]);
    /// ```
    #[must_use]
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The embedder's data.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Store, Val};
    ///
    /// let mut store = Store::new(&Engine::default(), Vec::new());
    /// let log = |mut caller: Caller<'_, Vec<i32>>, x: i32| caller.data_mut().push(x);
    /// let log = Func::wrap(&mut store, log)?;
    /// log.call(&mut store, &[Val::I32(7)], &mut [])?;
    /// assert_eq!(std::mem::take(store.data_mut()), [7]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.data
    }

    /// The embedder's data, without the rest.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), Vec::new());
    /// Func::wrap(&mut store, |mut caller: Caller<'_, Vec<i32>>| caller.data_mut().push(7))?
    ///     .call(&mut store, &[], &mut [])?;
    /// let log: Vec<i32> = store.into_data();
    /// assert_eq!(log, [7]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_data(self) -> T {
        self.data
    }

    /// How much it may hold.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let halved = store.limits().with_heap_bytes(store.limits().heap_bytes() / 2);
    /// store.set_limits(halved);
    /// assert_eq!(store.limits().heap_bytes(), 128 << 20);
    /// ```
    #[must_use]
    pub fn limits(&self) -> &StoreLimits {
        &self.inner.limits
    }

    /// Sets how much it may hold from now on. What it holds already stays.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Instance, InstantiationError, StoreLimits};
    ///
    /// let wat = "(module (memory 2))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// store.set_limits(StoreLimits::new().with_memory_bytes(64 << 10));
    /// let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    /// assert!(matches!(error, InstantiationError::Limit { wanted: 0x20000, limit: 0x10000, .. }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_limits(&mut self, limits: StoreLimits) {
        self.inner.limits = limits;
    }

    /// How many bytes the engine has allocated for the store, its modules and these jobs, by what
    /// they belong to. The store knows nothing of jobs that stand still.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::Owner;
    ///
    /// let wat = r#"(module (memory 1) (func (export "f") (local i64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// assert_eq!(store.ledger(None).of(Owner::ValueStack), 0);
    /// let ledger = store.ledger([&job]);
    /// assert!(ledger.of(Owner::ValueStack) >= 8 && ledger.total() > 65536);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ledger<'j>(&self, jobs: impl IntoIterator<Item = &'j Job>) -> Ledger {
        let mut ledger = self.inner.ledger();
        jobs.into_iter().for_each(|job| job.count(&mut ledger));
        ledger
    }

    /// The most bytes that there have been, with the jobs that ran, and when that was.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Limit, Linker, Module, Store};
    /// use fayasm_core::Owner;
    ///
    /// let wat = r#"(module (func $down (export "down") (param i32)
    ///   (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let down = instance.get_typed_func::<i32, ()>(&store, "down")?;
    /// down.call(&mut store, 10)?;
    /// let shallow = store.peak().ledger.of(Owner::Frames);
    /// down.call(&mut store, 1000)?;
    /// assert!(store.peak().ledger.of(Owner::Frames) >= 50 * shallow);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn peak(&self) -> Peak {
        // What the embedder has made since is not noted yet.
        self.inner.account.peak_with(self.inner.ledger())
    }

    /// Forgets the most bytes that there have been: [`peak`](Self::peak) is of what comes after.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # let wat = r#"(module (func $down (export "down") (param i32)
    /// #   (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let down = instance.get_typed_func::<i32, ()>(&store, "down")?;
    /// down.call(&mut store, 1000)?;
    /// let deep = store.peak();
    /// store.forget_peak();
    /// down.call(&mut store, 10)?;
    /// assert!(store.peak().ledger.total() < deep.ledger.total());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn forget_peak(&mut self) {
        self.inner.account.forget_peak();
    }

    /// How many instructions may still be executed before a trap
    /// ([`OutOfFuel`](crate::TrapKind::OutOfFuel)); none if that is not limited.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (func (export "f") (drop (i32.const 1))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// store.set_fuel(Some(10));
    /// f.call(&mut store, ())?;
    /// assert_eq!(store.fuel(), Some(7)); // i32.const, drop, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fuel(&self) -> Option<u64> {
        self.inner.fuel
    }

    /// How far a function is on its way to microcode; none if it is imported, or of another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::Func;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let host = Func::wrap(&mut store, || {})?;
    /// assert_eq!(store.translation(host), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn translation(&self, func: Func) -> Option<Translation> {
        let inner = self.inner();
        let address = func.0.index_in(inner.id).ok()?;
        match inner.functions.get(address)? {
            FunctionData::Wasm { instance, index, .. } => {
                Some(inner.tiers.translation(inner.code(), *instance, *index))
            }
            FunctionData::Host { .. } => None,
        }
    }

    /// Sets when functions are translated, in place of what the engine's configuration says. It
    /// may be set between any two instructions: with [`Translate::Never`], the stepper executes
    /// what has been translated as well, until something else is set.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Outcome, Translate, Translation};
    ///
    /// let wat = r#"(module (func $spin (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let spin = instance.get_func(&store, "spin").expect("it is exported");
    /// let mut job = Job::new(&store, spin, &[])?;
    /// store.set_translate(Translate::Never);
    /// assert_eq!(store.run(&mut job, 10_000), Outcome::OutOfFuel);
    /// assert!(!matches!(store.translation(spin), Some(Translation::Done { .. })));
    ///
    /// store.set_translate(Translate::Always);
    /// assert_eq!(store.run(&mut job, 10_000), Outcome::OutOfFuel);
    /// assert!(matches!(store.translation(spin), Some(Translation::Done { .. })));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_translate(&mut self, translate: Translate) {
        self.inner.translate = translate;
    }

    /// The microcode of an instance's functions that are translated, as bytes, to be stored.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Translate, Translation, Why};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (result i32) (local.get 0)))"#;
    /// let engine = Engine::new(Config::new().with_translate(Translate::Always));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<i32, i32>(&store, "f")?.call(&mut store, 7)?;
    /// let stored = store.save_microcode(instance)?;
    ///
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// assert_eq!(store.load_microcode(instance, &stored)?, 1);
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// assert!(matches!(store.translation(f), Some(Translation::Done { why: Why::Stored, .. })));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MicrocodeError::ForeignHandle`], [`MicrocodeError::OutOfMemory`]
    pub fn save_microcode(&self, instance: Instance) -> Result<Vec<u8>, MicrocodeError> {
        instance.0.index_in(self.inner.id).map_err(|_| MicrocodeError::ForeignHandle)?;
        self.inner.tiers.save(self.inner.code(), instance.0.index)
    }

    /// Translates the functions of which these bytes are the microcode, so that they need not be
    /// executed by the stepper first; says how many there are. The bytes are only compared with
    /// what the functions are translated to: wherever they come from, nothing is executed that
    /// the module does not say.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{EnvelopeError, MicrocodeError};
    ///
    /// let wat = r#"(module (func (result i32) (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let mut stored = module.save_microcode()?;
    /// *stored.last_mut().expect("it holds a function") ^= 1;
    /// let error = store.load_microcode(instance, &stored).unwrap_err();
    /// assert_eq!(error, MicrocodeError::Envelope(EnvelopeError::BodyChecksum));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is not as it was saved, or not as it would be saved here: then nothing changes.
    pub fn load_microcode(
        &mut self,
        instance: Instance,
        stored: &[u8],
    ) -> Result<usize, MicrocodeError> {
        instance.0.index_in(self.inner.id).map_err(|_| MicrocodeError::ForeignHandle)?;
        self.inner.limit_microcode();
        let world = self.inner.world();
        world.tiers.load(world.code, instance.0.index, stored)
    }

    /// Drops all microcode, so that what it takes is free. Functions are executed by the stepper
    /// until they are translated again.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Translate};
    ///
    /// # let wat = r#"(module (func (export "f") (nop)))"#;
    /// let engine = Engine::new(Config::new().with_translate(Translate::Always));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// f.call(&mut store, ())?;
    /// store.drop_microcode();
    /// f.call(&mut store, ())?;
    /// let stats = store.microcode_stats();
    /// assert_eq!((stats.translations, stats.evictions), (2, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn drop_microcode(&mut self) {
        self.inner.tiers.clear();
    }

    /// How functions have been executed, and what their microcode takes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// let store = Store::new(&Engine::default(), ());
    /// assert_eq!(store.microcode_stats().budget, store.engine().config().planner().budget());
    /// ```
    #[must_use]
    pub fn microcode_stats(&self) -> MicrocodeStats {
        self.inner.tiers.stats()
    }

    /// What was decided about translating functions, the last some dozen times.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Config, Engine, Planner, Prescan, Verdict, Why};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// let planner = Planner { prescan: Prescan::On, ..Planner::default() };
    /// let engine = Engine::new(Config::new().with_planner(planner));
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let decision = store.decisions().next().expect("it was translated ahead");
    /// assert_eq!(Some(decision.func), instance.get_func(&store, "f"));
    /// assert!(matches!(decision.verdict, Verdict::Translated { why: Why::Ahead, .. }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn decisions(&self) -> impl Iterator<Item = Decision> {
        let inner = self.inner();
        inner.tiers.decisions().filter_map(|decided| {
            let functions = &inner.instances.get(decided.place.instance as usize)?.functions;
            let address = *functions.get(decided.place.function as usize)?;
            let func = Func(inner.stored(address));
            Some(Decision { func, at: decided.at, verdict: decided.verdict })
        })
    }

    /// Sets how many instructions may be executed from now on, by all calls and
    /// jobs together; none for any number.
    ///
    /// Fuel counts instructions, as [`Job::executed`](crate::Job::executed)
    /// does, and is no measure of time: `memory.fill` of a gigabyte is one
    /// instruction, and so is a call of a function with thousands of locals, or
    /// of a host function. What one instruction can do is bounded by the sizes
    /// that [`StoreLimits`] and [`Config`](crate::Config) allow.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, TrapKind};
    ///
    /// let wat = r#"(module (func (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let spin = instance.get_typed_func::<(), ()>(&store, "spin")?;
    /// store.set_fuel(Some(1_000_000));
    /// let Err(Error::Trap(trap)) = spin.call(&mut store, ()) else { panic!("it must trap") };
    /// assert_eq!(*trap.kind(), TrapKind::OutOfFuel);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn set_fuel(&mut self, instructions: Option<u64>) {
        self.inner.fuel = instructions;
    }

    /// Sets what happens when a function is about to be called, by WebAssembly
    /// or as the function of a job; none lets it be called. Host functions that
    /// are called by the embedder itself are always called.
    ///
    /// ```
    /// use fayasm_core::{Engine, FunctionTrap, Job, Limit, Linker, Module, Outcome, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(
    ///     "(module (func $inner (export \"inner\")) (func (export \"outer\") (call $inner)))",
    /// )?)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// let inner = instance.get_func(&store, "inner").expect("it is exported");
    ///
    /// store.set_function_trap(inner, Some(FunctionTrap::Pause))?;
    /// let mut job = Job::new(&store, outer, &[])?;
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Paused(inner));
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    ///
    /// store.set_function_trap(inner, Some(FunctionTrap::Block))?;
    /// assert!(outer.call(&mut store, &[], &mut []).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn set_function_trap(
        &mut self,
        func: Func,
        trap: Option<FunctionTrap>,
    ) -> Result<(), Error> {
        let index = func.0.index_in(self.inner.id)?;
        // Functions are counted in 32 bits.
        Ok(self.inner.function_traps.set(index as u32, trap)?)
    }

    /// A handle to interrupt what runs in the store. As soon as there is one,
    /// running looks for interruptions now and then.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, TrapKind};
    ///
    /// let wat = r#"(module (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// store.interrupt_handle().interrupt();
    /// let Err(Error::Trap(trap)) = f.call(&mut store, ()) else { panic!("it must trap") };
    /// assert_eq!(*trap.kind(), TrapKind::Interrupted);
    /// f.call(&mut store, ())?; // once is enough for one interruption
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn interrupt_handle(&mut self) -> InterruptHandle {
        self.inner.interrupt.get_or_insert_default().clone()
    }

    /// Everything but the embedder's data and closures, for drivers that serve
    /// host calls themselves (see [`Job::run`](crate::Job::run)).
    ///
    /// ```
    /// # use fayasm_core::{Engine, Func, Store};
    /// use fayasm_core::{Job, Limit, Outcome, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let add = Func::wrap(&mut store, |x: i32, y: i32| x + y)?;
    /// let mut job = Job::new(&store, add, &[Val::I32(1), Val::I32(2)])?;
    /// assert_eq!(job.run(store.inner_mut(), Limit::NONE), Outcome::HostCall(add));
    /// assert_eq!(job.host_arguments(store.inner()), Some(vec![Val::I32(1), Val::I32(2)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn inner(&self) -> &StoreInner {
        &self.inner
    }

    /// Everything but the embedder's data and closures, for drivers that serve
    /// host calls themselves (see [`Job::run`](crate::Job::run)).
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Outcome};
    ///
    /// let wat = r#"(module (func (export "seven") (result i32) (i32.const 7)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let seven = instance.get_func(&store, "seven").expect("it is exported");
    /// let mut job = Job::new(&store, seven, &[])?;
    /// assert_eq!(job.run(store.inner_mut(), Limit::NONE), Outcome::Done);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn inner_mut(&mut self) -> &mut StoreInner {
        &mut self.inner
    }

    /// Both parts at once.
    pub(crate) fn split_mut(&mut self) -> (&mut StoreInner, &mut T) {
        (&mut self.inner, &mut self.data)
    }

    /// What the host function of this index does.
    pub(crate) fn host(&self, index: u32) -> Option<&HostFunction<T>> {
        self.hosts.get(index as usize)
    }

    /// The address of a linker's host function, which is added unless a linker
    /// has added it already.
    pub(crate) fn link_host(&mut self, host: &HostFunction<T>) -> Result<u32, Error> {
        // It is kept here from now on, so that no other gets the same identity.
        match self.linked.search(|(known, _)| known.cmp(&host.identity())) {
            Ok((_, address)) => Ok(*address),
            Err(place) => {
                let address = self.add_host(host)?;
                self.linked.insert(place, (host.identity(), address))?;
                self.count_host_lists();
                Ok(address)
            }
        }
    }

    fn count_host_lists(&mut self) {
        self.inner.host_lists = ledger::vec(&self.hosts) + self.linked.allocated();
    }

    /// Adds a host function, and gives its address.
    pub(crate) fn add_host(&mut self, host: &HostFunction<T>) -> Result<u32, Error> {
        self.hosts.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
        let address = self.inner.add_host(host.ty())?;
        self.hosts.push(host.clone());
        self.inner.lasting.add(Owner::HostFunctions, host.allocated());
        self.count_host_lists();
        Ok(address)
    }
}

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.inner).finish()
    }
}

/// What happens instead of a call (see [`Store::set_function_trap`]).
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, FunctionTrap, TrapKind};
///
/// let wat = r#"(module (func (export "f")))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// store.set_function_trap(f, Some(FunctionTrap::Block))?;
/// let Err(Error::Trap(trap)) = f.call(&mut store, &[], &mut []) else { panic!("it must trap") };
/// assert_eq!(*trap.kind(), TrapKind::CallBlocked(f));
/// store.set_function_trap(f, None)?;
/// f.call(&mut store, &[], &mut [])?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionTrap {
    /// The call traps ([`TrapKind::CallBlocked`](crate::TrapKind::CallBlocked)).
    Block,
    /// The job stops before the call
    /// ([`Outcome::Paused`](crate::Outcome::Paused)); run again, it calls the
    /// function. A call that is not a job's cannot be paused, and goes on.
    Pause,
}

/// What happens when functions are about to be called, by their addresses, in order.
#[derive(Debug, Default)]
pub(crate) struct FunctionTraps(Vec<(u32, FunctionTrap)>);

impl FunctionTraps {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, address: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&address, |(known, _)| *known)
    }

    pub(crate) fn get(&self, address: u32) -> Option<FunctionTrap> {
        self.0.get(self.place(address).ok()?).map(|(_, trap)| *trap)
    }

    fn set(&mut self, address: u32, trap: Option<FunctionTrap>) -> Result<(), OutOfMemory> {
        match (self.place(address), trap) {
            (Ok(at), Some(trap)) => self.0[at].1 = trap,
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(trap)) => {
                self.0.try_reserve(1).map_err(|_| OutOfMemory)?;
                self.0.insert(at, (address, trap));
            }
            (Err(_), None) => {}
        }
        Ok(())
    }
}

/// The part of a store that execution works on: everything but the embedder's
/// data and closures.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Job, Limit, Outcome, StoreInner};
///
/// let wat = r#"(module (func (export "f") (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// // A driver that knows nothing of the embedder's data.
/// fn finish(job: &mut Job, store: &mut StoreInner) -> Outcome {
///     job.run(store, Limit::NONE)
/// }
///
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let mut job = Job::new(&store, f, &[])?;
/// assert_eq!(finish(&mut job, store.inner_mut()), Outcome::Done);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct StoreInner {
    pub(crate) id: StoreId,
    pub(crate) engine: Engine,
    pub(crate) limits: StoreLimits,
    pub(crate) fuel: Option<u64>,
    pub(crate) interrupt: Option<InterruptHandle>,
    /// What happens when these functions are about to be called.
    pub(crate) function_traps: FunctionTraps,
    pub(crate) breakpoints: Breakpoints,
    /// Stacks of jobs that wait for host functions being executed, one within
    /// the other.
    pub(crate) suspended: Vec<Stack>,
    pub(crate) instances: Vec<InstanceData>,
    /// What has become of the segments of each instance.
    pub(crate) segments: Vec<SegmentState>,
    /// The types of all modules' instances and host functions, each once.
    pub(crate) types: Types,
    pub(crate) functions: Vec<FunctionData>,
    /// Where host functions stand among all functions.
    pub(crate) hosts: Vec<u32>,
    pub(crate) memories: Vec<LinearMemory>,
    pub(crate) pager: Pager,
    pub(crate) tables: Vec<TableData>,
    pub(crate) globals: Vec<GlobalData>,
    /// Types of all tags.
    pub(crate) tags: Vec<u32>,
    pub(crate) heap: Heap,
    /// When functions are translated.
    translate: Translate,
    /// What functions have been translated to.
    pub(crate) tiers: Tiers,
    /// What the embedder changes.
    pub(crate) journal: Journal,
    /// How many timelines have been made for jobs of the store.
    pub(crate) timelines: u64,
    /// What instances, their modules and host functions take, which stays as it is.
    pub(crate) lasting: Ledger,
    /// What everything takes while a job runs.
    pub(crate) account: Account,
    /// What the lists of host functions take.
    host_lists: u64,
}

/// An instance: its module, and where in the store the things are that its
/// index spaces name.
pub(crate) struct InstanceData {
    pub(crate) module: Module,
    /// The module's types, as the store numbers them.
    pub(crate) types: Box<[u32]>,
    pub(crate) functions: Box<[u32]>,
    pub(crate) tables: Box<[u32]>,
    pub(crate) memories: Box<[u32]>,
    pub(crate) globals: Box<[u32]>,
    pub(crate) tags: Box<[u32]>,
}

impl InstanceData {
    /// A type of the module, as the store numbers it.
    pub(crate) fn own_type(&self, index: u32) -> u32 {
        // There are as many as the module has types.
        self.types.get(index as usize).copied().unwrap_or(index)
    }
}

/// What has become of an instance's segments since it was made.
#[derive(Debug, Default)]
pub(crate) struct SegmentState {
    /// Which data segments were dropped, by `data.drop` or instantiation.
    pub(crate) dropped_data: Box<[bool]>,
    /// Which element segments were dropped by `elem.drop`.
    pub(crate) dropped_elements: Box<[bool]>,
    /// What the element segments held when the instance had been made.
    pub(crate) elements: Box<[Elements]>,
}

impl InstanceData {
    fn allocated(&self) -> u64 {
        let InstanceData { types, functions, tables, memories, globals, tags, .. } = self;
        [types, functions, tables, memories, globals, tags]
            .map(|it| ledger::boxed(&**it))
            .iter()
            .sum()
    }
}

impl SegmentState {
    fn allocated(&self) -> u64 {
        let flags = ledger::boxed(&*self.dropped_data) + ledger::boxed(&*self.dropped_elements);
        let values = self.elements.iter().map(|elements| match elements {
            Elements::Values(values) => ledger::boxed(&**values),
            Elements::Dropped | Elements::Functions => 0,
        });
        flags + ledger::boxed(&*self.elements) + values.sum::<u64>()
    }

    /// What an element segment holds now.
    pub(crate) fn elements(&self, segment: usize) -> &Elements {
        match self.dropped_elements.get(segment) {
            Some(false) => self.elements.get(segment).unwrap_or(&Elements::Dropped),
            _ => &Elements::Dropped,
        }
    }

    /// What each element segment holds now.
    pub(crate) fn all_elements(&self) -> impl Iterator<Item = &Elements> {
        (0..self.elements.len()).map(|segment| self.elements(segment))
    }
}

/// What an element segment holds.
#[derive(Debug)]
pub(crate) enum Elements {
    /// Nothing any more.
    Dropped,
    /// The functions that the module lists.
    Functions,
    /// What its constant expressions yielded.
    Values(Box<[u64]>),
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionData {
    /// One of an instance's own.
    Wasm {
        /// The instance.
        instance: u32,
        /// Its index in the module.
        index: u32,
        /// Its type, as the store numbers types.
        ty: u32,
    },
    /// One of the host's.
    Host {
        /// Which one.
        index: u32,
        /// Its type, as the store numbers types.
        ty: u32,
    },
}

impl FunctionData {
    /// Its type, as the store numbers types.
    #[inline]
    pub(crate) fn ty(self) -> u32 {
        match self {
            FunctionData::Wasm { ty, .. } | FunctionData::Host { ty, .. } => ty,
        }
    }
}

impl StoreInner {
    fn new(engine: Engine) -> Self {
        let translate = engine.config().translate();
        let tiers = Tiers::new(engine.config().planner());
        StoreInner {
            id: StoreId::next(),
            engine,
            limits: StoreLimits::default(),
            fuel: None,
            interrupt: None,
            function_traps: FunctionTraps::default(),
            breakpoints: Breakpoints::default(),
            suspended: Vec::new(),
            instances: Vec::new(),
            segments: Vec::new(),
            types: Types::default(),
            functions: Vec::new(),
            hosts: Vec::new(),
            memories: Vec::new(),
            pager: Pager::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            heap: Heap::default(),
            translate,
            tiers,
            journal: Journal::default(),
            timelines: 0,
            lasting: Ledger::default(),
            account: Account::default(),
            host_lists: 0,
        }
    }

    /// What the store takes, with stacks of jobs that wait for host functions.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut ledger = self.lasting;
        if !cfg!(feature = "ledger") {
            return ledger;
        }
        let lists = ledger::vec(&self.instances) + ledger::vec(&self.segments);
        let functions = ledger::vec(&self.functions) + ledger::vec(&self.hosts);
        let types = self.types.allocated() + ledger::vec(&self.tags);
        let interrupt = self.interrupt.as_ref().map_or(0, InterruptHandle::allocated);
        ledger.add(Owner::Instances, lists + functions + types + interrupt);
        ledger.add(Owner::HostFunctions, self.host_lists);
        ledger.set(Owner::Globals, ledger::vec(&self.globals));
        let tables: u64 = self.tables.iter().map(TableData::allocated).sum();
        ledger.set(Owner::Tables, ledger::vec(&self.tables) + tables);
        ledger.set(Owner::Memory, ledger::vec(&self.memories));
        for memory in &self.memories {
            ledger.add(memory.owner(), memory.allocated());
        }
        let [pages, known] = self.pager.allocated();
        ledger.add(Owner::Memory, pages);
        ledger.add(Owner::PageTables, known);
        ledger.set(Owner::Heap, self.heap.allocated());
        ledger.set(Owner::Microcode, self.tiers.allocated());
        let traps = ledger::vec(&self.function_traps.0);
        ledger.set(Owner::Breakpoints, self.breakpoints.allocated() + traps);
        ledger.set(Owner::Frames, ledger::vec(&self.suspended));
        self.suspended.iter().for_each(|stack| stack.count(&mut ledger));
        ledger
    }

    /// Counts all that there is, with the stack of a job that begins to run; fails if that is more
    /// than the budget allows.
    pub(crate) fn begin(&mut self, stack: &Stack) -> Result<(), TrapKind> {
        if self.limits.budget().is_some() {
            // Otherwise it would matter how often jobs have been stopped.
            self.heap.purge();
        }
        let mut now = self.ledger();
        // They are no part of what is looked at: a run is the same with and without them.
        now.set(Owner::Breakpoints, 0);
        stack.count(&mut now);
        self.account.executed = stack.executed;
        self.account.begin(now, self.limits.budget());
        self.account.afford(&mut self.tiers, Owner::ValueStack, 0)
    }

    /// Makes room for the stack of a job that calls a host function. Pages give way to it.
    pub(crate) fn make_room_to_suspend(&mut self) -> Result<Result<(), TrapKind>, Need> {
        loop {
            let StoreInner { account, tiers, suspended, .. } = self;
            let made = account.reserve(tiers, Owner::Frames, suspended, 1);
            let is_over = matches!(made, Err(TrapKind::OverBudget { .. }));
            if !is_over || !self.world().give_up_frame()? {
                return Ok(made);
            }
        }
    }

    /// Counts what the heap takes by now. Microcode that is too much leaves.
    pub(crate) fn count_heap(&mut self, executed: u64) {
        (self.account.executed, self.pager.executed) = (executed, executed);
        self.account.set(Owner::Heap, self.heap.allocated());
        // What a job holds that stands still is let go before it runs again.
        let _ = self.account.afford(&mut self.tiers, Owner::Heap, 0);
    }

    /// Counts all that there is, and makes sure that an owner may take so many bytes more.
    pub(crate) fn afford(&mut self, owner: Owner, bytes: u64) -> Result<(), TrapKind> {
        self.account.begin(self.ledger(), self.limits.budget());
        self.account.afford(&mut self.tiers, owner, bytes)
    }

    /// Counts all that there is, so that what is translated now keeps to the budget.
    pub(crate) fn limit_microcode(&mut self) {
        if self.limits.budget().is_none() {
            return self.tiers.leave(u64::MAX);
        }
        // What is too much by now is found to be so when a job runs.
        let _ = self.afford(Owner::Microcode, 0);
        self.tiers.leave(self.account.spare());
    }

    /// How many bytes a memory may have at most that is to grow by so many pages.
    pub(crate) fn afford_memory(
        &mut self,
        address: usize,
        delta: u64,
        limit: u64,
    ) -> Result<u64, TrapKind> {
        self.afford(Owner::Memory, 0)?;
        match self.memories.get(address) {
            Some(memory) => self.account.afford_memory(&mut self.tiers, memory, delta, limit),
            None => Ok(limit),
        }
    }

    /// Counts what the instance that was made last takes, and its module, unless another instance
    /// is of the same.
    pub(crate) fn count_instance(&mut self) {
        if !cfg!(feature = "ledger") {
            return;
        }
        let (Some((data, others)), Some(segments)) =
            (self.instances.split_last(), self.segments.last())
        else {
            return;
        };
        let known = others.iter().map(|other| other.module.shares(&data.module));
        let (module, bytes) = known.fold((false, false), |a, b| (a.0 || b.0, a.1 || b.1));
        for (owner, size) in data.module.ledger().iter() {
            if !(if owner == Owner::ModuleBytes { bytes } else { module }) {
                self.lasting.add(owner, size);
            }
        }
        self.lasting.add(Owner::Instances, data.allocated() + segments.allocated());
    }

    /// A handle of this store's.
    pub(crate) fn stored(&self, index: u32) -> Stored {
        Stored { store: self.id, index }
    }

    /// The type of the function at this address.
    pub(crate) fn function_type(&self, address: usize) -> Option<&FuncType> {
        self.types.func(self.functions.get(address)?.ty())
    }

    /// What exceptions with the tag at this address carry.
    pub(crate) fn tag_type(&self, address: usize) -> Option<&FuncType> {
        self.types.func(*self.tags.get(address)?)
    }

    /// What the slots of values of the store's types are read by.
    pub(crate) fn space(&self) -> Space<'_> {
        Space { types: &self.types, heap: &self.heap, store: self.id }
    }

    /// Whether a value, which belongs to the store, is of one of its types.
    pub(crate) fn accepts(&self, expected: ValType, val: Val) -> bool {
        let ValType::Ref(expected) = expected else { return val.ty() == expected };
        if let HeapType::Concrete(index) = expected.heap
            && self.types.get(index).is_none()
        {
            return false;
        }
        let heap = match val {
            Val::FuncRef(Some(func)) => match self.functions.get(func.0.index as usize) {
                Some(function) => HeapType::Concrete(function.ty()),
                None => return false,
            },
            Val::ExternRef(Some(handle)) => match handle.own().map(|own| self.type_of(own)) {
                Some(None) => return false,
                _ => HeapType::Extern,
            },
            Val::AnyRef(Some(any)) => match self.type_of(any) {
                Some(heap) => heap,
                None => return false,
            },
            Val::ExnRef(Some(exn)) => match self.heap.exception(exn.slot, exn.generation) {
                Some(_) => HeapType::Exn,
                None => return false,
            },
            null => {
                let ValType::Ref(found) = null.ty() else { return false };
                let same = self.types.hierarchy(found.heap) == self.types.hierarchy(expected.heap);
                return expected.nullable && same;
            }
        };
        self.types.ref_matches(RefType::non_null(heap), expected)
    }

    /// The type of a reference of this store's; none if what it refers to is gone.
    fn type_of(&self, any: AnyRef) -> Option<HeapType> {
        Some(match Referent::of_slot(any.slot) {
            Some(Referent::I31(_)) => HeapType::I31,
            Some(Referent::Object(_)) => {
                HeapType::Concrete(self.heap.get(any.slot, any.generation)?.own_type()?)
            }
            _ => HeapType::Any,
        })
    }

    /// Fails unless a value belongs to the store and is of one of its types.
    pub(crate) fn check_value(&self, expected: ValType, val: Val) -> Result<(), Error> {
        match (val.belongs_to(self.id), self.accepts(expected, val)) {
            (false, _) => Err(Error::ForeignHandle),
            (_, false) => Err(Error::ValueType { expected, found: val.ty() }),
            (true, true) => Ok(()),
        }
    }

    /// The number of the type of host functions of this type, whose indices
    /// are the store's; none if there is no such type, or memory runs out.
    pub(crate) fn host_type(&mut self, ty: &FuncType) -> Result<u32, Error> {
        for ty in ty.params().iter().chain(ty.results()) {
            if let ValType::Ref(RefType { heap: HeapType::Concrete(index), .. }) = *ty
                && self.types.get(index).is_none()
            {
                let count = self.types.len() as u32;
                let kind = ModuleErrorKind::UnknownIndex { space: IndexSpace::Type, index, count };
                return Err(Error::InvalidType(kind));
            }
        }
        let mut group = Vec::new();
        group.try_reserve_exact(1).map_err(|_| Error::OutOfMemory)?;
        group.push(ty.copied()?.into());
        Ok(self.types.intern_group(group)?)
    }

    /// Which segments were dropped, data before elements of each instance.
    pub(crate) fn dropped_segments(&self) -> impl Iterator<Item = bool> {
        self.segments.iter().flat_map(|segments| {
            segments.dropped_data.iter().chain(&segments.dropped_elements).copied()
        })
    }

    /// Puts back which segments were dropped.
    pub(crate) fn put_dropped_back(&mut self, mut dropped: impl Iterator<Item = bool>) {
        for segments in &mut self.segments {
            let elements = segments.dropped_elements.iter_mut();
            for flag in segments.dropped_data.iter_mut().chain(elements) {
                *flag = dropped.next().unwrap_or_default();
            }
        }
    }

    /// What execution reads but never changes.
    pub(crate) fn code(&self) -> Code<'_> {
        let StoreInner { id, engine, translate, instances, types, functions, .. } = self;
        Code::new(*id, engine.config(), *translate, instances, types, functions)
    }

    /// Everything that execution works on.
    pub(crate) fn world(&mut self) -> World<'_> {
        let StoreInner { id, engine, translate, instances, types, functions, .. } = self;
        World {
            code: Code::new(*id, engine.config(), *translate, instances, types, functions),
            limits: self.limits,
            bodies: &self.breakpoints.bodies,
            stops: false,
            function_traps: &self.function_traps,
            segments: &mut self.segments,
            memories: Memories { all: &mut self.memories, pager: &mut self.pager },
            tables: &mut self.tables,
            globals: &mut self.globals,
            tags: &self.tags,
            heap: &mut self.heap,
            tiers: &mut self.tiers,
            account: &mut self.account,
            suspended: &self.suspended,
            effort: u64::MAX,
        }
    }

    fn add_host(&mut self, ty: &FuncType) -> Result<u32, Error> {
        let ty = self.host_type(ty)?;
        self.hosts.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
        let index = u32::try_from(self.hosts.len()).map_err(|_| Error::OutOfMemory)?;
        let function = FunctionData::Host { index, ty };
        let address = add(&mut self.functions, function).ok_or(Error::OutOfMemory)?;
        self.hosts.push(address);
        Ok(address)
    }
}

impl fmt::Debug for StoreInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreInner")
            .field("instances", &self.instances.len())
            .field("functions", &self.functions.len())
            .field("memories", &self.memories.len())
            .field("tables", &self.tables.len())
            .field("globals", &self.globals.len())
            .finish_non_exhaustive()
    }
}

/// Appends, and gives the index; none if memory or indices run out.
pub(crate) fn add<D>(all: &mut Vec<D>, data: D) -> Option<u32> {
    let index = u32::try_from(all.len()).ok()?;
    all.try_reserve(1).ok()?;
    all.push(data);
    Some(index)
}
