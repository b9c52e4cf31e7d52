//! Values as text: how people write arguments, and how results are shown.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::val::{ExternRef, Val};
use crate::operators::Proposal;
use crate::text::{F32Text, F64Text, FloatShape, Lanes, nearest, nearest_hexadecimal};
use crate::types::{HeapType, ValType};

/// The longest part of a text that an error repeats, in characters.
const SHOWN: usize = 40;

/// A text is no value of the wanted type.
///
/// ```
/// use fayasm_core::{Val, ValType};
///
/// let error = Val::parse(ValType::I32, "seven").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`seven` is no i32: expected an integer from -2147483648 to 4294967295",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseValError {
    /// The type; none if the text names none that is known.
    ty: Option<ValType>,
    text: Box<str>,
}

impl ParseValError {
    fn new(ty: Option<ValType>, text: &str) -> Self {
        ParseValError { ty, text: text.chars().take(SHOWN).collect::<String>().into_boxed_str() }
    }

    /// The type that was wanted; none if the text had to name one, and did not.
    ///
    /// ```
    /// use fayasm_core::{Val, ValType};
    ///
    /// assert_eq!("i32:seven".parse::<Val>().unwrap_err().ty(), Some(ValType::I32));
    /// assert_eq!("seven".parse::<Val>().unwrap_err().ty(), None);
    /// ```
    #[must_use]
    pub fn ty(&self) -> Option<ValType> {
        self.ty
    }

    /// The text, or the beginning of a long one.
    ///
    /// ```
    /// use fayasm_core::Val;
    ///
    /// assert_eq!("f32:half".parse::<Val>().unwrap_err().text(), "half");
    /// ```
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What would have been right, in words.
    ///
    /// ```
    /// use fayasm_core::{Val, ValType};
    ///
    /// let error = Val::parse(ValType::V128, "7").unwrap_err();
    /// assert!(error.expected().ends_with("or lanes such as i32x4(1 2 3 4)"));
    /// ```
    #[must_use]
    pub fn expected(&self) -> &'static str {
        match self.ty {
            None => "a type and a value, such as i32:7 or f64:0.5",
            Some(ValType::I32) => "an integer from -2147483648 to 4294967295",
            Some(ValType::I64) => "an integer from -9223372036854775808 to 18446744073709551615",
            Some(ValType::F32 | ValType::F64) => {
                "a number such as 1, -0.5, 1e10 or 0x1p-3, or inf, -inf, nan, or nan:0x and a payload"
            }
            Some(ValType::V128) => {
                "0x and up to 32 hexadecimal digits, or lanes such as i32x4(1 2 3 4)"
            }
            Some(ValType::Ref(r)) => match (r.heap, r.nullable) {
                (HeapType::Extern, true) => "null or an integer from 0 to 4294967295",
                (HeapType::Extern, false) => "an integer from 0 to 4294967295",
                (_, true) => "null",
                (_, false) => "a reference, which cannot be written as text",
            },
        }
    }
}

impl fmt::Display for ParseValError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ty {
            Some(ty) => write!(f, "`{}` is no {ty}: expected {}", self.text, self.expected()),
            None => write!(f, "`{}` is no value: expected {}", self.text, self.expected()),
        }
    }
}

impl core::error::Error for ParseValError {}

impl Val {
    /// Reads a value of this type. Integers may be decimal or, after `0x`,
    /// hexadecimal, signed or unsigned, with underscores between digits; floats
    /// are written as in Rust, or hexadecimal with a power of two, such as `0x1.8p-3`, or
    /// `inf`, `nan`, `nan:0x200000`; vectors as
    /// hexadecimal integers or by lanes, such as `f32x4(1 2 3 4)`; references are
    /// `null`, and those of the embedder also numbers.
    ///
    /// ```
    /// use fayasm_core::{Val, ValType};
    ///
    /// assert_eq!(Val::parse(ValType::I32, "0xFFFF_FFFF")?, Val::I32(-1));
    /// assert_eq!(Val::parse(ValType::F64, "1e3")?, Val::from(1000.0));
    /// assert_eq!(Val::parse(ValType::F64, "-0x1p-3")?, Val::from(-0.125));
    /// assert_eq!(Val::parse(ValType::F32, "nan:0x200000")?, Val::F32(0x7FA0_0000));
    /// assert_eq!(Val::parse(ValType::EXTERNREF, "null")?, Val::ExternRef(None));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no value of the type; the error says what is.
    pub fn parse(ty: ValType, text: &str) -> Result<Val, ParseValError> {
        let text = text.trim();
        let val = match ty {
            ValType::I32 => integer(text, i32::MIN.into(), u32::MAX.into())
                // The lowest 32 bits are the value, whichever sign it was written with.
                .map(|value| Val::I32(value as i32)),
            ValType::I64 => integer(text, i64::MIN.into(), u64::MAX.into())
                // The lowest 64 bits are the value, whichever sign it was written with.
                .map(|value| Val::I64(value as i64)),
            ValType::F32 => float(text, FloatShape::F32)
                // All bits of a binary32 lie in the lower half.
                .map(|bits| Val::F32(bits as u32)),
            ValType::F64 => float(text, FloatShape::F64).map(Val::F64),
            ValType::V128 if Proposal::Simd.is_built_in() => {
                hexadecimal(text).or_else(|| Lanes::parse(text)).map(Val::V128)
            }
            ValType::V128 => None,
            ValType::Ref(r) if text == "null" => r.nullable.then(|| Val::default_for(ty)),
            ValType::Ref(r) if r.heap == HeapType::Extern => integer(text, 0, u32::MAX.into())
                .and_then(|handle| u32::try_from(handle).ok())
                .map(|handle| Val::ExternRef(Some(ExternRef::new(handle)))),
            ValType::Ref(_) => None,
        };
        val.ok_or_else(|| ParseValError::new(Some(ty), text))
    }
}

/// Reads a type, a colon and a value, such as `i32:7`.
impl FromStr for Val {
    type Err = ParseValError;

    fn from_str(text: &str) -> Result<Val, ParseValError> {
        let parts = text.split_once(':');
        let typed = parts.and_then(|(ty, value)| Some((type_named(ty.trim())?, value)));
        match typed {
            Some((ty, value)) => Val::parse(ty, value),
            None => Err(ParseValError::new(None, text)),
        }
    }
}

/// The type of this name.
fn type_named(name: &str) -> Option<ValType> {
    Some(match name {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "v128" => ValType::V128,
        "funcref" => ValType::FUNCREF,
        "externref" => ValType::EXTERNREF,
        _ => return None,
    })
}

/// Digits without the underscores between them; none if an underscore stands
/// elsewhere, or there is no digit.
fn digits(text: &str) -> Option<String> {
    let misplaced =
        text.is_empty() || text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!misplaced).then(|| text.chars().filter(|c| *c != '_').collect())
}

/// A number without sign.
fn magnitude(text: &str) -> Option<u128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => digits_of_radix(hex, 16),
        None => digits_of_radix(text, 10),
    }
}

fn digits_of_radix(text: &str, radix: u32) -> Option<u128> {
    // What `from_str_radix` takes beyond digits is a sign.
    if text.starts_with(['+', '-']) {
        return None;
    }
    u128::from_str_radix(&digits(text)?, radix).ok()
}

fn integer(text: &str, min: i128, max: i128) -> Option<i128> {
    let (negative, rest) = sign(text);
    let magnitude = i128::try_from(magnitude(rest)?).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    (min..=max).contains(&value).then_some(value)
}

fn hexadecimal(text: &str) -> Option<u128> {
    text.strip_prefix("0x").and_then(|hex| digits_of_radix(hex, 16))
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The bits of a float. A finite number that is too large is no value, rather than infinity.
fn float(text: &str, shape: FloatShape) -> Option<u64> {
    let (negative, rest) = sign(text);
    let sign = if negative { shape.sign } else { 0 };
    let quiet = 1u64 << (shape.fraction - 1);
    if rest == "nan" {
        return Some(sign | shape.exponent | quiet);
    }
    if let Some(payload) = rest.strip_prefix("nan:0x") {
        let payload = u64::try_from(digits_of_radix(payload, 16)?).ok()?;
        let fits = payload != 0 && payload >> shape.fraction == 0;
        return fits.then_some(sign | shape.exponent | payload);
    }
    if rest == "inf" {
        return Some(sign | shape.exponent);
    }
    if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        return Some(sign | nearest_hexadecimal(&digits(hex)?, shape)?);
    }
    // An underscore may stand between digits, and no sooner.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    Some(sign | nearest(&digits(rest)?, shape)?)
}

/// The value alone, without its type: `12`, `0.5`, `nan:0x200000`, `null`.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Val::I32(value) => write!(f, "{value}"),
            Val::I64(value) => write!(f, "{value}"),
            Val::F32(bits) => F32Text(bits).fmt(f),
            Val::F64(bits) => F64Text(bits).fmt(f),
            Val::V128(bits) => write!(f, "{bits:#034x}"),
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
                f.write_str("null")
            }
            Val::FuncRef(Some(func)) => write!(f, "func {}", func.0.index),
            Val::ExternRef(Some(handle)) => match handle.handle() {
                Some(handle) => write!(f, "{handle}"),
                None => f.write_str("a reference of WebAssembly's own"),
            },
            Val::AnyRef(Some(any)) => match any.i31() {
                Some(value) => write!(f, "i31 {value}"),
                None => write!(f, "object {}", any.number()),
            },
            Val::ExnRef(Some(exn)) => write!(f, "exn {}", exn.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn integers_are_read_in_every_form() {
        for (text, value) in [
            ("7", 7),
            ("-7", -7),
            ("+7", 7),
            (" 7 ", 7),
            ("0x7fff_ffff", i32::MAX),
            ("4294967295", -1),
            ("-2147483648", i32::MIN),
            ("-0x80000000", i32::MIN),
            ("1_000", 1000),
        ] {
            assert_eq!(Val::parse(ValType::I32, text), Ok(Val::I32(value)), "{text}");
        }
        assert_eq!("i64:18446744073709551615".parse(), Ok(Val::I64(-1)));
        assert_eq!("i64:-0x8000000000000000".parse(), Ok(Val::I64(i64::MIN)));
    }

    #[test]
    fn what_is_no_integer_is_refused_with_the_range() {
        for text in ["", "-", "4294967296", "-2147483649", "1__0", "_1", "1_", "0x", "--1", "1.5"] {
            let error = Val::parse(ValType::I32, text).unwrap_err();
            assert_eq!(error.text(), text);
        }
        assert_eq!(
            Val::parse(ValType::I32, "4294967296").unwrap_err().to_string(),
            "`4294967296` is no i32: expected an integer from -2147483648 to 4294967295"
        );
        assert_eq!(
            "x".parse::<Val>().unwrap_err().to_string(),
            "`x` is no value: expected a type and a value, such as i32:7 or f64:0.5"
        );
    }

    #[test]
    fn floats_are_shown_as_the_shortest_text_that_reads_back() {
        for (text, shown) in [
            ("f32:0.1", "0.1"),
            ("f32:5.0", "5"),
            ("f64:-0.0", "-0"),
            ("f64:0", "0"),
            ("f64:1e30", "1e30"),
            ("f64:1e-7", "1e-7"),
            ("f64:82.5", "82.5"),
            ("f64:-inf", "-inf"),
            ("f32:nan", "nan"),
            ("f32:-nan", "-nan"),
            ("f32:nan:0x200000", "nan:0x200000"),
            ("f64:nan:0x1", "nan:0x1"),
            ("f64:1_000.5", "1000.5"),
            ("f64:-0x1.8p-3", "-0.1875"),
            ("f32:0Xff_ff", "65535"),
            ("f64:0x0p0", "0"),
            ("f32:3.4028235e38", "3.4028235e38"),
        ] {
            let val: Val = text.parse().unwrap();
            assert_eq!(val.to_string(), shown);
            assert_eq!(Val::parse(val.ty(), shown), Ok(val));
        }
    }

    #[test]
    fn what_is_no_float_is_refused() {
        for text in [
            "",
            "nano",
            "nan:0x0",
            "nan:0x800000",
            "1e39",
            "infinity",
            "e5",
            "0x1p128",
            "0x",
            "0x_1",
            "0_x1",
            "0x1e+2",
            "0xp1",
            "--1",
        ] {
            assert!(Val::parse(ValType::F32, text).is_err(), "{text}");
        }
    }

    #[test]
    fn references_are_read_and_shown() {
        for text in ["externref:null", "externref:7", "funcref:null", "v128:0xff"] {
            let val: Val = text.parse().unwrap();
            assert_eq!(Val::parse(val.ty(), &val.to_string()), Ok(val));
        }
        assert!("funcref:3".parse::<Val>().is_err());
        assert!("externref:-1".parse::<Val>().is_err());
    }

    #[test]
    fn a_long_text_is_not_repeated_as_a_whole() {
        let long = "9".repeat(1000);
        assert!(Val::parse(ValType::I64, &long).unwrap_err().to_string().len() < 200);
    }
}
