//! What a module declares, section by section, as decoded.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::types::Types;
use crate::allocate::OutOfMemory;
use crate::ledger;
use crate::types::{
    ExternKind, ExternType, FuncType, GlobalType, MemoryType, RefType, TableType, ValType,
};

/// A half-open range of bytes of a module.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = r#"(module (data "hello"))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let span = module.declarations().data[0].contents;
/// assert_eq!(&module.bytes()[span.range()], b"hello");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Its length in bytes.
    ///
    /// ```
    /// use fayasm_core::module::Span;
    ///
    /// assert_eq!(Span { start: 8, end: 20 }.len(), 12);
    /// ```
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it holds no byte.
    ///
    /// ```
    /// use fayasm_core::module::Span;
    ///
    /// assert!(Span { start: 8, end: 8 }.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// As a range to index with.
    ///
    /// ```
    /// use fayasm_core::module::Span;
    ///
    /// assert_eq!(&b"\0asm"[Span { start: 1, end: 4 }.range()], b"asm");
    /// ```
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether this byte lies in it.
    ///
    /// ```
    /// use fayasm_core::module::Span;
    ///
    /// let span = Span { start: 8, end: 20 };
    /// assert!(span.contains(8) && !span.contains(20));
    /// ```
    #[must_use]
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// Everything a module declares. Index spaces hold what is imported first
/// (specification §2.5.1).
///
/// ```
/// use fayasm_core::decode::Unchecked;
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, decode};
///
/// // Decoding alone: nothing is validated, so that modules that are refused can be looked at.
/// let wasm = wat::parse_str("(module (memory 1) (func (drop)))")?;
/// let mut all = Declarations::default();
/// decode::module(&wasm, &Config::new(), &mut all, None, &mut Unchecked)?;
/// assert_eq!((all.memories.len(), all.functions.len()), (1, 1));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
    /// How many bytes they take.
    pub(crate) fn allocated(&self) -> u64 {
        let text = |text: &str| ledger::boxed(text);
        let names = self.sections.iter().filter_map(|section| section.name.as_deref()).map(text);
        let imports = self.imports.iter().flat_map(|import| [&*import.module, &*import.name]);
        let exports = self.exports.iter().map(|export| text(&export.name));
        let items = self.elements.iter().map(|segment| match &segment.items {
            ElementItems::Functions(items) => ledger::boxed(&**items),
            ElementItems::Expressions(items) => ledger::boxed(&**items),
        });
        let parts: u64 = names.chain(imports.map(text)).chain(exports).chain(items).sum();
        let lists = [
            ledger::vec(&self.sections),
            self.types.allocated(),
            ledger::vec(&self.imports),
            ledger::vec(&self.functions),
            ledger::vec(&self.tables),
            ledger::vec(&self.table_values),
            ledger::vec(&self.memories),
            ledger::vec(&self.tags),
            ledger::vec(&self.globals),
            ledger::vec(&self.global_values),
            ledger::vec(&self.exports),
            ledger::vec(&self.elements),
            ledger::vec(&self.bodies),
            ledger::vec(&self.data),
        ];
        parts + lists.iter().sum::<u64>()
    }

    /// The type of a function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (param i32) (result i64) (i64.const 1)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let ty = module.declarations().function_type(0).expect("there is one");
    /// assert_eq!(ty.to_string(), "(i32) -> i64");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn function_type(&self, function: u32) -> Option<&FuncType> {
        let ty = *self.functions.get(function as usize)?;
        self.types.func(ty)
    }

    /// Where the body of a function lies; none if it is imported or there is no such function.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (import "env" "log" (func)) (func (nop)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let all = module.declarations();
    /// assert_eq!(all.body(0), None);
    /// let body = all.body(1).expect("it is not imported");
    /// assert_eq!(&module.bytes()[body.range()], [0x00, 0x01, 0x0B]); // no locals, nop, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn body(&self, function: u32) -> Option<Span> {
        let defined = function.checked_sub(self.imported_functions)?;
        self.bodies.get(defined as usize).copied()
    }

    /// The type of an import.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (import "env" "log" (func (param i32))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let all = module.declarations();
    /// let ty = all.import_type(&all.imports[0]).expect("it is validated");
    /// assert_eq!(ty.to_string(), "func (i32) -> ()");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn import_type(&self, import: &Import) -> Option<ExternType> {
        self.import_type_by(import, |ty| Some(ty.clone()))
    }

    /// The type of an import that is validated.
    pub(crate) fn copied_import_type(&self, import: &Import) -> Result<ExternType, OutOfMemory> {
        self.import_type_by(import, |ty| ty.copied().ok()).ok_or(OutOfMemory)
    }

    fn import_type_by(
        &self,
        import: &Import,
        copy: impl Fn(&FuncType) -> Option<FuncType>,
    ) -> Option<ExternType> {
        Some(match import.ty {
            ImportType::Func(ty) => ExternType::Func(copy(self.types.func(ty)?)?),
            ImportType::Table(ty) => ExternType::Table(ty),
            ImportType::Memory(ty) => ExternType::Memory(ty),
            ImportType::Global(ty) => ExternType::Global(ty),
            ImportType::Tag(ty) => ExternType::Tag(copy(self.types.func(ty)?)?),
        })
    }

    /// The type of an export.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (table (export "t") 1 8 funcref))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let all = module.declarations();
    /// let ty = all.export_type(&all.exports[0]).expect("it is validated");
    /// assert_eq!(ty.to_string(), "table 1 8 funcref");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = r#"(module (func $f) (@custom "made by" "hand"))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let sections = &module.declarations().sections;
/// let custom = sections.iter().find(|section| section.name.as_deref() == Some("made by"));
/// let contents = custom.expect("there is one").contents;
/// assert_eq!(&module.bytes()[contents.range()], b"hand");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::SectionId;
///
/// let wat = "(module (memory 1) (func))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let sections = &module.declarations().sections;
/// let code = sections.iter().find(|section| section.id == SectionId::Code);
/// assert_eq!(code.map(|section| section.span.len()), Some(6));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
    ///
    /// ```
    /// use fayasm_core::module::SectionId;
    ///
    /// assert_eq!(SectionId::from_byte(10), Some(SectionId::Code));
    /// assert_eq!(SectionId::from_byte(99), None);
    /// ```
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
    ///
    /// ```
    /// use fayasm_core::module::SectionId;
    ///
    /// assert_eq!(SectionId::DataCount.name(), "data count");
    /// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let import = &module.declarations().imports[0];
/// assert_eq!((&*import.module, &*import.name), ("wasi_snapshot_preview1", "proc_exit"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::ImportType;
///
/// let wat = r#"(module
///   (type (func))
///   (type (func (param i32)))
///   (import "env" "f" (func (type 1))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// assert_eq!(module.declarations().imports[0].ty, ImportType::Func(1));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::ExternKind;
    ///
    /// let wat = r#"(module (import "env" "memory" (memory 1)))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.declarations().imports[0].ty.kind(), ExternKind::Memory);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::ExternKind;
///
/// let wat = r#"(module (func) (func (export "run")))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let export = &module.declarations().exports[0];
/// assert_eq!((&*export.name, export.kind, export.index), ("run", ExternKind::Func, 1));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = "(module (global i32 (i32.const 7)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let value = module.declarations().global_values[0];
/// assert_eq!(&module.bytes()[value.span.range()], [0x41, 7, 0x0B]); // i32.const 7, end
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstExpr {
    /// Where they stand, `end` included.
    pub span: Span,
}

/// Where an active segment goes.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::SegmentMode;
///
/// let wat = r#"(module (memory 1) (data (i32.const 8) "a") (data "b"))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let [active, passive] = module.declarations().data[..] else { panic!("there are two") };
/// assert!(matches!(active.mode, SegmentMode::Active { target: 0, .. }));
/// assert_eq!(passive.mode, SegmentMode::Passive);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::SegmentMode;
///
/// let wat = "(module (table 4 funcref) (func $f) (elem (i32.const 1) $f $f))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let segment = &module.declarations().elements[0];
/// assert!(matches!(segment.mode, SegmentMode::Active { target: 0, .. }));
/// assert_eq!((segment.ty.to_string(), segment.items.len()), ("(ref func)".to_string(), 2));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::ElementItems;
///
/// let wat = "(module (func $f) (func $g) (elem func $g $f))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let items = &module.declarations().elements[0].items;
/// assert_eq!(*items, ElementItems::Functions(Box::new([1, 0])));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum ElementItems {
    /// Function indices.
    Functions(Box<[u32]>),
    /// Constant expressions.
    Expressions(Box<[ConstExpr]>),
}

impl ElementItems {
    /// How many there are.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (elem funcref (ref.null func) (ref.null func)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.declarations().elements[0].items.len(), 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            ElementItems::Functions(items) => items.len(),
            ElementItems::Expressions(items) => items.len(),
        }
    }

    /// Whether there are none.
    ///
    /// ```
    /// use fayasm_core::module::ElementItems;
    ///
    /// assert!(ElementItems::Functions(Box::new([])).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A data segment.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::SegmentMode;
///
/// let wat = r#"(module (data "hello"))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let segment = module.declarations().data[0];
/// assert_eq!((segment.mode, segment.contents.len()), (SegmentMode::Passive, 5));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataSegment {
    /// Where it goes.
    pub mode: SegmentMode,
    /// Where its contents lie in the module.
    pub contents: Span,
}

/// The type of a block (specification §5.4.1).
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::ValType;
/// use fayasm_core::decode::{Immediates, Instructions};
/// use fayasm_core::module::BlockType;
///
/// let wat = "(module (func (drop (block (result i32) (i32.const 1)))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let body = module.body(0).expect("it is not imported");
/// let block = Instructions::of_body(body, 0)?.next().expect("it begins with one")?;
/// assert_eq!(block.immediates, Immediates::Block(BlockType::Value(ValType::I32)));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// Takes and gives nothing.
    Empty,
    /// Takes nothing and gives one value.
    Value(ValType),
    /// As the function type with this index.
    Func(u32),
}
