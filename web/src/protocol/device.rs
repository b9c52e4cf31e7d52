//! A small device that runs are on, and the store that they are committed to.
//!
//! Their pane is rarely looked at and has much to say, so the engine says it in HTML, and the page
//! stays small: it draws what it is given, and tells what is clicked on, chosen and typed there.

use serde::{Deserialize, Serialize};

/// What boards are called where settings are kept, in addresses too.
pub const BOARDS: [&str; 11] = [
    "",
    "custom",
    "esp32",
    "esp32-s2",
    "esp32-s2-psram",
    "esp32-s3",
    "esp32-s3-psram",
    "esp32-c3",
    "esp32-c6",
    "rp2040",
    "rp2350",
];

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceRequest {
    /// Run on the device that was kept as this text, from the next instance on.
    Recall { kept: String },
    /// How the run stands, and what is known of a page of its memories.
    Show { cell: Option<u32> },
    /// How the store of the module on show does, which is looked for if it was not.
    Look,
    /// The field of this name says this now.
    Field { name: String, value: String },
    /// The button of this name was pressed.
    Press { name: String },
}

/// What the tab of the device shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeviceView {
    /// The device, as text to be kept; nothing if that is no small one.
    pub kept: String,
    /// The steps at the edges of the picture of RAM over time.
    pub first: f64,
    pub last: f64,
    /// How many cells the grids of pages have, and which is chosen.
    pub cells: u32,
    pub cell: u32,
    /// In the order in which they stand: what comes before the picture of RAM over time, and that;
    /// what comes before the grids of pages, these, what comes after them, and what comes after the
    /// store. Each part is of several, so that what stays as it is can be left alone.
    pub before: Vec<String>,
    pub ram: String,
    pub between: Vec<String>,
    pub grids: Vec<String>,
    pub after: Vec<String>,
    pub end: Vec<String>,
}

/// What the page shows of the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreView {
    /// The parts of its section.
    pub parts: Vec<String>,
    /// What is shown with the state of the run, if there is something to be decided; else nothing.
    pub offer: String,
}
