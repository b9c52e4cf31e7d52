//! What can stand for a store where one is needed.

use super::store::{Store, StoreInner};

/// A store, or something that has one, to look into: `&Store<T>`, `&Caller<'_, T>`.
///
/// ```
/// # use fayasm_core::{Engine, Store};
/// use fayasm_core::{AsContext, Limits, Memory, MemoryType};
///
/// fn pages(store: impl AsContext, memory: Memory) -> u64 {
///     memory.size(store).unwrap_or(0)
/// }
/// # let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(2)))?;
/// assert_eq!(pages(&store, memory), 2);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait AsContext {
    /// The embedder's data in the store.
    type Data;

    /// The store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::AsContext;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// fn fuel_left(context: impl AsContext) -> Option<u64> {
    ///     context.as_context().fuel()
    /// }
    /// store.set_fuel(Some(9));
    /// assert_eq!(fuel_left(&store), Some(9));
    /// ```
    fn as_context(&self) -> &Store<Self::Data>;
}

/// A store, or something that has one, to change: `&mut Store<T>`, `&mut Caller<'_, T>`.
///
/// ```
/// # use fayasm_core::{Engine, Limits, MemoryType, Store};
/// use fayasm_core::{AsContextMut, Error, Memory};
///
/// /// As useful to a host function, which has a `Caller`, as to who has the store.
/// fn clear(mut store: impl AsContextMut, memory: Memory) -> Result<(), Error> {
///     memory.data_mut(&mut store)?.fill(0);
///     Ok(())
/// }
/// # let mut store = Store::new(&Engine::default(), ());
/// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
/// memory.write(&mut store, 0, b"abc")?;
/// clear(&mut store, memory)?;
/// assert_eq!(memory.data(&store)?[..3], [0; 3]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait AsContextMut: AsContext {
    /// The store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::AsContextMut;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// fn refuel(mut context: impl AsContextMut) {
    ///     context.as_context_mut().set_fuel(Some(1000));
    /// }
    /// refuel(&mut store);
    /// assert_eq!(store.fuel(), Some(1000));
    /// ```
    fn as_context_mut(&mut self) -> &mut Store<Self::Data>;
}

impl<T> AsContext for Store<T> {
    type Data = T;

    fn as_context(&self) -> &Store<T> {
        self
    }
}

impl<T> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> &mut Store<T> {
        self
    }
}

impl<C: AsContext + ?Sized> AsContext for &C {
    type Data = C::Data;

    fn as_context(&self) -> &Store<C::Data> {
        (**self).as_context()
    }
}

impl<C: AsContext + ?Sized> AsContext for &mut C {
    type Data = C::Data;

    fn as_context(&self) -> &Store<C::Data> {
        (**self).as_context()
    }
}

impl<C: AsContextMut + ?Sized> AsContextMut for &mut C {
    fn as_context_mut(&mut self) -> &mut Store<C::Data> {
        (**self).as_context_mut()
    }
}

/// What the store holds beside the embedder's.
pub(crate) fn inner<C: AsContext + ?Sized>(context: &C) -> &StoreInner {
    context.as_context().inner()
}

/// What the store holds beside the embedder's.
pub(crate) fn inner_mut<C: AsContextMut + ?Sized>(context: &mut C) -> &mut StoreInner {
    context.as_context_mut().inner_mut()
}
