//! The loop that executes microcode.
//!
//! It never traps by itself: where an instruction would, it stops before that and lets the
//! stepper execute it, which knows all about traps; but for what the stepper executes for it
//! anyway, which cannot be tried twice: it may have collected what is garbage. It stops for calls it cannot make as well,
//! and where as much was executed as allowed.
//!
//! # Safety
//!
//! All that is taken for granted here is made sure by the translator and checked when a function
//! is entered:
//!
//! - Words are those of one function's microcode, which is not changed or dropped while it is
//!   executed (nothing that is called from here does either). An operator is the lowest 16 bits
//!   of a first word; jumps go to first words.
//! - Fields that name slots are less than the function's frame is long. Before a function is
//!   entered, there are so many slots of the value stack from its base on.
//! - Addresses in memory are compared with its size before it is accessed.
//! - Pointers are made anew after everything that may move what they point to.
#![allow(unsafe_code)]

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::super::frame::Frame;
use super::super::numeric as n;
use super::super::stepper::{self, Stack, World};
use super::op::Op;
use super::translate::{Operand, Place, Sought, locate};
use super::{Entry, Microcode};
use crate::runtime::{FunctionData, TrapKind, address_of_slot};

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
struct Return {
    ip: *const u64,
    function: u32,
}

/// Where execution stands when it is left.
enum Exit {
    /// Before the instruction that made this word.
    Word(*const u64),
    /// The same; the stepper has found that it traps.
    Trap(*const u64, TrapKind),
    /// Before the instruction for the stepper before which so many of the function stand.
    Call(u32),
    /// Before the call that these words are.
    Callee(*const u64),
    /// Near the limit, where so many instructions of the function stand before.
    Limit(u32),
    /// The outermost function returns, of which so many instructions have been passed.
    Returned(u32),
}

/// Runs the innermost frame from an entry of its function on, until so many instructions were
/// executed in all, but for some that are left to the stepper.
#[expect(clippy::cognitive_complexity, reason = "one arm for each operator")]
pub(super) fn run(world: &mut World<'_>, stack: &mut Stack, entry: Entry, end: u64) -> Left {
    let Some(frame) = stack.frames.last().copied() else { return Left::Before };
    let instance = frame.instance as usize;
    let data = &world.code.instances[instance];
    let codes: *const Option<Box<Microcode>> = world.tiers.codes(instance).as_ptr();
    let memory = data.memories.first().map(|address| *address as usize);
    let addresses: *const u32 = data.globals.as_ptr();
    let is_guarded = !world.function_traps.is_empty() || world.stops;
    let most_calls = world.code.max_call_depth.saturating_sub(stack.frames.len());

    let mut function = frame.function;
    // SAFETY: the caller runs a function that was translated.
    let Some(code) = (unsafe { (*codes.add(function as usize)).as_deref() }) else {
        return Left::Before;
    };
    if frame.base as usize + code.frame as usize > stack.slots.len() {
        return Left::Before;
    }
    let mut returns: Vec<Return> = Vec::new();
    // Left to the stepper: what may be executed without a look at the limit, and as much again,
    // so that where it stops is mostly the start of a loop.
    let straight = u64::from(world.code.straight);
    let hard = end.saturating_sub(2 * straight);
    let soft = end.saturating_sub(3 * straight);

    let mut acc = stack.executed.wrapping_sub(entry.index.into());
    // SAFETY: entries are words of the code; the slots were counted just now.
    let mut ip = unsafe { code.words.as_ptr().add(entry.at as usize) };
    let mut base = unsafe { stack.slots.as_mut_ptr().add(frame.base as usize) };
    let mut stack_end = unsafe { stack.slots.as_mut_ptr().add(stack.slots.len()) };
    let mut globals = world.globals.as_mut_ptr();
    let (mut bytes, mut size, mut changed) = memory_of(world, memory);

    macro_rules! slot {
        // SAFETY: fields are less than the frame is long.
        ($field:expr) => {
            *unsafe { &mut *base.add($field as usize) }
        };
    }
    macro_rules! next {
        ($word:ident, $words:literal) => {{
            // SAFETY: the last operator of a function jumps or leaves.
            ip = unsafe { ip.add($words) };
            continue;
        }};
    }
    macro_rules! word {
        // SAFETY: the format says so.
        ($at:literal) => {
            unsafe { *ip.add($at) }
        };
    }
    macro_rules! unary {
        ($word:ident, $operator:expr, $type:ty) => {{
            let value = $operator(slot!($word.b()) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 1)
        }};
    }
    macro_rules! try_unary {
        ($word:ident, $operator:expr, $type:ty) => {{
            match $operator(slot!($word.b()) as $type) {
                Ok(value) => {
                    slot!($word.a()) = u64::from(value);
                    next!($word, 1)
                }
                Err(_) => break Exit::Word(ip),
            }
        }};
    }
    macro_rules! binary {
        ($word:ident, $operator:expr, $type:ty) => {{
            let value = $operator(slot!($word.b()) as $type, slot!($word.c()) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 1)
        }};
    }
    macro_rules! try_binary {
        ($word:ident, $operator:expr, $type:ty) => {{
            match $operator(slot!($word.b()) as $type, slot!($word.c()) as $type) {
                Ok(value) => {
                    slot!($word.a()) = u64::from(value);
                    next!($word, 1)
                }
                Err(_) => break Exit::Word(ip),
            }
        }};
    }
    macro_rules! immediate {
        ($word:ident, $operator:expr, $type:ty, $signed:ty) => {{
            let right = <$signed>::from($word.c().cast_signed()).cast_unsigned();
            let value = $operator(slot!($word.b()) as $type, right);
            slot!($word.a()) = u64::from(value);
            next!($word, 1)
        }};
    }
    macro_rules! jump {
        ($delta:expr) => {{
            let last = word!(1);
            let distance = (last as u32).cast_signed();
            let count = (last >> 32) as u32;
            let delta: i32 = $delta;
            let total = acc.wrapping_add(count.into());
            acc = acc.wrapping_add(i64::from(delta).cast_unsigned());
            // SAFETY: jumps go to first words of the same function.
            ip = unsafe { ip.offset(distance as isize) };
            if total > soft && (distance < 0 || total > hard) {
                break Exit::Limit(count.wrapping_sub(delta.cast_unsigned()));
            }
            continue;
        }};
    }
    macro_rules! jump_if {
        ($word:ident, $condition:expr) => {{
            if $condition {
                jump!(i32::from($word.c().cast_signed()))
            }
            next!($word, 2)
        }};
    }
    macro_rules! jump_binary {
        ($word:ident, $operator:expr, $type:ty) => {
            jump_if!($word, $operator(slot!($word.a()) as $type, slot!($word.b()) as $type))
        };
    }
    macro_rules! jump_immediate {
        ($word:ident, $operator:expr, $type:ty, $signed:ty) => {{
            let right = <$signed>::from($word.b().cast_signed()).cast_unsigned();
            jump_if!($word, $operator(slot!($word.a()) as $type, right))
        }};
    }
    macro_rules! address {
        ($slot:expr, $offset:expr, $width:literal) => {{
            let address = u64::from(slot!($slot) as u32) + $offset;
            if address + $width > size {
                break Exit::Word(ip);
            }
            address as usize
        }};
    }
    macro_rules! load {
        ($word:ident, $type:ty, $width:literal, $extend:expr, $offset:expr, $words:literal) => {{
            let address = address!($word.b(), $offset, $width);
            // SAFETY: it was compared with the size.
            let read = unsafe { bytes.add(address).cast::<$type>().read_unaligned() };
            slot!($word.a()) = $extend(<$type>::from_le(read));
            next!($word, $words)
        }};
    }
    macro_rules! near {
        ($word:ident, $type:ty, $width:literal, $extend:expr) => {
            load!($word, $type, $width, $extend, u64::from($word.c()), 1)
        };
    }
    macro_rules! far {
        ($word:ident, $type:ty, $width:literal, $extend:expr) => {
            load!($word, $type, $width, $extend, word!(1), 2)
        };
    }
    macro_rules! store {
        ($word:ident, $type:ty, $width:literal, $offset:expr, $words:literal) => {{
            let address = address!($word.a(), $offset, $width);
            let value = (slot!($word.b()) as $type).to_le();
            // SAFETY: it was compared with the size.
            unsafe { bytes.add(address).cast::<$type>().write_unaligned(value) };
            if !changed.is_null() {
                note_change(changed, address, $width);
            }
            next!($word, $words)
        }};
    }
    macro_rules! store_near {
        ($word:ident, $type:ty, $width:literal) => {
            store!($word, $type, $width, u64::from($word.c()), 1)
        };
    }
    macro_rules! store_far {
        ($word:ident, $type:ty, $width:literal) => {
            store!($word, $type, $width, word!(1), 2)
        };
    }
    /// Enters a function of the same instance.
    macro_rules! enter {
        ($word:ident, $callee:expr) => {{
            let callee: u32 = $callee;
            let last = word!(1);
            // SAFETY: there is one place for each function.
            let Some(code) = (unsafe { (*codes.add(callee as usize)).as_deref() }) else {
                break Exit::Callee(ip);
            };
            if is_guarded || returns.len() + 1 >= most_calls {
                break Exit::Callee(ip);
            }
            let mut from = base.wrapping_add($word.a() as usize);
            let room = (stack_end as usize).wrapping_sub(from as usize) / size_of::<u64>();
            if room < code.frame as usize || returns.len() == returns.capacity() {
                let here = offset(stack, base);
                let top = here + $word.a() as usize + code.frame as usize;
                if !make_room(stack, &mut returns, top, world.code.max_stack_slots) {
                    break Exit::Callee(ip);
                }
                // SAFETY: the stack is at least as long as before.
                base = unsafe { stack.slots.as_mut_ptr().add(here) };
                stack_end = unsafe { stack.slots.as_mut_ptr().add(stack.slots.len()) };
                from = base.wrapping_add($word.a() as usize);
            }
            // SAFETY: there is room.
            unsafe {
                let end = returns.len();
                returns.as_mut_ptr().add(end).write(Return { ip: ip.add(2), function });
                returns.set_len(end + 1);
                clear_locals(from, code);
            }
            base = from;
            function = callee;
            ip = code.words.as_ptr();
            acc = acc.wrapping_add(last >> 32);
            if acc > soft {
                break Exit::Limit(0);
            }
            continue;
        }};
    }
    macro_rules! constant {
        ($word:ident, $operator:expr, $type:ty) => {{
            let value = $operator(slot!($word.b()) as $type, word!(1) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 2)
        }};
    }
    macro_rules! from_constant {
        ($word:ident, $operator:expr, $type:ty) => {{
            let value = $operator(word!(1) as $type, slot!($word.b()) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 2)
        }};
    }
    macro_rules! triple {
        ($word:ident, $multiply:expr, $operator:expr, $type:ty) => {{
            let product = $multiply(slot!($word.b()) as $type, slot!($word.c()) as $type);
            let third = word!(1);
            let value = $operator(product, slot!(third) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 2)
        }};
    }
    macro_rules! triple_immediate {
        ($word:ident, $first:expr, $operator:expr, $type:ty) => {{
            let between = $first(slot!($word.b()) as $type, <$type>::from($word.c()));
            let third = word!(1);
            let value = $operator(between, slot!(third) as $type);
            slot!($word.a()) = u64::from(value);
            next!($word, 2)
        }};
    }
    macro_rules! indexed {
        ($word:ident, $type:ty, $width:literal) => {{
            let sum = (slot!($word.b()) as u32).wrapping_add(slot!($word.c()) as u32);
            let address = u64::from(sum) + word!(1);
            if address + $width > size {
                break Exit::Word(ip);
            }
            // SAFETY: it was compared with the size.
            let read = unsafe { bytes.add(address as usize).cast::<$type>().read_unaligned() };
            slot!($word.a()) = u64::from(<$type>::from_le(read));
            next!($word, 2)
        }};
    }
    macro_rules! jump_constant {
        ($word:ident, $operator:expr, $type:ty) => {{
            if $operator(slot!($word.a()) as $type, word!(2) as $type) {
                jump!(i32::from($word.c().cast_signed()))
            }
            next!($word, 3)
        }};
    }
    macro_rules! add_jump {
        ($word:ident, $condition:expr) => {{
            let right = i32::from($word.c().cast_signed()).cast_unsigned();
            let sum = n::i32::add(slot!($word.b()) as u32, right);
            slot!($word.a()) = u64::from(sum);
            let more = word!(2);
            let condition: fn(u32, u32) -> bool = $condition;
            if condition(sum, slot!(more as u16) as u32) {
                jump!(i32::from(((more >> 32) as u16).cast_signed()))
            }
            next!($word, 3)
        }};
    }
    /// Goes on where the caller does, `$count` instructions of the function having been passed.
    macro_rules! give_back {
        ($count:expr) => {{
            let count: u32 = $count;
            let total = acc.wrapping_add(count.into());
            let Some(back) = returns.pop() else { break Exit::Returned(count) };
            ip = back.ip;
            function = back.function;
            // SAFETY: the two words before are those of the call.
            let (call, last) = unsafe { (Word::at(ip.sub(2)), *ip.sub(1)) };
            base = unsafe { base.sub(call.a() as usize) };
            acc = total.wrapping_sub(last >> 32);
            if total > soft {
                break Exit::Limit((last >> 32) as u32);
            }
            continue;
        }};
    }

    let exit = loop {
        // SAFETY: `ip` is at the first word of an operator.
        let word = unsafe { Word::at(ip) };
        match word.op() {
            Op::Leave => break Exit::Call(word.upper()),
            Op::Check => {
                if acc.wrapping_add(u64::from(word.upper())) > hard {
                    break Exit::Limit(word.upper());
                }
                next!(word, 1)
            }
            Op::Step => {
                let here = offset(stack, base);
                stack.height = here + word.a() as usize;
                stack.executed = acc.wrapping_add(u64::from(word.upper()));
                let frame = Frame { function, base: here as u32, pc: word!(1) as u32, ..frame };
                if let Err(kind) = step(world, stack, frame, returns.is_empty()) {
                    break Exit::Trap(ip, kind);
                }
                // SAFETY: the stack is as long as before.
                base = unsafe { stack.slots.as_mut_ptr().add(here) };
                stack_end = unsafe { stack.slots.as_mut_ptr().add(stack.slots.len()) };
                globals = world.globals.as_mut_ptr();
                (bytes, size, changed) = memory_of(world, memory);
                if world.effort == 0 {
                    // All operands are in their slots behind such an instruction, too.
                    let index = word.upper() + 1;
                    break Exit::Limit(index);
                }
                next!(word, 2)
            }
            Op::Jump => jump!(word.upper().cast_signed()),
            Op::JumpZero => jump_if!(word, slot!(word.a()) as u32 == 0),
            Op::JumpNonZero => jump_if!(word, slot!(word.a()) as u32 != 0),
            Op::JumpCast => {
                jump_constant!(word, |slot, at| cast(world, &frame, function, at, slot), u64);
            }
            Op::JumpCastFail => {
                jump_constant!(word, |slot, at| !cast(world, &frame, function, at, slot), u64);
            }
            Op::Table => {
                let selected = (slot!(word.a()) as u32).min(word.upper());
                // SAFETY: two words and as many follow, and one more.
                let entry = unsafe { *ip.add(2 + selected as usize) };
                let count = word!(1);
                let delta = ((entry >> 32) as u32).cast_signed();
                let total = acc.wrapping_add(count);
                acc = acc.wrapping_add(i64::from(delta).cast_unsigned());
                ip = unsafe { ip.offset((entry as u32).cast_signed() as isize) };
                // Those that count nothing lead to code that jumps further.
                if total > hard && delta != 0 {
                    break Exit::Limit((count as u32).wrapping_sub(delta.cast_unsigned()));
                }
                continue;
            }
            Op::Call => enter!(word, word!(1) as u32),
            Op::CallIndirect => {
                let ty = word!(1) as u32;
                let element = u64::from(slot!(word.b()) as u32);
                match called(world, instance, u32::from(word.c()), ty, element) {
                    Some(callee) => enter!(word, callee),
                    None => break Exit::Callee(ip),
                }
            }
            Op::CallRef => match referred(world, instance, slot!(word.b())) {
                Some(callee) => enter!(word, callee),
                None => break Exit::Callee(ip),
            },
            Op::TailCall => {
                let last = word!(1);
                // SAFETY: there is one place for each function.
                let code = unsafe { (*codes.add(last as u32 as usize)).as_deref() };
                let room = (stack_end as usize).wrapping_sub(base as usize) / size_of::<u64>();
                let Some(code) = code.filter(|code| !is_guarded && code.frame as usize <= room)
                else {
                    break Exit::Call(((last >> 32) as u32).wrapping_sub(1));
                };
                // SAFETY: the arguments lie in this frame, and there is room for the other.
                unsafe {
                    core::ptr::copy(base.add(word.a() as usize), base, word.b() as usize);
                    clear_locals(base, code);
                }
                function = last as u32;
                ip = code.words.as_ptr();
                acc = acc.wrapping_add(last >> 32);
                if acc > soft {
                    break Exit::Limit(0);
                }
                continue;
            }
            Op::Return0 => give_back!(word.upper()),
            Op::Return1 => {
                slot!(0) = slot!(word.a());
                give_back!(word.upper())
            }
            Op::Results => {
                // SAFETY: both lie in the frame.
                unsafe { core::ptr::copy(base.add(word.a() as usize), base, word.b() as usize) };
                give_back!(word!(1) as u32)
            }
            Op::Copy => {
                slot!(word.a()) = slot!(word.b());
                next!(word, 1)
            }
            Op::Copy2 => {
                slot!(word.a()) = slot!(word.b());
                let from = word!(1);
                slot!(word.c()) = slot!(from);
                next!(word, 2)
            }
            Op::AddJumpI32NeI => {
                let right = i32::from(word.c().cast_signed()).cast_unsigned();
                let sum = n::i32::add(slot!(word.b()) as u32, right);
                slot!(word.a()) = u64::from(sum);
                let more = word!(2);
                if sum != i32::from((more as u16).cast_signed()).cast_unsigned() {
                    jump!(i32::from(((more >> 32) as u16).cast_signed()))
                }
                next!(word, 3)
            }
            Op::AddJumpI32Ne => add_jump!(word, n::i32::ne),
            Op::AddJumpI32LtS => add_jump!(word, n::i32::lt_s),
            Op::AddJumpI32LtU => add_jump!(word, n::i32::lt_u),
            Op::Const32 => {
                slot!(word.a()) = u64::from(word.upper());
                next!(word, 1)
            }
            Op::ConstS32 => {
                slot!(word.a()) = i64::from(word.upper().cast_signed()).cast_unsigned();
                next!(word, 1)
            }
            Op::Const64 => {
                slot!(word.a()) = word!(1);
                next!(word, 2)
            }
            Op::Select => {
                let condition = word!(1);
                let holds = slot!(condition) as u32 != 0;
                slot!(word.a()) = if holds { slot!(word.b()) } else { slot!(word.c()) };
                next!(word, 2)
            }
            Op::GlobalGet => {
                // SAFETY: indices of globals are valid.
                let global =
                    unsafe { &*globals.add(*addresses.add(word.upper() as usize) as usize) };
                slot!(word.a()) = global.value[0];
                next!(word, 1)
            }
            Op::GlobalSet => {
                // SAFETY: indices of globals are valid.
                let global =
                    unsafe { &mut *globals.add(*addresses.add(word.upper() as usize) as usize) };
                global.value[0] = slot!(word.a());
                next!(word, 1)
            }

            Op::Load8U => near!(word, u8, 1, u64::from),
            Op::Load16U => near!(word, u16, 2, u64::from),
            Op::Load32U => near!(word, u32, 4, u64::from),
            Op::Load64 => near!(word, u64, 8, u64::from),
            Op::Load8S32 => near!(word, u8, 1, |it: u8| u64::from(n::i32::extend8_s(it.into()))),
            Op::Load16S32 => near!(word, u16, 2, sign_extend16),
            Op::Load8S64 => near!(word, u8, 1, |it: u8| n::i64::extend8_s(it.into())),
            Op::Load16S64 => near!(word, u16, 2, |it: u16| n::i64::extend16_s(it.into())),
            Op::Load32S64 => near!(word, u32, 4, |it: u32| n::i64::extend32_s(it.into())),
            Op::Load8UFar => far!(word, u8, 1, u64::from),
            Op::Load16UFar => far!(word, u16, 2, u64::from),
            Op::Load32UFar => far!(word, u32, 4, u64::from),
            Op::Load64Far => far!(word, u64, 8, u64::from),
            Op::Load8S32Far => far!(word, u8, 1, |it: u8| u64::from(n::i32::extend8_s(it.into()))),
            Op::Load16S32Far => far!(word, u16, 2, sign_extend16),
            Op::Load8S64Far => far!(word, u8, 1, |it: u8| n::i64::extend8_s(it.into())),
            Op::Load16S64Far => far!(word, u16, 2, |it: u16| n::i64::extend16_s(it.into())),
            Op::Load32S64Far => far!(word, u32, 4, |it: u32| n::i64::extend32_s(it.into())),
            Op::Store8 => store_near!(word, u8, 1),
            Op::Store16 => store_near!(word, u16, 2),
            Op::Store32 => store_near!(word, u32, 4),
            Op::Store64 => store_near!(word, u64, 8),
            Op::Store8Far => store_far!(word, u8, 1),
            Op::Store16Far => store_far!(word, u16, 2),
            Op::Store32Far => store_far!(word, u32, 4),
            Op::Store64Far => store_far!(word, u64, 8),

            Op::I32AddC => constant!(word, n::i32::add, u32),
            Op::I32MulC => constant!(word, n::i32::mul, u32),
            Op::I32AndC => constant!(word, n::i32::and, u32),
            Op::I32OrC => constant!(word, n::i32::or, u32),
            Op::I32XorC => constant!(word, n::i32::xor, u32),
            Op::I32FromC => from_constant!(word, n::i32::sub, u32),
            Op::F32AddC => constant!(word, n::f32::add, u32),
            Op::F32SubC => constant!(word, n::f32::sub, u32),
            Op::F32MulC => constant!(word, n::f32::mul, u32),
            Op::F32FromC => from_constant!(word, n::f32::sub, u32),
            Op::F32MulAdd => triple!(word, n::f32::mul, n::f32::add, u32),
            Op::F32MulSub => triple!(word, n::f32::mul, n::f32::sub, u32),
            Op::F32MulFrom => triple!(word, n::f32::mul, |a, b| n::f32::sub(b, a), u32),
            Op::I64AddC => constant!(word, n::i64::add, u64),
            Op::I64MulC => constant!(word, n::i64::mul, u64),
            Op::I64AndC => constant!(word, n::i64::and, u64),
            Op::I64OrC => constant!(word, n::i64::or, u64),
            Op::I64XorC => constant!(word, n::i64::xor, u64),
            Op::I64FromC => from_constant!(word, n::i64::sub, u64),
            Op::F64AddC => constant!(word, n::f64::add, u64),
            Op::F64SubC => constant!(word, n::f64::sub, u64),
            Op::F64MulC => constant!(word, n::f64::mul, u64),
            Op::F64FromC => from_constant!(word, n::f64::sub, u64),
            Op::F64MulAdd => triple!(word, n::f64::mul, n::f64::add, u64),
            Op::F64MulSub => triple!(word, n::f64::mul, n::f64::sub, u64),
            Op::F64MulFrom => triple!(word, n::f64::mul, |a, b| n::f64::sub(b, a), u64),
            Op::I32AddAdd => triple!(word, n::i32::add, n::i32::add, u32),
            Op::I32MulAdd => triple!(word, n::i32::mul, n::i32::add, u32),
            Op::I64MulAdd => triple!(word, n::i64::mul, n::i64::add, u64),
            Op::I32AndXor => triple!(word, n::i32::and, n::i32::xor, u32),
            Op::I32XorAnd => triple!(word, n::i32::xor, n::i32::and, u32),
            Op::I32XorXor => triple!(word, n::i32::xor, n::i32::xor, u32),
            Op::I32ShlAdd => triple_immediate!(word, n::i32::shl, n::i32::add, u32),
            Op::I32ShlOr => triple_immediate!(word, n::i32::shl, n::i32::or, u32),
            Op::I32RotlXor => triple_immediate!(word, n::i32::rotl, n::i32::xor, u32),
            Op::I32ShrUXor => triple_immediate!(word, n::i32::shr_u, n::i32::xor, u32),
            Op::Load8UIndexed => indexed!(word, u8, 1),
            Op::Load32UIndexed => indexed!(word, u32, 4),
            Op::Load64Indexed => indexed!(word, u64, 8),
            Op::JumpI32EqC => jump_constant!(word, n::i32::eq, u32),
            Op::JumpI32NeC => jump_constant!(word, n::i32::ne, u32),
            Op::JumpI32LtSC => jump_constant!(word, n::i32::lt_s, u32),
            Op::JumpI32LtUC => jump_constant!(word, n::i32::lt_u, u32),
            Op::JumpI32LeSC => jump_constant!(word, n::i32::le_s, u32),
            Op::JumpI32LeUC => jump_constant!(word, n::i32::le_u, u32),
            Op::JumpI32GtSC => jump_constant!(word, n::i32::gt_s, u32),
            Op::JumpI32GtUC => jump_constant!(word, n::i32::gt_u, u32),
            Op::JumpI32GeSC => jump_constant!(word, n::i32::ge_s, u32),
            Op::JumpI32GeUC => jump_constant!(word, n::i32::ge_u, u32),
            Op::JumpF64LtC => jump_constant!(word, n::f64::lt, u64),
            Op::JumpF64NotLtC => jump_constant!(word, |a, b| !n::f64::lt(a, b), u64),
            Op::JumpF64LeC => jump_constant!(word, n::f64::le, u64),
            Op::JumpF64NotLeC => jump_constant!(word, |a, b| !n::f64::le(a, b), u64),
            Op::JumpF64GtC => jump_constant!(word, n::f64::gt, u64),
            Op::JumpF64NotGtC => jump_constant!(word, |a, b| !n::f64::gt(a, b), u64),
            Op::JumpF64GeC => jump_constant!(word, n::f64::ge, u64),
            Op::JumpF64NotGeC => jump_constant!(word, |a, b| !n::f64::ge(a, b), u64),
            Op::I32Eqz => unary!(word, n::i32::eqz, u32),
            Op::I32Clz => unary!(word, n::i32::clz, u32),
            Op::I32Ctz => unary!(word, n::i32::ctz, u32),
            Op::I32Popcnt => unary!(word, n::i32::popcnt, u32),
            Op::I32Extend8S => unary!(word, n::i32::extend8_s, u32),
            Op::I32Extend16S => unary!(word, n::i32::extend16_s, u32),
            Op::I32Add => binary!(word, n::i32::add, u32),
            Op::I32Sub => binary!(word, n::i32::sub, u32),
            Op::I32Mul => binary!(word, n::i32::mul, u32),
            Op::I32And => binary!(word, n::i32::and, u32),
            Op::I32Or => binary!(word, n::i32::or, u32),
            Op::I32Xor => binary!(word, n::i32::xor, u32),
            Op::I32Shl => binary!(word, n::i32::shl, u32),
            Op::I32ShrS => binary!(word, n::i32::shr_s, u32),
            Op::I32ShrU => binary!(word, n::i32::shr_u, u32),
            Op::I32Rotl => binary!(word, n::i32::rotl, u32),
            Op::I32Rotr => binary!(word, n::i32::rotr, u32),
            Op::I32Eq => binary!(word, n::i32::eq, u32),
            Op::I32Ne => binary!(word, n::i32::ne, u32),
            Op::I32LtS => binary!(word, n::i32::lt_s, u32),
            Op::I32LtU => binary!(word, n::i32::lt_u, u32),
            Op::I32LeS => binary!(word, n::i32::le_s, u32),
            Op::I32LeU => binary!(word, n::i32::le_u, u32),
            Op::I32DivS => try_binary!(word, n::i32::div_s, u32),
            Op::I32DivU => try_binary!(word, n::i32::div_u, u32),
            Op::I32RemS => try_binary!(word, n::i32::rem_s, u32),
            Op::I32RemU => try_binary!(word, n::i32::rem_u, u32),
            Op::I32AddI => immediate!(word, n::i32::add, u32, i32),
            Op::I32MulI => immediate!(word, n::i32::mul, u32, i32),
            Op::I32AndI => immediate!(word, n::i32::and, u32, i32),
            Op::I32OrI => immediate!(word, n::i32::or, u32, i32),
            Op::I32XorI => immediate!(word, n::i32::xor, u32, i32),
            Op::I32ShlI => immediate!(word, n::i32::shl, u32, i32),
            Op::I32ShrSI => immediate!(word, n::i32::shr_s, u32, i32),
            Op::I32ShrUI => immediate!(word, n::i32::shr_u, u32, i32),
            Op::I32RotlI => immediate!(word, n::i32::rotl, u32, i32),
            Op::I32EqI => immediate!(word, n::i32::eq, u32, i32),
            Op::I32NeI => immediate!(word, n::i32::ne, u32, i32),
            Op::I32LtSI => immediate!(word, n::i32::lt_s, u32, i32),
            Op::I32LtUI => immediate!(word, n::i32::lt_u, u32, i32),
            Op::I32GtSI => immediate!(word, n::i32::gt_s, u32, i32),
            Op::I32GtUI => immediate!(word, n::i32::gt_u, u32, i32),
            Op::JumpI32Eq => jump_binary!(word, n::i32::eq, u32),
            Op::JumpI32Ne => jump_binary!(word, n::i32::ne, u32),
            Op::JumpI32LtS => jump_binary!(word, n::i32::lt_s, u32),
            Op::JumpI32LtU => jump_binary!(word, n::i32::lt_u, u32),
            Op::JumpI32LeS => jump_binary!(word, n::i32::le_s, u32),
            Op::JumpI32LeU => jump_binary!(word, n::i32::le_u, u32),
            Op::JumpI32EqI => jump_immediate!(word, n::i32::eq, u32, i32),
            Op::JumpI32NeI => jump_immediate!(word, n::i32::ne, u32, i32),
            Op::JumpI32LtSI => jump_immediate!(word, n::i32::lt_s, u32, i32),
            Op::JumpI32LtUI => jump_immediate!(word, n::i32::lt_u, u32, i32),
            Op::JumpI32GtSI => jump_immediate!(word, n::i32::gt_s, u32, i32),
            Op::JumpI32GtUI => jump_immediate!(word, n::i32::gt_u, u32, i32),
            Op::I64Eqz => unary!(word, n::i64::eqz, u64),
            Op::I64Clz => unary!(word, n::i64::clz, u64),
            Op::I64Ctz => unary!(word, n::i64::ctz, u64),
            Op::I64Popcnt => unary!(word, n::i64::popcnt, u64),
            Op::I64Extend8S => unary!(word, n::i64::extend8_s, u64),
            Op::I64Extend16S => unary!(word, n::i64::extend16_s, u64),
            Op::I64Extend32S => unary!(word, n::i64::extend32_s, u64),
            Op::I64Add => binary!(word, n::i64::add, u64),
            Op::I64Sub => binary!(word, n::i64::sub, u64),
            Op::I64Mul => binary!(word, n::i64::mul, u64),
            Op::I64And => binary!(word, n::i64::and, u64),
            Op::I64Or => binary!(word, n::i64::or, u64),
            Op::I64Xor => binary!(word, n::i64::xor, u64),
            Op::I64Shl => binary!(word, n::i64::shl, u64),
            Op::I64ShrS => binary!(word, n::i64::shr_s, u64),
            Op::I64ShrU => binary!(word, n::i64::shr_u, u64),
            Op::I64Rotl => binary!(word, n::i64::rotl, u64),
            Op::I64Rotr => binary!(word, n::i64::rotr, u64),
            Op::I64Eq => binary!(word, n::i64::eq, u64),
            Op::I64Ne => binary!(word, n::i64::ne, u64),
            Op::I64LtS => binary!(word, n::i64::lt_s, u64),
            Op::I64LtU => binary!(word, n::i64::lt_u, u64),
            Op::I64LeS => binary!(word, n::i64::le_s, u64),
            Op::I64LeU => binary!(word, n::i64::le_u, u64),
            Op::I64DivS => try_binary!(word, n::i64::div_s, u64),
            Op::I64DivU => try_binary!(word, n::i64::div_u, u64),
            Op::I64RemS => try_binary!(word, n::i64::rem_s, u64),
            Op::I64RemU => try_binary!(word, n::i64::rem_u, u64),
            Op::I64AddI => immediate!(word, n::i64::add, u64, i64),
            Op::I64MulI => immediate!(word, n::i64::mul, u64, i64),
            Op::I64AndI => immediate!(word, n::i64::and, u64, i64),
            Op::I64OrI => immediate!(word, n::i64::or, u64, i64),
            Op::I64XorI => immediate!(word, n::i64::xor, u64, i64),
            Op::I64ShlI => immediate!(word, n::i64::shl, u64, i64),
            Op::I64ShrSI => immediate!(word, n::i64::shr_s, u64, i64),
            Op::I64ShrUI => immediate!(word, n::i64::shr_u, u64, i64),
            Op::I64RotlI => immediate!(word, n::i64::rotl, u64, i64),
            Op::I64EqI => immediate!(word, n::i64::eq, u64, i64),
            Op::I64NeI => immediate!(word, n::i64::ne, u64, i64),
            Op::I64LtSI => immediate!(word, n::i64::lt_s, u64, i64),
            Op::I64LtUI => immediate!(word, n::i64::lt_u, u64, i64),
            Op::I64GtSI => immediate!(word, n::i64::gt_s, u64, i64),
            Op::I64GtUI => immediate!(word, n::i64::gt_u, u64, i64),
            Op::JumpI64Eq => jump_binary!(word, n::i64::eq, u64),
            Op::JumpI64Ne => jump_binary!(word, n::i64::ne, u64),
            Op::JumpI64LtS => jump_binary!(word, n::i64::lt_s, u64),
            Op::JumpI64LtU => jump_binary!(word, n::i64::lt_u, u64),
            Op::JumpI64LeS => jump_binary!(word, n::i64::le_s, u64),
            Op::JumpI64LeU => jump_binary!(word, n::i64::le_u, u64),
            Op::JumpI64EqI => jump_immediate!(word, n::i64::eq, u64, i64),
            Op::JumpI64NeI => jump_immediate!(word, n::i64::ne, u64, i64),
            Op::JumpI64LtSI => jump_immediate!(word, n::i64::lt_s, u64, i64),
            Op::JumpI64LtUI => jump_immediate!(word, n::i64::lt_u, u64, i64),
            Op::JumpI64GtSI => jump_immediate!(word, n::i64::gt_s, u64, i64),
            Op::JumpI64GtUI => jump_immediate!(word, n::i64::gt_u, u64, i64),
            Op::F32Add => binary!(word, n::f32::add, u32),
            Op::F32Sub => binary!(word, n::f32::sub, u32),
            Op::F32Mul => binary!(word, n::f32::mul, u32),
            Op::F32Div => binary!(word, n::f32::div, u32),
            Op::F32Min => binary!(word, n::f32::min, u32),
            Op::F32Max => binary!(word, n::f32::max, u32),
            Op::F32Copysign => binary!(word, n::f32::copysign, u32),
            Op::F32Eq => binary!(word, n::f32::eq, u32),
            Op::F32Ne => binary!(word, n::f32::ne, u32),
            Op::F32Lt => binary!(word, n::f32::lt, u32),
            Op::F32Le => binary!(word, n::f32::le, u32),
            Op::JumpF32Eq => jump_binary!(word, n::f32::eq, u32),
            Op::JumpF32Ne => jump_binary!(word, n::f32::ne, u32),
            Op::JumpF32Lt => jump_binary!(word, n::f32::lt, u32),
            Op::JumpF32Le => jump_binary!(word, n::f32::le, u32),
            Op::JumpF32NotLt => jump_binary!(word, |a, b| !n::f32::lt(a, b), u32),
            Op::JumpF32NotLe => jump_binary!(word, |a, b| !n::f32::le(a, b), u32),
            Op::F32Abs => unary!(word, n::f32::abs, u32),
            Op::F32Neg => unary!(word, n::f32::neg, u32),
            Op::F32Sqrt => unary!(word, n::f32::sqrt, u32),
            Op::F32Ceil => unary!(word, n::f32::ceil, u32),
            Op::F32Floor => unary!(word, n::f32::floor, u32),
            Op::F32Trunc => unary!(word, n::f32::trunc, u32),
            Op::F32Nearest => unary!(word, n::f32::nearest, u32),
            Op::F64Add => binary!(word, n::f64::add, u64),
            Op::F64Sub => binary!(word, n::f64::sub, u64),
            Op::F64Mul => binary!(word, n::f64::mul, u64),
            Op::F64Div => binary!(word, n::f64::div, u64),
            Op::F64Min => binary!(word, n::f64::min, u64),
            Op::F64Max => binary!(word, n::f64::max, u64),
            Op::F64Copysign => binary!(word, n::f64::copysign, u64),
            Op::F64Eq => binary!(word, n::f64::eq, u64),
            Op::F64Ne => binary!(word, n::f64::ne, u64),
            Op::F64Lt => binary!(word, n::f64::lt, u64),
            Op::F64Le => binary!(word, n::f64::le, u64),
            Op::JumpF64Eq => jump_binary!(word, n::f64::eq, u64),
            Op::JumpF64Ne => jump_binary!(word, n::f64::ne, u64),
            Op::JumpF64Lt => jump_binary!(word, n::f64::lt, u64),
            Op::JumpF64Le => jump_binary!(word, n::f64::le, u64),
            Op::JumpF64NotLt => jump_binary!(word, |a, b| !n::f64::lt(a, b), u64),
            Op::JumpF64NotLe => jump_binary!(word, |a, b| !n::f64::le(a, b), u64),
            Op::F64Abs => unary!(word, n::f64::abs, u64),
            Op::F64Neg => unary!(word, n::f64::neg, u64),
            Op::F64Sqrt => unary!(word, n::f64::sqrt, u64),
            Op::F64Ceil => unary!(word, n::f64::ceil, u64),
            Op::F64Floor => unary!(word, n::f64::floor, u64),
            Op::F64Trunc => unary!(word, n::f64::trunc, u64),
            Op::F64Nearest => unary!(word, n::f64::nearest, u64),
            Op::I32WrapI64 => unary!(word, n::convert::i32_wrap_i64, u64),
            Op::I64ExtendI32S => unary!(word, n::convert::i64_extend_i32_s, u32),
            Op::I32TruncF32S => try_unary!(word, n::convert::i32_trunc_f32_s, u32),
            Op::I32TruncSatF32S => unary!(word, n::convert::i32_trunc_sat_f32_s, u32),
            Op::F32ConvertI32S => unary!(word, n::convert::f32_convert_i32_s, u32),
            Op::I32TruncF32U => try_unary!(word, n::convert::i32_trunc_f32_u, u32),
            Op::I32TruncSatF32U => unary!(word, n::convert::i32_trunc_sat_f32_u, u32),
            Op::F32ConvertI32U => unary!(word, n::convert::f32_convert_i32_u, u32),
            Op::I32TruncF64S => try_unary!(word, n::convert::i32_trunc_f64_s, u64),
            Op::I32TruncSatF64S => unary!(word, n::convert::i32_trunc_sat_f64_s, u64),
            Op::F64ConvertI32S => unary!(word, n::convert::f64_convert_i32_s, u32),
            Op::I32TruncF64U => try_unary!(word, n::convert::i32_trunc_f64_u, u64),
            Op::I32TruncSatF64U => unary!(word, n::convert::i32_trunc_sat_f64_u, u64),
            Op::F64ConvertI32U => unary!(word, n::convert::f64_convert_i32_u, u32),
            Op::I64TruncF32S => try_unary!(word, n::convert::i64_trunc_f32_s, u32),
            Op::I64TruncSatF32S => unary!(word, n::convert::i64_trunc_sat_f32_s, u32),
            Op::F32ConvertI64S => unary!(word, n::convert::f32_convert_i64_s, u64),
            Op::I64TruncF32U => try_unary!(word, n::convert::i64_trunc_f32_u, u32),
            Op::I64TruncSatF32U => unary!(word, n::convert::i64_trunc_sat_f32_u, u32),
            Op::F32ConvertI64U => unary!(word, n::convert::f32_convert_i64_u, u64),
            Op::I64TruncF64S => try_unary!(word, n::convert::i64_trunc_f64_s, u64),
            Op::I64TruncSatF64S => unary!(word, n::convert::i64_trunc_sat_f64_s, u64),
            Op::F64ConvertI64S => unary!(word, n::convert::f64_convert_i64_s, u64),
            Op::I64TruncF64U => try_unary!(word, n::convert::i64_trunc_f64_u, u64),
            Op::I64TruncSatF64U => unary!(word, n::convert::i64_trunc_sat_f64_u, u64),
            Op::F64ConvertI64U => unary!(word, n::convert::f64_convert_i64_u, u64),
            Op::F32DemoteF64 => unary!(word, n::convert::f32_demote_f64, u64),
            Op::F64PromoteF32 => unary!(word, n::convert::f64_promote_f32, u32),
        }
    };
    let here = offset(stack, base);
    let done = Done { acc, here, function };
    leave(world, stack, &returns, exit, done)
}

/// What is known when the loop ends: what was executed but for the place in the function, the
/// base of its frame, and which it is.
#[derive(Clone, Copy)]
struct Done {
    acc: u64,
    here: usize,
    function: u32,
}

/// Makes the frames that the stepper knows of those that microcode had.
#[cold]
#[inline(never)]
fn leave(world: &World<'_>, stack: &mut Stack, returns: &[Return], exit: Exit, done: Done) -> Left {
    let Done { acc, here, function } = done;
    let Some(&outermost) = stack.frames.last() else { return Left::Before };
    let instance = outermost.instance as usize;
    let codes = world.tiers.codes(instance);
    let code_of = |function: u32| codes.get(function as usize).and_then(Option::as_deref);
    let functions = &world.code.instances[instance].functions;
    let mut base = outermost.base;
    // Others may have been called in place of the function that was entered.
    let first = returns.first().map_or(function, |back| back.function);
    if let Some(frame) = stack.frames.last_mut() {
        (frame.function, frame.address) = (first, functions[first as usize]);
    }
    for (place, back) in returns.iter().enumerate() {
        // SAFETY: the two words before are those of the call.
        let (call, last) = unsafe { (Word::at(back.ip.sub(2)), *back.ip.sub(1)) };
        let after = code_of(back.function).and_then(|code| code.entry_at((last >> 32) as u32));
        if let (Some(frame), Some(after)) = (stack.frames.last_mut(), after) {
            (frame.pc, frame.resume_at) = (after.call, after.pc);
            frame.next_entry = after.next_entry;
        }
        base += u32::from(call.a());
        let callee = returns.get(place + 1).map_or(function, |next| next.function);
        // There is room for as many.
        stack.frames.push(Frame {
            address: functions[callee as usize],
            function: callee,
            base,
            ..outermost
        });
    }
    let Some(code) = code_of(function) else { return Left::Before };
    let module = &world.code.instances[instance].module;
    let at_entry = |stack: &mut Stack, entry: &Entry| {
        stack.height = here + entry.height as usize;
        stack.executed = acc.wrapping_add(entry.index.into());
        if let Some(frame) = stack.frames.last_mut() {
            (frame.pc, frame.next_entry) = (entry.pc, entry.next_entry);
        }
    };
    let at_place = |stack: &mut Stack, place: &Place, operands: &[Operand], height: usize| {
        let first = here + usize::from(place.first);
        for (slot, operand) in (first..).zip(operands) {
            match operand {
                Operand::Slot => {}
                Operand::Local(local) => {
                    stack.slots[slot] = stack.slots[here + usize::from(*local)];
                }
                Operand::Const(value) => stack.slots[slot] = *value,
            }
        }
        stack.height = first + height;
        stack.executed = acc.wrapping_add(place.index.into());
        if let Some(frame) = stack.frames.last_mut() {
            (frame.pc, frame.next_entry) = (place.pc, place.next_entry);
        }
    };
    let position = |ip: *const u64| {
        (ip as usize).wrapping_sub(code.words.as_ptr() as usize) / size_of::<u64>()
    };
    let (sought, left) = match exit {
        Exit::Returned(count) => {
            stack.frames.pop();
            stack.height = here + code.results as usize;
            stack.executed = acc.wrapping_add(count.into());
            if let Some(caller) = stack.frames.last_mut() {
                caller.pc = caller.resume_at;
            }
            return Left::Returned;
        }
        Exit::Callee(ip) => {
            // SAFETY: these are the two words of a call.
            let (call, last) = unsafe { (Word::at(ip), *ip.add(1)) };
            let count = (last >> 32) as u32;
            let operands = match call.op() {
                Op::Call => module.layout(last as u32).map_or(0, |layout| layout.param_slots),
                // The table element, or the reference, comes after the arguments.
                _ => u32::from(call.b()).wrapping_sub(call.a().into()) + 1,
            };
            let height = u32::from(call.a()) + operands;
            let index = count.wrapping_sub(1);
            if let Some(after) = code.entry_at(count) {
                at_entry(stack, &Entry { pc: after.call, index, height, ..*after });
            }
            return Left::Before;
        }
        Exit::Call(index) => (Sought::Index(index), Left::Before),
        Exit::Limit(index) => (Sought::Index(index), Left::Limit),
        Exit::Word(ip) => (Sought::Word(position(ip)), Left::Before),
        Exit::Trap(ip, kind) => (Sought::Word(position(ip)), Left::Trapped(kind)),
    };
    if let Sought::Index(index) = sought
        && let Some(entry) = code.entry_at(index)
    {
        at_entry(stack, entry);
        return left;
    }
    match locate(module, function, world.code.straight, sought) {
        Ok(place) => {
            let known = place.operands.len();
            match sought {
                Sought::Word(_) => at_place(stack, &place, &place.operands, known),
                // A jump led there, so all operands are in their slots; at the end of the
                // function these are its results, whatever was known on the way there.
                Sought::Index(_) if place.is_last => {
                    at_place(stack, &place, &[], code.results as usize);
                }
                Sought::Index(_) => at_place(stack, &place, &[], known),
            }
            left
        }
        Err(_) => Left::OutOfMemory,
    }
}

/// Whether a reference is of the type that the immediates at this place of a function ask for.
fn cast(world: &mut World<'_>, frame: &Frame, function: u32, at: u64, reference: u64) -> bool {
    stepper::cast_holds(world, frame.instance, function, at as usize, reference)
}

/// Executes one instruction as the stepper does, in this frame.
#[cold]
#[inline(never)]
fn step(
    world: &mut World<'_>,
    stack: &mut Stack,
    frame: Frame,
    is_outermost: bool,
) -> Result<(), TrapKind> {
    let Some(last) = stack.frames.last_mut() else { return Ok(()) };
    let outer = *last;
    if is_outermost {
        *last = frame;
    } else {
        // There is room for one more: each call has made some.
        stack.frames.push(frame);
    }
    let done = stepper::step(world, stack);
    if is_outermost {
        if let Some(last) = stack.frames.last_mut() {
            *last = outer;
        }
    } else {
        stack.frames.pop();
    }
    done
}

/// Sets the locals of a function beside its parameters to zero.
///
/// # Safety
///
/// There must be room for its frame from `base` on.
#[inline(always)]
unsafe fn clear_locals(base: *mut u64, code: &Microcode) {
    let locals = base.wrapping_add(code.params as usize);
    for local in 0..code.locals as usize {
        // SAFETY: locals are part of the frame.
        unsafe { *locals.add(local) = 0 };
    }
}

/// The function of this instance that is in a table, if it is of the type; none if the call traps
/// or leads elsewhere.
#[inline]
fn called(world: &World<'_>, instance: usize, table: u32, ty: u32, element: u64) -> Option<u32> {
    let data = world.code.instances.get(instance)?;
    let table = world.tables.get(*data.tables.get(table as usize)? as usize)?;
    let address = address_of_slot(table.element(element)?)?;
    let FunctionData::Wasm { instance: owner, index, .. } =
        world.code.functions.get(address as usize)?
    else {
        return None;
    };
    let is_callable =
        *owner as usize == instance && world.code.check_type(instance as u32, ty, address).is_ok();
    is_callable.then_some(*index)
}

/// The function of this instance that a reference leads to.
#[inline]
fn referred(world: &World<'_>, instance: usize, slot: u64) -> Option<u32> {
    match world.code.functions.get(address_of_slot(slot)? as usize)? {
        FunctionData::Wasm { instance: owner, index, .. } if *owner as usize == instance => {
            Some(*index)
        }
        _ => None,
    }
}

/// Makes room for so many slots in all, and for a call more. Says whether there is.
#[cold]
#[inline(never)]
fn make_room(stack: &mut Stack, returns: &mut Vec<Return>, slots: usize, most: usize) -> bool {
    let more = returns.len().max(16);
    // The slots last, which may be moved by that.
    returns.try_reserve(more).is_ok()
        && stack.frames.try_reserve(returns.capacity() + 1).is_ok()
        && stack.reserve(slots, most).is_ok()
}

/// How many slots stand before this one.
fn offset(stack: &Stack, slot: *const u64) -> usize {
    (slot as usize).wrapping_sub(stack.slots.as_ptr() as usize) / size_of::<u64>()
}

/// The bytes of a memory, how many, and the flags of what has changed of it, if there are some.
#[inline]
fn memory_of(world: &mut World<'_>, memory: Option<usize>) -> (*mut u8, u64, *mut bool) {
    match memory.and_then(|memory| world.memories.get_mut(memory)) {
        Some(memory) => memory.parts(),
        None => (core::ptr::null_mut(), 0, core::ptr::null_mut()),
    }
}

/// Notes that bytes from an address on change.
#[inline]
fn note_change(changed: *mut bool, address: usize, width: usize) {
    // SAFETY: there is a flag for each block of 4 KiB, and one more.
    unsafe {
        *changed.add(address >> 12) = true;
        *changed.add((address + width - 1) >> 12) = true;
    }
}

/// A number of 16 bits as one of 32.
#[inline(always)]
fn sign_extend16(value: u16) -> u64 {
    n::i32::extend16_s(value.into()).into()
}

/// The first word of an operator, whose parts are read from where it is.
#[derive(Clone, Copy)]
struct Word(*const u64);

impl Word {
    /// # Safety
    ///
    /// The first word of an operator must be there, as long as this is used.
    #[inline(always)]
    unsafe fn at(ip: *const u64) -> Self {
        Word(ip)
    }

    /// A part of 16 bits, counted from the lowest.
    #[inline(always)]
    fn part(self, index: usize) -> u16 {
        let index = if cfg!(target_endian = "little") { index } else { 3 - index };
        // SAFETY: a word has four of them.
        unsafe { *self.0.cast::<u16>().add(index) }
    }

    #[inline(always)]
    fn op(self) -> Op {
        // SAFETY: the lowest 16 bits of a first word are an operator.
        unsafe { core::mem::transmute::<u16, Op>(self.part(0)) }
    }

    #[inline(always)]
    fn a(self) -> u16 {
        self.part(1)
    }

    #[inline(always)]
    fn b(self) -> u16 {
        self.part(2)
    }

    #[inline(always)]
    fn c(self) -> u16 {
        self.part(3)
    }

    /// The upper half.
    #[inline(always)]
    fn upper(self) -> u32 {
        let index = usize::from(cfg!(target_endian = "little"));
        // SAFETY: a word has two halves.
        unsafe { *self.0.cast::<u32>().add(index) }
    }
}
