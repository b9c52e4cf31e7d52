//! `--preload` and `--unknown-imports`: what modules import.

use serde_json::{Value, json};

use crate::{Scratch, err, fayasm, out, path, told};

const LIBRARY: &str = r#"(module
    (memory (export "memory") 1)
    (global $begun (mut i32) (i32.const 0))
    (func $start (global.set $begun (i32.add (global.get $begun) (i32.const 1))))
    (start $start)
    (func (export "_initialize") (global.set $begun (i32.add (global.get $begun) (i32.const 10))))
    (func (export "begun") (result i32) (global.get $begun))
    (func $half (export "half") (param i32) (result i32)
        (i32.div_u (i32.const 100) (local.get 0))))"#;

const USER: &str = r#"(module
    (import "lib" "half" (func $imported (param i32) (result i32)))
    (import "lib" "begun" (func $begun (result i32)))
    (import "lib" "memory" (memory 1))
    (export "begun" (func $begun))
    (func $twice (export "twice") (param i32) (result i32)
        (call $imported (call $imported (local.get 0)))))"#;

/// The words that link a library to a module.
fn preload(name: &str, file: &std::path::Path) -> String {
    format!("--preload={name}={}", path(file))
}

#[test]
fn modules_import_from_modules_that_are_begun_before() {
    let scratch = Scratch::new();
    let (library, user) = (scratch.file("lib.wat", LIBRARY), scratch.file("user.wat", USER));
    let lib = preload("lib", &library);
    let output = fayasm("run", &user, ["twice", "5", &lib]);
    assert_eq!(out(&output), "result[0] (i32): 5\n", "{}", err(&output));
    let output = fayasm("run", &user, ["begun", &lib]);
    assert_eq!(out(&output), "result[0] (i32): 11\n", "{}", err(&output));
    // Those given later import from those given before.
    let outer = r#"(module
        (import "user" "twice" (func $twice (param i32) (result i32)))
        (func (export "f") (result i32) (call $twice (i32.const 7))))"#;
    let words = ["run", "-", "f", &lib, &preload("user", &user)];
    assert_eq!(out(&told(words, outer.as_bytes())), "result[0] (i32): 7\n");
    let reversed = told(["run", "-", "f", &preload("user", &user), &lib], outer.as_bytes());
    let message = err(&reversed);
    assert!(
        message.starts_with("error: the preloaded module user: 3 missing imports:\n"),
        "{message}"
    );
    assert_eq!(reversed.status.code(), Some(3));
}

#[test]
fn functions_of_linked_modules_are_named_with_their_module() {
    let scratch = Scratch::new();
    let (library, user) = (scratch.file("lib.wat", LIBRARY), scratch.file("user.wat", USER));
    let lib = preload("lib", &library);
    let trap = fayasm("step", &user, ["twice", "0", &lib]);
    let message = err(&trap);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "error: integer divide by zero");
    assert!(lines[1].ends_with(" in lib!$half") && lines[2].ends_with(" in $twice"), "{message}");
    assert!(out(&trap).contains("  lib!$half "), "{}", out(&trap));
    let trace = out(&fayasm("trace", &user, ["twice", "0", &lib]));
    let lines: Vec<Value> =
        trace.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let divided = lines.iter().find(|line| line["operator"] == "i32.div_u").expect(&trace);
    assert_eq!((&divided["module"], &divided["name"]), (&json!("lib"), &json!("half")));
    assert_eq!(lines[0].get("module"), None);
    let frames = &lines.last().expect(&trace)["backtrace"];
    assert_eq!((&frames[0]["module"], &frames[1]["name"]), (&json!("lib"), &json!("twice")));
}

#[test]
fn a_linked_module_prints_from_its_own_memory() {
    let scratch = Scratch::new();
    let printer = scratch.file(
        "printer.wat",
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\08\00\00\00\03\00\00\00hi\n")
            (func (export "print")
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#,
    );
    let caller = br#"(module (import "out" "print" (func $print))
        (memory (export "memory") 1)
        (func (export "f") (call $print)))"#;
    let output = told(["run", "-", "f", &preload("out", &printer)], caller);
    assert_eq!(out(&output), "hi\n", "{}", err(&output));
}

#[test]
fn a_preload_that_cannot_be_used_is_named() {
    let scratch = Scratch::new();
    let broken = scratch.file("broken.wasm", "nothing");
    let traps = scratch.file("traps.wat", r#"(module (func $oh unreachable) (start $oh))"#);
    let user = br#"(module (func (export "f")))"#;
    for (word, code, message) in [
        (preload("a", &broken), 3, "broken.wasm: not a WebAssembly module"),
        (preload("a", &traps), 3, "the preloaded module a: unreachable executed"),
        ("--preload=a=nowhere.wasm".to_owned(), 3, "cannot read nowhere.wasm"),
        ("--preload=a".to_owned(), 2, "given as NAME=FILE"),
        ("--preload==x.wasm".to_owned(), 2, "given as NAME=FILE"),
        ("--preload=a=".to_owned(), 2, "given as NAME=FILE"),
    ] {
        let output = told(["run", "-", "f", &word], user);
        assert!(err(&output).contains(message), "{word}: {}", err(&output));
        assert_eq!(output.status.code(), Some(code), "{word}");
    }
}

#[test]
fn missing_imports_are_listed_with_their_types_and_what_would_bring_them() {
    let imports = |count: usize| {
        let imports =
            (0..count).map(|index| format!(r#"(import "a" "f{index}" (func (param i32)))"#));
        format!(r#"(module {} (func (export "x")))"#, imports.collect::<String>())
    };
    for (count, first, more) in [
        (1, "error: missing import `a` `f0`: func (i32) -> ()", None),
        (10, "error: 10 missing imports:", None),
        (13, "error: 13 missing imports:", Some("  and 3 more")),
    ] {
        let output = told(["run", "-", "x"], imports(count).as_bytes());
        let message = err(&output);
        assert_eq!(message.lines().next(), Some(first));
        assert_eq!(message.contains("  `a` `f9`: func (i32) -> ()\n"), count >= 10, "{message}");
        assert!(more.is_none_or(|more| message.lines().any(|line| line == more)), "{message}");
        for option in ["--preload", "--host-lib", "--unknown-imports"] {
            assert!(message.lines().last().unwrap().contains(option), "{message}");
        }
        assert!(message.lines().count() <= 13, "{message}");
        assert_eq!(output.status.code(), Some(3));
    }
}

const UNKNOWN: &[u8] = br#"(module
    (import "a" "log" (func $log (param i32) (result i64 f32)))
    (func (export "f") (result i64 f32) (call $log (i32.const 1)))
    (func (export "g") (result i32) (i32.const 7)))"#;

#[test]
fn unknown_functions_can_trap_when_they_are_called() {
    let words = |export| ["run", "-", export, "--unknown-imports", "trap"];
    assert_eq!(out(&told(words("g"), UNKNOWN)), "result[0] (i32): 7\n");
    let called = told(words("f"), UNKNOWN);
    let message = "error: host function failed: nothing brings the import `a` `log`\n";
    assert!(err(&called).starts_with(message), "{}", err(&called));
    assert_eq!(called.status.code(), Some(1));
    let memory = br#"(module (import "a" "m" (memory 1)) (func (export "f")))"#;
    let output = told(words("f"), memory);
    assert!(
        err(&output).starts_with("error: missing import `a` `m`: memory 1"),
        "{}",
        err(&output)
    );
}

#[test]
fn unknown_imports_can_be_zero() {
    let words = |export| ["run", "-", export, "--unknown-imports", "zero"];
    let output = told(words("f"), UNKNOWN);
    assert_eq!(out(&output), "result[0] (i64): 0\nresult[1] (f32): 0\n", "{}", err(&output));
    let all = br#"(module
        (import "a" "memory" (memory 2 3))
        (import "a" "table" (table 4 funcref))
        (import "a" "global" (global $global (mut f64)))
        (import "a" "tag" (tag (param i32)))
        (import "a" "func" (func $func (result (ref func))))
        (func (export "f") (result i32 i32 f64)
            (memory.size) (table.size) (global.get $global))
        (func (export "g") (drop (call $func))))"#;
    let output = told(words("f"), all);
    let printed = "result[0] (i32): 2\nresult[1] (i32): 4\nresult[2] (f64): 0\n";
    assert_eq!(out(&output), printed, "{}", err(&output));
    // There is no reference that could be returned.
    let output = told(words("g"), all);
    assert!(err(&output).contains("nothing brings the import `a` `func`"), "{}", err(&output));
    let global = br#"(module (import "a" "g" (global (ref func))) (func (export "f")))"#;
    let output = told(words("f"), global);
    assert!(err(&output).starts_with("error: missing import `a` `g`"), "{}", err(&output));
}
