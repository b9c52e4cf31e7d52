//! Paging, as embedders handle it.

use super::pager::{Page, Paging, PagingStats};
use super::{FRAME_BYTES, Memories};
use crate::runtime::error::Error;
use crate::runtime::store::Store;
use crate::spill::ObjectId;

impl<T> Store<T> {
    /// Memories that are made from now on are kept as pages, so many of which are in RAM; or in
    /// one piece. How many and which policy counts for all that are kept as pages.
    pub fn set_paging(&mut self, paging: Option<Paging>) {
        self.inner_mut().pager.set_paging(paging);
    }

    /// How memories are kept that are made now.
    #[must_use]
    pub fn paging(&self) -> Option<Paging> {
        self.inner().pager.paging()
    }

    /// How often pages have come and gone.
    #[must_use]
    pub fn paging_stats(&self) -> PagingStats {
        self.inner().pager.stats()
    }

    /// The bytes of a page in RAM, to be stored; none if it is not there.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&[u8]> {
        let frame = self.inner().pager.frame(Page::of_object(id)?)?;
        Some(frame.bytes.as_slice())
    }

    /// A page in RAM has been stored as it is now. Says whether there is such a page.
    pub fn object_stored(&mut self, id: ObjectId) -> bool {
        Page::of_object(id).is_some_and(|page| self.inner_mut().pager.stored(page))
    }

    /// Gives a page back that was stored.
    ///
    /// # Errors
    ///
    /// [`Error::NeedStore`] if another has to be stored first, [`Error::NotStored`] if the store
    /// wants no such page, [`Error::OutOfMemory`]
    pub fn load_object(&mut self, id: ObjectId, bytes: &[u8]) -> Result<(), Error> {
        let inner = self.inner_mut();
        let page = Page::of_object(id).zip(<&[u8; FRAME_BYTES]>::try_from(bytes).ok());
        let mut memories = Memories { all: &mut inner.memories, pager: &mut inner.pager };
        match page {
            Some((page, bytes)) if memories.loaded(page, bytes)? => Ok(()),
            _ => Err(Error::NotStored(id)),
        }
    }
}
