//! Objects of at most 4096 bytes, kept where power may fail at any moment.
//!
//! A [`SpillStore`] keeps pages of memories, pieces of snapshots and pieces of microcode by their
//! [ids](ObjectId). What was [committed](SpillStore::commit) last is what it holds whenever it is
//! opened: all of it, and nothing else.
//!
//! It is kept on [`Slots`]: two for each object, a *pair*, and two superblocks. There are slots on
//! [devices of sectors](BlockSlots), on [flash](FlashSlots) and in [RAM](MirrorSlots), with the same
//! bytes in them. Everything begins with a header of 48 bytes, little-endian:
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 0 | 4 | `FYSM` |
//! | 4 | 2 | version of the format: 3 |
//! | 6 | 2 | kind: 0 a superblock, 1 microcode, 2 memory, 3 a snapshot; plus 0x8000 if it is removed |
//! | 8 | 8 | how many bytes follow this header |
//! | 16 | 8 | hash of the module's bytes |
//! | 24 | 4 | which of its kind: a memory's address |
//! | 28 | 4 | number of the piece |
//! | 32 | 8 | epoch |
//! | 40 | 4 | CRC-32C of what follows this header |
//! | 44 | 4 | CRC-32C of the 44 bytes before |
//!
//! That of a superblock is followed by 80 bytes:
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 48 | 8 | sequence: how many superblocks have been written, copies not counted |
//! | 56 | 4 | the most bytes of an object: 4096 |
//! | 60 | 4 | slots that there was room for when the store was made |
//! | 64 | 4 | pairs in use, from the first on |
//! | 68 | 20 for each kind | how many objects are committed, and two sums over them, of 8 bytes each |
//!
//! # Commits
//!
//! Each commit has an *epoch*, which is one more than that of the one before. An object is written
//! to the slot of its pair that does not hold what is committed, with the epoch that the next commit
//! will have. A commit is a flush, a superblock with that epoch, and another flush: with the
//! superblock it has come about. It is written over the one that is not needed, and then, without
//! waiting, over the other one as well: so there are two of them mostly, and one always.
//!
//! Whoever opens the store takes of each pair the slot with the newest epoch that is not newer than
//! the committed one. A superblock that cannot be read may be half of one that was not written to its
//! end, and whatever is written over it, the other half: it is filled with zeros first. Then slots of
//! newer epochs are made unreadable, for their epochs will come again. Both last before anything else
//! is written.
//!
//! That an object is removed is written like an object. The slot that says so stays until its pair
//! holds another object. Removing all objects takes nothing but a superblock by which no pair is in
//! use. A pair that has not been in use before may hold anything: its second slot is looked at and
//! made unreadable before the first is written.
//!
//! # Damage
//!
//! What was committed may be lost all the same, by a device that forgets or lies. Bodies are checked
//! when they are read. Headers are read when the store is opened; of one that cannot be read, nobody
//! knows whose it was, and the slot beside it may hold something older. So superblocks say how many
//! objects of each kind are committed, and hold two sums over them: of a number that each object has
//! by its id, and of these times the objects' epochs. If what is found comes to anything else,
//! something is lost. If it is one object, the sums tell which: that one is
//! [damaged](SpillError::Damaged) or [lost](SpillError::Lost), all others are right. If there are
//! more, every object of that kind is [doubtful](SpillError::Doubtful). Nothing older is ever taken
//! for what was committed, nor nothing. Microcode can be made anew: what is lost of it is not there.
//!
//! If a device fails in the middle of a commit, nobody knows whether it came about: the store has
//! to be [opened](SpillStore::open) anew.

mod block;
mod commit;
mod directory;
mod discipline;
mod error;
mod flash;
mod mirror;
mod object;
mod open;
mod power_cut;
mod slots;
mod store;
mod superblock;
mod survey;
mod table;

pub use crate::envelope::module_hash;
pub use block::{
    BlockDevice, BlockSlots, NoSector, RamDisk, SECTOR_BYTES, SECTORS_PER_SLOT, Sector, sectors_for,
};
#[doc(hidden)]
pub use discipline::{Discipline, Sound};
pub use error::SpillError;
pub use flash::{FlashSlots, NorFlash};
pub use mirror::{MirrorError, MirrorSlots};
pub use object::{OBJECT_BYTES, ObjectId, ObjectKind};
pub use power_cut::{FlashPowerCut, PowerCut, PowerFailure};
pub use slots::{HEADER_BYTES, SUPERBLOCK_BYTES, Slots};
pub use store::{Counters, SpillStore};
pub use superblock::Superblock;
pub use survey::{SlotReport, SlotState, Survey};
