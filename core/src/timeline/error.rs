//! Why a timeline could not go where it was to go.

use core::fmt;

use crate::allocate::OutOfMemory;

/// Why a timeline could not go where it was to go.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::timeline::{Settings, Timeline, TimelineError};
///
/// let wat = r#"(module (func (export "f") (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let job = Job::new(&store, f, &[])?;
/// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
/// let error = timeline.seek(&mut store, 5).unwrap_err();
/// assert_eq!(error, TimelineError::OutOfRange { asked: 5, first: 0, last: 0 });
/// assert_eq!(error.to_string(), "instruction 5 is not on the timeline, which has 0 to 0");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimelineError {
    /// There is no such instruction on the timeline.
    OutOfRange {
        /// The one that was asked for.
        asked: u64,
        /// The first that can be gone to.
        first: u64,
        /// The last that can be gone to.
        last: u64,
    },
    /// Memory has run out.
    OutOfMemory,
    /// Executing it again after this instruction did not lead where it led
    /// before: the store's settings are not the same, or the machine has less
    /// memory.
    Diverged(u64),
    /// The store is not that of the job, or another timeline was made for it
    /// since.
    OtherStore,
    /// Pages of a memory may be stored elsewhere, where a timeline cannot get them: the store has
    /// to [keep them itself](crate::Paging::kept).
    Paged,
}

impl fmt::Display for TimelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimelineError::OutOfRange { asked, first, last } => {
                write!(f, "instruction {asked} is not on the timeline, which has {first} to {last}")
            }
            TimelineError::OutOfMemory => f.write_str("memory has run out"),
            TimelineError::Diverged(at) => {
                write!(f, "executing instruction {at} again led elsewhere than before")
            }
            TimelineError::OtherStore => {
                f.write_str("the timeline does not belong to this store, or no longer")
            }
            TimelineError::Paged => f.write_str("pages of a memory may be stored elsewhere"),
        }
    }
}

impl core::error::Error for TimelineError {}

impl From<OutOfMemory> for TimelineError {
    fn from(_: OutOfMemory) -> Self {
        TimelineError::OutOfMemory
    }
}
