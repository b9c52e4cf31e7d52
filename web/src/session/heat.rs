//! Where a run reads and writes a memory: it is gone over once more, a stretch at a time.

use fayasm_core::inspect::{Location, accesses};
use fayasm_core::timeline::TimelineError;
use fayasm_core::{Job, Limit, Memory, Store};

use super::opened::Opened;
use super::run::Run;
use super::terminal::World;
use crate::protocol::HeatView;

/// Cells that a memory is divided into.
const CELLS: u64 = 256;

/// A run of at most so many instructions is looked at as a whole; of a longer one,
/// stretches that are spread evenly over it.
const WHOLE: u64 = 400_000;
const STRETCHES: u64 = 40;

/// Instructions that are looked at before others have their turn.
const SLICE: u64 = 10_000;

/// Where a run reads and writes, as far as it has been looked at.
#[derive(Debug)]
pub(super) struct Survey {
    memory: u32,
    size: u64,
    /// The run that it is of.
    first: u64,
    last: u64,
    reads: Vec<u32>,
    writes: Vec<u32>,
    looked_at: u64,
    sample: u64,
    /// What is left to be looked at, the first last: from which instruction to before which.
    left: Vec<(u64, u64)>,
}

impl Survey {
    fn cell(&self) -> u64 {
        self.size.div_ceil(CELLS).max(1)
    }

    /// Counts what an instruction reads and writes.
    fn count(&mut self, memory: Memory, store: &Store<World>, job: &Job) {
        let cell = self.cell();
        for access in accesses(store, job) {
            let Location::Memory { memory: other, bytes } = access.location else { continue };
            if other != memory || bytes.is_empty() {
                continue;
            }
            let counts = if access.writes { &mut self.writes } else { &mut self.reads };
            // Cells are no more than can be counted.
            let (from, to) = ((bytes.start / cell) as usize, ((bytes.end - 1) / cell) as usize);
            for count in counts.iter_mut().take(to + 1).skip(from) {
                *count = count.saturating_add(1);
            }
        }
    }
}

impl Run {
    /// Looks at a stretch more of the run, and says what is known; none if there is no
    /// such memory.
    pub(super) fn heat(&mut self, opened: &Opened, memory: u32) -> Option<HeatView> {
        let handle = self.memory_at(memory)?;
        let stands_at = self.timeline.job().executed();
        // What runs is not disturbed, nor what waits in the middle of a call.
        let stands = !self.is_running() && !self.is_pending();
        let mut survey = match self.survey.take() {
            Some(survey) if self.is_of_now(&survey, memory) => survey,
            _ => self.begin_survey(memory, handle, stands)?,
        };
        if stands {
            let looked = self.look_on(&mut survey, handle);
            let back = self.timeline.seek(&mut self.store, stands_at);
            if let Err(error) = looked.and(back) {
                survey.left.clear();
                survey.sample = survey.looked_at;
                self.lose_the_way(&error);
            }
        }
        let view = HeatView {
            memory,
            size: survey.size as f64,
            cell: survey.cell() as f64,
            reads: survey.reads.clone(),
            writes: survey.writes.clone(),
            looked_at: survey.looked_at as f64,
            sample: survey.sample as f64,
            run: (survey.last - survey.first) as f64,
            regions: self.regions(opened, memory, survey.size),
        };
        self.survey = Some(survey);
        Some(view)
    }

    fn is_of_now(&self, survey: &Survey, memory: u32) -> bool {
        survey.memory == memory && (survey.first..=survey.last) == self.timeline.range()
    }

    fn begin_survey(&mut self, memory: u32, handle: Memory, stands: bool) -> Option<Survey> {
        let (first, last) = (*self.timeline.range().start(), *self.timeline.range().end());
        if stands {
            // Memories do not shrink: at its end, it is largest. What goes wrong does so again.
            let _ = self.timeline.seek(&mut self.store, last);
        }
        let mut left = match last - first {
            length if length <= WHOLE => vec![(first, last)],
            _ => self.stretches(first, last),
        };
        left.reverse();
        let pages = handle.size(&self.store).ok()?;
        let size = pages.saturating_mul(handle.ty(&self.store).ok()?.page_size());
        let cells = size.min(CELLS) as usize;
        Some(Survey {
            memory,
            size,
            first,
            last,
            reads: vec![0; cells],
            writes: vec![0; cells],
            looked_at: 0,
            sample: left.iter().map(|(from, to)| to - from).sum(),
            left,
        })
    }

    /// Stretches that are spread evenly over a run. They begin at moments that the
    /// timeline keeps, where there are some, as these are cheap to go to.
    fn stretches(&self, first: u64, last: u64) -> Vec<(u64, u64)> {
        let kept: Vec<u64> = self.timeline.moments().map(|moment| moment.executed).collect();
        let length = WHOLE / STRETCHES;
        let mut stretches: Vec<(u64, u64)> = Vec::new();
        for number in 0..STRETCHES {
            let free = stretches.last().map_or(first, |(_, end)| *end);
            let even = first + (last - first - length) / (STRETCHES - 1) * number;
            let before = kept.partition_point(|at| *at <= even).checked_sub(1);
            let near = before.and_then(|index| kept.get(index)).filter(|near| **near >= free);
            let from = near.copied().unwrap_or(even).max(free);
            stretches.push((from, (from + length).min(last)));
        }
        stretches
    }

    /// Looks at some more instructions.
    fn look_on(&mut self, survey: &mut Survey, memory: Memory) -> Result<(), TimelineError> {
        let Some((from, to)) = survey.left.pop() else { return Ok(()) };
        let end = to.min(from + SLICE);
        if end < to {
            survey.left.push((end, to));
        }
        self.timeline.seek(&mut self.store, from)?;
        self.timeline.walk(&mut self.store, end, |store, job| {
            survey.count(memory, store, job);
            Some(Limit::fuel(1))
        })?;
        survey.looked_at += end - from;
        Ok(())
    }
}
