//! Bytes become a state again, if they are one that this store can be in.

use alloc::vec::Vec;

use super::bytes::Reader;
use super::fit::Fit;
use super::shape::shape;
use super::{
    EXCEPTION, NO_OBJECT, OBJECT, RETURNED, RUNS, StateError, StatePart, WAITS, flaw, stack,
};
use crate::allocate::zeroed;
use crate::execute::{Job, Stack, Status, new_object, slots};
use crate::runtime::{
    Elements, FunctionData, Heap, KeptPages, Object, Pace, PageTable, StoreInner,
};
use crate::spill::{ObjectId, ObjectKind};
use crate::types::CompositeType;

/// A memory as it is to become.
struct MemoryState<'b> {
    bytes: usize,
    /// Where its contents stand, if they do.
    contents: Option<Reader<'b>>,
}

/// Sets all that a run can change, and gives the job.
pub(super) fn load(store: &mut StoreInner, state: &[u8]) -> Result<Job, StateError> {
    if !store.suspended.is_empty() {
        return Err(StateError::HostFunction);
    }
    if store.heap.is_tracked() {
        return Err(StateError::Watched);
    }
    let mut from = Reader::new(state);
    for (part, number) in shape(store) {
        if from.long()? != number {
            return Err(StateError::Shape(part));
        }
    }
    let heap = objects(&mut from, store)?;
    let fit = Fit { store, heap: &heap };
    check_objects(fit)?;
    let memories = memories(&mut from, store)?;
    let tables = tables(&mut from, fit)?;
    let globals = globals(&mut from, fit)?;
    let dropped = dropped(&mut from, fit)?;
    let (address, status, stack) = job(&mut from, fit)?;
    if from.left() > 0 {
        return Err(from.length());
    }
    let refused = |_| StateError::OutOfMemory;
    let held = heap.hold(stack.in_use().iter().copied()).map_err(refused)?;
    if let Some(held) = &held {
        store.heap.keep(held).map_err(refused)?;
    }
    let mut kept = kept(store, &memories)?.into_iter();
    grow(store, &memories)?;

    // From here on nothing fails.
    store.journal.change();
    store.heap.adopt(heap);
    let is_kept = store.pager.paging().is_some_and(|paging| paging.is_kept());
    let has_contents = memories.iter().any(|memory| memory.contents.is_some());
    if has_contents || !is_kept {
        store.memories().forget_pages();
    }
    for (memory, MemoryState { bytes, contents }) in store.memories.iter_mut().zip(memories) {
        memory.resize(bytes);
        if let Some(table) = memory.pages_mut() {
            let pages = kept.next().flatten();
            if pages.is_some() || !is_kept {
                table.replace(pages);
            }
        } else if let Some((mut contents, bytes)) = contents.zip(memory.flat_mut()) {
            bytes.fill(0);
            // They have been gone over once.
            let _ = contents.bytes(bytes);
        }
    }
    for (table, elements) in store.tables.iter_mut().zip(tables) {
        *table.elements_mut() = elements;
    }
    let mutable = store.globals.iter_mut().filter(|global| global.ty.mutable);
    for (global, value) in mutable.zip(globals.as_chunks().0) {
        global.value = *value;
    }
    store.put_dropped_back(dropped.iter().map(|flag| *flag != 0));
    Ok(Job::put_together(store.id, address, status, stack, held))
}

/// A number that says yes or no.
fn flag(from: &mut Reader<'_>, part: StatePart) -> Result<bool, StateError> {
    match from.number()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(flaw(part, 0)),
    }
}

fn objects(from: &mut Reader<'_>, store: &StoreInner) -> Result<Heap, StateError> {
    let part = StatePart::Objects;
    let mut heap = Heap::default();
    let generation = from.long()?;
    // More objects than any machine makes.
    if generation >> 63 != 0 {
        return Err(flaw(part, 0));
    }
    let pace = Pace { collect_at: from.long()?, tight: from.number()? };
    let entries = from.number()?;
    // Each takes a number at least.
    if entries as usize > from.left() / 4 {
        return Err(from.length());
    }
    if !heap.resize(entries as usize) {
        return Err(StateError::OutOfMemory);
    }
    for number in 0..entries {
        let is_exception = match from.number()? {
            NO_OBJECT => continue,
            OBJECT => false,
            EXCEPTION => true,
            _ => return Err(flaw(part, number as usize)),
        };
        let (ty, length) = (from.number()?, from.number()?);
        let own_generation = from.long()?;
        let width = width(store, ty, is_exception).ok_or(flaw(part, number as usize))?;
        let left = store.limits.heap_bytes().saturating_sub(heap.bytes());
        if u64::from(length) * u64::from(width) > left {
            return Err(StateError::Limit(part));
        }
        let object = match is_exception {
            true => Object::exception(ty, length),
            false => new_object(&store.types, ty, length).ok(),
        };
        let mut object = object.ok_or(StateError::OutOfMemory)?;
        if object.len() != length || own_generation > generation {
            return Err(flaw(part, number as usize));
        }
        from.bytes(object.data_mut())?;
        heap.put_back(number, Some(object), own_generation);
    }
    if heap.bytes() > store.limits.heap_bytes() {
        return Err(StateError::Limit(part));
    }
    let free = from.number()?;
    if free as usize > from.left() / 4 {
        return Err(from.length());
    }
    let mut numbers = *from;
    for _ in 0..free {
        from.number()?;
    }
    // All of them are there.
    let numbers = (0..free).map_while(|_| numbers.number().ok());
    match heap.put_free(numbers, generation, pace) {
        Ok(()) => Ok(heap),
        Err(Some(number)) => Err(flaw(part, number as usize)),
        Err(None) => Err(StateError::OutOfMemory),
    }
}

/// The least bytes that each field or element of an object takes; none if no object is of this
/// type.
fn width(store: &StoreInner, ty: u32, is_exception: bool) -> Option<u8> {
    if is_exception {
        return Some(8);
    }
    match &store.types.get(ty)?.composite {
        CompositeType::Struct(_) => Some(8),
        CompositeType::Array(ty) => Some(ty.element.storage.bytes()),
        CompositeType::Func(_) => None,
    }
}

/// Fails unless all objects hold what their types say; so must what no run can change.
fn check_objects(fit: Fit<'_>) -> Result<(), StateError> {
    // Entries are counted in 32 bits.
    for number in 0..fit.heap.entries() as u32 {
        if let Some((Some(object), _)) = fit.heap.entry(number)
            && !fit.object(object)
        {
            return Err(flaw(StatePart::Objects, number as usize));
        }
    }
    for (index, global) in fit.store.globals.iter().enumerate() {
        if !global.ty.mutable && !fit.global(global.ty, &global.value) {
            return Err(flaw(StatePart::Globals, index));
        }
    }
    Ok(())
}

fn memories<'b>(
    from: &mut Reader<'b>,
    store: &StoreInner,
) -> Result<Vec<MemoryState<'b>>, StateError> {
    let part = StatePart::Memories;
    let included = flag(from, part)?;
    let mut states = Vec::new();
    states.try_reserve_exact(store.memories.len()).map_err(|_| StateError::OutOfMemory)?;
    let (mut total, mut grows) = (0_u64, false);
    for (index, memory) in store.memories.iter().enumerate() {
        let bytes = from.long()?;
        let ty = memory.ty();
        let most = ty.limits.max.unwrap_or(u64::MAX).min(ty.max_pages());
        let pages = bytes >> ty.page_size_log2;
        if pages << ty.page_size_log2 != bytes || pages > most {
            return Err(flaw(part, index));
        }
        let more = bytes > memory.size();
        if more && bytes > store.limits.memory_bytes() {
            return Err(StateError::Limit(part));
        }
        grows |= more;
        total = total.saturating_add(bytes);
        let contents = included.then_some(*from);
        if included {
            from.runs(bytes.div_ceil(8), |_, _| {})?;
        }
        let bytes = usize::try_from(bytes).map_err(|_| StateError::OutOfMemory)?;
        states.push(MemoryState { bytes, contents });
    }
    if grows && total > store.limits.total_memory_bytes() {
        return Err(StateError::Limit(part));
    }
    for instance in &store.instances {
        let declared = &instance.module.declarations().memories;
        for (ty, address) in declared.iter().zip(&instance.memories) {
            let least = ty.limits.min.saturating_mul(ty.page_size());
            if states.get(*address as usize).is_some_and(|state| (state.bytes as u64) < least) {
                return Err(flaw(part, *address as usize));
            }
        }
    }
    Ok(states)
}

/// The pages of each memory that is held as pages, if their contents are there; the store keeps
/// them then.
fn kept(
    store: &StoreInner,
    states: &[MemoryState<'_>],
) -> Result<Vec<Option<KeptPages>>, StateError> {
    let mut kept = Vec::new();
    let memories = (0..).zip(&store.memories).zip(states);
    for ((space, _), state) in memories.filter(|((_, memory), _)| memory.flat().is_none()) {
        let Some(mut contents) = state.contents else {
            reserve(&mut kept, 1)?;
            kept.push(None);
            continue;
        };
        if !store.pager.paging().is_some_and(|paging| paging.is_kept()) {
            let kind = ObjectKind::Memory;
            return Err(StateError::Paged(ObjectId { kind, space, number: 0 }));
        }
        let mut bytes = zeroed(state.bytes)?;
        // They have been gone over once.
        let _ = contents.bytes(&mut bytes);
        let pages = PageTable::pages_of(&bytes).ok_or(StateError::OutOfMemory)?;
        reserve(&mut kept, 1)?;
        kept.push(Some(pages));
    }
    Ok(kept)
}

fn reserve<T>(items: &mut Vec<T>, more: usize) -> Result<(), StateError> {
    items.try_reserve(more).map_err(|_| StateError::OutOfMemory)
}

/// Makes room for the memories, all of it or none.
fn grow(store: &mut StoreInner, states: &[MemoryState<'_>]) -> Result<(), StateError> {
    let mut grown = 0;
    let mut sizes = Vec::new();
    sizes.try_reserve_exact(states.len()).map_err(|_| StateError::OutOfMemory)?;
    for (memory, state) in store.memories.iter_mut().zip(states) {
        // What is there fits the machine.
        sizes.push(memory.size() as usize);
        if state.bytes as u64 > memory.size() && !memory.resize(state.bytes) {
            break;
        }
        grown += 1;
    }
    if grown == states.len() {
        return Ok(());
    }
    for (memory, size) in store.memories.iter_mut().zip(sizes) {
        memory.resize(size);
    }
    Err(StateError::OutOfMemory)
}

fn tables(from: &mut Reader<'_>, fit: Fit<'_>) -> Result<Vec<Vec<u64>>, StateError> {
    let part = StatePart::Tables;
    let store = fit.store;
    let mut all = Vec::new();
    all.try_reserve_exact(store.tables.len()).map_err(|_| StateError::OutOfMemory)?;
    let (mut total, mut grows) = (0_u64, false);
    let limits = &store.limits;
    for (index, table) in store.tables.iter().enumerate() {
        let elements = from.long()?;
        let ty = table.ty();
        if elements > ty.limits.max.unwrap_or(u64::MAX).min(ty.address.max()) {
            return Err(flaw(part, index));
        }
        grows |= elements > table.size();
        total = total.saturating_add(elements);
        let most = limits.table_elements().min(limits.total_table_elements());
        if elements > table.size() && elements > most
            || grows && total > limits.total_table_elements()
        {
            return Err(StateError::Limit(part));
        }
        let elements = usize::try_from(elements).map_err(|_| StateError::OutOfMemory)?;
        let elements = from.words(elements)?;
        if !elements.iter().all(|slot| fit.reference(ty.element, *slot)) {
            return Err(flaw(part, index));
        }
        all.push(elements);
    }
    for instance in &store.instances {
        let declared = &instance.module.declarations().tables;
        for (ty, address) in declared.iter().zip(&instance.tables) {
            let found = all.get(*address as usize).map_or(0, Vec::len);
            if (found as u64) < ty.limits.min {
                return Err(flaw(part, *address as usize));
            }
        }
    }
    Ok(all)
}

fn globals(from: &mut Reader<'_>, fit: Fit<'_>) -> Result<Vec<u64>, StateError> {
    let mutable = || fit.store.globals.iter().enumerate().filter(|(_, global)| global.ty.mutable);
    let values = from.words(mutable().count() * 2)?;
    let mut pairs = mutable().zip(values.as_chunks().0);
    match pairs.find(|((_, global), value)| !fit.global(global.ty, value)) {
        Some(((index, _), _)) => Err(flaw(StatePart::Globals, index)),
        None => Ok(values),
    }
}

/// Which segments were dropped. What others hold must be of their types.
fn dropped(from: &mut Reader<'_>, fit: Fit<'_>) -> Result<Vec<u64>, StateError> {
    let part = StatePart::Segments;
    let flags = from.words(fit.store.dropped_segments().count())?;
    if let Some(index) = flags.iter().position(|flag| *flag > 1) {
        return Err(flaw(part, index));
    }
    let mut left = flags.iter();
    for (instance, segments) in fit.store.instances.iter().zip(&fit.store.segments) {
        for _ in &segments.dropped_data {
            left.next();
        }
        let declared = &instance.module.declarations().elements;
        for ((index, segment), elements) in declared.iter().enumerate().zip(&segments.elements) {
            let is_dropped = left.next().is_none_or(|flag| *flag != 0);
            let Elements::Values(values) = elements else { continue };
            let ty = segment.ty.renumbered(|index| instance.own_type(index));
            if !is_dropped && !values.iter().all(|slot| fit.reference(ty, *slot)) {
                return Err(flaw(part, index));
            }
        }
    }
    Ok(flags)
}

fn job(from: &mut Reader<'_>, fit: Fit<'_>) -> Result<(u32, Status, Stack), StateError> {
    let part = StatePart::Job;
    let store = fit.store;
    let state = from.number()?;
    let address = from.number()?;
    let function = store.functions.get(address as usize).ok_or(flaw(part, 0))?;
    let ty = store.types.func(function.ty()).ok_or(flaw(part, 0))?;
    let is_host = matches!(function, FunctionData::Host { .. });
    let executed = from.long()?;
    // More than any machine executes.
    if executed >> 63 != 0 {
        return Err(flaw(part, 0));
    }
    let begun = flag(from, part)?;
    let (is_paused, callee) = (flag(from, part)?, from.number()?);
    let let_pass = is_paused.then_some((executed + 1, callee));
    let frames = stack::frames(from, store)?;
    let height = from.number()? as usize;
    let room = stack::room(store, &frames)?.max(height).max(slots(ty.params()));
    let room = room.max(slots(ty.results()));
    if room > store.code().max_stack_slots {
        return Err(StateError::Limit(StatePart::Stack));
    }
    let slots = from.words(height)?;
    let mut stack = Stack { slots, height, frames, executed, begun, let_pass };
    let (status, fits) = match (state, stack.frames.is_empty(), is_host) {
        (RETURNED, true, _) => (Status::Done, fit.all(ty.results().iter().copied(), &stack.slots)),
        (WAITS, true, true) => {
            let status = Status::Host { address, taken: 0 };
            (status, fit.all(ty.params().iter().copied(), &stack.slots))
        }
        (RUNS, false, false) => {
            stack::check(fit, &mut stack, ty)?;
            (Status::Ready, true)
        }
        _ => return Err(flaw(part, 0)),
    };
    if !fits {
        return Err(flaw(StatePart::Stack, 0));
    }
    let more = room.saturating_sub(stack.slots.len());
    reserve(&mut stack.slots, more)?;
    stack.slots.resize(stack.slots.len() + more, 0);
    Ok((address, status, stack))
}
