//! What says which epoch is committed.
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 0 | 48 | header, of kind 0; its epoch is the one that is committed |
//! | 48 | 8 | sequence: how many superblocks have been written, copies not counted |
//! | 56 | 4 | the most bytes of an object: 4096 |
//! | 60 | 4 | slots that there was room for when the store was made |
//! | 64 | 4 | pairs of slots that are in use, from the first on |
//! | 68 | 20 for each kind | [what is committed](super::directory) of it: objects (4 bytes), sum of their numbers, sum of these times epochs |

use super::directory::Directory;
use super::error::SpillError;
use super::object::{OBJECT_BYTES, ObjectKind};
use super::slots::{HEADER_BYTES, SUPERBLOCK_BYTES, Slots, is_blank};
use crate::crc::crc32c;
use crate::envelope::{self, Envelope, EnvelopeError, get, put};

/// Bytes of a superblock's body.
const BODY_BYTES: usize = SUPERBLOCK_BYTES - HEADER_BYTES;

/// Where in the body what is committed of each kind begins, and how long that is.
const DIRECTORIES: usize = 20;
const DIRECTORY_BYTES: usize = 20;

/// What a superblock says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Superblock {
    /// The hash of the module that the store belongs to.
    pub module: u64,
    /// The committed epoch.
    pub epoch: u64,
    /// How many superblocks had been written, copies not counted.
    pub sequence: u64,
    /// The most bytes of an object.
    pub object_bytes: u32,
    /// Slots that there was room for when the store was made.
    pub slots: u32,
    /// Pairs of slots that are in use, from the first on.
    pub pairs: u32,
    pub(crate) committed: [Directory; 3],
}

impl Superblock {
    /// How many objects of a kind are committed.
    #[must_use]
    pub fn objects(&self, kind: ObjectKind) -> u32 {
        self.committed[kind.place()].objects
    }

    pub(crate) fn encode(&self) -> [u8; SUPERBLOCK_BYTES] {
        let mut body = [0; BODY_BYTES];
        put(&mut body, 0, self.sequence.to_le_bytes());
        put(&mut body, 8, self.object_bytes.to_le_bytes());
        put(&mut body, 12, self.slots.to_le_bytes());
        put(&mut body, 16, self.pairs.to_le_bytes());
        for (of_kind, at) in self.committed.iter().zip((DIRECTORIES..).step_by(DIRECTORY_BYTES)) {
            put(&mut body, at, of_kind.objects.to_le_bytes());
            put(&mut body, at + 4, of_kind.ids.to_le_bytes());
            put(&mut body, at + 12, of_kind.epochs.to_le_bytes());
        }
        let Superblock { module, epoch, .. } = *self;
        let envelope =
            Envelope { kind: envelope::SUPERBLOCK, module, epoch, ..Envelope::default() };
        let mut bytes = [0; SUPERBLOCK_BYTES];
        put(&mut bytes, 0, envelope.around(&body).encode());
        put(&mut bytes, HEADER_BYTES, body);
        bytes
    }

    fn decode(bytes: &[u8; SUPERBLOCK_BYTES]) -> Result<Self, EnvelopeError> {
        let envelope = Envelope::decode(bytes)?;
        if envelope.kind != envelope::SUPERBLOCK {
            return Err(EnvelopeError::Kind(envelope.kind));
        }
        let body = &bytes[HEADER_BYTES..];
        if envelope.length != body.len() as u64 || envelope.body_checksum != crc32c(body) {
            return Err(EnvelopeError::BodyChecksum);
        }
        // All of them lie in the body.
        let number = |at| u32::from_le_bytes(get(body, at).unwrap_or_default());
        let long = |at| u64::from_le_bytes(get(body, at).unwrap_or_default());
        Ok(Superblock {
            module: envelope.module,
            epoch: envelope.epoch,
            sequence: long(0),
            object_bytes: number(8),
            slots: number(12),
            pairs: number(16),
            committed: [0, 1, 2].map(|kind| {
                let at = DIRECTORIES + kind * DIRECTORY_BYTES;
                Directory { objects: number(at), ids: long(at + 4), epochs: long(at + 12) }
            }),
        })
    }
}

/// Both superblocks, as they are on a device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Superblocks {
    pub(crate) both: [Result<Superblock, EnvelopeError>; 2],
    /// Which of them were never written.
    are_blank: [bool; 2],
}

impl Superblocks {
    pub(crate) fn read<S: Slots>(slots: &mut S) -> Result<Self, S::Error> {
        let mut bytes = [[0; SUPERBLOCK_BYTES]; 2];
        for (which, bytes) in (0..).zip(&mut bytes) {
            slots.read_superblock(which, bytes)?;
        }
        let both = bytes.map(|bytes| Superblock::decode(&bytes));
        Ok(Superblocks { both, are_blank: bytes.map(|bytes| is_blank(&bytes)) })
    }

    /// The one that counts, if there is one, with what it may say of this device.
    pub(crate) fn newest(&self) -> Option<Superblock> {
        self.both.iter().flatten().copied().max_by_key(|superblock| superblock.sequence)
    }

    /// Which of them say what this one does.
    pub(crate) fn holds(&self, newest: &Superblock) -> [bool; 2] {
        self.both.map(|superblock| superblock.as_ref() == Ok(newest))
    }

    /// Which of them cannot be read, and hold something all the same.
    pub(crate) fn damaged(&self) -> [bool; 2] {
        [0, 1].map(|which| self.both[which].is_err() && !self.are_blank[which])
    }

    /// Why neither can be used.
    pub(crate) fn refused<E>(&self) -> SpillError<E> {
        let reasons = self.both.iter().filter_map(|superblock| superblock.as_ref().err());
        // What says more than that something is not there comes first.
        let says_most = reasons.max_by_key(|reason| match reason {
            EnvelopeError::Magic => 0,
            EnvelopeError::Kind(_) => 2,
            EnvelopeError::Version(_) => 3,
            _ => 1,
        });
        match says_most {
            Some(reason) if self.are_blank != [true; 2] && *reason != EnvelopeError::Magic => {
                SpillError::Superblock(*reason)
            }
            _ => SpillError::NoStore,
        }
    }
}

impl Superblock {
    /// Checks that a store may be as large as this says, on a device with so many slots.
    pub(crate) fn check<E>(&self, slots: u32) -> Result<(), SpillError<E>> {
        if self.object_bytes != OBJECT_BYTES as u32 {
            return Err(SpillError::Geometry { found: self.object_bytes });
        }
        let in_use = self.pairs.saturating_mul(2).max(self.slots);
        if in_use > slots {
            return Err(SpillError::Short { expected: in_use, found: slots });
        }
        Ok(())
    }
}
