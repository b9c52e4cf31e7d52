//! The pages of a run's memories: where each is, and how they left.

use fayasm_core::{Extern, ExternKind, FRAME_BYTES, Memory, PageChange, PageState};

use super::shown::{DeviceSetting, EvictionView, GridView, PageView};
use crate::session::run::Run;
use crate::view::format;

/// Most cells of a grid; of a larger memory, a cell is several pages.
const MAX_CELLS: usize = 2048;

/// Evictions that are listed.
const MAX_LISTED: usize = 30;

/// States in the order in which they are drawn; a cell is what the first of them is that one of
/// its pages is.
pub(super) const STATES: [PageState; 4] =
    [PageState::Dirty, PageState::Clean, PageState::Stored, PageState::Initial];
const WORDS: [&str; 4] = [
    "changed, in RAM",
    "unchanged, in RAM",
    "stored, not in RAM",
    "not in RAM, as it was at first",
];

fn place(state: PageState) -> usize {
    STATES.iter().position(|known| *known == state).unwrap_or(0)
}

impl Run {
    /// The memories of the instance.
    fn memories(&self) -> impl Iterator<Item = (u32, Memory)> {
        (0..).map_while(|index| Some((index, self.memory_at(index)?)))
    }

    /// Where the pages of a memory are, a place in [`STATES`] for each cell, and how many pages a
    /// cell is; none if it lies in one piece.
    fn cells(&self, memory: Memory) -> Option<(Vec<usize>, usize)> {
        let states: Vec<_> = self.store.page_states(memory).ok()?.map(place).collect();
        let pages = states.len().div_ceil(MAX_CELLS).max(1);
        let cells = states.chunks(pages).map(|some| some.iter().copied().min().unwrap_or(0));
        (!states.is_empty()).then(|| (cells.collect(), pages))
    }

    /// Grids of all memories that are kept as pages.
    pub(super) fn grids(&self) -> Vec<GridView> {
        let grid = |(memory, handle)| {
            let (states, pages) = self.cells(handle)?;
            let columns = if states.len() > 64 { 32 } else { 16 };
            Some(GridView { memory, columns, cell_bytes: pages * FRAME_BYTES, states })
        };
        self.memories().filter_map(grid).collect()
    }

    /// What is known of a cell of grids, counted through.
    pub(super) fn page_at(&self, grids: &[GridView], cell: u32) -> Option<PageView> {
        let mut left = cell as usize;
        let grid = grids.iter().find(|grid| {
            let is_here = left < grid.states.len();
            left -= if is_here { 0 } else { grid.states.len() };
            is_here
        })?;
        let (memory, state, pages) =
            (grid.memory, *grid.states.get(left)?, grid.cell_bytes / FRAME_BYTES);
        let first = left * pages;
        let (from, to) = (left * grid.cell_bytes, (left + 1) * grid.cell_bytes - 1);
        let name = match pages {
            1 => format!("Page {first}"),
            _ => format!("Pages {first} to {}", first + pages - 1),
        };
        let is_meant = |number: u32| (first..first + pages).contains(&(number as usize));
        let last = self.store.page_events().rev().find(|event| {
            self.memory_number(event.page.space) == Some(memory) && is_meant(event.page.number)
        });
        let last = last.map_or_else(String::new, |event| {
            format!(
                " Last, at step {}: {}.",
                format::count(self.step_of(event.executed)),
                event.change
            )
        });
        let words = WORDS[state];
        let text = format!("{name}, {from:#x} to {to:#x}: {words}.{last}");
        Some(PageView { text, memory, address: u32::try_from(from).ok()? })
    }

    /// Which memory of the instance is the one of this address in the store.
    fn memory_number(&self, space: u32) -> Option<u32> {
        // A store's memories are numbered in the order in which they were made; those of one
        // instance alone are in its own.
        let is_single = self.memory_at(1).is_none();
        let exists = matches!(
            self.instance.get_index(&self.store, ExternKind::Memory, space),
            Some(Extern::Memory(_))
        );
        if is_single { Some(0) } else { exists.then_some(space) }
    }

    /// How pages left RAM, the last one first.
    pub(super) fn evictions(&self, device: &DeviceSetting) -> Vec<EvictionView> {
        let leaves = self.store.page_events().rev().filter_map(|event| {
            let (reason, is_stored) = match event.change {
                PageChange::Stored(reason) => (reason, true),
                PageChange::Dropped(reason) => (reason, false),
                PageChange::FirstTouch | PageChange::Loaded => return None,
            };
            let address = u64::from(event.page.number) * FRAME_BYTES as u64;
            Some(EvictionView {
                step: self.step_of(event.executed),
                page: format!("page {} at {address:#x}", event.page.number),
                reason: reason.to_string(),
                cost: match is_stored {
                    true => format!("stored: {}", duration(u64::from(device.store))),
                    false => "dropped: nothing to store".to_owned(),
                },
            })
        });
        leaves.take(MAX_LISTED).collect()
    }
}

/// A time in microseconds, in the unit that keeps it short: "1.2 ms".
pub(in crate::session) fn duration(micros: u64) -> String {
    match micros {
        0..1000 => format!("{micros} µs"),
        1000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        1_000_000..120_000_000 => format!("{:.1} s", micros as f64 / 1e6),
        _ => format!("{} min", micros / 60_000_000),
    }
}
