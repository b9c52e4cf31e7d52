//! Slots on a device of sectors, such as an SD card or a file.
//!
//! | sectors | |
//! | --- | --- |
//! | 0, 1 | superblocks |
//! | 2 + 9 · *slot* | header of a slot |
//! | 3 + 9 · *slot* and 7 more | its body |
//!
//! What a header or a body leaves of its last sector is zero.

use alloc::vec::Vec;
use core::fmt;

use super::object::OBJECT_BYTES;
use super::slots::{HEADER_BYTES, SUPERBLOCK_BYTES, Slots};

/// Bytes of a sector.
pub const SECTOR_BYTES: usize = 512;

/// A sector.
pub type Sector = [u8; SECTOR_BYTES];

/// Sectors before the first slot.
const FIRST: u32 = 2;

/// Sectors of a slot.
pub const SECTORS_PER_SLOT: u32 = 1 + (OBJECT_BYTES / SECTOR_BYTES) as u32;

/// A device that reads and writes sectors of 512 bytes, counted from 0.
///
/// Nothing that is written has to last before the next [`flush`](Self::flush). If power fails
/// before it, sectors that were written since the last one may hold anything; all others stay.
pub trait BlockDevice {
    /// What can go wrong.
    type Error;

    /// How many sectors there are.
    ///
    /// # Errors
    ///
    /// The device fails; as in all others.
    fn sectors(&mut self) -> Result<u32, Self::Error>;

    /// Reads sectors, from the first on.
    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), Self::Error>;

    /// Writes sectors, from the first on.
    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), Self::Error>;

    /// Waits until everything that was written lasts.
    fn flush(&mut self) -> Result<(), Self::Error>;
}

impl<B: BlockDevice + ?Sized> BlockDevice for &mut B {
    type Error = B::Error;

    fn sectors(&mut self) -> Result<u32, B::Error> {
        (**self).sectors()
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), B::Error> {
        (**self).read(first, into)
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), B::Error> {
        (**self).write(first, from)
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        (**self).flush()
    }
}

/// How many sectors a store for so many objects takes.
#[must_use]
pub const fn sectors_for(objects: u32) -> u32 {
    objects.saturating_mul(2 * SECTORS_PER_SLOT).saturating_add(FIRST)
}

/// The slots of a device of sectors.
#[derive(Debug)]
pub struct BlockSlots<B>(B);

impl<B: BlockDevice> BlockSlots<B> {
    /// The slots of this device.
    pub fn new(device: B) -> Self {
        BlockSlots(device)
    }

    /// The device.
    pub fn device_mut(&mut self) -> &mut B {
        &mut self.0
    }

    /// Writes a sector that begins with these bytes, which are no more than it has.
    fn write_start(&mut self, sector: u32, bytes: &[u8]) -> Result<(), B::Error> {
        let mut start = [0; SECTOR_BYTES];
        start[..bytes.len()].copy_from_slice(bytes);
        self.0.write(sector, &[start])
    }

    /// Reads the first bytes of a sector.
    fn read_start(&mut self, sector: u32, into: &mut [u8]) -> Result<(), B::Error> {
        let mut start = [[0; SECTOR_BYTES]];
        self.0.read(sector, &mut start)?;
        into.copy_from_slice(&start[0][..into.len()]);
        Ok(())
    }
}

/// The sector of a slot's header.
fn header(slot: u32) -> u32 {
    FIRST + slot * SECTORS_PER_SLOT
}

impl<B: BlockDevice> Slots for BlockSlots<B> {
    type Error = B::Error;

    fn slots(&mut self) -> Result<u32, B::Error> {
        Ok(self.0.sectors()?.saturating_sub(FIRST) / SECTORS_PER_SLOT)
    }

    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), B::Error> {
        // There may be none at all.
        if self.0.sectors()? <= which {
            into.fill(0);
            return Ok(());
        }
        self.read_start(which, into)
    }

    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), B::Error> {
        self.write_start(which, from)
    }

    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), B::Error> {
        self.read_start(header(slot), into)
    }

    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), B::Error> {
        let first = header(slot) + 1;
        let (sectors, rest) = into.as_chunks_mut();
        // A body has eight sectors.
        let whole = sectors.len() as u32;
        if !sectors.is_empty() {
            self.0.read(first, sectors)?;
        }
        if !rest.is_empty() {
            self.read_start(first + whole, rest)?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        slot: u32,
        header_bytes: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), B::Error> {
        let first = header(slot) + 1;
        let (sectors, rest) = body.as_chunks();
        if !sectors.is_empty() {
            self.0.write(first, sectors)?;
        }
        if !rest.is_empty() {
            self.write_start(first + sectors.len() as u32, rest)?;
        }
        self.write_start(header(slot), header_bytes)
    }

    fn void(&mut self, slot: u32) -> Result<(), B::Error> {
        self.write_start(header(slot), &[])
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

/// A device of sectors in RAM, on which nothing fails.
///
/// ```
/// use fayasm_core::spill::{BlockDevice, RamDisk};
///
/// let mut disk = RamDisk::new(4)?;
/// disk.write(3, &[[7; 512]])?;
/// assert_eq!(disk.image()[3], [7; 512]);
/// # Ok::<(), fayasm_core::spill::NoSector>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RamDisk(Vec<Sector>);

/// There are no such sectors, or there is no memory for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSector;

impl fmt::Display for NoSector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such sector")
    }
}

impl core::error::Error for NoSector {}

impl RamDisk {
    /// So many sectors, all zero.
    ///
    /// # Errors
    ///
    /// There is no memory for them.
    pub fn new(sectors: u32) -> Result<Self, NoSector> {
        let mut image = Vec::new();
        image.try_reserve_exact(sectors as usize).map_err(|_| NoSector)?;
        image.resize(sectors as usize, [0; SECTOR_BYTES]);
        Ok(RamDisk(image))
    }

    /// What the sectors hold.
    #[must_use]
    pub fn image(&self) -> &[Sector] {
        &self.0
    }

    /// What the sectors hold, to be changed.
    pub fn image_mut(&mut self) -> &mut Vec<Sector> {
        &mut self.0
    }
}

impl BlockDevice for RamDisk {
    type Error = NoSector;

    fn sectors(&mut self) -> Result<u32, NoSector> {
        u32::try_from(self.0.len()).map_err(|_| NoSector)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), NoSector> {
        let from = self.0.get(first as usize..).and_then(|image| image.get(..into.len()));
        into.copy_from_slice(from.ok_or(NoSector)?);
        Ok(())
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), NoSector> {
        let into = self.0.get_mut(first as usize..).and_then(|image| image.get_mut(..from.len()));
        into.ok_or(NoSector)?.copy_from_slice(from);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), NoSector> {
        Ok(())
    }
}
