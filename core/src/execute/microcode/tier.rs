//! Where execution changes from one tier to the other.

use super::cache::Standing;
use super::leave::Left;
use super::{Entry, run};
use crate::config::Translate;
use crate::execute::stepper::{Stack, World};
use crate::execute::{Code, Frame};
use crate::operators::PREFIX_MISC;
use crate::runtime::TrapKind;

/// When the stepper comes back from the start of a loop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    Never,
    /// When it comes to one.
    Soon,
    /// When it has come to some; what it does is counted.
    Hot,
}

/// What the stepper is to do next.
pub(crate) enum Next {
    /// Execute at least one instruction, and come back at the start of a loop as said.
    Step(Back),
    /// The innermost function has returned.
    Returned,
    /// Stop, as if as much had been executed as allowed.
    Fuel,
    /// Execute what little is left that may be executed.
    Rest,
    /// The next instruction has trapped.
    Trapped(TrapKind),
    /// There is no memory to say where execution stands.
    OutOfMemory,
}

/// Executes microcode as far as possible, `end` instructions being allowed in all and `until`
/// being the number of frames at which to stop; says what is left to the stepper.
pub(crate) fn advance(world: &mut World<'_>, stack: &mut Stack, end: u64, until: usize) -> Next {
    let Some(frame) = frame(world, stack, end, until) else { return Next::Step(Back::Never) };
    world.tiers.advance(stack.executed);
    let layout = world.code.layout(frame.instance, frame.function);
    world.tiers.leave(world.account.spare());
    let standing = world.tiers.standing(world.code, &frame, frame.pc == layout.code_start);
    if world.tiers.has_changed() {
        world.account.executed = stack.executed;
        world.account.count_microcode(world.tiers);
    }
    match standing {
        Standing::Refused => return Next::Step(Back::Never),
        Standing::Cold => return Next::Step(Back::Hot),
        Standing::Translated => {}
    }
    let Some(entry) = entry(world, stack, &frame) else { return Next::Step(Back::Soon) };
    let before = stack.executed;
    let Some(stop) = stop(world.code, before, end) else {
        return Next::Step(Back::Soon);
    };
    let left = run::run(world, stack, entry, stop);
    world.tiers.hit(&frame, stack.executed.saturating_sub(before));
    match left {
        Left::Before => Next::Step(Back::Soon),
        Left::Limit if world.effort == 0 => Next::Fuel,
        Left::Limit if stop < end => Next::Step(Back::Soon),
        Left::Limit => Next::Rest,
        Left::Trapped(kind) => Next::Trapped(kind),
        Left::Returned => Next::Returned,
        Left::OutOfMemory => Next::OutOfMemory,
    }
}

/// Whether any function may be executed as microcode.
pub(crate) fn is_translating(world: &World<'_>) -> bool {
    cfg!(feature = "microcode") && world.code.translate != Translate::Never && world.tiers.is_open()
}

/// The innermost frame, if it may go on as microcode.
fn frame(world: &World<'_>, stack: &Stack, end: u64, until: usize) -> Option<Frame> {
    if !is_translating(world) {
        return None;
    }
    let frame = *stack.frames.last()?;
    // So little is left to be executed that it is not worth while, or it is to be seen
    // how every function returns.
    let left = end.saturating_sub(stack.executed);
    let stops = left <= 4 * u64::from(world.code.straight) || until >= stack.frames.len();
    (!stops && world.replaced_body(&frame).is_none()).then_some(frame)
}

/// Where the microcode of a frame's function goes on, if it can there.
fn entry(world: &World<'_>, stack: &Stack, frame: &Frame) -> Option<Entry> {
    let code = world.tiers.code(frame.instance as usize, frame.function)?;
    let entry = code.entry_before(frame.pc)?;
    if may_be_done_in_part(world, frame.instance, frame.function, frame.pc) {
        return None;
    }
    // A host function called in place of this one leaves its results elsewhere.
    (stack.height == frame.base as usize + usize::from(entry.height)).then_some(*entry)
}

/// Whether the instruction at `pc` may have stopped for a page with some of its work done, which the
/// stepper notes in its operands, where they are: only that can go on with it.
pub(super) fn may_be_done_in_part(
    world: &World<'_>,
    instance: u32,
    function: u32,
    pc: u32,
) -> bool {
    let opcode = || world.code.module(instance).body(function)?.get(pc as usize);
    world.memories.are_paged() && opcode() == Some(&PREFIX_MISC)
}

/// After how many instructions in all microcode that is entered now is left at the latest; none
/// if the stepper goes on for now.
fn stop(code: Code<'_>, executed: u64, end: u64) -> Option<u64> {
    if code.translate != Translate::Mixed {
        return Some(end);
    }
    // Whatever looks as if at random: numbers in a row give others that have nothing in common.
    let mixed = (executed ^ executed >> 7).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let most = 4 * u64::from(code.straight) + mixed % 500;
    (!mixed.is_multiple_of(4)).then(|| end.min(executed.saturating_add(most)))
}
