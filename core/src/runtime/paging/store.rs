//! Paging, as embedders handle it.

use super::pager::{Page, Paging, PagingStats, table};
use super::{FRAME_BYTES, FRAME_LOG2, PageEvent, PageState, PageTable};
use crate::runtime::error::Error;
use crate::runtime::memory::Memory;
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

    /// Where each page of a memory is; nothing if it is held in one piece.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn page_states(&self, memory: Memory) -> Result<impl Iterator<Item = PageState>, Error> {
        let inner = self.inner();
        let memory =
            inner.memories.get(memory.0.index_in(inner.id)?).ok_or(Error::ForeignHandle)?;
        let entries = memory.pages().map_or(&[][..], PageTable::entries);
        Ok(entries.iter().map(|entry| inner.pager.state(*entry)))
    }

    /// Notes from now on how pages come and go, so many times; 0 to stop.
    pub fn set_page_log(&mut self, limit: usize) {
        self.inner_mut().pager.log.set_limit(limit);
    }

    /// How pages have come and gone lately, the last one last; on a timeline, up to where that stands.
    pub fn page_events(&self) -> impl DoubleEndedIterator<Item = &PageEvent> {
        self.inner().pager.log.events()
    }

    /// The pages in RAM that have changed since they were stored, or have never been: what is to be
    /// stored so that the job can go on with its [state](crate::Store::save_state) elsewhere.
    pub fn unstored_objects(&self) -> impl Iterator<Item = ObjectId> {
        let frames = self.inner().pager.frames.iter().filter(|frame| frame.dirty);
        frames.map(|frame| frame.page.object())
    }

    /// A page that has not been accessed yet was stored, by a job that went before: it is to be
    /// loaded when it is accessed. Says whether there is such a page.
    pub fn expect_object(&mut self, id: ObjectId) -> bool {
        let memories = self.inner_mut().memories();
        Page::of_object(id)
            .and_then(|page| Some((table(memories.all, page)?, page.number)))
            .is_some_and(|(table, number)| table.expect(number))
    }

    /// A page that is to be changed when it is loaded.
    pub(crate) fn patched_object(&self) -> Option<ObjectId> {
        let memories = (0..).zip(&self.inner().memories);
        let mut patched =
            memories.filter_map(|(memory, it)| Some((memory, it.pages()?.patched()?)));
        patched.next().map(|(memory, number)| Page { memory, number }.object())
    }

    /// Whether a page was stored, and is not as it was at first.
    pub(crate) fn has_stored(&self, id: ObjectId) -> bool {
        let inner = self.inner();
        let Some(page) = Page::of_object(id) else { return false };
        let memory = inner.memories.get(page.memory as usize);
        let table = memory.and_then(|memory| memory.pages());
        table.is_some_and(|table| inner.pager.has_stored(table, page.number))
    }

    /// The pages that have changed since their memories were made, wherever they are: what a job
    /// needs, besides its [state](crate::Store::save_state), to go on elsewhere.
    pub fn changed_objects(&self) -> impl Iterator<Item = ObjectId> {
        let inner = self.inner();
        let pager = &inner.pager;
        let tables =
            (0..).zip(&inner.memories).filter_map(|(memory, it)| Some((memory, it.pages()?)));
        tables.flat_map(move |(memory, table)| {
            (0..).zip(table.entries()).filter_map(move |(number, entry)| {
                let is_dirty = pager.state(*entry) == PageState::Dirty;
                let has_changed = is_dirty || pager.has_stored(table, number);
                has_changed.then(|| Page { memory, number }.object())
            })
        })
    }

    /// Copies the bytes of a page, whether it is in RAM or the store itself keeps it. Says whether
    /// there is such a page, and it is not stored elsewhere.
    #[must_use]
    pub fn read_object(&self, id: ObjectId, into: &mut [u8; FRAME_BYTES]) -> bool {
        let inner = self.inner();
        let table = |page: Page| inner.memories.get(page.memory as usize)?.pages();
        let is_there = |page: &Page| {
            table(*page).is_some_and(|table| (page.number as usize) < table.entries().len())
        };
        Page::of_object(id).filter(is_there).is_some_and(|page| {
            inner.peek(page.memory, u64::from(page.number) << FRAME_LOG2, into).is_ok()
        })
    }

    /// Gives bytes of a page that has not been accessed yet to the store, which is to
    /// [keep](Paging::kept) what is stored: they were those of a job that went before. Says whether
    /// there is such a page, and memory for it.
    pub fn keep_object(&mut self, id: ObjectId, bytes: &[u8; FRAME_BYTES]) -> bool {
        if !self.paging().is_some_and(|paging| paging.is_kept()) || !self.expect_object(id) {
            return false;
        }
        let memories = self.inner_mut().memories();
        Page::of_object(id)
            .and_then(|page| Some((table(memories.all, page)?, page.number)))
            .is_some_and(|(table, number)| table.keep(number, bytes))
    }

    /// Gives a page back that was stored.
    ///
    /// # Errors
    ///
    /// [`Error::NeedStore`] if another has to be stored first, [`Error::NotStored`] if the store
    /// wants no such page, [`Error::OutOfMemory`],
    /// [`Error::Trap`] ([`OverBudget`](crate::TrapKind::OverBudget))
    pub fn load_object(&mut self, id: ObjectId, bytes: &[u8]) -> Result<(), Error> {
        let page = Page::of_object(id).zip(<&[u8; FRAME_BYTES]>::try_from(bytes).ok());
        let Some((page, bytes)) = page else { return Err(Error::NotStored(id)) };
        match self.inner_mut().move_pages(|it, affords| it.loaded(page, bytes, affords))? {
            true => Ok(()),
            false => Err(Error::NotStored(id)),
        }
    }
}
