//! What can stand for a store where one is needed.

use super::store::{Store, StoreInner};

/// A store, or something that has one, to look into: `&Store<T>`, `&Caller<'_, T>`.
pub trait AsContext {
    /// The embedder's data in the store.
    type Data;

    /// The store.
    fn as_context(&self) -> &Store<Self::Data>;
}

/// A store, or something that has one, to change: `&mut Store<T>`, `&mut Caller<'_, T>`.
pub trait AsContextMut: AsContext {
    /// The store.
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
