//! Why bytes are refused as a module.

use core::fmt;

use crate::allocate::shared;
use crate::operators::{Operator, Proposal};
use crate::shared::Shared;
use crate::types::ValType;

/// A module was refused: what is wrong, and at which byte.
///
/// ```
/// use fayasm_core::{Engine, Module};
///
/// let error = Module::new(&Engine::default(), b"\0asm\x02\0\0\0".as_slice()).unwrap_err();
/// assert_eq!(error.offset(), 4);
/// assert_eq!(error.to_string(), "unknown binary version 2, at byte 0x4");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ModuleError {
    /// None if there was no memory for them. Behind a pointer, errors are handed on quickly.
    facts: Option<Shared<Facts>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    kind: ModuleErrorKind,
    offset: u32,
    function: Option<u32>,
}

impl Facts {
    const OUT_OF_MEMORY: Facts =
        Facts { kind: ModuleErrorKind::OutOfMemory, offset: 0, function: None };
}

impl ModuleError {
    /// An error of this kind at this byte.
    ///
    /// ```
    /// use fayasm_core::{ModuleError, ModuleErrorKind};
    ///
    /// // For a check of one's own on modules, which fails as those of the engine do.
    /// let limit = ModuleErrorKind::TooMany { what: "imports", limit: 100 };
    /// let error = ModuleError::new(limit, 0x20);
    /// assert_eq!(error.to_string(), "more than 100 imports, at byte 0x20");
    /// ```
    ///
    /// Where there is no memory to say so, it is [`ModuleErrorKind::OutOfMemory`], at no byte.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn new(kind: ModuleErrorKind, offset: u32) -> Self {
        ModuleError { facts: shared(Facts { kind, offset, function: None }).ok() }
    }

    fn facts(&self) -> &Facts {
        self.facts.as_deref().unwrap_or(&Facts::OUT_OF_MEMORY)
    }

    /// The same, said to lie in the body of this function.
    ///
    /// ```
    /// use fayasm_core::{ModuleError, ModuleErrorKind};
    ///
    /// let error = ModuleError::new(ModuleErrorKind::IfWithoutElse, 0x40).in_function(3);
    /// assert!(error.to_string().ends_with(", in function 3, at byte 0x40"));
    /// ```
    #[must_use]
    pub fn in_function(self, function: u32) -> Self {
        ModuleError { facts: shared(Facts { function: Some(function), ..*self.facts() }).ok() }
    }

    /// What is wrong.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module, ModuleErrorKind, ValType};
    ///
    /// let wasm = wat::parse_str("(module (func (result i32) (f32.const 1)))")?;
    /// let error = Module::new(&Engine::default(), wasm).unwrap_err();
    /// let ModuleErrorKind::TypeMismatch { expected, found, .. } = error.kind() else { panic!() };
    /// assert_eq!((expected, found), (ValType::I32, ValType::F32));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ModuleErrorKind {
        self.facts().kind
    }

    /// Where, in bytes from the start of the module.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module};
    ///
    /// let wasm = wat::parse_str("(module (func (drop)))")?;
    /// let error = Module::new(&Engine::default(), wasm.as_slice()).unwrap_err();
    /// assert_eq!(wasm[error.offset() as usize], 0x1A); // drop
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.facts().offset
    }

    /// The index of the function in whose body it lies, if it lies in one.
    ///
    /// ```
    /// use fayasm_core::{Engine, Module};
    ///
    /// let wasm = wat::parse_str("(module (func) (func (drop)))")?;
    /// let error = Module::new(&Engine::default(), wasm).unwrap_err();
    /// assert_eq!(error.function(), Some(1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn function(&self) -> Option<u32> {
        self.facts().function
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { kind, offset, function } = self.facts();
        write!(f, "{kind}")?;
        if let Some(function) = function {
            write!(f, ", in function {function}")?;
        }
        write!(f, ", at byte {offset:#x}")
    }
}

impl fmt::Debug for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.facts().fmt(f)
    }
}

impl core::error::Error for ModuleError {}

/// Kinds of index a module can get wrong.
///
/// ```
/// use fayasm_core::{Engine, IndexSpace, Module, ModuleErrorKind};
///
/// let wasm = wat::parse_str("(module (func (call 7)))")?;
/// let error = Module::new(&Engine::default(), wasm).unwrap_err();
/// let unknown = ModuleErrorKind::UnknownIndex { space: IndexSpace::Function, index: 7, count: 1 };
/// assert_eq!(error.kind(), unknown);
/// assert_eq!(unknown.to_string(), "unknown function 7: the last one is 0");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndexSpace {
    /// Function types.
    Type,
    /// Functions.
    Function,
    /// Tables.
    Table,
    /// Linear memories.
    Memory,
    /// Globals.
    Global,
    /// Tags.
    Tag,
    /// Element segments.
    Element,
    /// Data segments.
    Data,
    /// Locals of a function.
    Local,
    /// Labels of the enclosing blocks.
    Label,
    /// Fields of a structure.
    Field,
}

impl fmt::Display for IndexSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IndexSpace::Type => "type",
            IndexSpace::Function => "function",
            IndexSpace::Table => "table",
            IndexSpace::Memory => "memory",
            IndexSpace::Global => "global",
            IndexSpace::Tag => "tag",
            IndexSpace::Field => "field",
            IndexSpace::Element => "element segment",
            IndexSpace::Data => "data segment",
            IndexSpace::Local => "local",
            IndexSpace::Label => "label",
        })
    }
}

/// What is wrong with a module.
///
/// ```
/// use fayasm_core::{Engine, Module};
///
/// let wasm = wat::parse_str("(module (func (result i32) (i64.const 1)))")?;
/// let error = Module::new(&Engine::default(), wasm).unwrap_err();
/// assert_eq!(error.kind().to_string(), "type mismatch: end expects i32 but finds i64");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleErrorKind {
    // Malformed: the bytes do not follow the binary format (specification §5).
    /// The bytes end inside the named field.
    UnexpectedEnd(&'static str),
    /// The first four bytes are not `\0asm`.
    BadMagic,
    /// Bytes five to eight are not version 1 of modules; those of a component say so.
    BadVersion(u32),
    /// A LEB128 number has more bytes than its type allows.
    Leb128TooLong(&'static str),
    /// A LEB128 number does not fit its type.
    Leb128TooLarge(&'static str),
    /// A section's id is not one of the known ones.
    UnknownSection(u8),
    /// A section stands after one that it must precede, or twice.
    SectionOutOfOrder(u8),
    /// The contents of a section, a function body or a subsection are longer or
    /// shorter than their declared size.
    SizeMismatch {
        /// Of what.
        what: &'static str,
        /// Bytes declared.
        declared: u32,
        /// Bytes that the contents take.
        actual: u32,
    },
    /// A byte has none of the values that the named field allows.
    BadByte {
        /// The field.
        field: &'static str,
        /// The byte found.
        found: u8,
    },
    /// No operator has this code; `prefix << 16 | code` behind a prefix.
    UnknownOperator(u32),
    /// Pages of linear memory have neither one byte nor 64 KiB.
    PageSize,
    /// A name is not UTF-8.
    NotUtf8,
    /// The function section and the code section, or the data count section and
    /// the data section, declare different numbers.
    CountMismatch {
        /// What is counted.
        what: &'static str,
        /// As declared first.
        declared: u32,
        /// As found.
        found: u32,
    },
    /// An operator needs the data count section, which is missing.
    DataCountMissing(Operator),
    /// A number exceeds what this engine, like all others, accepts.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most that is accepted.
        limit: u32,
    },
    /// A proposal that the configuration has switched off is needed.
    Disabled(Proposal),

    // Invalid: well-formed, but against the rules (specification §3).
    /// An index names nothing.
    UnknownIndex {
        /// The index space.
        space: IndexSpace,
        /// The index.
        index: u32,
        /// How many there are.
        count: u32,
    },
    /// An operand has another type than the operator expects.
    TypeMismatch {
        /// The operator.
        operator: Operator,
        /// What it expects.
        expected: ValType,
        /// What the operand stack holds.
        found: ValType,
    },
    /// The operand stack holds too few operands within the current block.
    MissingOperand {
        /// The operator.
        operator: Operator,
        /// What it expects, if it expects a certain type.
        expected: Option<ValType>,
    },
    /// A block or function ends with more operands than it has results.
    LeftoverOperands(u32),
    /// An `if` without `else` has results that differ from its parameters.
    IfWithoutElse,
    /// An `else` stands outside of an `if`.
    ElseWithoutIf,
    /// Operands of an untyped `select` are references or of different types.
    SelectOperands,
    /// A typed `select` names other than one type.
    SelectArity(u32),
    /// The labels of a `br_table` take different numbers of operands.
    LabelArity,
    /// A reference of one kind is used as one of another.
    RefMismatch {
        /// What is expected.
        expected: ValType,
        /// What is found.
        found: ValType,
    },
    /// A reference type is needed.
    NotAReference(ValType),
    /// A memory access claims a greater alignment than its width.
    AlignmentTooLarge,
    /// An atomic access claims a lesser alignment than its width.
    AlignmentNotNatural,
    /// A lane is named that vectors of this shape do not have.
    UnknownLane {
        /// The lane.
        lane: u8,
        /// How many there are.
        count: u8,
    },
    /// An immutable global is set.
    ImmutableGlobal(u32),
    /// `ref.func` names a function that no export, element segment or global mentions.
    UndeclaredFunctionRef(u32),
    /// An operator that no constant expression may contain.
    NotConstant(Operator),
    /// A constant expression reads a global that is mutable or not imported.
    GlobalNotConstant(u32),
    /// The offset of a memory access is greater than its memory's addresses.
    OffsetTooLarge,
    /// A call in place of the current function gives other results than that does.
    TailCallResults,
    /// A local is read that holds nothing yet.
    LocalNotSet(u32),
    /// A table whose elements cannot be null does not say what they are.
    TableWithoutValue,
    /// A type is needed that functions have.
    NotAFunctionType(u32),
    /// The label that a reference is to be taken to takes none.
    LabelTakesNoReference,
    /// A supertype stands behind its subtype, is final, or is of another structure.
    Supertype(u32),
    /// The type of a tag gives results.
    TagResults,
    /// A type is needed that structures have.
    NotAStructType(u32),
    /// A type is needed that arrays have.
    NotAnArrayType(u32),
    /// A field or element is set that cannot be set.
    ImmutableField,
    /// A field or element of 8 or 16 bits is read without saying how it is
    /// extended, or another as if it were one.
    PackedField,
    /// A field or element has no value that it could start with.
    NoDefault,
    /// A label does not take what a clause of a `try_table` gives.
    CatchTypes,
    /// What a cast asks for is not below what is known.
    CastTypes,
    /// An array is not of numbers, and cannot be filled from bytes.
    NotNumeric,
    /// The least size is greater than the greatest.
    LimitsReversed,
    /// A table is declared larger than its indices can reach.
    TableTooLarge,
    /// A memory is declared larger than its addresses can reach.
    MemoryTooLarge,
    /// A shared memory has no greatest size.
    SharedWithoutMaximum,
    /// Two exports have the same name.
    DuplicateExport,
    /// The start function takes parameters or gives results.
    StartType,
    /// Operators follow the end of the function.
    OperatorsAfterEnd,
    /// The body ends inside a block.
    EndMissing,

    // Neither: the surroundings failed.
    /// No memory is left to hold what the module declares.
    OutOfMemory,
    /// The module is longer than 4 GiB.
    ModuleTooLarge,
    /// The byte source failed.
    Source,
}

impl ModuleErrorKind {
    /// Whether the bytes break the binary format, rather than the rules of validation.
    ///
    /// ```
    /// use fayasm_core::ModuleErrorKind;
    ///
    /// assert!(ModuleErrorKind::BadMagic.is_malformed());
    /// assert!(!ModuleErrorKind::StartType.is_malformed());
    /// ```
    #[must_use]
    pub const fn is_malformed(self) -> bool {
        use ModuleErrorKind as K;
        matches!(
            self,
            K::UnexpectedEnd(_)
                | K::BadMagic
                | K::BadVersion(_)
                | K::Leb128TooLong(_)
                | K::Leb128TooLarge(_)
                | K::UnknownSection(_)
                | K::SectionOutOfOrder(_)
                | K::SizeMismatch { .. }
                | K::BadByte { .. }
                | K::UnknownOperator(_)
                | K::NotUtf8
                | K::CountMismatch { .. }
                | K::DataCountMissing(_)
                | K::TooMany { .. }
                | K::Disabled(_)
                | K::OperatorsAfterEnd
                | K::EndMissing
                | K::ElseWithoutIf
        )
    }
}

impl fmt::Display for ModuleErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ModuleErrorKind as K;
        match *self {
            K::UnexpectedEnd(field) => write!(f, "the bytes end inside the {field}"),
            K::BadMagic => f.write_str("not a WebAssembly module: it does not begin with `\\0asm`"),
            // The upper half says of which layer the bytes are: 1 is that of components.
            K::BadVersion(version) if version >> 16 == 1 => {
                f.write_str("this is a component, not a module: components are not supported")
            }
            K::BadVersion(version) => write!(f, "unknown binary version {version}"),
            K::Leb128TooLong(field) => write!(f, "the LEB128 number of the {field} is too long"),
            K::Leb128TooLarge(field) => {
                write!(f, "the LEB128 number of the {field} does not fit its type")
            }
            K::UnknownSection(id) => write!(f, "unknown section id {id}"),
            K::SectionOutOfOrder(id) => write!(f, "section {id} is out of order or stands twice"),
            K::SizeMismatch { what, declared, actual } => {
                write!(f, "the {what} is declared to take {declared} bytes but takes {actual}")
            }
            K::BadByte { field, found } => write!(f, "{found:#04x} is no {field}"),
            K::UnknownOperator(code) if code > 0xFF => {
                write!(f, "unknown operator {:#04x} {:#04x}", code >> 16, code & 0xFFFF)
            }
            K::UnknownOperator(code @ (0x06 | 0x07 | 0x09 | 0x18 | 0x19)) => write!(
                f,
                "operator {code:#04x} is of the legacy form of exceptions: compile for `try_table`, \
                 or translate the module with `wasm-opt --translate-to-exnref`"
            ),
            K::UnknownOperator(code) => write!(f, "unknown operator {code:#04x}"),
            K::PageSize => f.write_str("pages have either one byte or 64 KiB (0 or 16)"),
            K::NotUtf8 => f.write_str("the name is not UTF-8"),
            K::CountMismatch { what, declared, found } => {
                write!(f, "{declared} {what} are declared but {found} are found")
            }
            K::DataCountMissing(operator) => {
                write!(f, "{operator} needs a data count section, which is missing")
            }
            K::TooMany { what, limit } => write!(f, "more than {limit} {what}"),
            K::Disabled(proposal) => write!(f, "this needs `{proposal}`, which is switched off"),
            K::UnknownIndex { space, index, count: 0 } => {
                write!(f, "unknown {space} {index}: there are none")
            }
            K::UnknownIndex { space, index, count } => {
                write!(f, "unknown {space} {index}: the last one is {}", count - 1)
            }
            K::TypeMismatch { operator, expected, found } => {
                write!(f, "type mismatch: {operator} expects {expected} but finds {found}")
            }
            K::MissingOperand { operator, expected: Some(ty) } => {
                write!(f, "{operator} expects {ty} but the operand stack is empty in this block")
            }
            K::MissingOperand { operator, expected: None } => {
                write!(f, "{operator} expects an operand but the stack is empty in this block")
            }
            K::LeftoverOperands(count) => {
                write!(f, "the block ends with {count} more operands than it has results")
            }
            K::IfWithoutElse => {
                f.write_str("an `if` without `else` must have the same parameters and results")
            }
            K::ElseWithoutIf => f.write_str("`else` stands outside of an `if`"),
            K::SelectOperands => {
                f.write_str("`select` without a type needs two numbers of the same type")
            }
            K::SelectArity(count) => write!(f, "`select` must name one type, not {count}"),
            K::LabelArity => f.write_str("the labels of br_table take different operands"),
            K::RefMismatch { expected, found } => {
                write!(f, "type mismatch: {expected} is expected, {found} is found")
            }
            K::NotAReference(ty) => write!(f, "a reference is expected but {ty} is found"),
            K::AlignmentTooLarge => {
                f.write_str("the alignment is greater than the width of the access")
            }
            K::UnknownLane { lane, count } => {
                write!(f, "lane {lane} does not exist: there are {count}")
            }
            K::AlignmentNotNatural => {
                f.write_str("the alignment of an atomic access is not its width")
            }
            K::ImmutableGlobal(index) => write!(f, "global {index} is immutable"),
            K::UndeclaredFunctionRef(index) => {
                write!(f, "function {index} is not declared for ref.func")
            }
            K::NotConstant(operator) => {
                write!(f, "{operator} cannot stand in a constant expression")
            }
            K::GlobalNotConstant(index) => {
                write!(f, "global {index} is not an imported constant")
            }
            K::OffsetTooLarge => {
                f.write_str("the offset is greater than addresses of the memory can be")
            }
            K::TailCallResults => {
                f.write_str("the function called gives other results than this one")
            }
            K::LocalNotSet(index) => write!(f, "local {index} is read before it is set"),
            K::TableWithoutValue => f.write_str("the elements of the table have no first value"),
            K::NotAFunctionType(index) => write!(f, "type {index} is not one of functions"),
            K::LabelTakesNoReference => f.write_str("the label takes no reference"),
            K::Supertype(index) => write!(f, "type {index} cannot be the supertype of this one"),
            K::TagResults => f.write_str("the type of a tag cannot give results"),
            K::NotAStructType(index) => write!(f, "type {index} is not one of structures"),
            K::NotAnArrayType(index) => write!(f, "type {index} is not one of arrays"),
            K::ImmutableField => f.write_str("this cannot be set"),
            K::PackedField => {
                f.write_str("fields of 8 and 16 bits, and no others, are read with _s or _u")
            }
            K::NoDefault => f.write_str("a field or element has no default value"),
            K::CatchTypes => f.write_str("the label takes other values than the clause gives"),
            K::CastTypes => f.write_str("the type asked for is not below the known one"),
            K::NotNumeric => f.write_str("only arrays of numbers can be made of bytes"),
            K::LimitsReversed => f.write_str("the least size is greater than the greatest"),
            K::TableTooLarge => f.write_str("the table is larger than its indices can reach"),
            K::MemoryTooLarge => f.write_str("the memory is larger than its addresses can reach"),
            K::SharedWithoutMaximum => f.write_str("a shared memory must have a greatest size"),
            K::DuplicateExport => f.write_str("another export has the same name"),
            K::StartType => f.write_str("the start function must take and give nothing"),
            K::OperatorsAfterEnd => f.write_str("operators follow the end of the function"),
            K::EndMissing => f.write_str("the body ends inside a block"),
            K::OutOfMemory => f.write_str("not enough memory to hold the module"),
            K::ModuleTooLarge => f.write_str("the module is longer than 4 GiB"),
            K::Source => f.write_str("the module could not be read"),
        }
    }
}
