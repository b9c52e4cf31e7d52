//! Operators on tables and on whole stretches of memory: not hot, so they are
//! kept out of the loop. Each works on copies of its operands.

use super::world::World;
use crate::ledger::Owner;
use crate::runtime::{Halt, InstanceData, TableData, TrapKind};

/// Operands of a bulk operator, from the lowest to the top of the stack. Those
/// of 32 bits have zeros above.
pub(super) type Three = [u64; 3];

/// Those index spaces of an instance that bulk operators name things in. All
/// indices are validated, and addresses stay valid as long as the store lives.
pub(super) struct Bulk<'w, 'a> {
    pub(super) world: &'w mut World<'a>,
    pub(super) instance: u32,
}

impl<'a> Bulk<'_, 'a> {
    fn data(&self) -> &'a InstanceData {
        &self.world.code.instances[self.instance as usize]
    }

    /// Where in the store a memory is.
    fn memory(&self, index: u32) -> usize {
        self.data().memories[index as usize] as usize
    }

    fn table(&mut self, index: u32) -> &mut TableData {
        let address = self.data().tables[index as usize];
        &mut self.world.tables[address as usize]
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_size(&mut self, memory: u32) -> u64 {
        let memory = self.memory(memory);
        self.world.memories.at(memory).size_in_pages()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_grow(&mut self, memory: u32, delta: u64) -> Result<u64, TrapKind> {
        let address = self.memory(memory);
        let World { memories, account, tiers, limits, .. } = &mut *self.world;
        let limit = limits.bytes_beside(memories.all, address);
        let memory = memories.at(address);
        let (owner, before) = (memory.owner(), memory.allocated());
        let grown = match account.afford_memory(tiers, memory, delta, limit) {
            Ok(limit) => memory.grow(delta, limit),
            Err(error) if self.world.can_make_room(&error) => return Err(error),
            Err(_) => None,
        };
        let World { memories, account, .. } = &mut *self.world;
        let memory = memories.at(address);
        account.add(owner, memory.allocated() - before);
        // What stands for failure, -1, is the greatest number there is.
        Ok(grown.unwrap_or(memory.ty().address.max()))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_fill(&mut self, memory: u32, operands: &mut Three) -> Result<(), Halt> {
        let memory = self.memory(memory);
        self.world.memories.fill(memory, operands)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_copy(
        &mut self,
        (target, source): (u32, u32),
        operands: &mut Three,
    ) -> Result<(), Halt> {
        let memories = (self.memory(target), self.memory(source));
        self.world.memories.copy(memories, operands)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_init(
        &mut self,
        segment: u32,
        memory: u32,
        [to, from, width]: &mut Three,
    ) -> Result<(), Halt> {
        let (instance, data) = (self.instance as usize, self.data());
        let dropped = self.world.segments[instance].dropped_data[segment as usize];
        let contents = data.module.declarations().data[segment as usize].contents;
        let all = data.module.bytes().get(contents.range()).unwrap_or_default();
        let all = if dropped { &[] } else { all };
        // Both are of 32 bits.
        let Some(bytes) = all.get(*from as usize..).and_then(|rest| rest.get(..*width as usize))
        else {
            let (start, width, size) = (*from, *width, all.len() as u64);
            return Err(TrapKind::DataOutOfBounds { start, width, size }.into());
        };
        let memory = self.memory(memory);
        self.world.memories.write_all(memory, *to, bytes).map_err(|(halt, done)| {
            let done = done as u64;
            (*to, *from, *width) = (*to + done, *from + done, *width - done);
            halt
        })
    }

    #[cold]
    #[inline(never)]
    pub(super) fn data_drop(&mut self, segment: u32) {
        self.world.segments[self.instance as usize].dropped_data[segment as usize] = true;
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_get(&mut self, table: u32, index: u64) -> Result<u64, TrapKind> {
        self.table(table).get(index)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_set(&mut self, table: u32, index: u64, slot: u64) -> Result<(), TrapKind> {
        self.table(table).set(index, slot)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_size(&mut self, table: u32) -> u64 {
        self.table(table).size()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_grow(
        &mut self,
        table: u32,
        init: u64,
        delta: u64,
    ) -> Result<u64, TrapKind> {
        let address = self.data().tables[table as usize] as usize;
        let World { tables, account, tiers, limits, .. } = &mut *self.world;
        let limit = limits.elements_beside(tables, address);
        let table = &mut tables[address];
        let mut reserved = Ok(());
        let grown = table.grow(delta, init, limit, |elements, more| {
            reserved = account.reserve(tiers, Owner::Tables, elements, more);
            reserved.is_ok()
        });
        if let Err(error) = reserved
            && self.world.can_make_room(&error)
        {
            return Err(error);
        }
        // What stands for failure, -1, is the greatest number there is.
        let failed = self.world.tables[address].ty().address.max();
        Ok(grown.unwrap_or(failed))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_fill(
        &mut self,
        table: u32,
        index: u64,
        slot: u64,
        count: u64,
    ) -> Result<(), TrapKind> {
        self.table(table).fill(index, count, slot)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_copy(
        &mut self,
        (target, source): (u32, u32),
        [to, from, count]: Three,
    ) -> Result<(), TrapKind> {
        let data = self.data();
        let target = data.tables[target as usize] as usize;
        let source = data.tables[source as usize] as usize;
        match self.world.tables.get_disjoint_mut([target, source]) {
            Ok([target, source]) => target.copy_from(source, from, to, count),
            Err(_) => self.world.tables[target].copy_within(from, to, count),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_init(
        &mut self,
        segment: u32,
        table: u32,
        [to, start, count]: Three,
    ) -> Result<(), TrapKind> {
        let (instance, data) = (self.instance as usize, self.data());
        let elements = self.world.segments[instance].elements(segment as usize);
        let size = data.element_count(elements, segment as usize);
        // Both are of 32 bits.
        if start + count > size {
            return Err(TrapKind::ElementOutOfBounds { start, count, size });
        }
        let address = data.tables[table as usize] as usize;
        let window = self.world.tables[address].window(to, count)?;
        data.copy_elements(elements, segment as usize, start as usize, window);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn elem_drop(&mut self, segment: u32) {
        self.world.segments[self.instance as usize].dropped_elements[segment as usize] = true;
    }
}
