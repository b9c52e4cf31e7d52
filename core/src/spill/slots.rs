//! Where objects are kept: slots, two for each object.

use super::object::{OBJECT_BYTES, ObjectId, ObjectKind};
use crate::envelope::{self, Envelope};

/// Bytes of the header of a slot.
pub const HEADER_BYTES: usize = envelope::BYTES;

/// Bytes of a superblock.
pub const SUPERBLOCK_BYTES: usize = 128;

/// Set in the kind of an object that is removed.
const REMOVED: u16 = 0x8000;

/// What a spill store is kept on: slots that hold a header and a body of at most 4096 bytes each,
/// and two superblocks. Slots and superblocks are counted from 0.
///
/// Nothing that is written has to last before the next [`flush`](Self::flush), and it may reach
/// the device in any order. If power fails in between, what was about to be written may come to
/// anything; everything else stays.
pub trait Slots {
    /// What can go wrong.
    type Error;

    /// How many slots there is room for.
    ///
    /// # Errors
    ///
    /// The device fails; as in all others.
    fn slots(&mut self) -> Result<u32, Self::Error>;

    /// Reads superblock 0 or 1: zeros where none was written yet.
    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), Self::Error>;

    /// Writes superblock 0 or 1. The other one stays what it is, whatever happens.
    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), Self::Error>;

    /// Reads the header of a slot: zeros or ones where none was written yet.
    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), Self::Error>;

    /// Reads the first bytes of the body of a slot.
    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), Self::Error>;

    /// Writes a slot.
    fn write(
        &mut self,
        slot: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), Self::Error>;

    /// Makes the header of a slot one that says nothing.
    fn void(&mut self, slot: u32) -> Result<(), Self::Error>;

    /// Waits until everything that was written lasts.
    fn flush(&mut self) -> Result<(), Self::Error>;
}

impl<S: Slots + ?Sized> Slots for &mut S {
    type Error = S::Error;

    fn slots(&mut self) -> Result<u32, S::Error> {
        (**self).slots()
    }

    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), S::Error> {
        (**self).read_superblock(which, into)
    }

    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), S::Error> {
        (**self).write_superblock(which, from)
    }

    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), S::Error> {
        (**self).read_header(slot, into)
    }

    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), S::Error> {
        (**self).read_body(slot, into)
    }

    fn write(
        &mut self,
        slot: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), S::Error> {
        (**self).write(slot, header, body)
    }

    fn void(&mut self, slot: u32) -> Result<(), S::Error> {
        (**self).void(slot)
    }

    fn flush(&mut self) -> Result<(), S::Error> {
        (**self).flush()
    }
}

/// What the header of a slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: ObjectId,
    pub(crate) epoch: u64,
    /// At most [`OBJECT_BYTES`].
    pub(crate) bytes: usize,
    pub(crate) checksum: u32,
    /// Whether it says that the object is no longer there.
    pub(crate) is_removed: bool,
}

impl Stored {
    /// What is to be stored of an object.
    pub(crate) fn object(module: u64, id: ObjectId, epoch: u64, body: &[u8]) -> [u8; HEADER_BYTES] {
        envelope(module, id, epoch).around(body).encode()
    }

    /// What is to be stored of an object that is removed.
    pub(crate) fn removal(module: u64, id: ObjectId, epoch: u64) -> [u8; HEADER_BYTES] {
        let mut envelope = envelope(module, id, epoch).around(&[]);
        envelope.kind |= REMOVED;
        envelope.encode()
    }
}

fn envelope(module: u64, id: ObjectId, epoch: u64) -> Envelope {
    let ObjectId { kind, space, number } = id;
    Envelope { kind: kind as u16, module, space, number, epoch, ..Envelope::default() }
}

/// A slot, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Nothing was written to it, or it is of another module.
    Void,
    /// What was written cannot be read.
    Damaged,
    Valid(Stored),
}

impl Slot {
    pub(crate) fn read<S: Slots>(slots: &mut S, slot: u32, module: u64) -> Result<Self, S::Error> {
        let mut header = [0; HEADER_BYTES];
        slots.read_header(slot, &mut header)?;
        Ok(Slot::of(&header, module))
    }

    fn of(header: &[u8; HEADER_BYTES], module: u64) -> Self {
        if is_blank(header) {
            return Slot::Void;
        }
        let Ok(envelope) = Envelope::decode(header) else { return Slot::Damaged };
        if envelope.module != module {
            return Slot::Void;
        }
        let kind = ObjectKind::of(envelope.kind & !REMOVED);
        let bytes = usize::try_from(envelope.length).unwrap_or(usize::MAX);
        let Some(kind) = kind.filter(|_| bytes <= OBJECT_BYTES) else { return Slot::Damaged };
        Slot::Valid(Stored {
            id: ObjectId { kind, space: envelope.space, number: envelope.number },
            epoch: envelope.epoch,
            bytes,
            checksum: envelope.body_checksum,
            is_removed: envelope.kind & REMOVED != 0,
        })
    }

    /// What it holds, if that belongs to this epoch or an earlier one.
    pub(crate) fn until(self, epoch: u64) -> Option<Stored> {
        match self {
            Slot::Valid(stored) if stored.epoch <= epoch => Some(stored),
            _ => None,
        }
    }

    /// Whether it holds something of a later epoch than this.
    pub(crate) fn is_after(self, epoch: u64) -> bool {
        matches!(self, Slot::Valid(stored) if stored.epoch > epoch)
    }
}

/// Whether bytes are what a device has where nothing was written.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0) || bytes.iter().all(|byte| *byte == 0xFF)
}
