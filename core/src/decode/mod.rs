//! Decoding: from bytes to declarations (specification §5).
//!
//! A [`Reader`] reads one field after the other and reports each to an
//! [`Observer`]; [`module()`] reads a whole module, with a [`Check`] that is
//! asked about every declaration; [`window()`] reports the fields of a part.

mod body;
mod check;
pub mod fields;
mod hints;
mod instruction;
pub mod leb128;
mod module;
mod names;
mod observe;
mod reader;
mod sections;
mod segments;
mod types;
mod window;

pub use body::{MAX_LOCALS, locals};
pub use check::{Check, Unchecked};
pub(crate) use hints::{BRANCH_HINTS, branch_hints};
pub use instruction::{
    Catch, Immediates, Instruction, Instructions, MemArg, OffsetBits, instruction,
};
pub use module::module;
pub(crate) use names::{NameForm, name_map};
pub use observe::{Field, Node, Observer, Report, Silent, Value};
pub use reader::Reader;
pub(crate) use types::{block_type, heap_type, val_type};
pub use window::window;
