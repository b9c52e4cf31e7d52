//! The spill store of the module on show: what a run is committed to, and goes on from.

use serde::{Deserialize, Serialize};

/// What is asked of the store; answered by [`Reply::Spill`](super::Reply::Spill).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SpillRequest {
    /// What there is, with a window of its objects. The store is looked for first, if it was not.
    Look { from: u32 },
    /// Commit the run as it stands.
    Commit,
    /// Commit by itself after so many pages have been stored, and when a run stops; never if zero.
    Every(u32),
    /// How many pages there are in RAM from the next start on; as many as there are if zero.
    Frames(u32),
    /// What the model of a device is reckoned with.
    Model(SpillModel),
    /// Go on where the run was committed.
    Resume,
    /// RAM loses what it holds; perhaps while the run is being committed.
    Pull { during: bool },
    /// Power is there again: open the store.
    Reopen,
    /// Remove the store.
    Clear,
}

/// Name of [`SpillRequest`]s in a [`Reply::Refused`](super::Reply::Refused).
pub const SPILL: &str = "spill";

/// Most objects that are shown at a time.
pub const SPILL_ROWS: u32 = 50;

/// What a device is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpillModel {
    /// How often a slot can be written.
    pub cycles: u32,
    /// Microseconds to write a slot, and to read one.
    pub write: u32,
    pub read: u32,
}

impl Default for SpillModel {
    fn default() -> Self {
        SpillModel { cycles: 100_000, write: 50_000, read: 100 }
    }
}

/// What can be done with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SpillPhase {
    /// It is being looked for.
    #[default]
    Looking,
    /// It is open.
    Open,
    /// It cannot be used.
    Damaged,
    /// There is no power.
    Off,
}

/// The store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpillView {
    pub phase: SpillPhase,
    /// Where it is, and how far it has come.
    pub title: String,
    /// What is wrong.
    pub trouble: Option<String>,
    /// The call that can be gone on with.
    pub offer: Option<String>,
    /// Whether that was found, and nobody has gone on from it or has committed anything else.
    pub is_offered: bool,
    /// What was found when it was opened.
    pub report: Vec<String>,
    /// Whether there is a run to commit.
    pub can_commit: bool,
    pub every: u32,
    pub frames: u32,
    pub model: SpillModel,
    /// What was counted, and measured.
    pub facts: Vec<(String, String)>,
    /// What the model says.
    pub estimates: Vec<(String, String)>,
    /// Objects in all, and a window of them.
    pub total: u32,
    pub from: u32,
    pub rows: Vec<SpillRow>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpillRow {
    /// "page 3 of memory 0".
    pub name: String,
    pub epoch: u32,
    pub bytes: u32,
    /// What its other slot holds: "epoch 3", nothing.
    pub other: String,
    /// How often its slots were written since the store was opened.
    pub writes: u32,
}
