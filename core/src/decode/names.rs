//! The name section (specification §7.4.1): names for people to read.

use super::fields;
use super::observe::{Node, Report};
use super::reader::Reader;
use crate::error::ModuleError;

/// What a subsection of the name section holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameForm {
    /// The name of the module.
    Module,
    /// Names by index.
    Direct,
    /// Names by index, by the index of what they are parts of: locals and
    /// labels of functions, fields of structures.
    Indirect,
}

impl NameForm {
    /// What the subsection with this id holds; none if that is not known.
    pub(crate) const fn of(subsection: u8) -> Option<NameForm> {
        match subsection {
            0 => Some(NameForm::Module),
            1 | 4..=9 | 11 => Some(NameForm::Direct),
            2 | 3 | 10 => Some(NameForm::Indirect),
            _ => None,
        }
    }
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
        match NameForm::of(id) {
            Some(NameForm::Module) => {
                contents.name(&fields::NAME)?;
            }
            Some(NameForm::Direct) => name_map(&mut contents, |_, _, _| {})?,
            Some(NameForm::Indirect) => {
                let count = contents.u32(&fields::COUNT)?;
                for index in 0..count {
                    contents.open(Node::Entry(index));
                    contents.u32(&fields::NAMED_INDEX)?;
                    name_map(&mut contents, |_, _, _| {})?;
                    contents.close();
                }
            }
            None => {
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
        let (index, name) = name_entry(reader)?;
        named(index, name, reader.offset());
        reader.close();
    }
    Ok(())
}

/// Reads an index and the name that it has.
pub(crate) fn name_entry<'a, O: Report>(
    reader: &mut Reader<'a, O>,
) -> Result<(u32, &'a str), ModuleError> {
    Ok((reader.u32(&fields::NAMED_INDEX)?, reader.name(&fields::NAME)?))
}
