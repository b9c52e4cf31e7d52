//! Looking at a store slot by slot, without changing anything.

use super::error::SpillError;
use super::object::{OBJECT_BYTES, ObjectId};
use super::slots::{Slot, Slots, Stored};
use super::superblock::{Superblock, Superblocks};
use crate::crc::crc32c;
use crate::envelope::EnvelopeError;

/// What a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// Nothing is in it, or nothing any more.
    Void,
    /// It holds what is committed of an object.
    Committed,
    /// It says that an object was removed, which is committed.
    Removed,
    /// It holds something of a committed epoch that has been replaced since.
    Superseded,
    /// It holds something of an epoch that is not committed: it goes when the store is opened.
    Uncommitted,
    /// Its header cannot be read.
    Damaged,
}

/// A slot, and what its header says, if it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotReport {
    /// Its number.
    pub slot: u32,
    /// What it is.
    pub state: SlotState,
    /// The object that it holds, or held.
    pub object: Option<ObjectId>,
    /// When that was put.
    pub epoch: u64,
    /// How many bytes that has.
    pub bytes: usize,
    checksum: u32,
}

/// A store that is looked at slot by slot.
///
/// ```
/// use fayasm_core::spill::{BlockSlots, ObjectId, ObjectKind, RamDisk, SlotState, SpillStore, Survey};
///
/// let page = ObjectId { kind: ObjectKind::Memory, space: 0, number: 3 };
/// let mut disk = RamDisk::new(200)?;
/// let mut store = SpillStore::format(BlockSlots::new(&mut disk), 7)?;
/// store.put(page, b"first")?;
/// store.commit()?;
/// store.put(page, b"second")?;
///
/// let mut survey = Survey::new(BlockSlots::new(&mut disk))?;
/// assert_eq!(survey.newest().epoch, 1);
/// let both = survey.pair(0)?;
/// assert_eq!(both.map(|it| it.state), [SlotState::Committed, SlotState::Uncommitted]);
/// assert_eq!(both.map(|it| it.bytes), [5, 6]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Survey<S> {
    slots: S,
    superblocks: Superblocks,
    newest: Superblock,
    room: u32,
}

impl<S: Slots> Survey<S> {
    /// Begins to look at a store, of whatever module.
    ///
    /// # Errors
    ///
    /// There is no store that can be used, or the device fails. That it is smaller than the store
    /// is none.
    pub fn new(mut slots: S) -> Result<Self, SpillError<S::Error>> {
        let superblocks = Superblocks::read(&mut slots)?;
        let newest = superblocks.newest().ok_or_else(|| superblocks.refused())?;
        let room = slots.slots()? / 2;
        Ok(Survey { slots, superblocks, newest, room })
    }

    /// Both superblocks, or why they cannot be used.
    pub fn superblocks(&self) -> &[Result<Superblock, EnvelopeError>; 2] {
        &self.superblocks.both
    }

    /// The superblock that counts.
    pub fn newest(&self) -> Superblock {
        self.newest
    }

    /// Pairs of slots that the device has room for, whether they are in use or not.
    pub fn pairs(&self) -> u32 {
        self.room
    }

    /// Both slots of a pair.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn pair(&mut self, pair: u32) -> Result<[SlotReport; 2], S::Error> {
        let mut both = [Slot::Void; 2];
        for (slot, found) in (2 * pair..).zip(&mut both) {
            *found = Slot::read(&mut self.slots, slot, self.newest.module)?;
        }
        let epochs = both.map(|slot| slot.until(self.newest.epoch).map(|stored| stored.epoch));
        let newest =
            if pair < self.newest.pairs { epochs.into_iter().max().flatten() } else { None };
        let report = |which: u32| {
            let found = both[which as usize];
            let state = match found {
                Slot::Void => SlotState::Void,
                Slot::Damaged => SlotState::Damaged,
                Slot::Valid(stored) if stored.epoch > self.newest.epoch => SlotState::Uncommitted,
                Slot::Valid(stored) if Some(stored.epoch) != newest => SlotState::Superseded,
                Slot::Valid(stored) if stored.is_removed => SlotState::Removed,
                Slot::Valid(_) => SlotState::Committed,
            };
            let stored = match found {
                Slot::Valid(stored) => Some(stored),
                Slot::Void | Slot::Damaged => None,
            };
            SlotReport {
                slot: 2 * pair + which,
                state,
                object: stored.map(|stored| stored.id),
                epoch: stored.map_or(0, |stored: Stored| stored.epoch),
                bytes: stored.map_or(0, |stored| stored.bytes),
                checksum: stored.map_or(0, |stored| stored.checksum),
            }
        };
        Ok([report(0), report(1)])
    }

    /// Reads what a slot holds, of which this was reported; says whether it is what was stored.
    ///
    /// # Errors
    ///
    /// The device fails.
    pub fn body(
        &mut self,
        report: &SlotReport,
        into: &mut [u8; OBJECT_BYTES],
    ) -> Result<bool, S::Error> {
        // What was reported is no longer than an object.
        let body = into.get_mut(..report.bytes).unwrap_or_default();
        self.slots.read_body(report.slot, body)?;
        Ok(report.object.is_some() && crc32c(body) == report.checksum)
    }
}
