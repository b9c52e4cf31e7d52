//! A small device that runs are on.
//!
//! Its pane is rarely looked at and has much to say, so the engine says it in HTML, and the page
//! stays small: it draws what it is given, and tells what is clicked on, chosen and typed there.

use serde::{Deserialize, Serialize};

/// What of the device is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceRequest {
    /// Run on the device that was kept as this text, from the next instance on.
    Recall { kept: String },
    /// How the run stands, and what is known of a page of its memories.
    Show { cell: Option<u32> },
    /// The field of this name says this now.
    Field { name: String, value: String },
    /// The button of this name was pressed.
    Press { name: String },
}

/// What the tab of the device shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeviceView {
    /// The device, as text to be kept.
    pub kept: String,
    /// The steps at the edges of the picture of RAM over time.
    pub first: f64,
    pub last: f64,
    /// How many cells the grids of pages have, and which is chosen.
    pub cells: u32,
    pub cell: u32,
    /// In the order in which they stand: what comes before the picture of RAM over time, and that;
    /// what comes before the grids of pages, these, and what comes after them. Each part is of
    /// several, so that what stays as it is can be left alone.
    pub before: Vec<String>,
    pub ram: String,
    pub between: Vec<String>,
    pub grids: Vec<String>,
    pub after: Vec<String>,
}
