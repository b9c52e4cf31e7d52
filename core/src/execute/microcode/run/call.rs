//! Calls and returns, and what is left to the stepper.

use super::super::Microcode;
use super::super::leave::{Exit, Return};
use super::Run;
use super::cpu::{Cpu, Flow};
use crate::runtime::{FunctionData, NULL, address_of_slot};

impl<const LAST: u8> Cpu<'_, '_, LAST> {
    #[inline(always)]
    pub(super) fn leave(&mut self) -> Flow {
        self.stop(Exit::Call(self.word().upper()))
    }

    #[inline(always)]
    pub(super) fn check(&mut self) -> Flow {
        let index = self.word().upper();
        if self.acc.wrapping_add(index.into()) > self.run().hard {
            return self.stop(Exit::Limit(index));
        }
        self.next(1)
    }

    #[inline(always)]
    pub(super) fn step(&mut self) -> Flow {
        self.stop(Exit::Step(self.word().upper()))
    }

    #[inline(always)]
    pub(super) fn table(&mut self) -> Flow {
        let word = self.word();
        let selected = self.first::<u32>().min(word.upper());
        // SAFETY: two words and as many follow, and one more.
        let entry = self.more(2 + selected as usize);
        let count = self.more(1);
        let delta = ((entry >> 32) as u32).cast_signed();
        let total = self.acc.wrapping_add(count);
        self.acc = self.acc.wrapping_add(i64::from(delta).cast_unsigned());
        // SAFETY: jumps go to first words of the same function.
        self.ip = unsafe { self.ip.offset((entry as u32).cast_signed() as isize) };
        // Those that count nothing lead to code that jumps further.
        if total > self.run().hard && delta != 0 {
            return self.stop(Exit::Limit((count as u32).wrapping_sub(delta.cast_unsigned())));
        }
        Flow::Next
    }

    /// The microcode of a function of this instance, if it has some.
    #[inline(always)]
    fn code<'c>(&self, function: u32) -> Option<&'c Microcode> {
        // SAFETY: there is one place for each function.
        unsafe { (*self.run().codes.add(function as usize)).as_deref() }
    }

    #[inline(always)]
    pub(super) fn call(&mut self) -> Flow {
        self.enter(self.more(1) as u32)
    }

    #[inline(always)]
    pub(super) fn call_indirect(&mut self) -> Flow {
        let word = self.word();
        let (run, element) = (self.run(), u64::from(self.left::<u32>()));
        let tables = &run.world.tables;
        let table = run.data.tables.get(usize::from(word.c()));
        let table = table.and_then(|table| tables.get(*table as usize));
        match table.and_then(|table| table.element(element)) {
            Some(reference) => self.call_by(reference),
            None => self.stop(Exit::Callee),
        }
    }

    #[inline(always)]
    pub(super) fn call_ref(&mut self) -> Flow {
        self.call_by(self.left())
    }

    #[inline(always)]
    fn call_by(&mut self, reference: u64) -> Flow {
        let run = self.run();
        let callee = &run.callees[Callee::place(reference)];
        if callee.reference != reference || callee.ty != self.more(1) as u32 {
            run.reference = reference;
            return self.stop(Exit::Reference);
        }
        self.enter(callee.index)
    }

    /// Enters a function of the same instance.
    #[inline(always)]
    fn enter(&mut self, callee: u32) -> Flow {
        let Some(code) = self.code(callee) else { return self.stop(Exit::Callee) };
        let run = self.run();
        let first = usize::from(self.word().a());
        let from = self.base.wrapping_add(first);
        let room = (run.stack_end as usize).wrapping_sub(from as usize) / size_of::<u64>();
        if room < usize::from(code.frame) || run.returns_end == run.room_end {
            run.wanted = first + usize::from(code.frame);
            return self.stop(Exit::Room);
        }
        let counted = self.more(1) >> 32;
        // SAFETY: there is room.
        unsafe {
            run.returns_end.write(Return { ip: self.ip.add(2), function: run.function });
            run.returns_end = run.returns_end.add(1);
            clear_locals(from, code);
        }
        self.base = from;
        self.begin(callee, code, counted)
    }

    /// Begins a function, so many instructions of the one before being counted.
    #[inline(always)]
    fn begin(&mut self, function: u32, code: &Microcode, counted: u64) -> Flow {
        let run = self.run();
        run.function = function;
        self.ip = code.words.as_ptr();
        self.acc = self.acc.wrapping_add(counted);
        if self.acc > run.soft {
            return self.stop(Exit::Limit(0));
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) fn tail_call(&mut self) -> Flow {
        let (word, last) = (self.word(), self.more(1));
        let (stack_end, may_call) = (self.run().stack_end, self.run().most_calls > 0);
        let room = (stack_end as usize).wrapping_sub(self.base as usize) / size_of::<u64>();
        let fits = |code: &&Microcode| may_call && usize::from(code.frame) <= room;
        let Some(code) = self.code(last as u32).filter(fits) else {
            return self.stop(Exit::Call(((last >> 32) as u32).wrapping_sub(1)));
        };
        self.give_first(word.a(), word.b().into());
        // SAFETY: there is room for its frame.
        unsafe { clear_locals(self.base, code) };
        self.begin(last as u32, code, last >> 32)
    }

    /// Moves so many slots to the start of the frame.
    #[inline(always)]
    fn give_first(&mut self, from: u16, slots: usize) {
        // SAFETY: both lie in the frame.
        unsafe { core::ptr::copy(self.base.add(from.into()), self.base, slots) };
    }

    #[inline(always)]
    pub(super) fn return_none(&mut self) -> Flow {
        self.give_back(self.word().upper())
    }

    #[inline(always)]
    pub(super) fn return_one(&mut self) -> Flow {
        self.set(0, self.first());
        self.give_back(self.word().upper())
    }

    #[inline(always)]
    pub(super) fn return_many(&mut self) -> Flow {
        let word = self.word();
        self.give_first(word.a(), word.b().into());
        self.give_back(self.more(1) as u32)
    }

    /// Goes on where the caller does, so many instructions of the function having been passed.
    #[inline(always)]
    fn give_back(&mut self, count: u32) -> Flow {
        let run = self.run();
        if run.returns_end.cast_const() == run.returns.as_ptr() {
            return self.stop(Exit::Returned(count));
        }
        // SAFETY: it is not the first, so there is one before it.
        let back = unsafe {
            run.returns_end = run.returns_end.sub(1);
            run.returns_end.read()
        };
        let total = self.acc.wrapping_add(count.into());
        run.function = back.function;
        // SAFETY: the two words before are those of the call, whose arguments begin there.
        let last = unsafe {
            self.ip = back.ip.sub(2);
            self.base = self.base.sub(self.word().a().into());
            self.more(1)
        };
        self.ip = back.ip;
        self.acc = total.wrapping_sub(last >> 32);
        if total > run.soft {
            return self.stop(Exit::Limit((last >> 32) as u32));
        }
        Flow::Next
    }
}

/// How many functions that were called by reference are remembered.
pub(super) const CALLEES: usize = 8;

/// A function of this instance that was called by reference.
#[derive(Clone, Copy)]
pub(super) struct Callee {
    /// The slot of the reference.
    pub(super) reference: u64,
    /// The type that was expected, as the module numbers types.
    ty: u32,
    index: u32,
}

impl Callee {
    /// No module has so many types.
    pub(super) const NONE: Callee = Callee { reference: NULL, ty: u32::MAX, index: 0 };

    /// Where it is remembered.
    #[inline(always)]
    pub(super) fn place(reference: u64) -> usize {
        reference as usize % CALLEES
    }
}

impl Run<'_, '_> {
    /// The function that is to be called by reference, if it is one of this instance and of the
    /// type.
    pub(super) fn callee(&self, ty: u32) -> Option<Callee> {
        let (code, reference) = (self.world.code, self.reference);
        let address = address_of_slot(reference)?;
        match *code.functions.get(address as usize)? {
            FunctionData::Wasm { instance, index, .. } if instance == self.frame.instance => {
                code.check_type(instance, ty, address).ok()?;
                Some(Callee { reference, ty, index })
            }
            _ => None,
        }
    }
}

/// Sets the locals of a function beside its parameters to zero.
///
/// # Safety
///
/// There must be room for its frame from `base` on.
#[inline(always)]
unsafe fn clear_locals(base: *mut u64, code: &Microcode) {
    let locals = base.wrapping_add(code.params.into());
    let mut cleared = 0;
    // They are few: to call what clears many, or to clear many at once, takes longer than this, of
    // which the compiler cannot know how often it goes round.
    // SAFETY: locals are part of the frame.
    unsafe {
        while cleared < core::ptr::read_volatile(&raw const code.locals) {
            locals.add(cleared.into()).write(0);
            cleared += 1;
        }
    }
}
