//! Where a run stands: its frames, values and labels, and the instruction that comes next.

use serde::{Deserialize, Serialize};

use super::{CardView, HitView, OperatorView, PassedView, TimelineView, TouchView};

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// Nothing started.
    Idle,
    /// Stands before an instruction.
    Paused,
    Running,
    /// Goes on as soon as something is typed, or answered.
    Waiting,
    Finished {
        results: Vec<ValueView>,
    },
    /// Ended by itself, with this code.
    Exited {
        code: u32,
    },
    Trapped(TrapView),
}

impl Status {
    /// Whether a program has been started and can go on.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Paused | Self::Running | Self::Waiting)
    }

    /// Whether it goes on by itself, now or when something is typed.
    pub fn is_on_its_own(&self) -> bool {
        matches!(self, Self::Running | Self::Waiting)
    }
}

/// A trap, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrapView {
    pub message: String,
    pub details: Vec<String>,
    pub offset: Option<u32>,
    pub backtrace: Vec<FrameView>,
}

/// The state of a run, as drawn by the State pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateView {
    pub status: Status,
    /// The call being run, as text: `rotr(7, 32)`.
    pub call: String,
    /// Which call of its instance it is, counted from one; zero before there is any.
    pub number: u32,
    /// Whether imports were bound otherwise since the instance was made.
    pub rebound: bool,
    /// Instructions executed so far; at most 2⁵³.
    pub step: f64,
    /// Measured speed of the last stretch, instructions per second.
    pub speed: f64,
    /// The instruction about to run.
    pub next: Option<NextView>,
    /// Innermost last.
    pub frames: Vec<FrameView>,
    /// Total depth; `frames` holds at most the innermost 64 and the outermost one.
    pub depth: u32,
    /// Parameters and other locals of the current function; at most the first 256.
    pub locals: Vec<ValueView>,
    pub locals_total: u32,
    /// Operands of the current function, bottom first; at most the top 256.
    pub operands: Vec<ValueView>,
    pub operands_total: u32,
    /// Control stack: enclosing blocks, outermost first.
    pub labels: Vec<LabelView>,
    /// Bytes of memories that the next instruction reads and writes, and the last one.
    pub touched: Vec<TouchView>,
    /// The last values that passed through, the latest first.
    pub passed: Vec<PassedView>,
    /// The breakpoints that it has stopped at.
    pub hits: Vec<HitView>,
    /// What of the run can be gone to; none if nothing was started.
    pub timeline: Option<TimelineView>,
    /// The call whose results a person is asked for.
    pub asked: Option<AskedView>,
    /// The latest calls that were noted, oldest first: `env.log(7) → 0`.
    pub log: Vec<String>,
    /// How many were noted in all.
    pub logged: f64,
}

/// A call of an import that a person answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedView {
    /// `env.choose(7, 1)`.
    pub call: String,
    /// Types of the results.
    pub results: Vec<String>,
    /// Which of all calls that were asked about it is, counted from zero.
    pub number: f64,
}

/// The instruction about to run, explained with this execution's operands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextView {
    /// Which of the loaded modules it belongs to.
    pub module: u32,
    pub function: u32,
    pub offset: u32,
    /// Row in the function's disassembly.
    pub row: u32,
    /// Instruction's length in bytes.
    pub length: u32,
    pub operator: OperatorView,
    pub operands: String,
    /// How many operands it pops.
    pub pops: u32,
    /// A sentence with values: "pops 7 and 32, pushes 25".
    pub effect: String,
    /// The same in full; none while the program runs.
    pub card: Option<CardView>,
}

/// A call frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameView {
    pub function: u32,
    pub name: String,
    pub offset: u32,
    /// File name of its module, unless that is on show.
    pub elsewhere: Option<String>,
    /// Its place in source code, if that is known.
    pub source: Option<String>,
}

/// A label on the control stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelView {
    /// "func", "block", "loop", "if", "else".
    pub kind: String,
    /// Byte offset of the operator that opened it.
    pub offset: u32,
    /// "[] → [i32]".
    pub type_text: String,
    /// Where a branch to it goes.
    pub target: u32,
}

/// A value, with what is needed to draw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueView {
    /// Index or name: "0", "$x".
    pub name: String,
    /// "i32", "funcref" …
    pub ty: String,
    /// Decimal or symbolic.
    pub text: String,
    /// Raw bits: "0x00000007".
    pub bits: String,
    /// Differs from the last state shown.
    pub changed: bool,
}
