//! Types of tables, memories and globals, and of all that is imported and exported.

use core::fmt::{self, Display};

use super::{FuncType, RefType, ValType};

/// Bounds on the size of a memory (in pages) or a table (in elements).
///
/// ```
/// use fayasm_core::{Limits, MemoryType};
///
/// let ty = MemoryType::new(Limits { min: 1, max: Some(16) });
/// assert_eq!(ty.limits.max.map(|pages| pages * ty.page_size()), Some(1 << 20));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Size at the start.
    pub min: u64,
    /// Size it may grow to, where one is given.
    pub max: Option<u64>,
}

impl Limits {
    /// From this size on, without end.
    ///
    /// ```
    /// use fayasm_core::Limits;
    ///
    /// assert_eq!(Limits::at_least(1), Limits { min: 1, max: None });
    /// ```
    #[must_use]
    pub const fn at_least(min: u64) -> Self {
        Limits { min, max: None }
    }

    /// Whether something of the size `actual` that may grow to `actual_max`
    /// can be imported where these limits are declared (specification §4.5.2).
    ///
    /// ```
    /// use fayasm_core::Limits;
    ///
    /// let wanted = Limits { min: 2, max: Some(8) };
    /// assert!(wanted.admits(4, Some(8)));
    /// assert!(!wanted.admits(1, Some(8))); // too small
    /// assert!(!wanted.admits(4, None)); // could become too large
    /// ```
    #[must_use]
    pub fn admits(&self, actual: u64, actual_max: Option<u64>) -> bool {
        actual >= self.min
            && match (self.max, actual_max) {
                (None, _) => true,
                (Some(max), Some(actual_max)) => actual_max <= max,
                (Some(_), None) => false,
            }
    }
}

impl Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) => write!(f, "{} {max}", self.min),
            None => write!(f, "{}", self.min),
        }
    }
}

/// What addresses of a memory or indices of a table are (specification §2.3.11).
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::AddrType;
///
/// let wat = "(module (memory i64 1))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// assert_eq!(module.declarations().memories[0].address, AddrType::I64);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum AddrType {
    /// `i32`
    #[default]
    I32,
    /// `i64`
    I64,
}

impl AddrType {
    /// The greatest address, or size of a table.
    ///
    /// ```
    /// use fayasm_core::AddrType;
    ///
    /// assert_eq!(AddrType::I32.max(), 0xFFFF_FFFF);
    /// assert_eq!(AddrType::I64.max(), u64::MAX);
    /// ```
    #[must_use]
    pub const fn max(self) -> u64 {
        match self {
            AddrType::I32 => u32::MAX as u64,
            AddrType::I64 => u64::MAX,
        }
    }
}

impl From<AddrType> for ValType {
    fn from(ty: AddrType) -> Self {
        match ty {
            AddrType::I32 => ValType::I32,
            AddrType::I64 => ValType::I64,
        }
    }
}

/// Writes the address type where it goes without saying no more.
fn write_addr(f: &mut fmt::Formatter<'_>, ty: AddrType) -> fmt::Result {
    match ty {
        AddrType::I32 => Ok(()),
        AddrType::I64 => f.write_str("i64 "),
    }
}

/// The type of a table.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::Limits;
///
/// let wat = "(module (table 10 20 funcref))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let ty = module.declarations().tables[0];
/// assert_eq!(ty.limits, Limits { min: 10, max: Some(20) });
/// assert_eq!(ty.to_string(), "10 20 funcref");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TableType {
    /// What its elements are.
    pub element: RefType,
    /// Its size, in elements.
    pub limits: Limits,
    /// What its indices are.
    pub address: AddrType,
}

impl TableType {
    /// A table with 32-bit indices.
    ///
    /// ```
    /// use fayasm_core::{AddrType, Limits, RefType, TableType};
    ///
    /// let ty = TableType::new(RefType::EXTERNREF, Limits::at_least(8));
    /// assert_eq!(ty.address, AddrType::I32);
    /// let wide = TableType { address: AddrType::I64, ..ty };
    /// assert_eq!(wide.to_string(), "i64 8 externref");
    /// ```
    #[must_use]
    pub const fn new(element: RefType, limits: Limits) -> Self {
        TableType { element, limits, address: AddrType::I32 }
    }
}

impl Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_addr(f, self.address)?;
        write!(f, "{} {}", self.limits, self.element)
    }
}

/// Bytes in a page of linear memory, unless its type says otherwise.
///
/// ```
/// use fayasm_core::{Limits, MemoryType, PAGE_SIZE};
///
/// assert_eq!(MemoryType::new(Limits::at_least(1)).page_size(), PAGE_SIZE);
/// ```
pub const PAGE_SIZE: u64 = 65536;

/// The type of a linear memory.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::AddrType;
///
/// let wat = "(module (memory i64 1 2))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let ty = module.declarations().memories[0];
/// assert_eq!((ty.address, ty.shared), (AddrType::I64, false));
/// assert_eq!(ty.to_string(), "i64 1 2");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemoryType {
    /// Its size, in pages.
    pub limits: Limits,
    /// What its addresses are.
    pub address: AddrType,
    /// Whether several threads may access it.
    pub shared: bool,
    /// Binary logarithm of the bytes in a page: 16 or, with custom page sizes, 0.
    pub page_size_log2: u8,
}

impl MemoryType {
    /// A memory with 32-bit addresses and pages of 64 KiB, not shared.
    ///
    /// ```
    /// use fayasm_core::{AddrType, Limits, MemoryType};
    ///
    /// let ty = MemoryType::new(Limits::at_least(1));
    /// assert_eq!((ty.address, ty.shared, ty.page_size()), (AddrType::I32, false, 65536));
    /// ```
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        MemoryType { limits, address: AddrType::I32, shared: false, page_size_log2: 16 }
    }

    /// Bytes in a page.
    ///
    /// ```
    /// use fayasm_core::{Limits, MemoryType};
    ///
    /// let ty = MemoryType::new(Limits::at_least(100));
    /// assert_eq!(ty.page_size(), 65536);
    /// let bytes = MemoryType { page_size_log2: 0, ..ty }; // (memory 100 (pagesize 1))
    /// assert_eq!(bytes.limits.min * bytes.page_size(), 100);
    /// ```
    #[must_use]
    pub const fn page_size(&self) -> u64 {
        match 1u64.checked_shl(self.page_size_log2 as u32) {
            Some(bytes) => bytes,
            None => u64::MAX,
        }
    }

    /// The most pages that such a memory can have: as many as its addresses
    /// reach (specification §3.2.10), counted in what its limits can hold.
    ///
    /// ```
    /// use fayasm_core::{Limits, MemoryType};
    ///
    /// let ty = MemoryType::new(Limits::at_least(1));
    /// assert_eq!(ty.max_pages() * ty.page_size(), 4 << 30);
    /// ```
    #[must_use]
    pub const fn max_pages(&self) -> u64 {
        match (self.address, self.page_size_log2) {
            (_, 0) => self.address.max(),
            (AddrType::I32, _) => 1 << 16,
            (AddrType::I64, _) => 1 << 48,
        }
    }
}

impl Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_addr(f, self.address)?;
        self.limits.fmt(f)?;
        if self.shared {
            f.write_str(" shared")?;
        }
        match self.page_size() {
            PAGE_SIZE => Ok(()),
            bytes => write!(f, " (pagesize {bytes})"),
        }
    }
}

/// The type of a global.
///
/// ```
/// use fayasm_core::{GlobalType, ValType};
///
/// let counter = GlobalType { content: ValType::I64, mutable: true };
/// assert_eq!(counter.to_string(), "(mut i64)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it can be set.
    pub mutable: bool,
}

impl Display for GlobalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mutable { write!(f, "(mut {})", self.content) } else { self.content.fmt(f) }
    }
}

/// The type of something imported or exported.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = r#"(module
///   (import "env" "log" (func (param i32)))
///   (import "env" "memory" (memory 1)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let types: Vec<String> = module.imports().map(|(_, ty)| ty.to_string()).collect();
/// assert_eq!(types, ["func (i32) -> ()", "memory 1"]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A table.
    Table(TableType),
    /// A linear memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag of exceptions: what they carry, as the parameters of a function type.
    Tag(FuncType),
}

impl ExternType {
    /// What kind of thing it is.
    ///
    /// ```
    /// use fayasm_core::{ExternKind, ExternType, Limits, MemoryType};
    ///
    /// let ty = ExternType::Memory(MemoryType::new(Limits::at_least(1)));
    /// assert_eq!(ty.kind(), ExternKind::Memory);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ExternKind {
        match self {
            ExternType::Func(_) => ExternKind::Func,
            ExternType::Table(_) => ExternKind::Table,
            ExternType::Memory(_) => ExternKind::Memory,
            ExternType::Global(_) => ExternKind::Global,
            ExternType::Tag(_) => ExternKind::Tag,
        }
    }
}

impl Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind())?;
        match self {
            ExternType::Func(ty) => ty.fmt(f),
            ExternType::Table(ty) => ty.fmt(f),
            ExternType::Memory(ty) => ty.fmt(f),
            ExternType::Global(ty) => ty.fmt(f),
            ExternType::Tag(ty) => ty.fmt(f),
        }
    }
}

/// The kinds of things that can be imported and exported.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = r#"(module (func (export "_start")) (memory (export "memory") 1))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let kinds: Vec<String> = module.exports().map(|(item, _)| item.kind.to_string()).collect();
/// assert_eq!(kinds, ["func", "memory"]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExternKind {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A linear memory.
    Memory,
    /// A global.
    Global,
    /// A tag of exceptions.
    Tag,
}

impl Display for ExternKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ExternKind::Func => "func",
            ExternKind::Table => "table",
            ExternKind::Memory => "memory",
            ExternKind::Global => "global",
            ExternKind::Tag => "tag",
        })
    }
}
