//! `fayasm validate`

use crate::{broken, command, err, fayasm, fixture, out, told};

#[test]
fn a_valid_module_gets_one_line() {
    let file = fixture("arithmetic.wasm");
    let output = fayasm("validate", &file, []);
    assert_eq!(out(&output), format!("{}: valid\n", file.display()));
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
    let quiet = fayasm("validate", &file, ["--quiet"]);
    assert_eq!((out(&quiet).as_str(), quiet.status.code()), ("", Some(0)));
    let piped = told(["validate", "-"], b"\0asm\x01\0\0\0");
    assert_eq!(out(&piped), "standard input: valid\n");
}

#[test]
fn an_invalid_one_is_told_with_place_name_and_bytes() {
    let output = fayasm("validate", &broken("type_mismatch.wasm"), []);
    let message = err(&output);
    let lines: Vec<&str> = message.lines().collect();
    let [what, _, row, mark] = lines[..] else { panic!("four lines: {message}") };
    let end = "type_mismatch.wasm: type mismatch: i32.add expects i32 but finds f64, \
               in function 0 $add, at byte 0x2c";
    assert!(what.starts_with("error: ") && what.ends_with(end), "{message}");
    // The `i32.add` itself.
    assert_eq!(row.get(mark.find("^^").unwrap()..).and_then(|it| it.get(..2)), Some("6a"));
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(3)));
}

#[test]
fn all_files_are_checked_whatever_is_wrong_with_one() {
    let (good, bad) = (fixture("arithmetic.wasm"), broken("wrong_result.wasm"));
    let output = command(["validate"]).args([&bad, &good, &bad]).output().unwrap();
    assert_eq!(out(&output), format!("{}: valid\n", good.display()));
    assert_eq!(err(&output).matches("error: ").count(), 2);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn proposals_can_be_switched_off() {
    let file = fixture("bulk_memory.wasm");
    for (words, allowed) in [
        (&["--without", "bulk-memory-operations"][..], false),
        (&["--without", "multi-memory,memory64"], true),
        (&["--only", "mvp"], false),
        (&["--only", "mvp,bulk-memory-operations,mutable-global"], true),
    ] {
        let output = fayasm("validate", &file, words.iter().copied());
        assert_eq!(output.status.success(), allowed, "{words:?}: {}", err(&output));
    }
    let output = fayasm("run", &file, ["--without", "bulk-memory-operations", "fill", "1"]);
    assert!(err(&output).contains("this needs `bulk-memory-operations`, which is switched off"));
}

#[test]
fn a_component_is_named_as_such() {
    let component = b"\0asm\x0d\0\x01\0";
    for words in [&["validate", "-"][..], &["run", "-"], &["dump", "-"], &["wat", "-"]] {
        let output = told(words.iter().copied(), component);
        let message = err(&output);
        let expected = "standard input: this is a component, not a module: components are not supported, at byte 0x4";
        assert!(message.contains(expected), "{words:?}: {message}");
        assert!(!out(&output).contains("component"), "{words:?}: {}", out(&output));
        assert_eq!(output.status.code(), Some(3), "{words:?}");
    }
    let unknown = told(["validate", "-"], b"\0asm\x02\0\0\0");
    assert!(err(&unknown).contains("unknown binary version 2"), "{}", err(&unknown));
}
