//! What is seen of a program that stands: its next instruction in full, and the values that
//! passed through last.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{FieldKind, Leb128View, Span, ValueView};

/// An instruction in full, with this execution's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardView {
    /// Its bytes, field by field.
    pub fields: Vec<EncodedView>,
    /// What it pops, the top of the stack last.
    pub takes: Vec<ValueView>,
    /// What it pushes, the top of the stack last; the text is empty where that is
    /// known only once it has been executed.
    pub gives: Vec<ValueView>,
    /// What else it does.
    pub facts: Vec<FactView>,
}

/// A field of an instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncodedView {
    pub name: String,
    pub kind: FieldKind,
    pub span: Span,
    pub raw: ByteBuf,
    pub value: String,
    pub leb128: Option<Leb128View>,
}

/// Something that an instruction is about to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FactView {
    /// "Reads", "Branches", "Calls" …
    pub label: String,
    pub text: String,
    /// Where that can be seen.
    pub to: Option<PlaceView>,
    /// Whether it makes the instruction trap.
    pub traps: bool,
}

/// A place that can be gone to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceView {
    /// A byte of the module on show.
    Byte(u32),
    /// A byte of a memory.
    Memory { memory: u32, address: u32 },
}

/// A value that passed through: an immediate that the decoder read, or an operand
/// that was popped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassedView {
    pub value: ValueView,
    pub popped: bool,
    /// The instruction that it belongs to.
    pub mnemonic: String,
    pub offset: u32,
    /// Whether that is one of the module on show.
    pub here: bool,
    /// How many instructions ago it was executed.
    pub ago: u32,
}
