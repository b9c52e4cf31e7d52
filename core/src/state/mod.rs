//! All that a run can change, as bytes, and back.
//!
//! A state is saved between two instructions and loaded into a store that was built in the same
//! way: there, or in another process, or on another machine. All numbers are little-endian and
//! have 32 bits, but for those that are marked with *.
//!
//! | numbers | |
//! | --- | --- |
//! | 8* | the [shape](StateError::Shape): of each part of the store, a hash of what no run can change |
//! | | **objects** |
//! | 1* | the last generation |
//! | 1*, 1 | bytes at which objects are collected; how many collections have left next to no room |
//! | 1 | how many entries follow |
//! | 1 | of each: 0 if there is no object, 1 for a structure or array, 2 for an exception; then |
//! | 2, 1* | type, or tag; how many fields or elements; generation |
//! | runs | its bytes |
//! | 1, 1 each | how many entries are free, and which, the next to be used last |
//! | | **memories** |
//! | 1 | whether contents follow |
//! | 1* | of each: its size in bytes, then its contents as runs |
//! | | **tables** |
//! | 1* | of each: how many elements, then these as runs |
//! | | **globals and segments** |
//! | runs | two words of each mutable global |
//! | runs | a word for each segment, data before elements of each instance: 1 if it was dropped |
//! | | **the job** |
//! | 1 | 0 if it has returned, 1 if it waits for the function that it calls, one of the host, 2 if it runs |
//! | 1 | that function |
//! | 1*, 1 | how many instructions were executed; whether its function was let in |
//! | 2 | whether the next call was paused; of which function |
//! | 1, 4 each | how many frames; function, first slot, instruction, entry of the side table |
//! | 1, runs | how many slots are in use, and these |
//!
//! Runs are sequences of words of 64 bits: how many zeros come, how many other words, and these.
//!
//! **What bytes can say.** Whatever they are and wherever they come from, a store is set to a state
//! that its modules allow, or not at all; checksums are no part of that. What execution relies on:
//!
//! - *References lead to what there is, of a type that fits.* Each slot whose type is known is held
//!   against it: fields and elements of objects, elements of tables, globals, segments that are
//!   not dropped, locals and operands. Numbers of 32 bits have zeros above; all else about numbers
//!   means nothing to the engine.
//! - *Objects are as long as their types say*, and lie within the limits of the store. An entry is
//!   free once at most, and only without an object. Generations tell objects apart for the embedder
//!   alone: whoever holds a reference asks for the type as well.
//! - *Memories and tables* have sizes that their types and all their declarations allow.
//! - *Frames* belong to functions that are there. Each stands at the start of an instruction that
//!   can be reached, as validation goes through its body, with the entry of the side table that
//!   belongs to it, and holds as many slots of just those types that validation knows there. All but
//!   the last one stand at a call that gives what the next one's function gives, and end where its
//!   arguments begin. So bases, the height of the stack and where callers go on follow. At the end
//!   of a function, to which branches lead whatever validation knew on the way, there are its
//!   results. The stack has room for the most that each frame ever needs.
//! - *Counts* stay far from where they would overflow.
//!
//! What is left can be another state than the one that was saved, but it is one that the stepper and
//! microcode can go on from as from any other. Nothing of microcode is part of it: every frame is
//! laid out in the same way in both tiers, and a function is entered as microcode only where the
//! frame is as the translator laid it out.

mod bytes;
mod fit;
mod load;
mod save;
mod shape;
mod stack;

use alloc::vec::Vec;
use core::fmt;

use crate::allocate::OutOfMemory;
use crate::envelope::{self, EnvelopeError};
use crate::execute::Job;
use crate::module::Module;
use crate::runtime::Store;
use crate::spill::{ObjectId, ObjectKind};

/// What stands for an entry of the heap.
const NO_OBJECT: u32 = 0;
const OBJECT: u32 = 1;
const EXCEPTION: u32 = 2;

/// What a job does.
const RETURNED: u32 = 0;
const WAITS: u32 = 1;
const RUNS: u32 = 2;

/// What becomes of the contents of memories in a [saved state](Store::save_state).
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::Contents;
///
/// let wat = r#"(module (memory (export "memory") 1) (func (export "f")))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let memory = instance.get_memory(&store, "memory").expect("it is exported");
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let job = Job::new(&store, f, &[])?;
/// memory.write(&mut store, 0, b"abc")?;
/// let whole = store.save_state(&job, Contents::Included)?;
/// let rest = store.save_state(&job, Contents::Elsewhere)?;
///
/// memory.write(&mut store, 0, b"xyz")?;
/// store.load_state(&rest)?;
/// assert_eq!(&memory.data(&store)?[..3], b"xyz"); // whoever has the contents puts them there
/// store.load_state(&whole)?;
/// assert_eq!(&memory.data(&store)?[..3], b"abc");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// They are part of the state.
    Included,
    /// They are kept elsewhere: the state has the sizes only. Loading it gives memories these sizes
    /// and leaves what they hold as it is.
    Elsewhere,
}

/// A part of a store, or of a job, to say what is wrong with a state.
///
/// ```
/// use fayasm_core::StatePart;
///
/// assert_eq!(StatePart::Tables.to_string(), "tables");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatePart {
    /// Instances of modules, and what these import.
    Modules,
    /// Types.
    Types,
    /// Functions, those of the host included.
    Functions,
    /// Linear memories.
    Memories,
    /// Tables.
    Tables,
    /// Globals.
    Globals,
    /// Tags of exceptions.
    Tags,
    /// Data and element segments.
    Segments,
    /// Structures, arrays and exceptions.
    Objects,
    /// The job but for its stack.
    Job,
    /// Frames, the outermost being 0.
    Frames,
    /// Slots of the value stack.
    Stack,
}

impl StatePart {
    /// What there is one of, and what there are several of.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            StatePart::Modules => ("module", "modules"),
            StatePart::Types => ("type", "types"),
            StatePart::Functions => ("function", "functions"),
            StatePart::Memories => ("memory", "memories"),
            StatePart::Tables => ("table", "tables"),
            StatePart::Globals => ("global", "globals"),
            StatePart::Tags => ("tag", "tags"),
            StatePart::Segments => ("segment", "segments"),
            StatePart::Objects => ("object", "objects"),
            StatePart::Job => ("job", "jobs"),
            StatePart::Frames => ("frame", "frames"),
            StatePart::Stack => ("slot", "slots of the value stack"),
        }
    }
}

impl fmt::Display for StatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().1)
    }
}

/// Why a state was not saved, or not loaded.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::{Contents, StateError, StatePart};
///
/// let engine = Engine::default();
/// let [seven, eight] = ["7", "8"].map(|number| {
///     let wat = format!(r#"(module (func (export "f") (result i32) (i32.const {number})))"#);
///     Module::new(&engine, wat::parse_str(wat).expect("it is right")).expect("it is valid")
/// });
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &seven)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let state = store.save_state(&Job::new(&store, f, &[])?, Contents::Included)?;
///
/// let mut other = Store::new(&engine, ());
/// Linker::new(&engine).instantiate(&mut other, &eight)?;
/// let error = other.load_state(&state).unwrap_err();
/// assert_eq!(error, StateError::Shape(StatePart::Modules));
/// assert_eq!(error.to_string(), "the state is that of a store with other modules");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes are not a state of this module.
    Envelope(EnvelopeError),
    /// The state belongs to a store that was built in another way, as this part of it shows first.
    Shape(StatePart),
    /// The state is not as long as it says.
    Length {
        /// Where that shows, in bytes.
        offset: usize,
    },
    /// The state says something that cannot be.
    Flaw {
        /// Of which part.
        part: StatePart,
        /// Which one of these.
        index: usize,
    },
    /// These take more than the store, or its engine, allows.
    Limit(StatePart),
    /// The job has trapped: it cannot go on.
    Trapped,
    /// The job was given references to objects that are gone.
    LostReference,
    /// A host function is being executed.
    HostFunction,
    /// A timeline knows the store's past, and would no longer.
    Watched,
    /// The job belongs to another store.
    ForeignHandle,
    /// This page of a memory is stored elsewhere ([`Paging`](crate::Paging)): contents of memories
    /// cannot be part of the state.
    Paged(ObjectId),
    /// The machine has no memory left.
    OutOfMemory,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use StateError as E;
        match self {
            E::Envelope(reason) => write!(f, "these bytes cannot be used as a state: {reason}"),
            E::Shape(part) => write!(f, "the state is that of a store with other {part}"),
            E::Length { offset } => {
                write!(f, "the state is not as long as it says, at byte {offset:#x}")
            }
            E::Flaw { part, index } => {
                write!(f, "{} {index} cannot be as the state says", part.names().0)
            }
            E::Limit(part) => write!(f, "the state's {part} take more than is allowed"),
            E::Trapped => f.write_str("the job has trapped and cannot go on"),
            E::LostReference => f.write_str("an object that the job was given is gone"),
            E::HostFunction => f.write_str("a host function is being executed"),
            E::Watched => f.write_str("a timeline keeps the store's past"),
            E::ForeignHandle => f.write_str("the job belongs to another store"),
            E::Paged(page) => write!(f, "{page} is stored elsewhere, or is to be"),
            E::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl From<OutOfMemory> for StateError {
    fn from(_: OutOfMemory) -> Self {
        StateError::OutOfMemory
    }
}

impl core::error::Error for StateError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            StateError::Envelope(reason) => Some(reason),
            _ => None,
        }
    }
}

fn flaw(part: StatePart, index: usize) -> StateError {
    StateError::Flaw { part, index }
}

impl<T> Store<T> {
    /// All that a run can change, as bytes: the job with its value stack and frames, memories,
    /// globals, tables, which segments were dropped, and all objects. The same state gives the
    /// same bytes, in every tier and on every machine.
    ///
    /// Not part of it are the embedder's data, and what the embedder sets: limits, fuel,
    /// breakpoints, function traps. A job that waits for a host function is saved as it was before
    /// that call, and makes it again.
    ///
    /// ```
    /// # use fayasm_core::{Linker, Module, Store};
    /// use fayasm_core::{Contents, Engine, Job, Outcome, Val};
    ///
    /// let wat = r#"(module (func (export "sum") (param i32) (result i32) (local i32)
    ///   (loop
    ///     (local.set 1 (i32.add (local.get 1) (local.get 0)))
    ///     (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    ///   (local.get 1)))"#;
    /// let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let sum = instance.get_func(&store, "sum").expect("it is exported");
    /// let mut job = Job::new(&store, sum, &[Val::I32(10)])?;
    /// store.run(&mut job, 50);
    /// let state = store.save_state(&job, Contents::Included)?;
    ///
    /// // Elsewhere, perhaps on another machine:
    /// let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let mut job = store.load_state(&state)?;
    /// assert_eq!(job.executed(), 50);
    /// assert_eq!(store.run(&mut job, 1000), Outcome::Done);
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(55)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StateError::Trapped`], [`StateError::LostReference`], [`StateError::HostFunction`],
    /// [`StateError::ForeignHandle`], [`StateError::OutOfMemory`]
    pub fn save_state(&self, job: &Job, contents: Contents) -> Result<Vec<u8>, StateError> {
        save::save(self.inner(), job, contents)
    }

    /// Sets all that a run can change to what it was when these bytes were
    /// [saved](Store::save_state), and gives the job as it was.
    ///
    /// The store must have been built in the same way as the one that was saved: the same modules
    /// instantiated in the same order, with host functions, memories, tables, globals and tags of
    /// the embedder's made between them in the same order; in a store that was saved before, nothing
    /// added since. What host functions do is the embedder's.
    ///
    /// Other jobs of the store go on if the objects that they refer to are still there, and trap
    /// otherwise ([`TrapKind::LostReference`](crate::TrapKind::LostReference)).
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Contents, StateError};
    ///
    /// let wat = r#"(module (global (export "g") (mut i32) (i32.const 1))
    ///   (func (export "f") (global.set 0 (i32.const 2))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let global = instance.get_global(&store, "g").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// let state = store.save_state(&job, Contents::Included)?;
    /// store.run(&mut job, 2);
    /// assert_eq!(global.get(&store)?.i32(), Some(2));
    ///
    /// // An error changes nothing.
    /// let error = store.load_state(&state[1..]).unwrap_err();
    /// assert!(matches!(error, StateError::Shape(_)));
    /// assert_eq!(global.get(&store)?.i32(), Some(2));
    ///
    /// let job = store.load_state(&state)?;
    /// assert_eq!((job.executed(), global.get(&store)?.i32()), (0, Some(1)));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is not as it can be in this store, whatever the bytes are: then nothing changes.
    pub fn load_state(&mut self, state: &[u8]) -> Result<Job, StateError> {
        load::load(self.inner_mut(), state)
    }
}

impl Module {
    /// A [state](Store::save_state) of a store, of which this is the first or only module, in an
    /// envelope: with its version and checksums, as a file should have them.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::Contents;
    ///
    /// let wat = r#"(module (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let state = store.save_state(&Job::new(&store, f, &[])?, Contents::Included)?;
    /// let file = module.seal_state(&state)?;
    /// assert_eq!(&file[..4], b"FYSM");
    /// assert_eq!(module.open_state(&file)?, state);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StateError::OutOfMemory`]
    pub fn seal_state(&self, state: &[u8]) -> Result<Vec<u8>, StateError> {
        let header = envelope::seal(ObjectKind::Snapshot, self.bytes(), state);
        let mut file = Vec::new();
        file.try_reserve_exact(header.len() + state.len()).map_err(|_| StateError::OutOfMemory)?;
        file.extend_from_slice(&header);
        file.extend_from_slice(state);
        Ok(file)
    }

    /// The state in an envelope.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::{EnvelopeError, StateError};
    ///
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str("(module)")?)?;
    /// let mut file = module.seal_state(b"whatever it is")?;
    /// *file.last_mut().expect("it is not empty") ^= 1;
    /// let error = module.open_state(&file).unwrap_err();
    /// assert_eq!(error, StateError::Envelope(EnvelopeError::BodyChecksum));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StateError::Envelope`], if it is another module's, or not as it was sealed.
    pub fn open_state<'f>(&self, file: &'f [u8]) -> Result<&'f [u8], StateError> {
        envelope::open(ObjectKind::Snapshot, self.bytes(), file).map_err(StateError::Envelope)
    }
}
