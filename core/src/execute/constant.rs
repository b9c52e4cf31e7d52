//! Constant expressions (specification §3.3.10).

use alloc::vec::Vec;

use super::numeric::{i32, i64};
use crate::decode::{Immediates, Instructions};
use crate::module::{ConstExpr, Module};
use crate::operators::Operator;
use crate::runtime::{GlobalData, NULL, TrapKind, low, slot_of_address};

/// What the constant expressions of an instance can refer to.
pub(crate) struct Constants<'a> {
    pub(crate) module: &'a Module,
    /// Where the functions are that the module's indices name.
    pub(crate) functions: &'a [u32],
    /// Where the globals are that the module's indices name.
    pub(crate) globals: &'a [u32],
    /// All globals of the store.
    pub(crate) all_globals: &'a [GlobalData],
}

/// The slots that a value takes, the second of which most leave alone.
type Slots = [u64; 2];

impl Constants<'_> {
    /// The value of an expression, in slots.
    pub(crate) fn value(&self, expression: ConstExpr) -> Result<Slots, TrapKind> {
        let code = self.module.bytes().get(expression.span.range()).unwrap_or_default();
        let mut operands = Operands::default();
        for instruction in Instructions::new(code, expression.span.start).flatten() {
            let operator = instruction.operator;
            let slot = match (operator, instruction.immediates) {
                (Operator::End, _) => break,
                (_, Immediates::I32(value)) => u64::from(value.cast_unsigned()),
                (_, Immediates::I64(value)) => value.cast_unsigned(),
                (_, Immediates::F32(bits)) => u64::from(bits),
                (_, Immediates::F64(bits)) => bits,
                (_, Immediates::Heap(_)) => NULL,
                // Indices in constant expressions are validated.
                (_, Immediates::Function(index)) => slot_of_address(self.functions[index as usize]),
                (_, Immediates::Global(index)) => {
                    let global = self.globals[index as usize];
                    operands.push(self.all_globals[global as usize].value)?;
                    continue;
                }
                _ => {
                    let [b, _] = operands.pop();
                    let [a, _] = operands.pop();
                    arithmetic(operator, a, b)
                }
            };
            operands.push([slot, 0])?;
        }
        Ok(operands.pop())
    }
}

fn arithmetic(operator: Operator, a: u64, b: u64) -> u64 {
    match operator {
        Operator::I32Add => i32::add(low(a), low(b)).into(),
        Operator::I32Sub => i32::sub(low(a), low(b)).into(),
        Operator::I32Mul => i32::mul(low(a), low(b)).into(),
        Operator::I64Add => i64::add(a, b),
        Operator::I64Sub => i64::sub(a, b),
        Operator::I64Mul => i64::mul(a, b),
        other => unreachable!("{other} stands in no constant expression"),
    }
}

/// Operands of a constant expression. Most expressions have no more than one,
/// which takes no allocation.
#[derive(Default)]
struct Operands {
    top: Option<Slots>,
    below: Vec<Slots>,
}

impl Operands {
    fn push(&mut self, value: Slots) -> Result<(), TrapKind> {
        if let Some(covered) = self.top.replace(value) {
            let bytes = size_of::<Slots>() as u64;
            self.below.try_reserve(1).map_err(|_| TrapKind::OutOfMemoryBudget { bytes })?;
            self.below.push(covered);
        }
        Ok(())
    }

    /// Validation has shown that there is one.
    fn pop(&mut self) -> Slots {
        let top = self.top.take().unwrap_or_default();
        self.top = self.below.pop();
        top
    }
}
