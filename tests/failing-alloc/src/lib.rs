//! An allocator that fails when a test tells it to: the system's, until a
//! thread [arms](fail) it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;

#[derive(Clone, Copy)]
struct Plan {
    /// The one that fails, the first being 0.
    fail: u64,
    /// How many allocations there were since.
    seen: u64,
    /// Whether an allocation that fails prints who asked for it.
    show: bool,
}

thread_local! {
    // Made at compile time and never dropped, so that it allocates nothing itself.
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
}

/// Does `work` with one allocation of this thread failing, the first being 0;
/// gives what came of it, and how many allocations it asked for. With `show`,
/// the one that fails prints a backtrace to the standard error.
pub fn fail<T>(fail: u64, show: bool, work: impl FnOnce() -> T) -> (T, u64) {
    PLAN.set(Some(Plan { fail, seen: 0, show }));
    let done = work();
    let seen = PLAN.take().map_or(0, |plan| plan.seen);
    (done, seen)
}

/// Whether the allocation that is asked for now is one that fails.
fn fails_now() -> bool {
    let Some(mut plan) = PLAN.get() else { return false };
    // What reports a panic holds a lock that a backtrace needs.
    if std::thread::panicking() {
        return false;
    }
    let number = plan.seen;
    plan.seen += 1;
    PLAN.set(Some(plan));
    let fails = number == plan.fail;
    if fails && plan.show {
        // A backtrace and its text are allocated, too.
        PLAN.set(None);
        eprintln!("{}", Backtrace::force_capture());
        PLAN.set(Some(plan));
    }
    fails
}

/// The allocator, for `#[global_allocator]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct FailingAllocator;

// SAFETY: every method does what the system's allocator does, or returns null
// without doing anything, which each of them may.
#[allow(unsafe_code, reason = "there is no other way to write an allocator")]
unsafe impl GlobalAlloc for FailingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails_now() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if fails_now() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `alloc_zeroed` asks for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if fails_now() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller promises what `realloc` asks for; all that was
        // allocated here is the system's.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller promises what `dealloc` asks for; all that was
        // allocated here is the system's.
        unsafe { System.dealloc(ptr, layout) }
    }
}
