//! What everything took along a run, noted while it went on.

use std::fmt::Write;

use fayasm_core::{Ledger, Owner};

use super::shown::RamView;
use crate::view::timeline::SIZE;

/// Most moments that are kept.
const MAX_KEPT: usize = 400;

/// How many of them are drawn.
const MAX_DRAWN: usize = 160;

/// A run is looked at after each of so many parts of what it has executed, but no more often than
/// after so many instructions.
const PARTS: u64 = 128;
const LEAST_STRIDE: u64 = 2000;

/// What everything took after so many instructions.
#[derive(Debug, Clone, Copy)]
struct Sample {
    executed: u64,
    ledger: Ledger,
}

/// Moments of a run.
#[derive(Debug, Default)]
pub(in crate::session) struct Samples(Vec<Sample>);

impl Samples {
    /// How many instructions to go on for, where so many have been executed.
    pub(in crate::session) fn stride(executed: u64) -> u64 {
        (executed / PARTS).max(LEAST_STRIDE)
    }

    /// Whether nothing is known of a moment so late.
    pub(in crate::session) fn wants(&self, executed: u64) -> bool {
        self.0.last().is_none_or(|last| last.executed < executed)
    }

    /// Takes note of a moment that it wants.
    pub(in crate::session) fn note(&mut self, executed: u64, ledger: Ledger) {
        if self.0.len() >= MAX_KEPT {
            let mut index = 0;
            self.0.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.0.push(Sample { executed, ledger });
    }

    /// A picture of what is between two moments, with that of the peak; steps are counted from
    /// `before`.
    pub(super) fn picture(
        &self,
        (first, last): (u64, u64),
        peak: Option<(u64, Ledger)>,
        budget: Option<u64>,
        before: u64,
    ) -> RamView {
        let mut all: Vec<Sample> = self.0.clone();
        if let Some((executed, ledger)) = peak {
            let at = all.partition_point(|it| it.executed < executed);
            all.insert(at, Sample { executed, ledger });
        }
        all.retain(|it| (first..=last).contains(&it.executed));
        let drawn = highest(&all, all.len().div_ceil(MAX_DRAWN).max(1));
        let most = drawn.iter().map(|it| it.ledger.total()).max().unwrap_or(0).max(1);
        // Where the budget is out of sight, what there is counts.
        let budget = budget.filter(|budget| *budget <= 3 * most);
        let top = most.max(budget.unwrap_or(0));
        let across = |executed: u64| part(executed - first, (last - first).max(1), SIZE.0);
        let down = |bytes: u64| SIZE.1 - part(bytes, top, SIZE.1 - 20);
        let mut below: Vec<u64> = vec![0; drawn.len()];
        let mut areas = Vec::new();
        for (hue, owner) in (0..).zip(Owner::ALL) {
            if drawn.iter().all(|it| it.ledger.of(owner) == 0) {
                continue;
            }
            let mut path = format!("M0 {}", SIZE.1);
            for (sample, below) in drawn.iter().zip(&mut below) {
                *below += sample.ledger.of(owner);
                // A string takes everything.
                let _ = write!(path, "L{} {}", across(sample.executed), down(*below));
            }
            let end = drawn.last().map_or(0, |it| across(it.executed));
            let _ = write!(path, "V{}H{end}Z", SIZE.1);
            areas.push((hue, path));
        }
        // What lies below covers what stands upon it.
        areas.reverse();
        let line = budget.map(|budget| format!("M0 {}H{}", down(budget), SIZE.0));
        RamView {
            first: (before + first) as f64,
            last: (before + last) as f64,
            areas,
            budget: line.unwrap_or_default(),
        }
    }
}

/// Of each so many, the one that has most; the first and the last as well.
fn highest(all: &[Sample], of: usize) -> Vec<Sample> {
    let highest = all.chunks(of).filter_map(|some| some.iter().max_by_key(|it| it.ledger.total()));
    let mut drawn: Vec<Sample> =
        all.first().into_iter().chain(highest).chain(all.last()).copied().collect();
    drawn.dedup_by_key(|it| it.executed);
    drawn
}

/// This part of a whole, of so many.
fn part(of: u64, whole: u64, many: u32) -> u32 {
    // Not more than `many`.
    (u128::from(of) * u128::from(many) / u128::from(whole)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_run_few_moments_are_kept_and_the_newest_is() {
        let mut samples = Samples::default();
        let mut executed = 0;
        while executed < 1_000_000_000 {
            executed += Samples::stride(executed);
            assert!(samples.wants(executed));
            samples.note(executed, Ledger::default());
        }
        assert!(samples.0.len() <= MAX_KEPT);
        assert!(!samples.wants(executed));
        let view = samples.picture((0, executed), None, Some(1), 0);
        assert_eq!(view.last, executed as f64);
    }
}
