//! A device, what is assumed of it, and what is shown of a run on it, before it is put into HTML.

use fayasm_core::Owner;

use super::POLICIES;
use crate::protocol::BOARDS;
use crate::session::html::Refused;

/// A device, and what is assumed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::session) struct DeviceSetting {
    /// Which of [`Shown::boards`]; zero is this computer, which is no small device.
    pub(in crate::session) board: u32,
    /// Bytes of RAM that all may take together; zero is what the board leaves.
    pub(in crate::session) budget: u32,
    /// Which of [`Shown::policies`] chooses pages that leave.
    pub(in crate::session) policy: u32,
    /// Thousands of instructions per second; zero, here and below, is what is assumed of the board.
    pub(in crate::session) rate: u32,
    /// Microseconds that storing a page takes, and loading one.
    pub(in crate::session) store: u32,
    pub(in crate::session) load: u32,
    /// How often a slot of a store can be written.
    pub(in crate::session) cycles: u32,
}

/// What the tab of the device shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::session) struct Shown {
    pub(in crate::session) setting: DeviceSetting,
    /// What was typed and is not taken.
    pub(in crate::session) refused: Option<Refused>,
    /// Names; the first is this computer.
    pub(in crate::session) boards: Vec<String>,
    pub(in crate::session) policies: Vec<String>,
    /// Where the board's numbers are from, and an address for that.
    pub(in crate::session) about: String,
    pub(in crate::session) source: String,
    /// Whether there is a run, and how many instructions it has executed.
    pub(in crate::session) has_run: bool,
    pub(in crate::session) step: u64,
    /// Whether the run has another device than what is set.
    pub(in crate::session) other: bool,
    /// Whether there is no power.
    pub(in crate::session) is_off: bool,
    /// How the run does, and whether it is well, or has failed.
    pub(in crate::session) verdict: String,
    pub(in crate::session) tone: Tone,
    /// What takes most bytes now, the largest first.
    pub(in crate::session) owners: Vec<OwnerView>,
    /// "98.2 KB of 313 KB".
    pub(in crate::session) total: String,
    /// The most there was, and the step at which that was, if it was in this call.
    pub(in crate::session) peak: String,
    pub(in crate::session) peak_step: Option<f64>,
    /// RAM over time.
    pub(in crate::session) ram: RamView,
    pub(in crate::session) grids: Vec<GridView>,
    /// The chosen cell of these, counted through, and what is known of it.
    pub(in crate::session) cell: u32,
    pub(in crate::session) page: Option<PageView>,
    /// Microcode in RAM, if there is or was any.
    pub(in crate::session) residents: Option<ResidentsView>,
    /// How pages left, the last one first.
    pub(in crate::session) evictions: Vec<EvictionView>,
    /// Names and values.
    pub(in crate::session) facts: Vec<(String, String)>,
    /// What may be tried.
    pub(in crate::session) draft: DeviceSetting,
    /// The smallest budget that is enough, if it is known.
    pub(in crate::session) least: Option<u32>,
    /// What was tried.
    pub(in crate::session) tries: Vec<TryView>,
    /// What is being tried.
    pub(in crate::session) trying: Option<String>,
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::session) enum Tone {
    #[default]
    Plain,
    Good,
    Bad,
}

/// What belongs to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct OwnerView {
    pub(in crate::session) of: Owner,
    pub(in crate::session) name: String,
    /// Which colour it has.
    pub(in crate::session) hue: u32,
    pub(in crate::session) size: String,
    /// Its part of what there may be, or of all there is; of 1000.
    pub(in crate::session) share: u32,
    /// At the peak.
    pub(in crate::session) peak: String,
    /// What makes it less; empty if nothing does.
    pub(in crate::session) remedy: String,
}

/// RAM over time, on a picture as wide and high as that of a timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::session) struct RamView {
    /// The steps at its left and right edge.
    pub(in crate::session) first: f64,
    pub(in crate::session) last: f64,
    /// What owners have, one upon the other: colours and outlines.
    pub(in crate::session) areas: Vec<(u32, String)>,
    /// The line of the budget, and marks where pages were stored.
    pub(in crate::session) budget: String,
}

/// The pages of a memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::session) struct GridView {
    pub(in crate::session) memory: u32,
    /// Cells in a row.
    pub(in crate::session) columns: usize,
    /// Bytes that a cell stands for.
    pub(in crate::session) cell_bytes: usize,
    /// What each is: a place in [`STATES`](super::pages::STATES).
    pub(in crate::session) states: Vec<usize>,
}

/// What is known of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct PageView {
    pub(in crate::session) text: String,
    pub(in crate::session) memory: u32,
    pub(in crate::session) address: u32,
}

/// Microcode in RAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct ResidentsView {
    /// How many functions have some, and bytes of all.
    pub(in crate::session) title: String,
    /// Those that have most: names and sizes.
    pub(in crate::session) rows: Vec<(String, String)>,
    /// How often some has left, and which functions' did last.
    pub(in crate::session) evictions: String,
    pub(in crate::session) left: Vec<String>,
}

/// A page that has left RAM.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) struct EvictionView {
    pub(in crate::session) step: f64,
    /// Which page, why, and what that cost.
    pub(in crate::session) page: String,
    pub(in crate::session) reason: String,
    pub(in crate::session) cost: String,
}

/// A call that was tried on another device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct TryView {
    /// "64 KB, lru".
    pub(in crate::session) device: String,
    /// What became of it, its peak, faults, bytes written and estimated time.
    pub(in crate::session) cells: [String; 5],
    pub(in crate::session) tone: Tone,
}

impl DeviceSetting {
    /// As text to be kept.
    pub(in crate::session) fn kept(&self) -> String {
        let DeviceSetting { board, budget, policy, rate, store, load, cycles } = *self;
        let board = BOARDS.get(board as usize).unwrap_or(&"");
        let policy = match POLICIES.get(policy as usize) {
            Some(named) if policy > 0 => named.name(),
            _ => "0",
        };
        format!("{board} {budget} {policy} {rate} {store} {load} {cycles}")
    }

    /// From text that was kept; what is not there or not known is left to the board.
    pub(in crate::session) fn recalled(text: &str) -> DeviceSetting {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or("");
        // Boards and policies are few.
        let known = |place: Option<usize>| place.unwrap_or(0) as u32;
        let (board, budget, policy) = (next(), next(), next());
        let mut number = || next().parse().unwrap_or(0);
        DeviceSetting {
            board: known(BOARDS.iter().position(|name| *name == board)),
            budget: budget.parse().unwrap_or(0),
            policy: known(POLICIES.iter().position(|it| it.name() == policy)),
            rate: number(),
            store: number(),
            load: number(),
            cycles: number(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_recalled_as_it_was_kept_and_whatever_else_is_kept_does_no_harm() {
        let setting = DeviceSetting {
            board: 7,
            budget: u32::MAX,
            policy: 3,
            rate: 5333,
            store: 1,
            load: 2,
            cycles: 3,
        };
        assert_eq!(DeviceSetting::recalled(&setting.kept()), setting);
        assert_eq!(DeviceSetting::recalled(""), DeviceSetting::default());
        let board = DeviceSetting { board: 7, ..DeviceSetting::default() };
        assert_eq!(DeviceSetting::recalled("esp32-c3"), board);
        let lru = DeviceSetting { policy: 1, ..board };
        assert_eq!(DeviceSetting::recalled("esp32-c3 -1 lru 99999999999"), lru);
        assert_eq!(DeviceSetting::recalled("7 x mru"), DeviceSetting::default());
    }
}
