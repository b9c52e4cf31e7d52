//! `fayasm run --save-state` and `--load-state`: a run that goes on in another process.

use std::path::Path;
use std::{fs, io};

use fayasm_core::{Contents, Module, Outcome, StateError};

use crate::args::{CallOptions, Manners, RunOptions};
use crate::call::{Call, SLICE};
use crate::failure::Failure;
use crate::input;
use crate::interrupt::Interrupt;
use crate::output::{Progress, counted, instructions, note};
use crate::program::is_program;
use crate::world::Printing;

/// Refuses to write a state over the module.
pub(crate) fn check(options: &RunOptions) -> Result<(), Failure> {
    match &options.save_state {
        Some(path) if input::is_same_file(path, &options.call.module.file) => {
            Err(Failure::Arguments(format!(
                "--save-state would overwrite the module, {}: name another file",
                path.display()
            )))
        }
        _ => Ok(()),
    }
}

/// A call that goes on where the one stood that was saved into a file.
pub(crate) fn load(module: &Module, path: &Path, options: &CallOptions) -> Result<Call, Failure> {
    if !options.words.is_empty() && !is_program(module) {
        return Err(Failure::Arguments(
            "--load-state goes on with a call, which has its arguments already".to_owned(),
        ));
    }
    let file = input::read(path)?;
    let refused = |error: StateError| Failure::Text(path.to_owned(), error.to_string());
    let state = module.open_state(&file).map_err(refused)?;
    Call::resumed(module, options, Printing::ToOutput, |store| {
        store.load_state(state).map_err(refused)
    })
}

/// Runs on to the end, or until as many instructions are executed as may be, or Ctrl+C is pressed:
/// a call that is to go on later is not given up then. Every so many instructions, `keep` is called.
pub(crate) fn run_on(
    call: &mut Call,
    every: u64,
    progress: &mut Progress,
    keep: impl Fn(&mut Call) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let left = call.store.fuel().unwrap_or(u64::MAX);
    call.store.set_fuel(None);
    let end = call.job.executed().saturating_add(left);
    let interrupt = Interrupt::new();
    interrupt.set_busy(true);
    let mut kept = call.job.executed();
    let outcome = loop {
        let next = kept.saturating_add(every).min(end);
        let next = call.job.executed().saturating_add(SLICE).min(next);
        let outcome = call.run_to(next, progress)?;
        if outcome != Outcome::OutOfFuel || call.job.executed() >= end || interrupt.is_asked() {
            break outcome;
        }
        if call.job.executed() - kept >= every {
            keep(call)?;
            kept = call.job.executed();
        }
    };
    interrupt.set_busy(false);
    progress.clear();
    Ok(outcome)
}

/// Runs on to the end; saves the call if that is not reached with as many instructions as it may
/// execute, or Ctrl+C is pressed.
pub(crate) fn run(
    call: &mut Call,
    path: &Path,
    progress: &mut Progress,
    manners: &Manners,
) -> Result<Outcome, Failure> {
    let outcome = run_on(call, u64::MAX, progress, |_| Ok(()))?;
    if outcome != Outcome::OutOfFuel {
        return Ok(outcome);
    }
    let failed = |error| Failure::Write(Some(path.to_owned()), error);
    let wrong = |error| failed(io::Error::other(error));
    let state = call.store.save_state(&call.job, Contents::Included).map_err(wrong)?;
    let file = call.modules.main.module.seal_state(&state).map_err(wrong)?;
    fs::write(path, &file).map_err(failed)?;
    if !manners.quiet {
        note(format_args!(
            "{}: {}, after {}; --load-state goes on",
            path.display(),
            counted(file.len() as u64, "byte"),
            instructions(call.job.executed()),
        ));
    }
    Err(Failure::Saved)
}
