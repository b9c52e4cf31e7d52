//! How microcode is left: the frames that the stepper knows are made of those that microcode had.

use super::op::{Op, Word};
use super::translate::{Operand, Place, Sought, locate};
use super::{Entry, Microcode};
use crate::execute::Frame;
use crate::execute::stepper::{Stack, World};
use crate::runtime::TrapKind;

/// Why microcode was left. The innermost frame says where the stepper is to go on.
#[derive(Debug)]
pub(super) enum Left {
    /// The next instruction is one for the stepper.
    Before,
    /// Nearly as much was executed as allowed.
    Limit,
    /// The next instruction has trapped.
    Trapped(TrapKind),
    /// The function has returned that was the innermost; its frame is gone.
    Returned,
    /// There is no memory to find out where execution stands.
    OutOfMemory,
}

/// Where to go on after a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Return {
    /// The word behind it.
    pub(super) ip: *const u64,
    /// The function that calls.
    pub(super) function: u32,
}

/// Where execution stands when it is left.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exit {
    /// Before the instruction of the operator.
    Here,
    /// The same; it works on bytes that are not all in one piece of memory.
    Stretch,
    /// The same; it accesses bytes of memory that lie outside or are not in RAM.
    Missed,
    /// Before the call that the operator is.
    Callee,
    /// Before the instruction for the stepper before which so many of the function stand.
    Call(u32),
    /// Near the limit, where so many instructions of the function stand before.
    Limit(u32),
    /// Before the instruction for the stepper before which so many of the function stand, and
    /// behind which the operator wants to go on.
    Step(u32),
    /// At a call for which room must be made.
    Room,
    /// At a call by a reference of which is not known where it leads.
    Reference,
    /// The outermost function returns, of which so many instructions have been passed.
    Returned(u32),
}

/// What is known when microcode is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    pub(super) exit: Exit,
    /// What was executed, but for the place in the function.
    pub(super) acc: u64,
    /// The first slot of its frame.
    pub(super) base: usize,
    pub(super) function: u32,
    /// The operator.
    pub(super) ip: *const u64,
}

/// Makes the frames that the stepper knows of those that microcode had.
#[cold]
#[inline(never)]
pub(super) fn leave(
    world: &World<'_>,
    stack: &mut Stack,
    returns: &[Return],
    stand: Stand,
) -> Left {
    let Stand { exit, acc, base, function, ip } = stand;
    restore_frames(world, stack, returns, function);
    let Some(&frame) = stack.frames.last() else { return Left::Before };
    let Some(code) = world.tiers.code(frame.instance as usize, function) else {
        return Left::Before;
    };
    let (sought, left) = match exit {
        Exit::Returned(count) => {
            stack.frames.pop();
            stack.height = base + usize::from(code.results);
            stack.executed = acc.wrapping_add(count.into());
            if let Some(caller) = stack.frames.last_mut() {
                caller.pc = caller.resume_at;
            }
            return Left::Returned;
        }
        Exit::Callee | Exit::Room | Exit::Reference => {
            if let Some(spot) = before_call(world, &frame, code, code.position(ip)) {
                spot.stand(stack, base, acc);
            }
            return Left::Before;
        }
        Exit::Call(index) | Exit::Step(index) => (Sought::Index(index), Left::Before),
        Exit::Limit(index) => (Sought::Index(index), Left::Limit),
        Exit::Here | Exit::Stretch | Exit::Missed => {
            (Sought::Word(code.position(ip)), Left::Before)
        }
    };
    if let Sought::Index(index) = sought
        && let Some(entry) = code.entry_at(index)
    {
        let Entry { pc, next_entry, index, height, .. } = *entry;
        Spot { pc, next_entry, index, height: height.into() }.stand(stack, base, acc);
        return left;
    }
    let module = world.code.module(frame.instance);
    let Ok(place) = locate(module, function, world.code.straight, sought) else {
        return Left::OutOfMemory;
    };
    let operands = match sought {
        Sought::Word(_) => {
            put_operands(&mut stack.slots, base, &place);
            place.operands.len()
        }
        // A jump led there, so all operands are in their slots; at the end of the function these
        // are its results, whatever was known on the way there.
        Sought::Index(_) if place.is_last => code.results.into(),
        Sought::Index(_) => place.operands.len(),
    };
    let height = usize::from(place.first) + operands;
    let Place { pc, next_entry, index, .. } = place;
    Spot { pc, next_entry, index, height }.stand(stack, base, acc);
    left
}

/// Where the stepper goes on in a function.
struct Spot {
    pc: u32,
    next_entry: u32,
    /// How many instructions of the function stand before.
    index: u32,
    /// Slots of the frame that are in use.
    height: usize,
}

impl Spot {
    /// Lets the innermost frame, which begins at this slot, stand here.
    fn stand(self, stack: &mut Stack, base: usize, acc: u64) {
        stack.height = base + self.height;
        stack.executed = acc.wrapping_add(self.index.into());
        if let Some(frame) = stack.frames.last_mut() {
            (frame.pc, frame.next_entry) = (self.pc, self.next_entry);
        }
    }
}

/// Makes a frame for each call that was not returned from, and puts each but the innermost, which
/// is that of this function, before its call.
fn restore_frames(world: &World<'_>, stack: &mut Stack, returns: &[Return], function: u32) {
    let Some(outermost) = stack.frames.last_mut() else { return };
    let instance = outermost.instance as usize;
    let functions = &world.code.instances[instance].functions;
    // Others may have been called in place of the function that was entered.
    outermost.function = returns.first().map_or(function, |back| back.function);
    outermost.address = functions[outermost.function as usize];
    let outermost = *outermost;
    let mut base = outermost.base;
    for (place, back) in returns.iter().enumerate() {
        let Some(code) = world.tiers.code(instance, back.function) else { return };
        let call = code.call_at(code.position(back.ip) - 2);
        if let (Some(frame), Some(after)) = (stack.frames.last_mut(), code.entry_at(call.count)) {
            (frame.pc, frame.resume_at) = (after.call(), after.pc);
            frame.next_entry = after.next_entry;
        }
        base += u32::from(call.from);
        let callee = returns.get(place + 1).map_or(function, |next| next.function);
        // There is room for as many.
        stack.frames.push(Frame {
            address: functions[callee as usize],
            function: callee,
            base,
            ..outermost
        });
    }
}

/// The place before a call of this frame's function.
fn before_call(world: &World<'_>, frame: &Frame, code: &Microcode, at: usize) -> Option<Spot> {
    let call = code.call_at(at);
    let operands = match call.op {
        Op::Call => world.code.layout(frame.instance, call.callee).param_slots,
        // The table element, or the reference, comes after the arguments.
        _ => u32::from(call.reference).wrapping_sub(call.from.into()) + 1,
    };
    let after = code.entry_at(call.count)?;
    Some(Spot {
        pc: after.call(),
        next_entry: after.next_entry,
        index: call.count.wrapping_sub(1),
        height: usize::from(call.from) + operands as usize,
    })
}

/// Puts all operands into their slots, the frame beginning at this one.
fn put_operands(slots: &mut [u64], base: usize, place: &Place) {
    let first = base + usize::from(place.first);
    for (slot, operand) in (first..).zip(&place.operands) {
        match operand {
            Operand::Slot => {}
            Operand::Local(local) => slots[slot] = slots[base + usize::from(*local)],
            Operand::Const(value) => slots[slot] = *value,
        }
    }
}

/// The words of a call.
struct Call {
    op: Op,
    /// The slot where the arguments begin.
    from: u16,
    /// That of the table element, or the reference.
    reference: u16,
    /// The function, if that is known.
    callee: u32,
    /// How many instructions of the function stand before the one behind the call.
    count: u32,
}

impl Microcode {
    /// Which word this is.
    fn position(&self, ip: *const u64) -> usize {
        (ip as usize).wrapping_sub(self.words.as_ptr() as usize) / size_of::<u64>()
    }

    fn call_at(&self, at: usize) -> Call {
        let (first, last) = (Word(self.words[at]), self.words[at + 1]);
        Call {
            op: first.op().unwrap_or(Op::Leave),
            from: first.a(),
            reference: first.b(),
            callee: last as u32,
            count: (last >> 32) as u32,
        }
    }
}
