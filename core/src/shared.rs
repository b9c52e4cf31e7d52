//! Shared ownership: atomically counted where the target has atomics, plainly
//! counted where it has not.

/// A counted pointer.
#[cfg(target_has_atomic = "ptr")]
pub use alloc::sync::Arc as Shared;

/// A counted pointer.
#[cfg(not(target_has_atomic = "ptr"))]
pub use alloc::rc::Rc as Shared;
