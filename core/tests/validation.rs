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
