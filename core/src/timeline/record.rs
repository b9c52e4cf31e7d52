//! Running a job on, and what is kept of that.

use alloc::vec::Vec;

use super::log::HostReturn;
use super::snapshot::{States, reserve};
use super::{Timeline, TimelineError};
use crate::allocate::OutOfMemory;
use crate::execute::{Limit, Outcome};
use crate::runtime::{Changes, Store, StoreInner};

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

impl Timeline {
    /// Runs the job on from the end of what is known of its run.
    pub(super) fn record<T>(
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

    /// Keeps the present state; in a jump, if it cannot be reached by executing
    /// from the snapshot before, or nothing comes behind it.
    pub(super) fn take(&mut self, store: &mut StoreInner, jump: bool) -> Result<(), OutOfMemory> {
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
    pub(super) fn take_jump(&mut self, store: &mut StoreInner) {
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
}
