//! `fayasm step` and `fayasm trace`: write each instruction down as it is executed.

mod json;
mod text;
mod tracer;

use fayasm_core::Outcome;

use crate::args::{CallOptions, Manners, RangeOptions, StepOptions, TraceFormat, TraceOptions};
use crate::call::Call;
use crate::failure::Failure;
use crate::output::{Output, Progress};
use crate::run::print_results;

use tracer::Tracer;

pub(crate) fn step(options: &StepOptions, manners: &Manners) -> Result<(), Failure> {
    write(&options.call, &options.range, TraceFormat::Text, Output::stdout(), manners)
}

pub(crate) fn trace(options: &TraceOptions, manners: &Manners) -> Result<(), Failure> {
    let out = Output::open(&options.output)?;
    write(&options.call, &options.range, options.format, out, manners)
}

fn write(
    options: &CallOptions,
    range: &RangeOptions,
    format: TraceFormat,
    mut out: Output,
    manners: &Manners,
) -> Result<(), Failure> {
    let mut call = Call::prepare(options)?;
    let mut progress = Progress::new(manners.quiet);
    let mut outcome = call.run_to(range.from - 1, &mut progress);
    progress.clear();
    let mut tracer = Tracer::new();
    let mut left = range.limit.unwrap_or(u64::MAX);
    while outcome == Outcome::OutOfFuel && left > 0 {
        let Some(step) = tracer.step(&mut call) else { break };
        match format {
            TraceFormat::Text => text::step(&mut out, &call, &step)?,
            TraceFormat::Jsonl => json::step(&mut out, &call, &step)?,
        }
        left -= 1;
        outcome = step.outcome;
        if !out.is_watched() {
            progress.show(|_| format!("instruction {}", call.job.executed()));
        }
    }
    if outcome == Outcome::OutOfFuel {
        outcome = call.finish(&mut progress);
    }
    progress.clear();
    let results = call.results(outcome);
    match (format, &results) {
        (TraceFormat::Jsonl, results) => json::end(&mut out, &call, results)?,
        (TraceFormat::Text, Ok(results)) => print_results(&mut out, results)?,
        (TraceFormat::Text, Err(_)) => {}
    }
    // What was written comes before the error.
    out.finish()?;
    results.map(|_| ())
}
