//! Decode
pub mod fields;
pub mod leb128;
mod observe;
mod reader;
pub use observe::{Field, Node, Observer, Silent, Value};
pub use reader::Reader;
