//! What a module declares, section by section, as decoded.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::types::Types;
use crate::types::{
    ExternKind, ExternType, FuncType, GlobalType, MemoryType, RefType, TableType, ValType,
};

/// A half-open range of bytes of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Its length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// As a range to index with.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether this byte lies in it.
    #[must_use]
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// Everything a module declares. Index spaces hold what is imported first
/// (specification §2.5.1).
#[derive(Debug, Default)]
pub struct Declarations {
    /// All sections in the order they stand in.
    pub sections: Vec<Section>,
    /// Types.
    pub types: Types,
    /// Imports.
    pub imports: Vec<Import>,
    /// Type index of every function.
    pub functions: Vec<u32>,
    /// Type of every table.
    pub tables: Vec<TableType>,
    /// What the elements are at first of every table that is not imported, if
    /// it says so; otherwise null.
    pub table_values: Vec<Option<ConstExpr>>,
    /// Type of every linear memory.
    pub memories: Vec<MemoryType>,
    /// Type index of every tag.
    pub tags: Vec<u32>,
    /// Type of every global.
    pub globals: Vec<GlobalType>,
    /// First value of every global that is not imported.
    pub global_values: Vec<ConstExpr>,
    /// Exports.
    pub exports: Vec<Export>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment>,
    /// As the data count section says.
    pub data_count: Option<u32>,
    /// Where the body of every function that is not imported lies, the group
    /// of locals included.
    pub bodies: Vec<Span>,
    /// Data segments.
    pub data: Vec<DataSegment>,
    /// How many functions are imported.
    pub imported_functions: u32,
    /// How many tables are imported.
    pub imported_tables: u32,
    /// How many memories are imported.
    pub imported_memories: u32,
    /// How many globals are imported.
    pub imported_globals: u32,
    /// How many tags are imported.
    pub imported_tags: u32,
}

impl Declarations {
    /// The type of a function.
    #[must_use]
    pub fn function_type(&self, function: u32) -> Option<&FuncType> {
        let ty = *self.functions.get(function as usize)?;
        self.types.func(ty)
    }

    /// Where the body of a function lies; none if it is imported or there is no such function.
    #[must_use]
    pub fn body(&self, function: u32) -> Option<Span> {
        let defined = function.checked_sub(self.imported_functions)?;
        self.bodies.get(defined as usize).copied()
    }

    /// The type of an import.
    #[must_use]
    pub fn import_type(&self, import: &Import) -> Option<ExternType> {
        Some(match import.ty {
            ImportType::Func(ty) => ExternType::Func(self.types.func(ty)?.clone()),
            ImportType::Table(ty) => ExternType::Table(ty),
            ImportType::Memory(ty) => ExternType::Memory(ty),
            ImportType::Global(ty) => ExternType::Global(ty),
            ImportType::Tag(ty) => ExternType::Tag(self.types.func(ty)?.clone()),
        })
    }

    /// The type of an export.
    #[must_use]
    pub fn export_type(&self, export: &Export) -> Option<ExternType> {
        let index = export.index as usize;
        Some(match export.kind {
            ExternKind::Func => ExternType::Func(self.function_type(export.index)?.clone()),
            ExternKind::Table => ExternType::Table(*self.tables.get(index)?),
            ExternKind::Memory => ExternType::Memory(*self.memories.get(index)?),
            ExternKind::Global => ExternType::Global(*self.globals.get(index)?),
            ExternKind::Tag => ExternType::Tag(self.types.func(*self.tags.get(index)?)?.clone()),
        })
    }
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its id.
    pub id: SectionId,
    /// Its name, if it is a custom one.
    pub name: Option<Box<str>>,
    /// All its bytes, id and size included.
    pub span: Span,
    /// Its contents; of a custom section, what follows the name.
    pub contents: Span,
}

/// The kinds of section (specification §5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SectionId {
    /// Whatever tools keep here.
    Custom = 0,
    /// Function types.
    Type = 1,
    /// Imports.
    Import = 2,
    /// Type indices of functions.
    Function = 3,
    /// Tables.
    Table = 4,
    /// Linear memories.
    Memory = 5,
    /// Globals.
    Global = 6,
    /// Exports.
    Export = 7,
    /// The start function.
    Start = 8,
    /// Element segments.
    Element = 9,
    /// Bodies of functions.
    Code = 10,
    /// Data segments.
    Data = 11,
    /// How many data segments there will be.
    DataCount = 12,
    /// Tags.
    Tag = 13,
}

impl SectionId {
    /// The section that this id stands for.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<SectionId> {
        Some(match byte {
            0 => SectionId::Custom,
            1 => SectionId::Type,
            2 => SectionId::Import,
            3 => SectionId::Function,
            4 => SectionId::Table,
            5 => SectionId::Memory,
            6 => SectionId::Global,
            7 => SectionId::Export,
            8 => SectionId::Start,
            9 => SectionId::Element,
            10 => SectionId::Code,
            11 => SectionId::Data,
            12 => SectionId::DataCount,
            13 => SectionId::Tag,
            _ => return None,
        })
    }

    /// Its name, as the specification has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SectionId::Custom => "custom",
            SectionId::Type => "type",
            SectionId::Import => "import",
            SectionId::Function => "function",
            SectionId::Table => "table",
            SectionId::Memory => "memory",
            SectionId::Global => "global",
            SectionId::Export => "export",
            SectionId::Start => "start",
            SectionId::Element => "element",
            SectionId::Code => "code",
            SectionId::Data => "data",
            SectionId::DataCount => "data count",
            SectionId::Tag => "tag",
        }
    }

    /// Its place in the order that sections other than custom ones keep.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            SectionId::Tag => 6,
            SectionId::Global => 7,
            SectionId::Export => 8,
            SectionId::Start => 9,
            SectionId::Element => 10,
            SectionId::DataCount => 11,
            SectionId::Code => 12,
            SectionId::Data => 13,
            // Up to the memory section, ids are in order.
            other => other as u8,
        }
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// First half of its name.
    pub module: Box<str>,
    /// Second half of its name.
    pub name: Box<str>,
    /// What is wanted.
    pub ty: ImportType,
}

/// What an import wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportType {
    /// A function of the type with this index.
    Func(u32),
    /// A table.
    Table(TableType),
    /// A linear memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag of the type with this index.
    Tag(u32),
}

impl ImportType {
    /// What kind of thing is wanted.
    #[must_use]
    pub const fn kind(&self) -> ExternKind {
        match self {
            ImportType::Func(_) => ExternKind::Func,
            ImportType::Table(_) => ExternKind::Table,
            ImportType::Memory(_) => ExternKind::Memory,
            ImportType::Global(_) => ExternKind::Global,
            ImportType::Tag(_) => ExternKind::Tag,
        }
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: Box<str>,
    /// What is exported.
    pub kind: ExternKind,
    /// Which one.
    pub index: u32,
    /// Where it stands, in bytes from the start of the module.
    pub offset: u32,
}

/// A constant expression (specification §3.3.10): instructions that yield a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstExpr {
    /// Where they stand, `end` included.
    pub span: Span,
}

/// Where an active segment goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentMode {
    /// Copied at instantiation, to this table or memory from this address on.
    Active {
        /// Index of the table or memory.
        target: u32,
        /// Where its first element or byte goes.
        offset: ConstExpr,
    },
    /// Copied when an instruction says so.
    Passive,
    /// Never copied; only declares functions for `ref.func`.
    Declared,
}

/// An element segment.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementSegment {
    /// Where it goes.
    pub mode: SegmentMode,
    /// What its elements refer to.
    pub ty: RefType,
    /// Its elements.
    pub items: ElementItems,
}

/// The elements of an element segment.
#[derive(Debug, Clone, PartialEq)]
pub enum ElementItems {
    /// Function indices.
    Functions(Box<[u32]>),
    /// Constant expressions.
    Expressions(Box<[ConstExpr]>),
}

impl ElementItems {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            ElementItems::Functions(items) => items.len(),
            ElementItems::Expressions(items) => items.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A data segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataSegment {
    /// Where it goes.
    pub mode: SegmentMode,
    /// Where its contents lie in the module.
    pub contents: Span,
}

/// The type of a block (specification §5.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// Takes and gives nothing.
    Empty,
    /// Takes nothing and gives one value.
    Value(ValType),
    /// As the function type with this index.
    Func(u32),
}
