//! Places that a compiler noted, of modules that are in order and of some that are not.

use fayasm_core::{Engine, Error, Instance, Linker, Module, Store, Trap};
use fayasm_dwarf::SourceMap;

/// What `lines.c` was compiled to.
const LINES: &[u8] = include_bytes!("lines.wasm");

fn trap(module: &Module, argument: i32) -> Trap {
    let mut store = Store::new(module.engine(), ());
    let instance: Instance =
        Linker::new(module.engine()).instantiate(&mut store, module).expect("it imports nothing");
    let checked = instance.get_typed_func::<i32, i32>(&store, "checked").expect("it is exported");
    match checked.call(&mut store, argument) {
        Err(Error::Trap(trap)) => trap,
        other => panic!("it does not trap: {other:?}"),
    }
}

#[test]
fn a_backtrace_has_lines_and_the_calls_that_were_inlined() {
    let module = Module::new(&Engine::default(), LINES).unwrap();
    let map = SourceMap::new(&module).expect("it was compiled with -g");
    let trap = trap(&module, 0);
    let places: Vec<Vec<String>> = trap
        .backtrace()
        .iter()
        .map(|frame| map.places(frame.offset).iter().map(ToString::to_string).collect())
        .collect();
    let innermost = &places[0];
    assert!(innermost[0].starts_with("share at source/lines.c:4"), "{places:?}");
    assert!(innermost[1].starts_with("twice at source/lines.c:8:15"), "{places:?}");
    assert_eq!(places[1], ["checked at source/lines.c:13:10"]);
}

#[test]
fn the_table_of_lines_says_what_each_place_says() {
    let module = Module::new(&Engine::default(), LINES).unwrap();
    let map = SourceMap::new(&module).unwrap();
    let lines = map.lines();
    assert!(lines.len() > 3 && lines.is_sorted_by_key(|(range, ..)| range.start), "{lines:?}");
    for (range, file, line) in lines {
        let place = &map.places(range.start)[0];
        assert_eq!((place.file.as_deref(), place.line), (Some(file), Some(line)), "{range:?}");
    }
}

#[test]
fn offsets_outside_of_the_code_have_no_place() {
    let module = Module::new(&Engine::default(), LINES).unwrap();
    let map = SourceMap::new(&module).unwrap();
    for offset in [0, 8, LINES.len() as u32, u32::MAX] {
        assert!(map.places(offset).is_empty(), "{offset:#x}");
    }
}

#[test]
fn a_module_without_debug_information_has_no_map() {
    let bytes = wat::parse_str("(module (func))").unwrap();
    assert!(SourceMap::new(&Module::new(&Engine::default(), bytes).unwrap()).is_none());
    let bytes = wat::parse_str(r#"(module (@custom ".debug_info" "") (@custom ".debug_line" ""))"#);
    assert!(SourceMap::new(&Module::new(&Engine::default(), bytes.unwrap()).unwrap()).is_none());
}

#[test]
fn broken_debug_information_is_as_good_as_none() {
    let engine = Engine::default();
    let module = Module::new(&engine, LINES).unwrap();
    let custom = module.declarations().sections.iter().filter(|section| section.name.is_some());
    let bytes: Vec<usize> = custom.flat_map(|section| section.contents.range()).collect();
    for at in bytes {
        for value in [0x00, 0x7F, 0x80, 0xFF] {
            let mut broken = LINES.to_vec();
            broken[at] = value;
            let module = Module::new(&engine, broken).expect("custom sections do not matter");
            let Some(map) = SourceMap::new(&module) else { continue };
            let _ = map.lines();
            for offset in 0..LINES.len() as u32 {
                let _ = map.places(offset);
            }
        }
    }
}
