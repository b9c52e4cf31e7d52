//! The registers, and what most operators do with slots and memory.

use super::{MISSED_BYTES, Run};
use crate::execute::microcode::leave::Exit;
use crate::execute::microcode::op::{Last, Op};
use crate::execute::numeric as n;
use crate::runtime::{FRAME_BYTES, FRAME_LOG2, PageFrame};

/// The registers: what nearly every operator needs. Handed from one to the next by value, they
/// stay in registers of the machine.
///
/// `LAST` is the [`Last`] of the operator.
#[derive(Clone, Copy)]
pub(super) struct Cpu<'r, 'w, const LAST: u8> {
    /// The first word of the operator.
    pub(super) ip: *const u64,
    /// The first slot of the frame.
    pub(super) base: *mut u64,
    /// The first memory.
    pub(super) bytes: *mut u8,
    /// The result of the operator before this one, if it has one; if that is an `f64`, here.
    pub(super) last: u64,
    pub(super) real: f64,
    /// What was executed, less what stands before in the function.
    pub(super) acc: u64,
    pub(super) run: *mut Run<'r, 'w>,
}

/// What comes after an operator.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Flow {
    /// The operator at `ip`.
    Next,
    /// Nothing: the reason is noted.
    Stop,
}

/// What a slot or some bytes of memory are read as.
pub(super) trait Number: Copy {
    const BYTES: u64;
    fn of_slot(slot: u64) -> Self;
    /// A field as a number with a sign.
    fn of_field(field: u16) -> Self;
    fn little_endian(self) -> Self;
}

macro_rules! numbers {
    ($($unsigned:ty, $signed:ty;)*) => {$(
        impl Number for $unsigned {
            const BYTES: u64 = size_of::<$unsigned>() as u64;

            #[inline(always)]
            fn of_slot(slot: u64) -> Self {
                slot as $unsigned
            }

            #[inline(always)]
            fn of_field(field: u16) -> Self {
                field.cast_signed() as $signed as $unsigned
            }

            #[inline(always)]
            fn little_endian(self) -> Self {
                self.to_le()
            }
        }
    )*};
}

numbers! { u8, i8; u16, i16; u32, i32; u64, i64; }

/// What an operator gives.
pub(super) trait Value: Copy {
    /// What is put into its slot.
    fn slot(self) -> u64;
    /// Puts it into the registers of results.
    fn keep(self, last: &mut u64, real: &mut f64);
}

macro_rules! values {
    ($($type:ty)*) => {$(
        impl Value for $type {
            #[inline(always)]
            fn slot(self) -> u64 {
                self.into()
            }

            #[inline(always)]
            fn keep(self, last: &mut u64, _: &mut f64) {
                *last = self.into();
            }
        }
    )*};
}

values! { bool u32 u64 }

/// The bits of an `f64`.
#[derive(Clone, Copy)]
pub(super) struct Real(pub(super) u64);

impl Value for Real {
    #[inline(always)]
    fn slot(self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn keep(self, _: &mut u64, real: &mut f64) {
        *real = f64::from_bits(self.0);
    }
}

/// What may be an `f64` or anything else.
#[derive(Clone, Copy)]
pub(super) struct Any(pub(super) u64);

impl Value for Any {
    #[inline(always)]
    fn slot(self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn keep(self, last: &mut u64, real: &mut f64) {
        (*last, *real) = (self.0, f64::from_bits(self.0));
    }
}

/// The first word of an operator, whose parts are read from where it is.
#[derive(Clone, Copy)]
pub(super) struct Word(*const u64);

impl Word {
    /// A part of 16 bits, counted from the lowest.
    #[inline(always)]
    fn part(self, index: usize) -> u16 {
        let index = if cfg!(target_endian = "little") { index } else { 3 - index };
        // SAFETY: a word has four of them.
        unsafe { *self.0.cast::<u16>().add(index) }
    }

    #[inline(always)]
    pub(super) fn op(self) -> Op {
        // SAFETY: the lowest 16 bits of a first word are an operator.
        unsafe { core::mem::transmute::<u16, Op>(self.part(0)) }
    }

    #[inline(always)]
    pub(super) fn a(self) -> u16 {
        self.part(1)
    }

    #[inline(always)]
    pub(super) fn b(self) -> u16 {
        self.part(2)
    }

    #[inline(always)]
    pub(super) fn c(self) -> u16 {
        self.part(3)
    }

    /// The upper half.
    #[inline(always)]
    pub(super) fn upper(self) -> u32 {
        let index = usize::from(cfg!(target_endian = "little"));
        // SAFETY: a word has two halves.
        unsafe { *self.0.cast::<u32>().add(index) }
    }
}

/// Parts of the machine. All of them rely on what [`super`] says.
impl<'r, 'w, const LAST: u8> Cpu<'r, 'w, LAST> {
    /// Takes up the registers.
    #[inline(always)]
    pub(super) fn load(run: *mut Run<'r, 'w>) -> Self {
        // SAFETY: the run outlives the registers.
        unsafe {
            let Run { ip, base, bytes, last, real, acc, .. } = *run;
            Cpu { ip, base, bytes, last, real, acc, run }
        }
    }

    #[inline(always)]
    pub(super) fn run(&self) -> &'r mut Run<'r, 'w> {
        // SAFETY: the run outlives the registers, and no two references to it are used at a time.
        unsafe { &mut *self.run }
    }

    /// Counts an operator, if anybody wants to know.
    #[inline(always)]
    pub(super) fn count(&self) {
        #[cfg(feature = "dispatches")]
        {
            self.run().dispatches += 1;
        }
    }

    #[inline(always)]
    pub(super) fn word(&self) -> Word {
        Word(self.ip)
    }

    /// A word behind the first.
    #[inline(always)]
    pub(super) fn more(&self, at: usize) -> u64 {
        // SAFETY: the format says so.
        unsafe { *self.ip.add(at) }
    }

    #[inline(always)]
    pub(super) fn get(&self, slot: u16) -> u64 {
        // SAFETY: fields are less than the frame is long.
        unsafe { *self.base.add(slot.into()) }
    }

    #[inline(always)]
    pub(super) fn set(&mut self, slot: u16, value: u64) {
        // SAFETY: fields are less than the frame is long.
        unsafe { *self.base.add(slot.into()) = value }
    }

    #[inline(always)]
    fn read<T: Number>(&self, slot: u16) -> T {
        T::of_slot(self.get(slot))
    }

    /// The operand that this field names, whose slot is this.
    #[inline(always)]
    fn operand(&self, field: Last, slot: u16) -> u64 {
        if LAST == field as u8 {
            self.last
        } else if LAST == field as u8 + Last::REAL {
            self.real.to_bits()
        } else {
            self.get(slot)
        }
    }

    /// The operand that `a` names.
    #[inline(always)]
    pub(super) fn first<T: Number>(&self) -> T {
        T::of_slot(self.operand(Last::A, self.word().a()))
    }

    /// The operand that `b` names.
    #[inline(always)]
    pub(super) fn left<T: Number>(&self) -> T {
        T::of_slot(self.operand(Last::B, self.word().b()))
    }

    /// The operand that `c` names.
    #[inline(always)]
    fn right<T: Number>(&self) -> T {
        T::of_slot(self.operand(Last::C, self.word().c()))
    }

    /// The operand that the second word names.
    #[inline(always)]
    fn third<T: Number>(&self) -> T {
        T::of_slot(self.operand(Last::Third, self.more(1) as u16))
    }

    /// Goes on behind this operator, which has so many words.
    #[inline(always)]
    pub(super) fn next(&mut self, words: usize) -> Flow {
        // SAFETY: the last operator of a function jumps or leaves.
        self.ip = unsafe { self.ip.add(words) };
        Flow::Next
    }

    /// Sets the slot that `a` names, and goes on behind this operator.
    #[inline(always)]
    pub(super) fn give(&mut self, value: impl Value, words: usize) -> Flow {
        self.set(self.word().a(), value.slot());
        value.keep(&mut self.last, &mut self.real);
        self.next(words)
    }

    #[inline(always)]
    pub(super) fn stop(&self, exit: Exit) -> Flow {
        let Cpu { ip, base, last, acc, run, real, .. } = *self;
        note_exit(ip, base, exit, last, acc, run, real);
        Flow::Stop
    }

    /// Stops before the instruction of this operator, which accesses bytes of memory that lie
    /// outside or are not in RAM.
    #[inline(always)]
    fn miss(&self, address: u64, bytes: u64) -> Flow {
        let Cpu { ip, base, last, acc, run, real, .. } = *self;
        note_miss(ip, base, address | bytes << MISSED_BYTES, last, acc, run, real);
        Flow::Stop
    }

    /// Stops before the instruction of this operator.
    #[inline(always)]
    pub(super) fn stop_here(&self) -> Flow {
        self.stop(Exit::Here)
    }

    #[inline(always)]
    pub(super) fn jump(&mut self, delta: i32) -> Flow {
        let last = self.more(1);
        let distance = (last as u32).cast_signed();
        let index = (last >> 32) as u32;
        self.acc = self.acc.wrapping_add(i64::from(delta).cast_unsigned());
        // SAFETY: jumps go to first words of the same function.
        self.ip = unsafe { self.ip.offset(distance as isize) };
        let (run, executed) = (self.run(), self.acc.wrapping_add(index.into()));
        if executed > run.soft && (distance <= 0 || executed > run.hard) {
            return self.stop(Exit::Limit(index));
        }
        Flow::Next
    }

    #[inline(always)]
    fn jump_if(&mut self, holds: bool, delta: u16, words: usize) -> Flow {
        if holds { self.jump(delta.cast_signed().into()) } else { self.next(words) }
    }

    #[inline(always)]
    pub(super) fn jump_unary(&mut self, test: impl Fn(u32) -> bool) -> Flow {
        let word = self.word();
        self.jump_if(test(self.first()), word.c(), 2)
    }

    #[inline(always)]
    pub(super) fn jump_binary<T: Number>(&mut self, compare: impl Fn(T, T) -> bool) -> Flow {
        let word = self.word();
        self.jump_if(compare(self.first(), self.left()), word.c(), 2)
    }

    #[inline(always)]
    pub(super) fn jump_immediate<T: Number>(&mut self, compare: impl Fn(T, T) -> bool) -> Flow {
        let word = self.word();
        self.jump_if(compare(self.first(), T::of_field(word.b())), word.c(), 2)
    }

    #[inline(always)]
    pub(super) fn jump_constant<T: Number>(&mut self, compare: impl Fn(T, T) -> bool) -> Flow {
        let word = self.word();
        let holds = compare(self.first(), T::of_slot(self.more(2)));
        self.jump_if(holds, word.c(), 3)
    }

    /// Jumps if a reference is of the type that the immediates there ask for, or if it is not.
    #[inline(always)]
    pub(super) fn jump_cast(&mut self, is: bool) -> Flow {
        let word = self.word();
        let holds = self.run().cast_holds(self.more(2), self.first());
        self.jump_if(holds == is, word.c(), 3)
    }

    #[inline(always)]
    fn add_jump(&mut self, right: u32, holds: impl Fn(&Self, u32, u16) -> bool) -> Flow {
        let word = self.word();
        let sum = n::i32::add(self.left(), right);
        self.set(word.a(), sum.into());
        self.last = sum.into();
        let more = self.more(2);
        let holds = holds(self, sum, more as u16);
        self.jump_if(holds, (more >> 32) as u16, 3)
    }

    #[inline(always)]
    pub(super) fn add_jump_binary(&mut self, compare: impl Fn(u32, u32) -> bool) -> Flow {
        let right = u32::of_field(self.word().c());
        self.add_jump(right, |cpu, sum, slot| compare(sum, cpu.read(slot)))
    }

    #[inline(always)]
    pub(super) fn sum_jump(&mut self, compare: impl Fn(u32, u32) -> bool) -> Flow {
        let right = self.right();
        self.add_jump(right, |cpu, sum, slot| compare(sum, cpu.read(slot)))
    }

    #[inline(always)]
    pub(super) fn add_jump_immediate(&mut self, compare: impl Fn(u32, u32) -> bool) -> Flow {
        let right = u32::of_field(self.word().c());
        self.add_jump(right, |_, sum, number| compare(sum, u32::of_field(number)))
    }

    #[inline(always)]
    pub(super) fn unary<T: Number, R: Value>(&mut self, operator: impl Fn(T) -> R) -> Flow {
        let value = operator(self.left());
        self.give(value, 1)
    }

    #[inline(always)]
    pub(super) fn try_unary<T: Number, R: Value, E>(
        &mut self,
        operator: impl Fn(T) -> Result<R, E>,
    ) -> Flow {
        match operator(self.left()) {
            Ok(value) => self.give(value, 1),
            Err(error) => {
                // It holds nothing, and to find that out takes registers.
                core::mem::forget(error);
                self.stop_here()
            }
        }
    }

    #[inline(always)]
    pub(super) fn binary<T: Number, R: Value>(&mut self, operator: impl Fn(T, T) -> R) -> Flow {
        let value = operator(self.left(), self.right());
        self.give(value, 1)
    }

    #[inline(always)]
    pub(super) fn try_binary<T: Number, R: Value, E>(
        &mut self,
        operator: impl Fn(T, T) -> Result<R, E>,
    ) -> Flow {
        match operator(self.left(), self.right()) {
            Ok(value) => self.give(value, 1),
            Err(error) => {
                // It holds nothing, and to find that out takes registers.
                core::mem::forget(error);
                self.stop_here()
            }
        }
    }

    #[inline(always)]
    pub(super) fn immediate<T: Number, R: Value>(&mut self, operator: impl Fn(T, T) -> R) -> Flow {
        let value = operator(self.left(), T::of_field(self.word().c()));
        self.give(value, 1)
    }

    #[inline(always)]
    pub(super) fn constant<T: Number, R: Value>(&mut self, operator: impl Fn(T, T) -> R) -> Flow {
        let value = operator(self.left(), T::of_slot(self.more(1)));
        self.give(value, 2)
    }

    #[inline(always)]
    pub(super) fn reversed_constant<T: Number, R: Value>(
        &mut self,
        operator: impl Fn(T, T) -> R,
    ) -> Flow {
        self.constant(|value, constant| operator(constant, value))
    }

    #[inline(always)]
    pub(super) fn triple<T: Number, R: Value>(
        &mut self,
        first: impl Fn(T, T) -> T,
        second: impl Fn(T, T) -> R,
    ) -> Flow {
        let value = second(first(self.left(), self.right()), self.third());
        self.give(value, 2)
    }

    #[inline(always)]
    pub(super) fn triple_immediate<T: Number + Value>(
        &mut self,
        first: impl Fn(T, T) -> T,
        second: impl Fn(T, T) -> T,
    ) -> Flow {
        let between = first(self.left(), T::of_slot(self.word().c().into()));
        let value = second(between, self.third());
        self.give(value, 2)
    }

    #[inline(always)]
    pub(super) fn select(&mut self) -> Flow {
        let holds = self.third::<u32>() != 0;
        let value: u64 = if holds { self.left() } else { self.right() };
        self.give(value, 2)
    }

    #[inline(always)]
    pub(super) fn copy_two(&mut self) -> Flow {
        let word = self.word();
        self.set(word.a(), self.get(word.b()));
        self.set(word.c(), self.get(self.more(1) as u16));
        self.next(2)
    }

    /// The global with the index that the upper half is.
    #[inline(always)]
    fn global(&self) -> *mut u64 {
        let (run, index) = (self.run(), self.word().upper() as usize);
        // SAFETY: indices of globals are valid.
        unsafe { (&raw mut (*run.globals.add(*run.addresses.add(index) as usize)).value).cast() }
    }

    #[inline(always)]
    pub(super) fn global_get(&mut self) -> Flow {
        // SAFETY: see there.
        let value = unsafe { *self.global() };
        self.give(value, 1)
    }

    #[inline(always)]
    pub(super) fn global_set(&mut self) -> Flow {
        // SAFETY: see there.
        unsafe { *self.global() = self.first() };
        self.next(1)
    }

    /// Where these bytes of a memory are that is held as pages; none if some of them lie outside, or
    /// not in RAM in one page.
    #[inline(always)]
    fn in_page<T: Number>(&self, address: u64) -> Option<(*mut u8, *mut PageFrame)> {
        let pages = &self.run().pages;
        let (page, within) = (address >> FRAME_LOG2, address as usize % FRAME_BYTES);
        if page >= pages.count || within + T::BYTES as usize > FRAME_BYTES {
            return None;
        }
        // SAFETY: the page was compared with how many there are, the frame as well, and there are
        // the bytes of a page in each. Nobody else has the number of accesses meanwhile.
        unsafe {
            let entry = *pages.entries.add(page as usize);
            if entry >= pages.frame_count {
                return None;
            }
            let frame = pages.frames.add(entry as usize);
            let accesses = *pages.accesses + 1;
            *pages.accesses = accesses;
            (*frame).accessed = accesses;
            Some(((*frame).bytes.as_mut_ptr().add(within), frame))
        }
    }

    #[inline(always)]
    fn load_from<T: Number, R: Value>(
        &mut self,
        address: u32,
        offset: u64,
        extend: impl Fn(T) -> R,
        words: usize,
    ) -> Flow {
        let address = u64::from(address) + offset;
        let place = if address + T::BYTES <= self.run().size {
            // SAFETY: it was compared with the size.
            unsafe { self.bytes.add(address as usize) }
        } else {
            let Some((place, _)) = self.in_page::<T>(address) else {
                return self.miss(address, T::BYTES);
            };
            place
        };
        // SAFETY: all bytes are there.
        let read = unsafe { place.cast::<T>().read_unaligned() };
        self.give(extend(read.little_endian()), words)
    }

    #[inline(always)]
    pub(super) fn near<T: Number, R: Value>(&mut self, extend: impl Fn(T) -> R) -> Flow {
        self.load_from(self.left(), self.word().c().into(), extend, 1)
    }

    #[inline(always)]
    pub(super) fn far<T: Number, R: Value>(&mut self, extend: impl Fn(T) -> R) -> Flow {
        self.load_from(self.left(), self.more(1), extend, 2)
    }

    #[inline(always)]
    pub(super) fn indexed<T: Number, R: Value>(&mut self, extend: impl Fn(T) -> R) -> Flow {
        let sum = n::i32::add(self.left(), self.right());
        self.load_from(sum, self.more(1), extend, 2)
    }

    #[inline(always)]
    fn store_to<T: Number>(&mut self, value: T, offset: u64, words: usize) -> Flow {
        let address = u64::from(self.first::<u32>()) + offset;
        let place = if address + T::BYTES <= self.run().size {
            // SAFETY: it was compared with the size.
            unsafe { self.bytes.add(address as usize) }
        } else {
            let Some((place, frame)) = self.in_page::<T>(address) else {
                return self.miss(address, T::BYTES);
            };
            // SAFETY: the frame is there.
            unsafe { (*frame).dirty = true };
            place
        };
        // SAFETY: all bytes are there.
        unsafe { place.cast::<T>().write_unaligned(value.little_endian()) };
        let changed = self.run().changed;
        if !changed.is_null() {
            // SAFETY: there is a flag for each block of 4 KiB, and one more.
            unsafe {
                let address = address as usize;
                *changed.add(address >> FRAME_LOG2) = true;
                *changed.add((address + T::BYTES as usize - 1) >> FRAME_LOG2) = true;
            }
        }
        self.next(words)
    }

    #[inline(always)]
    pub(super) fn store_near<T: Number>(&mut self) -> Flow {
        self.store_to::<T>(self.left(), self.word().c().into(), 1)
    }

    #[inline(always)]
    pub(super) fn store_far<T: Number>(&mut self) -> Flow {
        self.store_to::<T>(self.left(), self.more(1), 2)
    }

    #[inline(always)]
    pub(super) fn store_immediate<T: Number>(&mut self) -> Flow {
        let word = self.word();
        self.store_to(T::of_field(word.b()), word.c().into(), 1)
    }

    /// So many bytes of memory from `address` on are to be worked on: where they are. None if some
    /// lie outside, or if after as many it is time to come back.
    #[inline(always)]
    fn stretch(&self, address: u32, width: u32) -> Option<usize> {
        let end = u64::from(address) + u64::from(width);
        (end <= self.run().size && u64::from(width) < self.run().world.effort)
            .then_some(address as usize)
    }

    #[inline(always)]
    pub(super) fn memory_fill(&mut self) -> Flow {
        let (byte, width) = (self.left(), self.right());
        let Some(to) = self.stretch(self.first(), width) else { return self.stop(Exit::Stretch) };
        // SAFETY: they all lie inside.
        unsafe { self.bytes.add(to).write_bytes(byte, width as usize) };
        self.note_stretch(to, width);
        self.next(1)
    }

    #[inline(always)]
    pub(super) fn memory_copy(&mut self) -> Flow {
        let width = self.right();
        let from = self.stretch(self.left(), width);
        let (Some(to), Some(from)) = (self.stretch(self.first(), width), from) else {
            return self.stop(Exit::Stretch);
        };
        // SAFETY: they all lie inside.
        unsafe { self.bytes.add(to).copy_from(self.bytes.add(from), width as usize) };
        self.note_stretch(to, width);
        self.next(1)
    }

    /// Notes that so many bytes have been worked on.
    #[inline(always)]
    fn note_stretch(&mut self, start: usize, width: u32) {
        let run = self.run();
        run.world.effort -= u64::from(width);
        if !run.changed.is_null() && width > 0 {
            for block in start >> FRAME_LOG2..=(start + width as usize - 1) >> FRAME_LOG2 {
                // SAFETY: there is a flag for each block of 4 KiB.
                unsafe { *run.changed.add(block) = true };
            }
        }
    }
}

/// The same as [`note_exit`], for [`Exit::Missed`].
#[cold]
#[inline(never)]
fn note_miss(
    ip: *const u64,
    base: *mut u64,
    address: u64,
    last: u64,
    acc: u64,
    run: *mut Run<'_, '_>,
    real: f64,
) {
    // SAFETY: the run outlives the registers.
    let run = unsafe { &mut *run };
    (run.ip, run.base, run.acc, run.exit) = (ip, base, acc, Exit::Missed);
    (run.last, run.real, run.missed) = (last, real, address);
}

/// Lays down the registers for good. They come one by one, as they come to a handler, because no
/// handler can end with a jump that lets others know where its own variables lie.
#[cold]
#[inline(never)]
fn note_exit(
    ip: *const u64,
    base: *mut u64,
    exit: Exit,
    last: u64,
    acc: u64,
    run: *mut Run<'_, '_>,
    real: f64,
) {
    // SAFETY: the run outlives the registers.
    let run = unsafe { &mut *run };
    (run.ip, run.base, run.acc, run.exit) = (ip, base, acc, exit);
    (run.last, run.real) = (last, real);
}
