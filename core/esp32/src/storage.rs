//! Storage, in sectors.

use core::fmt;

/// Bytes of a sector.
pub const SECTOR: usize = 512;

/// What keeps its content without power: flash, an SD card, a file.
pub trait Storage {
    /// Reads a sector.
    ///
    /// # Errors
    ///
    /// There is no such sector, or the device says that it cannot read it.
    fn read(&mut self, sector: u32, into: &mut [u8; SECTOR]) -> Result<(), StorageError>;

    /// Writes a sector. It lasts once [`flush`](Storage::flush) has returned.
    ///
    /// # Errors
    ///
    /// There is no such sector, or the device says that it cannot write it.
    fn write(&mut self, sector: u32, from: &[u8; SECTOR]) -> Result<(), StorageError>;

    /// Makes last what was written.
    ///
    /// # Errors
    ///
    /// The device says that it cannot.
    fn flush(&mut self) -> Result<(), StorageError>;

    /// How many sectors there are.
    fn sectors(&self) -> u32;
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
