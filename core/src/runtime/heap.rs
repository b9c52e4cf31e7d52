//! The heap of structures, arrays and exceptions, and its collector.
//!
//! Objects do not move, and are found by the numbers of their entries. The
//! collector marks what can be reached and frees the rest. Roots whose types
//! are not known, such as slots of the value stack, are taken for references
//! if they look like one: the upper half of a reference to an object is 1,
//! which integers of 32 bits never have and others hardly ever.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::account::Account;
use super::trap::TrapKind;
use super::val::low;
use crate::allocate::{OutOfMemory, boxed, fit, shared};
use crate::execute::Tiers;
use crate::ledger::{self, Owner};
use crate::operators::Proposal;
use crate::shared::Shared;

/// The upper half of the slot of a reference to an object, by its entry.
const OBJECT: u64 = 1;
/// The upper half of the slot of an integer of 31 bits.
const I31: u64 = 2;
/// The upper half of the slot of what is the embedder's.
const HOST: u64 = 3;

/// What a slot refers to that holds a reference which is not null and not to a
/// function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Referent {
    /// An object, by its entry.
    Object(u32),
    /// An integer of 31 bits.
    I31(u32),
    /// The embedder's, by its handle.
    Host(u32),
}

impl Referent {
    /// What a slot refers to; none if it is null or no such reference.
    #[inline]
    pub(crate) const fn of_slot(slot: u64) -> Option<Referent> {
        match slot >> 32 {
            OBJECT => Some(Referent::Object(low(slot))),
            I31 => Some(Referent::I31(low(slot))),
            HOST => Some(Referent::Host(low(slot))),
            _ => None,
        }
    }

    /// The slot that refers to this.
    #[inline]
    pub(crate) const fn slot(self) -> u64 {
        match self {
            Referent::Object(entry) => OBJECT << 32 | entry as u64,
            Referent::I31(value) => I31 << 32 | (value & 0x7FFF_FFFF) as u64,
            Referent::Host(handle) => HOST << 32 | handle as u64,
        }
    }
}

/// Whether there can be any objects in this build.
const HAS_OBJECTS: bool = Proposal::Gc.is_built_in() || Proposal::ExceptionHandling.is_built_in();

/// References kept, also for what is gone, before the first look for those.
const FIRST_PURGE: usize = 64;

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

/// Objects that something outside of the heap refers to. What [`Heap::keep`] is
/// told of stays for as long as this, or a copy of it, is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held(Shared<Box<[Reference]>>);

/// A reference to an object, and to no other that comes to stand in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reference {
    slot: u64,
    generation: u64,
    /// The object's type, and whether it is an exception.
    kind: (u32, bool),
}

impl Held {
    /// How many bytes it takes.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::shared(&self.0) + ledger::boxed(&**self.0)
    }
}

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

/// A structure, an array or an exception.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// The type of a structure or array, as the store numbers types; of an
    /// exception, where its tag is.
    pub(crate) ty: u32,
    /// Bytes that a field or element takes: 1, 2, 4, 8 or 16.
    width: u8,
    /// Whether it can refer to other objects.
    refers: bool,
    is_exception: bool,
    data: Vec<u8>,
}

impl Object {
    /// An object of so many fields, each of so many bytes, all zero or null.
    /// None if memory runs out.
    pub(crate) fn new(ty: u32, width: u8, refers: bool, length: u32) -> Option<Self> {
        let bytes = (length as usize).checked_mul(width.into())?;
        let mut data = Vec::new();
        data.try_reserve_exact(bytes).ok()?;
        data.resize(bytes, 0);
        Some(Object { ty, width, refers, is_exception: false, data })
    }

    /// An exception with this tag, whose values take so many slots. None if memory runs out.
    pub(crate) fn exception(tag: u32, slots: u32) -> Option<Self> {
        Some(Object { is_exception: true, ..Object::new(tag, 8, true, slots)? })
    }

    /// Whether it is an exception.
    pub(crate) fn is_exception(&self) -> bool {
        self.is_exception
    }

    /// The type, as the store numbers types; none of an exception.
    pub(crate) fn own_type(&self) -> Option<u32> {
        (!self.is_exception).then_some(self.ty)
    }

    /// A copy; none if memory runs out.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let mut data = Vec::new();
        data.try_reserve_exact(self.data.len()).ok()?;
        data.extend_from_slice(&self.data);
        Some(Object { data, ..*self })
    }

    /// How many fields or elements it has.
    pub(crate) fn len(&self) -> u32 {
        // It was made with a length of 32 bits.
        (self.data.len() / usize::from(self.width)) as u32
    }

    /// Bytes that a field or element takes.
    pub(crate) fn width(&self) -> usize {
        self.width.into()
    }

    /// All bytes of its fields or elements.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes of its fields or elements.
    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// The slots of a field or element; none past the end.
    pub(crate) fn get(&self, index: u32) -> Option<[u64; 2]> {
        let width = self.width();
        let from = index as usize * width;
        let bytes = self.data.get(from..from + width)?;
        let mut all = [0; 16];
        all.get_mut(..width)?.copy_from_slice(bytes);
        // The value of 16 bytes is cut into halves.
        let value = u128::from_le_bytes(all);
        Some([value as u64, (value >> 64) as u64])
    }

    /// Sets a field or element, and says whether it is there.
    pub(crate) fn set(&mut self, index: u32, [low, high]: [u64; 2]) -> bool {
        let width = self.width();
        let from = index as usize * width;
        let value = (u128::from(high) << 64 | u128::from(low)).to_le_bytes();
        match (self.data.get_mut(from..from + width), value.get(..width)) {
            (Some(bytes), Some(value)) => {
                bytes.copy_from_slice(value);
                true
            }
            _ => false,
        }
    }

    /// Slots in it that may be references.
    fn references(&self) -> impl Iterator<Item = u64> {
        let data = if self.refers { self.data.as_slice() } else { &[] };
        data.chunks_exact(8).filter_map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)))
    }

    fn size(&self) -> u64 {
        (self.data.len() + ENTRY_BYTES) as u64
    }
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

    /// Tracks from now on which entries change, all of which count as changed at
    /// first; or no longer. Gives whether there was memory to do so.
    pub(crate) fn track(&mut self, track: bool) -> bool {
        for entry in &mut self.entries {
            entry.changed = false;
        }
        self.changed = track.then(Vec::new);
        let room = self.reserve_changes(self.entries.len());
        if room {
            for (number, entry) in (0..).zip(&mut self.entries) {
                note_change(&mut self.changed, number, entry);
            }
        }
        room
    }

    /// Makes room for the numbers of this many entries, if changes are tracked.
    fn reserve_changes(&mut self, entries: usize) -> bool {
        let Some(changed) = &mut self.changed else { return true };
        changed.try_reserve(entries.saturating_sub(changed.len())).is_ok()
    }

    /// The numbers of the entries that may have changed since [`Heap::settle`].
    pub(crate) fn changed(&self) -> &[u32] {
        self.changed.as_deref().unwrap_or_default()
    }

    /// One of the entries that may have changed, which no longer counts as such.
    pub(crate) fn next_changed(&mut self) -> Option<u32> {
        let number = self.changed.as_mut()?.pop()?;
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.changed = false;
        }
        Some(number)
    }

    /// From now on, nothing counts as changed.
    pub(crate) fn settle(&mut self) {
        while self.next_changed().is_some() {}
    }

    /// How many entries there are, with and without objects.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// The object of an entry, if there is one in it, and its generation.
    pub(crate) fn entry(&self, number: u32) -> Option<(Option<&Object>, u64)> {
        let entry = self.entries.get(number as usize)?;
        Some((entry.object.as_ref(), entry.generation))
    }

    /// Entries without an object, in the order in which they were freed, and
    /// when objects are collected.
    pub(crate) fn allocation(&self) -> (&[u32], Pace) {
        (&self.free, self.pace)
    }

    /// Puts an entry back as it was. It does not count as changed.
    pub(crate) fn put_back(&mut self, number: u32, object: Option<Object>, generation: u64) {
        let Some(entry) = self.entries.get_mut(number as usize) else { return };
        let before = entry.object.as_ref().map_or(0, Object::size);
        let size = object.as_ref().map_or(0, Object::size);
        self.bytes = self.bytes.saturating_sub(before) + size;
        (entry.object, entry.generation) = (object, generation);
    }

    /// Puts back how many entries there were. Says whether there was memory to
    /// do so.
    pub(crate) fn resize(&mut self, entries: usize) -> bool {
        for entry in self.entries.drain(entries.min(self.entries.len())..) {
            self.bytes = self.bytes.saturating_sub(entry.object.as_ref().map_or(0, Object::size));
        }
        let more = entries.saturating_sub(self.entries.len());
        let room = self.entries.try_reserve(more).is_ok() && self.reserve_changes(entries);
        if room {
            self.entries.resize_with(entries, || Entry::EMPTY);
        }
        room
    }

    /// Puts back what [`Heap::allocation`] said. Says whether there was memory
    /// to do so.
    pub(crate) fn put_allocation_back(
        &mut self,
        free: impl ExactSizeIterator<Item = u32>,
        pace: Pace,
    ) -> bool {
        self.free.clear();
        let room = self.free.try_reserve(free.len()).is_ok();
        if room {
            self.free.extend(free);
            self.pace = pace;
        }
        room
    }

    /// The last generation that was given to an object.
    pub(crate) fn last_generation(&self) -> u64 {
        self.generation
    }

    /// Whether it is known which entries change.
    pub(crate) fn is_tracked(&self) -> bool {
        self.changed.is_some()
    }

    /// Sets which entries are free, in the order in which they were freed, and what else is said
    /// of all objects. Fails with the first that has an object, is named twice or is not there;
    /// with none if memory runs out.
    pub(crate) fn put_free(
        &mut self,
        numbers: impl Iterator<Item = u32>,
        generation: u64,
        pace: Pace,
    ) -> Result<(), Option<u32>> {
        (self.generation, self.pace) = (generation, pace);
        let mut result = Ok(());
        for number in numbers {
            let entry = self.entries.get_mut(number as usize);
            let Some(entry) = entry.filter(|it| it.object.is_none() && !it.marked) else {
                result = Err(Some(number));
                break;
            };
            if self.free.try_reserve(1).is_err() {
                result = Err(None);
                break;
            }
            entry.marked = true;
            self.free.push(number);
        }
        for entry in &mut self.entries {
            entry.marked = false;
        }
        result
    }

    /// Takes over what another heap holds, which is not tracked, as this is not. What is kept
    /// stays kept, and generations go on from the later one of both.
    pub(crate) fn adopt(&mut self, other: Heap) {
        let Heap { entries, free, bytes, pace, generation, .. } = other;
        (self.entries, self.free, self.bytes, self.pace) = (entries, free, bytes, pace);
        self.generation = self.generation.max(generation);
    }

    /// For how many entries there is room, and for how many that are free.
    pub(crate) fn room(&self) -> [usize; 2] {
        [self.entries.capacity(), self.free.capacity()]
    }

    /// Lets there be room for just as many again.
    pub(crate) fn put_room_back(&mut self, [entries, free]: [usize; 2]) -> Result<(), OutOfMemory> {
        fit(&mut self.entries, entries)?;
        fit(&mut self.free, free)
    }

    /// Which objects these slots refer to; none if to none at all.
    pub(crate) fn hold(
        &self,
        slots: impl Iterator<Item = u64> + Clone,
    ) -> Result<Option<Held>, TrapKind> {
        if !HAS_OBJECTS || self.is_empty() {
            return Ok(None);
        }
        let slots = slots.filter(|slot| self.object(*slot).is_some());
        let count = slots.clone().count();
        if count == 0 {
            return Ok(None);
        }
        let bytes = (count * size_of::<Reference>()) as u64;
        let refused = |_| TrapKind::OutOfMemoryBudget { bytes };
        let mut references = Vec::new();
        references.try_reserve_exact(count).map_err(|_| TrapKind::OutOfMemoryBudget { bytes })?;
        references.extend(slots.filter_map(|slot| {
            let Object { ty, is_exception, .. } = *self.object(slot)?;
            let kind = (ty, is_exception);
            Some(Reference { slot, generation: self.generation(slot), kind })
        }));
        let references = boxed(references).map_err(refused)?;
        Ok(Some(Held(shared(references).map_err(refused)?)))
    }

    /// Whether all of these objects are still there.
    pub(crate) fn has(&self, held: &Held) -> bool {
        held.0.iter().all(|it| {
            let object = self.get(it.slot, it.generation);
            object.is_some_and(|object| (object.ty, object.is_exception) == it.kind)
        })
    }

    /// Keeps these objects for as long as anybody else holds them.
    pub(crate) fn keep(&mut self, held: &Held) -> Result<(), TrapKind> {
        if !HAS_OBJECTS {
            return Ok(());
        }
        if self.kept_references >= self.purge_at.max(FIRST_PURGE) {
            self.purge();
        }
        let bytes = size_of::<Held>() as u64;
        self.kept.try_reserve(1).map_err(|_| TrapKind::OutOfMemoryBudget { bytes })?;
        self.kept.push(held.clone());
        self.kept_references += held.0.len();
        Ok(())
    }

    /// Forgets what nobody else holds.
    pub(crate) fn purge(&mut self) {
        self.kept.retain(|held| Shared::strong_count(&held.0) > 1);
        if self.kept.is_empty() {
            self.kept = Vec::new();
        }
        self.kept_references = self.kept.iter().map(|held| held.0.len()).sum();
        self.purge_at = self.kept_references.saturating_mul(2);
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

    fn pair(heap: &mut Heap, first: u64, second: u64) -> u64 {
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

    /// Keeps what these slots refer to.
    fn keep(heap: &mut Heap, slots: &[u64]) -> Held {
        let held = heap.hold(slots.iter().copied()).unwrap().unwrap();
        heap.keep(&held).unwrap();
        held
    }

    #[test]
    fn what_is_held_outside_stays_until_the_last_holder_is_gone() {
        let mut heap = Heap::default();
        let (first, second) = (pair(&mut heap, 0, 0), pair(&mut heap, 0, 0));
        let held = keep(&mut heap, &[5, first]);
        heap.collect(core::iter::empty()).unwrap();
        assert!(heap.object(first).is_some() && heap.object(second).is_none());
        let copy = held.clone();
        drop(held);
        heap.collect(core::iter::empty()).unwrap();
        assert!(heap.has(&copy), "the copy still refers to it");
        drop(copy);
        heap.collect(core::iter::empty()).unwrap();
        assert!(heap.is_empty());
    }

    #[test]
    fn what_was_held_is_not_taken_for_what_stands_in_its_place() {
        let mut heap = Heap::default();
        let first = pair(&mut heap, 0, 0);
        let held = heap.hold([first].into_iter()).unwrap().unwrap();
        assert!(heap.has(&held));
        heap.collect(core::iter::empty()).unwrap();
        assert!(!heap.has(&held));
        assert_eq!(pair(&mut heap, 0, 0), first);
        assert!(!heap.has(&held));
    }

    #[test]
    fn those_who_are_gone_are_forgotten_without_a_collection() {
        let mut heap = Heap::default();
        let object = pair(&mut heap, 0, 0);
        let held = keep(&mut heap, &[object]);
        for _ in 0..10_000 {
            keep(&mut heap, &[object]);
        }
        assert!(heap.kept.len() <= 2 * FIRST_PURGE);
        assert!(heap.kept.contains(&held));
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
