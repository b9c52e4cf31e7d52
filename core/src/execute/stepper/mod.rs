//! The stepper: executes the bytes of a module in place, with the side table,
//! one instruction at a time, every value on the value stack.
//!
//! All that it takes for granted is what validation has shown: indices name
//! something, immediates are complete, operands are there, and branches go
//! where the side table says. Where slices are indexed here and in the modules
//! below, that is why it cannot fail.

#[cfg(feature = "threads")]
mod atomic;
mod bulk;
mod gc;
pub(super) mod immediates;
mod operands;
mod stack;
mod unwind;
#[cfg(feature = "simd")]
mod vector;
mod world;

#[cfg(feature = "threads")]
use self::atomic::atomic_operators;
use self::bulk::Bulk;
use self::gc::Gc;
use self::immediates::{
    bytes, mem_arg, number, pair, signed, skip_block_type, skip_clauses, skip_types,
};
use self::operands::Operands;
pub(crate) use self::stack::{Stack, enter};
use self::stack::{leave, replace};
pub(crate) use self::unwind::unwind;
#[cfg(feature = "simd")]
use self::vector::Wide;
pub(crate) use self::world::{Code, World};
use super::frame::Frame;
use super::job::Limit;
use super::microcode::{Back, Next, advance, is_translating};
use super::numeric::{convert, f32, f64, i32, i64};
use crate::allocate::{OutOfMemory, shared};
use crate::module::Span;
#[cfg(feature = "simd")]
use crate::operators::vector_operators;
use crate::operators::{Operator as Op, Proposal};
use crate::planner::LEAST_ROUNDS;
use crate::runtime::{
    Absent, ExnRef, Func, FunctionData, FunctionTrap, Halt, NULL, Need, SignatureMismatch, Stored,
    TrapKind, address_of_slot, slot_of_address,
};
use crate::types::FuncType;
use crate::validate::side_table::FunctionLayout;

/// What replaces an opcode at which execution may have to stop: no operator, and no
/// prefix of one.
pub(crate) const BREAK: u8 = 0xFF;

/// Why the stepper stopped.
pub(crate) enum Stop {
    /// The outermost function has returned.
    Done,
    /// As many instructions were executed as allowed.
    Fuel,
    /// A return has left as few frames as wanted.
    Depth,
    /// The host function at this address is called; its arguments are on top
    /// of the stack, but for this many slots, which were taken off. The call
    /// does not count as executed yet.
    Host(u32, usize),
    /// The function at this address is about to be called, where the embedder
    /// wants to stop.
    Paused(u32),
    /// The instruction at the frame's program counter is one that it may have to stop at.
    Breakpoint,
    /// The instruction at the frame's program counter accesses a page that is not in RAM, and did not
    /// count: this is needed first.
    Page(Need),
    /// The instruction at the frame's program counter trapped, and did not count.
    Trap(TrapKind),
}

/// Why the stepper leaves a frame.
enum Exit {
    /// No more instructions are allowed.
    Fuel,
    /// It comes to [`BREAK`].
    Break,
    /// It stands at the start of a loop, having gone back as often as wanted.
    Loop,
    /// The function returns.
    Return,
    /// It calls the function at this address, after taking this many slots
    /// that are no arguments off the stack.
    Call(u32, usize),
    /// The same, in place of the current function.
    TailCall(u32, usize),
    /// It throws the exception that this slot refers to, after taking this
    /// many slots off the stack.
    Throw(u64, usize),
    /// The instruction traps.
    Trap(TrapKind),
    /// The instruction accesses a page that is not in RAM.
    Page(Absent),
}

impl From<TrapKind> for Exit {
    fn from(kind: TrapKind) -> Self {
        Exit::Trap(kind)
    }
}

impl From<Halt> for Exit {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Trap(kind) => Exit::Trap(kind),
            Halt::Page(absent) => Exit::Page(absent),
        }
    }
}

/// Runs the innermost frame, and those it calls or returns to.
pub(crate) fn run(world: &mut World<'_>, stack: &mut Stack, limit: Limit) -> Stop {
    if limit.fuel == 0 {
        return Stop::Fuel;
    }
    let end = stack.executed.saturating_add(limit.fuel);
    let begun = core::mem::replace(&mut stack.begun, true);
    if !begun
        && let [frame] = stack.frames[..]
        && let Some(stop) = wanted(world, frame.address)
    {
        return stop;
    }
    let until = limit.until_depth.unwrap_or(0);
    loop {
        let back = match advance(world, stack, end, until) {
            Next::Step(back) => back,
            Next::Returned if stack.frames.is_empty() => return Stop::Done,
            Next::Returned if stack.frames.len() <= until => return Stop::Depth,
            Next::Returned => continue,
            Next::Fuel => return Stop::Fuel,
            Next::Rest if limit.nearly => return Stop::Fuel,
            Next::Rest => Back::Never,
            Next::Trapped(kind) => match give_way(world, kind) {
                Some(stop) => return stop,
                None => continue,
            },
            Next::OutOfMemory => return Stop::Trap(TrapKind::OutOfMemoryBudget { bytes: 0 }),
        };
        let exit = match back {
            Back::Never => {
                let stay = may_stay(world).then_some(until);
                run_innermost(world, stack, end, &mut 0, stay)
            }
            Back::Soon => run_innermost(world, stack, end, &mut 1, None),
            Back::Hot => run_counting(world, stack, end),
        };
        match exit {
            Exit::Fuel => return Stop::Fuel,
            Exit::Loop => {}
            Exit::Break => {
                stack.executed -= 1;
                return Stop::Breakpoint;
            }
            Exit::Return => {
                let Some(frame) = stack.frames.last() else { return Stop::Done };
                let layout = world.code.layout(frame.instance, frame.function);
                match leave(stack, &layout) {
                    0 => return Stop::Done,
                    left if left <= until => return Stop::Depth,
                    _ => {}
                }
            }
            Exit::Call(address, taken) => {
                if let Some(stop) = hold_back(world, stack, address) {
                    stack.executed -= 1;
                    stack.height += taken;
                    return stop;
                }
                if is_host(world, address) {
                    stack.executed -= 1;
                    return Stop::Host(address, taken);
                }
                let (code, grow) = (world.code, |stack: &mut _, top| world.grow(stack, top, 1));
                if let Err(kind) = enter(code, stack, address, grow) {
                    stack.executed -= 1;
                    stack.height += taken;
                    if let Some(stop) = give_way(world, kind) {
                        return stop;
                    }
                }
            }
            Exit::TailCall(address, taken) => {
                if let Some(stop) = hold_back(world, stack, address) {
                    stack.executed -= 1;
                    stack.height += taken;
                    return stop;
                }
                if is_host(world, address) {
                    return_after_call(world, stack);
                    stack.executed -= 1;
                    return Stop::Host(address, taken);
                }
                let (code, grow) = (world.code, |stack: &mut _, top| world.grow(stack, top, 0));
                if let Err(kind) = replace(code, stack, address, grow) {
                    stack.executed -= 1;
                    stack.height += taken;
                    if let Some(stop) = give_way(world, kind) {
                        return stop;
                    }
                }
            }
            Exit::Throw(slot, taken) => {
                let depth = stack.frames.len();
                if !unwind(world, stack, slot) {
                    stack.executed -= 1;
                    stack.height += taken;
                    return Stop::Trap(uncaught(world, slot));
                }
                if stack.frames.len() < depth && stack.frames.len() <= until {
                    return Stop::Depth;
                }
            }
            Exit::Trap(kind) => {
                stack.executed -= 1;
                if let Some(stop) = give_way(world, kind) {
                    return stop;
                }
            }
            Exit::Page(_) => {
                world.account.executed = stack.executed;
                stack.executed -= 1;
                if let Err(need) = world.page_in() {
                    return Stop::Page(need);
                }
            }
        }
    }
}

/// Stops at a trap; or, if a page gives way to what the budget does not allow beside it, executes
/// the instruction again.
fn give_way(world: &mut World<'_>, kind: TrapKind) -> Option<Stop> {
    if cfg!(feature = "paging") && matches!(kind, TrapKind::OverBudget { .. }) {
        match world.give_up_frame() {
            Ok(true) => return None,
            Ok(false) => {}
            Err(need) => return Some(Stop::Page(need)),
        }
    }
    Some(Stop::Trap(kind))
}

/// The trap that an exception makes which nobody catches.
fn uncaught(world: &World<'_>, slot: u64) -> TrapKind {
    let generation = world.heap.generation(slot);
    TrapKind::UncaughtException(ExnRef { store: world.code.store, slot, generation })
}

/// What the embedder wants instead of a call of the function at this address,
/// if anything.
#[inline]
fn wanted(world: &World<'_>, address: u32) -> Option<Stop> {
    if world.function_traps.is_empty() {
        return None;
    }
    Some(match world.function_traps.get(address)? {
        FunctionTrap::Block => {
            let func = Func(Stored { store: world.code.store, index: address });
            Stop::Trap(TrapKind::CallBlocked(func))
        }
        FunctionTrap::Pause => Stop::Paused(address),
    })
}

/// The same for the call that was executed last, unless it was paused before.
#[inline]
fn hold_back(world: &World<'_>, stack: &mut Stack, address: u32) -> Option<Stop> {
    let stop = wanted(world, address)?;
    if let Stop::Paused(_) = stop {
        let call = Some((stack.executed, address));
        if core::mem::replace(&mut stack.let_pass, call) == call {
            return None;
        }
    }
    Some(stop)
}

/// Whether nothing has to be looked at when a function is called or returns. Where code is to be
/// small, that is looked at always.
fn may_stay(world: &World<'_>) -> bool {
    !cfg!(small) && !world.stops && world.function_traps.is_empty() && !is_translating(world)
}

fn is_host(world: &World<'_>, address: u32) -> bool {
    matches!(world.code.functions[address as usize], FunctionData::Host { .. })
}

/// Lets the innermost frame go on at the last `end` of its function after the
/// call that it is at. A host function called in place of it is called so: it
/// has no frame that could replace the current one.
fn return_after_call(world: &World<'_>, stack: &mut Stack) {
    let Some(frame) = stack.frames.last_mut() else { return };
    let body = world.code.module(frame.instance).body(frame.function).unwrap_or_default();
    // A body is no longer than its module, which is shorter than 4 GiB.
    frame.resume_at = body.len().saturating_sub(1) as u32;
}

/// Executes one instruction that neither branches nor calls.
pub(crate) fn step(world: &mut World<'_>, stack: &mut Stack) -> Result<(), Halt> {
    if let Some(done) = step_prefixed(world, stack) {
        return done;
    }
    let end = stack.executed + 1;
    match run_innermost(world, stack, end, &mut 0, None) {
        Exit::Trap(kind) => Err(kind.into()),
        Exit::Page(absent) => Err(Halt::Page(absent)),
        _ => Ok(()),
    }
}

/// The same for operators on vectors, structures and arrays, without all that a frame needs which
/// goes on; none for others.
fn step_prefixed(world: &mut World<'_>, stack: &mut Stack) -> Option<Result<(), Halt>> {
    let frame = stack.frames.last()?;
    let instance = &world.code.instances[frame.instance as usize];
    let body = instance.module.body(frame.function)?;
    let at = frame.pc as usize;
    let mut pc = at + 1;
    if !Op::is_prefix(body[at]) {
        return None;
    }
    let operator = Op::from_prefixed(body[at], number(body, &mut pc))?;
    let on = &mut Operands { slots: &mut stack.slots, height: stack.height };
    match operator {
        #[cfg(feature = "simd")]
        vector_operators!() => {
            let (memories, addresses) = (&mut world.memories, &*instance.memories);
            Some(vector::execute(memories, addresses, on, operator, body, &mut pc))
        }
        _ if operator.row().proposal == Proposal::Gc => {
            world.account.executed = stack.executed + 1;
            let done = Gc { world, on, instance: frame.instance }.execute(operator, body, &mut pc);
            Some(done.map_err(Halt::Trap))
        }
        _ => None,
    }
}

/// Whether a reference is of the type that a cast asks for which branches, and whose immediates
/// are at `at` in the body of this function.
pub(crate) fn cast_holds(
    world: &mut World<'_>,
    instance: u32,
    function: u32,
    at: usize,
    reference: u64,
) -> bool {
    let body = world.code.module(instance).body(function).unwrap_or_default();
    let on = &mut Operands { slots: &mut [reference], height: 1 };
    Gc { world, on, instance }.cast_holds(body, at).0
}

/// Runs the innermost frame, and counts what that is, to find out whether it is worth translating.
fn run_counting(world: &mut World<'_>, stack: &mut Stack, end: u64) -> Exit {
    let (before, mut loops) = (stack.executed, LEAST_ROUNDS);
    let exit = run_innermost(world, stack, end, &mut loops, None);
    if let Some(frame) = stack.frames.last() {
        world.tiers.count(frame, stack.executed - before, LEAST_ROUNDS - loops);
    }
    exit
}

/// Runs the innermost frame until it calls, returns, traps, has gone back to the
/// start of a loop so many times (or never if that is 0), or `end`
/// instructions were executed in all. It may `stay` for calls of functions of the same instance,
/// and for returns to them that leave more frames than that.
#[inline(always)]
fn run_innermost(
    world: &mut World<'_>,
    stack: &mut Stack,
    end: u64,
    loops: &mut u32,
    stay: Option<usize>,
) -> Exit {
    #[cfg(feature = "simd")]
    if let Some(frame) = stack.frames.last()
        && world.code.layout(frame.instance, frame.function).wide
    {
        return run_frame::<true>(world, stack, end, loops, None);
    }
    run_frame::<false>(world, stack, end, loops, stay)
}

/// The same. Compiled once for functions in which operands of any type may be
/// vectors, and once for all others, which need not look.
// Without microcode, it is called from one place.
#[cfg_attr(not(feature = "microcode"), inline(always))]
fn run_frame<const WIDE: bool>(
    world: &mut World<'_>,
    stack: &mut Stack,
    end: u64,
    rounds: &mut u32,
    stay: Option<usize>,
) -> Exit {
    let Some(frame) = stack.frames.last().copied() else { return Exit::Return };
    let instance = &world.code.instances[frame.instance as usize];
    let module = &instance.module;
    let layouts = module.layouts();
    let imported = module.declarations().imported_functions;
    let layout_of = |function: u32| layouts.get(function.wrapping_sub(imported) as usize);
    let Some(mut layout) = layout_of(frame.function) else { return Exit::Return };
    let replaced;
    // The body is what `layout` says of this.
    let code = match world.replaced_body(&frame) {
        Some(body) => {
            // It is as long as the one that it replaces.
            let span = Span { start: 0, end: layout.body.len() };
            replaced = FunctionLayout { body: span, ..*layout };
            layout = &replaced;
            body
        }
        None => module.bytes(),
    };
    let entries = module.side_table();
    let memory = instance.memories.first().map_or(usize::MAX, |address| *address as usize);
    // With fewer frames than the first, it stays for a call; with more than the second, for a
    // return: all that are more than now are those of functions that were called here.
    let (call_below, return_above) = match stay {
        Some(until) => {
            let most = stack.frames.capacity().min(world.code.max_call_depth);
            (most, stack.frames.len().max(until.saturating_add(1)))
        }
        None => (0, usize::MAX),
    };
    let mut base = frame.base as usize;
    #[cfg(feature = "simd")]
    let wide = WIDE.then(|| Wide::of(world.code, &frame, layout.body.start as usize));
    let mut stack_top = Operands { slots: &mut stack.slots, height: stack.height };
    let on = &mut stack_top;
    let mut entry = (layout.first_entry + frame.next_entry) as usize;
    // So many instructions are left, and counted as if they had been executed.
    let mut left = usize::try_from(end.saturating_sub(stack.executed)).unwrap_or(usize::MAX);
    stack.executed += left as u64;
    let mut loops = *rounds;
    let mut pc = (layout.body.start + frame.pc) as usize;
    let mut at;

    /// How many instructions were executed.
    macro_rules! executed {
        () => {
            stack.executed - left as u64
        };
    }
    /// The value; or leaves the frame, at the instruction that traps.
    macro_rules! attempt {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(halt) => break halt.into(),
            }
        };
    }
    macro_rules! branch {
        ($entry:expr) => {{
            let taken = entries[$entry];
            on.shift(taken.keep() as usize, taken.drop() as usize);
            let target = (layout.body.start + taken.target) as usize;
            let goes_back = target < pc;
            pc = target;
            entry = (layout.first_entry + taken.next_entry) as usize;
            if goes_back {
                loops = loops.wrapping_sub(1);
                if loops == 0 {
                    at = pc;
                    break Exit::Loop;
                }
            }
        }};
    }
    /// Where in the store a memory is.
    macro_rules! memory {
        ($index:expr) => {
            if $index == 0 { memory } else { instance.memories[$index as usize] as usize }
        };
    }
    macro_rules! load {
        ($read:expr) => {{
            let (index, offset) = mem_arg(code, &mut pc);
            let memory = memory!(index);
            attempt!(on.load(&mut world.memories, memory, offset, $read));
        }};
    }
    macro_rules! store {
        ($bytes:expr) => {{
            let (index, offset) = mem_arg(code, &mut pc);
            let memory = memory!(index);
            attempt!(on.store(&mut world.memories, memory, offset, $bytes));
        }};
    }
    macro_rules! bulk {
        () => {
            Bulk { world: &mut *world, instance: frame.instance }
        };
    }

    /// Counts the bytes that an operator has worked on.
    macro_rules! spend {
        ($bytes:expr) => {
            world.effort = world.effort.saturating_sub($bytes);
            if world.effort == 0 {
                stack.executed = executed!();
                left = 0;
            }
        };
    }

    /// Works on many bytes; where it stops for a page, its operands are what is left of them.
    macro_rules! on_bytes {
        (|$operands:ident| $work:expr) => {{
            let mut left = on.three();
            let $operands = &mut left;
            match $work {
                Ok(()) => {}
                Err(halt) => {
                    on.set_three(left);
                    break halt.into();
                }
            }
            spend!(on.peek::<u64>(0));
            on.height -= 3;
        }};
    }

    /// Lets the caller go on if it was executed here, or leaves the frame.
    macro_rules! leave_function {
        () => {{
            if stack.frames.len() > return_above
                && let [.., caller, _] = &stack.frames[..]
                && let Some(of_caller) = layout_of(caller.function)
            {
                let results = layout.result_slots as usize;
                let (from, to) = (on.height - results, base);
                layout = of_caller;
                base = caller.base as usize;
                pc = (layout.body.start + caller.resume_at) as usize;
                entry = (layout.first_entry + caller.next_entry) as usize;
                stack.frames.pop();
                match results {
                    1 => on.slots[to] = on.slots[from],
                    _ => on.slots.copy_within(from..on.height, to),
                }
                on.height = to + results;
                continue;
            }
            break Exit::Return;
        }};
    }

    /// Lets others work on copies of the operands and of the program counter, so that these stay
    /// in registers.
    macro_rules! elsewhere {
        (|$on:ident, $pc:ident| $work:expr) => {{
            let (mut next, height) = (pc, on.height);
            let mut copy = Operands { slots: &mut *on.slots, height };
            let ($on, $pc) = (&mut copy, &mut next);
            let done = $work;
            on.height = copy.height;
            pc = next;
            done
        }};
    }
    macro_rules! gc {
        ($on:ident) => {
            Gc { world: &mut *world, on: $on, instance: frame.instance }
        };
    }

    let exit = loop {
        at = pc;
        let Some(rest) = left.checked_sub(1) else { break Exit::Fuel };
        left = rest;
        pc += 1;
        let operator = match if WIDE { Op::one_slot(code[at]) } else { Op::matched_byte(code[at]) }
        {
            Some(operator) => operator,
            None => {
                if code[at] == BREAK {
                    break Exit::Break;
                }
                #[cfg(feature = "simd")]
                if let Some(wide) = &wide
                    && !Op::is_prefix(code[at])
                {
                    elsewhere!(|on, pc| wide.execute(world.globals, on, base, code, pc));
                    continue;
                }
                let behind_prefix = number(code, &mut pc);
                Op::from_prefixed(code[at], behind_prefix).unwrap_or(Op::Unreachable)
            }
        };
        match operator {
            // Control (specification §4.4.8).
            Op::Unreachable => break unreachable_trap(),
            Op::Nop => {}
            Op::Block | Op::Loop => skip_block_type(code, &mut pc),
            Op::TryTable => entry += elsewhere!(|_on, pc| skip_clauses(code, pc)),
            Op::Throw => {
                let tag = number(code, &mut pc);
                world.account.executed = executed!();
                let (slot, taken) = attempt!(elsewhere!(|on, _pc| gc!(on).exception(tag)));
                on.height -= taken;
                break Exit::Throw(slot, taken);
            }
            Op::ThrowRef => {
                let slot = on.peek(0);
                if slot == NULL {
                    break Exit::Trap(TrapKind::NullExceptionReference);
                }
                on.height -= 1;
                break Exit::Throw(slot, 1);
            }
            Op::BrOnCast | Op::BrOnCastFail => {
                let (holds, next) = elsewhere!(|on, pc| gc!(on).cast_holds(code, *pc));
                if holds == (operator == Op::BrOnCast) {
                    branch!(entry);
                } else {
                    pc = next;
                    entry += 1;
                }
            }
            Op::If => {
                if on.pop() {
                    skip_block_type(code, &mut pc);
                    entry += 1;
                } else {
                    branch!(entry);
                }
            }
            Op::Else | Op::Br => branch!(entry),
            Op::End => {
                if pc == layout.body.end as usize {
                    leave_function!();
                }
            }
            Op::BrIf => {
                if on.pop() {
                    branch!(entry);
                } else {
                    number(code, &mut pc);
                    entry += 1;
                }
            }
            Op::BrTable => {
                let labels = number(code, &mut pc);
                let selected: u32 = on.pop();
                branch!(entry + selected.min(labels) as usize);
            }
            Op::Return => leave_function!(),
            Op::Call => {
                let function = number(code, &mut pc);
                if stack.frames.len() < call_below
                    && let Some(callee) = layout_of(function)
                    && !(cfg!(feature = "simd") && callee.wide)
                    && let operands = on.height + callee.local_slots as usize
                    && operands + callee.max_operand_slots as usize <= on.slots.len()
                {
                    let FunctionLayout { body: Span { start, .. }, first_entry, .. } = *layout;
                    layout = callee;
                    base = on.height - layout.param_slots as usize;
                    let entered = Frame {
                        store: frame.store,
                        // Functions of an instance stand in a row.
                        address: frame.address.wrapping_sub(frame.function).wrapping_add(function),
                        instance: frame.instance,
                        function,
                        // The stack has at most as many slots as 32 bits can count.
                        base: base as u32,
                        pc: layout.code_start,
                        resume_at: 0,
                        next_entry: 0,
                    };
                    let resume_at = pc as u32 - start;
                    pc = (layout.body.start + layout.code_start) as usize;
                    let next_entry = entry as u32 - first_entry;
                    entry = layout.first_entry as usize;
                    if layout.local_slots > 0 {
                        on.slots[on.height..operands].fill(0);
                    }
                    on.height = operands;
                    if let Some(caller) = stack.frames.last_mut() {
                        (caller.pc, caller.resume_at) = (at as u32 - start, resume_at);
                        caller.next_entry = next_entry;
                    }
                    stack.frames.push(entered);
                    continue;
                }
                break Exit::Call(instance.functions[function as usize], 0);
            }
            Op::CallIndirect => {
                let (ty, table) = pair(code, &mut pc);
                let callee = attempt!(callee(world, frame.instance, ty, table, on.peek(0)));
                on.height -= 1;
                break Exit::Call(callee, 1);
            }
            Op::CallRef => {
                number(code, &mut pc);
                let Some(callee) = address_of_slot(on.peek(0)) else {
                    break Exit::Trap(TrapKind::NullFunctionReference);
                };
                on.height -= 1;
                break Exit::Call(callee, 1);
            }
            Op::ReturnCallRef => {
                number(code, &mut pc);
                let Some(callee) = address_of_slot(on.peek(0)) else {
                    break Exit::Trap(TrapKind::NullFunctionReference);
                };
                on.height -= 1;
                break Exit::TailCall(callee, 1);
            }
            Op::BrOnNull => {
                if on.peek::<u64>(0) == NULL {
                    on.height -= 1;
                    branch!(entry);
                } else {
                    number(code, &mut pc);
                    entry += 1;
                }
            }
            Op::BrOnNonNull => {
                if on.peek::<u64>(0) != NULL {
                    branch!(entry);
                } else {
                    on.height -= 1;
                    number(code, &mut pc);
                    entry += 1;
                }
            }
            Op::ReturnCall => {
                let function = number(code, &mut pc);
                break Exit::TailCall(instance.functions[function as usize], 0);
            }
            Op::ReturnCallIndirect => {
                let (ty, table) = pair(code, &mut pc);
                let callee = attempt!(callee(world, frame.instance, ty, table, on.peek(0)));
                on.height -= 1;
                break Exit::TailCall(callee, 1);
            }

            // Parametric and variable (specification §4.4.4 and §4.4.5).
            Op::Drop => on.height -= 1,
            Op::Select => on.select(),
            Op::SelectTyped => {
                elsewhere!(|_on, pc| skip_types(code, pc));
                on.select();
            }
            Op::LocalGet => {
                let local = number(code, &mut pc) as usize;
                on.push(on.slots[base + local]);
            }
            Op::LocalSet => {
                let local = number(code, &mut pc) as usize;
                on.slots[base + local] = on.pop();
            }
            Op::LocalTee => {
                let local = number(code, &mut pc) as usize;
                on.slots[base + local] = on.peek(0);
            }
            Op::GlobalGet => {
                let global = instance.globals[number(code, &mut pc) as usize];
                on.push(world.globals[global as usize].value[0]);
            }
            Op::GlobalSet => {
                let global = instance.globals[number(code, &mut pc) as usize];
                world.globals[global as usize].value[0] = on.pop();
            }

            // Tables (specification §4.4.6) and references (§4.4.2).
            Op::TableGet => {
                let table = number(code, &mut pc);
                let slot = attempt!(bulk!().table_get(table, on.peek(0)));
                on.replace(1, slot);
            }
            Op::TableSet => {
                let table = number(code, &mut pc);
                attempt!(bulk!().table_set(table, on.peek(1), on.peek(0)));
                on.height -= 2;
            }
            Op::TableSize => {
                let table = number(code, &mut pc);
                on.push(bulk!().table_size(table));
            }
            Op::TableGrow => {
                let table = number(code, &mut pc);
                world.account.executed = executed!();
                let before = attempt!(bulk!().table_grow(table, on.peek(1), on.peek(0)));
                on.replace(2, before);
            }
            Op::TableFill => {
                let table = number(code, &mut pc);
                attempt!(bulk!().table_fill(table, on.peek(2), on.peek(1), on.peek(0)));
                spend!(on.peek::<u64>(0).saturating_mul(8));
                on.height -= 3;
            }
            Op::TableCopy => {
                let tables = pair(code, &mut pc);
                attempt!(bulk!().table_copy(tables, on.three()));
                spend!(on.peek::<u64>(0).saturating_mul(8));
                on.height -= 3;
            }
            Op::TableInit => {
                let (segment, table) = pair(code, &mut pc);
                attempt!(bulk!().table_init(segment, table, on.three()));
                spend!(on.peek::<u64>(0).saturating_mul(8));
                on.height -= 3;
            }
            Op::ElemDrop => bulk!().elem_drop(number(code, &mut pc)),
            Op::RefNull => {
                signed(code, &mut pc);
                on.push(NULL);
            }
            Op::RefAsNonNull => {
                if on.peek::<u64>(0) == NULL {
                    break Exit::Trap(TrapKind::NullReference);
                }
            }
            Op::RefIsNull => on.unary(|slot: u64| slot == NULL),
            Op::RefFunc => {
                let function = instance.functions[number(code, &mut pc) as usize];
                on.push(slot_of_address(function));
            }

            // Structures and arrays (specification §4.4.3).
            Op::RefEq
            | Op::StructNew
            | Op::StructNewDefault
            | Op::StructGet
            | Op::StructGetS
            | Op::StructGetU
            | Op::StructSet
            | Op::ArrayNew
            | Op::ArrayNewDefault
            | Op::ArrayNewFixed
            | Op::ArrayNewData
            | Op::ArrayNewElem
            | Op::ArrayGet
            | Op::ArrayGetS
            | Op::ArrayGetU
            | Op::ArraySet
            | Op::ArrayLen
            | Op::ArrayFill
            | Op::ArrayCopy
            | Op::ArrayInitData
            | Op::ArrayInitElem
            | Op::RefTest
            | Op::RefTestNull
            | Op::RefCast
            | Op::RefCastNull
            | Op::AnyConvertExtern
            | Op::ExternConvertAny
            | Op::RefI31
            | Op::I31GetS
            | Op::I31GetU => {
                world.account.executed = executed!();
                attempt!(elsewhere!(|on, pc| gc!(on).execute(operator, code, pc)));
                spend!(0);
            }

            // Memory (specification §4.4.7). What has zeros above, or is a
            // float, is loaded and stored like an integer of its width.
            Op::I32Load | Op::F32Load | Op::I64Load32U => load!(u32::from_le_bytes),
            Op::I64Load | Op::F64Load => load!(u64::from_le_bytes),
            Op::I32Load8U | Op::I64Load8U => load!(|[byte]: [u8; 1]| u32::from(byte)),
            Op::I32Load16U | Op::I64Load16U => load!(|b| u32::from(u16::from_le_bytes(b))),
            Op::I32Load8S => load!(|[byte]: [u8; 1]| i32::extend8_s(byte.into())),
            Op::I32Load16S => load!(|b| i32::extend16_s(u16::from_le_bytes(b).into())),
            Op::I64Load8S => load!(|[byte]: [u8; 1]| i64::extend8_s(byte.into())),
            Op::I64Load16S => load!(|b| i64::extend16_s(u16::from_le_bytes(b).into())),
            Op::I64Load32S => load!(|b| i64::extend32_s(u32::from_le_bytes(b).into())),
            Op::I32Store | Op::F32Store | Op::I64Store32 => store!(u32::to_le_bytes),
            Op::I64Store | Op::F64Store => store!(u64::to_le_bytes),
            Op::I32Store8 | Op::I64Store8 => store!(|value: u32| [value.to_le_bytes()[0]]),
            Op::I32Store16 | Op::I64Store16 => store!(|value: u32| {
                let [low, high, _, _] = value.to_le_bytes();
                [low, high]
            }),
            Op::MemorySize => {
                let memory = number(code, &mut pc);
                on.push(bulk!().memory_size(memory));
            }
            Op::MemoryGrow => {
                let memory = number(code, &mut pc);
                world.account.executed = executed!();
                let before = attempt!(bulk!().memory_grow(memory, on.peek(0)));
                on.replace(1, before);
            }
            Op::MemoryFill => {
                let memory = number(code, &mut pc);
                on_bytes!(|operands| bulk!().memory_fill(memory, operands));
            }
            Op::MemoryCopy => {
                let memories = pair(code, &mut pc);
                on_bytes!(|operands| bulk!().memory_copy(memories, operands));
            }
            Op::MemoryInit => {
                let (segment, memory) = pair(code, &mut pc);
                on_bytes!(|operands| bulk!().memory_init(segment, memory, operands));
            }
            Op::DataDrop => bulk!().data_drop(number(code, &mut pc)),
            #[cfg(feature = "threads")]
            atomic_operators!() => {
                let at = mem_arg(code, &mut pc);
                let (memories, addresses) = (&mut world.memories, &*instance.memories);
                attempt!(elsewhere!(|on, _pc| {
                    atomic::execute(memories, addresses, on, operator, at)
                }));
            }
            #[cfg(feature = "simd")]
            vector_operators!() => {
                let (memories, addresses) = (&mut world.memories, &*instance.memories);
                attempt!(elsewhere!(|on, pc| {
                    vector::execute(memories, addresses, on, operator, code, pc)
                }));
            }
            // Nothing is reordered that another agent could see. Its byte is zero.
            #[cfg(feature = "threads")]
            Op::AtomicFence => pc += 1,

            // Numbers (specification §4.4.1).
            // A constant of 32 bits is the lower half of what is read.
            Op::I32Const => on.push(signed(code, &mut pc) as u32),
            Op::I64Const => on.push(signed(code, &mut pc).cast_unsigned()),
            Op::F32Const => on.push(u32::from_le_bytes(bytes(code, &mut pc))),
            Op::F64Const => on.push(u64::from_le_bytes(bytes(code, &mut pc))),
            Op::I32Eqz => on.unary(i32::eqz),
            Op::I32Eq => on.binary(i32::eq),
            Op::I32Ne => on.binary(i32::ne),
            Op::I32LtS => on.binary(i32::lt_s),
            Op::I32LtU => on.binary(i32::lt_u),
            Op::I32GtS => on.binary(i32::gt_s),
            Op::I32GtU => on.binary(i32::gt_u),
            Op::I32LeS => on.binary(i32::le_s),
            Op::I32LeU => on.binary(i32::le_u),
            Op::I32GeS => on.binary(i32::ge_s),
            Op::I32GeU => on.binary(i32::ge_u),
            Op::I64Eqz => on.unary(i64::eqz),
            Op::I64Eq => on.binary(i64::eq),
            Op::I64Ne => on.binary(i64::ne),
            Op::I64LtS => on.binary(i64::lt_s),
            Op::I64LtU => on.binary(i64::lt_u),
            Op::I64GtS => on.binary(i64::gt_s),
            Op::I64GtU => on.binary(i64::gt_u),
            Op::I64LeS => on.binary(i64::le_s),
            Op::I64LeU => on.binary(i64::le_u),
            Op::I64GeS => on.binary(i64::ge_s),
            Op::I64GeU => on.binary(i64::ge_u),
            Op::F32Eq => on.binary(f32::eq),
            Op::F32Ne => on.binary(f32::ne),
            Op::F32Lt => on.binary(f32::lt),
            Op::F32Gt => on.binary(f32::gt),
            Op::F32Le => on.binary(f32::le),
            Op::F32Ge => on.binary(f32::ge),
            Op::F64Eq => on.binary(f64::eq),
            Op::F64Ne => on.binary(f64::ne),
            Op::F64Lt => on.binary(f64::lt),
            Op::F64Gt => on.binary(f64::gt),
            Op::F64Le => on.binary(f64::le),
            Op::F64Ge => on.binary(f64::ge),
            Op::I32Clz => on.unary(i32::clz),
            Op::I32Ctz => on.unary(i32::ctz),
            Op::I32Popcnt => on.unary(i32::popcnt),
            Op::I32Add => on.binary(i32::add),
            Op::I32Sub => on.binary(i32::sub),
            Op::I32Mul => on.binary(i32::mul),
            Op::I32DivS => attempt!(on.try_binary(i32::div_s)),
            Op::I32DivU => attempt!(on.try_binary(i32::div_u)),
            Op::I32RemS => attempt!(on.try_binary(i32::rem_s)),
            Op::I32RemU => attempt!(on.try_binary(i32::rem_u)),
            Op::I32And => on.binary(i32::and),
            Op::I32Or => on.binary(i32::or),
            Op::I32Xor => on.binary(i32::xor),
            Op::I32Shl => on.binary(i32::shl),
            Op::I32ShrS => on.binary(i32::shr_s),
            Op::I32ShrU => on.binary(i32::shr_u),
            Op::I32Rotl => on.binary(i32::rotl),
            Op::I32Rotr => on.binary(i32::rotr),
            Op::I64Clz => on.unary(i64::clz),
            Op::I64Ctz => on.unary(i64::ctz),
            Op::I64Popcnt => on.unary(i64::popcnt),
            Op::I64Add => on.binary(i64::add),
            Op::I64Sub => on.binary(i64::sub),
            Op::I64Mul => on.binary(i64::mul),
            Op::I64DivS => attempt!(on.try_binary(i64::div_s)),
            Op::I64DivU => attempt!(on.try_binary(i64::div_u)),
            Op::I64RemS => attempt!(on.try_binary(i64::rem_s)),
            Op::I64RemU => attempt!(on.try_binary(i64::rem_u)),
            Op::I64And => on.binary(i64::and),
            Op::I64Or => on.binary(i64::or),
            Op::I64Xor => on.binary(i64::xor),
            Op::I64Shl => on.binary(i64::shl),
            Op::I64ShrS => on.binary(i64::shr_s),
            Op::I64ShrU => on.binary(i64::shr_u),
            Op::I64Rotl => on.binary(i64::rotl),
            Op::I64Rotr => on.binary(i64::rotr),
            Op::F32Abs => on.unary(f32::abs),
            Op::F32Neg => on.unary(f32::neg),
            Op::F32Ceil => on.unary(f32::ceil),
            Op::F32Floor => on.unary(f32::floor),
            Op::F32Trunc => on.unary(f32::trunc),
            Op::F32Nearest => on.unary(f32::nearest),
            Op::F32Sqrt => on.unary(f32::sqrt),
            Op::F32Add => on.binary(f32::add),
            Op::F32Sub => on.binary(f32::sub),
            Op::F32Mul => on.binary(f32::mul),
            Op::F32Div => on.binary(f32::div),
            Op::F32Min => on.binary(f32::min),
            Op::F32Max => on.binary(f32::max),
            Op::F32Copysign => on.binary(f32::copysign),
            Op::F64Abs => on.unary(f64::abs),
            Op::F64Neg => on.unary(f64::neg),
            Op::F64Ceil => on.unary(f64::ceil),
            Op::F64Floor => on.unary(f64::floor),
            Op::F64Trunc => on.unary(f64::trunc),
            Op::F64Nearest => on.unary(f64::nearest),
            Op::F64Sqrt => on.unary(f64::sqrt),
            Op::F64Add => on.binary(f64::add),
            Op::F64Sub => on.binary(f64::sub),
            Op::F64Mul => on.binary(f64::mul),
            Op::F64Div => on.binary(f64::div),
            Op::F64Min => on.binary(f64::min),
            Op::F64Max => on.binary(f64::max),
            Op::F64Copysign => on.binary(f64::copysign),
            Op::I32WrapI64 => on.unary(convert::i32_wrap_i64),
            Op::I32TruncF32S => attempt!(on.try_unary(convert::i32_trunc_f32_s)),
            Op::I32TruncF32U => attempt!(on.try_unary(convert::i32_trunc_f32_u)),
            Op::I32TruncF64S => attempt!(on.try_unary(convert::i32_trunc_f64_s)),
            Op::I32TruncF64U => attempt!(on.try_unary(convert::i32_trunc_f64_u)),
            Op::I64ExtendI32S => on.unary(convert::i64_extend_i32_s),
            Op::I64TruncF32S => attempt!(on.try_unary(convert::i64_trunc_f32_s)),
            Op::I64TruncF32U => attempt!(on.try_unary(convert::i64_trunc_f32_u)),
            Op::I64TruncF64S => attempt!(on.try_unary(convert::i64_trunc_f64_s)),
            Op::I64TruncF64U => attempt!(on.try_unary(convert::i64_trunc_f64_u)),
            Op::F32ConvertI32S => on.unary(convert::f32_convert_i32_s),
            Op::F32ConvertI32U => on.unary(convert::f32_convert_i32_u),
            Op::F32ConvertI64S => on.unary(convert::f32_convert_i64_s),
            Op::F32ConvertI64U => on.unary(convert::f32_convert_i64_u),
            Op::F32DemoteF64 => on.unary(convert::f32_demote_f64),
            Op::F64ConvertI32S => on.unary(convert::f64_convert_i32_s),
            Op::F64ConvertI32U => on.unary(convert::f64_convert_i32_u),
            Op::F64ConvertI64S => on.unary(convert::f64_convert_i64_s),
            Op::F64ConvertI64U => on.unary(convert::f64_convert_i64_u),
            Op::F64PromoteF32 => on.unary(convert::f64_promote_f32),
            Op::I32Extend8S => on.unary(i32::extend8_s),
            Op::I32Extend16S => on.unary(i32::extend16_s),
            Op::I64Extend8S => on.unary(i64::extend8_s),
            Op::I64Extend16S => on.unary(i64::extend16_s),
            Op::I64Extend32S => on.unary(i64::extend32_s),
            Op::I32TruncSatF32S => on.unary(convert::i32_trunc_sat_f32_s),
            Op::I32TruncSatF32U => on.unary(convert::i32_trunc_sat_f32_u),
            Op::I32TruncSatF64S => on.unary(convert::i32_trunc_sat_f64_s),
            Op::I32TruncSatF64U => on.unary(convert::i32_trunc_sat_f64_u),
            Op::I64TruncSatF32S => on.unary(convert::i64_trunc_sat_f32_s),
            Op::I64TruncSatF32U => on.unary(convert::i64_trunc_sat_f32_u),
            Op::I64TruncSatF64S => on.unary(convert::i64_trunc_sat_f64_s),
            Op::I64TruncSatF64U => on.unary(convert::i64_trunc_sat_f64_u),
            Op::I64Add128 => on.replace_wide(4, on.peek_wide(2).wrapping_add(on.peek_wide(0))),
            Op::I64Sub128 => on.replace_wide(4, on.peek_wide(2).wrapping_sub(on.peek_wide(0))),
            Op::I64MulWideS => on.replace_wide(2, i64::mul_wide_s(on.peek(1), on.peek(0))),
            Op::I64MulWideU => on.replace_wide(2, i64::mul_wide_u(on.peek(1), on.peek(0))),
            // The slots of these are the same before and after.
            Op::I64ExtendI32U
            | Op::I32ReinterpretF32
            | Op::I64ReinterpretF64
            | Op::F32ReinterpretI32
            | Op::F64ReinterpretI64 => {}
        }
    };
    // Offsets in a module, and entries of the side table, are counted in 32 bits.
    if let Some(frame) = stack.frames.last_mut() {
        frame.pc = at as u32 - layout.body.start;
        frame.resume_at = pc as u32 - layout.body.start;
        frame.next_entry = entry as u32 - layout.first_entry;
    }
    stack.height = stack_top.height;
    stack.executed = executed!();
    *rounds = loops;
    match exit {
        // It could not count as far as it may go.
        Exit::Fuel if stack.executed < end && world.effort > 0 => Exit::Loop,
        exit => exit,
    }
}

/// Were it made where the operator is executed, it would be there before every operator.
#[cold]
#[inline(never)]
fn unreachable_trap() -> Exit {
    Exit::Trap(TrapKind::Unreachable)
}

/// The function that an indirect call calls, by its address.
#[inline]
fn callee(
    world: &World<'_>,
    instance: u32,
    ty: u32,
    table: u32,
    index: u64,
) -> Result<u32, TrapKind> {
    let address = world.code.instances[instance as usize].tables[table as usize];
    let table = &world.tables[address as usize];
    let Some(slot) = table.element(index) else {
        return Err(TrapKind::UndefinedElement { index, size: table.size() });
    };
    let Some(function) = address_of_slot(slot) else {
        return Err(TrapKind::IndirectCallToNull { index });
    };
    let checked = world.code.check_type(instance, ty, function);
    checked.map_err(|(expected, found)| type_mismatch(expected, found))?;
    Ok(function)
}

#[cold]
fn type_mismatch(expected: &FuncType, found: &FuncType) -> TrapKind {
    let types = || {
        let (expected, found) = (expected.copied()?, found.copied()?);
        shared(SignatureMismatch { expected, found })
    };
    match types() {
        Ok(types) => TrapKind::IndirectCallTypeMismatch(types),
        Err(OutOfMemory) => {
            TrapKind::OutOfMemoryBudget { bytes: size_of::<SignatureMismatch>() as u64 }
        }
    }
}
