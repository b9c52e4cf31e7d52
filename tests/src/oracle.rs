//! The second opinion: `wasmparser`'s validator, limited to the proposals that
//! the engine knows.

use fayasm_core::{Engine, Module, ModuleErrorKind};
use wasmparser::{Validator, WasmFeatures};

/// The proposals that `fayasm_core` implements, as `wasmparser` calls them.
#[must_use]
pub fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::MEMORY64
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::GC
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::THREADS
        | WasmFeatures::SIMD
        | WasmFeatures::RELAXED_SIMD
}

/// Whether `wasmparser` accepts a module, or what it says against it.
///
/// # Errors
///
/// Its message and the offset it gives.
pub fn verdict(bytes: &[u8]) -> Result<(), (String, u64)> {
    Validator::new_with_features(features())
        .validate_all(bytes)
        .map(|_| ())
        .map_err(|error| (error.message().to_owned(), error.offset()))
}

/// Says where the engine and the oracle disagree about a module.
#[must_use]
pub fn disagreement(engine: &Engine, bytes: &[u8]) -> Option<String> {
    let ours = Module::new(engine, bytes);
    let theirs = verdict(bytes);
    match (&ours, &theirs) {
        (Ok(_), Ok(())) | (Err(_), Err(_)) => None,
        (Ok(_), Err((message, offset))) => {
            Some(format!("accepted; the oracle says: {message} at {offset:#x}"))
        }
        (Err(error), Ok(())) => match error.kind() {
            ModuleErrorKind::TooMany { .. } => None,
            _ => Some(format!("refused: {error}; the oracle accepts it")),
        },
    }
}
