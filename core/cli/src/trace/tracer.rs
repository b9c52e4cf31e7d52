//! Executing one instruction and saying what it did.

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Inspector, Place};
use fayasm_core::operators::Class;
use fayasm_core::{
    ExternKind, Frame, Instance, Job, Memory, Operator, Outcome, Shared, Store, Val,
};
use fayasm_wasi::Wasi;

use crate::call::Call;

/// The most bytes of a store that are repeated: those of a vector.
const MAX_STORED: usize = 16;

/// An instruction that comes next.
pub(crate) struct Ahead {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// How many frames there are before it.
    pub(crate) depth: usize,
    /// The frame it is executed in, as it stands before.
    pub(crate) frame: Frame,
    pub(crate) place: Shared<Place>,
    /// Operands that it takes, the top of the stack last.
    pub(crate) taken: Vec<Val>,
}

/// An instruction that was executed.
pub(crate) struct Step {
    pub(super) ahead: Ahead,
    /// Operands that it left in their place; none where that is not known yet.
    pub(super) left: Vec<Val>,
    /// What its function returned, if it ended it.
    pub(crate) returned: Vec<Val>,
    pub(super) change: Option<Change>,
    pub(super) outcome: Outcome,
}

/// What an instruction changed beside the operand stack.
pub(super) enum Change {
    Local(u32, Val),
    Global(u32, Val),
    /// Bytes of a memory, from this address on.
    Stored(u32, u64, Vec<u8>),
    /// So many bytes of a memory, from this address on.
    Filled(u32, u64, u64),
}

pub(crate) struct Tracer {
    pub(crate) inspector: Inspector,
}

impl Tracer {
    pub(crate) fn new() -> Self {
        Tracer { inspector: Inspector::new() }
    }

    /// Executes the next instruction; none if there is no next one in WebAssembly.
    pub(super) fn step(&mut self, call: &mut Call) -> Option<Step> {
        let ahead = self.ahead(&call.store, &call.job)?;
        let outcome = call.step();
        Some(self.executed(ahead, &call.store, &call.job, outcome))
    }

    /// The next instruction; none if there is no next one in WebAssembly.
    pub(crate) fn ahead(&mut self, store: &Store<Wasi>, job: &Job) -> Option<Ahead> {
        let frame = *job.frame()?;
        let place = self.inspector.place(store, &frame)?;
        let depth = job.depth();
        let taken = self.top(store, job, depth, place.effect.pops);
        Some(Ahead { number: job.executed() + 1, depth, frame, place, taken })
    }

    /// What an instruction did that was executed, together with everything in the
    /// functions that it called, if these have returned.
    pub(crate) fn executed(
        &mut self,
        ahead: Ahead,
        store: &Store<Wasi>,
        job: &Job,
        outcome: Outcome,
    ) -> Step {
        let Ahead { depth, frame, ref place, ref taken, .. } = ahead;
        let trapped = matches!(outcome, Outcome::Trapped(_));
        let after = job.depth();
        let (mut left, mut returned) = (Vec::new(), Vec::new());
        if !trapped && after == depth {
            left = self.top(store, job, depth, place.effect.pushes);
        } else if !trapped && after < depth {
            returned = self.returned(store, job, &frame);
        }
        let change = match trapped {
            true => None,
            false if !stores(place.instruction.operator, taken, &left) => None,
            false => change(store, frame.instance(), place, taken),
        };
        Step { ahead, left, returned, change, outcome }
    }

    /// What the function of this frame has returned, right after it has.
    pub(crate) fn returned(&mut self, store: &Store<Wasi>, job: &Job, frame: &Frame) -> Vec<Val> {
        if let Some(results) = job.results(store) {
            return results;
        }
        let ty = frame.func().ty(store);
        self.top(store, job, job.depth(), ty.map_or(0, |ty| ty.results().len()))
    }

    /// The topmost operands of the frame at this depth.
    fn top(&mut self, store: &Store<Wasi>, job: &Job, depth: usize, count: usize) -> Vec<Val> {
        if count == 0 {
            return Vec::new();
        }
        let mut operands = self.inspector.operands(store, job, depth.saturating_sub(1));
        operands.split_off(operands.len().saturating_sub(count))
    }
}

/// What an instruction that was executed changed beside the operand stack.
fn change(store: &Store<Wasi>, instance: Instance, place: &Place, taken: &[Val]) -> Option<Change> {
    let operator = place.instruction.operator;
    match (operator, &place.instruction.immediates, taken) {
        (Operator::LocalSet | Operator::LocalTee, Immediates::Local(index), [value]) => {
            Some(Change::Local(*index, *value))
        }
        (Operator::GlobalSet, Immediates::Global(index), [value]) => {
            Some(Change::Global(*index, *value))
        }
        (_, Immediates::MemArg(arg), [address, ..])
            if matches!(operator.row().class, Class::Store | Class::Modify) =>
        {
            let index = arg.memory.unwrap_or(0);
            let address = unsigned(*address)?.checked_add(arg.offset)?;
            let width = 1usize.checked_shl(operator.access_width_log2())?.min(MAX_STORED);
            let mut bytes = vec![0; width];
            let memory = memory(store, instance, index)?;
            memory.read(store, address, &mut bytes).ok()?;
            Some(Change::Stored(index, address, bytes))
        }
        (
            Operator::MemoryFill | Operator::MemoryCopy | Operator::MemoryInit,
            Immediates::Memory(index)
            | Immediates::MemoryMemory(index, _)
            | Immediates::DataMemory(_, index),
            [address, _, length],
        ) => Some(Change::Filled(*index, unsigned(*address)?, unsigned(*length)?)),
        _ => None,
    }
}

/// Whether an operator that was executed and can store has stored: a `cmpxchg`,
/// which alone takes three operands for one, has not if the lower bytes of what
/// it expected are not those that it found.
fn stores(operator: Operator, taken: &[Val], left: &[Val]) -> bool {
    match (operator.row().class, taken, left) {
        (Class::Modify, [_, expected, _], [found]) => {
            let unused = 64 - (8 << operator.access_width_log2());
            let shifted = |value: Val| unsigned(value).map(|value| value << unused);
            shifted(*expected) == shifted(*found)
        }
        _ => true,
    }
}

fn memory(store: &Store<Wasi>, instance: Instance, index: u32) -> Option<Memory> {
    instance.get_index(store, ExternKind::Memory, index)?.into_memory()
}

fn unsigned(value: Val) -> Option<u64> {
    match value {
        Val::I32(value) => Some(u64::from(value.cast_unsigned())),
        Val::I64(value) => Some(value.cast_unsigned()),
        _ => None,
    }
}
