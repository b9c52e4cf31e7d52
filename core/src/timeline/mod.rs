//! The timeline of a run: every instruction of it can be gone to, forwards and
//! backwards.
//!
//! While a job runs, everything that it can change is kept now and then in a
//! *snapshot*: blocks of memories, value stack, frames, globals, tables, dropped
//! segments, objects. What stays the same from one snapshot to the next is kept
//! once. What host functions return is logged. To go to an instruction, the
//! nearest snapshot before it is put back, and the rest executed again; host
//! functions are not called again.

mod hash;
mod history;
mod log;
mod origin;
mod room;
mod search;
mod snapshot;

use alloc::vec::Vec;
use core::fmt;

pub(crate) use self::hash::hash_with;
pub use self::hash::state_hash;
use self::log::HostReturn;
use self::origin::Watched;
pub use self::origin::{Cause, Origin, Producer};
use self::search::Undecided;
use self::snapshot::{Snapshot, States, reserve};
use crate::allocate::OutOfMemory;
use crate::execute::{Job, Limit, Outcome, Stopping};
use crate::runtime::{Access, Changes, Store, StoreInner};

/// A snapshot is taken so many instructions early if execution happens to stop there.
const NEARLY: u64 = 1024;

/// A snapshot that copies more bytes than this is followed by a pause so many
/// times longer, so that snapshots take a small part of the time.
const USUAL_BYTES: u64 = 250_000;

/// Most snapshots that are kept.
const MAX_SNAPSHOTS: usize = 512;

/// If a host function that waits has accessed memories more often, that is kept in a snapshot.
const MOST_TRIED: usize = 256;

/// As long as there are more snapshots than this, some in between make room for
/// others; after that, the oldest.
const FEW_SNAPSHOTS: usize = 16;

/// How much a timeline keeps.
///
/// ```
/// use fayasm_core::timeline::Settings;
///
/// let settings = Settings::default().with_bytes(1 << 20);
/// assert_eq!((settings.bytes(), settings.interval()), (1 << 20, 250_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    bytes: usize,
    interval: u64,
}

impl Default for Settings {
    /// 64 MiB, and 250 000 instructions.
    fn default() -> Self {
        Settings { bytes: 64 << 20, interval: 250_000 }
    }
}

impl Settings {
    /// Bytes that may be kept of a run.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().bytes(), 64 << 20);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many bytes may be kept of a run. If a run is too long for that, fewer
    /// snapshots are kept, and at last its beginning is forgotten.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().with_bytes(100).bytes(), 100);
    /// ```
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Instructions between two snapshots, at the least.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().interval(), 250_000);
    /// ```
    #[must_use]
    pub fn interval(&self) -> u64 {
        self.interval
    }

    /// At least so many instructions, and at least one, between two snapshots.
    /// Between large ones there are more, so that they take a small part of the
    /// time.
    ///
    /// ```
    /// use fayasm_core::timeline::Settings;
    ///
    /// assert_eq!(Settings::default().with_interval(0).interval(), 1);
    /// ```
    #[must_use]
    pub fn with_interval(mut self, instructions: u64) -> Self {
        self.interval = instructions.max(1);
        self
    }
}

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

    /// Goes to where so many instructions have been executed.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::Val;
    /// use fayasm_core::timeline::{Settings, Timeline};
    ///
    /// let wat = r#"(module (func (export "count") (param $n i32)
    ///   (loop
    ///     (local.set $n (i32.add (local.get $n) (i32.const 1)))
    ///     (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let count = instance.get_func(&store, "count").expect("it is exported");
    /// let job = Job::new(&store, count, &[Val::I32(0)])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1_000_000)?;
    ///
    /// timeline.seek(&mut store, 500_001)?; // `loop`, and five in each round
    /// assert_eq!(timeline.job().locals(&store, 0), [100_000]);
    /// timeline.seek(&mut store, 51)?;
    /// assert_eq!(timeline.job().locals(&store, 0), [10]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimelineError::OutOfRange`]: nothing is changed.
    /// [`TimelineError::OtherStore`], [`TimelineError::Diverged`],
    /// [`TimelineError::OutOfMemory`]: where it stands then is on the timeline, but
    /// maybe not where it stood.
    pub fn seek<T>(&mut self, store: &mut Store<T>, executed: u64) -> Result<(), TimelineError> {
        self.check(store.inner())?;
        if !self.range().contains(&executed) {
            return Err(self.out_of_range(executed));
        }
        self.awake(store, |it, store| it.go_to(store.inner_mut(), executed))
    }

    fn go_to(&mut self, inner: &mut StoreInner, executed: u64) -> Result<(), TimelineError> {
        self.take_changes_over(inner)?;
        if !self.tried.is_empty() && self.job.executed() == self.end {
            // It is not accessed again by going to where it waits.
            self.take_jump(inner);
        }
        let nearest = self.snapshots.partition_point(|it| it.executed <= executed);
        let Some(nearest) = nearest.checked_sub(1) else { return Ok(()) };
        let at = self.job.executed();
        if at > executed || nearest > self.base || (at == executed && at == self.end) {
            self.restore(inner, nearest)?;
        }
        self.replay(inner, executed, Limit::NONE)?;
        Ok(())
    }

    /// Goes back by an instruction.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (func (export "f") (drop (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 2)?;
    /// timeline.step_back(&mut store)?;
    /// assert_eq!(timeline.job().operands(&store, 0), [7]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`]; at the beginning,
    /// [`TimelineError::OutOfRange`].
    pub fn step_back<T>(&mut self, store: &mut Store<T>) -> Result<(), TimelineError> {
        let before = self.job.executed();
        match before.checked_sub(1) {
            Some(before) => self.seek(store, before),
            None => Err(self.out_of_range(0)),
        }
    }

    /// Goes back by an instruction and, if that returned from a call, to before
    /// the call: to the last instruction before this one with as many frames as
    /// there are now, or fewer.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module
    ///   (func $inner (nop) (nop))
    ///   (func (export "f") (call $inner) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 4)?; // call, nop, nop, end
    /// timeline.step_back_over(&mut store)?;
    /// assert_eq!((timeline.job().executed(), timeline.job().depth()), (0, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`]; if there is no such instruction,
    /// [`TimelineError::OutOfRange`].
    pub fn step_back_over<T>(&mut self, store: &mut Store<T>) -> Result<(), TimelineError> {
        self.back_to_depth(store, self.job.depth().max(1))
    }

    /// Goes back to the call of the current function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module
    ///   (func $inner (nop) (nop))
    ///   (func (export "f") (call $inner) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 3)?; // call, nop, nop
    /// timeline.step_back_out(&mut store)?;
    /// assert_eq!((timeline.job().executed(), timeline.job().depth()), (0, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`]; if the function is that of the job,
    /// [`TimelineError::OutOfRange`].
    pub fn step_back_out<T>(&mut self, store: &mut Store<T>) -> Result<(), TimelineError> {
        self.back_to_depth(store, self.job.depth().saturating_sub(1))
    }

    /// Goes back to the last instruction before this one with so many frames,
    /// or fewer; stays where it is if there is none.
    fn back_to_depth<T>(
        &mut self,
        store: &mut Store<T>,
        depth: usize,
    ) -> Result<(), TimelineError> {
        let from = self.job.executed();
        let mut end = from;
        let mut found = None;
        // A call takes more than one instruction, unless it is a host function's.
        if end > *self.range().start() {
            self.seek(store, end - 1)?;
            found = (self.job.depth() <= depth).then_some(end - 1);
        }
        while found.is_none() && end > *self.range().start() {
            let start = self.sync_point_before(end);
            self.seek(store, start)?;
            found =
                self.awake(store, |it, store| it.last_at_depth(store.inner_mut(), end, depth))?;
            end = start;
        }
        self.seek(store, found.unwrap_or(from))?;
        let before = self.range().start().saturating_sub(1);
        found.map(|_| ()).ok_or_else(|| self.out_of_range(before))
    }

    fn out_of_range(&self, asked: u64) -> TimelineError {
        let (first, last) = self.range().into_inner();
        TimelineError::OutOfRange { asked, first, last }
    }

    /// The last instruction before `end` with so many frames, or fewer. Goes over
    /// what is known from here on.
    fn last_at_depth(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        depth: usize,
    ) -> Result<Option<u64>, TimelineError> {
        let mut last = None;
        while self.job.executed() < end {
            if self.job.depth() > depth {
                // The deeper frames are gone over at full speed.
                self.replay(store, end, Limit::NONE.until_depth(depth))?;
            } else {
                let at = self.job.executed();
                last = Some(at);
                self.replay(store, at + 1, Limit::NONE)?;
            }
        }
        Ok(last)
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

    /// Runs the job on from the end of what is known of its run.
    fn record<T>(
        &mut self,
        store: &mut Store<T>,
        mut limit: Limit,
    ) -> Result<Outcome, TimelineError> {
        loop {
            if self.job.executed() >= self.due && self.job.is_running() {
                // One that cannot be taken now is taken later.
                if self.take(store.inner_mut(), false).is_err() {
                    self.due = self.job.executed() + self.settings.interval;
                }
            }
            let before = self.job.executed();
            let was_running = self.job.is_running();
            let until_due = self.due.saturating_sub(before).max(1);
            // Where exactly a snapshot is taken does not matter.
            let nearly = until_due < limit.fuel;
            let slice = Limit { fuel: limit.fuel.min(until_due), nearly, ..limit };
            let mut jumped = false;
            let (mut log, tried) = (self.snapshots.last_mut(), &mut self.tried);
            let outcome = store.drive(&mut self.job, slice, |store, job, func| {
                let at = job.executed();
                store.inner_mut().journal.open();
                let result = store.call_host(job, func);
                let Changes { mut accessed, others } = store.inner_mut().journal.close();
                let address = func.0.index as usize;
                if log.is_none() {
                    accessed.clear();
                }
                if tried.is_empty() {
                    core::mem::swap(tried, &mut accessed);
                }
                jumped = others || reserve(tried, accessed.len()).is_err();
                if !jumped {
                    tried.append(&mut accessed);
                }
                if result.is_ok() && !jumped {
                    let accessed = core::mem::take(tried);
                    jumped = log.as_mut().is_some_and(|log| {
                        let entry = HostReturn::new(at, store.inner(), job, address, accessed);
                        entry.and_then(|entry| log.note(entry)).is_err()
                    });
                }
                jumped |= tried.len() > MOST_TRIED;
                // Where it cannot be executed again to, a snapshot is needed.
                result.and(if jumped { Err(Outcome::OutOfFuel) } else { Ok(()) })
            });
            self.end = self.job.executed();
            limit.fuel -= self.end - before;
            let is_near = self.due.saturating_sub(self.end) <= NEARLY;
            if nearly && is_near && outcome == Outcome::OutOfFuel {
                self.due = self.end;
            }
            let inner = store.inner_mut();
            self.changes = inner.journal.count();
            let ended = was_running && !self.job.is_running();
            if (jumped || ended) && !self.snapshots.is_empty() {
                self.take_jump(inner);
            }
            if outcome != Outcome::OutOfFuel || limit.fuel == 0 {
                return Ok(outcome);
            }
        }
    }

    /// Executes what is known of the run again, up to `target`.
    fn replay(
        &mut self,
        store: &mut StoreInner,
        target: u64,
        limit: Limit,
    ) -> Result<Outcome, TimelineError> {
        // What the embedder stops at is not stopped at again.
        let traps = core::mem::take(&mut store.function_traps);
        let outcome = self.replay_all(store, target, limit);
        store.function_traps = traps;
        outcome
    }

    fn replay_all(
        &mut self,
        store: &mut StoreInner,
        target: u64,
        limit: Limit,
    ) -> Result<Outcome, TimelineError> {
        loop {
            let executed = self.job.executed();
            let next = self.snapshots.get(self.base + 1).map(|next| (next.executed, next.jump));
            match next {
                Some((at, true)) if at <= executed => self.restore(store, self.base + 1)?,
                Some((at, false)) if at <= executed => {
                    // It is the same as the present state.
                    snapshot::settle(store);
                    self.base += 1;
                }
                _ if executed >= target => {
                    // What traps does not count: it has trapped already.
                    let trap = self.job.trapped().cloned();
                    return Ok(trap.map_or(Outcome::OutOfFuel, Outcome::Trapped));
                }
                _ => {
                    let stop = next.map_or(target, |(at, _)| at.min(target));
                    let limit = Limit { fuel: stop - executed, ..limit };
                    match self.job.execute(store, limit, u64::MAX) {
                        Outcome::OutOfFuel => {}
                        Outcome::HostCall(_) => {
                            let before = self.job.depth();
                            self.repeat_host_call(store)?;
                            // An exception that it has thrown is caught further out.
                            let depth = self.job.depth();
                            if depth < before
                                && limit.until_depth.is_some_and(|until| depth <= until)
                            {
                                return Ok(Outcome::DepthReached);
                            }
                        }
                        it @ (Outcome::DepthReached | Outcome::Breakpoint(_)) => return Ok(it),
                        ended => {
                            if next != Some((self.job.executed(), true)) {
                                return Err(TimelineError::Diverged(executed));
                            }
                            self.restore(store, self.base + 1)?;
                            return Ok(ended);
                        }
                    }
                }
            }
        }
    }

    /// Returns from the host function that the job is calling, as it did before.
    fn repeat_host_call(&mut self, store: &mut StoreInner) -> Result<(), TimelineError> {
        let at = self.job.executed();
        let known = self.snapshots.get(self.base).and_then(|base| base.host_return(at));
        if let Some(known) = known {
            let repeated = known.repeat(store, &mut self.job);
            return if repeated { Ok(()) } else { Err(TimelineError::Diverged(at)) };
        }
        // What it did was more than is logged, and is in a snapshot.
        match self.snapshots.get(self.base + 1) {
            Some(next) if next.jump && next.executed <= at + 1 => {
                self.restore(store, self.base + 1)
            }
            _ => Err(TimelineError::Diverged(at)),
        }
    }

    /// Keeps the present state; in a jump, if it cannot be reached by executing
    /// from the snapshot before, or nothing comes behind it.
    fn take(&mut self, store: &mut StoreInner, jump: bool) -> Result<(), OutOfMemory> {
        reserve(&mut self.snapshots, 1)?;
        let jump = jump || !self.tried.is_empty();
        let (snapshot, copied) = self.states.take(store, &self.job, self.next_id, jump)?;
        let pause = self.settings.interval.saturating_mul(USUAL_BYTES.max(copied as u64));
        self.due = snapshot.executed.saturating_add(pause / USUAL_BYTES);
        self.tried = Vec::new();
        self.base = self.snapshots.len();
        self.next_id += 1;
        self.snapshots.push(snapshot);
        // One that was taken while a host function waited, as this one is, is not needed any more.
        if self.base > 1
            && let [.., before, it] = &self.snapshots[..]
            && before.jump
            && it.jump
            && before.executed == it.executed
        {
            self.forget(self.base - 1);
        }
        self.keep_limits(store);
        Ok(())
    }

    /// Keeps a state that cannot be reached by executing. If that fails, there
    /// is no past any more.
    fn take_jump(&mut self, store: &mut StoreInner) {
        if self.take(store, true).is_err() {
            self.forget_all(store);
        }
    }

    /// Forgets snapshots until there are no more, and no larger ones, than
    /// allowed. The present state is that of the last.
    fn keep_limits(&mut self, store: &mut StoreInner) {
        while self.snapshots.len() > MAX_SNAPSHOTS || self.bytes() > self.settings.bytes {
            let few = self.snapshots.len() <= FEW_SNAPSHOTS;
            let cheapest = if few { None } else { self.cheapest() };
            let index = cheapest.unwrap_or(0);
            if self.snapshots.len() < 2 || !self.forget(index) {
                return self.forget_all(store);
            }
        }
    }

    /// The snapshot that is missed least: between others, with the shortest way
    /// from the one before to the one behind it. A way is taken to be the
    /// shorter, by up to a third, the longer ago it is.
    fn cheapest(&self) -> Option<usize> {
        let gap = |index: usize| {
            let [before, it, behind] = self.snapshots.get(index - 1..=index + 1)? else {
                return None;
            };
            let way = behind.executed - before.executed;
            let age = self.end - it.executed;
            let scale = self.end.saturating_add(age.saturating_mul(2)).max(1);
            let cost = u128::from(way) * u128::from(self.end.max(1)) / u128::from(scale);
            (!it.jump).then_some((cost, index))
        };
        let inner = 1..self.snapshots.len().saturating_sub(1);
        inner.filter_map(gap).min().map(|(_, index)| index)
    }

    /// Forgets a snapshot that is not the last. Says whether there was memory
    /// to do so.
    fn forget(&mut self, index: usize) -> bool {
        let Ok([snapshot, next]) = self.snapshots.get_disjoint_mut([index, index + 1]) else {
            return false;
        };
        if !self.states.forget(snapshot, next) {
            return false;
        }
        let mut forgotten = self.snapshots.remove(index);
        self.base = self.snapshots.len() - 1;
        // Of what comes before the first, nothing needs to be known.
        let Some(before) = index.checked_sub(1) else { return true };
        let Some(before) = self.snapshots.get_mut(before) else { return true };
        before.take_log(&mut forgotten)
    }

    /// Forgets the past: from now on, it is not kept.
    fn forget_all(&mut self, store: &mut StoreInner) {
        // What is not tracked needs no memory.
        let _ = States::track(store, false);
        (self.states, self.snapshots) = (States::default(), Vec::new());
        self.tried = Vec::new();
        self.base = 0;
        self.due = u64::MAX;
    }

    /// Puts everything back as it was at a snapshot.
    fn restore(&mut self, store: &mut StoreInner, index: usize) -> Result<(), TimelineError> {
        let Some(snapshot) = self.snapshots.get(index) else { return Ok(()) };
        let (from, to) = (self.base.min(index) + 1, self.base.max(index) + 1);
        let between = self.snapshots.get(from..to).unwrap_or_default();
        self.states.restore(store, &mut self.job, snapshot, between.iter())?;
        self.base = index;
        Ok(())
    }
}
