//! The top of the value stack, as operators see it.

use crate::runtime::{Halt, Memories, TrapKind, low};

/// A value that takes one slot.
pub(super) trait Slot {
    /// The value that a slot holds.
    fn from_slot(slot: u64) -> Self;

    /// The slot that holds the value.
    fn into_slot(self) -> u64;
}

impl Slot for u32 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        low(slot)
    }

    #[inline(always)]
    fn into_slot(self) -> u64 {
        self.into()
    }
}

impl Slot for u64 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        slot
    }

    #[inline(always)]
    fn into_slot(self) -> u64 {
        self
    }
}

/// The result of a comparison: an `i32`.
impl Slot for bool {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        low(slot) != 0
    }

    #[inline(always)]
    fn into_slot(self) -> u64 {
        self.into()
    }
}

/// What an operator does with its operands. Where code is to be small, it is a pointer to a function,
/// so that what is around it is compiled once for all operators of the same types.
#[cfg(not(small))]
macro_rules! operator {
    (($($operands:ty),*) -> $result:ty) => { impl FnOnce($($operands),*) -> $result };
}
#[cfg(small)]
macro_rules! operator {
    (($($operands:ty),*) -> $result:ty) => { fn($($operands),*) -> $result };
}

/// Slots of the value stack, and how many are in use. An operator changes
/// nothing before it can no longer trap, so that operands stay in place.
///
/// Indexing cannot fail: a function is entered only after room was made for
/// the most operands that validation saw, and it pops no more than it pushed.
pub(super) struct Operands<'a> {
    pub(super) slots: &'a mut [u64],
    pub(super) height: usize,
}

impl Operands<'_> {
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn push(&mut self, value: impl Slot) {
        self.slots[self.height] = value.into_slot();
        self.height += 1;
    }

    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn pop<V: Slot>(&mut self) -> V {
        self.height -= 1;
        V::from_slot(self.slots[self.height])
    }

    /// The operand this many slots below the top.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn peek<V: Slot>(&self, below: usize) -> V {
        V::from_slot(self.slots[self.height - 1 - below])
    }

    /// The top three operands, the top of the stack last.
    #[cfg_attr(not(small), inline(always))]
    pub(super) fn three(&self) -> [u64; 3] {
        [self.peek(2), self.peek(1), self.peek(0)]
    }

    /// Puts others in their place.
    #[cfg_attr(not(small), inline(always))]
    pub(super) fn set_three(&mut self, operands: [u64; 3]) {
        self.slots[self.height - 3..self.height].copy_from_slice(&operands);
    }

    /// Replaces the top `pops` slots by one.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn replace(&mut self, pops: usize, value: impl Slot) {
        self.height -= pops;
        self.push(value);
    }

    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn unary<A: Slot, R: Slot>(&mut self, operator: operator!((A) -> R)) {
        let a = self.peek(0);
        self.slots[self.height - 1] = operator(a).into_slot();
    }

    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn binary<A: Slot, R: Slot>(&mut self, operator: operator!((A, A) -> R)) {
        let (a, b) = (self.peek(1), self.peek(0));
        self.height -= 1;
        self.slots[self.height - 1] = operator(a, b).into_slot();
    }

    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn try_unary<A: Slot, R: Slot>(
        &mut self,
        operator: operator!((A) -> Result<R, TrapKind>),
    ) -> Result<(), TrapKind> {
        let result = operator(self.peek(0))?;
        self.slots[self.height - 1] = result.into_slot();
        Ok(())
    }

    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn try_binary<A: Slot, R: Slot>(
        &mut self,
        operator: operator!((A, A) -> Result<R, TrapKind>),
    ) -> Result<(), TrapKind> {
        let result = operator(self.peek(1), self.peek(0))?;
        self.height -= 1;
        self.slots[self.height - 1] = result.into_slot();
        Ok(())
    }

    /// Replaces the top `pops` slots by a number of two slots, the low half first.
    #[cfg_attr(not(small), inline(always))]
    pub(super) fn replace_wide(&mut self, pops: usize, value: u128) {
        self.replace(pops, value as u64);
        self.push((value >> 64) as u64);
    }

    /// The number in two slots, the upper of which lies so far below the top.
    #[cfg_attr(not(small), inline(always))]
    pub(super) fn peek_wide(&self, below: usize) -> u128 {
        u128::from(self.peek::<u64>(below)) << 64 | u128::from(self.peek::<u64>(below + 1))
    }

    /// Keeps the first of two operands if a condition on top of them holds,
    /// else the second.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn select(&mut self) {
        let condition: bool = self.peek(0);
        let second: u64 = self.peek(1);
        self.height -= 2;
        if !condition {
            self.slots[self.height - 1] = second;
        }
    }

    /// Keeps the top `keep` slots and drops `drop` below them.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn shift(&mut self, keep: usize, drop: usize) {
        if drop > 0 && keep > 0 {
            let top = self.height - keep;
            if keep == 1 {
                self.slots[top - drop] = self.slots[top];
            } else {
                self.slots.copy_within(top..self.height, top - drop);
            }
        }
        self.height -= drop;
    }

    /// Replaces an address by what is read there.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn load<const N: usize, R: Slot>(
        &mut self,
        memories: &mut Memories<'_>,
        memory: usize,
        offset: u64,
        read: operator!(([u8; N]) -> R),
    ) -> Result<(), Halt> {
        // No memory reaches as far as the greatest address, which stands for all beyond.
        let address = self.peek::<u64>(0).saturating_add(offset);
        let value = read(memories.load(memory, address)?);
        self.slots[self.height - 1] = value.into_slot();
        Ok(())
    }

    /// Takes a value and an address below it, and writes the one to the other.
    #[cfg_attr(not(small), inline(always))]
    #[cfg_attr(small, inline(never))]
    pub(super) fn store<const N: usize, A: Slot>(
        &mut self,
        memories: &mut Memories<'_>,
        memory: usize,
        offset: u64,
        bytes: operator!((A) -> [u8; N]),
    ) -> Result<(), Halt> {
        let address = self.peek::<u64>(1).saturating_add(offset);
        memories.store(memory, address, bytes(self.peek(0)))?;
        self.height -= 2;
        Ok(())
    }
}
