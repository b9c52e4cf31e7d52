//! How a run moves: forwards in slices until it is where it is to go, and to anywhere that is known.

use std::rc::Rc;

use fayasm_core::timeline::TimelineError;
use fayasm_core::{Func, Limit, Outcome, Peak, Val};

use super::calls::begin;
use super::{Goal, Pending, Run};
use crate::protocol::ErrorView;
use crate::session::Next;
use crate::session::breakpoints::STRIDE;
use crate::session::device::Samples;
use crate::session::modules::Modules;
use crate::session::trace::Trace;

impl Run {
    /// Takes the results of the call that it waits for, and goes on: by that call
    /// alone if it was to stand.
    pub(in crate::session) fn answer(&mut self, values: &[String]) -> Result<(), ErrorView> {
        self.calls.answer(values)?;
        self.pending = None;
        if self.goal == Goal::Stand {
            self.step();
        }
        Ok(())
    }

    pub(in crate::session) fn step(&mut self) {
        self.goal = Goal::Stand;
        self.traced(|run| run.run(|run| run.timeline.run(&mut run.store, Limit::fuel(1))));
        self.pass();
    }

    pub(in crate::session) fn step_over(&mut self) {
        let depth = self.timeline.job().depth();
        self.step();
        if self.timeline.job().depth() > depth && self.timeline.job().is_running() {
            // It does not stand here, so a breakpoint here stops it.
            self.stood_at = None;
            self.goal = Goal::Depth(depth);
        }
    }

    pub(in crate::session) fn step_out(&mut self) {
        self.leave();
        self.goal = Goal::Depth(self.timeline.job().depth().saturating_sub(1));
        self.stand_if_over();
    }

    pub(in crate::session) fn go_on(&mut self) {
        self.leave();
        self.goal = Goal::End;
        self.stand_if_over();
    }

    /// Runs backwards to a breakpoint.
    pub(in crate::session) fn go_on_back(&mut self) {
        self.go(|_| Ok(()));
        self.goal = Goal::Back(STRIDE);
    }

    pub(in crate::session) fn go_on_to(&mut self, step: f64) {
        self.leave();
        // Steps are whole and below 2⁵³; anything else becomes the nearest that is.
        self.goal = Goal::Step(step as u64);
        self.stand_if_over();
    }

    pub(in crate::session) fn stop(&mut self) {
        self.goal = Goal::Stand;
        self.pass();
    }

    /// It is seen to stand here: going on from here, no breakpoint stops it here.
    pub(in crate::session) fn pass(&mut self) {
        self.stood_at = Some(self.timeline.job().executed());
    }

    /// It goes on, from where it was seen to stand.
    fn leave(&mut self) {
        self.stopped.clear();
        if self.stood_at.is_some() && self.goal == Goal::Stand {
            self.pass();
        }
    }

    /// Runs on for at most so many instructions.
    pub(in crate::session) fn advance(&mut self, instructions: u64, modules: &Modules) -> Next {
        let mut limit = match self.goal {
            Goal::Stand => return Next::Rest,
            Goal::Back(stride) => return self.advance_back(stride, modules),
            Goal::End => Limit::fuel(instructions),
            Goal::Depth(depth) => Limit::fuel(instructions).until_depth(depth),
            Goal::Step(step) => {
                let left = step.saturating_sub(self.executed());
                if left == 0 {
                    self.stop();
                    return Next::Rest;
                }
                Limit::fuel(instructions.min(left))
            }
        };
        if self.device.board > 0 {
            // So often it is looked at what everything takes.
            limit.fuel = limit.fuel.min(Samples::stride(self.timeline.job().executed()));
        }
        limit.fuel = self.armed.slice(limit.fuel);
        // Whoever names a step goes there.
        let stops = !self.armed.is_empty() && !matches!(self.goal, Goal::Step(_));
        let go = |run: &mut Run| {
            run.run(|run| match stops {
                true => run.run_to_breakpoint(modules, limit),
                false => run.timeline.run(&mut run.store, limit),
            });
        };
        match instructions {
            1 => self.traced(go),
            _ => go(self),
        }
        match self.pending {
            _ if !self.is_running() => Next::Rest,
            Some(Pending::Sleep(nanoseconds)) => Next::Sleep(nanoseconds),
            _ => Next::More,
        }
    }

    /// Goes back by a slice.
    fn advance_back(&mut self, stride: u64, modules: &Modules) -> Next {
        self.revision += 1;
        match self.run_back_to_breakpoint(modules, stride) {
            Ok(Some(stride)) => self.goal = Goal::Back(stride),
            Ok(None) => self.stop(),
            Err(error) => self.lose_the_way(&error),
        }
        if self.is_running() { Next::More } else { Next::Rest }
    }

    /// Runs, and sees what became of it.
    fn run(&mut self, run: impl FnOnce(&mut Run) -> Result<Outcome, TimelineError>) {
        self.revision += 1;
        self.pending = None;
        self.lost = None;
        self.stopped.clear();
        // What was executed again took more or less than it did at first.
        self.store.forget_peak();
        let outcome = match run(self) {
            Ok(outcome) => outcome,
            Err(error) => return self.lose_the_way(&error),
        };
        self.note_ram();
        match outcome {
            Outcome::Done => match self.later.pop_front() {
                Some((func, values)) => self.begin_call(func, &values),
                None => self.goal = Goal::Stand,
            },
            Outcome::OutOfFuel => {}
            Outcome::Pending(_) => {
                let sleep = self.store.data_mut().take_sleep();
                self.pending = Some(match sleep {
                    _ if self.calls.asks() => Pending::Answer,
                    Some(nanoseconds) => Pending::Sleep(nanoseconds),
                    None => Pending::Input,
                });
            }
            outcome => {
                self.traps |= matches!(outcome, Outcome::Trapped(_));
                self.stop();
            }
        }
    }

    /// Goes on from a start function to what comes after it.
    fn begin_call(&mut self, func: Func, values: &[Val]) {
        match begin(&mut self.store, func, values) {
            Ok(timeline) => {
                self.before += self.timeline.job().executed();
                self.timeline = timeline;
                self.store.data_mut().settle();
                self.question = None;
                (self.past, self.stood_at) = (Rc::default(), None);
                (self.trace, self.survey) = (Trace::new(), None);
                (self.ram, self.peak_before) = (Samples::default(), self.most());
                self.peak = Peak::default();
                if matches!(self.goal, Goal::Depth(_)) {
                    self.goal = Goal::Stand;
                }
            }
            // The value stack has no room for it: nothing more to run.
            Err(_) => self.goal = Goal::Stand,
        }
    }

    /// Stands still, and says why it cannot go where it was to go.
    pub(in crate::session) fn lose_the_way(&mut self, error: &TimelineError) {
        self.goal = Goal::Stand;
        self.lost = Some(error.to_string());
    }

    /// Goes to where so many instructions have been executed in all.
    pub(in crate::session) fn seek(&mut self, step: f64) {
        let range = self.timeline.range();
        let to = self.executed_at(step).clamp(*range.start(), *range.end());
        self.go(|run| run.arrive(to));
    }

    /// Goes back by an instruction.
    pub(in crate::session) fn step_back(&mut self) {
        let at = self.timeline.job().executed();
        if at > *self.timeline.range().start() {
            self.go(|run| run.arrive(at - 1));
        } else {
            // At the beginning, there is nowhere to go back to.
            self.go(|_| Ok(()));
        }
    }

    /// Goes back by an instruction, or over a call.
    pub(in crate::session) fn step_back_over(&mut self) {
        self.go(|run| run.timeline.step_back_over(&mut run.store));
    }

    /// Goes back to the call of the current function.
    pub(in crate::session) fn step_back_out(&mut self) {
        self.go(|run| run.timeline.step_back_out(&mut run.store));
    }

    /// Goes elsewhere on the timeline, and stands there.
    fn go(&mut self, go: impl FnOnce(&mut Run) -> Result<(), TimelineError>) {
        self.goal = Goal::Stand;
        self.pending = None;
        self.lost = None;
        self.stopped.clear();
        self.revision += 1;
        match go(self) {
            // At the beginning, there is nowhere to go back to.
            Ok(()) | Err(TimelineError::OutOfRange { .. }) => {}
            Err(error) => self.lose_the_way(&error),
        }
        self.pass();
    }

    fn stand_if_over(&mut self) {
        if !self.timeline.job().is_running() {
            self.goal = Goal::Stand;
        }
    }
}
