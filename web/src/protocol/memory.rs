//! Linear memories: windows of them, what lies where, and what is read and written.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Span, ValueView};

/// A window of a linear memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryView {
    pub memory: u32,
    pub from: u32,
    /// Size of the memory in bytes, at most 2³².
    pub size: f64,
    /// Pages now, their size in bytes, and how many there may be.
    pub pages: u32,
    pub page_size: u32,
    pub maximum: Option<u32>,
    pub bytes: ByteBuf,
    /// Bytes written since the last state shown, within this window or around it.
    pub changed: Vec<Span>,
}

/// Bytes of a memory that an instruction reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchView {
    pub memory: u32,
    pub span: Span,
    pub writes: bool,
    /// By the next instruction; by the last one otherwise.
    pub next: bool,
}

/// What the bytes from an address on are, read as values of several types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypedView {
    pub memory: u32,
    pub address: u32,
    /// Little-endian; only those that lie inside of the memory.
    pub values: Vec<ValueView>,
    /// The text that begins there, in quotes; empty if there is none.
    pub text: String,
}

/// A memory as a whole: what lies where, and where a run reads and writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatView {
    pub memory: u32,
    /// Bytes of the memory where it is largest, and bytes in each cell.
    pub size: f64,
    pub cell: f64,
    /// How often each cell was read and written.
    pub reads: Vec<u32>,
    pub writes: Vec<u32>,
    /// Instructions that were looked at so far, all that are to be, and all of the run.
    pub looked_at: f64,
    pub sample: f64,
    pub run: f64,
    pub regions: Vec<RegionView>,
}

/// Something that lies in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionView {
    pub name: String,
    pub kind: RegionKind,
    pub start: f64,
    pub end: f64,
}

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RegionKind {
    /// A data segment.
    Data,
    /// Static data that is zero at first.
    Zero,
    Stack,
    Heap,
}
