//! The ESP32-C3, with the hardware abstraction of its maker.
//!
//! It prints by USB or by the UART, whichever is connected; its storage is a file on an SD card, or
//! the data partition `fayasm` of its flash. There is no C3 where this is tested: that it builds is, and that the same
//! code runs on the emulated board.

mod machine;

use core::fmt::Write;

use embedded_hal_bus::spi::ExclusiveDevice;
use embedded_sdmmc::SdCard;
use esp_bootloader_esp_idf::partitions::{PARTITION_TABLE_MAX_LEN, read_partition_table};
use esp_hal::Blocking;
use esp_hal::clock::CpuClock;
use esp_hal::delay::Delay;
use esp_hal::gpio::{Input, InputConfig, Level, Output, OutputConfig, Pull};
use esp_hal::peripherals::{GPIO1, GPIO4, GPIO5, GPIO6, SPI2};
use esp_hal::spi::master::{Config, Spi};
use esp_hal::time::{Instant, Rate};
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
    /// Starts the board, at its full speed, and gives with it where there may be an SD card, and the
    /// partition of its flash. Without one, that has no sectors.
    ///
    /// # Panics
    ///
    /// If it is called twice.
    #[must_use]
    pub fn start() -> (Self, Socket, Partition) {
        machine::give_room();
        let peripherals = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
        let mut flash = FlashStorage::new(peripherals.FLASH);
        let mut table = [0; PARTITION_TABLE_MAX_LEN];
        let found = read_partition_table(&mut flash, &mut table).ok().and_then(|table| {
            let mut entries = table.iter();
            entries.find(|entry| entry.label_as_str() == PARTITION)
        });
        let (start, bytes) = found.map_or((0, 0), |entry| (entry.offset(), entry.len()));
        let socket = Socket {
            spi: peripherals.SPI2,
            clock: peripherals.GPIO5,
            to_card: peripherals.GPIO4,
            from_card: peripherals.GPIO6,
            select: peripherals.GPIO1,
        };
        (C3 { console: Printer }, socket, Partition { flash, start, bytes })
    }
}

/// Where an SD card is connected, by the pins that ESP-IDF's example for this board has: CLK 5,
/// MOSI 4, MISO 6, CS 1.
#[derive(Debug)]
pub struct Socket {
    spi: SPI2<'static>,
    clock: GPIO5<'static>,
    to_card: GPIO4<'static>,
    from_card: GPIO6<'static>,
    select: GPIO1<'static>,
}

/// An SD card.
pub type Connected = SdCard<ExclusiveDevice<Spi<'static, Blocking>, Output<'static>, Delay>, Delay>;

impl Socket {
    /// The speed at which cards are asked what they are, and that of all cards after that.
    const SPEEDS: [Rate; 2] = [Rate::from_khz(400), Rate::from_mhz(20)];

    /// The card, if one answers.
    #[must_use]
    pub fn card(self) -> Option<Connected> {
        let [slow, fast] = Self::SPEEDS.map(|speed| Config::default().with_frequency(speed));
        let select = Output::new(self.select, Level::High, OutputConfig::default());
        // Nothing holds it where there is no card.
        let pulled = InputConfig::default().with_pull(Pull::Up);
        let mut spi = Spi::new(self.spi, slow).ok()?;
        spi = spi.with_sck(self.clock).with_mosi(self.to_card);
        spi = spi.with_miso(Input::new(self.from_card, pulled));
        // A card wants 74 clocks before it is selected.
        spi.write(&[0xFF; 10]).ok()?;
        let card = SdCard::new(ExclusiveDevice::new(spi, select, Delay::new()).ok()?, Delay::new());
        card.num_bytes().ok()?;
        card.spi(|device| device.bus_mut().apply_config(&fast)).ok()?;
        Some(card)
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
