//! Why a module was not instantiated.

use alloc::boxed::Box;
use core::fmt;

use super::error::Error as RuntimeError;
use super::trap::{Trap, TrapKind};
use crate::allocate::{OutOfMemory, boxed_text, boxed_value};
use crate::module::{Declarations, Import};
use crate::types::{ExternKind, ExternType};

/// Why a module was not instantiated.
///
/// ```
/// # use fayasm_core::{Engine, Module, Store};
/// use fayasm_core::{Instance, Limits, Memory, MemoryType};
///
/// let wat = r#"(module (import "env" "memory" (memory 4)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
/// let error = Instance::new(&mut store, &module, &[memory.into()]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "incompatible import type of `env` `memory`: the module wants memory 4, there is memory 1",
/// );
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstantiationError {
    /// Nothing has the name of an import.
    MissingImport {
        /// First half of its name.
        module: Box<str>,
        /// Second half of its name.
        name: Box<str>,
        /// What is wanted.
        ty: ExternType,
    },
    /// A linker cannot make what is to be imported: its type names a type that
    /// the store has not, for example.
    Definition {
        /// First half of its name.
        module: Box<str>,
        /// Second half of its name.
        name: Box<str>,
        /// Why.
        error: Box<RuntimeError>,
    },
    /// What is to be imported has another type than the module wants.
    ImportType {
        /// First half of its name.
        module: Box<str>,
        /// Second half of its name.
        name: Box<str>,
        /// What is wanted.
        expected: Box<ExternType>,
        /// What is there.
        found: Box<ExternType>,
    },
    /// There are more or fewer things to import than the module wants.
    ImportCount {
        /// How many are wanted.
        expected: usize,
        /// How many are there.
        found: usize,
    },
    /// What is to be imported belongs to another store.
    ForeignImport {
        /// First half of its name.
        module: Box<str>,
        /// Second half of its name.
        name: Box<str>,
    },
    /// The module of the instance has no import of this name.
    UnknownImport {
        /// First half of its name.
        module: Box<str>,
        /// Second half of its name.
        name: Box<str>,
    },
    /// The instance belongs to another store.
    ForeignInstance,
    /// The module was made for another engine than the store: what the one
    /// allows the other may not.
    ForeignEngine,
    /// The store's limits forbid it.
    Limit {
        /// What is too large or too many: `"bytes of memory 0"`.
        what: Box<str>,
        /// How many the module would take.
        wanted: u64,
        /// How many the limit allows.
        limit: u64,
    },
    /// The store's budget does not allow it, not even without microcode
    /// ([`StoreLimits::with_budget`](crate::StoreLimits::with_budget)).
    Budget {
        /// How many bytes would have done. Where the module makes objects before anything runs,
        /// some more may come on top.
        least: u64,
        /// How many there may be.
        budget: u64,
    },
    /// The machine has no memory left for it.
    OutOfMemory,
    /// An active segment does not fit. What was copied before it stays in
    /// imported memories and tables.
    Segment {
        /// Whether it is a data segment (of a memory) or an element segment (of a table).
        target: ExternKind,
        /// Which one.
        index: usize,
        /// Why it does not fit.
        kind: TrapKind,
    },
    /// The start function trapped.
    Start(Trap),
}

impl InstantiationError {
    pub(super) fn missing_import(all: &Declarations, import: &Import) -> Result<Self, OutOfMemory> {
        let (module, name) = (boxed_text(&import.module)?, boxed_text(&import.name)?);
        let ty = all.copied_import_type(import)?;
        Ok(InstantiationError::MissingImport { module, name, ty })
    }

    pub(super) fn definition(import: &Import, error: RuntimeError) -> Result<Self, OutOfMemory> {
        let (module, name) = (boxed_text(&import.module)?, boxed_text(&import.name)?);
        Ok(InstantiationError::Definition { module, name, error: boxed_value(error)? })
    }

    pub(super) fn foreign_import(import: &Import) -> Result<Self, OutOfMemory> {
        let (module, name) = (boxed_text(&import.module)?, boxed_text(&import.name)?);
        Ok(InstantiationError::ForeignImport { module, name })
    }

    pub(super) fn import_type(
        all: &Declarations,
        import: &Import,
        found: ExternType,
    ) -> Result<Self, OutOfMemory> {
        let (module, name) = (boxed_text(&import.module)?, boxed_text(&import.name)?);
        let expected = boxed_value(all.copied_import_type(import)?)?;
        Ok(InstantiationError::ImportType { module, name, expected, found: boxed_value(found)? })
    }

    /// Why execution was given up, if that is what happened.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Instance, TrapKind};
    ///
    /// let wat = "(module (func $start (unreachable)) (start $start))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    /// assert_eq!(error.trap_kind(), Some(&TrapKind::Unreachable));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trap_kind(&self) -> Option<&TrapKind> {
        match self {
            InstantiationError::Segment { kind, .. } => Some(kind),
            InstantiationError::Start(trap) => Some(trap.kind()),
            _ => None,
        }
    }
}

impl fmt::Display for InstantiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstantiationError::MissingImport { module, name, ty } => {
                write!(f, "missing import `{module}` `{name}`: {ty}")
            }
            InstantiationError::ImportType { module, name, expected, found } => write!(
                f,
                "incompatible import type of `{module}` `{name}`: \
                 the module wants {expected}, there is {found}"
            ),
            InstantiationError::ImportCount { expected, found } => {
                write!(f, "the module has {expected} imports, not {found}")
            }
            InstantiationError::Definition { module, name, error } => {
                write!(f, "`{module}` `{name}` cannot be made: {error}")
            }
            InstantiationError::UnknownImport { module, name } => {
                write!(f, "the module has no import `{module}` `{name}`")
            }
            InstantiationError::ForeignInstance => {
                f.write_str("the instance belongs to another store")
            }
            InstantiationError::ForeignImport { module, name } => {
                write!(f, "the import `{module}` `{name}` belongs to another store")
            }
            InstantiationError::ForeignEngine => {
                f.write_str("the module and the store have been made for different engines")
            }
            InstantiationError::Limit { what, wanted, limit } => {
                write!(f, "{wanted} {what} are wanted, but the limit is {limit}")
            }
            InstantiationError::Budget { least, budget } => {
                write!(f, "the instance takes a budget of {least} bytes, and there are {budget}")
            }
            InstantiationError::OutOfMemory => f.write_str("no memory is left for the instance"),
            InstantiationError::Segment { target: ExternKind::Memory, index, kind } => {
                write!(f, "{kind}, copying data segment {index}")
            }
            InstantiationError::Segment { index, kind, .. } => {
                write!(f, "{kind}, copying element segment {index}")
            }
            InstantiationError::Start(trap) => write!(f, "{trap}, run as start function"),
        }
    }
}

impl From<OutOfMemory> for InstantiationError {
    fn from(_: OutOfMemory) -> Self {
        InstantiationError::OutOfMemory
    }
}

impl core::error::Error for InstantiationError {}
