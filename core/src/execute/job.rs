//! Jobs: running invocations, as plain data.

use alloc::vec::Vec;

use super::breakpoints::Stopping;
use super::frame::Frame;
use super::microcode::Tiers;
use super::stepper::{self, Stack, Stop, World};
use crate::ledger::{Ledger, Owner};
use crate::runtime::{
    Account, AsContext, BacktraceFrame, Error, ExnRef, Func, FunctionData, Held, HostError, Need,
    StoreId, StoreInner, Stored, Trap, TrapKind, Val, inner, put_results, put_vals, vals_of,
};
use crate::spill::ObjectId;
use crate::types::FuncType;

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
    /// [`Breakpoint`](super::Breakpoint). It stays where it is if it stands at one: to
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
    /// [stops](Limit::until_breakpoint) before, and can go on.
    Breakpoint(usize),
    /// It waits for a host function that cannot answer yet
    /// ([`HostError::Pending`]); running it again calls that function again.
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

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Status {
    Ready,
    /// Waits for a host function, whose arguments are on top of the value stack.
    Host {
        address: u32,
        /// Slots above the arguments that the call took off the stack.
        taken: usize,
    },
    Done,
    Trapped(Trap),
}

/// A running invocation of a function: value stack, frames, the number of
/// executed instructions. It is plain data that refers to its store by indices
/// only, so it can be stopped anywhere, looked at, kept, and resumed.
///
/// Every operator that is executed counts as one instruction, `block`, `loop`,
/// `else`, `end` and `nop` included; one that traps does not count. A trap
/// leaves the frame at the instruction that trapped, its operands in place.
///
/// ```
/// use fayasm_core::{Engine, Job, Linker, Module, Outcome, Store, Val};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(
///     "(module (func (export \"add\") (param i32 i32) (result i32)
///          (i32.add (local.get 0) (local.get 1))))",
/// )?)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let add = instance.get_func(&store, "add").expect("it is exported");
///
/// let mut job = Job::new(&store, add, &[Val::I32(7), Val::I32(5)])?;
/// assert_eq!(store.run(&mut job, 2), Outcome::OutOfFuel);
/// assert_eq!(job.operands(&store, 0), [7, 5]);
/// assert_eq!(store.run(&mut job, 100), Outcome::Done);
/// assert_eq!(job.results(&store), Some(vec![Val::I32(12)]));
/// assert_eq!(job.executed(), 4);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Job {
    store: StoreId,
    /// The function invoked.
    address: u32,
    status: Status,
    stack: Stack,
    /// What its stack refers to while it stands still, kept by the store.
    held: Option<Held>,
    /// What it was given since then, which the store does not keep.
    given: Option<Held>,
}

impl Job {
    /// A job that is to call this function with these arguments; nothing is
    /// executed yet.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[Val::I64(7)])?;
    /// assert!(job.is_running());
    /// assert_eq!((job.executed(), job.locals(&store, 0)), (0, [7].as_slice()));
    ///
    /// let error = Job::new(&store, f, &[]).unwrap_err();
    /// assert_eq!(error, Error::ArgumentCount { expected: 1, found: 0 });
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ArgumentCount`], [`Error::ArgumentType`], [`Error::ForeignHandle`];
    /// [`Error::Trap`] if the function needs more of the value stack than there
    /// may be.
    pub fn new(store: impl AsContext, func: Func, args: &[Val]) -> Result<Job, Error> {
        let mut job = Job::of(func);
        job.reset(store, args)?;
        Ok(job)
    }

    /// A job that is to call this function, without arguments yet.
    fn of(func: Func) -> Job {
        Job {
            store: func.0.store,
            address: func.0.index,
            status: Status::Done,
            stack: Stack::default(),
            held: None,
            given: None,
        }
    }

    /// Makes it call its function anew, with these arguments, wherever it
    /// stands; nothing is executed yet. What was allocated is used again.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Outcome, Val};
    ///
    /// let wat = r#"(module (func (export "square") (param i32) (result i32)
    ///   (i32.mul (local.get 0) (local.get 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let square = instance.get_func(&store, "square").expect("it is exported");
    /// let mut job = Job::new(&store, square, &[Val::I32(3)])?;
    /// store.step(&mut job);
    /// job.reset(&store, &[Val::I32(5)])?;
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(25)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Job::new`].
    pub fn reset(&mut self, store: impl AsContext, args: &[Val]) -> Result<(), Error> {
        let store = inner(&store);
        let index = self.func().0.index_in(store.id)?;
        let ty = store.function_type(index).ok_or(Error::ForeignHandle)?;
        check_arguments(ty, args, store)?;
        self.begin(store, |slots| put_vals(args, slots))?;
        self.given = hold_values(store, args).inspect_err(|_| self.status = Status::Done)?;
        Ok(())
    }

    /// A job that is to call this function with the arguments that `args`
    /// writes, which are known to be of the right types.
    pub(crate) fn prepare(
        store: &StoreInner,
        func: Func,
        args: impl FnOnce(&mut [u64]) -> Result<(), Error>,
    ) -> Result<Job, Error> {
        let mut job = Job::of(func);
        job.begin(store, args)?;
        Ok(job)
    }

    fn begin(
        &mut self,
        store: &StoreInner,
        args: impl FnOnce(&mut [u64]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let index = self.func().0.index_in(store.id)?;
        let ty = store.function_type(index).ok_or(Error::ForeignHandle)?;
        let params = slots(ty.params());
        let room = params.max(slots(ty.results()));
        // Until all is ready, there is nothing to run and there are no results.
        (self.status, self.held, self.given) = (Status::Done, None, None);
        let stack = &mut self.stack;
        (stack.height, stack.executed) = (0, 0);
        (stack.begun, stack.let_pass) = (false, None);
        stack.frames.clear();
        let max = store.code().max_stack_slots;
        let grow = |stack: &mut Stack, slots| {
            // Microcode that is in the way leaves when the job runs.
            let mut account = Account::default();
            if let Some(budget) = store.limits.budget() {
                account.begin(store.ledger(), Some(budget));
            }
            stack.grow((&mut account, &mut Tiers::default()), slots, 1, max)
        };
        if room > stack.slots.len() {
            grow(stack, room).map_err(Trap::new)?;
        }
        args(&mut stack.slots)?;
        stack.height = params;
        self.status = match store.functions.get(index) {
            Some(FunctionData::Host { .. }) => Status::Host { address: self.address, taken: 0 },
            _ => {
                stepper::enter(store.code(), stack, self.address, grow).map_err(Trap::new)?;
                Status::Ready
            }
        };
        Ok(())
    }

    /// Runs until it is done, has trapped, waits for a host function, or
    /// reaches the limit. For drivers of their own: others call
    /// [`Store::run`](crate::Store::run), which calls host functions.
    ///
    /// In another store than its own the job is given up
    /// ([`TrapKind::ForeignStore`]), and so is one that was given references to
    /// objects which have gone since, before it ran ([`TrapKind::LostReference`]).
    ///
    /// After [`Outcome::HostCall`], look at [`host_arguments`](Job::host_arguments)
    /// and call [`resume`](Job::resume), then run again.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Job, Limit, Outcome, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let next = Func::wrap(&mut store, |x: i32| x + 1)?;
    /// let mut job = Job::new(&store, next, &[Val::I32(41)])?;
    /// while let Outcome::HostCall(_) = job.run(store.inner_mut(), Limit::NONE) {
    ///     // Or what another thread, or a person, answers.
    ///     let arguments = job.host_arguments(store.inner()).unwrap_or_default();
    ///     let answer = arguments[0].i32().unwrap_or(0) + 1;
    ///     job.resume(store.inner(), Ok(&[Val::I32(answer)]))?;
    /// }
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(42)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn run(&mut self, store: &mut StoreInner, limit: Limit) -> Outcome {
        self.wake(store);
        let outcome = self.execute(store, limit, u64::MAX);
        self.rest(store, outcome)
    }

    /// Runs as [`Job::run`] does, between [`Job::wake`] and [`Job::rest`].
    /// It comes back earlier, as if the limit were reached, once operators have
    /// worked on `effort` bytes.
    pub(crate) fn execute(&mut self, store: &mut StoreInner, limit: Limit, effort: u64) -> Outcome {
        if limit.stopping == Stopping::Never {
            return self.execute_on(store, limit, effort, false);
        }
        let end = self.executed().saturating_add(limit.fuel);
        loop {
            let fuel = end.saturating_sub(self.executed());
            let outcome = self.execute_on(store, Limit { fuel, ..limit }, effort, true);
            let breakpoint = match outcome {
                Outcome::Breakpoint(_) | Outcome::HostCall(_) if fuel > 0 => {
                    store.breakpoint(self, limit.stopping)
                }
                outcome => return outcome,
            };
            match (breakpoint, outcome) {
                (Some(index), _) => return Outcome::Breakpoint(index),
                (None, Outcome::HostCall(func)) => return Outcome::HostCall(func),
                (None, _) => {
                    let one = Limit { fuel: 1, ..limit };
                    match self.execute_on(store, one, effort, false) {
                        Outcome::OutOfFuel => {}
                        outcome => return outcome,
                    }
                }
            }
        }
    }

    /// The same; where it may have to stop, if it is to, it does, whether or not it
    /// does have to.
    fn execute_on(
        &mut self,
        store: &mut StoreInner,
        limit: Limit,
        effort: u64,
        stops: bool,
    ) -> Outcome {
        match &self.status {
            Status::Ready | Status::Host { .. } if self.store != store.id => {
                return Outcome::Trapped(self.trap(store, TrapKind::ForeignStore.into()));
            }
            Status::Ready => {}
            Status::Host { address, .. } => return Outcome::HostCall(self.host_func(*address)),
            Status::Done => return Outcome::Done,
            Status::Trapped(trap) => return Outcome::Trapped(trap.clone()),
        }
        while let Err(kind) = store.begin(&self.stack) {
            // Pages give way to what has been made since the last time.
            match store.world().give_up_frame() {
                Ok(true) => {}
                Ok(false) => return Outcome::Trapped(self.trap(store, kind.into())),
                Err(need) => return self.need(store, need),
            }
        }
        let mut world = World { effort, stops, ..store.world() };
        world.tiers.begin(self.stack.executed);
        let stop = stepper::run(&mut world, &mut self.stack, limit);
        world.tiers.advance(self.stack.executed);
        match stop {
            Stop::Breakpoint => Outcome::Breakpoint(0),
            Stop::Done => {
                self.status = Status::Done;
                Outcome::Done
            }
            Stop::Fuel => Outcome::OutOfFuel,
            Stop::Depth => Outcome::DepthReached,
            Stop::Host(address, taken) => {
                self.status = Status::Host { address, taken };
                Outcome::HostCall(self.host_func(address))
            }
            Stop::Paused(address) => Outcome::Paused(self.host_func(address)),
            Stop::Page(need) => self.need(store, need),
            Stop::Trap(kind) => {
                let trap = Trap::keeping(kind, &mut store.heap);
                Outcome::Trapped(self.trap(store, trap))
            }
        }
    }

    /// What is to be done before it can go on.
    pub(crate) fn need(&mut self, store: &StoreInner, need: Need) -> Outcome {
        match need {
            Need::Load(object) => Outcome::NeedLoad(object),
            Need::Store(object) => Outcome::NeedStore(object),
            Need::Memory | Need::Budget { .. } => {
                Outcome::Trapped(self.trap(store, TrapKind::from(need).into()))
            }
        }
    }

    /// Begins to run: what its stack refers to is what it has there from now on.
    /// One that was given objects which are gone is given up.
    pub(crate) fn wake(&mut self, store: &StoreInner) {
        if !self.is_running() || !self.belongs_to(store) {
            return;
        }
        if self.has_lost(store) {
            self.trap(store, TrapKind::LostReference.into());
        }
        (self.held, self.given) = (None, None);
    }

    /// Stands still, having run to this outcome: what its stack refers to stays
    /// there. Without memory to note it, the job is given up.
    pub(crate) fn rest(&mut self, store: &mut StoreInner, outcome: Outcome) -> Outcome {
        if self.held.is_some() || !self.belongs_to(store) {
            return outcome;
        }
        match hold(store, self.stack.in_use().iter().copied()) {
            Ok(held) => {
                self.held = held;
                store.count_heap(self.stack.executed);
                outcome
            }
            Err(kind) => Outcome::Trapped(self.trap(store, kind.into())),
        }
    }

    /// Lets the job execute the call anew that it waits for: what is called may
    /// be another function by now.
    pub(crate) fn retry(&mut self) {
        if let Status::Host { taken, .. } = self.status
            && !self.stack.frames.is_empty()
        {
            self.stack.height += taken;
            self.status = Status::Ready;
        }
    }

    /// Whether objects are gone that it refers to.
    pub(crate) fn has_lost(&self, store: &StoreInner) -> bool {
        let mut all = self.held.iter().chain(&self.given);
        !all.all(|held| store.heap.has(held))
    }

    /// Adds what it takes, but for what the store knows of.
    pub(crate) fn count(&self, ledger: &mut Ledger) {
        self.stack.count(ledger);
        ledger.add(Owner::Frames, self.trapped().map_or(0, Trap::allocated));
        // What it has held since it ran is kept by the store.
        ledger.add(Owner::Heap, self.given.as_ref().map_or(0, Held::allocated));
    }

    /// A job that stands so, what its stack refers to being held by the store.
    pub(crate) fn put_together(
        store: StoreId,
        address: u32,
        status: Status,
        stack: Stack,
        held: Option<Held>,
    ) -> Job {
        Job { store, address, status, stack, held, given: None }
    }

    /// Where the function is that it was made to call.
    pub(crate) fn address(&self) -> u32 {
        self.address
    }

    /// Its value stack and frames.
    pub(crate) fn stack_state(&self) -> &Stack {
        &self.stack
    }

    /// Where it stands.
    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    /// Its value stack and frames, to be put back as they were when it stood so.
    pub(crate) fn put_stack_back(&mut self, status: &Status) -> &mut Stack {
        (self.held, self.given) = (None, None);
        self.status = status.clone();
        &mut self.stack
    }

    /// The slots in use, as they are before its next instruction: a call that is
    /// being waited for has not begun.
    pub(crate) fn ready_stack(&self) -> &[u64] {
        let taken = if let Status::Host { taken, .. } = self.status { taken } else { 0 };
        self.stack.slots.get(..self.stack.height + taken).unwrap_or_default()
    }

    /// Whether it is a job of this store.
    pub(crate) fn belongs_to(&self, store: &StoreInner) -> bool {
        self.store == store.id
    }

    /// Goes on where an exception is caught that the host function throws
    /// which the job waits for; says whether it is caught.
    pub(crate) fn catch(&mut self, store: &mut StoreInner, exception: ExnRef) -> bool {
        let known = exception.store == store.id
            && store.heap.exception(exception.slot, exception.generation).is_some();
        if !known {
            return false;
        }
        let at = self.stack.frames.last().map(|frame| frame.pc);
        self.leave_handlers(store);
        if !stepper::unwind(&store.world(), &mut self.stack, exception.slot) {
            if let (Some(frame), Some(at)) = (self.stack.frames.last_mut(), at) {
                frame.pc = at;
            }
            return false;
        }
        self.stack.executed += 1;
        self.status = Status::Ready;
        store.journal.change();
        true
    }

    /// Moves the innermost frame to where its call returns to, if that is the
    /// last `end`: then the call is a tail call, or no handler is around it.
    fn leave_handlers(&mut self, store: &StoreInner) {
        let Some(frame) = self.stack.frames.last_mut() else { return };
        let instance = store.instances.get(frame.instance as usize);
        let body = instance.and_then(|it| it.module.body(frame.function)).unwrap_or_default();
        if frame.resume_at as usize + 1 == body.len() {
            frame.pc = frame.resume_at;
        }
    }

    /// Gives the job up where it stands: from now on it has trapped, with
    /// [`TrapKind::Stopped`] and a backtrace. One that can no longer go on
    /// stays as it is. To stop only for a while, run it to a [`Limit`].
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Trap, TrapKind};
    ///
    /// let wat = r#"(module (func (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let spin = instance.get_func(&store, "spin").expect("it is exported");
    /// # let mut job = Job::new(&store, spin, &[])?;
    /// store.run(&mut job, 1000);
    /// job.stop(&store);
    /// assert!(!job.is_running());
    /// assert_eq!(job.trapped().map(Trap::kind), Some(&TrapKind::Stopped));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn stop(&mut self, store: impl AsContext) {
        if self.is_running() {
            self.trap(inner(&store), TrapKind::Stopped.into());
        }
    }

    fn host_func(&self, address: u32) -> Func {
        Func(Stored { store: self.store, index: address })
    }

    /// Gives the job up, at the instruction that it is at.
    pub(crate) fn trap(&mut self, store: &StoreInner, trap: Trap) -> Trap {
        let trap = trap.within(self.positions(store));
        if let Status::Host { taken, .. } = self.status {
            self.stack.height += taken;
        }
        self.status = Status::Trapped(trap.clone());
        trap
    }

    /// The address and the type of the host function that the job waits for;
    /// none if it does not wait for one, or belongs to another store.
    fn awaited<'s>(&self, store: &'s StoreInner) -> Option<(u32, &'s FuncType)> {
        match self.status {
            Status::Host { address, .. } if self.store == store.id => {
                Some((address, store.function_type(address as usize)?))
            }
            _ => None,
        }
    }

    /// The arguments of the host function that the job waits for; none if it
    /// does not wait for one, or belongs to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Job, Limit, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let add = Func::wrap(&mut store, |x: i32, y: i32| x + y)?;
    /// let mut job = Job::new(&store, add, &[Val::I32(7), Val::I32(5)])?;
    /// assert_eq!(job.host_arguments(store.inner()), Some(vec![Val::I32(7), Val::I32(5)]));
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.host_arguments(store.inner()), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn host_arguments(&self, store: &StoreInner) -> Option<Vec<Val>> {
        let (_, ty) = self.awaited(store)?;
        Some(vals_of(ty.params(), self.host_argument_slots(store)?, store.space()))
    }

    /// Goes on after the host function that the job waits for, with its
    /// results or its failure. A job that waits for none stays as it is; in
    /// another store than its own it is given up.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Func, Job, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let read = Func::wrap(&mut store, || 0)?;
    /// let mut job = Job::new(&store, read, &[])?;
    /// let failure = job.resume(store.inner(), Err("the line was cut".into()));
    /// assert_eq!(failure.unwrap_err().to_string(), "host function failed: the line was cut");
    ///
    /// job.reset(&store, &[])?;
    /// job.resume(store.inner(), Ok(&[Val::I32(7)]))?;
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(7)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The trap that the failure makes, or results of the wrong types.
    pub fn resume(
        &mut self,
        store: &StoreInner,
        results: Result<&[Val], HostError>,
    ) -> Result<(), Trap> {
        let Some((_, ty)) = self.awaited(store) else {
            return match self.status {
                Status::Host { .. } => Err(self.trap(store, TrapKind::ForeignStore.into())),
                _ => Ok(()),
            };
        };
        let done = results.and_then(|results| {
            let from = self.stack.height.saturating_sub(slots(ty.params()));
            let room = self.stack.slots.get_mut(from..).unwrap_or_default();
            put_results(ty, results, room, store)?;
            Ok(hold_values(store, results)?)
        });
        match done {
            Ok(given) => {
                self.given = given;
                self.host_returned(ty);
                Ok(())
            }
            Err(error) => Err(self.trap(store, error.into_trap())),
        }
    }

    /// The slots of the arguments of the host function that the job waits for.
    pub(crate) fn host_argument_slots(&self, store: &StoreInner) -> Option<&[u64]> {
        let (_, ty) = self.awaited(store)?;
        let from = self.stack.height.checked_sub(slots(ty.params()))?;
        self.stack.slots.get(from..self.stack.height)
    }

    /// Goes on after the host function that the job waits for, which has given
    /// these slots. Says whether it waits for one that gives so many.
    pub(crate) fn host_gave(&mut self, store: &StoreInner, results: &[u64]) -> bool {
        let Some((_, ty)) = self.awaited(store) else { return false };
        let from = self.stack.height.checked_sub(slots(ty.params()));
        let room = from.and_then(|from| self.stack.slots.get_mut(from..));
        match room.and_then(|slots| slots.get_mut(..results.len())) {
            Some(room) if slots(ty.results()) == results.len() => {
                room.copy_from_slice(results);
                self.host_returned(ty);
                true
            }
            _ => false,
        }
    }

    /// Its value stack and frames, to be taken while a host function is executed.
    pub(crate) fn stack_mut(&mut self) -> &mut Stack {
        &mut self.stack
    }

    /// Goes on after a host function that has left its results where its
    /// arguments were.
    fn host_returned(&mut self, ty: &FuncType) {
        let arguments = self.stack.height.saturating_sub(slots(ty.params()));
        self.stack.height = arguments + slots(ty.results());
        self.status = match self.stack.frames.last_mut() {
            Some(frame) => {
                frame.pc = frame.resume_at;
                self.stack.executed += 1;
                Status::Ready
            }
            None => Status::Done,
        };
    }

    /// The function it was made to call.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// assert_eq!(Job::new(&store, f, &[])?.func(), f);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn func(&self) -> Func {
        self.host_func(self.address)
    }

    /// How many instructions it has executed.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit};
    ///
    /// let wat = r#"(module (func (export "f") (block (nop))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.executed(), 4); // block, nop, end, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.stack.executed
    }

    /// Whether it can go on: it has neither returned nor trapped.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// let mut steps = 0;
    /// while job.is_running() {
    ///     store.step(&mut job);
    ///     steps += 1;
    /// }
    /// assert_eq!(steps, 2); // nop, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.status, Status::Ready | Status::Host { .. })
    }

    /// Why it was given up, if it was.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Trap, TrapKind};
    ///
    /// let wat = r#"(module (func (export "f") (unreachable)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.trapped(), None);
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.trapped().map(Trap::kind), Some(&TrapKind::Unreachable));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trapped(&self) -> Option<&Trap> {
        if let Status::Trapped(trap) = &self.status { Some(trap) } else { None }
    }

    /// Its results; none if it has not returned, or belongs to another store, or
    /// if they are objects that [`Job::resume`] has given it and that are gone.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Val};
    ///
    /// let wat = r#"(module (func (export "two") (result i32 f64) (i32.const 1) (f64.const 2)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let two = instance.get_func(&store, "two").expect("it is exported");
    /// let mut job = Job::new(&store, two, &[])?;
    /// assert_eq!(job.results(&store), None);
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(1), Val::from(2.0)]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn results(&self, store: impl AsContext) -> Option<Vec<Val>> {
        let store = inner(&store);
        let index = self.func().0.index_in(store.id).ok()?;
        let ty = store.function_type(index)?;
        let there = self.status == Status::Done && !self.has_lost(store);
        there.then(|| vals_of(ty.results(), self.result_slots(), store.space()))
    }

    /// The slots of its results, once it is done.
    pub(crate) fn result_slots(&self) -> &[u64] {
        self.stack.in_use()
    }

    /// How many frames there are: how deep calls are nested.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    ///
    /// let wat = r#"(module (func $inner) (func (export "outer") (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// let mut job = Job::new(&store, outer, &[])?;
    /// let mut depths = vec![job.depth()];
    /// while job.is_running() {
    ///     store.step(&mut job);
    ///     depths.push(job.depth());
    /// }
    /// assert_eq!(depths, [1, 2, 1, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn depth(&self) -> usize {
        self.stack.frames.len()
    }

    /// Its frames, the outermost first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// let wat = r#"(module (func $inner) (func (export "outer") (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[])?;
    /// store.step(&mut job);
    /// let functions: Vec<u32> = job.frames().iter().map(|frame| frame.function()).collect();
    /// assert_eq!(functions, [1, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.stack.frames
    }

    /// The frame being executed; none before a host function that the embedder
    /// calls, and after the end.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Frame, Job, Limit};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert_eq!(job.frame().map(Frame::func), Some(f));
    /// store.run(&mut job, Limit::NONE);
    /// assert!(job.frame().is_none());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn frame(&self) -> Option<&Frame> {
        self.stack.frames.last()
    }

    /// All slots of the value stack that are in use.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local i64) (drop (i32.const 3))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[Val::I32(9)])?;
    /// store.step(&mut job);
    /// assert_eq!(job.stack(), [9, 0, 3]); // parameter, local, operand
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stack(&self) -> &[u64] {
        self.result_slots()
    }

    /// So many slots of the value stack have been needed at most, so far.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Limit, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32) (local i64) (drop (i32.const 3))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[Val::I32(9)])?;
    /// store.run(&mut job, Limit::NONE);
    /// assert_eq!((job.stack().len(), job.peak_slots()), (0, 3));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn peak_slots(&self) -> usize {
        self.stack.slots.len()
    }

    /// The slots of a frame's parameters and other locals. The outermost frame
    /// is 0. Empty if there is no such frame.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Val};
    ///
    /// let wat = r#"(module (func (export "f") (param i32 i32) (local i64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[Val::I32(9), Val::I32(-1)])?;
    /// assert_eq!(job.locals(&store, 0), [9, 0xFFFF_FFFF, 0]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn locals(&self, store: impl AsContext, frame: usize) -> &[u64] {
        self.local_slots(inner(&store), frame)
    }

    /// The slots of a frame's operands, the top of the stack last. The
    /// arguments of a call that is being waited for are the callee's already.
    /// The outermost frame is 0. Empty if there is no such frame.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// let wat = r#"(module
    ///   (func $callee (param i32))
    ///   (func (export "f") (i32.const 1) (i32.const 2) (call $callee) (drop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let mut job = Job::new(&store, f, &[])?;
    /// store.run(&mut job, 2);
    /// assert_eq!(job.operands(&store, 0), [1, 2]);
    /// store.step(&mut job);
    /// assert_eq!(job.operands(&store, 0), [1]); // 2 is the parameter of the callee now
    /// assert_eq!(job.locals(&store, 1), [2]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn operands(&self, store: impl AsContext, frame: usize) -> &[u64] {
        self.operand_slots(inner(&store), frame)
    }

    /// The slots that the operands of a frame take.
    pub(crate) fn operand_slots(&self, store: &StoreInner, frame: usize) -> &[u64] {
        self.frame_slots(store, frame).map_or(&[], |(_, operands)| operands)
    }

    pub(crate) fn local_slots(&self, store: &StoreInner, frame: usize) -> &[u64] {
        self.frame_slots(store, frame).map_or(&[], |(locals, _)| locals)
    }

    fn frame_slots(&self, store: &StoreInner, frame: usize) -> Option<(&[u64], &[u64])> {
        if self.store != store.id {
            return None;
        }
        let next = self.stack.frames.get(frame + 1);
        let frame = self.stack.frames.get(frame)?;
        let end = next.map_or(self.stack.height, |next| next.base as usize);
        let layout = store.instances.get(frame.instance as usize)?.module.layout(frame.function)?;
        let locals = (layout.param_slots + layout.local_slots) as usize;
        self.stack.slots.get(frame.base as usize..end)?.split_at_checked(locals)
    }

    /// Where each frame stands, the innermost first; nothing if the job belongs
    /// to another store.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::BacktraceFrame;
    ///
    /// let wat = r#"(module (func $inner) (func (export "outer") (nop) (call $inner)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// # let mut job = Job::new(&store, outer, &[])?;
    /// store.run(&mut job, 2);
    /// let at = |frame: &BacktraceFrame| module.bytes()[frame.offset as usize];
    /// let codes: Vec<u8> = job.backtrace(&store).iter().map(at).collect();
    /// assert_eq!(codes, [0x0B, 0x10]); // the `end` of `inner`, the `call` of `outer`
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn backtrace(&self, store: impl AsContext) -> Vec<BacktraceFrame> {
        self.positions(inner(&store)).collect()
    }

    fn positions(&self, store: &StoreInner) -> impl Iterator<Item = BacktraceFrame> {
        let own = self.store == store.id;
        let frames = self.stack.frames.iter().rev().filter(move |_| own);
        frames.map(|frame| {
            let instance = store.instances.get(frame.instance as usize);
            let body = instance.and_then(|it| it.module.declarations().body(frame.function));
            BacktraceFrame {
                instance: frame.instance(),
                function: frame.function,
                offset: body.unwrap_or_default().start + frame.pc,
            }
        })
    }
}

/// What the objects are that these slots refer to, which stay there for as long
/// as this does.
fn hold(
    store: &mut StoreInner,
    slots: impl Iterator<Item = u64> + Clone,
) -> Result<Option<Held>, TrapKind> {
    let held = store.heap.hold(slots)?;
    if let Some(held) = &held {
        store.heap.keep(held)?;
    }
    Ok(held)
}

/// What the objects are among values.
fn hold_values(store: &StoreInner, values: &[Val]) -> Result<Option<Held>, Trap> {
    let references = values.iter().filter(|val| val.ty().is_ref());
    Ok(store.heap.hold(references.map(|val| val.slot()))?)
}

/// How many slots values of these types take.
pub(crate) fn slots(types: &[crate::types::ValType]) -> usize {
    types.iter().map(|ty| ty.slots() as usize).sum()
}

fn check_arguments(ty: &FuncType, args: &[Val], store: &StoreInner) -> Result<(), Error> {
    let (expected, found) = (ty.params().len(), args.len());
    if expected != found {
        return Err(Error::ArgumentCount { expected, found });
    }
    for (index, (val, expected)) in args.iter().zip(ty.params()).enumerate() {
        if !val.belongs_to(store.id) {
            return Err(Error::ForeignHandle);
        }
        if !store.accepts(*expected, *val) {
            let (expected, found) = (*expected, val.ty());
            return Err(Error::ArgumentType { index, expected, found });
        }
    }
    Ok(())
}
