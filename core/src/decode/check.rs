//! What a decoder asks of whoever validates while it reads.

use crate::error::ModuleError;
use crate::module::{Declarations, ElementSegment, Export, Import, SectionId, SegmentMode};
use crate::operators::{Operator, Proposal};
use crate::types::{ExternKind, GlobalType, MemoryType, TableType, ValType};

/// Asked about every declaration after it was read and before it is kept. `at`
/// is the offset of the field that the question is about.
///
/// Every method accepts by default: decoding alone checks nothing but the
/// binary format.
///
/// ```
/// use fayasm_core::decode::Check;
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, MemoryType, ModuleError, ModuleErrorKind, decode};
///
/// struct NoMemory;
/// impl Check for NoMemory {
///     fn memory(&mut self, _: &Declarations, _: &MemoryType, at: u32) -> Result<(), ModuleError> {
///         Err(ModuleError::new(ModuleErrorKind::TooMany { what: "memories", limit: 0 }, at))
///     }
/// }
///
/// let wasm = wat::parse_str("(module (memory 1))")?;
/// let mut all = Declarations::default();
/// let refused = decode::module(&wasm, &Config::new(), &mut all, None, &mut NoMemory);
/// assert!(refused.unwrap_err().to_string().starts_with("more than 0 memories"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub trait Check {
    /// A recursion group of types, from the one with the index `start` to the last.
    fn types(&mut self, all: &Declarations, start: u32, at: u32) -> Result<(), ModuleError> {
        let _ = (all, start, at);
        Ok(())
    }

    /// An import.
    fn import(&mut self, all: &Declarations, import: &Import, at: u32) -> Result<(), ModuleError> {
        let _ = (all, import, at);
        Ok(())
    }

    /// A function of the type with this index.
    fn function(&mut self, all: &Declarations, ty: u32, at: u32) -> Result<(), ModuleError> {
        let _ = (all, ty, at);
        Ok(())
    }

    /// A table, which says or does not say what its elements are at first.
    fn table(
        &mut self,
        all: &Declarations,
        ty: &TableType,
        with_value: bool,
        at: u32,
    ) -> Result<(), ModuleError> {
        let _ = (all, ty, with_value, at);
        Ok(())
    }

    /// A tag of the type with this index.
    fn tag(&mut self, all: &Declarations, ty: u32, at: u32) -> Result<(), ModuleError> {
        let _ = (all, ty, at);
        Ok(())
    }

    /// A linear memory.
    fn memory(&mut self, all: &Declarations, ty: &MemoryType, at: u32) -> Result<(), ModuleError> {
        let _ = (all, ty, at);
        Ok(())
    }

    /// A constant expression that must yield a value of type `expected`: its
    /// instructions, `end` included. That each may stand in one is known.
    fn constant(
        &mut self,
        all: &Declarations,
        code: &[u8],
        expected: ValType,
        at: u32,
    ) -> Result<(), ModuleError> {
        let _ = (all, code, expected, at);
        Ok(())
    }

    /// A global; its first value was asked about before.
    fn global(&mut self, all: &Declarations, ty: &GlobalType, at: u32) -> Result<(), ModuleError> {
        let _ = (all, ty, at);
        Ok(())
    }

    /// An export.
    fn export(&mut self, all: &Declarations, export: &Export, at: u32) -> Result<(), ModuleError> {
        let _ = (all, export, at);
        Ok(())
    }

    /// The start function.
    fn start(&mut self, all: &Declarations, function: u32, at: u32) -> Result<(), ModuleError> {
        let _ = (all, function, at);
        Ok(())
    }

    /// A function that an element segment or a constant expression refers to.
    fn function_reference(
        &mut self,
        all: &Declarations,
        function: u32,
        at: u32,
    ) -> Result<(), ModuleError> {
        let _ = (all, function, at);
        Ok(())
    }

    /// An element segment; its elements were asked about before.
    fn element(
        &mut self,
        all: &Declarations,
        segment: &ElementSegment,
        at: u32,
    ) -> Result<(), ModuleError> {
        let _ = (all, segment, at);
        Ok(())
    }

    /// Where a data segment goes.
    fn data(&mut self, all: &Declarations, mode: &SegmentMode, at: u32) -> Result<(), ModuleError> {
        let _ = (all, mode, at);
        Ok(())
    }

    /// A section that has been read whole.
    fn section(&mut self, all: &Declarations, id: SectionId) -> Result<(), ModuleError> {
        let _ = (all, id);
        Ok(())
    }

    /// The body of a function: its groups of locals and its instructions.
    fn body(
        &mut self,
        all: &Declarations,
        function: u32,
        body: &[u8],
        at: u32,
    ) -> Result<(), ModuleError> {
        let _ = (all, function, body, at);
        Ok(())
    }
}

/// Accepts everything.
///
/// ```
/// use fayasm_core::decode::Unchecked;
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, decode};
///
/// let wasm = wat::parse_str("(module (func (call 7)))")?; // there is no function 7
/// let mut all = Declarations::default();
/// assert!(decode::module(&wasm, &Config::new(), &mut all, None, &mut Unchecked).is_ok());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Unchecked;

impl Check for Unchecked {}

/// The proposal that an operator needs in a constant expression; none if it
/// may not stand in one.
pub(crate) const fn constant_since(operator: Operator) -> Option<Proposal> {
    use Operator as O;
    match operator {
        O::I32Const | O::I64Const | O::F32Const | O::F64Const | O::GlobalGet => Some(Proposal::Mvp),
        #[cfg(feature = "simd")]
        O::V128Const => Some(Proposal::Simd),
        O::RefNull | O::RefFunc => Some(Proposal::ReferenceTypes),
        O::I32Add | O::I32Sub | O::I32Mul | O::I64Add | O::I64Sub | O::I64Mul => {
            Some(Proposal::ExtendedConst)
        }
        O::StructNew | O::StructNewDefault => Some(Proposal::Gc),
        O::ArrayNew | O::ArrayNewDefault | O::ArrayNewFixed => Some(Proposal::Gc),
        O::RefI31 | O::AnyConvertExtern | O::ExternConvertAny => Some(Proposal::Gc),
        _ => None,
    }
}

/// The kind of extern a byte stands for in imports and exports.
pub(crate) const fn extern_kind(byte: u8) -> Option<ExternKind> {
    match byte {
        0 => Some(ExternKind::Func),
        1 => Some(ExternKind::Table),
        2 => Some(ExternKind::Memory),
        3 => Some(ExternKind::Global),
        4 => Some(ExternKind::Tag),
        _ => None,
    }
}
