//! The bytes of a linear memory, and checked access to them.

use alloc::vec::Vec;
use core::ops::Range;

use super::paging::{FRAME_BYTES, FRAME_LOG2, PageTable};
use super::trap::TrapKind;
use crate::allocate::{OutOfMemory, fit, zeroed};
use crate::ledger::{self, Owner};
use crate::types::MemoryType;

/// What is reserved in advance is a multiple of this many bytes.
const ADVANCE_STEP: usize = 64 << 10;

/// The bytes of a linear memory, all of them held in one piece, or where its pages are. Whoever
/// executes WebAssembly reaches them only through checked methods: those here, of
/// [`Memories`](super::paging::Memories), and where microcode is executed.
#[derive(Debug)]
pub(crate) struct LinearMemory {
    /// All bytes, unless they are held as pages; then none.
    bytes: Vec<u8>,
    pages: Option<PageTable>,
    ty: MemoryType,
    /// For each block whether it may have changed since its flag was cleared,
    /// and one flag more; none if changes are not tracked.
    changed: Vec<bool>,
}

impl LinearMemory {
    /// Bytes of RAM that a memory of this type takes at first.
    pub(crate) fn bytes_to_hold(ty: &MemoryType, is_paged: bool) -> u64 {
        let size = ty.limits.min.saturating_mul(ty.page_size());
        if is_paged { PageTable::default().growth(size) } else { size }
    }

    /// A memory of the least size that its type allows, all zero, held as pages or in one piece.
    /// None if the machine cannot hold it.
    pub(crate) fn new(ty: MemoryType, is_paged: bool) -> Option<Self> {
        let size = ty.limits.min.checked_mul(ty.page_size())?;
        let bytes = if is_paged { 0 } else { usize::try_from(size).ok()? };
        let pages = if is_paged { Some(PageTable::new(size)?) } else { None };
        Some(LinearMemory { bytes: zeroed(bytes).ok()?, pages, ty, changed: Vec::new() })
    }

    /// Where its pages are, if it is held as pages. In builds without the feature `paging`, none is.
    #[inline(always)]
    pub(crate) fn pages(&self) -> Option<&PageTable> {
        if cfg!(feature = "paging") { self.pages.as_ref() } else { None }
    }

    /// The same, to be changed.
    #[inline(always)]
    pub(crate) fn pages_mut(&mut self) -> Option<&mut PageTable> {
        if cfg!(feature = "paging") { self.pages.as_mut() } else { None }
    }

    /// All its bytes, if they are held in one piece.
    pub(crate) fn flat(&self) -> Option<&[u8]> {
        self.pages().is_none().then_some(&*self.bytes)
    }

    /// Its type, with its size as it is now.
    pub(crate) fn ty(&self) -> MemoryType {
        let mut ty = self.ty;
        ty.limits.min = self.size_in_pages();
        ty
    }

    /// The size of a page, in bytes.
    pub(crate) fn page_size(&self) -> u64 {
        self.ty.page_size()
    }

    /// Its size, in pages as its type has them.
    pub(crate) fn size_in_pages(&self) -> u64 {
        self.size() >> self.ty.page_size_log2
    }

    /// Its size, in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.pages().map_or(self.bytes.len() as u64, PageTable::size)
    }

    /// Who owns what it takes here: pages in RAM are the pager's.
    pub(crate) fn owner(&self) -> Owner {
        if self.pages().is_some() { Owner::PageTables } else { Owner::Memory }
    }

    /// How many bytes it takes here.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::vec(&self.bytes) + self.pages().map_or(0, PageTable::allocated)
    }

    /// For how many bytes, or pages, there is room.
    pub(crate) fn room(&self) -> usize {
        self.pages().map_or(self.bytes.capacity(), PageTable::room)
    }

    /// Lets there be room for just as many again.
    pub(crate) fn put_room_back(&mut self, room: usize) -> Result<(), OutOfMemory> {
        match self.pages_mut() {
            Some(pages) => pages.put_room_back(room),
            None => fit(&mut self.bytes, room),
        }
    }

    /// How many bytes more it takes here when it has this size in bytes.
    pub(crate) fn growth(&self, size: u64) -> u64 {
        match self.pages() {
            Some(pages) => pages.growth(size),
            None => size.saturating_sub(self.bytes.capacity() as u64),
        }
    }

    /// The same, any of which may be changed.
    pub(crate) fn flat_mut(&mut self) -> Option<&mut [u8]> {
        self.changed.fill(true);
        self.pages().is_none().then_some(&mut *self.bytes)
    }

    /// Its bytes, how many, and a flag for each block of 4 KiB and one more, to be set when bytes
    /// in it change; null if changes are not tracked.
    pub(crate) fn parts(&mut self) -> (*mut u8, u64, *mut bool) {
        let changed = match self.changed.is_empty() {
            true => core::ptr::null_mut(),
            false => self.changed.as_mut_ptr(),
        };
        (self.bytes.as_mut_ptr(), self.bytes.len() as u64, changed)
    }

    /// These bytes, which may be changed; none if some lie outside.
    pub(crate) fn get_mut(&mut self, range: Range<usize>) -> Option<&mut [u8]> {
        self.note_change(&range);
        self.bytes.get_mut(range)
    }

    /// Whether it is known which blocks change.
    pub(crate) fn is_tracked(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Tracks from now on which blocks change, all of which count as changed at
    /// first; or no longer. Gives whether there was memory to do so.
    pub(crate) fn track(&mut self, track: bool) -> bool {
        self.changed = Vec::new();
        // What is held has a size that fits.
        let flags = if track { flags(self.size() as usize) } else { 0 };
        let room = self.changed.try_reserve_exact(flags).is_ok();
        if room {
            self.changed.resize(flags, true);
        }
        room
    }

    /// For each block whether it may have changed since its flag was cleared.
    pub(crate) fn changed_mut(&mut self) -> &mut [bool] {
        &mut self.changed
    }

    /// The blocks that may have changed since their flags were cleared, by their numbers.
    pub(crate) fn changed_blocks(&self) -> impl Iterator<Item = usize> {
        let blocks = (self.size() as usize).div_ceil(FRAME_BYTES);
        let flags = self.changed.iter().take(blocks).enumerate();
        flags.filter(|(_, changed)| **changed).map(|(block, _)| block)
    }

    /// How many bytes the block with this number has.
    pub(crate) fn block_length(&self, block: usize) -> usize {
        (self.size() as usize).saturating_sub(block * FRAME_BYTES).min(FRAME_BYTES)
    }

    /// Calls this with the blocks that may have changed since their flags were
    /// cleared, to write them anew; none of them is in RAM as a page. Says whether there was memory
    /// to do so.
    pub(crate) fn rewrite_changed(&mut self, mut write: impl FnMut(usize, &mut [u8])) -> bool {
        if cfg!(feature = "paging")
            && let Some(pages) = &mut self.pages
        {
            let mut changed = self.changed.iter().enumerate().filter(|(_, changed)| **changed);
            return changed.all(|(page, _)| pages.rewrite(page, |bytes| write(page, bytes)));
        }
        for ((block, bytes), changed) in
            self.bytes.chunks_mut(FRAME_BYTES).enumerate().zip(&self.changed)
        {
            if *changed {
                write(block, bytes);
            }
        }
        true
    }

    /// Gives it this size in bytes, which it had before, and what is new is zero.
    /// Says whether there was memory to do so.
    pub(crate) fn resize(&mut self, bytes: usize) -> bool {
        if let Some(pages) = self.pages_mut() {
            return pages.resize(bytes as u64) && self.track_up_to(bytes);
        }
        let room = self.bytes.try_reserve(bytes.saturating_sub(self.bytes.len())).is_ok()
            && self.track_up_to(bytes);
        if room {
            self.bytes.resize(bytes, 0);
        }
        room
    }

    /// Makes flags for this many bytes, if changes are tracked. Says whether
    /// there was memory to do so.
    fn track_up_to(&mut self, bytes: usize) -> bool {
        let flags = if self.changed.is_empty() { 0 } else { flags(bytes) };
        let room = self.changed.try_reserve(flags.saturating_sub(self.changed.len())).is_ok();
        if room {
            self.changed.resize(flags, true);
        }
        room
    }

    /// Notes that bytes of this range change, if that is tracked.
    pub(crate) fn note_change(&mut self, range: &Range<usize>) {
        let blocks = range.start >> FRAME_LOG2..range.end.div_ceil(FRAME_BYTES);
        if let Some(changed) = self.changed.get_mut(blocks) {
            changed.fill(true);
        }
    }

    /// Grows by `delta` pages of zeros, and gives the size before, in pages. None,
    /// and nothing changes, if its type, `limit` (in bytes) or the machine forbid it.
    pub(crate) fn grow(&mut self, delta: u64, limit: u64) -> Option<u64> {
        let before = self.size_in_pages();
        let pages = before.checked_add(delta)?;
        let bytes = pages.checked_mul(self.ty.page_size())?;
        let most = self.ty.max_pages();
        if pages > self.ty.limits.max.unwrap_or(most).min(most) || (delta > 0 && bytes > limit) {
            return None;
        }
        let size = usize::try_from(bytes).ok()?;
        if self.pages().is_some() {
            // More flags than there are blocks do not matter.
            let is_room = self.track_up_to(size);
            let table = self.pages_mut()?;
            return (is_room && table.resize(bytes)).then_some(before);
        }
        let more = size.checked_sub(self.bytes.len())?;
        // An eighth in advance, in whole pages, spares a memory that grows page
        // by page from being copied each time.
        let advance = self.bytes.len() / 8 / ADVANCE_STEP * ADVANCE_STEP;
        let advance = advance.min(usize::try_from(limit.saturating_sub(bytes)).unwrap_or(advance));
        if more > 0 && self.bytes.capacity() - self.bytes.len() < more {
            let reserved = self.bytes.try_reserve_exact(more.checked_add(advance)?);
            reserved.or_else(|_| self.bytes.try_reserve_exact(more)).ok()?;
        }
        if !self.track_up_to(size) {
            return None;
        }
        self.bytes.resize(size, 0);
        Some(before)
    }

    /// The `N` bytes at `address`; none if one of them lies outside or is not held in one piece
    /// with the others.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let start = usize::try_from(address).ok()?;
        self.bytes.get(start..)?.first_chunk().copied()
    }

    /// Sets the `N` bytes at `address`. Says whether it has: not if one of them lies outside or is
    /// not held in one piece with the others.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(&mut self, address: u64, value: [u8; N]) -> bool {
        let Some(bytes) = usize::try_from(address)
            .ok()
            .and_then(|start| self.bytes.get_mut(start..))
            .and_then(<[u8]>::first_chunk_mut)
        else {
            return false;
        };
        *bytes = value;
        // The address was checked to lie inside. There is a flag for
        // its last byte if there is one for its first.
        let start = address as usize;
        if let Some(changed) = self.changed.get_mut(start >> FRAME_LOG2) {
            *changed = true;
            if let Some(changed) = self.changed.get_mut((start + N - 1) >> FRAME_LOG2) {
                *changed = true;
            }
        }
        true
    }

    /// Sets `width` bytes from `address` on to `byte`; all of them or, if one
    /// lies outside, none.
    pub(crate) fn fill(&mut self, address: u64, width: u64, byte: u8) -> Result<(), TrapKind> {
        let range = self.range(address, width)?;
        self.note_change(&range);
        // The range was checked to lie inside.
        self.bytes[range].fill(byte);
        Ok(())
    }

    /// Copies `width` bytes as if through a buffer; all of them or, if one lies
    /// outside, none.
    pub(crate) fn copy_within(&mut self, from: u64, to: u64, width: u64) -> Result<(), TrapKind> {
        let source = self.range(from, width)?;
        let target = self.range(to, width)?;
        self.note_change(&target);
        self.bytes.copy_within(source, target.start);
        Ok(())
    }

    /// Sets the bytes from `address` on; all of them or, if one lies outside, none.
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), TrapKind> {
        let range = self.range(address, bytes.len() as u64)?;
        self.note_change(&range);
        // The range was checked to lie inside, and is as long as the bytes.
        self.bytes[range].copy_from_slice(bytes);
        Ok(())
    }

    /// Where these bytes lie, if they all lie inside.
    pub(crate) fn range(&self, address: u64, width: u64) -> Result<Range<usize>, TrapKind> {
        match address.checked_add(width) {
            // What lies inside has an address that fits.
            Some(end) if end <= self.size() => Ok(address as usize..end as usize),
            _ => Err(self.out_of_bounds(address, width)),
        }
    }

    #[cold]
    #[inline(never)]
    fn out_of_bounds(&self, address: u64, width: u64) -> TrapKind {
        TrapKind::MemoryOutOfBounds { address, width, size: self.size() }
    }
}

/// How many flags a memory of this many bytes has whose changes are tracked.
fn flags(bytes: usize) -> usize {
    bytes / FRAME_BYTES + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Limits, PAGE_SIZE};

    fn memory(min: u64, max: Option<u64>) -> LinearMemory {
        LinearMemory::new(MemoryType::new(Limits { min, max }), false).unwrap()
    }

    #[test]
    fn the_last_bytes_can_be_accessed_and_those_behind_cannot() {
        let mut memory = memory(1, None);
        assert!(memory.store(65532, 7u32.to_le_bytes()));
        assert_eq!(memory.load::<4>(65532).unwrap(), [7, 0, 0, 0]);
        for address in [65533, 65536, u64::from(u32::MAX) * 2, u64::MAX] {
            assert_eq!(memory.load::<4>(address), None);
            assert!(!memory.store(address, [0; 4]));
            let trap = TrapKind::MemoryOutOfBounds { address, width: 4, size: 65536 };
            assert_eq!(memory.range(address, 4), Err(trap));
        }
    }

    #[test]
    fn a_bulk_access_that_lies_outside_in_part_changes_nothing() {
        let mut memory = memory(1, None);
        assert!(memory.fill(65535, 2, 1).is_err());
        assert!(memory.write(65535, &[1, 1]).is_err());
        assert!(memory.copy_within(65535, 0, 2).is_err());
        assert!(memory.flat().unwrap().iter().all(|byte| *byte == 0));
        assert!(memory.fill(65536, 0, 1).is_ok());
        assert!(memory.fill(65537, 0, 1).is_err());
        assert!(memory.fill(u64::MAX, 2, 1).is_err());
    }

    #[test]
    fn a_memory_grows_as_far_as_its_type_and_the_limit_allow() {
        let mut memory = memory(1, Some(3));
        assert_eq!(memory.grow(1, 1 << 30), Some(1));
        assert_eq!(memory.grow(2, 1 << 30), None);
        assert_eq!(memory.grow(1, 2 * PAGE_SIZE), None);
        assert_eq!(memory.grow(0, 0), Some(2));
        assert_eq!(memory.grow(u64::MAX, u64::MAX), None);
        assert_eq!(memory.size_in_pages(), 2);
    }
}
