//! Bodies of functions: groups of locals, then instructions (specification §5.5.13).

use super::fields;
use super::instruction::instruction;
use super::observe::{Node, Report};
use super::reader::Reader;
use super::types::val_type;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::types::ValType;

/// The most locals that a function may have, parameters included.
///
/// ```
/// use fayasm_core::decode::{MAX_LOCALS, Reader};
/// use fayasm_core::{Config, ModuleErrorKind, decode};
///
/// let body = [1, 0xD1, 0x86, 0x03, 0x7F, 0x0B]; // 50 001 locals of type i32
/// let refused = decode::locals(&mut Reader::new(&body, 0), &Config::new(), |_, _, _| Ok(()));
/// let error = refused.unwrap_err();
/// assert!(matches!(error.kind(), ModuleErrorKind::TooMany { limit: MAX_LOCALS, .. }));
/// ```
pub const MAX_LOCALS: u32 = 50_000;

/// Moves past a body of `size` bytes, which are known to be there, and gives
/// them. Reads them only if an observer wants to see what they hold.
pub(super) fn locate<'a, O: Report>(
    reader: &mut Reader<'a, O>,
    function: u32,
    size: u32,
) -> Result<&'a [u8], ModuleError> {
    let mut body = reader.section(size, &fields::BODY_SIZE)?;
    if O::ACTIVE {
        // What is wrong inside a body is for validation to say.
        let _ = observe(&mut body, function);
    }
    Ok(body.all())
}

/// Reads a body for the sake of its observer.
///
/// # Errors
///
/// What is malformed.
pub(super) fn observe<O: Report>(
    reader: &mut Reader<'_, O>,
    function: u32,
) -> Result<(), ModuleError> {
    reader.open(Node::Body(function));
    locals(reader, &Config::default(), |_, _, _| Ok(()))?;
    let mut index = 0u32;
    while !reader.is_empty() {
        reader.open(Node::Instruction(index));
        instruction(reader)?;
        reader.close();
        index = index.saturating_add(1);
    }
    reader.close();
    Ok(())
}

/// Reads the groups of locals that a body begins with; `group` gets the count
/// and type of each, and the offset it stands at.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::decode::Reader;
/// use fayasm_core::{Config, ValType, decode};
///
/// let wat = "(module (func (local i32 i32 f64)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let body = module.body(0).expect("it is not imported");
/// let mut groups = Vec::new();
/// decode::locals(&mut Reader::new(body, 0), &Config::new(), |count, ty, _at| {
///     groups.push((count, ty));
///     Ok(())
/// })?;
/// assert_eq!(groups, [(2, ValType::I32), (1, ValType::F64)]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// What is malformed; more locals than [`MAX_LOCALS`]; whatever `group` returns.
pub fn locals<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    mut group: impl FnMut(u32, ValType, u32) -> Result<(), ModuleError>,
) -> Result<(), ModuleError> {
    reader.open(Node::Part("locals"));
    let groups = reader.u32(&fields::LOCALS_COUNT)?;
    let mut total = 0u32;
    for index in 0..groups {
        reader.open(Node::Entry(index));
        let at = reader.offset();
        let count = reader.u32(&fields::LOCAL_COUNT)?;
        total = match total.checked_add(count) {
            Some(total) if total <= MAX_LOCALS => total,
            _ => {
                let kind = Kind::TooMany { what: "locals in a function", limit: MAX_LOCALS };
                return Err(ModuleError::new(kind, at));
            }
        };
        let ty = val_type(reader, &fields::LOCAL_TYPE, config)?;
        group(count, ty, at)?;
        reader.close();
    }
    reader.close();
    Ok(())
}
