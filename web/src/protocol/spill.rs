//! The spill store of the module on show: what a run is committed to, and goes on from.

use serde::{Deserialize, Serialize};

/// What is asked of the store; answered by [`Reply::Spill`](super::Reply::Spill).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpillRequest {
    /// What there is, with a window of its objects, that of before if none is named. The store is
    /// looked for first, if it was not.
    Look { from: Option<u32> },
    /// Commit the run as it stands.
    Commit,
    /// Set a number.
    Set { what: SpillSetting, to: u32 },
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

/// A number that a person sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpillSetting {
    /// A run is committed by itself after so many pages have been stored, and when it stops; never if
    /// zero.
    Every,
    /// Of the model of a device: how often a slot can be written.
    Cycles,
    /// Of the model: microseconds to write a slot.
    Write,
    /// Of the model: microseconds to read one.
    Read,
}

/// The store, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpillView {
    /// Where it is, and how far it has come.
    pub title: String,
    /// What is wrong, and what that means.
    pub trouble: Option<String>,
    pub hint: Option<String>,
    /// The call that can be gone on with.
    pub offer: Option<String>,
    /// Whether that was found, and nobody has gone on from it or has committed anything else.
    pub is_offered: bool,
    /// What can be done.
    pub actions: Vec<SpillAction>,
    /// What was found when it was opened.
    pub report: Vec<String>,
    pub settings: Vec<SpillField>,
    /// What was counted, and measured.
    pub facts: Vec<(String, String)>,
    /// What the model is reckoned with, and what it says.
    pub model: Vec<SpillField>,
    pub estimates: Vec<(String, String)>,
    /// A window of the objects: names of columns, then rows. Where windows before and after begin.
    pub objects: Vec<Vec<String>>,
    pub window: String,
    pub before: Option<u32>,
    pub after: Option<u32>,
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpillAction {
    pub name: String,
    pub request: SpillRequest,
    /// Whether it can be done now.
    pub is_ready: bool,
}

/// A number that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpillField {
    pub name: String,
    pub value: u32,
    pub what: SpillSetting,
}
