//! What is kept in a spill store, and by which name.

use core::fmt;

/// The most bytes of an object: a page of a small device.
pub const OBJECT_BYTES: usize = 4096;

/// What an object in a spill store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum ObjectKind {
    /// Microcode: a cache, which can be made anew.
    Microcode = 1,
    /// A page of a linear memory.
    Memory = 2,
    /// Everything else that a run can change.
    Snapshot = 3,
}

impl ObjectKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ObjectKind; 3] =
        [ObjectKind::Microcode, ObjectKind::Memory, ObjectKind::Snapshot];

    /// The kind of this number.
    #[must_use]
    pub fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u16 == number)
    }

    /// Whether losing an object of this kind loses nothing that cannot be made anew.
    #[must_use]
    pub fn is_cache(self) -> bool {
        self == ObjectKind::Microcode
    }

    /// Where it stands in [`ALL`](Self::ALL), which is below 3.
    pub(crate) fn place(self) -> usize {
        match self {
            ObjectKind::Microcode => 0,
            ObjectKind::Memory => 1,
            ObjectKind::Snapshot => 2,
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ObjectKind::Microcode => "microcode",
            ObjectKind::Memory => "memory",
            ObjectKind::Snapshot => "snapshot",
        })
    }
}

/// Which object: its kind, which of these (a memory's address in its store; 0 for others), and the
/// number of its piece of 4096 bytes.
///
/// ```
/// use fayasm_core::spill::{ObjectId, ObjectKind};
///
/// let page = ObjectId { kind: ObjectKind::Memory, space: 0, number: 3 };
/// assert_eq!(page.to_string(), "page 3 of memory 0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// What it is.
    pub kind: ObjectKind,
    /// Which of these: a memory's address in its store; 0 for others.
    pub space: u32,
    /// Which piece of 4096 bytes: a page of a memory, a piece of a snapshot or of microcode.
    pub number: u32,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ObjectId { kind, space, number } = self;
        match kind {
            ObjectKind::Memory => write!(f, "page {number} of memory {space}"),
            _ if *space == 0 => write!(f, "piece {number} of the {kind}"),
            _ => write!(f, "piece {number} of {kind} {space}"),
        }
    }
}
