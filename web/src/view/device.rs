//! Words and places of what is shown of a device.

use crate::protocol::{DeviceSetting, Tone};

/// Columns of what was tried.
pub const COLUMNS: [&str; 5] = ["outcome", "peak", "faults", "written", "time, modelled"];

/// Classes and words of the states of pages, in the order of
/// [`GridView::paths`](crate::protocol::GridView::paths).
pub const STATES: [(&str, &str); 4] = [
    ("dirty", "changed"),
    ("clean", "unchanged"),
    ("stored", "stored"),
    ("untouched", "never changed"),
];

/// The class of a tone.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Bad => "bad",
    }
}

/// A step, as a field of the browser wants it.
pub fn edge(step: f64) -> String {
    // Steps are whole, and below 2⁵³.
    (step as u64).to_string()
}

/// The cell of a grid of so many columns and rows at a place in it, in parts of its width and
/// height.
pub fn cell_at((x, y): (f64, f64), (columns, rows): (u32, u32)) -> Option<u32> {
    let inside = |part: f64| (0.0..1.0).contains(&part);
    // Below the number of columns and rows.
    let place = |part: f64, of: u32| (part * f64::from(of)) as u32;
    (inside(x) && inside(y)).then(|| place(y, rows) * columns + place(x, columns))
}

/// A setting, as text to be kept.
pub fn kept(setting: &DeviceSetting) -> String {
    let DeviceSetting { board, budget, policy, rate, store, load } = *setting;
    let mut text = String::new();
    for number in [board, budget, policy, rate, store, load] {
        text.push_str(&number.to_string());
        text.push(' ');
    }
    text
}

/// A setting from text that was kept; what is not there or not a number is left to the board.
pub fn recalled(text: &str) -> DeviceSetting {
    let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    DeviceSetting {
        board: next(),
        budget: next(),
        policy: next(),
        rate: next(),
        store: next(),
        load: next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_recalled_as_it_was_kept_and_whatever_else_is_kept_does_no_harm() {
        let setting =
            DeviceSetting { board: 7, budget: u32::MAX, policy: 3, rate: 5333, store: 1, load: 2 };
        assert_eq!(recalled(&kept(&setting)), setting);
        assert_eq!(recalled(""), DeviceSetting::default());
        assert_eq!(recalled("7"), DeviceSetting { board: 7, ..DeviceSetting::default() });
        assert_eq!(recalled("-1 x 99999999999"), DeviceSetting::default());
    }

    #[test]
    fn a_place_lies_in_one_cell_or_outside() {
        assert_eq!(cell_at((0.0, 0.0), (32, 8)), Some(0));
        assert_eq!(cell_at((0.999, 0.0), (32, 8)), Some(31));
        assert_eq!(cell_at((0.5, 0.5), (32, 8)), Some(4 * 32 + 16));
        assert_eq!(cell_at((1.0, 0.5), (32, 8)), None);
        assert_eq!(cell_at((0.5, -0.1), (32, 8)), None);
    }
}
