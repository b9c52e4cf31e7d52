//! Fields of a part of a module, without decoding the rest again.

use super::body;
use super::check::Unchecked;
use super::fields;
use super::module::header;
use super::observe::{Node, Observer, Report};
use super::reader::Reader;
use super::sections;
use crate::config::Config;
use crate::error::ModuleError;
use crate::module::{Declarations, Section, SectionId, Span};

/// Tells `observer` of the fields of a module that overlap `window`, and of
/// some around them: sections are read whole, except that of the code section
/// only the bodies that overlap are read.
///
/// `declarations` are those that [`decode::module`](super::module) found in
/// `bytes`, wholly or up to an error; what is malformed ends the report of
/// its section early.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::decode::{self, Field, Observer};
///
/// #[derive(Default)]
/// struct Fields(Vec<&'static str>);
/// impl Observer for Fields {
///     fn field(&mut self, field: &Field<'_>) {
///         self.0.push(field.spec.name);
///     }
/// }
///
/// let wat = "(module (func (nop)) (func (drop (i32.const 7))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let all = module.declarations();
/// let second = all.body(1).expect("it is not imported");
/// let mut seen = Fields::default();
/// decode::window(module.bytes(), all, second, &mut seen);
/// assert!(seen.0.ends_with(&["opcode", "i32 value", "opcode", "opcode"]));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn window(
    bytes: &[u8],
    declarations: &Declarations,
    window: Span,
    observer: &mut dyn Observer,
) {
    let overlaps = |span: Span| span.start < window.end && window.start < span.end;
    if window.start < 8 {
        let mut reader = Reader::reporting(bytes, 0, &mut *observer);
        let _ = header(&mut reader);
    }
    let from = declarations.sections.partition_point(|section| section.span.end <= window.start);
    for section in declarations.sections.get(from..).unwrap_or_default() {
        if !overlaps(section.span) {
            break;
        }
        let Some(contents) = bytes.get(section.span.range()) else { break };
        let mut reader = Reader::reporting(contents, section.span.start, &mut *observer);
        let _ = match section.id {
            SectionId::Code => code(&mut reader, declarations, section, window),
            _ => whole(&mut reader, section),
        };
    }
}

fn whole<O: Report>(reader: &mut Reader<'_, O>, section: &Section) -> Result<(), ModuleError> {
    section_header(reader, section)?;
    let mut scratch = Declarations::default();
    sections::contents(reader, section.id, &Config::default(), &mut scratch, &mut Unchecked)?;
    reader.close();
    Ok(())
}

fn section_header<O: Report>(
    reader: &mut Reader<'_, O>,
    section: &Section,
) -> Result<(), ModuleError> {
    reader.open(Node::Section(section.id as u8));
    reader.byte(&fields::SECTION_ID)?;
    reader.u32(&fields::SECTION_SIZE)?;
    Ok(())
}

fn code<O: Report>(
    reader: &mut Reader<'_, O>,
    declarations: &Declarations,
    section: &Section,
    window: Span,
) -> Result<(), ModuleError> {
    section_header(reader, section)?;
    reader.u32(&fields::COUNT)?;
    let bodies = &declarations.bodies;
    let from = bodies.partition_point(|body| body.end <= window.start);
    // One more than overlap, so that a body which the module's error cut short
    // is read as far as it goes.
    for index in from..=bodies.len() {
        let entry_start = match index.checked_sub(1).and_then(|before| bodies.get(before)) {
            Some(before) => before.end,
            None => reader.offset(),
        };
        if entry_start >= window.end || entry_start >= section.span.end {
            break;
        }
        // Places of bodies fit 32 bits, as do their numbers.
        let entry = index as u32;
        reader.skip_to(entry_start);
        reader.open(Node::Entry(entry));
        let size = reader.u32(&fields::BODY_SIZE)?;
        let present = size.min(u32::try_from(reader.remaining()).unwrap_or(u32::MAX));
        let mut contents = reader.section(present, &fields::BODY_SIZE)?;
        let observed = body::observe(&mut contents, declarations.imported_functions + entry);
        drop(contents);
        observed?;
        reader.close();
    }
    Ok(())
}
