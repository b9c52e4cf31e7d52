//! A WebAssembly engine that hides nothing.
//!
//! It decodes a module and can report every field on the way ([`decode`]),
//! validates it step by step ([`validate`]), and executes it one instruction at
//! a time or many ([`Job`]), with every value to be looked at ([`inspect`]).
//! Names and manners are wasmtime's: an [`Engine`] with a [`Config`], a
//! [`Module`], a [`Store`], a [`Linker`], an [`Instance`] and its [`Func`]s.
//!
//! ```
//! use fayasm_core::{Engine, Job, Limit, Linker, Module, Outcome, Store, Val};
//!
//! let engine = Engine::default();
//! let module = Module::new(&engine, wat::parse_str(
//!     "(module
//!        (import \"env\" \"log\" (func $log (param i32)))
//!        (func (export \"double\") (param i32) (result i32)
//!          (call $log (local.get 0))
//!          (i32.add (local.get 0) (local.get 0))))",
//! )?)?;
//! let mut linker = Linker::new(&engine);
//! linker.func_wrap("env", "log", |value: i32| println!("doubling {value}"));
//! let mut store = Store::new(&engine, ());
//! let instance = linker.instantiate(&mut store, &module)?;
//!
//! // At once, with Rust's types …
//! let double = instance.get_typed_func::<i32, i32>(&store, "double")?;
//! assert_eq!(double.call(&mut store, 21)?, 42);
//!
//! // … or as a job, which can be stopped before any instruction.
//! let func = instance.get_func(&store, "double").expect("it is exported");
//! let mut job = Job::new(&store, func, &[Val::I32(4)])?;
//! assert_eq!(store.run(&mut job, 4), Outcome::OutOfFuel);
//! assert_eq!(job.operands(&store, 0), [4, 4]);
//! assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Needs `alloc` and nothing else of the system. Nothing here reads a file or
//! a clock, starts a thread, or prints: whoever embeds it does.
#![no_std]
#![warn(missing_docs)]
extern crate alloc;

mod allocate;
mod config;
mod crc;
pub mod decode;
mod engine;
mod envelope;
mod error;
mod execute;
mod hash;
pub mod inspect;
mod ledger;
pub mod module;
pub mod operators;
mod planner;
mod runtime;
mod shared;
mod sorted;
pub mod spill;
mod spilling;
mod state;
pub mod text;
pub mod timeline;
mod types;
pub mod validate;

pub use config::{Config, Translate};
pub use engine::Engine;
pub use envelope::EnvelopeError;
pub use error::{IndexSpace, ModuleError, ModuleErrorKind};
pub use execute::{
    Breakpoint, Decision, Frame, Job, Limit, MicrocodeError, MicrocodeStats, Outcome, Refused,
    Translation, Verdict, Watch, Why,
};
pub use ledger::{Ledger, Owner, Peak};
pub use module::Module;
pub use operators::{Operator, Proposal};
pub use planner::{Advantage, Counts, Gate, Planner, Prescan, Probe};
pub use runtime::{
    AnyRef, AsContext, AsContextMut, BacktraceFrame, Caller, Error, ExnRef, Extern, ExternRef,
    FRAME_BYTES, Func, FunctionTrap, Global, HostError, HostFunction, HostResult, Instance,
    InstantiationError, InterruptHandle, IntoFunc, Linker, MAX_BACKTRACE, Memory, MemoryAccess,
    PageChange, PageEvent, PageState, Paging, PagingStats, ParseValError, Policy, Reason,
    SignatureMismatch, Store, StoreInner, StoreLimits, Table, Tag, Trap, TrapKind, TypedFunc, Val,
    WasmTy, WasmValues,
};
pub use shared::Shared;
pub use spill::{ObjectId, ObjectKind};
pub use spilling::SpillingError;
pub use state::{Contents, StateError, StatePart};
pub use types::*;
