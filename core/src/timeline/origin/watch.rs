//! Searching the run for writes, at full speed where it is long.

use crate::allocate::OutOfMemory;
use crate::execute::{Breakpoint, Breakpoints, Limit, Stopping, Watch};
use crate::inspect::Location;
use crate::runtime::StoreInner;
use crate::timeline::hash::location_hash;
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

/// Which writes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    LastWrite,
    NextWrite,
    LastChange,
    NextChange,
}

impl Sought {
    fn is_next(self) -> bool {
        matches!(self, Sought::NextWrite | Sought::NextChange)
    }

    /// Whether what is written has to differ from what was there.
    fn is_change(self) -> bool {
        matches!(self, Sought::LastChange | Sought::NextChange)
    }
}

/// What a part of the run says about writes to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Writes {
    /// The first, or the last.
    pub(super) found: Option<u64>,
    /// How many instructions were looked at.
    pub(super) steps: u64,
}

impl Timeline {
    /// The write there from here to `end` that is sought. Gives up once more than `most`
    /// instructions would have to be looked at.
    pub(super) fn writes(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        to: &Location,
        sought: Sought,
        most: u64,
    ) -> Result<Writes, TimelineError> {
        if end.saturating_sub(self.job.executed()) < FEW {
            return self.look_for_writes(store, end, to, sought, most, false);
        }
        let fits = |it: &Watched| it.location == *to && it.instances == store.instances.len();
        let watched = match self.watched.take().filter(fits) {
            Some(known) => Some(known),
            None => Watched::new(store, to)?,
        };
        let Some(mut watched) = watched else {
            return self.look_for_writes(store, end, to, sought, most, false);
        };
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        let result = self.look_for_writes(store, end, to, sought, most, true);
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        self.watched = Some(watched);
        result
    }

    fn look_for_writes(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        to: &Location,
        sought: Sought,
        most: u64,
        stops: bool,
    ) -> Result<Writes, TimelineError> {
        let mut writes = Writes { found: None, steps: 0 };
        while writes.steps <= most {
            if stops {
                self.go_to_stop(store, end)?;
            }
            let at = self.job.executed();
            if at >= end {
                break;
            }
            writes.steps += 1;
            let before = sought.is_change().then(|| location_hash(store, &self.job, to));
            let writes_there = self.writes_in_step(store, to)?;
            if writes_there && before.is_none_or(|it| it != location_hash(store, &self.job, to)) {
                writes.found = Some(at);
                if sought.is_next() {
                    break;
                }
            }
        }
        Ok(writes)
    }

    /// Goes on to the next instruction that is stopped at, or to one behind which
    /// something may change by itself.
    fn go_to_stop(&mut self, store: &mut StoreInner, end: u64) -> Result<(), TimelineError> {
        // What a jump changes is not seen on the way.
        let next = self.snapshots.get(self.base + 1);
        let next = next.map_or(end, |it| it.executed.saturating_sub(u64::from(it.jump)));
        if next.min(end) > self.job.executed() {
            let limit = Limit { stopping: Stopping::Maybe, ..Limit::NONE };
            self.replay(store, next.min(end), limit)?;
        }
        Ok(())
    }
}
