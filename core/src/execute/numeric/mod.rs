//! What numeric operators do, each written once (specification §4.3).
//!
//! Integers are unsigned here: those of WebAssembly have no sign, and operators
//! that read one say so. Floats are bits, so that no NaN is altered by moving
//! it about; arithmetic that results in a NaN gives the positive canonical one,
//! which the specification allows and which makes runs the same on all hosts.

pub(crate) mod convert;
mod float;
mod integer;
#[cfg(feature = "simd")]
pub(crate) mod vector;

pub(crate) use float::{f32, f64};
pub(crate) use integer::{i32, i64};
