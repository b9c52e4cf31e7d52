//! `fayasm run`

use std::path::Path;

use fayasm_fixtures::{Expected, Value};

use crate::{err, fayasm, fixture, out, told};

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
fn calls_that_repeat_are_counted() {
    let words = ["is_even_deep", "1000000", "--max-depth", "1024"];
    let output = fayasm("run", &fixture("tail_calls.wasm"), words);
    let message = err(&output);
    let lines: Vec<_> = message.lines().collect();
    assert!(lines[0].starts_with("error: call stack exhausted: 1024 calls deep"), "{message}");
    assert!(lines[1].ends_with("in $is_even_deep"), "{message}");
    assert_eq!(lines[2..], ["    64 times", "  and 960 calls further out"]);
}

/// Calls itself as often as it is told, with locals as a compiler leaves them.
const DEEP: &[u8] = br#"(module (func $deep (export "deep") (param i32) (result i32)
    (local i32 i32 i32 i32 i32 i32 i32 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64)
    (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 0)))))"#;

#[test]
fn recursion_goes_as_deep_as_in_native_programs() {
    for depth in ["5000", "100000"] {
        let output = told(["run", "-", "deep", depth], DEEP);
        assert_eq!(out(&output), format!("result[0] (i32): {depth}\n"), "{}", err(&output));
    }
}

#[test]
fn recursion_without_end_traps_and_names_the_option_of_the_limit_it_met() {
    let endless = br#"(module (func $f (export "f") (call $f)))"#;
    let slots = ["deep", "2000000000"];
    for (text, words, message) in [
        (&endless[..], &["f"][..], "1000000 calls deep, no more are allowed (--max-depth)"),
        (endless, &["f", "--max-depth", "7"], "7 calls deep, no more are allowed (--max-depth)"),
        (DEEP, &slots, "slots high, more than allowed (--max-stack, 8 bytes a slot)"),
        (DEEP, &["deep", "9", "--max-stack", "400"], "2 calls deep, the next would make the value"),
    ] {
        let output = told(["run", "-"].into_iter().chain(words.iter().copied()), text);
        let first = err(&output).lines().next().unwrap_or_default().to_owned();
        assert!(first.starts_with("error: call stack exhausted: "), "{first}");
        assert!(first.contains(message), "{first}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn every_tier_gives_and_traps_alike() {
    for (file, words) in [
        ("recursion.wasm", &["fib", "20"][..]),
        ("json.wasm", &["round_trip", "40"]),
        ("tail_calls.wasm", &["is_even_deep", "1000000", "--max-depth", "1024"]),
    ] {
        let told = |tier| {
            let words = words.iter().copied().chain(["--tier", tier]);
            let output = fayasm("run", &fixture(file), words);
            (out(&output), err(&output), output.status.code())
        };
        let stepped = told("stepper");
        assert_eq!(stepped, told("microcode"));
        assert_eq!(stepped, told("auto"));
    }
}

#[test]
fn a_trap_names_lines_of_the_source_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dwarf/tests/lines.wasm");
    let output = fayasm("run", &file, ["checked", "0"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "error: integer divide by zero
  at byte 0x55 in $twice
    share at source/lines.c:4:15
    twice at source/lines.c:8:15
  at byte 0x41 in $checked
    checked at source/lines.c:13:10
";
    assert_eq!(err(&output), expected);
}

#[test]
fn an_uncaught_exception_is_named_with_what_it_carries() {
    let output = fayasm("run", &fixture("exceptions.wasm"), ["uncaught", "65"]);
    let message = err(&output);
    assert!(message.contains("uncaught exception"), "{message}");
    assert!(message.contains("which throws tag 0(65)\n"), "{message}");
}

#[test]
fn a_trap_names_the_functions_it_went_through() {
    let output = fayasm("run", &fixture("traps.wasm"), ["outer", "0"]);
    let expected = "error: integer divide by zero\n  at byte 0x12f in $divide\n  \
                    at byte 0x19f in $middle\n  at byte 0x192 in $outer\n";
    assert_eq!(err(&output), expected);
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
fn without_an_export_what_can_be_called_is_listed() {
    let output = fayasm("run", &fixture("recursion.wasm"), []);
    assert!(out(&output).starts_with("factorial (i64) -> i64\nfib (i32) -> i32\n"));
    assert_eq!(output.status.code(), Some(0));
    let nothing = told(["run", "-"], b"\0asm\x01\0\0\0");
    assert_eq!(out(&nothing), "the module exports no functions\n");
}

#[test]
fn names_that_could_be_misread_are_listed_in_quotes() {
    let text = br#"(module (func (export "x y")) (func (export "")) (func (export "a,\"b")) (func (export "caf\c3\a9")))"#;
    let listed = out(&told(["run", "-"], text));
    assert_eq!(
        listed,
        "\"x y\" () -> ()\n\"\" () -> ()\n\"a,\\\"b\" () -> ()\ncaf\u{e9} () -> ()\n"
    );
    let unknown = err(&told(["run", "-", "z"], text));
    assert!(unknown.ends_with("exports: \"x y\", \"\", \"a,\\\"b\", caf\u{e9}\n"), "{unknown}");
    for name in ["x y", ""] {
        assert_eq!(told(["run", "-", name], text).status.code(), Some(0));
    }
}

#[test]
fn a_result_has_the_type_that_the_function_declares() {
    let text = br#"(module
        (type $pair (struct (field i32 i32)))
        (func (export "i31") (result (ref i31)) (ref.i31 (i32.const 5)))
        (func (export "any") (result anyref) (ref.i31 (i32.const 6)))
        (func (export "pair") (result (ref null $pair) i64) (ref.null $pair) (i64.const 1)))"#;
    for (export, printed) in [
        ("i31", "result[0] (ref i31): i31 5\n"),
        ("any", "result[0] (anyref): i31 6\n"),
        ("pair", "result[0] (ref null 0): null\nresult[1] (i64): 1\n"),
    ] {
        assert_eq!(out(&told(["run", "-", export], text)), printed);
        assert!(out(&told(["step", "-", export], text)).ends_with(printed));
    }
}

#[test]
fn what_is_asked_for_is_printed_however_quiet() {
    let output =
        fayasm("run", &fixture("typed_values.wasm"), ["-q", "--count", "add_i32", "1", "2"]);
    assert_eq!(err(&output), "4 instructions\n");
    assert_eq!(out(&output), "result[0] (i32): 3\n");
    let one = told(["run", "-", "--count", "f"], br#"(module (func (export "f")))"#);
    assert_eq!(err(&one), "1 instruction\n");
}

#[test]
fn fuel_and_count_are_of_instructions() {
    let file = fixture("spin.wasm");
    let output = fayasm("run", &file, ["spin", "--fuel", "10000000", "--count"]);
    assert!(err(&output).starts_with("10000000 instructions\nerror: out of fuel\n"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn numbers_below_zero_need_no_quoting() {
    let text = br#"(module
        (func (export "i32") (param i32) (result i32) local.get 0)
        (func (export "i64") (param i64) (result i64) local.get 0)
        (func (export "f32") (param f32) (result f32) local.get 0)
        (func (export "f64") (param f64) (result f64) local.get 0))"#;
    for (ty, number, printed) in [
        ("i32", "-1", "-1"),
        ("i32", "-0x10", "-16"),
        ("i64", "-1_000", "-1000"),
        ("f32", "-.5", "-0.5"),
        ("f64", "-1e5", "-100000"),
        ("f64", "-inf", "-inf"),
        ("f64", "-nan", "-nan"),
        ("f32", "-nan:0x200000", "-nan:0x200000"),
        ("f64", "-0x1p-3", "-0.125"),
    ] {
        let output = told(["run", "-", ty, number, "--count"], text);
        assert_eq!(out(&output), format!("result[0] ({ty}): {printed}\n"), "{}", err(&output));
        assert_eq!(err(&output), "2 instructions\n");
        for command in ["step", "trace"] {
            let output = told([command, "-", "--limit", "3", ty, number], text);
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        }
    }
}

#[test]
fn what_is_no_number_is_no_argument_and_no_option_takes_one_by_mistake() {
    let text = br#"(module (func (export "f") (param i32)))"#;
    for words in [&["--infinite"][..], &["-x"], &["1", "--fuel", "-1"]] {
        let output = told(["run", "-", "f"].into_iter().chain(words.iter().copied()), text);
        assert!(err(&output).starts_with("error: unexpected argument"), "{}", err(&output));
        assert_eq!(output.status.code(), Some(2));
    }
    let output = told(["run", "-", "f", "-1x"], text);
    assert!(err(&output).contains("argument 0 must be i32: `-1x` is no i32"), "{}", err(&output));
}
