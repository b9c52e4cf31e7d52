//! Why a call, or another use of what a store holds, failed.

use alloc::boxed::Box;
use core::fmt;

use super::trap::Trap;
use crate::allocate::OutOfMemory;
use crate::error::ModuleErrorKind;
use crate::spill::ObjectId;
use crate::types::{ExternKind, FuncType, ValType};

/// Why a call, or another use of what a store holds, failed.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::Error;
///
/// let wat = r#"(module (func (export "f") (param i32)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_func(&store, "f").expect("it is exported");
/// let error = f.call(&mut store, &[], &mut []).unwrap_err();
/// assert_eq!(error, Error::ArgumentCount { expected: 1, found: 0 });
/// assert_eq!(error.to_string(), "the function takes 1 arguments, not 0");
/// let error = instance.get_typed_func::<(), ()>(&store, "g").unwrap_err();
/// assert_eq!(error.to_string(), "there is no export `g`");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Execution was given up.
    Trap(Trap),
    /// A call has too many or too few arguments.
    ArgumentCount {
        /// How many the function takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// An argument has the wrong type.
    ArgumentType {
        /// Which one, the first being 0.
        index: usize,
        /// What the function takes.
        expected: ValType,
        /// What it is given.
        found: ValType,
    },
    /// There is room for too many or too few results.
    ResultCount {
        /// How many the function gives.
        expected: usize,
        /// For how many there is room.
        found: usize,
    },
    /// A function is not of the type that it was taken for.
    Signature {
        /// What it was taken for.
        expected: Box<FuncType>,
        /// What it is.
        found: Box<FuncType>,
    },
    /// A value is not of the type that a global or table holds.
    ValueType {
        /// What it holds.
        expected: ValType,
        /// What it was given.
        found: ValType,
    },
    /// A handle belongs to another store.
    ForeignHandle,
    /// An instance has no export of this name.
    UnknownExport(Box<str>),
    /// An export is of another kind.
    ExportKind {
        /// Its name.
        name: Box<str>,
        /// What was wanted.
        expected: ExternKind,
        /// What it is.
        found: ExternKind,
    },
    /// The global is immutable.
    ImmutableGlobal,
    /// The type of a tag gives results.
    TagResults,
    /// An access lies outside of a memory or table, in part or as a whole.
    OutOfBounds {
        /// The first byte or element.
        start: u64,
        /// How many.
        count: u64,
        /// How many there are in all.
        size: u64,
    },
    /// No module could declare a memory or table of this type.
    InvalidType(ModuleErrorKind),
    /// A memory or table cannot grow so far: its type, the store's limits or
    /// the machine forbid it.
    CannotGrow {
        /// By how many pages or elements it was to grow.
        delta: u64,
    },
    /// The bytes of the memory are held as pages ([`Paging`](crate::Paging)): they can be read and
    /// written, but not lent.
    Paged,
    /// This page of a memory is to be loaded first ([`Store::load_object`](crate::Store::load_object)).
    NeedLoad(ObjectId),
    /// This page of a memory is to be stored first, to make room for another
    /// ([`Store::object_stored`](crate::Store::object_stored)).
    NeedStore(ObjectId),
    /// No such object has been stored, or it does not have so many bytes.
    NotStored(ObjectId),
    /// The machine has no memory left.
    OutOfMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Trap(trap) => trap.fmt(f),
            Error::ArgumentCount { expected, found } => {
                write!(f, "the function takes {expected} arguments, not {found}")
            }
            Error::ArgumentType { index, expected, found } => {
                write!(f, "argument {index} must be {expected}, not {found}")
            }
            Error::ResultCount { expected, found } => {
                write!(f, "the function gives {expected} results, there is room for {found}")
            }
            Error::Signature { expected, found } => {
                write!(f, "the function is {found}, not {expected}")
            }
            Error::ValueType { expected, found } => {
                write!(f, "the value must be {expected}, not {found}")
            }
            Error::ForeignHandle => f.write_str("the handle belongs to another store"),
            Error::UnknownExport(name) => write!(f, "there is no export `{name}`"),
            Error::ExportKind { name, expected, found } => {
                write!(f, "the export `{name}` is a {found}, not a {expected}")
            }
            Error::TagResults => f.write_str("the type of a tag cannot give results"),
            Error::ImmutableGlobal => f.write_str("the global is immutable"),
            Error::OutOfBounds { start, count, size } => {
                write!(f, "{start:#x} plus {count:#x} lies past the end at {size:#x}")
            }
            Error::InvalidType(kind) => kind.fmt(f),
            Error::CannotGrow { delta } => write!(f, "cannot grow by {delta}"),
            Error::Paged => f.write_str("the bytes of the memory are held as pages"),
            Error::NeedLoad(page) => write!(f, "{page} is to be loaded first"),
            Error::NeedStore(page) => write!(f, "{page} is to be stored first"),
            Error::NotStored(object) => write!(f, "{object} is not stored, or is another"),
            Error::OutOfMemory => f.write_str("no memory is left"),
        }
    }
}

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Self {
        Error::OutOfMemory
    }
}

impl core::error::Error for Error {}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Self {
        Error::Trap(trap)
    }
}
