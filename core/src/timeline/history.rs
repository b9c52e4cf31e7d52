//! What a sequence of values was at every snapshot, kept once for as long as it
//! stays the same.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::allocate::{OutOfMemory, boxed_copy};

/// The number of a snapshot. Later ones have greater numbers.
pub(super) type SnapshotId = u32;

/// What a thing was since each snapshot at which it had become something else.
#[derive(Debug)]
pub(super) struct Versions<V>(Vec<(SnapshotId, V)>);

impl<V> Default for Versions<V> {
    fn default() -> Self {
        Versions(Vec::new())
    }
}

impl<V> Versions<V> {
    /// What it was at this snapshot; none if it was not there yet.
    pub(super) fn at(&self, id: SnapshotId) -> Option<&V> {
        let later = self.0.partition_point(|(since, _)| *since <= id);
        Some(&self.0.get(later.checked_sub(1)?)?.1)
    }

    pub(super) fn latest(&self) -> Option<&V> {
        Some(&self.0.last()?.1)
    }

    /// Notes what it is from this snapshot on, which is the latest one.
    pub(super) fn push(&mut self, id: SnapshotId, version: V) -> Result<(), OutOfMemory> {
        self.0.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.0.push((id, version));
        Ok(())
    }

    /// Forgets a snapshot at which it had become something else. That counts
    /// from snapshot `next` on, and nothing is given; unless it was something
    /// else again by then, or there is no next one: then it is given.
    pub(super) fn forget(&mut self, id: SnapshotId, next: Option<SnapshotId>) -> Option<V> {
        let index = self.0.binary_search_by_key(&id, |(since, _)| *since).ok()?;
        let again = |next| self.0.get(index + 1).is_some_and(|(since, _)| *since == next);
        match next {
            Some(next) if !again(next) => {
                self.0.get_mut(index)?.0 = next;
                None
            }
            _ => Some(self.0.remove(index).1),
        }
    }
}

/// The versions of a sequence of values, by chunks of 4 KiB.
#[derive(Debug)]
pub(super) struct History<T>(Vec<Versions<Box<[T]>>>);

impl<T> Default for History<T> {
    fn default() -> Self {
        History(Vec::new())
    }
}

impl<T: Copy + Default + PartialEq> History<T> {
    /// Values in a chunk.
    pub(super) const CHUNK: usize = 4096 / size_of::<T>();

    /// Notes what a chunk is at this snapshot, which is the latest one, if it
    /// has become something else. Gives how many bytes that takes. A chunk of
    /// nothing but zeros takes none.
    pub(super) fn note(
        &mut self,
        id: SnapshotId,
        chunk: usize,
        now: &[T],
    ) -> Result<Option<usize>, OutOfMemory> {
        if chunk >= self.0.len() {
            let more = chunk + 1 - self.0.len();
            self.0.try_reserve(more).map_err(|_| OutOfMemory)?;
            self.0.resize_with(chunk + 1, Versions::default);
        }
        // The chunk is there now.
        let versions = &mut self.0[chunk];
        let zero = now.iter().all(|value| *value == T::default());
        let same = match versions.latest() {
            Some(before) if before.is_empty() => zero,
            Some(before) => **before == *now,
            None => false,
        };
        if same {
            return Ok(None);
        }
        let kept = if zero { &[] } else { now };
        versions.push(id, boxed_copy(kept)?)?;
        Ok(Some(Self::cost(kept.len())))
    }

    /// What a chunk was at this snapshot, written over `target`.
    pub(super) fn write(&self, id: SnapshotId, chunk: usize, target: &mut [T]) {
        let kept = self.0.get(chunk).and_then(|versions| versions.at(id));
        let kept = kept.map_or(&[][..], |values| values);
        let (copied, zeros) = target.split_at_mut(kept.len().min(target.len()));
        // Its length is no greater than that of what is kept.
        copied.copy_from_slice(&kept[..copied.len()]);
        zeros.fill(T::default());
    }

    /// All values there were at this snapshot, `length` of them, written over
    /// `target`.
    pub(super) fn write_all(
        &self,
        id: SnapshotId,
        length: usize,
        target: &mut Vec<T>,
    ) -> Result<(), OutOfMemory> {
        let more = length.saturating_sub(target.len());
        target.try_reserve(more).map_err(|_| OutOfMemory)?;
        target.resize(length, T::default());
        for (chunk, target) in target.chunks_mut(Self::CHUNK).enumerate() {
            self.write(id, chunk, target);
        }
        Ok(())
    }

    /// Forgets a snapshot at which a chunk had become something else, as
    /// [`Versions::forget`] does; gives the bytes that this frees.
    pub(super) fn forget(
        &mut self,
        id: SnapshotId,
        next: Option<SnapshotId>,
        chunk: usize,
    ) -> Option<usize> {
        let values = self.0.get_mut(chunk)?.forget(id, next)?;
        Some(Self::cost(values.len()))
    }

    /// Bytes that a version of this many values takes.
    fn cost(values: usize) -> usize {
        values * size_of::<T>() + size_of::<(SnapshotId, Box<[T]>)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(history: &History<u8>, id: SnapshotId) -> Vec<u8> {
        let mut values = Vec::new();
        history.write_all(id, 4, &mut values).unwrap();
        values
    }

    #[test]
    fn a_chunk_is_kept_once_for_as_long_as_it_stays_the_same() {
        let mut history = History::<u8>::default();
        assert!(history.note(0, 0, &[1, 2, 3, 4]).unwrap().is_some());
        assert!(history.note(1, 0, &[1, 2, 3, 4]).unwrap().is_none());
        assert!(history.note(2, 0, &[0, 0, 0, 0]).unwrap().is_some());
        assert!(history.note(3, 0, &[5, 2, 3, 4]).unwrap().is_some());
        assert_eq!(at(&history, 0), [1, 2, 3, 4]);
        assert_eq!(at(&history, 1), [1, 2, 3, 4]);
        assert_eq!(at(&history, 2), [0, 0, 0, 0]);
        assert_eq!(at(&history, 3), [5, 2, 3, 4]);
    }

    #[test]
    fn forgetting_a_snapshot_changes_nothing_at_others() {
        let mut history = History::<u8>::default();
        for (id, value) in [(0, 7), (3, 8), (4, 9)] {
            history.note(id, 0, &[value; 4]).unwrap();
        }
        // What came at 3 is not needed: it is something else at 4.
        assert!(history.forget(3, Some(4), 0).is_some());
        // What came at 0 still counts at 2.
        assert!(history.forget(0, Some(2), 0).is_none());
        assert_eq!(at(&history, 2), [7; 4]);
        assert_eq!(at(&history, 4), [9; 4]);
        assert!(history.forget(2, None, 0).is_some());
    }
}
