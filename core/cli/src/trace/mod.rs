//! `fayasm step` and `fayasm trace`: write each instruction down as it is executed.

mod hashes;
mod rows;
pub(crate) mod text;

use fayasm_core::Outcome;
use fayasm_trace::{Format, HashRow, Row, Tracer};

use crate::args::{CallOptions, Manners, RangeOptions, StepOptions, TraceFormat, TraceOptions};
use crate::call::{Call, open};
use crate::failure::Failure;
use crate::output::{DIM, Output};
use crate::program::Target;
use crate::run::print_results;
use crate::world::Printing;

use hashes::Hashes;

pub(crate) fn step(options: &StepOptions, manners: &Manners) -> Result<(), Failure> {
    let call = prepare(&options.call, Printing::ToError)?;
    let format = TraceFormat::Text;
    write(call, format, Output::stdout(), manners, |call, out| {
        steps(call, &options.range, format, out, manners)
    })
}

pub(crate) fn trace(options: &TraceOptions, manners: &Manners) -> Result<(), Failure> {
    let mut out = Output::open(&options.output)?;
    let in_use = options.output.path.is_none();
    let printing = if in_use { Printing::ToError } else { Printing::ToOutput };
    let call = prepare(&options.call, printing)?;
    let TraceOptions { range, format, .. } = options;
    match options.hashes {
        Some(every) => {
            if *format == TraceFormat::Csv {
                out.text(|out| HashRow::head(Format::Csv, out))?;
            }
            let hashes = Hashes { every, range, format: *format };
            write(call, *format, out, manners, |call, out| hashes.write(call, out, manners))
        }
        None => {
            if *format == TraceFormat::Csv {
                out.text(|out| Row::head(Format::Csv, out))?;
            }
            write(call, *format, out, manners, |call, out| {
                steps(call, range, *format, out, manners)
            })
        }
    }
}

pub(crate) fn prepare(options: &CallOptions, printing: Printing) -> Result<Call, Failure> {
    let module = open(options)?;
    let target = Target::required(&module, options)?;
    Call::of(&module, &target, options, printing)
}

/// Runs to the end by `run`, which writes down what is wanted, and says how it ended.
fn write(
    mut call: Call,
    format: TraceFormat,
    mut out: Output,
    manners: &Manners,
    run: impl FnOnce(&mut Call, &mut Output) -> Result<Outcome, Failure>,
) -> Result<(), Failure> {
    let results = match call.begin() {
        Ok(()) => {
            let outcome = run(&mut call, &mut out)?;
            call.results(outcome)
        }
        Err(failure) => Err(failure),
    };
    match (format, &results) {
        (TraceFormat::Jsonl, results) => rows::end(&mut out, &call, results)?,
        (TraceFormat::Text, Ok(results)) => print_results(&mut out, results, &call.result_types)?,
        (TraceFormat::Text, Err(_)) | (TraceFormat::Csv, _) => {}
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
    let mut outcome = call.run_to(range.from - 1, &mut progress)?;
    progress.clear();
    let mut tracer = Tracer::new();
    let mut left = range.limit.unwrap_or(u64::MAX);
    while outcome == Outcome::OutOfFuel && left > 0 {
        let Some(ahead) = tracer.ahead(&call.store, &call.job) else { break };
        outcome = call.step();
        let trap = match &outcome {
            Outcome::Trapped(trap) => Some(trap),
            _ => None,
        };
        let step = tracer.executed(ahead, &call.store, &call.job, trap);
        match format {
            TraceFormat::Text => text::step(out, &call.modules, &step)?,
            TraceFormat::Jsonl => rows::step(out, Format::JsonLines, call, &step)?,
            TraceFormat::Csv => rows::step(out, Format::Csv, call, &step)?,
        }
        left -= 1;
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
        outcome = call.finish(&mut progress)?;
    }
    Ok(outcome)
}
