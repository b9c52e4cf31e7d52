//! Instantiation (specification §4.5.4).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::externs::{Extern, matches};
use super::global::GlobalData;
use super::heap::Heap;
use super::instance::Instance;
use super::instantiation_error::InstantiationError as Error;
use super::linear_memory::LinearMemory;
use super::paging::Memories;
use super::store::{Elements, FunctionData, InstanceData, SegmentState, StoreInner, add};
use super::table::TableData;
use super::trap::TrapKind;
use super::val::{NULL, slot_of_address};
use crate::allocate::{boxed_format, boxed_text};
use crate::engine::Engine;
use crate::execute::Constants;
use crate::ledger::{self, Ledger, Owner};
use crate::module::{ConstExpr, ElementItems, Import, Module, SegmentMode};
use crate::types::{ExternKind, GlobalType, MemoryType, TableType};

/// Instantiates a module, but for its start function.
pub(super) fn instantiate(
    store: &mut StoreInner,
    module: &Module,
    imports: &[Extern],
) -> Result<Instance, Error> {
    check_engine(store, module)?;
    let types = intern_types(store, module)?;
    check_imports(store, module, &types, imports)?;
    check_limits(store, module)?;
    let sizes = Sizes::of(store);
    let index = match allocate(store, module, &types, imports) {
        Err(first @ (Error::Limit { .. } | Error::Budget { .. })) => {
            sizes.restore(store);
            // Objects that nothing refers to may have been in the way.
            store.world().collect(&[])?;
            allocate(store, module, &types, imports).map_err(|second| lesser(first, second))
        }
        other => other,
    };
    let index = index.inspect_err(|_| sizes.restore(store))?;
    copy_elements(store, module, index)?;
    copy_data(store, module, index)?;
    store.limit_microcode();
    let world = store.world();
    world.tiers.prescan(world.code, index);
    Ok(Instance(store.stored(index)))
}

/// The second of two errors; of budgets, the one that would have done.
fn lesser(first: Error, second: Error) -> Error {
    match (first, second) {
        (Error::Budget { least: first, budget }, Error::Budget { least, .. }) => {
            Error::Budget { least: least.min(first), budget }
        }
        (_, second) => second,
    }
}

/// Fails unless the module was made for the store's engine.
pub(super) fn check_engine(store: &StoreInner, module: &Module) -> Result<(), Error> {
    match Engine::same(&store.engine, module.engine()) {
        true => Ok(()),
        false => Err(Error::ForeignEngine),
    }
}

/// How much a store holds, to undo what a failed instantiation has added.
struct Sizes {
    instances: usize,
    lasting: Ledger,
    functions: usize,
    tables: usize,
    memories: usize,
    globals: usize,
    segments: usize,
    tags: usize,
}

impl Sizes {
    fn of(store: &StoreInner) -> Self {
        Sizes {
            instances: store.instances.len(),
            lasting: store.lasting,
            functions: store.functions.len(),
            tables: store.tables.len(),
            memories: store.memories.len(),
            globals: store.globals.len(),
            segments: store.segments.len(),
            tags: store.tags.len(),
        }
    }

    fn restore(&self, store: &mut StoreInner) {
        store.instances.truncate(self.instances);
        store.lasting = self.lasting;
        store.functions.truncate(self.functions);
        store.tables.truncate(self.tables);
        store.memories.truncate(self.memories);
        store.pager.forget_memories(self.memories);
        store.globals.truncate(self.globals);
        store.segments.truncate(self.segments);
        store.tags.truncate(self.tags);
    }
}

/// The module's types, as the store numbers them.
pub(super) fn intern_types(store: &mut StoreInner, module: &Module) -> Result<Box<[u32]>, Error> {
    let all = &module.declarations().types;
    let mut types = Vec::new();
    types.try_reserve_exact(all.len()).map_err(|_| Error::OutOfMemory)?;
    for (start, group) in all.groups() {
        // A store that holds all these types is far from having 2³² of them.
        let next = store.types.len() as u32;
        let map = |index: u32| match index.checked_sub(start) {
            Some(inside) => next.saturating_add(inside),
            None => types.get(index as usize).copied().unwrap_or(index),
        };
        let mut mapped = Vec::new();
        mapped.try_reserve_exact(group.len()).map_err(|_| Error::OutOfMemory)?;
        for ty in group {
            mapped.push(ty.renumbered(map)?);
        }
        let first = store.types.intern_group(mapped)?;
        types.extend((first..).take(group.len()));
    }
    Ok(types.into_boxed_slice())
}

fn check_imports(
    store: &StoreInner,
    module: &Module,
    types: &[u32],
    imports: &[Extern],
) -> Result<(), Error> {
    let all = &module.declarations().imports;
    let (expected, found) = (all.len(), imports.len());
    if expected != found {
        return Err(Error::ImportCount { expected, found });
    }
    let mut pairs = all.iter().zip(imports);
    pairs.try_for_each(|(import, item)| check_import(store, module, types, import, *item))
}

fn check_import(
    store: &StoreInner,
    module: &Module,
    types: &[u32],
    import: &Import,
    item: Extern,
) -> Result<(), Error> {
    if item.stored().index_in(store.id).is_err() {
        return Err(Error::foreign_import(import)?);
    }
    if matches(store, types, &import.ty, item) {
        return Ok(());
    }
    let found = item.ty_in(store).map_err(|_| Error::OutOfMemory)?;
    Err(Error::import_type(module.declarations(), import, found)?)
}

/// Puts other things in the place of imports of an instance.
pub(super) fn rebind(
    store: &mut StoreInner,
    instance: Instance,
    imports: &[(&str, &str, Extern)],
) -> Result<(), Error> {
    let index = instance.0.index_in(store.id).map_err(|_| Error::ForeignInstance)?;
    let data = store.instances.get(index).ok_or(Error::ForeignInstance)?;
    let all = &data.module.declarations().imports;
    for (module, name, _) in imports {
        if !all.iter().any(|import| &*import.module == *module && &*import.name == *name) {
            let (module, name) = (boxed_text(module)?, boxed_text(name)?);
            return Err(Error::UnknownImport { module, name });
        }
    }
    // Which of its kind each import to be replaced is, and by what.
    let mut replaced = Vec::new();
    let mut before = [0; ExternKind::Tag as usize + 1];
    for import in all {
        // There is one for each kind.
        let at = &mut before[import.ty.kind() as usize];
        for &(module, name, item) in imports {
            if &*import.module == module && &*import.name == name {
                check_import(store, &data.module, &data.types, import, item)?;
                replaced.try_reserve(1).map_err(|_| Error::OutOfMemory)?;
                replaced.push((item, *at));
            }
        }
        *at += 1;
    }
    let Some(data) = store.instances.get_mut(index) else { return Ok(()) };
    for (item, at) in replaced {
        let space = match item.kind() {
            ExternKind::Func => &mut data.functions,
            ExternKind::Table => &mut data.tables,
            ExternKind::Memory => &mut data.memories,
            ExternKind::Global => &mut data.globals,
            ExternKind::Tag => &mut data.tags,
        };
        if let Some(address) = space.get_mut(at) {
            *address = item.stored().index;
        }
    }
    Ok(())
}

/// Checks what the module declares against the store's limits, before anything
/// is allocated.
fn check_limits(store: &StoreInner, module: &Module) -> Result<(), Error> {
    let all = module.declarations();
    let limits = &store.limits;
    let check = |what: fmt::Arguments<'_>, wanted: u64, limit: u64| match wanted <= limit {
        true => Ok(()),
        false => Err(Error::Limit { what: boxed_format(what)?, wanted, limit }),
    };
    let mut total: u64 = store.memories.iter().map(LinearMemory::size).sum();
    let imported = all.imported_memories as usize;
    for (index, ty) in all.memories.iter().enumerate().skip(imported) {
        let bytes = ty.limits.min.saturating_mul(ty.page_size());
        check(format_args!("bytes of memory {index}"), bytes, limits.memory_bytes())?;
        total = total.saturating_add(bytes);
    }
    check(format_args!("bytes of all memories"), total, limits.total_memory_bytes())?;
    let mut total: u64 = store.tables.iter().map(TableData::size).sum();
    let imported = all.imported_tables as usize;
    for (index, ty) in all.tables.iter().enumerate().skip(imported) {
        let elements = ty.limits.min;
        check(format_args!("elements of table {index}"), elements, limits.table_elements())?;
        total = total.saturating_add(elements);
    }
    check(format_args!("elements of all tables"), total, limits.total_table_elements())?;
    let own = |all: usize, imported: u32| (all - imported as usize) as u64;
    let memories = store.memories.len() as u64 + own(all.memories.len(), all.imported_memories);
    check(format_args!("memories"), memories, limits.memories() as u64)?;
    let tables = store.tables.len() as u64 + own(all.tables.len(), all.imported_tables);
    check(format_args!("tables"), tables, limits.tables() as u64)?;
    let instances = store.instances.len() as u64 + 1;
    check(format_args!("instances"), instances, limits.instances() as u64)
}

/// Adds what the module declares to the store, and gives the instance's index.
fn allocate(
    store: &mut StoreInner,
    module: &Module,
    types: &[u32],
    imports: &[Extern],
) -> Result<u32, Error> {
    let all = module.declarations();
    let instance = u32::try_from(store.instances.len()).map_err(|_| Error::OutOfMemory)?;

    let mut functions = imported(imports, ExternKind::Func, all.functions.len())?;
    reserve(&mut store.functions, all.functions.len() - functions.len())?;
    // Function indices are those of the module, which number them in 32 bits.
    for index in functions.len() as u32..all.functions.len() as u32 {
        // Function indices and their types' are validated.
        let ty = types[all.functions[index as usize] as usize];
        put(&mut functions, &mut store.functions, FunctionData::Wasm { instance, index, ty })?;
    }
    let mut memories = imported(imports, ExternKind::Memory, all.memories.len())?;
    let own_memories = all.memories.get(memories.len()..).unwrap_or_default();
    announce(&mut memories, &mut store.memories, own_memories.len())?;
    let limit = ObjectLimit::of(store);
    let mut tags = imported(imports, ExternKind::Tag, all.tags.len())?;
    for ty in all.tags.iter().skip(tags.len()) {
        // Type indices of tags are validated.
        put(&mut tags, &mut store.tags, types[*ty as usize])?;
    }
    let mut globals = imported(imports, ExternKind::Global, all.globals.len())?;
    reserve(&mut store.globals, all.globals.len() - globals.len())?;
    let own = all.globals.iter().skip(globals.len());
    for (ty, value) in own.zip(&all.global_values) {
        let constants = Constants {
            module,
            types,
            functions: &functions,
            globals: &globals,
            all_types: &store.types,
            all_globals: &store.globals,
        };
        let value = constant(&constants, *value, &mut store.heap, limit)?;
        let content = ty.content.renumbered(|index| types[index as usize]);
        let ty = GlobalType { content, ..*ty };
        put(&mut globals, &mut store.globals, GlobalData { ty, value })?;
    }
    let mut tables = imported(imports, ExternKind::Table, all.tables.len())?;
    let own = all.tables.iter().skip(tables.len());
    announce(&mut tables, &mut store.tables, own.len())?;
    let mut own_tables = Vec::new();
    reserve(&mut own_tables, own.len())?;
    for (ty, value) in own.zip(&all.table_values) {
        let constants = Constants {
            module,
            types,
            functions: &functions,
            globals: &globals,
            all_types: &store.types,
            all_globals: &store.globals,
        };
        let init = match value {
            Some(value) => constant(&constants, *value, &mut store.heap, limit)?[0],
            None => NULL,
        };
        let ty = TableType { element: ty.element.renumbered(|index| types[index as usize]), ..*ty };
        own_tables.push((ty, init));
    }
    let mut elements = Vec::new();
    elements.try_reserve_exact(all.elements.len()).map_err(|_| Error::OutOfMemory)?;
    for segment in &all.elements {
        let constants = Constants {
            module,
            types,
            functions: &functions,
            globals: &globals,
            all_types: &store.types,
            all_globals: &store.globals,
        };
        elements.push(match &segment.items {
            ElementItems::Functions(_) => Elements::Functions,
            ElementItems::Expressions(items) => {
                let mut values = Vec::new();
                values.try_reserve_exact(items.len()).map_err(|_| Error::OutOfMemory)?;
                for item in items {
                    values.push(constant(&constants, *item, &mut store.heap, limit)?[0]);
                }
                Elements::Values(values.into_boxed_slice())
            }
        });
    }
    let elements = elements.into_boxed_slice();
    let dropped_elements = flags(elements.len())?;
    let dropped_data = flags(all.data.len())?;
    let segments = SegmentState { dropped_data, dropped_elements, elements };
    reserve(&mut store.segments, 1)?;
    store.segments.push(segments);
    let mut own_types = Vec::new();
    own_types.try_reserve_exact(types.len()).map_err(|_| Error::OutOfMemory)?;
    own_types.extend_from_slice(types);
    let data = InstanceData {
        module: module.clone(),
        types: own_types.into_boxed_slice(),
        functions: functions.into_boxed_slice(),
        tables: tables.into_boxed_slice(),
        memories: memories.into_boxed_slice(),
        globals: globals.into_boxed_slice(),
        tags: tags.into_boxed_slice(),
    };
    add(&mut store.instances, data).ok_or(Error::OutOfMemory)?;
    store.count_instance();
    check_budget(store, own_memories, &own_tables)?;
    // There is room in both lists.
    for ty in own_memories {
        let is_paged = store.pager.paging().is_some();
        store.memories.push(LinearMemory::new(*ty, is_paged).ok_or(Error::OutOfMemory)?);
    }
    for (ty, init) in own_tables {
        store.tables.push(TableData::new(ty, init).ok_or(Error::OutOfMemory)?);
    }
    Ok(instance)
}

/// Fails unless the budget allows these memories and tables, beside everything else that the
/// instance takes, which is there already.
fn check_budget(
    store: &mut StoreInner,
    memories: &[MemoryType],
    tables: &[(TableType, u64)],
) -> Result<(), Error> {
    if store.limits.budget().is_none() {
        return Ok(());
    }
    // Limits have been checked, so that sums are far from overflowing.
    let is_paged = store.pager.paging().is_some();
    let memories: u64 = memories.iter().map(|ty| LinearMemory::bytes_to_hold(ty, is_paged)).sum();
    let tables: u64 = tables.iter().map(|(ty, _)| ty.limits.min).sum();
    let bytes = memories + tables * size_of::<u64>() as u64;
    let afforded = store.afford(Owner::Instances, bytes);
    afforded.map_err(|kind| over_budget(&kind))
}

/// What the budget does not allow.
fn over_budget(kind: &TrapKind) -> Error {
    match *kind {
        TrapKind::OverBudget { wanted, used, budget, .. } => {
            Error::Budget { least: used.saturating_add(wanted), budget }
        }
        _ => Error::OutOfMemory,
    }
}

/// Adds the addresses that so many more of the store's things will have to an index space.
fn announce<D>(space: &mut Vec<u32>, all: &mut Vec<D>, count: usize) -> Result<(), Error> {
    reserve(all, count)?;
    let first = u32::try_from(all.len()).map_err(|_| Error::OutOfMemory)?;
    space.extend((first..).take(count));
    Ok(())
}

/// Where the imports of this kind are, with room for `total` in all.
fn imported(imports: &[Extern], kind: ExternKind, total: usize) -> Result<Vec<u32>, Error> {
    let mut space = Vec::new();
    space.try_reserve_exact(total).map_err(|_| Error::OutOfMemory)?;
    let of_kind = imports.iter().filter(|item| item.kind() == kind);
    space.extend(of_kind.map(|item| item.stored().index));
    Ok(space)
}

/// Adds to the store, and to the index space that names it.
fn put<D>(space: &mut Vec<u32>, all: &mut Vec<D>, data: D) -> Result<(), Error> {
    space.push(add(all, data).ok_or(Error::OutOfMemory)?);
    Ok(())
}

fn reserve<D>(all: &mut Vec<D>, more: usize) -> Result<(), Error> {
    all.try_reserve(more).map_err(|_| Error::OutOfMemory)
}

fn flags(count: usize) -> Result<Box<[bool]>, Error> {
    let mut flags = Vec::new();
    flags.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
    flags.resize(count, false);
    Ok(flags.into_boxed_slice())
}

/// Copies active element segments into their tables, in order, and drops them
/// and those that are only declared.
fn copy_elements(store: &mut StoreInner, module: &Module, instance: u32) -> Result<(), Error> {
    // Both exist since the instance was allocated; all indices are validated.
    let data = &store.instances[instance as usize];
    let elements = &mut store.segments[instance as usize].elements;
    for (index, segment) in module.declarations().elements.iter().enumerate() {
        match &segment.mode {
            SegmentMode::Passive => continue,
            SegmentMode::Declared => {}
            SegmentMode::Active { target, offset } => {
                let constants = Constants {
                    module,
                    types: &data.types,
                    functions: &data.functions,
                    globals: &data.globals,
                    all_types: &store.types,
                    all_globals: &store.globals,
                };
                let limit = ObjectLimit::NONE;
                let [offset, _] = constant(&constants, *offset, &mut store.heap, limit)?;
                let table = &mut store.tables[data.tables[*target as usize] as usize];
                let window = table
                    .window(offset, segment.items.len() as u64)
                    .map_err(|kind| Error::Segment { target: ExternKind::Table, index, kind })?;
                data.copy_elements(&elements[index], index, 0, window);
            }
        }
        if let Elements::Values(values) =
            core::mem::replace(&mut elements[index], Elements::Dropped)
        {
            store.lasting.sub(Owner::Instances, ledger::boxed(&*values));
        }
    }
    Ok(())
}

/// Copies active data segments into their memories, in order, and drops them.
fn copy_data(store: &mut StoreInner, module: &Module, instance: u32) -> Result<(), Error> {
    // Both exist since the instance was allocated; all indices are validated.
    let data = &store.instances[instance as usize];
    let dropped = &mut store.segments[instance as usize].dropped_data;
    for (index, segment) in module.declarations().data.iter().enumerate() {
        let SegmentMode::Active { target, offset } = &segment.mode else { continue };
        let constants = Constants {
            module,
            types: &data.types,
            functions: &data.functions,
            globals: &data.globals,
            all_types: &store.types,
            all_globals: &store.globals,
        };
        let limit = ObjectLimit::NONE;
        let [offset, _] = constant(&constants, *offset, &mut store.heap, limit)?;
        let memory = data.memories[*target as usize] as usize;
        let mut memories = Memories { all: &mut store.memories, pager: &mut store.pager };
        let written = memories.initialise(memory, offset, module, segment.contents.range());
        written.map_err(|kind| Error::Segment { target: ExternKind::Memory, index, kind })?;
        dropped[index] = true;
    }
    Ok(())
}

/// How many bytes all objects may take.
#[derive(Clone, Copy)]
struct ObjectLimit {
    /// By the limits of the store.
    limit: u64,
    /// By its budget, beside so many bytes of everything else.
    allowed: u64,
    beside: u64,
    budget: u64,
}

/// Objects may take so many bytes before the budget is looked at, so that it can be said how much
/// all takes.
const OBJECTS_AHEAD: u64 = 4 << 10;

impl ObjectLimit {
    /// For what makes no objects.
    const NONE: ObjectLimit =
        ObjectLimit { limit: u64::MAX, allowed: u64::MAX, beside: 0, budget: 0 };

    fn of(store: &mut StoreInner) -> Self {
        let limit = store.limits.heap_bytes();
        let Some(budget) = store.limits.budget() else {
            return ObjectLimit { limit, ..ObjectLimit::NONE };
        };
        // What is too much by now is found to be so when all is counted.
        let _ = store.afford(Owner::Heap, 0);
        let (account, bytes) = (&store.account, store.heap.bytes());
        let allowed = bytes.saturating_add(account.spare().max(OBJECTS_AHEAD));
        let beside = account.state().saturating_sub(bytes);
        ObjectLimit { limit, allowed, beside, budget }
    }
}

/// The value of a constant expression, which may be an object.
fn constant(
    constants: &Constants<'_>,
    expression: ConstExpr,
    heap: &mut Heap,
    ObjectLimit { limit, allowed, beside, budget }: ObjectLimit,
) -> Result<[u64; 2], Error> {
    constants.value(expression, heap, limit.min(allowed)).or_else(|kind| {
        let TrapKind::OutOfMemoryBudget { bytes } = kind else { return Err(Error::OutOfMemory) };
        let wanted = heap.bytes().saturating_add(bytes);
        if wanted > limit {
            return Err(Error::Limit { what: boxed_text("bytes of objects")?, wanted, limit });
        }
        match !cfg!(feature = "ledger") || wanted <= allowed {
            true => Err(Error::OutOfMemory),
            false => Err(Error::Budget { least: beside.saturating_add(wanted), budget }),
        }
    })
}

impl InstanceData {
    /// How many elements an element segment has.
    pub(crate) fn element_count(&self, elements: &Elements, segment: usize) -> u64 {
        match elements {
            Elements::Dropped => 0,
            Elements::Functions => self.listed(segment).len() as u64,
            Elements::Values(values) => values.len() as u64,
        }
    }

    /// The functions that an element segment of the module lists.
    fn listed(&self, segment: usize) -> &[u32] {
        match self.module.declarations().elements.get(segment).map(|segment| &segment.items) {
            Some(ElementItems::Functions(functions)) => functions,
            _ => &[],
        }
    }

    /// Copies elements of a segment, from `start` on, of which there are enough.
    pub(crate) fn copy_elements(
        &self,
        elements: &Elements,
        segment: usize,
        start: usize,
        to: &mut [u64],
    ) {
        match elements {
            Elements::Dropped => {}
            Elements::Functions => {
                for (slot, function) in to.iter_mut().zip(self.listed(segment).iter().skip(start)) {
                    // Indices of functions in segments are validated.
                    *slot = slot_of_address(self.functions[*function as usize]);
                }
            }
            Elements::Values(values) => {
                for (slot, value) in to.iter_mut().zip(values.iter().skip(start)) {
                    *slot = *value;
                }
            }
        }
    }
}

impl From<TrapKind> for Error {
    /// Constant expressions fail only if memory runs out.
    fn from(_: TrapKind) -> Self {
        Error::OutOfMemory
    }
}
