//! Storage: the task, the module, and what modules do not have in RAM.

use core::fmt;

use fayasm_core::spill::{BlockDevice, Sector, Slots};

/// What keeps its content without power: flash, an SD card, a file.
pub trait Storage: BlockDevice<Error = StorageError> {
    /// The slots of a spill store.
    type Spill<'a>: Slots<Error = StorageError>
    where
        Self: 'a;

    /// What lies behind the first so many sectors, as slots of a spill store. There are none where
    /// nothing does.
    fn spill(&mut self, first: u32) -> Self::Spill<'_>;
}

/// A sector that cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageError {
    /// Its number.
    pub sector: u32,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sector {} of the storage cannot be reached", self.sector)
    }
}

impl core::error::Error for StorageError {}

/// The sectors of a device from one on.
#[derive(Debug)]
pub struct Rest<D> {
    device: D,
    first: u32,
}

impl<D> Rest<D> {
    /// The sectors from this one on.
    pub fn new(device: D, first: u32) -> Self {
        Rest { device, first }
    }
}

impl<D: BlockDevice<Error = StorageError>> Rest<D> {
    /// Where one of them is on the device.
    fn place(&self, sector: u32) -> Result<u32, StorageError> {
        self.first.checked_add(sector).ok_or(StorageError { sector })
    }
}

impl<D: BlockDevice<Error = StorageError>> BlockDevice for Rest<D> {
    type Error = StorageError;

    fn sectors(&mut self) -> Result<u32, StorageError> {
        Ok(self.device.sectors()?.saturating_sub(self.first))
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), StorageError> {
        self.device.read(self.place(first)?, into)
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), StorageError> {
        self.device.write(self.place(first)?, from)
    }

    fn flush(&mut self) -> Result<(), StorageError> {
        self.device.flush()
    }
}
