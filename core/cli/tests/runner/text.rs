//! `fayasm wat`

use std::fs;

use crate::{Scratch, broken, err, fayasm, fixture, out, path, told};

#[test]
fn the_text_means_the_same_module() {
    let file = fixture("arithmetic.wasm");
    let text = out(&fayasm("wat", &file, []));
    assert!(text.starts_with("(module"), "{text}");
    let results = |module: &[u8]| out(&told(["run", "-", "const42"], module));
    let original = results(&fs::read(&file).unwrap());
    assert!(original.starts_with("result[0]"), "{original}");
    assert_eq!(results(text.as_bytes()), original);
}

#[test]
fn the_text_can_go_to_a_file_and_have_offsets_or_no_bodies() {
    let scratch = Scratch::new();
    let (file, written) = (fixture("arithmetic.wasm"), scratch.0.join("arithmetic.wat"));
    let output = fayasm("wat", &file, ["-o", path(&written)]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(0)));
    assert_eq!(fs::read_to_string(&written).unwrap(), out(&fayasm("wat", &file, [])));
    assert!(out(&fayasm("wat", &file, ["--offsets"])).contains("(;@"));
    assert!(out(&fayasm("wat", &file, ["--fold"])).contains("(i32.const 42)"));
    assert!(!out(&fayasm("wat", &file, ["--skeleton"])).contains("i32.const"));
}

#[test]
fn an_invalid_module_has_a_text_too() {
    let output = fayasm("wat", &broken("type_mismatch.wasm"), []);
    assert!(out(&output).contains("i32.add"));
    assert_eq!((err(&output).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn a_text_that_breaks_off_still_ends_its_line() {
    let malformed = fayasm_fixtures::broken();
    for module in malformed {
        let output = fayasm("wat", &broken(&module.file), ["--offsets"]);
        let text = out(&output);
        assert!(text.is_empty() || text.ends_with('\n'), "{}: {text}", module.file);
    }
    let whole = out(&fayasm("wat", &fixture("arithmetic.wasm"), []));
    assert!(whole.ends_with(")\n") && !whole.ends_with("\n\n"), "{whole}");
}

#[test]
fn of_a_malformed_module_what_comes_before_the_error_is_written() {
    let output = fayasm("wat", &broken("section_order.wasm"), []);
    assert!(out(&output).starts_with("(module"), "{}", out(&output));
    assert!(out(&output).ends_with('\n'), "{}", out(&output));
    assert!(err(&output).contains("section_order.wasm: section"), "{}", err(&output));
    assert_eq!(output.status.code(), Some(3));
}
