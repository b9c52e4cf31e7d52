//! How a memory looks from afar.

use std::fmt::Write;

use super::format;
use crate::protocol::{HeatView, RegionKind, RegionView};

/// Degrees of heat that are told apart.
pub const LEVELS: usize = 4;

/// Height of each of the three lanes of the picture, in its own units; a cell is ten wide.
pub const HEIGHT: u32 = 10;

/// How many cells there are.
pub fn cells(heat: &HeatView) -> u32 {
    // No more than the worker makes.
    heat.reads.len() as u32
}

/// The level of a count among counts of which `most` is the highest. It goes by the third
/// root of the ratio, since few places are used very often and many seldom.
fn level(count: u32, most: u32) -> Option<usize> {
    let (count, most) = (u64::from(count), u64::from(most));
    match count {
        0 => None,
        count if count * 64 >= most * 27 => Some(3),
        count if count * 8 >= most => Some(2),
        count if count * 64 >= most => Some(1),
        _ => Some(0),
    }
}

/// The cells of this level, as a path of SVG in a lane that begins at `top`. Neighbours are
/// one rectangle.
pub fn level_path(counts: &[u32], wanted: usize, top: u32) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut path = String::new();
    let mut at = 0;
    while at < counts.len() {
        let length =
            counts[at..].iter().take_while(|count| level(**count, most) == Some(wanted)).count();
        if length > 0 {
            // A string takes everything.
            let _ = write!(path, "M{} {top}h{}v{HEIGHT}h-{}z", at * 10, length * 10, length * 10);
        }
        at += length.max(1);
    }
    path
}

/// Where a region lies in the lowest lane, as a path of SVG; never too narrow to be seen.
pub fn region_path(heat: &HeatView, region: &RegionView) -> String {
    let across = |address: f64| (address / heat.cell * 10.0) as u64;
    let (from, to) = (across(region.start), across(region.end));
    let width = to.saturating_sub(from).max(6);
    format!("M{from} {}h{width}v{HEIGHT}h-{width}z", 2 * HEIGHT)
}

/// The class that draws a kind of region.
pub fn kind_class(kind: RegionKind) -> &'static str {
    match kind {
        RegionKind::Data => "r-data",
        RegionKind::Zero => "r-zero",
        RegionKind::Stack => "r-stack",
        RegionKind::Heap => "r-heap",
    }
}

/// What is known of a cell, in words.
pub fn cell_text(heat: &HeatView, cell: u32) -> String {
    let count = |counts: &[u32]| counts.get(cell as usize).copied().unwrap_or(0);
    let start = f64::from(cell) * heat.cell;
    let end = (start + heat.cell).min(heat.size);
    let inside = heat.regions.iter().filter(|region| region.start < end && start < region.end);
    let names: Vec<&str> = inside.map(|region| &*region.name).take(3).collect();
    let names = if names.is_empty() { String::new() } else { format!(", {}", names.join(", ")) };
    format!(
        "0x{:x} to 0x{:x}: {}, {}{names}",
        start as u64,
        end as u64,
        format::counted(count(&heat.reads), "read"),
        format::counted(count(&heat.writes), "write"),
    )
}

/// What the picture is based on.
pub fn basis(heat: &HeatView) -> String {
    let HeatView { looked_at, sample, run, .. } = *heat;
    let of = format::count(run);
    match run as u64 {
        _ if looked_at < sample => {
            format!(
                "{} of {} instructions looked at…",
                format::count(looked_at),
                format::count(sample)
            )
        }
        0 => "nothing executed yet".to_owned(),
        1 => "1 instruction".to_owned(),
        _ if looked_at < run => {
            format!("a sample of {} of {of} instructions", format::count(looked_at))
        }
        _ => format!("all {of} instructions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heat() -> HeatView {
        HeatView {
            memory: 0,
            size: 65536.0,
            cell: 256.0,
            reads: vec![0; 256],
            writes: vec![0; 256],
            looked_at: 12.0,
            sample: 12.0,
            run: 12.0,
            regions: Vec::new(),
        }
    }

    #[test]
    fn the_hottest_cells_are_of_the_highest_level_and_unused_ones_of_none() {
        let counts = [0, 1, 1, 20, 200, 1000, 0];
        let levels: Vec<_> = counts.iter().map(|count| level(*count, 1000)).collect();
        assert_eq!(levels, [None, Some(0), Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!(level_path(&counts, 0, 10), "M10 10h20v10h-20z");
        assert_eq!(level_path(&counts, 3, 0), "M50 0h10v10h-10z");
        assert_eq!(level_path(&[], 3, 0), "");
        assert_eq!(level(u32::MAX, u32::MAX), Some(3));
    }

    #[test]
    fn a_region_is_seen_however_small_it_is() {
        let region = |start, end| RegionView {
            name: "data 0".to_owned(),
            kind: RegionKind::Data,
            start,
            end,
        };
        assert_eq!(region_path(&heat(), &region(256.0, 258.0)), "M10 20h6v10h-6z");
        assert_eq!(region_path(&heat(), &region(0.0, 65536.0)), "M0 20h2560v10h-2560z");
    }

    #[test]
    fn it_says_what_it_is_based_on() {
        assert_eq!(basis(&heat()), "all 12 instructions");
        let sample = HeatView { run: 900.0, ..heat() };
        assert_eq!(basis(&sample), "a sample of 12 of 900 instructions");
        let part = HeatView { looked_at: 5.0, ..heat() };
        assert_eq!(basis(&part), "5 of 12 instructions looked at…");
    }

    #[test]
    fn a_cell_is_told_in_words() {
        let mut heat = heat();
        heat.reads[1] = 1;
        heat.writes[1] = 2000;
        assert_eq!(cell_text(&heat, 1), "0x100 to 0x200: 1 read, 2\u{202f}000 writes");
    }
}
