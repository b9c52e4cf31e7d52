//! What the tests that cross crates share.

#![forbid(unsafe_code)]

#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod large;
pub mod oracle;
pub mod power_cut;
pub mod random;
pub mod suite;
#[path = "../../core/tests/common/tier.rs"]
pub mod tier;
