//! `fayasm spec`

use crate::{Scratch, command, err, fayasm, out, told};

const GOOD: &str = r#"
(module (func (export "half") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2))))
(assert_return (invoke "half" (f32.const 1)) (f32.const 0.5))
(assert_return (invoke "half" (f32.const nan)) (f32.const nan:canonical))
(assert_malformed (module quote "(fnc)") "unexpected token")
"#;

const BAD: &str = r#"(module (func (export "f") (result i32) unreachable))
(assert_return (invoke "f") (i32.const 1))
(assert_trap (invoke "f") "integer overflow")
(assert_trap (invoke "f") "unreachable")
(assert_invalid (module) "type mismatch")
(invoke "g")
(assert_suspension (invoke "f") "unhandled")
(thread $t (module))
"#;

#[test]
fn a_script_that_holds_gets_one_line() {
    let scratch = Scratch::new();
    let file = scratch.file("good.wast", GOOD);
    let output = fayasm("spec", &file, []);
    assert_eq!(out(&output), format!("{}: 4 held, 0 failed\n", file.display()));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(out(&told(["spec", "--quiet", "-"], GOOD.as_bytes())), "");
}

#[test]
fn what_fails_is_told_with_line_kind_and_reason() {
    let output = told(["spec", "-"], BAD.as_bytes());
    let expected = "\
standard input:2: return: traps: unreachable executed
standard input:3: trap: traps with \"unreachable executed\", should trap with \"integer overflow\"
standard input:5: invalid: the module is accepted
standard input:6: invoke: no function is exported as \"g\"
standard input:7: suspension: suspensions are not supported
standard input:8: thread: a script's own threads are not supported
standard input: 2 held, 6 failed
";
    assert_eq!(out(&output), expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_is_no_script_is_refused_and_the_others_are_carried_out() {
    let scratch = Scratch::new();
    let good = scratch.file("good.wast", GOOD);
    let wrong = scratch.file("wrong.wast", "(module)\n(assert_sth)");
    let latin = scratch.file("latin.wast", b"(module) ;; \xE9");
    let output = command(["spec"]).args([&wrong, &latin, &good]).output().unwrap();
    assert!(out(&output).ends_with("good.wast: 4 held, 0 failed\nall: 4 held, 0 failed\n"));
    let message = err(&output);
    assert!(message.contains("wrong.wast:2:2: "), "{message}");
    assert!(message.contains("latin.wast: not UTF-8, at byte 0xc"), "{message}");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn an_endless_directive_can_be_given_up() {
    let text = r#"(module (func (export "f") (loop (br 0)))) (invoke "f") (invoke "f")"#;
    let output = told(["spec", "-", "--fuel", "1000"], text.as_bytes());
    assert_eq!(out(&output).matches("invoke: out of fuel").count(), 2, "{}", out(&output));
}

#[test]
fn scripts_see_the_proposals_that_are_on() {
    let text = "(module (memory 1) (memory 1))";
    assert!(told(["spec", "-"], text.as_bytes()).status.success());
    let output = told(["spec", "-", "--without", "multi-memory"], text.as_bytes());
    assert!(out(&output).contains("standard input:1: module: this needs `multi-memory`"));
}
