//! Where the pages of a memory are.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::pager::frame_bytes;
use super::{FRAME_BYTES, FRAME_LOG2};
use crate::allocate::{OutOfMemory, fit};
use crate::ledger;
use crate::module::Module;

/// The bytes of pages that are stored.
pub(crate) type KeptPages = Vec<Option<Box<[u8; FRAME_BYTES]>>>;

/// Where the pages of a memory are.
#[derive(Debug, Default)]
pub(crate) struct PageTable {
    /// Bytes of the memory.
    size: u64,
    /// For each page the frame it is in, or one of the numbers below, which no frame has.
    pub(super) entries: Vec<u32>,
    /// What pages hold that have not changed, besides zeros; of two at the same place the last.
    initial: Vec<Initial>,
    /// The bytes of pages that are stored, if the store itself keeps them.
    kept: KeptPages,
    /// What pages that are stored elsewhere get when they are loaded.
    patches: Vec<Patch>,
}

/// Bytes of a module, and which of a page they become.
#[derive(Debug)]
struct Patch {
    page: u32,
    within: Range<usize>,
    module: Module,
    /// Where they begin in the module.
    start: usize,
}

/// The page has not changed since the memory was made, and is not in RAM.
pub(super) const INITIAL: u32 = u32::MAX;
/// The page is stored elsewhere.
pub(super) const SPILLED: u32 = u32::MAX - 1;

/// Bytes of a module, and where they lie in the memory.
#[derive(Debug)]
struct Initial {
    at: u64,
    module: Module,
    bytes: Range<usize>,
}

impl PageTable {
    /// The table of a memory of so many bytes; none if there is no room for it.
    pub(crate) fn new(size: u64) -> Option<Self> {
        let mut table = PageTable::default();
        table.resize(size).then_some(table)
    }

    /// Bytes of the memory.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of RAM more it takes for a memory of this size in bytes.
    pub(crate) fn growth(&self, size: u64) -> u64 {
        let pages = size.div_ceil(FRAME_BYTES as u64);
        pages.saturating_sub(self.entries.capacity() as u64) * size_of::<u32>() as u64
    }

    /// Gives the memory another size. Says whether there is room for it.
    pub(crate) fn resize(&mut self, size: u64) -> bool {
        let Ok(pages) = u32::try_from(size.div_ceil(FRAME_BYTES as u64)) else { return false };
        let more = (pages as usize).saturating_sub(self.entries.len());
        let is_room = pages < SPILLED && self.entries.try_reserve_exact(more).is_ok();
        if is_room {
            self.entries.resize(pages as usize, INITIAL);
            self.size = size;
        }
        is_room
    }

    /// For each page the frame that it is in, or a number that no frame has.
    pub(crate) fn entries(&self) -> &[u32] {
        &self.entries
    }

    /// For how many pages there is room.
    pub(crate) fn room(&self) -> usize {
        self.entries.capacity()
    }

    /// Lets there be room for just as many again.
    pub(crate) fn put_room_back(&mut self, room: usize) -> Result<(), OutOfMemory> {
        fit(&mut self.entries, room)
    }

    /// The frame that a page is in; or a number that no frame has.
    pub(super) fn entry(&self, page: u32) -> u32 {
        self.entries.get(page as usize).copied().unwrap_or(INITIAL)
    }

    pub(super) fn set_entry(&mut self, page: u32, entry: u32) {
        if let Some(place) = self.entries.get_mut(page as usize) {
            *place = entry;
        }
    }

    /// Lets pages that have not changed hold these bytes of a module as well. Says whether there
    /// was memory to note it.
    pub(super) fn overlay(&mut self, at: u64, module: &Module, bytes: Range<usize>) -> bool {
        let is_room = self.initial.try_reserve(1).is_ok();
        if is_room && !bytes.is_empty() {
            self.initial.push(Initial { at, module: module.clone(), bytes });
        }
        is_room
    }

    /// Lets bytes of a stored page be those of a module. Says whether there was memory to note it.
    pub(super) fn patch(
        &mut self,
        page: u32,
        within: Range<usize>,
        module: &Module,
        start: usize,
    ) -> bool {
        let source = module.bytes().get(start..start + within.len()).unwrap_or_default();
        if let Some(Some(kept)) = self.kept.get_mut(page as usize) {
            kept[within][..source.len()].copy_from_slice(source);
            return true;
        }
        let is_room = self.patches.try_reserve(1).is_ok();
        if is_room {
            self.patches.push(Patch { page, within, module: module.clone(), start });
        }
        is_room
    }

    /// Writes a page that was loaded, with what it is to get. Says whether there was any.
    pub(super) fn take_patches(
        &mut self,
        page: u32,
        into: &mut [u8; FRAME_BYTES],
        loaded: &[u8; FRAME_BYTES],
    ) -> bool {
        *into = *loaded;
        let before = self.patches.len();
        self.patches.retain(|patch| {
            if patch.page == page {
                let end = patch.start + patch.within.len();
                let source = patch.module.bytes().get(patch.start..end).unwrap_or_default();
                into[patch.within.clone()][..source.len()].copy_from_slice(source);
            }
            patch.page != page
        });
        self.patches.len() < before
    }

    /// A page that is to get something when it is loaded.
    pub(super) fn patched(&self) -> Option<u32> {
        self.patches.first().map(|patch| patch.page)
    }

    /// Keeps a page as it is at first, as if it had changed. Says whether there was memory for it.
    pub(super) fn keep_initial(&mut self, page: u32) -> bool {
        let Some(mut bytes) = frame_bytes() else { return false };
        self.initial(page, 0, &mut *bytes);
        let is_kept = self.keep(page, &bytes);
        if is_kept {
            self.set_entry(page, SPILLED);
        }
        is_kept
    }

    /// Forgets what was kept of a page.
    pub(super) fn forget_kept(&mut self, page: u32) {
        if let Some(kept) = self.kept.get_mut(page as usize) {
            *kept = None;
        }
    }

    /// What a page holds that has not changed, from this byte of it on.
    pub(super) fn initial(&self, page: u32, start: usize, into: &mut [u8]) {
        into.fill(0);
        let start = (u64::from(page) << FRAME_LOG2) + start as u64;
        for initial in &self.initial {
            let bytes = initial.module.bytes().get(initial.bytes.clone()).unwrap_or_default();
            let (source, target) = match initial.at.checked_sub(start) {
                Some(offset) => (0, offset),
                None => (start - initial.at, 0),
            };
            // What does not fit lies behind the bytes, or the page.
            let source = usize::try_from(source).ok().and_then(|source| bytes.get(source..));
            let target = usize::try_from(target).ok().and_then(|target| into.get_mut(target..));
            if let (Some(source), Some(target)) = (source, target) {
                let length = source.len().min(target.len());
                target[..length].copy_from_slice(&source[..length]);
            }
        }
    }

    /// Keeps the bytes of a page. Says whether there was memory for them.
    pub(super) fn keep(&mut self, page: u32, bytes: &[u8; FRAME_BYTES]) -> bool {
        let page = page as usize;
        if self.kept.len() <= page {
            if self.kept.try_reserve(page + 1 - self.kept.len()).is_err() {
                return false;
            }
            self.kept.resize_with(page + 1, || None);
        }
        let place = &mut self.kept[page];
        if place.is_none() {
            *place = frame_bytes();
        }
        let Some(place) = place else { return false };
        **place = *bytes;
        true
    }

    /// Writes what is kept of a page. Says whether there was memory for it.
    pub(crate) fn rewrite(&mut self, page: usize, write: impl FnOnce(&mut [u8])) -> bool {
        if page >= self.entries.len() {
            return true;
        }
        // A memory has fewer pages than 32 bits can count.
        let is_there =
            self.kept(page as u32).is_some() || self.keep(page as u32, &[0; FRAME_BYTES]);
        if let Some(Some(bytes)) = self.kept.get_mut(page) {
            write(&mut **bytes);
        }
        is_there
    }

    /// Bytes of a memory as pages; none if memory runs out.
    pub(crate) fn pages_of(bytes: &[u8]) -> Option<KeptPages> {
        let mut pages = Vec::new();
        pages.try_reserve_exact(bytes.len().div_ceil(FRAME_BYTES)).ok()?;
        for bytes in bytes.chunks(FRAME_BYTES) {
            let mut page = frame_bytes()?;
            // The last one may be shorter.
            page[..bytes.len()].copy_from_slice(bytes);
            pages.push(Some(page));
        }
        Some(pages)
    }

    /// Holds these pages, which are kept, and no others; or all as they were at first.
    pub(crate) fn replace(&mut self, pages: Option<KeptPages>) {
        self.entries.fill(if pages.is_some() { SPILLED } else { INITIAL });
        self.kept = pages.unwrap_or_default();
        self.patches = Vec::new();
    }

    /// Says that a page is stored elsewhere. Says whether there is such a page.
    pub(super) fn expect(&mut self, page: u32) -> bool {
        let is_there = self.entry(page) == INITIAL && (page as usize) < self.entries.len();
        if is_there {
            self.set_entry(page, SPILLED);
        }
        is_there
    }

    /// The bytes that were kept of a page.
    pub(super) fn kept(&self, page: u32) -> Option<&[u8; FRAME_BYTES]> {
        self.kept.get(page as usize)?.as_deref()
    }

    /// Bytes of RAM that it takes, without those that it keeps of pages: these are outside of the
    /// RAM of the device that is looked at.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::vec(&self.entries) + ledger::vec(&self.initial) + ledger::vec(&self.patches)
    }
}
