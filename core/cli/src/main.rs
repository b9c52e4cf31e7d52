//! The command-line runner: runs exports, traces them instruction by
//! instruction, and lists what modules hold.

mod args;
mod call;
mod dump;
mod failure;
mod run;
mod step;

use std::process::ExitCode;

use clap::Parser;

use args::{Command, Options};
use failure::Failure;

fn main() -> ExitCode {
    let done = match Options::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Step(options) => step::step(&options),
        Command::Dump(options) => dump::dump(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads what is printed has seen enough, as `head` does.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}
