//! What is called: `kernels.json`, which the measurements in the page and in
//! node read as well, and calls that are over at once.

use std::sync::LazyLock;

use fayasm_fixtures::Value;
use serde::Deserialize;

/// A call of an export of a sample module.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) export: String,
    pub(crate) args: Vec<Value>,
    /// What has to come of it.
    pub(crate) results: Vec<Value>,
    /// How often it is made, one after the other on the same instance.
    #[serde(default = "once")]
    pub(crate) times: u32,
}

fn once() -> u32 {
    1
}

impl Call {
    pub(crate) fn bytes(&self) -> &'static [u8] {
        let module = fayasm_fixtures::module(&self.file).and_then(|module| module.bytes());
        module.expect("the sample module exists")
    }
}

/// Calls that take long.
pub(crate) static KERNELS: LazyLock<Vec<Call>> =
    LazyLock::new(|| calls(include_str!("../kernels.json")));

/// Calls that are over at once, of a small module and of a larger one.
pub(crate) static SHORT: LazyLock<Vec<Call>> = LazyLock::new(|| {
    calls(
        r#"[
  { "name": "add_i32 of 300 bytes", "file": "typed_values.wasm", "export": "add_i32",
    "args": ["i32:40", "i32:2"], "results": ["i32:42"] },
  { "name": "round_trip of 93 kB", "file": "json.wasm", "export": "round_trip",
    "args": ["i32:0"], "results": ["i32:223132457"] }
]"#,
    )
});

/// Calls that need more memory than a small device has.
pub(crate) static LARGE: LazyLock<Vec<Call>> = LazyLock::new(|| {
    calls(
        r#"[
  { "name": "count_primes", "file": "larger_than_ram.wasm", "export": "count_primes",
    "args": ["i32:1048576"], "results": ["i32:82025"] },
  { "name": "sort", "file": "larger_than_ram.wasm", "export": "sort",
    "args": ["i32:262144"], "results": ["i32:-1051638574"] },
  { "name": "scatter", "file": "larger_than_ram.wasm", "export": "scatter",
    "args": ["i32:300000"], "results": ["i32:1"] }
]"#,
    )
});

fn calls(text: &str) -> Vec<Call> {
    serde_json::from_str(text).expect("the list is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_one_of_a_function_that_a_sample_module_exports() {
        let engine = fayasm_core::Engine::default();
        for call in KERNELS.iter().chain(SHORT.iter()).chain(LARGE.iter()) {
            let (store, job) = crate::engines::ready(&engine, call);
            let ty = job.func().ty(&store).expect("it is of this store");
            assert_eq!(ty.results().len(), call.results.len(), "{}", call.name);
        }
    }
}
