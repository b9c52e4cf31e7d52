//! What the registers of results hold while microcode is executed, so that operators can take
//! operands from there: where operators are executed by functions that hand these to each other.

use super::super::op::{Format, Last, Op, Word};
use super::operand::gives;

/// The slots whose values the register of results holds as well, and that of results which are of
/// type `f64`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registers {
    last: Option<u16>,
    real: Option<u16>,
}

impl Registers {
    /// Those behind an operator.
    pub(super) fn behind(self, word: Word) -> Self {
        use Format as F;
        let Some(op) = word.op().map(|op| op.base().0) else { return Self::default() };
        match op.format() {
            // There are no such registers.
            _ if !cfg!(tail_calls) => self,
            F::Store | F::StoreI | F::StoreFar => self,
            F::JumpUnary | F::JumpBinary | F::JumpImmediate | F::JumpConstant => self,
            F::Global if op == Op::GlobalSet => self,
            F::AddJump | F::SumJump => self.set(word.a(), true, false),
            _ if gives(op) => {
                let (is_last, is_real) = keeps(op);
                self.set(word.a(), is_last, is_real)
            }
            _ => Self::default(),
        }
    }

    /// Those behind what sets a slot, and one of them, or both, to the same.
    fn set(self, slot: u16, is_last: bool, is_real: bool) -> Self {
        let behind = |held: Option<u16>, is_set: bool| {
            if is_set { Some(slot) } else { held.filter(|held| *held != slot) }
        };
        Registers { last: behind(self.last, is_last), real: behind(self.real, is_real) }
    }

    /// An operator so that it takes an operand from here, if it can. What it names in its second
    /// word, if that is a slot, is its `third`.
    pub(super) fn taken_by(self, word: Word, third: Option<u16>) -> Word {
        let word = word.base();
        let held = self.last.or(self.real);
        let (Some(op), Some(_)) = (word.op(), held) else { return word };
        let op = op.with_last(|last| {
            let slot = match last.field() {
                Last::A => Some(word.a()),
                Last::B => Some(word.b()),
                Last::C => Some(word.c()),
                _ => third,
            };
            let held = if last == last.field() { self.last } else { self.real };
            slot.is_some() && slot == held
        });
        op.map_or(word, |op| word.with_op(op))
    }
}

/// Whether the register of results holds that of an operator, and whether the one for `f64` does.
fn keeps(op: Op) -> (bool, bool) {
    use Op as O;
    match op {
        O::Load64 | O::Load64Far | O::Load64Indexed => (true, true),
        O::F64Add
        | O::F64Sub
        | O::F64Mul
        | O::F64Div
        | O::F64Min
        | O::F64Max
        | O::F64Copysign
        | O::F64Abs
        | O::F64Neg
        | O::F64Sqrt
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest
        | O::F64AddC
        | O::F64SubC
        | O::F64FromC
        | O::F64MulC
        | O::F64MulAdd
        | O::F64MulSub
        | O::F64MulFrom
        | O::F64ConvertI32S
        | O::F64ConvertI32U
        | O::F64ConvertI64S
        | O::F64ConvertI64U
        | O::F64PromoteF32 => (false, true),
        _ => (true, false),
    }
}
