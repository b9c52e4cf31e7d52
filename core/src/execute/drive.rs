//! The driver that runs jobs in a store and calls host functions for them.

use alloc::vec::Vec;

use super::job::{Job, Limit, Outcome, Status, slots};
use crate::runtime::{
    Caller, Error, Func, FunctionData, HostError, InterruptHandle, Store, StoreId, TrapKind,
};

/// How many instructions are executed before looking for an interruption, and
/// how many bytes operators work on that work on many: about as long as that takes.
const INTERRUPTIBLE: u64 = 100_000;
const INTERRUPTIBLE_BYTES: u64 = 64 * INTERRUPTIBLE;

impl<T> Store<T> {
    /// Runs a job until it is done, has trapped, or reaches the limit: a
    /// number of instructions, or a [`Limit`]. Host functions are called on the
    /// way; what they execute in turn counts for the store's fuel but not for
    /// the limit.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Outcome, Val};
    ///
    /// let wat = r#"(module (func (export "sum") (param $n i32) (result i32) (local $sum i32)
    ///   (loop
    ///     (local.set $sum (i32.add (local.get $sum) (local.get $n)))
    ///     (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    ///   (local.get $sum)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let sum = instance.get_func(&store, "sum").expect("it is exported");
    /// let mut job = Job::new(&store, sum, &[Val::I32(100)])?;
    /// let mut slices = 1;
    /// while store.run(&mut job, 100) == Outcome::OutOfFuel {
    ///     slices += 1; // the thread is the embedder's again
    /// }
    /// assert_eq!(job.results(&store), Some(vec![Val::I32(5050)]));
    /// assert_eq!(slices, job.executed().div_ceil(100));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn run(&mut self, job: &mut Job, limit: impl Into<Limit>) -> Outcome {
        self.inner_mut().journal.change();
        self.drive(job, limit.into(), Store::call_host)
    }

    /// Runs a job, calling host functions by `call`, which says whether the job
    /// can go on and, if not, why.
    pub(crate) fn drive(
        &mut self,
        job: &mut Job,
        limit: Limit,
        call: impl FnMut(&mut Self, &mut Job, Func) -> Result<(), Outcome>,
    ) -> Outcome {
        job.wake(self.inner());
        // That of a host function's job, which goes on.
        let outside = self.inner().pager.executed;
        let outcome = self.drive_awake(job, limit, call);
        let outcome = job.rest(self.inner_mut(), outcome);
        let inner = self.inner_mut();
        if !inner.suspended.is_empty() {
            inner.pager.executed = outside;
        }
        outcome
    }

    fn drive_awake(
        &mut self,
        job: &mut Job,
        limit: Limit,
        call: impl FnMut(&mut Self, &mut Job, Func) -> Result<(), Outcome>,
    ) -> Outcome {
        // One that waits for pages has them until then.
        let is_ready = *job.status() == Status::Ready;
        if is_ready
            && self.inner().suspended.is_empty()
            && let Err(need) = self.inner_mut().memories().unpin()
        {
            return job.need(self.inner(), need);
        }
        job.retry();
        self.drive_on(job, limit, call)
    }

    fn drive_on(
        &mut self,
        job: &mut Job,
        mut limit: Limit,
        mut call: impl FnMut(&mut Self, &mut Job, Func) -> Result<(), Outcome>,
    ) -> Outcome {
        loop {
            let (mut allowed, mut effort) = (self.fuel().unwrap_or(u64::MAX), u64::MAX);
            let mut nearly = limit.nearly;
            if self.inner().interrupt.is_some() {
                if job.is_running() && self.take_interruption() {
                    return Outcome::Interrupted;
                }
                // Where exactly it is interrupted does not matter.
                nearly |= INTERRUPTIBLE < limit.fuel.min(allowed);
                (allowed, effort) = (allowed.min(INTERRUPTIBLE), INTERRUPTIBLE_BYTES);
            }
            let slice = Limit { fuel: limit.fuel.min(allowed), nearly, ..limit };
            let before = job.executed();
            let outcome = job.execute(self.inner_mut(), slice, effort);
            let is_whole = slice.fuel == limit.fuel;
            self.charge(&mut limit, job.executed() - before);
            match outcome {
                Outcome::HostCall(_) if limit.fuel == 0 => return Outcome::OutOfFuel,
                Outcome::HostCall(_) if self.fuel() == Some(0) => {
                    return Outcome::Trapped(job.trap(self.inner(), TrapKind::OutOfFuel.into()));
                }
                Outcome::HostCall(func) => {
                    let before = job.executed();
                    let inner = self.inner_mut();
                    inner.pager.executed = before;
                    inner.account.executed = before + 1;
                    let result = call(self, job, func);
                    self.charge(&mut limit, job.executed() - before);
                    match result {
                        Ok(()) => {
                            // What a host function needs that is executed stays.
                            if self.inner().suspended.is_empty()
                                && let Err(need) = self.inner_mut().memories().unpin()
                            {
                                return job.need(self.inner(), need);
                            }
                        }
                        // It may wait no longer because of that.
                        Err(Outcome::Pending(_)) if self.take_interruption() => {
                            return Outcome::Interrupted;
                        }
                        Err(outcome) => return outcome,
                    }
                }
                Outcome::OutOfFuel if limit.fuel == 0 || limit.nearly && is_whole => {
                    return Outcome::OutOfFuel;
                }
                Outcome::OutOfFuel if self.fuel() == Some(0) => {
                    return Outcome::Trapped(job.trap(self.inner(), TrapKind::OutOfFuel.into()));
                }
                Outcome::OutOfFuel => {}
                other => return other,
            }
        }
    }

    /// Whether somebody wants to interrupt what runs, which is done with that.
    fn take_interruption(&self) -> bool {
        self.inner().interrupt.as_ref().is_some_and(InterruptHandle::take)
    }

    /// Takes what was executed off the limit and off the store's fuel.
    fn charge(&mut self, limit: &mut Limit, executed: u64) {
        limit.fuel = limit.fuel.saturating_sub(executed);
        let inner = self.inner_mut();
        inner.fuel = inner.fuel.map(|fuel| fuel.saturating_sub(executed));
    }

    /// Executes one instruction. A call of a host function is one, with
    /// everything that the host function does.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Outcome};
    ///
    /// let wat = r#"(module (func (export "f") (result i32)
    ///   (i32.add (i32.const 1) (i32.const 2))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// let mut stacks = Vec::new();
    /// while store.step(&mut job) == Outcome::OutOfFuel {
    ///     stacks.push(job.operands(&store, 0).to_vec());
    /// }
    /// assert_eq!(stacks, [vec![1], vec![1, 2], vec![3]]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn step(&mut self, job: &mut Job) -> Outcome {
        self.run(job, 1)
    }

    /// Executes one instruction and, if it is a call, everything until that
    /// returns; at most `fuel` instructions. If these do not suffice, running
    /// on with [`Limit::until_depth`] finishes the step.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Outcome};
    ///
    /// let wat = r#"(module
    ///   (func $seven (result i32) (i32.const 7))
    ///   (func (export "f") (drop (call $seven))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert_eq!(store.step_over(&mut job, 1000), Outcome::DepthReached);
    /// assert_eq!((job.depth(), job.operands(&store, 0)), (1, [7].as_slice()));
    /// assert_eq!(store.step_over(&mut job, 1000), Outcome::OutOfFuel); // drop: one instruction
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn step_over(&mut self, job: &mut Job, fuel: u64) -> Outcome {
        let depth = job.depth();
        let outcome = self.run(job, fuel.min(1));
        if outcome == Outcome::OutOfFuel && job.depth() > depth {
            return self.run(job, Limit::fuel(fuel.saturating_sub(1)).until_depth(depth));
        }
        outcome
    }

    /// Executes everything until the current function returns; at most `fuel`
    /// instructions. If these do not suffice, running on with
    /// [`Limit::until_depth`] finishes the step.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Job, Outcome};
    ///
    /// let wat = r#"(module
    ///   (func $inner (nop) (nop))
    ///   (func (export "outer") (call $inner) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let outer = instance.get_func(&store, "outer").expect("it is exported");
    /// let mut job = Job::new(&store, outer, &[])?;
    /// store.run(&mut job, 2);
    /// assert_eq!(job.depth(), 2);
    /// assert_eq!(store.step_out(&mut job, 1000), Outcome::DepthReached);
    /// assert_eq!((job.depth(), job.executed()), (1, 4));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn step_out(&mut self, job: &mut Job, fuel: u64) -> Outcome {
        let depth = job.depth().saturating_sub(1);
        self.run(job, Limit::fuel(fuel).until_depth(depth))
    }

    /// Runs a job to its end.
    pub(crate) fn run_to_end(&mut self, job: &mut Job) -> Result<(), Error> {
        loop {
            match self.run(job, Limit::NONE) {
                Outcome::Done => return Ok(()),
                Outcome::Trapped(trap) => return Err(trap.into()),
                Outcome::Interrupted => {
                    return Err(job.trap(self.inner(), TrapKind::Interrupted.into()).into());
                }
                Outcome::NeedLoad(page) | Outcome::NeedStore(page) => {
                    return Err(job.trap(self.inner(), TrapKind::PageNeeded(page).into()).into());
                }
                // Paused calls go on when the job is run again.
                Outcome::Pending(_) => {
                    return Err(job.trap(self.inner(), TrapKind::HostPending.into()).into());
                }
                _ => {}
            }
        }
    }

    /// Calls the host function that a job waits for, and lets the job go on;
    /// or says why it cannot.
    pub(crate) fn call_host(&mut self, job: &mut Job, func: Func) -> Result<(), Outcome> {
        match self.host_results(job, func) {
            Ok(()) => Ok(()),
            Err(NotCalled::Before(kind)) => {
                Err(Outcome::Trapped(job.trap(self.inner(), kind.into())))
            }
            Err(NotCalled::By(HostError::Pending)) => Err(Outcome::Pending(func)),
            Err(NotCalled::By(HostError::NeedLoad(page))) => Err(Outcome::NeedLoad(page)),
            Err(NotCalled::By(HostError::NeedStore(page))) => Err(Outcome::NeedStore(page)),
            Err(NotCalled::By(HostError::Trap(trap)))
                if let TrapKind::UncaughtException(exception) = *trap.kind()
                    && job.catch(self.inner_mut(), exception) =>
            {
                Ok(())
            }
            Err(NotCalled::By(error)) => {
                Err(Outcome::Trapped(job.trap(self.inner(), error.into_trap())))
            }
        }
    }

    fn host_results(&mut self, job: &mut Job, func: Func) -> Result<(), NotCalled> {
        let limit = self.limits().host_nesting();
        if self.inner().suspended.len() >= limit as usize {
            return Err(TrapKind::HostCallNesting { limit }.into());
        }
        let instance = job.frame().map(super::frame::Frame::instance);
        let function = self.inner().functions.get(func.0.index as usize).copied();
        let Some(FunctionData::Host { index, .. }) = function else {
            return Err(TrapKind::ForeignStore.into());
        };
        let host = self.host(index).ok_or(TrapKind::ForeignStore)?.clone();
        let arguments = job.host_argument_slots(self.inner()).ok_or(TrapKind::ForeignStore)?;
        let results = slots(host.ty().results());
        let mut exchange = Exchange::default();
        let exchange = exchange.with(arguments, results)?;
        let mut nested = Nested::new(self, job)?;
        let returned = host.call(Caller::new(nested.store, instance), exchange);
        nested.unwinding = false;
        drop(nested);
        // One that has to wait is called again.
        let waits = matches!(
            returned,
            Err(HostError::Pending | HostError::NeedLoad(_) | HostError::NeedStore(_))
        );
        if !waits {
            let inner = self.inner_mut();
            inner.tiers.called_host();
        }
        returned?;
        let results = exchange.get(..results).unwrap_or_default();
        match job.host_gave(self.inner(), results) {
            true => Ok(()),
            // The host function has put another store in the place of this one.
            false => Err(TrapKind::ForeignStore.into()),
        }
    }
}

/// Why there are no results of a host function.
enum NotCalled {
    /// It could not be called. Not yet an error of the host's, which would take memory.
    Before(TrapKind),
    /// It says why.
    By(HostError),
}

impl From<TrapKind> for NotCalled {
    fn from(kind: TrapKind) -> Self {
        NotCalled::Before(kind)
    }
}

impl From<HostError> for NotCalled {
    fn from(error: HostError) -> Self {
        NotCalled::By(error)
    }
}

/// Slots in which a host function finds its arguments and leaves its results.
#[derive(Default)]
struct Exchange {
    few: [u64; 8],
    many: Vec<u64>,
}

impl Exchange {
    /// Room for these arguments, and for so many slots of results.
    fn with(&mut self, arguments: &[u64], results: usize) -> Result<&mut [u64], TrapKind> {
        let count = arguments.len().max(results);
        if count > self.few.len() {
            let bytes = count as u64 * 8;
            let refused = |_| TrapKind::OutOfMemoryBudget { bytes };
            self.many.try_reserve_exact(count).map_err(refused)?;
            self.many.resize(count, 0);
        }
        let room = if self.many.is_empty() { &mut self.few[..] } else { &mut self.many };
        // There is room for as many.
        room[..arguments.len()].copy_from_slice(arguments);
        Ok(room)
    }
}

/// A host function being executed, until it returns or panics. Meanwhile the
/// stack of the job that called it is the store's, so that what it refers to
/// stays there.
struct Nested<'s, 'j, T> {
    store: &'s mut Store<T>,
    job: &'j mut Job,
    /// The store, and how many stacks it had before.
    id: StoreId,
    depth: usize,
    unwinding: bool,
}

impl<'s, 'j, T> Nested<'s, 'j, T> {
    fn new(store: &'s mut Store<T>, job: &'j mut Job) -> Result<Self, NotCalled> {
        let inner = store.inner_mut();
        let (id, depth) = (inner.id, inner.suspended.len());
        let made = inner.make_room_to_suspend();
        made.map_err(|need| NotCalled::By(Error::from(need).into()))??;
        let executed = job.executed();
        let stack = core::mem::take(job.stack_mut());
        job.stack_mut().executed = executed;
        inner.suspended.push(stack);
        Ok(Nested { store, job, id, depth, unwinding: true })
    }
}

impl<T> Drop for Nested<'_, '_, T> {
    fn drop(&mut self) {
        let inner = self.store.inner_mut();
        // Were another store there now, the stack would be lost with the first.
        if inner.id != self.id {
            self.job.trap(inner, TrapKind::ForeignStore.into());
            return;
        }
        inner.suspended.truncate(self.depth + 1);
        if let Some(stack) = inner.suspended.pop() {
            *self.job.stack_mut() = stack;
        }
        if self.unwinding {
            // The outcome is the embedder's panic; the job can be run again.
            let _ = self.job.rest(inner, Outcome::OutOfFuel);
        }
    }
}
