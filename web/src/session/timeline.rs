//! A run from afar: how deep its calls were, and when the world outside was asked.

use super::run::Run;
use super::text;
use crate::protocol::ProfileView;
use crate::view::format;

/// A run of at most so many instructions is gone over for its profile; of a
/// longer one, the moments that its timeline keeps are enough.
const GONE_OVER: u64 = 5_000_000;

/// Most stretches that a profile can be asked for in.
const MAX_STRETCHES: u32 = 2000;

/// Most calls of host functions that are listed.
const MAX_CALLS: usize = 2000;

impl Run {
    /// How the call under way looks from afar.
    pub(super) fn profile(&mut self, stretches: u32) -> ProfileView {
        let (first, last) = (*self.timeline.range().start(), *self.timeline.range().end());
        let stretches = u64::from(stretches.clamp(1, MAX_STRETCHES));
        let depths = match last - first {
            length if length > GONE_OVER || self.is_running() => self.depths_kept(),
            length => self.depths_between(first, length.div_ceil(stretches).max(1)),
        };
        let moments: Vec<_> = self.timeline.moments().collect();
        let growths = moments.windows(2).filter_map(|pair| {
            let [before, after] = pair else { return None };
            (after.memory_bytes > before.memory_bytes).then(|| self.step_of(after.executed))
        });
        let calls = self.timeline.host_calls().count();
        let every = calls.div_ceil(MAX_CALLS).max(1);
        let ways = moments.windows(2).map(|pair| match pair {
            [before, after] => after.executed - before.executed,
            _ => 0,
        });
        let to_end = moments.last().map_or(0, |it| last.saturating_sub(it.executed));
        ProfileView {
            first: self.step_of(first),
            last: self.step_of(last),
            kept: u32::try_from(self.timeline.bytes() >> 10).unwrap_or(u32::MAX),
            again: ways.chain([to_end]).max().unwrap_or(0) as f64,
            forgotten: (first > 0).then(|| self.why_forgotten(first)),
            depths,
            host_calls: self
                .timeline
                .host_calls()
                .step_by(every)
                .map(|at| self.step_of(at))
                .collect(),
            growths: growths.collect(),
            ram: self.ram_picture(),
        }
    }

    /// Why nothing is known of the call before so many instructions.
    fn why_forgotten(&self, first: u64) -> String {
        let step = format::count(self.step_of(first));
        match self.resumed_at.map(|at| self.executed_at(at)) {
            Some(at) if at == first => {
                format!("It went on at step {step}: what was before is not known.")
            }
            _ => format!(
                "The run has outgrown the memory that is kept of it: steps before {step} are forgotten."
            ),
        }
    }

    /// Depths at the moments that the timeline keeps.
    fn depths_kept(&self) -> Vec<(f64, u32)> {
        let moments = self.timeline.moments();
        moments.map(|it| (self.step_of(it.executed), text::offset(it.depth))).collect()
    }

    /// Depths after every so many instructions. Goes over the whole run, and back
    /// to where it stands.
    fn depths_between(&mut self, first: u64, every: u64) -> Vec<(f64, u32)> {
        let (stands_at, last) = (self.timeline.job().executed(), *self.timeline.range().end());
        let mut depths = Vec::new();
        let mut at = first;
        while at <= last && self.timeline.seek(&mut self.store, at).is_ok() {
            depths.push((self.step_of(at), text::offset(self.timeline.job().depth())));
            at += every;
        }
        // It stood there before.
        let _ = self.timeline.seek(&mut self.store, stands_at);
        depths
    }
}
