//! What an instruction that put something where it is took it from.

use alloc::vec::Vec;
use core::ops::Range;

use super::find::{Call, Hit, Step, is_branch, operands_begin};
use super::{Cause, MAX_SOURCES};
use crate::allocate::OutOfMemory;
use crate::decode::Immediates;
use crate::execute::{Job, Limit};
use crate::inspect::{Access, Location, Next, find_local_types, slots};
use crate::operators::{Class, Operand, Operator as Op};
use crate::runtime::StoreInner;
use crate::timeline::snapshot::reserve;
use crate::timeline::{Timeline, TimelineError};

impl Timeline {
    /// Why something is where it is, since this instruction, before which the
    /// timeline stands.
    pub(super) fn cause(
        &mut self,
        store: &mut StoreInner,
        of: &Location,
        hit: Hit,
    ) -> Result<Cause, TimelineError> {
        match (of, hit) {
            (_, Hit::Earlier | Hit::TooLong) => Ok(self.beginning(store, of)),
            (Location::Local { frame, local }, Hit::Entered(_)) => {
                self.parameter(store, *frame, *local)
            }
            (_, Hit::Entered(_)) => Ok(Cause::Initial),
            (Location::Operand { frame, slot }, Hit::At(_)) => self.operand(store, *frame, *slot),
            (Location::Local { frame, local }, Hit::At(_)) => {
                let slots = local_slots(store, &self.job, *frame, *local);
                let step = Step::of(store, &self.job);
                let height = step.map_or(0, |step| step.height);
                let slot = height.saturating_sub(slots);
                Ok(Cause::Copied(Location::Operand { frame: *frame, slot }))
            }
            (_, Hit::At(_)) => self.written(store, of),
        }
    }

    /// Why something is there at the beginning.
    fn beginning(&self, store: &StoreInner, of: &Location) -> Cause {
        if *self.range().start() > 0 {
            return Cause::Forgotten;
        }
        match *of {
            Location::Local { frame: 0, local } => {
                let frame = self.job.frame();
                let ty = frame.and_then(|it| store.function_type(it.address as usize));
                match ty.is_some_and(|ty| (local as usize) < ty.params().len()) {
                    true => Cause::Argument(local),
                    false => Cause::Initial,
                }
            }
            // It is the result of a host function.
            Location::Operand { .. } => Cause::Host,
            _ => Cause::Initial,
        }
    }

    /// Of a local that has not been set since its function was called here.
    fn parameter(
        &mut self,
        store: &mut StoreInner,
        frame: usize,
        local: u32,
    ) -> Result<Cause, TimelineError> {
        let Some(call) = Step::of(store, &self.job) else { return Ok(Cause::Initial) };
        let caller = self.job.depth().saturating_sub(1);
        let at = self.job.executed();
        let taken = Next::of(store, &self.job).map_or(0, |next| next.taken());
        self.replay(store, at + 1, Limit::NONE)?;
        let called = self.job.frames().get(frame);
        let ty = called.and_then(|it| store.function_type(it.address as usize));
        let Some(ty) = ty.filter(|ty| (local as usize) < ty.params().len()) else {
            return Ok(Cause::Initial);
        };
        let above: u32 = ty.params().iter().skip(local as usize).map(|ty| ty.slots()).sum();
        let slot = call.height.saturating_sub(taken + above as usize);
        Ok(Cause::Copied(Location::Operand { frame: caller, slot }))
    }

    /// Of an operand that the next instruction gives.
    fn operand(
        &mut self,
        store: &mut StoreInner,
        frame: usize,
        slot: usize,
    ) -> Result<Cause, TimelineError> {
        let at = self.job.executed();
        let Some(step) = Step::of(store, &self.job) else { return Ok(Cause::Host) };
        let own = |slot| Location::Operand { frame, slot };
        if self.job.depth() > frame + 1 {
            // It returns, or throws what a function around it catches.
            let call = Call::of(store, &self.job, frame);
            let results = self.result_slots(store);
            self.replay(store, at + 1, Limit::NONE)?;
            let Some(call) = call.filter(|call| call.has_returned(&self.job)) else {
                return Ok(Cause::Computed(Vec::new()));
            };
            let slot = (step.height + slot).saturating_sub(results + call.below);
            return Ok(Cause::Copied(Location::Operand { frame: frame + 1, slot }));
        }
        let next = Next::of(store, &self.job);
        let known = next.as_ref().and_then(known);
        let [one, other] = next.as_ref().map_or([None, None], both);
        let read = [one, other].into_iter().flatten().map(|it| it.location);
        let chosen = self.job.stack_state().in_use().last().is_some_and(|it| *it as u32 != 0);
        let results = self.result_slots(store);
        self.replay(store, at + 1, Limit::NONE)?;
        if self.job.depth() <= frame {
            // Results take the place of the outermost frame.
            return Ok(Cause::Copied(own((step.height + slot).saturating_sub(results))));
        }
        let given = step.given(store, &self.job, frame);
        let cause = match step.operator {
            Op::Call | Op::CallIndirect | Op::CallRef if step.has_gone_on(&self.job) => Cause::Host,
            Op::ReturnCall | Op::ReturnCallIndirect | Op::ReturnCallRef => Cause::Host,
            it if is_branch(it) => Cause::Copied(own(slot + step.moved(given.end))),
            Op::Select | Op::SelectTyped if chosen => Cause::Copied(own(slot)),
            Op::Select | Op::SelectTyped => Cause::Copied(own(slot + given.len())),
            operator => match known {
                Some(known) => known,
                None => {
                    let operands = operands(operator, given.start, step.height).map(own);
                    computed(operands.take(MAX_SOURCES).chain(read))?
                }
            },
        };
        Ok(cause)
    }

    /// How many slots the results of the innermost function take.
    fn result_slots(&self, store: &StoreInner) -> usize {
        let Some(frame) = self.job.frame() else { return 0 };
        let instance = store.instances.get(frame.instance as usize);
        let layout = instance.and_then(|it| it.module.layout(frame.function));
        layout.map_or(0, |layout| layout.result_slots as usize)
    }

    /// Of what the next instruction writes, besides operands and locals.
    fn written(&self, store: &StoreInner, of: &Location) -> Result<Cause, TimelineError> {
        let Some(next) = Next::of(store, &self.job) else { return Ok(Cause::Host) };
        let operator = next.instruction.operator;
        let grown = next.grown();
        let accesses = both(&next);
        let all = || accesses.iter().flatten();
        let written = all().find(|it| it.writes).map(|it| &it.location).or(grown.as_ref());
        let Some(written) = written.filter(|written| written.overlaps(of)) else {
            return Ok(Cause::Host);
        };
        let begin = self.job.frame().map_or(0, |frame| operands_begin(store, frame));
        let frame = self.job.depth().saturating_sub(1);
        let operand = |index: usize| {
            let slot = next.operand_slot(index)?.checked_sub(begin)?;
            Some(Location::Operand { frame, slot })
        };
        let part = common(written, of);
        let modifies = operator.row().class == Class::Modify;
        let lane = matches!(next.instruction.immediates, Immediates::MemArgLane(..));
        let from = match operator {
            Op::MemoryInit | Op::TableInit | Op::MemoryGrow => None,
            Op::MemoryCopy | Op::TableCopy => {
                let read = all().find(|it| !it.writes).map(|it| &it.location);
                read.and_then(|read| moved(&part, written, read))
            }
            Op::TableGrow => operand(0),
            Op::GlobalSet => {
                let size = global_slots(store, of);
                let slot = next.slots.len().saturating_sub(begin + size);
                Some(Location::Operand { frame, slot })
            }
            _ => operand(1),
        };
        Ok(match (from, operator) {
            (None, Op::MemoryGrow) if part == *of => Cause::Initial,
            (None, _) if part == *of => Cause::Constant,
            (Some(from), _) if part == *of && !lane && !modifies => Cause::Copied(from),
            // What a comparison expects is there if it is exchanged.
            (from, _) if modifies => computed(from.into_iter().chain(operand(2)).chain([part]))?,
            (from, _) => computed(from.into_iter().chain(others(&part, of)))?,
        })
    }
}

/// How many slots a value of a global takes.
fn global_slots(store: &StoreInner, global: &Location) -> usize {
    let Location::Global(global) = global else { return 1 };
    let global = store.globals.get(global.0.index as usize);
    global.map_or(1, |global| global.ty.content.slots() as usize)
}

/// How many slots a local takes.
fn local_slots(store: &StoreInner, job: &Job, frame: usize, local: u32) -> usize {
    let frame = job.frames().get(frame);
    let types = frame.and_then(|frame| find_local_types(store, frame)).unwrap_or_default();
    types.get(local as usize).map_or(1, |ty| ty.slots() as usize)
}

/// The part of a place that lies in another, with which it has something in common.
fn common(whole: &Location, of: &Location) -> Location {
    let both = |a: &Range<u64>, b: &Range<u64>| a.start.max(b.start)..a.end.min(b.end);
    match (whole, of) {
        (Location::Memory { bytes: whole, .. }, Location::Memory { memory, bytes }) => {
            Location::Memory { memory: *memory, bytes: both(whole, bytes) }
        }
        (Location::Table { elements: whole, .. }, Location::Table { table, elements }) => {
            Location::Table { table: *table, elements: both(whole, elements) }
        }
        _ => of.clone(),
    }
}

/// What lies in front of a part of a place, and behind it.
fn others(part: &Location, of: &Location) -> impl Iterator<Item = Location> {
    let around = |part: &Range<u64>, of: &Range<u64>| [of.start..part.start, part.end..of.end];
    let found = match (part, of) {
        (Location::Memory { bytes: part, .. }, Location::Memory { memory, bytes }) => {
            around(part, bytes).map(|bytes| {
                (!bytes.is_empty()).then_some(Location::Memory { memory: *memory, bytes })
            })
        }
        (Location::Table { elements: part, .. }, Location::Table { table, elements }) => {
            around(part, elements).map(|elements| {
                (!elements.is_empty()).then_some(Location::Table { table: *table, elements })
            })
        }
        _ => [None, None],
    };
    found.into_iter().flatten()
}

/// Where a part of what is written by copying is read.
fn moved(part: &Location, written: &Location, read: &Location) -> Option<Location> {
    let shift = |part: &Range<u64>, written: &Range<u64>, read: &Range<u64>| {
        let from = read.start + (part.start - written.start);
        from..from + (part.end - part.start)
    };
    Some(match (part, written, read) {
        (
            Location::Memory { bytes: part, .. },
            Location::Memory { bytes: written, .. },
            Location::Memory { memory, bytes },
        ) => Location::Memory { memory: *memory, bytes: shift(part, written, bytes) },
        (
            Location::Table { elements: part, .. },
            Location::Table { elements: written, .. },
            Location::Table { table, elements },
        ) => Location::Table { table: *table, elements: shift(part, written, elements) },
        _ => return None,
    })
}

impl Step {
    /// Whether the innermost function has gone on behind this one.
    fn has_gone_on(&self, job: &Job) -> bool {
        job.frame().is_some_and(|frame| frame.pc == self.behind)
    }
}

/// Why an instruction gives what it gives, so far as it says that itself.
fn known(next: &Next<'_>) -> Option<Cause> {
    let row = next.instruction.operator.row();
    let copies = match row.class {
        Class::Constant => return Some(Cause::Constant),
        Class::Load | Class::Modify => {
            !matches!(next.instruction.immediates, Immediates::MemArgLane(..))
        }
        Class::Variable => true,
        Class::Table => next.instruction.operator == Op::TableGet,
        Class::Reference => match next.instruction.operator {
            Op::RefNull | Op::RefFunc => return Some(Cause::Constant),
            _ => false,
        },
        _ => false,
    };
    let access = next.accesses().next().filter(|_| copies)?;
    Some(Cause::Copied(access.location))
}

/// What an instruction reads and writes.
fn both(next: &Next<'_>) -> [Option<Access>; 2] {
    let mut all = next.accesses();
    [all.next(), all.next()]
}

/// The operands that an operator took, from one slot to another: where they begin.
fn operands(operator: Op, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let pops = operator.row().signature.pops;
    let is_known = pops.iter().all(|it| !matches!(it, Operand::T | Operand::Many));
    let begins = move |slot: &usize| {
        let mut at = from;
        let mut operands = pops.iter();
        !is_known
            || operands.any(|operand| {
                let is_it = at == *slot;
                at += slots(core::slice::from_ref(operand));
                is_it
            })
    };
    (from..to).filter(begins)
}

/// It is computed of these.
fn computed(from: impl Iterator<Item = Location>) -> Result<Cause, OutOfMemory> {
    let mut sources = Vec::new();
    for source in from {
        reserve(&mut sources, 1)?;
        sources.push(source);
    }
    Ok(Cause::Computed(sources))
}
