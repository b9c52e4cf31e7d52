//! Going to any instruction of what is known of a run.

use super::{Timeline, TimelineError};
use crate::execute::Limit;
use crate::runtime::{Store, StoreInner};

impl Timeline {
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

    pub(super) fn go_to(
        &mut self,
        inner: &mut StoreInner,
        executed: u64,
    ) -> Result<(), TimelineError> {
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
}
