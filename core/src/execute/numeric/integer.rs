//! Integers (specification §4.3.2).

/// Defines all operators of integers of one width.
macro_rules! integer_operators {
    ($unsigned:ty, $signed:ty) => {
        use crate::runtime::TrapKind;

        type U = $unsigned;
        type S = $signed;

        #[inline(always)]
        pub(crate) fn eqz(a: U) -> bool {
            a == 0
        }

        #[inline(always)]
        pub(crate) fn eq(a: U, b: U) -> bool {
            a == b
        }

        #[inline(always)]
        pub(crate) fn ne(a: U, b: U) -> bool {
            a != b
        }

        #[inline(always)]
        pub(crate) fn lt_s(a: U, b: U) -> bool {
            a.cast_signed() < b.cast_signed()
        }

        #[inline(always)]
        pub(crate) fn lt_u(a: U, b: U) -> bool {
            a < b
        }

        #[inline(always)]
        pub(crate) fn gt_s(a: U, b: U) -> bool {
            a.cast_signed() > b.cast_signed()
        }

        #[inline(always)]
        pub(crate) fn gt_u(a: U, b: U) -> bool {
            a > b
        }

        #[inline(always)]
        pub(crate) fn le_s(a: U, b: U) -> bool {
            a.cast_signed() <= b.cast_signed()
        }

        #[inline(always)]
        pub(crate) fn le_u(a: U, b: U) -> bool {
            a <= b
        }

        #[inline(always)]
        pub(crate) fn ge_s(a: U, b: U) -> bool {
            a.cast_signed() >= b.cast_signed()
        }

        #[inline(always)]
        pub(crate) fn ge_u(a: U, b: U) -> bool {
            a >= b
        }

        #[inline(always)]
        pub(crate) fn clz(a: U) -> U {
            a.leading_zeros().into()
        }

        #[inline(always)]
        pub(crate) fn ctz(a: U) -> U {
            a.trailing_zeros().into()
        }

        #[inline(always)]
        pub(crate) fn popcnt(a: U) -> U {
            a.count_ones().into()
        }

        #[inline(always)]
        pub(crate) fn add(a: U, b: U) -> U {
            a.wrapping_add(b)
        }

        #[inline(always)]
        pub(crate) fn sub(a: U, b: U) -> U {
            a.wrapping_sub(b)
        }

        #[inline(always)]
        pub(crate) fn mul(a: U, b: U) -> U {
            a.wrapping_mul(b)
        }

        #[inline(always)]
        pub(crate) fn div_s(a: U, b: U) -> Result<U, TrapKind> {
            if b == 0 {
                return Err(TrapKind::IntegerDivideByZero);
            }
            // The one quotient that does not fit is that of the least number and -1.
            match a.cast_signed().checked_div(b.cast_signed()) {
                Some(quotient) => Ok(quotient.cast_unsigned()),
                None => Err(TrapKind::IntegerOverflow),
            }
        }

        #[inline(always)]
        pub(crate) fn div_u(a: U, b: U) -> Result<U, TrapKind> {
            a.checked_div(b).ok_or(TrapKind::IntegerDivideByZero)
        }

        #[inline(always)]
        pub(crate) fn rem_s(a: U, b: U) -> Result<U, TrapKind> {
            if b == 0 {
                return Err(TrapKind::IntegerDivideByZero);
            }
            // The least number modulo -1 is 0, though the quotient does not fit.
            Ok(a.cast_signed().wrapping_rem(b.cast_signed()).cast_unsigned())
        }

        #[inline(always)]
        pub(crate) fn rem_u(a: U, b: U) -> Result<U, TrapKind> {
            a.checked_rem(b).ok_or(TrapKind::IntegerDivideByZero)
        }

        #[inline(always)]
        pub(crate) fn and(a: U, b: U) -> U {
            a & b
        }

        #[inline(always)]
        pub(crate) fn or(a: U, b: U) -> U {
            a | b
        }

        #[inline(always)]
        pub(crate) fn xor(a: U, b: U) -> U {
            a ^ b
        }

        /// The part of a shift or rotation that counts: modulo the width.
        #[inline(always)]
        fn distance(b: U) -> u32 {
            // What is left is less than 64.
            (b % U::BITS as U) as u32
        }

        #[inline(always)]
        pub(crate) fn shl(a: U, b: U) -> U {
            a.wrapping_shl(distance(b))
        }

        #[inline(always)]
        pub(crate) fn shr_s(a: U, b: U) -> U {
            a.cast_signed().wrapping_shr(distance(b)).cast_unsigned()
        }

        #[inline(always)]
        pub(crate) fn shr_u(a: U, b: U) -> U {
            a.wrapping_shr(distance(b))
        }

        #[inline(always)]
        pub(crate) fn rotl(a: U, b: U) -> U {
            a.rotate_left(distance(b))
        }

        #[inline(always)]
        pub(crate) fn rotr(a: U, b: U) -> U {
            a.rotate_right(distance(b))
        }

        #[inline(always)]
        pub(crate) fn extend8_s(a: U) -> U {
            // Only the lowest byte counts.
            S::from(a as i8).cast_unsigned()
        }

        #[inline(always)]
        pub(crate) fn extend16_s(a: U) -> U {
            // Only the two lowest bytes count.
            S::from(a as i16).cast_unsigned()
        }
    };
}

/// `i32`
pub(crate) mod i32 {
    integer_operators!(u32, i32);
}

/// `i64`
pub(crate) mod i64 {
    integer_operators!(u64, i64);

    #[inline(always)]
    pub(crate) fn extend32_s(a: U) -> U {
        // Only the four lowest bytes count.
        S::from(a as i32).cast_unsigned()
    }

    /// The signed product, 128 bits wide.
    pub(crate) fn mul_wide_s(a: u64, b: u64) -> u128 {
        (i128::from(a.cast_signed()) * i128::from(b.cast_signed())).cast_unsigned()
    }

    /// The unsigned product, 128 bits wide.
    pub(crate) fn mul_wide_u(a: u64, b: u64) -> u128 {
        u128::from(a) * u128::from(b)
    }
}

#[cfg(test)]
mod tests {
    use super::{i32 as narrow, i64 as wide};
    use crate::runtime::TrapKind;

    const MIN32: u32 = 1 << 31;
    const MIN64: u64 = 1 << 63;

    #[test]
    fn division_by_zero_traps_and_so_does_the_quotient_that_does_not_fit() {
        let zero = TrapKind::IntegerDivideByZero;
        for by_zero in
            [narrow::div_s(1, 0), narrow::div_u(1, 0), narrow::rem_s(1, 0), narrow::rem_u(1, 0)]
        {
            assert_eq!(by_zero, Err(zero.clone()));
        }
        for by_zero in [wide::div_s(1, 0), wide::div_u(1, 0), wide::rem_s(1, 0), wide::rem_u(1, 0)]
        {
            assert_eq!(by_zero, Err(zero.clone()));
        }
        assert_eq!(narrow::div_s(MIN32, u32::MAX), Err(TrapKind::IntegerOverflow));
        assert_eq!(wide::div_s(MIN64, u64::MAX), Err(TrapKind::IntegerOverflow));
        assert_eq!(narrow::rem_s(MIN32, u32::MAX), Ok(0));
        assert_eq!(wide::rem_s(MIN64, u64::MAX), Ok(0));
        assert_eq!(narrow::div_u(MIN32, u32::MAX), Ok(0));
    }

    #[test]
    fn signed_division_rounds_towards_zero() {
        let minus = |n: u32| n.wrapping_neg();
        assert_eq!(narrow::div_s(minus(7), 2), Ok(minus(3)));
        assert_eq!(narrow::rem_s(minus(7), 2), Ok(minus(1)));
        assert_eq!(narrow::rem_s(7, minus(2)), Ok(1));
    }

    #[test]
    fn shifts_and_rotations_count_modulo_the_width() {
        assert_eq!(narrow::shl(1, 33), 2);
        assert_eq!(narrow::shr_s(MIN32, 63), u32::MAX);
        assert_eq!(narrow::shr_u(MIN32, 31), 1);
        assert_eq!(narrow::rotl(MIN32 | 1, 1), 3);
        assert_eq!(narrow::rotr(1, u32::MAX), 2);
        assert_eq!(wide::shl(1, 65), 2);
        assert_eq!(wide::shr_s(MIN64, 127), u64::MAX);
        assert_eq!(wide::rotr(1, 1 << 40), 1);
    }

    #[test]
    fn bits_are_counted_in_zero_as_well() {
        assert_eq!((narrow::clz(0), narrow::ctz(0), narrow::popcnt(u32::MAX)), (32, 32, 32));
        assert_eq!((wide::clz(0), wide::ctz(0), wide::popcnt(u64::MAX)), (64, 64, 64));
    }

    #[test]
    fn comparisons_read_the_sign_only_where_they_say_so() {
        assert!(narrow::lt_s(MIN32, 0) && !narrow::lt_u(MIN32, 0));
        assert!(wide::gt_u(MIN64, 0) && !wide::gt_s(MIN64, 0));
        assert!(narrow::le_s(1, 1) && narrow::ge_u(1, 1) && wide::ge_s(0, u64::MAX));
    }

    #[test]
    fn sign_extension_looks_at_the_low_part_only() {
        assert_eq!(narrow::extend8_s(0x1234_5680), 0xFFFF_FF80);
        assert_eq!(narrow::extend16_s(0x1234_7FFF), 0x7FFF);
        assert_eq!(wide::extend8_s(0xFF7F), 0x7F);
        assert_eq!(wide::extend32_s(0x8000_0000), 0xFFFF_FFFF_8000_0000);
    }
}
