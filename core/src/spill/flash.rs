//! Slots on flash, which is erased before it is written to.
//!
//! Each superblock and each slot begins with a sector of its own, so that nothing is erased along
//! with something else. Power may fail while a sector is erased: then it is one that does not hold
//! what is committed. It is always erased before it is written to, whatever it seems to hold, for
//! a sector whose erasing was cut short may seem to be erased and not be.
//!
//! The sector of a superblock is filled with one after the other, of which the last one counts, and
//! is erased when it is full, or when the last one is damaged: something was cut short then. Of 32
//! commits, with sectors of 4 KiB, one waits for a superblock's sector to be erased.
//!
//! | sectors | |
//! | --- | --- |
//! | 0, 1 | superblocks of 128 bytes |
//! | 2 + *n* · *slot* and following | header of a slot, filled up to 64 bytes, and its body |
//!
//! Here *n* is how many sectors 64 + 4096 bytes take: 2 where they have 4 KiB, as they mostly do. So
//! an object takes 16 KiB of such flash, and the shorter ones are erased only as far as they go.

use super::object::OBJECT_BYTES;
use super::slots::{HEADER_BYTES, SUPERBLOCK_BYTES, Slots};
use crate::envelope::Envelope;

/// Bytes of a slot before its body.
const HEADER_ROOM: usize = 64;

/// Flash that is read anywhere, programmed in small pieces and erased in large ones, in the manner
/// of the `embedded-storage` crate. What was programmed or erased lasts.
pub trait NorFlash {
    /// What can go wrong.
    type Error;
    /// Pieces that are programmed start at multiples of this and are as long: it divides 64.
    const WRITE_BYTES: usize;
    /// Pieces that are erased start at multiples of this and are as long.
    const ERASE_BYTES: usize;

    /// How many bytes there are.
    ///
    /// # Errors
    ///
    /// The device fails; as in all others.
    fn bytes(&mut self) -> Result<u32, Self::Error>;

    /// Reads bytes from here on: their number and place are multiples of 16.
    fn read(&mut self, at: u32, into: &mut [u8]) -> Result<(), Self::Error>;

    /// Writes bytes that are erased.
    fn program(&mut self, at: u32, from: &[u8]) -> Result<(), Self::Error>;

    /// Makes all bits of so many bytes ones.
    fn erase(&mut self, at: u32, bytes: u32) -> Result<(), Self::Error>;
}

/// The slots of flash.
#[derive(Debug)]
pub struct FlashSlots<F> {
    flash: F,
    /// How many superblocks each of both sectors has, if that is known and the last one is right.
    superblocks: [Option<u32>; 2],
}

impl<F: NorFlash> FlashSlots<F> {
    /// Bytes from one slot to the next.
    const STRIDE: u32 = {
        assert!(HEADER_ROOM.is_multiple_of(F::WRITE_BYTES));
        assert!(F::ERASE_BYTES >= SUPERBLOCK_BYTES);
        ((HEADER_ROOM + OBJECT_BYTES).next_multiple_of(F::ERASE_BYTES)) as u32
    };

    /// Bytes of both superblocks.
    const FIRST: u32 = 2 * F::ERASE_BYTES as u32;

    /// The slots of this flash.
    pub fn new(flash: F) -> Self {
        FlashSlots { flash, superblocks: [None; 2] }
    }

    /// The flash.
    pub fn flash_mut(&mut self) -> &mut F {
        &mut self.flash
    }

    /// Superblocks in a sector.
    const SUPERBLOCKS: u32 = (F::ERASE_BYTES / SUPERBLOCK_BYTES) as u32;

    /// The last superblock in a sector, and how many there are with it.
    fn last_superblock(&mut self, which: u32) -> Result<(u32, [u8; SUPERBLOCK_BYTES]), F::Error> {
        let mut last = [0xFF; SUPERBLOCK_BYTES];
        for count in (1..=Self::SUPERBLOCKS).rev() {
            self.flash.read(Self::superblock(which, count - 1), &mut last)?;
            if last.iter().any(|byte| *byte != 0xFF) {
                return Ok((count, last));
            }
        }
        Ok((0, last))
    }

    fn superblock(which: u32, place: u32) -> u32 {
        which * F::ERASE_BYTES as u32 + place * SUPERBLOCK_BYTES as u32
    }

    fn start(slot: u32) -> u32 {
        Self::FIRST + slot * Self::STRIDE
    }

    /// Programs bytes, filled up with ones.
    fn program(&mut self, at: u32, bytes: &[u8]) -> Result<(), F::Error> {
        let (pieces, rest) = bytes.as_chunks::<HEADER_ROOM>();
        let whole = pieces.len() * HEADER_ROOM;
        if whole > 0 {
            self.flash.program(at, &bytes[..whole])?;
        }
        if !rest.is_empty() {
            let mut last = [0xFF; HEADER_ROOM];
            last[..rest.len()].copy_from_slice(rest);
            self.flash.program(at + whole as u32, &last)?;
        }
        Ok(())
    }
}

impl<F: NorFlash> Slots for FlashSlots<F> {
    type Error = F::Error;

    fn slots(&mut self) -> Result<u32, F::Error> {
        Ok(self.flash.bytes()?.saturating_sub(Self::FIRST) / Self::STRIDE)
    }

    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), F::Error> {
        if self.flash.bytes()? < Self::FIRST {
            into.fill(0);
            return Ok(());
        }
        *into = self.last_superblock(which)?.1;
        Ok(())
    }

    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), F::Error> {
        let known = &mut self.superblocks[which as usize % 2];
        let count = match known.take() {
            Some(count) => count,
            None => match self.last_superblock(which)? {
                (count, last) if Envelope::decode(&last).is_ok() => count,
                // Something was cut short.
                _ => Self::SUPERBLOCKS,
            },
        };
        let place = if count < Self::SUPERBLOCKS { count } else { 0 };
        if place == 0 {
            self.flash.erase(Self::superblock(which, 0), F::ERASE_BYTES as u32)?;
        }
        self.program(Self::superblock(which, place), from)?;
        self.superblocks[which as usize % 2] = Some(place + 1);
        Ok(())
    }

    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), F::Error> {
        self.flash.read(Self::start(slot), into)
    }

    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), F::Error> {
        let at = Self::start(slot) + HEADER_ROOM as u32;
        let (pieces, rest) = into.as_chunks_mut::<HEADER_ROOM>();
        let pieces = pieces.as_flattened_mut();
        if !pieces.is_empty() {
            self.flash.read(at, pieces)?;
        }
        if !rest.is_empty() {
            let mut last = [0; HEADER_ROOM];
            self.flash.read(at + pieces.len() as u32, &mut last)?;
            rest.copy_from_slice(&last[..rest.len()]);
        }
        Ok(())
    }

    fn write(
        &mut self,
        slot: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), F::Error> {
        let start = Self::start(slot);
        let taken = (HEADER_ROOM + body.len()).next_multiple_of(F::ERASE_BYTES);
        self.flash.erase(start, taken as u32)?;
        self.program(start + HEADER_ROOM as u32, body)?;
        self.program(start, header)
    }

    fn void(&mut self, slot: u32) -> Result<(), F::Error> {
        self.flash.erase(Self::start(slot), F::ERASE_BYTES as u32)
    }

    fn flush(&mut self) -> Result<(), F::Error> {
        Ok(())
    }
}

impl<F: NorFlash + ?Sized> NorFlash for &mut F {
    type Error = F::Error;
    const WRITE_BYTES: usize = F::WRITE_BYTES;
    const ERASE_BYTES: usize = F::ERASE_BYTES;

    fn bytes(&mut self) -> Result<u32, F::Error> {
        (**self).bytes()
    }

    fn read(&mut self, at: u32, into: &mut [u8]) -> Result<(), F::Error> {
        (**self).read(at, into)
    }

    fn program(&mut self, at: u32, from: &[u8]) -> Result<(), F::Error> {
        (**self).program(at, from)
    }

    fn erase(&mut self, at: u32, bytes: u32) -> Result<(), F::Error> {
        (**self).erase(at, bytes)
    }
}
