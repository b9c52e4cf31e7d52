//! QEMU's `virt` board, without an operating system.
//!
//! It is started with `-bios none -icount shift=0`, so that the counter of instructions is exact;
//! `-semihosting-config enable=on,target=native` makes the file `storage.img` its storage.

mod machine;

use core::fmt::{self, Write};

use fayasm_core::spill::{BlockDevice, BlockSlots, SECTOR_BYTES, Sector};

pub use machine::{HEAP, exit};

use crate::board::Board;
use crate::heap::CountingHeap;
use crate::stack::PaintedStack;
use crate::storage::{Rest, Storage, StorageError};

/// The name of the file that is the storage.
const STORAGE: &core::ffi::CStr = c"storage.img";

/// The board.
#[derive(Debug)]
pub struct Virt {
    console: Console,
}

/// What goes out by the UART.
#[derive(Debug)]
pub struct Console;

/// The file that is the storage.
#[derive(Debug)]
pub struct Disk(machine::File);

impl Virt {
    /// The board, which there is once.
    #[must_use]
    pub fn new() -> Self {
        Virt { console: Console }
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

impl Disk {
    /// Opens the file. Without one, there are no sectors.
    #[must_use]
    pub fn open() -> Self {
        Disk(machine::File::open(STORAGE))
    }
}

impl BlockDevice for Disk {
    type Error = StorageError;

    fn sectors(&mut self) -> Result<u32, StorageError> {
        // Addresses have 32 bits, and so have numbers of sectors.
        Ok((self.0.size() / SECTOR_BYTES) as u32)
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), StorageError> {
        match self.0.read(first as usize * SECTOR_BYTES, into.as_flattened_mut()) {
            true => Ok(()),
            false => Err(StorageError { sector: first }),
        }
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), StorageError> {
        match self.0.write(first as usize * SECTOR_BYTES, from.as_flattened()) {
            true => Ok(()),
            false => Err(StorageError { sector: first }),
        }
    }

    /// The file is the host's as soon as it is written.
    fn flush(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

impl Storage for Disk {
    type Spill<'a> = BlockSlots<Rest<&'a mut Disk>>;

    fn spill(&mut self, first: u32) -> Self::Spill<'_> {
        BlockSlots::new(Rest::new(self, first))
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
