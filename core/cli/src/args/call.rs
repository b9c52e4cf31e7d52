//! Calls: what is called, what surrounds that, and what a program has of the world.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fayasm_core::{Config, Paging, Planner, Policy, Prescan, Translate};

use super::proposals::ModuleOptions;
use crate::failure::Failure;
use crate::linking::Preload;
use crate::machine::{self, Environment};
use crate::size;
use crate::world::Directory;

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
