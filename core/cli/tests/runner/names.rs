//! Names that compilers have mangled, as people read them.

use serde_json::{Value, json};

use crate::{Scratch, err, fayasm, out};

const RUST: &str = "_RNvNtCs1234_7mycrate3foo3bar";
const CPP: &str = "_ZNSt6vectorIiSaIiEE9push_backERKi";
const MEANT: &str = "std::vector<int, std::allocator<int> >::push_back(int const&)";

fn module(scratch: &Scratch) -> std::path::PathBuf {
    let text = format!(
        r#"(module
            (func ${RUST} unreachable)
            (func ${CPP} (call ${RUST}))
            (func $plain (export "f") (call ${CPP})))"#
    );
    scratch.file("mangled.wat", text)
}

#[test]
fn a_backtrace_and_listings_say_what_names_mean() {
    let scratch = Scratch::new();
    let file = module(&scratch);
    let message = err(&fayasm("run", &file, ["f"]));
    let lines: Vec<&str> = message.lines().skip(1).collect();
    assert!(lines[0].ends_with(" in $mycrate::foo::bar"), "{message}");
    assert!(lines[1].ends_with(&format!(" in ${MEANT}")), "{message}");
    assert!(lines[2].ends_with(" in $plain"), "{message}");
    let listing = out(&fayasm("dump", &file, ["--code"]));
    for line in [
        "  func 0 $mycrate::foo::bar: () -> ()\n".to_owned(),
        format!("func 1 ${MEANT} () -> ()\n"),
        "  call $mycrate::foo::bar\n".to_owned(),
    ] {
        assert!(listing.contains(&line), "{line} is missing in:\n{listing}");
    }
    assert!(!listing.contains(CPP), "{listing}");
}

#[test]
fn an_error_says_what_the_name_of_its_function_means() {
    let scratch = Scratch::new();
    let file = scratch.file("wrong.wat", format!("(module (func ${RUST} (drop)))"));
    let message = err(&fayasm("validate", &file, []));
    assert!(message.contains("in function 0 $mycrate::foo::bar, at"), "{message}");
}

#[test]
fn json_has_names_as_they_are_and_what_they_mean() {
    let scratch = Scratch::new();
    let file = module(&scratch);
    let dumped = fayasm("dump", &file, ["--json"]);
    let dumped: Value = serde_json::from_slice(&dumped.stdout).expect("it is JSON");
    let named = |index: usize| {
        let function = &dumped["functions"][index];
        (function["name"].clone(), function["demangled"].clone())
    };
    assert_eq!(named(0), (json!(RUST), json!("mycrate::foo::bar")));
    assert_eq!(named(1), (json!(CPP), json!(MEANT)));
    assert_eq!(named(2), (json!("plain"), Value::Null));
    let trace = out(&fayasm("trace", &file, ["f"]));
    let lines: Vec<Value> =
        trace.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let [first, second, .., end] = &lines[..] else { panic!("three lines at least") };
    assert_eq!((&first["name"], first.get("demangled")), (&json!("plain"), None));
    assert_eq!((&second["name"], &second["demangled"]), (&json!(CPP), &json!(MEANT)));
    let frame = &end["backtrace"][0];
    assert_eq!((&frame["name"], &frame["demangled"]), (&json!(RUST), &json!("mycrate::foo::bar")));
}

#[test]
fn long_names_leave_the_columns_of_step_where_they_are() {
    let scratch = Scratch::new();
    let long = "a_very_long_name_".repeat(20);
    let text = format!(
        r#"(module
            (func ${long} (param i32) (result i32) (local.get 0))
            (func ${CPP} (param i32) (result i32) (call ${long} (local.get 0)))
            (func $f (export "f") (param i32) (result i32) (call ${CPP} (local.get 0))))"#
    );
    let printed = out(&fayasm("step", &scratch.file("long.wat", text), ["f", "7"]));
    let steps: Vec<&str> = printed.lines().filter(|line| line.contains("  0x")).collect();
    assert!(steps.len() > 5, "{printed}");
    // Where the operand stack begins, in characters.
    let column = |line: &str| line.chars().position(|it| it == '[');
    assert!(steps.iter().all(|line| column(line) == column(steps[0])), "{printed}");
    assert!(printed.contains(" $…"), "{printed}");
}
