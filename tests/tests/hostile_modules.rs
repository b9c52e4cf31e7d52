//! Whatever the bytes, the answer is a module or a typed error with its offset.

use fayasm_core::decode::{self, Field, Node, Observer};
use fayasm_core::module::{Declarations, NameIndex, Names, Span};
use fayasm_core::text::{Disassembly, dump};
use fayasm_core::{Config, Engine, Module, ModuleErrorKind};
use fayasm_tests::random::Random;

/// Opens `bytes` in every way there is; gives the error of the strictest.
fn open(bytes: &[u8]) -> Option<fayasm_core::ModuleError> {
    let mut all = Declarations::default();
    let mut places = Places::default();
    let _ = decode::module(
        bytes,
        &Config::default(),
        &mut all,
        Some(&mut places),
        &mut decode::Unchecked,
    );
    assert_eq!(places.depth, 0, "every node that opens closes");
    let mut windowed = Places::default();
    let end = u32::try_from(bytes.len()).unwrap();
    decode::window(bytes, &all, Span { start: 0, end }, &mut windowed);
    assert_eq!(windowed.depth, 0, "every node that opens closes");
    let mut listing = String::new();
    let index = NameIndex::new(bytes, &all);
    dump(&mut listing, Disassembly::new(&all, Names::new(bytes, &all, &index)), true).unwrap();
    let error = Module::new(&Engine::default(), bytes).err();
    if let Some(error) = &error {
        assert!(error.offset() as usize <= bytes.len(), "{error} lies beyond the end");
    }
    error
}

/// Checks that fields are reported in order, within the module.
#[derive(Default)]
struct Places {
    end: u32,
    depth: u32,
}

impl Observer for Places {
    fn open(&mut self, _: Node, start: u32) {
        self.depth += 1;
        assert!(start >= self.end, "a node begins before the field before it ends");
    }

    fn close(&mut self, _: u32) {
        self.depth -= 1;
    }

    fn field(&mut self, field: &Field<'_>) {
        assert!(field.span.start >= self.end, "fields overlap at {:?}", field.span);
        assert_eq!(field.raw.len(), field.span.len());
        self.end = field.span.end;
    }
}

#[test]
fn every_truncation_of_every_fixture_is_refused() {
    for module in fayasm_fixtures::modules() {
        let bytes = module.bytes().unwrap();
        assert_eq!(open(bytes), None, "{}", module.file);
        let all = Module::new(&Engine::default(), bytes).unwrap();
        let section_ends: Vec<usize> =
            all.declarations().sections.iter().map(|section| section.span.end as usize).collect();
        // A large program is cut at every byte near its start and at some of the rest.
        let step = bytes.len() / 1000 + 1;
        for length in (0..bytes.len()).step_by(step) {
            let error = open(&bytes[..length]);
            // What ends between two sections may be a module of its own.
            if length != 8 && !section_ends.contains(&length) {
                assert!(error.is_some(), "{} cut to {length} bytes", module.file);
            }
        }
    }
}

#[test]
fn fixtures_with_bits_flipped_never_panic() {
    let mut random = Random::new(1);
    for module in fayasm_fixtures::modules() {
        let bytes = module.bytes().unwrap();
        for _ in 0..400_000 / bytes.len().max(500) {
            let mut mutant = bytes.to_vec();
            for _ in 0..=random.below(4) {
                let at = random.below(mutant.len());
                mutant[at] ^= 1 << random.below(8);
            }
            open(&mutant);
        }
    }
}

#[test]
fn random_bytes_behind_a_header_never_panic() {
    let mut random = Random::new(3);
    for _ in 0..20_000 {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        let length = random.below(60);
        bytes.extend((0..length).map(|_| match random.below(3) {
            0 => random.byte(),
            _ => (random.below(16)) as u8,
        }));
        open(&bytes);
    }
}

#[test]
fn broken_fixtures_are_refused_at_the_byte_that_is_wrong() {
    let mut wrong = Vec::new();
    for broken in fayasm_fixtures::broken() {
        let bytes = broken.bytes().unwrap();
        match open(bytes) {
            Some(error) if error.offset() == broken.at => {}
            Some(error) => wrong.push(format!(
                "{}: {error}, should be at {:#x} ({})",
                broken.file, broken.at, broken.error
            )),
            None => wrong.push(format!("{} is accepted", broken.file)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_count_that_lies_reserves_no_memory_for_it() {
    // A type section that claims 999 999 types in two bytes.
    let mut bytes = b"\0asm\x01\0\0\0\x01\x03".to_vec();
    bytes.extend([0xBF, 0x84, 0x3D]);
    let error = open(&bytes).unwrap();
    assert!(matches!(error.kind(), ModuleErrorKind::UnexpectedEnd(_)), "{error}");
}

/// A module with one function of this body.
fn with_body(body: &[u8]) -> Vec<u8> {
    let header = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0A";
    let contents = [&[1], &*number(body.len()), body].concat();
    [header, &*number(contents.len()), &contents].concat()
}

#[test]
fn a_hundred_thousand_locals_are_refused() {
    let error = open(&with_body(&[1, 0xA0, 0x8D, 0x06, 0x7F, 0x0B])).unwrap();
    assert!(matches!(error.kind(), ModuleErrorKind::TooMany { limit: 50_000, .. }), "{error}");
}

#[test]
fn blocks_nested_half_a_million_deep_are_accepted() {
    let depth = 500_000;
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend([0x0B].repeat(depth + 1));
    assert_eq!(open(&with_body(&body)), None);
    body.pop();
    let error = open(&with_body(&body)).unwrap();
    assert_eq!(error.kind(), ModuleErrorKind::EndMissing);
}

/// An unsigned LEB128 number.
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A reference, which may be null, to a type.
fn reference(index: usize) -> Vec<u8> {
    let mut bytes = number(index);
    // Its highest bit would be a sign.
    if let Some(last @ 0x40..) = bytes.last_mut() {
        *last |= 0x80;
        bytes.push(0);
    }
    [vec![0x63], bytes].concat()
}

/// A module with these types and nothing else.
fn with_types(count: usize, types: &[u8]) -> Vec<u8> {
    let contents = [number(count), types.to_vec()].concat();
    [b"\0asm\x01\0\0\0\x01".to_vec(), number(contents.len()), contents].concat()
}

#[test]
fn as_many_types_as_can_be_are_told_apart() {
    // All the same, in groups of their own; then all in one group, each of
    // which refers to the last one.
    let count = 500_000;
    assert_eq!(open(&with_types(count, &[0x60, 0, 0].repeat(count))), None);
    let ty = [vec![0x5F, 1], reference(count - 1), vec![1]].concat();
    let group = [vec![0x4E], number(count), ty.repeat(count)].concat();
    assert_eq!(open(&with_types(1, &group)), None);
    // Each is a structure with a field more than one before: no two are the same.
    let mut types = Vec::new();
    for fields in 0..1000 {
        types.extend([0x5F].into_iter().chain(number(fields)).chain([0x7F, 0].repeat(fields)));
    }
    assert_eq!(open(&with_types(1000, &types)), None);
}

#[test]
fn groups_that_refer_to_each_other_in_a_long_chain_are_told_apart() {
    let count = 100_000;
    let mut types = vec![0x5F, 0];
    for before in 0..count - 1 {
        types.extend([0x5F, 1].into_iter().chain(reference(before)).chain([0]));
    }
    assert_eq!(open(&with_types(count, &types)), None);
}

#[test]
fn types_that_are_subtypes_too_deep_are_refused() {
    let mut types = vec![0x50, 0, 0x5F, 0];
    for before in 0..1000 {
        types.extend([0x50, 1].into_iter().chain(number(before)).chain([0x5F, 0]));
    }
    let error = open(&with_types(1001, &types)).unwrap();
    assert!(error.to_string().contains("supertype"), "{error}");
}

#[test]
fn a_branch_to_a_million_labels_is_refused() {
    let labels = 1_000_000;
    let body = [&[0, 0x41, 0, 0x0E][..], &number(labels), &vec![0; labels + 1], &[0x0B]].concat();
    let error = open(&with_body(&body)).unwrap();
    assert!(matches!(error.kind(), ModuleErrorKind::TooMany { .. }), "{error}");
}

#[test]
fn branches_out_of_many_blocks_to_many_labels_are_found_in_time() {
    // 100 000 labels of as many blocks, ten times.
    let (blocks, labels) = (100_000, 100_000);
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(blocks));
    for _ in 0..10 {
        body.extend([0x02, 0x40, 0x41, 0, 0x0E].into_iter().chain(number(labels)));
        (0..=labels).for_each(|label| body.extend(number(label)));
        body.push(0x0B);
    }
    body.extend([0x0B].repeat(blocks + 1));
    assert_eq!(open(&with_body(&body)), None);
}

#[test]
fn try_tables_nested_deep_are_accepted() {
    let depth = 200_000;
    let mut body = vec![0];
    // Each catches everything, and goes on behind itself.
    body.extend([0x1F, 0x40, 1, 2, 0].repeat(depth));
    body.extend([0x0B].repeat(depth + 1));
    assert_eq!(open(&with_body(&body)), None);
}

#[test]
fn vectors_in_places_of_all_sorts_are_accepted() {
    // 50 000 locals, every other a vector; 100 000 vectors that are dropped.
    let mut body = number(50_000);
    body.extend([1, 0x7B, 1, 0x7F].repeat(25_000));
    body.extend([0x20, 0, 0x1A].repeat(100_000));
    body.push(0x0B);
    assert_eq!(open(&with_body(&body)), None);
}
