//! The name section (specification §7.4.1): names for people to read.

use super::fields;
use super::observe::{Node, Report};
use super::reader::Reader;
use crate::error::ModuleError;

/// Subsections of the name section.
pub(crate) mod subsection {
    pub(crate) const MODULE: u8 = 0;
    pub(crate) const FUNCTIONS: u8 = 1;
    pub(crate) const LOCALS: u8 = 2;
}

/// Reads a name section for the sake of its observer.
///
/// # Errors
///
/// What is malformed; a module stays valid nevertheless.
pub(super) fn observe<O: Report>(reader: &mut Reader<'_, O>) -> Result<(), ModuleError> {
    while !reader.is_empty() {
        let id = reader.peek().unwrap_or_default();
        reader.open(Node::Subsection(id));
        reader.byte(&fields::SUBSECTION_ID)?;
        let size = reader.u32(&fields::SUBSECTION_SIZE)?;
        let mut contents = reader.section(size, &fields::SUBSECTION_SIZE)?;
        match id {
            subsection::MODULE => {
                contents.name(&fields::NAME)?;
            }
            subsection::LOCALS => {
                let functions = contents.u32(&fields::COUNT)?;
                for index in 0..functions {
                    contents.open(Node::Entry(index));
                    contents.u32(&fields::FUNCTION_INDEX)?;
                    name_map(&mut contents, |_, _, _| {})?;
                    contents.close();
                }
            }
            // Functions, and the maps of the same form that later proposals brought.
            subsection::FUNCTIONS | 4..=9 => name_map(&mut contents, |_, _, _| {})?,
            _ => {
                let length = u32::try_from(contents.remaining()).unwrap_or(u32::MAX);
                contents.bytes(length, &fields::CUSTOM_DATA)?;
            }
        }
        drop(contents);
        reader.close();
    }
    Ok(())
}

/// Reads names of indices; `named` gets the index, the name, and the offset
/// that follows the name.
pub(crate) fn name_map<'a, O: Report>(
    reader: &mut Reader<'a, O>,
    mut named: impl FnMut(u32, &'a str, u32),
) -> Result<(), ModuleError> {
    let count = reader.u32(&fields::COUNT)?;
    for entry in 0..count {
        reader.open(Node::Entry(entry));
        let index = reader.u32(&fields::NAMED_INDEX)?;
        let name = reader.name(&fields::NAME)?;
        named(index, name, reader.offset());
        reader.close();
    }
    Ok(())
}
