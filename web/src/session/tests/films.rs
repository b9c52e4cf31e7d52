//! Watching a module being decoded, and its functions being validated.

use super::{explain, only, open, open_bytes};
use crate::protocol::{
    CheckView, CheckingView, ExplanationView, FieldKind, Fit, ModuleView, ReadingView, Reply,
    Request,
};
use crate::session::Session;

const WINDOW: u32 = 100;

fn reading(session: &mut Session, from: u32, count: u32) -> ReadingView {
    match only(session.handle(Request::Reading { from, count })) {
        Reply::Reading(view) => view,
        other => panic!("{other:?}"),
    }
}

fn checking(session: &mut Session, function: u32, from: u32, count: u32) -> CheckingView {
    match only(session.handle(Request::Checking { module: 0, function, from, count })) {
        Reply::Checking(view) => view,
        other => panic!("{other:?}"),
    }
}

fn check(session: &mut Session, function: u32) -> Vec<CheckView> {
    checking(session, function, 0, u32::MAX).rows
}

/// The last thing that validation does in the function that makes a module invalid.
fn last_of(file: &str, function: u32) -> CheckView {
    let (mut session, _) = broken(file);
    let view = checking(&mut session, function, 0, u32::MAX);
    assert_eq!(view.total as usize, view.rows.len(), "{file}");
    view.rows.last().unwrap().clone()
}

/// Opens a module that is broken.
fn broken(file: &str) -> (Session, ModuleView) {
    let broken = fayasm_fixtures::broken().iter().find(|broken| broken.file == file).unwrap();
    open_bytes(broken.bytes().unwrap().to_vec())
}

fn wat(text: &str) -> (Session, Vec<CheckView>) {
    let (mut session, _) = open_bytes(wat::parse_str(text).unwrap());
    let rows = check(&mut session, 0);
    (session, rows)
}

#[test]
fn windows_of_fields_tile_what_was_decoded() {
    for module in fayasm_fixtures::modules() {
        let (mut session, view) = open(&module.file);
        let mut at = 0;
        for from in (0..view.size).step_by(WINDOW as usize) {
            let window = reading(&mut session, from, WINDOW);
            assert_eq!(window.stop, view.size, "{}", module.file);
            let first = window.reads.first().unwrap();
            assert!(first.card.span.start <= from && from < first.card.span.end, "{}", module.file);
            for read in window.reads.iter().filter(|read| read.card.span.start >= from) {
                assert_eq!(read.card.span.start, at, "{}", module.file);
                at = read.card.span.end;
                assert_ne!(read.card.kind, FieldKind::Unknown);
            }
        }
        assert_eq!(at, view.size, "{}", module.file);
    }
}

#[test]
fn a_field_that_is_read_is_the_one_that_is_explained() {
    let (mut session, view) = open("json.wasm");
    for from in (0..view.size).step_by(997) {
        let window = reading(&mut session, from, 1);
        let read = &window.reads[0].card;
        let explained = explain(&mut session, from);
        assert_eq!(read.span, explained.span);
        assert_eq!(read.value, explained.value);
        assert_eq!((&read.raw, &read.leb128), (&explained.raw, &explained.leb128));
        assert_eq!((&read.name, &read.operator), (&explained.name, &explained.operator));
        let labels = |view: &ExplanationView| {
            view.path.iter().map(|step| step.label.clone()).collect::<Vec<_>>()
        };
        assert_eq!(labels(read), labels(&explained));
    }
}

#[test]
fn a_field_stands_in_an_entry_of_the_structure() {
    for file in ["sections.wasm", "references.wasm", "imports.wasm"] {
        let (mut session, view) = open(file);
        let window = reading(&mut session, 0, view.size);
        for read in &window.reads {
            let (section, span) = (read.section, read.card.span);
            let around = view.sections[section as usize].span;
            assert!(around.start <= span.start && span.end <= around.end);
            let Some(from) = read.entry else { continue };
            let request = Request::Entries { section, from, count: 1 };
            let Reply::Entries { rows, .. } = only(session.handle(request)) else { panic!() };
            let entry = rows[0].span;
            assert!(entry.start <= span.start && span.end <= entry.end, "{file} {read:?}");
        }
    }
}

#[test]
fn reading_a_malformed_module_stops_at_its_error() {
    for (file, stop) in [
        ("unknown_operator.wasm", None),
        ("section_order.wasm", None),
        ("missing_end.wasm", None),
        // The magic was read, before it turned out to be wrong.
        ("wrong_magic.wasm", Some(4)),
    ] {
        let (mut session, view) = broken(file);
        let error = view.error.unwrap().offset.unwrap();
        let window = reading(&mut session, 0, view.size);
        assert_eq!(window.stop, stop.unwrap_or(error), "{file}");
        assert_eq!(window.reads.last().unwrap().card.span.end, window.stop, "{file}");
    }
}

#[test]
fn every_broken_module_can_be_read_and_an_invalid_one_to_its_end() {
    for module in fayasm_fixtures::broken() {
        let (mut session, view) = broken(&module.file);
        let window = reading(&mut session, 0, view.size);
        assert!(window.stop <= view.size, "{}", module.file);
        assert_eq!(window.reads.last().map_or(0, |read| read.card.span.end), window.stop);
    }
    let (mut session, view) = broken("type_mismatch.wasm");
    assert_eq!(reading(&mut session, 0, 1).stop, view.size);
}

#[test]
fn each_instruction_leaves_what_the_next_one_finds() {
    for module in fayasm_fixtures::modules() {
        let (mut session, view) = open(&module.file);
        for function in 0..view.functions {
            let rows = check(&mut session, function);
            for pair in rows.windows(2) {
                let (row, next) = (&pair[0], &pair[1]);
                let at = format!("{} {:#x} {}", module.file, row.span.start, row.mnemonic);
                assert_eq!(row.error, None, "{at}");
                assert_eq!(row.span.end, next.span.start, "{at}");
                let popped = row.pops.iter().filter(|pop| pop.fit == Fit::Fits).count();
                let left = row.operands_total as usize - popped - row.forgotten as usize;
                assert_eq!(left + row.pushes.len(), next.operands_total as usize, "{at}");
                assert!(next.operands.ends_with(&row.pushes), "{at}");
                let depth = row.blocks_total + u32::from(row.opens.is_some());
                assert_eq!(depth - u32::from(row.closes), next.blocks_total, "{at}");
                assert!(row.opens.is_none() || row.opens.as_ref() == next.blocks.last(), "{at}");
                assert!(!row.stops || next.blocks.last().unwrap().unreachable, "{at}");
            }
            if let Some(last) = rows.last() {
                assert!(last.closes && last.error.is_none(), "{} {function}", module.file);
            }
        }
    }
}

#[test]
fn windows_of_a_function_are_those_of_the_whole() {
    let (mut session, _) = open("sha256.wasm");
    let whole = checking(&mut session, 1, 0, u32::MAX);
    assert_eq!(whole.total as usize, whole.rows.len());
    for from in (0..whole.total).step_by(64) {
        let window = checking(&mut session, 1, from, 64);
        let end = whole.total.min(from + 64) as usize;
        assert_eq!(window.rows, whole.rows[from as usize..end]);
    }
    assert!(checking(&mut session, 1, whole.total, 64).rows.is_empty());
}

#[test]
fn an_invalid_function_ends_at_its_error_with_what_was_expected_and_found() {
    let last = last_of("type_mismatch.wasm", 0);
    assert!(last.error.is_some());
    assert!(last.pops.iter().any(|pop| pop.fit == Fit::Wrong && pop.expected != pop.found));
    let last = last_of("missing_operand.wasm", 0);
    assert!(last.pops.iter().any(|pop| pop.fit == Fit::Missing));
    for file in ["unknown_local.wasm", "wrong_result.wasm", "missing_end.wasm"] {
        assert!(last_of(file, 0).error.is_some(), "{file}");
    }
}

#[test]
fn what_only_the_module_makes_wrong_is_found_as_well() {
    // No body may refer to a function that nothing else declares a reference to.
    let (_, rows) = wat("(module (func (drop (ref.func 1)) (nop)) (func))");
    assert_eq!(rows.len(), 1);
    assert!(rows[0].error.is_some());
}

#[test]
fn behind_a_branch_operands_are_assumed() {
    let (_, rows) =
        wat("(module (func (result i32) (i64.const 1) (return (i32.const 7)) i32.add))");
    let stops: Vec<bool> = rows.iter().map(|row| row.stops).collect();
    assert_eq!(stops, [false, false, true, false, false]);
    assert_eq!(rows[2].forgotten, 1);
    let add = &rows[3];
    assert!(add.blocks.last().unwrap().unreachable);
    assert_eq!(add.pops.iter().map(|pop| pop.fit).collect::<Vec<_>>(), [Fit::Assumed; 2]);
    assert_eq!(add.pushes, ["i32"]);
}

#[test]
fn a_function_that_validation_did_not_come_to_is_not_watched() {
    // The memory is too large, so that nothing behind it was validated.
    let (mut session, _) = open_bytes(wat::parse_str("(module (memory 70000) (func))").unwrap());
    let view = checking(&mut session, 0, 0, 10);
    assert!(view.rows.is_empty() && view.note.unwrap().contains("did not come"));
    let (mut session, _) = open("host_import.wasm");
    assert!(checking(&mut session, 0, 0, 10).note.is_some());
}

#[test]
fn deep_stacks_are_shown_from_the_top() {
    let body = "(i32.const 1)".repeat(300) + &"(drop)".repeat(300);
    let (_, rows) = wat(&format!("(module (func {body}))"));
    assert_eq!((rows[300].operands.len(), rows[300].operands_total), (64, 300));
    let body = "(block ".repeat(100) + &")".repeat(100);
    let (_, rows) = wat(&format!("(module (func {body}))"));
    assert_eq!((rows[100].blocks.len(), rows[100].blocks_total), (32, 101));
}
