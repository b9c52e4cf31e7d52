//! The program that runs: an instance, the job of its export, and how far it is to go.

mod calls;
mod moves;
mod values;

use std::collections::VecDeque;
use std::error::Error;
use std::rc::Rc;

use fayasm_core::inspect::Inspector;
use fayasm_core::timeline::Timeline;
use fayasm_core::{Func, Instance, PagingStats, Peak, Store, Val};

pub(super) use self::calls::parse_call;
use super::breakpoints::Armed;
use super::device::{DeviceSetting, Samples};
use super::heat::Survey;
use super::linking::{Calls, Instances};
use super::memory::ShownMemory;
use super::origin::Question;
use super::state::Shown;
use super::terminal::World;
use super::trace::Trace;
use crate::protocol::{ErrorView, TimelineView};

/// The most that a program's memory may take here: a page of the browser has
/// little more to give.
pub(super) const MAX_MEMORY_BYTES: u64 = 512 << 20;

/// How far a run is to go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// It stands.
    Stand,
    /// To its end.
    End,
    /// To the return that leaves this many frames.
    Depth(usize),
    /// Until so many instructions have been executed in all.
    Step(u64),
    /// Back to a breakpoint, in slices of so many instructions.
    Back(u64),
}

/// What a call of a host function waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    /// Something to be typed.
    Input,
    /// A person's answer.
    Answer,
    /// So many nanoseconds to pass.
    Sleep(u64),
}

/// A program that was started.
pub(super) struct Run {
    pub(super) store: Store<World>,
    pub(super) instance: Instance,
    /// The job, and its past.
    pub(super) timeline: Timeline,
    /// Goes when the timeline does.
    pub(super) past: Rc<()>,
    /// All instances that are linked with it, its own as well.
    pub(super) instances: Instances,
    pub(super) calls: Calls,
    /// What is called after the job: start functions, and the export.
    later: VecDeque<(Func, Vec<Val>)>,
    /// Instructions that start functions have executed.
    before: u64,
    /// Whether the call has trapped, where it was executed last.
    traps: bool,
    /// Why it could not go where it was to go.
    pub(super) lost: Option<String>,
    pub(super) armed: Armed,
    /// Which of these it has stopped at.
    pub(super) stopped: Vec<usize>,
    /// How many instructions had been executed where it stood last: there, no breakpoint
    /// stops it again. None where nobody has seen it stand yet.
    pub(super) stood_at: Option<u64>,
    goal: Goal,
    /// What it stands still for, in the middle of a call.
    pending: Option<Pending>,
    export: String,
    arguments: Vec<String>,
    /// The call as text: `rotr(7, 32)`.
    pub(super) call: String,
    /// Which call of the instance it is, counted from one.
    pub(super) number: u32,
    /// How often imports had been bound when the instance was made.
    pub(super) bound: u32,
    pub(super) inspector: Inspector,
    /// Where something came from.
    pub(super) question: Option<Question>,
    /// What the last instructions did.
    pub(super) trace: Trace,
    /// Where it reads and writes memory, as far as that has been looked at.
    pub(super) survey: Option<Survey>,
    pub(super) shown: Shown,
    pub(super) shown_memory: ShownMemory,
    shown_globals: Vec<Val>,
    /// The device that it is on, what it has taken of its RAM, and the most that was, where it was
    /// executed first; before the call as well.
    pub(super) device: DeviceSetting,
    pub(super) ram: Samples,
    pub(super) peak: Peak,
    pub(super) peak_before: Peak,
    /// How pages had come and gone before the call, or where it went on.
    pub(super) stats_before: PagingStats,
    /// Where it went on, if it was committed before.
    pub(super) resumed_at: Option<f64>,
    /// Counts the states that differ from the one before.
    pub(super) revision: u64,
}

impl Run {
    /// Instructions executed so far.
    pub(super) fn executed(&self) -> u64 {
        self.before + self.timeline.job().executed()
    }

    /// Instructions executed of the present call where it stands; where it is known no
    /// further, more than any.
    pub(super) fn moment(&self) -> u64 {
        let executed = self.timeline.job().executed();
        if executed == *self.timeline.range().end() { u64::MAX } else { executed }
    }

    /// Takes what was typed; none ends the input.
    pub(super) fn receive(&mut self, text: Option<&str>) {
        let executed = *self.timeline.range().end();
        self.store.data_mut().receive(text, executed);
    }

    /// How many instructions of the present call are executed at a step.
    pub(super) fn executed_at(&self, step: f64) -> u64 {
        // Steps are whole and below 2⁵³; anything else becomes the nearest that is.
        (step as u64).saturating_sub(self.before)
    }

    /// Instructions executed in all, where so many of the present call are.
    pub(super) fn step_of(&self, executed: u64) -> f64 {
        (self.before + executed) as f64
    }

    /// Instructions that are not those of the present call.
    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// Whether it goes on by itself.
    pub(super) fn is_running(&self) -> bool {
        self.goal != Goal::Stand && !self.waits()
    }

    /// Whether it stays where it is, until a request.
    pub(super) fn stands(&self) -> bool {
        self.goal == Goal::Stand
    }

    /// Whether it goes on by itself once something is typed or answered.
    pub(super) fn is_waiting(&self) -> bool {
        self.goal != Goal::Stand && self.waits()
    }

    /// Whether it stands in the middle of a call of a host function.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    fn waits(&self) -> bool {
        matches!(self.pending, Some(Pending::Input | Pending::Answer))
    }

    /// Whether it has called a function that waits for something to be typed.
    pub(super) fn waits_for_input(&self) -> bool {
        self.pending == Some(Pending::Input)
    }

    /// What it waits for may have come.
    pub(super) fn input_came(&mut self) {
        if self.waits_for_input() {
            self.pending = None;
        }
    }

    /// What can be gone to.
    pub(super) fn timeline_view(&self) -> TimelineView {
        let range = self.timeline.range();
        TimelineView {
            first: (self.before + range.start()) as f64,
            last: (self.before + range.end()) as f64,
            traps: self.traps,
            lost: self.lost.clone(),
        }
    }
}

pub(super) fn titled(error: &dyn Error) -> ErrorView {
    ErrorView::titled(error.to_string())
}
