//! The types that a module defines, which of them are the same, and which are
//! subtypes of others (specification §3.1 and §3.3).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::boxed;
use crate::types::{
    CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType, ValType,
};

/// The hierarchies of reference types: those of one hierarchy have a null and
/// a greatest type in common, and nothing with those of another.
///
/// ```
/// use fayasm_core::HeapType;
/// use fayasm_core::module::{Hierarchy, Types};
///
/// // No reference is both to a function and to a structure.
/// let types = Types::default();
/// assert_eq!(types.hierarchy(HeapType::NoFunc), Hierarchy::Func);
/// assert_eq!(types.hierarchy(HeapType::I31), Hierarchy::Any);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hierarchy {
    /// Functions, below `func`.
    Func,
    /// The embedder's, below `extern`.
    Extern,
    /// Structures, arrays and small integers, below `any`.
    Any,
    /// Exceptions, below `exn`.
    Exn,
}

/// Types by their indices. Types of a recursion group are the same as those of
/// another group if the groups have the same structure.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = "(module
///   (type $a (func (param i32)))
///   (type $b (func (param i32))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let types = &module.declarations().types;
/// assert_eq!(types.len(), 2);
/// assert!(types.is_subtype(0, 1) && types.is_subtype(1, 0)); // the same type twice
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Types {
    types: Vec<SubType>,
    /// For each type, the first that is the same.
    canonical: Vec<u32>,
    /// The recursion groups, by the index of their first type.
    groups: Vec<u32>,
    /// Recursion groups by their structure.
    by_structure: BTreeMap<Box<[u8]>, u32>,
}

/// Memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfMemory;

impl Types {
    /// How many there are.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (type (func)) (type (func (param i32))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.declarations().types.len(), 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (memory 1))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert!(module.declarations().types.is_empty());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// All of them, in order.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (type (func (param i32))) (type (array f32)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let types = &module.declarations().types;
    /// let texts: Vec<String> = types.iter().map(ToString::to_string).collect();
    /// assert_eq!(texts, ["(i32) -> ()", "array f32"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SubType> {
        self.types.iter()
    }

    /// The type with this index.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (type (func (param i32))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let types = &module.declarations().types;
    /// assert_eq!(types.get(0).map(ToString::to_string).as_deref(), Some("(i32) -> ()"));
    /// assert_eq!(types.get(1), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&SubType> {
        self.types.get(index as usize)
    }

    /// The function type with this index; none if there is none, or if it is
    /// the type of something else.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::{FuncType, ValType};
    ///
    /// let wat = "(module (type (func (result i32))) (type (struct)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let types = &module.declarations().types;
    /// assert_eq!(types.func(0), Some(&FuncType::new([], [ValType::I32])));
    /// assert_eq!(types.func(1), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn func(&self, index: u32) -> Option<&FuncType> {
        match &self.types.get(index as usize)?.composite {
            CompositeType::Func(ty) => Some(ty),
            _ => None,
        }
    }

    /// The recursion groups, in order: the index of the first type of each,
    /// and its types.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module
    ///   (type (func))
    ///   (rec
    ///     (type $tree (struct (field (ref null $leaf))))
    ///     (type $leaf (struct (field (ref null $tree))))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let groups = module.declarations().types.groups();
    /// let sizes: Vec<_> = groups.map(|(start, types)| (start, types.len())).collect();
    /// assert_eq!(sizes, [(0, 1), (1, 2)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn groups(&self) -> impl Iterator<Item = (u32, &[SubType])> {
        self.groups.iter().enumerate().map(|(number, &start)| {
            let end = self.groups.get(number + 1).map_or(self.types.len(), |&end| end as usize);
            (start, self.types.get(start as usize..end).unwrap_or_default())
        })
    }

    /// Appends a recursion group. Its types refer to each other by the indices
    /// that they get.
    pub(crate) fn push_group(&mut self, group: Vec<SubType>) -> Result<(), OutOfMemory> {
        // Types are fewer than bytes of a module, or are counted when interned.
        let start = self.types.len() as u32;
        let same = self.find_or_note(&group, start)?;
        self.append(group, start, same)
    }

    /// The index of the first type of a recursion group like this one, which is
    /// appended unless there is one. Its types refer to each other as if
    /// appended.
    pub(crate) fn intern_group(&mut self, group: Vec<SubType>) -> Result<u32, OutOfMemory> {
        let start = u32::try_from(self.types.len()).map_err(|_| OutOfMemory)?;
        let same = self.find_or_note(&group, start)?;
        if same == start {
            self.append(group, start, same)?;
        }
        Ok(same)
    }

    fn append(&mut self, group: Vec<SubType>, start: u32, same: u32) -> Result<(), OutOfMemory> {
        let count = group.len();
        self.types.try_reserve(count).map_err(|_| OutOfMemory)?;
        self.canonical.try_reserve(count).map_err(|_| OutOfMemory)?;
        self.groups.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.types.extend(group);
        self.canonical.extend((same..).take(count));
        self.groups.push(start);
        Ok(())
    }

    /// The start of the first group of the same structure; `start` if it is this one.
    fn find_or_note(&mut self, group: &[SubType], start: u32) -> Result<u32, OutOfMemory> {
        let key = Structure { types: self, start, code: Vec::new() }.of(group)?;
        Ok(*self.by_structure.entry(boxed(key).ok_or(OutOfMemory)?).or_insert(start))
    }

    /// Forgets what only appending needs.
    pub(crate) fn finish(&mut self) {
        self.by_structure = BTreeMap::new();
    }

    /// The first type that is the same as this one.
    pub(crate) fn canonical(&self, index: u32) -> u32 {
        self.canonical.get(index as usize).copied().unwrap_or(index)
    }

    /// Whether every value of the type with the index `sub` is one of the type
    /// with the index `sup`.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module
    ///   (type $shape (sub (struct)))
    ///   (type $circle (sub $shape (struct (field f64)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let types = &module.declarations().types;
    /// assert!(types.is_subtype(1, 0));
    /// assert!(!types.is_subtype(0, 1));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_subtype(&self, sub: u32, sup: u32) -> bool {
        let sup = self.canonical(sup);
        let mut at = Some(sub);
        // A supertype stands before its subtypes, so this ends.
        while let Some(index) = at {
            if self.canonical(index) == sup {
                return true;
            }
            at = self.get(index).and_then(|ty| ty.supertype).filter(|at| *at < index);
        }
        false
    }

    /// The hierarchy of a heap type.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::HeapType;
    /// use fayasm_core::module::Hierarchy;
    ///
    /// let wat = "(module (type (func)) (type (struct)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let types = &module.declarations().types;
    /// assert_eq!(types.hierarchy(HeapType::Concrete(0)), Hierarchy::Func);
    /// assert_eq!(types.hierarchy(HeapType::Concrete(1)), Hierarchy::Any);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hierarchy(&self, heap: HeapType) -> Hierarchy {
        match heap {
            HeapType::Func | HeapType::NoFunc => Hierarchy::Func,
            HeapType::Extern | HeapType::NoExtern => Hierarchy::Extern,
            HeapType::Exn | HeapType::NoExn => Hierarchy::Exn,
            HeapType::Concrete(index) if self.func(index).is_some() => Hierarchy::Func,
            _ => Hierarchy::Any,
        }
    }

    fn heap_matches(&self, sub: HeapType, sup: HeapType) -> bool {
        use HeapType as H;
        match (sub, sup) {
            _ if sub == sup => true,
            (H::Bot, _) => true,
            (H::None | H::NoFunc | H::NoExtern | H::NoExn, _) => {
                self.hierarchy(sub) == self.hierarchy(sup)
            }
            (H::Concrete(sub), H::Concrete(sup)) => self.is_subtype(sub, sup),
            (H::Concrete(index), _) => match self.get(index).map(|ty| &ty.composite) {
                Some(CompositeType::Func(_)) => sup == H::Func,
                Some(CompositeType::Struct(_)) => matches!(sup, H::Struct | H::Eq | H::Any),
                Some(CompositeType::Array(_)) => matches!(sup, H::Array | H::Eq | H::Any),
                None => false,
            },
            (H::I31 | H::Struct | H::Array, _) => matches!(sup, H::Eq | H::Any),
            (H::Eq, _) => sup == H::Any,
            _ => false,
        }
    }

    /// Whether every reference of the type `sub` is one of the type `sup`.
    ///
    /// ```
    /// use fayasm_core::module::Types;
    /// use fayasm_core::{HeapType, RefType};
    ///
    /// let types = Types::default();
    /// let i31 = RefType::non_null(HeapType::I31);
    /// assert!(types.ref_matches(i31, RefType::nullable(HeapType::Eq)));
    /// assert!(!types.ref_matches(RefType::nullable(HeapType::I31), i31));
    /// ```
    #[must_use]
    pub fn ref_matches(&self, sub: RefType, sup: RefType) -> bool {
        (sup.nullable || !sub.nullable) && self.heap_matches(sub.heap, sup.heap)
    }

    /// Whether every value of the type `sub` is one of the type `sup`.
    ///
    /// ```
    /// use fayasm_core::module::Types;
    /// use fayasm_core::{HeapType, RefType, ValType};
    ///
    /// let types = Types::default();
    /// let func = ValType::Ref(RefType::non_null(HeapType::Func));
    /// assert!(types.matches(func, ValType::FUNCREF));
    /// assert!(!types.matches(ValType::I32, ValType::I64));
    /// ```
    #[must_use]
    pub fn matches(&self, sub: ValType, sup: ValType) -> bool {
        match (sub, sup) {
            _ if sub == sup => true,
            (ValType::Ref(sub), ValType::Ref(sup)) => self.ref_matches(sub, sup),
            _ => false,
        }
    }

    /// The same for several values.
    ///
    /// ```
    /// use fayasm_core::module::Types;
    /// use fayasm_core::{HeapType, RefType, ValType};
    ///
    /// let types = Types::default();
    /// let func = ValType::Ref(RefType::non_null(HeapType::Func));
    /// assert!(types.all_match(&[ValType::I32, func], &[ValType::I32, ValType::FUNCREF]));
    /// assert!(!types.all_match(&[ValType::I32], &[ValType::I32, ValType::I32]));
    /// ```
    #[must_use]
    pub fn all_match(&self, sub: &[ValType], sup: &[ValType]) -> bool {
        sub.len() == sup.len() && sub.iter().zip(sup).all(|(sub, sup)| self.matches(*sub, *sup))
    }

    /// Whether a type of this structure may be declared a subtype of the other.
    pub(crate) fn composite_matches(&self, sub: &CompositeType, sup: &CompositeType) -> bool {
        match (sub, sup) {
            (CompositeType::Func(sub), CompositeType::Func(sup)) => {
                self.all_match(sup.params(), sub.params())
                    && self.all_match(sub.results(), sup.results())
            }
            (CompositeType::Struct(sub), CompositeType::Struct(sup)) => {
                let (sub, sup) = (sub.fields(), sup.fields());
                let pairs = || sub.iter().zip(sup);
                sub.len() >= sup.len() && pairs().all(|(sub, sup)| self.field_matches(*sub, *sup))
            }
            (CompositeType::Array(sub), CompositeType::Array(sup)) => {
                self.field_matches(sub.element, sup.element)
            }
            _ => false,
        }
    }

    fn field_matches(&self, sub: FieldType, sup: FieldType) -> bool {
        let storage_matches = |sub, sup| match (sub, sup) {
            (StorageType::Val(sub), StorageType::Val(sup)) => self.matches(sub, sup),
            _ => sub == sup,
        };
        sub.mutable == sup.mutable
            && storage_matches(sub.storage, sup.storage)
            // What can be set must be of the same type in both directions.
            && (!sub.mutable || storage_matches(sup.storage, sub.storage))
    }
}

/// The structure of a recursion group as bytes, which are the same for groups
/// that are the same. Types inside of the group are counted from its start.
struct Structure<'t> {
    types: &'t Types,
    start: u32,
    code: Vec<u8>,
}

impl Structure<'_> {
    fn of(mut self, group: &[SubType]) -> Result<Vec<u8>, OutOfMemory> {
        for ty in group {
            self.byte(ty.is_final.into())?;
            match ty.supertype {
                Some(index) => self.index(index)?,
                None => self.byte(NO_INDEX)?,
            }
            match &ty.composite {
                CompositeType::Func(ty) => {
                    self.byte(0x60)?;
                    self.count(ty.params().len())?;
                    self.count(ty.results().len())?;
                    let mut types = ty.params().iter().chain(ty.results());
                    types.try_for_each(|ty| self.val_type(*ty))?;
                }
                CompositeType::Struct(ty) => {
                    self.byte(0x5F)?;
                    self.count(ty.fields().len())?;
                    ty.fields().iter().try_for_each(|field| self.field(*field))?;
                }
                CompositeType::Array(ty) => {
                    self.byte(0x5E)?;
                    self.field(ty.element)?;
                }
            }
        }
        Ok(self.code)
    }

    fn byte(&mut self, byte: u8) -> Result<(), OutOfMemory> {
        self.code.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.code.push(byte);
        Ok(())
    }

    fn number(&mut self, number: u32) -> Result<(), OutOfMemory> {
        number.to_le_bytes().into_iter().try_for_each(|byte| self.byte(byte))
    }

    fn count(&mut self, count: usize) -> Result<(), OutOfMemory> {
        // A type has fewer parts than 32 bits can count.
        self.number(count as u32)
    }

    fn index(&mut self, index: u32) -> Result<(), OutOfMemory> {
        match index.checked_sub(self.start) {
            Some(inside) => {
                self.byte(INSIDE)?;
                self.number(inside)
            }
            None => {
                self.byte(OUTSIDE)?;
                self.number(self.types.canonical(index))
            }
        }
    }

    fn field(&mut self, field: FieldType) -> Result<(), OutOfMemory> {
        self.byte(field.mutable.into())?;
        match field.storage {
            StorageType::I8 => self.byte(0x78),
            StorageType::I16 => self.byte(0x77),
            StorageType::Val(ty) => self.val_type(ty),
        }
    }

    fn val_type(&mut self, ty: ValType) -> Result<(), OutOfMemory> {
        match ty {
            ValType::Ref(RefType { nullable, heap }) => {
                self.byte(if nullable { 0x63 } else { 0x64 })?;
                match heap {
                    HeapType::Concrete(index) => self.index(index),
                    heap => self.byte(heap.code()),
                }
            }
            ValType::I32 => self.byte(0x7F),
            ValType::I64 => self.byte(0x7E),
            ValType::F32 => self.byte(0x7D),
            ValType::F64 => self.byte(0x7C),
            ValType::V128 => self.byte(0x7B),
        }
    }
}

// Bytes that stand for no abstract heap type.
/// No type.
const NO_INDEX: u8 = 0;
/// A type of the same group follows.
const INSIDE: u8 = 1;
/// A type of an earlier group follows.
const OUTSIDE: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn func(params: &[ValType]) -> SubType {
        FuncType::new(params.iter().copied(), []).into()
    }

    fn reference(index: u32) -> ValType {
        RefType::nullable(HeapType::Concrete(index)).into()
    }

    #[test]
    fn groups_of_the_same_structure_are_the_same_wherever_they_stand() {
        let mut types = Types::default();
        types.push_group(vec![func(&[reference(0)])]).unwrap();
        types.push_group(vec![func(&[reference(1)])]).unwrap();
        // Refers to the type before it instead of to itself.
        types.push_group(vec![func(&[reference(1)])]).unwrap();
        assert!(types.is_subtype(0, 1) && types.is_subtype(1, 0));
        assert!(!types.is_subtype(2, 0) && !types.is_subtype(0, 2));
        assert_eq!(types.intern_group(vec![func(&[reference(3)])]), Ok(0));
        assert_eq!(types.len(), 3);
    }

    #[test]
    fn a_group_is_not_the_same_as_its_types_one_by_one() {
        let mut types = Types::default();
        types.push_group(vec![func(&[])]).unwrap();
        types.push_group(vec![func(&[]), func(&[])]).unwrap();
        assert!(!types.is_subtype(1, 0) && !types.is_subtype(1, 2));
    }

    #[test]
    fn bottom_and_null_types_lie_below_all_others_of_their_hierarchy() {
        let mut types = Types::default();
        types.push_group(vec![func(&[])]).unwrap();
        let null = |heap| ValType::from(RefType::nullable(heap));
        assert!(types.matches(null(HeapType::NoFunc), reference(0)));
        assert!(types.matches(reference(0), ValType::FUNCREF));
        assert!(!types.matches(null(HeapType::None), reference(0)));
        assert!(!types.matches(ValType::FUNCREF, null(HeapType::Any)));
        let bottom = ValType::from(RefType::non_null(HeapType::Bot));
        assert!(types.matches(bottom, reference(0)) && types.matches(bottom, ValType::EXTERNREF));
    }
}
