//! Element segments, data segments and constant expressions.

use alloc::vec::Vec;

use super::check::{Check, constant_since};
use super::fields;
use super::instruction::{Immediates, immediates};
use super::observe::{Node, Report};
use super::reader::Reader;
use super::types::element_type;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::{
    ConstExpr, DataSegment, Declarations, ElementItems, ElementSegment, SegmentMode, Span,
    boxed_at, push,
};
use crate::operators::{Operator, Proposal};
use crate::types::{AddrType, HeapType, RefType, ValType};

/// The most elements that a segment may hold.
const MAX_ELEMENTS: u32 = 10_000_000;

/// Reads a constant expression that must yield a value of type `expected`
/// (specification §5.4.9).
pub(super) fn const_expr<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &Declarations,
    check: &mut dyn Check,
    expected: ValType,
) -> Result<ConstExpr, ModuleError> {
    reader.open(Node::Part("constant expression"));
    let start = reader.offset();
    let mut count = 0u32;
    loop {
        let at = reader.offset();
        reader.open(Node::Instruction(count));
        let operator = reader.operator()?;
        if operator == Operator::End {
            reader.close();
            break;
        }
        let Some(proposal) = constant_since(operator) else {
            return Err(ModuleError::new(Kind::NotConstant(operator), at));
        };
        if !config.allows(proposal) {
            return Err(ModuleError::new(Kind::Disabled(proposal), at));
        }
        if let Immediates::Function(function) = immediates(reader, operator)? {
            check.function_reference(all, function, at)?;
        }
        count = count.saturating_add(1);
        reader.close();
    }
    reader.close();
    let span = Span { start, end: reader.offset() };
    check.constant(all, reader.since(start), expected, start)?;
    Ok(ConstExpr { span })
}

/// Bits of an element segment's flags (specification §5.5.12).
mod flag {
    /// Passive or declared rather than active.
    pub(super) const NOT_ACTIVE: u32 = 1;
    /// Of an active segment: a table index follows; otherwise: declared.
    pub(super) const EXPLICIT: u32 = 2;
    /// Elements are expressions rather than function indices.
    pub(super) const EXPRESSIONS: u32 = 4;
}

/// Reads the flags of a segment, of which none may exceed `max`.
fn segment_flags<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    max: u32,
) -> Result<u32, ModuleError> {
    let at = reader.offset();
    let flags = reader.u32(&fields::SEGMENT_FLAGS)?;
    if flags > max {
        // Only the byte that tells most is shown of a number that fits none.
        let found = flags.min(0xFF) as u8;
        let field = fields::SEGMENT_FLAGS.name;
        return Err(ModuleError::new(Kind::BadByte { field, found }, at));
    }
    if flags != 0 && !config.allows(Proposal::BulkMemory) {
        return Err(ModuleError::new(Kind::Disabled(Proposal::BulkMemory), at));
    }
    Ok(flags)
}

/// Reads an element segment and keeps it.
pub(super) fn element<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    let at = reader.offset();
    let flags = segment_flags(reader, config, 7)?;
    let explicit = flags & flag::EXPLICIT != 0;
    let mode = if flags & flag::NOT_ACTIVE == 0 {
        let target = if explicit { reader.u32(&fields::TABLE_INDEX)? } else { 0 };
        let address = all.tables.get(target as usize).map_or(AddrType::I32, |table| table.address);
        let offset = const_expr(reader, config, all, check, address.into())?;
        SegmentMode::Active { target, offset }
    } else if explicit {
        SegmentMode::Declared
    } else {
        SegmentMode::Passive
    };
    let expressions = flags & flag::EXPRESSIONS != 0;
    // Segments of the first form, active in table 0, do not say what they hold.
    let says_type = flags & (flag::NOT_ACTIVE | flag::EXPLICIT) != 0;
    let ty = match (says_type, expressions) {
        (false, true) => RefType::FUNCREF,
        (false, false) => RefType::non_null(HeapType::Func),
        (true, true) => element_type(reader, config)?,
        (true, false) => {
            reader.zero(&fields::ELEMENT_KIND)?;
            RefType::non_null(HeapType::Func)
        }
    };
    let items = elements(reader, config, all, check, expressions, ty)?;
    let segment = ElementSegment { mode, ty, items };
    check.element(all, &segment, at)?;
    push(&mut all.elements, segment, at)
}

fn elements<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &Declarations,
    check: &mut dyn Check,
    expressions: bool,
    ty: RefType,
) -> Result<ElementItems, ModuleError> {
    let start = reader.offset();
    let count = reader.count(&fields::ELEMENT_COUNT, "elements in a segment", MAX_ELEMENTS)?;
    if expressions {
        let mut items = Vec::new();
        for _ in 0..count {
            let at = reader.offset();
            let item = const_expr(reader, config, all, check, ValType::Ref(ty))?;
            push(&mut items, item, at)?;
        }
        return Ok(ElementItems::Expressions(boxed_at(items, start)?));
    }
    let mut items = Vec::new();
    for _ in 0..count {
        let at = reader.offset();
        let function = reader.u32(&fields::FUNCTION_INDEX)?;
        check.function_reference(all, function, at)?;
        push(&mut items, function, at)?;
    }
    Ok(ElementItems::Functions(boxed_at(items, start)?))
}

/// Reads a data segment and keeps it.
pub(super) fn data<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    all: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    let at = reader.offset();
    let flags = segment_flags(reader, config, 2)?;
    let mode = if flags & flag::NOT_ACTIVE == 0 {
        let explicit = flags & flag::EXPLICIT != 0;
        let target = if explicit { reader.u32(&fields::MEMORY_INDEX)? } else { 0 };
        let address = all.memories.get(target as usize).map_or(AddrType::I32, |ty| ty.address);
        let offset = const_expr(reader, config, all, check, address.into())?;
        SegmentMode::Active { target, offset }
    } else {
        SegmentMode::Passive
    };
    check.data(all, &mode, at)?;
    let length = reader.u32(&fields::DATA_LENGTH)?;
    let start = reader.offset();
    reader.bytes(length, &fields::DATA_BYTES)?;
    let contents = Span { start, end: start + length };
    push(&mut all.data, DataSegment { mode, contents }, at)
}
