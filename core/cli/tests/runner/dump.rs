//! `fayasm dump`

use serde_json::{Value, json};

use crate::{broken, err, fayasm, fixture, out, path};

#[test]
fn dump_lists_what_a_module_declares() {
    let output = fayasm("dump", &fixture("arithmetic.wasm"), ["--code"]);
    let listing = out(&output);
    for line in ["type 0: () -> i32", "export \"const42\": func 0", "i32.const 42"] {
        assert!(listing.contains(line), "{line} is missing in:\n{listing}");
    }
}

#[test]
fn dump_lists_what_comes_before_an_error() {
    let output = fayasm("dump", &broken("type_mismatch.wasm"), []);
    assert!(out(&output).contains("section code"));
    assert!(err(&output).contains("type mismatch: i32.add expects i32 but finds f64"));
    assert_eq!(output.status.code(), Some(3));
}

/// A module as JSON.
fn json_of(file: &std::path::Path) -> Value {
    let output = fayasm("dump", file, ["--json", "--code"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", path(file)))
}

#[test]
fn dump_writes_json_whatever_the_module() {
    for module in fayasm_fixtures::modules() {
        assert_eq!(json_of(&fixture(&module.file))["error"], Value::Null, "{}", module.file);
    }
    for module in fayasm_fixtures::broken() {
        let file = json_of(&broken(&module.file));
        assert!(file["error"]["message"].is_string(), "{}", module.file);
    }
}

#[test]
fn dump_as_json_has_everything_that_is_declared() {
    let host = json_of(&fixture("host_import.wasm"));
    assert_eq!(host["types"][1], json!({ "params": ["i32"], "results": ["i32"] }));
    let import = json!({
        "module": "env", "name": "host_add", "kind": "func", "type": "(i32, i32) -> i32",
    });
    assert_eq!(host["imports"], json!([import]));
    let function = &host["functions"][1];
    assert_eq!((&function["name"], &function["type"]), (&json!("run"), &json!(0)));
    let call = json!({ "offset": 81, "operator": "call", "immediates": "$host_add" });
    assert_eq!(function["code"][2], call);
    assert_eq!(host["exports"][0]["index"], 1);
    assert_eq!(host["names"]["functions"]["2"], "sum_on_the_host");
    assert_eq!(host["custom"][0]["name"], "name");
    let bulk = json_of(&fixture("bulk_memory.wasm"));
    assert!(
        bulk["data"].as_array().is_some_and(|data| {
            data.iter().any(|segment| segment["mode"]["kind"] == "passive")
        })
    );
    let size = bulk["size"].as_u64();
    assert_eq!(bulk["sections"].as_array().unwrap().last().unwrap()["end"].as_u64(), size);
}

#[test]
fn dump_as_json_has_what_stands_before_an_error() {
    let output = fayasm("dump", &broken("type_mismatch.wasm"), ["--json"]);
    let file: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = "type mismatch: i32.add expects i32 but finds f64";
    assert_eq!(file["error"], json!({ "message": message, "offset": 0x2c, "function": 0 }));
    assert_eq!(file["exports"][0]["name"], "add");
    assert!(err(&output).contains(message));
    assert_eq!(output.status.code(), Some(3));
}
