//! Access to the memories of a store, each of which is held in one piece or as pages.

use core::ops::Range;

use super::pager::{Page, Pager, table};
use super::table::SPILLED;
use super::{FRAME_BYTES, FRAME_LOG2, PageFrame};
use crate::ledger::Owner;
use crate::module::Module;
use crate::runtime::linear_memory::LinearMemory;
use crate::runtime::store::StoreInner;
use crate::runtime::trap::TrapKind;
use crate::spill::ObjectId;

/// How many pages a host function may ask for at once.
pub(super) const MOST_PINNED: usize = 64;

/// That pages are not in RAM, which can be where there are pages.
#[cfg(feature = "paging")]
pub(crate) type Absent = ();
/// That pages are not in RAM, which cannot be.
#[cfg(not(feature = "paging"))]
pub(crate) type Absent = core::convert::Infallible;

/// Why an instruction is not executed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// It traps.
    Trap(TrapKind),
    /// A page is not in RAM that it accesses: noted in the pager. It can be executed afterwards;
    /// until then nothing has changed, but that some of the bytes are done with that it works on
    /// if these are many.
    Page(Absent),
}

impl From<TrapKind> for Halt {
    fn from(kind: TrapKind) -> Self {
        Halt::Trap(kind)
    }
}

/// What a page cannot come into RAM without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Its bytes are to be loaded.
    Load(ObjectId),
    /// This one, which makes room for it, is to be stored.
    Store(ObjectId),
    /// There is no memory for it.
    Memory,
    /// The budget does not allow so many bytes for it.
    Budget { wanted: u64, used: u64, budget: u64 },
}

/// Asks whether pages, and what is known of them, may take so many bytes in all.
pub(crate) type Affords<'a> = &'a mut dyn FnMut(u64) -> Result<(), Need>;

/// The memories of a store.
#[derive(Debug)]
pub(crate) struct Memories<'a> {
    pub(crate) all: &'a mut [LinearMemory],
    pub(crate) pager: &'a mut Pager,
}

impl Memories<'_> {
    /// The memory at this address of the store, which is there.
    pub(crate) fn at(&mut self, memory: usize) -> &mut LinearMemory {
        &mut self.all[memory]
    }

    /// Whether some are held as pages that may be stored elsewhere.
    pub(crate) fn are_elsewhere(&self) -> bool {
        let is_kept = self.pager.paging().is_some_and(|paging| paging.is_kept());
        !is_kept && self.are_paged()
    }

    /// Whether all are held as pages that are stored elsewhere.
    pub(crate) fn are_all_elsewhere(&self) -> bool {
        let is_kept = self.pager.paging().is_none_or(|paging| paging.is_kept());
        self.all.is_empty() || !is_kept && self.all.iter().all(|memory| memory.pages().is_some())
    }

    /// Whether some are held as pages.
    pub(crate) fn are_paged(&self) -> bool {
        cfg!(feature = "paging") && self.all.iter().any(|memory| memory.pages().is_some())
    }

    /// The `N` bytes at `address`.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(
        &mut self,
        memory: usize,
        address: u64,
    ) -> Result<[u8; N], Halt> {
        if let Some(bytes) = self.all[memory].load(address) {
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.read(memory, address, &mut bytes)?;
        Ok(bytes)
    }

    /// Sets the `N` bytes at `address`.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(
        &mut self,
        memory: usize,
        address: u64,
        value: [u8; N],
    ) -> Result<(), Halt> {
        if self.all[memory].store(address, value) {
            return Ok(());
        }
        self.write(memory, address, &value)
    }

    /// Reads a few bytes, fewer than two pages have.
    #[cold]
    #[inline(never)]
    pub(crate) fn read(
        &mut self,
        memory: usize,
        address: u64,
        into: &mut [u8],
    ) -> Result<(), Halt> {
        let range = self.all[memory].range(address, into.len() as u64)?;
        if let Some(bytes) = self.all[memory].flat() {
            // The range was checked to lie inside.
            into.copy_from_slice(&bytes[range]);
            return Ok(());
        }
        self.touch(&[(memory, range.clone())])?;
        let mut rest = into;
        for (page, within) in pages(memory, range) {
            let (now, later) = rest.split_at_mut(within.len());
            now.copy_from_slice(&self.access(page).bytes[within]);
            rest = later;
        }
        Ok(())
    }

    /// Writes a few bytes, fewer than two pages have.
    #[cold]
    #[inline(never)]
    pub(crate) fn write(&mut self, memory: usize, address: u64, bytes: &[u8]) -> Result<(), Halt> {
        let range = self.all[memory].range(address, bytes.len() as u64)?;
        // All pages before anything is written.
        self.touch(&[(memory, range)])?;
        self.write_all(memory, address, bytes).map_err(|(halt, _)| halt)
    }

    /// Sets bytes to a value. What is done with is taken off, if not all are.
    pub(crate) fn fill(
        &mut self,
        memory: usize,
        [address, value, width]: &mut [u64; 3],
    ) -> Result<(), Halt> {
        // Only the lowest byte of the value counts.
        let byte = *value as u8;
        self.all[memory].range(*address, *width)?;
        if self.all[memory].flat().is_some() {
            return Ok(self.all[memory].fill(*address, *width, byte)?);
        }
        while *width > 0 {
            let count = (*width).min(left_in_page(*address));
            self.page_mut(memory, *address, count)?.fill(byte);
            *address += count;
            *width -= count;
        }
        Ok(())
    }

    /// Sets bytes. Says how many are done with, if not all are.
    pub(crate) fn write_all(
        &mut self,
        memory: usize,
        address: u64,
        bytes: &[u8],
    ) -> Result<(), (Halt, usize)> {
        let outside = |kind| (Halt::Trap(kind), 0);
        self.all[memory].range(address, bytes.len() as u64).map_err(outside)?;
        if self.all[memory].flat().is_some() {
            return self.all[memory].write(address, bytes).map_err(outside);
        }
        let mut done = 0;
        while done < bytes.len() {
            let at = address + done as u64;
            let count = (bytes.len() - done).min(left_in_page(at) as usize);
            let target = self.page_mut(memory, at, count as u64).map_err(|halt| (halt, done))?;
            target.copy_from_slice(&bytes[done..done + count]);
            done += count;
        }
        Ok(())
    }

    /// Bytes of a memory that is held as pages, all of which lie in one page, to be written.
    fn page_mut(&mut self, memory: usize, address: u64, count: u64) -> Result<&mut [u8], Halt> {
        let range = address as usize..(address + count) as usize;
        self.touch(&[(memory, range.clone())])?;
        self.all[memory].note_change(&range);
        let frame = self.access(page_of(memory, address));
        frame.dirty = true;
        let start = range.start % FRAME_BYTES;
        Ok(&mut frame.bytes[start..start + range.len()])
    }

    /// Copies bytes as if through a buffer. What is done with is taken off, if not all are.
    pub(crate) fn copy(
        &mut self,
        (target, source): (usize, usize),
        [to, from, width]: &mut [u64; 3],
    ) -> Result<(), Halt> {
        let read = self.all[source].range(*from, *width)?;
        self.all[target].range(*to, *width)?;
        let is_flat = [target, source].map(|memory| self.all[memory].flat().is_some());
        if !cfg!(feature = "paging") || is_flat == [true, true] {
            let done = match self.all.get_disjoint_mut([target, source]) {
                Ok([target, source]) => target.write(*to, &source.flat().unwrap_or_default()[read]),
                Err(_) => self.all[target].copy_within(*from, *to, *width),
            };
            return Ok(done?);
        }
        let backwards = target == source && *from < *to;
        while *width > 0 {
            let (from_at, to_at, count) = if backwards {
                let (from_end, to_end) = (*from + *width, *to + *width);
                let count = (*width).min(back_in_page(from_end)).min(back_in_page(to_end));
                (from_end - count, to_end - count, count)
            } else {
                (*from, *to, (*width).min(left_in_page(*from)).min(left_in_page(*to)))
            };
            self.copy_piece((target, to_at), (source, from_at), count as usize)?;
            *width -= count;
            if !backwards {
                (*from, *to) = (*from + count, *to + count);
            }
        }
        Ok(())
    }

    /// Copies bytes that lie in one page, to one page; both have to be in RAM at once, or neither
    /// would ever be. One memory may be held in one piece.
    fn copy_piece(
        &mut self,
        (target, to): (usize, u64),
        (source, from): (usize, u64),
        count: usize,
    ) -> Result<(), Halt> {
        let range = |at: u64| at as usize..at as usize + count;
        self.touch(&[(source, range(from)), (target, range(to))])?;
        // A memory in one piece has no frames, and none is asked for.
        let frame = |memory, at| self.entry(page_of(memory, at)) as usize;
        let (from_frame, to_frame) = (frame(source, from), frame(target, to));
        let within = |at: u64| at as usize % FRAME_BYTES..at as usize % FRAME_BYTES + count;
        if self.all[target].flat().is_some() {
            let bytes = &self.pager.access(from_frame).bytes[within(from)];
            if let Some(target) = self.all[target].get_mut(range(to)) {
                target.copy_from_slice(bytes);
            }
            return Ok(());
        }
        self.all[target].note_change(&range(to));
        if let Some(bytes) = self.all[source].flat() {
            let target = self.pager.access(to_frame);
            target.bytes[within(to)].copy_from_slice(&bytes[range(from)]);
            target.dirty = true;
            return Ok(());
        }
        self.pager.access(from_frame);
        self.pager.access(to_frame).dirty = true;
        match self.pager.frames.get_disjoint_mut([from_frame, to_frame]) {
            Ok([source, target]) => {
                target.bytes[within(to)].copy_from_slice(&source.bytes[within(from)]);
            }
            // They are the same.
            Err(_) => {
                let bytes = &mut self.pager.frames[to_frame].bytes;
                bytes.copy_within(within(from), within(to).start);
            }
        }
        Ok(())
    }

    /// Lets bytes of a module be those of a memory from the start, as active segments are.
    pub(crate) fn initialise(
        &mut self,
        memory: usize,
        address: u64,
        module: &Module,
        bytes: Range<usize>,
    ) -> Result<(), TrapKind> {
        let all = module.bytes().get(bytes.clone()).unwrap_or_default();
        let range = self.all[memory].range(address, all.len() as u64)?;
        if self.all[memory].flat().is_some() {
            return self.all[memory].write(address, all);
        }
        // Pages that have not changed get it when they are accessed first, all others now, or when
        // they are loaded. A timeline could not undo that, and gets pages that have changed.
        let is_tracked = self.all[memory].is_tracked();
        let Memories { all: memories, pager } = self;
        let mut at = 0;
        let mut is_room = true;
        for (page, within) in pages(memory, range.clone()) {
            let (start, piece) = (bytes.start + at, &all[at..at + within.len()]);
            at += piece.len();
            let Some(table) = table(memories, page) else { continue };
            let entry = table.entry(page.number);
            if let Some(frame) = pager.frames.get_mut(entry as usize) {
                frame.bytes[within].copy_from_slice(piece);
                frame.dirty = true;
            } else if entry == SPILLED || is_tracked {
                is_room &= entry == SPILLED || table.keep_initial(page.number);
                is_room &= table.patch(page.number, within, module, start);
            }
        }
        self.all[memory].note_change(&range);
        if !is_tracked && let Some(table) = self.all[memory].pages_mut() {
            is_room &= table.overlay(address, module, bytes);
        }
        let bytes = size_of::<Module>() as u64;
        if is_room { Ok(()) } else { Err(TrapKind::OutOfMemoryBudget { bytes }) }
    }

    /// Fails unless these bytes are in RAM, and notes the pages that an instruction needs.
    fn touch(&mut self, parts: &[(usize, Range<usize>)]) -> Result<(), Halt> {
        let mut touched = [Page::NONE; 2];
        let mut count = 0;
        let mut all_there = true;
        for (memory, range) in parts {
            if self.all[*memory].flat().is_some() {
                continue;
            }
            for (page, _) in pages(*memory, range.clone()) {
                all_there &= self.is_resident(page);
                if let Some(place) = touched.get_mut(count) {
                    *place = page;
                    count += 1;
                }
            }
        }
        if all_there {
            return Ok(());
        }
        self.pager.touched = touched;
        absent()
    }

    /// The frame of a page in RAM, which is accessed.
    fn access(&mut self, page: Page) -> &mut PageFrame {
        let entry = self.entry(page);
        self.pager.access(entry as usize)
    }

    fn entry(&self, page: Page) -> u32 {
        let table = self.all.get(page.memory as usize).and_then(LinearMemory::pages);
        table.map_or(SPILLED, |table| table.entry(page.number))
    }

    fn is_resident(&self, page: Page) -> bool {
        (self.entry(page) as usize) < self.pager.frames.len()
    }

    /// Brings the pages into RAM that an instruction could not be executed without.
    pub(crate) fn page_in(&mut self, affords: Affords<'_>) -> Result<(), Need> {
        if !cfg!(feature = "paging") {
            return Ok(());
        }
        for page in self.pager.touched {
            if page != Page::NONE {
                self.bring(page, affords)?;
            }
        }
        Ok(())
    }

    /// Lets all pages go, whatever they hold.
    pub(crate) fn forget_pages(&mut self) {
        self.pager.forget_memories(0);
        self.pager.forget_wishes();
    }

    /// Lets a page leave, and gives its RAM back. Says whether there was one to spare.
    pub(crate) fn give_up_frame(&mut self) -> Result<bool, Need> {
        self.pager.give_up_frame(self.all)
    }

    /// Brings the page into RAM that these bytes lie in, if it is one. Says whether that could be
    /// done at once, and needed to be.
    pub(crate) fn page_in_at(&mut self, memory: usize, address: u64, bytes: u64) -> bool {
        let page = page_of(memory, address);
        let is_inside = self.all[memory].range(address, bytes).is_ok();
        let is_paged =
            self.all[memory].flat().is_none() && is_inside && bytes <= left_in_page(address);
        // Where more RAM is taken, or it is logged, it matters at which instruction that is.
        let takes_stock = self.pager.wants_frame() || self.pager.log.is_on();
        if !is_paged || self.is_resident(page) || takes_stock {
            return false;
        }
        self.pager.touched = [page, Page::NONE];
        self.bring(page, &mut |_| Err(Need::Memory)).is_ok()
    }

    /// Brings a page into RAM.
    fn bring(&mut self, page: Page, affords: Affords<'_>) -> Result<(), Need> {
        if self.is_resident(page) {
            return Ok(());
        }
        let frame = self.pager.free_frame(self.all, affords)?;
        let Some(table) = table(self.all, page) else { return Ok(()) };
        let is_stored = table.entry(page.number) == SPILLED;
        let bytes = &mut self.pager.frames[frame].bytes;
        if !is_stored {
            table.initial(page.number, 0, &mut **bytes);
        } else if let Some(kept) = table.kept(page.number) {
            **bytes = *kept;
        } else {
            return Err(Need::Load(page.object()));
        }
        self.pager.settle(frame, page, is_stored, table);
        Ok(())
    }

    /// Puts the bytes of a page into RAM that was stored; says whether it is one that was.
    pub(crate) fn loaded(
        &mut self,
        page: Page,
        bytes: &[u8; FRAME_BYTES],
        affords: Affords<'_>,
    ) -> Result<bool, Need> {
        if self.is_resident(page) || self.entry(page) != SPILLED {
            return Ok(false);
        }
        let frame = self.pager.free_frame(self.all, affords)?;
        let Some(table) = table(self.all, page) else { return Ok(false) };
        let is_patched =
            table.take_patches(page.number, &mut self.pager.frames[frame].bytes, bytes);
        self.pager.settle(frame, page, true, table);
        self.pager.frames[frame].dirty = is_patched;
        Ok(true)
    }

    /// Whether all these bytes, which lie inside, are in RAM.
    pub(crate) fn are_resident(&self, memory: usize, range: Range<usize>) -> bool {
        pages(memory, range).all(|(page, _)| self.is_resident(page))
    }

    /// Brings these bytes into RAM for a host function, until it has returned.
    pub(crate) fn pin(
        &mut self,
        memory: usize,
        range: Range<usize>,
        affords: Affords<'_>,
    ) -> Result<(), Need> {
        if self.all[memory].flat().is_some() {
            return Ok(());
        }
        self.pager.touched = [Page::NONE; 2];
        if range.len() > MOST_PINNED * FRAME_BYTES {
            return Err(Need::Memory);
        }
        for (page, _) in pages(memory, range) {
            self.pager.pin(page, affords)?;
            self.bring(page, affords)?;
            self.access(page);
        }
        Ok(())
    }

    /// Lets all pages go that a host function has needed, and as many leave as are too many.
    pub(crate) fn unpin(&mut self) -> Result<(), Need> {
        if !cfg!(feature = "paging") {
            return Ok(());
        }
        self.pager.unpin();
        self.pager.shrink(self.all)
    }

    /// Reads bytes, which lie inside, and changes nothing, not even which pages are in
    /// RAM; or says which page is stored elsewhere.
    pub(crate) fn peek(
        &self,
        memory: usize,
        address: u64,
        into: &mut [u8],
    ) -> Result<(), ObjectId> {
        peek(self.all, self.pager, memory, address, into)
    }
}

#[cfg(feature = "paging")]
fn absent() -> Result<(), Halt> {
    Err(Halt::Page(()))
}

#[cfg(not(feature = "paging"))]
fn absent() -> Result<(), Halt> {
    Ok(())
}

/// The pages that bytes of a memory lie in, and where in each.
pub(super) fn pages(
    memory: usize,
    range: Range<usize>,
) -> impl Iterator<Item = (Page, Range<usize>)> {
    let numbers = if range.is_empty() {
        0..0
    } else {
        range.start >> FRAME_LOG2..((range.end - 1) >> FRAME_LOG2) + 1
    };
    numbers.map(move |number| {
        let start = number << FRAME_LOG2;
        let within = range.start.max(start) - start..range.end.min(start + FRAME_BYTES) - start;
        // Both are counted in 32 bits.
        (Page { memory: memory as u32, number: number as u32 }, within)
    })
}

/// The page that an address of a memory lies in.
fn page_of(memory: usize, address: u64) -> Page {
    // Both are counted in 32 bits.
    Page { memory: memory as u32, number: (address >> FRAME_LOG2) as u32 }
}

/// Bytes from an address to the end of its page.
fn left_in_page(address: u64) -> u64 {
    FRAME_BYTES as u64 - address % FRAME_BYTES as u64
}

/// Bytes from an address back to the start of the page before it.
fn back_in_page(end: u64) -> u64 {
    (end - 1) % FRAME_BYTES as u64 + 1
}

impl From<Need> for TrapKind {
    fn from(need: Need) -> Self {
        match need {
            Need::Load(page) | Need::Store(page) => TrapKind::PageNeeded(page),
            Need::Memory => TrapKind::OutOfMemoryBudget { bytes: FRAME_BYTES as u64 },
            Need::Budget { wanted, used, budget } => {
                TrapKind::OverBudget { owner: Owner::Memory, wanted, used, budget }
            }
        }
    }
}

impl StoreInner {
    /// Lets pages come and go, as [`Account::move_pages`](crate::runtime::Account::move_pages) does.
    pub(crate) fn move_pages<R>(
        &mut self,
        act: impl FnOnce(&mut Memories<'_>, Affords<'_>) -> R,
    ) -> R {
        let StoreInner { memories: all, pager, account, tiers, .. } = self;
        account.move_pages(tiers, &mut Memories { all, pager }, act)
    }

    /// Its memories.
    pub(crate) fn memories(&mut self) -> Memories<'_> {
        Memories { all: &mut self.memories, pager: &mut self.pager }
    }

    /// The same as [`Memories::peek`].
    pub(crate) fn peek(&self, memory: u32, address: u64, into: &mut [u8]) -> Result<(), ObjectId> {
        peek(&self.memories, &self.pager, memory as usize, address, into)
    }
}

fn peek(
    memories: &[LinearMemory],
    pager: &Pager,
    memory: usize,
    address: u64,
    into: &mut [u8],
) -> Result<(), ObjectId> {
    let Some(all) = memories.get(memory) else { return Ok(()) };
    // What lies inside has an address that fits.
    let range = address as usize..address as usize + into.len();
    let Some(table) = all.pages() else {
        if let Some(bytes) = all.flat().and_then(|bytes| bytes.get(range)) {
            into.copy_from_slice(bytes);
        }
        return Ok(());
    };
    let mut rest = into;
    for (page, within) in pages(memory, range) {
        let (now, later) = rest.split_at_mut(within.len());
        let entry = table.entry(page.number);
        match pager.frames.get(entry as usize) {
            Some(frame) => now.copy_from_slice(&frame.bytes[within]),
            None if entry == SPILLED => {
                let kept = table.kept(page.number).ok_or(page.object())?;
                now.copy_from_slice(&kept[within]);
            }
            None => table.initial(page.number, within.start, now),
        }
        rest = later;
    }
    Ok(())
}
