//! Decimal and hexadecimal numbers as floats.
//!
//! Rust's own reading is quicker, and brings tables of ten kilobytes along. What
//! is read here is what people type, and both a page and a small device can do
//! without the tables.

use core::cmp::Ordering;

/// The parts of a binary float of the specification (§2.2.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct FloatShape {
    /// How many bits the fraction has.
    pub fraction: u32,
    /// The sign bit.
    pub sign: u64,
    /// All bits of the exponent.
    pub exponent: u64,
}

impl FloatShape {
    pub(crate) const F32: Self = Self { fraction: 23, sign: 1 << 31, exponent: 0xFF << 23 };
    pub(crate) const F64: Self = Self { fraction: 52, sign: 1 << 63, exponent: 0x7FF << 52 };

    /// The power of two that the lowest normal number is.
    fn least_exponent(self) -> i32 {
        // Eleven bits at most.
        let bias = (self.exponent >> self.fraction >> 1) as i32;
        1 - bias
    }
}

/// Significant digits that decide: no number halfway between two floats has more.
const DIGITS: i32 = 770;

/// A number below ten to this power is zero.
const ZERO_BELOW: i32 = -330;

/// A number from ten to this power on is infinite.
const INFINITE_FROM: i32 = 310;

/// The bits of the float nearest to a decimal number without sign, such as `1`,
/// `.5` or `1.5e-3`; of two that are equally near, of the even one. None for
/// anything else, and for what is too large for a finite float.
pub(crate) fn nearest(text: &str, shape: FloatShape) -> Option<u64> {
    let (digits, power) = significand_and_power(text)?;
    let magnitude = power.saturating_add(digits.count);
    if digits.count == 0 || magnitude < ZERO_BELOW {
        return Some(0);
    }
    if magnitude > INFINITE_FROM {
        return None;
    }
    let mut dividend = digits.natural;
    let mut divisor = Natural::ONE;
    let scaled = if power < 0 { &mut divisor } else { &mut dividend };
    for _ in 0..power.unsigned_abs() {
        scaled.multiply_and_add(10, 0);
    }
    let bits = quotient(dividend, divisor, shape);
    (bits < shape.exponent).then_some(bits)
}

/// A hexadecimal number below two to this power is zero.
const ZERO_BELOW_BITS: i32 = -1100;

/// A hexadecimal number from two to this power on is infinite.
const INFINITE_FROM_BITS: i32 = 1100;

/// The same for a hexadecimal number without `0x`, such as `1`, `.8` or `1.8p-3`,
/// which is one and a half times two to the power of minus three.
pub(crate) fn nearest_hexadecimal(text: &str, shape: FloatShape) -> Option<u64> {
    let (significand, mut power) = match text.split_once(['p', 'P']) {
        Some((significand, power)) => (significand, self::power(power)?),
        None => (text, 0),
    };
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut kept = 0u64;
    for (part, bits_of_fraction) in [(whole, 0), (fraction, 4)] {
        for character in part.chars() {
            let digit = u64::from(character.to_digit(16)?);
            power = power.saturating_sub(bits_of_fraction);
            if kept >> 60 == 0 {
                kept = kept << 4 | digit;
            } else {
                // It no longer matters which digit, only whether one is not zero.
                kept |= u64::from(digit > 0);
                power = power.saturating_add(4);
            }
        }
    }
    // 64 at most.
    let magnitude = power.saturating_add(64 - kept.leading_zeros() as i32);
    if kept == 0 || magnitude < ZERO_BELOW_BITS {
        return Some(0);
    }
    if magnitude > INFINITE_FROM_BITS {
        return None;
    }
    let (mut dividend, mut divisor) = (Natural::from(kept), Natural::ONE);
    let scaled = if power < 0 { &mut divisor } else { &mut dividend };
    scaled.shift_left(power.unsigned_abs());
    let bits = quotient(dividend, divisor, shape);
    (bits < shape.exponent).then_some(bits)
}

/// The bits of the float nearest to a quotient; those of infinity or more if it is too large.
fn quotient(mut dividend: Natural, mut divisor: Natural, shape: FloatShape) -> u64 {
    let exponent = floor_log2(&dividend, &divisor).max(shape.least_exponent());
    let scaled = if exponent < 0 { &mut dividend } else { &mut divisor };
    scaled.shift_left(exponent.unsigned_abs());
    // The quotient is below two now: its bits follow from here on, one by one.
    let mut significand = 0u64;
    for _ in 0..=shape.fraction {
        significand <<= 1;
        if dividend.cmp(&divisor).is_ge() {
            dividend.subtract(&divisor);
            significand |= 1;
        }
        dividend.shift_left(1);
    }
    significand += match dividend.cmp(&divisor) {
        Ordering::Less => 0,
        Ordering::Equal => significand & 1,
        Ordering::Greater => 1,
    };
    // The significand's highest bit, where there is one, counts the exponent up by
    // one: so subnormal numbers need no case of their own.
    (u64::from(exponent.abs_diff(shape.least_exponent())) << shape.fraction) + significand
}

/// The power of two that a quotient is at least, and below twice of.
fn floor_log2(dividend: &Natural, divisor: &Natural) -> i32 {
    // A few thousand bits at most.
    let estimate = dividend.bits() as i32 - divisor.bits() as i32;
    let (mut left, mut right) = (dividend.clone(), divisor.clone());
    let scaled = if estimate < 0 { &mut left } else { &mut right };
    scaled.shift_left(estimate.unsigned_abs());
    if left.cmp(&right).is_lt() { estimate - 1 } else { estimate }
}

/// The significant digits of a number.
struct Digits {
    natural: Natural,
    /// How many there are, without zeros in front.
    count: i32,
}

/// Splits a number into its digits as a natural number, and the power of ten it is to be
/// multiplied by.
fn significand_and_power(text: &str) -> Option<(Digits, i32)> {
    let (significand, power) = match text.split_once(['e', 'E']) {
        Some((significand, power)) => (significand, self::power(power)?),
        None => (text, 0),
    };
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits = Digits { natural: Natural::ZERO, count: 0 };
    let mut power = power;
    for (part, is_fraction) in [(whole, 0), (fraction, 1)] {
        for byte in part.bytes() {
            let digit = u32::from(byte).checked_sub(u32::from(b'0')).filter(|digit| *digit < 10)?;
            power = power.saturating_sub(is_fraction);
            match digits.count.cmp(&DIGITS) {
                Ordering::Less => {
                    digits.natural.multiply_and_add(10, digit);
                    digits.count += i32::from(digits.count > 0 || digit > 0);
                }
                _ => {
                    // It no longer matters which digit, only whether one is not zero.
                    digits.natural.0[0] |= u32::from(digit > 0);
                    power = power.saturating_add(1);
                }
            }
        }
    }
    Some((digits, power))
}

/// The power of ten after the `e`; far beyond any float is as good as the very number.
fn power(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse().unwrap_or(i32::MAX / 2);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Room for ten to the power of [`DIGITS`] `-` [`ZERO_BELOW`], and some bits to shift by.
const WORDS: usize = 128;

/// A natural number, its lowest 32 bits first.
#[derive(Clone)]
struct Natural([u32; WORDS]);

impl From<u64> for Natural {
    fn from(number: u64) -> Self {
        let mut natural = Self::ZERO;
        // The lower half, and the upper one.
        natural.0[0] = number as u32;
        natural.0[1] = (number >> 32) as u32;
        natural
    }
}

impl Natural {
    const ZERO: Self = Self([0; WORDS]);
    const ONE: Self = {
        let mut one = Self::ZERO;
        one.0[0] = 1;
        one
    };

    fn multiply_and_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for word in &mut self.0 {
            let sum = u64::from(*word) * u64::from(factor) + carry;
            // The lower half stays, the upper one is carried.
            *word = sum as u32;
            carry = sum >> 32;
        }
    }

    fn shift_left(&mut self, bits: u32) {
        let words = (bits / 32) as usize;
        self.0.rotate_right(words.min(WORDS));
        self.multiply_and_add(1 << (bits % 32), 0);
    }

    /// Takes away a number that is not greater.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (word, other) in self.0.iter_mut().zip(other.0) {
            let (difference, below) = word.overflowing_sub(other);
            let (difference, below_with_borrow) = difference.overflowing_sub(u32::from(borrow));
            *word = difference;
            borrow = below || below_with_borrow;
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    /// How many bits it has, without zeros in front.
    fn bits(&self) -> u32 {
        let zeros = self.0.iter().rev().take_while(|word| **word == 0).count();
        match self.0.iter().rev().nth(zeros) {
            // Less than 4096 bits.
            Some(highest) => (WORDS - zeros) as u32 * 32 - highest.leading_zeros(),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn f64_of(text: &str) -> Option<u64> {
        nearest(text, FloatShape::F64)
    }

    fn f32_of(text: &str) -> Option<u64> {
        nearest(text, FloatShape::F32)
    }

    /// What the standard library reads; none for infinity.
    fn expected(text: &str) -> (Option<u64>, Option<u64>) {
        let f32: f32 = text.parse().expect(text);
        let f64: f64 = text.parse().expect(text);
        (f32.is_finite().then(|| f32.to_bits().into()), f64.is_finite().then(|| f64.to_bits()))
    }

    fn check(text: &str) {
        assert_eq!((f32_of(text), f64_of(text)), expected(text), "{text}");
    }

    #[test]
    fn numbers_read_as_in_the_standard_library() {
        for text in [
            "0",
            "0.0",
            "00",
            "1",
            "10",
            "0.1",
            ".5",
            "5.",
            "1e0",
            "1E+3",
            "1e-3",
            "123456789",
            "16777217",
            "16777219",
            "9007199254740993",
            "9007199254740992.999",
            "3.4028235e38",
            "3.4028235677973366e38",
            "3.4028236e38",
            "1.7976931348623157e308",
            "1.7976931348623158079e308",
            "1.797693134862315808e308",
            "1e400",
            "1e-400",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "1.1754943508222875e-38",
            "1.4e-45",
            "7.006492e-46",
            "7.0064923216240853546186479164495806564013097093825788587853e-46",
            "0e999999999999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
        ] {
            check(text);
        }
    }

    #[test]
    fn long_numbers_are_decided_by_their_last_digit() {
        // Halfway between two floats, all its digits, and one more.
        let halfway = format!("{:.1074}", f64::from_bits(0x000F_FFFF_FFFF_FFFF));
        for digit in ["", "0", "1", "9"] {
            check(&format!("{halfway}{digit}"));
        }
        let halfway = "9007199254740993";
        for zeros in [0, 10, 770, 2000] {
            check(&format!("{halfway}.{:0zeros$}1", 0));
            check(&format!("0.{:0zeros$}1", 0));
            check(&format!("1{:0zeros$}e-{zeros}", 0));
        }
    }

    #[test]
    fn random_numbers_read_as_in_the_standard_library() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..2_000 {
            let value = f64::from_bits(random() & !FloatShape::F64.sign);
            if value.is_finite() {
                check(&format!("{value:e}"));
                check(&format!("{value:.20e}"));
            }
            check(&format!("{:e}", f32::from_bits(random() as u32 >> 1).min(f32::MAX)));
            check(&format!("{}.{}e{}", random(), random(), random() % 80));
            check(&format!("{}e-{}", random() % 100_000, random() % 400));
        }
    }

    fn check_hexadecimal(text: &str, f32: Option<f32>, f64: Option<f64>) {
        let found = nearest_hexadecimal(text, FloatShape::F32);
        assert_eq!(found, f32.map(|it| it.to_bits().into()), "{text}");
        let found = nearest_hexadecimal(text, FloatShape::F64);
        assert_eq!(found, f64.map(f64::to_bits), "{text}");
    }

    #[test]
    fn hexadecimal_numbers_read_as_the_text_format_has_them() {
        for (text, f32, f64) in [
            ("1p-3", 0.125, 0.125),
            ("1.8p-3", 0.1875, 0.1875),
            (".8", 0.5, 0.5),
            ("A.", 10.0, 10.0),
            ("ff", 255.0, 255.0),
            ("0", 0.0, 0.0),
            ("0p99999999999", 0.0, 0.0),
            ("1P+4", 16.0, 16.0),
            ("1p-99999999999", 0.0, 0.0),
            ("1p-149", f32::from_bits(1), 2f64.powi(-149)),
            ("1p-150", 0.0, 2f64.powi(-150)),
            ("1.000001p-150", f32::from_bits(1), f64::from_bits(0x3690_0000_1000_0000)),
            ("1.000001p0", 1.0, f64::from_bits(0x3FF0_0000_1000_0000)),
            ("1.000003p0", 1.000_000_2, f64::from_bits(0x3FF0_0000_3000_0000)),
            ("ffffffp104", f32::MAX, f32::MAX.into()),
            (&format!("0.{:034}1p140", 0), 1.0, 1.0),
            (&format!("1{:035}p-140", 0), 1.0, 1.0),
        ] {
            check_hexadecimal(text, Some(f32), Some(f64));
        }
        check_hexadecimal("1p-1074", Some(0.0), Some(5e-324));
        check_hexadecimal("1p-1075", Some(0.0), Some(0.0));
        check_hexadecimal("1.00000000000000000000000000000001p-1075", Some(0.0), Some(5e-324));
        check_hexadecimal("1.fffffffffffffp1023", None, Some(f64::MAX));
        check_hexadecimal("1.fffffffffffff8p1023", None, None);
        check_hexadecimal("1p99999999999", None, None);
        for text in ["", ".", "p1", "1p", "1p+", "g", "1.2.3", "-1", "0x1", "1p1p1", "1_0"] {
            check_hexadecimal(text, None, None);
        }
    }

    #[test]
    fn all_bits_of_a_float_read_back_from_hexadecimal() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..1_000 {
            bits = bits.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            let exponent = bits >> 52 & 0x7FF;
            let fraction = bits & 0x000F_FFFF_FFFF_FFFF;
            if (1..0x7FF).contains(&exponent) {
                let text = format!("1.{fraction:013x}p{}", exponent as i64 - 1023);
                let expected = exponent << 52 | fraction;
                assert_eq!(nearest_hexadecimal(&text, FloatShape::F64), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        for text in ["", ".", "e1", "1e", "1e+", "1e1.5", "1.2.3", "-1", "+1", "1_0", "0x1", "1f"] {
            assert_eq!((f64_of(text), f32_of(text)), (None, None), "{text}");
        }
        assert_eq!(f64_of(&String::from("١")), None);
    }
}
