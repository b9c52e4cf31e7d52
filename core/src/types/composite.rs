//! Types that modules define: functions, structures, arrays.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt::{self, Display};

use super::ValType;
use crate::allocate::OutOfMemory;
use crate::ledger;

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

/// A copy with each item changed.
fn copied<I: Copy>(items: &[I], change: impl Fn(I) -> I) -> Result<Box<[I]>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(items.len()).map_err(|_| OutOfMemory)?;
    copy.extend(items.iter().map(|item| change(*item)));
    Ok(copy.into_boxed_slice())
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
