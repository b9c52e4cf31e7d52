//! Floats as the text format writes them (specification §6.3.2).

use core::fmt::{self, Display, Write};

/// A binary32, from its bits: the shortest decimal that gives the same bits
/// back, `inf`, `nan`, or `nan:0x…` with a payload that is not the canonical one.
///
/// ```
/// use fayasm_core::text::F32Text;
///
/// assert_eq!(F32Text(0.1f32.to_bits()).to_string(), "0.1");
/// assert_eq!(F32Text((-0.0f32).to_bits()).to_string(), "-0");
/// assert_eq!(F32Text(0x7FA0_0000).to_string(), "nan:0x200000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct F32Text(pub u32);

/// A binary64, from its bits; see [`F32Text`].
///
/// ```
/// use fayasm_core::text::F64Text;
///
/// assert_eq!(F64Text(1e100f64.to_bits()).to_string(), "1e100");
/// assert_eq!(F64Text(f64::NEG_INFINITY.to_bits()).to_string(), "-inf");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct F64Text(pub u64);

impl Display for F32Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PAYLOAD: u32 = 0x007F_FFFF;
        let payload = (self.0 & 0x7F80_0000 == 0x7F80_0000).then_some(u64::from(self.0 & PAYLOAD));
        let negative = self.0 >> 31 != 0;
        match payload {
            Some(payload) => special(f, negative, payload, 0x0040_0000),
            None => finite(f, format_args!("{:?}", f32::from_bits(self.0))),
        }
    }
}

impl Display for F64Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
        const PAYLOAD: u64 = 0x000F_FFFF_FFFF_FFFF;
        let negative = self.0 >> 63 != 0;
        if self.0 & EXPONENT == EXPONENT {
            return special(f, negative, self.0 & PAYLOAD, 0x0008_0000_0000_0000);
        }
        finite(f, format_args!("{:?}", f64::from_bits(self.0)))
    }
}

/// An infinity or a NaN.
fn special(
    f: &mut fmt::Formatter<'_>,
    negative: bool,
    payload: u64,
    canonical: u64,
) -> fmt::Result {
    if negative {
        f.write_char('-')?;
    }
    match payload {
        0 => f.write_str("inf"),
        _ if payload == canonical => f.write_str("nan"),
        _ => write!(f, "nan:{payload:#x}"),
    }
}

/// A number as Rust prints it for debugging, which is the shortest that reads
/// back the same, without a fraction of zero.
fn finite(f: &mut fmt::Formatter<'_>, number: fmt::Arguments<'_>) -> fmt::Result {
    let mut text = Short::default();
    text.write_fmt(number)?;
    let text = core::str::from_utf8(text.bytes.get(..text.length).unwrap_or_default());
    let text = text.unwrap_or_default();
    f.write_str(text.strip_suffix(".0").unwrap_or(text))
}

/// Room for any float: 17 digits, sign, point, exponent, and leading zeros.
#[derive(Default)]
struct Short {
    bytes: [u8; 32],
    length: usize,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn finite_floats_are_written_shortest() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (82.5, "82.5"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e308"),
            (-1.234_567_890_123_456_8e-5, "-1.2345678901234568e-5"),
            (0.000_123_456_789_012_345_67, "0.00012345678901234567"),
        ] {
            let value: f64 = value;
            assert_eq!(F64Text(value.to_bits()).to_string(), text);
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
    }

    #[test]
    fn infinities_and_nans_are_told_apart() {
        assert_eq!(F64Text(f64::NEG_INFINITY.to_bits()).to_string(), "-inf");
        assert_eq!(F32Text(0x7FC0_0000).to_string(), "nan");
        assert_eq!(F32Text(0xFFC0_0000).to_string(), "-nan");
        assert_eq!(F64Text(0x7FF0_0000_0000_0001).to_string(), "nan:0x1");
    }
}
