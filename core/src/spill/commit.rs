//! Commits: from one state to the next, with nothing in between.

use super::directory::{Directory, Loss};
use super::discipline::Discipline;
use super::error::{SpillError, no_memory};
use super::object::OBJECT_BYTES;
use super::slots::Slots;
use super::store::{SpillStore, target};
use super::superblock::Superblock;
use super::table::{Object, Pending, Standing};

impl<S: Slots, D: Discipline> SpillStore<S, D> {
    /// Commits all that has changed: from now on this is what the store holds, whenever it is
    /// opened. Gives the epoch that is committed.
    ///
    /// # Errors
    ///
    /// An object could not be written, and was not put or removed again: then nothing is
    /// committed, and it may be tried again. Or the device fails: then the store has to be opened
    /// anew.
    pub fn commit(&mut self) -> Result<u64, SpillError<S::Error>> {
        self.check_writable()?;
        let unwritten = |object: &&Object| object.pending == Pending::Unwritten;
        if let Some(object) = self.objects.iter().find(unwritten) {
            return Err(SpillError::Unwritten(object.id()));
        }
        if !self.is_dirty {
            return Ok(self.epoch);
        }
        let epoch = self.open_epoch();
        let removed = |object: &&Object| object.pending == Pending::Removed;
        let removed = self.objects.iter().filter(removed).count();
        self.pairs.reserve_free(removed).map_err(no_memory)?;
        self.found = self.sums(epoch);
        self.is_in_doubt = D::DOUBTS;
        if D::FLUSHES_BEFORE {
            self.slots.flush()?;
        }
        self.sequence = self.sequence.saturating_add(1);
        self.write_superblocks(epoch)?;
        self.is_in_doubt = false;
        self.settle(epoch);
        self.counters.commits += 1;
        Ok(epoch)
    }

    /// The sums over what will be committed. What is missing no more is forgotten.
    fn sums(&mut self, epoch: u64) -> [Directory; 3] {
        let (mut found, mut has_removed) = (self.found, [false; 3]);
        for object in self.objects.iter().filter(|it| it.pending != Pending::Nothing) {
            let kind = object.id().kind.place();
            let of_kind = &mut found[kind];
            has_removed[kind] |= object.pending == Pending::Removed;
            if object.is_committed() {
                *of_kind = of_kind.minus(Directory::of(object.id(), object.epoch));
            }
            if object.pending == Pending::Put {
                *of_kind = of_kind.plus(Directory::of(object.id(), epoch));
            }
        }
        for (kind, of_kind) in found.iter().enumerate() {
            // Whoever has removed all of a kind misses none.
            self.heals[kind] |= has_removed[kind] && of_kind.objects == 0;
            if self.heals[kind] {
                self.lacks[kind] = Directory::default();
            }
        }
        found
    }

    /// Writes a superblock for what is committed with this epoch, and a copy of it, which nobody
    /// waits for: it lasts before the next superblock is written.
    pub(super) fn write_superblocks(&mut self, epoch: u64) -> Result<(), SpillError<S::Error>> {
        let mut committed = self.found;
        for (found, lacks) in committed.iter_mut().zip(self.lacks) {
            *found = found.plus(lacks);
        }
        let superblock = Superblock {
            module: self.module,
            epoch,
            sequence: self.sequence,
            object_bytes: OBJECT_BYTES as u32,
            slots: self.room * 2,
            pairs: self.pairs.used(),
            committed,
        };
        let bytes = superblock.encode();
        // The one that does not hold what is committed; if both do, they take turns.
        let which = match self.holds {
            _ if !D::SPARES_SUPERBLOCK => 0,
            [false, _] => 0,
            [true, false] => 1,
            [true, true] => (self.sequence % 2) as usize,
        };
        self.counters.superblocks += 1;
        self.slots.write_superblock(which as u32, &bytes)?;
        if D::FLUSHES_AFTER {
            self.slots.flush()?;
        }
        self.holds = [which == 0, which == 1];
        if D::COPIES_SUPERBLOCK {
            self.copy_superblock(&superblock);
        }
        Ok(())
    }

    /// Has the other superblock say the same. If that fails, it is the next one to be written.
    pub(super) fn copy_superblock(&mut self, superblock: &Superblock) {
        let other = usize::from(self.holds[0]);
        self.counters.superblocks += 1;
        let copied = self.slots.write_superblock(other as u32, &superblock.encode());
        self.holds[other] = copied.is_ok();
    }

    /// Takes note that everything is committed.
    fn settle(&mut self, epoch: u64) {
        for (loss, heals) in self.losses.iter_mut().zip(&mut self.heals) {
            if core::mem::take(heals) {
                *loss = Loss::None;
            }
        }
        let pairs = &mut self.pairs;
        self.objects.retain(|object| {
            let written = target::<D>(pairs, object);
            match core::mem::replace(&mut object.pending, Pending::Nothing) {
                Pending::Put => {
                    (object.standing, object.epoch) = (Standing::Committed, epoch);
                    pairs.keep(written);
                }
                Pending::Removed => {
                    if D::SPARES_REMOVAL {
                        pairs.keep(written);
                    }
                    pairs.release(object.pair);
                    return false;
                }
                Pending::Nothing | Pending::Unwritten => {}
            }
            true
        });
        pairs.forget_unused();
        self.is_dirty = false;
        if D::ADVANCES {
            self.epoch = epoch;
        }
    }
}
