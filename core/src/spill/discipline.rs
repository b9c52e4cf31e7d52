//! What a store has to heed, so that tests can show that it has to.

/// The rules that recovery rests on. Tests break one after the other, to show that this is found.
#[doc(hidden)]
pub trait Discipline {
    /// What is committed is not written over: objects go to the other slot of their pair.
    const SPARES_COMMITTED: bool = true;
    /// Everything else lasts before a superblock is written.
    const FLUSHES_BEFORE: bool = true;
    /// A superblock lasts before anything else is written.
    const FLUSHES_AFTER: bool = true;
    /// The superblock that holds what is committed is not written over.
    const SPARES_SUPERBLOCK: bool = true;
    /// Both superblocks come to hold what is committed.
    const COPIES_SUPERBLOCK: bool = true;
    /// A superblock that cannot be read is made one that says nothing before anything else.
    const VOIDS_SUPERBLOCK: bool = true;
    /// What was written for an epoch that was not committed is made unreadable at open.
    const SCRUBS: bool = true;
    /// Each commit has an epoch of its own.
    const ADVANCES: bool = true;
    /// That an object is removed is written down.
    const MARKS_REMOVED: bool = true;
    /// The second slot of a pair is looked at before the first is used.
    const VOIDS_PARTNER: bool = true;
    /// A pair whose object is removed keeps the slot that says so.
    const SPARES_REMOVAL: bool = true;
    /// It is checked that what was committed is there.
    const CHECKS_DIRECTORY: bool = true;
    /// A commit that failed may have come about.
    const DOUBTS: bool = true;
}

/// All rules.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Sound;

impl Discipline for Sound {}
