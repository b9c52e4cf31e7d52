//! A module being decoded, field by field, and its functions being validated, instruction by
//! instruction.

use serde::{Deserialize, Serialize};

use super::{ErrorView, ExplanationView, Span};

/// A window of the fields of a module, as the decoder reads them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingView {
    pub from: u32,
    /// Where the decoder stopped: at the end of the module or at an error.
    pub stop: u32,
    /// Why it stopped before the end.
    pub failed: Option<ErrorView>,
    /// Without a gap.
    pub reads: Vec<ReadView>,
}

/// A field that is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadView {
    /// Index in [`ModuleView::sections`](super::ModuleView::sections); there may be none
    /// where that one is malformed.
    pub section: u32,
    pub entry: Option<u32>,
    /// What it is; of its surroundings only what is known when it is read.
    pub card: ExplanationView,
}

/// A window of the validation of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckingView {
    pub module: u32,
    pub function: u32,
    pub from: u32,
    /// Rows that validation comes to, that of an error included.
    pub total: u32,
    pub rows: Vec<CheckView>,
    /// Why there are none.
    pub note: Option<String>,
}

/// What validation does at an instruction, and on what.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CheckView {
    /// The instruction; empty behind the last one of a body without an end.
    pub span: Span,
    pub mnemonic: String,
    /// Types on the operand stack before it, bottom first; at most the top 64.
    pub operands: Vec<String>,
    pub operands_total: u32,
    /// Blocks around it, outermost first; at most the innermost 32.
    pub blocks: Vec<BlockView>,
    pub blocks_total: u32,
    /// What it pops, the top first.
    pub pops: Vec<PopView>,
    /// Types that it pushes, the top last.
    pub pushes: Vec<String>,
    /// Operands that are forgotten, as what follows cannot be reached.
    pub forgotten: u32,
    /// The block that it opens.
    pub opens: Option<BlockView>,
    /// Whether it closes the innermost one.
    pub closes: bool,
    /// Whether what follows cannot be reached, but could up to here.
    pub stops: bool,
    pub error: Option<String>,
}

/// An operand that is popped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PopView {
    /// "i32", or "any".
    pub expected: String,
    pub found: String,
    pub fit: Fit,
}

/// Whether an operand is as it is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fit {
    Fits,
    /// There is none, and need not be: the place cannot be reached.
    Assumed,
    Wrong,
    Missing,
}

/// A block on the control stack of validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// "func", "block", "loop", "if", "else", "try_table".
    pub kind: String,
    /// Byte of the operator that opened it.
    pub offset: u32,
    /// "(i32) → i32".
    pub type_text: String,
    /// Types that a branch to it takes: "i32 i64".
    pub label: String,
    /// Operands below it, which it cannot reach.
    pub height: u32,
    /// Whether what comes next in it cannot be reached.
    pub unreachable: bool,
}
