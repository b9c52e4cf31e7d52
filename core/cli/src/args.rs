//! What can be said on the command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use fayasm_core::{Config, Paging, Planner, Policy, Prescan, Proposal, Translate};

use crate::failure::Failure;
use crate::linking::Preload;
use crate::machine::{self, Environment};
use crate::size;
use crate::world::Directory;

const EXAMPLES: &str = "\
Examples:
  fayasm run add.wasm                     lists what can be called
  fayasm run add.wasm add 7 i32:5         prints  result[0] (i32): 12
  fayasm run --dir . grep.wasm -- -i a.c  runs a program for the terminal (WASI)
  fayasm step add.wat add 7 5             shows each instruction
  fayasm debug add.wat add 7 5            goes through them, forwards and backwards
  fayasm validate *.wasm && echo fine     checks modules
  fayasm wat add.wasm | less              shows the text
  fayasm microcode add.wasm add           shows what a function is translated to
  fayasm spill ls card.img                lists what a spill store holds
  cat add.wasm | fayasm dump --json -     what the module holds, for programs

FILE is a WebAssembly module, as binary or as text (.wat); `-` is standard input.

Exit codes:
  0  done
  1  the program trapped or ran out of fuel, or was saved; directives of a script failed; a spill
     store has lost something
  2  wrong arguments
  3  a file cannot be read, is no valid module, or cannot be instantiated
  4  what is to be printed cannot be written
A program that ends itself (WASI's proc_exit) has fayasm end with its own code, without an
`error:` on standard error: the lowest 8 bits, or 255 where these would make it 0.";

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

const DEBUG_HELP: &str = "\
It stands before the first instruction; the start function of the module and _initialize are
executed before that. `help` at the prompt lists the commands, among them:
  step, next, finish, continue        go on
  back, rnext, rfinish, rcontinue     go back
  goto N                              goes to before the instruction of this number
  break PLACE, watch ADDRESS          say where to stop, in either direction
  last-write ADDRESS                  goes back to what wrote there last
  where, locals, stack, memory, list  show what there is
The line of an instruction is that of `fayasm step`; => marks the one that comes next.

What was executed once is not executed anew when it is gone over again: what host functions
did, such as input and output, happens once. What a program for the terminal prints goes to
standard error. If standard input is no terminal, commands are read from it line by line, and
what the program reads comes from between them; lines that begin with # are left out.

Examples:
  fayasm debug fac.wasm fac i64:5
  fayasm debug app.wasm main --seed 7
  printf 'break fac\\ncontinue\\nwhere\\n' | fayasm debug fac.wasm fac 5";

const TRACE_FORMAT: &str = "\
JSON Lines, one object a line; the page saves the same. For each executed instruction:
  step        its number, from 1
  depth       how many calls it is nested in, 0 for the function called
  module      the NAME of its module, if that is one of --preload
  function    index of the function, and `name` if it has one; `demangled` says what
              the name means, if a compiler of Rust or C++ has mangled it
  offset      of the instruction, in bytes from the start of the module
  operator    its mnemonic
  immediates  as in the text format; left out if there are none
  operands    what it takes from the operand stack, the top last: [\"i32:7\", \"i32:5\"]
  results     what it leaves there; after a call, only if that is over already
  returns     if it ends a function: what that returns
  local, global   {\"index\": 0, \"value\": \"i32:7\"}, if it sets one
  memory      {\"index\": 0, \"address\": 16, \"bytes\": \"2a000000\"}, if it stores;
              {\"index\": 0, \"address\": 16, \"length\": 4096}, if it fills or copies
  trap        why execution ends here, if it does
Left out: operands, results and returns that are empty. The last line:
  end         \"done\", \"exit\" or \"trap\", with `executed` (number of instructions), and
              `results`, `code`, or `trap` and `backtrace` (module, function, name,
              demangled, offset, and source, if DWARF tells it: function, file, line,
              column; the innermost first)

--format csv writes the same (RFC 4180), without the last line: under a row of these names,
where what is in an object has its own column (local.index, memory.bytes …), values of a
list are separated by semicolons, and what is left out is empty.
--format text writes the lines of `fayasm step`.

--hashes N writes, instead of instructions, a number for the state after every N of them and
for the last one: `executed` (how many were) and `hash`. It is the same on every machine, for
the same modules linked in the same order, and covers memories, globals, tables, stacks,
frames and objects. `fayasm diverge` compares what two runs have written.

What a program for the terminal prints
goes to standard error if the trace goes to standard output. With --seed, what it executes
follows from its input, arguments and files.

Examples:
  fayasm trace fac.wasm fac i64:5 | jq -r .operator | sort | uniq -c
  fayasm trace app.wasm main --from 1000000 --limit 100 -o part.jsonl
  fayasm trace hello.wasm --seed 7 -o hello.jsonl -- some words
  fayasm trace app.wasm main --hashes 100000 -o run.jsonl";

const MICROCODE_USAGE: &str = "\
fayasm microcode [OPTIONS] <FILE> [FUNCTION]
       fayasm microcode [OPTIONS] --save <OUT> <FILE>";

const MICROCODE_FORMAT: &str = "\
Without FUNCTION, a line for each function: instructions, operators of microcode, operators for
an instruction, bytes of code, bytes of microcode, bytes of microcode for a byte of code; or that
it is imported, or why it is not translated, so that the stepper executes it. Then the sums.

FUNCTION is a number, the index of a function, or else a name, that of a function or of its
export. With `$` before it, all that follows is a name: 7 is an index, '$7' a name.

With FUNCTION, its instructions on the left, the operators that stand for them on the right,
each with the number of its first word of 8 bytes:
  t0 ← i32.add $x, 7         $x or l0 is a local, t0 the lowest slot of the operand stack;
                             $x+1 the upper half of a local that is a vector
  t0 ← i32.add t1′, $x       ′: it is taken from a register, which holds the last result
  t0 ← i32.add (i32.mul $x, l1), $x          two instructions in one
  t0 ← l0 if t1, else l1     a choice; of branches: switch t0 → 5, 9, else 12
  t0 ← load32_u [l0 + 16]    from memory, by width and sign; store32 [l0 + 16] ← t0
  if i32.lt_u l0, 10 → 17    a jump, to the operator at word 17
  t0 ← step memory.grow t0   one instruction, executed by the stepper
  leave                      the stepper goes on
  check                      stops if nearly as much was executed as allowed
`>` marks where execution may come from the stepper, or goes on after a call.

Examples:
  fayasm microcode app.wasm
  fayasm microcode app.wasm fib
  fayasm microcode app.wasm --save app.microcode
  fayasm run app.wasm --microcode app.microcode";

const SPILL_FORMAT: &str = "\
A spill store keeps objects of at most 4096 bytes on a device of 512-byte sectors: pages of
memories, pieces of a snapshot, pieces of microcode. Each has two slots, so that what is
committed is there whenever power fails.

An object is named KIND:SPACE:NUMBER: memory:0:3 is page 3 of memory 0; snapshot:2 is short for
snapshot:0:2, and microcode:0 for microcode:0:0.

Examples:
  fayasm spill new card.img --room 64 --module app.wasm
  fayasm spill put card.img memory:0:0 page.bin
  fayasm spill ls card.img
  fayasm spill verify card.img && echo whole
  fayasm spill dump card.img memory:0:0";

const SPILL_LS: &str = "\
Both superblocks, then each slot that holds something:
  committed     what the object is
  superseded    what it was before
  outdated      the same, and what the object is now cannot be read
  removed       says that the object was removed
  uncommitted   of an epoch that is not committed: it goes when a program opens the store
  damaged       its header or what it holds is not what was stored
Nothing is written.

--json writes one object, with these keys:
  epoch, module, pairs     what is committed, of which module (its hash), room on the device
  superblocks              epoch, sequence, module, pairs in use; or error
  slots                    slot, state, object (name, kind, space, number), epoch, bytes";

const DUMP_FORMAT: &str = "\
Of a module that is malformed or invalid, what stands before the error is listed;
then the error is said, and the exit code is 3.

--json writes one object, with these keys; offsets and sizes are in bytes.
  size, error              error: message, offset, function; or null
  sections                 id, name, start, end (what they take), contents (where they begin)
  types                    params, results; or fields; or element; open if it
                           may have subtypes, supertype if it has one
  imports                  module, name, kind, type
  functions                index, name, demangled (what the name means, if a compiler of
                           Rust or C++ has mangled it; or null), type (index), signature,
                           imported; body: start, end
                           with --code also code: offset, operator, immediates
  tables, memories, tags, globals   index, type, imported; globals: value
  exports                  name, kind, index, type
  start                    index of a function, or null
  elements                 type, mode; functions (indices) or expressions
  data                     mode, start, end (where the contents lie)
  data_count               as declared, or null
  names                    module; functions by index
  custom                   name, start, end of custom sections' contents
  mode                     {\"kind\": \"active\", \"target\", \"offset\"}, or kind passive, declared

Examples:
  fayasm dump app.wasm --code | less
  fayasm dump app.wasm --json | jq '.exports[].name'";

/// A module, and which proposals it may use.
#[derive(Debug, Args)]
pub(crate) struct ModuleOptions {
    /// The module, as binary or text; `-` reads standard input.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) proposals: Proposals,
}

/// Which proposals modules may use: all, unless something is said.
#[derive(Debug, Args)]
pub(crate) struct Proposals {
    /// Refuse what needs this proposal; may be said several times.
    #[arg(long, help_heading = "Proposals", value_name = "PROPOSAL", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(switches().map(word)))]
    without: Vec<String>,
    /// Refuse what needs any other proposal than these; `mvp` is WebAssembly 1.0 itself.
    #[arg(long, help_heading = "Proposals", value_name = "PROPOSAL", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(Proposal::ALL.map(word)))]
    #[arg(conflicts_with = "without", hide_possible_values = true)]
    only: Vec<String>,
}

/// The word for WebAssembly 1.0 itself.
const MVP: &str = "mvp";

fn word(proposal: Proposal) -> &'static str {
    match proposal {
        Proposal::Mvp => MVP,
        other => other.name(),
    }
}

/// Everything that can be switched off.
fn switches() -> impl Iterator<Item = Proposal> {
    Proposal::ALL.into_iter().filter(|proposal| *proposal != Proposal::Mvp)
}

impl Proposals {
    pub(crate) fn config(&self) -> Config {
        let named = |words: &[String], proposal| words.iter().any(|it| it == word(proposal));
        let off = switches().filter(|&proposal| {
            named(&self.without, proposal)
                || (!self.only.is_empty() && !named(&self.only, proposal))
        });
        off.fold(Config::new(), Config::without)
    }
}

/// Where what a command prints goes.
#[derive(Debug, Args)]
pub(crate) struct OutputOptions {
    /// Write to this file instead of standard output.
    #[arg(short = 'o', long = "output", value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
}

/// What surrounds a call.
#[derive(Debug, Args)]
pub(crate) struct SurroundingOptions {
    /// Give up after this many instructions.
    #[arg(long, value_name = "INSTRUCTIONS")]
    pub(crate) fuel: Option<u64>,
    /// Let calls nest this deep; one more traps.
    #[arg(long, value_name = "CALLS", default_value_t = 1_000_000)]
    pub(crate) max_depth: u32,
    /// Let the value stack, which holds locals and operands of all calls, take this many
    /// bytes, 8 for a value and 16 for a vector; a call that needs more traps.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=MAX_STACK))]
    pub(crate) max_stack: u64,
    /// Let everything that is allocated for modules, instances and stacks take this many bytes
    /// together: 64KiB, 1MiB. Microcode leaves first; then what needs more traps, and memories and
    /// tables do not grow. What a program does within it is the same in every tier.
    #[arg(long, value_name = "BYTES", value_parser = size::parse)]
    pub(crate) budget: Option<u64>,
    /// Hold linear memories as pages of 4 KiB, so many of which are in RAM: what a small device
    /// does whose RAM is less than a program's memory. At least two; --stats says how they have
    /// come and gone.
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) frames: Option<u32>,
    /// Which page leaves RAM when another is needed.
    #[arg(long, value_enum, default_value_t = Leaving::Clock, requires = "frames")]
    pub(crate) policy: Leaving,
    /// Whether pages that leave RAM go to a spill store.
    #[arg(skip)]
    pub(crate) spills: bool,
    /// How functions are executed. What a program does is the same either way, to the instruction.
    /// Given twice, the second counts.
    #[arg(long, value_enum, default_value_t = Tier::Auto, overrides_with = "tier")]
    pub(crate) tier: Tier,
    /// Translate functions to microcode ahead, when their module is instantiated: the first
    /// 64 chunks of 512 instructions, some milliseconds' work at most. FAYASM_JIT_PRESCAN=1 in
    /// the environment does the same, and 0 nothing.
    #[arg(long)]
    pub(crate) jit_prescan: bool,
    /// Translate all functions ahead for which there is room, on whatever machine.
    /// FAYASM_JIT_PRESCAN_FORCE=1 in the environment does the same, and 0 nothing.
    #[arg(long)]
    pub(crate) jit_prescan_force: bool,
    /// Let the module import functions of this dynamic library, whose code is trusted;
    /// core/cli/host-lib/fayasm_host.h says what it has to export. May be said several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) host_lib: Vec<PathBuf>,
    /// Let the module import the exports of the module in FILE from the module NAME. What
    /// FILE begins with (its start function, _initialize) is executed first, and it may
    /// import from those given before it. May be said several times.
    #[arg(long, value_name = "NAME=FILE", value_parser = Preload::parse)]
    pub(crate) preload: Vec<Preload>,
    /// Do without imports that nothing brings; by default, they are an error.
    #[arg(long, value_name = "WHAT")]
    pub(crate) unknown_imports: Option<UnknownImports>,
}

/// The most bytes that the value stack can have: slots are counted in 32 bits.
const MAX_STACK: u64 = u32::MAX as u64 * SLOT;

/// The bytes of a slot of the value stack.
const SLOT: u64 = 8;

impl CallOptions {
    /// What the module may use, and how much of the stacks.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let SurroundingOptions { max_depth, max_stack, .. } = self.surrounding;
        let config = self.module.proposals.config().with_planner(self.surrounding.planner()?);
        let slots = u32::try_from(max_stack / SLOT).unwrap_or(u32::MAX);
        Ok(config.with_max_call_depth(max_depth).with_max_stack_slots(slots))
    }

    /// When functions are translated.
    pub(crate) fn translate(&self) -> Translate {
        match self.surrounding.tier {
            Tier::Auto => Translate::WhenHot,
            Tier::Stepper => Translate::Never,
            Tier::Microcode => Translate::Always,
        }
    }
}

impl SurroundingOptions {
    /// When functions are translated to microcode on this machine.
    fn planner(&self) -> Result<Planner, Failure> {
        let environment = Environment::read()?;
        let is_open = environment.microcode.unwrap_or(true);
        self.tier.check("--jit-prescan", self.jit_prescan, is_open)?;
        self.tier.check("--jit-prescan-force", self.jit_prescan_force, is_open)?;
        let gate = match self.tier {
            Tier::Auto => environment.microcode,
            Tier::Stepper => Some(false),
            Tier::Microcode => Some(true),
        };
        let prescan = match self.jit_prescan || environment.prescan {
            _ if self.jit_prescan_force || environment.prescan_force => Prescan::Force,
            true => Prescan::On,
            false => Prescan::Off,
        };
        Ok(Planner { probe: machine::probe(), gate, prescan, ..Planner::default() })
    }
}

/// Which page leaves RAM when another is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Leaving {
    /// One that was not accessed since a hand that goes round all of them came by the last time.
    Clock,
    /// The one whose last access is longest ago.
    Lru,
    /// The one that came first.
    Fifo,
    /// One that need not be written, if it is one of the half accessed longest ago; else as lru.
    CleanFirst,
}

impl SurroundingOptions {
    /// How memories are held.
    pub(crate) fn paging(&self) -> Option<Paging> {
        let policy = match self.policy {
            Leaving::Clock => Policy::Clock,
            Leaving::Lru => Policy::LeastRecentlyUsed,
            Leaving::Fifo => Policy::FirstInFirstOut,
            Leaving::CleanFirst => Policy::CleanFirst,
        };
        let paging = self.frames.map(|frames| Paging::new(frames).with_policy(policy));
        if self.spills { paging } else { paging.map(Paging::kept) }
    }
}

/// How functions are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// In place at first, and as microcode once they have been executed so often that translating
    /// them is worth it, within 4 % of the machine's memory. FAYASM_MICROCODE=1 in the environment
    /// has this done on whatever machine, FAYASM_MICROCODE=0 not at all.
    Auto,
    /// In place, one instruction at a time. Nothing is translated, whatever the environment says.
    Stepper,
    /// As microcode from the start, as far as they can be translated, whatever the environment
    /// says.
    Microcode,
}

impl Tier {
    /// Refuses an option that has functions translated, if it is given where none are; `is_open`
    /// says whether the environment lets them.
    pub(crate) fn check(self, option: &str, is_given: bool, is_open: bool) -> Result<(), Failure> {
        let why = match self {
            Tier::Stepper => "--tier stepper executes none",
            Tier::Auto if !is_open => "FAYASM_MICROCODE is 0 in the environment",
            _ => return Ok(()),
        };
        match is_given {
            true => Err(Failure::Arguments(format!(
                "{option} translates functions to microcode, and {why}: leave out one of them"
            ))),
            false => Ok(()),
        }
    }
}

/// What stands in for imports that nothing brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnknownImports {
    /// Functions that trap when they are called; other imports still have to be there.
    Trap,
    /// Functions that do nothing and give zeros or null, memories and tables of the least
    /// size, and globals that are zero or null.
    Zero,
}

const WASI: &str = "Programs for the terminal (WASI)";

/// What a program for the terminal has of the world, beside the standard streams.
#[derive(Debug, Args)]
pub(crate) struct WorldOptions {
    /// Let the program use this directory and what is in it, as GUEST or under its own
    /// name. Nothing outside of it can be reached. May be said several times.
    #[arg(long, help_heading = WASI, value_name = "HOST[::GUEST]")]
    #[arg(value_parser = Directory::parse)]
    pub(crate) dir: Vec<Directory>,
    /// Give the program an environment variable; without VALUE, the one that the runner
    /// has. The program has no others. May be said several times.
    #[arg(long, help_heading = WASI, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Make clocks and randomness the same in every run: time begins in 1970 and passes
    /// only when it is looked at or slept through.
    #[arg(long, help_heading = WASI, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct CallOptions {
    #[command(flatten)]
    pub(crate) module: ModuleOptions,
    /// The exported function to call; by default `_start`, if there is one.
    pub(crate) export: Option<String>,
    /// Its arguments, as TYPE:VALUE or just VALUE: i32:7, i64:-1, f64:0.5, 0x2a.
    pub(crate) arguments: Vec<String>,
    /// The arguments of a program for the terminal; of other modules, more to call with.
    #[arg(last = true, value_name = "WORDS")]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) surrounding: SurroundingOptions,
    #[command(flatten)]
    pub(crate) world: WorldOptions,
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

#[derive(Debug, Subcommand)]
pub(crate) enum SpillCommand {
    /// Lists what is in a store.
    #[command(after_help = SPILL_LS)]
    Ls {
        /// The store.
        file: PathBuf,
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        output: OutputOptions,
    },
    /// Checks that everything is there that was committed.
    #[command(after_help = "\
Says what is lost, and what is wrong but does no harm. Nothing is written. Exit code 0 if
everything is there, 1 if something is lost, 3 if the file is no spill store that can be used.")]
    Verify {
        /// The store.
        file: PathBuf,
    },
    /// Prints what an object holds, in hexadecimal digits, or writes it to a file.
    #[command(override_usage = "\
fayasm spill dump [OPTIONS] <FILE> <OBJECT>
       fayasm spill dump [OPTIONS] --slot <SLOT> <FILE>")]
    Dump {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        #[arg(required_unless_present = "slot", conflicts_with = "slot")]
        object: Option<String>,
        /// Whatever this slot holds, committed or not, instead of an object.
        #[arg(long)]
        slot: Option<u32>,
        #[command(flatten)]
        output: OutputOptions,
    },
    /// Makes an empty store in a new file.
    New {
        /// The store; there must be no such file yet.
        file: PathBuf,
        /// Room for this many objects, of 9216 bytes each.
        #[arg(long, value_name = "OBJECTS", default_value_t = 64)]
        #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_OBJECTS))]
        room: u32,
        /// The module that it belongs to, as binary or text.
        #[arg(long, value_name = "FILE")]
        module: Option<PathBuf>,
    },
    /// Puts a file into a store, as an object, or as that and the next ones if it is long.
    Put {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        object: String,
        /// What it is to hold; `-` reads standard input.
        from: PathBuf,
    },
    /// Removes an object.
    Rm {
        /// The store.
        file: PathBuf,
        /// The object, such as memory:0:3.
        object: String,
    },
    /// Removes all objects.
    Clear {
        /// The store.
        file: PathBuf,
    },
}

/// The most objects of a store: sectors are counted in 32 bits.
const MAX_OBJECTS: i64 = 1 << 27;

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

    #[test]
    fn proposals_are_all_on_unless_something_is_said() {
        let config = |words: &[&str]| {
            let words = ["fayasm", "validate", "x"].iter().chain(words);
            let Command::Validate(options) = Options::parse_from(words).command else {
                panic!("it is validate");
            };
            Proposal::ALL.map(|proposal| options.proposals.config().allows(proposal))
        };
        assert!(config(&[]).iter().all(|on| *on));
        let without = config(&["--without", "multi-value,tail-call", "--without", "memory64"]);
        assert_eq!(without.iter().filter(|on| !**on).count(), 3);
        let only = config(&["--only", "mvp,multi-value"]);
        assert_eq!(only.iter().filter(|on| **on).count(), 2);
    }
}
