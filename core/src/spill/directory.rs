//! What is committed, as three numbers for each kind of object.
//!
//! A superblock says of each kind how many objects are committed, and holds two sums over them:
//! of a number that each object has, and of these times the object's epoch. So whatever is lost of
//! what was committed is missed when the store is opened, even if nothing on the device can be
//! read any more. If it is a single object, the sums tell which.

use super::object::ObjectId;
use crate::hash::Hash;

/// What is committed of a kind, or how that differs from what is there. All sums wrap around.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) objects: u32,
    /// The sum of their numbers.
    pub(crate) ids: u64,
    /// The sum of their numbers, each times its epoch.
    pub(crate) epochs: u64,
}

impl Directory {
    pub(crate) fn of(id: ObjectId, epoch: u64) -> Self {
        let number = number(id);
        Directory { objects: 1, ids: number, epochs: number.wrapping_mul(epoch) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Directory {
            objects: self.objects.wrapping_add(other.objects),
            ids: self.ids.wrapping_add(other.ids),
            epochs: self.epochs.wrapping_add(other.epochs),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Directory {
            objects: self.objects.wrapping_sub(other.objects),
            ids: self.ids.wrapping_sub(other.ids),
            epochs: self.epochs.wrapping_sub(other.epochs),
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Directory::default()
    }

    /// Whether all that is missing is what was committed of this object, until `committed`, after
    /// the epoch that was found of it; or that it was removed since.
    pub(crate) fn is_later(self, id: ObjectId, found: u64, committed: u64) -> bool {
        let Directory { objects, ids, epochs } = self;
        let since = epochs.wrapping_mul(inverse(number(id)));
        let is_newer =
            (objects, ids) == (0, 0) && (1..=committed.wrapping_sub(found)).contains(&since);
        is_newer || Directory::default().minus(Directory::of(id, found)) == self
    }

    /// The number of the object that is missing, if it is one only.
    pub(crate) fn missing(self, committed: u64) -> Option<u64> {
        let Directory { objects, ids, epochs } = self;
        let is_one = objects == 1
            && ids & 1 == 1
            && (1..=committed).contains(&epochs.wrapping_mul(inverse(ids)));
        is_one.then_some(ids)
    }
}

/// A number of an object, which is odd: so epochs can be told from products with it.
pub(crate) fn number(id: ObjectId) -> u64 {
    let mut hash = Hash::default();
    hash.word(u64::from(id.kind as u16) << 32 | u64::from(id.space));
    hash.word(id.number.into());
    hash.finish() | 1
}

/// What an odd number is to be multiplied by to come to 1, modulo 2⁶⁴ (Newton's method: each
/// round doubles how many of the lower bits are right, of which 3 are to begin with).
fn inverse(odd: u64) -> u64 {
    (0..5).fold(odd, |inverse: u64, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)))
    })
}

/// What has been lost of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Loss {
    #[default]
    None,
    /// What is there is older than it should be, of one object, which is known.
    Known,
    /// One object is missing, that of this number.
    Missing(u64),
    /// Which ones is not known, so that none is sure.
    Several,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spill::ObjectKind;

    fn page(number: u32) -> ObjectId {
        ObjectId { kind: ObjectKind::Memory, space: 0, number }
    }

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for odd in (0..1000).map(|it| number(page(it))).chain([1, 3, u64::MAX]) {
            assert_eq!(odd.wrapping_mul(inverse(odd)), 1);
        }
    }

    #[test]
    fn whatever_one_object_lacks_is_told_from_what_others_do() {
        let all = |epochs: &[u64]| {
            let objects = (0..).zip(epochs).filter(|(_, epoch)| **epoch > 0);
            objects.fold(Directory::default(), |sum, (number, epoch)| {
                sum.plus(Directory::of(page(number), *epoch))
            })
        };
        let committed = all(&[7, 9, 3, 9]);
        for (found, later, missing) in [
            (all(&[7, 9, 3, 9]), None, None),
            (all(&[7, 4, 3, 9]), Some(1), None),
            (all(&[7, 9, 3, 9, 2]), Some(4), None),
            (all(&[7, 9, 0, 9]), None, Some(2)),
            (all(&[7, 4, 2, 9]), None, None),
            (all(&[7, 0, 0, 9]), None, None),
        ] {
            let lacks = committed.minus(found);
            for (number, found) in [(0, 7), (1, 4), (2, 3), (3, 9), (4, 2)] {
                assert_eq!(lacks.is_later(page(number), found, 9), later == Some(number));
            }
            assert_eq!(lacks.missing(9), missing.map(|missing| number(page(missing))));
        }
    }
}
