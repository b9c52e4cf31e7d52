//! The command-line runner: runs exports, traces them instruction by
//! instruction, checks modules, and shows what they hold.

#![forbid(unsafe_code)]

mod args;
mod call;
mod debug;
mod diverge;
mod dump;
mod failure;
mod functions;
mod input;
mod interrupt;
mod linking;
mod loaded;
mod machine;
mod microcode;
mod output;
mod program;
mod refusal;
mod run;
mod saved;
mod size;
mod spec;
mod spill;
mod spilled;
mod stats;
mod trace;
mod validate;
mod wat_text;
mod words;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Command, Options};
use failure::Failure;
use output::{ERROR, note};

fn main() -> ExitCode {
    let words = words::with_numbers(std::env::args_os(), &Options::command());
    let Options { manners, mut command } = Options::parse_from(words);
    output::set_color(manners.color);
    let done = match &mut command {
        Command::Run(options) => {
            options.call.surrounding.spills = options.spill.is_some();
            run::run(options, &manners)
        }
        Command::Step(options) => trace::step(options, &manners),
        Command::Debug(options) => debug::debug(options, &manners),
        Command::Trace(options) => trace::trace(options, &manners),
        Command::Diverge(options) => diverge::diverge(options),
        Command::Validate(options) => validate::validate(options, &manners),
        Command::Dump(options) => dump::dump(options),
        Command::Wat(options) => wat_text::wat(options),
        Command::Microcode(options) => microcode::microcode(options, &manners),
        Command::Spill(command) => spill::spill(command, &manners),
        Command::Spec(options) => spec::spec(options, &manners),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_said() {
                say(&failure);
            }
            failure.exit_code()
        }
    }
}

/// Says on standard error why something failed.
fn say(failure: &Failure) {
    note(format_args!("{ERROR}error:{ERROR:#} {failure}"));
}
