//! The store: objects by their ids, and commits of all that has changed.

use core::fmt;
use core::marker::PhantomData;

use super::directory::{Directory, Loss, number};
use super::discipline::{Discipline, Sound};
use super::error::{SpillError, no_memory};
use super::object::{OBJECT_BYTES, ObjectId, ObjectKind};
use super::slots::{HEADER_BYTES, Slot, Slots, Stored};
use super::superblock::Superblock;
use super::table::{Object, Objects, Pairs, Pending, Standing};
use crate::crc::crc32c;

/// What a store has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Slots that were written: objects and notes that objects are removed.
    pub writes: u64,
    /// Bytes of these, headers included.
    pub bytes_written: u64,
    /// Superblocks that were written.
    pub superblocks: u64,
    /// Slots that were made unreadable.
    pub voided: u64,
    /// Objects that were read.
    pub reads: u64,
    /// Bytes of these, headers included.
    pub bytes_read: u64,
    /// Commits.
    pub commits: u64,
}

/// Objects on a device, of which always all those are there that were committed last.
///
/// ```
/// use fayasm_core::spill::{BlockSlots, ObjectId, ObjectKind, RamDisk, SpillStore};
///
/// let page = |number| ObjectId { kind: ObjectKind::Memory, space: 0, number };
/// let mut disk = RamDisk::new(200)?;
/// let mut store = SpillStore::format(BlockSlots::new(&mut disk), 7)?;
/// store.put(page(0), b"first")?;
/// store.commit()?;
/// store.put(page(0), b"second")?;
/// store.put(page(1), b"other")?;
/// drop(store); // the power fails
///
/// let mut store = SpillStore::open(BlockSlots::new(&mut disk), 7)?;
/// let mut body = [0; 4096];
/// assert_eq!(store.get(page(0), &mut body)?, Some(5));
/// assert_eq!(&body[..5], b"first");
/// assert_eq!(store.get(page(1), &mut body)?, None);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct SpillStore<S, D = Sound> {
    pub(super) slots: S,
    pub(super) module: u64,
    /// The committed epoch.
    pub(super) epoch: u64,
    pub(super) sequence: u64,
    /// Which superblocks hold what is committed.
    pub(super) holds: [bool; 2],
    /// Pairs of slots that there is room for.
    pub(super) room: u32,
    pub(super) objects: Objects,
    pub(super) pairs: Pairs,
    /// What is committed of each kind, and there.
    pub(super) found: [Directory; 3],
    /// What else was committed, and is lost.
    pub(super) lacks: [Directory; 3],
    pub(super) losses: [Loss; 3],
    /// Whether what was lost is replaced since the last commit.
    pub(super) heals: [bool; 3],
    /// Whether anything has changed since the last commit.
    pub(super) is_dirty: bool,
    pub(super) is_in_doubt: bool,
    pub(super) is_read_only: bool,
    pub(super) counters: Counters,
    discipline: PhantomData<D>,
}

impl<S, D> fmt::Debug for SpillStore<S, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SpillStore");
        shown.field("epoch", &self.epoch).field("objects", &self.objects.iter().len());
        shown.finish_non_exhaustive()
    }
}

impl<S: Slots, D: Discipline> SpillStore<S, D> {
    /// A store of which only what is in this superblock is known yet.
    pub(super) fn of(slots: S, superblock: &Superblock) -> Self {
        SpillStore {
            slots,
            module: superblock.module,
            epoch: superblock.epoch,
            sequence: superblock.sequence,
            holds: [false; 2],
            room: superblock.slots / 2,
            objects: Objects::default(),
            pairs: Pairs::default(),
            found: [Directory::default(); 3],
            lacks: [Directory::default(); 3],
            losses: [Loss::None; 3],
            heals: [false; 3],
            is_dirty: false,
            is_in_doubt: false,
            is_read_only: false,
            counters: Counters::default(),
            discipline: PhantomData,
        }
    }

    /// Puts an object into the store, or something else in its place. Until the next commit, what
    /// was committed of it stays on the device as well.
    ///
    /// # Errors
    ///
    /// There are too many bytes, or no room; then nothing changes. If the device fails, what was
    /// committed stays, but the object has to be put or removed again before a commit.
    pub fn put(&mut self, id: ObjectId, body: &[u8]) -> Result<(), SpillError<S::Error>> {
        self.check_writable()?;
        if body.len() > OBJECT_BYTES {
            return Err(SpillError::TooLong { id, bytes: body.len() });
        }
        let pair = match self.objects.get(id) {
            Some(object) => object.pair,
            None => self.add(id)?,
        };
        let header = Stored::object(self.module, id, self.open_epoch(), body);
        self.write(id, pair, &header, body, Pending::Put)
    }

    /// Removes an object; says whether it was there.
    ///
    /// # Errors
    ///
    /// The device fails. Then the object has to be put or removed again before a commit.
    pub fn remove(&mut self, id: ObjectId) -> Result<bool, SpillError<S::Error>> {
        self.check_writable()?;
        let Some(object) = self.objects.get(id) else {
            if self.is_missing(id) {
                (self.heals[id.kind.place()], self.is_dirty) = (true, true);
            }
            return Ok(false);
        };
        let (pair, was_there) = (object.pair, object.is_there());
        if was_there {
            let header = Stored::removal(self.module, id, self.open_epoch());
            self.write(id, pair, &header, &[], Pending::Removed)?;
        }
        Ok(was_there)
    }

    /// Removes all objects, and forgets what was lost; so does removing all objects of a kind. As
    /// with everything else, what was committed stays on the device until this is.
    ///
    /// # Errors
    ///
    /// The store can only be looked at, or has to be opened anew.
    pub fn clear(&mut self) -> Result<(), SpillError<S::Error>> {
        self.check_writable()?;
        self.objects.clear();
        self.pairs.clear();
        self.found = [Directory::default(); 3];
        self.heals = [true; 3];
        self.is_dirty = true;
        Ok(())
    }

    /// Reads an object, as it was put last, into `into`; says how many bytes it has, or that it is
    /// not there. Bytes behind it, and after an error all, are not to be relied on.
    ///
    /// # Errors
    ///
    /// The device fails; what is there is not what was put last; or it is not there because it
    /// was lost. Of microcode, what is damaged or lost is not there.
    pub fn get(
        &mut self,
        id: ObjectId,
        into: &mut [u8; OBJECT_BYTES],
    ) -> Result<Option<usize>, SpillError<S::Error>> {
        let Some((slot, stored)) = self.locate(id)? else { return Ok(None) };
        let length = self.read(slot, stored, into)?;
        if crc32c(into.get(..length).unwrap_or_default()) != stored.checksum {
            return damaged(id);
        }
        Ok(Some(length))
    }

    /// Whether an object has just these bytes, as it was put last. They are compared without looking
    /// at the checksum, which takes a fraction of the time that [`get`](Self::get) takes.
    ///
    /// # Errors
    ///
    /// As of [`get`](Self::get); a body that is damaged is none, but has other bytes.
    pub fn holds(&mut self, id: ObjectId, body: &[u8]) -> Result<bool, SpillError<S::Error>> {
        let Some((slot, stored)) = self.locate(id)? else { return Ok(false) };
        if stored.bytes != body.len() {
            return Ok(false);
        }
        let mut held = [0; OBJECT_BYTES];
        let length = self.read(slot, stored, &mut held)?;
        Ok(held.get(..length) == Some(body))
    }

    /// Reads a body. Says how many bytes it has.
    fn read(
        &mut self,
        slot: u32,
        stored: Stored,
        into: &mut [u8; OBJECT_BYTES],
    ) -> Result<usize, SpillError<S::Error>> {
        // A slot that is valid says no more bytes than objects have.
        let body = into.get_mut(..stored.bytes).unwrap_or_default();
        self.slots.read_body(slot, body)?;
        self.counters.reads += 1;
        self.counters.bytes_read += (HEADER_BYTES + stored.bytes) as u64;
        Ok(stored.bytes)
    }

    /// The slot that holds an object as it was put last, and what its header says.
    fn locate(&mut self, id: ObjectId) -> Result<Option<(u32, Stored)>, SpillError<S::Error>> {
        if self.is_in_doubt {
            return Err(SpillError::InDoubt);
        }
        let Some(object) = self.objects.get(id) else {
            return self.absent(id);
        };
        let (slot, epoch) = match object.pending {
            Pending::Nothing if object.standing == Standing::Outdated => return damaged(id),
            Pending::Nothing if self.losses[id.kind.place()] == Loss::Several => {
                return cached(id, SpillError::Doubtful(id));
            }
            Pending::Nothing => (self.pairs.kept(object.pair), object.epoch),
            Pending::Put => (self.target(object), self.open_epoch()),
            Pending::Removed => return Ok(None),
            Pending::Unwritten => return Err(SpillError::Unwritten(id)),
        };
        match Slot::read(&mut self.slots, slot, self.module)? {
            Slot::Valid(stored)
                if (stored.id, stored.epoch, stored.is_removed) == (id, epoch, false) =>
            {
                Ok(Some((slot, stored)))
            }
            _ => damaged(id),
        }
    }

    /// Finds a pair of slots for an object that is not there, and adds it, unwritten.
    fn add(&mut self, id: ObjectId) -> Result<u32, SpillError<S::Error>> {
        self.objects.reserve(1).map_err(no_memory)?;
        let Some((pair, is_new)) = self.pairs.offer(self.room).map_err(no_memory)? else {
            return Err(SpillError::Full { objects: self.room });
        };
        let second = 2 * pair + 1;
        if is_new && D::VOIDS_PARTNER {
            // Something may be left there of what the device was used for before.
            if Slot::read(&mut self.slots, second, self.module)? != Slot::Void {
                self.counters.voided += 1;
                self.slots.void(second)?;
            }
        }
        self.pairs.take();
        if self.is_missing(id) {
            self.heals[id.kind.place()] = true;
        }
        let mut object = Object::new(id, pair, Standing::New, 0);
        object.pending = Pending::Unwritten;
        self.objects.insert(object);
        Ok(pair)
    }

    /// Writes to the slot of an object that does not hold what is committed.
    fn write(
        &mut self,
        id: ObjectId,
        pair: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
        done: Pending,
    ) -> Result<(), SpillError<S::Error>> {
        let slot =
            self.objects.get(id).map_or(self.pairs.other(pair), |object| self.target(object));
        if let Some(object) = self.objects.get_mut(id) {
            object.pending = Pending::Unwritten;
            if object.standing == Standing::Outdated {
                let kind = id.kind.place();
                self.heals[kind] |= self.losses[kind] == Loss::Known;
            }
        }
        self.is_dirty = true;
        self.pairs.count_write(slot);
        if done == Pending::Put || D::MARKS_REMOVED {
            self.counters.writes += 1;
            self.counters.bytes_written += (HEADER_BYTES + body.len()) as u64;
            self.slots.write(slot, header, body)?;
        }
        if let Some(object) = self.objects.get_mut(id) {
            object.pending = done;
        }
        Ok(())
    }

    /// The slot that an object is written to.
    fn target(&self, object: &Object) -> u32 {
        target::<D>(&self.pairs, object)
    }

    /// What there is to say of an object that is not there.
    fn absent<T>(&self, id: ObjectId) -> Result<Option<T>, SpillError<S::Error>> {
        let kind = id.kind.place();
        match self.losses[kind] {
            _ if self.heals[kind] => Ok(None),
            Loss::Missing(missing) if missing == number(id) => cached(id, SpillError::Lost(id)),
            Loss::Several => cached(id, SpillError::Doubtful(id)),
            Loss::None | Loss::Known | Loss::Missing(_) => Ok(None),
        }
    }

    /// Whether this is the one object that was lost.
    fn is_missing(&self, id: ObjectId) -> bool {
        self.losses[id.kind.place()] == Loss::Missing(number(id))
    }

    pub(super) fn check_writable(&self) -> Result<(), SpillError<S::Error>> {
        match (self.is_in_doubt, self.is_read_only) {
            (true, _) => Err(SpillError::InDoubt),
            (_, true) => Err(SpillError::ReadOnly),
            _ => Ok(()),
        }
    }

    /// The epoch that the next commit will commit.
    pub(super) fn open_epoch(&self) -> u64 {
        self.epoch.saturating_add(1)
    }

    /// The objects that are there, in the order of their ids, damaged ones included.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.objects.iter().filter(|object| object.is_there()).map(Object::id)
    }

    /// The epoch that was committed last: it grows with each commit.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The hash of the module that the store belongs to.
    pub fn module(&self) -> u64 {
        self.module
    }

    /// The most objects that there is room for.
    pub fn room(&self) -> u32 {
        self.room
    }

    /// Whether anything has changed since the last commit.
    pub fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// Whether nothing is known to be lost.
    pub fn is_whole(&self) -> bool {
        self.losses == [Loss::None; 3]
    }

    /// Whether something of this kind is known to be lost.
    pub fn has_lost(&self, kind: ObjectKind) -> bool {
        self.losses[kind.place()] != Loss::None
    }

    /// What was done since the store was opened.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How often each slot was written to since the store was opened, from the first on.
    pub fn writes_per_slot(&self) -> impl Iterator<Item = u32> {
        self.pairs.writes()
    }

    /// What the store is kept on.
    pub fn slots_mut(&mut self) -> &mut S {
        &mut self.slots
    }

    /// What the store was kept on. What was not committed is lost.
    pub fn into_slots(self) -> S {
        self.slots
    }
}

/// The slot that an object is written to: the one that does not hold what is committed.
pub(super) fn target<D: Discipline>(pairs: &Pairs, object: &Object) -> u32 {
    match D::SPARES_COMMITTED || !object.is_committed() {
        true => pairs.other(object.pair),
        false => pairs.kept(object.pair),
    }
}

/// What comes of reading something that is not what was stored.
fn damaged<T, E>(id: ObjectId) -> Result<Option<T>, SpillError<E>> {
    cached(id, SpillError::Damaged(id))
}

/// An error, but of what can be made anew: that is not there.
fn cached<T, E>(id: ObjectId, error: SpillError<E>) -> Result<Option<T>, SpillError<E>> {
    if id.kind.is_cache() { Ok(None) } else { Err(error) }
}
