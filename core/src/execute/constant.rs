//! Constant expressions (specification §3.3.10).

use alloc::vec::Vec;

use super::numeric::{i32, i64};
use crate::decode::{Immediates, Instructions};
use crate::module::{ConstExpr, Module, Types};
use crate::operators::{Operator, Proposal};
use crate::runtime::{GlobalData, Heap, NULL, Object, Referent, TrapKind, low, slot_of_address};
use crate::types::{CompositeType, FieldType, ValType};

/// What the constant expressions of an instance can refer to.
pub(crate) struct Constants<'a> {
    pub(crate) module: &'a Module,
    /// The module's types, as the store numbers them.
    pub(crate) types: &'a [u32],
    /// Where the functions are that the module's indices name.
    pub(crate) functions: &'a [u32],
    /// Where the globals are that the module's indices name.
    pub(crate) globals: &'a [u32],
    /// All types of the store.
    pub(crate) all_types: &'a Types,
    /// All globals of the store.
    pub(crate) all_globals: &'a [GlobalData],
}

/// The slots that a value takes, the second of which most leave alone.
type Slots = [u64; 2];

impl Constants<'_> {
    /// The value of an expression, in slots. Objects are allocated without
    /// collecting others.
    pub(crate) fn value(
        &self,
        expression: ConstExpr,
        heap: &mut Heap,
        limit: u64,
    ) -> Result<Slots, TrapKind> {
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
                (_, Immediates::V128(bytes)) => {
                    let value = u128::from_le_bytes(bytes);
                    operands.push([value as u64, (value >> 64) as u64])?;
                    continue;
                }
                (_, Immediates::Heap(_)) => NULL,
                // Indices in constant expressions are validated.
                (_, Immediates::Function(index)) => slot_of_address(self.functions[index as usize]),
                (_, Immediates::Global(index)) => {
                    let global = self.globals[index as usize];
                    operands.push(self.all_globals[global as usize].value)?;
                    continue;
                }
                (_, Immediates::Type(index)) => {
                    let room = limit.saturating_sub(heap.bytes());
                    let object = self.object(operator, index, 0, room, &mut operands)?;
                    heap.add(object, limit)?
                }
                (_, Immediates::TypeCount(index, count)) => {
                    let room = limit.saturating_sub(heap.bytes());
                    let object = self.object(operator, index, count, room, &mut operands)?;
                    heap.add(object, limit)?
                }
                (Operator::RefI31, _) => Referent::I31(low(operands.pop()[0])).slot(),
                (Operator::AnyConvertExtern | Operator::ExternConvertAny, _) => continue,
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

    /// The structure or array that an operator makes. An array that takes more
    /// bytes than there are left is not even begun.
    fn object(
        &self,
        operator: Operator,
        ty: u32,
        count: u32,
        room: u64,
        operands: &mut Operands,
    ) -> Result<Object, TrapKind> {
        if !Proposal::Gc.is_built_in() {
            return Err(TrapKind::Unreachable);
        }
        // Type indices in constant expressions are validated.
        let ty = self.types[ty as usize];
        let length = match operator {
            Operator::ArrayNew | Operator::ArrayNewDefault => low(operands.pop()[0]),
            _ => count,
        };
        if let Some(CompositeType::Array(of)) = self.all_types.get(ty).map(|ty| &ty.composite) {
            let bytes = u64::from(length) * u64::from(of.element.storage.bytes());
            if bytes > room {
                return Err(TrapKind::OutOfMemoryBudget { bytes });
            }
        }
        let mut object = new_object(self.all_types, ty, length)?;
        match operator {
            Operator::StructNew | Operator::ArrayNewFixed => {
                for index in (0..object.len()).rev() {
                    object.set(index, operands.pop());
                }
            }
            Operator::ArrayNew => {
                let value = operands.pop();
                for index in 0..object.len() {
                    object.set(index, value);
                }
            }
            _ => {}
        }
        Ok(object)
    }
}

/// A structure or array of this type of the store, all zero or null; arrays
/// have `length` elements.
pub(crate) fn new_object(types: &Types, ty: u32, length: u32) -> Result<Object, TrapKind> {
    let is_ref = |field: &FieldType| field.storage.unpacked().is_ref();
    let object = match types.get(ty).map(|ty| &ty.composite) {
        Some(CompositeType::Struct(of)) => {
            let wide = of.fields().iter().any(|field| field.storage.unpacked() == ValType::V128);
            let width = if wide { 16 } else { 8 };
            // There are at most as many fields as a structure may have.
            Object::new(ty, width, of.fields().iter().any(is_ref), of.fields().len() as u32)
        }
        Some(CompositeType::Array(of)) => {
            Object::new(ty, of.element.storage.bytes(), is_ref(&of.element), length)
        }
        _ => None,
    };
    object.ok_or(TrapKind::OutOfMemoryBudget { bytes: u64::from(length) })
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
