//! What a host function sees of its caller.

use core::fmt;

use super::context::{AsContext, AsContextMut};
use super::externs::Extern;
use super::instance::Instance;
use super::interrupt::InterruptHandle;
use super::store::{Store, StoreInner};
use super::store_id::StoreId;

/// The store that a host function is called in, and the instance that calls it.
///
/// ```
/// use fayasm_core::{Caller, Engine, Extern, HostError, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module
///        (import \"env\" \"print\" (func $print (param i32 i32)))
///        (memory (export \"memory\") 1)
///        (data (i32.const 8) \"hello\")
///        (func (export \"greet\") (call $print (i32.const 8) (i32.const 5))))",
/// )?)?;
/// let mut linker = Linker::<String>::new(&engine);
/// linker.func_wrap("env", "print", |mut caller: Caller<'_, String>, at: u32, length: u32| {
///     let memory = caller.get_export("memory").and_then(Extern::into_memory);
///     let memory = memory.ok_or("the module exports no memory")?;
///     let mut bytes = vec![0; length as usize];
///     memory.read(&caller, at.into(), &mut bytes)?;
///     let text = String::from_utf8_lossy(&bytes).into_owned();
///     caller.data_mut().push_str(&text);
///     Ok::<(), HostError>(())
/// });
/// let mut store = Store::new(&engine, String::new());
/// let instance = linker.instantiate(&mut store, &module)?;
/// instance.get_typed_func::<(), ()>(&store, "greet")?.call(&mut store, ())?;
/// assert_eq!(store.data(), "hello");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Caller<'a, T> {
    store: &'a mut Store<T>,
    instance: Option<Instance>,
}

impl<'a, T> Caller<'a, T> {
    pub(crate) fn new(store: &'a mut Store<T>, instance: Option<Instance>) -> Self {
        Caller { store, instance }
    }

    pub(crate) fn id(&self) -> StoreId {
        self.store.inner().id
    }

    pub(crate) fn inner(&self) -> &StoreInner {
        self.store.inner()
    }

    /// The same caller, for a while.
    pub(crate) fn again(&mut self) -> Caller<'_, T> {
        Caller { store: &mut *self.store, instance: self.instance }
    }

    /// The embedder's data in the store.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), String::from("hello"));
    /// let length = |caller: Caller<'_, String>| caller.data().len() as u32;
    /// let length = Func::wrap(&mut store, length)?;
    /// assert_eq!(length.typed::<(), u32>(&store)?.call(&mut store, ())?, 5);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The embedder's data in the store.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Store, Val};
    ///
    /// let mut store = Store::new(&Engine::default(), Vec::new());
    /// let log = |mut caller: Caller<'_, Vec<i32>>, value: i32| caller.data_mut().push(value);
    /// let log = Func::wrap(&mut store, log)?;
    /// log.call(&mut store, &[Val::I32(7)], &mut [])?;
    /// assert_eq!(store.data(), &[7]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The instance whose function calls; none if the embedder calls.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Caller, Func};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let by_embedder = |caller: Caller<'_, ()>| i32::from(caller.instance().is_none());
    /// let func = Func::wrap(&mut store, by_embedder)?;
    /// assert_eq!(func.typed::<(), i32>(&store)?.call(&mut store, ())?, 1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn instance(&self) -> Option<Instance> {
        self.instance
    }

    /// What the calling instance exports under this name.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Caller, Extern, HostError, Val};
    ///
    /// let wat = r#"(module
    ///   (import "env" "tick" (func $tick))
    ///   (global (export "ticks") (mut i32) (i32.const 0))
    ///   (func (export "run") (call $tick) (call $tick)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut linker = Linker::new(&engine);
    /// linker.func_wrap("env", "tick", |mut caller: Caller<'_, ()>| {
    ///     let ticks = caller.get_export("ticks").and_then(Extern::into_global).ok_or("no ticks")?;
    ///     let count = ticks.get(&caller)?.i32().unwrap_or(0);
    ///     Ok::<(), HostError>(ticks.set(&mut caller, Val::I32(count + 1))?)
    /// });
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = linker.instantiate(&mut store, &module)?;
    /// # instance.get_typed_func::<(), ()>(&store, "run")?.call(&mut store, ())?;
    /// # let ticks = instance.get_global(&store, "ticks").expect("it is exported");
    /// assert_eq!(ticks.get(&store)?, Val::I32(2));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        self.instance?.get_export(&*self.store, name)
    }

    /// The handle by which the store is interrupted, if there is one.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Error, Func, HostError, InterruptHandle, Store, TrapKind};
    ///
    /// // Waits for something that never comes, unless it is interrupted.
    /// fn wait(caller: Caller<'_, ()>) -> Result<(), HostError> {
    ///     while !caller.interrupt_handle().is_some_and(|it| it.is_interrupted()) {
    ///         std::thread::yield_now();
    ///     }
    ///     Err(HostError::Pending)
    /// }
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let handle = store.interrupt_handle();
    /// let wait = Func::wrap(&mut store, wait)?;
    /// std::thread::spawn(move || handle.interrupt());
    /// let Err(Error::Trap(trap)) = wait.call(&mut store, &[], &mut []) else { panic!() };
    /// assert_eq!(*trap.kind(), TrapKind::Interrupted);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn interrupt_handle(&self) -> Option<&InterruptHandle> {
        self.inner().interrupt.as_ref()
    }

    /// How many instructions the job had executed that calls.
    ///
    /// ```
    /// use fayasm_core::{Caller, Engine, Func, Instance, Module, Store};
    ///
    /// let wat = r#"(module (import "" "now" (func $now (result i64)))
    ///   (func (export "f") (result i64) (nop) (nop) (call $now)))"#;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let mut store = Store::new(&engine, ());
    /// let now = Func::wrap(&mut store, |caller: Caller<'_, ()>| caller.executed())?;
    /// let instance = Instance::new(&mut store, &module, &[now.into()])?;
    /// assert_eq!(instance.get_typed_func::<(), u64>(&store, "f")?.call(&mut store, ())?, 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.inner().suspended.last().map_or(0, |stack| stack.executed)
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;

    fn as_context(&self) -> &Store<T> {
        self.store
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> &mut Store<T> {
        self.store
    }
}

impl<T> fmt::Debug for Caller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("instance", &self.instance).finish_non_exhaustive()
    }
}
