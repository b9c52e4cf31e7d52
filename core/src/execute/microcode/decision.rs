//! What has been decided about functions, and why.

use core::fmt;

use super::Refused;
use crate::planner::Advantage;
use crate::runtime::Func;

/// How far a function is on its way to microcode.
///
/// ```
/// # use fayasm_core::{Linker, Module, Store};
/// use fayasm_core::{Config, Engine, Translate, Translation, Why};
///
/// let wat = r#"(module (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2))))"#;
/// let engine = Engine::new(Config::new().with_translate(Translate::Always));
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_typed_func::<(), i32>(&store, "f")?;
/// let Some(Translation::Not { advantage, .. }) = store.translation(f.func()) else {
///     panic!("it was not executed yet")
/// };
/// assert_eq!(advantage.score, 0);
/// f.call(&mut store, ())?;
/// let Some(Translation::Done { instructions: 4, why, .. }) = store.translation(f.func()) else {
///     panic!("it was executed, and so translated")
/// };
/// assert_eq!(why, Why::Always);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Translation {
    /// It is executed by the stepper.
    Not {
        /// What translating it is worth, by what was counted since the store might translate it,
        /// or since it was put off or has left.
        advantage: Advantage,
        /// How often it was put off, or has left for others.
        setbacks: u8,
    },
    /// It is executed as microcode.
    Done {
        /// Instructions of the function.
        instructions: u32,
        /// Bytes that its microcode takes, with what says where it can be entered.
        bytes: usize,
        /// Bytes of these that its operators take (see
        /// [`MicrocodeListing::bytes`](crate::text::MicrocodeListing::bytes)).
        operators: usize,
        /// Why it was translated.
        why: Why,
        /// Instructions that had been executed in the store by then.
        at: u64,
        /// How often it was hit: called by the stepper, or gone round. Halved now and then
        /// while there is too little room.
        hits: u32,
    },
    /// It was not translated, for this reason: the stepper executes it.
    Refused(Refused),
}

/// Why a function was translated.
///
/// ```
/// assert_eq!(fayasm_core::Why::Ahead.to_string(), "ahead, when its module was instantiated");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Everything is.
    Always,
    /// It was hot.
    Hot(Advantage),
    /// It was translated ahead.
    Ahead,
    /// Its microcode had been stored.
    Stored,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Always => f.write_str("as all functions are"),
            Why::Hot(advantage) => advantage.fmt(f),
            Why::Ahead => f.write_str("ahead, when its module was instantiated"),
            Why::Stored => f.write_str("as its microcode had been stored"),
        }
    }
}

/// Something that was decided about a function (see [`Store::decisions`](crate::Store::decisions)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The function.
    pub func: Func,
    /// Instructions that had been executed in the store by then.
    pub at: u64,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided about a function.
///
/// ```
/// use fayasm_core::{Verdict, Why};
///
/// let verdict = Verdict::Translated { bytes: 312, why: Why::Always };
/// assert_eq!(verdict.to_string(), "translated to 312 bytes: as all functions are");
/// let verdict = Verdict::Evicted { bytes: 312, hits: 7 };
/// assert_eq!(verdict.to_string(), "made room with its 312 bytes, after 7 hits of late");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is executed as microcode from now on.
    Translated {
        /// Bytes that this takes.
        bytes: usize,
        /// Why it was translated.
        why: Why,
    },
    /// It is not translated.
    Refused(Refused),
    /// It is not translated yet: the others have more hits for each byte that they take.
    PutOff {
        /// Bytes for which there is no room.
        bytes: usize,
    },
    /// Its microcode was dropped, for that of another.
    Evicted {
        /// Bytes that it took.
        bytes: usize,
        /// How often it was hit, of late (see [`Translation::Done`]).
        hits: u32,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Translated { bytes, why } => write!(f, "translated to {bytes} bytes: {why}"),
            Verdict::Refused(reason) => write!(f, "refused: {reason}"),
            Verdict::PutOff { bytes } => {
                write!(f, "put off: there is no room for {bytes} bytes beside what is worth more")
            }
            Verdict::Evicted { bytes, hits } => {
                write!(f, "made room with its {bytes} bytes, after {hits} hits of late")
            }
        }
    }
}

/// How a store's functions have been executed, and what their microcode takes.
///
/// ```
/// # use fayasm_core::{Linker, Module, Store};
/// use fayasm_core::{Config, Engine, Translate};
///
/// let wat = r#"(module (func (export "f") (nop)))"#;
/// let engine = Engine::new(Config::new().with_translate(Translate::Always));
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_typed_func::<(), ()>(&store, "f")?;
/// f.call(&mut store, ())?;
/// let stats = store.microcode_stats();
/// assert_eq!((stats.translated, stats.stepped + stats.as_microcode), (1, 2)); // nop, end
/// assert!(stats.bytes <= stats.budget && stats.peak == stats.bytes);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MicrocodeStats {
    /// Functions that are executed as microcode now.
    pub translated: usize,
    /// How often functions were translated, again or not.
    pub translations: u64,
    /// How often a function was refused.
    pub refusals: u64,
    /// How often a function was put off.
    pub put_off: u64,
    /// How often a function has left for others.
    pub evictions: u64,
    /// Bytes that microcode takes now, with the tables that it needs.
    pub bytes: usize,
    /// Bytes that it took at most.
    pub peak: usize,
    /// Bytes that it may take.
    pub budget: usize,
    /// Instructions that the stepper has executed. Calls of host functions are not among them, but
    /// are counted by themselves.
    pub stepped: u64,
    /// Instructions that were executed as microcode.
    pub as_microcode: u64,
    /// Calls of host functions; not those that a timeline repeats from what it has kept.
    pub host_calls: u64,
    /// Operators of microcode that were executed.
    #[cfg(feature = "dispatches")]
    pub dispatches: u64,
}
