//! What is kept outside of RAM, by name.

use core::fmt;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum ObjectKind {
    /// A piece of what functions have been translated to.
    Microcode = 1,
    /// A page of a linear memory.
    Memory = 2,
    /// A piece of everything else that a run can change.
    Snapshot = 3,
}

/// An object of at most 4096 bytes.
///
/// ```
/// use fayasm_core::{ObjectId, ObjectKind};
///
/// let id = ObjectId { kind: ObjectKind::Memory, space: 0, number: 3 };
/// assert_eq!(id.to_string(), "page 3 of memory 0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// What it is.
    pub kind: ObjectKind,
    /// Which of these: the number of a memory in its store, 0 for others.
    pub space: u32,
    /// Which piece of 4096 bytes.
    pub number: u32,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ObjectId { kind, space, number } = self;
        match kind {
            ObjectKind::Memory => write!(f, "page {number} of memory {space}"),
            ObjectKind::Snapshot => write!(f, "piece {number} of the snapshot"),
            ObjectKind::Microcode => write!(f, "piece {number} of the microcode"),
        }
    }
}
