//! A run as a whole: what of it can be gone to, how it looks from afar, its calls, where its values
//! came from, and what of it is written down.

use serde::{Deserialize, Serialize};

/// What of a run can be gone to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineView {
    /// How many instructions had been executed at the beginning of what is known.
    pub first: f64,
    /// How many were executed at most.
    pub last: f64,
    /// Whether it ends there in a trap.
    pub traps: bool,
    /// Why it could not go where it was to go.
    pub lost: Option<String>,
}

/// A run from afar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileView {
    pub first: f64,
    pub last: f64,
    /// KiB that are kept of the run.
    pub kept: u32,
    /// Instructions that are executed again to go to a step, at most.
    pub again: f64,
    /// Why steps before the first are not known, if there were any.
    pub forgotten: Option<String>,
    /// Frames at moments of the run, in order: after how many instructions, how many.
    pub depths: Vec<(f64, u32)>,
    /// After how many instructions host functions were called; of many, some.
    pub host_calls: Vec<f64>,
    /// After how many instructions memory had grown.
    pub growths: Vec<f64>,
    /// What took RAM, as paths of SVG, if the run is on a device.
    pub ram: String,
}

/// The calls of a part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallsView {
    /// The steps that it lies between.
    pub from: f64,
    pub to: f64,
    /// In rows by how deep they are, in the order of execution.
    pub calls: Vec<CallView>,
    /// Names of functions.
    pub names: Vec<String>,
    /// Whether there are calls that are nested deeper than any that is listed.
    pub deeper: bool,
    /// If the run was only looked at now and then: after at most so many instructions.
    pub every: Option<f64>,
}

/// A call, or several short ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// How many calls it is nested in.
    pub depth: u32,
    /// Index of the function's name; none if these are calls of several.
    pub name: Option<u32>,
    /// The step before its first instruction, and that behind its last one.
    pub from: f64,
    pub to: f64,
    /// How many calls were drawn together.
    pub calls: u32,
    /// Whether it began before.
    pub began_before: bool,
}

/// A value that a person asks about, where the run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginOf {
    /// An operand of the innermost function, or a result of a call that has returned.
    Operand(u32),
    /// A local of the innermost function.
    Local(u32),
    Global(u32),
    Byte {
        memory: u32,
        address: u32,
    },
    /// The values that made the run trap.
    Trap,
}

/// Where values came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OriginView {
    pub of: OriginOf,
    /// `$x: 7`, or what the trap is.
    pub title: String,
    /// Where it was asked.
    pub step: f64,
    /// One, or one for each value that made it trap.
    pub chains: Vec<ChainView>,
    /// Whether there is nothing more to be found.
    pub is_done: bool,
}

/// Where a value came from, back along copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainView {
    /// `the divisor: 0`; nothing where there is only one value.
    pub title: String,
    /// The latest first.
    pub links: Vec<LinkView>,
    /// Whether it goes on for longer than is followed.
    pub is_cut: bool,
}

/// What put a value somewhere.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LinkView {
    /// Instructions executed before it.
    pub step: f64,
    /// The instruction, as in WAT; nothing if it was there before.
    pub code: String,
    /// The function it stands in.
    pub function: String,
    /// What it did: "pushes 7".
    pub text: String,
}

/// A search for a write to a byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteView {
    pub memory: u32,
    pub address: u32,
    /// Whether later ones are meant rather than earlier ones.
    pub next: bool,
    /// Whether only those are meant that write something else than is there.
    pub changes: bool,
    /// Where it was found.
    pub found: Option<f64>,
    /// Where to go on; before the first stretch and behind the last, nowhere.
    pub left: Option<f64>,
}

/// What of a run is written down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Written {
    /// The instructions of these numbers, the first of a run being 1; at most
    /// [`MAX_WRITTEN`] of them.
    Trace { from: f64, to: f64 },
    /// Hashes of the state, after every so many instructions of the call and at its end.
    Hashes { every: f64 },
}

/// The most instructions, or hashes, that are written down at once.
pub const MAX_WRITTEN: u32 = 1_000_000;
