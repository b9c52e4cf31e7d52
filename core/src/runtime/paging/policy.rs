//! Which page leaves RAM when another is needed.

use core::fmt;

use super::pager::Frame;

/// Which page leaves RAM when another is needed.
///
/// ```
/// use fayasm_core::{Paging, Policy};
///
/// let paging = Paging::new(16).with_policy(Policy::LeastRecentlyUsed);
/// assert_eq!(paging.policy().to_string(), "lru");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Policy {
    /// One that has not been accessed since a hand that goes round all of them came by the last
    /// time: nearly as good as the next, and takes no time where nothing leaves.
    #[default]
    Clock,
    /// The one whose last access is longest ago.
    LeastRecentlyUsed,
    /// The one that has been in RAM longest, however often it is accessed.
    FirstInFirstOut,
    /// Of those that need not be written to leave, the one whose last access is longest ago, if
    /// it is one of the half accessed longest ago; else as `LeastRecentlyUsed`. Spares flash.
    CleanFirst,
}

impl Policy {
    /// All there are.
    pub const ALL: [Policy; 4] =
        [Policy::Clock, Policy::LeastRecentlyUsed, Policy::FirstInFirstOut, Policy::CleanFirst];

    /// Its name in one word.
    ///
    /// ```
    /// use fayasm_core::Policy;
    ///
    /// assert_eq!(Policy::ALL.map(Policy::name), ["clock", "lru", "fifo", "clean-first"]);
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Policy::Clock => "clock",
            Policy::LeastRecentlyUsed => "lru",
            Policy::FirstInFirstOut => "fifo",
            Policy::CleanFirst => "clean-first",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a page was the one to leave.
///
/// ```
/// use fayasm_core::Reason;
///
/// let reason = Reason::NotAccessed { spared: 2 }.to_string();
/// assert_eq!(reason, "not accessed since the hand came by; 2 before it were");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It has not been accessed since the clock's hand came by; those that the hand came to
    /// before it have, and were spared.
    NotAccessed {
        /// How many were.
        spared: u32,
    },
    /// Its last access was so many accesses ago, longer than that of others.
    LeastRecent {
        /// How many.
        accesses: u64,
    },
    /// It came into RAM so many accesses ago, before others.
    Oldest {
        /// How many.
        accesses: u64,
    },
    /// It need not be written to leave; its last access was so many accesses ago.
    Clean {
        /// How many.
        accesses: u64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotAccessed { spared: 0 } => f.write_str("not accessed since the hand came by"),
            Reason::NotAccessed { spared } => {
                write!(f, "not accessed since the hand came by; {spared} before it were")
            }
            Reason::LeastRecent { accesses } => {
                write!(f, "last accessed {accesses} accesses ago, longer than others")
            }
            Reason::Oldest { accesses } => write!(f, "came {accesses} accesses ago, before others"),
            Reason::Clean { accesses } => {
                write!(f, "need not be written; last accessed {accesses} accesses ago")
            }
        }
    }
}

impl Policy {
    /// The frame whose page is to leave after so many accesses, and why; none if all must stay.
    /// `hand` is where the clock's hand points to.
    pub(super) fn victim(
        self,
        frames: &mut [Frame],
        hand: &mut usize,
        now: u64,
        may_leave: impl Fn(&Frame) -> bool,
    ) -> Option<(usize, Reason)> {
        let (frames, key): (_, fn(&Frame) -> u64) = match self {
            Policy::Clock => return clock(frames, hand, may_leave),
            Policy::FirstInFirstOut => (frames, |frame| frame.came),
            Policy::LeastRecentlyUsed | Policy::CleanFirst => (frames, |frame| frame.accessed),
        };
        let least = |clean: bool| {
            let all = frames.iter().enumerate();
            let all = all.filter(|(_, frame)| may_leave(frame) && !(clean && frame.dirty));
            all.map(|(index, frame)| (index, key(frame))).min_by_key(|(_, key)| *key)
        };
        if self == Policy::CleanFirst
            && let Some((index, accessed)) = least(true)
        {
            let before = frames.iter().filter(|frame| frame.accessed < accessed).count();
            if before <= frames.len() / 2 {
                return Some((index, Reason::Clean { accesses: now - accessed }));
            }
        }
        let (index, then) = least(false)?;
        let accesses = now - then;
        let reason = match self {
            Policy::FirstInFirstOut => Reason::Oldest { accesses },
            _ => Reason::LeastRecent { accesses },
        };
        Some((index, reason))
    }
}

/// Goes round until it comes to a page that was not accessed since the hand was there.
fn clock(
    frames: &mut [Frame],
    hand: &mut usize,
    may_leave: impl Fn(&Frame) -> bool,
) -> Option<(usize, Reason)> {
    let mut spared = 0;
    // After one round, none counts as accessed.
    for _ in 0..2 * frames.len() {
        let at = *hand % frames.len();
        *hand = at + 1;
        let frame = &mut frames[at];
        if !may_leave(frame) {
            continue;
        }
        if frame.accessed > frame.passed {
            frame.passed = frame.accessed;
            spared += 1;
        } else {
            return Some((at, Reason::NotAccessed { spared }));
        }
    }
    None
}
