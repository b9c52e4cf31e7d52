//! What differs from board to board.

use core::fmt::Write;

use crate::heap::CountingHeap;
use crate::stack::PaintedStack;

/// A board, as far as running modules needs to know it.
pub trait Board {
    /// What [`counter`](Board::counter) counts.
    const COUNTS: &'static str;

    /// Where it prints.
    fn console(&mut self) -> &mut dyn Write;

    /// What it took from switching on to here.
    fn counter(&self) -> u64;

    /// The heap.
    fn heap(&self) -> &'static CountingHeap;

    /// The stack of the processor.
    fn stack(&self) -> PaintedStack;
}
