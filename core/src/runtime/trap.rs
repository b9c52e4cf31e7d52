//! Traps: why execution was given up, and where.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::func::Func;
use super::heap::{Heap, Held};
use super::instance::Instance;
use super::val::ExnRef;
use crate::ledger::{self, Owner};
use crate::shared::Shared;
use crate::spill::ObjectId;
use crate::types::FuncType;

/// The most frames that a trap's backtrace lists.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, MAX_BACKTRACE};
///
/// let wat = r#"(module (func $f (export "f") (call $f)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
/// let Err(Error::Trap(trap)) = f.call(&mut store, ()) else { panic!("it must trap") };
/// assert_eq!(trap.backtrace().len(), MAX_BACKTRACE);
/// assert_eq!(trap.omitted(), 1024 - MAX_BACKTRACE as u64);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub const MAX_BACKTRACE: usize = 64;

/// Why execution was given up. Messages begin with the words of the
/// specification's test suite, where it has some.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, TrapKind};
///
/// let wat = r#"(module
///   (memory 1)
///   (func (export "read") (param i32) (result i32) (i32.load (local.get 0))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let read = instance.get_typed_func::<u32, u32>(&store, "read")?;
/// let Err(Error::Trap(trap)) = read.call(&mut store, 65534) else { panic!("it must trap") };
/// let outside = TrapKind::MemoryOutOfBounds { address: 65534, width: 4, size: 65536 };
/// assert_eq!(*trap.kind(), outside);
/// assert!(outside.to_string().starts_with("out of bounds memory access"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrapKind {
    /// `unreachable` was executed.
    Unreachable,
    /// An access lies outside of linear memory, in part or as a whole.
    MemoryOutOfBounds {
        /// The first byte accessed.
        address: u64,
        /// How many bytes.
        width: u64,
        /// The size of the memory, in bytes.
        size: u64,
    },
    /// The address of an atomic access is not a multiple of its width.
    UnalignedAtomic {
        /// The first byte accessed.
        address: u64,
        /// How many bytes.
        width: u64,
    },
    /// An agent would wait at a memory that no other can access.
    ExpectedSharedMemory,
    /// An agent would wait without end to be notified. A store is used by one
    /// agent at a time, so that nobody else could ever notify it.
    WaitWithoutEnd {
        /// Where it would wait.
        address: u64,
    },
    /// An access lies outside of a table, in part or as a whole.
    TableOutOfBounds {
        /// The first element accessed.
        index: u64,
        /// How many elements.
        count: u64,
        /// The size of the table, in elements.
        size: u64,
    },
    /// `memory.init` reads past the end of its data segment. A dropped segment is empty.
    DataOutOfBounds {
        /// The first byte read.
        start: u64,
        /// How many bytes.
        width: u64,
        /// The size of the segment, in bytes.
        size: u64,
    },
    /// `table.init` reads past the end of its element segment. A dropped segment is empty.
    ElementOutOfBounds {
        /// The first element read.
        start: u64,
        /// How many elements.
        count: u64,
        /// The size of the segment, in elements.
        size: u64,
    },
    /// An indirect call names an element past the end of the table.
    UndefinedElement {
        /// The element.
        index: u64,
        /// The size of the table, in elements.
        size: u64,
    },
    /// An indirect call finds null in the table.
    IndirectCallToNull {
        /// The element.
        index: u64,
    },
    /// An indirect call finds a function of another type.
    IndirectCallTypeMismatch(Shared<SignatureMismatch>),
    /// A null reference is called.
    NullFunctionReference,
    /// A reference is null that must not be.
    NullReference,
    /// A null reference is thrown.
    NullExceptionReference,
    /// A field of a null reference is accessed.
    NullStructReference,
    /// An element of a null reference is accessed.
    NullArrayReference,
    /// A null reference is taken for an integer of 31 bits.
    NullI31Reference,
    /// An access lies outside of an array, in part or as a whole.
    ArrayOutOfBounds {
        /// The first element accessed.
        index: u64,
        /// How many elements.
        count: u64,
        /// The size of the array, in elements.
        size: u64,
    },
    /// A reference is not of the type that it is cast to.
    CastFailure,
    /// An exception is not caught.
    UncaughtException(ExnRef),
    /// An integer is divided by zero.
    IntegerDivideByZero,
    /// The result of a division or conversion does not fit its type.
    IntegerOverflow,
    /// NaN is converted to an integer.
    InvalidConversionToInteger,
    /// Calls nest too deep, or need more of the value stack than is allowed.
    StackExhausted {
        /// How deep calls were nested.
        calls: u64,
        /// Slots of the value stack that the next call would have made it take, if that
        /// is more than it may; none if calls may not nest deeper.
        slots: Option<u64>,
    },
    /// The fuel of the store is used up.
    OutOfFuel,
    /// What execution needs, beyond what the module itself declares, cannot be afforded.
    OutOfMemoryBudget {
        /// How many bytes were wanted.
        bytes: u64,
    },
    /// The store's budget does not allow what is wanted, not even without microcode
    /// ([`StoreLimits::with_budget`](crate::StoreLimits::with_budget)).
    OverBudget {
        /// For what.
        owner: Owner,
        /// How many bytes more were wanted.
        wanted: u64,
        /// How many there are, without microcode.
        used: u64,
        /// How many there may be.
        budget: u64,
    },
    /// A host function failed with this message.
    Host(Box<str>),
    /// Host functions call WebAssembly that calls host functions, and so on, too deep.
    HostCallNesting {
        /// How deep they may nest.
        limit: u32,
    },
    /// A host function cannot answer yet, and the call that needs it cannot wait.
    HostPending,
    /// A page of a memory has to be loaded or stored ([`Paging`](crate::Paging)), and the call that
    /// needs it cannot wait.
    PageNeeded(ObjectId),
    /// The program ended itself, through a host function.
    Exit {
        /// Its exit code; zero for success.
        code: u32,
    },
    /// A function is called that the embedder lets nobody call.
    CallBlocked(Func),
    /// What ran was interrupted, and the call cannot be taken up again.
    Interrupted,
    /// The embedder gave the job up.
    Stopped,
    /// A job was run in another store than its own.
    ForeignStore,
    /// The job was given a reference, as an argument or as what a host function
    /// returns, to an object that was gone before the job ran. References that
    /// the embedder has keep nothing; the job does as soon as it has run.
    LostReference,
}

/// The types of two functions that should have been the same.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::{Error, TrapKind};
///
/// let wat = r#"(module
///   (table funcref (elem $f))
///   (func $f (param i32))
///   (func (export "g") (call_indirect (i32.const 0))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let g = instance.get_typed_func::<(), ()>(&store, "g")?;
/// let Err(Error::Trap(trap)) = g.call(&mut store, ()) else { panic!("it must trap") };
/// let TrapKind::IndirectCallTypeMismatch(types) = trap.kind() else { panic!("{trap}") };
/// assert_eq!(types.expected.to_string(), "() -> ()");
/// assert_eq!(types.found.to_string(), "(i32) -> ()");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// What the call expects.
    pub expected: FuncType,
    /// What the function is.
    pub found: FuncType,
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrapKind::Unreachable => f.write_str("unreachable executed"),
            TrapKind::MemoryOutOfBounds { address, width, size } => write!(
                f,
                "out of bounds memory access: {width} bytes at address {address:#x}, \
                 the memory has {size:#x}"
            ),
            TrapKind::UnalignedAtomic { address, width } => {
                write!(f, "unaligned atomic access: address {address:#x} is no multiple of {width}")
            }
            TrapKind::ExpectedSharedMemory => {
                f.write_str("expected shared memory: nobody else could notify what waits here")
            }
            TrapKind::WaitWithoutEnd { address } => write!(
                f,
                "wait without end at address {address:#x}: there is no other agent to notify it"
            ),
            TrapKind::TableOutOfBounds { index, count, size } => write!(
                f,
                "out of bounds table access: {count} elements from {index} on, \
                 the table has {size}"
            ),
            TrapKind::DataOutOfBounds { start, width, size } => write!(
                f,
                "out of bounds memory access: {width} bytes from {start} on of a data segment \
                 that has {size}"
            ),
            TrapKind::ElementOutOfBounds { start, count, size } => write!(
                f,
                "out of bounds table access: {count} elements from {start} on of a segment \
                 that has {size}"
            ),
            TrapKind::UndefinedElement { index, size } => {
                write!(f, "undefined element {index}: the table has {size}")
            }
            TrapKind::IndirectCallToNull { index } => {
                write!(f, "uninitialized element {index}: the table holds null there")
            }
            TrapKind::IndirectCallTypeMismatch(types) => write!(
                f,
                "indirect call type mismatch: the call expects {}, the function is {}",
                types.expected, types.found
            ),
            TrapKind::NullFunctionReference => f.write_str("null function reference"),
            TrapKind::NullReference => f.write_str("null reference"),
            TrapKind::NullExceptionReference => f.write_str("null exception reference"),
            TrapKind::NullStructReference => f.write_str("null structure reference"),
            TrapKind::NullArrayReference => f.write_str("null array reference"),
            TrapKind::NullI31Reference => f.write_str("null i31 reference"),
            TrapKind::ArrayOutOfBounds { index, count, size } => write!(
                f,
                "out of bounds array access: {count} elements from {index} on, the array has {size}"
            ),
            TrapKind::CastFailure => f.write_str("cast failure"),
            TrapKind::UncaughtException(_) => f.write_str("uncaught exception"),
            TrapKind::IntegerDivideByZero => f.write_str("integer divide by zero"),
            TrapKind::IntegerOverflow => f.write_str("integer overflow"),
            TrapKind::InvalidConversionToInteger => f.write_str("invalid conversion to integer"),
            TrapKind::StackExhausted { calls, slots: None } => {
                write!(f, "call stack exhausted: {calls} calls deep, no more are allowed")
            }
            TrapKind::StackExhausted { calls, slots: Some(slots) } => write!(
                f,
                "call stack exhausted: {calls} calls deep, the next would make the value stack \
                 {slots} slots high, more than allowed"
            ),
            TrapKind::OutOfFuel => f.write_str("out of fuel"),
            TrapKind::OutOfMemoryBudget { bytes } => {
                write!(f, "out of memory: {bytes} bytes cannot be had")
            }
            TrapKind::OverBudget { owner, wanted, used, budget } => write!(
                f,
                "out of memory: {owner} cannot take {wanted} bytes more: \
                 {used} are in use, the budget is {budget}"
            ),
            TrapKind::Host(message) => write!(f, "host function failed: {message}"),
            TrapKind::HostCallNesting { limit } => {
                write!(f, "host functions call back more than {limit} deep")
            }
            TrapKind::HostPending => {
                f.write_str("a host function has to be waited for, and the call cannot wait")
            }
            TrapKind::PageNeeded(page) => {
                write!(f, "{page} has to be loaded or stored, and the call cannot wait")
            }
            TrapKind::Exit { code } => write!(f, "the program ended with exit code {code}"),
            TrapKind::CallBlocked(func) => {
                write!(f, "the embedder blocks calls of function {} of the store", func.0.index)
            }
            TrapKind::Interrupted => f.write_str("interrupted"),
            TrapKind::Stopped => f.write_str("stopped by the embedder"),
            TrapKind::LostReference => f.write_str("an object that the job was given is gone"),
            TrapKind::ForeignStore => f.write_str("the job belongs to another store"),
        }
    }
}

/// A frame in a trap's backtrace.
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::Error;
///
/// let wat = r#"(module (func $inner (unreachable)) (func (export "outer") (nop) (call $inner)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let outer = instance.get_typed_func::<(), ()>(&store, "outer")?;
/// let Err(Error::Trap(trap)) = outer.call(&mut store, ()) else { panic!("it must trap") };
/// let [inner, outer] = trap.backtrace() else { panic!("two frames are expected") };
/// assert_eq!((inner.function, outer.function), (0, 1));
/// assert_eq!(module.bytes()[outer.offset as usize], 0x10); // call
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BacktraceFrame {
    /// The instance whose function it is.
    pub instance: Instance,
    /// The index of the function in its module.
    pub function: u32,
    /// Where the instruction being executed stands, in bytes from the start of
    /// the module: the one that trapped, or the call that it lies within.
    pub offset: u32,
}

/// Execution was given up: why and where.
///
/// ```
/// use fayasm_core::{Engine, Error, Linker, Module, Store, TrapKind};
///
/// let wasm = wat::parse_str("(module (func (export \"f\") (unreachable)))")?;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let module = Module::new(&engine, wasm)?;
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
/// let Err(Error::Trap(trap)) = f.call(&mut store, ()) else { panic!("it must trap") };
/// assert_eq!(*trap.kind(), TrapKind::Unreachable);
/// assert_eq!(trap.to_string(), "unreachable executed, in function 0, at byte 0x1e");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Trap {
    kind: TrapKind,
    backtrace: Vec<BacktraceFrame>,
    omitted: u64,
    /// Keeps the exception that nobody caught for as long as somebody may throw
    /// it on.
    exception: Option<Held>,
}

impl Trap {
    /// A trap that lies in no function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Func, Trap, TrapKind};
    ///
    /// // For a host function that wants its caller to trap, as `proc_exit` does.
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let exit = |code: u32| Err::<(), _>(Trap::new(TrapKind::Exit { code }));
    /// let exit = Func::wrap(&mut store, exit)?.typed::<u32, ()>(&store)?;
    /// let Err(Error::Trap(trap)) = exit.call(&mut store, 3) else { panic!("it must trap") };
    /// assert_eq!(trap, Trap::new(TrapKind::Exit { code: 3 }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(kind: TrapKind) -> Self {
        Trap { kind, backtrace: Vec::new(), omitted: 0, exception: None }
    }

    /// Why.
    ///
    /// ```
    /// use fayasm_core::{Trap, TrapKind};
    ///
    /// assert_eq!(*Trap::new(TrapKind::Unreachable).kind(), TrapKind::Unreachable);
    /// ```
    #[must_use]
    pub fn kind(&self) -> &TrapKind {
        &self.kind
    }

    /// Where: the function that trapped first, then its callers. At most
    /// [`MAX_BACKTRACE`] frames; how many more there were, [`Trap::omitted`]
    /// says.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Error;
    ///
    /// let wat = r#"(module (func $inner (unreachable)) (func (export "outer") (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let outer = instance.get_typed_func::<(), ()>(&store, "outer")?;
    /// let Err(Error::Trap(trap)) = outer.call(&mut store, ()) else { panic!("it must trap") };
    /// assert_eq!(trap.backtrace().iter().map(|frame| frame.function).collect::<Vec<_>>(), [0, 1]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn backtrace(&self) -> &[BacktraceFrame] {
        &self.backtrace
    }

    /// How many frames, the outermost ones, the backtrace leaves out.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Error;
    ///
    /// let wat = r#"(module (func (export "f") (unreachable)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
    /// let Err(Error::Trap(trap)) = f.call(&mut store, ()) else { panic!("it must trap") };
    /// assert_eq!(trap.omitted(), 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// How many bytes it has allocated.
    pub(crate) fn allocated(&self) -> u64 {
        let kind = match &self.kind {
            TrapKind::Host(message) => ledger::boxed(&**message),
            TrapKind::IndirectCallTypeMismatch(types) => {
                let SignatureMismatch { expected, found } = &**types;
                ledger::shared(types) + expected.allocated() + found.allocated()
            }
            _ => 0,
        };
        kind + ledger::vec(&self.backtrace)
    }

    /// A trap of this kind, which keeps the exception that it comes of, if it
    /// does and there is memory to.
    pub(crate) fn keeping(kind: TrapKind, heap: &mut Heap) -> Self {
        let mut trap = Trap::new(kind);
        if let TrapKind::UncaughtException(exception) = trap.kind
            && let Ok(Some(held)) = heap.hold(core::iter::once(exception.slot))
            && heap.keep(&held).is_ok()
        {
            trap.exception = Some(held);
        }
        trap
    }

    /// The same, happening within these frames, given innermost first.
    #[must_use]
    pub(crate) fn within(mut self, frames: impl Iterator<Item = BacktraceFrame>) -> Self {
        for frame in frames {
            let room = self.omitted == 0 && self.backtrace.len() < MAX_BACKTRACE;
            if room && self.backtrace.try_reserve(1).is_ok() {
                self.backtrace.push(frame);
            } else {
                self.omitted += 1;
            }
        }
        self
    }
}

impl Clone for Trap {
    /// The same, but for frames for which there is no memory: those are omitted.
    fn clone(&self) -> Self {
        let mut copy = Trap::new(self.kind.clone()).within(self.backtrace.iter().copied());
        copy.omitted += self.omitted;
        copy.exception = self.exception.clone();
        copy
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.backtrace.first() {
            Some(frame) => {
                write!(f, ", in function {}, at byte {:#x}", frame.function, frame.offset)
            }
            None => Ok(()),
        }
    }
}

impl core::error::Error for Trap {}

impl From<TrapKind> for Trap {
    fn from(kind: TrapKind) -> Self {
        Trap::new(kind)
    }
}
