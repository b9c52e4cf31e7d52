//! `fayasm step` and `fayasm trace`

use fayasm_fixtures::Expected;
use serde_json::{Value, json};

use crate::{Scratch, err, fayasm, fixture, out, path, told};

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

/// The lines of a trace.
fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn a_trace_is_a_line_of_json_for_each_instruction_and_one_at_the_end() {
    let output = fayasm("trace", &fixture("typed_values.wasm"), ["add_i32", "40", "2"]);
    let lines = lines(&out(&output));
    let add = json!({
        "step": 3, "depth": 0, "function": 0, "name": "add_i32", "offset": 0x8d,
        "operator": "i32.add", "operands": ["i32:40", "i32:2"], "results": ["i32:42"],
    });
    assert_eq!(lines[2], add);
    assert_eq!(lines[3]["returns"], json!(["i32:42"]));
    assert_eq!(lines[4], json!({ "end": "done", "executed": 4, "results": ["i32:42"] }));
}

#[test]
fn a_trace_says_what_atomic_operators_store() {
    let text = br#"(module (memory 1 1 shared)
        (func (export "f") (result i32)
            (i32.const 2) (i32.const 0x10203) (i32.atomic.rmw16.add_u offset=4)
            (i32.const 6) (i32.const 0xFF0203) (i32.const 9) (i32.atomic.rmw16.cmpxchg_u)
            (i32.const 6) (i32.const 0x0203) (i32.const 8) (i32.atomic.rmw16.cmpxchg_u)
            (i32.add) (i32.add)))"#;
    let output = told(["trace", "-", "f"], text);
    let stored: Vec<Value> = lines(&out(&output))
        .into_iter()
        .filter(|line| line["operator"].as_str().is_some_and(|name| name.contains("atomic")))
        .map(|line| line["memory"].clone())
        .collect();
    let bytes = |bytes| json!({ "index": 0, "address": 6, "bytes": bytes });
    assert_eq!(stored, [bytes("0302"), bytes("0900"), Value::Null]);
}

#[test]
fn a_trace_says_what_instructions_change_beside_the_stack() {
    let text = br#"(module (memory 0) (memory 1) (global $g (mut i64) (i64.const 0))
        (func $two (result i32 i32) (i32.const 1) (i32.const 2))
        (func (export "f") (param i32)
            (local.set 0 (i32.const 8))
            (global.set $g (i64.const -1))
            (i64.store16 1 offset=4 (local.get 0) (i64.const 0x1234))
            (memory.fill 1 (i32.const 16) (i32.const 0) (i32.const 32))
            (call $two) (drop) (drop)))"#;
    let output = told(["trace", "-", "f", "1"], text);
    let lines = lines(&out(&output));
    let of = |operator: &str| {
        let line = lines.iter().find(|line| line["operator"] == operator);
        line.unwrap_or_else(|| panic!("no {operator} in {}", out(&output)))
    };
    assert_eq!(of("local.set")["local"], json!({ "index": 0, "value": "i32:8" }));
    assert_eq!(of("global.set")["global"], json!({ "index": 0, "value": "i64:-1" }));
    let stored = json!({ "index": 1, "address": 12, "bytes": "3412" });
    assert_eq!(of("i64.store16")["memory"], stored);
    let filled = json!({ "index": 1, "address": 16, "length": 32 });
    assert_eq!(of("memory.fill")["memory"], filled);
    assert_eq!(of("end")["returns"], json!(["i32:1", "i32:2"]));
    assert_eq!(of("call").get("results"), None);
}

#[test]
fn a_trace_can_begin_late_end_early_and_go_to_a_file() {
    let scratch = Scratch::new();
    let (file, written) = (fixture("recursion.wasm"), scratch.0.join("part.jsonl"));
    let range = ["--from", "1000", "--limit", "5", "-o", path(&written)];
    let output = fayasm("trace", &file, ["fib", "15"].into_iter().chain(range));
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(0)));
    let lines = lines(&std::fs::read_to_string(&written).unwrap());
    let steps: Vec<u64> = lines.iter().filter_map(|line| line["step"].as_u64()).collect();
    assert_eq!(steps, [1000, 1001, 1002, 1003, 1004]);
    assert_eq!(lines[5]["results"], json!(["i32:610"]));
    assert!(lines[5]["executed"].as_u64() > Some(1004));
    let past = fayasm("trace", &file, ["fib", "1", "--from", "1000000"]);
    assert_eq!(out(&past).lines().count(), 1);
}

#[test]
fn a_trace_of_a_trap_ends_with_the_backtrace() {
    let output = fayasm("trace", &fixture("traps.wasm"), ["outer", "0"]);
    let lines = lines(&out(&output));
    let [.., last, end] = &lines[..] else { panic!("two lines at least") };
    assert_eq!(last["trap"], "integer divide by zero");
    assert_eq!(end["end"], "trap");
    assert_eq!(end["backtrace"][0], json!({ "function": 2, "name": "divide", "offset": 0x12f }));
    assert!(err(&output).starts_with("error: integer divide by zero\n"));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn as_text_a_trace_is_what_step_prints() {
    let file = fixture("recursion.wasm");
    let words = ["factorial", "5", "--limit", "7"];
    let trace = fayasm("trace", &file, words.into_iter().chain(["--format", "text"]));
    assert_eq!(out(&trace), out(&fayasm("step", &file, words)));
    assert_eq!(out(&trace).lines().count(), 9);
}

#[test]
fn a_limit_says_that_more_is_executed_unless_nothing_is() {
    let file = fixture("typed_values.wasm");
    let printed = |words: &[&str]| {
        let words = ["add_i32", "40", "2"].iter().chain(words).copied();
        out(&fayasm("step", &file, words))
    };
    let cut = printed(&["--limit", "3"]);
    let [.., last, more, result] = &cut.lines().collect::<Vec<_>>()[..] else { panic!("{cut}") };
    assert!(last.contains(" i32.add "), "{cut}");
    assert_eq!(more.trim(), "…  more are executed, and not shown");
    assert_eq!(*result, "result[0] (i32): 42");
    for words in [&["--limit", "4"][..], &["--limit", "3", "--quiet"], &[]] {
        assert!(!printed(words).contains('…'), "{words:?}");
    }
}

#[test]
fn every_call_of_the_table_can_be_traced() {
    let mut wrong = Vec::new();
    for module in fayasm_fixtures::modules() {
        for call in &module.calls {
            let Expected::Results { results } = &call.expected else { continue };
            let arguments: Vec<String> = call.args.iter().map(ToString::to_string).collect();
            let words = [call.export.as_str(), "--limit", "300"];
            let words = words.into_iter().chain(arguments.iter().map(String::as_str));
            let output = fayasm("trace", &fixture(&module.file), words);
            let lines = lines(&out(&output));
            let end = lines.last().expect("there is a line at the end");
            let found = end["results"].as_array().expect("it has results").iter();
            let found: Vec<_> = found.filter_map(|value| value.as_str()?.parse().ok()).collect();
            let holds = found.len() == results.len()
                && results.iter().zip(&found).all(|(expected, found)| expected.accepts(*found));
            let numbers = (1u64..).zip(&lines[..lines.len() - 1]);
            if !holds || numbers.into_iter().any(|(number, line)| line["step"] != number) {
                wrong.push(format!("{} {call}: {end}", module.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    let mut characters = line.chars().peekable();
    while let Some(it) = characters.next() {
        let field = fields.last_mut().expect("there is one");
        match it {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            it => field.push(it),
        }
    }
    fields
}

/// What a column of CSV holds, from a line of JSON.
fn column(line: &Value, name: &str) -> String {
    let value = name.split('.').fold(line, |value, key| &value[key]);
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            texts.join(";")
        }
        other => other.to_string(),
    }
}

#[test]
fn as_csv_a_trace_has_the_same_values_under_the_same_names() {
    let calls: [(&str, &[&str]); 4] = [
        ("traps.wasm", &["outer", "0"]),
        ("memory_ops.wasm", &["sort_checksum", "--limit", "400"]),
        ("recursion.wasm", &["fib", "4"]),
        ("json.wasm", &["round_trip", "1", "--limit", "200"]),
    ];
    for (file, words) in calls {
        let trace = |format| {
            let words = words.iter().copied().chain(["--format", format]);
            out(&fayasm("trace", &fixture(file), words))
        };
        let (csv, jsonl) = (trace("csv"), trace("jsonl"));
        let mut rows = csv.split_terminator("\r\n").map(fields);
        let head = rows.next().expect("it has a head");
        let rows: Vec<_> = rows.collect();
        let lines = lines(&jsonl);
        assert_eq!(rows.len(), lines.len() - 1, "{file}");
        for (row, line) in rows.iter().zip(&lines) {
            let expected: Vec<_> = head.iter().map(|name| column(line, name)).collect();
            assert_eq!(*row, expected, "{file}");
        }
        let keys = lines.iter().take(rows.len()).filter_map(Value::as_object);
        for key in keys.flat_map(|line| line.keys()) {
            assert!(head.iter().any(|name| name.split('.').next() == Some(key)), "{key}");
        }
    }
}
