//! How far a job runs.

use crate::execute::breakpoints::Stopping;

/// How far to run.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::{Limit, Outcome};
///
/// let wat = r#"(module (func (export "f") (nop) (nop) (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let mut job = Job::new(&store, f, &[])?;
/// // A number is a limit of so many instructions.
/// assert_eq!(store.run(&mut job, 1), Outcome::OutOfFuel);
/// assert_eq!(store.run(&mut job, Limit::fuel(1)), Outcome::OutOfFuel);
/// assert_eq!(job.executed(), 2);
/// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many instructions.
    pub fuel: u64,
    /// No further than to the return that leaves this many frames, or fewer.
    pub until_depth: Option<usize>,
    pub(crate) stopping: Stopping,
    /// Whether it may stop a little before that, where that is easier.
    pub(crate) nearly: bool,
}

impl Limit {
    /// To the end.
    ///
    /// ```
    /// use fayasm_core::Limit;
    ///
    /// assert_eq!(Limit::NONE, Limit::fuel(u64::MAX));
    /// ```
    pub const NONE: Limit = Limit::fuel(u64::MAX);

    /// At most this many instructions.
    ///
    /// ```
    /// use fayasm_core::Limit;
    ///
    /// assert_eq!(Limit::fuel(100).fuel, 100);
    /// ```
    #[must_use]
    pub const fn fuel(instructions: u64) -> Self {
        Limit { fuel: instructions, until_depth: None, stopping: Stopping::Never, nearly: false }
    }

    /// No further than to the return that leaves this many frames, or fewer.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Limit, Outcome};
    ///
    /// let wat = r#"(module (func $inner (nop)) (func (export "outer") (call $inner) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[])?;
    /// store.step(&mut job);
    /// assert_eq!(job.depth(), 2);
    /// // Out of `inner`, unless that takes more than a thousand instructions.
    /// let outcome = store.run(&mut job, Limit::fuel(1000).until_depth(1));
    /// assert_eq!((outcome, job.depth()), (Outcome::DepthReached, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn until_depth(mut self, frames: usize) -> Self {
        self.until_depth = Some(frames);
        self
    }

    /// No further than to an instruction at which the store has a
    /// [`Breakpoint`](crate::Breakpoint). It stays where it is if it stands at one: to
    /// go on, execute one instruction first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Breakpoint, Limit, Outcome};
    ///
    /// let wat = r#"(module (func (export "f") (nop) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// store.set_breakpoints(&[Breakpoint::Instruction { instance, function: 0, pc: 2 }])?;
    /// let limit = Limit::NONE.until_breakpoint();
    /// assert_eq!(store.run(&mut job, limit), Outcome::Breakpoint(0));
    /// assert_eq!(store.run(&mut job, limit), Outcome::Breakpoint(0));
    /// assert_eq!(job.executed(), 1);
    /// store.step(&mut job);
    /// assert_eq!(store.run(&mut job, limit), Outcome::Done);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn until_breakpoint(mut self) -> Self {
        self.stopping = Stopping::Always;
        self
    }
}

impl From<u64> for Limit {
    fn from(instructions: u64) -> Self {
        Limit::fuel(instructions)
    }
}
