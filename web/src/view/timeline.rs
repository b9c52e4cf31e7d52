//! Where things are on the picture of a run.

use std::fmt::Write;

use crate::protocol::ProfileView;

/// Width and height of the picture, in its own units. All coordinates are whole:
/// printing others takes much code.
pub const SIZE: (u32, u32) = (10_000, 1000);

/// Where a step is, from left to right.
pub fn across(profile: &ProfileView, step: f64) -> u32 {
    let length = (profile.last - profile.first).max(1.0);
    // Anything else than a number within becomes the nearest.
    ((step - profile.first) / length * f64::from(SIZE.0)).clamp(0.0, f64::from(SIZE.0)) as u32
}

/// The outline of how deep calls were, as a path of SVG: a hill for each call,
/// as wide as it took and as high as it was deep.
pub fn hills(profile: &ProfileView) -> String {
    let deepest = profile.depths.iter().map(|(_, depth)| *depth).max().unwrap_or(0).max(4);
    let mut path = format!("M0 {}", SIZE.1);
    let mut before = None;
    for (step, depth) in &profile.depths {
        if before == Some(depth) {
            continue;
        }
        before = Some(depth);
        // No deeper than the deepest.
        let height = (u64::from(SIZE.1) * u64::from(*depth) / u64::from(deepest)) as u32;
        // A string takes everything.
        let _ = write!(path, "H{}V{}", across(profile, *step), SIZE.1 - height);
    }
    let _ = write!(path, "H{}V{}Z", SIZE.0, SIZE.1);
    path
}

/// Marks at steps, as a path of SVG: from the top downwards, so long.
pub fn marks(profile: &ProfileView, steps: &[f64], length: u32) -> String {
    let mut path = String::new();
    let mut before = None;
    for step in steps {
        let at = across(profile, *step);
        // Marks in the same place look like one.
        if before != Some(at / 10) {
            before = Some(at / 10);
            let _ = write!(path, "M{at} 0v{length}");
        }
    }
    path
}

/// The same, from below upwards.
pub fn marks_below(profile: &ProfileView, steps: impl Iterator<Item = f64>, length: u32) -> String {
    let mut path = String::new();
    for step in steps {
        let _ = write!(path, "M{} {}v-{length}", across(profile, step), SIZE.1);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(depths: &[(f64, u32)]) -> ProfileView {
        let (host_calls, growths) = (Vec::new(), Vec::new());
        ProfileView {
            first: 0.0,
            last: 10.0,
            kept: 0,
            again: 0.0,
            forgotten: None,
            depths: depths.to_vec(),
            host_calls,
            growths,
            ram: String::new(),
        }
    }

    #[test]
    fn a_call_is_a_hill_as_wide_as_it_took() {
        let profile = profile(&[(0.0, 1), (2.0, 2), (3.0, 2), (5.0, 1)]);
        assert_eq!(hills(&profile), "M0 1000H0V750H2000V500H5000V750H10000V1000Z");
    }

    #[test]
    fn what_is_outside_is_at_the_edge_and_an_empty_run_is_drawn_too() {
        let empty = ProfileView { last: 0.0, ..profile(&[]) };
        assert_eq!(hills(&empty), "M0 1000H10000V1000Z");
        assert_eq!(across(&profile(&[]), 20.0), SIZE.0);
        assert_eq!(across(&profile(&[]), -1.0), 0);
    }

    #[test]
    fn marks_below_stand_on_the_ground() {
        assert_eq!(marks_below(&profile(&[]), [5.0].into_iter(), 9), "M5000 1000v-9");
    }

    #[test]
    fn marks_in_the_same_place_are_drawn_once() {
        let profile = ProfileView { last: 1e6, ..profile(&[]) };
        assert_eq!(marks(&profile, &[0.0, 1.0, 2.0, 500_000.0], 9), "M0 0v9M5000 0v9");
    }
}
