//! Going over what is known of a run, and back to the last breakpoint.

use alloc::vec::Vec;

use super::hash::location_hash;
use super::snapshot::reserve;
use super::{Timeline, TimelineError};
use crate::allocate::OutOfMemory;
use crate::execute::{Job, Limit, Outcome, Stopping};
use crate::inspect::Location;
use crate::runtime::{Store, StoreInner};

impl Timeline {
    /// Goes over what is known of the run, from where it stands to `end`, and calls
    /// `visit` before each instruction; that says how to go on until it is called
    /// again: by how much, and whether only until calls have returned. If it says
    /// nothing, the timeline stops there.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    ///
    /// let wat = r#"(module (func $callee (nop) (nop))
    ///   (func (export "f") (call $callee) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// timeline.seek(&mut store, 0)?;
    /// let mut visited = Vec::new();
    /// timeline.walk(&mut store, 100, |_, job| {
    ///     visited.push((job.executed(), job.depth()));
    ///     // Calls are passed over.
    ///     Some(if job.depth() > 1 { Limit::NONE.until_depth(1) } else { Limit::fuel(1) })
    /// })?;
    /// assert_eq!(visited, [(0, 1), (1, 2), (4, 1), (5, 1)]);
    /// assert_eq!(timeline.job().executed(), 6);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn walk<T>(
        &mut self,
        store: &mut Store<T>,
        end: u64,
        mut visit: impl FnMut(&Store<T>, &Job) -> Option<Limit>,
    ) -> Result<(), TimelineError> {
        self.check(store.inner())?;
        let end = end.min(*self.range().end());
        self.awake(store, |it, store| {
            it.take_changes_over(store.inner_mut())?;
            while it.job.executed() < end {
                let Some(limit) = visit(store, &it.job) else { break };
                let to = it.job.executed().saturating_add(limit.fuel.max(1)).min(end);
                it.replay(store.inner_mut(), to, limit)?;
            }
            Ok(())
        })
    }

    /// Goes back to the last breakpoint of the store's before this instruction that
    /// `holds`, as it was before the instruction was executed, but no further than to
    /// `first`, or to the beginning of what is known. Says which breakpoint it is.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::{Breakpoint, Limit, Watch};
    ///
    /// let wat = r#"(module (global $g (export "g") (mut i32) (i32.const 0)) (func (export "f")
    ///   (global.set $g (i32.const 7)) (global.set $g (i32.const 7)) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let global = instance.get_global(&store, "g").expect("it is exported");
    /// let location = Location::Global(global);
    /// store.set_breakpoints(&[Breakpoint::Location { location, on: Watch::Change }])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// assert_eq!(timeline.run_back(&mut store, 0, |_, _, _| true)?, Some(0));
    /// assert_eq!(timeline.job().executed(), 1); // the first global.set
    /// assert_eq!(timeline.run_back(&mut store, 0, |_, _, _| true)?, None);
    /// assert_eq!(timeline.job().executed(), 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn run_back<T>(
        &mut self,
        store: &mut Store<T>,
        first: u64,
        mut holds: impl FnMut(&Store<T>, &Job, usize) -> bool,
    ) -> Result<Option<usize>, TimelineError> {
        let mut end = self.job.executed();
        let first = first.clamp(*self.range().start(), end);
        while end > first {
            let start = self.sync_point_before(end).max(first);
            self.seek(store, start)?;
            let found = self.awake(store, |it, store| it.last_stop(store, end, &mut holds))?;
            if let Some((at, index)) = found {
                self.seek(store, at)?;
                return Ok(Some(index));
            }
            end = start;
        }
        self.seek(store, first)?;
        Ok(None)
    }

    /// The last breakpoint from here to `end` that `holds`.
    fn last_stop<T>(
        &mut self,
        store: &mut Store<T>,
        end: u64,
        holds: &mut impl FnMut(&Store<T>, &Job, usize) -> bool,
    ) -> Result<Option<(u64, usize)>, TimelineError> {
        let limit = Limit { stopping: Stopping::Maybe, ..Limit::NONE };
        let mut found = None;
        while self.job.executed() < end {
            let Outcome::Breakpoint(_) = self.replay(store.inner_mut(), end, limit)? else { break };
            let at = self.job.executed();
            let mut undecided = Undecided::new(store.inner(), &self.job)?;
            undecided.0.retain(|(index, _, _)| holds(store, &self.job, *index));
            let decided =
                store.inner().decided(&self.job).find(|index| holds(store, &self.job, *index));
            self.replay(store.inner_mut(), at + 1, Limit::NONE)?;
            let changed = || undecided.changed(store.inner(), &self.job);
            found = decided.or_else(changed).map(|index| (at, index)).or(found);
        }
        Ok(found)
    }

    /// All breakpoints of the store's that the next instruction stops at, those last of
    /// which only executing it tells, which is done, and undone. Where a run
    /// [stops](Self::run), these are what it stops at.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::inspect::Location;
    /// use fayasm_core::{Breakpoint, Watch};
    ///
    /// let wat = r#"(module (global $g (export "g") (mut i32) (i32.const 0)) (func (export "f")
    ///   (global.set $g (i32.const 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let global = instance.get_global(&store, "g").expect("it is exported");
    /// let location = Location::Global(global);
    /// let watch = |on| Breakpoint::Location { location: location.clone(), on };
    /// store.set_breakpoints(&[watch(Watch::Change), watch(Watch::Write)])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1)?;
    /// // It is written, but not changed.
    /// assert_eq!(timeline.stops(&mut store)?, [1]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn stops<T>(&mut self, store: &mut Store<T>) -> Result<Vec<usize>, TimelineError> {
        let mut all = Vec::new();
        for index in store.inner().decided(&self.job) {
            reserve(&mut all, 1)?;
            all.push(index);
        }
        let undecided = Undecided::new(store.inner(), &self.job)?;
        if undecided.0.is_empty() {
            return Ok(all);
        }
        let at = self.job.executed();
        self.run(store, Limit::fuel(1))?;
        for index in undecided.all_changed(store.inner(), &self.job) {
            reserve(&mut all, 1)?;
            all.push(index);
        }
        if self.range().contains(&at) {
            self.seek(store, at)?;
        }
        Ok(all)
    }

    /// Where the last snapshot before an instruction is: to go back over a long way in
    /// pieces, go from one to the other.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// let wat = r#"(module (func (export "spin") (loop (br 0))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "spin").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, 1_000_000)?;
    /// let before = timeline.sync_point_before(500_000);
    /// assert!((1..500_000).contains(&before));
    /// assert_eq!(timeline.sync_point_before(1), 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sync_point_before(&self, executed: u64) -> u64 {
        let before = self.snapshots.partition_point(|it| it.executed < executed);
        let snapshot = before.checked_sub(1).and_then(|index| self.snapshots.get(index));
        snapshot.map_or(executed, |it| it.executed)
    }
}

/// Watchpoints of which only the next instruction says whether it stops at them, with
/// what they watch, and a number for what is there now.
pub(super) struct Undecided(Vec<(usize, Location, u64)>);

impl Undecided {
    pub(super) fn new(store: &StoreInner, job: &Job) -> Result<Self, OutOfMemory> {
        let mut all = Vec::new();
        for (index, location) in store.undecided(job) {
            let hash = location_hash(store, job, &location);
            reserve(&mut all, 1)?;
            all.push((index, location, hash));
        }
        Ok(Undecided(all))
    }

    /// The first of which something else is there now.
    pub(super) fn changed(&self, store: &StoreInner, job: &Job) -> Option<usize> {
        self.all_changed(store, job).next()
    }

    /// All of which something else is there now.
    fn all_changed(&self, store: &StoreInner, job: &Job) -> impl Iterator<Item = usize> {
        let changed = |it: &&(usize, Location, u64)| location_hash(store, job, &it.1) != it.2;
        self.0.iter().filter(changed).map(|(index, _, _)| *index)
    }
}
