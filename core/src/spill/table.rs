//! What a store knows of its objects and slots, in RAM: 24 bytes for each object, and 9 for each
//! pair of slots.

use alloc::vec::Vec;

use super::object::{ObjectId, ObjectKind};
use crate::allocate::OutOfMemory;

/// How much is known of what is committed of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing is committed.
    New,
    Committed,
    /// What is there is not what was committed last.
    Outdated,
}

/// What has happened to an object since the last commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pending {
    Nothing,
    Put,
    Removed,
    /// It should have been put or removed, and the device failed.
    Unwritten,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Object {
    kind: ObjectKind,
    pub(crate) standing: Standing,
    pub(crate) pending: Pending,
    space: u32,
    number: u32,
    /// Its pair of slots.
    pub(crate) pair: u32,
    /// That of what is committed.
    pub(crate) epoch: u64,
}

const _: () = assert!(size_of::<Object>() == 24);

impl Object {
    pub(crate) fn new(id: ObjectId, pair: u32, standing: Standing, epoch: u64) -> Self {
        let ObjectId { kind, space, number } = id;
        Object { kind, standing, pending: Pending::Nothing, space, number, pair, epoch }
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId { kind: self.kind, space: self.space, number: self.number }
    }

    pub(crate) fn is_committed(&self) -> bool {
        self.standing != Standing::New
    }

    /// Whether it will be there after a commit.
    pub(crate) fn is_there(&self) -> bool {
        match self.pending {
            Pending::Nothing => self.is_committed(),
            Pending::Put | Pending::Unwritten => true,
            Pending::Removed => false,
        }
    }
}

/// Objects in the order of their ids.
#[derive(Debug, Default)]
pub(crate) struct Objects(Vec<Object>);

impl Objects {
    pub(crate) fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.0.try_reserve(more).map_err(|_| OutOfMemory)
    }

    pub(crate) fn find(&self, id: ObjectId) -> Result<usize, usize> {
        self.0.binary_search_by(|object| object.id().cmp(&id))
    }

    pub(crate) fn get(&self, id: ObjectId) -> Option<&Object> {
        self.find(id).ok().and_then(|at| self.0.get(at))
    }

    pub(crate) fn get_mut(&mut self, id: ObjectId) -> Option<&mut Object> {
        self.find(id).ok().and_then(|at| self.0.get_mut(at))
    }

    /// Adds an object, for which room was reserved; one of the same id is replaced.
    pub(crate) fn insert(&mut self, object: Object) {
        match self.find(object.id()) {
            // It was found there.
            Ok(at) => self.0[at] = object,
            Err(at) => self.0.insert(at, object),
        }
    }

    /// All of them, to be put in the order of their ids.
    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|object| (object.id(), object.epoch));
    }

    pub(crate) fn push(&mut self, object: Object) {
        self.0.push(object);
    }

    /// Keeps of those with the same id the one of the latest epoch, once they are in order.
    pub(crate) fn keep_latest(&mut self) {
        self.0.dedup_by(|later, earlier| {
            let is_same = later.id() == earlier.id();
            if is_same {
                *earlier = *later;
            }
            is_same
        });
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&mut Object) -> bool) {
        self.0.retain_mut(keep);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Object> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.0.iter_mut()
    }
}

/// What is known of pairs of slots.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    /// Of each pair that is in use, whether it is the second slot that must not be written to,
    /// because it holds what is committed. There may be more of them than objects need, until it
    /// is committed that the store was cleared.
    second: Vec<bool>,
    /// How often each slot was written to.
    writes: Vec<[u32; 2]>,
    /// Pairs in use that no object has.
    free: Vec<u32>,
    /// Pairs that have been handed out, from the first on.
    used: u32,
}

impl Pairs {
    /// So many pairs in use, of which nothing is known yet.
    pub(crate) fn new(used: u32) -> Result<Self, OutOfMemory> {
        let mut pairs = Pairs { used, ..Pairs::default() };
        pairs.reserve(used as usize)?;
        pairs.second.resize(used as usize, true);
        pairs.writes.resize(used as usize, [0; 2]);
        Ok(pairs)
    }

    fn reserve(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.second.try_reserve(more).map_err(|_| OutOfMemory)?;
        self.writes.try_reserve(more).map_err(|_| OutOfMemory)
    }

    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    /// A pair for an object, of `most`, and whether nothing is known of its slots yet. It is not
    /// taken yet.
    pub(crate) fn offer(&mut self, most: u32) -> Result<Option<(u32, bool)>, OutOfMemory> {
        if let Some(pair) = self.free.last() {
            return Ok(Some((*pair, false)));
        }
        self.reserve(1)?;
        let is_new = self.used as usize >= self.second.len();
        Ok((self.used < most).then_some((self.used, is_new)))
    }

    /// Takes the pair that was offered.
    pub(crate) fn take(&mut self) {
        if self.free.pop().is_some() {
            return;
        }
        let pair = self.used as usize;
        self.used += 1;
        if pair >= self.second.len() {
            // There is room: it was reserved when the pair was offered.
            self.second.push(true);
        }
        if pair >= self.writes.len() {
            self.writes.push([0; 2]);
        }
    }

    pub(crate) fn reserve_free(&mut self, more: usize) -> Result<(), OutOfMemory> {
        self.free.try_reserve(more).map_err(|_| OutOfMemory)
    }

    /// Hands a pair out again, for which room was reserved.
    pub(crate) fn release(&mut self, pair: u32) {
        self.free.push(pair);
    }

    /// The same, with room for it.
    pub(crate) fn release_more(&mut self, pair: u32) -> Result<(), OutOfMemory> {
        self.reserve_free(1)?;
        self.release(pair);
        Ok(())
    }

    /// The slot of a pair that must not be written to.
    pub(crate) fn kept(&self, pair: u32) -> u32 {
        2 * pair + u32::from(self.second.get(pair as usize).copied().unwrap_or(true))
    }

    /// The slot of a pair that may be written to.
    pub(crate) fn other(&self, pair: u32) -> u32 {
        self.kept(pair) ^ 1
    }

    /// From now on this slot must not be written to, but the other one of its pair may.
    pub(crate) fn keep(&mut self, slot: u32) {
        if let Some(second) = self.second.get_mut(slot as usize / 2) {
            *second = slot % 2 == 1;
        }
    }

    /// Hands all pairs out anew. What is committed in them stays until that is.
    pub(crate) fn clear(&mut self) {
        self.free.clear();
        self.used = 0;
    }

    /// Nothing counts any more but what is in use.
    pub(crate) fn forget_unused(&mut self) {
        self.second.truncate(self.used as usize);
    }

    pub(crate) fn count_write(&mut self, slot: u32) {
        let writes = self.writes.get_mut(slot as usize / 2);
        if let Some(writes) = writes.and_then(|writes| writes.get_mut(slot as usize % 2)) {
            *writes = writes.saturating_add(1);
        }
    }

    pub(crate) fn writes(&self) -> impl Iterator<Item = u32> {
        self.writes.iter().flatten().copied()
    }
}
