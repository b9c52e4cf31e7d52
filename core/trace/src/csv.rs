//! Lines of CSV, as RFC 4180 has them.

use core::fmt::{self, Display, Write};

/// A line that is being written.
pub(crate) struct Line<'a, W> {
    out: &'a mut W,
    empty: bool,
}

impl<'a, W: Write> Line<'a, W> {
    pub(crate) fn new(out: &'a mut W) -> Self {
        Line { out, empty: true }
    }

    /// A number, or another value without quotes, commas and ends of lines.
    pub(crate) fn raw(&mut self, value: impl Display) -> fmt::Result {
        self.comma()?;
        write!(self.out, "{value}")
    }

    /// Nothing if there is none.
    pub(crate) fn number(&mut self, value: Option<impl Display>) -> fmt::Result {
        match value {
            Some(value) => self.raw(value),
            None => self.comma(),
        }
    }

    /// Any text, in quotes.
    pub(crate) fn text(&mut self, value: Option<impl Display>) -> fmt::Result {
        self.comma()?;
        let Some(value) = value else { return Ok(()) };
        self.out.write_char('"')?;
        write!(Quoting(self.out), "{value}")?;
        self.out.write_char('"')
    }

    /// Values with semicolons between them.
    pub(crate) fn list(&mut self, values: impl IntoIterator<Item = impl Display>) -> fmt::Result {
        self.comma()?;
        for (index, value) in values.into_iter().enumerate() {
            let semicolon = if index > 0 { ";" } else { "" };
            write!(self.out, "{semicolon}{value}")?;
        }
        Ok(())
    }

    pub(crate) fn end(self) -> fmt::Result {
        self.out.write_str("\r\n")
    }

    fn comma(&mut self) -> fmt::Result {
        match core::mem::take(&mut self.empty) {
            true => Ok(()),
            false => self.out.write_char(','),
        }
    }
}

/// Writes on, with quotes doubled.
struct Quoting<'a, W>(&'a mut W);

impl<W: Write> Write for Quoting<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                self.0.write_str("\"\"")?;
            }
            self.0.write_str(part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn what_is_text_is_quoted_and_what_is_missing_is_empty() {
        let mut text = String::new();
        let mut line = Line::new(&mut text);
        line.raw(1).unwrap();
        line.text(Some("a \"b\",\nc")).unwrap();
        line.number(None::<u32>).unwrap();
        line.list(["i32:1", "i32:2"]).unwrap();
        line.end().unwrap();
        assert_eq!(text, "1,\"a \"\"b\"\",\nc\",,i32:1;i32:2\r\n");
    }
}
