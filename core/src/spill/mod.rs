//! What is kept outside of RAM.

mod object;

pub use object::{ObjectId, ObjectKind};
