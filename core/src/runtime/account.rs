//! The account of a store: what everything takes while a job runs, the most that it took, and what
//! the budget leaves.

use alloc::vec::Vec;

use super::linear_memory::LinearMemory;
use super::paging::{Affords, Memories, Need};
use super::trap::TrapKind;
use crate::execute::Tiers;
use crate::ledger::{self, Ledger, Owner, Peak};

/// What everything takes. Execution tells it where something grows or shrinks; whatever else
/// changes is counted when a job begins to run.
#[derive(Debug, Default)]
pub(crate) struct Account {
    now: Ledger,
    total: u64,
    peak: Peak,
    most: u64,
    budget: Option<u64>,
    /// How many instructions were executed by the job that runs, with the one that is executed.
    pub(crate) executed: u64,
    /// Whether microcode is executed, and none can be dropped.
    pub(crate) is_pinned: bool,
    /// Whether there would be room if it could.
    pub(crate) wants_microcode_out: bool,
}

impl Account {
    /// How many bytes all may take together, if that is limited; in builds without the feature
    /// `ledger`, it is not.
    #[inline(always)]
    fn budget(&self) -> Option<u64> {
        if cfg!(feature = "ledger") { self.budget } else { None }
    }

    /// All that there is was counted.
    pub(crate) fn begin(&mut self, now: Ledger, budget: Option<u64>) {
        if cfg!(feature = "ledger") {
            (self.now, self.total, self.budget) = (now, now.total(), budget);
            self.note_peak();
        }
    }

    /// An owner has so many bytes by now.
    pub(crate) fn set(&mut self, owner: Owner, bytes: u64) {
        if cfg!(feature = "ledger") {
            self.total = self.total - self.now.of(owner) + bytes;
            self.now.set(owner, bytes);
            self.note_peak();
        }
    }

    fn note_peak(&mut self) {
        if self.total > self.most {
            self.most = self.total;
            self.peak = Peak { ledger: self.now, executed: self.executed };
        }
    }

    /// The peak, if it is not what there is now.
    pub(crate) fn peak_with(&self, ledger: Ledger) -> Peak {
        match ledger.total() > self.most {
            true => Peak { ledger, executed: self.executed },
            false => self.peak,
        }
    }

    /// Of what has been, nothing counts.
    pub(crate) fn forget_peak(&mut self) {
        (self.peak, self.most) = (Peak::default(), 0);
    }

    /// What is not there to be dropped takes.
    pub(crate) fn state(&self) -> u64 {
        self.total - self.now.of(Owner::Microcode)
    }

    /// How many bytes more there may be of what is not there to be dropped.
    pub(crate) fn spare(&self) -> u64 {
        self.budget().map_or(u64::MAX, |budget| budget.saturating_sub(self.state()))
    }

    /// Fails unless an owner may have so many bytes more. Microcode that is in the way leaves.
    pub(crate) fn afford(
        &mut self,
        tiers: &mut Tiers,
        owner: Owner,
        bytes: u64,
    ) -> Result<(), TrapKind> {
        let Some(budget) = self.budget() else { return Ok(()) };
        let wanted = self.total.saturating_add(bytes).saturating_add(tiers.workspace());
        let over = wanted.saturating_sub(budget);
        if over == 0 {
            return Ok(());
        }
        let is_possible = self.state().saturating_add(bytes) <= budget;
        if is_possible && !self.is_pinned {
            tiers.give_up(over);
            self.set(Owner::Microcode, tiers.allocated());
            return Ok(());
        }
        self.wants_microcode_out |= is_possible;
        Err(TrapKind::OverBudget { owner, wanted: bytes, used: self.state(), budget })
    }

    /// How many bytes a memory may have at most that is to grow by so many pages. Where there is a budget, nothing is reserved in advance.
    pub(crate) fn afford_memory(
        &mut self,
        tiers: &mut Tiers,
        memory: &LinearMemory,
        delta: u64,
        limit: u64,
    ) -> Result<u64, TrapKind> {
        if self.budget().is_none() {
            return Ok(limit);
        }
        let size = memory.size().saturating_add(delta.saturating_mul(memory.page_size()));
        if size > limit {
            // It says that it cannot.
            return Ok(limit);
        }
        self.afford(tiers, Owner::Memory, memory.growth(size)).map(|()| size)
    }

    /// What owners had before they have more or less of by now.
    pub(crate) fn change<const N: usize>(
        &mut self,
        owners: [Owner; N],
        before: [u64; N],
        now: [u64; N],
    ) {
        if !cfg!(feature = "ledger") {
            return;
        }
        for ((owner, before), now) in owners.into_iter().zip(before).zip(now) {
            self.set(owner, self.now.of(owner) + now - before);
        }
    }

    /// An owner has so many bytes more by now.
    pub(crate) fn add(&mut self, owner: Owner, bytes: u64) {
        self.set(owner, self.now.of(owner) + bytes);
    }

    /// Lets pages come and go; what does that asks for what they take more.
    pub(crate) fn move_pages<R>(
        &mut self,
        tiers: &mut Tiers,
        memories: &mut Memories<'_>,
        act: impl FnOnce(&mut Memories<'_>, Affords<'_>) -> R,
    ) -> R {
        let before = memories.pager.allocated();
        let all: u64 = before.iter().sum();
        let done = act(memories, &mut |bytes| {
            let more = bytes.saturating_sub(all);
            self.afford(tiers, Owner::Memory, more).map_err(|_| Need::Budget {
                wanted: more,
                used: self.state(),
                budget: self.budget().unwrap_or(u64::MAX),
            })
        });
        self.change([Owner::Memory, Owner::PageTables], before, memories.pager.allocated());
        done
    }

    /// Whether there may be so many bytes more, with all microcode that is there.
    pub(crate) fn fits(&self, tiers: &Tiers, bytes: u64) -> bool {
        let total = self.total.saturating_add(tiers.workspace());
        self.budget().is_none_or(|budget| total.saturating_add(bytes) <= budget)
    }

    /// Microcode has come or gone. If it is too much, it goes.
    #[cold]
    pub(crate) fn count_microcode(&mut self, tiers: &mut Tiers) {
        self.set(Owner::Microcode, tiers.allocated());
        // There is no error: what cannot be dropped was there before.
        let _ = self.afford(tiers, Owner::Microcode, 0);
    }

    /// Makes room for so many items more, if an owner may have what that takes.
    pub(crate) fn reserve<T>(
        &mut self,
        tiers: &mut Tiers,
        owner: Owner,
        items: &mut Vec<T>,
        more: usize,
    ) -> Result<(), TrapKind> {
        let capacity = grown(items, more, self.spare());
        let before = items.capacity();
        let bytes = ledger::room::<T>(capacity - before);
        if bytes > 0 {
            self.afford(tiers, owner, bytes)?;
            let refused = |_| TrapKind::OutOfMemoryBudget { bytes };
            items.try_reserve_exact(capacity - items.len()).map_err(refused)?;
            let bytes = ledger::room::<T>(items.capacity() - before);
            self.add(owner, bytes);
        }
        Ok(())
    }
}

/// For how many items a vector is to have room so that there is room for so many more: for twice as
/// many as before, so that what grows is not copied each time, as long as that takes no more than
/// half of the bytes to spare.
fn grown<T>(items: &Vec<T>, more: usize, spare: u64) -> usize {
    let capacity = items.capacity();
    let wanted = items.len().saturating_add(more);
    if wanted <= capacity {
        return capacity;
    }
    let half = usize::try_from(spare / 2).unwrap_or(usize::MAX) / size_of::<T>().max(1);
    let doubled = capacity.saturating_mul(2).max(4);
    wanted.max(doubled.min(capacity.saturating_add(half)))
}
