//! Types in the binary format (specification §5.3).

use alloc::vec::Vec;

use super::fields::{self, FieldSpec};
use super::observe::{Node, Report, Value};
use super::reader::Reader;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::{BlockType, boxed_at, push};
use crate::operators::Proposal;
use crate::types::{
    ArrayType, CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, StructType,
    SubType, ValType,
};

/// The most of each thing that a type may hold: the limits that the browsers share.
mod limit {
    pub(super) const GROUP: u32 = 1_000_000;
    pub(super) const PARAMETERS: u32 = 1000;
    pub(super) const RESULTS: u32 = 1000;
    pub(super) const FIELDS: u32 = 10_000;
}

/// Bytes that announce types (specification §5.3).
mod form {
    pub(super) const REC: u8 = 0x4E;
    pub(super) const SUB_FINAL: u8 = 0x4F;
    pub(super) const SUB: u8 = 0x50;
    pub(super) const ARRAY: u8 = 0x5E;
    pub(super) const STRUCT: u8 = 0x5F;
    pub(super) const FUNC: u8 = 0x60;
    pub(super) const REF: u8 = 0x64;
    pub(super) const REF_NULL: u8 = 0x63;
    pub(super) const I8: u8 = 0x78;
    pub(super) const I16: u8 = 0x77;
}

/// The number type that this byte stands for.
#[inline]
const fn number_type(byte: u8) -> Option<ValType> {
    match byte {
        0x7F => Some(ValType::I32),
        0x7E => Some(ValType::I64),
        0x7D => Some(ValType::F32),
        0x7C => Some(ValType::F64),
        0x7B => Some(ValType::V128),
        _ => None,
    }
}

impl<O: Report> Reader<'_, O> {
    /// A value type.
    ///
    /// ```
    /// use fayasm_core::ValType;
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert_eq!(Reader::new(&[0x7C], 0).val_type(&fields::LOCAL_TYPE)?, ValType::F64);
    /// assert!(Reader::new(&[0x01], 0).val_type(&fields::LOCAL_TYPE).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn val_type(&mut self, spec: &'static FieldSpec) -> Result<ValType, ModuleError> {
        let Some(byte) = self.peek() else { return Err(self.ends_inside(spec)) };
        match number_type(byte) {
            Some(ty) => {
                let from = self.position();
                self.advance(1);
                self.report(spec, from, Value::Type(ty));
                Ok(ty)
            }
            None => self.ref_type(spec).map(ValType::Ref),
        }
    }

    /// A reference type.
    ///
    /// ```
    /// use fayasm_core::decode::{Reader, fields};
    /// use fayasm_core::{HeapType, RefType};
    ///
    /// // As one byte, and in full: (ref 3).
    /// assert_eq!(Reader::new(&[0x70], 0).ref_type(&fields::ELEMENT_TYPE)?, RefType::FUNCREF);
    /// let ty = Reader::new(&[0x64, 3], 0).ref_type(&fields::ELEMENT_TYPE)?;
    /// assert_eq!(ty, RefType::non_null(HeapType::Concrete(3)));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline(never)]
    pub fn ref_type(&mut self, spec: &'static FieldSpec) -> Result<RefType, ModuleError> {
        let from = self.position();
        let Some(found) = self.peek() else { return Err(self.ends_inside(spec)) };
        let ty = match found {
            form::REF | form::REF_NULL => {
                self.advance(1);
                let heap = self.heap_type_of(spec)?;
                RefType { nullable: found == form::REF_NULL, heap }
            }
            _ => match HeapType::from_code(found) {
                Some(heap) => {
                    self.advance(1);
                    RefType::nullable(heap)
                }
                None => return Err(self.error(Kind::BadByte { field: spec.name, found })),
            },
        };
        self.report(spec, from, Value::Type(ValType::Ref(ty)));
        Ok(ty)
    }

    /// A heap type.
    ///
    /// ```
    /// use fayasm_core::HeapType;
    /// use fayasm_core::decode::{Reader, fields};
    ///
    /// assert_eq!(Reader::new(&[0x6F], 0).heap_type(&fields::HEAP_TYPE)?, HeapType::Extern);
    /// assert_eq!(Reader::new(&[3], 0).heap_type(&fields::HEAP_TYPE)?, HeapType::Concrete(3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn heap_type(&mut self, spec: &'static FieldSpec) -> Result<HeapType, ModuleError> {
        let from = self.position();
        let heap = self.heap_type_of(spec)?;
        self.report(spec, from, Value::Type(ValType::Ref(RefType::nullable(heap))));
        Ok(heap)
    }

    /// A heap type that is part of the field `spec`, and not reported by itself.
    fn heap_type_of(&mut self, spec: &'static FieldSpec) -> Result<HeapType, ModuleError> {
        let Some(found) = self.peek() else { return Err(self.ends_inside(spec)) };
        if let Some(heap) = HeapType::from_code(found) {
            self.advance(1);
            return Ok(heap);
        }
        let error = self.error(Kind::BadByte { field: spec.name, found });
        // Negative numbers are abstract types.
        u32::try_from(self.silent_signed33(spec)?).map(HeapType::Concrete).map_err(|_| error)
    }
}

/// The proposal that a value type needs.
fn needs(ty: ValType, first_byte: Option<u8>) -> Proposal {
    let heap = match ty {
        ValType::Ref(RefType { heap, .. }) => heap,
        ValType::V128 => return Proposal::Simd,
        _ => return Proposal::Mvp,
    };
    match heap {
        HeapType::Exn | HeapType::NoExn => Proposal::ExceptionHandling,
        HeapType::Func | HeapType::Extern => match first_byte {
            Some(form::REF | form::REF_NULL) => Proposal::FunctionReferences,
            _ => Proposal::ReferenceTypes,
        },
        HeapType::Concrete(_) => Proposal::FunctionReferences,
        _ => Proposal::Gc,
    }
}

fn allowed(config: &Config, proposal: Proposal, at: u32) -> Result<(), ModuleError> {
    match config.allows(proposal) {
        true => Ok(()),
        false => Err(ModuleError::new(Kind::Disabled(proposal), at)),
    }
}

/// Reads a value type that the configuration allows.
pub(crate) fn val_type<O: Report>(
    reader: &mut Reader<'_, O>,
    spec: &'static FieldSpec,
    config: &Config,
) -> Result<ValType, ModuleError> {
    let (at, first) = (reader.offset(), reader.peek());
    let ty = reader.val_type(spec)?;
    allowed(config, needs(ty, first), at)?;
    Ok(ty)
}

/// Reads a block type that the configuration allows.
#[inline]
pub(crate) fn block_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<BlockType, ModuleError> {
    let (at, first) = (reader.offset(), reader.peek());
    let ty = reader.block_type()?;
    let proposal = match ty {
        BlockType::Empty => Proposal::Mvp,
        BlockType::Value(ty) => needs(ty, first),
        BlockType::Func(_) => Proposal::MultiValue,
    };
    allowed(config, proposal, at)?;
    Ok(ty)
}

/// Reads the type of a table's or element segment's elements.
pub(super) fn element_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<RefType, ModuleError> {
    let (at, first) = (reader.offset(), reader.peek());
    let ty = reader.ref_type(&fields::ELEMENT_TYPE)?;
    // Tables of functions have always been there.
    if first != Some(HeapType::Func.code()) {
        allowed(config, needs(ty.into(), first), at)?;
    }
    Ok(ty)
}

/// Reads a heap type that the configuration allows.
pub(crate) fn heap_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<HeapType, ModuleError> {
    let at = reader.offset();
    let heap = reader.heap_type(&fields::HEAP_TYPE)?;
    allowed(config, needs(RefType::nullable(heap).into(), None), at)?;
    Ok(heap)
}

/// Reads a recursion group: one type, or several that refer to each other. The
/// first gets the index `start`.
pub(super) fn group<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    start: u32,
) -> Result<Vec<SubType>, ModuleError> {
    let at = reader.offset();
    let mut types = Vec::new();
    if reader.peek() != Some(form::REC) {
        push(&mut types, entry(reader, config, start)?, at)?;
        return Ok(types);
    }
    allowed(config, Proposal::Gc, at)?;
    reader.open(Node::Part("recursion group"));
    reader.byte(&fields::TYPE_FORM)?;
    let count = reader.count(&fields::GROUP_COUNT, "types in a recursion group", limit::GROUP)?;
    for index in 0..count {
        let at = reader.offset();
        push(&mut types, entry(reader, config, start.saturating_add(index))?, at)?;
    }
    reader.close();
    Ok(types)
}

fn entry<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    index: u32,
) -> Result<SubType, ModuleError> {
    reader.open(Node::Entry(index));
    let ty = sub_type(reader, config)?;
    reader.close();
    Ok(ty)
}

fn sub_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<SubType, ModuleError> {
    let at = reader.offset();
    let first = reader.peek();
    let is_final = first != Some(form::SUB);
    let mut supertype = None;
    if let Some(form::SUB | form::SUB_FINAL) = first {
        allowed(config, Proposal::Gc, at)?;
        reader.byte(&fields::TYPE_FORM)?;
        let count = reader.count(&fields::SUPERTYPE_COUNT, "supertypes of a type", 1)?;
        if count == 1 {
            supertype = Some(reader.u32(&fields::SUPERTYPE)?);
        }
    }
    Ok(SubType { is_final, supertype, composite: composite_type(reader, config)? })
}

fn composite_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<CompositeType, ModuleError> {
    let at = reader.offset();
    match reader.byte(&fields::TYPE_FORM)? {
        form::FUNC => func_type(reader, config).map(CompositeType::Func),
        form::STRUCT => {
            allowed(config, Proposal::Gc, at)?;
            let count = reader.count(&fields::FIELD_COUNT, "fields", limit::FIELDS)?;
            let mut types = Vec::new();
            for _ in 0..count {
                push(&mut types, field_type(reader, config)?, at)?;
            }
            Ok(CompositeType::Struct(StructType::new(boxed_at(types, at)?)))
        }
        form::ARRAY => {
            allowed(config, Proposal::Gc, at)?;
            Ok(CompositeType::Array(ArrayType { element: field_type(reader, config)? }))
        }
        found => {
            let field = fields::TYPE_FORM.name;
            Err(ModuleError::new(Kind::BadByte { field, found }, at))
        }
    }
}

fn func_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<FuncType, ModuleError> {
    let at = reader.offset();
    let params = reader.count(&fields::PARAM_COUNT, "parameters", limit::PARAMETERS)?;
    let mut types = Vec::new();
    for _ in 0..params {
        push(&mut types, val_type(reader, &fields::PARAM_TYPE, config)?, at)?;
    }
    let results_at = reader.offset();
    let results = reader.count(&fields::RESULT_COUNT, "results", limit::RESULTS)?;
    if results > 1 {
        allowed(config, Proposal::MultiValue, results_at)?;
    }
    for _ in 0..results {
        push(&mut types, val_type(reader, &fields::RESULT_TYPE, config)?, at)?;
    }
    Ok(FuncType::from_parts(boxed_at(types, at)?, params as usize))
}

fn field_type<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
) -> Result<FieldType, ModuleError> {
    let storage = match reader.peek() {
        Some(form::I8) => {
            reader.byte(&fields::FIELD_TYPE)?;
            StorageType::I8
        }
        Some(form::I16) => {
            reader.byte(&fields::FIELD_TYPE)?;
            StorageType::I16
        }
        _ => StorageType::Val(val_type(reader, &fields::FIELD_TYPE, config)?),
    };
    Ok(FieldType { storage, mutable: mutability(reader)? })
}

/// Reads whether a global or a field can be set.
pub(super) fn mutability<O: Report>(reader: &mut Reader<'_, O>) -> Result<bool, ModuleError> {
    let at = reader.offset();
    match reader.byte(&fields::MUTABILITY)? {
        0 => Ok(false),
        1 => Ok(true),
        found => {
            let field = fields::MUTABILITY.name;
            Err(ModuleError::new(Kind::BadByte { field, found }, at))
        }
    }
}
