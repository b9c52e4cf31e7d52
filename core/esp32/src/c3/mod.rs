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

pub use machine::HEAP;

use crate::board::Board;
use crate::heap::CountingHeap;
use crate::stack::PaintedStack;
use crate::storage::{SECTOR, Storage, StorageError};

/// The name of the partition.
const PARTITION: &str = "fayasm";

/// The board.
pub struct C3 {
    console: Printer,
    flash: FlashStorage<'static>,
    /// Where in the flash the partition begins, and how many sectors it has.
    start: u32,
    sectors: u32,
}

impl core::fmt::Debug for C3 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("C3").field("sectors", &self.sectors).finish_non_exhaustive()
    }
}

impl C3 {
    /// Starts the board, at its full speed. Without a partition, its storage has no sectors.
    ///
    /// # Panics
    ///
    /// If it is called twice.
    #[must_use]
    pub fn start() -> Self {
        machine::give_room();
        let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
        let mut flash = FlashStorage::new(peripherals.FLASH);
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let found = read_partition_table(&mut flash, &mut table).ok().and_then(|table| {
            let mut entries = table.iter();
            entries.find(|entry| entry.label_as_str() == PARTITION)
        });
        let (start, bytes) = found.map_or((0, 0), |entry| (entry.offset(), entry.len()));
        C3 { console: Printer, flash, start, sectors: bytes / SECTOR as u32 }
    }

    /// Where in the flash a sector is.
    fn place(&self, sector: u32) -> Result<u32, StorageError> {
        // It lies within the flash, whose addresses have 32 bits.
        let place = || self.start + sector * SECTOR as u32;
        (sector < self.sectors).then(place).ok_or(StorageError { sector })
    }
}

impl Storage for C3 {
    fn read(&mut self, sector: u32, into: &mut [u8; SECTOR]) -> Result<(), StorageError> {
        let place = self.place(sector)?;
        self.flash.read(place, into).map_err(|_| StorageError { sector })
    }

    /// Flash is erased in blocks of 4096 bytes: the block around the sector is read, erased and
    /// written.
    fn write(&mut self, sector: u32, from: &[u8; SECTOR]) -> Result<(), StorageError> {
        let place = self.place(sector)?;
        self.flash.write(place, from).map_err(|_| StorageError { sector })
    }

    /// What is written is in the flash at once.
    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }

    fn sectors(&self) -> u32 {
        self.sectors
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
