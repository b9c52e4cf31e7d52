//! Why a job stopped running.

use crate::runtime::{Func, Trap};
use crate::spill::ObjectId;

/// Why a job stopped running.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::Outcome;
///
/// let wat = r#"(module (func (export "f") (loop (br 0))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// # let mut job = Job::new(&store, f, &[])?;
/// let message = match store.run(&mut job, 1000) {
///     Outcome::Done => "it returned".to_string(),
///     Outcome::Trapped(trap) => trap.to_string(),
///     _ => format!("still there after {} instructions", job.executed()),
/// };
/// assert_eq!(message, "still there after 1000 instructions");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned; its results are there.
    Done,
    /// It was given up.
    Trapped(Trap),
    /// It executed as many instructions as it was allowed to, and can go on.
    OutOfFuel,
    /// It is about to call this function, at which it was to stop
    /// ([`FunctionTrap::Pause`](crate::FunctionTrap::Pause)), and can go on.
    Paused(Func),
    /// It was interrupted ([`InterruptHandle`](crate::InterruptHandle)), and can go on.
    Interrupted,
    /// It returned to the depth that it was to run to, and can go on.
    DepthReached,
    /// It came to an instruction that this breakpoint of the store's
    /// [stops](crate::Limit::until_breakpoint) before, and can go on.
    Breakpoint(usize),
    /// It waits for a host function that cannot answer yet
    /// ([`HostError::Pending`](crate::HostError::Pending)); running it again calls that
    /// function again.
    Pending(Func),
    /// It waits for a host function; only drivers of their own see this.
    HostCall(Func),
    /// It needs a page that is stored ([`Paging`](crate::Paging)): give it to the store with
    /// [`Store::load_object`](crate::Store::load_object), and run the job again.
    NeedLoad(ObjectId),
    /// It needs room for a page, and this one is to leave: store what
    /// [`Store::object`](crate::Store::object) gives, say so with
    /// [`Store::object_stored`](crate::Store::object_stored), and run the job again.
    NeedStore(ObjectId),
}

impl Outcome {
    /// Whether the job can go on.
    ///
    /// ```
    /// use fayasm_core::Outcome;
    ///
    /// assert!(Outcome::OutOfFuel.is_running());
    /// assert!(!Outcome::Done.is_running());
    /// ```
    #[must_use]
    pub const fn is_running(&self) -> bool {
        !matches!(self, Outcome::Done | Outcome::Trapped(_))
    }
}
