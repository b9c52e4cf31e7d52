//! Text for people: disassembly and listings, the same in the page and on a terminal.
//!
//! ```
//! use fayasm_core::module::{NameIndex, Names};
//! use fayasm_core::text::Disassembly;
//! use fayasm_core::{Engine, Module, text};
//!
//! let wasm = wat::parse_str("(module (func $idle (loop (nop))))")?;
//! let module = Module::new(&Engine::default(), wasm)?;
//! let (bytes, all) = (module.bytes(), module.declarations());
//! let index = NameIndex::new(bytes, all);
//! let mut listing = String::new();
//! text::dump(&mut listing, Disassembly::new(all, Names::new(bytes, all, &index)), true)?;
//! assert!(listing.contains("  func 0 $idle: () -> ()"));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod decimal;
mod disassembly;
mod dump;
mod effect;
mod float;
mod lanes;
mod microcode;
mod printable;

pub(crate) use decimal::{FloatShape, nearest, nearest_hexadecimal};
pub use disassembly::{Code, CodeLine, Disassembly, block_type};
pub use dump::dump;
pub use effect::{StackEffect, callee};
pub use float::{F32Text, F64Text};
pub use lanes::Lanes;
pub use printable::printable;

pub use crate::execute::{MicrocodeListing, MicrocodeRow};
