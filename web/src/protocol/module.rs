//! A module as a whole: its sections and their entries, its exports, and what a search finds in it.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{ErrorView, FieldKind, LinksView, Span};

/// A module as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleFile {
    pub name: String,
    pub bytes: ByteBuf,
}

/// A module as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModuleView {
    pub name: String,
    /// Length in bytes.
    pub size: u32,
    pub sections: Vec<SectionView>,
    pub exports: Vec<ExportView>,
    pub links: LinksView,
    /// Functions, imported ones included.
    pub functions: u32,
    pub memories: u32,
    pub tables: u32,
    pub globals: u32,
    /// Whether it is a program for the terminal.
    pub uses_wasi: bool,
    /// What `producers` says compiled it ("rustc 1.96").
    pub producer: Option<String>,
    /// Set when the module is malformed or invalid: everything before the
    /// error's offset is still shown.
    pub error: Option<ErrorView>,
}

/// A section: a top-level row of the structure tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionView {
    /// "Type", "Import", … or the custom section's name; "Header" for the first eight bytes.
    pub title: String,
    pub kind: FieldKind,
    /// Header included.
    pub span: Span,
    pub entries: u32,
    /// "17 functions", "1 memory of 17 pages" …
    pub summary: String,
}

/// An entry of a section: a second-level row of the structure tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    pub index: u32,
    /// A name where there is one, else what it is ("func 12").
    pub label: String,
    /// Type, size or value, short.
    pub detail: String,
    pub span: Span,
    /// The function this entry defines, imports or exports.
    pub function: Option<u32>,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportView {
    pub name: String,
    /// "func", "memory", "table", "global".
    pub kind: String,
    /// "(i32, i32) → i32", "17 pages" …
    pub type_text: String,
    /// Names ("$x", or "0") and types ("i32") of a function's parameters.
    pub parameters: Vec<ParameterView>,
    pub function: Option<u32>,
}

/// A parameter of an exported function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterView {
    pub name: String,
    pub ty: String,
}

/// Something that a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundView {
    /// Index of its section in [`ModuleView::sections`].
    pub section: u32,
    pub what: WhatView,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WhatView {
    Entry(EntryView),
    /// Text, and some around it.
    Text {
        span: Span,
        before: String,
        text: String,
        after: String,
    },
    /// Bytes, with some behind them.
    Bytes {
        span: Span,
        bytes: ByteBuf,
    },
}
