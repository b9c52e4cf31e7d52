//! Vectors (specification §4.3.5 and §4.3.6): what each operator makes of its operands.
//!
//! Of relaxed operators, the results are those of the deterministic profile
//! (specification appendix A.5): the same as of the operators that are not
//! relaxed; products that are added are rounded once; of dot products, both
//! operands are signed and sums saturate.

use super::{convert, f32, f64};
use crate::operators::Operator as Op;

/// A number that can be a lane of a vector.
trait Lane: Copy {
    /// How many there are in a vector.
    const COUNT: usize;

    /// The lane with this number, which is less than their count.
    fn get(vector: &[u8; 16], lane: usize) -> Self;

    /// Sets the lane with this number, which is less than their count.
    fn set(self, vector: &mut [u8; 16], lane: usize);

    /// All bits one, or zero.
    fn filled(with_ones: bool) -> Self;
}

macro_rules! lanes {
    ($($number:ty)*) => {$(
        impl Lane for $number {
            const COUNT: usize = 16 / size_of::<$number>();

            #[inline(always)]
            fn get(vector: &[u8; 16], lane: usize) -> Self {
                const WIDTH: usize = size_of::<$number>();
                let mut bytes = [0; WIDTH];
                bytes.copy_from_slice(&vector[lane * WIDTH..(lane + 1) * WIDTH]);
                Self::from_le_bytes(bytes)
            }

            #[inline(always)]
            fn set(self, vector: &mut [u8; 16], lane: usize) {
                const WIDTH: usize = size_of::<$number>();
                vector[lane * WIDTH..(lane + 1) * WIDTH].copy_from_slice(&self.to_le_bytes());
            }

            #[inline(always)]
            fn filled(with_ones: bool) -> Self {
                if with_ones { !0 } else { 0 }
            }
        }
    )*};
}
lanes!(u8 u16 u32 u64 i8 i16 i32 i64);

/// Each lane through `f`. Where one vector has more lanes than the other, those
/// behind are left out, or zero.
#[inline(always)]
fn map<A: Lane, R: Lane>(a: u128, f: impl Fn(A) -> R) -> u128 {
    let (a, mut result) = (a.to_le_bytes(), [0; 16]);
    for lane in 0..A::COUNT.min(R::COUNT) {
        f(A::get(&a, lane)).set(&mut result, lane);
    }
    u128::from_le_bytes(result)
}

/// Each two lanes through `f`; as [`map`] for the rest.
#[inline(always)]
fn zip<A: Lane, R: Lane>(a: u128, b: u128, f: impl Fn(A, A) -> R) -> u128 {
    let (a, b, mut result) = (a.to_le_bytes(), b.to_le_bytes(), [0; 16]);
    for lane in 0..A::COUNT.min(R::COUNT) {
        f(A::get(&a, lane), A::get(&b, lane)).set(&mut result, lane);
    }
    u128::from_le_bytes(result)
}

/// Each three lanes through `f`.
#[inline(always)]
fn zip3<A: Lane>([a, b, c]: [u128; 3], f: impl Fn(A, A, A) -> A) -> u128 {
    let [a, b, c] = [a, b, c].map(u128::to_le_bytes);
    let mut result = [0; 16];
    for lane in 0..A::COUNT {
        f(A::get(&a, lane), A::get(&b, lane), A::get(&c, lane)).set(&mut result, lane);
    }
    u128::from_le_bytes(result)
}

/// Ones where `f` holds.
#[inline(always)]
fn compare<A: Lane>(a: u128, b: u128, f: impl Fn(&A, &A) -> bool) -> u128 {
    zip(a, b, |x: A, y: A| A::filled(f(&x, &y)))
}

/// The same in every lane.
#[inline(always)]
fn splat<A: Lane>(a: A) -> u128 {
    map(0, |_: A| a)
}

/// A bit for each lane: whether `f` holds.
#[inline(always)]
fn bits<A: Lane>(a: u128, f: impl Fn(A) -> bool) -> u128 {
    let a = a.to_le_bytes();
    (0..A::COUNT).map(|lane| u128::from(f(A::get(&a, lane))) << lane).sum()
}

/// Whether no lane is zero.
#[inline(always)]
fn all_true<A: Lane + Default + PartialEq>(a: u128) -> u128 {
    u128::from(bits(a, |x: A| x != A::default()) == (1 << A::COUNT) - 1)
}

/// Lanes of half the width: those of `a` through `f`, then those of `b`.
#[inline(always)]
fn narrow<A: Lane, R: Lane>(a: u128, b: u128, f: impl Fn(A) -> R) -> u128 {
    map(a, &f) | map(b, &f) << 64
}

/// The lane with this number.
#[inline(always)]
fn extract<A: Lane>(a: u128, lane: u8) -> A {
    A::get(&a.to_le_bytes(), lane.into())
}

/// The vector with another lane.
#[inline(always)]
fn replace<A: Lane>(a: u128, lane: u8, value: A) -> u128 {
    let mut result = a.to_le_bytes();
    value.set(&mut result, lane.into());
    u128::from_le_bytes(result)
}

/// The upper half of the lanes in place of the lower.
#[inline(always)]
const fn upper(a: u128) -> u128 {
    a >> 64
}

/// Defines how lanes of one width are taken for two of half the width.
macro_rules! halves {
    ($name:ident $whole:ty, $half:ty) => {
        /// The lower and the upper half of a lane, as numbers of their own.
        #[inline(always)]
        const fn $name(x: $whole) -> ($whole, $whole) {
            // The lower half is what is wanted of the first.
            (x as $half as $whole, x >> <$half>::BITS)
        }
    };
}
halves!(halves_i8 i16, i8);
halves!(halves_u8 u16, u8);
halves!(halves_i16 i32, i16);
halves!(halves_u16 u32, u16);

fn bitselect([a, b, mask]: [u128; 3]) -> u128 {
    a & mask | b & !mask
}

fn swizzle(a: u128, numbers: u128) -> u128 {
    let bytes = a.to_le_bytes();
    map(numbers, |number: u8| bytes.get(usize::from(number)).copied().unwrap_or(0))
}

fn shuffle(a: u128, b: u128, lanes: [u8; 16]) -> u128 {
    let (first, second) = (a.to_le_bytes(), b.to_le_bytes());
    // Lanes are validated to be less than 32.
    let byte = |lane: u8| if lane < 16 { first[lane as usize] } else { second[lane as usize - 16] };
    u128::from_le_bytes(lanes.map(byte))
}

fn q15mulr(a: u128, b: u128) -> u128 {
    zip(a, b, |x: i16, y: i16| {
        let product = (i32::from(x) * i32::from(y) + 0x4000) >> 15;
        // Only the square of the least exceeds 16 bits.
        product.min(i16::MAX.into()) as i16
    })
}

/// Dot products of each two lanes of 8 bits.
fn dot_i8(a: u128, b: u128) -> u128 {
    zip(a, b, |x: i16, y: i16| {
        let ((x, x1), (y, y1)) = (halves_i8(x), halves_i8(y));
        (x * y).saturating_add(x1 * y1)
    })
}

fn pairwise_i16(a: u128) -> u128 {
    map(a, |x: i32| {
        let (x, x1) = halves_i16(x);
        x + x1
    })
}

/// What an operator on vectors makes of its operands and, if lanes are among
/// its immediates, of these. Operands and results that are no vectors are the
/// lower bits. Loads get the bytes that they read as their first operand, and
/// stores give the lane that they write.
#[inline(never)]
pub(crate) fn compute(operator: Op, operands: [u128; 3], lanes: [u8; 16]) -> u128 {
    let [a, b, c] = operands;
    let [lane, ..] = lanes;
    // Shifts take their count from here.
    let count = b as u32;
    match operator {
        Op::V128Load | Op::V128Load32Zero | Op::V128Load64Zero | Op::V128Const => a,
        Op::V128Load8Splat | Op::I8x16Splat => splat(a as u8),
        Op::V128Load16Splat | Op::I16x8Splat => splat(a as u16),
        Op::V128Load32Splat | Op::I32x4Splat | Op::F32x4Splat => splat(a as u32),
        Op::V128Load64Splat | Op::I64x2Splat | Op::F64x2Splat => splat(a as u64),
        Op::V128Load8Lane => replace(b, lane, a as u8),
        Op::V128Load16Lane => replace(b, lane, a as u16),
        Op::V128Load32Lane => replace(b, lane, a as u32),
        Op::V128Load64Lane => replace(b, lane, a as u64),
        Op::I8x16ReplaceLane => replace(a, lane, b as u8),
        Op::I16x8ReplaceLane => replace(a, lane, b as u16),
        Op::I32x4ReplaceLane | Op::F32x4ReplaceLane => replace(a, lane, b as u32),
        Op::I64x2ReplaceLane | Op::F64x2ReplaceLane => replace(a, lane, b as u64),
        Op::V128Store => a,
        Op::V128Store8Lane | Op::I8x16ExtractLaneU => extract::<u8>(a, lane).into(),
        Op::V128Store16Lane | Op::I16x8ExtractLaneU => extract::<u16>(a, lane).into(),
        Op::V128Store32Lane | Op::I32x4ExtractLane | Op::F32x4ExtractLane => {
            extract::<u32>(a, lane).into()
        }
        Op::V128Store64Lane | Op::I64x2ExtractLane | Op::F64x2ExtractLane => {
            extract::<u64>(a, lane).into()
        }
        Op::I8x16ExtractLaneS => i32::from(extract::<i8>(a, lane)).cast_unsigned().into(),
        Op::I16x8ExtractLaneS => i32::from(extract::<i16>(a, lane)).cast_unsigned().into(),
        Op::I8x16Shuffle => shuffle(a, b, lanes),
        Op::I8x16Swizzle | Op::I8x16RelaxedSwizzle => swizzle(a, b),

        // Bits.
        Op::V128Not => !a,
        Op::V128And => a & b,
        Op::V128Andnot => a & !b,
        Op::V128Or => a | b,
        Op::V128Xor => a ^ b,
        Op::V128Bitselect
        | Op::I8x16RelaxedLaneselect
        | Op::I16x8RelaxedLaneselect
        | Op::I32x4RelaxedLaneselect
        | Op::I64x2RelaxedLaneselect => bitselect([a, b, c]),
        Op::V128AnyTrue => u128::from(a != 0),
        Op::I8x16AllTrue => all_true::<u8>(a),
        Op::I16x8AllTrue => all_true::<u16>(a),
        Op::I32x4AllTrue => all_true::<u32>(a),
        Op::I64x2AllTrue => all_true::<u64>(a),
        Op::I8x16Bitmask => bits(a, i8::is_negative),
        Op::I16x8Bitmask => bits(a, i16::is_negative),
        Op::I32x4Bitmask => bits(a, i32::is_negative),
        Op::I64x2Bitmask => bits(a, i64::is_negative),
        // A byte has at most eight ones.
        Op::I8x16Popcnt => map(a, |x: u8| x.count_ones() as u8),

        // Comparisons.
        Op::I8x16Eq => compare(a, b, u8::eq),
        Op::I8x16Ne => compare(a, b, u8::ne),
        Op::I8x16LtS => compare(a, b, i8::lt),
        Op::I8x16LtU => compare(a, b, u8::lt),
        Op::I8x16GtS => compare(a, b, i8::gt),
        Op::I8x16GtU => compare(a, b, u8::gt),
        Op::I8x16LeS => compare(a, b, i8::le),
        Op::I8x16LeU => compare(a, b, u8::le),
        Op::I8x16GeS => compare(a, b, i8::ge),
        Op::I8x16GeU => compare(a, b, u8::ge),
        Op::I16x8Eq => compare(a, b, u16::eq),
        Op::I16x8Ne => compare(a, b, u16::ne),
        Op::I16x8LtS => compare(a, b, i16::lt),
        Op::I16x8LtU => compare(a, b, u16::lt),
        Op::I16x8GtS => compare(a, b, i16::gt),
        Op::I16x8GtU => compare(a, b, u16::gt),
        Op::I16x8LeS => compare(a, b, i16::le),
        Op::I16x8LeU => compare(a, b, u16::le),
        Op::I16x8GeS => compare(a, b, i16::ge),
        Op::I16x8GeU => compare(a, b, u16::ge),
        Op::I32x4Eq => compare(a, b, u32::eq),
        Op::I32x4Ne => compare(a, b, u32::ne),
        Op::I32x4LtS => compare(a, b, i32::lt),
        Op::I32x4LtU => compare(a, b, u32::lt),
        Op::I32x4GtS => compare(a, b, i32::gt),
        Op::I32x4GtU => compare(a, b, u32::gt),
        Op::I32x4LeS => compare(a, b, i32::le),
        Op::I32x4LeU => compare(a, b, u32::le),
        Op::I32x4GeS => compare(a, b, i32::ge),
        Op::I32x4GeU => compare(a, b, u32::ge),
        Op::I64x2Eq => compare(a, b, u64::eq),
        Op::I64x2Ne => compare(a, b, u64::ne),
        Op::I64x2LtS => compare(a, b, i64::lt),
        Op::I64x2GtS => compare(a, b, i64::gt),
        Op::I64x2LeS => compare(a, b, i64::le),
        Op::I64x2GeS => compare(a, b, i64::ge),
        Op::F32x4Eq => compare(a, b, |x, y| f32::eq(*x, *y)),
        Op::F32x4Ne => compare(a, b, |x, y| f32::ne(*x, *y)),
        Op::F32x4Lt => compare(a, b, |x, y| f32::lt(*x, *y)),
        Op::F32x4Gt => compare(a, b, |x, y| f32::gt(*x, *y)),
        Op::F32x4Le => compare(a, b, |x, y| f32::le(*x, *y)),
        Op::F32x4Ge => compare(a, b, |x, y| f32::ge(*x, *y)),
        Op::F64x2Eq => compare(a, b, |x, y| f64::eq(*x, *y)),
        Op::F64x2Ne => compare(a, b, |x, y| f64::ne(*x, *y)),
        Op::F64x2Lt => compare(a, b, |x, y| f64::lt(*x, *y)),
        Op::F64x2Gt => compare(a, b, |x, y| f64::gt(*x, *y)),
        Op::F64x2Le => compare(a, b, |x, y| f64::le(*x, *y)),
        Op::F64x2Ge => compare(a, b, |x, y| f64::ge(*x, *y)),

        // Integers.
        Op::I8x16Abs => map(a, i8::wrapping_abs),
        Op::I16x8Abs => map(a, i16::wrapping_abs),
        Op::I32x4Abs => map(a, i32::wrapping_abs),
        Op::I64x2Abs => map(a, i64::wrapping_abs),
        Op::I8x16Neg => map(a, u8::wrapping_neg),
        Op::I16x8Neg => map(a, u16::wrapping_neg),
        Op::I32x4Neg => map(a, u32::wrapping_neg),
        Op::I64x2Neg => map(a, u64::wrapping_neg),
        Op::I8x16Shl => map(a, |x: u8| x.wrapping_shl(count)),
        Op::I16x8Shl => map(a, |x: u16| x.wrapping_shl(count)),
        Op::I32x4Shl => map(a, |x: u32| x.wrapping_shl(count)),
        Op::I64x2Shl => map(a, |x: u64| x.wrapping_shl(count)),
        Op::I8x16ShrS => map(a, |x: i8| x.wrapping_shr(count)),
        Op::I16x8ShrS => map(a, |x: i16| x.wrapping_shr(count)),
        Op::I32x4ShrS => map(a, |x: i32| x.wrapping_shr(count)),
        Op::I64x2ShrS => map(a, |x: i64| x.wrapping_shr(count)),
        Op::I8x16ShrU => map(a, |x: u8| x.wrapping_shr(count)),
        Op::I16x8ShrU => map(a, |x: u16| x.wrapping_shr(count)),
        Op::I32x4ShrU => map(a, |x: u32| x.wrapping_shr(count)),
        Op::I64x2ShrU => map(a, |x: u64| x.wrapping_shr(count)),
        Op::I8x16Add => zip(a, b, u8::wrapping_add),
        Op::I16x8Add => zip(a, b, u16::wrapping_add),
        Op::I32x4Add => zip(a, b, u32::wrapping_add),
        Op::I64x2Add => zip(a, b, u64::wrapping_add),
        Op::I8x16Sub => zip(a, b, u8::wrapping_sub),
        Op::I16x8Sub => zip(a, b, u16::wrapping_sub),
        Op::I32x4Sub => zip(a, b, u32::wrapping_sub),
        Op::I64x2Sub => zip(a, b, u64::wrapping_sub),
        Op::I16x8Mul => zip(a, b, u16::wrapping_mul),
        Op::I32x4Mul => zip(a, b, u32::wrapping_mul),
        Op::I64x2Mul => zip(a, b, u64::wrapping_mul),
        Op::I8x16AddSatS => zip(a, b, i8::saturating_add),
        Op::I8x16AddSatU => zip(a, b, u8::saturating_add),
        Op::I8x16SubSatS => zip(a, b, i8::saturating_sub),
        Op::I8x16SubSatU => zip(a, b, u8::saturating_sub),
        Op::I16x8AddSatS => zip(a, b, i16::saturating_add),
        Op::I16x8AddSatU => zip(a, b, u16::saturating_add),
        Op::I16x8SubSatS => zip(a, b, i16::saturating_sub),
        Op::I16x8SubSatU => zip(a, b, u16::saturating_sub),
        Op::I8x16MinS => zip(a, b, <i8 as Ord>::min),
        Op::I8x16MinU => zip(a, b, <u8 as Ord>::min),
        Op::I8x16MaxS => zip(a, b, <i8 as Ord>::max),
        Op::I8x16MaxU => zip(a, b, <u8 as Ord>::max),
        Op::I16x8MinS => zip(a, b, <i16 as Ord>::min),
        Op::I16x8MinU => zip(a, b, <u16 as Ord>::min),
        Op::I16x8MaxS => zip(a, b, <i16 as Ord>::max),
        Op::I16x8MaxU => zip(a, b, <u16 as Ord>::max),
        Op::I32x4MinS => zip(a, b, <i32 as Ord>::min),
        Op::I32x4MinU => zip(a, b, <u32 as Ord>::min),
        Op::I32x4MaxS => zip(a, b, <i32 as Ord>::max),
        Op::I32x4MaxU => zip(a, b, <u32 as Ord>::max),
        Op::I8x16AvgrU => zip(a, b, |x: u8, y: u8| (x | y) - ((x ^ y) >> 1)),
        Op::I16x8AvgrU => zip(a, b, |x: u16, y: u16| (x | y) - ((x ^ y) >> 1)),
        Op::I16x8Q15mulrSatS | Op::I16x8RelaxedQ15mulrS => q15mulr(a, b),
        Op::I16x8ExtaddPairwiseI8x16S => map(a, |x: i16| {
            let (x, x1) = halves_i8(x);
            x + x1
        }),
        Op::I16x8ExtaddPairwiseI8x16U => map(a, |x: u16| {
            let (x, x1) = halves_u8(x);
            x + x1
        }),
        Op::I32x4ExtaddPairwiseI16x8S => pairwise_i16(a),
        Op::I32x4ExtaddPairwiseI16x8U => map(a, |x: u32| {
            let (x, x1) = halves_u16(x);
            x + x1
        }),
        Op::I32x4DotI16x8S => zip(a, b, |x: i32, y: i32| {
            let ((x, x1), (y, y1)) = (halves_i16(x), halves_i16(y));
            (x * y).wrapping_add(x1 * y1)
        }),
        Op::I16x8RelaxedDotI8x16I7x16S => dot_i8(a, b),
        Op::I32x4RelaxedDotI8x16I7x16AddS => zip(pairwise_i16(dot_i8(a, b)), c, u32::wrapping_add),
        Op::I16x8ExtmulLowI8x16S => zip(a, b, |x: i8, y: i8| i16::from(x) * i16::from(y)),
        Op::I16x8ExtmulLowI8x16U => zip(a, b, |x: u8, y: u8| u16::from(x) * u16::from(y)),
        Op::I32x4ExtmulLowI16x8S => zip(a, b, |x: i16, y: i16| i32::from(x) * i32::from(y)),
        Op::I32x4ExtmulLowI16x8U => zip(a, b, |x: u16, y: u16| u32::from(x) * u32::from(y)),
        Op::I64x2ExtmulLowI32x4S => zip(a, b, |x: i32, y: i32| i64::from(x) * i64::from(y)),
        Op::I64x2ExtmulLowI32x4U => zip(a, b, |x: u32, y: u32| u64::from(x) * u64::from(y)),
        Op::I16x8ExtmulHighI8x16S => high(Op::I16x8ExtmulLowI8x16S, a, b),
        Op::I16x8ExtmulHighI8x16U => high(Op::I16x8ExtmulLowI8x16U, a, b),
        Op::I32x4ExtmulHighI16x8S => high(Op::I32x4ExtmulLowI16x8S, a, b),
        Op::I32x4ExtmulHighI16x8U => high(Op::I32x4ExtmulLowI16x8U, a, b),
        Op::I64x2ExtmulHighI32x4S => high(Op::I64x2ExtmulLowI32x4S, a, b),
        Op::I64x2ExtmulHighI32x4U => high(Op::I64x2ExtmulLowI32x4U, a, b),

        // Floats.
        Op::F32x4Abs => map(a, f32::abs),
        Op::F64x2Abs => map(a, f64::abs),
        Op::F32x4Neg => map(a, f32::neg),
        Op::F64x2Neg => map(a, f64::neg),
        Op::F32x4Sqrt => map(a, f32::sqrt),
        Op::F64x2Sqrt => map(a, f64::sqrt),
        Op::F32x4Ceil => map(a, f32::ceil),
        Op::F64x2Ceil => map(a, f64::ceil),
        Op::F32x4Floor => map(a, f32::floor),
        Op::F64x2Floor => map(a, f64::floor),
        Op::F32x4Trunc => map(a, f32::trunc),
        Op::F64x2Trunc => map(a, f64::trunc),
        Op::F32x4Nearest => map(a, f32::nearest),
        Op::F64x2Nearest => map(a, f64::nearest),
        Op::F32x4Add => zip(a, b, f32::add),
        Op::F64x2Add => zip(a, b, f64::add),
        Op::F32x4Sub => zip(a, b, f32::sub),
        Op::F64x2Sub => zip(a, b, f64::sub),
        Op::F32x4Mul => zip(a, b, f32::mul),
        Op::F64x2Mul => zip(a, b, f64::mul),
        Op::F32x4Div => zip(a, b, f32::div),
        Op::F64x2Div => zip(a, b, f64::div),
        Op::F32x4Min | Op::F32x4RelaxedMin => zip(a, b, f32::min),
        Op::F64x2Min | Op::F64x2RelaxedMin => zip(a, b, f64::min),
        Op::F32x4Max | Op::F32x4RelaxedMax => zip(a, b, f32::max),
        Op::F64x2Max | Op::F64x2RelaxedMax => zip(a, b, f64::max),
        Op::F32x4Pmin => zip(a, b, |x, y| if f32::lt(y, x) { y } else { x }),
        Op::F64x2Pmin => zip(a, b, |x, y| if f64::lt(y, x) { y } else { x }),
        Op::F32x4Pmax => zip(a, b, |x, y| if f32::lt(x, y) { y } else { x }),
        Op::F64x2Pmax => zip(a, b, |x, y| if f64::lt(x, y) { y } else { x }),
        Op::F32x4RelaxedMadd => zip3([a, b, c], f32::fused),
        Op::F64x2RelaxedMadd => zip3([a, b, c], f64::fused),
        Op::F32x4RelaxedNmadd => zip3([a, b, c], |x, y, z| f32::fused(f32::neg(x), y, z)),
        Op::F64x2RelaxedNmadd => zip3([a, b, c], |x, y, z| f64::fused(f64::neg(x), y, z)),

        // Conversions. Those of the upper half are those of the lower, of what lies above.
        // What is clamped fits.
        Op::I8x16NarrowI16x8S => narrow(a, b, |x: i16| x.clamp(-0x80, 0x7F) as i8),
        Op::I8x16NarrowI16x8U => narrow(a, b, |x: i16| x.clamp(0, 0xFF) as u8),
        Op::I16x8NarrowI32x4S => narrow(a, b, |x: i32| x.clamp(-0x8000, 0x7FFF) as i16),
        Op::I16x8NarrowI32x4U => narrow(a, b, |x: i32| x.clamp(0, 0xFFFF) as u16),
        Op::I16x8ExtendLowI8x16S | Op::V128Load8x8S => map(a, |x: i8| i16::from(x)),
        Op::I16x8ExtendLowI8x16U | Op::V128Load8x8U => map(a, |x: u8| u16::from(x)),
        Op::I32x4ExtendLowI16x8S | Op::V128Load16x4S => map(a, |x: i16| i32::from(x)),
        Op::I32x4ExtendLowI16x8U | Op::V128Load16x4U => map(a, |x: u16| u32::from(x)),
        Op::I64x2ExtendLowI32x4S | Op::V128Load32x2S => map(a, |x: i32| i64::from(x)),
        Op::I64x2ExtendLowI32x4U | Op::V128Load32x2U => map(a, |x: u32| u64::from(x)),
        Op::I16x8ExtendHighI8x16S => high(Op::I16x8ExtendLowI8x16S, a, b),
        Op::I16x8ExtendHighI8x16U => high(Op::I16x8ExtendLowI8x16U, a, b),
        Op::I32x4ExtendHighI16x8S => high(Op::I32x4ExtendLowI16x8S, a, b),
        Op::I32x4ExtendHighI16x8U => high(Op::I32x4ExtendLowI16x8U, a, b),
        Op::I64x2ExtendHighI32x4S => high(Op::I64x2ExtendLowI32x4S, a, b),
        Op::I64x2ExtendHighI32x4U => high(Op::I64x2ExtendLowI32x4U, a, b),
        Op::I32x4TruncSatF32x4S | Op::I32x4RelaxedTruncF32x4S => {
            map(a, convert::i32_trunc_sat_f32_s)
        }
        Op::I32x4TruncSatF32x4U | Op::I32x4RelaxedTruncF32x4U => {
            map(a, convert::i32_trunc_sat_f32_u)
        }
        Op::I32x4TruncSatF64x2SZero | Op::I32x4RelaxedTruncF64x2SZero => {
            map(a, convert::i32_trunc_sat_f64_s)
        }
        Op::I32x4TruncSatF64x2UZero | Op::I32x4RelaxedTruncF64x2UZero => {
            map(a, convert::i32_trunc_sat_f64_u)
        }
        Op::F32x4ConvertI32x4S => map(a, convert::f32_convert_i32_s),
        Op::F32x4ConvertI32x4U => map(a, convert::f32_convert_i32_u),
        Op::F64x2ConvertLowI32x4S => map(a, convert::f64_convert_i32_s),
        Op::F64x2ConvertLowI32x4U => map(a, convert::f64_convert_i32_u),
        Op::F32x4DemoteF64x2Zero => map(a, convert::f32_demote_f64),
        Op::F64x2PromoteLowF32x4 => map(a, convert::f64_promote_f32),
        other => unreachable!("{other} is executed elsewhere"),
    }
}

/// The same as an operator on the lower halves of its operands, on the upper halves.
fn high(operator: Op, a: u128, b: u128) -> u128 {
    compute(operator, [upper(a), upper(b), 0], [0; 16])
}
