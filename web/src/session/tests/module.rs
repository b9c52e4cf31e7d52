//! What there is to see of a module that does not run.

use super::*;
use crate::protocol::{BytesView, FieldKind};

fn bytes(session: &mut Session, from: u32, count: u32) -> BytesView {
    match only(session.handle(Request::Bytes { from, count })) {
        Reply::Bytes(view) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_module_opens_with_its_sections_exports_and_producer() {
    let (_, view) = open("json.wasm");
    assert_eq!(view.error, None);
    assert_eq!(view.sections[0].title, "Header");
    assert!(view.sections.iter().any(|section| section.title == "Code" && section.entries > 50));
    assert!(view.producer.is_some_and(|producer| producer.starts_with("rustc 1.")));
    assert!(view.exports.iter().any(|export| export.kind == "func"));
    // Sections follow each other without a gap.
    for pair in view.sections.windows(2) {
        assert_eq!(pair[0].span.end, pair[1].span.start);
    }
    assert_eq!(view.sections.last().unwrap().span.end, view.size);
}

#[test]
fn entries_tile_their_section() {
    for file in ["sections.wasm", "json.wasm", "references.wasm"] {
        let (mut session, view) = open(file);
        for (number, section) in (0u32..).zip(&view.sections) {
            let request = Request::Entries { section: number, from: 0, count: section.entries };
            let Reply::Entries { rows, .. } = only(session.handle(request)) else { panic!() };
            assert_eq!(rows.len(), section.entries as usize, "{file} {}", section.title);
            for pair in rows.windows(2) {
                assert_eq!(pair[0].span.end, pair[1].span.start, "{file} {}", section.title);
            }
            if let Some(last) = rows.last() {
                assert!(rows[0].span.start >= section.span.start);
                assert_eq!(last.span.end, section.span.end, "{file} {}", section.title);
            }
        }
    }
}

#[test]
fn every_byte_of_every_fixture_is_explained() {
    for module in fayasm_fixtures::modules() {
        let (mut session, view) = open(&module.file);
        let step = (view.size / 500).max(1);
        for offset in (0..view.size).step_by(step as usize) {
            let explained = explain(&mut session, offset);
            assert_ne!(explained.kind, FieldKind::Unknown, "{} {offset:#x}", module.file);
            assert!(explained.span.start <= offset && offset < explained.span.end);
            assert!(!explained.meaning.is_empty());
            for step in &explained.path {
                assert!(step.span.start <= offset && offset < step.span.end, "{step:?}");
            }
        }
    }
}

#[test]
fn fields_of_a_window_cover_it_in_order() {
    let (mut session, view) = open("json.wasm");
    for from in (0..view.size).step_by(4001) {
        let window = bytes(&mut session, from, 512);
        let mut next = window.fields[0].span.start;
        assert!(next <= from);
        for field in &window.fields {
            assert_eq!(field.span.start, next);
            next = field.span.end;
        }
        assert!(next as usize >= from as usize + window.bytes.len());
    }
}

#[test]
fn a_leb128_number_is_shown_bit_by_bit() {
    // A type section whose size, 5, is written in two bytes; one type, () -> ().
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([0x01, 0x84, 0x00, 0x01, 0x60, 0x00, 0x00]);
    let (mut session, view) = open_bytes(module);
    assert_eq!(view.error, None);
    let explained = explain(&mut session, 10);
    assert_eq!(explained.name, "section size");
    let leb128 = explained.leb128.unwrap();
    assert_eq!(leb128.bytes, [(true, "0000100".to_owned()), (false, "0000000".to_owned())]);
    assert_eq!(leb128.joined, "0000000 0000100");
    assert_eq!(leb128.value, "4");
    let siblings: Vec<&str> = explained.siblings.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(siblings, ["section id", "section size", "count"]);
}

#[test]
fn an_instruction_is_explained_with_its_operator_and_its_place() {
    let (mut session, _) = open("typed_values.wasm");
    let add = code(&mut session, 0);
    let row = add.rows.iter().find(|row| row.mnemonic == "i32.add").unwrap();
    let explained = explain(&mut session, row.offset);
    assert_eq!(explained.value, "i32.add");
    assert_eq!(explained.operator.unwrap().signature, "[i32 i32] → [i32]");
    let path: Vec<&str> = explained.path.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(path, ["code section", "func 0 add_i32", "body", "instruction 2"]);
}

#[test]
fn an_invalid_module_shows_its_error_and_everything_else() {
    let broken = fayasm_fixtures::broken();
    let found = broken.iter().find(|broken| broken.file == "type_mismatch.wasm").unwrap();
    let (mut session, view) = open_bytes(found.bytes().unwrap().to_vec());
    let error = view.error.unwrap();
    assert_eq!(error.offset, Some(found.at));
    assert!(error.details.iter().any(|line| line.contains("operand stack holds [")), "{error:?}");
    assert!(view.sections.iter().any(|section| section.title == "Code"));
    assert!(!code(&mut session, 0).rows.is_empty());
    let request = Request::Start { export: "x".to_owned(), arguments: Vec::new() };
    assert!(refused(&mut session, request).title.contains("not valid"));
}

#[test]
fn bytes_behind_an_error_are_marked_as_not_decoded() {
    let mut module = fixture("arithmetic.wasm");
    let end = u32::try_from(module.len()).unwrap();
    // There is no section with this id.
    module.extend([0x7F, 0x01, 0x02]);
    let (mut session, view) = open_bytes(module);
    assert_eq!(view.error.unwrap().offset, Some(end));
    let last = *bytes(&mut session, 0, end + 3).fields.last().unwrap();
    assert_eq!((last.kind, last.span.start, last.span.end), (FieldKind::Unknown, end, end + 3));
    assert_eq!(explain(&mut session, end).kind, FieldKind::Unknown);
}

#[test]
fn what_is_opened_with_another_module_and_is_none_is_said_to_be_none() {
    let files = vec![file("spin.wasm", fixture("spin.wasm")), file("notes.txt", vec![1])];
    let mut session = Session::new();
    match session.handle(Request::Open { files }).as_slice() {
        [Reply::Opened(view), Reply::Refused { error, .. }] => {
            assert_eq!((&*view.name, view.links.modules.len()), ("spin.wasm", 1));
            assert_eq!(error.title, "notes.txt is not a WebAssembly module");
        }
        other => panic!("{other:?}"),
    }
    let text = file("notes.txt", b"text".to_vec());
    assert!(refused(&mut session, Request::Link { file: text }).title.contains("notes.txt"));
    assert_eq!(session.modules.len(), 1);
}
