//! What has changed on the heap, and putting it back as it was.

use alloc::vec::Vec;

use super::{Entry, Heap, Object, Pace, note_change};
use crate::allocate::{OutOfMemory, fit};

impl Heap {
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
    pub(super) fn reserve_changes(&mut self, entries: usize) -> bool {
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
}
