//! Searching the run for writes, at full speed where it is long.

use crate::allocate::OutOfMemory;
use crate::execute::{Breakpoint, Breakpoints, Limit, Stopping, Watch};
use crate::inspect::Location;
use crate::runtime::StoreInner;
use crate::timeline::{Timeline, TimelineError};

/// Where there are fewer instructions, each is looked at.
const FEW: u64 = 8000;

/// Stops at what writes to a place. To find these takes as long as to read all
/// code, so they are kept for the next part of a search.
#[derive(Debug)]
pub(in crate::timeline) struct Watched {
    location: Location,
    /// How many instances there were.
    instances: usize,
    stops: Breakpoints,
}

impl Watched {
    /// None of a table: growth of tables is not stopped at.
    fn new(store: &StoreInner, location: &Location) -> Result<Option<Self>, OutOfMemory> {
        let write = Breakpoint::Location { location: location.clone(), on: Watch::Write };
        let points = match location {
            Location::Memory { .. } => &[write, Breakpoint::MemoryGrowth][..],
            Location::Global(_) => &[write][..],
            _ => return Ok(None),
        };
        let stops = Breakpoints::new(store, points)?;
        Ok(Some(Watched { location: location.clone(), instances: store.instances.len(), stops }))
    }
}

impl Timeline {
    /// Does this, and says whether the run stops at what may write there on the
    /// way to `end`. If that is near, each instruction is looked at: it does not.
    pub(super) fn watching<R>(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        to: &Location,
        act: impl FnOnce(&mut Self, &mut StoreInner, bool) -> Result<R, TimelineError>,
    ) -> Result<R, TimelineError> {
        if end.saturating_sub(self.job.executed()) < FEW {
            return act(self, store, false);
        }
        let known = self.watched.take();
        let fits = |it: &Watched| it.location == *to && it.instances == store.instances.len();
        let Some(mut watched) = (match known.filter(fits) {
            Some(known) => Some(known),
            None => Watched::new(store, to)?,
        }) else {
            return act(self, store, false);
        };
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        let result = act(self, store, true);
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        self.watched = Some(watched);
        result
    }

    /// Executes the next instruction before `end` that may write there: how many
    /// were executed before it, and whether it did.
    pub(super) fn next_stop(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        to: &Location,
        watches: bool,
    ) -> Result<Option<(u64, bool)>, TimelineError> {
        if watches {
            // What a jump changes is not seen on the way.
            let next = self.snapshots.get(self.base + 1);
            let next = next.map_or(end, |it| it.executed.saturating_sub(u64::from(it.jump)));
            if next.min(end) > self.job.executed() {
                let limit = Limit { stopping: Stopping::Maybe, ..Limit::NONE };
                self.replay(store, next.min(end), limit)?;
            }
        }
        let at = self.job.executed();
        if at >= end {
            return Ok(None);
        }
        Ok(Some((at, self.writes_in_step(store, to)?)))
    }
}
