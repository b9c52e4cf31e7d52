//! `fayasm run`: calls an export and prints its results.

use std::path::Path;

use fayasm_core::{Gate, MicrocodeError, Module, Val, ValType};

use crate::args::{Manners, RunOptions};
use crate::call::{Call, callable, open};
use crate::failure::Failure;
use crate::input;
use crate::output::{BOLD, DIM, Output, instructions, note};
use crate::program::{INITIALIZE, Target, wants_initialize};
use crate::stats::Stats;
use crate::world::Printing;

pub(crate) fn run(options: &RunOptions, manners: &Manners) -> Result<(), Failure> {
    options.call.surrounding.tier.check("--microcode", options.microcode.is_some(), true)?;
    let module = open(&options.call)?;
    let Some(target) = Target::of(&module, &options.call) else {
        if let Some(path) = &options.microcode {
            module.check_microcode(&input::read(path)?).map_err(|error| refused(path, &error))?;
        }
        return list(&module);
    };
    let mut call = Call::of(&module, &target, &options.call, Printing::ToOutput)?;
    if let Some(path) = &options.microcode {
        load(&mut call, path)?;
    }
    let results = call.begin().and_then(|()| {
        let outcome = call.finish(&mut call.progress(manners));
        call.results(outcome)
    });
    if options.count {
        note(instructions(call.job.executed()));
    }
    if options.stats {
        note(Stats(&call));
    }
    call.note_unsupported(manners);
    let mut out = Output::stdout();
    print_results(&mut out, &results?, &call.result_types)?;
    out.finish()
}

/// Translates the functions whose microcode is in a file.
fn load(call: &mut Call, path: &Path) -> Result<(), Failure> {
    let loaded = call.store.load_microcode(call.modules.main.instance, &input::read(path)?);
    loaded.map(drop).map_err(|error| refused(path, &error))
}

/// Why the microcode in a file is refused.
fn refused(path: &Path, error: &MicrocodeError) -> Failure {
    let who = match error {
        MicrocodeError::Gate(Gate::Forbidden) => " (FAYASM_MICROCODE=0)",
        _ => "",
    };
    Failure::Text(path.to_owned(), format!("{error}{who}"))
}

/// Lists what can be called.
fn list(module: &Module) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let functions: Vec<(String, String)> = callable(module).collect();
    if functions.is_empty() {
        out.line("the module exports no functions")?;
    }
    for (name, ty) in functions {
        let is_first = name == INITIALIZE && wants_initialize(module);
        let when = if is_first { "  called before any other" } else { "" };
        out.line(format_args!("{BOLD}{name}{BOLD:#} {ty}{DIM}{when}{DIM:#}"))?;
    }
    out.finish()
}

pub(crate) fn print_results(
    out: &mut Output,
    results: &[Val],
    types: &[ValType],
) -> Result<(), Failure> {
    results.iter().zip(types).enumerate().try_for_each(|(index, (value, ty))| {
        let ty = ty.to_string();
        // Some types have their parentheses already.
        let ty = ty.trim_start_matches('(').trim_end_matches(')');
        out.line(format_args!("result[{index}] ({ty}): {value}"))
    })
}
