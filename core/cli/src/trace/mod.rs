//! `fayasm step` and `fayasm trace`: write each instruction down as it is executed.

mod json;
pub(crate) mod text;
pub(crate) mod tracer;

use fayasm_core::Outcome;

use crate::args::{CallOptions, Manners, RangeOptions, StepOptions, TraceFormat, TraceOptions};
use crate::call::{Call, open};
use crate::failure::Failure;
use crate::output::{DIM, Output};
use crate::program::Target;
use crate::run::print_results;
use crate::world::Printing;

use tracer::Tracer;

pub(crate) fn step(options: &StepOptions, manners: &Manners) -> Result<(), Failure> {
    let call = prepare(&options.call, Printing::ToError)?;
    write(call, &options.range, TraceFormat::Text, Output::stdout(), manners)
}

pub(crate) fn trace(options: &TraceOptions, manners: &Manners) -> Result<(), Failure> {
    let out = Output::open(&options.output)?;
    let in_use = options.output.path.is_none();
    let printing = if in_use { Printing::ToError } else { Printing::ToOutput };
    write(prepare(&options.call, printing)?, &options.range, options.format, out, manners)
}

pub(crate) fn prepare(options: &CallOptions, printing: Printing) -> Result<Call, Failure> {
    let module = open(options)?;
    let target = Target::required(&module, options)?;
    Call::of(&module, &target, options, printing)
}

fn write(
    mut call: Call,
    range: &RangeOptions,
    format: TraceFormat,
    mut out: Output,
    manners: &Manners,
) -> Result<(), Failure> {
    let results = match call.begin() {
        Ok(()) => {
            let outcome = steps(&mut call, range, format, &mut out, manners)?;
            call.results(outcome)
        }
        Err(failure) => Err(failure),
    };
    match (format, &results) {
        (TraceFormat::Jsonl, results) => json::end(&mut out, &call, results)?,
        (TraceFormat::Text, Ok(results)) => print_results(&mut out, results, &call.result_types)?,
        (TraceFormat::Text, Err(_)) => {}
    }
    // What was written comes before the error.
    out.finish()?;
    call.note_unsupported(manners);
    results.map(|_| ())
}

/// Runs to the end, and writes down the steps that are wanted.
fn steps(
    call: &mut Call,
    range: &RangeOptions,
    format: TraceFormat,
    out: &mut Output,
    manners: &Manners,
) -> Result<Outcome, Failure> {
    let mut progress = call.progress(manners);
    let mut outcome = call.run_to(range.from - 1, &mut progress);
    progress.clear();
    let mut tracer = Tracer::new();
    let mut left = range.limit.unwrap_or(u64::MAX);
    while outcome == Outcome::OutOfFuel && left > 0 {
        let Some(step) = tracer.step(call) else { break };
        match format {
            TraceFormat::Text => text::step(out, &call.modules, &step)?,
            TraceFormat::Jsonl => json::step(out, call, &step)?,
        }
        left -= 1;
        outcome = step.outcome;
        if out.is_watched() {
            // The program may print next, and on the same terminal.
            out.flush()?;
        } else {
            progress.show(|_| format!("instruction {}", call.job.executed()));
        }
    }
    if outcome == Outcome::OutOfFuel {
        if format == TraceFormat::Text && !manners.quiet {
            out.line(format_args!("{DIM}{:>8}  more are executed, and not shown{DIM:#}", "…"))?;
            // It may take long until the end.
            out.flush()?;
        }
        outcome = call.finish(&mut progress);
    }
    Ok(outcome)
}
