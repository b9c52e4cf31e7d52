//! What comes from a module, on a terminal.

use core::fmt::{self, Display};

/// A text that comes from a module, safe to print on a terminal: control
/// characters are escaped.
///
/// ```
/// use fayasm_core::text::printable;
///
/// assert_eq!(printable("f\u{1b}[2J").to_string(), "f\\u{1b}[2J");
/// ```
pub fn printable(text: &str) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        text.chars().try_for_each(|character| match character.is_control() {
            true => write!(f, "{}", character.escape_unicode()),
            false => write!(f, "{character}"),
        })
    })
}
