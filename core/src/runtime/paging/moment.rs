//! Which pages were in RAM at a moment, to be put back.

use super::pager::{Frame, Page, Pager, frame_bytes};
use super::table::{INITIAL, SPILLED};
use super::{Memories, PagingStats};
use crate::runtime::linear_memory::LinearMemory;
use crate::runtime::store::StoreInner;

/// Words before those of the frames, and words of each frame.
const HEAD_WORDS: usize = 7;
const FRAME_WORDS: usize = 5;

const DIRTY: u64 = 1;
const STORED: u64 = 2;

impl StoreInner {
    /// Which pages are in RAM, and all that decides which will be.
    pub(crate) fn page_words(&self) -> impl Iterator<Item = u64> {
        let pager = &self.pager;
        let frames = pager.frames.iter().flat_map(|frame| {
            let page = u64::from(frame.page.memory) << 32 | u64::from(frame.page.number);
            let flags = if frame.dirty { DIRTY } else { 0 } | if frame.stored { STORED } else { 0 };
            [page, frame.accessed, frame.came, frame.passed, flags]
        });
        let tables = self.memories.iter().filter_map(LinearMemory::pages);
        let stored = tables.flat_map(|table| {
            table.entries.chunks(64).map(|entries| {
                let bits = entries.iter().enumerate();
                bits.fold(0, |bits, (at, entry)| bits | u64::from(*entry == SPILLED) << at)
            })
        });
        pager.head().into_iter().chain(frames).chain(stored)
    }
}

impl Pager {
    fn head(&self) -> [u64; HEAD_WORDS] {
        let PagingStats { accesses, first_touches, loads, stores, drops } = self.stats();
        let (hand, frames) = (self.hand as u64, self.frames.len() as u64);
        [hand, accesses, first_touches, loads, stores, drops, frames]
    }

    fn put_head_back(&mut self, head: [u64; HEAD_WORDS]) {
        let [hand, accesses, first_touches, loads, stores, drops, _] = head;
        self.stats = PagingStats { accesses, first_touches, loads, stores, drops };
        (self.hand, self.accesses) = (hand as usize, accesses);
        self.forget_wishes();
    }
}

impl Memories<'_> {
    /// Keeps what has changed of all pages in RAM, as if they had left. Says whether there was
    /// memory to do so.
    pub(crate) fn keep_all(&mut self) -> bool {
        self.pager.frames.iter().filter(|frame| frame.dirty).all(|frame| {
            let table = super::pager::table(self.all, frame.page);
            table.is_none_or(|table| table.keep(frame.page.number, &frame.bytes))
        })
    }

    /// Puts pages back into RAM that were there after so many instructions, the bytes of all that
    /// have changed being kept.
    /// Says whether there was memory to do so.
    pub(crate) fn put_pages_back(&mut self, words: &[u64], executed: u64) -> bool {
        let Some((head, rest)) = words.split_first_chunk::<HEAD_WORDS>() else { return true };
        // There were so many frames.
        let count = head[HEAD_WORDS - 1] as usize;
        let Some((frames, mut stored)) = rest.split_at_checked(count * FRAME_WORDS) else {
            return true;
        };
        self.pager.put_head_back(*head);
        self.pager.log.go_back(executed);
        for table in self.all.iter_mut().filter_map(LinearMemory::pages_mut) {
            for entries in table.entries.chunks_mut(64) {
                let Some((bits, rest)) = stored.split_first() else { break };
                stored = rest;
                for (at, entry) in entries.iter_mut().enumerate() {
                    *entry = if bits >> at & 1 == 1 { SPILLED } else { INITIAL };
                }
            }
        }
        self.pager.frames.truncate(count);
        // What they take decides how many there may be.
        self.pager.frames.shrink_to_fit();
        let more = count - self.pager.frames.len();
        if self.pager.frames.try_reserve_exact(more).is_err() {
            return false;
        }
        for (index, words) in frames.chunks_exact(FRAME_WORDS).enumerate() {
            if !self.put_frame_back(index, words) {
                return false;
            }
        }
        true
    }

    fn put_frame_back(&mut self, index: usize, words: &[u64]) -> bool {
        let &[page, accessed, came, passed, flags] = words else { return true };
        // Each half is a number of 32 bits.
        let page = Page { memory: (page >> 32) as u32, number: page as u32 };
        let (dirty, stored) = (flags & DIRTY != 0, flags & STORED != 0);
        if index == self.pager.frames.len() {
            let Some(bytes) = frame_bytes() else { return false };
            self.pager.frames.push(Frame { bytes, page, accessed, came, passed, dirty, stored });
        }
        let frame = &mut self.pager.frames[index];
        (frame.page, frame.dirty, frame.stored) = (page, dirty, stored);
        (frame.accessed, frame.came, frame.passed) = (accessed, came, passed);
        let Some(table) = super::pager::table(self.all, page) else { return true };
        match table.kept(page.number) {
            Some(kept) if dirty || stored => *frame.bytes = *kept,
            _ => table.initial(page.number, 0, &mut *frame.bytes),
        }
        table.set_entry(page.number, index as u32);
        true
    }
}
