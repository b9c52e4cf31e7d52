//! Programs for the terminal, as a script runs them.

use std::path::{Path, PathBuf};

use fayasm_fixtures::programs;

use crate::{Scratch, command, err, fayasm, out, path, told};

/// One of the programs that clang and rustc built.
pub(crate) fn program(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/programs").join(file)
}

/// A program of this body, with what the tests' programs need.
pub(crate) fn text(body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read"
            (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff"
            (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
        (memory (export "memory") 1)
        {body})"#
    )
}

/// A program whose `_start` has this body.
pub(crate) fn command_of(body: &str) -> String {
    text(&format!("(func (export \"_start\") {body})"))
}

#[test]
fn programs_do_what_they_should() {
    for program in programs() {
        for run in &program.runs {
            let scratch = Scratch::new();
            let file = self::program(&program.file);
            let directory = format!("{}::/", path(&scratch.0));
            let mut words = vec!["run", path(&file), "--dir", &directory];
            run.env.iter().for_each(|variable| words.extend(["--env", variable]));
            words.push("--");
            words.extend(run.args.iter().map(String::as_str));
            let output = told(words, run.stdin.as_bytes());
            assert_eq!(out(&output), run.stdout, "{}", program.file);
            assert_eq!(output.status.code(), i32::try_from(run.exit).ok(), "{}", program.file);
            assert_eq!(err(&output), "", "{}", program.file);
            assert_eq!(scratch.0.read_dir().unwrap().count(), 0, "{}", program.file);
        }
    }
}

#[test]
fn the_exit_code_is_the_programs_and_no_failure_becomes_success() {
    for (code, expected) in [(0, 0), (3, 3), (255, 255), (256, 255), (-1, 255), (-2, 254)] {
        let text = command_of(&format!("(call $exit (i32.const {code}))"));
        for name in ["run", "step", "trace"] {
            let output = told([name, "-"], text.as_bytes());
            assert_eq!(output.status.code(), Some(expected), "{name} {code}");
            assert_eq!(err(&output), "", "{name} {code}");
        }
    }
}

#[test]
fn a_trap_of_a_program_keeps_its_code_and_message() {
    let output = told(["run", "-"], command_of("unreachable").as_bytes());
    assert!(
        err(&output).starts_with("error: unreachable executed\n  at byte "),
        "{}",
        err(&output)
    );
    assert_eq!(output.status.code(), Some(1));
    let spins = command_of("(loop (br 0))");
    let output = told(["run", "-", "--fuel", "1000"], spins.as_bytes());
    assert!(err(&output).starts_with("error: out of fuel"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn words_behind_two_dashes_are_the_programs_whatever_they_look_like() {
    let words = ["--env", "A=1", "-q", "--help", "-inf", "-1", "--", "--dir=x", "é", ""];
    let line = ["--quiet", "--"].into_iter().chain(words);
    let output = fayasm("run", &program("surroundings.wasm"), line);
    assert_eq!(out(&output), words.map(|word| format!("{word}\n")).concat());
    assert_eq!(output.status.code(), Some(10));
}

#[test]
fn words_that_lack_the_two_dashes_are_told_where_they_belong() {
    let output = fayasm("run", &program("surroundings.wasm"), ["word"]);
    let message = "error: there is no function `word`; the module exports: _start; the \
                   program's own arguments follow `--`\n";
    assert_eq!(err(&output), message);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_program_is_told_the_name_of_its_file() {
    let scratch = Scratch::new();
    let text = r#"(module
        (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "fourth") (result i32)
            (drop (call $args (i32.const 0) (i32.const 8))) (i32.load8_u (i32.const 11))))"#;
    let output = fayasm("run", &scratch.file("argument.wat", text), ["fourth"]);
    assert_eq!(out(&output), format!("result[0] (i32): {}\n", b'u'));
}

#[test]
fn behind_two_dashes_other_modules_have_exports_and_arguments() {
    let text = br#"(module (func (export "-x") (param i32) (result i32) local.get 0))"#;
    let output = told(["run", "-", "--", "-x", "-5"], text);
    assert_eq!(out(&output), "result[0] (i32): -5\n", "{}", err(&output));
}

#[test]
fn a_program_has_the_environment_that_is_said_and_no_other() {
    let run = |words: &[&str]| {
        let mut command = command(["run", path(&program("surroundings.wasm"))]);
        command.args(words).env("INHERITED", "a=b").env_remove("MISSING").output().unwrap()
    };
    assert_eq!(out(&run(&[])), "");
    let words = ["--env", "A=1", "--env", "INHERITED", "--env", "B=", "--env", "A=2"];
    assert_eq!(out(&run(&words)), "INHERITED=a=b\nB=\nA=2\n");
    for (variable, message) in [
        ("MISSING", "error: there is no environment variable `MISSING` to hand on\n"),
        ("=1", "error: `--env =1` names no variable\n"),
        ("", "error: `--env ` names no variable\n"),
    ] {
        let output = run(&["--env", variable]);
        assert_eq!(err(&output), message);
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn what_a_program_called_in_vain_is_said_unless_that_is_unwanted() {
    let raises = "(drop (call $raise (i32.const 1)))".repeat(2);
    let text = command_of(&format!("{raises} (call $exit (i32.const 4))"));
    for name in ["run", "step", "trace"] {
        let output = told([name, "-"], text.as_bytes());
        assert_eq!(err(&output), "not supported: proc_raise (2 calls)\n");
        assert_eq!(output.status.code(), Some(4));
        assert_eq!(err(&told([name, "-", "--quiet"], text.as_bytes())), "");
    }
}

#[test]
fn other_imports_that_are_missing_are_named() {
    for (module, name) in [("env", "unknown"), ("wasi_snapshot_preview1", "thread_spawn")] {
        let text = format!(
            r#"(module (import "wasi_unstable" "proc_exit" (func (param i32)))
                (import "{module}" "{name}" (func)) (func (export "_start")))"#
        );
        let output = told(["run", "-"], text.as_bytes());
        let first = format!("error: missing import `{module}` `{name}`: func () -> ()\n");
        assert!(err(&output).starts_with(&first), "{}", err(&output));
        assert_eq!(output.status.code(), Some(3));
    }
}

const REACTOR: &str = r#"
    (global $calls (mut i32) (i32.const 0))
    (func (export "_initialize")
        (if (global.get $calls) (then unreachable))
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
    (func (export "calls") (param i32) (result i32)
        (i32.add (local.get 0) (global.get $calls)))"#;

#[test]
fn a_reactor_is_initialized_once_before_its_export_is_called() {
    let text = text(REACTOR);
    let output = told(["run", "-", "calls", "10", "--", "word"], text.as_bytes());
    assert_eq!(out(&output), "result[0] (i32): 11\n", "{}", err(&output));
    let listed = told(["run", "-"], text.as_bytes());
    let expected = "_initialize () -> ()  called before any other\ncalls (i32) -> i32\n";
    assert_eq!(out(&listed), expected);
    let output = told(["run", "-", "_initialize"], text.as_bytes());
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn what_fails_before_the_call_is_no_success() {
    for (body, message, code) in [
        ("unreachable", "error: unreachable executed\n", 1),
        ("(call $exit (i32.const 7))", "", 7),
        ("(call $exit (i32.const 0))", "", 0),
    ] {
        let reactor = format!(
            "(func (export \"_initialize\") {body}) (func (export \"f\") (result i32) i32.const 1)"
        );
        let output = told(["run", "-", "f"], text(&reactor).as_bytes());
        assert!(err(&output).starts_with(message), "{}", err(&output));
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(code)));
    }
    let starts =
        text("(func $start (call $exit (i32.const 7))) (start $start) (func (export \"f\"))");
    assert_eq!(told(["run", "-", "f"], starts.as_bytes()).status.code(), Some(7));
    let starts = text("(func $start unreachable) (start $start) (func (export \"f\"))");
    let output = told(["run", "-", "f"], starts.as_bytes());
    assert!(err(&output).contains("run as start function"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_cannot_start_has_to_be_told_what_to_call() {
    for name in ["step", "trace"] {
        let output = told([name, "-"], text(REACTOR).as_bytes());
        let message = "error: say what to call; the module exports: _initialize, calls\n";
        assert_eq!(err(&output), message);
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn what_is_traced_and_what_is_printed_are_kept_apart() {
    let scratch = Scratch::new();
    let hello = program("hello.wasm");
    for name in ["step", "trace"] {
        let output = fayasm(name, &hello, []);
        assert_eq!(err(&output), "Hello from C!\n");
        assert!(!out(&output).contains("Hello"), "{name}");
    }
    let file = scratch.0.join("trace.jsonl");
    let output = fayasm("trace", &hello, ["-o", path(&file)]);
    assert_eq!((out(&output).as_str(), err(&output).as_str()), ("Hello from C!\n", ""));
    let trace = std::fs::read_to_string(&file).unwrap();
    assert!(trace.lines().last().unwrap().starts_with(r#"{"end":"done","executed":"#));
}

#[test]
fn the_end_of_a_trace_has_the_exit_code() {
    let output = told(["trace", "-"], command_of("(call $exit (i32.const 300))").as_bytes());
    let expected = r#"{"end":"exit","executed":1,"code":300}"#;
    assert_eq!(out(&output).lines().last(), Some(expected));
}

#[test]
fn with_a_seed_traces_are_the_same_and_with_another_they_are_not() {
    let trace = |seed: &str| {
        let output = fayasm("trace", &program("clock.wasm"), ["--seed", seed]);
        assert_eq!(err(&output), "true true 328350\n");
        out(&output)
    };
    assert!(trace("7") == trace("7"), "they differ");
    assert!(trace("7") != trace("8"), "they do not differ");
}
