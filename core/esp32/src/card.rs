//! A file on an SD card as storage.

use core::cell::RefCell;
use core::fmt;

use embedded_sdmmc::{
    Block, BlockCount, BlockDevice as Blocks, BlockIdx, Error, Mode, RawFile, TimeSource,
    Timestamp, VolumeIdx, VolumeManager,
};
use fayasm_core::spill::{BlockDevice, BlockSlots, SECTOR_BYTES, Sector};

use crate::storage::{Rest, Storage, StorageError};

/// The name of the file. It is in the root folder of the card's first partition, which has a FAT
/// file system.
pub const FILE: &str = "FAYASM.BIN";

/// The file. Its length stays as it is, so nothing but its own sectors is ever written.
pub struct Card<D: Blocks> {
    volumes: VolumeManager<D, NoClock, 1, 1>,
    file: RawFile,
    sectors: u32,
}

impl<D: Blocks> fmt::Debug for Card<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("sectors", &self.sectors).finish_non_exhaustive()
    }
}

/// Boards do not know the time: it is when that of FAT begins.
struct NoClock;

impl TimeSource for NoClock {
    fn get_timestamp(&self) -> Timestamp {
        Timestamp {
            year_since_1970: 10,
            zero_indexed_month: 0,
            zero_indexed_day: 0,
            hours: 0,
            minutes: 0,
            seconds: 0,
        }
    }
}

impl<D: Blocks> Card<D> {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// There is no card, or no such file on it.
    pub fn open(device: D) -> Result<Self, Error<D::Error>> {
        let volumes = VolumeManager::new_with_limits(device, NoClock, 0);
        let volume = volumes.open_raw_volume(VolumeIdx(0))?;
        let root = volumes.open_root_dir(volume)?;
        let file = volumes.open_file_in_dir(root, FILE, Mode::ReadWriteAppend)?;
        // What is left behind its last whole sector is not used.
        let sectors = volumes.file_length(file)? / SECTOR_BYTES as u32;
        Ok(Card { volumes, file, sectors })
    }

    /// Gives the card something to do for each of so many sectors, where each begins in the file.
    fn each<T>(
        &self,
        first: u32,
        mut sectors: impl ExactSizeIterator<Item = T>,
        mut what: impl FnMut(T) -> Result<(), Error<D::Error>>,
    ) -> Result<(), StorageError> {
        let failed = |_| StorageError { sector: first };
        let count = u32::try_from(sectors.len()).ok();
        let end = count.and_then(|count| first.checked_add(count));
        if end.is_none_or(|end| end > self.sectors) {
            return Err(StorageError { sector: first });
        }
        // It lies within the file, whose length has 32 bits.
        let start = first * SECTOR_BYTES as u32;
        self.volumes.file_seek_from_start(self.file, start).map_err(failed)?;
        sectors.try_for_each(|sector| what(sector).map_err(failed))
    }
}

impl<D: Blocks> BlockDevice for Card<D> {
    type Error = StorageError;

    fn sectors(&mut self) -> Result<u32, StorageError> {
        Ok(self.sectors)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), StorageError> {
        self.each(first, into.iter_mut(), |into| match self.volumes.read(self.file, into)? {
            SECTOR_BYTES => Ok(()),
            _ => Err(Error::EndOfFile),
        })
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), StorageError> {
        self.each(first, from.iter(), |from| self.volumes.write(self.file, from))
    }

    /// What is written is on the card at once.
    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

impl<D: Blocks> Storage for Card<D> {
    type Spill<'a>
        = BlockSlots<Rest<&'a mut Self>>
    where
        D: 'a;

    fn spill(&mut self, first: u32) -> Self::Spill<'_> {
        BlockSlots::new(Rest::new(self, first))
    }
}

/// Sectors of any kind as those of a card.
#[derive(Debug)]
pub struct Sectors<D>(RefCell<D>);

impl<D> Sectors<D> {
    /// The sectors of this device.
    pub fn new(device: D) -> Self {
        Sectors(RefCell::new(device))
    }
}

impl<D: BlockDevice<Error = StorageError>> Blocks for Sectors<D> {
    type Error = StorageError;

    fn read(&self, blocks: &mut [Block], first: BlockIdx) -> Result<(), StorageError> {
        let mut device = self.0.borrow_mut();
        (first.0..).zip(blocks).try_for_each(|(sector, block)| {
            device.read(sector, core::slice::from_mut(&mut block.contents))
        })
    }

    fn write(&self, blocks: &[Block], first: BlockIdx) -> Result<(), StorageError> {
        let mut device = self.0.borrow_mut();
        (first.0..).zip(blocks).try_for_each(|(sector, block)| {
            device.write(sector, core::slice::from_ref(&block.contents))
        })
    }

    fn num_blocks(&self) -> Result<BlockCount, StorageError> {
        self.0.borrow_mut().sectors().map(BlockCount)
    }
}
