//! How pages have come and gone, one after the other.

use alloc::collections::VecDeque;

use super::policy::Reason;
use crate::spill::ObjectId;

/// A page has come into RAM, or left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageEvent {
    /// How many instructions had been executed before the one that it was for.
    pub executed: u64,
    /// The page.
    pub page: ObjectId,
    /// What has become of it.
    pub change: PageChange,
}

/// What has become of a page.
///
/// ```
/// use fayasm_core::{PageChange, Reason};
///
/// let change = PageChange::Stored(Reason::Oldest { accesses: 7 });
/// assert_eq!(change.to_string(), "stored: came 7 accesses ago, before others");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageChange {
    /// It came for the first time, or once more as it was at first.
    FirstTouch,
    /// It came back from where it was stored.
    Loaded,
    /// It left, and was stored for that, having changed.
    Stored(Reason),
    /// It left, and needed not be stored.
    Dropped(Reason),
}

impl core::fmt::Display for PageChange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            PageChange::FirstTouch => f.write_str("accessed for the first time"),
            PageChange::Loaded => f.write_str("loaded"),
            PageChange::Stored(reason) => write!(f, "stored: {reason}"),
            PageChange::Dropped(reason) => write!(f, "dropped: {reason}"),
        }
    }
}

/// The last events, so many at most.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: VecDeque<PageEvent>,
    limit: usize,
}

impl Log {
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.events = VecDeque::new();
    }

    pub(super) fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// Notes an event; those before go where there is no room.
    pub(super) fn note(&mut self, event: PageEvent) {
        if self.events.len() >= self.limit || self.events.try_reserve(1).is_err() {
            self.events.pop_front();
        }
        if self.is_on() && self.events.len() < self.events.capacity() {
            self.events.push_back(event);
        }
    }

    pub(super) fn events(&self) -> impl DoubleEndedIterator<Item = &PageEvent> {
        self.events.iter()
    }

    /// Forgets what was for instructions behind so many.
    pub(super) fn go_back(&mut self, executed: u64) {
        while self.events.back().is_some_and(|event| event.executed >= executed) {
            self.events.pop_back();
        }
    }
}
