//! The row of a state: a number for it, to tell where two runs differ.

use core::fmt::{self, Write};

use crate::value::Value;
use crate::{Format, row};

/// A number for a state of a run (`fayasm_core::timeline::state_hash`).
///
/// ```
/// use fayasm_trace::{Format, HashRow};
///
/// let row = HashRow { executed: 1000, hash: 0xbeef };
/// let mut text = String::new();
/// row.write(Format::JsonLines, &mut text)?;
/// HashRow::head(Format::Csv, &mut text)?;
/// row.write(Format::Csv, &mut text)?;
/// assert_eq!(text, concat!(
///     "{\"executed\":1000,\"hash\":\"000000000000beef\"}\n",
///     "executed,hash\r\n1000,000000000000beef\r\n",
/// ));
/// # Ok::<(), core::fmt::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashRow {
    /// How many instructions have been executed.
    pub executed: u64,
    /// The number for the state after them.
    pub hash: u64,
}

impl HashRow {
    /// The names of its values.
    pub const COLUMNS: [&str; 2] = ["executed", "hash"];

    /// Writes what comes before the first row: of CSV, the names of the columns.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn head(format: Format, out: &mut dyn Write) -> fmt::Result {
        row::head(&HashRow::COLUMNS, format, out)
    }

    /// Writes the row, with the end of its line.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> fmt::Result {
        let values = [Value::Number(self.executed), Value::Hash(self.hash)];
        row::write(&HashRow::COLUMNS, &values, format, out)
    }
}
