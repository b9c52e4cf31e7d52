//! Decoding a module: header, then section after section (specification §5.5).

use super::check::Check;
use super::fields;
use super::observe::{Node, Observer, Report};
use super::reader::Reader;
use super::sections::contents as section_contents;
use crate::config::Config;
use crate::error::{ModuleError, ModuleErrorKind as Kind};
use crate::module::{Declarations, Section, SectionId, Span, push};

/// Decodes `bytes` into `declarations`, tells `observer` of every field if
/// there is one, and asks `check` about every declaration. Bodies of functions
/// are located, and handed to `check`, but read only for an observer.
///
/// ```
/// use fayasm_core::decode::Unchecked;
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, decode};
///
/// // Without validation: for a look at modules that are invalid.
/// let wasm = wat::parse_str("(module (memory 2) (func (result i32)))")?;
/// let mut all = Declarations::default();
/// decode::module(&wasm, &Config::new(), &mut all, None, &mut Unchecked)?;
/// assert_eq!(all.memories[0].limits.min, 2);
///
/// // What was read before an error is kept.
/// let mut some = Declarations::default();
/// let cut = &wasm[..wasm.len() - 1];
/// assert!(decode::module(cut, &Config::new(), &mut some, None, &mut Unchecked).is_err());
/// assert_eq!(some.memories.len(), 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first thing that is malformed, or that `check` refuses. What was
/// decoded before it stays in `declarations`.
pub fn module(
    bytes: &[u8],
    config: &Config,
    declarations: &mut Declarations,
    observer: Option<&mut dyn Observer>,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(ModuleError::new(Kind::ModuleTooLarge, 0));
    }
    match observer {
        Some(observer) => {
            sections(Reader::reporting(bytes, 0, observer), config, declarations, check)
        }
        None => sections(Reader::new(bytes, 0), config, declarations, check),
    }
}

fn sections<O: Report>(
    mut reader: Reader<'_, O>,
    config: &Config,
    declarations: &mut Declarations,
    check: &mut dyn Check,
) -> Result<(), ModuleError> {
    header(&mut reader)?;
    let mut last = SectionId::Custom;
    while !reader.is_empty() {
        section(&mut reader, config, declarations, check, &mut last)?;
    }
    let declared = declarations.functions.len() as u32 - declarations.imported_functions;
    let found = declarations.bodies.len() as u32;
    if declared != found {
        let mismatch = Kind::CountMismatch { what: "function bodies", declared, found };
        return Err(reader.error(mismatch));
    }
    let found = declarations.data.len() as u32;
    match declarations.data_count {
        Some(declared) if declared != found => {
            Err(reader.error(Kind::CountMismatch { what: "data segments", declared, found }))
        }
        _ => Ok(()),
    }
}

/// Reads magic and version.
pub(super) fn header<O: Report>(reader: &mut Reader<'_, O>) -> Result<(), ModuleError> {
    reader.open(Node::Header);
    let at = reader.offset();
    if reader.bytes(4, &fields::MAGIC)? != b"\0asm" {
        return Err(ModuleError::new(Kind::BadMagic, at));
    }
    let at = reader.offset();
    match reader.fixed32(&fields::VERSION)? {
        1 => {}
        version => return Err(ModuleError::new(Kind::BadVersion(version), at)),
    }
    reader.close();
    Ok(())
}

fn section<O: Report>(
    reader: &mut Reader<'_, O>,
    config: &Config,
    declarations: &mut Declarations,
    check: &mut dyn Check,
    last: &mut SectionId,
) -> Result<(), ModuleError> {
    let start = reader.offset();
    let Some(byte) = reader.peek() else { return Ok(()) };
    let Some(id) = SectionId::from_byte(byte) else {
        return Err(reader.error(Kind::UnknownSection(byte)));
    };
    reader.open(Node::Section(byte));
    reader.byte(&fields::SECTION_ID)?;
    if id != SectionId::Custom {
        if id.rank() <= last.rank() {
            return Err(ModuleError::new(Kind::SectionOutOfOrder(byte), start));
        }
        *last = id;
    }
    let size_at = reader.offset();
    let size = reader.u32(&fields::SECTION_SIZE)?;
    // A section that the bytes cut short is decoded as far as it goes.
    let present = size.min(u32::try_from(reader.remaining()).unwrap_or(u32::MAX));
    let mut contents = reader.section(present, &fields::SECTION_SIZE)?;
    let from = contents.offset();
    let end = from + present;
    let section =
        Section { id, name: None, span: Span { start, end }, contents: Span { start: from, end } };
    push(&mut declarations.sections, section, start)?;
    section_contents(&mut contents, id, config, declarations, check)?;
    check.section(declarations, id)?;
    if present < size {
        return Err(ModuleError::new(Kind::UnexpectedEnd(id.contents_name()), size_at));
    }
    if !contents.is_empty() {
        let actual = contents.offset() - from;
        let what = id.contents_name();
        return Err(contents.error(Kind::SizeMismatch { what, declared: size, actual }));
    }
    drop(contents);
    reader.close();
    Ok(())
}
