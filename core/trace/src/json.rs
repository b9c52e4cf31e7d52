//! Objects of JSON, written key by key.

use core::fmt::{self, Display, Write};

/// An object that is being written.
pub(crate) struct Object<'a, W> {
    out: &'a mut W,
    empty: bool,
}

impl<'a, W: Write> Object<'a, W> {
    pub(crate) fn new(out: &'a mut W) -> Result<Self, fmt::Error> {
        out.write_char('{')?;
        Ok(Object { out, empty: true })
    }

    /// A number, or what is JSON already.
    pub(crate) fn raw(&mut self, key: &str, value: impl Display) -> fmt::Result {
        self.key(key)?;
        write!(self.out, "{value}")
    }

    pub(crate) fn text(&mut self, key: &str, value: impl Display) -> fmt::Result {
        self.key(key)?;
        string(self.out, value)
    }

    /// Left out if there is none.
    pub(crate) fn optional<D: Display>(&mut self, key: &str, value: Option<D>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.text(key, value))
    }

    pub(crate) fn texts<D: Display>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = D>,
    ) -> fmt::Result {
        self.array(key, values, |out, value| string(out, value))
    }

    pub(crate) fn array<D>(
        &mut self,
        key: &str,
        values: impl IntoIterator<Item = D>,
        mut write: impl FnMut(&mut W, D) -> fmt::Result,
    ) -> fmt::Result {
        self.key(key)?;
        self.out.write_char('[')?;
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.out.write_char(',')?;
            }
            write(self.out, value)?;
        }
        self.out.write_char(']')
    }

    /// An object in this one.
    pub(crate) fn inner(&mut self, key: &str) -> Result<Object<'_, W>, fmt::Error> {
        self.key(key)?;
        Object::new(self.out)
    }

    pub(crate) fn end(self) -> fmt::Result {
        self.out.write_char('}')
    }

    fn key(&mut self, key: &str) -> fmt::Result {
        let comma = if core::mem::take(&mut self.empty) { "" } else { "," };
        write!(self.out, "{comma}\"{key}\":")
    }
}

fn string(out: &mut impl Write, value: impl Display) -> fmt::Result {
    out.write_char('"')?;
    write!(Escaping(out), "{value}")?;
    out.write_char('"')
}

/// Writes on, with escapes where a string of JSON needs them.
struct Escaping<'a, W>(&'a mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        let odd = |it: char| matches!(it, '"' | '\\' | '\0'..='\x1f');
        while let Some((before, after)) = rest.split_once(odd) {
            self.0.write_str(before)?;
            match rest.as_bytes().get(before.len()) {
                Some(b'"') => self.0.write_str("\\\"")?,
                Some(b'\\') => self.0.write_str("\\\\")?,
                Some(control) => write!(self.0, "\\u{control:04x}")?,
                None => {}
            }
            rest = after;
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn strings_are_escaped_as_json_wants_them() {
        let mut text = String::new();
        let mut object = Object::new(&mut text).unwrap();
        object.text("a", "q\"b\\c\n\u{1}é").unwrap();
        object.texts("b", ["", "x"]).unwrap();
        object.end().unwrap();
        assert_eq!(text, r#"{"a":"q\"b\\c\u000a\u0001é","b":["","x"]}"#);
    }
}
