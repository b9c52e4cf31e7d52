//! Executing what is known of a run again, from snapshots.

use super::{Timeline, TimelineError, snapshot};
use crate::execute::{Limit, Outcome};
use crate::runtime::StoreInner;

impl Timeline {
    /// Executes what is known of the run again, up to `target`.
    pub(super) fn replay(
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

    /// Puts everything back as it was at a snapshot.
    pub(super) fn restore(
        &mut self,
        store: &mut StoreInner,
        index: usize,
    ) -> Result<(), TimelineError> {
        let Some(snapshot) = self.snapshots.get(index) else { return Ok(()) };
        let (from, to) = (self.base.min(index) + 1, self.base.max(index) + 1);
        let between = self.snapshots.get(from..to).unwrap_or_default();
        self.states.restore(store, &mut self.job, snapshot, between.iter())?;
        self.base = index;
        Ok(())
    }
}
