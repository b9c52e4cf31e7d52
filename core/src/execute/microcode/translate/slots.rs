//! How many slots operands and locals take, and where locals are.

use alloc::vec::Vec;

use super::super::Refused;
use super::{Translator, push};
use crate::execute::stepper::immediates;
use crate::module::Module;
use crate::operators::{ImmediateKind, Operand as Type, Operator};
use crate::types::{CompositeType, FuncType, StorageType, ValType};
use crate::validate::side_table::VectorLocals;

impl Translator<'_> {
    /// The first slot of the local that comes next, and whether it is a vector.
    pub(super) fn local(&mut self) -> (u16, bool) {
        let local = self.number();
        match &self.wide {
            Some(wide) => wide.local(local),
            // There are no more than slots, which were counted.
            None => (local as u16, false),
        }
    }

    /// Whether the operand of the `drop` or `select` at this place is a vector.
    pub(super) fn is_vector(&self, at: usize) -> bool {
        // A body is shorter than 4 GiB.
        self.wide.as_ref().is_some_and(|wide| wide.places.binary_search(&(at as u32)).is_ok())
    }

    /// Slots that a block takes and gives.
    pub(super) fn block_type(&mut self) -> (u32, u32) {
        let mut at = self.pc;
        immediates::skip_block_type(self.body, &mut self.pc);
        match self.body.get(at) {
            None | Some(0x40) => (0, 0),
            Some(0x7B) => (0, 2),
            Some(0x41..0x80) => (0, 1),
            Some(_) => {
                let ty = self.all.types.func(immediates::number(self.body, &mut at));
                ty.map_or((0, 0), |ty| (slots(ty.params()) as u32, slots(ty.results()) as u32))
            }
        }
    }

    /// Slots that an instruction takes and gives which neither branches nor calls, and whose
    /// immediates come next.
    pub(super) fn effect(&self, operator: Operator) -> (usize, usize) {
        use ImmediateKind as Kind;
        let row = operator.row();
        let mut at = self.pc;
        let mut number = || immediates::number(self.body, &mut at);
        let slots_of = |storage: StorageType| storage.unpacked().slots() as usize;
        // What is of any type, and how many of it.
        let (mut any, mut many) = (1, 0);
        match row.immediates {
            Kind::Global => {
                let global = self.all.globals.get(number() as usize);
                any = global.map_or(1, |ty| ty.content.slots() as usize);
            }
            Kind::Type | Kind::TypeField | Kind::TypeCount => {
                match self.all.types.get(number()).map(|ty| &ty.composite) {
                    Some(CompositeType::Array(ty)) => any = slots_of(ty.element.storage),
                    Some(CompositeType::Struct(ty)) if row.immediates == Kind::TypeField => {
                        let field = ty.fields().get(number() as usize);
                        any = field.map_or(1, |field| slots_of(field.storage));
                    }
                    Some(CompositeType::Struct(ty)) if operator == Operator::StructNew => {
                        many = ty.fields().iter().map(|field| slots_of(field.storage)).sum();
                    }
                    _ => {}
                }
                if row.immediates == Kind::TypeCount {
                    many = number() as usize * any;
                }
            }
            _ => {}
        }
        let slots = |types: &[Type]| -> usize {
            let slots = types.iter().map(|ty| match ty {
                Type::Many => many,
                Type::T => any,
                Type::V128 => 2,
                _ => 1,
            });
            slots.sum()
        };
        (slots(row.signature.pops), slots(row.signature.pushes))
    }
}

/// A function in which locals, globals and the operands of `drop` and `select` may be vectors.
pub(super) struct Wide<'m> {
    /// The first slot of each parameter, and whether it is a vector.
    params: Vec<(u16, bool)>,
    param_slots: u32,
    locals: &'m [VectorLocals],
    /// Where in the body each `drop` or `select` of vectors stands.
    places: &'m [u32],
}

impl<'m> Wide<'m> {
    pub(super) fn of(module: &'m Module, function: u32) -> Result<Self, Refused> {
        let types = module.declarations().function_type(function);
        let (mut params, mut param_slots) = (Vec::new(), 0);
        for ty in types.map_or(&[][..], FuncType::params) {
            // It was checked that all slots fit.
            push(&mut params, (param_slots as u16, *ty == ValType::V128))?;
            param_slots += ty.slots();
        }
        let (locals, places) = module.wide(function);
        Ok(Wide { params, param_slots, locals, places })
    }

    /// The first slot of a local, and whether it is a vector.
    pub(super) fn local(&self, local: u32) -> (u16, bool) {
        if let Some(param) = self.params.get(local as usize) {
            return *param;
        }
        let (before, slots) = VectorLocals::before(self.locals, local);
        let slot = self.param_slots + (local - self.params.len() as u32) + before;
        (slot as u16, slots == 2)
    }
}

/// Slots that values of these types take.
pub(super) fn slots(types: &[ValType]) -> usize {
    types.iter().map(|ty| ty.slots() as usize).sum()
}
