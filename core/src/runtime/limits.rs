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
    budget: Option<u64>,
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
            budget: None,
        }
    }
}

impl StoreLimits {
    /// 1 GiB a memory and 4 GiB in all, ten million elements in all tables, ten
    /// thousand instances, memories and tables, host functions calling back 64
    /// deep, 256 MiB of structures, arrays and exceptions, no budget.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// let limits = StoreLimits::new();
    /// assert_eq!([limits.memory_bytes(), limits.total_memory_bytes()], [1 << 30, 4 << 30]);
    /// assert_eq!([limits.table_elements(), limits.total_table_elements()], [10_000_000; 2]);
    /// assert_eq!([limits.instances(), limits.memories(), limits.tables()], [10_000; 3]);
    /// assert_eq!((limits.host_nesting(), limits.heap_bytes()), (64, 256 << 20));
    /// assert_eq!(limits.budget(), None);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        StoreLimits::default()
    }

    /// Each linear memory may have this many bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// use fayasm_core::{PAGE_SIZE, StoreLimits};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// store.set_limits(StoreLimits::new().with_memory_bytes(2 * PAGE_SIZE));
    /// assert!(memory.grow(&mut store, 1).is_ok());
    /// assert!(memory.grow(&mut store, 1).is_err()); // memory.grow yields -1 then
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_memory_bytes(mut self, bytes: u64) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// Each table may have this many elements.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Limits, RefType, StoreLimits, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_table_elements(100));
    /// let ty = TableType::new(RefType::FUNCREF, Limits::at_least(101));
    /// let table = Table::new(&mut store, ty, Val::FuncRef(None));
    /// assert_eq!(table, Err(Error::CannotGrow { delta: 101 }));
    /// ```
    #[must_use]
    pub fn with_table_elements(mut self, elements: u64) -> Self {
        self.table_elements = elements;
        self
    }

    /// All linear memories together may have this many bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Limits, Memory, MemoryType, PAGE_SIZE, StoreLimits};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_total_memory_bytes(3 * PAGE_SIZE));
    /// let ty = MemoryType::new(Limits::at_least(2));
    /// assert!(Memory::new(&mut store, ty).is_ok());
    /// assert!(Memory::new(&mut store, ty).is_err());
    /// ```
    #[must_use]
    pub fn with_total_memory_bytes(mut self, bytes: u64) -> Self {
        self.total_memory_bytes = bytes;
        self
    }

    /// All tables together may have this many elements.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Limits, RefType, StoreLimits, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_total_table_elements(100));
    /// let ty = TableType::new(RefType::FUNCREF, Limits::at_least(60));
    /// assert!(Table::new(&mut store, ty, Val::FuncRef(None)).is_ok());
    /// assert!(Table::new(&mut store, ty, Val::FuncRef(None)).is_err());
    /// ```
    #[must_use]
    pub fn with_total_table_elements(mut self, elements: u64) -> Self {
        self.total_table_elements = elements;
        self
    }

    /// There may be this many instances.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module, Store};
    /// use fayasm_core::{Instance, InstantiationError, StoreLimits};
    ///
    /// let wat = "(module)";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// store.set_limits(StoreLimits::new().with_instances(1));
    /// Instance::new(&mut store, &module, &[])?;
    /// let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    /// assert!(matches!(error, InstantiationError::Limit { limit: 1, .. }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_instances(mut self, instances: usize) -> Self {
        self.instances = instances;
        self
    }

    /// There may be this many linear memories.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Limits, Memory, MemoryType, StoreLimits};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_memories(0));
    /// let ty = MemoryType::new(Limits::at_least(0));
    /// assert_eq!(Memory::new(&mut store, ty), Err(Error::CannotGrow { delta: 0 }));
    /// ```
    #[must_use]
    pub fn with_memories(mut self, memories: usize) -> Self {
        self.memories = memories;
        self
    }

    /// There may be this many tables.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Limits, RefType, StoreLimits, Table, TableType, Val};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_tables(0));
    /// let ty = TableType::new(RefType::FUNCREF, Limits::at_least(0));
    /// assert!(Table::new(&mut store, ty, Val::FuncRef(None)).is_err());
    /// ```
    #[must_use]
    pub fn with_tables(mut self, tables: usize) -> Self {
        self.tables = tables;
        self
    }

    /// WebAssembly may call host functions that call WebAssembly, and so on,
    /// this deep. Each level takes native stack.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Func, StoreLimits, TrapKind};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// store.set_limits(StoreLimits::new().with_host_nesting(0)); // no host functions at all
    /// let seven = Func::wrap(&mut store, || 7)?.typed::<(), i32>(&store)?;
    /// let Err(Error::Trap(trap)) = seven.call(&mut store, ()) else { panic!("it must trap") };
    /// assert_eq!(*trap.kind(), TrapKind::HostCallNesting { limit: 0 });
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_host_nesting(mut self, levels: u32) -> Self {
        self.host_nesting = levels;
        self
    }

    /// Structures, arrays and exceptions may take this many bytes.
    ///
    /// Where many collections in a row have left less than a 64th of that, it
    /// counts as used up: a program must not do nothing but collect.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::StoreLimits;
    ///
    /// let wat = r#"(module
    ///   (type $bytes (array (mut i8)))
    ///   (func (export "allocate") (param i32)
    ///     (drop (array.new_default $bytes (local.get 0)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// store.set_limits(StoreLimits::new().with_heap_bytes(64 << 10));
    /// let allocate = instance.get_typed_func::<u32, ()>(&store, "allocate")?;
    /// assert!(allocate.call(&mut store, 1000).is_ok());
    /// assert!(allocate.call(&mut store, 100_000).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_heap_bytes(mut self, bytes: u64) -> Self {
        self.heap_bytes = bytes;
        self
    }

    /// All that the [`Ledger`](crate::Ledger) counts may take this many bytes together: the store,
    /// its modules, and the jobs that run. None if that is not limited.
    ///
    /// What does not fit makes microcode leave first. If that is not enough, `memory.grow` and
    /// `table.grow` yield -1, calls and what makes objects trap
    /// ([`OverBudget`](crate::TrapKind::OverBudget)), and modules are not instantiated
    /// ([`Budget`](crate::InstantiationError::Budget)). What the program does until then is the
    /// same in every tier. Beside the budget is what is there only for a moment: what is copied
    /// because it grows, what it takes to collect garbage or to call a host function; and the
    /// backtrace of a trap.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// use fayasm_core::{Error, StoreLimits, TrapKind};
    ///
    /// let wat = r#"(module
    ///   (memory 1)
    ///   (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    ///   (func $down (export "down") (local v128) (call $down)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// store.set_limits(StoreLimits::new().with_budget(Some(100 << 10)));
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let grow = instance.get_typed_func::<(), i32>(&store, "grow")?;
    /// assert_eq!(grow.call(&mut store, ())?, -1);
    /// let down = instance.get_typed_func::<(), ()>(&store, "down")?;
    /// let Err(Error::Trap(trap)) = down.call(&mut store, ()) else { panic!("it must trap") };
    /// assert!(matches!(trap.kind(), TrapKind::OverBudget { budget: 102_400, .. }));
    /// assert!(store.peak().ledger.total() <= 102_400);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_budget(mut self, bytes: Option<u64>) -> Self {
        self.budget = bytes;
        self
    }

    /// How many bytes all may take together, if that is limited. In builds without the feature
    /// `ledger`, nothing is counted, and so it is not.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_budget(Some(65536)).budget(), Some(65536));
    /// ```
    #[must_use]
    pub fn budget(&self) -> Option<u64> {
        if cfg!(feature = "ledger") { self.budget } else { None }
    }

    /// How many bytes structures, arrays and exceptions may take.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_heap_bytes(4096).heap_bytes(), 4096);
    /// ```
    #[must_use]
    pub fn heap_bytes(&self) -> u64 {
        self.heap_bytes
    }

    /// How many bytes each linear memory may have.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_memory_bytes(65536).memory_bytes(), 65536);
    /// ```
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// How many elements each table may have.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_table_elements(100).table_elements(), 100);
    /// ```
    #[must_use]
    pub fn table_elements(&self) -> u64 {
        self.table_elements
    }

    /// How many bytes all linear memories together may have.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// let limits = StoreLimits::new().with_total_memory_bytes(1 << 20);
    /// // The limit of each memory is another one.
    /// assert_eq!([limits.total_memory_bytes(), limits.memory_bytes()], [1 << 20, 1 << 30]);
    /// ```
    #[must_use]
    pub fn total_memory_bytes(&self) -> u64 {
        self.total_memory_bytes
    }

    /// How many elements all tables together may have.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_total_table_elements(9).total_table_elements(), 9);
    /// ```
    #[must_use]
    pub fn total_table_elements(&self) -> u64 {
        self.total_table_elements
    }

    /// How many instances there may be.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_instances(1).instances(), 1);
    /// ```
    #[must_use]
    pub fn instances(&self) -> usize {
        self.instances
    }

    /// How many linear memories there may be.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_memories(1).memories(), 1);
    /// ```
    #[must_use]
    pub fn memories(&self) -> usize {
        self.memories
    }

    /// How many tables there may be.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_tables(1).tables(), 1);
    /// ```
    #[must_use]
    pub fn tables(&self) -> usize {
        self.tables
    }

    /// How deep host functions may call back.
    ///
    /// ```
    /// use fayasm_core::StoreLimits;
    ///
    /// assert_eq!(StoreLimits::new().with_host_nesting(8).host_nesting(), 8);
    /// ```
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
