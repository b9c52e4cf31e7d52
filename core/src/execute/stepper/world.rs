//! What execution works on: the parts of a store, each borrowed by itself.

use super::stack::Stack;
use crate::config::{Config, Translate};
use crate::execute::{Bodies, Frame, Tiers};

use crate::ledger::Owner;
use crate::module::{Module, Types};
use crate::planner::Planner;
use crate::runtime::{
    Account, Elements, FunctionData, FunctionTraps, GlobalData, Heap, InstanceData, Memories, Need,
    SegmentState, StoreId, StoreLimits, TableData, TrapKind,
};
use crate::types::FuncType;
use crate::validate::side_table::FunctionLayout;

/// What execution reads but never changes.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) store: StoreId,
    pub(crate) instances: &'a [InstanceData],
    pub(crate) types: &'a Types,
    pub(crate) functions: &'a [FunctionData],
    pub(crate) max_call_depth: usize,
    pub(crate) max_stack_slots: usize,
    pub(crate) translate: Translate,
    /// So many instructions of microcode may come in a row before it is looked whether to stop.
    pub(crate) straight: u32,
    pub(crate) planner: &'a Planner,
}

impl<'a> Code<'a> {
    pub(crate) fn new(
        store: StoreId,
        config: &'a Config,
        translate: Translate,
        instances: &'a [InstanceData],
        types: &'a Types,
        functions: &'a [FunctionData],
    ) -> Self {
        let max_call_depth = config.max_call_depth() as usize;
        let max_stack_slots = config.max_stack_slots() as usize;
        Code {
            store,
            instances,
            types,
            functions,
            max_call_depth,
            max_stack_slots,
            translate,
            straight: config.straight(),
            planner: config.planner(),
        }
    }

    /// The module of an instance.
    #[inline(always)]
    pub(crate) fn module(self, instance: u32) -> &'a Module {
        // Instances are never taken out of a store.
        &self.instances[instance as usize].module
    }

    /// The layout of a function that is not imported.
    #[inline(always)]
    pub(crate) fn layout(self, instance: u32, function: u32) -> FunctionLayout {
        self.module(instance).layout(function).copied().unwrap_or_default()
    }

    /// Whether the function at `address` is one of the type that `instance`
    /// knows by the index `expected`. If not, both types.
    #[inline]
    pub(crate) fn check_type(
        self,
        instance: u32,
        expected: u32,
        address: u32,
    ) -> Result<(), (&'a FuncType, &'a FuncType)> {
        // Type indices, and functions that references lead to, are valid.
        let expected = self.instances[instance as usize].types[expected as usize];
        let found = self.functions[address as usize].ty();
        if found == expected || self.types.is_subtype(found, expected) {
            return Ok(());
        }
        match (self.types.func(expected), self.types.func(found)) {
            (Some(expected), Some(found)) => Err((expected, found)),
            // Both are types of functions.
            _ => Ok(()),
        }
    }
}

/// Everything that execution works on.
pub(crate) struct World<'a> {
    pub(crate) code: Code<'a>,
    pub(crate) limits: StoreLimits,
    /// Bodies that are executed in place of others if it `stops` at breakpoints.
    pub(crate) bodies: &'a Bodies,
    pub(crate) stops: bool,
    /// What happens when these functions are about to be called.
    pub(crate) function_traps: &'a FunctionTraps,
    pub(crate) segments: &'a mut [SegmentState],
    pub(crate) memories: Memories<'a>,
    pub(crate) tables: &'a mut [TableData],
    pub(crate) globals: &'a mut [GlobalData],
    /// Types of all tags.
    pub(crate) tags: &'a [u32],
    pub(crate) heap: &'a mut Heap,
    pub(crate) tiers: &'a mut Tiers,
    pub(crate) account: &'a mut Account,
    /// Stacks of jobs that wait for host functions being executed.
    pub(crate) suspended: &'a [Stack],
    /// How many bytes operators may work on that work on many, before execution
    /// comes back as if it had executed what it may. At least one is executed.
    pub(crate) effort: u64,
}

impl<'a> World<'a> {
    /// The body that is executed in place of that of a frame's function, if there is one.
    #[inline(always)]
    pub(crate) fn replaced_body(&self, frame: &Frame) -> Option<&'a [u8]> {
        if self.stops { self.bodies.get(frame.instance, frame.function) } else { None }
    }

    /// Makes room on the stack for so many slots in all, and so many frames more.
    #[cold]
    #[inline(never)]
    pub(crate) fn grow(
        &mut self,
        stack: &mut Stack,
        slots: usize,
        frames: usize,
    ) -> Result<(), TrapKind> {
        self.account.executed = stack.executed;
        let max = self.code.max_stack_slots;
        stack.grow((self.account, self.tiers), slots, frames, max)
    }

    /// Brings the pages into RAM that an instruction could not be executed without.
    pub(crate) fn page_in(&mut self) -> Result<(), Need> {
        let World { memories, account, tiers, .. } = self;
        // With the one that they come for.
        memories.pager.executed = account.executed.saturating_sub(1);
        account.move_pages(tiers, memories, |memories, affords| memories.page_in(affords))
    }

    /// Whether there is room for what the budget did not allow, once microcode or pages have left.
    pub(crate) fn can_make_room(&self, error: &TrapKind) -> bool {
        let TrapKind::OverBudget { wanted, used, budget, .. } = *error else { return false };
        let beside = used.saturating_sub(self.memories.pager.spare());
        self.account.wants_microcode_out || beside.saturating_add(wanted) <= budget
    }

    /// Lets a page leave, and gives its RAM back. Says whether there was one to spare.
    pub(crate) fn give_up_frame(&mut self) -> Result<bool, Need> {
        let World { memories, account, tiers, .. } = self;
        account.move_pages(tiers, memories, |memories, _| memories.give_up_frame())
    }

    /// Frees the objects that cannot be reached, this being the stack in use.
    pub(crate) fn collect(&mut self, stack: &[u64]) -> Result<(), TrapKind> {
        let suspended = self.suspended.iter().flat_map(Stack::in_use);
        let globals = self.globals.iter().flat_map(|global| &global.value);
        let tables = self.tables.iter().flat_map(|table| table.slots());
        let segments = self.segments.iter().flat_map(SegmentState::all_elements);
        let segments = segments.flat_map(|elements| match elements {
            Elements::Values(values) => values,
            _ => &[][..],
        });
        let stacks = stack.iter().chain(suspended);
        let roots = stacks.chain(globals).chain(tables).chain(segments);
        let collected = self.heap.collect(roots.copied());
        self.account.set(Owner::Heap, self.heap.allocated());
        collected
    }
}
