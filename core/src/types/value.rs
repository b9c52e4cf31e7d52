//! Types of values.

use core::fmt::{self, Display};

/// The type of a value.
///
/// ```
/// use fayasm_core::{Engine, ExternType, Module, ValType};
///
/// let wasm = wat::parse_str(r#"(module (func (export "f") (param i32 f64 funcref)))"#)?;
/// let module = Module::new(&Engine::default(), wasm)?;
/// let Some((_, ExternType::Func(ty))) = module.exports().next() else { panic!("it is exported") };
/// assert_eq!(ty.params(), [ValType::I32, ValType::F64, ValType::FUNCREF]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValType {
    /// 32-bit integer, signedness chosen by the operator.
    I32,
    /// 64-bit integer, signedness chosen by the operator.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// 128-bit vector.
    V128,
    /// Reference.
    Ref(RefType),
}

impl ValType {
    /// `funcref`.
    ///
    /// ```
    /// use fayasm_core::{HeapType, RefType, ValType};
    ///
    /// assert_eq!(ValType::FUNCREF, RefType::nullable(HeapType::Func).into());
    /// ```
    pub const FUNCREF: ValType = ValType::Ref(RefType::FUNCREF);
    /// `externref`.
    ///
    /// ```
    /// use fayasm_core::ValType;
    ///
    /// assert_eq!(ValType::EXTERNREF.to_string(), "externref");
    /// ```
    pub const EXTERNREF: ValType = ValType::Ref(RefType::EXTERNREF);

    /// Whether this is a reference type.
    ///
    /// ```
    /// use fayasm_core::ValType;
    ///
    /// assert!(ValType::FUNCREF.is_ref());
    /// assert!(!ValType::I32.is_ref());
    /// ```
    #[must_use]
    pub const fn is_ref(self) -> bool {
        matches!(self, ValType::Ref(_))
    }

    /// Whether values of this type start out as something: numbers as zero,
    /// nullable references as null.
    ///
    /// ```
    /// use fayasm_core::{HeapType, RefType, ValType};
    ///
    /// assert!(ValType::EXTERNREF.is_defaultable());
    /// assert!(!ValType::Ref(RefType::non_null(HeapType::Extern)).is_defaultable());
    /// ```
    #[must_use]
    pub const fn is_defaultable(self) -> bool {
        match self {
            ValType::Ref(r) => r.nullable,
            _ => true,
        }
    }

    /// 64-bit slots of the value stack that a value of this type takes.
    ///
    /// ```
    /// use fayasm_core::{FuncType, ValType};
    ///
    /// let ty = FuncType::new([ValType::F32, ValType::V128], []);
    /// assert_eq!(ty.params().iter().map(|ty| ty.slots()).sum::<u32>(), 3);
    /// ```
    #[must_use]
    pub const fn slots(self) -> u32 {
        match self {
            ValType::V128 => 2,
            _ => 1,
        }
    }
}

impl ValType {
    /// The same with other indices.
    pub(crate) fn renumbered(self, number: impl Fn(u32) -> u32) -> Self {
        match self {
            ValType::Ref(ty) => ValType::Ref(ty.renumbered(number)),
            other => other,
        }
    }
}

impl Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(r) => r.fmt(f),
        }
    }
}

impl From<RefType> for ValType {
    fn from(r: RefType) -> Self {
        ValType::Ref(r)
    }
}

/// The type of a reference.
///
/// ```
/// use fayasm_core::{HeapType, RefType};
///
/// // Text as in the text format, and abbreviated as there.
/// assert_eq!(RefType::nullable(HeapType::Struct).to_string(), "structref");
/// assert_eq!(RefType::non_null(HeapType::Struct).to_string(), "(ref struct)");
/// assert_eq!(RefType::nullable(HeapType::Concrete(3)).to_string(), "(ref null 3)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefType {
    /// Whether null is among its values.
    pub nullable: bool,
    /// What it refers to.
    pub heap: HeapType,
}

impl RefType {
    /// `funcref`, that is `(ref null func)`.
    ///
    /// ```
    /// use fayasm_core::RefType;
    ///
    /// assert_eq!(RefType::FUNCREF.to_string(), "funcref");
    /// ```
    pub const FUNCREF: RefType = RefType::nullable(HeapType::Func);
    /// `externref`, that is `(ref null extern)`.
    ///
    /// ```
    /// use fayasm_core::{HeapType, RefType};
    ///
    /// assert_eq!(RefType::EXTERNREF.heap, HeapType::Extern);
    /// ```
    pub const EXTERNREF: RefType = RefType::nullable(HeapType::Extern);

    /// A reference to this, or null.
    ///
    /// ```
    /// use fayasm_core::{HeapType, RefType};
    ///
    /// assert!(RefType::nullable(HeapType::Any).nullable);
    /// ```
    #[must_use]
    pub const fn nullable(heap: HeapType) -> Self {
        RefType { nullable: true, heap }
    }

    /// A reference to this.
    ///
    /// ```
    /// use fayasm_core::{HeapType, RefType};
    ///
    /// assert_eq!(RefType::non_null(HeapType::Any).to_string(), "(ref any)");
    /// ```
    #[must_use]
    pub const fn non_null(heap: HeapType) -> Self {
        RefType { nullable: false, heap }
    }
}

impl RefType {
    /// The same with another index.
    pub(crate) fn renumbered(self, number: impl Fn(u32) -> u32) -> Self {
        match self.heap {
            HeapType::Concrete(index) => {
                RefType { heap: HeapType::Concrete(number(index)), ..self }
            }
            _ => self,
        }
    }
}

impl Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.nullable, self.heap) {
            (false, heap) => write!(f, "(ref {heap})"),
            (true, HeapType::Concrete(_) | HeapType::Bot) => write!(f, "(ref null {})", self.heap),
            // Those that begin with "no" are null and nothing else.
            (true, HeapType::None) => f.write_str("nullref"),
            (true, HeapType::NoFunc) => f.write_str("nullfuncref"),
            (true, HeapType::NoExtern) => f.write_str("nullexternref"),
            (true, HeapType::NoExn) => f.write_str("nullexnref"),
            (true, heap) => write!(f, "{heap}ref"),
        }
    }
}

macro_rules! abstract_heap_types {
    ($($code:literal $name:ident $text:literal $meaning:literal;)*) => {
        /// What a reference refers to (specification §2.3.3).
        ///
        /// ```
        /// use fayasm_core::HeapType;
        ///
        /// // One byte in the binary format, one word in the text format.
        /// assert_eq!(HeapType::from_code(0x6B), Some(HeapType::Struct));
        /// assert_eq!(HeapType::Struct.to_string(), "struct");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum HeapType {
            $(#[doc = $meaning] $name,)*
            /// Nothing that could be told; only in code that is not reached.
            Bot,
            /// The type with this index: of the module, where a module says so;
            /// of the store, where a store does.
            Concrete(u32),
        }

        impl HeapType {
            /// The abstract heap type that this byte stands for.
            ///
            /// ```
            /// use fayasm_core::HeapType;
            ///
            /// assert_eq!(HeapType::from_code(0x70), Some(HeapType::Func));
            /// assert_eq!(HeapType::from_code(0x7F), None); // i32
            /// ```
            #[inline]
            #[must_use]
            pub const fn from_code(code: u8) -> Option<HeapType> {
                match code {
                    $($code => Some(HeapType::$name),)*
                    _ => None,
                }
            }

            /// The byte that stands for an abstract heap type; 0 for others.
            ///
            /// ```
            /// use fayasm_core::HeapType;
            ///
            /// assert_eq!(HeapType::Extern.code(), 0x6F);
            /// assert_eq!(HeapType::Concrete(3).code(), 0); // an index has no byte of its own
            /// ```
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(HeapType::$name => $code,)*
                    HeapType::Bot | HeapType::Concrete(_) => 0,
                }
            }
        }

        impl Display for HeapType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(HeapType::$name => f.write_str($text),)*
                    HeapType::Bot => f.write_str("bot"),
                    HeapType::Concrete(index) => index.fmt(f),
                }
            }
        }
    };
}

abstract_heap_types! {
    0x70 Func     "func"     "Functions.";
    0x6F Extern   "extern"   "Whatever is the embedder's.";
    0x6E Any      "any"      "Structures, arrays, small integers, and what was the embedder's.";
    0x6D Eq       "eq"       "What can be compared: structures, arrays, small integers.";
    0x6C I31      "i31"      "Integers of 31 bits.";
    0x6B Struct   "struct"   "Structures.";
    0x6A Array    "array"    "Arrays.";
    0x69 Exn      "exn"      "Exceptions.";
    0x71 None     "none"     "Nothing of what is below `any`: null alone.";
    0x72 NoExtern "noextern" "Nothing of what is below `extern`: null alone.";
    0x73 NoFunc   "nofunc"   "Nothing of what is below `func`: null alone.";
    0x74 NoExn    "noexn"    "Nothing of what is below `exn`: null alone.";
}
