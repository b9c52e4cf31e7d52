//! Vectors as text: lane by lane, as the text format writes them.

use core::fmt;
use core::str::FromStr;

use super::{F32Text, F64Text};
use crate::operators::Operator;
use crate::runtime::Val;
use crate::types::ValType;

/// What the lanes of a vector are taken for.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::text::Lanes;
///
/// assert_eq!(Lanes::of(Operator::I32Add), None);
/// # #[cfg(feature = "simd")]
/// assert_eq!(Lanes::of(Operator::F32x4Add), Some(Lanes::F32x4));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lanes {
    /// Sixteen integers of 8 bits.
    I8x16,
    /// Eight integers of 16 bits.
    I16x8,
    /// Four integers of 32 bits.
    I32x4,
    /// Two integers of 64 bits.
    I64x2,
    /// Four floats of 32 bits.
    F32x4,
    /// Two floats of 64 bits.
    F64x2,
}

/// Their names, the type of a lane, and the bits of one.
const SHAPES: [(Lanes, &str, ValType, u32); 6] = [
    (Lanes::I8x16, "i8x16", ValType::I32, 8),
    (Lanes::I16x8, "i16x8", ValType::I32, 16),
    (Lanes::I32x4, "i32x4", ValType::I32, 32),
    (Lanes::I64x2, "i64x2", ValType::I64, 64),
    (Lanes::F32x4, "f32x4", ValType::F32, 32),
    (Lanes::F64x2, "f64x2", ValType::F64, 64),
];

impl Lanes {
    /// What an operator takes lanes for, by its name; none if it does not care
    /// or is not one on vectors.
    #[must_use]
    pub fn of(operator: Operator) -> Option<Lanes> {
        let (name, _) = operator.mnemonic().split_once('.')?;
        name.parse().ok()
    }

    fn shape(self) -> (&'static str, ValType, u32) {
        let [(_, name, ty, bits), ..] = SHAPES;
        let found = SHAPES.iter().find(|(lanes, ..)| *lanes == self);
        found.map_or((name, ty, bits), |&(_, name, ty, bits)| (name, ty, bits))
    }

    /// A vector as text: `i32x4(1 2 3 -4)`. Integers are signed.
    ///
    /// ```
    /// use fayasm_core::text::Lanes;
    ///
    /// let vector = u128::from_le_bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 255, 255, 255, 255]);
    /// assert_eq!(Lanes::I32x4.text(vector).to_string(), "i32x4(1 2 3 -1)");
    /// assert_eq!(Lanes::I64x2.text(7).to_string(), "i64x2(7 0)");
    /// assert_eq!(Lanes::F32x4.text(0x3F80_0000).to_string(), "f32x4(1 0 0 0)");
    /// ```
    #[must_use]
    pub fn text(self, vector: u128) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let (name, _, bits) = self.shape();
            write!(f, "{name}(")?;
            for lane in 0..128 / bits {
                let space = if lane > 0 { " " } else { "" };
                // The lane, with its sign bit as the highest of 64.
                let high = (vector >> (lane * bits) << (128 - bits) >> 64) as u64;
                let integer = high.cast_signed() >> (64 - bits);
                match self {
                    Lanes::F32x4 => write!(f, "{space}{}", F32Text((high >> 32) as u32))?,
                    Lanes::F64x2 => write!(f, "{space}{}", F64Text(high))?,
                    _ => write!(f, "{space}{integer}")?,
                }
            }
            f.write_str(")")
        })
    }

    /// Reads what [`text`](Self::text) writes; lanes are separated by spaces or commas.
    ///
    /// ```
    /// use fayasm_core::text::Lanes;
    ///
    /// assert_eq!(Lanes::parse("i64x2(1, -1)"), Some(u128::from(u64::MAX) << 64 | 1));
    /// assert_eq!(Lanes::parse("i8x16(1 2)"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<u128> {
        let (name, rest) = text.split_once('(')?;
        let (_, ty, bits) = Lanes::from_str(name.trim_end()).ok()?.shape();
        let lanes = rest.strip_suffix(')')?.split([' ', ',']).filter(|lane| !lane.is_empty());
        let (mut vector, mut count) = (0, 0);
        for lane in lanes {
            let value = match Val::parse(ty, lane).ok()? {
                // Of narrow lanes, what fits either with a sign or without.
                Val::I32(value) if bits < 32 => {
                    let limit = 1i32 << bits;
                    (-limit / 2..limit).contains(&value).then_some(value)?;
                    u128::from((value & (limit - 1)).cast_unsigned())
                }
                Val::I32(value) => u128::from(value.cast_unsigned()),
                Val::I64(value) => u128::from(value.cast_unsigned()),
                Val::F32(bits) => u128::from(bits),
                Val::F64(bits) => u128::from(bits),
                _ => return None,
            };
            if count == 128 / bits {
                return None;
            }
            vector |= value << (count * bits);
            count += 1;
        }
        (count == 128 / bits).then_some(vector)
    }
}

/// Reads a name such as `i32x4`.
impl FromStr for Lanes {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let found = SHAPES.iter().find(|(_, known, ..)| *known == name);
        found.map(|(lanes, ..)| *lanes).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn what_is_written_is_read_again() {
        let vectors = [0, u128::MAX, 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100, 1 << 127];
        for (lanes, ..) in SHAPES {
            for vector in vectors {
                let text = lanes.text(vector).to_string();
                let again = Lanes::parse(&text).expect(&text);
                assert_eq!(lanes.text(again).to_string(), text);
                // Of NaNs, the text says as much as the bits.
                assert_eq!(again, vector, "{text}");
            }
        }
    }

    #[test]
    fn lanes_that_do_not_fit_are_refused() {
        for text in [
            "i8x16(256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)",
            "i8x16(-129 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)",
            "i64x2(1 2 3)",
            "i64x2(1)",
            "i64x2 1 2",
            "i64x3(1 2 3)",
            "f32x4(1 2 3 x)",
        ] {
            assert_eq!(Lanes::parse(text), None, "{text}");
        }
        let bytes = "i8x16(255 -128 0x7F 0 0 0 0 0 0 0 0 0 0 0 0 0)";
        assert_eq!(Lanes::parse(bytes), Some(0x7F_80_FF));
    }
}
