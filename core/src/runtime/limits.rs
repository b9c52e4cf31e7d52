//! How much a store may hold.

use super::linear_memory::LinearMemory;
use super::table::TableData;

/// How much a store may hold, whatever modules declare.
///
/// ```
/// use fayasm_core::{Engine, Store, StoreLimits};
///
/// let mut store = Store::new(&Engine::default(), ());
/// store.set_limits(StoreLimits::new().with_memory_bytes(64 << 10));
/// assert_eq!(store.limits().memory_bytes(), 65536);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLimits {
    memory_bytes: u64,
    table_elements: u64,
    total_memory_bytes: u64,
    total_table_elements: u64,
    instances: usize,
    memories: usize,
    tables: usize,
    host_nesting: u32,
    heap_bytes: u64,
}

impl Default for StoreLimits {
    fn default() -> Self {
        StoreLimits {
            memory_bytes: 1 << 30,
            table_elements: 10_000_000,
            total_memory_bytes: 4 << 30,
            total_table_elements: 10_000_000,
            instances: 10_000,
            memories: 10_000,
            tables: 10_000,
            host_nesting: 64,
            heap_bytes: 256 << 20,
        }
    }
}

impl StoreLimits {
    /// 1 GiB a memory and 4 GiB in all, ten million elements in all tables, ten
    /// thousand instances, memories and tables, host functions calling back 64 deep, 256 MiB of structures,
    /// arrays and exceptions.
    #[must_use]
    pub fn new() -> Self {
        StoreLimits::default()
    }

    /// Each linear memory may have this many bytes.
    #[must_use]
    pub fn with_memory_bytes(mut self, bytes: u64) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Each table may have this many elements.
    #[must_use]
    pub fn with_table_elements(mut self, elements: u64) -> Self {
        self.table_elements = elements;
        self
    }

    /// All linear memories together may have this many bytes.
    #[must_use]
    pub fn with_total_memory_bytes(mut self, bytes: u64) -> Self {
        self.total_memory_bytes = bytes;
        self
    }

    /// All tables together may have this many elements.
    #[must_use]
    pub fn with_total_table_elements(mut self, elements: u64) -> Self {
        self.total_table_elements = elements;
        self
    }

    /// There may be this many instances.
    #[must_use]
    pub fn with_instances(mut self, instances: usize) -> Self {
        self.instances = instances;
        self
    }

    /// There may be this many linear memories.
    #[must_use]
    pub fn with_memories(mut self, memories: usize) -> Self {
        self.memories = memories;
        self
    }

    /// There may be this many tables.
    #[must_use]
    pub fn with_tables(mut self, tables: usize) -> Self {
        self.tables = tables;
        self
    }

    /// WebAssembly may call host functions that call WebAssembly, and so on,
    /// this deep. Each level takes native stack.
    #[must_use]
    pub fn with_host_nesting(mut self, levels: u32) -> Self {
        self.host_nesting = levels;
        self
    }

    /// Structures, arrays and exceptions may take this many bytes.
    #[must_use]
    pub fn with_heap_bytes(mut self, bytes: u64) -> Self {
        self.heap_bytes = bytes;
        self
    }

    /// How many bytes structures, arrays and exceptions may take.
    #[must_use]
    pub fn heap_bytes(&self) -> u64 {
        self.heap_bytes
    }

    /// How many bytes each linear memory may have.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// How many elements each table may have.
    #[must_use]
    pub fn table_elements(&self) -> u64 {
        self.table_elements
    }

    /// How many bytes all linear memories together may have.
    #[must_use]
    pub fn total_memory_bytes(&self) -> u64 {
        self.total_memory_bytes
    }

    /// How many elements all tables together may have.
    #[must_use]
    pub fn total_table_elements(&self) -> u64 {
        self.total_table_elements
    }

    /// How many instances there may be.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.instances
    }

    /// How many linear memories there may be.
    #[must_use]
    pub fn memories(&self) -> usize {
        self.memories
    }

    /// How many tables there may be.
    #[must_use]
    pub fn tables(&self) -> usize {
        self.tables
    }

    /// How deep host functions may call back.
    #[must_use]
    pub fn host_nesting(&self) -> u32 {
        self.host_nesting
    }

    /// How many bytes the memory at this address may have beside all others.
    pub(crate) fn bytes_beside(&self, memories: &[LinearMemory], address: usize) -> u64 {
        let sizes = memories.iter().map(LinearMemory::size);
        self.memory_bytes.min(self.total_memory_bytes.saturating_sub(others(sizes, address)))
    }

    /// How many elements the table at this address may have beside all others.
    pub(crate) fn elements_beside(&self, tables: &[TableData], address: usize) -> u64 {
        let sizes = tables.iter().map(TableData::size);
        self.table_elements.min(self.total_table_elements.saturating_sub(others(sizes, address)))
    }
}

/// The sum of all sizes but one.
fn others(sizes: impl Iterator<Item = u64>, but: usize) -> u64 {
    // All of these are held in memory, so that their sum is far from overflowing.
    sizes.enumerate().filter(|(index, _)| *index != but).map(|(_, size)| size).sum()
}
