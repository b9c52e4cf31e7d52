//! The timeline of a run: every instruction of it can be gone to, forwards and
//! backwards.
//!
//! While a job runs, everything that it can change is kept now and then in a
//! *snapshot*: blocks of memories, value stack, frames, globals, tables, dropped
//! segments, objects. What stays the same from one snapshot to the next is kept
//! once. What host functions return is logged. To go to an instruction, the
//! nearest snapshot before it is put back, and the rest executed again; host
//! functions are not called again.

mod error;
mod hash;
mod history;
mod log;
mod origin;
mod record;
mod replay;
mod room;
mod search;
mod seek;
mod settings;
mod snapshot;

use alloc::vec::Vec;

pub use self::error::TimelineError;
pub(crate) use self::hash::hash_with;
pub use self::hash::state_hash;
use self::origin::Watched;
pub use self::origin::{Cause, Origin, Producer};
use self::search::Undecided;
pub use self::settings::Settings;
use self::snapshot::{Snapshot, States};
use crate::execute::{Job, Limit, Outcome, Stopping};
use crate::runtime::{Access, Store, StoreInner};

/// A moment of a run (see [`Timeline::moments`]).
///
/// ```
/// use fayasm_core::timeline::Moment;
///
/// let moment = Moment { executed: 7, depth: 1, memory_bytes: 65536 };
/// assert_eq!(moment.memory_bytes / fayasm_core::PAGE_SIZE, 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// How many instructions had been executed.
    pub executed: u64,
    /// How many frames there were.
    pub depth: usize,
    /// Bytes of all linear memories together.
    pub memory_bytes: u64,
}

/// A job, and its run so far.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::timeline::{Settings, Timeline};
/// use fayasm_core::{Limit, Outcome};
///
/// let wat = r#"(module (global $g (mut i32) (i32.const 0))
///   (func (export "f") (global.set $g (i32.const 7)) (drop (global.get $g))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let job = Job::new(&store, f, &[])?;
/// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
/// assert_eq!(timeline.run(&mut store, Limit::NONE)?, Outcome::Done);
/// assert_eq!(timeline.range(), 0..=5);
///
/// timeline.seek(&mut store, 1)?; // before global.set
/// assert_eq!(timeline.job().operands(&store, 0), [7]);
/// timeline.seek(&mut store, 3)?; // after global.get
/// assert_eq!(timeline.job().operands(&store, 0), [7]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Timeline {
    job: Job,
    /// Which timeline of the store this is.
    number: u64,
    states: States,
    /// In the order of execution; none if not even one has room.
    snapshots: Vec<Snapshot>,
    /// The snapshot that the present state comes from.
    base: usize,
    next_id: u32,
    /// How many instructions were executed at most.
    end: u64,
    /// The next snapshot is taken after so many instructions.
    due: u64,
    /// How many changes by the embedder there had been when it was last left.
    changes: u64,
    settings: Settings,
    /// What a host function has accessed that waits, at the end of what is known; it will be called
    /// again, and is logged when it returns.
    tried: Vec<Access>,
    /// What was searched last for writes.
    watched: Option<Watched>,
}

impl Timeline {
    /// The timeline of a job, from where it stands.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::Job;
    /// use fayasm_core::timeline::{Settings, Timeline};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// let timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// assert_eq!(timeline.range(), 0..=0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimelineError::OtherStore`], [`TimelineError::OutOfMemory`]
    pub fn new<T>(
        store: &mut Store<T>,
        mut job: Job,
        settings: Settings,
    ) -> Result<Timeline, TimelineError> {
        let inner = store.inner_mut();
        if !job.belongs_to(inner) {
            return Err(TimelineError::OtherStore);
        }
        if inner.memories().are_elsewhere() {
            return Err(TimelineError::Paged);
        }
        // What it was given is kept from now on, or already gone.
        job.wake(inner);
        let _ = job.rest(inner, Outcome::OutOfFuel);
        inner.timelines += 1;
        let mut timeline = Timeline {
            number: inner.timelines,
            states: States::default(),
            snapshots: Vec::new(),
            base: 0,
            next_id: 0,
            end: job.executed(),
            due: 0,
            changes: inner.journal.count(),
            settings,
            tried: Vec::new(),
            watched: None,
            job,
        };
        States::track(inner, true)?;
        timeline.take(inner, false)?;
        Ok(timeline)
    }

    /// The job, as it is where the timeline stands.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1)?;
    /// assert_eq!(timeline.job().executed(), 1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The instructions that can be gone to: how many are executed at the
    /// beginning of what is known of the run, and at its end.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (func (export "f") (nop) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 2)?;
    /// timeline.seek(&mut store, 1)?;
    /// assert_eq!(timeline.range(), 0..=2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn range(&self) -> core::ops::RangeInclusive<u64> {
        match self.snapshots.first() {
            Some(first) => first.executed..=self.end,
            None => self.job.executed()..=self.job.executed(),
        }
    }

    /// Bytes that are kept of the run.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (memory 1) (data (i32.const 0) "abc") (func (export "f")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// assert!(timeline.bytes() > 4096); // of the memory, the block that is not all zero
    /// assert!(timeline.bytes() < 8192);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.states.bytes + self.snapshots.iter().map(Snapshot::bytes).sum::<usize>()
    }

    /// The moments that snapshots keep, in order: enough to draw the run by.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (memory 2) (func (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "spin").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1_000_000)?;
    /// let moments: Vec<_> = timeline.moments().collect();
    /// assert!(moments.len() > 3);
    /// assert_eq!(moments[0].executed, 0);
    /// assert_eq!((moments[1].depth, moments[1].memory_bytes), (1, 131_072));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn moments(&self) -> impl Iterator<Item = Moment> {
        self.snapshots.iter().map(Snapshot::moment)
    }

    /// After how many instructions host functions were called, as far as that is
    /// known, in order.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Func, Instance, Job, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// # use fayasm_core::Limit;
    /// let wat = r#"(module (import "" "tick" (func $tick))
    ///   (func (export "f") (nop) (call $tick) (call $tick)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let tick = Func::wrap(&mut store, || {})?;
    /// # let instance = Instance::new(&mut store, &module, &[tick.into()])?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// assert!(timeline.host_calls().eq([1, 2]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn host_calls(&self) -> impl Iterator<Item = u64> {
        self.snapshots.iter().flat_map(|snapshot| snapshot.log.iter().map(|entry| entry.at))
    }

    /// Runs the job as [`Store::run`] does. Where the run is known, it is gone
    /// over again, without calling host functions; from its end on it goes on.
    /// What the embedder has changed in the store is lost if the run is known
    /// from here on, and is part of it otherwise.
    ///
    /// ```
    /// # use fayasm_core::{Caller, Engine, Extern, Func, Instance, Job, Module, Store};
    /// use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::{Limit, Outcome, Val};
    ///
    /// let wat = r#"(module (import "" "next" (func $next (result i32)))
    ///   (func (export "f") (result i32) (call $next) (call $next) (i32.add)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let mut store = Store::new(&engine, 0);
    /// let next = Func::wrap(&mut store, |mut caller: Caller<'_, i32>| {
    ///     *caller.data_mut() += 1;
    ///     *caller.data()
    /// })?;
    /// # let instance = Instance::new(&mut store, &module, &[next.into()])?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// assert_eq!(timeline.run(&mut store, Limit::NONE)?, Outcome::Done);
    ///
    /// timeline.seek(&mut store, 0)?;
    /// assert_eq!(timeline.run(&mut store, Limit::NONE)?, Outcome::Done);
    /// assert_eq!(timeline.job().results(&store), Some(vec![Val::I32(3)]));
    /// assert_eq!(*store.data(), 2); // it was called twice, not four times
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn run<T>(
        &mut self,
        store: &mut Store<T>,
        limit: impl Into<Limit>,
    ) -> Result<Outcome, TimelineError> {
        let mut limit = limit.into();
        if limit.stopping == Stopping::Never {
            return self.run_on(store, limit);
        }
        limit.stopping = Stopping::Maybe;
        loop {
            let before = self.job.executed();
            let outcome = self.run_on(store, limit)?;
            limit.fuel -= self.job.executed() - before;
            let Outcome::Breakpoint(_) = outcome else { return Ok(outcome) };
            if let Some(index) = store.inner().decided(&self.job).next() {
                return Ok(Outcome::Breakpoint(index));
            }
            let undecided = Undecided::new(store.inner(), &self.job)?;
            let at = self.job.executed();
            let one = Limit { fuel: 1, stopping: Stopping::Never, ..limit };
            let outcome = self.run_on(store, one)?;
            if let Some(index) = undecided.changed(store.inner(), &self.job) {
                // If it cannot be gone back to, it stands behind it.
                if self.range().contains(&at) {
                    self.seek(store, at)?;
                }
                return Ok(Outcome::Breakpoint(index));
            }
            limit.fuel -= self.job.executed() - at;
            if outcome != Outcome::OutOfFuel || limit.fuel == 0 {
                return Ok(outcome);
            }
        }
    }

    /// The same, but for watchpoints that look ahead: it stops at them.
    fn run_on<T>(
        &mut self,
        store: &mut Store<T>,
        mut limit: Limit,
    ) -> Result<Outcome, TimelineError> {
        self.check(store.inner())?;
        self.awake(store, |it, store| it.take_changes_over(store.inner_mut()))?;
        let before = self.job.executed();
        if before < self.end {
            let target = self.end.min(before.saturating_add(limit.fuel));
            let outcome =
                self.awake(store, |it, store| it.replay(store.inner_mut(), target, limit))?;
            limit.fuel -= self.job.executed() - before;
            if outcome != Outcome::OutOfFuel || limit.fuel == 0 {
                return Ok(outcome);
            }
        }
        self.record(store, limit)
    }

    /// The job, as it is where the timeline stands, without its past.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::{Limit, Outcome};
    ///
    /// let wat = r#"(module (func (export "f") (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1)?;
    /// let mut job = timeline.into_job(&mut store);
    /// assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_job<T>(self, store: &mut Store<T>) -> Job {
        if self.check(store.inner()).is_ok() {
            // What is not tracked needs no memory.
            let _ = States::track(store.inner_mut(), false);
        }
        self.job
    }

    /// Fails unless this is the latest timeline of a store.
    fn check(&self, store: &StoreInner) -> Result<(), TimelineError> {
        match self.job.belongs_to(store) && self.number == store.timelines {
            true => Ok(()),
            false => Err(TimelineError::OtherStore),
        }
    }

    /// Does this with the job awake, which stands still before and after.
    fn awake<T, R>(
        &mut self,
        store: &mut Store<T>,
        act: impl FnOnce(&mut Self, &mut Store<T>) -> R,
    ) -> R {
        self.job.wake(store.inner());
        let result = act(self, store);
        // A job that cannot stand still is given up, and says so when it is run.
        let _ = self.job.rest(store.inner_mut(), Outcome::OutOfFuel);
        result
    }

    /// What the embedder has changed in the store becomes part of the run at
    /// its end, and is undone elsewhere.
    fn take_changes_over(&mut self, store: &mut StoreInner) -> Result<(), TimelineError> {
        let changes = store.journal.count();
        if changes == self.changes || self.snapshots.is_empty() {
            return Ok(());
        }
        self.changes = changes;
        let executed = self.job.executed();
        if executed == self.end {
            self.take_jump(store);
            return Ok(());
        }
        self.restore(store, self.base)?;
        self.replay(store, executed, Limit::NONE)?;
        Ok(())
    }
}
