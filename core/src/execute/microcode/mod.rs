//! Microcode: what functions are translated to, to be executed fast.
//!
//! Every frame is laid out as the stepper lays it out, so that a job can change from one to the
//! other wherever all operands are in their slots. [`translate`] makes the code, [`cache`] keeps it
//! as long as it is worth that, [`run`] executes it, [`tier`] says where which of both goes on,
//! [`stored`] makes bytes of it, and compares it with such bytes.

mod cache;
mod decision;
mod leave;
mod listing;
mod op;
mod run;
mod stored;
mod tier;
mod translate;

use alloc::boxed::Box;
use core::fmt;

pub(crate) use self::cache::Tiers;
pub use self::decision::{Decision, MicrocodeStats, Translation, Verdict, Why};
pub(crate) use self::listing::Slot;
pub use self::listing::{MicrocodeListing, MicrocodeRow};
pub(crate) use self::op::{Format, Last, Op, Word};
pub use self::stored::MicrocodeError;
pub(crate) use self::tier::{Back, Next, advance, is_translating};

/// The microcode of a function.
#[derive(Debug)]
pub(crate) struct Microcode {
    words: Box<[u64]>,
    /// Where execution may begin, in order.
    entries: Box<[Entry]>,
    /// Slots of parameters, of other locals, of the frame in all, and of results.
    params: u16,
    locals: u16,
    frame: u16,
    results: u16,
    /// Instructions of the function.
    instructions: u32,
}

/// A place where execution may begin, or go on after a call, with all operands in their slots.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The word.
    at: u32,
    /// The instruction, in bytes from the start of the body.
    pc: u32,
    /// The next entry of the side table.
    next_entry: u32,
    /// How many instructions of the function stand before it.
    index: u32,
    /// Slots of the frame that are in use.
    height: u16,
    /// Bytes of the call before it; none if it does not follow one.
    call: u8,
}

impl Entry {
    /// The call before it, or the instruction itself, in bytes from the start of the body.
    fn call(&self) -> u32 {
        self.pc - u32::from(self.call)
    }
}

impl Microcode {
    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        size_of_val(self) + self.operator_bytes() + size_of_val(&*self.entries)
    }

    /// Bytes that its operators take.
    fn operator_bytes(&self) -> usize {
        size_of_val(&*self.words)
    }

    /// The first entry before which so many instructions of the function stand.
    fn entry_at(&self, index: u32) -> Option<&Entry> {
        let place = self.entries.partition_point(|entry| entry.index < index);
        self.entries.get(place).filter(|entry| entry.index == index)
    }

    /// The entry before the instruction at `pc`, in bytes from the start of the body.
    fn entry_before(&self, pc: u32) -> Option<&Entry> {
        let place = self.entries.partition_point(|entry| entry.pc < pc);
        self.entries.get(place).filter(|entry| entry.pc == pc)
    }
}

/// Why a function was not translated.
///
/// ```
/// use fayasm_core::Refused;
///
/// let reason = Refused::Slots(70_000).to_string();
/// assert_eq!(reason, "its frame has 70000 slots, and microcode can name 65535");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It is imported.
    Imported,
    /// It needs so many slots, more than a word can name.
    Slots(u32),
    /// The microcode of other functions leaves no room for that of so many bytes.
    Budget {
        /// Bytes of the function's body.
        body: u32,
    },
    /// There is no memory.
    OutOfMemory,
}

impl core::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Imported => f.write_str("it is imported"),
            Refused::Slots(slots) => {
                write!(f, "its frame has {slots} slots, and microcode can name {}", u16::MAX)
            }
            Refused::Budget { body } => {
                write!(f, "there may be no room for the microcode of its {body} bytes")
            }
            Refused::OutOfMemory => f.write_str("there is no memory for its microcode"),
        }
    }
}
