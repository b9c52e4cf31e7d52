//! The runner, as a person or a script calls it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fayasm_fixtures::{Expected, Value};

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wasm").join(file)
}

fn broken(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/broken").join(file)
}

fn fayasm<'a>(command: &str, file: &Path, words: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fayasm"))
        .arg(command)
        .arg(file)
        .args(words)
        .output()
        .expect("the runner starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn run_prints_each_result_with_its_type() {
    let output = fayasm("run", &fixture("host_import.wasm"), ["run", "i32:7", "i32:5"]);
    assert_eq!(out(&output), "result[0] (i32): 12\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_call_of_the_table_gives_its_results() {
    let mut wrong = Vec::new();
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let arguments: Vec<String> = call.args.iter().map(Value::to_string).collect();
            let words = [call.export.as_str(), "--fuel", "40000000"];
            let words = words.into_iter().chain(arguments.iter().map(String::as_str));
            let output = fayasm("run", &fixture(&module.file), words);
            let holds = match &call.expected {
                Expected::Results { results } => {
                    let printed: Vec<Value> = out(&output)
                        .lines()
                        .filter_map(|line| {
                            let (ty, value) = line.split_once("(")?.1.split_once("): ")?;
                            format!("{ty}:{value}").parse().ok()
                        })
                        .collect();
                    output.status.code() == Some(0)
                        && printed.len() == results.len()
                        && results.iter().zip(&printed).all(|(it, found)| it.accepts(*found))
                }
                Expected::Trap { trap, at } => {
                    let message = err(&output);
                    output.status.code() == Some(1)
                        && message.starts_with(&format!("error: {trap}"))
                        && at.is_none_or(|at| message.contains(&format!("at byte {at:#x} ")))
                }
                Expected::Endless { .. } => err(&output).starts_with("error: out of fuel"),
            };
            if !holds {
                wrong.push(format!("{} {call}: {}{}", module.file, out(&output), err(&output)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn step_prints_a_line_for_each_instruction() {
    let output = fayasm("step", &fixture("typed_values.wasm"), ["add_i32", "40", "2"]);
    let printed = out(&output);
    let lines: Vec<Vec<&str>> =
        printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines.len(), 5, "{printed}");
    let add = ["3", "0x00008d", "$add_i32", "i32.add", "[i32:40", "i32:2]", "->", "[i32:42]"];
    assert_eq!(lines[2], add);
    assert_eq!(lines[4].join(" "), "result[0] (i32): 42");
}

#[test]
fn a_trace_ends_with_the_trap() {
    let output = fayasm("step", &fixture("traps.wasm"), ["outer", "0"]);
    assert!(out(&output).trim_end().ends_with("traps: integer divide by zero"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_trap_names_the_functions_it_went_through() {
    let output = fayasm("run", &fixture("traps.wasm"), ["outer", "0"]);
    let expected = "error: integer divide by zero\n  at byte 0x12f in $divide\n  \
                    at byte 0x19f in $middle\n  at byte 0x192 in $outer\n";
    assert_eq!(err(&output), expected);
}

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

#[test]
fn wrong_arguments_are_named_with_what_was_expected() {
    let typed = fixture("typed_values.wasm");
    for (words, message) in [
        (
            &["add_i32", "1", "x"][..],
            "error: argument 1 must be i32: `x` is no i32: expected an integer from -2147483648 \
             to 4294967295\n",
        ),
        (&["add_i32", "f32:1", "2"], "error: argument 0 must be i32: `f32:1` is f32\n"),
        (&["add_i32", "1"], "error: `add_i32` is (i32, i32) -> i32: it takes 2 arguments, not 1\n"),
    ] {
        let output = fayasm("run", &typed, words.iter().copied());
        assert_eq!(err(&output), message);
        assert_eq!(output.status.code(), Some(2));
    }
    let unknown = fayasm("run", &typed, ["nothing"]);
    assert!(err(&unknown).contains("the module exports: add_i32, sum_to_n"));
}

#[test]
fn a_file_that_is_no_module_is_refused_by_name_and_byte() {
    let output = fayasm("run", &broken("wrong_magic.wasm"), ["x"]);
    assert!(err(&output).contains("wrong_magic.wasm: not a WebAssembly module"));
    let missing = fayasm("run", Path::new("nowhere.wasm"), ["x"]);
    assert!(err(&missing).starts_with("error: cannot read nowhere.wasm: "));
    let folder = fayasm("dump", &fixture(""), []);
    assert!(err(&folder).starts_with("error: cannot read "));
    for output in [output, missing, folder] {
        assert_eq!(output.status.code(), Some(3));
    }
}

#[test]
fn a_missing_import_is_named_with_its_type() {
    let file = std::env::temp_dir().join(format!("fayasm-{}.wasm", std::process::id()));
    let module =
        wat::parse_str(r#"(module (import "a" "b" (func (param i32))) (func (export "x")))"#);
    std::fs::write(&file, module.unwrap()).unwrap();
    let output = fayasm("run", &file, ["x"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(err(&output), "error: missing import `a` `b`: func (i32) -> ()\n");
    assert_eq!(output.status.code(), Some(3));
}
