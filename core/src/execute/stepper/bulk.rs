//! Operators on tables and on whole stretches of memory: not hot, so they are
//! kept out of the loop. Each works on copies of its operands.

use super::world::World;
use crate::execute::constant::constant;
use crate::module::ElementItems;
use crate::runtime::{InstanceData, LinearMemory, TableData, TrapKind, slot_of_address};

/// Operands of a bulk operator, from the lowest to the top of the stack.
pub(super) type Three = [u32; 3];

/// What `memory.grow` and `table.grow` give when they fail.
const FAILED: u32 = u32::MAX;

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

    fn memory(&mut self, index: u32) -> &mut LinearMemory {
        let address = self.data().memories[index as usize];
        &mut self.world.memories[address as usize]
    }

    fn table(&mut self, index: u32) -> &mut TableData {
        let address = self.data().tables[index as usize];
        &mut self.world.tables[address as usize]
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_size(&mut self, memory: u32) -> u32 {
        // A memory has at most 65536 pages.
        self.memory(memory).pages() as u32
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_grow(&mut self, memory: u32, delta: u32) -> u32 {
        let limit = self.world.limits.memory_bytes();
        let before = self.memory(memory).grow(delta.into(), limit);
        // A memory has at most 65536 pages.
        before.map_or(FAILED, |pages| pages as u32)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_fill(
        &mut self,
        memory: u32,
        [address, value, width]: Three,
    ) -> Result<(), TrapKind> {
        // Only the lowest byte of the value counts.
        self.memory(memory).fill(address.into(), width.into(), value as u8)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_copy(
        &mut self,
        (target, source): (u32, u32),
        [to, from, width]: Three,
    ) -> Result<(), TrapKind> {
        let (to, from, width) = (to.into(), from.into(), width.into());
        let data = self.data();
        let target = data.memories[target as usize] as usize;
        let source = data.memories[source as usize] as usize;
        match self.world.memories.get_disjoint_mut([target, source]) {
            Ok([target, source]) => {
                let range = source.range(from, width)?;
                target.write(to, &source.bytes()[range])
            }
            Err(_) => self.world.memories[target].copy_within(from, to, width),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn memory_init(
        &mut self,
        segment: u32,
        memory: u32,
        [to, from, width]: Three,
    ) -> Result<(), TrapKind> {
        let (instance, data) = (self.instance as usize, self.data());
        let dropped = self.world.segments[instance].data[segment as usize];
        let contents = data.module.declarations().data[segment as usize].contents;
        let all = data.module.bytes().get(contents.range()).unwrap_or_default();
        let all = if dropped { &[] } else { all };
        let (start, width) = (from as usize, width as usize);
        match all.get(start..).and_then(|rest| rest.get(..width)) {
            Some(bytes) => self.memory(memory).write(to.into(), bytes),
            None => Err(TrapKind::DataOutOfBounds {
                start: from.into(),
                width: width as u64,
                size: all.len() as u64,
            }),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn data_drop(&mut self, segment: u32) {
        self.world.segments[self.instance as usize].data[segment as usize] = true;
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_get(&mut self, table: u32, index: u32) -> Result<u64, TrapKind> {
        self.table(table).get(index.into())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_set(&mut self, table: u32, index: u32, slot: u64) -> Result<(), TrapKind> {
        self.table(table).set(index.into(), slot)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_size(&mut self, table: u32) -> u32 {
        // A table has fewer elements than 32 bits can count.
        self.table(table).size() as u32
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_grow(&mut self, table: u32, init: u64, delta: u32) -> u32 {
        let limit = self.world.limits.table_elements();
        let before = self.table(table).grow(delta.into(), init, limit);
        // A table has fewer elements than 32 bits can count.
        before.map_or(FAILED, |elements| elements as u32)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_fill(
        &mut self,
        table: u32,
        index: u32,
        slot: u64,
        count: u32,
    ) -> Result<(), TrapKind> {
        self.table(table).fill(index.into(), count.into(), slot)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn table_copy(
        &mut self,
        (target, source): (u32, u32),
        [to, from, count]: Three,
    ) -> Result<(), TrapKind> {
        let (to, from, count) = (to.into(), from.into(), count.into());
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
        [to, from, count]: Three,
    ) -> Result<(), TrapKind> {
        let (instance, data) = (self.instance as usize, self.data());
        let dropped = self.world.segments[instance].elements[segment as usize];
        let items = &data.module.declarations().elements[segment as usize].items;
        let size = if dropped { 0 } else { items.len() as u64 };
        let (start, wanted) = (u64::from(from), u64::from(count));
        if start + wanted > size {
            return Err(TrapKind::ElementOutOfBounds { start, count: wanted, size });
        }
        let address = data.tables[table as usize] as usize;
        let window = self.world.tables[address].window(to.into(), wanted)?;
        // The range was checked to lie inside of the segment.
        let range = from as usize..from as usize + count as usize;
        match items {
            ElementItems::Functions(items) => {
                for (slot, function) in window.iter_mut().zip(&items[range]) {
                    *slot = slot_of_address(data.functions[*function as usize]);
                }
            }
            ElementItems::Expressions(items) => {
                let globals = &*self.world.globals;
                for (slot, item) in window.iter_mut().zip(&items[range]) {
                    [*slot, _] = constant(item, &data.functions, &data.globals, globals);
                }
            }
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn elem_drop(&mut self, segment: u32) {
        self.world.segments[self.instance as usize].elements[segment as usize] = true;
    }
}
