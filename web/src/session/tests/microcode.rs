//! Microcode beside the instructions, and how functions are executed.

use super::*;
use crate::protocol::{CodeView, Fate, MicrocodeView, Reached, Tier, TranslationsView};

fn code(session: &mut Session, function: u32, microcode: bool) -> CodeView {
    let request = Request::Code { module: 0, function, from: 0, count: 1000, microcode };
    match only(session.handle(request)) {
        Reply::Code(view) => view,
        other => panic!("{other:?}"),
    }
}

fn microcode(session: &mut Session, function: u32, from: u32, count: u32) -> MicrocodeView {
    match only(session.handle(Request::Microcode { module: 0, function, from, count })) {
        Reply::Microcode(view) => view,
        other => panic!("{other:?}"),
    }
}

fn translations(session: &mut Session) -> TranslationsView {
    match only(session.handle(Request::Translations { module: 0 })) {
        Reply::Translations(view) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn operators_are_linked_with_the_instructions_that_they_stand_for() {
    let (mut session, _) = open("recursion.wasm");
    let code = code(&mut session, 0, true);
    let view = microcode(&mut session, 0, 0, 1000);
    assert_eq!(view.instructions, code.total);
    assert_eq!(view.bytes, view.rows.iter().map(|row| row.bytes).sum::<u32>());
    for row in &code.rows {
        let operator = &view.rows[row.operator.expect("all are executed") as usize];
        assert!((operator.span.start..operator.span.end).contains(&row.offset), "{operator:?}");
        assert_ne!(operator.instructions, 0, "it is the first of those");
    }
    for row in &view.rows {
        assert_eq!(code.rows[row.row as usize].offset, row.span.start);
    }
    let counted: u32 = view.rows.iter().map(|row| row.instructions).sum();
    assert_eq!(counted, view.instructions);
    let window = microcode(&mut session, 0, 2, 3);
    assert_eq!((window.total, &window.rows[..]), (view.total, &view.rows[2..5]));
}

#[test]
fn code_without_microcode_is_not_translated() {
    let (mut session, _) = open("recursion.wasm");
    assert!(code(&mut session, 0, false).rows.iter().all(|row| row.operator.is_none()));
}

#[test]
fn what_is_not_translated_says_why() {
    let (mut session, _) = open("host_import.wasm");
    let view = microcode(&mut session, 0, 0, 10);
    assert_eq!(
        (view.total, view.note.as_deref()),
        (0, Some("It is not translated: it is imported."))
    );
}

#[test]
fn functions_say_how_they_have_been_executed() {
    let (mut session, _) = open("recursion.wasm");
    assert_eq!(translations(&mut session), TranslationsView::default());
    session.handle(Request::Tier(Tier::Stepper));
    start(&mut session, "ackermann", &["3", "6"]);
    state(&mut session, Request::Continue { speed: None });
    session.advance(10_000);
    assert_eq!(translations(&mut session).translated, 0);

    // It is changed while it runs.
    session.handle(Request::Tier(Tier::Microcode));
    session.advance(10_000);
    let view = translations(&mut session);
    assert_eq!(view.translated, 1, "{view:?}");
    let [row] = &view.rows[..] else { panic!("{view:?}") };
    let row = row.clone();
    assert_eq!(row.name, "ackermann");
    let operators = microcode(&mut session, row.function, 0, 0).bytes;
    assert_eq!(row.fate, Fate::Translated { operators, score: None });
    assert_eq!(view.operators, operators);
    assert!(view.bytes > operators, "entries and tables are more");
    assert_eq!(view.step, 20_000.0);
}

#[test]
fn an_instance_made_anew_is_executed_as_was_chosen() {
    let (mut session, _) = open("recursion.wasm");
    session.handle(Request::Tier(Tier::Microcode));
    for _ in 0..2 {
        start(&mut session, "ackermann", &["3", "6"]);
        state(&mut session, Request::Continue { speed: None });
        session.advance(10_000);
        assert_eq!(translations(&mut session).translated, 1);
        state(&mut session, Request::Reset);
        assert_eq!(translations(&mut session).translated, 0);
    }
}

#[test]
fn functions_with_most_hits_come_first() {
    let wat = r#"(module
        (func $once)
        (func $often (nop))
        (func (export "run") (local i32)
            (call $once)
            (loop (call $often)
                (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                                   (i32.const 500))))))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    start(&mut session, "run", &[]);
    state(&mut session, Request::Continue { speed: None });
    session.advance(100_000);
    let view = translations(&mut session);
    let names: Vec<_> = view.rows.iter().map(|row| row.name.as_str()).collect();
    let hits: Vec<_> = view.rows.iter().map(|row| row.hits).collect();
    assert!(hits.is_sorted_by(|one, next| one >= next), "{hits:?}");
    assert_eq!(names.last(), Some(&"once"), "{view:?}");
}

#[test]
fn where_exceptions_are_caught_can_be_seen() {
    let wat = r#"(module (tag $e)
        (func (export "f") (param i32) (result i32)
            (block $caught
                (try_table (catch $e $caught) (call $throws))
                (return (i32.const 1)))
            (i32.add (local.get 0) (i32.const 2)))
        (func $throws (throw $e)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let code = code(&mut session, 0, true);
    let row =
        |mnemonic| code.rows.iter().find(|row| row.mnemonic == mnemonic).expect("it is there");
    let behind = code.rows.iter().position(|row| row.mnemonic == "return").unwrap() + 2;
    assert_eq!(row("try_table").remark, format!("→ {:#x}", code.rows[behind].offset));
    let view = microcode(&mut session, 0, 0, 100);
    let caught: Vec<_> = view.rows.iter().filter(|row| row.reached == Reached::Exception).collect();
    let [caught] = &caught[..] else { panic!("{view:?}") };
    assert!((caught.span.start..caught.span.end).contains(&code.rows[behind].offset));
}
