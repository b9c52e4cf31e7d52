//! The store: everything that instances consist of, and the embedder's data.

mod function_traps;
mod inner;
mod instance_data;
mod ledger;
mod microcode;

use alloc::vec::Vec;
use core::fmt;

pub use self::function_traps::FunctionTrap;
pub(crate) use self::function_traps::FunctionTraps;
pub use self::inner::StoreInner;
pub(crate) use self::instance_data::{Elements, FunctionData, InstanceData, SegmentState};
use super::error::Error;
use super::host::HostFunction;
use super::interrupt::InterruptHandle;
use super::limits::StoreLimits;
use crate::engine::Engine;
use crate::ledger::Owner;
use crate::sorted::Sorted;

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

/// Appends, and gives the index; none if memory or indices run out.
pub(crate) fn add<D>(all: &mut Vec<D>, data: D) -> Option<u32> {
    let index = u32::try_from(all.len()).ok()?;
    all.try_reserve(1).ok()?;
    all.push(data);
    Some(index)
}
