//! Names for people, also where there are many.

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::{Engine, Module};

/// Gives `ask` the names of a module from text.
fn with_names<R>(text: &str, ask: impl FnOnce(Names<'_>) -> R) -> R {
    let wasm = wat::parse_str(text).expect("the text is a module");
    named(wasm, ask)
}

fn named<R>(wasm: Vec<u8>, ask: impl FnOnce(Names<'_>) -> R) -> R {
    let module = Module::new(&Engine::default(), wasm).expect("the module is valid");
    let index = NameIndex::new(module.bytes(), module.declarations());
    ask(Names::new(module.bytes(), module.declarations(), &index))
}

#[test]
fn every_one_of_many_names_of_parts_is_found() {
    const COUNT: u32 = 50_000;
    let locals: String = (0..COUNT).map(|local| format!("(local $l{local} i32)")).collect();
    let fields: String = (0..300).map(|field| format!("(field $f{field} i32)")).collect();
    let text = format!(
        "(module (type $s (struct {fields}))
            (func $f (param $a i32)) (func $g {locals}) (func $h (param $b i32) (local $c i32)))"
    );
    with_names(&text, |names| {
        for local in 0..COUNT {
            assert_eq!(names.local(1, local), Some(format!("l{local}").as_str()));
        }
        for field in 0..300 {
            assert_eq!(names.field(0, field), Some(format!("f{field}").as_str()));
        }
        assert_eq!((names.local(0, 0), names.local(0, 1)), (Some("a"), None));
        assert_eq!((names.local(2, 0), names.local(2, 1)), (Some("b"), Some("c")));
        assert_eq!((names.local(1, COUNT), names.field(0, 300)), (None, None));
    });
}

#[test]
fn parts_whose_indices_do_not_ascend_have_no_names_from_there_on() {
    let mut wasm = wat::parse_str("(module (func (local i32 i32 i32 i32)))").unwrap();
    // Of function 0, names of locals 0, 2, 1 and 3.
    let locals = [1, 0, 4, 0, 1, b'a', 2, 1, b'b', 1, 1, b'c', 3, 1, b'd'];
    let mut section = vec![4, b'n', b'a', b'm', b'e', 2, locals.len() as u8];
    section.extend(locals);
    wasm.extend([0, section.len() as u8]);
    wasm.extend(section);
    named(wasm, |names| {
        let found = [0, 1, 2, 3].map(|local| names.local(0, local));
        assert_eq!(found, [Some("a"), None, Some("b"), None]);
    });
}

#[test]
fn every_one_of_many_imported_functions_has_the_name_of_its_import() {
    let imports: String = (0..20_000)
        .map(|index| format!(r#"(import "m" "f{index}" (func)) (import "m" "g" (global i32))"#))
        .collect();
    with_names(&format!("(module {imports} (func))"), |names| {
        for index in 0..20_000 {
            assert_eq!(names.function(index), Some(format!("f{index}").as_str()));
        }
        assert_eq!(names.function(20_000), None);
    });
}
