//! What a decoder can tell while it reads.

use core::ops::Range;

use super::fields::FieldSpec;
use crate::operators::Operator;
use crate::types::ValType;

/// Told of every field as it is read, and of the nodes the fields stand in.
pub trait Observer {
    /// A node begins at this byte; what follows, up to its `close`, is inside it.
    fn open(&mut self, node: Node, start: u32) {
        let _ = (node, start);
    }

    /// The innermost open node ends before this byte.
    fn close(&mut self, end: u32) {
        let _ = end;
    }

    /// A field was read.
    fn field(&mut self, field: &Field<'_>) {
        let _ = field;
    }
}

/// Where a reader reports to: an observer, or nowhere. Reading is compiled once
/// for each, so that without an observer reporting costs nothing.
pub trait Report {
    /// Whether anything is to be reported at all.
    const ACTIVE: bool;

    /// The same, for a reader of a part.
    type Part<'p>: Report
    where
        Self: 'p;

    /// Lends itself to a reader of a part.
    fn part(&mut self) -> Self::Part<'_>;

    /// The observer, if there is one.
    fn observer(&mut self) -> Option<&mut dyn Observer>;
}

/// Reports nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Report for Silent {
    const ACTIVE: bool = false;

    type Part<'p> = Silent;

    fn part(&mut self) -> Silent {
        Silent
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        None
    }
}

impl<'d> Report for &mut (dyn Observer + 'd) {
    const ACTIVE: bool = true;

    type Part<'p>
        = &'p mut (dyn Observer + 'd)
    where
        Self: 'p;

    fn part(&mut self) -> &mut (dyn Observer + 'd) {
        &mut **self
    }

    fn observer(&mut self) -> Option<&mut dyn Observer> {
        Some(&mut **self)
    }
}

/// A leaf of the binary format: a run of bytes that means one thing.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    /// What it is.
    pub spec: &'static FieldSpec,
    /// Its bytes' place in the module.
    pub span: Range<u32>,
    /// Its bytes.
    pub raw: &'a [u8],
    /// What they say.
    pub value: Value<'a>,
}

/// A decoded value, by the way it is encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// One byte.
    Byte(u8),
    /// Four bytes, little-endian.
    Fixed32(u32),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// Unsigned LEB128 of so many bits.
    Unsigned(u64, u32),
    /// Signed LEB128 of so many bits.
    Signed(i64, u32),
    /// UTF-8.
    Name(&'a str),
    /// Uninterpreted bytes.
    Bytes(&'a [u8]),
    /// A value type.
    Type(ValType),
    /// An operator.
    Operator(Operator),
}

/// A part of a module that has parts: a step in a field's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// Magic and version.
    Header,
    /// A section, by its id.
    Section(u8),
    /// An entry of the section it stands in, by its place there.
    Entry(u32),
    /// A named part of an entry.
    Part(&'static str),
    /// A subsection of the name section, by its id.
    Subsection(u8),
    /// A function's body, by the function's index (imported ones counted).
    Body(u32),
    /// An instruction, by its place in its body or expression.
    Instruction(u32),
}
