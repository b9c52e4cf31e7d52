//! Lines of source code, once somebody has found them.

use super::*;
use crate::source_lines::{LineRange, LineTable};

/// A module in which whoever finds the lines finds these two.
fn lined() -> Vec<u8> {
    let wat = r#"(module (func (export "f") (nop) (nop) (drop (i32.const 7)))
        (@custom ".debug_info" "info") (@custom ".debug_line" "line") (@custom "other" "none"))"#;
    wat::parse_str(wat).unwrap()
}

fn code(session: &mut Session) -> CodeView {
    let code = Request::Code { module: 0, function: 0, from: 0, count: 100, microcode: false };
    match only(session.handle(code)) {
        Reply::Code(view) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_is_told_where_it_begins_and_in_the_frames() {
    let (mut session, _) = open_bytes(lined());
    start(&mut session, "f", &[]);
    let (number, wanted) = session.lines_wanted().expect("it has sections for that");
    assert!(session.lines_wanted().is_none(), "each module is asked about once");
    let names: Vec<&str> = wanted.sections.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [".debug_info", ".debug_line"]);
    assert_eq!(wanted.sections[0].1.as_slice(), b"info");

    let rows = code(&mut session).rows;
    assert!(rows.iter().all(|row| row.source.is_none()));
    let range = |from: usize, to: usize, line| {
        let (start, end) = (rows[from].offset, rows[to].offset);
        LineRange { start, end, file: 0, line }
    };
    let ranges = vec![range(0, 2, 4), range(2, 4, 5)];
    assert!(wanted.code_start < ranges[0].start);
    let table = LineTable { files: vec!["source/a.c".to_owned()], ranges, names: Vec::new() };
    let replies = session.take_lines(number, table.clone());
    let [Reply::LinesFound, Reply::State(state)] = &replies[..] else { panic!("{replies:?}") };
    assert_eq!(state.frames[0].source.as_deref(), Some("source/a.c:4"));
    let sources: Vec<_> = code(&mut session).rows.into_iter().map(|row| row.source).collect();
    let [first, second] = ["source/a.c:4", "source/a.c:5"].map(|it| Some(it.to_owned()));
    assert_eq!(sources, [first, None, second, None, None]);
    assert_eq!(session.take_lines(number, table), []);
}

#[test]
fn a_function_is_called_what_it_is_called_in_the_source_code() {
    let wat = r#"(module (func $_ZN1a1bE (export "f")) (func $plain (call $_ZN1a1bE)))"#;
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let (number, wanted) = session.lines_wanted().expect("it has such a name");
    assert_eq!(wanted.mangled, [(0, "_ZN1a1bE".to_owned())]);
    let names = vec![(0, "a::b".to_owned())];
    let replies = session.take_lines(number, LineTable { names, ..LineTable::default() });
    assert_eq!(replies, [Reply::LinesFound]);
    let caller = Request::Code { module: 0, function: 1, from: 0, count: 1, microcode: false };
    let Reply::Code(caller) = only(session.handle(caller)) else { panic!("it is code") };
    let [call] = &caller.rows[..] else { panic!("{caller:?}") };
    assert_eq!((call.operands.as_str(), call.symbol.as_deref()), ("$a::b", Some("_ZN1a1bE")));
    let code = code(&mut session);
    assert_eq!(code.name, "a::b");
    let explained = explain(&mut session, code.rows[0].offset);
    assert_eq!(explained.path[1].label, "func 0 a::b");
}

#[test]
fn a_module_that_says_no_lines_is_not_asked_about() {
    let (mut session, _) = open("recursion.wasm");
    assert!(session.lines_wanted().is_none());
}
