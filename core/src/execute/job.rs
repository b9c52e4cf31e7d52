//! Jobs: running invocations, as plain data.

mod host_call;
mod limit;
mod outcome;
mod show;

pub use self::limit::Limit;
pub use self::outcome::Outcome;
use super::breakpoints::Stopping;
use super::microcode::Tiers;
use super::stepper::{self, Stack, Stop, World};
use crate::ledger::{Ledger, Owner};
use crate::runtime::{
    Account, AsContext, Error, Func, FunctionData, Held, Need, StoreId, StoreInner, Stored, Trap,
    TrapKind, Val, inner, put_vals,
};
use crate::types::FuncType;

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

    /// Its value stack and frames, to be taken while a host function is executed.
    pub(crate) fn stack_mut(&mut self) -> &mut Stack {
        &mut self.stack
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
