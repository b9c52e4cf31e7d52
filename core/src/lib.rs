//! fayasm-core
#![no_std]
#![warn(missing_docs)]
extern crate alloc;

mod config;
pub mod decode;
mod engine;
mod error;
pub mod module;
pub mod operators;
mod shared;
pub mod text;
mod types;
pub mod validate;

pub use config::Config;
pub use engine::Engine;
pub use error::{IndexSpace, ModuleError, ModuleErrorKind};
pub use module::Module;
pub use operators::{Operator, Proposal};
pub use shared::Shared;
pub use types::*;
