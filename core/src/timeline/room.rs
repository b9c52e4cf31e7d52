//! For how much there was room. What a budget allows depends on it, so that a run under a budget is
//! the same again only if there is no more room than there was.

use alloc::vec::Vec;

use super::snapshot::reserve;
use crate::allocate::{OutOfMemory, fit};
use crate::execute::{Job, Stack};
use crate::runtime::StoreInner;

/// For how much there was room at a snapshot; of nothing, where there was no budget.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// How many slots there were.
    slots: usize,
    capacities: Vec<usize>,
}

impl Room {
    /// For how much there is room.
    pub(super) fn of(store: &StoreInner, job: &Job) -> Result<Self, OutOfMemory> {
        let mut capacities = Vec::new();
        let stack = job.stack_state();
        if store.limits.budget().is_some() {
            let [entries, free] = store.heap.room();
            let lists =
                [stack.slots.capacity(), stack.frames.capacity(), store.suspended.capacity()];
            let tables = store.tables.iter().map(|table| table.room());
            let memories = store.memories.iter().map(|memory| memory.room());
            reserve(&mut capacities, 5 + store.tables.len() + store.memories.len())?;
            capacities
                .extend(lists.into_iter().chain([entries, free]).chain(tables).chain(memories));
        }
        Ok(Room { slots: stack.slots.len(), capacities })
    }

    /// Lets there be room for just as much again on a stack whose frames and operands are put back
    /// afterwards.
    pub(super) fn put_stack_back(&self, stack: &mut Stack) -> Result<(), OutOfMemory> {
        let [slots, frames, ..] = &self.capacities[..] else { return Ok(()) };
        stack.frames.clear();
        fit(&mut stack.frames, *frames)?;
        stack.slots.truncate(self.slots);
        fit(&mut stack.slots, *slots)?;
        stack.slots.resize(self.slots, 0);
        Ok(())
    }

    /// The same in the store, in which everything is put back.
    pub(super) fn put_back(&self, store: &mut StoreInner) -> Result<(), OutOfMemory> {
        let [_, _, suspended, entries, free, others @ ..] = &self.capacities[..] else {
            return Ok(());
        };
        fit(&mut store.suspended, *suspended)?;
        store.heap.put_room_back([*entries, *free])?;
        let (tables, memories) = others.split_at_checked(store.tables.len()).unwrap_or_default();
        for (table, room) in store.tables.iter_mut().zip(tables) {
            table.put_room_back(*room)?;
        }
        for (memory, room) in store.memories.iter_mut().zip(memories) {
            memory.put_room_back(*room)?;
        }
        Ok(())
    }
}
