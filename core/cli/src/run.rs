//! `fayasm run`: calls an export and prints its results.

use std::path::Path;

use fayasm_core::{Gate, MicrocodeError, Module, Val, ValType};

use crate::args::{Manners, RunOptions};
use crate::call::{Call, callable, open};
use crate::failure::Failure;
use crate::input;
use crate::output::{BOLD, DIM, Output, instructions, note};
use crate::program::{INITIALIZE, Target, wants_initialize};
use crate::saved;
use crate::spilled::{self, Spill};
use crate::stats::Stats;
use crate::world::Printing;

pub(crate) fn run(options: &RunOptions, manners: &Manners) -> Result<(), Failure> {
    options.call.surrounding.tier.check("--microcode", options.microcode.is_some(), true)?;
    let module = open(&options.call)?;
    saved::check(options)?;
    let spill = options.spill.as_deref();
    let spill = spill.map(|path| Spill::open(path, &module, options.resume)).transpose()?;
    let goes_on = options.load_state.is_some() || options.resume;
    let mut call = match (&options.load_state, spill) {
        (Some(path), _) => saved::load(&module, path, &options.call)?,
        (None, Some(spill)) if options.resume => spilled::resume(&module, spill, &options.call)?,
        (None, spill) => match Target::of(&module, &options.call) {
            Some(target) => {
                let call = Call::of(&module, &target, &options.call, Printing::ToOutput)?;
                with_spill(call, spill)?
            }
            None => return list_checked(&module, options),
        },
    };
    if let Some(path) = &options.microcode {
        load(&mut call, path)?;
    }
    let results = execute(&mut call, options, goes_on, manners);
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

/// Runs the call to its end, and gives the results.
fn execute(
    call: &mut Call,
    options: &RunOptions,
    goes_on: bool,
    manners: &Manners,
) -> Result<Vec<Val>, Failure> {
    // What comes before a call that goes on has been executed.
    if !goes_on {
        call.begin()?;
    }
    let mut progress = call.progress(manners);
    let outcome = match &options.save_state {
        Some(path) => saved::run(call, path, &mut progress, manners)?,
        None if call.spill.is_some() => spilled::run(call, options, &mut progress, manners)?,
        None => call.finish(&mut progress)?,
    };
    drop(progress);
    call.results(outcome)
}

/// The call, whose pages go to this store, which forgets what it has.
fn with_spill(mut call: Call, spill: Option<Spill>) -> Result<Call, Failure> {
    call.spill = spill;
    if let Some(spill) = &mut call.spill {
        spilled::begin_anew(spill)?;
    }
    Ok(call)
}

/// Lists what can be called, and checks microcode that is given.
fn list_checked(module: &Module, options: &RunOptions) -> Result<(), Failure> {
    if let Some(path) = &options.microcode {
        module.check_microcode(&input::read(path)?).map_err(|error| refused(path, &error))?;
    }
    list(module)
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
