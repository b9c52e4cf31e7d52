//! What stays on the heap because something outside of it refers to it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{HAS_OBJECTS, Heap, Object};
use crate::allocate::{boxed, shared};
use crate::ledger;
use crate::runtime::trap::TrapKind;
use crate::shared::Shared;

/// References kept, also for what is gone, before the first look for those.
const FIRST_PURGE: usize = 64;

/// Objects that something outside of the heap refers to. What [`Heap::keep`] is
/// told of stays for as long as this, or a copy of it, is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held(pub(super) Shared<Box<[Reference]>>);

/// A reference to an object, and to no other that comes to stand in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) slot: u64,
    pub(super) generation: u64,
    /// The object's type, and whether it is an exception.
    kind: (u32, bool),
}

impl Held {
    /// How many bytes it takes.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::shared(&self.0) + ledger::boxed(&**self.0)
    }
}

impl Heap {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::heap::tests::pair;

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
}
