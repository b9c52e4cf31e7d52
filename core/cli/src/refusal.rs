//! Why bytes are refused as a module, with the surroundings of the place.

use std::borrow::Cow;
use std::fmt;

use fayasm_core::decode::{self, Unchecked};
use fayasm_core::module::{Declarations, NameIndex, Names};
use fayasm_core::{Config, ModuleError};
use fayasm_dwarf::demangle;

use crate::output::printable;

/// Bytes in a row.
const ROW: usize = 16;

/// What is wrong with a module, the name of the function and the bytes around.
#[derive(Debug)]
pub(crate) struct Refusal {
    error: ModuleError,
    function: Option<String>,
    /// Where the first of `bytes` stands.
    from: usize,
    /// The row that the error lies in, and the one before.
    bytes: Vec<u8>,
}

impl Refusal {
    pub(crate) fn new(error: ModuleError, bytes: &[u8]) -> Self {
        let offset = error.offset() as usize;
        let from = (offset / ROW * ROW).saturating_sub(ROW);
        let until = bytes.len().min(from + 2 * ROW);
        let shown = bytes.get(from..until).unwrap_or_default().to_vec();
        let function = error.function().and_then(|function| name(bytes, function));
        Refusal { error, function, from, bytes: shown }
    }
}

/// The name of a function, even if its body is wrong.
fn name(bytes: &[u8], function: u32) -> Option<String> {
    let mut all = Declarations::default();
    let _ = decode::module(bytes, &Config::default(), &mut all, None, &mut Unchecked);
    let index = NameIndex::new(bytes, &all);
    let name = Names::new(bytes, &all, &index).function(function)?;
    let name = demangle(name).map_or(Cow::Borrowed(name), Cow::Owned);
    Some(printable(&name).to_string())
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error.kind())?;
        if let Some(function) = self.error.function() {
            write!(f, ", in function {function}")?;
        }
        if let Some(name) = &self.function {
            write!(f, " ${name}")?;
        }
        let offset = self.error.offset() as usize;
        write!(f, ", at byte {offset:#x}")?;
        for (row, bytes) in self.bytes.chunks(ROW).enumerate() {
            let start = self.from + row * ROW;
            write!(f, "\n  {start:#08x} ")?;
            for byte in bytes {
                write!(f, " {byte:02x}")?;
            }
            if (start..start + ROW).contains(&offset) {
                // Under the byte, behind the row's own offset.
                write!(f, "\n{:width$}^^", "", width = 12 + 3 * (offset - start))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fayasm_core::ModuleErrorKind;

    use super::*;

    #[test]
    fn the_byte_that_is_wrong_is_pointed_at() {
        let bytes: Vec<u8> = (0..40).collect();
        let error = ModuleError::new(ModuleErrorKind::NotUtf8, 0x12);
        let text = Refusal::new(error, &bytes).to_string();
        let [message, before, row, mark] = text.lines().collect::<Vec<_>>()[..] else {
            panic!("four lines: {text}");
        };
        assert_eq!(message, "the name is not UTF-8, at byte 0x12");
        assert!(before.starts_with("  0x000000  00 01 02"), "{before}");
        assert_eq!(row.find("12"), mark.find("^^"), "{text}");
    }

    #[test]
    fn an_error_past_the_end_or_in_nothing_shows_what_there_is() {
        for (length, offset) in [(0usize, 0), (3, 3), (16, 16), (20, u32::MAX)] {
            let error = ModuleError::new(ModuleErrorKind::BadMagic, offset);
            let text = Refusal::new(error, &vec![0; length]).to_string();
            assert!(text.contains("at byte"), "{text}");
        }
    }
}
