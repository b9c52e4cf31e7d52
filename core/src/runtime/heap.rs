//! The heap of structures, arrays and exceptions, and its collector.
//!
//! Objects do not move, and are found by the numbers of their entries. The
//! collector marks what can be reached and frees the rest. Roots whose types
//! are not known, such as slots of the value stack, are taken for references
//! if they look like one: the upper half of a reference to an object is 1,
//! which integers of 32 bits never have and others hardly ever.

mod held;
mod object;
mod restore;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub(crate) use self::held::Held;
use self::held::Reference;
pub(crate) use self::object::{Object, Referent};
use super::account::Account;
use super::trap::TrapKind;
use crate::execute::Tiers;
use crate::ledger::{self, Owner};
use crate::operators::Proposal;

/// Whether there can be any objects in this build.
const HAS_OBJECTS: bool = Proposal::Gc.is_built_in() || Proposal::ExceptionHandling.is_built_in();

/// Bytes that may be allocated before the first collection.
const FIRST_COLLECTION: u64 = 1 << 20;

/// All objects of a store.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    entries: Vec<Entry>,
    /// Entries without an object.
    free: Vec<u32>,
    /// What all objects take, in bytes.
    bytes: u64,
    pace: Pace,
    /// The last generation that was given to an object.
    generation: u64,
    /// What is referred to from outside, by jobs that stand still for example.
    kept: Vec<Held>,
    /// How many references these are, and how many there may be before the next
    /// look for those that nobody holds any more.
    kept_references: usize,
    purge_at: usize,
    /// The entries that may have changed since they were last asked for, if
    /// that is tracked.
    changed: Option<Vec<u32>>,
}

/// What an entry takes, in bytes, on machines of 64 bits. It counts for as much on every
/// machine: otherwise, collections would come at other instructions there.
const ENTRY_BYTES: usize = 48;

const _: () = assert!(size_of::<Entry>() <= ENTRY_BYTES);

/// When objects are collected.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Pace {
    /// How many bytes there may be before the next collection.
    pub(crate) collect_at: u64,
    /// How many collections in a row have left next to no room.
    pub(crate) tight: u32,
}

/// After so many collections in a row that left next to no room there is none:
/// going on would be nothing but collecting.
const MAX_TIGHT: u32 = 16;

#[derive(Debug)]
struct Entry {
    object: Option<Object>,
    /// Which object of all that there have been stands, or stood last, here.
    generation: u64,
    marked: bool,
    /// Whether it is among the changed ones.
    changed: bool,
}

impl Entry {
    const EMPTY: Entry = Entry { object: None, generation: 0, marked: false, changed: false };
}

impl Heap {
    /// What all objects take, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes the objects take here, with everything about them.
    pub(crate) fn allocated(&self) -> u64 {
        // Entries without an object are free.
        let objects = self.entries.len() - self.free.len();
        let data = self.bytes.saturating_sub((objects * ENTRY_BYTES) as u64);
        let held = ledger::shared_value::<Box<[Reference]>>() * self.kept.len() as u64;
        let references = ledger::room::<Reference>(self.kept_references);
        let lists = ledger::vec(&self.entries) + ledger::vec(&self.free) + ledger::vec(&self.kept);
        data + lists + held + references
    }

    /// Whether there are no objects.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Whether it is time to collect before so many bytes more are allocated,
    /// of which there may be `limit` in all.
    pub(crate) fn wants_collection(&self, more: u64, limit: u64) -> bool {
        if !HAS_OBJECTS {
            return false;
        }
        let bytes = self.bytes.saturating_add(more);
        bytes > self.pace.collect_at.max(FIRST_COLLECTION) || bytes > limit
    }

    /// The object that a slot refers to; none if it is null or something else.
    pub(crate) fn object(&self, slot: u64) -> Option<&Object> {
        if !HAS_OBJECTS {
            return None;
        }
        let Some(Referent::Object(entry)) = Referent::of_slot(slot) else { return None };
        self.entries.get(entry as usize)?.object.as_ref()
    }

    /// The object that a slot refers to, if it is the one of this generation.
    pub(crate) fn get(&self, slot: u64, generation: u64) -> Option<&Object> {
        self.object(slot).filter(|_| self.generation(slot) == generation)
    }

    /// The same, if it is an exception.
    pub(crate) fn exception(&self, slot: u64, generation: u64) -> Option<&Object> {
        self.get(slot, generation).filter(|object| object.is_exception)
    }

    /// The object that a slot refers to; none if it is null or something else.
    pub(crate) fn object_mut(&mut self, slot: u64) -> Option<&mut Object> {
        let Some(Referent::Object(number)) = Referent::of_slot(slot) else { return None };
        let entry = self.entries.get_mut(number as usize)?;
        note_change(&mut self.changed, number, entry);
        entry.object.as_mut()
    }

    /// Two objects, if they are not the same.
    pub(crate) fn two(&mut self, first: u64, second: u64) -> Option<(&mut Object, &mut Object)> {
        let entry = |slot| match Referent::of_slot(slot) {
            Some(Referent::Object(entry)) => Some(entry),
            _ => None,
        };
        let both = [entry(first)?, entry(second)?];
        let mut entries = self.entries.get_disjoint_mut(both.map(|entry| entry as usize)).ok()?;
        for (number, entry) in both.iter().zip(&mut entries) {
            note_change(&mut self.changed, *number, entry);
        }
        let [first, second] = entries;
        Some((first.object.as_mut()?, second.object.as_mut()?))
    }

    /// Which object of all that there have been a slot refers to; 0 if to none.
    /// No two have the same number, not even if the heap is put back as it was.
    pub(crate) fn generation(&self, slot: u64) -> u64 {
        match Referent::of_slot(slot) {
            Some(Referent::Object(entry)) => {
                self.entries.get(entry as usize).map_or(0, |entry| entry.generation)
            }
            _ => 0,
        }
    }

    /// Makes room for an object of so many bytes, if it may take them.
    pub(crate) fn reserve(
        &mut self,
        (account, tiers): (&mut Account, &mut Tiers),
        bytes: u64,
    ) -> Result<(), TrapKind> {
        if self.free.is_empty() {
            account.reserve(tiers, Owner::Heap, &mut self.entries, 1)?;
        }
        account.afford(tiers, Owner::Heap, bytes)
    }

    /// Adds an object, and gives the slot that refers to it.
    pub(crate) fn add(&mut self, object: Object, limit: u64) -> Result<u64, TrapKind> {
        let size = object.size();
        let refused = TrapKind::OutOfMemoryBudget { bytes: size };
        let Some(bytes) = self.bytes.checked_add(size).filter(|bytes| *bytes <= limit) else {
            return Err(refused);
        };
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                let number = u32::try_from(self.entries.len());
                let (Ok(number), Ok(())) = (number, self.entries.try_reserve(1)) else {
                    return Err(refused);
                };
                if !self.reserve_changes(self.entries.len() + 1) {
                    return Err(refused);
                }
                self.entries.push(Entry::EMPTY);
                number
            }
        };
        if let Some(entry) = self.entries.get_mut(number as usize) {
            note_change(&mut self.changed, number, entry);
            // 2⁶⁴ objects are more than any machine makes.
            self.generation += 1;
            (entry.object, entry.generation) = (Some(object), self.generation);
        }
        self.bytes = bytes;
        Ok(Referent::Object(number).slot())
    }

    /// Frees all objects that cannot be reached from `roots` or from what is
    /// kept.
    pub(crate) fn collect(&mut self, roots: impl Iterator<Item = u64>) -> Result<(), TrapKind> {
        self.purge();
        let result = self.mark(roots);
        self.sweep(result.is_ok());
        self.pace.collect_at = self.bytes.saturating_mul(2);
        result
    }

    /// Fails if the last collection, and many before it, left so little of the
    /// `limit` that going on would be nothing but collecting.
    pub(crate) fn check_room(&mut self, bytes: u64, limit: u64) -> Result<(), TrapKind> {
        let left = limit.saturating_sub(self.bytes);
        self.pace.tight = if left < limit / 64 { self.pace.tight.saturating_add(1) } else { 0 };
        match self.pace.tight > MAX_TIGHT {
            true => Err(TrapKind::OutOfMemoryBudget { bytes }),
            false => Ok(()),
        }
    }

    fn mark(&mut self, roots: impl Iterator<Item = u64>) -> Result<(), TrapKind> {
        let mut reached = Vec::new();
        for slot in roots {
            reach(&mut self.entries, &mut reached, slot)?;
        }
        for Reference { slot, generation, .. } in self.kept.iter().flat_map(|held| held.0.iter()) {
            if self.generation(*slot) == *generation {
                reach(&mut self.entries, &mut reached, *slot)?;
            }
        }
        while let Some(number) = reached.pop() {
            // What was reached has an object, which is put back below.
            let Some(entry) = self.entries.get_mut(number as usize) else { continue };
            let Some(object) = entry.object.take() else { continue };
            let mut result = Ok(());
            for slot in object.references() {
                result = result.and_then(|()| reach(&mut self.entries, &mut reached, slot));
            }
            if let Some(entry) = self.entries.get_mut(number as usize) {
                entry.object = Some(object);
            }
            result?;
        }
        Ok(())
    }

    /// Takes the marks away, and with `free` the objects without one.
    fn sweep(&mut self, free: bool) {
        for (number, entry) in (0u32..).zip(&mut self.entries) {
            let marked = core::mem::take(&mut entry.marked);
            if marked || !free {
                continue;
            }
            if let Some(object) = entry.object.take() {
                note_change(&mut self.changed, number, entry);
                self.bytes = self.bytes.saturating_sub(object.size());
                // An entry that cannot be noted is not used again.
                if self.free.try_reserve(1).is_ok() {
                    self.free.push(number);
                }
            }
        }
    }
}

/// Notes that an entry changes, if that is tracked.
fn note_change(changed: &mut Option<Vec<u32>>, number: u32, entry: &mut Entry) {
    if let Some(changed) = changed
        && !entry.changed
    {
        entry.changed = true;
        // There is room for the number of every entry.
        changed.push(number);
    }
}

/// Marks the object that a slot refers to, unless that is done.
fn reach(entries: &mut [Entry], reached: &mut Vec<u32>, slot: u64) -> Result<(), TrapKind> {
    let Some(Referent::Object(number)) = Referent::of_slot(slot) else { return Ok(()) };
    let Some(entry) = entries.get_mut(number as usize) else { return Ok(()) };
    if entry.marked || entry.object.is_none() {
        return Ok(());
    }
    reached.try_reserve(1).map_err(|_| TrapKind::OutOfMemoryBudget { bytes: 4 })?;
    entry.marked = true;
    reached.push(number);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn pair(heap: &mut Heap, first: u64, second: u64) -> u64 {
        let mut object = Object::new(0, 8, true, 2).unwrap();
        assert!(object.set(0, [first, 0]) && object.set(1, [second, 0]));
        heap.add(object, u64::MAX).unwrap()
    }

    #[test]
    fn what_can_be_reached_stays_and_the_rest_goes() {
        let mut heap = Heap::default();
        let leaf = pair(&mut heap, 0, 7);
        let kept = pair(&mut heap, leaf, 0);
        let lost = pair(&mut heap, kept, 0);
        heap.collect([kept].into_iter()).unwrap();
        assert!(heap.object(leaf).is_some() && heap.object(kept).is_some());
        assert!(heap.object(lost).is_none());
        assert_eq!(heap.object(leaf).unwrap().get(1), Some([7, 0]));
        // The entry is used again, and known to be another one.
        let generation = heap.generation(lost);
        assert_eq!(pair(&mut heap, 0, 0), lost);
        assert_ne!(generation, heap.generation(lost));
    }

    #[test]
    fn objects_that_refer_to_each_other_go_together() {
        let mut heap = Heap::default();
        let first = pair(&mut heap, 0, 0);
        let second = pair(&mut heap, first, 0);
        assert!(heap.object_mut(first).unwrap().set(0, [second, 0]));
        heap.collect([second].into_iter()).unwrap();
        assert!(heap.object(first).is_some());
        heap.collect(core::iter::empty()).unwrap();
        assert!(heap.object(first).is_none() && heap.object(second).is_none());
        assert!(heap.is_empty());
    }

    #[test]
    fn a_long_chain_takes_no_native_stack() {
        let mut heap = Heap::default();
        let chain = (0..100_000).fold(0, |next, _| pair(&mut heap, next, 0));
        heap.collect([chain].into_iter()).unwrap();
        assert!(heap.object(chain).is_some());
    }

    #[test]
    fn the_limit_holds() {
        let mut heap = Heap::default();
        let object = Object::new(0, 1, false, 100).unwrap();
        assert!(heap.add(object.clone(), 50).is_err());
        assert!(heap.add(object, 500).is_ok());
        assert!(heap.wants_collection(1000, 500));
    }
}
