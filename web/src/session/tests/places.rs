//! Naming instructions.

use super::*;
use crate::protocol::PlacesView;
use crate::source_lines::{LineRange, LineTable};

fn places(session: &mut Session, named: &str) -> Result<PlacesView, String> {
    let named = named.to_owned();
    match only(session.handle(Request::Places { named: named.clone() })) {
        Reply::Places { named: answered, found } if answered == named => found,
        other => panic!("{other:?}"),
    }
}

fn wrong(session: &mut Session, named: &str) -> String {
    places(session, named).unwrap_err()
}

const WAT: &str = r#"(module
    (func $log (import "" "log"))
    (func $first (local i32) (nop) (drop (i32.const 7)))
    (func $_ZN1a1bE (nop) (nop))
    (@custom ".debug_info" "info"))"#;

/// Offsets of the instructions of a function.
fn offsets(session: &mut Session, function: u32) -> Vec<u32> {
    code(session, function).rows.iter().map(|row| row.offset).collect()
}

#[test]
fn an_instruction_is_named_by_its_function_or_its_byte() {
    let (mut session, _) = open_bytes(wat::parse_str(WAT).unwrap());
    let first = offsets(&mut session, 1);
    for (named, offset) in [
        (" first ", first[0]),
        ("$first", first[0]),
        ("1", first[0]),
        ("first+1", first[1]),
        ("first + 0x3", first[2]),
        (&format!("{:#x}", first[1]), first[1]),
    ] {
        let place = PlacesView { module: 0, offsets: vec![offset], is_cut: false };
        assert_eq!(places(&mut session, named), Ok(place), "{named}");
    }
}

#[test]
fn what_names_nothing_is_refused_and_said_where() {
    let (mut session, _) = open_bytes(wat::parse_str(WAT).unwrap());
    let first = offsets(&mut session, 1);
    let around = format!(
        "No instruction begins at byte `{:#x}`; around it, one does at `{:#x}` and one at `{:#x}`.",
        first[1] + 1,
        first[1],
        first[2]
    );
    for (named, error) in [
        ("", "A place is expected: `0x1a2`, `main.c:17` or a function."),
        ("0x", "A number is expected at the end."),
        ("0x1g", "A number is expected, at `1g`."),
        ("0x2", "No function lies at byte `0x2`."),
        ("0xffffffff", "No function lies at byte `0xffffffff`."),
        (&format!("{:#x}", first[1] + 1), &around),
        ("first+2", &around),
        ("first+4294967295", "No function lies at byte `0xffffffff`."),
        ("first+x", "A number is expected, at `x`."),
        ("none", "There is no function `none`."),
        ("none+1", "There is no function `none`."),
        ("7", "There is no function `7`."),
        ("log", "`log` is imported: it has no instructions here."),
        ("a.c:1", "The module does not say which lines its instructions come from."),
    ] {
        assert_eq!(wrong(&mut session, named), error, "{named}");
    }
    let mut empty = Session::new();
    assert_eq!(wrong(&mut empty, "f"), "No module is open.");
}

#[test]
fn a_line_is_stopped_at_once_in_each_function() {
    let (mut session, _) = open_bytes(wat::parse_str(WAT).unwrap());
    let (first, second) = (offsets(&mut session, 1), offsets(&mut session, 2));
    let (number, _) = session.lines_wanted().unwrap();
    let range = |start, end, file, line| LineRange { start, end, file, line };
    let ranges = vec![
        // It begins with what the function declares.
        range(first[0] - 2, first[1], 0, 4),
        range(first[1], first[2], 0, 9),
        range(first[2], first[3], 0, 4),
        range(second[0], second[1], 1, 4),
        range(second[1], second[2], 0, 4),
    ];
    let files = vec!["source/a.c".to_owned(), "source/other_a.c".to_owned()];
    let names = vec![(2, "a::b".to_owned())];
    session.take_lines(number, LineTable { files, ranges, names });
    let mut found = |named| places(&mut session, named).unwrap().offsets;
    assert_eq!(found("a.c:4"), [first[0], second[1]]);
    assert_eq!(found("source/a.c:9"), [first[1]]);
    assert_eq!(found("other_a.c:4"), [second[0]]);
    assert_eq!(found("a::b"), [second[0]]);
    let error = "No instruction is known to come from `a.c:5`; the next line that has some is `9`.";
    assert_eq!(wrong(&mut session, "a.c:5"), error);
    assert_eq!(wrong(&mut session, "b.c:5"), "No instruction is known to come from `b.c:5`.");
}

#[test]
fn of_very_many_functions_of_a_name_the_first_are_meant() {
    let wat = format!("(module {})", "(func nop)".repeat(300));
    let (mut session, _) = open_bytes(wat::parse_str(wat).unwrap());
    let count = code(&mut session, 299).rows.len();
    assert_eq!(count, 2);
    // A text cannot give two functions a name; a compiler may.
    session.modules.iter_mut().for_each(|opened| {
        let names = (0..300).map(|function| (function, "same".to_owned())).collect();
        opened.lines = super::super::lines::Lines::Known(LineTable { names, ..Default::default() });
    });
    let found = places(&mut session, "same").unwrap();
    assert_eq!((found.offsets.len(), found.is_cut), (100, true));
}
