//! How many bytes a store takes, and whether it may take more.

use super::{Store, StoreInner};
use crate::execute::{Job, Stack};
use crate::ledger::{self, Ledger, Owner, Peak};
use crate::runtime::interrupt::InterruptHandle;
use crate::runtime::paging::Need;
use crate::runtime::table::TableData;
use crate::runtime::trap::TrapKind;

impl<T> Store<T> {
    /// How many bytes the engine has allocated for the store, its modules and these jobs, by what
    /// they belong to. The store knows nothing of jobs that stand still.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::Owner;
    ///
    /// let wat = r#"(module (memory 1) (func (export "f") (local i64)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let job = Job::new(&store, f, &[])?;
    /// assert_eq!(store.ledger(None).of(Owner::ValueStack), 0);
    /// let ledger = store.ledger([&job]);
    /// assert!(ledger.of(Owner::ValueStack) >= 8 && ledger.total() > 65536);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ledger<'j>(&self, jobs: impl IntoIterator<Item = &'j Job>) -> Ledger {
        let mut ledger = self.inner.ledger();
        jobs.into_iter().for_each(|job| job.count(&mut ledger));
        ledger
    }

    /// The most bytes that there have been, with the jobs that ran, and when that was.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Limit, Linker, Module, Store};
    /// use fayasm_core::Owner;
    ///
    /// let wat = r#"(module (func $down (export "down") (param i32)
    ///   (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let down = instance.get_typed_func::<i32, ()>(&store, "down")?;
    /// down.call(&mut store, 10)?;
    /// let shallow = store.peak().ledger.of(Owner::Frames);
    /// down.call(&mut store, 1000)?;
    /// assert!(store.peak().ledger.of(Owner::Frames) >= 50 * shallow);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn peak(&self) -> Peak {
        // What the embedder has made since is not noted yet.
        self.inner.account.peak_with(self.inner.ledger())
    }

    /// Forgets the most bytes that there have been: [`peak`](Self::peak) is of what comes after.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// # let wat = r#"(module (func $down (export "down") (param i32)
    /// #   (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1)))))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let down = instance.get_typed_func::<i32, ()>(&store, "down")?;
    /// down.call(&mut store, 1000)?;
    /// let deep = store.peak();
    /// store.forget_peak();
    /// down.call(&mut store, 10)?;
    /// assert!(store.peak().ledger.total() < deep.ledger.total());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn forget_peak(&mut self) {
        self.inner.account.forget_peak();
    }

    pub(super) fn count_host_lists(&mut self) {
        self.inner.host_lists = ledger::vec(&self.hosts) + self.linked.allocated();
    }
}

impl StoreInner {
    /// What the store takes, with stacks of jobs that wait for host functions.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut ledger = self.lasting;
        if !cfg!(feature = "ledger") {
            return ledger;
        }
        let lists = ledger::vec(&self.instances) + ledger::vec(&self.segments);
        let functions = ledger::vec(&self.functions) + ledger::vec(&self.hosts);
        let types = self.types.allocated() + ledger::vec(&self.tags);
        let interrupt = self.interrupt.as_ref().map_or(0, InterruptHandle::allocated);
        ledger.add(Owner::Instances, lists + functions + types + interrupt);
        ledger.add(Owner::HostFunctions, self.host_lists);
        ledger.set(Owner::Globals, ledger::vec(&self.globals));
        let tables: u64 = self.tables.iter().map(TableData::allocated).sum();
        ledger.set(Owner::Tables, ledger::vec(&self.tables) + tables);
        ledger.set(Owner::Memory, ledger::vec(&self.memories));
        for memory in &self.memories {
            ledger.add(memory.owner(), memory.allocated());
        }
        let [pages, known] = self.pager.allocated();
        ledger.add(Owner::Memory, pages);
        ledger.add(Owner::PageTables, known);
        ledger.set(Owner::Heap, self.heap.allocated());
        ledger.set(Owner::Microcode, self.tiers.allocated());
        let traps = ledger::vec(&self.function_traps.0);
        ledger.set(Owner::Breakpoints, self.breakpoints.allocated() + traps);
        ledger.set(Owner::Frames, ledger::vec(&self.suspended));
        self.suspended.iter().for_each(|stack| stack.count(&mut ledger));
        ledger
    }

    /// Counts all that there is, with the stack of a job that begins to run; fails if that is more
    /// than the budget allows.
    pub(crate) fn begin(&mut self, stack: &Stack) -> Result<(), TrapKind> {
        if self.limits.budget().is_some() {
            // Otherwise it would matter how often jobs have been stopped.
            self.heap.purge();
        }
        let mut now = self.ledger();
        // They are no part of what is looked at: a run is the same with and without them.
        now.set(Owner::Breakpoints, 0);
        stack.count(&mut now);
        self.account.executed = stack.executed;
        self.account.begin(now, self.limits.budget());
        self.account.afford(&mut self.tiers, Owner::ValueStack, 0)
    }

    /// Makes room for the stack of a job that calls a host function. Pages give way to it.
    pub(crate) fn make_room_to_suspend(&mut self) -> Result<Result<(), TrapKind>, Need> {
        loop {
            let StoreInner { account, tiers, suspended, .. } = self;
            let made = account.reserve(tiers, Owner::Frames, suspended, 1);
            let is_over = matches!(made, Err(TrapKind::OverBudget { .. }));
            if !is_over || !self.world().give_up_frame()? {
                return Ok(made);
            }
        }
    }

    /// Counts what the heap takes by now. Microcode that is too much leaves.
    pub(crate) fn count_heap(&mut self, executed: u64) {
        (self.account.executed, self.pager.executed) = (executed, executed);
        self.account.set(Owner::Heap, self.heap.allocated());
        // What a job holds that stands still is let go before it runs again.
        let _ = self.account.afford(&mut self.tiers, Owner::Heap, 0);
    }

    /// Counts all that there is, and makes sure that an owner may take so many bytes more.
    pub(crate) fn afford(&mut self, owner: Owner, bytes: u64) -> Result<(), TrapKind> {
        self.account.begin(self.ledger(), self.limits.budget());
        self.account.afford(&mut self.tiers, owner, bytes)
    }

    /// Counts all that there is, so that what is translated now keeps to the budget.
    pub(crate) fn limit_microcode(&mut self) {
        if self.limits.budget().is_none() {
            return self.tiers.leave(u64::MAX);
        }
        // What is too much by now is found to be so when a job runs.
        let _ = self.afford(Owner::Microcode, 0);
        self.tiers.leave(self.account.spare());
    }

    /// How many bytes a memory may have at most that is to grow by so many pages.
    pub(crate) fn afford_memory(
        &mut self,
        address: usize,
        delta: u64,
        limit: u64,
    ) -> Result<u64, TrapKind> {
        self.afford(Owner::Memory, 0)?;
        match self.memories.get(address) {
            Some(memory) => self.account.afford_memory(&mut self.tiers, memory, delta, limit),
            None => Ok(limit),
        }
    }

    /// Counts what the instance that was made last takes, and its module, unless another instance
    /// is of the same.
    pub(crate) fn count_instance(&mut self) {
        if !cfg!(feature = "ledger") {
            return;
        }
        let (Some((data, others)), Some(segments)) =
            (self.instances.split_last(), self.segments.last())
        else {
            return;
        };
        let known = others.iter().map(|other| other.module.shares(&data.module));
        let (module, bytes) = known.fold((false, false), |a, b| (a.0 || b.0, a.1 || b.1));
        for (owner, size) in data.module.ledger().iter() {
            if !(if owner == Owner::ModuleBytes { bytes } else { module }) {
                self.lasting.add(owner, size);
            }
        }
        self.lasting.add(Owner::Instances, data.allocated() + segments.allocated());
    }
}
