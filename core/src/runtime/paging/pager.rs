//! The frames of RAM that hold pages, and how pages come and go.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::log::{Log, PageChange, PageEvent};
use super::memories::{Affords, MOST_PINNED};
use super::policy::{Policy, Reason};
use super::table::{INITIAL, PageTable, SPILLED};
use super::{FRAME_BYTES, Need};
use crate::allocate::{fit, zeroed};
use crate::ledger;
use crate::runtime::linear_memory::LinearMemory;
use crate::spill::{ObjectId, ObjectKind};

/// How the linear memories of a store are kept in less RAM than they have bytes: as pages of
/// [`FRAME_BYTES`], so many of which are in RAM.
///
/// What a page holds at first, zeros or data segments, is put there when it is accessed for the
/// first time. When another page needs the room, one that has not changed is dropped; one that has
/// is stored first.
///
/// ```
/// use fayasm_core::{Engine, Linker, Module, Paging, Store};
///
/// let wat = r#"(module (memory 16) (func (export "f") (param i32) (result i32)
///   (i32.store (local.get 0) (i32.const 7))
///   (i32.load (local.get 0))))"#;
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let mut store = Store::new(&engine, ());
/// store.set_paging(Some(Paging::new(2).kept()));
/// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// let f = instance.get_typed_func::<u32, u32>(&store, "f")?;
/// for page in 0..256 {
///     assert_eq!(f.call(&mut store, page * 4096)?, 7);
/// }
/// let stats = store.paging_stats();
/// assert_eq!((stats.first_touches, stats.stores), (256, 254));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    frames: u32,
    policy: Policy,
    kept: bool,
}

/// As many pages as one instruction may access at once.
const LEAST_FRAMES: u32 = 2;

impl Paging {
    /// So many pages in RAM, at least two: an instruction may access so many at once. Jobs stop when
    /// a page is to be loaded or stored ([`Outcome::NeedLoad`](crate::Outcome::NeedLoad),
    /// [`Outcome::NeedStore`](crate::Outcome::NeedStore)).
    #[must_use]
    pub const fn new(frames: u32) -> Self {
        let frames = if frames < LEAST_FRAMES { LEAST_FRAMES } else { frames };
        Paging { frames, policy: Policy::Clock, kept: false }
    }

    /// Another policy than [`Policy::Clock`].
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The store itself keeps what is stored: to see what a device would do that has only so much
    /// RAM. Jobs do not stop then.
    #[must_use]
    pub const fn kept(mut self) -> Self {
        self.kept = true;
        self
    }

    /// How many pages may be in RAM.
    #[must_use]
    pub const fn frames(&self) -> u32 {
        self.frames
    }

    /// Which page leaves.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Whether the store itself keeps what is stored.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.kept
    }
}

/// How often pages have come and gone.
///
/// ```
/// use fayasm_core::PagingStats;
///
/// let stats = PagingStats { accesses: 1000, first_touches: 4, loads: 6, ..Default::default() };
/// assert_eq!(stats.faults(), 10);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PagingStats {
    /// How often a page has been accessed; once for all that an instruction does in it.
    pub accesses: u64,
    /// How often a page has come that had not changed yet: from the module, or zeros.
    pub first_touches: u64,
    /// How often a page that was stored has come back.
    pub loads: u64,
    /// How often a page has been stored.
    pub stores: u64,
    /// How often a page has left without being stored.
    pub drops: u64,
}

impl PagingStats {
    /// How often a page was accessed that was not in RAM.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.first_touches + self.loads
    }
}

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageState {
    /// Not in RAM, and as it was at first.
    Initial,
    /// In RAM, and as it is stored or was at first.
    Clean,
    /// In RAM, and changed since it was stored, if it ever was.
    Dirty,
    /// Stored, and not in RAM.
    Stored,
}

/// A page of a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Page {
    /// The memory's address in the store.
    pub(crate) memory: u32,
    pub(crate) number: u32,
}

impl Page {
    /// No page has this.
    pub(super) const NONE: Page = Page { memory: u32::MAX, number: u32::MAX };

    pub(crate) fn object(self) -> ObjectId {
        ObjectId { kind: ObjectKind::Memory, space: self.memory, number: self.number }
    }

    pub(crate) fn of_object(object: ObjectId) -> Option<Page> {
        let page = Page { memory: object.space, number: object.number };
        (object.kind == ObjectKind::Memory && page != Page::NONE).then_some(page)
    }
}

/// RAM that holds a page.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) bytes: Box<[u8; FRAME_BYTES]>,
    pub(crate) page: Page,
    /// How many accesses to pages there had been with the last one, when it came, and when the
    /// clock's hand found it accessed.
    pub(crate) accessed: u64,
    pub(super) came: u64,
    pub(super) passed: u64,
    /// Whether it has changed since it came or was stored.
    pub(crate) dirty: bool,
    /// Whether it is stored, as it is now or was.
    pub(super) stored: bool,
}

/// The frames, and how pages come and go.
#[derive(Debug)]
pub(crate) struct Pager {
    pub(super) paging: Option<Paging>,
    pub(crate) frames: Vec<Frame>,
    /// How many accesses to pages there have been.
    pub(crate) accesses: u64,
    /// Where the clock's hand points to.
    pub(super) hand: usize,
    /// The pages that an instruction could not be executed without.
    pub(super) touched: [Page; 2],
    /// The page that is to leave as soon as it is stored, and why.
    leaving: Option<(Page, Reason)>,
    /// Pages that a host function needs in RAM.
    pinned: Vec<Page>,
    pub(super) stats: PagingStats,
    pub(super) log: Log,
    /// How many instructions have been executed before the one that pages come for.
    pub(crate) executed: u64,
}

impl Pager {
    pub(crate) fn new() -> Self {
        Pager {
            paging: None,
            frames: Vec::new(),
            accesses: 0,
            hand: 0,
            touched: [Page::NONE; 2],
            leaving: None,
            pinned: Vec::new(),
            stats: PagingStats { accesses: 0, first_touches: 0, loads: 0, stores: 0, drops: 0 },
            log: Log::default(),
            executed: 0,
        }
    }

    pub(crate) fn paging(&self) -> Option<Paging> {
        if cfg!(feature = "paging") { self.paging } else { None }
    }

    pub(crate) fn set_paging(&mut self, paging: Option<Paging>) {
        self.paging = paging;
    }

    pub(crate) fn stats(&self) -> PagingStats {
        PagingStats { accesses: self.accesses, ..self.stats }
    }

    /// Forgets what was to be done for an instruction or a host function.
    pub(super) fn forget_wishes(&mut self) {
        (self.touched, self.leaving) = ([Page::NONE; 2], None);
        self.pinned = Vec::new();
    }

    /// Bytes of RAM that pages take, and what is known of them.
    pub(crate) fn allocated(&self) -> [u64; 2] {
        if !cfg!(feature = "paging") {
            return [0; 2];
        }
        let known = ledger::vec(&self.frames) + ledger::vec(&self.pinned);
        [(self.frames.len() * FRAME_BYTES) as u64, known]
    }

    /// All of them together.
    fn total(&self) -> u64 {
        self.allocated().iter().sum()
    }

    /// How many frames there may be while pages come.
    fn most(&self) -> usize {
        self.paging.map_or(LEAST_FRAMES, |paging| paging.frames) as usize
    }

    /// A frame without a page.
    fn free(&self) -> Option<usize> {
        self.frames.iter().position(|frame| frame.page == Page::NONE)
    }

    /// Whether another page takes a frame more, if that may be.
    pub(crate) fn wants_frame(&self) -> bool {
        self.frames.len() < self.most() && self.free().is_none()
    }

    /// Bytes of the frames that there need not be.
    pub(crate) fn spare(&self) -> u64 {
        if !cfg!(feature = "paging") {
            return 0;
        }
        (self.frames.len().saturating_sub(LEAST_FRAMES as usize) * FRAME_BYTES) as u64
    }

    /// Lets a page leave, and gives its RAM back. Says whether there was one to spare.
    pub(super) fn give_up_frame(&mut self, memories: &mut [LinearMemory]) -> Result<bool, Need> {
        if !cfg!(feature = "paging") || self.frames.len() <= LEAST_FRAMES as usize {
            return Ok(false);
        }
        self.touched = [Page::NONE; 2];
        self.shed(memories)
    }

    /// Does so, whatever is left. Says whether there was one that may leave.
    fn shed(&mut self, memories: &mut [LinearMemory]) -> Result<bool, Need> {
        let frame = match self.free() {
            Some(free) => free,
            None => {
                let Some((frame, reason)) = self.victim() else { return Ok(false) };
                self.evict(frame, reason, memories)?;
                frame
            }
        };
        self.drop_frame(frame, memories);
        Ok(true)
    }

    /// Where a page is, by its entry.
    pub(super) fn state(&self, entry: u32) -> PageState {
        match self.frames.get(entry as usize) {
            Some(frame) if frame.dirty => PageState::Dirty,
            Some(_) => PageState::Clean,
            None if entry == SPILLED => PageState::Stored,
            None => PageState::Initial,
        }
    }

    /// Whether a page of this table was stored, and is not as it was at first.
    pub(super) fn has_stored(&self, table: &PageTable, page: u32) -> bool {
        let entry = table.entry(page);
        entry == SPILLED || self.frames.get(entry as usize).is_some_and(|frame| frame.stored)
    }

    /// The frame that holds a page.
    pub(crate) fn frame(&self, page: Page) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.page == page)
    }

    /// Notes that the page in a frame is accessed.
    pub(super) fn access(&mut self, frame: usize) -> &mut Frame {
        self.accesses += 1;
        let frame = &mut self.frames[frame];
        frame.accessed = self.accesses;
        frame
    }

    /// Lets a page stay until the host function that needs it has returned.
    pub(super) fn pin(&mut self, page: Page, affords: Affords<'_>) -> Result<(), Need> {
        if self.pinned.contains(&page) {
            return Ok(());
        }
        if self.pinned.len() >= 2 * MOST_PINNED {
            return Err(Need::Memory);
        }
        affords(self.total() + size_of::<Page>() as u64)?;
        self.pinned.try_reserve_exact(1).map_err(|_| Need::Memory)?;
        self.pinned.push(page);
        Ok(())
    }

    /// Lets all pages go that a host function has needed.
    pub(crate) fn unpin(&mut self) {
        self.pinned = Vec::new();
    }

    /// Notes that a page has been stored as it is.
    pub(crate) fn stored(&mut self, page: Page) -> bool {
        let frame = self.frames.iter_mut().find(|frame| frame.page == page);
        let is_there = frame.is_some();
        if let Some(frame) = frame {
            (frame.dirty, frame.stored) = (false, true);
            self.stats.stores += 1;
        }
        is_there
    }

    /// A frame without a page; makes room for it if there is none.
    pub(super) fn free_frame(
        &mut self,
        memories: &mut [LinearMemory],
        affords: Affords<'_>,
    ) -> Result<usize, Need> {
        let most = self.most();
        loop {
            match self.free() {
                Some(free) if self.frames.len() <= most => return Ok(free),
                // One more than there may be, since a host function has needed so many.
                Some(free) => self.drop_frame(free, memories),
                None if self.frames.len() < most && self.add_frame(affords).is_ok() => {}
                None => match self.victim() {
                    Some((frame, reason)) => self.evict(frame, reason, memories)?,
                    // All that there are are needed at once.
                    None => {
                        self.add_frame(affords)?;
                        return Ok(self.frames.len() - 1);
                    }
                },
            }
        }
    }

    /// Lets pages leave that are more than there may be.
    pub(super) fn shrink(&mut self, memories: &mut [LinearMemory]) -> Result<(), Need> {
        let most = self.most();
        if self.frames.len() > most {
            self.touched = [Page::NONE; 2];
        }
        while self.frames.len() > most && self.shed(memories)? {}
        Ok(())
    }

    /// Makes a frame more.
    fn add_frame(&mut self, affords: Affords<'_>) -> Result<(), Need> {
        affords(self.total() + (FRAME_BYTES + size_of::<Frame>()) as u64)?;
        let bytes = frame_bytes().ok_or(Need::Memory)?;
        self.frames.try_reserve_exact(1).map_err(|_| Need::Memory)?;
        let page = Page::NONE;
        let (accessed, came, passed) = (0, 0, 0);
        let (dirty, stored) = (false, false);
        self.frames.push(Frame { bytes, page, accessed, came, passed, dirty, stored });
        Ok(())
    }

    /// Gives the RAM of a frame back that holds no page.
    fn drop_frame(&mut self, frame: usize, memories: &mut [LinearMemory]) {
        self.frames.swap_remove(frame);
        // Where there is no memory for a smaller copy, it stays as it is.
        let frames = self.frames.len();
        let _ = fit(&mut self.frames, frames);
        if let Some(moved) = self.frames.get(frame)
            && let Some(table) = table(memories, moved.page)
        {
            // There are fewer frames than 32 bits can count.
            table.set_entry(moved.page.number, frame as u32);
        }
    }

    /// The frame whose page is to leave.
    fn victim(&mut self) -> Option<(usize, Reason)> {
        let Pager { touched, pinned, frames, hand, accesses, paging, leaving, .. } = self;
        let policy = paging.map_or(Policy::default(), |paging| paging.policy);
        let may_leave = |frame: &Frame| {
            let page = frame.page;
            page != Page::NONE && !touched.contains(&page) && !pinned.contains(&page)
        };
        if let Some((page, reason)) = leaving.take() {
            let wanted = |frame: &Frame| frame.page == page && may_leave(frame);
            if let Some(frame) = frames.iter().position(wanted) {
                *leaving = Some((page, reason));
                return Some((frame, reason));
            }
        }
        policy.victim(frames, hand, *accesses, may_leave)
    }

    /// Lets the page in a frame leave.
    fn evict(
        &mut self,
        frame: usize,
        reason: Reason,
        memories: &mut [LinearMemory],
    ) -> Result<(), Need> {
        let is_kept = self.paging.is_some_and(|paging| paging.kept);
        let frame = &mut self.frames[frame];
        let page = frame.page;
        let Some(table) = table(memories, page) else {
            frame.page = Page::NONE;
            return Ok(());
        };
        if frame.dirty && is_kept {
            if !table.keep(page.number, &frame.bytes) {
                return Err(Need::Memory);
            }
            frame.stored = true;
            self.stats.stores += 1;
        } else if frame.dirty {
            self.leaving = Some((page, reason));
            return Err(Need::Store(page.object()));
        }
        let is_stored = core::mem::take(&mut self.leaving).is_some() || frame.dirty;
        if !is_stored {
            self.stats.drops += 1;
        }
        table.set_entry(page.number, if frame.stored { SPILLED } else { INITIAL });
        frame.page = Page::NONE;
        frame.dirty = false;
        if !is_kept {
            table.forget_kept(page.number);
        }
        let change = if is_stored { PageChange::Stored } else { PageChange::Dropped };
        self.note(page, change(reason));
        Ok(())
    }

    fn note(&mut self, page: Page, change: PageChange) {
        if self.log.is_on() {
            let (executed, page) = (self.executed, page.object());
            self.log.note(PageEvent { executed, page, change });
        }
    }

    /// Forgets the pages of memories from this one on, which are gone.
    pub(crate) fn forget_memories(&mut self, first: usize) {
        if !cfg!(feature = "paging") {
            return;
        }
        for frame in &mut self.frames {
            if frame.page.memory as usize >= first {
                (frame.page, frame.dirty) = (Page::NONE, false);
            }
        }
    }

    /// Puts a page into a frame, whose bytes are there.
    pub(super) fn settle(&mut self, frame: usize, page: Page, stored: bool, table: &mut PageTable) {
        // There are fewer frames than 32 bits can count.
        table.set_entry(page.number, frame as u32);
        match stored {
            true => self.stats.loads += 1,
            false => self.stats.first_touches += 1,
        }
        self.note(page, if stored { PageChange::Loaded } else { PageChange::FirstTouch });
        let now = self.accesses;
        let frame = &mut self.frames[frame];
        (frame.page, frame.stored, frame.dirty) = (page, stored, false);
        (frame.accessed, frame.came, frame.passed) = (now, now, 0);
    }
}

/// The table of the memory that a page belongs to.
pub(super) fn table(memories: &mut [LinearMemory], page: Page) -> Option<&mut PageTable> {
    memories.get_mut(page.memory as usize)?.pages_mut()
}

/// Bytes for a page, all zero; none if memory runs out.
pub(super) fn frame_bytes() -> Option<Box<[u8; FRAME_BYTES]>> {
    zeroed(FRAME_BYTES).ok()?.into_boxed_slice().try_into().ok()
}
