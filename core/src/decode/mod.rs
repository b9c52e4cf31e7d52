//! Decoding: from bytes to declarations (specification §5).
//!
//! A [`Reader`] reads one field after the other and reports each to an
//! [`Observer`]; [`module()`] reads a whole module, with a [`Check`] that is
//! asked about every declaration; [`window()`] reports the fields of a part.
//!
//! ```
//! use fayasm_core::decode::Instructions;
//! use fayasm_core::{Engine, Module, Operator};
//!
//! let wasm = wat::parse_str("(module (func (result i32) (i32.const 7)))")?;
//! let module = Module::new(&Engine::default(), wasm)?;
//! let body = module.declarations().bodies[0];
//! let mut code = Instructions::of_body(&module.bytes()[body.range()], body.start)?;
//! let first = code.next().expect("there is one")?;
//! assert_eq!((first.operator, first.span.len()), (Operator::I32Const, 2));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

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
pub(crate) use names::{NameForm, name_entry, name_map};
pub use observe::{Field, Node, Observer, Report, Silent, Value};
pub use reader::Reader;
pub(crate) use types::{block_type, heap_type, val_type};
pub use window::window;
