//! What a host function sees of its caller.

use core::fmt;

use super::context::{AsContext, AsContextMut};
use super::externs::Extern;
use super::instance::Instance;
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
    #[must_use]
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The embedder's data in the store.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The instance whose function calls; none if the embedder calls.
    #[must_use]
    pub fn instance(&self) -> Option<Instance> {
        self.instance
    }

    /// What the calling instance exports under this name.
    #[must_use]
    pub fn get_export(&self, name: &str) -> Option<Extern> {
        self.instance?.get_export(&*self.store, name)
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
