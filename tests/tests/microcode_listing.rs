//! The microcode of all sample modules and programs, as it is shown.

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::text::{Code, Disassembly, MicrocodeListing};
use fayasm_core::{Engine, Module};

/// Calls this with the listings of all functions that are translated.
fn for_each_listing(mut check: impl FnMut(&Module, &Disassembly<'_>, &MicrocodeListing)) {
    let modules = fayasm_fixtures::modules().iter().filter_map(|it| it.bytes());
    let programs = fayasm_fixtures::programs().iter().filter_map(|it| it.bytes());
    let mut listings = 0;
    for bytes in modules.chain(programs) {
        let module = Module::new(&Engine::default(), bytes).unwrap();
        let all = module.declarations();
        let index = NameIndex::new(bytes, all);
        let text = Disassembly::new(all, Names::new(bytes, all, &index));
        for function in 0..all.functions.len() as u32 {
            if let Ok(listing) = MicrocodeListing::new(&module, function) {
                check(&module, &text, &listing);
                listings += 1;
            }
        }
    }
    assert!(listings > 1000, "{listings}");
}

#[test]
fn operators_lie_one_behind_the_other_and_jumps_go_to_them() {
    for_each_listing(|_, text, listing| {
        let mut at = 0;
        for row in listing.rows() {
            assert_eq!(row.at, at);
            at += row.words;
        }
        assert_eq!(8 * at as usize, listing.bytes());
        for row in listing.rows() {
            let line = text.microcode(listing, row);
            assert!(!line.is_empty());
            let Some((_, targets)) = line.rsplit_once(" → ") else { continue };
            for target in targets.split(", ").filter(|target| !target.starts_with('…')) {
                let target: u32 = target.strip_prefix("else ").unwrap_or(target).parse().unwrap();
                let found = listing.rows().binary_search_by_key(&target, |row| row.at);
                assert!(found.is_ok(), "{line}");
            }
        }
    });
}

#[test]
fn instructions_belong_to_one_place_at_most() {
    for_each_listing(|module, text, listing| {
        let function = listing.function();
        let body = module.declarations().body(function).unwrap();
        let code = Code::new(module.body(function).unwrap(), body.start).unwrap();
        let starts: Vec<u32> = code.map(|line| line.unwrap().instruction.span.start).collect();
        assert_eq!(listing.instructions() as usize, starts.len());
        for pair in listing.rows().windows(2) {
            let (one, other) = (pair[0].span, pair[1].span);
            assert!(one == other || one.end <= other.start, "{one:?} {other:?}");
        }
        for row in listing.rows() {
            let before = |offset| starts.partition_point(|start| *start < offset);
            let within = before(row.span.end) - before(row.span.start);
            // Between them may lie what is never executed.
            assert!(row.instructions > 0 && row.instructions as usize <= within, "{row:?}");
            assert!(starts.binary_search(&row.span.start).is_ok(), "{row:?}");
            let own = listing.rows_at(row.span.start);
            assert!(
                listing.rows()[own].iter().any(|it| it == row),
                "{}",
                text.microcode(listing, row)
            );
        }
    });
}
