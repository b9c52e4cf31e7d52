//! The ESP32-C3, with the hardware abstraction of its maker.
//!
//! It prints by USB or by the UART, whichever is connected; its storage is the data partition
//! `fayasm` of its flash. There is no C3 where this is tested: that it builds is, and that the same
//! code runs on the emulated board.

mod machine;

use core::fmt::Write;

use esp_bootloader_esp_idf::partitions::{PARTITION_TABLE_MAX_LEN, read_partition_table};
use esp_hal::clock::CpuClock;
use esp_hal::time::Instant;
use esp_println::Printer;
use esp_storage::FlashStorage;

use fayasm_core::spill::{BlockDevice, FlashSlots, NorFlash, SECTOR_BYTES, Sector};

pub use machine::HEAP;

use crate::board::Board;
use crate::heap::CountingHeap;
use crate::stack::PaintedStack;
use crate::storage::{Storage, StorageError};

/// The name of the partition.
const PARTITION: &str = "fayasm";

/// The board.
pub struct C3 {
    console: Printer,
}

impl core::fmt::Debug for C3 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("C3").finish_non_exhaustive()
    }
}

impl C3 {
    /// Starts the board, at its full speed, and gives its storage with it. Without a partition, that
    /// has no sectors.
    ///
    /// # Panics
    ///
    /// If it is called twice.
    #[must_use]
    pub fn start() -> (Self, Partition) {
        machine::give_room();
        let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
        let mut flash = FlashStorage::new(peripherals.FLASH);
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let found = read_partition_table(&mut flash, &mut table).ok().and_then(|table| {
            let mut entries = table.iter();
            entries.find(|entry| entry.label_as_str() == PARTITION)
        });
        let (start, bytes) = found.map_or((0, 0), |entry| (entry.offset(), entry.len()));
        (C3 { console: Printer }, Partition { flash, start, bytes })
    }
}

/// The partition of the flash that is the storage.
pub struct Partition {
    flash: FlashStorage<'static>,
    /// Where in the flash it begins, and how many bytes it has.
    start: u32,
    bytes: u32,
}

impl core::fmt::Debug for Partition {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Partition").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Partition {
    /// Where in the flash so many bytes are.
    fn place(&self, at: u32, bytes: usize) -> Result<u32, StorageError> {
        let end = u32::try_from(bytes).ok().and_then(|bytes| at.checked_add(bytes));
        let is_inside = end.is_some_and(|end| end <= self.bytes);
        // It lies within the flash, whose addresses have 32 bits.
        is_inside.then_some(self.start.wrapping_add(at)).ok_or_else(|| failed(at))
    }
}

/// What lies here in the partition cannot be reached.
fn failed(at: u32) -> StorageError {
    StorageError { sector: at / SECTOR_BYTES as u32 }
}

/// Where in the partition a sector is.
fn start_of(sector: u32) -> Result<u32, StorageError> {
    sector.checked_mul(SECTOR_BYTES as u32).ok_or(StorageError { sector })
}

impl BlockDevice for Partition {
    type Error = StorageError;

    fn sectors(&mut self) -> Result<u32, StorageError> {
        Ok(self.bytes / SECTOR_BYTES as u32)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), StorageError> {
        let bytes = into.as_flattened_mut();
        let place = self.place(start_of(first)?, bytes.len())?;
        self.flash.read(place, bytes).map_err(|_| StorageError { sector: first })
    }

    /// Flash is erased in blocks of 4096 bytes: those around are read, erased and written. So
    /// spill stores are not kept on sectors here.
    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), StorageError> {
        let bytes = from.as_flattened();
        let place = self.place(start_of(first)?, bytes.len())?;
        self.flash.write(place, bytes).map_err(|_| StorageError { sector: first })
    }

    /// What is written is in the flash at once.
    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

impl Storage for Partition {
    type Spill<'a> = FlashSlots<Erasable<'a>>;

    fn spill(&mut self, first: u32) -> Self::Spill<'_> {
        // What is erased at once begins with nothing else.
        let first = u64::from(first) * SECTOR_BYTES as u64;
        let first = first.next_multiple_of(FlashStorage::SECTOR_SIZE.into());
        // There is nothing behind the end.
        let first = u32::try_from(first).unwrap_or(u32::MAX).min(self.bytes);
        FlashSlots::new(Erasable { partition: self, first })
    }
}

/// The partition from here on, as flash that is erased before it is written.
#[derive(Debug)]
pub struct Erasable<'a> {
    partition: &'a mut Partition,
    first: u32,
}

impl Erasable<'_> {
    fn place(&self, at: u32, bytes: usize) -> Result<u32, StorageError> {
        let at = self.first.checked_add(at).ok_or_else(|| failed(at))?;
        self.partition.place(at, bytes)
    }
}

impl NorFlash for Erasable<'_> {
    type Error = StorageError;
    const WRITE_BYTES: usize = FlashStorage::WRITE_SIZE;
    const ERASE_BYTES: usize = FlashStorage::ERASE_SIZE;

    fn bytes(&mut self) -> Result<u32, StorageError> {
        Ok(self.partition.bytes - self.first)
    }

    fn read(&mut self, at: u32, into: &mut [u8]) -> Result<(), StorageError> {
        let place = self.place(at, into.len())?;
        self.partition.flash.read_nor(place, into).map_err(|_| failed(at))
    }

    fn program(&mut self, at: u32, from: &[u8]) -> Result<(), StorageError> {
        let place = self.place(at, from.len())?;
        self.partition.flash.write_nor(place, from).map_err(|_| failed(at))
    }

    fn erase(&mut self, at: u32, bytes: u32) -> Result<(), StorageError> {
        // Addresses have 32 bits.
        let place = self.place(at, bytes as usize)?;
        // It lies within the flash.
        self.partition.flash.erase(place, place + bytes).map_err(|_| failed(at))
    }
}

impl Board for C3 {
    const COUNTS: &'static str = "µs";

    fn console(&mut self) -> &mut dyn Write {
        &mut self.console
    }

    fn counter(&self) -> u64 {
        Instant::now().duration_since_epoch().as_micros()
    }

    fn heap(&self) -> &'static CountingHeap {
        &HEAP
    }

    fn stack(&self) -> PaintedStack {
        machine::stack()
    }
}
