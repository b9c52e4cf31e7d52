//! The stack of the processor, painted, so that it shows how far it was used.
#![allow(unsafe_code)]

use core::ptr::{read_volatile, write_volatile};

/// What unused words of the stack hold.
const PAINT: usize = 0x5AFE_57AC;

/// Bytes next to the stack pointer that are not painted: those who paint use them.
const MARGIN: usize = 256;

/// The range of a stack that grows downwards.
#[derive(Debug, Clone, Copy)]
pub struct PaintedStack {
    end: usize,
    start: usize,
}

impl PaintedStack {
    /// The stack from `start` down to `end`, addresses of words.
    ///
    /// # Safety
    ///
    /// It is the stack of the processor, and nothing else lies there.
    #[must_use]
    pub unsafe fn new(end: usize, start: usize) -> Self {
        PaintedStack { end, start }
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(self) -> usize {
        self.start - self.end
    }

    /// Paints what is not in use now.
    #[inline(never)]
    pub fn paint(self) {
        let here = 0_usize;
        let stop = (&raw const here).addr().saturating_sub(MARGIN);
        for address in (self.end..stop).step_by(size_of::<usize>()) {
            // SAFETY: it is a word of the stack below what is in use.
            unsafe { write_volatile(core::ptr::with_exposed_provenance_mut(address), PAINT) };
        }
    }

    /// Bytes that were used at most since it was painted, or more.
    #[must_use]
    pub fn peak(self) -> usize {
        let words = (self.end..self.start).step_by(size_of::<usize>());
        let mut unused = words.take_while(|address| {
            // SAFETY: it is a word of the stack.
            let word: usize =
                unsafe { read_volatile(core::ptr::with_exposed_provenance(*address)) };
            word == PAINT
        });
        let deepest = unused.by_ref().last().map_or(self.end, |last| last + size_of::<usize>());
        self.start - deepest
    }
}
