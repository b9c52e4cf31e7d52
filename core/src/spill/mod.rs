//! Objects of at most 4096 bytes, kept where power may fail at any moment.

mod object;

pub use crate::envelope::module_hash;
pub use object::{OBJECT_BYTES, ObjectId, ObjectKind};
