//! Operators on vectors, each of which takes two slots, the lower half first;
//! and operators on anything, in functions in which that may be a vector.

use super::immediates::{bytes, mem_arg, number, skip_types};
use super::operands::Operands;
use super::world::Code;
use crate::execute::frame::Frame;
use crate::execute::numeric::vector::compute;
use crate::operators::{Class, ImmediateKind, Operand, Operator as Op, Signature};
use crate::runtime::{GlobalData, Halt, Memories};
use crate::types::ValType;
use crate::validate::side_table::VectorLocals;

/// Executes an operator on vectors. `memories` are all of the store, and
/// `addresses` says which of them the instance knows.
#[cold]
#[inline(never)]
pub(super) fn execute(
    memories: &mut Memories<'_>,
    addresses: &[u32],
    on: &mut Operands<'_>,
    operator: Op,
    body: &[u8],
    pc: &mut usize,
) -> Result<(), Halt> {
    let row = operator.row();
    let (mut operands, height) = operands(on, *row.signature);
    let mut lanes = [0; 16];
    let mut place = None;
    match row.immediates {
        ImmediateKind::V128 => operands[0] = u128::from_le_bytes(bytes(body, pc)),
        ImmediateKind::Lanes => lanes = bytes(body, pc),
        ImmediateKind::Lane => [lanes[0]] = bytes(body, pc),
        ImmediateKind::MemArg => place = Some(mem_arg(body, pc)),
        ImmediateKind::MemArgLane => {
            place = Some(mem_arg(body, pc));
            [lanes[0]] = bytes(body, pc);
        }
        _ => {}
    }
    // Where memory is accessed, the first operand is the address.
    let access = place.map(|(memory, offset)| {
        let address = u64::try_from(operands[0]).unwrap_or(u64::MAX).saturating_add(offset);
        (addresses[memory as usize] as usize, address)
    });
    match (row.class, access) {
        (Class::Store, Some((memory, address))) => {
            let value = compute(operator, [operands[1], 0, 0], lanes);
            store(memories, memory, address, operator.access_width_log2(), value)?;
            on.height = height;
            return Ok(());
        }
        (_, Some((memory, address))) => {
            operands[0] = load(memories, memory, address, operator.access_width_log2())?;
        }
        _ => {}
    }
    let result = compute(operator, operands, lanes);
    on.height = height;
    match row.signature.pushes {
        [Operand::V128] => on.replace_wide(0, result),
        // The rest of the result is zero.
        _ => on.push(result as u64),
    }
    Ok(())
}

/// The operands of an operator, and the height of the stack without them.
fn operands(on: &Operands<'_>, signature: Signature) -> ([u128; 3], usize) {
    let (mut operands, mut below) = ([0; 3], 0);
    for (place, operand) in signature.pops.iter().enumerate().rev() {
        if *operand == Operand::V128 {
            operands[place] = on.peek_wide(below);
            below += 2;
        } else {
            operands[place] = on.peek::<u64>(below).into();
            below += 1;
        }
    }
    (operands, on.height - below)
}

fn load(
    memories: &mut Memories<'_>,
    memory: usize,
    address: u64,
    width_log2: u32,
) -> Result<u128, Halt> {
    Ok(match width_log2 {
        0 => u8::from_le_bytes(memories.load(memory, address)?).into(),
        1 => u16::from_le_bytes(memories.load(memory, address)?).into(),
        2 => u32::from_le_bytes(memories.load(memory, address)?).into(),
        3 => u64::from_le_bytes(memories.load(memory, address)?).into(),
        _ => u128::from_le_bytes(memories.load(memory, address)?),
    })
}

/// Writes the lower bits of a value.
fn store(
    memories: &mut Memories<'_>,
    memory: usize,
    address: u64,
    width_log2: u32,
    value: u128,
) -> Result<(), Halt> {
    match width_log2 {
        0 => memories.store(memory, address, (value as u8).to_le_bytes()),
        1 => memories.store(memory, address, (value as u16).to_le_bytes()),
        2 => memories.store(memory, address, (value as u32).to_le_bytes()),
        3 => memories.store(memory, address, (value as u64).to_le_bytes()),
        _ => memories.store(memory, address, value.to_le_bytes()),
    }
}

/// A function in which locals, globals and the operands of `drop` and `select`
/// may be vectors.
pub(super) struct Wide<'a> {
    params: &'a [ValType],
    param_slots: u32,
    locals: &'a [VectorLocals],
    places: &'a [u32],
    globals: &'a [u32],
    /// Where its body begins in the bytes that are executed.
    start: usize,
}

impl<'a> Wide<'a> {
    /// What is to be known of the function of a frame.
    #[cold]
    #[inline(never)]
    pub(super) fn of(code: Code<'a>, frame: &Frame, start: usize) -> Self {
        let instance = &code.instances[frame.instance as usize];
        let all = instance.module.declarations();
        let params = all.function_type(frame.function).map_or(&[][..], |ty| ty.params());
        let (locals, places) = instance.module.wide(frame.function);
        let param_slots = code.layout(frame.instance, frame.function).param_slots;
        Wide { params, param_slots, locals, places, globals: &instance.globals, start }
    }

    /// Executes the operator at `pc - 1`, if it is one on anything.
    #[cold]
    #[inline(never)]
    pub(super) fn execute(
        &self,
        globals: &mut [GlobalData],
        on: &mut Operands<'_>,
        base: usize,
        body: &[u8],
        pc: &mut usize,
    ) {
        let at = *pc - 1;
        let operator = Op::from_byte(body[at]).unwrap_or(Op::Nop);
        match operator {
            Op::LocalGet => {
                let (slot, slots) = self.local(number(body, pc));
                (0..slots).for_each(|half| on.push(on.slots[base + slot + half]));
            }
            Op::LocalSet | Op::LocalTee => {
                let (slot, slots) = self.local(number(body, pc));
                let from = on.height - slots;
                on.slots.copy_within(from..on.height, base + slot);
                if operator == Op::LocalSet {
                    on.height = from;
                }
            }
            Op::GlobalGet => {
                let global = &globals[self.globals[number(body, pc) as usize] as usize];
                on.push(global.value[0]);
                if global.ty.content == ValType::V128 {
                    on.push(global.value[1]);
                }
            }
            Op::GlobalSet => {
                let global = &mut globals[self.globals[number(body, pc) as usize] as usize];
                if global.ty.content == ValType::V128 {
                    global.value[1] = on.pop();
                }
                global.value[0] = on.pop();
            }
            Op::Drop => on.height -= self.slots_at(at),
            Op::Select | Op::SelectTyped => {
                if operator == Op::SelectTyped {
                    skip_types(body, pc);
                }
                let slots = self.slots_at(at);
                let condition: bool = on.pop();
                on.height -= slots;
                if !condition {
                    let second = on.height..on.height + slots;
                    on.slots.copy_within(second, on.height - slots);
                }
            }
            other => unreachable!("{other} is executed elsewhere"),
        }
    }

    /// The first slot of a local, and how many it takes.
    fn local(&self, index: u32) -> (usize, usize) {
        let params = self.params.get(..index as usize).unwrap_or(self.params);
        let vectors = |types: &[ValType]| types.iter().filter(|ty| **ty == ValType::V128).count();
        if let Some(ty) = self.params.get(index as usize) {
            return (index as usize + vectors(params), ty.slots() as usize);
        }
        let (before, slots) = VectorLocals::before(self.locals, index);
        // Parameters come first, and have as many indices as there are of them.
        let place = index as usize - self.params.len() + before as usize;
        (self.param_slots as usize + place, slots as usize)
    }

    /// How many slots an operand of the `drop` or `select` at this place takes.
    fn slots_at(&self, at: usize) -> usize {
        // A body is no longer than its module, which is shorter than 4 GiB.
        match self.places.binary_search(&((at - self.start) as u32)) {
            Ok(_) => 2,
            Err(_) => 1,
        }
    }
}
