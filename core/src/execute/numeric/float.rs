//! Floats (specification §4.3.3), as bits.

/// What `f32` is computed as. Where code is to be small and there are no instructions for floats, it
/// is `f64`, which has so many more digits that rounding the result once more changes nothing; so
/// that no operators of `f32` are needed beside those of `f64`.
#[cfg(not(small))]
pub(super) type Single = f32;
#[cfg(small)]
pub(super) type Single = f64;

/// Defines all operators of floats of one width, computed as another that has all its values.
macro_rules! float_operators {
    (
        $float:ty as $computed:ty, $bits:ty, $canonical:literal,
        $ceil:ident, $floor:ident, $trunc:ident, $nearest:ident, $sqrt:ident, $fma:ident
    ) => {
        type F = $computed;
        type B = $bits;

        /// The sign bit.
        const SIGN: B = 1 << (B::BITS - 1);
        /// The canonical NaN.
        const NAN: B = $canonical;

        /// The bits of a result; of any NaN, those of the canonical one.
        #[inline(always)]
        pub(crate) fn result(value: F) -> B {
            if value.is_nan() {
                // To choose between both without a branch takes longer than most operators do.
                core::hint::cold_path();
                return NAN;
            }
            // Rounding is what is wanted.
            (value as $float).to_bits()
        }

        #[inline(always)]
        fn of(bits: B) -> F {
            F::from(<$float>::from_bits(bits))
        }

        #[inline(always)]
        pub(crate) fn eq(a: B, b: B) -> bool {
            of(a) == of(b)
        }

        #[inline(always)]
        pub(crate) fn ne(a: B, b: B) -> bool {
            of(a) != of(b)
        }

        #[inline(always)]
        pub(crate) fn lt(a: B, b: B) -> bool {
            of(a) < of(b)
        }

        #[inline(always)]
        pub(crate) fn gt(a: B, b: B) -> bool {
            of(a) > of(b)
        }

        #[inline(always)]
        pub(crate) fn le(a: B, b: B) -> bool {
            of(a) <= of(b)
        }

        #[inline(always)]
        pub(crate) fn ge(a: B, b: B) -> bool {
            of(a) >= of(b)
        }

        /// Clears the sign, of NaNs as well.
        #[inline(always)]
        pub(crate) fn abs(a: B) -> B {
            a & !SIGN
        }

        /// Flips the sign, of NaNs as well.
        #[inline(always)]
        pub(crate) fn neg(a: B) -> B {
            a ^ SIGN
        }

        /// The first operand with the sign of the second, of NaNs as well.
        #[inline(always)]
        pub(crate) fn copysign(a: B, b: B) -> B {
            a & !SIGN | b & SIGN
        }

        #[inline]
        pub(crate) fn ceil(a: B) -> B {
            result(libm::$ceil(of(a)))
        }

        #[inline]
        pub(crate) fn floor(a: B) -> B {
            result(libm::$floor(of(a)))
        }

        #[inline]
        pub(crate) fn trunc(a: B) -> B {
            result(libm::$trunc(of(a)))
        }

        /// The nearest integer; of two that are as near, the even one.
        #[inline]
        pub(crate) fn nearest(a: B) -> B {
            result(libm::$nearest(of(a)))
        }

        #[inline]
        pub(crate) fn sqrt(a: B) -> B {
            result(libm::$sqrt(of(a)))
        }

        #[inline(always)]
        pub(crate) fn add(a: B, b: B) -> B {
            result(of(a) + of(b))
        }

        #[inline(always)]
        pub(crate) fn sub(a: B, b: B) -> B {
            result(of(a) - of(b))
        }

        #[inline(always)]
        pub(crate) fn mul(a: B, b: B) -> B {
            result(of(a) * of(b))
        }

        #[inline(always)]
        pub(crate) fn div(a: B, b: B) -> B {
            result(of(a) / of(b))
        }

        /// The product of the first two and the third, added and rounded once.
        #[cfg(feature = "simd")]
        pub(crate) fn fused(a: B, b: B, c: B) -> B {
            let [a, b, c] = [a, b, c].map(<$float>::from_bits);
            result(libm::$fma(a, b, c).into())
        }

        /// The lesser; NaN if one is, and -0 is less than +0.
        #[inline(always)]
        pub(crate) fn min(a: B, b: B) -> B {
            let (x, y) = (of(a), of(b));
            if x < y {
                a
            } else if y < x {
                b
            } else if x == y {
                // They are the same but for the sign of a zero.
                a | b
            } else {
                NAN
            }
        }

        /// The greater; NaN if one is, and +0 is greater than -0.
        #[inline(always)]
        pub(crate) fn max(a: B, b: B) -> B {
            let (x, y) = (of(a), of(b));
            if x > y {
                a
            } else if y > x {
                b
            } else if x == y {
                // They are the same but for the sign of a zero.
                a & b
            } else {
                NAN
            }
        }
    };
}

/// `f32`
pub(crate) mod f32 {
    use super::Single;

    #[cfg(not(small))]
    float_operators!(f32 as Single, u32, 0x7FC0_0000, ceilf, floorf, truncf, rintf, sqrtf, fmaf);
    #[cfg(small)]
    float_operators!(f32 as Single, u32, 0x7FC0_0000, ceil, floor, trunc, rint, sqrt, fmaf);
}

/// `f32`, computed as where code is to be small.
#[cfg(test)]
#[allow(dead_code, reason = "tests call what has no other way")]
mod small {
    float_operators!(f32 as f64, u32, 0x7FC0_0000, ceil, floor, trunc, rint, sqrt, fmaf);
}

/// `f64`
pub(crate) mod f64 {
    float_operators!(f64 as f64, u64, 0x7FF8_0000_0000_0000, ceil, floor, trunc, rint, sqrt, fma);
}

#[cfg(test)]
mod tests {
    use super::{f32 as narrow, f64 as wide};

    const SIGNALLING: u32 = 0xFF80_0001;
    const CANONICAL: u32 = 0x7FC0_0000;

    fn bits(value: f32) -> u32 {
        value.to_bits()
    }

    #[test]
    fn nearest_rounds_ties_to_even_and_keeps_the_sign_of_zero() {
        for (x, rounded) in [
            (0.5, 0.0),
            (1.5, 2.0),
            (2.5, 2.0),
            (-0.5, -0.0),
            (-1.5, -2.0),
            (3.7, 4.0),
            (8_388_609.0, 8_388_609.0),
            (f32::INFINITY, f32::INFINITY),
        ] {
            assert_eq!(narrow::nearest(bits(x)), bits(rounded), "{x}");
            let (x, rounded) = (f64::from(x), f64::from(rounded));
            assert_eq!(wide::nearest(x.to_bits()), rounded.to_bits(), "{x}");
        }
    }

    #[test]
    fn computed_as_f64_each_result_is_the_same() {
        use super::small;
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let bits = (state >> 32) as u32;
            match state >> 16 & 7 {
                // Subnormal numbers, and those next to powers of two.
                0 => bits & 0x807F_FFFF,
                1 => bits & 0xFF80_0003,
                // So that two of them are near to each other.
                2 => bits & 0x83FF_FFFF | 0x3C00_0000,
                _ => bits,
            }
        };
        type Binary = fn(u32, u32) -> u32;
        let binary: [(Binary, Binary); 6] = [
            (narrow::add, small::add),
            (narrow::sub, small::sub),
            (narrow::mul, small::mul),
            (narrow::div, small::div),
            (narrow::min, small::min),
            (narrow::max, small::max),
        ];
        let unary = [
            (narrow::sqrt as fn(u32) -> u32, small::sqrt as fn(u32) -> u32),
            (narrow::ceil, small::ceil),
            (narrow::floor, small::floor),
            (narrow::trunc, small::trunc),
            (narrow::nearest, small::nearest),
        ];
        for _ in 0..200_000 {
            let (a, b) = (random(), random());
            for (at, (one, other)) in binary.iter().enumerate() {
                assert_eq!(one(a, b), other(a, b), "operator {at} of {a:#x} and {b:#x}");
            }
            for (at, (one, other)) in unary.iter().enumerate() {
                assert_eq!(one(a), other(a), "operator {at} of {a:#x}");
            }
            assert_eq!(narrow::lt(a, b), small::lt(a, b), "{a:#x} < {b:#x}");
        }
    }

    #[test]
    fn rounding_keeps_the_sign_of_zero() {
        assert_eq!(narrow::ceil(bits(-0.5)), bits(-0.0));
        assert_eq!(narrow::trunc(bits(-0.9)), bits(-0.0));
        assert_eq!(narrow::floor(bits(-0.0)), bits(-0.0));
        assert_eq!(narrow::sqrt(bits(-0.0)), bits(-0.0));
    }

    #[test]
    fn min_and_max_order_zeros_by_sign() {
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            assert_eq!(narrow::min(bits(a), bits(b)), bits(-0.0));
            assert_eq!(narrow::max(bits(a), bits(b)), bits(0.0));
        }
        assert_eq!(wide::min(1.0f64.to_bits(), 2.0f64.to_bits()), 1.0f64.to_bits());
        assert_eq!(wide::max(1.0f64.to_bits(), 2.0f64.to_bits()), 2.0f64.to_bits());
    }

    #[test]
    fn arithmetic_on_any_nan_gives_the_canonical_one() {
        let one = bits(1.0);
        for binary in [narrow::add, narrow::sub, narrow::mul, narrow::div, narrow::min, narrow::max]
        {
            assert_eq!(binary(SIGNALLING, one), CANONICAL);
            assert_eq!(binary(one, SIGNALLING), CANONICAL);
        }
        for unary in [narrow::ceil, narrow::floor, narrow::trunc, narrow::nearest, narrow::sqrt] {
            assert_eq!(unary(SIGNALLING), CANONICAL);
        }
        assert_eq!(narrow::sqrt(bits(-1.0)), CANONICAL);
        assert_eq!(narrow::div(bits(0.0), bits(0.0)), CANONICAL);
        assert_eq!(narrow::sub(bits(f32::INFINITY), bits(f32::INFINITY)), CANONICAL);
        assert_eq!(wide::div(0, 0), 0x7FF8_0000_0000_0000);
    }

    #[test]
    fn operators_on_the_sign_keep_all_other_bits_of_a_nan() {
        assert_eq!(narrow::abs(SIGNALLING), 0x7F80_0001);
        assert_eq!(narrow::neg(SIGNALLING), 0x7F80_0001);
        assert_eq!(narrow::copysign(SIGNALLING, 0), 0x7F80_0001);
        assert_eq!(narrow::copysign(0, SIGNALLING), bits(-0.0));
    }

    #[test]
    fn nan_equals_nothing() {
        assert!(!narrow::eq(CANONICAL, CANONICAL) && narrow::ne(CANONICAL, CANONICAL));
        for compare in [narrow::lt, narrow::gt, narrow::le, narrow::ge] {
            assert!(!compare(CANONICAL, 0) && !compare(0, CANONICAL));
        }
        assert!(narrow::eq(bits(0.0), bits(-0.0)));
    }
}
