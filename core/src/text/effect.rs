//! How many operands an instruction takes and gives.

use crate::decode::{Immediates, Instruction};
use crate::module::Declarations;
use crate::operators::{Operand, Operator};

/// How many operands an instruction takes from the operand stack, and how many
/// it leaves there when execution goes on behind it. Branches, blocks and their
/// ends take only what decides where to go: the operands they pass on stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StackEffect {
    /// Operands taken.
    pub pops: usize,
    /// Operands left in their place.
    pub pushes: usize,
}

impl StackEffect {
    /// The effect of an instruction of the module that declares `all`.
    #[must_use]
    pub fn of(all: &Declarations, instruction: &Instruction) -> Self {
        let signature = instruction.operator.row().signature;
        let count = |operands: &[Operand]| {
            operands.iter().filter(|&&operand| operand != Operand::Many).count()
        };
        let own = StackEffect { pops: count(signature.pops), pushes: count(signature.pushes) };
        let called = match (instruction.operator, &instruction.immediates) {
            (Operator::RefFunc, _) => None,
            (_, Immediates::Function(function)) => all.function_type(*function),
            (_, Immediates::TypeTable(ty, _)) => all.types.func(*ty),
            _ => None,
        };
        let returns =
            matches!(instruction.operator, Operator::ReturnCall | Operator::ReturnCallIndirect);
        match called {
            Some(ty) => StackEffect {
                pops: own.pops + ty.params().len(),
                pushes: own.pushes + if returns { 0 } else { ty.results().len() },
            },
            None => own,
        }
    }
}
