//! The operator table: every WebAssembly operator is one row of
//! `table.rs`, `atomics.rs` or `vectors.rs`.
//!
//! Decoder, validator, stepper, disassembler and the page's operator cards are
//! generated from that table or checked against it; nothing else lists codes,
//! mnemonics or signatures.
//!
//! ```
//! use fayasm_core::Operator;
//!
//! let row = Operator::I32Load8U.row();
//! assert_eq!((row.code, row.mnemonic), (0x2D, "i32.load8_u"));
//! assert_eq!(row.signature.to_string(), "[addr] -> [i32]");
//! println!("{}", row.explained);
//! ```

mod atomics;
mod table;
mod vectors;

use core::fmt::{self, Display};

use atomics::with_atomic_operators;
use table::for_each_operator;
#[cfg(feature = "simd")]
pub(crate) use vectors::vector_operators;
use vectors::with_vector_operators;

/// One row of the operator table.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::Class;
///
/// let row = Operator::I32Load.row();
/// assert_eq!((row.code, row.mnemonic, row.class), (0x28, "i32.load", Class::Load));
/// assert_eq!(row.signature.to_string(), "[addr] -> [i32]");
/// ```
#[derive(Debug)]
pub struct OperatorRow {
    /// The operator this row describes.
    pub operator: Operator,
    /// Its code: one byte, or `prefix << 16 | code` for those behind a prefix
    /// (`0xFC_0008` is `0xFC 0x08`).
    pub code: u32,
    /// Its name in the text format.
    #[cfg(feature = "texts")]
    pub mnemonic: &'static str,
    /// What follows the code in the binary format.
    pub immediates: ImmediateKind,
    /// What it pops and pushes, in so far as that does not depend on its immediates.
    pub signature: &'static Signature,
    /// What sort of operator it is.
    pub class: Class,
    /// The proposal that brought it.
    pub proposal: Proposal,
    /// What it does, in one line of plain English.
    #[cfg(feature = "texts")]
    pub explained: &'static str,
}

/// What an operator takes from the operand stack and puts there.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::{Class, OPERATORS};
///
/// assert_eq!(Operator::I32Store.row().signature.to_string(), "[addr i32] -> []");
/// let mut comparisons = OPERATORS.iter().filter(|row| row.class == Class::Comparison);
/// assert!(comparisons.all(|row| row.signature.pushes.len() == 1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// Popped, the top of the stack last.
    pub pops: &'static [Operand],
    /// Pushed, the top of the stack last.
    pub pushes: &'static [Operand],
}

impl Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, operands: &[Operand]| {
            f.write_str("[")?;
            for (i, operand) in operands.iter().enumerate() {
                if i > 0 {
                    f.write_str(" ")?;
                }
                operand.fmt(f)?;
            }
            f.write_str("]")
        };
        list(f, self.pops)?;
        f.write_str(" -> ")?;
        list(f, self.pushes)
    }
}

/// An operand in a signature.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::Operand;
///
/// assert_eq!(Operator::F64Sqrt.row().signature.pops, [Operand::F64]);
/// assert_eq!(Operand::Many.to_string(), "t*");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// An address or a size: the index type of the memory or table concerned.
    Addr,
    /// `funcref`
    Func,
    /// Any reference.
    Ref,
    /// A type fixed by context or immediates, the same wherever it stands in a signature.
    T,
    /// Any number of operands, as context and immediates say.
    Many,
}

impl Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operand::I32 => "i32",
            Operand::I64 => "i64",
            Operand::F32 => "f32",
            Operand::F64 => "f64",
            Operand::V128 => "v128",
            Operand::Addr => "addr",
            Operand::Func => "funcref",
            Operand::Ref => "ref",
            Operand::T => "t",
            Operand::Many => "t*",
        })
    }
}

/// What follows an operator's code in the binary format (specification §5.4).
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::{ImmediateKind, OPERATORS};
///
/// assert_eq!(Operator::BrTable.row().immediates, ImmediateKind::Labels);
/// let bare = OPERATORS.iter().filter(|row| row.immediates == ImmediateKind::None);
/// assert!(bare.count() > 100);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImmediateKind {
    /// Nothing.
    None,
    /// A block type.
    Block,
    /// A label index.
    Label,
    /// A vector of label indices and a default label.
    Labels,
    /// A function index.
    Function,
    /// A tag index.
    Tag,
    /// A block type, and what is caught.
    TryTable,
    /// A type index.
    Type,
    /// A structure type and a field of it.
    TypeField,
    /// An array type and a number of elements.
    TypeCount,
    /// Two array types, of the destination and of the source.
    TypeType,
    /// An array type and a data segment index.
    TypeData,
    /// An array type and an element segment index.
    TypeElement,
    /// A label and two reference types: what is known, and what is asked.
    Cast,
    /// A type index and a table index.
    TypeTable,
    /// A vector of value types.
    Types,
    /// A local index.
    Local,
    /// A global index.
    Global,
    /// A table index.
    Table,
    /// A destination table and a source table.
    TableTable,
    /// An element segment index and a table index.
    ElementTable,
    /// An element segment index.
    Element,
    /// Alignment, offset and memory.
    MemArg,
    /// The same, and a lane.
    MemArgLane,
    /// A memory index.
    Memory,
    /// A destination memory and a source memory.
    MemoryMemory,
    /// A data segment index and a memory index.
    DataMemory,
    /// A data segment index.
    Data,
    /// A heap type.
    Heap,
    /// A signed 32-bit LEB128 number.
    I32,
    /// A signed 64-bit LEB128 number.
    I64,
    /// Four bytes.
    F32,
    /// Eight bytes.
    F64,
    /// Sixteen bytes.
    V128,
    /// A lane.
    Lane,
    /// Sixteen numbers of bytes.
    Lanes,
    /// A byte that is zero.
    Fence,
}

/// Sorts of operators (specification §2.4).
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::Class;
///
/// assert_eq!(Operator::MemoryGrow.row().class, Class::Memory);
/// assert_eq!(Operator::F32DemoteF64.row().class, Class::Conversion);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Blocks, branches, calls.
    Control,
    /// `drop`, `select`.
    Parametric,
    /// Locals and globals.
    Variable,
    /// Tables.
    Table,
    /// References.
    Reference,
    /// Structures and arrays.
    Aggregate,
    /// Reading linear memory.
    Load,
    /// Writing linear memory.
    Store,
    /// Reading linear memory and writing it, with nothing in between.
    Modify,
    /// Size, growth and bulk operations of linear memory; waiting for others.
    Memory,
    /// Constants.
    Constant,
    /// Comparisons: they push 0 or 1; of lanes, all bits are 0 or 1.
    Comparison,
    /// Arithmetic and bits.
    Numeric,
    /// From one number type to another.
    Conversion,
}

/// What an atomic access does; but for the first two, they read and write.
#[cfg(feature = "threads")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtomicAccess {
    Load,
    Store,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Xchg,
    Cmpxchg,
}

/// The additions to WebAssembly 1.0 that this engine knows, by their
/// proposals' names. Each can be switched off in a [`Config`](crate::Config).
///
/// ```
/// use fayasm_core::{Config, Operator, Proposal};
///
/// assert_eq!(Operator::MemoryCopy.row().proposal, Proposal::BulkMemory);
/// let config = Config::new().without(Proposal::BulkMemory);
/// assert!(!config.allows(Proposal::BulkMemory));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Proposal {
    /// WebAssembly 1.0 itself.
    Mvp,
    /// Import and export of mutable globals.
    MutableGlobals,
    /// Sign-extension operators.
    SignExtension,
    /// Float-to-integer conversions that saturate instead of trapping.
    SaturatingFloatToInt,
    /// Several results, and blocks with parameters.
    MultiValue,
    /// Copy, fill and init of memories and tables; passive segments.
    BulkMemory,
    /// `externref`, table operators, several tables.
    ReferenceTypes,
    /// Calls that give up the frame of their caller.
    TailCall,
    /// Integer arithmetic in constant expressions.
    ExtendedConst,
    /// Several linear memories.
    MultiMemory,
    /// Memories and tables with 64-bit addresses.
    Memory64,
    /// Memories with pages of one byte.
    CustomPageSizes,
    /// Addition, subtraction and multiplication of 128-bit integers.
    WideArithmetic,
    /// References to functions of a known type, and calls of them.
    FunctionReferences,
    /// Structures and arrays on a heap that is collected.
    Gc,
    /// Throwing and catching exceptions.
    ExceptionHandling,
    /// Shared memories, and operators that access memory atomically.
    Threads,
    /// Vectors of 128 bits.
    Simd,
    /// Operators on vectors of which machines may differ in corner cases; here
    /// they do not.
    RelaxedSimd,
}

impl Proposal {
    /// Whether this build has it: some are left out with the crate's features.
    /// Where it is asked first, what follows is left out as well.
    ///
    /// ```
    /// use fayasm_core::{Config, Proposal};
    ///
    /// assert!(Proposal::MultiValue.is_built_in());
    /// assert_eq!(Config::new().allows(Proposal::Simd), Proposal::Simd.is_built_in());
    /// ```
    #[inline(always)]
    #[must_use]
    #[allow(clippy::match_like_matches_macro, reason = "without features it looks like one")]
    pub const fn is_built_in(self) -> bool {
        match self {
            Proposal::Simd | Proposal::RelaxedSimd => cfg!(feature = "simd"),
            Proposal::Gc => cfg!(feature = "gc"),
            Proposal::ExceptionHandling => cfg!(feature = "exceptions"),
            Proposal::Threads => cfg!(feature = "threads"),
            _ => true,
        }
    }

    /// All of them.
    ///
    /// ```
    /// use fayasm_core::{Config, Proposal};
    ///
    /// let config = Proposal::ALL.into_iter().fold(Config::new(), Config::without);
    /// let allowed = Proposal::ALL.into_iter().filter(|proposal| config.allows(*proposal));
    /// assert!(allowed.eq([Proposal::Mvp]));
    /// ```
    pub const ALL: [Proposal; 19] = [
        Proposal::Mvp,
        Proposal::MutableGlobals,
        Proposal::SignExtension,
        Proposal::SaturatingFloatToInt,
        Proposal::MultiValue,
        Proposal::BulkMemory,
        Proposal::ReferenceTypes,
        Proposal::TailCall,
        Proposal::ExtendedConst,
        Proposal::MultiMemory,
        Proposal::Memory64,
        Proposal::CustomPageSizes,
        Proposal::WideArithmetic,
        Proposal::FunctionReferences,
        Proposal::Gc,
        Proposal::ExceptionHandling,
        Proposal::Threads,
        Proposal::Simd,
        Proposal::RelaxedSimd,
    ];

    /// Its name, as the proposals' repositories spell it.
    ///
    /// ```
    /// use fayasm_core::Proposal;
    ///
    /// assert_eq!(Proposal::TailCall.name(), "tail-call");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Proposal::Mvp => "WebAssembly 1.0",
            Proposal::MutableGlobals => "mutable-global",
            Proposal::SignExtension => "sign-extension-ops",
            Proposal::SaturatingFloatToInt => "nontrapping-float-to-int-conversions",
            Proposal::MultiValue => "multi-value",
            Proposal::BulkMemory => "bulk-memory-operations",
            Proposal::ReferenceTypes => "reference-types",
            Proposal::TailCall => "tail-call",
            Proposal::ExtendedConst => "extended-const",
            Proposal::MultiMemory => "multi-memory",
            Proposal::Memory64 => "memory64",
            Proposal::CustomPageSizes => "custom-page-sizes",
            Proposal::WideArithmetic => "wide-arithmetic",
            Proposal::FunctionReferences => "function-references",
            Proposal::Gc => "gc",
            Proposal::ExceptionHandling => "exception-handling",
            Proposal::Threads => "threads",
            Proposal::Simd => "simd",
            Proposal::RelaxedSimd => "relaxed-simd",
        }
    }
}

impl Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! define_operators {
    ($(
        $code:literal $name:ident $mnemonic:literal $immediates:ident
        [$($pop:ident)*] -> [$($push:ident)*] $class:ident $proposal:ident $explained:literal;
    )*) => {
        /// An operator of WebAssembly; its facts are in its [`OperatorRow`].
        ///
        /// ```
        /// use fayasm_core::Operator;
        ///
        /// let operator = Operator::from_byte(0x6A).expect("it is one");
        /// assert_eq!(operator, Operator::I32Add);
        /// assert_eq!(operator.to_string(), "i32.add");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Operator {
            $(#[doc = concat!("`", $mnemonic, "`: ", $explained)] $name,)*
        }

        /// The whole table, in the order of [`Operator`].
        ///
        /// ```
        /// use fayasm_core::operators::OPERATORS;
        ///
        /// let row = OPERATORS.iter().find(|row| row.mnemonic == "i64.popcnt");
        /// assert_eq!(row.map(|row| row.code), Some(0x7B));
        /// ```
        pub static OPERATORS: &[OperatorRow] = &[
            $(OperatorRow {
                operator: Operator::$name,
                code: $code,
                #[cfg(feature = "texts")]
                mnemonic: $mnemonic,
                immediates: ImmediateKind::$immediates,
                signature: &Signature {
                    pops: &[$(Operand::$pop),*],
                    pushes: &[$(Operand::$push),*],
                },
                class: Class::$class,
                proposal: Proposal::$proposal,
                #[cfg(feature = "texts")]
                explained: $explained,
            },)*
        ];

        /// [`Operator`]s that are one byte, by that byte.
        static ONE_BYTE: [Option<Operator>; 256] = {
            let mut by_code = [None; 256];
            $(if $code < 0x100 { by_code[($code & 0xFF) as usize] = Some(Operator::$name); })*
            by_code
        };

        /// The same without those that work on operands of any type.
        static ONE_SLOT: [Option<Operator>; 256] = {
            let mut by_code = ONE_BYTE;
            $(if $code < 0x100 && matches!(
                Operator::$name,
                Operator::Drop
                    | Operator::Select
                    | Operator::SelectTyped
                    | Operator::LocalGet
                    | Operator::LocalSet
                    | Operator::LocalTee
                    | Operator::GlobalGet
                    | Operator::GlobalSet
            ) {
                by_code[($code & 0xFF) as usize] = None;
            })*
            by_code
        };

        /// The [`Operator`] that is a byte, in a form of which compilers make one jump together with
        /// a `match` that follows. They compare nothing before it, as all bytes are listed.
        #[cfg(not(small))]
        #[inline(always)]
        fn one_byte(byte: u8) -> Option<Operator> {
            match u32::from(byte) {
                $($code => Some(Operator::$name),)*
                0x06 | 0x07 | 0x09 | 0x16 | 0x17 | 0x18 | 0x19 | 0x1D | 0x1E | 0x27 | 0xC5
                | 0xC6 | 0xC7 | 0xC8 | 0xC9 | 0xCA | 0xCB | 0xCC | 0xCD | 0xCE | 0xCF | 0xD7
                | 0xD8 | 0xD9 | 0xDA | 0xDB | 0xDC | 0xDD | 0xDE | 0xDF | 0xE0 | 0xE1 | 0xE2
                | 0xE3 | 0xE4 | 0xE5 | 0xE6 | 0xE7 | 0xE8 | 0xE9 | 0xEA | 0xEB | 0xEC | 0xED
                | 0xEE | 0xEF | 0xF0 | 0xF1 | 0xF2 | 0xF3 | 0xF4 | 0xF5 | 0xF6 | 0xF7 | 0xF8
                | 0xF9 | 0xFA | 0xFB | 0xFC | 0xFD | 0xFE | 0xFF => None,
                _ => None,
            }
        }

        /// [`Operator`]s behind the prefix `0xFB`, by the number that follows it.
        static BEHIND_FB: [Option<Operator>; 32] = {
            let mut by_code = [None; 32];
            $(if $code >> 16 == 0xFB { by_code[($code & 0x1F) as usize] = Some(Operator::$name); })*
            by_code
        };

        /// [`Operator`]s behind the prefix `0xFC`, by the number that follows it.
        static BEHIND_FC: [Option<Operator>; 32] = {
            let mut by_code = [None; 32];
            $(if $code >> 16 == 0xFC { by_code[($code & 0x1F) as usize] = Some(Operator::$name); })*
            by_code
        };

        /// [`Operator`]s behind the prefix `0xFD`, by the number that follows it.
        static BEHIND_FD: [Option<Operator>; 0x120] = {
            let mut by_code = [None; 0x120];
            $(if $code >> 16 == 0xFD { by_code[($code & 0x1FF) % 0x120] = Some(Operator::$name); })*
            by_code
        };

        /// [`Operator`]s behind the prefix `0xFE`, by the number that follows it.
        static BEHIND_FE: [Option<Operator>; 128] = {
            let mut by_code = [None; 128];
            $(if $code >> 16 == 0xFE { by_code[($code & 0x7F) as usize] = Some(Operator::$name); })*
            by_code
        };
    };
}

for_each_operator!(define_operators);

/// The byte that announces an operator on structures, arrays and their references.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::PREFIX_GC;
///
/// assert_eq!(Operator::from_prefixed(PREFIX_GC, 0), Some(Operator::StructNew));
/// ```
pub const PREFIX_GC: u8 = 0xFB;

/// The byte that announces a prefixed operator of the miscellaneous group.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::PREFIX_MISC;
///
/// assert_eq!(Operator::from_prefixed(PREFIX_MISC, 11), Some(Operator::MemoryFill));
/// ```
pub const PREFIX_MISC: u8 = 0xFC;

/// The byte that announces an operator on vectors.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::PREFIX_VECTOR;
///
/// let operator = Operator::from_prefixed(PREFIX_VECTOR, 12);
/// assert_eq!(operator.map(Operator::mnemonic), Some("v128.const"));
/// ```
pub const PREFIX_VECTOR: u8 = 0xFD;

/// The byte that announces an atomic operator.
///
/// ```
/// use fayasm_core::Operator;
/// use fayasm_core::operators::PREFIX_ATOMIC;
///
/// assert_eq!(Operator::from_prefixed(PREFIX_ATOMIC, 3), Some(Operator::AtomicFence));
/// ```
pub const PREFIX_ATOMIC: u8 = 0xFE;

impl Operator {
    /// The operator that this byte stands for by itself.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// assert_eq!(Operator::from_byte(0x0B), Some(Operator::End));
    /// assert_eq!(Operator::from_byte(0xFC), None); // a prefix
    /// ```
    #[inline]
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Operator> {
        ONE_BYTE[byte as usize]
    }

    /// The same, where a `match` follows.
    #[inline(always)]
    pub(crate) fn matched_byte(byte: u8) -> Option<Operator> {
        #[cfg(not(small))]
        return one_byte(byte);
        #[cfg(small)]
        return Operator::from_byte(byte);
    }

    /// The same, but for operators that work on operands of any type.
    #[inline(always)]
    pub(crate) fn one_slot(byte: u8) -> Option<Operator> {
        ONE_SLOT[byte as usize]
    }

    /// The operator that `code` stands for behind `prefix`.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// assert_eq!(Operator::from_prefixed(0xFC, 10), Some(Operator::MemoryCopy));
    /// assert_eq!(Operator::from_prefixed(0x20, 10), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn from_prefixed(prefix: u8, code: u32) -> Option<Operator> {
        match prefix {
            PREFIX_GC => BEHIND_FB.get(code as usize).copied().flatten(),
            PREFIX_MISC => BEHIND_FC.get(code as usize).copied().flatten(),
            PREFIX_VECTOR => BEHIND_FD.get(code as usize).copied().flatten(),
            PREFIX_ATOMIC => BEHIND_FE.get(code as usize).copied().flatten(),
            _ => None,
        }
    }

    /// Whether `byte` announces a prefixed operator.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// assert!(Operator::is_prefix(0xFC));
    /// assert!(!Operator::is_prefix(0x6A));
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_prefix(byte: u8) -> bool {
        matches!(byte, PREFIX_GC..=PREFIX_ATOMIC)
    }

    /// The operator's facts.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// let row = Operator::MemoryFill.row();
    /// assert_eq!((row.code, row.mnemonic), (0xFC_000B, "memory.fill"));
    /// println!("{}: {}", row.mnemonic, row.explained);
    /// ```
    #[inline]
    #[must_use]
    pub fn row(self) -> &'static OperatorRow {
        &OPERATORS[self as usize]
    }

    /// Binary logarithm of the bytes that an operator with an address and an
    /// offset accesses; 0 for other operators.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// assert_eq!(1 << Operator::I64Load32U.access_width_log2(), 4);
    /// ```
    #[inline]
    #[must_use]
    pub const fn access_width_log2(self) -> u32 {
        use Operator as O;
        match self {
            O::I64Load | O::I64Store | O::F64Load | O::F64Store => 3,
            O::I32Load | O::I32Store | O::F32Load | O::F32Store => 2,
            O::I64Load32S | O::I64Load32U | O::I64Store32 => 2,
            O::I32Load16S | O::I32Load16U | O::I32Store16 => 1,
            O::I64Load16S | O::I64Load16U | O::I64Store16 => 1,
            #[cfg(feature = "threads")]
            O::MemoryAtomicNotify | O::MemoryAtomicWait32 => 2,
            #[cfg(feature = "threads")]
            O::MemoryAtomicWait64 => 3,
            #[cfg(feature = "simd")]
            O::V128Load | O::V128Store => 4,
            #[cfg(feature = "simd")]
            O::V128Load8x8S | O::V128Load8x8U | O::V128Load16x4S | O::V128Load16x4U => 3,
            #[cfg(feature = "simd")]
            O::V128Load32x2S | O::V128Load32x2U | O::V128Load64Splat | O::V128Load64Zero => 3,
            #[cfg(feature = "simd")]
            O::V128Load64Lane | O::V128Store64Lane => 3,
            #[cfg(feature = "simd")]
            O::V128Load32Splat | O::V128Load32Zero | O::V128Load32Lane | O::V128Store32Lane => 2,
            #[cfg(feature = "simd")]
            O::V128Load16Splat | O::V128Load16Lane | O::V128Store16Lane => 1,
            #[cfg(feature = "threads")]
            _ => match self.atomic_access() {
                Some((_, width_log2)) => width_log2,
                None => 0,
            },
            #[cfg(not(feature = "threads"))]
            _ => 0,
        }
    }

    /// How many lanes a lane among the operator's immediates can be one of.
    #[cfg(feature = "simd")]
    #[must_use]
    pub(crate) const fn lanes(self) -> u8 {
        use Operator as O;
        match self {
            O::I8x16Shuffle => 32,
            O::I8x16ExtractLaneS | O::I8x16ExtractLaneU | O::I8x16ReplaceLane => 16,
            O::I16x8ExtractLaneS | O::I16x8ExtractLaneU | O::I16x8ReplaceLane => 8,
            O::I32x4ExtractLane | O::I32x4ReplaceLane => 4,
            O::F32x4ExtractLane | O::F32x4ReplaceLane => 4,
            O::I64x2ExtractLane | O::I64x2ReplaceLane => 2,
            O::F64x2ExtractLane | O::F64x2ReplaceLane => 2,
            _ => 16 >> self.access_width_log2(),
        }
    }

    /// Without vectors, there are no lanes.
    #[cfg(not(feature = "simd"))]
    pub(crate) const fn lanes(self) -> u8 {
        0
    }

    /// What an atomic access does, and the binary logarithm of the bytes that
    /// it accesses; none for other operators.
    #[cfg(feature = "threads")]
    #[inline]
    pub(crate) const fn atomic_access(self) -> Option<(AtomicAccess, u32)> {
        use AtomicAccess as A;
        const ACCESSES: [A; 9] =
            [A::Load, A::Store, A::Add, A::Sub, A::And, A::Or, A::Xor, A::Xchg, A::Cmpxchg];
        // i32 and i64; 8 and 16 bits as i32; 8, 16 and 32 bits as i64.
        const WIDTHS_LOG2: [u32; 7] = [2, 3, 0, 1, 0, 1, 2];
        match (self as usize).checked_sub(Operator::I32AtomicLoad as usize) {
            Some(place @ 0..63) => Some((ACCESSES[place / 7], WIDTHS_LOG2[place % 7])),
            _ => None,
        }
    }

    /// Its name in the text format; in builds without texts, the same for all.
    ///
    /// ```
    /// use fayasm_core::Operator;
    ///
    /// assert_eq!(Operator::LocalTee.mnemonic(), "local.tee");
    /// ```
    #[must_use]
    pub fn mnemonic(self) -> &'static str {
        #[cfg(feature = "texts")]
        return self.row().mnemonic;
        #[cfg(not(feature = "texts"))]
        return "an instruction";
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mnemonic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, row) in OPERATORS.iter().enumerate() {
            assert_eq!(row.operator as usize, index, "{}", row.mnemonic);
        }
    }

    #[test]
    fn every_code_leads_back_to_its_operator() {
        for row in OPERATORS {
            let found = match u8::try_from(row.code) {
                Ok(byte) => Operator::from_byte(byte),
                Err(_) => Operator::from_prefixed((row.code >> 16) as u8, row.code & 0xFFFF),
            };
            assert_eq!(found, Some(row.operator), "{}", row.mnemonic);
        }
    }

    #[test]
    fn mnemonics_and_codes_differ_except_where_the_text_has_one_for_two() {
        for (i, a) in OPERATORS.iter().enumerate() {
            for b in &OPERATORS[i + 1..] {
                assert_ne!(a.code, b.code, "{} and {}", a.mnemonic, b.mnemonic);
                assert!(
                    a.mnemonic != b.mnemonic
                        || ["select", "ref.test", "ref.cast"].contains(&a.mnemonic),
                    "{} stands twice",
                    a.mnemonic
                );
            }
        }
    }

    #[cfg(feature = "threads")]
    #[test]
    fn atomic_accesses_do_what_their_names_say() {
        let mut count = 0;
        for row in OPERATORS {
            let Some((access, width_log2)) = row.operator.atomic_access() else { continue };
            // `i64.atomic.load`, `i64.atomic.rmw8.add_u`: the bits are the last number.
            let name = row.mnemonic.trim_end_matches("_u");
            let mut numbers = name.split(|letter: char| !letter.is_ascii_digit());
            let bits = numbers.rfind(|number| !number.is_empty());
            let word = name.rsplit('.').next().unwrap().trim_end_matches(char::is_numeric);
            assert_eq!(format!("{access:?}").to_lowercase(), word, "{name}");
            assert_eq!(bits, Some((8 << width_log2).to_string().as_str()), "{name}");
            count += 1;
        }
        assert_eq!(count, 63);
    }

    #[test]
    fn a_prefix_is_no_operator() {
        assert_eq!(Operator::from_byte(PREFIX_MISC), None);
        assert_eq!(Operator::from_prefixed(PREFIX_MISC, 18), None);
        assert_eq!(Operator::from_prefixed(PREFIX_MISC, u32::MAX), None);
    }
}
