//! Operands, and operators that take some and give some.

use super::super::Refused;
use super::super::op::{Format, Op, Word};
use super::{Held, Translator, push};
use crate::operators::Operator;

/// Where an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Operand {
    /// In its own slot.
    Slot,
    /// Still in the local with this slot.
    Local(u16),
    /// Nowhere: it is this.
    Const(u64),
}

/// So many operands may be outside of their slots. The work for each instruction grows with it.
const MOST_LAZY: usize = 64;

/// What becomes of an operator that has no control flow in it.
pub(super) enum Simple {
    Unary(Op),
    Binary(Op),
    /// With another operator for a constant on the right.
    Integer(Op, Op),
    /// With its operands exchanged.
    Swapped(Op),
    Compare(Compare),
    /// Subtraction; with the addition of a constant.
    Subtract(Op, Op),
    /// With offsets of 16 bits, and greater ones.
    Load(Op, Op),
    Store(Op, Op),
}

/// A comparison of integers.
#[derive(Clone, Copy)]
pub(super) struct Compare {
    op: Op,
    /// The operands are to be exchanged.
    swap: bool,
    /// With a constant on the right, to which so much is added.
    immediate: Op,
    add: i16,
    /// With a constant on the left.
    mirrored: Op,
    mirrored_add: i16,
    signed: bool,
    is_64: bool,
}

/// Makes the [`Compare`]s of one type of integers.
macro_rules! comparisons {
    ($bits:literal, $operator:expr, $eq:ident $ne:ident $lt_s:ident $lt_u:ident $le_s:ident $le_u:ident
     $gt_s:ident $gt_u:ident $ge_s:ident $ge_u:ident
     $eq_i:ident $ne_i:ident $lt_s_i:ident $lt_u_i:ident $gt_s_i:ident $gt_u_i:ident) => {{
        use Operator as O;
        let (op, swap, (immediate, add), (mirrored, mirrored_add), signed) = match $operator {
            O::$eq => (Op::$eq, false, (Op::$eq_i, 0), (Op::$eq_i, 0), true),
            O::$ne => (Op::$ne, false, (Op::$ne_i, 0), (Op::$ne_i, 0), true),
            O::$lt_s => (Op::$lt_s, false, (Op::$lt_s_i, 0), (Op::$gt_s_i, 0), true),
            O::$lt_u => (Op::$lt_u, false, (Op::$lt_u_i, 0), (Op::$gt_u_i, 0), false),
            O::$le_s => (Op::$le_s, false, (Op::$lt_s_i, 1), (Op::$gt_s_i, -1), true),
            O::$le_u => (Op::$le_u, false, (Op::$lt_u_i, 1), (Op::$gt_u_i, -1), false),
            O::$gt_s => (Op::$lt_s, true, (Op::$gt_s_i, 0), (Op::$lt_s_i, 0), true),
            O::$gt_u => (Op::$lt_u, true, (Op::$gt_u_i, 0), (Op::$lt_u_i, 0), false),
            O::$ge_s => (Op::$le_s, true, (Op::$gt_s_i, -1), (Op::$lt_s_i, 1), true),
            _ => (Op::$le_u, true, (Op::$gt_u_i, -1), (Op::$lt_u_i, 1), false),
        };
        Simple::Compare(Compare {
            op,
            swap,
            immediate,
            add,
            mirrored,
            mirrored_add,
            signed,
            is_64: $bits == 64,
        })
    }};
}

/// What becomes of an operator, if it is a simple one.
pub(super) fn simple(operator: Operator) -> Option<Simple> {
    use Operator as O;
    use Simple::{Binary, Integer, Load, Store, Subtract, Swapped, Unary};
    macro_rules! same {
        ($kind:ident: $($name:ident)*) => {
            match operator { $(O::$name => return Some($kind(Op::$name)),)* _ => {} }
        };
    }
    same!(Unary: I32Eqz I32Clz I32Ctz I32Popcnt I32Extend8S I32Extend16S
        I64Eqz I64Clz I64Ctz I64Popcnt I64Extend8S I64Extend16S I64Extend32S
        F32Abs F32Neg F32Sqrt F32Ceil F32Floor F32Trunc F32Nearest
        F64Abs F64Neg F64Sqrt F64Ceil F64Floor F64Trunc F64Nearest
        I32WrapI64 I64ExtendI32S
        I32TruncF32S I32TruncF32U I32TruncF64S I32TruncF64U
        I64TruncF32S I64TruncF32U I64TruncF64S I64TruncF64U
        I32TruncSatF32S I32TruncSatF32U I32TruncSatF64S I32TruncSatF64U
        I64TruncSatF32S I64TruncSatF32U I64TruncSatF64S I64TruncSatF64U
        F32ConvertI32S F32ConvertI32U F32ConvertI64S F32ConvertI64U
        F64ConvertI32S F64ConvertI32U F64ConvertI64S F64ConvertI64U
        F32DemoteF64 F64PromoteF32);
    same!(Binary: I32DivS I32DivU I32RemS I32RemU I32Rotr I64DivS I64DivU I64RemS I64RemU I64Rotr
        F32Add F32Sub F32Mul F32Div F32Min F32Max F32Copysign F32Eq F32Ne F32Lt F32Le
        F64Add F64Sub F64Mul F64Div F64Min F64Max F64Copysign F64Eq F64Ne F64Lt F64Le);
    Some(match operator {
        O::F32Gt => Swapped(Op::F32Lt),
        O::F32Ge => Swapped(Op::F32Le),
        O::F64Gt => Swapped(Op::F64Lt),
        O::F64Ge => Swapped(Op::F64Le),
        O::I32Add => Integer(Op::I32Add, Op::I32AddI),
        O::I32Mul => Integer(Op::I32Mul, Op::I32MulI),
        O::I32And => Integer(Op::I32And, Op::I32AndI),
        O::I32Or => Integer(Op::I32Or, Op::I32OrI),
        O::I32Xor => Integer(Op::I32Xor, Op::I32XorI),
        O::I32Shl => Integer(Op::I32Shl, Op::I32ShlI),
        O::I32ShrS => Integer(Op::I32ShrS, Op::I32ShrSI),
        O::I32ShrU => Integer(Op::I32ShrU, Op::I32ShrUI),
        O::I32Rotl => Integer(Op::I32Rotl, Op::I32RotlI),
        O::I64Add => Integer(Op::I64Add, Op::I64AddI),
        O::I64Mul => Integer(Op::I64Mul, Op::I64MulI),
        O::I64And => Integer(Op::I64And, Op::I64AndI),
        O::I64Or => Integer(Op::I64Or, Op::I64OrI),
        O::I64Xor => Integer(Op::I64Xor, Op::I64XorI),
        O::I64Shl => Integer(Op::I64Shl, Op::I64ShlI),
        O::I64ShrS => Integer(Op::I64ShrS, Op::I64ShrSI),
        O::I64ShrU => Integer(Op::I64ShrU, Op::I64ShrUI),
        O::I64Rotl => Integer(Op::I64Rotl, Op::I64RotlI),
        O::I32Sub => Subtract(Op::I32Sub, Op::I32AddI),
        O::I64Sub => Subtract(Op::I64Sub, Op::I64AddI),
        O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GtS
        | O::I32GtU
        | O::I32GeS
        | O::I32GeU => comparisons!(32, operator,
            I32Eq I32Ne I32LtS I32LtU I32LeS I32LeU I32GtS I32GtU I32GeS I32GeU
            I32EqI I32NeI I32LtSI I32LtUI I32GtSI I32GtUI),
        O::I64Eq
        | O::I64Ne
        | O::I64LtS
        | O::I64LtU
        | O::I64LeS
        | O::I64LeU
        | O::I64GtS
        | O::I64GtU
        | O::I64GeS
        | O::I64GeU => comparisons!(64, operator,
            I64Eq I64Ne I64LtS I64LtU I64LeS I64LeU I64GtS I64GtU I64GeS I64GeU
            I64EqI I64NeI I64LtSI I64LtUI I64GtSI I64GtUI),
        O::I32Load | O::F32Load | O::I64Load32U => Load(Op::Load32U, Op::Load32UFar),
        O::I64Load | O::F64Load => Load(Op::Load64, Op::Load64Far),
        O::I32Load8U | O::I64Load8U => Load(Op::Load8U, Op::Load8UFar),
        O::I32Load16U | O::I64Load16U => Load(Op::Load16U, Op::Load16UFar),
        O::I32Load8S => Load(Op::Load8S32, Op::Load8S32Far),
        O::I32Load16S => Load(Op::Load16S32, Op::Load16S32Far),
        O::I64Load8S => Load(Op::Load8S64, Op::Load8S64Far),
        O::I64Load16S => Load(Op::Load16S64, Op::Load16S64Far),
        O::I64Load32S => Load(Op::Load32S64, Op::Load32S64Far),
        O::I32Store | O::F32Store | O::I64Store32 => Store(Op::Store32, Op::Store32Far),
        O::I64Store | O::F64Store => Store(Op::Store64, Op::Store64Far),
        O::I32Store8 | O::I64Store8 => Store(Op::Store8, Op::Store8Far),
        O::I32Store16 | O::I64Store16 => Store(Op::Store16, Op::Store16Far),
        // The slot of no reference is zero but that of null.
        O::RefIsNull => Unary(Op::I64Eqz),
        O::RefEq => Binary(Op::I64Eq),
        _ => return None,
    })
}

/// Whether the first operator can take its operands in the other order.
fn is_commutative(op: Op) -> bool {
    use Op as O;
    matches!(
        op,
        O::I32Add
            | O::I32Mul
            | O::I32And
            | O::I32Or
            | O::I32Xor
            | O::I64Add
            | O::I64Mul
            | O::I64And
            | O::I64Or
            | O::I64Xor
    )
}

impl Translator<'_> {
    /// The slot of the operand at this place of the stack.
    pub(super) fn slot(&self, place: usize) -> u16 {
        // Validation has seen the most operands, and it was checked that they fit.
        self.locals.wrapping_add(place as u16)
    }

    /// The slot that the next operand has.
    pub(super) fn top(&self) -> u16 {
        self.slot(self.stack.len())
    }

    pub(super) fn push_operand(&mut self, operand: Operand) -> Result<(), Refused> {
        push(&mut self.stack, operand)?;
        if operand == Operand::Slot {
            return Ok(());
        }
        let place = self.stack.len() - 1;
        if self.lazy.len() < MOST_LAZY {
            return push(&mut self.lazy, place as u32);
        }
        self.put_in_slot(place)
    }

    /// Emits what puts an operand into its slot.
    fn put_in_slot(&mut self, place: usize) -> Result<(), Refused> {
        let slot = self.slot(place);
        match self.stack.get(place) {
            Some(Operand::Local(local)) => self.emit_copy(slot, *local)?,
            Some(Operand::Const(value)) => self.put_const(slot, *value)?,
            _ => return Ok(()),
        }
        if let Some(operand) = self.stack.get_mut(place) {
            *operand = Operand::Slot;
        }
        Ok(())
    }

    /// Emits what sets a slot to a constant.
    pub(super) fn put_const(&mut self, slot: u16, value: u64) -> Result<(), Refused> {
        // What a number of 32 bits with a sign, extended, is.
        let extended = value as i32;
        if let Ok(value) = u32::try_from(value) {
            self.emit(Op::Const32.word_with(slot, value))
        } else if i64::from(extended).cast_unsigned() == value {
            self.emit(Op::ConstS32.word_with(slot, extended.cast_unsigned()))
        } else {
            self.emit(Op::Const64.word(slot, 0, 0))?;
            self.emit_more(value)
        }
    }

    /// Puts all operands into their slots.
    pub(super) fn settle(&mut self) -> Result<(), Refused> {
        for index in 0..self.lazy.len() {
            let place = self.lazy.get(index).map_or(0, |place| *place as usize);
            self.put_in_slot(place)?;
        }
        self.lazy.clear();
        Ok(())
    }

    /// Puts those operands into their slots that still are in this local, which is about to
    /// change. Says whether there were any.
    fn save_local(&mut self, local: u16) -> Result<bool, Refused> {
        let mut any = false;
        for index in (0..self.lazy.len()).rev() {
            let place = self.lazy.get(index).map_or(0, |place| *place as usize);
            if self.stack.get(place) == Some(&Operand::Local(local)) {
                any = true;
                self.put_in_slot(place)?;
                self.lazy.remove(index);
            }
        }
        Ok(any)
    }

    fn takes_from_local(&self, local: u16) -> bool {
        let operand = |place: &u32| self.stack.get(*place as usize);
        self.lazy.iter().any(|place| operand(place) == Some(&Operand::Local(local)))
    }

    /// Takes the top operand off, wherever it is.
    pub(super) fn take(&mut self) -> Operand {
        let operand = self.stack.pop().unwrap_or(Operand::Slot);
        if self.lazy.last().is_some_and(|place| *place as usize == self.stack.len()) {
            self.lazy.pop();
        }
        operand
    }

    /// Takes so many slots off.
    pub(super) fn drop_operands(&mut self, slots: usize) {
        (0..slots).for_each(|_| _ = self.take());
    }

    /// Puts the two halves of a vector there.
    pub(super) fn push_two(&mut self, [low, high]: [Operand; 2]) -> Result<(), Refused> {
        self.push_operand(low)?;
        self.push_operand(high)
    }

    /// Takes the top operand off, and gives the slot where it is.
    pub(super) fn pop_slot(&mut self) -> Result<u16, Refused> {
        match self.take() {
            Operand::Slot => Ok(self.top()),
            Operand::Local(local) => Ok(local),
            Operand::Const(value) => {
                let slot = self.top();
                self.put_const(slot, value)?;
                Ok(slot)
            }
        }
    }

    /// Emits an operator of one word whose result is the next operand.
    pub(super) fn give(&mut self, word: Word) -> Result<(), Refused> {
        self.emit(word)?;
        self.push_operand(Operand::Slot)
    }

    /// The same with a word more, which names a third slot if the operator takes one.
    fn give_wide(&mut self, word: Word, more: u64) -> Result<(), Refused> {
        self.emit_with(word, Some(more as u16))?;
        self.emit_more(more)?;
        self.push_operand(Operand::Slot)
    }

    /// The operator that gave the operand at this place, if it was emitted last.
    fn giver(&self, place: usize) -> Option<Word> {
        let word = self.last_word()?;
        let gives = word.op().is_some_and(gives) && word.a() == self.slot(place);
        (gives && self.stack.get(place) == Some(&Operand::Slot)).then_some(word)
    }

    /// Sets a local to the top operand, which is taken off; gives where it is then.
    pub(super) fn set_local(&mut self, local: u16) -> Result<Operand, Refused> {
        let place = self.stack.len().saturating_sub(1);
        let giver = self.giver(place);
        match self.take() {
            Operand::Const(value) => {
                self.save_local(local)?;
                self.put_const(local, value)?;
                Ok(Operand::Const(value))
            }
            Operand::Local(from) => {
                if from != local {
                    self.save_local(local)?;
                    self.emit_copy(local, from)?;
                }
                Ok(Operand::Local(local))
            }
            Operand::Slot => {
                if let Some(word) = giver
                    && !self.takes_from_local(local)
                {
                    // All that give a result name its slot first.
                    self.replace(word.with_a(local));
                } else {
                    let from = self.top();
                    self.save_local(local)?;
                    self.emit_copy(local, from)?;
                }
                Ok(Operand::Local(local))
            }
        }
    }

    /// Sets a local that is a vector to the top operand, which is taken off; gives where its
    /// halves are then.
    pub(super) fn set_two(&mut self, local: u16) -> Result<[Operand; 2], Refused> {
        // The lower half is that of a vector, too, so it is not in the slot that changes first.
        let high = self.set_local(local + 1)?;
        Ok([self.set_local(local)?, high])
    }

    pub(super) fn unary(&mut self, op: Op) -> Result<(), Refused> {
        let place = self.stack.len().saturating_sub(1);
        if op == Op::I32Eqz
            && let Some(negated) = self.giver(place).and_then(negated_value)
        {
            self.replace(negated);
            return Ok(());
        }
        let from = self.pop_slot()?;
        let to = self.top();
        self.give(op.word(to, from, 0))
    }

    pub(super) fn binary(&mut self, op: Op, immediate: Option<Op>) -> Result<(), Refused> {
        let right = self.stack.last().copied();
        let left = self.stack.len().checked_sub(2).and_then(|place| self.stack.get(place)).copied();
        if let Some(immediate) = immediate {
            let is_64 = is_64(op);
            if let Some(Operand::Const(value)) = right
                && let Some(value) = small(value, is_64)
            {
                self.take();
                return self.with_immediate(immediate, value);
            }
            if let Some(Operand::Const(value)) = left
                && is_commutative(op)
                && let Some(value) = small(value, is_64)
            {
                let right = self.pop_slot()?;
                self.take();
                let to = self.top();
                return self.give(immediate.word(to, right, value.cast_unsigned()));
            }
        }
        if let (Some(Operand::Const(value)), Some((constant, _))) = (right, constant_form(op)) {
            self.take();
            let left = self.pop_slot()?;
            let to = self.top();
            return self.give_wide(constant.word(to, left, 0), value);
        }
        if let (Some(Operand::Const(value)), Some((_, constant))) = (left, constant_form(op)) {
            let right = self.pop_slot()?;
            self.take();
            let to = self.top();
            return self.give_wide(constant.word(to, right, 0), value);
        }
        if self.join(op)? {
            return Ok(());
        }
        let right = self.pop_slot()?;
        let left = self.pop_slot()?;
        let to = self.top();
        self.give(op.word(to, left, right))
    }

    /// Joins an operator to the one before it, which gave one of both operands. Says whether it
    /// does.
    fn join(&mut self, op: Op) -> Result<bool, Refused> {
        let Some(top) = self.stack.len().checked_sub(1) else { return Ok(false) };
        let form = |place: usize, is_right: bool| {
            let word = self.giver(place)?;
            Some((word, joined(word.op()?, op, is_right)?))
        };
        // What is on top of it is somewhere already.
        let is_local = matches!(self.stack.last(), Some(Operand::Local(_)));
        let left = || form(top.saturating_sub(1), false).filter(|_| is_local);
        let (found, is_right) = match form(top, true) {
            Some(found) => (Some(found), true),
            None => (left(), false),
        };
        let Some((word, joined)) = found else { return Ok(false) };
        self.take_back();
        let third = if is_right {
            self.take();
            self.pop_slot()?
        } else {
            let third = self.pop_slot()?;
            self.take();
            third
        };
        let to = self.top();
        self.give_wide(joined.word(to, word.b(), word.c()), third.into())?;
        Ok(true)
    }

    fn with_immediate(&mut self, op: Op, value: i16) -> Result<(), Refused> {
        let left = self.pop_slot()?;
        let to = self.top();
        self.give(op.word(to, left, value.cast_unsigned()))
    }

    pub(super) fn swapped(&mut self, op: Op) -> Result<(), Refused> {
        let right = self.pop_slot()?;
        let left = self.pop_slot()?;
        let to = self.top();
        self.give(op.word(to, right, left))
    }

    pub(super) fn subtract(&mut self, op: Op, add: Op) -> Result<(), Refused> {
        if let Some(Operand::Const(value)) = self.stack.last().copied()
            && let Some(value) = small(value, is_64(op)).and_then(i16::checked_neg)
        {
            self.take();
            return self.with_immediate(add, value);
        }
        if let Some(Operand::Const(value)) = self.stack.last().copied()
            && let Some((constant, _)) =
                constant_form(if is_64(op) { Op::I64Add } else { Op::I32Add })
        {
            let value = if is_64(op) {
                value.wrapping_neg()
            } else {
                u64::from((value as u32).wrapping_neg())
            };
            self.take();
            let left = self.pop_slot()?;
            let to = self.top();
            return self.give_wide(constant.word(to, left, 0), value);
        }
        let place = self.stack.len().checked_sub(2);
        if let Some(Operand::Const(value)) = place.and_then(|place| self.stack.get(place)).copied()
        {
            let right = self.pop_slot()?;
            self.take();
            let to = self.top();
            let from = if is_64(op) { Op::I64FromC } else { Op::I32FromC };
            return self.give_wide(from.word(to, right, 0), value);
        }
        self.binary(op, None)
    }

    pub(super) fn compare(&mut self, compare: Compare) -> Result<(), Refused> {
        let place = self.stack.len().checked_sub(2);
        let left = place.and_then(|place| self.stack.get(place)).copied();
        if let Some(Operand::Const(value)) = self.stack.last().copied()
            && let Some(value) = bound(value, compare.add, compare)
        {
            self.take();
            return self.with_immediate(compare.immediate, value);
        }
        if let Some(Operand::Const(value)) = left
            && let Some(value) = bound(value, compare.mirrored_add, compare)
        {
            let right = self.pop_slot()?;
            self.take();
            let to = self.top();
            return self.give(compare.mirrored.word(to, right, value.cast_unsigned()));
        }
        if compare.swap { self.swapped(compare.op) } else { self.binary(compare.op, None) }
    }

    pub(super) fn select(&mut self, is_vector: bool) -> Result<(), Refused> {
        let condition = self.pop_slot()?.into();
        let second = self.pop_slot()?;
        if !is_vector {
            let first = self.pop_slot()?;
            let to = self.top();
            return self.give_wide(Op::Select.word(to, first, second), condition);
        }
        let [second, second_high] = [self.pop_slot()?, second];
        let [first_high, first] = [self.pop_slot()?, self.pop_slot()?];
        let to = self.top();
        self.give_wide(Op::Select.word(to, first, second), condition)?;
        let to = self.top();
        self.give_wide(Op::Select.word(to, first_high, second_high), condition)
    }

    pub(super) fn load(
        &mut self,
        near: Op,
        far: Op,
        operator: Operator,
        at: usize,
    ) -> Result<(), Refused> {
        let from = self.pc;
        let (memory, offset) = self.mem_arg();
        if memory != 0 || !self.memory32 {
            self.pc = from;
            return self.step(operator, at);
        }
        let place = self.stack.len().saturating_sub(1);
        let sum = self.giver(place).filter(|word| word.op() == Some(Op::I32Add));
        if let (Some(sum), Some(indexed)) = (sum, indexed(near)) {
            self.take_back();
            self.take();
            let to = self.top();
            return self.give_wide(indexed.word(to, sum.b(), sum.c()), offset);
        }
        let address = self.pop_slot()?;
        let to = self.top();
        match u16::try_from(offset) {
            Ok(offset) => self.give(near.word(to, address, offset)),
            Err(_) => self.give_wide(far.word(to, address, 0), offset),
        }
    }

    /// `memory.fill` and `memory.copy`, which name so many memories.
    pub(super) fn bulk(
        &mut self,
        op: Op,
        memories: usize,
        operator: Operator,
        at: usize,
    ) -> Result<(), Refused> {
        let from = self.pc;
        let are_first = (0..memories).fold(true, |are, _| self.number() == 0 && are);
        if !are_first || !self.memory32 {
            self.pc = from;
            return self.step(operator, at);
        }
        let (width, second) = (self.pop_slot()?, self.pop_slot()?);
        let to = self.pop_slot()?;
        self.emit(op.word(to, second, width))
    }

    pub(super) fn store(
        &mut self,
        near: Op,
        far: Op,
        operator: Operator,
        at: usize,
    ) -> Result<(), Refused> {
        let from = self.pc;
        let (memory, offset) = self.mem_arg();
        if memory != 0 || !self.memory32 {
            self.pc = from;
            return self.step(operator, at);
        }
        if let Some(Operand::Const(value)) = self.stack.last().copied()
            && let (Some(op), Ok(offset)) = (immediate_store(near), u16::try_from(offset))
            && let Some(value) = small(value, near == Op::Store64)
        {
            self.take();
            let address = self.pop_slot()?;
            return self.emit(op.word(address, value.cast_unsigned(), offset));
        }
        let value = self.pop_slot()?;
        let address = self.pop_slot()?;
        match u16::try_from(offset) {
            Ok(offset) => self.emit(near.word(address, value, offset)),
            Err(_) => {
                self.emit(far.word(address, value, 0))?;
                self.emit_more(offset)
            }
        }
    }
}

/// Whether an operator on integers works on those of 64 bits.
fn is_64(op: Op) -> bool {
    op as u16 >= Op::I64Eqz as u16
}

/// Whether an operator puts its result into the slot that it names first.
pub(super) fn gives(op: Op) -> bool {
    use Format as F;
    match op.format() {
        F::Const
        | F::Wide
        | F::Unary
        | F::Binary
        | F::Immediate
        | F::Select
        | F::Load
        | F::LoadFar
        | F::Constant
        | F::LoadIndexed
        | F::TripleI
        | F::Triple => true,
        F::Global => op == Op::GlobalGet,
        _ => false,
    }
}

/// The operators that stand for one with a constant on the right, and on the left.
fn constant_form(op: Op) -> Option<(Op, Op)> {
    use Op as O;
    Some(match op {
        O::I32Add => (O::I32AddC, O::I32AddC),
        O::I32Mul => (O::I32MulC, O::I32MulC),
        O::I32And => (O::I32AndC, O::I32AndC),
        O::I32Or => (O::I32OrC, O::I32OrC),
        O::I32Xor => (O::I32XorC, O::I32XorC),
        O::I64Add => (O::I64AddC, O::I64AddC),
        O::I64Mul => (O::I64MulC, O::I64MulC),
        O::I64And => (O::I64AndC, O::I64AndC),
        O::I64Or => (O::I64OrC, O::I64OrC),
        O::I64Xor => (O::I64XorC, O::I64XorC),
        O::F32Add => (O::F32AddC, O::F32AddC),
        O::F32Sub => (O::F32SubC, O::F32FromC),
        O::F32Mul => (O::F32MulC, O::F32MulC),
        O::F64Add => (O::F64AddC, O::F64AddC),
        O::F64Sub => (O::F64SubC, O::F64FromC),
        O::F64Mul => (O::F64MulC, O::F64MulC),
        _ => return None,
    })
}

/// The store of a number that is part of its word.
fn immediate_store(store: Op) -> Option<Op> {
    Some(match store {
        Op::Store8 => Op::Store8I,
        Op::Store16 => Op::Store16I,
        Op::Store32 => Op::Store32I,
        Op::Store64 => Op::Store64I,
        _ => return None,
    })
}

/// The load whose address is a sum.
fn indexed(load: Op) -> Option<Op> {
    Some(match load {
        Op::Load8U => Op::Load8UIndexed,
        Op::Load32U => Op::Load32UIndexed,
        Op::Load64 => Op::Load64Indexed,
        _ => return None,
    })
}

/// A condition that compares with a constant. None if these two operators do not, or there is no
/// such jump.
fn jump_with_constant(constant: &[u64], compare: Word, holds: bool) -> Option<Condition> {
    use Op as O;
    let first = Word(*constant.first()?);
    let value = match (first.op()?, constant) {
        (O::Const32, [_]) => first.upper().into(),
        (O::Const64, [_, value]) => *value,
        _ => return None,
    };
    let (slot, b, c) = (first.a(), compare.b(), compare.c());
    // The constant is on the right, or on the left; and not both.
    let (other, is_right) = match (b == slot, c == slot) {
        (false, true) => (b, true),
        (true, false) => (c, false),
        _ => return None,
    };
    let jump = match (compare.op()?, is_right, holds) {
        (O::I32Eq, _, true) | (O::I32Ne, _, false) => O::JumpI32EqC,
        (O::I32Ne, _, true) | (O::I32Eq, _, false) => O::JumpI32NeC,
        (O::I32LtS, true, true) | (O::I32LeS, false, false) => O::JumpI32LtSC,
        (O::I32LtU, true, true) | (O::I32LeU, false, false) => O::JumpI32LtUC,
        (O::I32LeS, true, true) | (O::I32LtS, false, false) => O::JumpI32LeSC,
        (O::I32LeU, true, true) | (O::I32LtU, false, false) => O::JumpI32LeUC,
        (O::I32LtS, false, true) | (O::I32LeS, true, false) => O::JumpI32GtSC,
        (O::I32LtU, false, true) | (O::I32LeU, true, false) => O::JumpI32GtUC,
        (O::I32LeS, false, true) | (O::I32LtS, true, false) => O::JumpI32GeSC,
        (O::I32LeU, false, true) | (O::I32LtU, true, false) => O::JumpI32GeUC,
        (O::F64Lt, true, true) => O::JumpF64LtC,
        (O::F64Le, true, true) => O::JumpF64LeC,
        (O::F64Lt, false, true) => O::JumpF64GtC,
        (O::F64Le, false, true) => O::JumpF64GeC,
        (O::F64Lt, true, false) => O::JumpF64NotLtC,
        (O::F64Le, true, false) => O::JumpF64NotLeC,
        (O::F64Lt, false, false) => O::JumpF64NotGtC,
        (O::F64Le, false, false) => O::JumpF64NotGeC,
        _ => return None,
    };
    Some(Condition { jump: jump.word(other, 0, 0), constant: Some(value) })
}

/// What two operators become together, the first of which gives the second one's right operand,
/// or its left one.
fn joined(first: Op, second: Op, is_right: bool) -> Option<Op> {
    use Op as O;
    Some(match (first, second) {
        (O::I32Add, O::I32Add) => O::I32AddAdd,
        (O::I32Mul, O::I32Add) => O::I32MulAdd,
        (O::I64Mul, O::I64Add) => O::I64MulAdd,
        (O::I32ShlI, O::I32Add) => O::I32ShlAdd,
        (O::I32ShlI, O::I32Or) => O::I32ShlOr,
        (O::I32RotlI, O::I32Xor) => O::I32RotlXor,
        (O::I32ShrUI, O::I32Xor) => O::I32ShrUXor,
        (O::I32And, O::I32Xor) => O::I32AndXor,
        (O::I32Xor, O::I32And) => O::I32XorAnd,
        (O::I32Xor, O::I32Xor) => O::I32XorXor,
        (O::F32Mul, O::F32Add) => O::F32MulAdd,
        (O::F32Mul, O::F32Sub) if is_right => O::F32MulFrom,
        (O::F32Mul, O::F32Sub) => O::F32MulSub,
        (O::F64Mul, O::F64Add) => O::F64MulAdd,
        (O::F64Mul, O::F64Sub) if is_right => O::F64MulFrom,
        (O::F64Mul, O::F64Sub) => O::F64MulSub,
        _ => return None,
    })
}

/// A constant as an immediate, if it is small enough.
fn small(value: u64, is_64: bool) -> Option<i16> {
    // The lower half of the slot is an `i32`.
    let value = if is_64 { value.cast_signed() } else { i64::from(value as i32) };
    i16::try_from(value).ok()
}

/// A constant that is compared with, after this is added. Those are left out for which there is
/// no constant with which the opposite could be said.
fn bound(value: u64, add: i16, compare: Compare) -> Option<i16> {
    let sum = small(value, compare.is_64)?.checked_add(add)?;
    let crosses = |value: i16| !compare.signed && matches!(value, -1 | 0);
    let is_last = sum == i16::MIN || sum == i16::MAX;
    let before = add != 0 && crosses(sum.wrapping_sub(add));
    (!(is_last || crosses(sum) || before)).then_some(sum)
}

/// The same comparison of integers with the opposite result.
fn negated_value(word: Word) -> Option<Word> {
    let (to, b, c) = (word.a(), word.b(), word.c());
    let op = word.op()?;
    macro_rules! of_width {
        ($eqz:ident $eq:ident $ne:ident $lt_s:ident $lt_u:ident $le_s:ident $le_u:ident
         $eq_i:ident $ne_i:ident $lt_s_i:ident $lt_u_i:ident $gt_s_i:ident $gt_u_i:ident) => {
            match op {
                Op::$eqz => Some(Op::$ne_i.word(to, b, 0)),
                Op::$eq => Some(Op::$ne.word(to, b, c)),
                Op::$ne => Some(Op::$eq.word(to, b, c)),
                Op::$lt_s => Some(Op::$le_s.word(to, c, b)),
                Op::$lt_u => Some(Op::$le_u.word(to, c, b)),
                Op::$le_s => Some(Op::$lt_s.word(to, c, b)),
                Op::$le_u => Some(Op::$lt_u.word(to, c, b)),
                Op::$eq_i => Some(Op::$ne_i.word(to, b, c)),
                Op::$ne_i => Some(Op::$eq_i.word(to, b, c)),
                Op::$lt_s_i => Some(Op::$gt_s_i.word(to, b, c.wrapping_sub(1))),
                Op::$lt_u_i => Some(Op::$gt_u_i.word(to, b, c.wrapping_sub(1))),
                Op::$gt_s_i => Some(Op::$lt_s_i.word(to, b, c.wrapping_add(1))),
                Op::$gt_u_i => Some(Op::$lt_u_i.word(to, b, c.wrapping_add(1))),
                _ => None,
            }
        };
    }
    of_width!(I32Eqz I32Eq I32Ne I32LtS I32LtU I32LeS I32LeU
        I32EqI I32NeI I32LtSI I32LtUI I32GtSI I32GtUI)
    .or_else(|| {
        of_width!(I64Eqz I64Eq I64Ne I64LtS I64LtU I64LeS I64LeU
            I64EqI I64NeI I64LtSI I64LtUI I64GtSI I64GtUI)
    })
}

/// The jump that is taken if a comparison holds, or if it does not; none if the word is not a
/// comparison.
fn jump_of(word: Word, holds: bool) -> Option<Word> {
    use Op as O;
    let floats = match (word.op()?, holds) {
        (O::F32Eq, true) | (O::F32Ne, false) => Some(O::JumpF32Eq),
        (O::F32Ne, true) | (O::F32Eq, false) => Some(O::JumpF32Ne),
        (O::F32Lt, true) => Some(O::JumpF32Lt),
        (O::F32Le, true) => Some(O::JumpF32Le),
        (O::F32Lt, false) => Some(O::JumpF32NotLt),
        (O::F32Le, false) => Some(O::JumpF32NotLe),
        (O::F64Eq, true) | (O::F64Ne, false) => Some(O::JumpF64Eq),
        (O::F64Ne, true) | (O::F64Eq, false) => Some(O::JumpF64Ne),
        (O::F64Lt, true) => Some(O::JumpF64Lt),
        (O::F64Le, true) => Some(O::JumpF64Le),
        (O::F64Lt, false) => Some(O::JumpF64NotLt),
        (O::F64Le, false) => Some(O::JumpF64NotLe),
        _ => None,
    };
    if let Some(jump) = floats {
        return Some(jump.word(word.b(), word.c(), 0));
    }
    let word = if holds { word } else { negated_value(word)? };
    let (b, c) = (word.b(), word.c());
    macro_rules! same {
        ($($compare:ident $jump:ident)*) => {
            match word.op()? {
                O::I32Eqz => O::JumpZero.word(b, 0, 0),
                O::I64Eqz => O::JumpI64EqI.word(b, 0, 0),
                O::I32NeI if c == 0 => O::JumpNonZero.word(b, 0, 0),
                O::I32EqI if c == 0 => O::JumpZero.word(b, 0, 0),
                $(O::$compare => O::$jump.word(b, c, 0),)*
                _ => return None,
            }
        };
    }
    Some(same! {
        I32Eq JumpI32Eq I32Ne JumpI32Ne I32LtS JumpI32LtS I32LtU JumpI32LtU
        I32LeS JumpI32LeS I32LeU JumpI32LeU I32EqI JumpI32EqI I32NeI JumpI32NeI
        I32LtSI JumpI32LtSI I32LtUI JumpI32LtUI I32GtSI JumpI32GtSI I32GtUI JumpI32GtUI
        I64Eq JumpI64Eq I64Ne JumpI64Ne I64LtS JumpI64LtS I64LtU JumpI64LtU
        I64LeS JumpI64LeS I64LeU JumpI64LeU I64EqI JumpI64EqI I64NeI JumpI64NeI
        I64LtSI JumpI64LtSI I64LtUI JumpI64LtUI I64GtSI JumpI64GtSI I64GtUI JumpI64GtUI
    })
}

/// When a jump is taken: its first word, and the constant that it compares with, if it does.
#[derive(Clone, Copy)]
pub(super) struct Condition {
    pub(super) jump: Word,
    pub(super) constant: Option<u64>,
}

impl Translator<'_> {
    /// Takes off the top operand, a condition; gives the jump that is taken if it is so, or if
    /// it is not.
    pub(super) fn pop_condition(&mut self, holds: bool) -> Result<Condition, Refused> {
        let place = self.stack.len().saturating_sub(1);
        if let Some(word) = self.giver(place) {
            if let Some(condition) = self.last_constant(word, holds) {
                self.words.truncate(self.before);
                (self.last, self.before) = (usize::MAX, usize::MAX);
                self.held = Held::default();
                self.take();
                return Ok(condition);
            }
            if let Some(jump) = jump_of(word, holds) {
                self.take_back();
                self.take();
                return Ok(Condition { jump, constant: None });
            }
        }
        let slot = self.pop_slot()?;
        let op = if holds { Op::JumpNonZero } else { Op::JumpZero };
        Ok(Condition { jump: op.word(slot, 0, 0), constant: None })
    }

    /// The condition that this comparison, emitted last, makes with the constant before it.
    fn last_constant(&self, compare: Word, holds: bool) -> Option<Condition> {
        let constant = self.words.get(self.before..self.last)?;
        // It must not have been put into a local.
        let is_operand = Word(*constant.first()?).a() >= self.locals;
        let is_reached = self.before < self.fence;
        if is_reached || !is_operand {
            return None;
        }
        jump_with_constant(constant, compare, holds)
    }
}
