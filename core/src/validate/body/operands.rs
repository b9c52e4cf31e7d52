//! The operand stack of validation.

use super::{BodyValidator, OperandType, is_vector, slots};
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::push;
use crate::types::ValType;

impl BodyValidator<'_, '_> {
    #[inline]
    pub(in crate::validate) fn push_operand(&mut self, ty: OperandType) -> Result<(), ModuleError> {
        push(&mut self.workspace.operands, ty, self.at)?;
        self.max_operands = self.max_operands.max(self.workspace.operands.len());
        if is_vector(ty) {
            self.workspace.vectors += 1;
            self.max_vectors = self.max_vectors.max(self.workspace.vectors);
        }
        Ok(())
    }

    #[inline]
    pub(in crate::validate) fn push_all(&mut self, types: &[ValType]) -> Result<(), ModuleError> {
        types.iter().try_for_each(|&ty| self.push_operand(Some(ty)))
    }

    /// Makes sure that the stack has room for values of these types on top of
    /// what is there now.
    pub(in crate::validate) fn make_room(&mut self, types: &[ValType]) {
        let height = self.workspace.operands.len() + slots(types) as usize;
        self.max_operands = self.max_operands.max(height);
    }

    /// Notes that the current operator, a `drop` or `select`, is one of this type.
    pub(in crate::validate) fn note_width(&mut self, ty: OperandType) -> Result<(), ModuleError> {
        match is_vector(ty) {
            true => {
                self.layout.wide = true;
                push(&mut self.tables.vector_places, self.at - self.body_start, self.at)
            }
            false => Ok(()),
        }
    }

    /// Notes that the current operator uses a global of this type.
    pub(in crate::validate) fn note_wide(&mut self, ty: ValType) {
        self.layout.wide |= is_vector(Some(ty));
    }

    /// Pops an operand of any type.
    #[inline]
    pub(in crate::validate) fn pop_any(&mut self) -> Result<OperandType, ModuleError> {
        if self.workspace.operands.len() > self.floor {
            let found = self.workspace.operands.pop().flatten();
            if is_vector(found) {
                self.workspace.vectors -= 1;
            }
            return Ok(found);
        }
        self.pop_below(None)
    }

    /// Pops an operand of this type.
    pub(in crate::validate) fn pop_operand(
        &mut self,
        expected: ValType,
    ) -> Result<(), ModuleError> {
        self.pop_operand_inline(expected)
    }

    /// The same, for where most operators come along.
    #[inline(always)]
    pub(in crate::validate) fn pop_operand_inline(
        &mut self,
        expected: ValType,
    ) -> Result<(), ModuleError> {
        if self.workspace.operands.len() > self.floor
            && let Some(found) = self.workspace.operands.pop()
        {
            if let Some(found) = found {
                if found != expected && !self.all.types.matches(found, expected) {
                    return Err(self.mismatch(expected, found));
                }
                if is_vector(Some(expected)) {
                    self.workspace.vectors -= 1;
                }
            }
            return Ok(());
        }
        self.pop_below(Some(expected)).map(|_| ())
    }

    #[inline]
    pub(in crate::validate) fn pop_all(&mut self, types: &[ValType]) -> Result<(), ModuleError> {
        types.iter().rev().try_for_each(|&ty| self.pop_operand(ty))
    }

    #[cold]
    pub(in crate::validate) fn mismatch(&self, expected: ValType, found: ValType) -> ModuleError {
        self.error(Kind::TypeMismatch { operator: self.operator, expected, found })
    }

    /// Pops where the block has no operand left: fine only where nothing gets.
    #[cold]
    fn pop_below(&mut self, expected: OperandType) -> Result<OperandType, ModuleError> {
        if let Some(asked) = &mut self.workspace.asked {
            push(asked, expected, self.at)?;
        }
        match self.workspace.controls.last() {
            Some(control) if control.unreachable => Ok(None),
            _ => Err(self.error(Kind::MissingOperand { operator: self.operator, expected })),
        }
    }

    /// The operand so far below the top; inner none where it can be any, outer
    /// none where there is no operand.
    pub(in crate::validate) fn peek(&self, depth: usize) -> Option<OperandType> {
        let above_floor = self.workspace.operands.len() - self.floor;
        if depth < above_floor {
            return self.workspace.operands.iter().rev().nth(depth).copied();
        }
        self.workspace.controls.last()?.unreachable.then_some(None)
    }

    /// How many operands there are.
    pub(in crate::validate) fn height(&self) -> usize {
        self.workspace.operands.len()
    }

    /// Forgets operands above this height.
    pub(in crate::validate) fn truncate_operands(&mut self, height: usize) {
        while self.workspace.operands.len() > height
            && let Some(ty) = self.workspace.operands.pop()
        {
            self.workspace.vectors -= usize::from(is_vector(ty));
        }
    }
}
