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
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Global, GlobalType, Val, ValType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = GlobalType { content: ValType::F64, mutable: false };
    /// let pi = Global::new(&mut store, ty, Val::from(3.14159))?;
    /// assert_eq!(pi.get(&store)?.f64(), Some(3.14159));
    /// assert!(matches!(Global::new(&mut store, ty, Val::I32(3)), Err(Error::ValueType { .. })));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (global (export "stack_pointer") (mut i32) (i32.const 65536)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let global = instance.get_global(&store, "stack_pointer").expect("it is exported");
    /// assert!(global.ty(&store)?.mutable);
    /// assert_eq!(global.ty(&store)?.to_string(), "(mut i32)");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Val;
    ///
    /// let wat = r#"(module
    ///   (global $count (export "count") (mut i32) (i32.const 0))
    ///   (func (export "next") (global.set $count (i32.add (global.get $count) (i32.const 1)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let next = instance.get_typed_func::<(), ()>(&store, "next")?;
    /// let count = instance.get_global(&store, "count").expect("it is exported");
    /// next.call(&mut store, ())?;
    /// assert_eq!(count.get(&store)?, Val::I32(1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Global, GlobalType, Val, ValType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = GlobalType { content: ValType::I32, mutable: true };
    /// let global = Global::new(&mut store, ty, Val::I32(1))?;
    /// global.set(&mut store, Val::I32(2))?;
    /// assert_eq!(global.get(&store)?, Val::I32(2));
    /// assert!(global.set(&mut store, Val::I64(3)).is_err());
    ///
    /// let constant = Global::new(&mut store, GlobalType { mutable: false, ..ty }, Val::I32(1))?;
    /// assert_eq!(constant.set(&mut store, Val::I32(2)), Err(Error::ImmutableGlobal));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
        store.journal.change();
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
