//! The value stack with its frames, and how functions are entered and left.

use alloc::vec::Vec;

use super::super::frame::Frame;
use super::world::Code;
use crate::execute::Tiers;
use crate::ledger::{self, Ledger, Owner};
use crate::runtime::{Account, FunctionData, StoreId, TrapKind};
use crate::validate::side_table::FunctionLayout;

/// The value stack with its frames.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stack {
    /// All slots; those above `height` hold nothing of meaning.
    pub(crate) slots: Vec<u64>,
    /// How many slots are in use.
    pub(crate) height: usize,
    /// The innermost frame last.
    pub(crate) frames: Vec<Frame>,
    /// How many instructions were executed.
    pub(crate) executed: u64,
    /// Whether the function of the job was let in, which is called by nobody.
    pub(crate) begun: bool,
    /// The call that was paused, and is to be let pass: which instruction it is,
    /// as they are counted, and the function.
    pub(crate) let_pass: Option<(u64, u32)>,
}

impl Stack {
    /// How many slots and frames there is room for.
    pub(crate) fn room(&self) -> [usize; 2] {
        [self.slots.capacity(), self.frames.capacity()]
    }

    /// Has room for just so many slots and frames. Says whether there was memory to do so.
    pub(crate) fn set_room(&mut self, [slots, frames]: [usize; 2]) -> bool {
        self.slots.truncate(slots);
        self.slots.shrink_to(slots);
        self.frames.shrink_to(frames);
        let more = frames.saturating_sub(self.frames.len());
        let is_room = self.slots.try_reserve_exact(slots - self.slots.len()).is_ok()
            && self.frames.try_reserve_exact(more).is_ok();
        if is_room {
            self.slots.resize(slots, 0);
        }
        is_room
    }

    /// The slots in use.
    pub(crate) fn in_use(&self) -> &[u64] {
        self.slots.get(..self.height).unwrap_or_default()
    }

    /// Adds what it takes.
    pub(crate) fn count(&self, ledger: &mut Ledger) {
        ledger.add(Owner::ValueStack, ledger::vec(&self.slots));
        ledger.add(Owner::Frames, ledger::vec(&self.frames));
    }

    /// Makes room for so many slots in all, of which there may be `max`, and for so many frames
    /// more.
    #[cold]
    #[inline(never)]
    pub(crate) fn grow(
        &mut self,
        (account, tiers): (&mut Account, &mut Tiers),
        slots: usize,
        frames: usize,
        max: usize,
    ) -> Result<(), TrapKind> {
        if slots > max {
            let calls = self.frames.len() as u64;
            return Err(TrapKind::StackExhausted { calls, slots: Some(slots as u64) });
        }
        let more = slots.saturating_sub(self.slots.len());
        account.reserve(tiers, Owner::ValueStack, &mut self.slots, more)?;
        account.reserve(tiers, Owner::Frames, &mut self.frames, frames)?;
        self.slots.resize(slots.max(self.slots.len()), 0);
        Ok(())
    }
}

/// Enters the function at this address, whose arguments are on top of the
/// stack. If need be, `grow` makes room for so many slots in all and for a frame
/// more. Nothing changes if that traps.
#[inline]
pub(crate) fn enter(
    code: Code<'_>,
    stack: &mut Stack,
    address: u32,
    grow: impl FnOnce(&mut Stack, usize) -> Result<(), TrapKind>,
) -> Result<(), TrapKind> {
    let callee = callee(code, address)?;
    let base = stack.height - callee.layout.param_slots as usize;
    if stack.frames.len() >= code.max_call_depth {
        let calls = stack.frames.len() as u64;
        return Err(TrapKind::StackExhausted { calls, slots: None });
    }
    let top = callee.top(base);
    if top > stack.slots.len() || stack.frames.len() == stack.frames.capacity() {
        grow(stack, top)?;
    }
    stack.frames.push(callee.frame(code.store, address, base));
    callee.set_locals(stack);
    Ok(())
}

/// Enters the function at this address, whose arguments are on top of the
/// stack, in place of the innermost one. If need be, `grow` makes room for so
/// many slots in all. Nothing changes if that traps.
pub(super) fn replace(
    code: Code<'_>,
    stack: &mut Stack,
    address: u32,
    grow: impl FnOnce(&mut Stack, usize) -> Result<(), TrapKind>,
) -> Result<(), TrapKind> {
    let callee = callee(code, address)?;
    let Some(base) = stack.frames.last().map(|frame| frame.base as usize) else {
        return enter(code, stack, address, grow);
    };
    let top = callee.top(base);
    if top > stack.slots.len() {
        grow(stack, top)?;
    }
    let params = callee.layout.param_slots as usize;
    stack.slots.copy_within(stack.height - params..stack.height, base);
    stack.height = base + params;
    if let Some(frame) = stack.frames.last_mut() {
        *frame = callee.frame(code.store, address, base);
    }
    callee.set_locals(stack);
    Ok(())
}

/// A function to be entered.
struct Callee {
    instance: u32,
    function: u32,
    layout: FunctionLayout,
}

#[inline]
fn callee(code: Code<'_>, address: u32) -> Result<Callee, TrapKind> {
    let Some(FunctionData::Wasm { instance, index, .. }) = code.functions.get(address as usize)
    else {
        return Err(TrapKind::ForeignStore);
    };
    let (instance, function) = (*instance, *index);
    Ok(Callee { instance, function, layout: code.layout(instance, function) })
}

impl Callee {
    /// How many slots the stack needs if its parameters begin at `base`.
    #[inline]
    fn top(&self, base: usize) -> usize {
        let FunctionLayout { param_slots, local_slots, max_operand_slots, .. } = self.layout;
        base + param_slots as usize + local_slots as usize + max_operand_slots as usize
    }

    #[inline]
    fn frame(&self, store: StoreId, address: u32, base: usize) -> Frame {
        Frame {
            store,
            address,
            instance: self.instance,
            function: self.function,
            // The stack has at most as many slots as 32 bits can count.
            base: base as u32,
            pc: self.layout.code_start,
            resume_at: 0,
            next_entry: 0,
        }
    }

    /// Sets the locals behind the parameters to zero. There is room for them.
    #[inline]
    fn set_locals(&self, stack: &mut Stack) {
        let operands = stack.height + self.layout.local_slots as usize;
        stack.slots[stack.height..operands].fill(0);
        stack.height = operands;
    }
}

/// Leaves the innermost function, whose results are on top of the stack, and
/// lets its caller go on. Gives how many frames are left.
#[inline(always)]
pub(super) fn leave(stack: &mut Stack, layout: &FunctionLayout) -> usize {
    if let Some(frame) = stack.frames.pop() {
        let (base, results) = (frame.base as usize, layout.result_slots as usize);
        stack.slots.copy_within(stack.height - results..stack.height, base);
        stack.height = base + results;
    }
    if let Some(caller) = stack.frames.last_mut() {
        caller.pc = caller.resume_at;
    }
    stack.frames.len()
}
