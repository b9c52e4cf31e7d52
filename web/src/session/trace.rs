//! What the last instructions did: the values that passed through them, and where they
//! read and wrote.

use fayasm_core::decode::{self, Field, Observer, Reader, Value, fields};
use fayasm_core::inspect::{Access, Location, attempts};
use fayasm_core::timeline::TimelineError;
use fayasm_core::{Extern, ExternKind, Instance, Limit, Memory, Operator};

use super::card::operand_name;
use super::explain::plain_value;
use super::modules::Modules;
use super::run::Run;
use super::text;
use crate::protocol::{PassedView, Span, TouchView, ValueView};

/// Values that are kept.
const KEPT: usize = 4;

/// How many instructions are gone back at first for them, and where few of these have values.
const LOOK_BACK: [u64; 2] = [12, 256];

/// What the last instructions did.
#[derive(Debug)]
pub(super) struct Trace {
    /// Where it ends: how many instructions had been executed.
    at: Option<u64>,
    /// The latest last.
    values: Vec<Passed>,
    /// What the very last one read and wrote.
    accesses: Vec<Access>,
}

/// A value that passed through.
#[derive(Debug)]
struct Passed {
    /// How many instructions had been executed before this one.
    executed: u64,
    instance: Instance,
    operator: Operator,
    offset: u32,
    popped: bool,
    value: ValueView,
}

impl Trace {
    /// Of a call that stands at its beginning.
    pub(super) fn new() -> Self {
        Trace { at: Some(0), values: Vec::new(), accesses: Vec::new() }
    }
}

impl Run {
    /// Lets the next instruction be executed, and notes what it did.
    pub(super) fn traced<R>(&mut self, execute: impl FnOnce(&mut Run) -> R) -> R {
        let before = self.timeline.job().executed();
        // The operands of a call that is being waited for are no longer to be seen.
        let is_known = self.trace.at == Some(before) && !self.is_pending();
        let seen = if is_known { self.passing() } else { None };
        let done = execute(self);
        let after = self.timeline.job().executed();
        if let Some((values, accesses)) = seen
            && self.trace.at == Some(before)
            && after == before + 1
        {
            self.trace.at = Some(after);
            self.trace.accesses = accesses;
            let oldest = after.saturating_sub(LOOK_BACK[1]);
            for passed in values {
                self.trace.values.push(passed);
                if self.trace.values.len() > KEPT {
                    self.trace.values.remove(0);
                }
            }
            self.trace.values.retain(|passed| passed.executed >= oldest);
        }
        done
    }

    /// Goes to where so many instructions of the call have been executed, by way of the
    /// last few before it.
    pub(super) fn arrive(&mut self, to: u64) -> Result<(), TimelineError> {
        let first = *self.timeline.range().start();
        for back in LOOK_BACK {
            let from = to.saturating_sub(back).max(first);
            self.timeline.seek(&mut self.store, from)?;
            self.trace = Trace { at: Some(from), ..Trace::new() };
            while self.timeline.job().executed() < to {
                let before = self.timeline.job().executed();
                self.traced(|run| run.timeline.run(&mut run.store, Limit::fuel(1)))?;
                if self.timeline.job().executed() == before {
                    break;
                }
            }
            if self.trace.values.len() >= KEPT || from == first {
                break;
            }
        }
        Ok(())
    }

    /// Finds out what the last instructions did, wherever it was come from.
    pub(super) fn look_back(&mut self) -> Result<(), TimelineError> {
        let at = self.timeline.job().executed();
        match self.trace.at == Some(at) {
            true => Ok(()),
            false => self.arrive(at),
        }
    }

    /// What passes through the next instruction: immediates, then operands, the top of
    /// the stack first.
    fn passing(&mut self) -> Option<(Vec<Passed>, Vec<Access>)> {
        let job = self.timeline.job();
        let frame = *job.frame()?;
        let place = self.inspector.place(&self.store, &frame)?;
        let (instruction, executed) = (&place.instruction, job.executed());
        let operands = self.inspector.operands(&self.store, job, job.depth() - 1);
        let taken = operands.len().saturating_sub(place.effect.pops);
        let instance = frame.instance();
        let mut immediates = Immediates::default();
        let module = instance.module(&self.store)?;
        let mut reader = Reader::reporting(module.bytes(), 0, &mut immediates as &mut dyn Observer);
        reader.skip_to(instruction.span.start);
        // It is valid.
        let _ = decode::instruction(&mut reader);
        drop(reader);
        let passed = |popped, value| Passed {
            executed,
            instance,
            operator: instruction.operator,
            offset: instruction.span.start,
            popped,
            value,
        };
        let popped =
            operands.iter().skip(taken).enumerate().take(KEPT).rev().map(|(index, value)| {
                let name = operand_name(instruction, index, place.effect.pops);
                passed(true, text::value(name.to_owned(), *value, false))
            });
        let read = immediates.0.into_iter().map(|value| passed(false, value));
        Some((read.chain(popped).collect(), attempts(&self.store, job)))
    }

    /// The last values that passed through, the latest first.
    pub(super) fn passed(&self, modules: &Modules) -> Vec<PassedView> {
        let executed = self.timeline.job().executed();
        if self.trace.at != Some(executed) || !self.has_instruction() {
            return Vec::new();
        }
        let view = |passed: &Passed| PassedView {
            value: passed.value.clone(),
            popped: passed.popped,
            mnemonic: passed.operator.mnemonic().to_owned(),
            offset: passed.offset,
            here: self.module_of(modules, passed.instance) == modules.shown_index(),
            // No more than are looked back at.
            ago: (executed - passed.executed) as u32,
        };
        self.trace.values.iter().rev().map(view).collect()
    }

    /// Bytes that the next instruction reads and writes, and the last one.
    pub(super) fn touched(&self) -> Vec<TouchView> {
        let job = self.timeline.job();
        let next = if job.is_running() { attempts(&self.store, job) } else { Vec::new() };
        let is_known = self.trace.at == Some(job.executed()) && self.has_instruction();
        let last: &[Access] = if is_known { &self.trace.accesses } else { &[] };
        let view = |access: &Access, next| {
            let Location::Memory { memory, bytes } = &access.location else { return None };
            let start = u32::try_from(bytes.start).ok()?;
            let end = u32::try_from(bytes.end).ok()?;
            let memory = self.memory_index(*memory)?;
            Some(TouchView { memory, span: Span { start, end }, writes: access.writes, next })
        };
        let next = next.iter().filter_map(|access| view(access, true));
        next.chain(last.iter().filter_map(|access| view(access, false))).collect()
    }

    /// Whether it stands at an instruction: before it, or where that has trapped.
    fn has_instruction(&self) -> bool {
        self.timeline.job().is_running() || self.timeline.job().trapped().is_some()
    }

    /// Which memory of the instance on show this is.
    pub(super) fn memory_index(&self, memory: Memory) -> Option<u32> {
        let at = |index| self.instance.get_index(&self.store, ExternKind::Memory, index);
        (0..)
            .map_while(|index| Some((index, at(index)?)))
            .find_map(|(index, found)| (found == Extern::Memory(memory)).then_some(index))
    }
}

/// Notes the immediates of an instruction.
#[derive(Default)]
struct Immediates(Vec<ValueView>);

impl Observer for Immediates {
    fn field(&mut self, field: &Field<'_>) {
        if field.spec.kind == fields::FieldKind::Opcode {
            return;
        }
        let ty = match (&field.value, field.spec.name.split_once(' ')) {
            (_, Some((ty, "value"))) => ty.to_owned(),
            (Value::Unsigned(_, bits), _) => format!("u{bits}"),
            (Value::Signed(_, bits), _) => format!("s{bits}"),
            (Value::Type(_), _) => "type".to_owned(),
            _ => "byte".to_owned(),
        };
        let (name, text) = (field.spec.name.to_owned(), plain_value(field));
        // Of very many, the last.
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(ValueView { name, ty, bits: text.clone(), text, changed: false });
    }
}
