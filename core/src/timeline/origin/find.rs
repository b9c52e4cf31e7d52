//! Finding the instruction that put something where it is.

use core::ops::Range;

use super::watch::{Quest, Sought};
use crate::execute::{Frame, Job, Limit, Stack};
use crate::inspect::{Location, Next, slots};
use crate::operators::{Class, Operand, Operator as Op};
use crate::runtime::StoreInner;
use crate::timeline::hash::location_hash;
use crate::timeline::{Timeline, TimelineError};
use crate::types::FuncType;

/// Instructions that are looked at one by one before there is a pause.
pub(super) const MAX_STEPS: u64 = 20_000;

/// What a part of the run says about where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// It came before.
    Earlier,
    /// The instruction behind this many put it there.
    At(u64),
    /// This one called the function in which it has been since.
    Entered(u64),
    /// There is too much to look at.
    TooLong,
}

/// What is looked for in a frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    Operand(usize),
    Local(u32),
}

impl Timeline {
    /// What is known, of the instructions from here to `end`, about who put
    /// something where it is. Gives how many were looked at one by one.
    pub(super) fn find(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        of: &Location,
    ) -> Result<(Hit, u64), TimelineError> {
        match *of {
            Location::Operand { frame, slot } => {
                self.find_in_frame(store, end, frame, Wanted::Operand(slot))
            }
            Location::Local { frame, local } => {
                self.find_in_frame(store, end, frame, Wanted::Local(local))
            }
            _ => {
                let sought = Sought::LastWrite;
                let writes = self.writes(store, Quest { to: of, sought, end, most: MAX_STEPS })?;
                let hit = writes.found.map_or(Hit::Earlier, Hit::At);
                let hit = if writes.steps > MAX_STEPS { Hit::TooLong } else { hit };
                Ok((hit, writes.steps))
            }
        }
    }

    /// The same of what lies in a frame. Calls that it makes are gone over at
    /// full speed.
    fn find_in_frame(
        &mut self,
        store: &mut StoreInner,
        end: u64,
        frame: usize,
        wanted: Wanted,
    ) -> Result<(Hit, u64), TimelineError> {
        let (mut hit, mut steps) = (Hit::Earlier, 0);
        let depth = frame + 1;
        while self.job.executed() < end {
            if self.job.depth() > depth {
                let call = Call::of(store, &self.job, frame);
                self.replay(store, end, Limit::NONE.until_depth(depth))?;
                let last = Hit::At(self.job.executed().saturating_sub(1));
                match wanted {
                    _ if self.job.depth() < depth => hit = Hit::Earlier,
                    Wanted::Operand(slot) if self.job.depth() == depth => {
                        let given = call.and_then(|call| call.given(store, &self.job));
                        if given.is_some_and(|given| given.contains(&slot)) {
                            hit = last;
                        }
                    }
                    _ => {}
                }
                continue;
            }
            steps += 1;
            if steps > MAX_STEPS {
                return Ok((Hit::TooLong, steps));
            }
            hit = self.look_at_one(store, frame, wanted, hit)?;
        }
        Ok((hit, steps))
    }

    /// Executes an instruction, and gives what is known behind it.
    fn look_at_one(
        &mut self,
        store: &mut StoreInner,
        frame: usize,
        wanted: Wanted,
        hit: Hit,
    ) -> Result<Hit, TimelineError> {
        let at = self.job.executed();
        let (before, depth) = (self.job.depth(), frame + 1);
        if before < depth {
            self.replay(store, at + 1, Limit::NONE)?;
            return Ok(if self.job.depth() == depth { Hit::Entered(at) } else { Hit::Earlier });
        }
        let step = Step::of(store, &self.job);
        self.replay(store, at + 1, Limit::NONE)?;
        if self.job.depth() < depth {
            // Its results stay where the outermost frame was.
            let stays = self.job.depth() == 0 && matches!(wanted, Wanted::Operand(_));
            return Ok(if stays { Hit::At(at) } else { Hit::Earlier });
        }
        let Some(step) = step else { return Ok(hit) };
        if step.is_tail_call() && step.has_left(&self.job, frame) {
            return Ok(Hit::Entered(at));
        }
        let is_it = match wanted {
            Wanted::Local(local) => step.sets_local == Some(local),
            Wanted::Operand(slot) => step.given(store, &self.job, frame).contains(&slot),
        };
        Ok(if is_it { Hit::At(at) } else { hit })
    }

    /// Executes an instruction; says whether it, a host function that it calls,
    /// or the embedder behind it, writes there.
    pub(super) fn writes_in_step(
        &mut self,
        store: &mut StoreInner,
        to: &Location,
    ) -> Result<bool, TimelineError> {
        let at = self.job.executed();
        let mut writes = writes(store, &self.job, to);
        let known = self.snapshots.get(self.base).and_then(|base| base.host_return(at));
        if let (Some(known), Location::Memory { memory, bytes }) = (known, to) {
            writes |= known.has_written(memory.0.index, bytes);
        }
        let next = self.snapshots.get(self.base + 1);
        let jump = next.is_some_and(|next| next.jump && next.executed <= at + 1);
        if writes || !jump {
            self.replay(store, at + 1, Limit::NONE)?;
            return Ok(writes);
        }
        let before = location_hash(store, &self.job, to);
        self.replay(store, at + 1, Limit::NONE)?;
        Ok(before != location_hash(store, &self.job, to))
    }
}

/// Whether the next instruction of a job writes there.
fn writes(store: &StoreInner, job: &Job, to: &Location) -> bool {
    let Some(next) = Next::of(store, job) else { return false };
    let operator = next.instruction.operator;
    let may = match operator.row().class {
        Class::Store | Class::Modify | Class::Memory => matches!(to, Location::Memory { .. }),
        Class::Table => matches!(to, Location::Table { .. }),
        Class::Variable => matches!(to, Location::Global(_)),
        _ => false,
    };
    if !may {
        return false;
    }
    if let Some(grown) = next.grown() {
        return grown.overlaps(to);
    }
    let mut accesses = next.accesses();
    accesses.any(|it| it.writes && it.location.overlaps(to))
}

/// Where a frame's operands begin on the value stack.
pub(super) fn operands_begin(store: &StoreInner, frame: &Frame) -> usize {
    let instance = store.instances.get(frame.instance as usize);
    let layout = instance.and_then(|it| it.module.layout(frame.function));
    let locals = layout.map_or(0, |layout| layout.param_slots + layout.local_slots);
    frame.base as usize + locals as usize
}

/// How many slots the operands of a frame take, if it is the innermost.
fn height(store: &StoreInner, stack: &Stack, frame: &Frame) -> usize {
    stack.height.saturating_sub(operands_begin(store, frame))
}

/// How many slots the values take that the latest branch in a frame went on with.
fn carried(store: &StoreInner, frame: &Frame) -> usize {
    let Some(instance) = store.instances.get(frame.instance as usize) else { return 0 };
    let Some(layout) = instance.module.layout(frame.function) else { return 0 };
    let (first, count) = (layout.first_entry as usize, layout.entries as usize);
    let entries = instance.module.side_table().get(first..first + count).unwrap_or_default();
    // Those that lead to the same label carry the same.
    let taken = entries
        .iter()
        .find(|entry| (entry.target, entry.next_entry) == (frame.pc, frame.next_entry));
    taken.map_or(0, |entry| entry.keep() as usize)
}

/// A call that a frame waits for.
pub(super) struct Call {
    frame: usize,
    resume_at: u32,
    /// The frame's operands that it has left in place.
    pub(super) below: usize,
}

impl Call {
    pub(super) fn of(store: &StoreInner, job: &Job, frame: usize) -> Option<Call> {
        let [caller, callee] = job.frames().get(frame..frame + 2)? else { return None };
        let below = (callee.base as usize).saturating_sub(operands_begin(store, caller));
        Some(Call { frame, resume_at: caller.resume_at, below })
    }

    /// Whether it has returned, and was not left by an exception.
    pub(super) fn has_returned(&self, job: &Job) -> bool {
        job.depth() == self.frame + 1 && job.frame().is_some_and(|frame| frame.pc == self.resume_at)
    }

    /// The slots that are new now that it is over.
    fn given(&self, store: &StoreInner, job: &Job) -> Option<Range<usize>> {
        let frame = job.frames().get(self.frame)?;
        let height = height(store, job.stack_state(), frame);
        Some(match self.has_returned(job) {
            true => self.below..height,
            false => height.saturating_sub(carried(store, frame))..height,
        })
    }
}

/// What is known of an instruction before it is executed.
pub(super) struct Step {
    pub(super) operator: Op,
    /// Slots of the frame's operands.
    pub(super) height: usize,
    /// Slots that a call takes.
    taken: usize,
    sets_local: Option<u32>,
    address: u32,
    /// Where the next instruction stands.
    pub(super) behind: u32,
}

impl Step {
    pub(super) fn of(store: &StoreInner, job: &Job) -> Option<Step> {
        let frame = job.frame()?;
        let next = Next::of(store, job)?;
        let operator = next.instruction.operator;
        let sets = matches!(operator, Op::LocalSet | Op::LocalTee);
        Some(Step {
            operator,
            height: height(store, job.stack_state(), frame),
            taken: next.callee_type().map_or(0, |ty| next.taken() + param_slots(ty)),
            sets_local: next.local().filter(|_| sets),
            address: frame.address,
            behind: frame.pc + next.instruction.span.len(),
        })
    }

    fn is_tail_call(&self) -> bool {
        matches!(self.operator, Op::ReturnCall | Op::ReturnCallIndirect | Op::ReturnCallRef)
    }

    /// Whether another call of a function has taken the place of this one's.
    fn has_left(&self, job: &Job, frame: usize) -> bool {
        let Some(frame) = job.frames().get(frame) else { return true };
        // Behind a host function it goes on at the last `end`.
        frame.address != self.address || frame.pc < self.behind
    }

    /// Slots that it takes before it branches.
    fn condition(&self) -> usize {
        match self.operator {
            Op::BrIf | Op::BrTable | Op::If | Op::BrOnNull => 1,
            _ => 0,
        }
    }

    /// How far down it has moved the values that it branched with.
    pub(super) fn moved(&self, height: usize) -> usize {
        self.height.saturating_sub(self.condition()).saturating_sub(height)
    }

    /// The operand slots of its frame that are new behind it.
    pub(super) fn given(&self, store: &StoreInner, job: &Job, frame: usize) -> Range<usize> {
        let Some(at) = job.frames().get(frame).filter(|_| job.depth() == frame + 1) else {
            return 0..0;
        };
        let height = height(store, job.stack_state(), at);
        let from = match self.operator {
            Op::Throw | Op::ThrowRef => height.saturating_sub(carried(store, at)),
            it if is_branch(it) && at.pc != self.behind && self.moved(height) > 0 => {
                height.saturating_sub(carried(store, at))
            }
            Op::Call | Op::CallIndirect | Op::CallRef if at.pc != self.behind => {
                height.saturating_sub(carried(store, at))
            }
            Op::Call
            | Op::CallIndirect
            | Op::CallRef
            | Op::ReturnCall
            | Op::ReturnCallIndirect
            | Op::ReturnCallRef => self.height.saturating_sub(self.taken),
            Op::LocalGet | Op::GlobalGet => self.height,
            // It has taken a condition, and one of two of the same size.
            Op::Select | Op::SelectTyped => {
                height.saturating_sub(self.height.saturating_sub(height + 1))
            }
            // They leave what is there, or only take something away.
            Op::LocalTee | Op::RefAsNonNull | Op::RefCast | Op::RefCastNull => height,
            operator if operator.row().class == Class::Control => height,
            operator => self.rest(operator, height),
        };
        from..height
    }

    /// How many slots an operator leaves below what it gives.
    fn rest(&self, operator: Op, height: usize) -> usize {
        let signature = operator.row().signature;
        let open = |operand: &Operand| matches!(operand, Operand::T | Operand::Many);
        match signature.pops.iter().any(open) {
            true => height.saturating_sub(slots(signature.pushes)),
            false => self.height.saturating_sub(slots(signature.pops)),
        }
    }
}

/// How many slots the parameters take.
pub(super) fn param_slots(ty: &FuncType) -> usize {
    ty.params().iter().map(|ty| ty.slots() as usize).sum()
}

/// Whether an operator branches to a label that is named, with the values that it carries.
pub(super) fn is_branch(operator: Op) -> bool {
    matches!(
        operator,
        Op::Br
            | Op::BrIf
            | Op::BrTable
            | Op::BrOnNull
            | Op::BrOnNonNull
            | Op::BrOnCast
            | Op::BrOnCastFail
    )
}
