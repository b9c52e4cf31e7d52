//! Globals.

use super::context::{AsContext, AsContextMut, inner, inner_mut};
use super::error::Error;
use super::store::add;
use super::store_id::Stored;
use super::val::Val;
use crate::types::GlobalType;

/// A global in a store.
///
/// ```
/// use fayasm_core::{Engine, Global, GlobalType, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = GlobalType { content: ValType::I64, mutable: true };
/// let global = Global::new(&mut store, ty, Val::I64(1))?;
/// global.set(&mut store, Val::I64(2))?;
/// assert_eq!(global.get(&store)?, Val::I64(2));
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Global(pub(crate) Stored);

impl Global {
    /// A new global that holds `val`.
    ///
    /// # Errors
    ///
    /// [`Error::ValueType`], [`Error::ForeignHandle`], [`Error::OutOfMemory`]
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, val: Val) -> Result<Global, Error> {
        let store = inner_mut(&mut store);
        store.check_value(ty.content, val)?;
        let mut data = GlobalData { ty, value: [0; 2] };
        val.write_slots(&mut data.value);
        let index = add(&mut store.globals, data).ok_or(Error::OutOfMemory)?;
        Ok(Global(store.stored(index)))
    }

    /// Its type.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn ty(self, store: impl AsContext) -> Result<GlobalType, Error> {
        let store = inner(&store);
        let global = store.globals.get(self.0.index_in(store.id)?);
        Ok(global.ok_or(Error::ForeignHandle)?.ty)
    }

    /// What it holds.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn get(self, store: impl AsContext) -> Result<Val, Error> {
        let store = inner(&store);
        let global = store.globals.get(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)?;
        Ok(Val::from_slots(global.ty.content, &global.value, store.space()))
    }

    /// Sets what it holds.
    ///
    /// # Errors
    ///
    /// [`Error::ImmutableGlobal`], [`Error::ValueType`], [`Error::ForeignHandle`]
    pub fn set(self, mut store: impl AsContextMut, val: Val) -> Result<(), Error> {
        let store = inner_mut(&mut store);
        let index = self.0.index_in(store.id)?;
        let ty = store.globals.get(index).ok_or(Error::ForeignHandle)?.ty;
        if !ty.mutable {
            return Err(Error::ImmutableGlobal);
        }
        store.check_value(ty.content, val)?;
        if let Some(global) = store.globals.get_mut(index) {
            val.write_slots(&mut global.value);
        }
        Ok(())
    }
}

/// A global: its type and the slots that its value takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GlobalData {
    pub(crate) ty: GlobalType,
    pub(crate) value: [u64; 2],
}
