//! The rules of operators on structures, arrays and their references
//! (specification §3.3.6 to §3.3.8).

use super::body::BodyValidator;
use crate::decode::fields;
use crate::error::{IndexSpace, ModuleError, ModuleErrorKind as Kind};
use crate::operators::{Operator, Proposal};
use crate::types::{CompositeType, FieldType, HeapType, RefType, StorageType, StructType, ValType};

/// The most elements that an array can be made of at once.
const MAX_FIXED: u32 = 10_000;

impl<'m> BodyValidator<'m, '_> {
    /// Validates the current operator, one of structures, arrays and references.
    #[inline(never)]
    pub(super) fn validate_gc(&mut self) -> Result<(), ModuleError> {
        use Operator as O;
        if !Proposal::Gc.is_built_in() {
            return Err(self.error(Kind::Disabled(Proposal::Gc)));
        }
        match self.operator {
            O::StructNew => {
                let (index, ty) = self.struct_type()?;
                for field in ty.fields().iter().rev() {
                    self.pop_operand(field.storage.unpacked())?;
                }
                self.push_new(index)
            }
            O::StructNewDefault => {
                let (index, ty) = self.struct_type()?;
                ty.fields().iter().try_for_each(|field| self.has_default(*field))?;
                self.push_new(index)
            }
            O::StructGet | O::StructGetS | O::StructGetU => {
                let (index, field) = self.field()?;
                self.extended(field)?;
                self.pop_object(index)?;
                self.push_operand(Some(field.storage.unpacked()))
            }
            O::StructSet => {
                let (index, field) = self.field()?;
                self.can_be_set(field)?;
                self.pop_operand(field.storage.unpacked())?;
                self.pop_object(index)
            }
            O::ArrayNew => {
                let (index, element) = self.array_type()?;
                self.pop_all(&[element.storage.unpacked(), ValType::I32])?;
                self.push_new(index)
            }
            O::ArrayNewDefault => {
                let (index, element) = self.array_type()?;
                self.has_default(element)?;
                self.pop_operand(ValType::I32)?;
                self.push_new(index)
            }
            O::ArrayNewFixed => {
                let (index, element) = self.array_type()?;
                let count =
                    self.reader.count(&fields::ELEMENT_COUNT, "elements of an array", MAX_FIXED)?;
                for _ in 0..count {
                    self.pop_operand(element.storage.unpacked())?;
                }
                self.push_new(index)
            }
            O::ArrayNewData => {
                let (index, element) = self.array_type()?;
                self.numeric(element)?;
                self.data()?;
                self.pop_all(&[ValType::I32; 2])?;
                self.push_new(index)
            }
            O::ArrayNewElem => {
                let (index, element) = self.array_type()?;
                self.segment_for(element)?;
                self.pop_all(&[ValType::I32; 2])?;
                self.push_new(index)
            }
            O::ArrayGet | O::ArrayGetS | O::ArrayGetU => {
                let (index, element) = self.array_type()?;
                self.extended(element)?;
                self.pop_operand(ValType::I32)?;
                self.pop_object(index)?;
                self.push_operand(Some(element.storage.unpacked()))
            }
            O::ArraySet => {
                let (index, element) = self.array_type()?;
                self.can_be_set(element)?;
                self.pop_all(&[ValType::I32, element.storage.unpacked()])?;
                self.pop_object(index)
            }
            O::ArrayLen => {
                self.pop_operand(RefType::nullable(HeapType::Array).into())?;
                self.push_operand(Some(ValType::I32))
            }
            O::ArrayFill => {
                let (index, element) = self.array_type()?;
                self.can_be_set(element)?;
                self.pop_all(&[ValType::I32, element.storage.unpacked(), ValType::I32])?;
                self.pop_object(index)
            }
            O::ArrayCopy => {
                let (to, target) = self.array_type()?;
                let (from, source) = self.array_type()?;
                self.can_be_set(target)?;
                let fits = match (source.storage, target.storage) {
                    (StorageType::Val(source), StorageType::Val(target)) => {
                        self.all.types.matches(source, target)
                    }
                    (source, target) => source == target,
                };
                if !fits {
                    let (expected, found) = (target.storage.unpacked(), source.storage.unpacked());
                    return Err(self.mismatch(expected, found));
                }
                self.pop_all(&[ValType::I32; 2])?;
                self.pop_object(from)?;
                self.pop_operand(ValType::I32)?;
                self.pop_object(to)
            }
            O::ArrayInitData => {
                let (index, element) = self.array_type()?;
                self.can_be_set(element)?;
                self.numeric(element)?;
                self.data()?;
                self.pop_all(&[ValType::I32; 3])?;
                self.pop_object(index)
            }
            O::ArrayInitElem => {
                let (index, element) = self.array_type()?;
                self.can_be_set(element)?;
                self.segment_for(element)?;
                self.pop_all(&[ValType::I32; 3])?;
                self.pop_object(index)
            }
            O::RefTest | O::RefTestNull => {
                self.pop_cast()?;
                self.push_operand(Some(ValType::I32))
            }
            O::RefCast => {
                let heap = self.pop_cast()?;
                self.push_operand(Some(RefType::non_null(heap).into()))
            }
            O::RefCastNull => {
                let heap = self.pop_cast()?;
                self.push_operand(Some(RefType::nullable(heap).into()))
            }
            O::BrOnCast | O::BrOnCastFail => self.branch_on_cast(),
            O::AnyConvertExtern => self.convert(HeapType::Extern, HeapType::Any),
            O::ExternConvertAny => self.convert(HeapType::Any, HeapType::Extern),
            O::RefI31 => {
                self.pop_operand(ValType::I32)?;
                self.push_operand(Some(RefType::non_null(HeapType::I31).into()))
            }
            O::I31GetS | O::I31GetU => {
                self.pop_operand(RefType::nullable(HeapType::I31).into())?;
                self.push_operand(Some(ValType::I32))
            }
            O::RefEq => {
                let eq = RefType::nullable(HeapType::Eq).into();
                self.pop_all(&[eq, eq])?;
                self.push_operand(Some(ValType::I32))
            }
            other => unreachable!("{other} has its rule elsewhere"),
        }
    }

    /// The structure type that comes next, and its index.
    fn struct_type(&mut self) -> Result<(u32, &'m StructType), ModuleError> {
        let index = self.reader.u32(&fields::TYPE_INDEX)?;
        match self.all.types.get(index).map(|ty| &ty.composite) {
            Some(CompositeType::Struct(ty)) => Ok((index, ty)),
            Some(_) => Err(self.error(Kind::NotAStructType(index))),
            None => Err(self.unknown(IndexSpace::Type, index, self.all.types.len())),
        }
    }

    /// The field of a structure type that comes next, and the type's index.
    fn field(&mut self) -> Result<(u32, FieldType), ModuleError> {
        let (index, ty) = self.struct_type()?;
        let field = self.reader.u32(&fields::FIELD_INDEX)?;
        match ty.fields().get(field as usize) {
            Some(ty) => Ok((index, *ty)),
            None => Err(self.unknown(IndexSpace::Field, field, ty.fields().len())),
        }
    }

    /// What the elements are of the array type that comes next, and its index.
    fn array_type(&mut self) -> Result<(u32, FieldType), ModuleError> {
        let index = self.reader.u32(&fields::TYPE_INDEX)?;
        match self.all.types.get(index).map(|ty| &ty.composite) {
            Some(CompositeType::Array(ty)) => Ok((index, ty.element)),
            Some(_) => Err(self.error(Kind::NotAnArrayType(index))),
            None => Err(self.unknown(IndexSpace::Type, index, self.all.types.len())),
        }
    }

    fn push_new(&mut self, ty: u32) -> Result<(), ModuleError> {
        self.push_operand(Some(RefType::non_null(HeapType::Concrete(ty)).into()))
    }

    fn pop_object(&mut self, ty: u32) -> Result<(), ModuleError> {
        self.pop_operand(RefType::nullable(HeapType::Concrete(ty)).into())
    }

    fn has_default(&self, field: FieldType) -> Result<(), ModuleError> {
        match field.storage.unpacked().is_defaultable() {
            true => Ok(()),
            false => Err(self.error(Kind::NoDefault)),
        }
    }

    fn can_be_set(&self, field: FieldType) -> Result<(), ModuleError> {
        match field.mutable {
            true => Ok(()),
            false => Err(self.error(Kind::ImmutableField)),
        }
    }

    /// Fails unless the operator says how to extend what needs to be extended.
    fn extended(&self, field: FieldType) -> Result<(), ModuleError> {
        let says = !matches!(self.operator, Operator::StructGet | Operator::ArrayGet);
        match says == matches!(field.storage, StorageType::I8 | StorageType::I16) {
            true => Ok(()),
            false => Err(self.error(Kind::PackedField)),
        }
    }

    fn numeric(&self, element: FieldType) -> Result<(), ModuleError> {
        match element.storage.unpacked().is_ref() {
            false => Ok(()),
            true => Err(self.error(Kind::NotNumeric)),
        }
    }

    /// Reads the index of an element segment that such elements can come from.
    fn segment_for(&mut self, element: FieldType) -> Result<(), ModuleError> {
        let segment = self.element()?;
        match element.storage.unpacked() {
            ValType::Ref(ty) => self.refs_match(ty, segment),
            ty => Err(self.error(Kind::RefMismatch { expected: ty, found: segment.into() })),
        }
    }

    /// Reads what a cast asks for, and pops a reference of the same hierarchy.
    fn pop_cast(&mut self) -> Result<HeapType, ModuleError> {
        let heap = self.heap_type()?;
        let found = self.pop_ref()?;
        let hierarchy = |heap| self.all.types.hierarchy(heap);
        if found.heap != HeapType::Bot && hierarchy(found.heap) != hierarchy(heap) {
            let expected = RefType::nullable(heap).into();
            return Err(self.mismatch(expected, found.into()));
        }
        Ok(heap)
    }

    fn branch_on_cast(&mut self) -> Result<(), ModuleError> {
        let (from_null, to_null) = self.reader.cast_flags()?;
        let label = self.reader.u32(&fields::LABEL)?;
        let from = RefType { nullable: from_null, heap: self.heap_type()? };
        let to = RefType { nullable: to_null, heap: self.heap_type()? };
        if !self.all.types.ref_matches(to, from) {
            return Err(self.error(Kind::CastTypes));
        }
        // What the reference is known to be if it is not what was asked.
        let rest = RefType { nullable: from.nullable && !to.nullable, heap: from.heap };
        let (taken, kept) = match self.operator {
            Operator::BrOnCast => (to, rest),
            _ => (rest, to),
        };
        let (index, control) = self.label(label)?;
        self.pop_operand(from.into())?;
        self.push_operand(Some(taken.into()))?;
        let types = self.branch(index, &control)?;
        self.pop_all(types)?;
        match types.split_last() {
            Some((ValType::Ref(_), others)) => self.push_all(others)?,
            _ => return Err(self.error(Kind::LabelTakesNoReference)),
        }
        self.push_operand(Some(kept.into()))
    }

    fn convert(&mut self, from: HeapType, to: HeapType) -> Result<(), ModuleError> {
        let found = self.pop_ref()?;
        let operand = RefType { nullable: true, heap: from };
        self.refs_match(operand, found)?;
        self.push_operand(Some(RefType { nullable: found.nullable, heap: to }.into()))
    }
}
