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

/// A search for a write to a place.
#[derive(Clone, Copy)]
pub(super) struct Quest<'a> {
    pub(super) to: &'a Location,
    pub(super) sought: Sought,
    /// Where the part of the run ends.
    pub(super) end: u64,
    /// How many instructions are looked at before it is given up.
    pub(super) most: u64,
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
    /// The write from here on that is sought.
    pub(super) fn writes(
        &mut self,
        store: &mut StoreInner,
        quest: Quest<'_>,
    ) -> Result<Writes, TimelineError> {
        if quest.end.saturating_sub(self.job.executed()) < FEW {
            return self.look_for_writes(store, quest, false);
        }
        let instances = store.instances.len();
        let fits = |it: &Watched| it.location == *quest.to && it.instances == instances;
        let watched = match self.watched.take().filter(fits) {
            Some(known) => Some(known),
            None => Watched::new(store, quest.to)?,
        };
        let Some(mut watched) = watched else {
            return self.look_for_writes(store, quest, false);
        };
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        let result = self.look_for_writes(store, quest, true);
        core::mem::swap(&mut store.breakpoints, &mut watched.stops);
        self.watched = Some(watched);
        result
    }

    /// Looks at each instruction, or at those that it `stops` at.
    fn look_for_writes(
        &mut self,
        store: &mut StoreInner,
        Quest { to, sought, end, most }: Quest<'_>,
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
