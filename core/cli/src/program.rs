//! Programs for the terminal: modules that follow WASI's conventions.

use fayasm_core::{ExternType, Module};

use crate::args::CallOptions;
use crate::call::callable;
use crate::failure::Failure;

/// The names under which modules import WASI.
const WASI: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// What runs a command.
const START: &str = "_start";

/// What a module that is no command wants called before anything else.
pub(crate) const INITIALIZE: &str = "_initialize";

/// What is to be called, and what the program is told.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) export: &'a str,
    /// The arguments of the function.
    pub(crate) arguments: Vec<&'a str>,
    /// The arguments of the program.
    pub(crate) words: &'a [String],
}

impl<'a> Target<'a> {
    /// What the options name; without an export, what a command starts with.
    pub(crate) fn of(module: &Module, options: &'a CallOptions) -> Option<Self> {
        let words = options.words.as_slice();
        let (more, words) = if is_program(module) { (&[][..], words) } else { (words, &[][..]) };
        let named = options.export.iter().chain(&options.arguments).chain(more);
        let mut named = named.map(String::as_str);
        let export = match named.next() {
            Some(export) => export,
            None if exports(module, START) => START,
            None => return None,
        };
        Some(Target { export, arguments: named.collect(), words })
    }

    /// The same where there has to be something to call.
    pub(crate) fn required(module: &Module, options: &'a CallOptions) -> Result<Self, Failure> {
        Target::of(module, options).ok_or_else(|| {
            let functions: Vec<String> = callable(module).map(|(name, _)| name).collect();
            Failure::Arguments(match functions.as_slice() {
                [] => "there is nothing to call: the module exports no functions".to_owned(),
                functions => {
                    format!("say what to call; the module exports: {}", functions.join(", "))
                }
            })
        })
    }
}

/// Whether a module is written for the terminal, so that it has words of its own.
pub(crate) fn is_program(module: &Module) -> bool {
    exports(module, START)
        || module.imports().any(|(import, _)| WASI.contains(&import.module.as_ref()))
}

/// Whether something has to be called before other exports.
pub(crate) fn wants_initialize(module: &Module) -> bool {
    exports(module, INITIALIZE) && !exports(module, START)
}

/// Whether a function of this name is exported that takes and gives nothing.
fn exports(module: &Module, name: &str) -> bool {
    module.exports().any(|(export, ty)| match ty {
        ExternType::Func(ty) => {
            *export.name == *name && ty.params().is_empty() && ty.results().is_empty()
        }
        _ => false,
    })
}
