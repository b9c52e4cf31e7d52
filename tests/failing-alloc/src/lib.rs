//! An allocator that fails when a test tells it to: the system's, until a
//! thread [arms](fail) it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;

/// Which allocations of a thread fail. The first has the number 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// The one with this number.
    One(u64),
    /// The one with this number and all after it.
    From(u64),
    /// All that would make the memory in use more than this many bytes.
    Above(u64),
}

/// What those that fail print to the standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Nothing.
    Nothing,
    /// Their numbers, each as `allocation 5 fails`.
    Numbers,
    /// A backtrace of the one with this number. Not of others: those that report
    /// the end of the process hold a lock that a backtrace needs.
    Backtrace(u64),
}

/// What a thread asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// How many allocations.
    pub allocations: u64,
    /// The most bytes in use at any time, had all that it asked for been given.
    pub peak: u64,
}

#[derive(Clone, Copy)]
struct Plan {
    failing: Failing,
    show: Show,
    asked: Asked,
    /// Bytes in use; fewer than none if more was freed than allocated.
    used: i64,
    /// The most that there were, since that was last asked.
    most: i64,
}

thread_local! {
    // Made at compile time and never dropped, so that it allocates nothing itself.
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
}

/// Does `work` with allocations of this thread failing; gives what came of it,
/// and what it asked for.
pub fn fail<T>(failing: Failing, show: Show, work: impl FnOnce() -> T) -> (T, Asked) {
    PLAN.set(Some(Plan { failing, show, asked: Asked::default(), used: 0, most: 0 }));
    let done = work();
    let asked = PLAN.take().map_or(Asked::default(), |plan| plan.asked);
    (done, asked)
}

/// How many bytes are in use that were allocated since the [work](fail) began; fewer than none if
/// more was freed. None outside of it.
pub fn in_use() -> Option<i64> {
    PLAN.get().map(|plan| plan.used)
}

/// The most bytes that were in use since this was asked before. What replaces something else counts
/// as if it were in its place.
pub fn most_in_use() -> Option<i64> {
    let mut plan = PLAN.get()?;
    let most = std::mem::replace(&mut plan.most, plan.used);
    PLAN.set(Some(plan));
    Some(most)
}

/// Whether the allocation of so many bytes that is asked for now is one that
/// fails. While it is made, another of `freed` bytes is there that will be freed.
fn fails_now(bytes: usize, freed: usize) -> bool {
    let Some(mut plan) = PLAN.get() else { return false };
    // What reports a panic holds a lock that a backtrace needs.
    if std::thread::panicking() {
        return false;
    }
    let number = plan.asked.allocations;
    let wanted = plan.used + bytes as i64;
    plan.asked.allocations += 1;
    plan.asked.peak = plan.asked.peak.max(wanted.try_into().unwrap_or(0));
    let fails = match plan.failing {
        Failing::One(one) => number == one,
        Failing::From(first) => number >= first,
        Failing::Above(limit) => wanted > limit as i64,
    };
    if !fails {
        plan.used = wanted - freed as i64;
        plan.most = plan.most.max(plan.used);
    }
    if fails {
        // What is shown is allocated, too.
        PLAN.set(None);
        match plan.show {
            Show::Numbers => eprintln!("allocation {number} fails"),
            Show::Backtrace(shown) if shown == number => {
                eprintln!("{}", Backtrace::force_capture());
            }
            _ => {}
        }
    }
    PLAN.set(Some(plan));
    fails
}

fn freed(bytes: usize) {
    if let Some(mut plan) = PLAN.get() {
        plan.used -= bytes as i64;
        PLAN.set(Some(plan));
    }
}

/// The allocator, for `#[global_allocator]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FailingAllocator;

// SAFETY: every method does what the system's allocator does, or returns null
// without doing anything, which each of them may.
#[allow(unsafe_code, reason = "there is no other way to write an allocator")]
unsafe impl GlobalAlloc for FailingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails_now(layout.size(), 0) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if fails_now(layout.size(), 0) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `alloc_zeroed` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if fails_now(new_size, layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `realloc` asks for; all that was
        // allocated here is the system's.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: the caller promises what `dealloc` asks for; all that was
        // allocated here is the system's.
        unsafe { System.dealloc(ptr, layout) }
    }
}
