//! When functions are translated to microcode, and how much memory that may take.
//!
//! All of it is arithmetic on what is known beforehand ([`Probe`]) and on what has been counted
//! ([`Counts`]); the settings are those of a [`Planner`], and each result says why it is so.

use core::fmt;

/// Parts of a thousand.
const MILLE: u64 = 1000;

/// The microcode of a store may take so many bytes, where that is not more than half of the RAM.
const LEAST_CACHE: u64 = 64 << 10;

/// Bytes of microcode for an instruction, with what says where it can be entered; mostly fewer.
const BYTES_PER_OP: u64 = 8;

/// Bytes of an instruction, on average over what compilers emit.
const BYTES_OF_OP: usize = 2;

/// A function is called so often, at least, before it is translated for being hot.
const LEAST_CALLS: u32 = 2;

/// So often a loop goes round before its function is looked at, at least.
pub(crate) const LEAST_ROUNDS: u32 = 64;

/// Translating an instruction takes as long as executing one so often by the stepper does, over
/// what it is faster as microcode.
const WORTH: u64 = 12;

/// Shares of hotness and reuse in a score, per mille.
const HOTNESS: u64 = 600;
const REUSE: u64 = 400;

/// A function waits at most 2 to the power of this times as long for being translated again.
const MOST_PATIENCE: u8 = 16;

/// The machine that microcode is to be executed on.
///
/// ```
/// use fayasm_core::{Planner, Probe};
///
/// let esp32 = Probe { ram: 520 << 10, cpus: 2 };
/// assert_eq!(Planner { probe: esp32, ..Planner::default() }.budget(), 64 << 10);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Bytes of memory.
    pub ram: u64,
    /// Processors.
    pub cpus: u32,
}

impl Default for Probe {
    /// What is usual for what the engine is compiled for: 520 KiB (an ESP32) without an operating
    /// system, 1 GiB in WebAssembly and elsewhere with 32 bits, 4 GiB otherwise; 2 processors.
    fn default() -> Self {
        let ram = match () {
            () if cfg!(any(target_os = "none", target_os = "espidf")) => 520 << 10,
            () if cfg!(target_pointer_width = "64") => 4 << 30,
            () => 1 << 30,
        };
        Probe { ram, cpus: 2 }
    }
}

/// Which functions are translated when their module is instantiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prescan {
    /// None.
    #[default]
    Off,
    /// As many as the planner's chunks and the budget allow, in the order of the module.
    On,
    /// All that the budget has room for, even if the gate is closed.
    Force,
}

/// Whether functions are translated at all.
///
/// ```
/// use fayasm_core::{Gate, Planner, Probe};
///
/// let tiny = Planner { probe: Probe { ram: 4096, cpus: 1 }, ..Planner::default() };
/// assert_eq!(tiny.gate(), Gate::Budget { found: 2048, wanted: 4096 });
/// assert_eq!(
///     tiny.gate().to_string(),
///     "closed: microcode may take 2048 bytes, which is less than a chunk needs, 4096",
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gate {
    /// They are, as far as they are worth it.
    Open,
    /// The same, because the embedder says so.
    Forced,
    /// They are not, because the embedder says so.
    Forbidden,
    /// They are not, with so few bytes of memory.
    Ram {
        /// Bytes that there are.
        found: u64,
        /// Bytes that there should be.
        wanted: u64,
    },
    /// They are not, with so few processors.
    Cpus {
        /// As many there are.
        found: u32,
        /// As many there should be.
        wanted: u32,
    },
    /// They are not: next to nothing would fit in the budget.
    Budget {
        /// Bytes of the budget.
        found: u64,
        /// Bytes that a chunk may need.
        wanted: u64,
    },
}

impl Gate {
    /// Whether functions are translated.
    ///
    /// ```
    /// assert!(fayasm_core::Gate::Forced.is_open());
    /// ```
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Gate::Open | Gate::Forced)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::Open => f.write_str("open"),
            Gate::Forced => f.write_str("open, by setting"),
            Gate::Forbidden => f.write_str("closed, by setting"),
            Gate::Ram { found, wanted } => {
                write!(f, "closed: there are {found} bytes of memory, and {wanted} are wanted")
            }
            Gate::Cpus { found, wanted } => {
                write!(f, "closed: there are {found} processors, and {wanted} are wanted")
            }
            Gate::Budget { found, wanted } => write!(
                f,
                "closed: microcode may take {found} bytes, which is less than a chunk needs, \
                 {wanted}"
            ),
        }
    }
}

/// What has been counted of a function while the stepper executes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls.
    pub calls: u32,
    /// How often its loops have gone round.
    pub loops: u32,
    /// Instructions that were executed of it.
    pub executed: u32,
}

impl Counts {
    /// Calls, and rounds of loops.
    #[must_use]
    pub fn hits(self) -> u32 {
        self.calls.saturating_add(self.loops)
    }
}

/// Whether translating a function is worth it, by what it has done so far. Numbers are per mille.
///
/// ```
/// use fayasm_core::{Counts, Planner};
///
/// let planner = Planner::default();
/// let counts = Counts { calls: 4, loops: 4, executed: 3000 };
/// let advantage = planner.advantage(counts, 500); // bytes
/// // Half as hot as hot, and what was executed outweighs translating its 250 instructions.
/// assert_eq!((advantage.hotness, advantage.reuse, advantage.score), (500, 1000, 700));
/// assert_eq!(
///     advantage.to_string(),
///     "score 700 of 550: 4 calls, 4 rounds of loops, 3000 instructions executed of about 250",
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advantage {
    /// What was counted.
    pub counts: Counts,
    /// About so many instructions the function has, by the bytes of its body.
    pub ops: u32,
    /// Calls and rounds of loops, of those after which it is hot.
    pub hotness: u16,
    /// Instructions that were executed, of those that translating it costs as much as.
    pub reuse: u16,
    /// Both together.
    pub score: u16,
    /// The score that is wanted.
    pub wanted: u16,
}

impl fmt::Display for Advantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Advantage { counts: Counts { calls, loops, executed }, ops, score, wanted, .. } = self;
        write!(
            f,
            "score {score} of {wanted}: {calls} calls, {loops} rounds of loops, \
             {executed} instructions executed of about {ops}"
        )
    }
}

/// Settings that say when functions are translated to microcode, and how much memory that may
/// take (see [`Config::with_planner`](crate::Config::with_planner)).
///
/// A function is translated once it
///
/// - has been called twice, or its loops have gone round 64 times;
/// - has executed `warmup_ops` instructions for each chunk that it consists of;
/// - has the score `min_score`, which is 0.6 · hotness + 0.4 · reuse ([`Advantage`]).
///
/// Where the budget has no room for it, those leave that had fewer hits for each byte they take.
/// Is there none, it is put off. Whatever was put off or has left waits for twice as many
/// instructions as before.
///
/// ```
/// use fayasm_core::{Config, Engine, Planner};
///
/// // At the second call, whatever that costs.
/// let eager = Planner { warmup_ops: 0, min_score: 0, ..Planner::default() };
/// let engine = Engine::new(Config::new().with_planner(eager));
/// assert_eq!(engine.config().planner().min_score, 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planner {
    /// The machine.
    pub probe: Probe,
    /// Opens the gate whatever the machine is, or closes it.
    pub gate: Option<bool>,
    /// Bytes of memory without which nothing is translated.
    pub min_ram: u64,
    /// Processors without which nothing is translated.
    pub min_cpus: u32,
    /// The share of the memory that microcode may take, per mille; but at least 64 KiB, and
    /// never more than half of the memory.
    pub cache_share: u16,
    /// Instructions of a chunk, in which functions are measured.
    pub chunk_ops: u32,
    /// So many chunks, at most, are translated ahead when a module is instantiated.
    pub chunks: u32,
    /// A function is hot after so many calls and rounds of loops together.
    pub hot_hits: u32,
    /// Instructions that are executed of a function before it is scored, for each of its chunks.
    pub warmup_ops: u32,
    /// The score with which a function is translated, per mille.
    pub min_score: u16,
    /// Which functions are translated ahead.
    pub prescan: Prescan,
}

impl Default for Planner {
    fn default() -> Self {
        Planner {
            probe: Probe::default(),
            gate: None,
            min_ram: 0,
            min_cpus: 1,
            cache_share: 40,
            chunk_ops: 512,
            chunks: 64,
            hot_hits: 16,
            warmup_ops: 1024,
            min_score: 550,
            prescan: Prescan::Off,
        }
    }
}

impl Planner {
    /// How many bytes the microcode of a store may take, with the tables that it needs; 0 if the
    /// gate is closed.
    ///
    /// ```
    /// use fayasm_core::{Planner, Probe};
    ///
    /// let budget = |ram| Planner { probe: Probe { ram, cpus: 2 }, ..Planner::default() }.budget();
    /// assert_eq!(budget(4 << 30), (4 << 30) * 4 / 100);
    /// assert_eq!(budget(264 << 10), 64 << 10); // more than 4 %
    /// assert_eq!(budget(100 << 10), 50 << 10); // no more than half
    /// ```
    #[must_use]
    pub fn budget(&self) -> usize {
        let bytes = if self.gate().is_open() { self.share() } else { 0 };
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// What microcode may take of the memory, if anything.
    fn share(&self) -> u64 {
        let Probe { ram, .. } = self.probe;
        let share = ram.saturating_mul(self.cache_share.into()) / MILLE;
        share.max(LEAST_CACHE).min(ram / 2)
    }

    /// Whether functions are translated at all, and why not.
    ///
    /// ```
    /// use fayasm_core::{Gate, Planner};
    ///
    /// assert_eq!(Planner::default().gate(), Gate::Open);
    /// let shut = Planner { gate: Some(false), ..Planner::default() };
    /// assert_eq!(shut.gate(), Gate::Forbidden);
    /// ```
    #[must_use]
    pub fn gate(&self) -> Gate {
        let Probe { ram, cpus } = self.probe;
        let (budget, chunk) = (self.share(), u64::from(self.chunk_ops) * BYTES_PER_OP);
        match self.gate {
            Some(false) => Gate::Forbidden,
            Some(true) => Gate::Forced,
            None if self.prescan == Prescan::Force => Gate::Forced,
            None if ram < self.min_ram => Gate::Ram { found: ram, wanted: self.min_ram },
            None if cpus < self.min_cpus => Gate::Cpus { found: cpus, wanted: self.min_cpus },
            None if budget < chunk => Gate::Budget { found: budget, wanted: chunk },
            None => Gate::Open,
        }
    }

    /// What translating a function is worth of which so much has been counted, and whose body
    /// has so many bytes.
    ///
    /// ```
    /// use fayasm_core::{Counts, Planner};
    ///
    /// let cold = Counts { calls: 1, loops: 0, executed: 20 };
    /// assert_eq!(Planner::default().advantage(cold, 40).score, 0_u16 + 600 / 16 + 33);
    /// ```
    #[must_use]
    pub fn advantage(&self, counts: Counts, body: usize) -> Advantage {
        let ops = ops_of(body);
        let hotness = per_mille(counts.hits().into(), self.hot_hits.into());
        let reuse = per_mille(counts.executed.into(), u64::from(ops) * WORTH);
        let score = (HOTNESS * u64::from(hotness) + REUSE * u64::from(reuse)) / MILLE;
        // Both are 1000 at most.
        Advantage { counts, ops, hotness, reuse, score: score as u16, wanted: self.min_score }
    }

    /// The same, if the function is to be translated; none as long as it is not. So often it was
    /// put off, or has left.
    pub(crate) fn is_hot(&self, counts: Counts, body: usize, setbacks: u8) -> Option<Advantage> {
        let often = counts.calls >= LEAST_CALLS || counts.loops >= LEAST_ROUNDS;
        if !often || u64::from(counts.executed) < self.warmup(body, setbacks) {
            return None;
        }
        Some(self.advantage(counts, body)).filter(|it| it.score >= it.wanted)
    }

    /// How many instructions of a function are executed before it is scored.
    fn warmup(&self, body: usize, setbacks: u8) -> u64 {
        let first =
            u64::from(self.warmup_ops) * u64::from(ops_of(body)) / u64::from(self.chunk_ops.max(1));
        // Or else one that comes and goes might be translated more often than executed.
        let least = if setbacks == 0 { 0 } else { ops_of(body).into() };
        // No more is counted.
        (first.max(least) << setbacks.min(MOST_PATIENCE)).min(u32::MAX.into())
    }

    /// How many chunks a function is, whose body has so many bytes.
    pub(crate) fn chunks_of(&self, body: usize) -> u32 {
        ops_of(body).div_ceil(self.chunk_ops.max(1)).max(1)
    }
}

/// About so many instructions a body has.
fn ops_of(body: usize) -> u32 {
    // Bodies are shorter than 4 GiB.
    u32::try_from(body / BYTES_OF_OP).unwrap_or(u32::MAX)
}

/// The share of the whole, which 1000 is; no more.
fn per_mille(part: u64, whole: u64) -> u16 {
    // It is 1000 at most.
    if part >= whole { MILLE as u16 } else { (part * MILLE / whole) as u16 }
}
