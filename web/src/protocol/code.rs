//! The disassembly of functions, and places in it.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// A window of a function's disassembly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeView {
    pub module: u32,
    pub function: u32,
    pub name: String,
    /// "(i32, i32) → i32".
    pub type_text: String,
    /// Rows in all.
    pub total: u32,
    pub from: u32,
    pub rows: Vec<CodeRow>,
    /// Set for an imported function, which has no body, or one past the error.
    pub note: Option<String>,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeRow {
    pub offset: u32,
    pub bytes: ByteBuf,
    /// Nesting, for indentation.
    pub depth: u32,
    pub mnemonic: String,
    /// Immediates as in WAT: "$x", "32", "offset=8".
    pub operands: String,
    /// The name that the called function has in the module, if `operands` has another.
    pub symbol: Option<String>,
    /// A remark: the called function's type, the branch's target, where exceptions are caught.
    pub remark: String,
    /// The place in source code that it and the ones behind it come from, if another than
    /// that of the one before: "source/main.c:17".
    pub source: Option<String>,
    /// The first operator of microcode that stands for it, if that was asked for.
    pub operator: Option<u32>,
}

/// A function of a loaded module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionPlace {
    pub module: u32,
    pub function: u32,
}

/// An instruction in the disassembly of a function of a loaded module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    pub module: u32,
    pub function: u32,
    pub row: u32,
}

/// Instructions that a person has named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesView {
    pub module: u32,
    pub offsets: Vec<u32>,
    /// Whether there are more.
    pub is_cut: bool,
}
