//! Shared ownership: atomically counted where the target has atomics, plainly
//! counted where it has not.

/// A counted pointer: `Arc` where the target has atomics, `Rc` where it has not.
///
/// ```
/// use fayasm_core::{Engine, Module, Shared};
///
/// let bytes: Shared<[u8]> = Shared::from(b"\0asm\x01\0\0\0".as_slice());
/// let module = Module::new(&Engine::default(), bytes.clone())?; // not copied
/// assert_eq!(module.bytes().as_ptr(), bytes.as_ptr());
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[cfg(target_has_atomic = "ptr")]
pub use alloc::sync::Arc as Shared;

/// A counted pointer: `Arc` where the target has atomics, `Rc` where it has not.
#[cfg(not(target_has_atomic = "ptr"))]
pub use alloc::rc::Rc as Shared;
