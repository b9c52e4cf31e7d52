//! Tables: vectors of references.

use alloc::vec::Vec;

use super::context::{AsContext, AsContextMut, inner, inner_mut};
use super::error::Error;
use super::store::{StoreInner, add};
use super::store_id::Stored;
use super::trap::{Trap, TrapKind};
use super::val::Val;
use crate::allocate::{OutOfMemory, fit};
use crate::ledger::{self, Owner};
use crate::types::TableType;
use crate::validate::table_type;

/// A table in a store.
///
/// ```
/// use fayasm_core::{Engine, ExternRef, Limits, RefType, Store, Table, TableType, Val};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = TableType::new(RefType::EXTERNREF, Limits::at_least(2));
/// let table = Table::new(&mut store, ty, Val::ExternRef(None))?;
/// table.set(&mut store, 1, ExternRef::new(7).into())?;
/// assert_eq!(table.get(&store, 1)?, Val::from(ExternRef::new(7)));
/// assert!(table.get(&store, 2).is_err());
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Table(pub(crate) Stored);

impl Table {
    /// A new table of the least size that its type allows, each element being `init`.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Limits, RefType, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let nop = Func::wrap(&mut store, || {})?;
    /// let ty = TableType::new(RefType::FUNCREF, Limits::at_least(3));
    /// let table = Table::new(&mut store, ty, nop.into())?;
    /// assert_eq!(table.get(&store, 2)?.func(), Some(nop));
    /// assert!(Table::new(&mut store, ty, Val::ExternRef(None)).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidType`] if there can be no such table,
    /// [`Error::ValueType`] if `init` is no such reference, [`Error::CannotGrow`]
    /// if the store's limits forbid that size or one more table,
    /// [`Error::Trap`] ([`OverBudget`](TrapKind::OverBudget)), [`Error::OutOfMemory`],
    /// [`Error::ForeignHandle`].
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Val) -> Result<Table, Error> {
        table_type(&ty).map_err(Error::InvalidType)?;
        let store = inner_mut(&mut store);
        let slot = slot_of(init, ty, store)?;
        let delta = ty.limits.min;
        let limit = store.limits.elements_beside(&store.tables, store.tables.len());
        if delta > limit || store.tables.len() >= store.limits.tables() {
            return Err(Error::CannotGrow { delta });
        }
        let bytes = delta.saturating_mul(size_of::<u64>() as u64);
        store.afford(Owner::Tables, bytes).map_err(Trap::from)?;
        let table = TableData::new(ty, slot).ok_or(Error::OutOfMemory)?;
        let index = add(&mut store.tables, table).ok_or(Error::OutOfMemory)?;
        Ok(Table(store.stored(index)))
    }

    fn of<'a, T: 'a>(self, store: &'a impl AsContext<Data = T>) -> Result<&'a TableData, Error> {
        let store = inner(store);
        store.tables.get(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)
    }

    fn of_mut<'a, T: 'a>(
        self,
        store: &'a mut impl AsContextMut<Data = T>,
    ) -> Result<&'a mut TableData, Error> {
        let store = inner_mut(store);
        store.journal.change();
        store.tables.get_mut(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)
    }

    /// Its type, with the size it has now.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Limits, RefType, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = TableType::new(RefType::EXTERNREF, Limits { min: 1, max: Some(9) });
    /// let table = Table::new(&mut store, ty, Val::ExternRef(None))?;
    /// table.grow(&mut store, 4, Val::ExternRef(None))?;
    /// assert_eq!(table.ty(&store)?.to_string(), "5 9 externref");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn ty(self, store: impl AsContext) -> Result<TableType, Error> {
        Ok(self.of(&store)?.ty())
    }

    /// How many elements it has.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (table (export "t") 10 funcref))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let table = instance.get_table(&store, "t").expect("it is exported");
    /// assert_eq!(table.size(&store)?, 10);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn size(self, store: impl AsContext) -> Result<u64, Error> {
        Ok(self.of(&store)?.size())
    }

    /// An element.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Val;
    ///
    /// let wat = r#"(module
    ///   (func $one (result i32) (i32.const 1))
    ///   (table (export "t") 2 funcref)
    ///   (elem (i32.const 0) $one))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let table = instance.get_table(&store, "t").expect("it is exported");
    /// let one = table.get(&store, 0)?.func().expect("it is not null");
    /// assert_eq!(one.typed::<(), i32>(&store)?.call(&mut store, ())?, 1);
    /// assert_eq!(table.get(&store, 1)?, Val::FuncRef(None));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`], [`Error::ForeignHandle`]
    pub fn get(self, store: impl AsContext, index: u64) -> Result<Val, Error> {
        let table = self.of(&store)?;
        let slot = table.get(index).map_err(outside)?;
        Ok(Val::from_slots(table.ty.element.into(), &[slot], inner(&store).space()))
    }

    /// Sets an element.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Func;
    ///
    /// let wat = r#"(module
    ///   (table (export "t") 1 funcref)
    ///   (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let table = instance.get_table(&store, "t").expect("it is exported");
    /// # let call = instance.get_typed_func::<(), i32>(&store, "call")?;
    /// let seven = Func::wrap(&mut store, || 7)?;
    /// table.set(&mut store, 0, seven.into())?;
    /// assert_eq!(call.call(&mut store, ())?, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`], [`Error::ValueType`], [`Error::ForeignHandle`]
    pub fn set(self, mut store: impl AsContextMut, index: u64, val: Val) -> Result<(), Error> {
        let slot = slot_of(val, self.of(&store)?.ty, inner(&store))?;
        self.of_mut(&mut store)?.set(index, slot).map_err(outside)
    }

    /// Grows by `delta` elements, each being `init`, and gives the number of
    /// elements there were before.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, ExternRef, Limits, RefType, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = TableType::new(RefType::EXTERNREF, Limits { min: 1, max: Some(2) });
    /// let table = Table::new(&mut store, ty, Val::ExternRef(None))?;
    /// let handle = Val::from(ExternRef::new(5));
    /// assert_eq!(table.grow(&mut store, 1, handle)?, 1);
    /// assert_eq!(table.get(&store, 1)?, handle);
    /// assert_eq!(table.grow(&mut store, 1, handle), Err(Error::CannotGrow { delta: 1 }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CannotGrow`], [`Error::Trap`] ([`OverBudget`](TrapKind::OverBudget)),
    /// [`Error::ValueType`], [`Error::ForeignHandle`];
    /// then nothing changes.
    pub fn grow(self, mut store: impl AsContextMut, delta: u64, init: Val) -> Result<u64, Error> {
        let found = inner(&store);
        let limit = found.limits.elements_beside(&found.tables, self.0.index_in(found.id)?);
        let slot = slot_of(init, self.of(&store)?.ty, found)?;
        self.of_mut(&mut store)?;
        let store = inner_mut(&mut store);
        store.afford(Owner::Tables, 0).map_err(Trap::from)?;
        let StoreInner { tables, account, tiers, .. } = store;
        let table = tables.get_mut(self.0.index as usize);
        let mut reserved = Ok(());
        let grown = table.and_then(|table| {
            table.grow(delta, slot, limit, |elements, more| {
                reserved = account.reserve(tiers, Owner::Tables, elements, more);
                reserved.is_ok()
            })
        });
        if let Err(kind @ TrapKind::OverBudget { .. }) = reserved {
            return Err(Error::Trap(kind.into()));
        }
        grown.ok_or(Error::CannotGrow { delta })
    }
}

/// The slot of a reference, if a table of this type can hold it.
fn slot_of(val: Val, ty: TableType, store: &StoreInner) -> Result<u64, Error> {
    store.check_value(ty.element.into(), val)?;
    Ok(val.slot())
}

/// What WebAssembly would trap for, as an error.
fn outside(kind: TrapKind) -> Error {
    match kind {
        TrapKind::TableOutOfBounds { index, count, size } => {
            Error::OutOfBounds { start: index, count, size }
        }
        other => Error::Trap(other.into()),
    }
}

/// The elements of a table, as slots.
#[derive(Debug)]
pub(crate) struct TableData {
    elements: Vec<u64>,
    ty: TableType,
    /// Whether an element may have changed since the flag was cleared.
    pub(crate) changed: bool,
}

impl TableData {
    /// A table of the least size that its type allows. None if the machine
    /// cannot hold it.
    pub(crate) fn new(ty: TableType, init: u64) -> Option<Self> {
        let size = usize::try_from(ty.limits.min).ok()?;
        let mut elements = Vec::new();
        elements.try_reserve_exact(size).ok()?;
        elements.resize(size, init);
        Some(TableData { elements, ty, changed: true })
    }

    /// Its type, with its size as it is now.
    pub(crate) fn ty(&self) -> TableType {
        let mut ty = self.ty;
        ty.limits.min = self.size();
        ty
    }

    /// How many elements it has.
    /// For how many elements there is room.
    pub(crate) fn room(&self) -> usize {
        self.elements.capacity()
    }

    /// Lets there be room for just as many again.
    pub(crate) fn put_room_back(&mut self, room: usize) -> Result<(), OutOfMemory> {
        fit(&mut self.elements, room)
    }

    /// How many bytes it takes.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::vec(&self.elements)
    }

    /// Its size, in elements.
    pub(crate) fn size(&self) -> u64 {
        self.elements.len() as u64
    }

    /// All its elements, which may become more or fewer.
    pub(crate) fn elements_mut(&mut self) -> &mut Vec<u64> {
        self.changed = true;
        &mut self.elements
    }

    /// All elements.
    pub(crate) fn slots(&self) -> &[u64] {
        &self.elements
    }

    /// An element; none past the end.
    #[inline]
    pub(crate) fn element(&self, index: u64) -> Option<u64> {
        self.elements.get(usize::try_from(index).ok()?).copied()
    }

    pub(crate) fn get(&self, index: u64) -> Result<u64, TrapKind> {
        let range = self.range(index, 1)?;
        // The range was checked to lie inside.
        Ok(self.elements[range.start])
    }

    pub(crate) fn set(&mut self, index: u64, slot: u64) -> Result<(), TrapKind> {
        self.fill(index, 1, slot)
    }

    /// Sets `count` elements; all of them or, if one lies outside, none.
    pub(crate) fn fill(&mut self, index: u64, count: u64, slot: u64) -> Result<(), TrapKind> {
        let range = self.range(index, count)?;
        self.changed = true;
        // The range was checked to lie inside.
        self.elements[range].fill(slot);
        Ok(())
    }

    /// Copies elements as if through a buffer; all or, if one lies outside, none.
    pub(crate) fn copy_within(&mut self, from: u64, to: u64, count: u64) -> Result<(), TrapKind> {
        let source = self.range(from, count)?;
        let target = self.range(to, count)?;
        self.changed = true;
        self.elements.copy_within(source, target.start);
        Ok(())
    }

    /// Copies elements of another table; all or, if one lies outside, none.
    pub(crate) fn copy_from(
        &mut self,
        other: &TableData,
        from: u64,
        to: u64,
        count: u64,
    ) -> Result<(), TrapKind> {
        let source = other.range(from, count)?;
        let target = self.range(to, count)?;
        self.changed = true;
        // Both ranges were checked to lie inside, and are of the same length.
        self.elements[target].copy_from_slice(&other.elements[source]);
        Ok(())
    }

    /// The elements in this range, to be set; none of them if one lies outside.
    pub(crate) fn window(&mut self, index: u64, count: u64) -> Result<&mut [u64], TrapKind> {
        let range = self.range(index, count)?;
        self.changed = true;
        // The range was checked to lie inside.
        Ok(&mut self.elements[range])
    }

    /// Grows by `delta` elements, and gives the size before. None, and nothing
    /// changes, if its type, `limit` or the machine forbid it.
    pub(crate) fn grow(
        &mut self,
        delta: u64,
        init: u64,
        limit: u64,
        reserve: impl FnOnce(&mut Vec<u64>, usize) -> bool,
    ) -> Option<u64> {
        let before = self.size();
        let size = before.checked_add(delta)?;
        let max = self.ty.limits.max.unwrap_or(u64::MAX).min(self.ty.address.max());
        if size > max || (delta > 0 && size > limit) {
            return None;
        }
        let size = usize::try_from(size).ok()?;
        let more = size - self.elements.len();
        if !reserve(&mut self.elements, more) {
            return None;
        }
        self.elements.resize(size, init);
        self.changed = true;
        Some(before)
    }

    fn range(&self, index: u64, count: u64) -> Result<core::ops::Range<usize>, TrapKind> {
        match index.checked_add(count) {
            // What lies inside has an index that fits.
            Some(end) if end <= self.size() => Ok(index as usize..end as usize),
            _ => Err(TrapKind::TableOutOfBounds { index, count, size: self.size() }),
        }
    }
}
