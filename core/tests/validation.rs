//! Validation: what is refused wherever it stands.

use fayasm_core::{Engine, Module, ModuleErrorKind};

#[test]
fn every_label_of_a_br_table_is_checked_whichever_come_before_it() {
    // Blocks 0 and 2 take an i32, 1 an i64; all have one operand.
    let kind = |labels: &str| {
        let text = format!(
            r#"(module (func (param i32)
                (block (result i32) (block (result i64) (block (result i32)
                    (br_table {labels} (local.get 0) (local.get 0)))
                (drop) (i64.const 0)) (drop) (i32.const 0)) (drop)))"#
        );
        let wasm = wat::parse_str(&text).unwrap();
        Module::new(&Engine::default(), wasm).err().map(|error| error.kind())
    };
    for labels in ["0", "0 0", "0 2", "2 0 2", "0 2 0 2"] {
        assert_eq!(kind(labels), None, "{labels}");
    }
    for labels in ["1", "0 1", "0 0 1", "0 2 1", "0 1 0", "0 2 0 1 0", "1 0"] {
        let found = kind(labels);
        assert!(matches!(found, Some(ModuleErrorKind::TypeMismatch { .. })), "{labels}: {found:?}");
    }
    for labels in ["0 3", "3 0", "0 2 3"] {
        let found = kind(labels);
        assert!(matches!(found, Some(ModuleErrorKind::LabelArity)), "{labels}: {found:?}");
    }
}

#[test]
fn two_br_tables_are_checked_each_by_itself() {
    let text = r#"(module (func (param i32) (result i32)
        (block (result i32)
            (if (local.get 0) (then (br_table 1 1 (i32.const 1) (local.get 0))))
            (br_table 0 0 (i64.const 1) (local.get 0)))))"#;
    let error = Module::new(&Engine::default(), wat::parse_str(text).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ModuleErrorKind::TypeMismatch { .. }), "{error}");
}

#[test]
fn who_has_legacy_exceptions_is_told_what_to_do() {
    let module = wat::parse_str("(module (func try catch_all end))").unwrap();
    let at = module.windows(2).position(|bytes| bytes == [0x06, 0x40]).unwrap();
    for code in [0x06, 0x07, 0x09, 0x18, 0x19] {
        let mut module = module.clone();
        module[at] = code;
        let error = Module::new(&Engine::default(), module).unwrap_err();
        assert_eq!(error.kind(), ModuleErrorKind::UnknownOperator(code.into()));
        assert!(error.to_string().contains("try_table"), "{error}");
    }
}

/// A module of functions `() -> ()` with these bodies.
fn functions(bodies: &[Vec<u8>]) -> Vec<u8> {
    fn number(mut value: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value > 0x7F {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }
    fn section(id: u8, contents: &[u8]) -> Vec<u8> {
        [vec![id], number(contents.len()), contents.to_vec()].concat()
    }
    let count = number(bodies.len());
    let types = section(1, &[1, 0x60, 0, 0]);
    let declared = section(3, &[count.clone(), vec![0; bodies.len()]].concat());
    let bodies: Vec<u8> =
        bodies.iter().flat_map(|body| [number(body.len()), body.clone()].concat()).collect();
    let code = section(10, &[count, bodies].concat());
    [b"\0asm\x01\0\0\0".to_vec(), types, declared, code].concat()
}

#[test]
fn many_locals_cost_no_more_than_the_bytes_that_declare_them() {
    // 50 000 locals; were they looked at one by one, this would take a minute.
    let body = vec![1, 0xD0, 0x86, 0x03, 0x7F, 0x0B];
    assert!(Module::new(&Engine::default(), functions(&vec![body; 50_000])).is_ok());
}

#[test]
fn locals_have_the_types_of_their_groups() {
    // 70 of i32, none of f32, 3 of i64: 69 is an i32, 70 and 72 are i64.
    let body = |get: u8, then: u8| vec![3, 70, 0x7F, 0, 0x7D, 3, 0x7E, 0x20, get, then, 0x1A, 0x0B];
    let valid = |get, then| Module::new(&Engine::default(), functions(&[body(get, then)])).is_ok();
    let (i32_eqz, i64_eqz) = (0x45, 0x50);
    assert!(valid(0, i32_eqz) && valid(63, i32_eqz) && valid(64, i32_eqz) && valid(69, i32_eqz));
    assert!(valid(70, i64_eqz) && valid(72, i64_eqz));
    assert!(!valid(69, i64_eqz) && !valid(70, i32_eqz) && !valid(73, i64_eqz));
}
