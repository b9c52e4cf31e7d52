//! Where breakpoints are hit in a run, as far as that has been looked for.

use crate::protocol::{HitsView, TimelineView};

/// The most hits that are kept.
pub const MOST: usize = 500;

/// Hits in a run, from its beginning on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hits {
    first: f64,
    /// The next step to look at.
    to: f64,
    /// Steps, and numbers of breakpoints.
    all: Vec<(f64, u32)>,
    /// Whether there are more, which are not looked for.
    pub is_cut: bool,
    /// Whether breakpoints have changed, and the engine has not said yet that it knows.
    is_stale: bool,
}

impl Hits {
    /// Nothing has been looked for in a run that begins at a step.
    pub fn new(first: f64) -> Self {
        Self { first, to: first, ..Self::default() }
    }

    /// What is known holds no longer, nor does what is under way.
    pub fn forget(&mut self) {
        *self = Self { is_stale: true, ..Self::new(self.first) };
    }

    /// Forgets all if the run is another one.
    pub fn moved(&mut self, run: &TimelineView) {
        if !self.is_stale && (run.first != self.first || run.last < self.to) {
            *self = Self::new(run.first);
        }
    }

    /// Takes what was found next.
    pub fn receive(&mut self, found: &HitsView) {
        if self.is_stale || found.from != self.to {
            return;
        }
        // What was found at its end is found again.
        self.all.retain(|(step, _)| *step < found.from);
        let room = MOST - self.all.len();
        self.is_cut = found.hits.len() > room;
        self.all.extend(found.hits.iter().take(room));
        self.to = found.to;
    }

    /// Where to look next.
    pub fn wanted(&self, run: &TimelineView) -> Option<f64> {
        (!self.is_stale && !self.is_cut && self.to < run.last).then_some(self.to)
    }

    /// Steps at which breakpoints are hit.
    pub fn steps(&self) -> impl Iterator<Item = f64> {
        self.all.iter().map(|(step, _)| *step)
    }

    /// How often a breakpoint is hit, if it is where the run stands as well.
    pub fn count(&self, number: u32, here: Option<f64>) -> usize {
        let hits = || self.all.iter().filter(|(_, hit)| *hit == number);
        let is_new = here.is_some_and(|here| hits().all(|(step, _)| *step != here));
        hits().count() + usize::from(is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first: f64, last: f64) -> TimelineView {
        TimelineView { first, last, traps: false, lost: None }
    }

    fn found(from: f64, to: f64, hits: &[(f64, u32)]) -> HitsView {
        HitsView { from, to, hits: hits.to_vec() }
    }

    #[test]
    fn a_run_is_looked_through_piece_by_piece_as_it_grows() {
        let mut hits = Hits::new(0.0);
        assert_eq!(hits.wanted(&run(0.0, 100.0)), Some(0.0));
        hits.receive(&found(0.0, 60.0, &[(3.0, 1), (50.0, 2)]));
        assert_eq!(hits.wanted(&run(0.0, 100.0)), Some(60.0));
        hits.receive(&found(60.0, 100.0, &[(70.0, 1)]));
        assert_eq!(hits.wanted(&run(0.0, 100.0)), None);
        hits.moved(&run(0.0, 150.0));
        assert_eq!(hits.wanted(&run(0.0, 150.0)), Some(100.0));
        assert_eq!([1, 2, 3].map(|number| hits.count(number, None)), [2, 1, 0]);
        // Not all of what happens at the end of what is known can be known.
        assert_eq!([70.0, 100.0].map(|here| hits.count(1, Some(here))), [2, 3]);
        hits.receive(&found(100.0, 100.0, &[(100.0, 1)]));
        assert_eq!(hits.count(1, None), 3);
        hits.receive(&found(100.0, 150.0, &[(100.0, 1), (120.0, 1)]));
        assert_eq!(hits.count(1, None), 4);
    }

    #[test]
    fn another_run_is_looked_through_afresh() {
        let mut hits = Hits::new(0.0);
        hits.receive(&found(0.0, 100.0, &[(3.0, 1)]));
        hits.moved(&run(0.0, 0.0));
        assert_eq!((hits.count(1, None), hits.wanted(&run(0.0, 10.0))), (0, Some(0.0)));
    }

    #[test]
    fn what_was_under_way_when_breakpoints_changed_is_dropped() {
        let mut hits = Hits::new(0.0);
        hits.forget();
        hits.receive(&found(0.0, 60.0, &[(3.0, 1)]));
        assert_eq!(hits, {
            let mut stale = Hits::new(0.0);
            stale.forget();
            stale
        });
        assert_eq!(hits.wanted(&run(0.0, 100.0)), None);
    }

    #[test]
    fn of_very_many_the_first_are_kept() {
        let mut hits = Hits::new(0.0);
        let many: Vec<_> = (0..MOST as u32 + 1).map(|step| (f64::from(step), 1)).collect();
        hits.receive(&found(0.0, 600.0, &many));
        assert!(hits.is_cut);
        assert_eq!((hits.count(1, None), hits.wanted(&run(0.0, 1e6))), (MOST, None));
    }
}
