//! Microcode beside the instructions, and how functions are executed.

use super::*;
use crate::protocol::{CodeView, Fate, MicrocodeView, Tier, TranslationsView};

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
    assert_eq!((row.name.as_str(), row.fate), ("ackermann", Fate::Translated));
    assert!(row.text.ends_with("translated at once"), "{}", row.text);
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
