//! fayasm-core
#![no_std]
#![warn(missing_docs)]
extern crate alloc;

mod config;
pub mod decode;
mod engine;
mod error;
mod execute;
pub mod inspect;
pub mod module;
pub mod operators;
mod runtime;
mod shared;
pub mod text;
mod types;
pub mod validate;

pub use config::Config;
pub use engine::Engine;
pub use error::{IndexSpace, ModuleError, ModuleErrorKind};
pub use execute::{Frame, Job, Limit, Outcome};
pub use module::Module;
pub use operators::{Operator, Proposal};
pub use runtime::{
    AnyRef, AsContext, AsContextMut, BacktraceFrame, Caller, Error, ExnRef, Extern, ExternRef,
    Func, Global, HostError, HostFunction, HostResult, Instance, InstantiationError, IntoFunc,
    Linker, MAX_BACKTRACE, Memory, ParseValError, SignatureMismatch, Store, StoreInner,
    StoreLimits, Table, Tag, Trap, TrapKind, TypedFunc, Val, WasmTy, WasmValues,
};
pub use shared::Shared;
pub use types::*;
