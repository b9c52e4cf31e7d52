//! Frames: one for each function being executed.

use crate::runtime::{Func, Instance, StoreId, Stored};

/// A function being executed. Its slots of the value stack are, from its base
/// on, parameters, other locals, operands; where the operands of a frame that
/// calls end, the parameters of the next frame begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub(crate) store: StoreId,
    /// Where the function stands in the store.
    pub(crate) address: u32,
    /// Which instance it belongs to.
    pub(crate) instance: u32,
    /// The function's index in its module.
    pub(crate) function: u32,
    /// The slot at which its parameters begin.
    pub(crate) base: u32,
    /// Where the instruction to be executed, or the call being waited for, stands.
    pub(crate) pc: u32,
    /// Where to go on after the call being waited for.
    pub(crate) resume_at: u32,
    /// The next entry of the side table, counted from the function's first.
    pub(crate) next_entry: u32,
}

impl Frame {
    /// The function.
    #[must_use]
    pub fn func(&self) -> Func {
        Func(Stored { store: self.store, index: self.address })
    }

    /// The instance that the function belongs to.
    #[must_use]
    pub fn instance(&self) -> Instance {
        Instance(Stored { store: self.store, index: self.instance })
    }

    /// The function's index in its module.
    #[must_use]
    pub fn function(&self) -> u32 {
        self.function
    }

    /// The instruction to be executed next, or the call being waited for, in
    /// bytes from the start of the function's body.
    #[must_use]
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// The slot of the value stack at which its parameters begin.
    #[must_use]
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The next entry of the side table, counted from the function's first.
    #[must_use]
    pub fn next_entry(&self) -> u32 {
        self.next_entry
    }
}
