//! The values of a row, and how JSON and CSV write them.

use core::fmt::{self, Display, Write};

use fayasm_core::Val;

use crate::{EndFrame, SourcePlace};

/// A value of a row.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Left out of JSON, and empty in CSV.
    None,
    Number(u64),
    Text(&'a str),
    Shown(&'a dyn Display),
    Val(Val),
    Vals(&'a [Val]),
    Bytes(&'a [u8]),
    Hash(u64),
    /// Not for CSV.
    Frames(&'a [EndFrame<'a>]),
    Places(&'a [SourcePlace]),
}

impl<'a> Value<'a> {
    pub(crate) fn number(number: Option<u64>) -> Self {
        number.map_or(Value::None, Value::Number)
    }

    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Value::None, Value::Text)
    }

    /// Left out if there are none.
    pub(crate) fn vals(vals: &'a [Val]) -> Self {
        if vals.is_empty() { Value::None } else { Value::Vals(vals) }
    }

    fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }
}

/// Without quotes.
impl Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(text),
            Value::Shown(shown) => shown.fmt(f),
            Value::Val(val) => write!(f, "{}:{val}", val.ty()),
            Value::Vals(vals) => vals.iter().enumerate().try_for_each(|(index, val)| {
                let semicolon = if index > 0 { ";" } else { "" };
                write!(f, "{semicolon}{}", Value::Val(*val))
            }),
            Value::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Value::Hash(hash) => write!(f, "{hash:016x}"),
            Value::None | Value::Frames(_) | Value::Places(_) => Ok(()),
        }
    }
}

/// Writes a line of CSV, as RFC 4180 has it. What may have commas is quoted.
pub(crate) fn csv<'a>(
    out: &mut dyn Write,
    values: &mut dyn Iterator<Item = Value<'a>>,
) -> fmt::Result {
    let mut comma = "";
    for value in values {
        out.write_str(core::mem::replace(&mut comma, ","))?;
        match value {
            Value::Text(_) | Value::Shown(_) => quoted(out, &value, Quoting::Csv)?,
            _ => write!(out, "{value}")?,
        }
    }
    out.write_str("\r\n")
}

/// Writes an object of JSON. `a.b` is the value `b` of the object `a`.
pub(crate) fn json(out: &mut dyn Write, fields: &[(&str, Value<'_>)]) -> fmt::Result {
    let (mut before, mut inside) = ("{", "");
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_none()) {
        let (object, key) = name.split_once('.').unwrap_or(("", name));
        if object != inside && !inside.is_empty() {
            out.write_char('}')?;
        }
        out.write_str(core::mem::replace(&mut before, ","))?;
        if object != inside && !object.is_empty() {
            write!(out, "\"{object}\":{{")?;
        }
        inside = object;
        write!(out, "\"{key}\":")?;
        json_value(out, value)?;
    }
    out.write_str(if inside.is_empty() { "}" } else { "}}" })
}

fn json_value(out: &mut dyn Write, value: &Value<'_>) -> fmt::Result {
    match *value {
        Value::Number(number) => write!(out, "{number}"),
        Value::Vals(vals) => array(out, vals.len(), &mut |out, index| {
            vals.get(index).map_or(Ok(()), |val| quoted(out, &Value::Val(*val), Quoting::Json))
        }),
        Value::Frames(frames) => array(out, frames.len(), &mut |out, index| {
            frames.get(index).map_or(Ok(()), |frame| frame.write(out))
        }),
        Value::Places(places) => array(out, places.len(), &mut |out, index| {
            places.get(index).map_or(Ok(()), |place| place.write(out))
        }),
        ref other => quoted(out, other, Quoting::Json),
    }
}

fn array(
    out: &mut dyn Write,
    length: usize,
    write: &mut dyn FnMut(&mut dyn Write, usize) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for index in 0..length {
        if index > 0 {
            out.write_char(',')?;
        }
        write(out, index)?;
    }
    out.write_char(']')
}

fn quoted(out: &mut dyn Write, value: &Value<'_>, quoting: Quoting) -> fmt::Result {
    out.write_char('"')?;
    write!(Quoted(&mut *out, quoting), "{value}")?;
    out.write_char('"')
}

#[derive(Clone, Copy)]
enum Quoting {
    Json,
    Csv,
}

/// Writes on, with escapes where what stands in quotes needs them.
struct Quoted<'a>(&'a mut dyn Write, Quoting);

impl Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Quoted(out, quoting) = self;
        text.chars().try_for_each(|it| match (it, *quoting) {
            ('"', Quoting::Csv) => out.write_str("\"\""),
            (it, Quoting::Csv) => out.write_char(it),
            ('"' | '\\', Quoting::Json) => write!(out, "\\{it}"),
            ('\0'..='\x1f', Quoting::Json) => write!(out, "\\u{:04x}", u32::from(it)),
            (it, Quoting::Json) => out.write_char(it),
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn objects_are_written_as_json_wants_them() {
        let mut text = String::new();
        let fields = [
            ("a", Value::Text("q\"b\\c\n\u{1}é")),
            ("b", Value::None),
            ("c.d", Value::Number(1)),
            ("c.e", Value::Bytes(&[1, 0xff])),
            ("f", Value::Vals(&[Val::I32(-1), Val::I64(2)])),
            ("g.h", Value::Val(Val::I32(3))),
        ];
        json(&mut text, &fields).unwrap();
        let expected = r#"{"a":"q\"b\\c\u000a\u0001é","c":{"d":1,"e":"01ff"},"f":["i32:-1","i64:2"],"g":{"h":"i32:3"}}"#;
        assert_eq!(text, expected);
        json(&mut text, &[]).unwrap();
    }

    #[test]
    fn what_is_text_is_quoted_in_csv_and_what_is_missing_is_empty() {
        let mut text = String::new();
        let values = [
            Value::Number(1),
            Value::Text("a \"b\",\nc\\"),
            Value::None,
            Value::Vals(&[Val::I32(1), Val::I32(2)]),
        ];
        csv(&mut text, &mut values.into_iter()).unwrap();
        assert_eq!(text, "1,\"a \"\"b\"\",\nc\\\",,i32:1;i32:2\r\n");
    }
}
