//! What only machine code and addresses can say: start-up, the devices, the counter, faults.
//!
//! Every block relies on the image being the only program on QEMU's `virt` board, in machine
//! mode, linked by `link/virt.ld`, whose symbols are the addresses used here.
#![allow(unsafe_code)]

use core::arch::{asm, global_asm};
use core::ffi::CStr;
use core::fmt::Write as _;

use super::Console;
use crate::heap::CountingHeap;
use crate::stack::PaintedStack;

/// The heap of the image.
#[global_allocator]
pub static HEAP: CountingHeap = CountingHeap::empty();

// The stack pointer, `.data` from flash, `.bss`; flash is made read-only, in machine mode as well
// (a locked region of physical memory protection: 4 MiB from 0x8000_0000, read and execute).
global_asm!(
    ".section .text.start, \"ax\"",
    ".globl _start",
    "_start:",
    "la sp, _stack_start",
    "la t0, _fault",
    "csrw mtvec, t0",
    "li t0, (0x80000000 >> 2) | ((0x400000 >> 3) - 1)",
    "csrw pmpaddr0, t0",
    "li t0, 0x9d",
    "csrw pmpcfg0, t0",
    "la t0, _data_load",
    "la t1, _data_start",
    "la t2, _data_end",
    "1: bgeu t1, t2, 2f",
    "lw t3, 0(t0)",
    "sw t3, 0(t1)",
    "addi t0, t0, 4",
    "addi t1, t1, 4",
    "j 1b",
    "2: la t1, _bss_start",
    "la t2, _bss_end",
    "3: bgeu t1, t2, 4f",
    "sw zero, 0(t1)",
    "addi t1, t1, 4",
    "j 3b",
    "4: call {begin}",
    ".align 2",
    "_fault:",
    "la sp, _fault_stack",
    "csrr a0, mcause",
    "csrr a1, mepc",
    "csrr a2, mtval",
    "call {fault}",
    begin = sym begin,
    fault = sym fault,
);

unsafe extern "C" {
    static _heap_start: u8;
    static _heap_size: u8;
    static _stack_start: u8;
    static _stack_end: u8;
}

unsafe extern "Rust" {
    /// What the image does; the exit code of QEMU says whether it went well.
    safe fn image_main() -> bool;
}

extern "C" fn begin() -> ! {
    // SAFETY: the linker script keeps this range for the heap, and this is called once. A
    // symbol's address is the value that the script gives it.
    unsafe { HEAP.init((&raw const _heap_start).cast_mut(), (&raw const _heap_size).addr()) };
    exit(image_main())
}

/// A fault of the processor: an overflow of the stack, or a bug.
extern "C" fn fault(cause: usize, at: usize, address: usize) -> ! {
    for (key, value) in [("fault ", cause), (" at 0x", at), (", address 0x", address)] {
        let _ = Console.write_str(key);
        // Without what Rust's formatting takes of flash.
        for place in (0..usize::BITS / 4).rev() {
            send(b"0123456789abcdef"[value >> (4 * place) & 15]);
        }
    }
    send(b'\n');
    exit(false)
}

/// Ends the emulation.
pub fn exit(went_well: bool) -> ! {
    let code: u32 = if went_well { 0x5555 } else { 0x1_3333 };
    // SAFETY: the register of the board's test device.
    unsafe { core::ptr::with_exposed_provenance_mut::<u32>(0x10_0000).write_volatile(code) };
    loop {
        core::hint::spin_loop();
    }
}

/// Sends a byte by the UART.
pub(super) fn send(byte: u8) {
    // SAFETY: the transmit register of the 16550, which QEMU empties at once.
    unsafe { core::ptr::with_exposed_provenance_mut::<u8>(0x1000_0000).write_volatile(byte) };
}

/// How many instructions were executed since the start.
pub(super) fn instructions() -> u64 {
    let (mut high, mut low, mut again): (u32, u32, u32);
    loop {
        // SAFETY: reading the counter changes nothing.
        unsafe {
            asm!("csrr {0}, minstreth", "csrr {1}, minstret", "csrr {2}, minstreth",
                out(reg) high, out(reg) low, out(reg) again, options(nomem, nostack));
        }
        if high == again {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// The stack of the image.
pub(super) fn stack() -> PaintedStack {
    // SAFETY: the linker script keeps this range for the stack.
    unsafe { PaintedStack::new((&raw const _stack_end).addr(), (&raw const _stack_start).addr()) }
}

/// A file of the host's, by semihosting.
#[derive(Debug)]
pub(super) struct File {
    handle: usize,
    size: usize,
}

/// What no call for a handle returns but to say that there is none.
const NONE: usize = usize::MAX;

/// Operations of semihosting, as the specification numbers them.
mod operation {
    pub(super) const OPEN: usize = 0x01;
    pub(super) const WRITE: usize = 0x05;
    pub(super) const READ: usize = 0x06;
    pub(super) const SEEK: usize = 0x0A;
    pub(super) const LENGTH: usize = 0x0C;
}

impl File {
    /// Opens a file to read and write; one without content if there is none.
    pub(super) fn open(name: &CStr) -> File {
        const READ_AND_WRITE_BINARY: usize = 3;
        let name = [name.as_ptr().addr(), READ_AND_WRITE_BINARY, name.count_bytes()];
        let handle = call(operation::OPEN, &name);
        let size = if handle == NONE { NONE } else { call(operation::LENGTH, &[handle, 0, 0]) };
        File { handle, size: if size == NONE { 0 } else { size } }
    }

    /// Its size in bytes, when it was opened.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Reads exactly so many bytes; says whether it has.
    pub(super) fn read(&mut self, at: usize, into: &mut [u8]) -> bool {
        let place = [self.handle, into.as_mut_ptr().expose_provenance(), into.len()];
        self.seek(at, into.len()) && call(operation::READ, &place) == 0
    }

    /// Writes all bytes; says whether it has.
    pub(super) fn write(&mut self, at: usize, from: &[u8]) -> bool {
        let place = [self.handle, from.as_ptr().expose_provenance(), from.len()];
        self.seek(at, from.len()) && call(operation::WRITE, &place) == 0
    }

    fn seek(&self, at: usize, bytes: usize) -> bool {
        at.checked_add(bytes).is_some_and(|end| end <= self.size)
            && call(operation::SEEK, &[self.handle, at, 0]) == 0
    }
}

/// Asks the host for something, by the sequence that the specification lays down.
fn call(operation: usize, arguments: &[usize; 3]) -> usize {
    let result;
    // SAFETY: QEMU reads the arguments, and reads or writes what they point to; each caller
    // has that range, borrowed as the operation needs it.
    unsafe {
        asm!(
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli zero, zero, 0x1f",
            "ebreak",
            "srai zero, zero, 7",
            ".option pop",
            inout("a0") operation => result,
            in("a1") arguments.as_ptr(),
        );
    }
    result
}
