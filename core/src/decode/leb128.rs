//! LEB128 numbers (specification §5.2.2): seven bits a byte, least significant
//! first; a set top bit says that another byte follows.

/// Why bytes are no LEB128 number of the wanted width.
///
/// ```
/// use fayasm_core::decode::leb128::{self, Leb128Error};
///
/// assert_eq!(leb128::unsigned::<32>(&[0x80]), Err(Leb128Error::UnexpectedEnd));
/// assert_eq!(leb128::unsigned::<7>(&[0x80, 0]), Err(Leb128Error::TooLong));
/// assert_eq!(leb128::unsigned::<32>(&[255, 255, 255, 255, 0x1F]), Err(Leb128Error::TooLarge));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leb128Error {
    /// The bytes end before the number does.
    UnexpectedEnd,
    /// There are more bytes than the width allows.
    TooLong,
    /// The last byte has bits that do not fit the width.
    TooLarge,
}

/// Reads an unsigned number of at most `BITS` bits from the start of `bytes`;
/// gives it with the number of bytes it took.
///
/// ```
/// use fayasm_core::decode::leb128;
///
/// assert_eq!(leb128::unsigned::<32>(&[0xE5, 0x8E, 0x26]), Ok((624_485, 3)));
/// ```
#[inline]
pub fn unsigned<const BITS: u32>(bytes: &[u8]) -> Result<(u64, usize), Leb128Error> {
    let mut value = 0u64;
    let mut shift = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let payload = u64::from(byte & 0x7F);
        value |= payload << shift;
        let left = BITS - shift;
        if byte & 0x80 == 0 {
            if left < 7 && payload >> left != 0 {
                return Err(Leb128Error::TooLarge);
            }
            return Ok((value, index + 1));
        }
        if left <= 7 {
            return Err(Leb128Error::TooLong);
        }
        shift += 7;
    }
    Err(Leb128Error::UnexpectedEnd)
}

/// Reads a signed number of at most `BITS` bits from the start of `bytes`;
/// gives it with the number of bytes it took.
///
/// ```
/// use fayasm_core::decode::leb128;
///
/// assert_eq!(leb128::signed::<32>(&[0x9B, 0xF1, 0x59]), Ok((-624_485, 3)));
/// ```
#[inline]
pub fn signed<const BITS: u32>(bytes: &[u8]) -> Result<(i64, usize), Leb128Error> {
    let mut value = 0i64;
    let mut shift = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        value |= i64::from(byte & 0x7F) << shift;
        let left = BITS - shift;
        if byte & 0x80 == 0 {
            if left < 7 {
                // The bits beyond the width must repeat the sign bit.
                let payload = ((byte << 1) as i8) >> 1;
                let sign = payload >> (left - 1);
                if sign != 0 && sign != -1 {
                    return Err(Leb128Error::TooLarge);
                }
            }
            let unused = 64u32.saturating_sub(shift + 7);
            return Ok((value << unused >> unused, index + 1));
        }
        if left <= 7 {
            return Err(Leb128Error::TooLong);
        }
        shift += 7;
    }
    Err(Leb128Error::UnexpectedEnd)
}

/// Reads an unsigned number at `at` of code that has been validated, and moves
/// `at` past it. Bytes that are no number give an unspecified value.
#[inline(always)]
pub(crate) fn validated_u32(code: &[u8], at: &mut usize) -> u32 {
    let mut value = 0u32;
    let mut shift = 0;
    while let Some(&byte) = code.get(*at) {
        *at += 1;
        value |= u32::from(byte & 0x7F) << (shift & 31);
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    value
}

/// Reads an unsigned number of 64 bits at `at` of code that has been validated, and moves
/// `at` past it. Bytes that are no number give an unspecified value.
pub(crate) fn validated_u64(code: &[u8], at: &mut usize) -> u64 {
    let mut value = 0u64;
    let mut shift = 0;
    while let Some(&byte) = code.get(*at) {
        *at += 1;
        value |= u64::from(byte & 0x7F) << (shift & 63);
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    value
}

/// Reads a signed number at `at` of code that has been validated, and moves
/// `at` past it. Bytes that are no number give an unspecified value.
#[inline(always)]
pub(crate) fn validated_i64(code: &[u8], at: &mut usize) -> i64 {
    let mut value = 0i64;
    let mut shift = 0u32;
    while let Some(&byte) = code.get(*at) {
        *at += 1;
        value |= i64::from(byte & 0x7F) << (shift & 63);
        shift += 7;
        if byte & 0x80 == 0 {
            if shift < 64 && byte & 0x40 != 0 {
                value |= -1i64 << shift;
            }
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_boundary_of_u32_is_read() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x7F], 127),
            (&[0x80, 0x01], 128),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], u64::from(u32::MAX)),
            (&[0x80, 0x80, 0x80, 0x80, 0x00], 0),
        ] {
            assert_eq!(unsigned::<32>(bytes), Ok((value, bytes.len())), "{bytes:x?}");
            let mut at = 0;
            assert_eq!(u64::from(validated_u32(bytes, &mut at)), value);
            assert_eq!(at, bytes.len());
        }
    }

    #[test]
    fn every_boundary_of_i32_and_i64_is_read() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x3F], 63),
            (&[0x40], -64),
            (&[0x7F], -1),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0x07], i64::from(i32::MAX)),
            (&[0x80, 0x80, 0x80, 0x80, 0x78], i64::from(i32::MIN)),
        ] {
            assert_eq!(signed::<32>(bytes), Ok((value, bytes.len())), "{bytes:x?}");
            assert_eq!(signed::<64>(bytes), Ok((value, bytes.len())), "{bytes:x?}");
            let mut at = 0;
            assert_eq!(validated_i64(bytes, &mut at), value);
            assert_eq!(at, bytes.len());
        }
        let min = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F];
        assert_eq!(signed::<64>(&min), Ok((i64::MIN, 10)));
        let mut at = 0;
        assert_eq!(validated_i64(&min, &mut at), i64::MIN);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let too_large = Err(Leb128Error::TooLarge);
        assert_eq!(unsigned::<32>(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]), too_large);
        assert_eq!(signed::<32>(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Err(Leb128Error::TooLarge));
        assert_eq!(signed::<32>(&[0x80, 0x80, 0x80, 0x80, 0x70]), Err(Leb128Error::TooLarge));
        let ten = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7E];
        assert_eq!(signed::<64>(&ten), Err(Leb128Error::TooLarge));
    }

    #[test]
    fn too_many_bytes_are_refused() {
        let six = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        assert_eq!(unsigned::<32>(&six), Err(Leb128Error::TooLong));
        assert_eq!(signed::<32>(&six), Err(Leb128Error::TooLong));
        assert_eq!(unsigned::<1>(&[0x80, 0x00]), Err(Leb128Error::TooLong));
    }

    #[test]
    fn a_number_cut_short_is_refused() {
        assert_eq!(unsigned::<32>(&[]), Err(Leb128Error::UnexpectedEnd));
        assert_eq!(unsigned::<32>(&[0x80]), Err(Leb128Error::UnexpectedEnd));
        assert_eq!(signed::<64>(&[0xFF, 0xFF]), Err(Leb128Error::UnexpectedEnd));
    }
}
