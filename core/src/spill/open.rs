//! Making a store, and finding again what is in one.

use alloc::vec::Vec;

use super::directory::{Directory, Loss};
use super::discipline::Discipline;
use super::error::{SpillError, no_memory};
use super::slots::{SUPERBLOCK_BYTES, Slot, Slots};
use super::store::SpillStore;
use super::superblock::{Superblock, Superblocks};
use super::table::{Object, Objects, Pairs, Standing};
use crate::allocate::OutOfMemory;

impl<S: Slots> SpillStore<S> {
    /// Makes an empty store for the module of this [hash](super::module_hash), whatever is there.
    /// If power fails meanwhile, a store that was there is still there, or the new one is.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn format(slots: S, module: u64) -> Result<Self, SpillError<S::Error>> {
        Self::format_with(slots, module)
    }

    /// Opens the store of the module of this [hash](super::module_hash). What was written for a
    /// commit that did not come about is made unreadable.
    ///
    /// Two headers are read for each pair of slots in use. In RAM, each object takes 24 bytes and
    /// each pair of slots 9.
    ///
    /// # Errors
    ///
    /// There is no store, or it is another module's, or cannot be used; the device fails; memory
    /// runs out. Then nothing that was committed has changed. That objects have been lost is no
    /// error yet, but reading them is.
    pub fn open(slots: S, module: u64) -> Result<Self, SpillError<S::Error>> {
        Self::open_with(slots, module)
    }

    /// Opens a store of whatever module to look at it. Nothing is written, and nothing can be.
    ///
    /// # Errors
    ///
    /// As those of [`open`](Self::open).
    pub fn look(mut slots: S) -> Result<Self, SpillError<S::Error>> {
        let superblocks = Superblocks::read(&mut slots)?;
        let newest = superblocks.newest().ok_or_else(|| superblocks.refused())?;
        let mut store = Self::of(slots, &newest);
        store.find(&newest)?;
        store.is_read_only = true;
        Ok(store)
    }
}

impl<S: Slots, D: Discipline> SpillStore<S, D> {
    #[doc(hidden)]
    pub fn format_with(mut slots: S, module: u64) -> Result<Self, SpillError<S::Error>> {
        let room = slots.slots()? / 2;
        let superblocks = Superblocks::read(&mut slots)?;
        let former = superblocks.newest();
        let sequence = former.map_or(0, |former| former.sequence).saturating_add(1);
        let slots_of_both = room * 2;
        let superblock =
            Superblock { module, sequence, slots: slots_of_both, ..Superblock::default() };
        let mut store = Self::of(slots, &superblock);
        store.holds = former.map_or([false; 2], |former| superblocks.holds(&former));
        store.write_superblocks(0)?;
        store.slots.flush()?;
        Ok(store)
    }

    #[doc(hidden)]
    pub fn open_with(mut slots: S, module: u64) -> Result<Self, SpillError<S::Error>> {
        let superblocks = Superblocks::read(&mut slots)?;
        let newest = superblocks.newest().ok_or_else(|| superblocks.refused())?;
        if newest.module != module {
            return Err(SpillError::Module { expected: module, found: newest.module });
        }
        let mut store = Self::of(slots, &newest);
        let stale = store.find(&newest)?;
        if D::VOIDS_SUPERBLOCK && superblocks.damaged() != [false; 2] {
            // Part of a superblock may be there of which the rest comes back when it is written over,
            // for superblocks have much in common. It would be one of a commit that did not come
            // about: as long as that can be, what belongs to it stays as well.
            for (which, is_damaged) in (0..).zip(superblocks.damaged()) {
                if is_damaged {
                    store.slots.write_superblock(which, &[0; SUPERBLOCK_BYTES])?;
                }
            }
            store.slots.flush()?;
        }
        if D::SCRUBS && !stale.is_empty() {
            for slot in stale {
                store.counters.voided += 1;
                store.slots.void(slot)?;
            }
            store.slots.flush()?;
        }
        store.holds = superblocks.holds(&newest);
        if store.holds != [true; 2] && D::COPIES_SUPERBLOCK {
            store.copy_superblock(&newest);
        }
        Ok(store)
    }

    /// Finds what is committed; gives the slots that must be made unreadable.
    fn find(&mut self, superblock: &Superblock) -> Result<Vec<u32>, SpillError<S::Error>> {
        superblock.check(self.slots.slots()?)?;
        let used = superblock.pairs;
        self.pairs = Pairs::new(used).map_err(no_memory)?;
        let expected: usize = superblock.committed.iter().map(|it| it.objects as usize).sum();
        self.objects.reserve(expected.min(used as usize)).map_err(no_memory)?;
        let mut scan = Scan::default();
        for pair in 0..used {
            self.find_in_pair(pair, &mut scan)?;
        }
        self.objects.sort();
        self.objects.keep_latest();
        for object in self.objects.iter() {
            let of_kind = &mut self.found[object.id().kind.place()];
            *of_kind = of_kind.plus(Directory::of(object.id(), object.epoch));
        }
        if D::CHECKS_DIRECTORY {
            for (kind, expected) in superblock.committed.iter().enumerate() {
                let lacks = expected.minus(self.found[kind]);
                self.losses[kind] = explain(&mut self.objects, kind, lacks, self.epoch);
                self.lacks[kind] = lacks;
            }
        }
        let Scan { mut stale, mut damaged, unclear } = scan;
        if self.is_whole() {
            // Nothing is missing, so what cannot be read is not missed.
            stale.try_reserve(damaged.len()).map_err(|_| SpillError::OutOfMemory)?;
            stale.append(&mut damaged);
            self.pairs.reserve_free(unclear.len()).map_err(no_memory)?;
            unclear.into_iter().for_each(|pair| self.pairs.release(pair));
        }
        Ok(stale)
    }

    /// Finds out which object a pair has.
    fn find_in_pair(&mut self, pair: u32, scan: &mut Scan) -> Result<(), SpillError<S::Error>> {
        let mut both = [Slot::Void; 2];
        for (slot, found) in (2 * pair..).zip(&mut both) {
            *found = Slot::read(&mut self.slots, slot, self.module)?;
            if found.is_after(self.epoch) {
                push(&mut scan.stale, slot).map_err(no_memory)?;
            } else if *found == Slot::Damaged {
                push(&mut scan.damaged, slot).map_err(no_memory)?;
            }
        }
        let newest = match both.map(|slot| slot.until(self.epoch)) {
            [Some(first), Some(second)] if second.epoch > first.epoch => Some((1, second)),
            [Some(first), _] => Some((0, first)),
            [None, second] => second.map(|second| (1, second)),
        };
        let Some((which, stored)) = newest else {
            if both.contains(&Slot::Damaged) {
                return push(&mut scan.unclear, pair).map_err(no_memory);
            }
            return self.pairs.release_more(pair).map_err(no_memory);
        };
        self.pairs.keep(2 * pair + which);
        if stored.is_removed {
            return self.pairs.release_more(pair).map_err(no_memory);
        }
        self.objects.reserve(1).map_err(no_memory)?;
        self.objects.push(Object::new(stored.id, pair, Standing::Committed, stored.epoch));
        Ok(())
    }
}

/// Slots and pairs that were seen while a store was opened.
#[derive(Default)]
struct Scan {
    /// Slots that hold something of an epoch that was not committed.
    stale: Vec<u32>,
    /// Slots whose header cannot be read.
    damaged: Vec<u32>,
    /// Pairs of such, of which nobody knows whose they were.
    unclear: Vec<u32>,
}

/// Finds out what has been lost of a kind, and marks the object that is not what was committed.
fn explain(objects: &mut Objects, kind: usize, lacks: Directory, committed: u64) -> Loss {
    if lacks.is_zero() {
        return Loss::None;
    }
    let mut of_kind = objects.iter_mut().filter(|object| object.id().kind.place() == kind);
    if let Some(outdated) = of_kind.find(|it| lacks.is_later(it.id(), it.epoch, committed)) {
        outdated.standing = Standing::Outdated;
        return Loss::Known;
    }
    lacks.missing(committed).map_or(Loss::Several, Loss::Missing)
}

fn push(slots: &mut Vec<u32>, slot: u32) -> Result<(), OutOfMemory> {
    slots.try_reserve(1).map_err(|_| OutOfMemory)?;
    slots.push(slot);
    Ok(())
}
