//! What a store must hold, without any device.

use std::collections::BTreeMap;

use fayasm_core::spill::{OBJECT_BYTES, ObjectId, ObjectKind};

use crate::random::Random;

/// A body, by what it is made from: it is long, and there are many of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Body {
    /// No other body has the same.
    stamp: u64,
    length: usize,
}

impl Body {
    pub(super) fn new(stamp: u64, random: &mut Random) -> Self {
        let length = match random.below(8) {
            0 => OBJECT_BYTES,
            1 => random.below(OBJECT_BYTES + 1),
            2 => 0,
            // So that most of them are quick.
            _ => random.below(700),
        };
        Body { stamp, length }
    }

    /// Writes it, and gives the part that it takes.
    pub(super) fn fill(self, into: &mut [u8; OBJECT_BYTES]) -> &[u8] {
        let body = &mut into[..self.length];
        let mut word = self.stamp.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let (words, rest) = body.as_chunks_mut::<8>();
        for bytes in words {
            word = word.wrapping_mul(0x2545_F491_4F6C_DD1D).rotate_left(23);
            *bytes = word.to_le_bytes();
        }
        rest.fill(self.stamp as u8);
        body
    }
}

/// What a store holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents(pub(super) BTreeMap<ObjectId, Body>);

/// Objects of all kinds, some of which differ in little.
pub(super) const IDS: [ObjectId; 8] = [
    ObjectId { kind: ObjectKind::Memory, space: 0, number: 0 },
    ObjectId { kind: ObjectKind::Memory, space: 0, number: 1 },
    ObjectId { kind: ObjectKind::Memory, space: 1, number: 0 },
    ObjectId { kind: ObjectKind::Memory, space: u32::MAX, number: u32::MAX },
    ObjectId { kind: ObjectKind::Snapshot, space: 0, number: 0 },
    ObjectId { kind: ObjectKind::Snapshot, space: 0, number: 1 },
    ObjectId { kind: ObjectKind::Microcode, space: 0, number: 0 },
    ObjectId { kind: ObjectKind::Microcode, space: 0, number: 1 },
];
