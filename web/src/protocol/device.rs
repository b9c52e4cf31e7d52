//! A small device: what it has, what a run takes of it, and what other settings would come to.
//!
//! What is rarely looked at is told in words and as paths of SVG, so that the page itself stays small.

use serde::{Deserialize, Serialize};

/// A device, and what is assumed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceSetting {
    /// Which of [`DeviceView::boards`]; zero is this computer, which is no small device.
    pub board: u32,
    /// Bytes of RAM that all may take together; zero is what the board leaves.
    pub budget: u32,
    /// Which of [`DeviceView::policies`] chooses pages that leave.
    pub policy: u32,
    /// Thousands of instructions per second; zero, here and below, is what is assumed of the board.
    pub rate: u32,
    /// Microseconds that storing a page takes, and loading one.
    pub store: u32,
    pub load: u32,
}

/// What of the device is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceRequest {
    /// Run on this from the next instance on.
    Set(DeviceSetting),
    /// How the run stands.
    Show,
    /// Look for the smallest budget with which the call completes.
    FindLeast,
    /// Make the call once more on another device, beside the run.
    Try(DeviceSetting),
    /// Try no more.
    StopTrying,
    /// What is known of a cell of the grid of pages.
    Cell { memory: u32, cell: u32 },
}

/// What the tab of the device shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeviceView {
    pub setting: DeviceSetting,
    /// Names; the first is this computer.
    pub boards: Vec<String>,
    pub policies: Vec<String>,
    /// Where the board's numbers are from, and an address for that.
    pub about: String,
    pub source: String,
    /// Whether the run has another device than what is set.
    pub other: bool,
    /// How the run does, and whether it is well, or has failed.
    pub verdict: String,
    pub tone: Tone,
    /// What takes most bytes now, the largest first.
    pub owners: Vec<OwnerView>,
    /// "98.2 KB of 313 KB".
    pub total: String,
    /// The most there was, and the step at which that was, if it was in this call.
    pub peak: String,
    pub peak_step: Option<f64>,
    /// RAM over time.
    pub ram: RamView,
    pub grid: Vec<GridView>,
    /// How pages left, the last one first.
    pub evictions: Vec<EvictionView>,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What was tried.
    pub tries: Vec<TryView>,
    /// What is being tried.
    pub trying: Option<String>,
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Bad,
}

/// What belongs to an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerView {
    pub name: String,
    /// Which colour it has.
    pub hue: u32,
    pub size: String,
    /// Its part of what there may be, or of all there is; of 1000.
    pub share: u32,
    /// At the peak.
    pub peak: String,
    /// What makes it less.
    pub remedy: String,
}

/// RAM over time, on a picture as wide and high as that of a timeline.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RamView {
    /// The steps at its left and right edge.
    pub first: f64,
    pub last: f64,
    /// What owners have, one upon the other: colours and outlines.
    pub areas: Vec<(u32, String)>,
    /// The line of the budget, and marks where pages were stored.
    pub budget: String,
}

/// The pages of a memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GridView {
    pub memory: u32,
    pub cells: u32,
    /// In a row.
    pub columns: u32,
    /// Bytes that a cell stands for.
    pub cell_bytes: f64,
    /// Outlines of the cells that are clean, dirty, stored, and never touched; each is ten units wide.
    pub paths: [String; 4],
    /// How many these are.
    pub counts: [u32; 4],
}

/// A page that has left RAM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvictionView {
    pub step: f64,
    /// Which page, why, and what that cost.
    pub page: String,
    pub reason: String,
    pub cost: String,
}

/// A call that was tried on another device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryView {
    /// "64 KB, lru".
    pub device: String,
    /// What became of it, its peak, faults, bytes written and estimated time.
    pub cells: [String; 5],
    pub tone: Tone,
}
