//! What an instruction that was executed did.

use alloc::vec;
use alloc::vec::Vec;

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Inspector, Place};
use fayasm_core::operators::Class;
use fayasm_core::{
    ExternKind, Frame, Instance, Job, Memory, Operator, Shared, Store, Trap, TrapKind, Val,
};

/// The most bytes of a store that are repeated: those of a vector.
const MAX_STORED: usize = 16;

/// An instruction that comes next.
#[derive(Debug)]
pub struct Ahead {
    /// Its number in the job, from 1.
    pub number: u64,
    /// How many frames there are before it.
    pub depth: usize,
    /// The frame it is executed in, as it stands before.
    pub frame: Frame,
    /// Where it stands, and what holds there.
    pub place: Shared<Place>,
    /// Operands that it takes, the top of the stack last.
    pub taken: Vec<Val>,
}

/// An instruction that was executed.
#[derive(Debug)]
pub struct Step {
    /// The instruction, as it stood before.
    pub ahead: Ahead,
    /// Operands that it left in their place; none where that is not known yet.
    pub left: Vec<Val>,
    /// What its function returned, if it ended it.
    pub returned: Vec<Val>,
    /// What it changed beside the operand stack.
    pub change: Option<Change>,
    /// Why the run ended with it, if it did so otherwise than by returning.
    pub trap: Option<TrapKind>,
}

/// What an instruction changed beside the operand stack.
#[derive(Debug)]
pub enum Change {
    /// A local of its function.
    Local(u32, Val),
    /// A global of its module.
    Global(u32, Val),
    /// Bytes of a memory of its module, from this address on.
    Stored(u32, u64, Vec<u8>),
    /// So many bytes of a memory, from this address on: address, then length.
    Filled(u32, u64, u64),
}

/// Looks at instructions before and after they are executed.
#[derive(Debug, Default)]
pub struct Tracer {
    /// What is known of places in modules.
    pub inspector: Inspector,
}

impl Tracer {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Tracer::default()
    }

    /// The next instruction; none if there is no next one in WebAssembly.
    pub fn ahead<T>(&mut self, store: &Store<T>, job: &Job) -> Option<Ahead> {
        let frame = *job.frame()?;
        let place = self.inspector.place(store, &frame)?;
        let depth = job.depth();
        let taken = self.top(store, job, depth, place.effect.pops);
        Some(Ahead { number: job.executed() + 1, depth, frame, place, taken })
    }

    /// What an instruction did that was executed, together with everything in the
    /// functions that it called, if these have returned; `trap` if it has trapped.
    pub fn executed<T>(
        &mut self,
        ahead: Ahead,
        store: &Store<T>,
        job: &Job,
        trap: Option<&Trap>,
    ) -> Step {
        let Ahead { depth, frame, ref place, ref taken, .. } = ahead;
        let trap = trap.map(|trap| trap.kind().clone());
        let after = job.depth();
        let (mut left, mut returned) = (Vec::new(), Vec::new());
        if trap.is_none() && after == depth {
            left = self.top(store, job, depth, place.effect.pushes);
        } else if trap.is_none() && after < depth {
            returned = self.returned(store, job, &frame);
        }
        let change = match trap {
            None if stores(place.instruction.operator, taken, &left) => {
                change(store, frame.instance(), place, taken)
            }
            _ => None,
        };
        Step { ahead, left, returned, change, trap }
    }

    /// What the function of this frame has returned, right after it has.
    pub fn returned<T>(&mut self, store: &Store<T>, job: &Job, frame: &Frame) -> Vec<Val> {
        if let Some(results) = job.results(store) {
            return results;
        }
        let ty = frame.func().ty(store);
        self.top(store, job, job.depth(), ty.map_or(0, |ty| ty.results().len()))
    }

    /// The topmost operands of the frame at this depth.
    fn top<T>(&mut self, store: &Store<T>, job: &Job, depth: usize, count: usize) -> Vec<Val> {
        if count == 0 {
            return Vec::new();
        }
        let mut operands = self.inspector.operands(store, job, depth.saturating_sub(1));
        operands.split_off(operands.len().saturating_sub(count))
    }
}

/// What an instruction that was executed changed beside the operand stack.
fn change<T>(store: &Store<T>, instance: Instance, place: &Place, taken: &[Val]) -> Option<Change> {
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
            let width = 1_usize.checked_shl(operator.access_width_log2())?.min(MAX_STORED);
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

fn memory<T>(store: &Store<T>, instance: Instance, index: u32) -> Option<Memory> {
    instance.get_index(store, ExternKind::Memory, index)?.into_memory()
}

fn unsigned(value: Val) -> Option<u64> {
    match value {
        Val::I32(value) => Some(u64::from(value.cast_unsigned())),
        Val::I64(value) => Some(value.cast_unsigned()),
        _ => None,
    }
}
