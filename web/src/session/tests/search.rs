//! Looking for something in a module.

use super::{only, open, open_bytes};
use crate::protocol::{FoundView, Reply, Request, WhatView};
use crate::session::Session;

/// What a search finds, and in how many slices.
fn search(session: &mut Session, text: &str, count: u32) -> (u32, Vec<FoundView>, usize) {
    let mut reply = only(session.handle(Request::Search { text: text.to_owned(), count }));
    for slices in 1.. {
        match reply {
            Reply::Found { more: true, .. } => reply = only(session.handle(Request::SearchOn)),
            Reply::Found { total, rows, .. } => return (total, rows, slices),
            other => panic!("{other:?}"),
        }
    }
    unreachable!()
}

const WAT: &str = r#"(module (memory 1)
    (data (i32.const 0) "Hello, world\00another hello there\00\de\ad\be\ef")
    (func $greet (export "greet")))"#;

#[test]
fn text_is_found_in_data_whatever_its_case() {
    let (mut session, _) = open_bytes(wat::parse_str(WAT).unwrap());
    let (total, rows, _) = search(&mut session, "HELLO", 10);
    assert_eq!(total, 2);
    let texts: Vec<_> = rows
        .iter()
        .map(|row| match &row.what {
            WhatView::Text { before, text, after, .. } => (&**before, &**text, &**after),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, [("", "Hello", ", world"), ("another ", "hello", " there")]);
}

#[test]
fn names_are_found_as_entries_and_in_the_name_section() {
    let (mut session, module) = open_bytes(wat::parse_str(WAT).unwrap());
    let (total, rows, _) = search(&mut session, "greet", 10);
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            let kind = match row.what {
                WhatView::Entry(_) => "entry",
                WhatView::Text { .. } => "text",
                WhatView::Bytes { .. } => "bytes",
            };
            (&*module.sections[row.section as usize].title, kind)
        })
        .collect();
    let expected =
        [("Function", "entry"), ("Export", "entry"), ("Code", "entry"), ("name", "text")];
    assert_eq!((found, total), (expected.to_vec(), 4));
}

#[test]
fn bytes_are_found_where_they_lie() {
    let bytes = wat::parse_str(WAT).unwrap();
    let place = bytes.windows(4).position(|it| it == [0xde, 0xad, 0xbe, 0xef]).unwrap();
    let (mut session, module) = open_bytes(bytes);
    for text in ["de ad be ef", "0xDEADBEEF"] {
        let (total, rows, _) = search(&mut session, text, 10);
        let [FoundView { section, what: WhatView::Bytes { span, .. } }] = &rows[..] else {
            panic!("{rows:?}")
        };
        assert_eq!((total, span.start as usize, span.end as usize), (1, place, place + 4));
        assert_eq!(module.sections[*section as usize].title, "Data");
    }
    // The first eight bytes belong to no section.
    let (_, rows, _) = search(&mut session, "0x0061736d", 10);
    assert_eq!(rows[0].section, 0);
}

#[test]
fn more_than_are_listed_are_counted() {
    let (mut session, _) = open("tiny_vm.wasm");
    let (all, rows, _) = search(&mut session, "i32", 1000);
    assert_eq!(all as usize, rows.len());
    let (total, some, _) = search(&mut session, "i32", 2);
    assert_eq!(total, all);
    assert_eq!(some, rows[..2]);
    assert_eq!(search(&mut session, "  ", 10).0, 0);
}

#[test]
fn a_large_module_is_searched_in_slices() {
    // A custom section of ten million bytes, with something at either end.
    let mut contents = vec![b'.'; 10_000_000];
    contents[..6].copy_from_slice(b"needle");
    let last = contents.len() - 6;
    contents[last..].copy_from_slice(b"NEEDLE");
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    let mut size = contents.len() + 2;
    bytes.push(0);
    while size >= 0x80 {
        bytes.push((size & 0x7F) as u8 | 0x80);
        size >>= 7;
    }
    bytes.extend([size as u8, 1, b'x']);
    bytes.extend(contents);
    let (mut session, _) = open_bytes(bytes);
    let (total, rows, slices) = search(&mut session, "needle", 10);
    assert_eq!((total, rows.len()), (2, 2));
    assert!(slices > 2, "{slices}");
    // A new search takes the place of one that is not at its end.
    let _ = only(session.handle(Request::Search { text: "needle".to_owned(), count: 10 }));
    assert_eq!(search(&mut session, "nothing", 10).0, 0);
}

#[test]
fn nothing_is_searched_where_nothing_is_open() {
    let mut session = Session::new();
    assert!(matches!(only(session.handle(Request::SearchOn)), Reply::Refused { .. }));
    let (mut session, _) = open("empty.wasm");
    assert!(session.handle(Request::SearchOn).is_empty());
}
