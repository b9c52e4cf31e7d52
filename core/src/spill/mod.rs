//! Objects of at most 4096 bytes, kept where power may fail at any moment.

mod block;
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
