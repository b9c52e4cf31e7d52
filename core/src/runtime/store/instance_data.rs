//! What a store has of an instance: where its things are, what has become of its segments; and its
//! functions.

use alloc::boxed::Box;

use crate::ledger;
use crate::module::Module;

/// An instance: its module, and where in the store the things are that its
/// index spaces name.
pub(crate) struct InstanceData {
    pub(crate) module: Module,
    /// The module's types, as the store numbers them.
    pub(crate) types: Box<[u32]>,
    pub(crate) functions: Box<[u32]>,
    pub(crate) tables: Box<[u32]>,
    pub(crate) memories: Box<[u32]>,
    pub(crate) globals: Box<[u32]>,
    pub(crate) tags: Box<[u32]>,
}

impl InstanceData {
    /// A type of the module, as the store numbers it.
    pub(crate) fn own_type(&self, index: u32) -> u32 {
        // There are as many as the module has types.
        self.types.get(index as usize).copied().unwrap_or(index)
    }

    pub(super) fn allocated(&self) -> u64 {
        let InstanceData { types, functions, tables, memories, globals, tags, .. } = self;
        [types, functions, tables, memories, globals, tags]
            .map(|it| ledger::boxed(&**it))
            .iter()
            .sum()
    }
}

/// What has become of an instance's segments since it was made.
#[derive(Debug, Default)]
pub(crate) struct SegmentState {
    /// Which data segments were dropped, by `data.drop` or instantiation.
    pub(crate) dropped_data: Box<[bool]>,
    /// Which element segments were dropped by `elem.drop`.
    pub(crate) dropped_elements: Box<[bool]>,
    /// What the element segments held when the instance had been made.
    pub(crate) elements: Box<[Elements]>,
}

impl SegmentState {
    pub(super) fn allocated(&self) -> u64 {
        let flags = ledger::boxed(&*self.dropped_data) + ledger::boxed(&*self.dropped_elements);
        let values = self.elements.iter().map(|elements| match elements {
            Elements::Values(values) => ledger::boxed(&**values),
            Elements::Dropped | Elements::Functions => 0,
        });
        flags + ledger::boxed(&*self.elements) + values.sum::<u64>()
    }

    /// What an element segment holds now.
    pub(crate) fn elements(&self, segment: usize) -> &Elements {
        match self.dropped_elements.get(segment) {
            Some(false) => self.elements.get(segment).unwrap_or(&Elements::Dropped),
            _ => &Elements::Dropped,
        }
    }

    /// What each element segment holds now.
    pub(crate) fn all_elements(&self) -> impl Iterator<Item = &Elements> {
        (0..self.elements.len()).map(|segment| self.elements(segment))
    }
}

/// What an element segment holds.
#[derive(Debug)]
pub(crate) enum Elements {
    /// Nothing any more.
    Dropped,
    /// The functions that the module lists.
    Functions,
    /// What its constant expressions yielded.
    Values(Box<[u64]>),
}

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionData {
    /// One of an instance's own.
    Wasm {
        /// The instance.
        instance: u32,
        /// Its index in the module.
        index: u32,
        /// Its type, as the store numbers types.
        ty: u32,
    },
    /// One of the host's.
    Host {
        /// Which one.
        index: u32,
        /// Its type, as the store numbers types.
        ty: u32,
    },
}

impl FunctionData {
    /// Its type, as the store numbers types.
    #[inline]
    pub(crate) fn ty(self) -> u32 {
        match self {
            FunctionData::Wasm { ty, .. } | FunctionData::Host { ty, .. } => ty,
        }
    }
}
