//! The RAM ledger: which bytes that the engine has allocated belong to what.

use alloc::vec::Vec;
use core::alloc::Layout;
use core::fmt;

use crate::shared::Shared;

/// What bytes belong to that the engine has allocated.
///
/// ```
/// use fayasm_core::Owner;
///
/// assert_eq!(Owner::ValueStack.to_string(), "value stack");
/// assert_eq!(Owner::ALL.len(), 14);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Owner {
    /// The bytes of modules.
    ModuleBytes,
    /// What modules declare.
    Declarations,
    /// Side tables, layouts of functions, and what else validation leaves for execution.
    SideTables,
    /// Instances, and the store's lists of functions, tags and types.
    Instances,
    /// Closures of host functions, without what they have allocated themselves.
    HostFunctions,
    /// Global variables.
    Globals,
    /// Tables.
    Tables,
    /// Linear memories: their bytes, or the pages of them that are in RAM.
    Memory,
    /// What is known of pages.
    PageTables,
    /// Structures, arrays and exceptions.
    Heap,
    /// The value stack: locals and operands.
    ValueStack,
    /// Frames of the functions being executed, and backtraces.
    Frames,
    /// Microcode, with what is known of the functions that may be translated to it.
    Microcode,
    /// Breakpoints, function traps, and the bodies that are executed in place of others.
    Breakpoints,
}

impl Owner {
    /// All of them, in the order in which they are listed.
    ///
    /// ```
    /// use fayasm_core::{Ledger, Owner};
    ///
    /// let ledger = Ledger::default();
    /// assert!(Owner::ALL.iter().all(|owner| ledger.of(*owner) == 0));
    /// ```
    pub const ALL: [Owner; 14] = [
        Owner::ModuleBytes,
        Owner::Declarations,
        Owner::SideTables,
        Owner::Instances,
        Owner::HostFunctions,
        Owner::Globals,
        Owner::Tables,
        Owner::Memory,
        Owner::PageTables,
        Owner::Heap,
        Owner::ValueStack,
        Owner::Frames,
        Owner::Microcode,
        Owner::Breakpoints,
    ];

    /// What it is called.
    ///
    /// ```
    /// use fayasm_core::Owner;
    ///
    /// assert_eq!(Owner::Memory.name(), "linear memory");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Owner::ModuleBytes => "module bytes",
            Owner::Declarations => "declarations",
            Owner::SideTables => "side tables",
            Owner::Instances => "instances",
            Owner::HostFunctions => "host functions",
            Owner::Globals => "globals",
            Owner::Tables => "tables",
            Owner::Memory => "linear memory",
            Owner::PageTables => "page tables",
            Owner::Heap => "heap objects",
            Owner::ValueStack => "value stack",
            Owner::Frames => "frames",
            Owner::Microcode => "microcode",
            Owner::Breakpoints => "breakpoints",
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How many owners are counted: in builds without the feature `ledger` none.
const COUNTED: usize = if cfg!(feature = "ledger") { Owner::ALL.len() } else { 0 };

/// How many bytes the engine has allocated for a store, its modules and its jobs, by what they
/// belong to ([`Store::ledger`](crate::Store::ledger)).
///
/// Whole allocations count, used or not: a vector by what it has room for. What is shared counts
/// in each store that it belongs to, so a module with instances in two stores counts in both. Not
/// counted are the engine with its settings, linkers, timelines, the log of pages, values such as
/// `Store` and `Job` themselves, which lie wherever the embedder puts them, and what closures of
/// host functions have allocated.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::Owner;
///
/// let wat = "(module (memory 2))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let ledger = store.ledger(None);
/// assert_eq!(ledger.of(Owner::Memory) >> 10, 128);
/// assert_eq!(ledger.total(), ledger.iter().map(|(_, bytes)| bytes).sum());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    bytes: [u64; COUNTED],
}

impl Ledger {
    /// How many bytes belong to this.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::Owner;
    ///
    /// let module = Module::new(&Engine::default(), b"\0asm\x01\0\0\0")?;
    /// // Eight bytes, and two counts of whom they are shared by.
    /// assert_eq!(module.ledger().of(Owner::ModuleBytes), 8 + 2 * size_of::<usize>() as u64);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(&self, owner: Owner) -> u64 {
        self.bytes.get(owner as usize).copied().unwrap_or_default()
    }

    /// All bytes together.
    ///
    /// ```
    /// use fayasm_core::{Engine, Store};
    ///
    /// let store = Store::new(&Engine::default(), "any data");
    /// assert_eq!(store.ledger(None).total(), 0);
    /// ```
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bytes.iter().sum()
    }

    /// All owners with their bytes, in the order of [`Owner::ALL`].
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let module = Module::new(&Engine::default(), wat::parse_str("(module (memory 2))")?)?;
    /// for (owner, bytes) in module.ledger().iter() {
    ///     println!("{owner:16} {bytes:9}");
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Owner, u64)> {
        Owner::ALL.iter().map(|owner| (*owner, self.of(*owner)))
    }

    pub(crate) fn add(&mut self, owner: Owner, bytes: u64) {
        if let Some(counted) = self.bytes.get_mut(owner as usize) {
            *counted += bytes;
        }
    }

    pub(crate) fn sub(&mut self, owner: Owner, bytes: u64) {
        if let Some(counted) = self.bytes.get_mut(owner as usize) {
            *counted -= bytes;
        }
    }

    pub(crate) fn set(&mut self, owner: Owner, bytes: u64) {
        if let Some(counted) = self.bytes.get_mut(owner as usize) {
            *counted = bytes;
        }
    }
}

/// The most bytes that there have been, of whom, and when that was ([`Store::peak`](crate::Store::peak)).
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::Owner;
///
/// let wat = r#"(module (memory 1) (func (export "f")
///   (drop (memory.grow (i32.const 1)))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// instance.get_typed_func::<(), ()>(&store, "f")?.call(&mut store, ())?;
/// let peak = store.peak();
/// assert_eq!(peak.ledger.of(Owner::Memory) >> 16, 2);
/// assert_eq!(peak.executed, 2); // i32.const, memory.grow
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peak {
    /// What everything took then.
    pub ledger: Ledger,
    /// How many instructions the job that ran had executed, with the one for which the last bytes
    /// were allocated.
    pub executed: u64,
}

/// What has room for this many values takes.
pub(crate) fn room<T>(count: usize) -> u64 {
    (count * size_of::<T>()) as u64
}

/// What a vector takes.
pub(crate) fn vec<T>(items: &Vec<T>) -> u64 {
    room::<T>(items.capacity())
}

/// What is boxed takes.
pub(crate) fn boxed<T: ?Sized>(value: &T) -> u64 {
    size_of_val(value) as u64
}

/// What is shared takes.
pub(crate) fn shared<T: ?Sized>(value: &Shared<T>) -> u64 {
    behind_counts(Layout::for_value(&**value))
}

/// What a value of this type takes that is shared.
pub(crate) fn shared_value<T>() -> u64 {
    behind_counts(Layout::new::<T>())
}

/// Two counts stand before what is shared.
fn behind_counts(value: Layout) -> u64 {
    let both = Layout::new::<[usize; 2]>().extend(value);
    both.map_or(0, |(both, _)| both.pad_to_align().size() as u64)
}
