//! Why something was not kept, or is not there as it was kept.

use core::fmt;

use super::object::{OBJECT_BYTES, ObjectId};
use crate::allocate::OutOfMemory;
use crate::envelope::EnvelopeError;

/// Why a spill store cannot do what it is asked for; `E` is what the device says.
///
/// ```
/// use core::convert::Infallible;
/// use fayasm_core::spill::{ObjectId, ObjectKind, SpillError};
///
/// let page = ObjectId { kind: ObjectKind::Memory, space: 0, number: 3 };
/// let error: SpillError<Infallible> = SpillError::Damaged(page);
/// assert_eq!(error.to_string(), "page 3 of memory 0 is damaged: it is not what was stored");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpillError<E> {
    /// The device has failed.
    Device(E),
    /// There is no spill store on the device.
    NoStore,
    /// Neither superblock can be used; this is why.
    Superblock(EnvelopeError),
    /// The store belongs to another module.
    Module {
        /// The hash of the module that it is opened for.
        expected: u64,
        /// The hash of the module that it belongs to.
        found: u64,
    },
    /// The store has slots of another size.
    Geometry {
        /// How many bytes an object of it may have.
        found: u32,
    },
    /// The device is smaller than the store on it.
    Short {
        /// How many slots the store has.
        expected: u32,
        /// How many there are.
        found: u32,
    },
    /// There are more bytes than an object may have.
    TooLong {
        /// The object.
        id: ObjectId,
        /// How many bytes there are.
        bytes: usize,
    },
    /// There is no room for one more object.
    Full {
        /// The most objects that there is room for.
        objects: u32,
    },
    /// What is there is not what was stored last.
    Damaged(ObjectId),
    /// It was committed, and is not there.
    Lost(ObjectId),
    /// Several objects of its kind have been lost, and what is there of this one may be older than
    /// what was committed last.
    Doubtful(ObjectId),
    /// It was to be put or removed, and the device failed: do that again, or open the store anew.
    Unwritten(ObjectId),
    /// The device failed during a commit: open the store anew, to find out whether all of it was
    /// committed or nothing.
    InDoubt,
    /// The store was opened to be looked at only.
    ReadOnly,
    /// The machine has no memory left.
    OutOfMemory,
}

impl<E: fmt::Display> fmt::Display for SpillError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SpillError as S;
        match self {
            S::Device(error) => write!(f, "the device failed: {error}"),
            S::NoStore => f.write_str("there is no spill store"),
            S::Superblock(reason) => write!(f, "both superblocks are unusable: {reason}"),
            S::Module { expected, found } => write!(
                f,
                "the store belongs to another module, of hash {found:016x} and not {expected:016x}"
            ),
            S::Geometry { found } => write!(
                f,
                "the store has objects of up to {found} bytes, and they have {OBJECT_BYTES} here"
            ),
            S::Short { expected, found } => {
                write!(f, "the store has {expected} slots, and the device room for {found}")
            }
            S::TooLong { id, bytes } => {
                write!(f, "{id} is {bytes} bytes long, and objects have at most {OBJECT_BYTES}")
            }
            S::Full { objects } => {
                write!(f, "the store is full: there is room for {objects} objects")
            }
            S::Damaged(id) => write!(f, "{id} is damaged: it is not what was stored"),
            S::Lost(id) => write!(f, "{id} is lost: it was stored and is not there"),
            S::Doubtful(id) => write!(
                f,
                "{id} is doubtful: several of its kind are lost, and what is there may be older"
            ),
            S::Unwritten(id) => {
                write!(f, "{id} was not written when it was to be: the device failed")
            }
            S::InDoubt => {
                f.write_str("the device failed during a commit: the store has to be opened anew")
            }
            S::ReadOnly => f.write_str("the store was opened to be looked at only"),
            S::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for SpillError<E> {}

impl<E> From<E> for SpillError<E> {
    fn from(error: E) -> Self {
        SpillError::Device(error)
    }
}

pub(super) fn no_memory<E>(_: OutOfMemory) -> SpillError<E> {
    SpillError::OutOfMemory
}
