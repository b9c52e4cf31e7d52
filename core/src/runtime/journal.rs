//! What the embedder changes in a store, for whoever has to repeat it.

use alloc::vec::Vec;
use core::ops::Range;

/// What the embedder, or a host function, has changed in a store.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Counts every change, so that it shows whether there was one.
    count: u64,
    /// What the host function that is being called has changed, if that is to
    /// be noted.
    noted: Option<Changes>,
}

/// What a host function has changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Where it has written; and read, if the memory is held as pages.
    pub(crate) accessed: Vec<Access>,
    /// Whether it has changed anything else, or memory ran out for the above.
    pub(crate) others: bool,
}

/// Where a memory was accessed.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) memory: u32,
    pub(crate) range: Range<usize>,
    pub(crate) is_write: bool,
}

impl Journal {
    /// How many changes there have been.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Notes changes from now on.
    pub(crate) fn open(&mut self) {
        self.noted = Some(Changes::default());
    }

    /// What has been changed since changes are noted.
    pub(crate) fn close(&mut self) -> Changes {
        self.noted.take().unwrap_or_default()
    }

    /// These bytes of a memory are changed.
    pub(crate) fn write(&mut self, memory: u32, range: Range<usize>) {
        self.count += 1;
        self.note(Access { memory, range, is_write: true });
    }

    /// These bytes of a memory are read, which may change what pages are in RAM.
    pub(crate) fn read(&mut self, memory: u32, range: Range<usize>) {
        self.note(Access { memory, range, is_write: false });
    }

    fn note(&mut self, access: Access) {
        if let Some(changes) = &mut self.noted {
            match changes.accessed.try_reserve(1) {
                Ok(()) => changes.accessed.push(access),
                Err(_) => changes.others = true,
            }
        }
    }

    /// Anything is changed.
    pub(crate) fn change(&mut self) {
        self.count += 1;
        if let Some(changes) = &mut self.noted {
            changes.others = true;
        }
    }
}
