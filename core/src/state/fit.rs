//! Whether slots hold what their types allow.

use crate::module::Hierarchy;
use crate::runtime::{Heap, NULL, Object, Referent, StoreInner};
use crate::types::{CompositeType, GlobalType, HeapType, RefType, StorageType, ValType};

/// What values are held against: the types and functions of a store, and the objects that it is
/// to have.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub(super) store: &'a StoreInner,
    pub(super) heap: &'a Heap,
}

impl Fit<'_> {
    /// Whether these slots hold values of these types of the store, and nothing else.
    pub(super) fn all(self, types: impl Iterator<Item = ValType>, slots: &[u64]) -> bool {
        let mut left = slots;
        for ty in types {
            let Some((these, behind)) = left.split_at_checked(ty.slots() as usize) else {
                return false;
            };
            if !self.value(ty, these) {
                return false;
            }
            left = behind;
        }
        left.is_empty()
    }

    fn value(self, ty: ValType, slots: &[u64]) -> bool {
        match (ty, slots) {
            (ValType::I32 | ValType::F32, [slot, ..]) => slot >> 32 == 0,
            (ValType::Ref(ty), [slot, ..]) => self.reference(ty, *slot),
            _ => true,
        }
    }

    /// Whether a slot holds a reference of this type of the store.
    pub(super) fn reference(self, ty: RefType, slot: u64) -> bool {
        if slot == NULL {
            return ty.nullable;
        }
        let types = &self.store.types;
        let hierarchy = types.hierarchy(ty.heap);
        let found = match hierarchy {
            Hierarchy::Func => {
                let function = usize::try_from(slot - 1).ok();
                let function = function.and_then(|address| self.store.functions.get(address));
                function.map(|function| HeapType::Concrete(function.ty()))
            }
            Hierarchy::Exn => {
                self.heap.object(slot).filter(|it| it.is_exception()).map(|_| HeapType::Exn)
            }
            Hierarchy::Any | Hierarchy::Extern => {
                let found = match Referent::of_slot(slot) {
                    // Others have the highest bit set.
                    Some(Referent::I31(value)) => (value >> 31 == 0).then_some(HeapType::I31),
                    Some(Referent::Host(_)) => Some(HeapType::Any),
                    Some(Referent::Object(_)) => {
                        let object = self.heap.object(slot).filter(|it| !it.is_exception());
                        object.map(|object| HeapType::Concrete(object.ty))
                    }
                    None => None,
                };
                let is_extern = hierarchy == Hierarchy::Extern;
                found.map(|found| if is_extern { HeapType::Extern } else { found })
            }
        };
        found.is_some_and(|found| types.ref_matches(RefType::non_null(found), ty))
    }

    /// Whether a global of this type can hold this.
    pub(super) fn global(self, ty: GlobalType, value: &[u64; 2]) -> bool {
        let (own, other) = value.split_at(ty.content.slots() as usize);
        self.all(core::iter::once(ty.content), own) && other.iter().all(|slot| *slot == 0)
    }

    /// Whether an object, of a length that its type allows, holds what its type says.
    pub(super) fn object(self, object: &Object) -> bool {
        let field = |index, storage| {
            let slots = object.get(index).unwrap_or_default();
            match storage {
                StorageType::Val(ValType::V128) => true,
                StorageType::Val(ty) => slots[1] == 0 && self.value(ty, &slots),
                StorageType::I8 | StorageType::I16 => {
                    slots[1] == 0 && self.value(ValType::I32, &slots)
                }
            }
        };
        if object.is_exception() {
            let Some(ty) = self.store.tag_type(object.ty as usize) else { return false };
            let (slots, rest) = object.data().as_chunks();
            let mut slots = slots.iter().map(|slot| u64::from_le_bytes(*slot));
            return rest.is_empty()
                && ty.params().iter().all(|ty| {
                    let first = slots.next();
                    let second = if *ty == ValType::V128 { slots.next() } else { Some(0) };
                    first.zip(second).is_some_and(|(first, _)| self.value(*ty, &[first]))
                })
                && slots.next().is_none();
        }
        match self.store.types.get(object.ty).map(|ty| &ty.composite) {
            Some(CompositeType::Struct(ty)) => {
                (0..).zip(ty.fields()).all(|(index, ty)| field(index, ty.storage))
            }
            Some(CompositeType::Array(ty)) => {
                let storage = ty.element.storage;
                // Of others, each element has as many bits as it takes.
                !storage.unpacked().is_ref() || (0..object.len()).all(|at| field(at, storage))
            }
            _ => false,
        }
    }
}
