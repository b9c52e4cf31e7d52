//! The calls of a part of a run, found by going over it piece by piece. After each piece,
//! the run stands again where it stood.

use std::rc::{Rc, Weak};

use fayasm_core::timeline::TimelineError;
use fayasm_core::{Frame, Instance, Limit};

use super::modules::Modules;
use super::run::Run;
use super::text;
use crate::protocol::{CallView, CallsView};

/// A part of a run of at most so many instructions is gone over instruction by instruction;
/// a longer one is looked at so many times.
const GONE_OVER: u64 = 20_000_000;
const LOOKS: u64 = 1000;

/// Of a part of a run longer than this, only the moments are looked at that the timeline keeps.
const LOOKED_AT: u64 = 400_000_000;

/// As long as writing an instruction down takes looking at so many, or going over so many.
const LOOKED: u64 = 20;
const PASSED: u64 = 200;

/// How deep calls are followed. Deeper ones are passed over, so many instructions at a time.
const MAX_DEPTH: usize = 64;
const LEAP: u64 = 500_000;

/// What is shorter than this part of the whole is drawn together with its neighbours.
const PARTS: u64 = 500;

/// Most calls that are listed; if there are more, longer ones are drawn together as well.
const MAX_CALLS: usize = 1200;

/// What has come of going on.
pub(super) enum Progress {
    More(Chart),
    /// None if the run is gone.
    Over(Option<Box<CallsView>>),
}

/// The calls found so far.
pub(super) struct Chart {
    past: Weak<()>,
    from: u64,
    at: u64,
    to: u64,
    /// If it is looked at now and then: after how many instructions.
    every: Option<u64>,
    begun: bool,
    calls: Calls,
}

impl Chart {
    pub(super) fn new(run: &Run, from: f64, to: f64) -> Chart {
        let (first, last) = (*run.timeline.range().start(), *run.timeline.range().end());
        let from = run.executed_at(from).clamp(first, last);
        let to = run.executed_at(to).clamp(from, last);
        let length = to - from;
        let every = (length > GONE_OVER).then_some(length / LOOKS);
        let past = Rc::downgrade(&run.past);
        let calls = Calls { least: (length / PARTS).max(1), ..Calls::default() };
        Chart { past, from, at: from, to, every, begun: false, calls }
    }

    pub(super) fn go_on(
        mut self,
        run: Option<&mut Run>,
        modules: &Modules,
        portion: u64,
    ) -> Progress {
        let run =
            run.filter(|run| self.past.upgrade().is_some_and(|it| Rc::ptr_eq(&it, &run.past)));
        let Some(run) = run else { return Progress::Over(None) };
        let stands_at = run.timeline.job().executed();
        let gone = match self.every {
            None => self.walk(run, portion),
            Some(every) => self.look(run, portion, every),
        };
        let back = run.timeline.seek(&mut run.store, stands_at);
        match (gone.and(back), self.at < self.to) {
            (Err(_), _) => Progress::Over(None),
            (Ok(()), true) => Progress::More(self),
            (Ok(()), false) => Progress::Over(Some(Box::new(self.view(run, modules)))),
        }
    }

    /// Goes over the next instructions.
    fn walk(&mut self, run: &mut Run, portion: u64) -> Result<(), TimelineError> {
        run.timeline.seek(&mut run.store, self.at)?;
        let calls = &mut self.calls;
        if !std::mem::replace(&mut self.begun, true) {
            calls.stand_at(self.from, run.timeline.job().frames());
            calls.began = calls.open.len();
        }
        let mut left = portion.saturating_mul(LOOKED);
        run.timeline.walk(&mut run.store, self.to, |_, job| {
            let depth = job.depth();
            left = left.checked_sub(1)?;
            if depth > MAX_DEPTH {
                calls.deeper = true;
                left = left.saturating_sub(LEAP / PASSED * LOOKED);
                return Some(Limit::fuel(LEAP).until_depth(MAX_DEPTH));
            }
            if depth != calls.open.len() || !calls.is_in(job.frame()) {
                calls.stand_at(job.executed(), job.frames());
            }
            Some(Limit::fuel(1))
        })?;
        self.at = run.timeline.job().executed();
        Ok(())
    }

    /// Looks at the next moments.
    fn look(&mut self, run: &mut Run, portion: u64, every: u64) -> Result<(), TimelineError> {
        let mut spent = 0;
        while spent < portion && self.at < self.to {
            run.timeline.seek(&mut run.store, self.at)?;
            let frames = run.timeline.job().frames();
            self.calls.deeper |= frames.len() > MAX_DEPTH;
            self.calls.stand_at(self.at, frames);
            if !std::mem::replace(&mut self.begun, true) {
                self.calls.began = self.calls.open.len();
            }
            let next = match self.to - self.from > LOOKED_AT {
                true => run.timeline.moments().map(|it| it.executed).find(|it| *it > self.at),
                false => Some(self.at + every),
            };
            let next = next.unwrap_or(self.to).min(self.to);
            spent += 100 + (next - self.at).min(LEAP) / PASSED;
            self.at = next;
        }
        Ok(())
    }

    fn view(mut self, run: &Run, modules: &Modules) -> CallsView {
        self.calls.close_to(0, self.to);
        let mut functions = Vec::new();
        for function in self.calls.all().filter_map(|call| call.function) {
            if !functions.contains(&function) {
                functions.push(function);
            }
        }
        let name = |&(instance, function): &(Instance, u32)| {
            let module = run.instances.module_of(instance);
            let opened = module.and_then(|module| modules.get(module));
            opened.map_or_else(String::new, |opened| opened.function_name(function))
        };
        let began_before = self.from > *run.timeline.range().start();
        let rows = self.calls.rows.iter().enumerate();
        let calls = rows.flat_map(|(depth, row)| row.iter().map(move |call| (depth, call)));
        let calls = calls.map(|(depth, call)| CallView {
            depth: text::offset(depth),
            name: call.function.and_then(|function| {
                functions.iter().position(|it| *it == function).map(text::offset)
            }),
            from: run.step_of(call.from),
            to: run.step_of(call.to),
            calls: call.calls,
            began_before: began_before && depth < self.calls.began && call.from == self.from,
        });
        CallsView {
            from: run.step_of(self.from),
            to: run.step_of(self.to),
            calls: calls.collect(),
            names: functions.iter().map(name).collect(),
            deeper: self.calls.deeper,
            every: self.every.map(|every| every as f64),
        }
    }
}

/// Calls, in a row for each depth.
#[derive(Default)]
struct Calls {
    /// Those that have not returned, the innermost last: function, and since when.
    open: Vec<(Instance, u32, u64)>,
    rows: Vec<Vec<Call>>,
    /// What is shorter is drawn together.
    least: u64,
    /// How many calls are in `rows`.
    count: usize,
    /// How many were open at the beginning.
    began: usize,
    deeper: bool,
}

/// A call, or several short ones.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Call {
    /// None if they are of several functions.
    function: Option<(Instance, u32)>,
    from: u64,
    to: u64,
    calls: u32,
}

impl Calls {
    fn all(&self) -> impl Iterator<Item = &Call> {
        self.rows.iter().flatten()
    }

    /// Whether the innermost call is the one of this frame.
    fn is_in(&self, frame: Option<&Frame>) -> bool {
        self.open.last().is_some_and(|&(instance, function, _)| {
            frame.is_some_and(|it| (it.instance(), it.function()) == (instance, function))
        })
    }

    /// Takes note of the frames that there are after so many instructions.
    fn stand_at(&mut self, at: u64, frames: &[Frame]) {
        let frames = frames.get(..MAX_DEPTH).unwrap_or(frames);
        let same = self.open.iter().zip(frames).take_while(|((instance, function, _), frame)| {
            (frame.instance(), frame.function()) == (*instance, *function)
        });
        self.close_to(same.count(), at);
        let new = frames.iter().skip(self.open.len());
        self.open.extend(new.map(|frame| (frame.instance(), frame.function(), at)));
    }

    /// The calls nested deeper than this have returned.
    fn close_to(&mut self, depth: usize, at: u64) {
        while self.open.len() > depth {
            let Some((instance, function, from)) = self.open.pop() else { return };
            let call = Call { function: Some((instance, function)), from, to: at, calls: 1 };
            let depth = self.open.len();
            if self.rows.len() <= depth {
                self.rows.resize_with(depth + 1, Vec::new);
            }
            if let Some(row) = self.rows.get_mut(depth) {
                self.count += usize::from(add(row, call, self.least));
            }
            if self.count > MAX_CALLS {
                self.draw_together();
            }
        }
    }

    /// Draws more together, until there are half as many.
    fn draw_together(&mut self) {
        while self.count > MAX_CALLS / 2 {
            self.least = self.least.saturating_mul(2);
            self.count = 0;
            for row in &mut self.rows {
                for call in std::mem::take(row) {
                    self.count += usize::from(add(row, call, self.least));
                }
            }
            if self.least == u64::MAX {
                return;
            }
        }
    }
}

/// Adds a call to its row, or draws it together with the one before. Says whether there is
/// one more then.
fn add(row: &mut Vec<Call>, call: Call, least: u64) -> bool {
    let is_short = |it: &Call| it.calls > 1 || it.to - it.from < least;
    match row.last_mut() {
        Some(last)
            if is_short(last) && is_short(&call) && call.from.saturating_sub(last.to) < least =>
        {
            last.to = call.to;
            last.calls = last.calls.saturating_add(call.calls);
            last.function = last.function.filter(|function| Some(*function) == call.function);
            false
        }
        _ => {
            row.push(call);
            true
        }
    }
}
