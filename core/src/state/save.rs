//! A state becomes bytes.

use alloc::vec::Vec;

use super::bytes::Writer;
use super::shape::shape;
use super::{Contents, EXCEPTION, NO_OBJECT, OBJECT, RETURNED, RUNS, StateError, WAITS};
use crate::allocate::zeroed;
use crate::execute::{Frame, Job, Status};
use crate::runtime::{Object, StoreInner};

/// All that a run can change.
pub(super) fn save(
    store: &StoreInner,
    job: &Job,
    contents: Contents,
) -> Result<Vec<u8>, StateError> {
    if !job.belongs_to(store) {
        return Err(StateError::ForeignHandle);
    }
    if !store.suspended.is_empty() {
        return Err(StateError::HostFunction);
    }
    if job.has_lost(store) {
        return Err(StateError::LostReference);
    }
    let mut to = Writer::default();
    for (_, number) in shape(store) {
        to.long(number)?;
    }
    objects(&mut to, store)?;
    memories(&mut to, store, contents)?;
    for table in &store.tables {
        to.long(table.size())?;
        to.words(table.slots().iter().copied())?;
    }
    let mutable = store.globals.iter().filter(|global| global.ty.mutable);
    to.words(mutable.flat_map(|global| global.value))?;
    to.words(store.dropped_segments().map(u64::from))?;
    self::job(&mut to, job)?;
    Ok(to.bytes)
}

fn objects(to: &mut Writer, store: &StoreInner) -> Result<(), StateError> {
    let (free, pace) = store.heap.allocation();
    to.long(store.heap.last_generation())?;
    to.long(pace.collect_at)?;
    to.number(pace.tight)?;
    // Entries are counted in 32 bits.
    let entries = store.heap.entries() as u32;
    to.number(entries)?;
    for number in 0..entries {
        match store.heap.entry(number) {
            Some((Some(object), generation)) => self::object(to, object, generation)?,
            _ => to.number(NO_OBJECT)?,
        }
    }
    to.number(free.len() as u32)?;
    free.iter().try_for_each(|number| to.number(*number))
}

fn object(to: &mut Writer, object: &Object, generation: u64) -> Result<(), StateError> {
    to.number(if object.is_exception() { EXCEPTION } else { OBJECT })?;
    to.number(object.ty)?;
    to.number(object.len())?;
    to.long(generation)?;
    to.bytes(object.data())
}

fn memories(to: &mut Writer, store: &StoreInner, contents: Contents) -> Result<(), StateError> {
    to.number(u32::from(contents == Contents::Included))?;
    for (index, memory) in (0..).zip(&store.memories) {
        to.long(memory.size())?;
        match memory.flat() {
            _ if contents == Contents::Elsewhere => {}
            Some(bytes) => to.bytes(bytes)?,
            None => {
                // What is held has a size that fits.
                let mut bytes = zeroed(memory.size() as usize)?;
                store.peek(index, 0, &mut bytes).map_err(StateError::Paged)?;
                to.bytes(&bytes)?;
            }
        }
    }
    Ok(())
}

fn job(to: &mut Writer, job: &Job) -> Result<(), StateError> {
    let stack = job.stack_state();
    to.number(match job.status() {
        Status::Trapped(_) => return Err(StateError::Trapped),
        Status::Done => RETURNED,
        // A call that is waited for is made anew.
        Status::Ready | Status::Host { .. } if !stack.frames.is_empty() => RUNS,
        Status::Ready | Status::Host { .. } => WAITS,
    })?;
    to.number(job.address())?;
    to.long(stack.executed)?;
    to.number(u32::from(stack.begun))?;
    // A pause at an earlier call lets nothing pass any more.
    let paused = stack.let_pass.filter(|(at, _)| Some(*at) == stack.executed.checked_add(1));
    to.number(u32::from(paused.is_some()))?;
    to.number(paused.map_or(0, |(_, address)| address))?;
    // Both are counted in 32 bits.
    to.number(stack.frames.len() as u32)?;
    for frame in &stack.frames {
        let Frame { address, base, pc, next_entry, .. } = *frame;
        [address, base, pc, next_entry].into_iter().try_for_each(|number| to.number(number))?;
    }
    let slots = job.ready_stack();
    to.number(slots.len() as u32)?;
    to.words(slots.iter().copied())
}
