//! The heap, which counts what is taken of it.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::fmt;
use core::ptr::{NonNull, null_mut};

use linked_list_allocator::Heap;

/// A heap that knows how many bytes of it are in use, and how many were at most.
pub struct CountingHeap {
    counted: UnsafeCell<Counted>,
}

struct Counted {
    heap: Heap,
    /// Where a board has room that does not follow the other.
    more: Heap,
    peak: usize,
}

impl Counted {
    fn used(&self) -> usize {
        self.heap.used() + self.more.used()
    }
}

// SAFETY: there is one processor, and no interrupt handler allocates, so that nothing here is
// ever entered twice.
unsafe impl Sync for CountingHeap {}

impl fmt::Debug for CountingHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountingHeap").field("used", &self.used()).finish_non_exhaustive()
    }
}

impl CountingHeap {
    /// A heap without room.
    #[must_use]
    pub const fn empty() -> Self {
        let (heap, more) = (Heap::empty(), Heap::empty());
        CountingHeap { counted: UnsafeCell::new(Counted { heap, more, peak: 0 }) }
    }

    /// Gives it its room.
    ///
    /// # Safety
    ///
    /// Called once; the room is nobody else's from now on.
    pub unsafe fn init(&self, start: *mut u8, bytes: usize) {
        // SAFETY: the caller gives the room away.
        self.with(|counted| unsafe { counted.heap.init(start, bytes) });
    }

    /// Gives it more room, which need not follow the other.
    ///
    /// # Safety
    ///
    /// As for [`init`](CountingHeap::init).
    pub unsafe fn add(&self, start: *mut u8, bytes: usize) {
        // SAFETY: the caller gives the room away.
        self.with(|counted| unsafe { counted.more.init(start, bytes) });
    }

    /// Bytes that there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.with(|counted| counted.heap.size() + counted.more.size())
    }

    /// Bytes in use, with what rounding up adds.
    #[must_use]
    pub fn used(&self) -> usize {
        self.with(|counted| counted.used())
    }

    /// The most bytes that were in use at a time since it was asked to count anew.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.with(|counted| counted.peak)
    }

    /// Forgets the peak, but for what is in use now.
    pub fn count_anew(&self) {
        self.with(|counted| counted.peak = counted.used());
    }

    fn with<R>(&self, action: impl FnOnce(&mut Counted) -> R) -> R {
        // SAFETY: nothing is entered twice (see `Sync` above), and no action calls back.
        action(unsafe { &mut *self.counted.get() })
    }
}

// SAFETY: `Heap` gives room for the layout that nobody else has, or none, and takes back what it
// gave.
unsafe impl GlobalAlloc for CountingHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.with(|counted| {
            let room = counted.heap.allocate_first_fit(layout);
            match room.or_else(|()| counted.more.allocate_first_fit(layout)) {
                Ok(room) => {
                    counted.peak = counted.peak.max(counted.used());
                    room.as_ptr()
                }
                Err(()) => null_mut(),
            }
        })
    }

    unsafe fn dealloc(&self, room: *mut u8, layout: Layout) {
        // SAFETY: the caller gives back what it was given, which is not null, to where it came from.
        self.with(|counted| unsafe {
            let more = counted.more.bottom()..counted.more.top();
            let heap = if more.contains(&room) { &mut counted.more } else { &mut counted.heap };
            heap.deallocate(NonNull::new_unchecked(room), layout);
        });
    }
}
