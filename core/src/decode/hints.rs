//! The section of branch hints (branch hinting proposal): which branches are
//! likely taken.

use super::fields;
use super::observe::{Node, Report};
use super::reader::Reader;
use crate::error::ModuleError;

/// The name of the custom section.
pub(crate) const BRANCH_HINTS: &str = "metadata.code.branch_hint";

/// Reads a section of branch hints; `hinted` gets the function, the bytes from
/// the start of its body to the branch, and whether that is likely taken.
///
/// # Errors
///
/// What is malformed; a module stays valid nevertheless.
pub(crate) fn branch_hints<O: Report>(
    reader: &mut Reader<'_, O>,
    mut hinted: impl FnMut(u32, u32, bool) -> Result<(), ModuleError>,
) -> Result<(), ModuleError> {
    for entry in 0..reader.u32(&fields::COUNT)? {
        reader.open(Node::Entry(entry));
        let function = reader.u32(&fields::FUNCTION_INDEX)?;
        for hint in 0..reader.u32(&fields::COUNT)? {
            reader.open(Node::Entry(hint));
            let branch = reader.u32(&fields::HINTED_BRANCH)?;
            // Other lengths are of hints that are not known yet.
            let length = reader.u32(&fields::HINT_LENGTH)?;
            if length == 1 {
                let hint = reader.byte(&fields::BRANCH_HINT)?;
                hinted(function, branch, hint != 0)?;
            } else {
                reader.bytes(length, &fields::CUSTOM_DATA)?;
            }
            reader.close();
        }
        reader.close();
    }
    Ok(())
}
