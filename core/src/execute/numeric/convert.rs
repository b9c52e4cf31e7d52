//! Conversions between number types (specification §4.3.4), floats as bits.

use super::float;
use super::float::Single;
use crate::runtime::TrapKind;

/// Whether a float lies strictly between two others, and so fits once it is truncated.
#[cfg_attr(not(small), inline(always))]
#[cfg_attr(small, inline(never))]
fn check(x: f64, above: f64, below: f64) -> Result<(), TrapKind> {
    if x.is_nan() {
        Err(TrapKind::InvalidConversionToInteger)
    } else if x > above && x < below {
        Ok(())
    } else {
        Err(TrapKind::IntegerOverflow)
    }
}

/// Defines truncations of one float type to one integer type: one that traps
/// and one that saturates. What lies strictly between `above` and `below` fits
/// once it is truncated.
macro_rules! truncations {
    ($(
        $trapping:ident $saturating:ident
        $bits:ty as $float:ty as $computed:ty, $above:literal < x < $below:literal => $integer:ty as $unsigned:ty;
    )*) => {$(
        #[inline]
        pub(crate) fn $trapping(a: $bits) -> Result<$unsigned, TrapKind> {
            // Every `f32` is an `f64` as well.
            let x = f64::from(<$float>::from_bits(a));
            check(x, $above, $below)?;
            // It was checked to fit.
            Ok(x as $integer as $unsigned)
        }

        #[inline]
        pub(crate) fn $saturating(a: $bits) -> $unsigned {
            // Rust's own conversion saturates, and gives 0 for NaN.
            <$computed>::from(<$float>::from_bits(a)) as $integer as $unsigned
        }
    )*};
}

// The numbers next to -2^63 in the precision of a float lie 2048 (for f64) or
// 2^40 (for f32) away from it; any number in between tells -2^63, which fits,
// from those below, which do not.
truncations! {
    i32_trunc_f32_s i32_trunc_sat_f32_s u32 as f32 as Single, -2147483649.0 < x < 2147483648.0 => i32 as u32;
    i32_trunc_f32_u i32_trunc_sat_f32_u u32 as f32 as Single, -1.0 < x < 4294967296.0 => u32 as u32;
    i32_trunc_f64_s i32_trunc_sat_f64_s u64 as f64 as f64, -2147483649.0 < x < 2147483648.0 => i32 as u32;
    i32_trunc_f64_u i32_trunc_sat_f64_u u64 as f64 as f64, -1.0 < x < 4294967296.0 => u32 as u32;
    i64_trunc_f32_s i64_trunc_sat_f32_s u32 as f32 as Single,
        -9223372036854777856.0 < x < 9223372036854775808.0 => i64 as u64;
    i64_trunc_f32_u i64_trunc_sat_f32_u u32 as f32 as Single, -1.0 < x < 18446744073709551616.0 => u64 as u64;
    i64_trunc_f64_s i64_trunc_sat_f64_s u64 as f64 as f64,
        -9223372036854777856.0 < x < 9223372036854775808.0 => i64 as u64;
    i64_trunc_f64_u i64_trunc_sat_f64_u u64 as f64 as f64, -1.0 < x < 18446744073709551616.0 => u64 as u64;
}

/// Defines conversions of integers to floats, which round to the nearest; of
/// two that are as near, to the even one.
macro_rules! conversions {
    ($($name:ident $unsigned:ty as $integer:ty as $computed:ty => $float:ty as $bits:ty;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(a: $unsigned) -> $bits {
            // Rounding is what is wanted.
            (a as $integer as $computed as $float).to_bits()
        }
    )*};
}

conversions! {
    f32_convert_i32_s u32 as i32 as Single => f32 as u32;
    f32_convert_i32_u u32 as u32 as Single => f32 as u32;
    f32_convert_i64_s u64 as i64 as f32 => f32 as u32;
    f32_convert_i64_u u64 as u64 as f32 => f32 as u32;
    f64_convert_i32_s u32 as i32 as f64 => f64 as u64;
    f64_convert_i32_u u32 as u32 as f64 => f64 as u64;
    f64_convert_i64_s u64 as i64 as f64 => f64 as u64;
    f64_convert_i64_u u64 as u64 as f64 => f64 as u64;
}

#[inline(always)]
pub(crate) fn f32_demote_f64(a: u64) -> u32 {
    // Rounding is what is wanted.
    float::f32::result(f64::from_bits(a) as Single)
}

#[inline(always)]
pub(crate) fn f64_promote_f32(a: u32) -> u64 {
    float::f64::result(f64::from(f32::from_bits(a)))
}

#[inline(always)]
pub(crate) fn i32_wrap_i64(a: u64) -> u32 {
    // Only the lower half counts.
    a as u32
}

#[inline(always)]
pub(crate) fn i64_extend_i32_s(a: u32) -> u64 {
    i64::from(a.cast_signed()).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERFLOW: TrapKind = TrapKind::IntegerOverflow;
    const INVALID: TrapKind = TrapKind::InvalidConversionToInteger;

    #[test]
    fn truncation_to_32_bits_traps_just_outside_of_the_range() {
        for (x, result) in [
            (2147483647.9, Ok(2147483647)),
            (2147483648.0, Err(OVERFLOW)),
            (-2147483648.9, Ok(1 << 31)),
            (-2147483649.0, Err(OVERFLOW)),
            (f64::NAN, Err(INVALID)),
            (f64::INFINITY, Err(OVERFLOW)),
            (-0.9, Ok(0)),
        ] {
            assert_eq!(i32_trunc_f64_s(x.to_bits()), result, "{x}");
        }
        for (x, result) in [
            (4294967295.9f64, Ok(u32::MAX)),
            (4294967296.0, Err(OVERFLOW)),
            (-0.9, Ok(0)),
            (-1.0, Err(OVERFLOW)),
        ] {
            assert_eq!(i32_trunc_f64_u(x.to_bits()), result, "{x}");
        }
        assert_eq!(i32_trunc_f32_s((-2147483648.0f32).to_bits()), Ok(1 << 31));
        assert_eq!(i32_trunc_f32_s(2147483648.0f32.to_bits()), Err(OVERFLOW));
        assert_eq!(i32_trunc_f32_u(4294967040.0f32.to_bits()), Ok(4294967040));
    }

    #[test]
    fn truncation_to_64_bits_traps_just_outside_of_the_range() {
        let least = -9223372036854775808.0f64;
        assert_eq!(i64_trunc_f64_s(least.to_bits()), Ok(1 << 63));
        assert_eq!(i64_trunc_f64_s(least.next_down().to_bits()), Err(OVERFLOW));
        assert_eq!(i64_trunc_f64_s((-least).to_bits()), Err(OVERFLOW));
        assert_eq!(i64_trunc_f64_s((-least).next_down().to_bits()), Ok((1 << 63) - 1024));
        let least = -9223372036854775808.0f32;
        assert_eq!(i64_trunc_f32_s(least.to_bits()), Ok(1 << 63));
        assert_eq!(i64_trunc_f32_s(least.next_down().to_bits()), Err(OVERFLOW));
        assert_eq!(i64_trunc_f32_s((-least).to_bits()), Err(OVERFLOW));
        let beyond = 18446744073709551616.0f64;
        assert_eq!(i64_trunc_f64_u(beyond.to_bits()), Err(OVERFLOW));
        assert_eq!(i64_trunc_f64_u(beyond.next_down().to_bits()), Ok(u64::MAX - 2047));
        assert_eq!(i64_trunc_f32_u(f32::NAN.to_bits()), Err(INVALID));
        assert_eq!(i64_trunc_f32_u((-1.0f32).to_bits()), Err(OVERFLOW));
    }

    #[test]
    fn saturating_truncation_never_traps() {
        assert_eq!(i32_trunc_sat_f32_s(f32::NAN.to_bits()), 0);
        assert_eq!(i32_trunc_sat_f32_s(1e30f32.to_bits()), i32::MAX.cast_unsigned());
        assert_eq!(i32_trunc_sat_f64_u((-5.0f64).to_bits()), 0);
        assert_eq!(i64_trunc_sat_f64_s(f64::NEG_INFINITY.to_bits()), 1 << 63);
        assert_eq!(i64_trunc_sat_f64_u(f64::INFINITY.to_bits()), u64::MAX);
    }

    #[test]
    fn integers_round_to_the_nearest_float_and_ties_to_even() {
        assert_eq!(f32_convert_i32_s(16_777_217), 16_777_216.0f32.to_bits());
        assert_eq!(f32_convert_i32_s(16_777_219), 16_777_220.0f32.to_bits());
        assert_eq!(f32_convert_i32_u(u32::MAX), 4_294_967_296.0f32.to_bits());
        assert_eq!(
            f32_convert_i64_u(0x7FFF_FF40_0000_0001),
            9_223_371_487_098_961_920.0f32.to_bits()
        );
        assert_eq!(f64_convert_i64_s(u64::MAX), (-1.0f64).to_bits());
        assert_eq!(f64_convert_i64_u(9_007_199_254_740_993), 9_007_199_254_740_992.0f64.to_bits());
    }

    #[test]
    fn conversion_between_floats_gives_the_canonical_nan() {
        assert_eq!(f64_promote_f32(0xFFA0_0001), 0x7FF8_0000_0000_0000);
        assert_eq!(f32_demote_f64(0xFFF0_0000_0000_0001), 0x7FC0_0000);
        assert_eq!(f32_demote_f64(1e300f64.to_bits()), f32::INFINITY.to_bits());
        assert_eq!(f32_demote_f64((-1e-300f64).to_bits()), (-0.0f32).to_bits());
    }

    #[test]
    fn widening_copies_the_sign_only_where_it_says_so() {
        assert_eq!(i64_extend_i32_s(0x8000_0000), 0xFFFF_FFFF_8000_0000);
        assert_eq!(i32_wrap_i64(0x1_0000_0002), 2);
    }
}
