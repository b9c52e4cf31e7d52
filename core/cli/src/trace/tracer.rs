//! Executing one instruction and saying what it did.

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Inspector, Place};
use fayasm_core::operators::Class;
use fayasm_core::{ExternKind, Frame, Instance, Memory, Operator, Outcome, Shared, Val};

use crate::call::Call;

/// The most bytes of a store that are repeated: those of a vector.
const MAX_STORED: usize = 16;

/// An instruction that was executed.
pub(super) struct Step {
    /// Its number, from 1.
    pub(super) number: u64,
    /// How many frames there were before it.
    pub(super) depth: usize,
    /// The frame it was executed in, as it stood before.
    pub(super) frame: Frame,
    pub(super) place: Shared<Place>,
    /// Operands that it took, the top of the stack last.
    pub(super) taken: Vec<Val>,
    /// Operands that it left in their place; none where that is not known yet.
    pub(super) left: Vec<Val>,
    /// What its function returned, if it ended it.
    pub(super) returned: Vec<Val>,
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

pub(super) struct Tracer {
    inspector: Inspector,
}

impl Tracer {
    pub(super) fn new() -> Self {
        Tracer { inspector: Inspector::new() }
    }

    /// Executes the next instruction; none if there is no next one in WebAssembly.
    pub(super) fn step(&mut self, call: &mut Call) -> Option<Step> {
        let frame = *call.job.frame()?;
        let place = self.inspector.place(&call.store, &frame)?;
        let depth = call.job.depth();
        let number = call.job.executed() + 1;
        let taken = self.top(call, depth, place.effect.pops);
        let outcome = call.step();
        let trapped = matches!(outcome, Outcome::Trapped(_));
        let after = call.job.depth();
        let (mut left, mut returned) = (Vec::new(), Vec::new());
        if !trapped && after == depth {
            left = self.top(call, depth, place.effect.pushes);
        } else if !trapped && after < depth {
            returned = self.returned(call, &frame, after);
        }
        let change = match trapped {
            true => None,
            false if !stores(place.instruction.operator, &taken, &left) => None,
            false => change(call, frame.instance(), &place, &taken),
        };
        Some(Step { number, depth, frame, place, taken, left, returned, change, outcome })
    }

    /// The topmost operands of the frame at this depth.
    fn top(&mut self, call: &Call, depth: usize, count: usize) -> Vec<Val> {
        if count == 0 {
            return Vec::new();
        }
        let mut operands = self.inspector.operands(&call.store, &call.job, depth.saturating_sub(1));
        operands.split_off(operands.len().saturating_sub(count))
    }

    fn returned(&mut self, call: &Call, frame: &Frame, depth: usize) -> Vec<Val> {
        if let Some(results) = call.job.results(&call.store) {
            return results;
        }
        let ty = frame.func().ty(&call.store);
        self.top(call, depth, ty.map_or(0, |ty| ty.results().len()))
    }
}

/// What an instruction that was executed changed beside the operand stack.
fn change(call: &Call, instance: Instance, place: &Place, taken: &[Val]) -> Option<Change> {
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
            let memory = memory(call, instance, index)?;
            memory.read(&call.store, address, &mut bytes).ok()?;
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

fn memory(call: &Call, instance: Instance, index: u32) -> Option<Memory> {
    instance.get_index(&call.store, ExternKind::Memory, index)?.into_memory()
}

fn unsigned(value: Val) -> Option<u64> {
    match value {
        Val::I32(value) => Some(u64::from(value.cast_unsigned())),
        Val::I64(value) => Some(value.cast_unsigned()),
        _ => None,
    }
}
