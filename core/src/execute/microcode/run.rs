//! What executes microcode.
//!
//! It never traps by itself: where an instruction would, it stops before that and lets the
//! stepper execute it, which knows all about traps; but for what the stepper executes for it
//! anyway, which cannot be tried twice: it may have collected what is garbage. It stops for calls
//! it cannot make as well, and where as much was executed as allowed.
//!
//! # Safety
//!
//! All that is taken for granted here is made sure by the translator and checked when a function
//! is entered:
//!
//! - Words are those of one function's microcode, which is not changed or dropped while it is
//!   executed (nothing that is called from here does either). An operator is the lowest 16 bits
//!   of a first word; jumps go to first words; the last operator of a function jumps or leaves.
//! - Fields that name slots are less than the function's frame is long. Before a function is
//!   entered, there are so many slots of the value stack from its base on.
//! - Indices of functions and globals are those of a validated module.
//! - Addresses in memory are compared with its size before it is accessed.
//! - Pointers are made anew after everything that may move what they point to.
#![allow(unsafe_code)]

mod call;
mod cpu;
mod operators;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::call::{CALLEES, Callee};
use super::leave::{Exit, Left, Return, Stand, leave};
use super::op::{Op, Word};
use super::tier::may_be_done_in_part;
use super::{Entry, Microcode};
use crate::execute::Frame;
use crate::execute::stepper::{self, Stack, World};
use crate::ledger::{self, Owner};
use crate::runtime::{FRAME_LOG2, GlobalData, Halt, InstanceData, PageFrame, TrapKind};

/// What the execution of microcode needs less often than what is in a [`Cpu`].
struct Run<'r, 'w> {
    world: &'r mut World<'w>,
    stack: &'r mut Stack,
    /// The microcode of the functions of this instance, which is that of the frame.
    codes: *const Option<Box<Microcode>>,
    globals: *mut GlobalData,
    /// The instance, and addresses of its globals.
    data: &'w InstanceData,
    addresses: *const u32,
    /// The flags of what has changed of the memory; null if nobody wants to know.
    changed: *mut bool,
    /// Behind the value stack.
    stack_end: *mut u64,
    /// Where to go on behind the calls that were made: where these are kept, the end of them, and
    /// where room must be made for more.
    returns: Vec<Return>,
    returns_end: *mut Return,
    room_end: *mut Return,
    /// How many calls may be made at most: none where no call may be made from here.
    most_calls: usize,
    /// The slots that a call needs for which room is to be made, from the frame's base on.
    wanted: usize,
    /// Functions that were called by reference lately.
    callees: [Callee; CALLEES],
    /// What is to be called by reference.
    reference: u64,
    /// The function being executed.
    function: u32,
    /// What was executed at which a loop, or a call, and at which anything stops.
    soft: u64,
    hard: u64,
    /// The outermost frame, as it was when it was entered.
    frame: Frame,
    memory: Option<usize>,
    /// The address of what is not in RAM, and from this bit on how many bytes it has.
    missed: u64,
    /// The registers, when they are not in use.
    ip: *const u64,
    base: *mut u64,
    bytes: *mut u8,
    size: u64,
    pages: Pages,
    last: u64,
    real: f64,
    acc: u64,
    exit: Exit,
    #[cfg(feature = "dispatches")]
    dispatches: u64,
    /// The trap of the instruction that is stopped before, if that is known.
    trap: Option<TrapKind>,
}

/// Addresses have less bits: they are sums of two numbers of 32 bits, or a little more.
const MISSED_BYTES: u32 = 56;

/// Where the pages of the first memory are, if it is held as pages.
struct Pages {
    /// The frame of each page; a number that no frame has if it is in none.
    entries: *const u32,
    /// How many of them are all of memory; none if it is held in one piece.
    count: u64,
    frames: *mut PageFrame,
    frame_count: u32,
    /// How many accesses there have been.
    accesses: *mut u64,
}

impl Pages {
    const NONE: Pages = Pages {
        entries: core::ptr::null(),
        count: 0,
        frames: core::ptr::null_mut(),
        frame_count: 0,
        accesses: core::ptr::null_mut(),
    };
}

/// Runs the innermost frame from an entry of its function on, until so many instructions were
/// executed in all, but for some that are left to the stepper.
pub(super) fn run(world: &mut World<'_>, stack: &mut Stack, entry: Entry, end: u64) -> Left {
    let Some(frame) = stack.frames.last().copied() else { return Left::Before };
    let instance = frame.instance as usize;
    let data = &world.code.instances[instance];
    let Some(code) = world.tiers.code(instance, frame.function) else { return Left::Before };
    if frame.base as usize + usize::from(code.frame) > stack.slots.len() {
        return Left::Before;
    }
    // SAFETY: entries are words of the code.
    let ip = unsafe { code.words.as_ptr().add(entry.at as usize) };
    let is_guarded = !world.function_traps.is_empty() || world.stops;
    let most_calls = match is_guarded {
        true => 0,
        false => world.code.max_call_depth.saturating_sub(stack.frames.len() + 1),
    };
    // Between two looks at the limit there is straight code, or that of a test and straight code
    // behind it: so much is left to the stepper. Loops stop earlier, at their start.
    let straight = u64::from(world.code.straight);
    let mut run = Run {
        codes: world.tiers.codes(instance).as_ptr(),
        globals: core::ptr::null_mut(),
        data,
        addresses: data.globals.as_ptr(),
        changed: core::ptr::null_mut(),
        stack_end: core::ptr::null_mut(),
        returns: Vec::new(),
        returns_end: core::ptr::null_mut(),
        room_end: core::ptr::null_mut(),
        most_calls,
        wanted: 0,
        callees: [Callee::NONE; CALLEES],
        reference: 0,
        function: frame.function,
        soft: end.saturating_sub(3 * straight),
        hard: end.saturating_sub(2 * straight),
        frame,
        missed: 0,
        memory: data.memories.first().map(|address| *address as usize),
        ip,
        base: core::ptr::null_mut(),
        bytes: core::ptr::null_mut(),
        size: 0,
        pages: Pages::NONE,
        last: 0,
        real: 0.0,
        acc: stack.executed.wrapping_sub(entry.index.into()),
        exit: Exit::Call(0),
        #[cfg(feature = "dispatches")]
        dispatches: 0,
        trap: None,
        world,
        stack,
    };
    run.point(frame.base as usize);
    run.point_to_returns();
    run.world.account.is_pinned = true;
    loop {
        // SAFETY: the operator stands at an entry, or where it was stopped and may go on; and
        // there are as many slots as the frame is long.
        unsafe { operators::execute(&mut run) };
        if !run.helps() {
            break;
        }
    }
    run.note_returns();
    #[cfg(feature = "dispatches")]
    run.world.tiers.count_dispatches(run.dispatches);
    let base = run.offset(run.base);
    run.world.account.is_pinned = false;
    if run.returns.capacity() > 0 {
        run.world.account.set(Owner::Microcode, run.world.tiers.allocated());
    }
    let Run { world, stack, returns, exit, trap, acc, function, ip, .. } = run;
    match (leave(world, stack, &returns, Stand { exit, acc, base, function, ip }), trap) {
        (Left::Before, Some(trap)) => Left::Trapped(trap),
        (left, _) => left,
    }
}

impl Run<'_, '_> {
    /// Makes all pointers that may have become invalid anew, the frame's base being at this slot.
    fn point(&mut self, base: usize) {
        let slots = self.stack.slots.as_mut_ptr_range();
        self.base = slots.start.wrapping_add(base);
        self.stack_end = slots.end;
        self.globals = self.world.globals.as_mut_ptr();
        let memory = self.memory.and_then(|memory| self.world.memories.all.get_mut(memory));
        (self.bytes, self.size, self.changed) = (core::ptr::null_mut(), 0, core::ptr::null_mut());
        self.pages = Pages::NONE;
        let Some(memory) = memory else { return };
        let pager = &mut *self.world.memories.pager;
        if let Some(table) = memory.pages() {
            self.pages = Pages {
                entries: table.entries().as_ptr(),
                count: table.size() >> FRAME_LOG2,
                frames: pager.frames.as_mut_ptr(),
                // There are fewer than 32 bits can count.
                frame_count: pager.frames.len() as u32,
                accesses: &raw mut pager.accesses,
            };
        }
        (self.bytes, self.size, self.changed) = memory.parts();
    }

    /// Takes the calls that were made down; says how many these are.
    fn note_returns(&mut self) -> usize {
        let bytes = (self.returns_end as usize).wrapping_sub(self.returns.as_ptr() as usize);
        let calls = bytes / size_of::<Return>();
        // SAFETY: so many were noted.
        unsafe { self.returns.set_len(calls) };
        calls
    }

    /// Makes the pointers to them anew, after they were taken down.
    fn point_to_returns(&mut self) {
        // Each call becomes a frame when it is left.
        let frames = self.stack.frames.capacity() - self.stack.frames.len();
        let room = self.returns.capacity().min(frames).min(self.most_calls);
        let room = room.max(self.returns.len());
        let first = self.returns.as_mut_ptr();
        self.returns_end = first.wrapping_add(self.returns.len());
        self.room_end = first.wrapping_add(room);
    }

    /// How many slots stand before this one.
    fn offset(&self, slot: *const u64) -> usize {
        (slot as usize).wrapping_sub(self.stack.slots.as_ptr() as usize) / size_of::<u64>()
    }

    /// Whether a reference is of the type that the immediates at this place of the function ask
    /// for.
    #[cold]
    #[inline(never)]
    fn cast_holds(&mut self, at: u64, reference: u64) -> bool {
        let (instance, function) = (self.frame.instance, self.function);
        stepper::cast_holds(self.world, instance, function, at as usize, reference)
    }

    /// Does what an operator has stopped for that cannot do it by itself. Says whether it can go
    /// on; if not, `exit` says why.
    #[cold]
    fn helps(&mut self) -> bool {
        match self.exit {
            Exit::Room => {
                let is_room = self.make_room();
                self.exit = Exit::Callee;
                is_room
            }
            Exit::Reference => {
                self.exit = Exit::Callee;
                // SAFETY: the call has two words.
                let ty = unsafe { *self.ip.add(1) } as u32;
                let callee = self.callee(ty);
                if let Some(callee) = callee {
                    self.callees[Callee::place(callee.reference)] = callee;
                }
                callee.is_some()
            }
            Exit::Step(index) => self.step(index),
            Exit::Stretch => self.works_on_pages(),
            Exit::Missed => self.pages_in(),
            _ => false,
        }
    }

    /// Executes one instruction as the stepper does, before which so many stand in the function.
    fn step(&mut self, index: u32) -> bool {
        let base = self.offset(self.base);
        // SAFETY: the operator has two words.
        let (first, pc) = unsafe { (Word(*self.ip), *self.ip.add(1) as u32) };
        if may_be_done_in_part(self.world, self.frame.instance, self.function, pc) {
            self.exit = Exit::Here;
            return false;
        }
        self.stack.height = base + usize::from(first.a());
        self.stack.executed = self.acc.wrapping_add(index.into());
        // The stack has at most as many slots as 32 bits can count.
        let frame = Frame { function: self.function, base: base as u32, pc, ..self.frame };
        let Some(&outer) = self.stack.frames.last() else { return false };
        let is_outermost = self.returns_end.cast_const() == self.returns.as_ptr();
        if is_outermost {
            self.stack.frames.pop();
        }
        // There is room for one more: each call has made some.
        self.stack.frames.push(frame);
        let done = stepper::step(self.world, self.stack);
        self.stack.frames.pop();
        if is_outermost {
            self.stack.frames.push(outer);
        }
        self.point(base);
        if let Err(halt) = done {
            self.exit = Exit::Here;
            // The stepper tries again where microcode can be dropped, or a page is missing.
            let again = core::mem::take(&mut self.world.account.wants_microcode_out);
            self.trap = match halt {
                Halt::Trap(kind) if !again => Some(kind),
                _ => None,
            };
            return false;
        }
        // SAFETY: it has two words, and does not come last.
        self.ip = unsafe { self.ip.add(2) };
        // All operands are in their slots behind such an instruction, too.
        self.exit = Exit::Limit(index + 1);
        self.world.effort > 0
    }

    /// Brings the page into RAM that was missed, if nobody else is needed for that. What lies in two
    /// pages is left to the stepper.
    fn pages_in(&mut self) -> bool {
        let base = self.offset(self.base);
        let is_there = self.memory.is_some_and(|memory| {
            let (address, bytes) =
                (self.missed & ((1 << MISSED_BYTES) - 1), self.missed >> MISSED_BYTES);
            self.world.memories.page_in_at(memory, address, bytes)
        });
        self.point(base);
        is_there
    }

    /// Fills or copies bytes of a memory that is held as pages, if all of them are in RAM.
    fn works_on_pages(&mut self) -> bool {
        let Some(memory) = self.memory else { return false };
        // SAFETY: an operator of this format has one word, which names three slots.
        let (op, mut operands) = unsafe {
            let word = Word(*self.ip);
            let slot = |slot: u16| u64::from(*self.base.add(slot.into()) as u32);
            (word.op(), [slot(word.a()), slot(word.b()), slot(word.c())])
        };
        let [first, second, width] = operands;
        let memories = &mut self.world.memories;
        let is_there = |address: u64| {
            let range = memories.all.get(memory).and_then(|it| it.range(address, width).ok());
            range.is_some_and(|range| memories.are_resident(memory, range))
        };
        if memories.all.get(memory).is_none_or(|it| it.flat().is_some())
            || width >= self.world.effort
            || !is_there(first)
        {
            return false;
        }
        let done = match op {
            Some(Op::MemoryCopy) if !is_there(second) => return false,
            Some(Op::MemoryCopy) => memories.copy((memory, memory), &mut operands),
            _ => memories.fill(memory, &mut operands),
        };
        self.world.effort -= width;
        let is_done = done.is_ok();
        self.point(self.offset(self.base));
        // SAFETY: it has one word, and does not come last.
        self.ip = unsafe { self.ip.add(1) };
        is_done
    }

    /// Makes room for the slots that are wanted, and for a call more. Says whether there is.
    fn make_room(&mut self) -> bool {
        let (base, calls) = (self.offset(self.base), self.note_returns());
        if calls >= self.most_calls {
            return false;
        }
        // SAFETY: the call has two words.
        let passed = unsafe { *self.ip.add(1) } >> 32;
        self.stack.executed = self.acc.wrapping_add(passed);
        // The slots last, which may be moved by that.
        let is_there = self.make_room_for_return()
            && self.world.grow(self.stack, base + self.wanted, calls + 1).is_ok();
        self.world.account.wants_microcode_out = false;
        self.point_to_returns();
        self.point(base);
        is_there
    }

    /// Makes room for where to go on after one call more. Says whether there is.
    fn make_room_for_return(&mut self) -> bool {
        let (calls, account) = (self.returns.len(), &mut *self.world.account);
        let more = if calls < self.returns.capacity() { 0 } else { calls.max(16) };
        account.executed = self.stack.executed;
        if !account.fits(self.world.tiers, (more * size_of::<Return>()) as u64)
            || self.returns.try_reserve_exact(more).is_err()
        {
            return false;
        }
        let returns = ledger::vec(&self.returns);
        account.set(Owner::Microcode, self.world.tiers.allocated() + returns);
        true
    }
}
