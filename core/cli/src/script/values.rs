//! Arguments, and the patterns that results are held against.

use std::fmt::Write;

use fayasm_core::{AnyRef, ExternRef, Store, Val};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

use super::session::Result;

/// The value that an argument stands for.
pub(super) fn argument(store: &Store<()>, argument: &WastArg<'_>) -> Result<Val> {
    let WastArg::Core(argument) = argument else { return Err(component()) };
    match argument {
        WastArgCore::I32(value) => Ok(Val::I32(*value)),
        WastArgCore::I64(value) => Ok(Val::I64(*value)),
        WastArgCore::F32(value) => Ok(Val::F32(value.bits)),
        WastArgCore::F64(value) => Ok(Val::F64(value.bits)),
        WastArgCore::V128(value) => Ok(Val::V128(u128::from_le_bytes(value.to_le_bytes()))),
        WastArgCore::RefNull(heap) => null(heap),
        WastArgCore::RefExtern(handle) => Ok(Val::ExternRef(Some(ExternRef::new(*handle)))),
        WastArgCore::RefHost(handle) => {
            Ok(Val::AnyRef(AnyRef::of_extern(store, ExternRef::new(*handle))))
        }
    }
}

/// The null reference of this heap type.
fn null(heap: &HeapType<'_>) -> Result<Val> {
    use AbstractHeapType as H;
    match heap {
        HeapType::Abstract { shared: false, ty: H::Func | H::NoFunc } => Ok(Val::FuncRef(None)),
        HeapType::Abstract { shared: false, ty: H::Extern | H::NoExtern } => {
            Ok(Val::ExternRef(None))
        }
        HeapType::Abstract { shared: false, ty: H::Exn | H::NoExn } => Ok(Val::ExnRef(None)),
        HeapType::Abstract { shared: false, ty } if !matches!(ty, H::Cont | H::NoCont) => {
            Ok(Val::AnyRef(None))
        }
        other => Err(format!("`ref.null {}` is a value that there is none of", heap_text(other))),
    }
}

/// Whether the results are what the patterns ask for.
pub(super) fn accept(store: &Store<()>, expected: &[WastRet<'_>], found: &[Val]) -> Result<bool> {
    if expected.len() != found.len() {
        return Ok(false);
    }
    for (expected, found) in expected.iter().zip(found) {
        let WastRet::Core(expected) = expected else { return Err(component()) };
        if !accepts(store, expected, *found)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn accepts(store: &Store<()>, expected: &WastRetCore<'_>, found: Val) -> Result<bool> {
    use WastRetCore as R;
    Ok(match (expected, found) {
        (R::I32(expected), Val::I32(found)) => *expected == found,
        (R::I64(expected), Val::I64(found)) => *expected == found,
        (R::F32(expected), Val::F32(found)) => accepts_f32(expected, found),
        (R::F64(expected), Val::F64(found)) => accepts_f64(expected, found),
        (R::V128(expected), Val::V128(found)) => accepts_v128(expected, found),
        (R::RefNull(None), found) => is_null(found),
        (R::RefNull(Some(heap)), found) => null(heap)? == found,
        (R::RefExtern(None), Val::ExternRef(found)) => found.is_some(),
        (R::RefExtern(Some(handle)), Val::ExternRef(found)) => {
            found == Some(ExternRef::new(*handle))
        }
        (R::RefFunc(None), Val::FuncRef(found)) => found.is_some(),
        (R::Either(patterns), found) => {
            for pattern in patterns {
                if accepts(store, pattern, found)? {
                    return Ok(true);
                }
            }
            false
        }
        (R::RefHost(handle), Val::AnyRef(Some(found))) => {
            found.extern_ref() == Some(ExternRef::new(*handle))
        }
        (R::RefAny | R::RefEq | R::RefArray | R::RefStruct | R::RefI31, Val::AnyRef(found)) => {
            use fayasm_core::HeapType as H;
            match found.and_then(|found| found.heap_type(store)) {
                None => false,
                Some(H::I31) => matches!(expected, R::RefAny | R::RefEq | R::RefI31),
                Some(H::Struct) => matches!(expected, R::RefAny | R::RefEq | R::RefStruct),
                Some(H::Array) => matches!(expected, R::RefAny | R::RefEq | R::RefArray),
                Some(_) => matches!(expected, R::RefAny),
            }
        }
        (R::RefFunc(Some(_)) | R::RefI31Shared, _) => {
            return Err(format!("results cannot be held against {} yet", text(expected)));
        }
        // A value of another type.
        _ => false,
    })
}

fn is_null(val: Val) -> bool {
    matches!(val, Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None))
}

fn accepts_f32(expected: &NanPattern<F32>, found: u32) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & 0x7FFF_FFFF == 0x7FC0_0000,
        NanPattern::ArithmeticNan => found & 0x7FC0_0000 == 0x7FC0_0000,
        NanPattern::Value(expected) => expected.bits == found,
    }
}

fn accepts_f64(expected: &NanPattern<F64>, found: u64) -> bool {
    match expected {
        NanPattern::CanonicalNan => found & (u64::MAX >> 1) == 0x7FF8_0000_0000_0000,
        NanPattern::ArithmeticNan => found & 0x7FF8_0000_0000_0000 == 0x7FF8_0000_0000_0000,
        NanPattern::Value(expected) => expected.bits == found,
    }
}

fn accepts_v128(expected: &V128Pattern, found: u128) -> bool {
    let bytes = found.to_le_bytes();
    match expected {
        V128Pattern::I8x16(lanes) => lanes.map(i8::to_le_bytes).as_flattened() == bytes,
        V128Pattern::I16x8(lanes) => lanes.map(i16::to_le_bytes).as_flattened() == bytes,
        V128Pattern::I32x4(lanes) => lanes.map(i32::to_le_bytes).as_flattened() == bytes,
        V128Pattern::I64x2(lanes) => lanes.map(i64::to_le_bytes).as_flattened() == bytes,
        // Lane 0 is the lowest; what is shifted out of a lane's width is dropped.
        V128Pattern::F32x4(lanes) => (0..)
            .step_by(32)
            .zip(lanes)
            .all(|(at, lane): (u32, _)| accepts_f32(lane, (found >> at) as u32)),
        V128Pattern::F64x2(lanes) => (0..)
            .step_by(64)
            .zip(lanes)
            .all(|(at, lane): (u32, _)| accepts_f64(lane, (found >> at) as u64)),
    }
}

fn component() -> String {
    "values of components are not supported".to_owned()
}

/// `[i32:7 f64:0.5]`.
pub(super) fn found(values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{}:{value}", value.ty())).collect();
    format!("[{}]", texts.join(" "))
}

/// The patterns, as results that fit them would be written.
pub(super) fn expected(patterns: &[WastRet<'_>]) -> String {
    let texts = patterns.iter().map(|pattern| match pattern {
        WastRet::Core(pattern) => text(pattern),
        _ => "a component's value".to_owned(),
    });
    format!("[{}]", texts.collect::<Vec<_>>().join(" "))
}

fn text(pattern: &WastRetCore<'_>) -> String {
    use WastRetCore as R;
    match pattern {
        R::I32(value) => format!("i32:{value}"),
        R::I64(value) => format!("i64:{value}"),
        R::F32(pattern) => format!("f32:{}", f32_text(pattern)),
        R::F64(pattern) => format!("f64:{}", f64_text(pattern)),
        R::V128(pattern) => v128_text(pattern),
        R::RefNull(None) => "ref.null".to_owned(),
        R::RefNull(Some(heap)) => format!("ref.null {}", heap_text(heap)),
        R::RefExtern(None) => "ref.extern".to_owned(),
        R::RefExtern(Some(handle)) => format!("externref:{handle}"),
        R::RefHost(handle) => format!("ref.host {handle}"),
        R::RefFunc(_) => "ref.func".to_owned(),
        R::RefAny => "ref.any".to_owned(),
        R::RefEq => "ref.eq".to_owned(),
        R::RefArray => "ref.array".to_owned(),
        R::RefStruct => "ref.struct".to_owned(),
        R::RefI31 => "ref.i31".to_owned(),
        R::RefI31Shared => "ref.i31_shared".to_owned(),
        R::Either(patterns) => {
            let texts: Vec<String> = patterns.iter().map(text).collect();
            format!("either({})", texts.join(" "))
        }
    }
}

fn f32_text(pattern: &NanPattern<F32>) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(value) => Val::F32(value.bits).to_string(),
    }
}

fn f64_text(pattern: &NanPattern<F64>) -> String {
    match pattern {
        NanPattern::CanonicalNan => "nan:canonical".to_owned(),
        NanPattern::ArithmeticNan => "nan:arithmetic".to_owned(),
        NanPattern::Value(value) => Val::F64(value.bits).to_string(),
    }
}

fn v128_text(pattern: &V128Pattern) -> String {
    fn lanes<T>(shape: &str, lanes: &[T], lane: impl Fn(&T) -> String) -> String {
        let mut text = shape.to_owned();
        for (index, value) in lanes.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{}", if index == 0 { "(" } else { " " }, lane(value));
        }
        text + ")"
    }
    match pattern {
        V128Pattern::I8x16(values) => lanes("i8x16", values, i8::to_string),
        V128Pattern::I16x8(values) => lanes("i16x8", values, i16::to_string),
        V128Pattern::I32x4(values) => lanes("i32x4", values, i32::to_string),
        V128Pattern::I64x2(values) => lanes("i64x2", values, i64::to_string),
        V128Pattern::F32x4(values) => lanes("f32x4", values, f32_text),
        V128Pattern::F64x2(values) => lanes("f64x2", values, f64_text),
    }
}

fn heap_text(heap: &HeapType<'_>) -> String {
    use AbstractHeapType as H;
    let HeapType::Abstract { shared, ty } = heap else { return "of a declared type".to_owned() };
    let name = match ty {
        H::Func => "func",
        H::Extern => "extern",
        H::Exn => "exn",
        H::Cont => "cont",
        H::Any => "any",
        H::Eq => "eq",
        H::Struct => "struct",
        H::Array => "array",
        H::I31 => "i31",
        H::NoFunc => "nofunc",
        H::NoExtern => "noextern",
        H::None => "none",
        H::NoExn => "noexn",
        H::NoCont => "nocont",
    };
    if *shared { format!("(shared {name})") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: u32 = 0x7FC0_0000;

    #[test]
    fn lanes_are_compared_each_for_itself() {
        let lanes = [
            NanPattern::Value(F32 { bits: 1 }),
            NanPattern::CanonicalNan,
            NanPattern::ArithmeticNan,
            NanPattern::Value(F32 { bits: 4 }),
        ];
        let vector = |lanes: [u32; 4]| {
            lanes.iter().rev().fold(0u128, |bits, lane| bits << 32 | u128::from(*lane))
        };
        let pattern = V128Pattern::F32x4(lanes);
        assert!(accepts_v128(&pattern, vector([1, NAN, NAN + 1, 4])));
        assert!(!accepts_v128(&pattern, vector([1, NAN + 1, NAN, 4])));
        assert!(!accepts_v128(&pattern, vector([4, NAN, NAN, 1])));
        let integers = V128Pattern::I16x8([1, 2, 3, 4, 5, 6, 7, -1]);
        assert!(accepts_v128(&integers, 0xFFFF_0007_0006_0005_0004_0003_0002_0001));
        assert_eq!(v128_text(&integers), "i16x8(1 2 3 4 5 6 7 -1)");
    }

    fn store() -> Store<()> {
        Store::new(&fayasm_core::Engine::default(), ())
    }

    #[test]
    fn one_of_several_results_is_enough() {
        let either = WastRetCore::Either(vec![WastRetCore::I32(1), WastRetCore::I64(2)]);
        for (found, holds) in [(Val::I32(1), true), (Val::I64(2), true), (Val::I32(2), false)] {
            assert_eq!(accepts(&store(), &either, found), Ok(holds));
        }
        assert_eq!(text(&either), "either(i32:1 i64:2)");
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let why = accepts(&store(), &WastRetCore::RefI31Shared, Val::FuncRef(None)).unwrap_err();
        assert_eq!(why, "results cannot be held against ref.i31_shared yet");
    }
}
