//! `fayasm spec`: carries out scripts of the official test suite.

use std::path::Path;

use fayasm_script::Settings;

use crate::args::{Manners, SpecOptions};
use crate::failure::Failure;
use crate::input::{self, shown};
use crate::output::{ERROR, GOOD, Output, Progress};
use crate::say;

pub(crate) fn spec(options: &SpecOptions, manners: &Manners) -> Result<(), Failure> {
    let settings = Settings { fuel: options.fuel, ..Settings::from(options.proposals.config()) };
    let mut out = Output::stdout();
    let mut totals = Counts::default();
    let mut worst = None;
    for file in &options.files {
        match carry_out(file, &settings, manners, &mut out) {
            Ok(counts) => {
                totals.held += counts.held;
                totals.failed += counts.failed;
            }
            Err(failure @ Failure::Write(..)) => return Err(failure),
            Err(failure) => {
                out.flush()?;
                say(&failure);
                worst = Some(Failure::Files);
            }
        }
    }
    if options.files.len() > 1 && !manners.quiet {
        out.line(format_args!("all: {}", totals.text()))?;
    }
    out.finish()?;
    let failed = (totals.failed > 0).then_some(Failure::Directives);
    worst.or(failed).map_or(Ok(()), Err)
}

#[derive(Default)]
struct Counts {
    held: usize,
    failed: usize,
}

impl Counts {
    fn text(&self) -> String {
        let style = if self.failed == 0 { GOOD } else { ERROR };
        format!("{style}{} held, {} failed{style:#}", self.held, self.failed)
    }
}

fn carry_out(
    file: &Path,
    settings: &Settings,
    manners: &Manners,
    out: &mut Output,
) -> Result<Counts, Failure> {
    let text = input::script(file)?;
    let name = shown(file);
    let name = name.display();
    let mut counts = Counts::default();
    let mut printed = Ok(());
    let mut progress = Progress::new(manners.quiet);
    let done = fayasm_script::run(&text, settings, |report| {
        match report.held {
            Ok(()) => counts.held += 1,
            Err(why) => {
                counts.failed += 1;
                if printed.is_ok() {
                    progress.clear();
                    let (line, kind) = (report.line, report.kind.name());
                    printed = out.line(format_args!("{name}:{line}: {kind}: {why}"));
                }
            }
        }
        // Failures are seen as they come, and the line of progress stays below them.
        if out.is_watched() && printed.is_ok() {
            printed = out.flush();
        }
        progress.show(|_| format!("{name}:{}: {} held", report.line, counts.held));
    });
    printed?;
    drop(progress);
    done.map_err(|error| Failure::Assembly(format!("{name}:{error}")))?;
    if !manners.quiet {
        out.line(format_args!("{name}: {}", counts.text()))?;
    }
    Ok(counts)
}
