//! Going to the next or the last instruction of which something holds.

use super::{Timeline, TimelineError};
use crate::execute::{Job, Limit, Outcome};
use crate::runtime::Store;

impl Timeline {
    /// Goes on to the next instruction of which `wanted` says yes, before it is
    /// executed, and gives none; or as far as `fuel` reaches, and says why it
    /// stopped. Where it stands is left first.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Outcome;
    ///
    /// let wat = r#"(module (global $g (mut i32) (i32.const 0))
    ///   (func (export "f") (loop
    ///     (global.set $g (i32.add (global.get $g) (i32.const 1)))
    ///     (br_if 0 (i32.lt_u (global.get $g) (i32.const 9))))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// let five = |store: &Store<()>, job: &Job| job.operands(store, 0).last() == Some(&5);
    /// assert_eq!(timeline.run_until(&mut store, 1000, five)?, None);
    /// assert_eq!(timeline.job().operands(&store, 0), [5]);
    /// assert_eq!(timeline.run_until(&mut store, 3, |_, _| false)?, Some(Outcome::OutOfFuel));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn run_until<T>(
        &mut self,
        store: &mut Store<T>,
        fuel: u64,
        mut wanted: impl FnMut(&Store<T>, &Job) -> bool,
    ) -> Result<Option<Outcome>, TimelineError> {
        for _ in 0..fuel {
            let outcome = self.run(store, Limit::fuel(1))?;
            if outcome != Outcome::OutOfFuel {
                return Ok(Some(outcome));
            }
            if wanted(store, &self.job) {
                return Ok(None);
            }
        }
        Ok(Some(Outcome::OutOfFuel))
    }

    /// Goes back to the last instruction before this one of which `wanted` says
    /// yes, as it was before it was executed; to the beginning of what is known
    /// if there is none. Says whether there is one.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// # use fayasm_core::timeline::{Settings, Timeline};
    /// use fayasm_core::Limit;
    /// use fayasm_core::inspect::accesses;
    ///
    /// let wat = r#"(module (memory (export "memory") 1)
    ///   (func (export "f") (i32.store (i32.const 8) (i32.const 7)) (nop) (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// # let job = Job::new(&store, f, &[])?;
    /// let mut timeline = Timeline::new(&mut store, job, Settings::default())?;
    /// timeline.run(&mut store, Limit::NONE)?;
    /// let writes = |store: &Store<()>, job: &Job| accesses(store, job).iter().any(|it| it.writes);
    /// assert!(timeline.run_back_until(&mut store, writes)?);
    /// assert_eq!(timeline.job().executed(), 2);
    /// assert!(!timeline.run_back_until(&mut store, writes)?);
    /// assert_eq!(timeline.job().executed(), 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Timeline::seek`].
    pub fn run_back_until<T>(
        &mut self,
        store: &mut Store<T>,
        mut wanted: impl FnMut(&Store<T>, &Job) -> bool,
    ) -> Result<bool, TimelineError> {
        let first = *self.range().start();
        let mut end = self.job.executed();
        while end > first {
            let start = self.snapshot_before(end);
            self.seek(store, start)?;
            let found = self.awake(store, |it, store| it.last_wanted(store, end, &mut wanted))?;
            if let Some(found) = found {
                self.seek(store, found)?;
                return Ok(true);
            }
            end = start;
        }
        self.seek(store, first)?;
        Ok(false)
    }

    /// The last instruction from here to `end` of which `wanted` says yes.
    fn last_wanted<T>(
        &mut self,
        store: &mut Store<T>,
        end: u64,
        wanted: &mut impl FnMut(&Store<T>, &Job) -> bool,
    ) -> Result<Option<u64>, TimelineError> {
        let mut found = None;
        while self.job.executed() < end {
            let at = self.job.executed();
            if wanted(store, &self.job) {
                found = Some(at);
            }
            self.replay(store.inner_mut(), at + 1, None)?;
        }
        Ok(found)
    }

    /// Where the last snapshot before this instruction is.
    pub(super) fn snapshot_before(&self, executed: u64) -> u64 {
        let before = self.snapshots.partition_point(|it| it.executed < executed);
        let snapshot = before.checked_sub(1).and_then(|index| self.snapshots.get(index));
        snapshot.map_or(executed, |it| it.executed)
    }
}
