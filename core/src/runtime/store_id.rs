//! What tells stores apart, so that a handle of one is not taken for one of another.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::error::Error;

/// The identity of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StoreId(usize);

/// The next identity. It carries no data from one store to another; running
/// out takes longer than any machine lasts.
static NEXT: AtomicUsize = AtomicUsize::new(1);

impl StoreId {
    /// An identity that no store has yet.
    #[cfg(target_has_atomic = "ptr")]
    pub(crate) fn next() -> StoreId {
        StoreId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// An identity that no store has yet. Targets that can only load and store
    /// atomically have one core; were a store created in an interrupt just
    /// between the two, a mix-up of handles between these two stores would go
    /// unnoticed, and nothing worse.
    #[cfg(not(target_has_atomic = "ptr"))]
    pub(crate) fn next() -> StoreId {
        let id = NEXT.load(Ordering::Relaxed);
        NEXT.store(id.wrapping_add(1), Ordering::Relaxed);
        StoreId(id)
    }
}

/// Something in a store: which store, and which of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) store: StoreId,
    pub(crate) index: u32,
}

impl Stored {
    /// Its index, if it belongs to this store.
    pub(crate) fn index_in(self, store: StoreId) -> Result<usize, Error> {
        if self.store == store { Ok(self.index as usize) } else { Err(Error::ForeignHandle) }
    }
}
