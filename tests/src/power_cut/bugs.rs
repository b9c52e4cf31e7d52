//! Stores that break a rule: each must be found out.

use fayasm_core::spill::Discipline;

macro_rules! bugs {
    ($($(#[doc = $doc:literal])* $name:ident: $($rule:ident),+;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug)]
            pub struct $name;

            impl Discipline for $name {
                $(const $rule: bool = false;)+
            }
        )*
    };
}

bugs! {
    /// Writes over what is committed.
    WritesInPlace: SPARES_COMMITTED;
    /// Writes the superblock before everything else lasts.
    CommitsTooEarly: FLUSHES_BEFORE;
    /// Says that a commit has come about before the superblock lasts.
    SaysTooEarly: FLUSHES_AFTER, COPIES_SUPERBLOCK;
    /// Writes both superblocks without waiting for the first.
    WritesBothSuperblocks: FLUSHES_AFTER;
    /// Writes the same superblock each time.
    WritesOneSuperblock: SPARES_SUPERBLOCK, COPIES_SUPERBLOCK;
    /// Writes over what is left of a superblock.
    LeavesSuperblock: VOIDS_SUPERBLOCK;
    /// Leaves what was not committed as it is.
    DoesNotScrub: SCRUBS;
    /// Has the same epoch again.
    ReusesEpochs: ADVANCES;
    /// Forgets what is removed without writing that down.
    ForgetsRemoved: MARKS_REMOVED;
    /// Writes over the note that an object was removed.
    ForgetsThatItForgot: SPARES_REMOVAL;
    /// Believes what is left of another store.
    TrustsLeftovers: VOIDS_PARTNER;
    /// Does not look whether anything is missing.
    MissesNothing: CHECKS_DIRECTORY;
    /// Has what is committed in one superblock only.
    HasOneSuperblock: COPIES_SUPERBLOCK;
    /// Goes on after a commit that failed.
    DoesNotDoubt: DOUBTS;
}
