//! Which function is executed how, and where execution changes from one tier to the other.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::leave::Left;
use super::{Microcode, Refused, Translation, run, translate};
use crate::allocate::{self, OutOfMemory};
use crate::config::Translate;
use crate::execute::stepper::{Stack, World};
use crate::module::Module;
use crate::runtime::TrapKind;

/// So many times a function is called before it is translated.
const HOT: u32 = 2;

/// So many times loops go round before the function of the last of them is translated.
pub(crate) const HOT_LOOPS: u32 = 64;

/// The microcode of all functions of a store takes no more bytes.
const BUDGET: usize = 64 << 20;

/// The microcode of a function takes at most so many times the bytes of its body.
const MOST_GROWTH: usize = 8 * translate::MOST_WORDS + 24;

/// The microcode of a store's functions.
#[derive(Debug, Default)]
pub(crate) struct Tiers {
    instances: Vec<Functions>,
    /// Bytes of it.
    bytes: usize,
}

/// That of the functions of an instance.
#[derive(Debug, Default)]
struct Functions {
    codes: Vec<Option<Box<Microcode>>>,
    states: Vec<State>,
}

/// How far a function is.
#[derive(Debug, Clone, Copy)]
enum State {
    /// It was executed so often.
    Cold(u32),
    Translated,
    Refused(Refused),
}

impl Tiers {
    /// The microcode of an instance's functions.
    pub(super) fn codes(&self, instance: usize) -> &[Option<Box<Microcode>>] {
        self.instances.get(instance).map_or(&[], |functions| &functions.codes)
    }

    /// The microcode of a function of an instance.
    pub(super) fn code(&self, instance: usize, function: u32) -> Option<&Microcode> {
        self.codes(instance).get(function as usize)?.as_deref()
    }

    /// Bytes that are left of the budget.
    pub(super) fn room(&self) -> usize {
        BUDGET.saturating_sub(self.bytes)
    }

    /// Keeps microcode of functions of an instance that have none. If there is no memory for it,
    /// nothing changes.
    pub(super) fn keep(
        &mut self,
        instance: usize,
        count: usize,
        codes: Vec<(u32, Box<Microcode>)>,
    ) -> Result<(), OutOfMemory> {
        let mut bytes = 0;
        let functions = self.functions(instance, count).ok_or(OutOfMemory)?;
        for (function, code) in codes {
            let place = function as usize;
            if let (Some(slot), Some(state)) =
                (functions.codes.get_mut(place), functions.states.get_mut(place))
            {
                bytes += code.bytes();
                (*slot, *state) = (Some(code), State::Translated);
            }
        }
        self.bytes += bytes;
        Ok(())
    }

    /// The functions of an instance, of which there are so many; none without memory for them.
    fn functions(&mut self, instance: usize, count: usize) -> Option<&mut Functions> {
        while self.instances.len() <= instance {
            self.instances.try_reserve(1).ok()?;
            self.instances.push(Functions::default());
        }
        let functions = self.instances.get_mut(instance)?;
        if functions.codes.len() < count {
            functions.codes.try_reserve_exact(count).ok()?;
            functions.states.try_reserve_exact(count).ok()?;
            functions.codes.resize_with(count, || None);
            functions.states.resize(count, State::Cold(0));
        }
        Some(functions)
    }

    /// How far a function is.
    pub(crate) fn translation(&self, instance: u32, function: u32) -> Translation {
        let functions = self.instances.get(instance as usize);
        let state = functions.and_then(|it| it.states.get(function as usize));
        let code = functions.and_then(|it| it.codes.get(function as usize)?.as_deref());
        match (state, code) {
            (None, _) => Translation::Not { calls: 0 },
            (Some(State::Cold(calls)), _) => Translation::Not { calls: *calls },
            (Some(State::Refused(reason)), _) => Translation::Refused(*reason),
            (Some(State::Translated), code) => Translation::Done {
                instructions: code.map_or(0, |code| code.instructions),
                bytes: code.map_or(0, Microcode::bytes),
            },
        }
    }
}

/// When the stepper comes back from the start of a loop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    Never,
    /// When it comes to one.
    Soon,
    /// When it has come to [`HOT_LOOPS`], of this function or others.
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
/// being the number of frames at which to stop; says what is left to the stepper. `looped` says
/// whether it comes back from the start of a loop.
pub(crate) fn advance(
    world: &mut World<'_>,
    stack: &mut Stack,
    end: u64,
    until: usize,
    looped: bool,
) -> Next {
    let mode = world.code.translate;
    if mode == Translate::Never {
        return Next::Step(Back::Never);
    }
    let Some(&frame) = stack.frames.last() else { return Next::Step(Back::Never) };
    // So little is left to be executed that it is not worth while, or it is to be seen
    // how every function returns.
    let left = end.saturating_sub(stack.executed);
    if left <= 4 * u64::from(world.code.straight) || until >= stack.frames.len() {
        return Next::Step(Back::Never);
    }
    if world.replaced_body(&frame).is_some() {
        return Next::Step(Back::Never);
    }
    let layout = world.code.layout(frame.instance, frame.function);
    let entered = frame.pc == layout.code_start;
    let module = world.code.module(frame.instance);
    let count = world.code.instances[frame.instance as usize].functions.len();
    let room = world.tiers.room();
    let mut more = 0;
    let Some(functions) = world.tiers.functions(frame.instance as usize, count) else {
        return Next::Step(Back::Never);
    };
    let place = frame.function as usize;
    let (Some(code), Some(state)) =
        (functions.codes.get_mut(place), functions.states.get_mut(place))
    else {
        return Next::Step(Back::Never);
    };
    if let State::Cold(executed) = state {
        *executed += u32::from(entered);
        if mode.at_once() || looped || entered && *executed >= HOT {
            match translated(module, frame.function, world.code.straight, room) {
                Ok(translated) => {
                    more = translated.bytes();
                    *code = Some(translated);
                    *state = State::Translated;
                }
                Err(reason) => *state = State::Refused(reason),
            }
        }
    }
    let entry = match (&*state, &*code) {
        (State::Translated, Some(code)) => code
            .entry_before(frame.pc)
            .copied()
            // A host function called in place of this one leaves its results elsewhere.
            .filter(|entry| stack.height == frame.base as usize + entry.height as usize),
        (State::Refused(_), _) => return Next::Step(Back::Never),
        _ => return Next::Step(Back::Hot),
    };
    world.tiers.bytes += more;
    let Some(entry) = entry else { return Next::Step(Back::Soon) };
    let straight = world.code.straight;
    let Some(stop) = stop(mode, straight, stack.executed, end) else {
        return Next::Step(Back::Soon);
    };
    match run::run(world, stack, entry, stop) {
        Left::Before => Next::Step(Back::Soon),
        Left::Limit if world.effort == 0 => Next::Fuel,
        Left::Limit if stop < end => Next::Step(Back::Soon),
        Left::Limit => Next::Rest,
        Left::Trapped(kind) => Next::Trapped(kind),
        Left::Returned => Next::Returned,
        Left::OutOfMemory => Next::OutOfMemory,
    }
}

/// After how many instructions in all microcode that is entered now is left at the latest; none
/// if the stepper goes on for now.
fn stop(mode: Translate, straight: u32, executed: u64, end: u64) -> Option<u64> {
    if mode != Translate::Mixed {
        return Some(end);
    }
    // Whatever looks as if at random: numbers in a row give others that have nothing in common.
    let mixed = (executed ^ executed >> 7).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let most = 4 * u64::from(straight) + mixed % 500;
    (!mixed.is_multiple_of(4)).then(|| end.min(executed.saturating_add(most)))
}

/// The microcode of a function, if it is sure to fit into so many bytes.
pub(super) fn translated(
    module: &Module,
    function: u32,
    straight: u32,
    room: usize,
) -> Result<Box<Microcode>, Refused> {
    let body = module.body(function).map_or(0, <[u8]>::len);
    if body.saturating_mul(MOST_GROWTH) > room {
        return Err(Refused::Budget { body });
    }
    let code = translate::translate(module, function, straight)?;
    allocate::boxed_value(code).map_err(|_| Refused::OutOfMemory)
}
