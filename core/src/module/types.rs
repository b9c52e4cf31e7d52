//! The types that a module defines, which of them are the same, and which are
//! subtypes of others (specification §3.1 and §3.3).

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::slice;

use crate::allocate::OutOfMemory;
use crate::ledger;
use crate::sorted::{Place, Sorted};
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
    /// One recursion group of each structure.
    by_structure: Sorted<Known>,
    /// Bytes that the types themselves have allocated.
    parts: u64,
}

/// A recursion group whose structure no other before it has.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Hash of its structure, by which they are ordered first. Structures are
    /// compared only where hashes are the same, so that a module which makes
    /// that happen often gains little.
    hash: u32,
    /// Its number.
    group: u32,
}

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
        let hash = self.next(&group).hash();
        let same = self.find(&group, hash);
        self.append(group, hash, same).map(|_| ())
    }

    /// The index of the first type of a recursion group like this one, which is
    /// appended unless there is one. Its types refer to each other as if
    /// appended.
    pub(crate) fn intern_group(&mut self, group: Vec<SubType>) -> Result<u32, OutOfMemory> {
        let hash = self.next(&group).hash();
        match self.find(&group, hash) {
            Ok(same) => Ok(same),
            new => self.append(group, hash, new),
        }
    }

    /// The first type of the first group of the same structure, or where among
    /// others this one belongs.
    /// Hands all that makes the types what they are to `each`, word by word.
    pub(crate) fn words(&self, mut each: impl FnMut(u64)) {
        // There are no more groups than types, which are numbered in 32 bits.
        for number in 0..self.groups.len() as u32 {
            let structure = self.structure(number);
            each(structure.group.len() as u64);
            structure.words().for_each(&mut each);
        }
    }

    /// What makes a type what it is.
    pub(crate) fn word(&self, ty: ValType) -> u64 {
        self.next(&[]).val_type(ty)
    }

    fn find(&self, group: &[SubType], hash: u32) -> Result<u32, Place> {
        let new = self.next(group);
        let same = self.by_structure.search(|known| {
            known.hash.cmp(&hash).then_with(|| self.structure(known.group).compare(&new))
        })?;
        // A group that was found is there.
        Ok(self.groups.get(same.group as usize).copied().unwrap_or_default())
    }

    /// Appends a group for which this was found; gives the first type of the
    /// first group like it. Nothing changes if memory runs out.
    fn append(
        &mut self,
        group: Vec<SubType>,
        hash: u32,
        found: Result<u32, Place>,
    ) -> Result<u32, OutOfMemory> {
        let count = group.len();
        let start = u32::try_from(self.types.len()).map_err(|_| OutOfMemory)?;
        self.types.try_reserve(count).map_err(|_| OutOfMemory)?;
        self.canonical.try_reserve(count).map_err(|_| OutOfMemory)?;
        self.groups.try_reserve(1).map_err(|_| OutOfMemory)?;
        let same = match found {
            Ok(same) => same,
            Err(place) => {
                // There are no more groups than types.
                let known = Known { hash, group: self.groups.len() as u32 };
                self.by_structure.insert(place, known)?;
                start
            }
        };
        self.parts += group.iter().map(|ty| ty.composite.allocated()).sum::<u64>();
        self.types.extend(group);
        self.canonical.extend((same..).take(count));
        self.groups.push(start);
        Ok(same)
    }

    /// The structure of a group, were it the next.
    fn next<'t>(&'t self, group: &'t [SubType]) -> Structure<'t> {
        Structure { types: self, start: self.types.len(), group }
    }

    /// The structure of a group that is there.
    fn structure(&self, number: u32) -> Structure<'_> {
        let number = number as usize;
        let start = self.groups.get(number).map_or(0, |&start| start as usize);
        let end = self.groups.get(number + 1).map_or(self.types.len(), |&end| end as usize);
        let group = self.types.get(start..end).unwrap_or_default();
        Structure { types: self, start, group }
    }

    /// How many bytes they take.
    pub(crate) fn allocated(&self) -> u64 {
        let lists = ledger::vec(&self.types) + ledger::vec(&self.canonical);
        lists + ledger::vec(&self.groups) + self.by_structure.allocated() + self.parts
    }

    /// Forgets what only appending needs.
    pub(crate) fn finish(&mut self) {
        self.by_structure = Sorted::default();
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

/// A recursion group as words, which are the same for groups that are the same.
struct Structure<'t> {
    types: &'t Types,
    /// The index of its first type.
    start: usize,
    group: &'t [SubType],
}

impl Structure<'_> {
    /// Which comes first, in any order that is always the same.
    fn compare(&self, other: &Self) -> Ordering {
        self.group.len().cmp(&other.group.len()).then_with(|| self.words().cmp(other.words()))
    }

    fn hash(&self) -> u32 {
        let mix =
            |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The upper half depends on all bits of the words.
        (self.words().fold(0, mix) >> 32) as u32
    }

    fn words(&self) -> impl Iterator<Item = u64> {
        self.group.iter().flat_map(|ty| self.of_type(ty))
    }

    fn of_type(&self, ty: &SubType) -> impl Iterator<Item = u64> {
        let (form, params, results, fields) = match &ty.composite {
            CompositeType::Func(ty) => (0x60, ty.params(), ty.results(), [].as_slice()),
            CompositeType::Struct(ty) => (0x5F, [].as_slice(), [].as_slice(), ty.fields()),
            CompositeType::Array(ty) => {
                (0x5E, [].as_slice(), [].as_slice(), slice::from_ref(&ty.element))
            }
        };
        let supertype = ty.supertype.map_or(0, |index| self.index(index));
        let counts = [params.len(), results.len() + fields.len()].map(|count| count as u64);
        let vals = params.iter().chain(results).map(|ty| self.val_type(*ty));
        let fields = fields.iter().map(|field| self.field(*field));
        let form = u64::from(ty.is_final) << 8 | form;
        [form, supertype].into_iter().chain(counts).chain(vals).chain(fields)
    }

    /// Types inside of the group are counted from its start.
    fn index(&self, index: u32) -> u64 {
        match (index as usize).checked_sub(self.start) {
            Some(inside) => INSIDE | inside as u64,
            None => OUTSIDE | u64::from(self.types.canonical(index)),
        }
    }

    fn field(&self, field: FieldType) -> u64 {
        let storage = match field.storage {
            StorageType::I8 => 0x78,
            StorageType::I16 => 0x77,
            StorageType::Val(ty) => self.val_type(ty),
        };
        u64::from(field.mutable) << 48 | storage
    }

    fn val_type(&self, ty: ValType) -> u64 {
        match ty {
            ValType::Ref(RefType { nullable, heap }) => {
                let heap = match heap {
                    HeapType::Concrete(index) => self.index(index),
                    heap => heap.code().into(),
                };
                (if nullable { 0x63 } else { 0x64 }) << 40 | heap
            }
            ValType::I32 => 0x7F,
            ValType::I64 => 0x7E,
            ValType::F32 => 0x7D,
            ValType::F64 => 0x7C,
            ValType::V128 => 0x7B,
        }
    }
}

/// What marks indices of types in and outside of a group.
const INSIDE: u64 = 1 << 32;
const OUTSIDE: u64 = 2 << 32;

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
