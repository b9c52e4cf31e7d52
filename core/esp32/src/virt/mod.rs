//! QEMU's `virt` board, without an operating system.
//!
//! It is started with `-bios none -icount shift=0`, so that the counter of instructions is exact;
//! `-semihosting-config enable=on,target=native` makes the file `storage.img` its storage.

mod machine;

use core::fmt::{self, Write};

pub use machine::{HEAP, exit};

use crate::board::Board;
use crate::heap::CountingHeap;
use crate::stack::PaintedStack;
use crate::storage::{SECTOR, Storage, StorageError};

/// The name of the file that is the storage.
const STORAGE: &core::ffi::CStr = c"storage.img";

/// The board.
#[derive(Debug)]
pub struct Virt {
    console: Console,
    file: machine::File,
}

/// What goes out by the UART.
#[derive(Debug)]
pub struct Console;

impl Virt {
    /// The board, which there is once. Without a file for its storage, that has no sectors.
    #[must_use]
    pub fn new() -> Self {
        Virt { console: Console, file: machine::File::open(STORAGE) }
    }

    /// The board without storage.
    #[must_use]
    pub fn without_storage() -> Self {
        Virt { console: Console, file: machine::File::NONE }
    }
}

impl Default for Virt {
    fn default() -> Self {
        Virt::new()
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(machine::send);
        Ok(())
    }
}

impl Storage for Virt {
    fn read(&mut self, sector: u32, into: &mut [u8; SECTOR]) -> Result<(), StorageError> {
        match self.file.read(sector as usize * SECTOR, into) {
            true => Ok(()),
            false => Err(StorageError { sector }),
        }
    }

    fn write(&mut self, sector: u32, from: &[u8; SECTOR]) -> Result<(), StorageError> {
        match self.file.write(sector as usize * SECTOR, from) {
            true => Ok(()),
            false => Err(StorageError { sector }),
        }
    }

    /// The file is the host's as soon as it is written.
    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }

    fn sectors(&self) -> u32 {
        // Addresses have 32 bits, and so have numbers of sectors.
        (self.file.size() / SECTOR) as u32
    }
}

impl Board for Virt {
    const COUNTS: &'static str = "instructions";

    fn console(&mut self) -> &mut dyn Write {
        &mut self.console
    }

    fn counter(&self) -> u64 {
        machine::instructions()
    }

    fn heap(&self) -> &'static CountingHeap {
        &HEAP
    }

    fn stack(&self) -> PaintedStack {
        machine::stack()
    }
}
