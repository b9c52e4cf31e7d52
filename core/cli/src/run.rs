//! `fayasm run`: calls an export and prints its results.

use fayasm_core::{Module, Val};

use crate::args::{Manners, RunOptions};
use crate::call::{Call, callable, open};
use crate::failure::Failure;
use crate::output::{BOLD, Output, Progress};

pub(crate) fn run(options: &RunOptions, manners: &Manners) -> Result<(), Failure> {
    let module = open(&options.module)?;
    let Some(export) = &options.export else { return list(&module) };
    let mut call = Call::of(module, export, &options.arguments, &options.surrounding)?;
    let outcome = call.finish(&mut Progress::new(manners.quiet));
    if options.count {
        eprintln!("{} instructions", call.job.executed());
    }
    let results = call.results(outcome)?;
    let mut out = Output::stdout();
    print_results(&mut out, &results)?;
    out.finish()
}

/// Lists what can be called.
fn list(module: &Module) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let functions: Vec<(String, String)> = callable(module).collect();
    if functions.is_empty() {
        out.line("the module exports no functions")?;
    }
    for (name, ty) in functions {
        out.line(format_args!("{BOLD}{name}{BOLD:#} {ty}"))?;
    }
    out.finish()
}

pub(crate) fn print_results(out: &mut Output, results: &[Val]) -> Result<(), Failure> {
    results.iter().enumerate().try_for_each(|(index, value)| {
        out.line(format_args!("result[{index}] ({}): {value}", value.ty()))
    })
}
