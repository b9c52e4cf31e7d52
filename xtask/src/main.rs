//! The task runner: `cargo xtask --help` says what it can do.
//!
//! Start reading at [`args`] for the commands and at [`setup`] for what they need installed.
//! Everything here is glue: it finds or installs tools, runs them, and reports.

#![forbid(unsafe_code)]

mod args;
mod bench;
mod device;
mod doctor;
mod failure;
mod page;
mod phases;
mod process;
mod report;
mod setup;
mod weight;
mod workspace;

use std::process::ExitCode;

use args::Command;
use failure::Result;
use workspace::Workspace;

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result {
    let workspace = Workspace::locate()?;
    match command {
        Command::Help => {
            print!("{}", args::HELP);
            Ok(())
        }
        Command::Serve { port, release } => page::serve(&workspace, port, release),
        Command::Test(selection) => phases::run(&workspace, &selection),
        Command::Build => page::build_and_weigh(&workspace),
        Command::Bench(parts) => bench::run(&workspace, parts),
        Command::Firmware { call } => {
            setup::ensure(&workspace, setup::for_firmware())?;
            device::firmware(&workspace, &call)
        }
        Command::Fixtures { rest } => {
            setup::ensure(&workspace, setup::for_fixtures())?;
            process::run(
                setup::wasm_command(&workspace, "cargo")
                    .args(["run", "-p", "fayasm-fixtures", "--features", "build"])
                    .args(["--bin", "build-fixtures", "--"])
                    .args(rest),
            )
        }
        Command::Spec { rest } => run_of_tests(&workspace, "spec", &rest),
        Command::Fuzz { rest } => run_of_tests(&workspace, "fuzz", &rest),
        Command::PowerCut { rest } => run_of_tests(&workspace, "power_cut", &rest),
        Command::Doctor => doctor::run(&workspace),
    }
}

/// Runs a program of `tests`, optimised, with the rest of the command line.
fn run_of_tests(workspace: &Workspace, program: &str, rest: &[String]) -> Result {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--release", "-p", "fayasm-tests", "--bin", program, "--"]).args(rest);
    process::run(&mut cargo)
}
