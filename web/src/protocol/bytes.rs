//! The bytes of a module: the fields that they belong to, and what each of these says.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::Span;

/// What a field is, for its colour and its legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldKind {
    /// Magic and version.
    Header,
    /// A section's id and size, a count, a length.
    Structure,
    /// A type, a limit, a flag.
    Type,
    /// An index into another section.
    Index,
    /// An operator's code.
    Opcode,
    /// An operator's immediate.
    Immediate,
    /// A name.
    Name,
    /// Contents of data segments and custom sections.
    Data,
    /// Not decoded: at or after the error.
    Unknown,
}

/// A window of the hex pane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BytesView {
    pub from: u32,
    pub bytes: ByteBuf,
    /// Leaf fields that touch the window, in order, without overlap.
    pub fields: Vec<FieldSpan>,
}

/// A leaf field's place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FieldSpan {
    pub span: Span,
    pub kind: FieldKind,
}

/// The explanation of one byte: the field it belongs to and that field's surroundings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplanationView {
    pub offset: u32,
    /// From the outside in: section, entry, …, each with its own bytes.
    pub path: Vec<PathStep>,
    pub name: String,
    pub kind: FieldKind,
    pub span: Span,
    pub raw: ByteBuf,
    /// Decoded value, as text: `i32.const`, `32`, `"memory"`.
    pub value: String,
    /// How the value is encoded, when that deserves showing bit by bit.
    pub leb128: Option<Leb128View>,
    /// What it means, a sentence or two.
    pub meaning: String,
    /// The operator this field belongs to, in code.
    pub operator: Option<OperatorView>,
    /// The leaf fields of the same entry or instruction and their bytes; at most 256.
    pub siblings: Vec<SiblingView>,
}

/// One step of a field's path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    pub label: String,
    pub span: Span,
}

/// A neighbouring field, clickable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiblingView {
    pub name: String,
    pub value: String,
    pub span: Span,
    pub kind: FieldKind,
}

/// A LEB128 number, byte by byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leb128View {
    pub signed: bool,
    /// 7, 32, 33 or 64.
    pub bits: u32,
    /// Each byte: its continuation bit and its seven payload bits, as "1" and "0101101".
    pub bytes: Vec<(bool, String)>,
    /// Payloads joined, most significant first, and what they make.
    pub joined: String,
    pub value: String,
}

/// A row of the operator catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorView {
    pub mnemonic: String,
    /// "0x6A", "0xFC 0x08".
    pub code: String,
    /// "[i32 i32] → [i32]".
    pub signature: String,
    pub explained: String,
    pub proposal: String,
}
