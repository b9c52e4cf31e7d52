//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 the program trapped or ran out of fuel, 2 wrong arguments, \
3 the module cannot be read, is not valid, or cannot be instantiated.";

/// Runs WebAssembly modules and shows what happens inside.
#[derive(Debug, Parser)]
#[command(name = "fayasm", version, after_help = EXIT_CODES)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Calls an exported function and prints its results.
    #[command(after_help = "Example: fayasm run add.wasm add i32:7 i32:5\n\
                            prints:  result[0] (i32): 12")]
    Run(RunOptions),
    /// Calls an exported function and prints each instruction as it is executed.
    #[command(after_help = "Each line: number of the instruction, its offset in the module, \
                            the function, the instruction indented by call depth, and what it \
                            takes from the operand stack -> leaves there.")]
    Step(StepOptions),
    /// Lists everything that a module declares.
    Dump(DumpOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CallOptions {
    /// The module: a .wasm file.
    pub(crate) file: PathBuf,
    /// The exported function to call.
    pub(crate) export: String,
    /// Its arguments, as TYPE:VALUE or just VALUE: i32:7, i64:-1, f64:0.5, 0x2a.
    #[arg(allow_negative_numbers = true)]
    pub(crate) arguments: Vec<String>,
    /// Give up after this many instructions.
    #[arg(long, value_name = "INSTRUCTIONS")]
    pub(crate) fuel: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
    /// Also print how many instructions were executed, to standard error.
    #[arg(long)]
    pub(crate) count: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StepOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
    /// Print no more than this many lines; the program still runs to its end.
    #[arg(long, value_name = "LINES")]
    pub(crate) lines: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct DumpOptions {
    /// The module: a .wasm file.
    pub(crate) file: PathBuf,
    /// Also list the instructions of every function.
    #[arg(long)]
    pub(crate) code: bool,
}
