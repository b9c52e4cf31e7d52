//! Types of WebAssembly: values, functions, tables, memories, globals
//! (specification §2.3).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Display};

use crate::allocate::OutOfMemory;
use crate::ledger;

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

impl FieldType {
    fn renumbered(self, number: impl Fn(u32) -> u32) -> Self {
        match self.storage {
            StorageType::Val(ty) => {
                FieldType { storage: StorageType::Val(ty.renumbered(number)), ..self }
            }
            _ => self,
        }
    }
}

impl SubType {
    /// The same with other indices.
    pub(crate) fn renumbered(
        &self,
        number: impl Fn(u32) -> u32 + Copy,
    ) -> Result<Self, OutOfMemory> {
        let composite = match &self.composite {
            CompositeType::Func(ty) => {
                let types = copied(&ty.types, |ty: ValType| ty.renumbered(number))?;
                CompositeType::Func(FuncType { types, params: ty.params })
            }
            CompositeType::Struct(ty) => {
                let fields = copied(&ty.fields, |field: FieldType| field.renumbered(number))?;
                CompositeType::Struct(StructType { fields })
            }
            CompositeType::Array(ty) => {
                CompositeType::Array(ArrayType { element: ty.element.renumbered(number) })
            }
        };
        Ok(SubType { is_final: self.is_final, supertype: self.supertype.map(number), composite })
    }
}

impl FuncType {
    /// How many bytes it has allocated.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::boxed(&*self.types)
    }

    /// A copy, as `clone` makes one where memory does not run out.
    pub(crate) fn copied(&self) -> Result<Self, OutOfMemory> {
        Ok(FuncType { types: copied(&self.types, |ty| ty)?, params: self.params })
    }
}

/// A copy with each item changed.
fn copied<I: Copy>(items: &[I], change: impl Fn(I) -> I) -> Result<Box<[I]>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(items.len()).map_err(|_| OutOfMemory)?;
    copy.extend(items.iter().map(|item| change(*item)));
    Ok(copy.into_boxed_slice())
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

/// A type that a module defines: a structure, and its place among others
/// (specification §2.3.9).
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = "(module
///   (type $shape (sub (struct (field i32))))
///   (type $circle (sub final $shape (struct (field i32) (field f64)))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let types = &module.declarations().types;
/// let circle = types.get(1).expect("there are two types");
/// assert_eq!((circle.is_final, circle.supertype), (true, Some(0)));
/// assert_eq!(circle.to_string(), "sub final 0 struct (i32, f64)");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubType {
    /// Whether no type may be declared a subtype of it.
    pub is_final: bool,
    /// The index of the type that it is declared a subtype of.
    pub supertype: Option<u32>,
    /// Its structure.
    pub composite: CompositeType,
}

impl From<FuncType> for SubType {
    fn from(ty: FuncType) -> Self {
        SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }
    }
}

impl Display for SubType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_final, self.supertype) {
            (true, None) => {}
            (true, Some(index)) => write!(f, "sub final {index} ")?,
            (false, None) => f.write_str("sub ")?,
            (false, Some(index)) => write!(f, "sub {index} ")?,
        }
        self.composite.fmt(f)
    }
}

/// What a type is made of.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::CompositeType;
///
/// let wat = "(module (type (func (param i32))) (type (array i8)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let arrays = module.declarations().types.iter().filter(|ty| match ty.composite {
///     CompositeType::Array(_) => true,
///     CompositeType::Func(_) | CompositeType::Struct(_) => false,
/// });
/// assert_eq!(arrays.count(), 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CompositeType {
    /// The type of functions.
    Func(FuncType),
    /// The type of structures.
    Struct(StructType),
    /// The type of arrays.
    Array(ArrayType),
}

impl CompositeType {
    /// How many bytes it has allocated.
    pub(crate) fn allocated(&self) -> u64 {
        match self {
            CompositeType::Func(ty) => ty.allocated(),
            CompositeType::Struct(ty) => ledger::boxed(&*ty.fields),
            CompositeType::Array(_) => 0,
        }
    }
}

impl Display for CompositeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompositeType::Func(ty) => ty.fmt(f),
            CompositeType::Struct(ty) => ty.fmt(f),
            CompositeType::Array(ty) => ty.fmt(f),
        }
    }
}

/// The type of structures: their fields.
///
/// ```
/// use fayasm_core::{FieldType, StorageType, StructType, ValType};
///
/// let number = FieldType { storage: StorageType::Val(ValType::F64), mutable: true };
/// let point = StructType::new([number; 2]);
/// assert_eq!(point.to_string(), "struct ((mut f64), (mut f64))");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructType {
    fields: Box<[FieldType]>,
}

impl StructType {
    /// A structure of these fields.
    ///
    /// ```
    /// use fayasm_core::{FieldType, StorageType, StructType};
    ///
    /// let flag = FieldType { storage: StorageType::I8, mutable: false };
    /// assert_eq!(StructType::new([flag]).fields(), [flag]);
    /// ```
    #[must_use]
    pub fn new(fields: impl Into<Box<[FieldType]>>) -> Self {
        StructType { fields: fields.into() }
    }

    /// Its fields, in order.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::CompositeType;
    ///
    /// let wat = "(module (type (struct (field i32) (field (mut i16)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let first = module.declarations().types.get(0).map(|ty| &ty.composite);
    /// let Some(CompositeType::Struct(ty)) = first else { panic!("it is a structure") };
    /// let [x, y] = ty.fields() else { panic!("it has two fields") };
    /// assert_eq!((x.mutable, y.mutable), (false, true));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fields(&self) -> &[FieldType] {
        &self.fields
    }
}

impl Display for StructType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("struct (")?;
        list(f, self.fields())?;
        f.write_str(")")
    }
}

/// The type of arrays.
///
/// ```
/// use fayasm_core::{ArrayType, FieldType, StorageType};
///
/// let text = ArrayType { element: FieldType { storage: StorageType::I16, mutable: true } };
/// assert_eq!(text.to_string(), "array (mut i16)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArrayType {
    /// What each element is.
    pub element: FieldType,
}

impl Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array {}", self.element)
    }
}

/// The type of a field of a structure, or of an array's elements.
///
/// ```
/// use fayasm_core::{FieldType, StorageType, ValType};
///
/// let field = FieldType { storage: StorageType::Val(ValType::I64), mutable: true };
/// assert_eq!(field.to_string(), "(mut i64)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FieldType {
    /// What it holds.
    pub storage: StorageType,
    /// Whether it can be set.
    pub mutable: bool,
}

impl Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let storage = self.storage;
        if self.mutable { write!(f, "(mut {storage})") } else { storage.fmt(f) }
    }
}

/// What a field holds.
///
/// ```
/// use fayasm_core::{ArrayType, FieldType, StorageType};
///
/// let bytes = ArrayType { element: FieldType { storage: StorageType::I8, mutable: false } };
/// assert_eq!(bytes.to_string(), "array i8");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StorageType {
    /// The lowest 8 bits of an `i32`.
    I8,
    /// The lowest 16 bits of an `i32`.
    I16,
    /// A value.
    Val(ValType),
}

impl StorageType {
    /// Bytes that an element of an array takes.
    pub(crate) const fn bytes(self) -> u8 {
        match self {
            StorageType::I8 => 1,
            StorageType::I16 => 2,
            StorageType::Val(ValType::I32 | ValType::F32) => 4,
            StorageType::Val(ValType::I64 | ValType::F64 | ValType::Ref(_)) => 8,
            StorageType::Val(ValType::V128) => 16,
        }
    }

    /// The type of the value that is put there.
    ///
    /// ```
    /// use fayasm_core::{StorageType, ValType};
    ///
    /// // What `struct.set` takes, and `struct.get_s` gives.
    /// assert_eq!(StorageType::I8.unpacked(), ValType::I32);
    /// assert_eq!(StorageType::Val(ValType::F64).unpacked(), ValType::F64);
    /// ```
    #[must_use]
    pub const fn unpacked(self) -> ValType {
        match self {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Val(ty) => ty,
        }
    }
}

impl Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::Val(ty) => ty.fmt(f),
        }
    }
}

/// The type of a function: what it takes and what it gives.
///
/// ```
/// use fayasm_core::{FuncType, ValType};
///
/// let add = FuncType::new([ValType::I32, ValType::I32], [ValType::I32]);
/// assert_eq!(add.params().len(), 2);
/// assert_eq!(add.to_string(), "(i32, i32) -> i32");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FuncType {
    /// Parameters, then results.
    types: Box<[ValType]>,
    params: u32,
}

impl FuncType {
    /// A function type with these parameters and results.
    ///
    /// ```
    /// use fayasm_core::{FuncType, ValType};
    ///
    /// let ty = FuncType::new([ValType::I32; 2], []);
    /// assert_eq!(ty.to_string(), "(i32, i32) -> ()");
    /// ```
    #[must_use]
    pub fn new(
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        let mut types: Vec<ValType> = params.into_iter().collect();
        let count = types.len();
        types.extend(results);
        FuncType::from_parts(types.into_boxed_slice(), count)
    }

    /// `types` holds the parameters, of which there are `params`, then the results.
    pub(crate) fn from_parts(types: Box<[ValType]>, params: usize) -> Self {
        debug_assert!(params <= types.len());
        let params = u32::try_from(params).unwrap_or(u32::MAX);
        FuncType { types, params }
    }

    /// Types of the parameters.
    ///
    /// ```
    /// use fayasm_core::{FuncType, ValType};
    ///
    /// let ty = FuncType::new([ValType::I32, ValType::I64], [ValType::F32]);
    /// assert_eq!(ty.params(), [ValType::I32, ValType::I64]);
    /// ```
    #[must_use]
    pub fn params(&self) -> &[ValType] {
        &self.types[..self.params as usize]
    }

    /// Types of the results.
    ///
    /// ```
    /// use fayasm_core::{FuncType, ValType};
    ///
    /// let div_mod = FuncType::new([ValType::I32; 2], [ValType::I32; 2]);
    /// assert_eq!(div_mod.results().len(), 2);
    /// ```
    #[must_use]
    pub fn results(&self) -> &[ValType] {
        &self.types[self.params as usize..]
    }
}

impl Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        list(f, self.params())?;
        f.write_str(") -> ")?;
        match self.results() {
            [one] => one.fmt(f),
            many => {
                f.write_str("(")?;
                list(f, many)?;
                f.write_str(")")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, types: &[impl Display]) -> fmt::Result {
    for (i, ty) in types.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        ty.fmt(f)?;
    }
    Ok(())
}

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
