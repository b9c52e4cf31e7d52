//! `--host-lib`: host functions from dynamic libraries.
#![cfg(any(unix, windows))]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Scratch, err, fayasm, fixture, out, path};

/// Builds a dynamic library from a Rust source that depends on nothing.
fn build(scratch: &Scratch, source: &Path) -> PathBuf {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let library = source.file_stem().unwrap().to_str().unwrap();
    let library = scratch.0.join(format!("{library}{}", std::env::consts::DLL_SUFFIX));
    let output = Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-o"])
        .arg(&library)
        .arg(source)
        .output()
        .expect("rustc starts");
    assert!(output.status.success(), "{}", err(&output));
    library
}

const CALLER: &str = r#"(module
    (import "example" "hypotenuse" (func $hypotenuse (param f64 f64) (result f64)))
    (import "example" "count" (func $count (param i64) (result i64)))
    (import "example" "divide" (func $divide (param i32 i32) (result i32 i32)))
    (import "example" "shout" (func $shout (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 65532) "fay!")
    (func (export "hypotenuse") (param f64 f64) (result f64)
        (call $hypotenuse (local.get 0) (local.get 1)))
    (func (export "count") (result i64)
        (drop (call $count (i64.const 5))) (call $count (i64.const -12)))
    (func (export "divide") (param i32 i32) (result i32 i32)
        (call $divide (local.get 0) (local.get 1)))
    (func (export "shout") (param i32) (result i32)
        (call $shout (i32.const 65532) (local.get 0)) (i32.load (i32.const 65532))))"#;

#[test]
fn a_library_brings_functions_that_compute_remember_trap_and_use_memory() {
    let scratch = Scratch::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let library = build(&scratch, &examples.join("host_library/lib.rs"));
    let module = scratch.file("caller.wat", CALLER);
    let run = |words: &[&str]| {
        let words = words.iter().copied();
        fayasm("run", &module, ["--host-lib", path(&library)].into_iter().chain(words))
    };
    assert_eq!(out(&run(&["hypotenuse", "3", "4"])), "result[0] (f64): 5\n");
    assert_eq!(out(&run(&["count"])), "result[0] (i64): -7\n");
    assert_eq!(out(&run(&["divide", "-7", "2"])), "result[0] (i32): -3\nresult[1] (i32): -1\n");
    let capital = i32::from_le_bytes(*b"FAY!");
    assert_eq!(out(&run(&["shout", "4"])), format!("result[0] (i32): {capital}\n"));
    for (words, message) in [
        (["divide", "7", "0"].as_slice(), "nothing can be divided by zero"),
        (&["shout", "5"], "the text lies outside of memory"),
    ] {
        let output = run(words);
        assert!(err(&output).starts_with(&format!("error: host function failed: {message}\n")));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_program_for_the_terminal_can_import_from_a_library_as_well() {
    let scratch = Scratch::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let library = build(&scratch, &examples.join("host_library/lib.rs"));
    let text = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "example" "divide" (func $divide (param i32 i32) (result i32 i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (call $divide (i32.const 43) (i32.const 7))) (call $exit)))"#;
    let program = scratch.file("program.wat", text);
    let output = fayasm("run", &program, ["--host-lib", path(&library)]);
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(6)));
    let without = fayasm("run", &program, []);
    assert!(err(&without).starts_with("error: missing import `example` `divide`: "));
    assert_eq!(without.status.code(), Some(3));
}

/// A library whose table has this version, and one function with this signature.
fn library_with(version: u32, signature: &str) -> String {
    format!(
        r#"#[repr(C)] pub struct Table(u32, u32, &'static [Function; 1]);
           #[repr(C)] pub struct Function(*const u8, *const u8, *const u8, extern "C" fn());
           unsafe impl Sync for Function {{}}
           extern "C" fn nothing() {{}}
           static FUNCTIONS: [Function; 1] =
               [Function(c"a".as_ptr().cast(), c"b".as_ptr().cast(),
                         c"{signature}".as_ptr().cast(), nothing)];
           #[unsafe(no_mangle)] pub static fayasm_host: Table = Table({version}, 1, &FUNCTIONS);"#
    )
}

#[test]
fn a_library_that_cannot_be_used_says_why() {
    let scratch = Scratch::new();
    for (name, source, message) in [
        ("empty", String::new(), "the library exports no symbol `fayasm_host`"),
        ("later", library_with(2, "->"), "the table `fayasm_host` has version 2, not 1"),
        (
            "signature",
            library_with(1, "i32 -> string"),
            "the signature \"i32 -> string\" of `a` `b` is malformed: `string` is none of i32, \
             i64, f32, f64",
        ),
    ] {
        let library = build(&scratch, &scratch.file(&format!("{name}.rs"), source));
        let words = ["run", "1", "2", "--host-lib", path(&library)];
        let output = fayasm("run", &fixture("host_import.wasm"), words);
        assert_eq!(err(&output), format!("error: {}: {message}\n", library.display()));
        assert_eq!(output.status.code(), Some(3));
    }
    let missing =
        fayasm("run", &fixture("host_import.wasm"), ["run", "1", "2", "--host-lib", "no"]);
    assert!(err(&missing).starts_with("error: no: the library cannot be loaded: "));
    assert_eq!(missing.status.code(), Some(3));
}
