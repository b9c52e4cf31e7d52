//! What can be said on the command line.

mod call;
mod help;
mod proposals;
mod spill;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::call::{CallOptions, SurroundingOptions, UnknownImports, WorldOptions};
use self::help::{
    DEBUG_HELP, DUMP_FORMAT, EXAMPLES, MICROCODE_FORMAT, MICROCODE_USAGE, SPILL_FORMAT,
    TRACE_FORMAT,
};
use self::proposals::{ModuleOptions, Proposals};
pub(crate) use self::spill::SpillCommand;

/// Runs WebAssembly modules and shows what happens inside.
#[derive(Debug, Parser)]
#[command(name = "fayasm", version, after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) manners: Manners,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const PRINTING: &str = "Printing";

/// How to print, whatever is printed.
#[derive(Debug, Args)]
pub(crate) struct Manners {
    /// Colours; by default on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, help_heading = PRINTING, value_name = "WHEN")]
    #[arg(default_value = "auto")]
    pub(crate) color: Color,
    /// Print only results, errors and what is asked for: no summaries, notes or progress.
    #[arg(short, long, global = true, help_heading = PRINTING)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Calls an exported function and prints its results.
    #[command(after_help = "\
Examples:
  fayasm run add.wasm                      lists what can be called
  fayasm run add.wasm add i32:7 -5         prints  result[0] (i32): 2
  fayasm run life.wasm step --fuel 1000000
  fayasm run plot.wasm main --host-lib ./libhost.so
  fayasm run app.wasm main --preload math=math.wasm --unknown-imports trap
  fayasm run app.wasm main --fuel 1000000 --save-state app.state
  fayasm run app.wasm --load-state app.state

Programs for the terminal import WASI preview 1 (wasi_snapshot_preview1, wasi_unstable).
They have the runner's standard input, output and error, and what is given:
  fayasm run hello.wasm                    runs _start
  fayasm run grep.wasm --dir . -- -i main app.c
  fayasm run app.wasm --dir /srv/data::/ --env LANG=C --env HOME -- --port 80
What follows `--` goes to the program, after the file's name. A module without _start has
its _initialize called before EXPORT. What the program called though it is not supported is
listed on standard error at the end, unless --quiet. The exit code is the program's own
(`fayasm --help`).")]
    Run(RunOptions),
    /// Calls an exported function and shows each instruction as it is executed.
    #[command(after_help = "\
Each line: number of the instruction, its offset in the module, the function, the
instruction indented by call depth, and what it takes from the operand stack -> leaves there.

What a program for the terminal prints goes to standard error.

Examples:
  fayasm step fac.wasm fac i64:5 --limit 20
  fayasm step hello.wasm --dir . -- -v")]
    Step(StepOptions),
    /// Goes through a call at a prompt, forwards and backwards.
    #[command(after_help = DEBUG_HELP)]
    Debug(DebugOptions),
    /// Writes each executed instruction down, or hashes of states; as text, JSON Lines or CSV.
    #[command(after_help = TRACE_FORMAT)]
    Trace(TraceOptions),
    /// Says where two runs begin to differ, by hashes of their states.
    #[command(after_help = "\
Both are what `fayasm trace --hashes` has written, or the page, on whatever machine; one of
them may be `-`, standard input. They are compared at the instruction counts that both have.
Prints the last at which they agree, the first at which they differ, and how to narrow down
what lies between. Exit code 0 if they agree, 1 if they differ.

Example:
  fayasm trace app.wasm --seed 7 --hashes 1000000 -o here.jsonl
  ssh there fayasm trace app.wasm --seed 7 --hashes 1000000 | fayasm diverge here.jsonl -")]
    Diverge(DivergeOptions),
    /// Checks modules; says where the first thing wrong is.
    #[command(after_help = "\
Prints `FILE: valid` for each valid module, and for others what is wrong, at which byte,
in which function, with the bytes around. All files are checked; exit code 3 if any is wrong.

Examples:
  fayasm validate app.wasm
  fayasm validate --quiet build/*.wasm
  fayasm validate --without memory64,multi-memory app.wasm")]
    Validate(ValidateOptions),
    /// Lists everything that a module declares.
    #[command(after_help = DUMP_FORMAT)]
    Dump(DumpOptions),
    /// Writes a module as text.
    #[command(after_help = "\
Modules that are not valid have a text as well. Of one that is malformed, what stands
before the error is written; then the error is said, and the exit code is 3.

Examples:
  fayasm wat app.wasm -o app.wat
  fayasm wat --offsets app.wasm | grep -n call")]
    Wat(WatOptions),
    /// Shows what functions are translated to, to be executed fast; or saves it.
    #[command(after_help = MICROCODE_FORMAT, override_usage = MICROCODE_USAGE)]
    Microcode(MicrocodeOptions),
    /// Looks into a spill store, in a file or an image of an SD card, and puts things into it.
    #[command(subcommand, after_help = SPILL_FORMAT)]
    Spill(SpillCommand),
    /// Carries out scripts of the official test suite.
    #[command(after_help = "\
Prints a line for each file, and each directive that fails: FILE:LINE: kind: why.
Exit code 1 if any failed, 3 if a file is no script.

Example: fayasm spec --without memory64 test/core/*.wast")]
    Spec(SpecOptions),
}

/// Where what a command prints goes.
#[derive(Debug, Args)]
pub(crate) struct OutputOptions {
    /// Write to this file instead of standard output.
    #[arg(short = 'o', long = "output", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
    /// Also print how many instructions were executed, to standard error.
    #[arg(long)]
    pub(crate) count: bool,
    /// Translate at once the functions whose microcode `fayasm microcode --save` has put into
    /// this file. It is refused if they are translated to anything else, or nothing is.
    #[arg(long, value_name = "FILE")]
    pub(crate) microcode: Option<PathBuf>,
    /// Save the run into this file where it stands once it has executed what --fuel allows, or
    /// when Ctrl+C is pressed, instead of giving it up; the exit code is 1 then. Files and the like
    /// that a program has open are no part of that.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_state: Option<PathBuf>,
    /// Go on with the run that --save-state has put into this file, of the same module with the
    /// same --preload. It may be given as --save-state as well.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["export", "arguments"])]
    pub(crate) load_state: Option<PathBuf>,
    /// Put pages that leave RAM into the spill store in this file, which is made if it is not there.
    /// The run is committed to it once it has executed what --fuel allows, or when Ctrl+C is
    /// pressed, instead of being given up; the exit code is 1 then. What a run before has left
    /// there is removed, unless --resume is given.
    #[arg(long, value_name = "FILE", requires = "frames")]
    #[arg(conflicts_with_all = ["preload", "save_state", "load_state"])]
    pub(crate) spill: Option<PathBuf>,
    /// Go on with the run that was committed to the spill store last, of the same module: also after
    /// a crash, a loss of power, or being killed.
    #[arg(long, requires = "spill", conflicts_with_all = ["export", "arguments"])]
    pub(crate) resume: bool,
    /// Commit to the spill store every so many instructions as well.
    #[arg(long, value_name = "INSTRUCTIONS", requires = "spill")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) checkpoint: Option<u64>,
    /// Also print how functions were executed, to standard error: instructions in place and as
    /// microcode, calls of host functions, what was translated and why, what was not; and what took
    /// how much memory, at the end and when all together took most.
    #[arg(long)]
    pub(crate) stats: bool,
}

/// Which instructions are shown.
#[derive(Debug, Args)]
pub(crate) struct RangeOptions {
    /// Show no more than this many instructions; the program still runs to its end.
    #[arg(long, value_name = "INSTRUCTIONS", visible_alias = "lines")]
    pub(crate) limit: Option<u64>,
    /// Begin with the instruction of this number; the first is 1.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) from: u64,
}

#[derive(Debug, Args)]
pub(crate) struct StepOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
    #[command(flatten)]
    pub(crate) range: RangeOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DebugOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// The lines of `fayasm step`.
    Text,
    /// JSON Lines.
    Jsonl,
    /// Comma-separated values.
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct TraceOptions {
    #[command(flatten)]
    pub(crate) call: CallOptions,
    #[command(flatten)]
    pub(crate) range: RangeOptions,
    /// How to write instructions.
    #[arg(long, default_value = "jsonl")]
    pub(crate) format: TraceFormat,
    /// Write a hash of the state after every so many instructions, instead of those.
    #[arg(long, value_name = "INSTRUCTIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) hashes: Option<u64>,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Args)]
pub(crate) struct DivergeOptions {
    /// Hashes of one run; `-` reads standard input.
    #[arg(value_name = "HASHES")]
    pub(crate) one: PathBuf,
    /// Hashes of the other.
    #[arg(value_name = "OTHER-HASHES")]
    pub(crate) other: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateOptions {
    /// The modules, as binary or text; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proposals: Proposals,
}

#[derive(Debug, Args)]
pub(crate) struct DumpOptions {
    #[command(flatten)]
    pub(crate) module: ModuleOptions,
    /// Also list the instructions of every function.
    #[arg(long)]
    pub(crate) code: bool,
    /// As JSON, for programs.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Args)]
pub(crate) struct WatOptions {
    /// The module; `-` reads standard input.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    /// Begin each line with its offset in the binary.
    #[arg(long)]
    pub(crate) offsets: bool,
    /// Leave out bodies of functions and contents of segments.
    #[arg(long)]
    pub(crate) skeleton: bool,
    /// Write instructions nested in each other.
    #[arg(long)]
    pub(crate) fold: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MicrocodeOptions {
    #[command(flatten)]
    pub(crate) module: ModuleOptions,
    /// The function to show, by its index, its name, or that of its export.
    pub(crate) function: Option<String>,
    /// Put the microcode of all functions that can be translated into this file, for
    /// `fayasm run --microcode`, instead of showing it.
    #[arg(long, value_name = "OUT", conflicts_with_all = ["function", "path"])]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Debug, Args)]
pub(crate) struct SpecOptions {
    /// The scripts (.wast); `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proposals: Proposals,
    /// Give a directive up after this many instructions.
    #[arg(long, value_name = "INSTRUCTIONS")]
    pub(crate) fuel: Option<u64>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }
}
