//! `fayasm run`: calls an export and prints its results.

use std::io::{self, Write};

use fayasm_core::{Limit, Outcome, Val};

use crate::args::RunOptions;
use crate::call::Call;
use crate::failure::Failure;

pub(crate) fn run(options: &RunOptions) -> Result<(), Failure> {
    let mut call = Call::prepare(&options.call)?;
    let outcome = call.store.run(&mut call.job, Limit::NONE);
    if options.count {
        eprintln!("{} instructions", call.job.executed());
    }
    if let Outcome::Trapped(trap) = outcome {
        return Err(call.trapped(trap));
    }
    let results = call.job.results(&call.store).unwrap_or_default();
    print_results(&mut io::stdout().lock(), &results)
}

pub(crate) fn print_results(out: &mut impl Write, results: &[Val]) -> Result<(), Failure> {
    for (index, value) in results.iter().enumerate() {
        writeln!(out, "result[{index}] ({}): {value}", value.ty())?;
    }
    Ok(())
}
