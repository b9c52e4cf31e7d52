//! What only addresses can say: where heap and stack are.
//!
//! Every block relies on the linker scripts of `esp-hal`, whose symbols are the addresses used
//! here, and on the image being the only program on its one processor.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;

use crate::heap::CountingHeap;
use crate::stack::PaintedStack;

/// The heap of the image.
#[global_allocator]
pub static HEAP: CountingHeap = CountingHeap::empty();

/// Bytes of the heap beside the stack: what is left of RAM is the stack's.
const ROOM: usize = 288 << 10;

/// Bytes that the bootloader of the second stage has used, and leaves.
const MORE_ROOM: usize = 64 << 10;

static mut HEAP_ROOM: MaybeUninit<[u64; ROOM / 8]> = MaybeUninit::uninit();

#[unsafe(link_section = ".dram2_uninit")]
static mut MORE_HEAP_ROOM: MaybeUninit<[u64; MORE_ROOM / 8]> = MaybeUninit::uninit();

unsafe extern "C" {
    static _stack_start: u8;
    static _stack_end: u8;
}

/// Bytes at the end of the stack that `esp-hal` guards with a watchpoint.
const GUARD: usize = 64;

/// Gives the heap its room.
///
/// # Panics
///
/// If it is called twice.
pub(super) fn give_room() {
    assert!(HEAP.size() == 0, "the board was started before");
    // SAFETY: nobody else has these, and this is done once.
    unsafe {
        HEAP.init((&raw mut HEAP_ROOM).cast(), ROOM);
        HEAP.add((&raw mut MORE_HEAP_ROOM).cast(), MORE_ROOM);
    }
}

/// The stack of the image.
pub(super) fn stack() -> PaintedStack {
    // SAFETY: the linker script keeps this range for the stack.
    unsafe {
        PaintedStack::new((&raw const _stack_end).addr() + GUARD, (&raw const _stack_start).addr())
    }
}
