//! Linear memory that is larger than RAM: which of its pages are in RAM, and which leaves when
//! another is needed.

mod log;
mod memories;
mod moment;
mod pager;
mod policy;
mod store;
mod table;

pub use log::{PageChange, PageEvent};
pub use pager::{PageState, Paging, PagingStats};
pub use policy::{Policy, Reason};

pub(crate) use memories::{Absent, Affords, Halt, Memories, Need};
pub(crate) use pager::{Frame as PageFrame, Pager};
pub(crate) use table::{KeptPages, PageTable};

use crate::spill::OBJECT_BYTES;

/// Bytes of a page that is in RAM or not as a whole. (Pages in which the size of memories is
/// counted have mostly 16 times as many.)
pub const FRAME_BYTES: usize = OBJECT_BYTES;

/// The same, as a power of two.
pub(crate) const FRAME_LOG2: u32 = FRAME_BYTES.ilog2();
