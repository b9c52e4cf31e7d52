//! Operators on structures, arrays and their references (specification §4.4.2
//! and §4.4.3), kept out of the loop. None changes anything before it can no
//! longer trap.

use super::immediates::{bytes, number, pair, signed};
use super::operands::Operands;
use super::world::World;
use crate::execute::constant::new_object;
use crate::ledger::Owner;
use crate::operators::{Operator as Op, Proposal};
use crate::runtime::{
    Elements, Heap, InstanceData, NULL, Object, Referent, TrapKind, address_of_slot, low,
};
use crate::types::{CompositeType, HeapType, RefType, StorageType, StructType, ValType};

/// The operands of the frame being executed, and what its operators work on.
pub(super) struct Gc<'o, 's, 'w, 'a> {
    pub(super) world: &'w mut World<'a>,
    pub(super) on: &'o mut Operands<'s>,
    pub(super) instance: u32,
}

impl<'a> Gc<'_, '_, '_, 'a> {
    /// Executes an operator whose immediates come next.
    #[cold]
    #[inline(never)]
    pub(super) fn execute(
        &mut self,
        operator: Op,
        body: &[u8],
        pc: &mut usize,
    ) -> Result<(), TrapKind> {
        if !Proposal::Gc.is_built_in() {
            return Err(TrapKind::Unreachable);
        }
        match operator {
            Op::StructNew => self.struct_new(number(body, pc)),
            Op::StructNewDefault => {
                let ty = self.ty(number(body, pc));
                let slot = self.add(new_object(self.world.code.types, ty, 0)?)?;
                self.on.push(slot);
                Ok(())
            }
            Op::StructGet | Op::StructGetS | Op::StructGetU => {
                let (ty, field) = pair(body, pc);
                let storage = self.field(ty, field);
                let object = self.structure(self.on.peek(0))?;
                let value = object.get(field).ok_or(TrapKind::NullStructReference)?;
                self.on.height -= 1;
                self.push(storage, extend(operator, storage, value));
                Ok(())
            }
            Op::StructSet => {
                let (ty, field) = pair(body, pc);
                let slots = self.field(ty, field).unpacked().slots() as usize;
                let (value, object) = (self.peek(0, slots), self.on.peek(slots));
                let object =
                    self.world.heap.object_mut(object).ok_or(TrapKind::NullStructReference)?;
                object.set(field, value);
                self.on.height -= 1 + slots;
                Ok(())
            }
            Op::ArrayNew => {
                let ty = number(body, pc);
                let slots = self.element(ty).unpacked().slots() as usize;
                let (length, value) = (self.on.peek(0), self.peek(1, slots));
                let mut array = self.array_of(ty, length)?;
                for index in 0..length {
                    array.set(index, value);
                }
                self.finish(array, 1 + slots)
            }
            Op::ArrayNewDefault => {
                let array = self.array_of(number(body, pc), self.on.peek(0))?;
                self.finish(array, 1)
            }
            Op::ArrayNewFixed => {
                let (ty, length) = pair(body, pc);
                let slots = self.element(ty).unpacked().slots() as usize;
                let mut array = self.array_of(ty, length)?;
                for index in 0..length {
                    let below = (length - 1 - index) as usize * slots;
                    array.set(index, self.peek(below, slots));
                }
                self.finish(array, length as usize * slots)
            }
            Op::ArrayNewData => {
                let (ty, segment) = pair(body, pc);
                let length = self.on.peek(0);
                let source = self.data_range(ty, segment, self.on.peek(1), length)?;
                let mut array = self.array_of(ty, length)?;
                array.data_mut().copy_from_slice(source);
                self.finish(array, 2)
            }
            Op::ArrayNewElem => {
                let (ty, segment) = pair(body, pc);
                let (start, length) = (self.on.peek(1), self.on.peek(0));
                self.element_range(segment, start, length)?;
                let mut array = self.array_of(ty, length)?;
                self.init_elements(&mut array, 0, segment, start, length);
                self.finish(array, 2)
            }
            Op::ArrayGet | Op::ArrayGetS | Op::ArrayGetU => {
                let storage = self.element(number(body, pc));
                let index: u32 = self.on.peek(0);
                let array = self.array(self.on.peek(1))?;
                let value = array.get(index).ok_or_else(|| outside(index, 1, array))?;
                self.on.height -= 2;
                self.push(storage, extend(operator, storage, value));
                Ok(())
            }
            Op::ArraySet => {
                let slots = self.element(number(body, pc)).unpacked().slots() as usize;
                let (value, index) = (self.peek(0, slots), self.on.peek(slots));
                let array = self.array_mut(self.on.peek(slots + 1))?;
                if !array.set(index, value) {
                    return Err(outside(index, 1, array));
                }
                self.on.height -= 2 + slots;
                Ok(())
            }
            Op::ArrayLen => {
                let length = self.array(self.on.peek(0))?.len();
                self.on.replace(1, length);
                Ok(())
            }
            Op::ArrayFill => {
                let slots = self.element(number(body, pc)).unpacked().slots() as usize;
                let (count, value): (u32, _) = (self.on.peek(0), self.peek(1, slots));
                let index: u32 = self.on.peek(1 + slots);
                self.spend(u64::from(count) * 16);
                let array = self.array_mut(self.on.peek(2 + slots))?;
                check(array, index, count)?;
                for index in index..index + count {
                    array.set(index, value);
                }
                self.on.height -= 3 + slots;
                Ok(())
            }
            Op::ArrayCopy => {
                pair(body, pc);
                self.array_copy()
            }
            Op::ArrayInitData => {
                let (ty, segment) = pair(body, pc);
                let count: u32 = self.on.peek(0);
                let index: u32 = self.on.peek(2);
                self.spend(u64::from(count) * 16);
                let slot = self.on.peek(3);
                check(self.array(slot)?, index, count)?;
                let source = self.data_range(ty, segment, self.on.peek(1), count)?;
                let array = self.array_mut(slot)?;
                let from = index as usize * array.width();
                // The range was checked to lie inside.
                array.data_mut()[from..from + source.len()].copy_from_slice(source);
                self.on.height -= 4;
                Ok(())
            }
            Op::ArrayInitElem => {
                let (_, segment) = pair(body, pc);
                let [index, start, count] = self.on.three().map(low);
                self.spend(u64::from(count) * 16);
                let slot = self.on.peek(3);
                check(self.array(slot)?, index, count)?;
                self.element_range(segment, start, count)?;
                let values = self.data();
                let elements =
                    self.world.segments[self.instance as usize].elements(segment as usize);
                if let Some(array) = self.world.heap.object_mut(slot) {
                    put_elements(values, elements, segment, start, array, index, count);
                }
                self.on.height -= 4;
                Ok(())
            }
            Op::RefTest | Op::RefTestNull => {
                let target = self.target(operator == Op::RefTestNull, body, pc);
                let holds = self.is(self.on.peek(0), target);
                self.on.replace(1, holds);
                Ok(())
            }
            Op::RefCast | Op::RefCastNull => {
                let target = self.target(operator == Op::RefCastNull, body, pc);
                match self.is(self.on.peek(0), target) {
                    true => Ok(()),
                    false => Err(TrapKind::CastFailure),
                }
            }
            Op::RefI31 => {
                let value = Referent::I31(self.on.peek(0)).slot();
                self.on.replace(1, value);
                Ok(())
            }
            Op::I31GetS | Op::I31GetU => match Referent::of_slot(self.on.peek(0)) {
                Some(Referent::I31(value)) => {
                    let signed = (value << 1).cast_signed() >> 1;
                    let value =
                        if operator == Op::I31GetS { signed.cast_unsigned() } else { value };
                    self.on.replace(1, value);
                    Ok(())
                }
                _ => Err(TrapKind::NullI31Reference),
            },
            Op::RefEq => {
                let same = self.on.peek::<u64>(0) == self.on.peek::<u64>(1);
                self.on.replace(2, same);
                Ok(())
            }
            // Both hierarchies have the same slots.
            Op::AnyConvertExtern | Op::ExternConvertAny => Ok(()),
            other => unreachable!("{other} is executed elsewhere"),
        }
    }

    /// Reads the types of a cast that branches, and says whether the operand
    /// is of the one asked for. Gives where to go on after them.
    #[cold]
    #[inline(never)]
    pub(super) fn cast_holds(&self, body: &[u8], mut pc: usize) -> (bool, usize) {
        if !Proposal::Gc.is_built_in() {
            return (false, pc);
        }
        let [flags] = bytes(body, &mut pc);
        number(body, &mut pc);
        signed(body, &mut pc);
        let target = self.target(flags & 2 != 0, body, &mut pc);
        (self.is(self.on.peek(0), target), pc)
    }

    /// Makes an exception of the operands on top; gives the slot that refers
    /// to it, and how many slots the operands take.
    #[cold]
    #[inline(never)]
    pub(super) fn exception(&mut self, tag: u32) -> Result<(u64, usize), TrapKind> {
        if !Proposal::ExceptionHandling.is_built_in() {
            return Err(TrapKind::Unreachable);
        }
        let tag = self.data().tags[tag as usize];
        let ty = self.world.code.types.func(self.world.tags[tag as usize]);
        let slots: u32 = ty.map_or(0, |ty| ty.params().iter().map(|ty| ty.slots()).sum());
        let refused = TrapKind::OutOfMemoryBudget { bytes: u64::from(slots) * 8 };
        let mut exception = Object::exception(tag, slots).ok_or(refused)?;
        for index in 0..slots {
            exception.set(index, self.peek((slots - 1 - index) as usize, 1));
        }
        Ok((self.add(exception)?, slots as usize))
    }

    /// Counts bytes that an operator works on.
    fn spend(&mut self, bytes: u64) {
        self.world.effort = self.world.effort.saturating_sub(bytes);
    }

    fn data(&self) -> &'a InstanceData {
        &self.world.code.instances[self.instance as usize]
    }

    /// A type of the module, as the store numbers it.
    fn ty(&self, index: u32) -> u32 {
        self.data().types[index as usize]
    }

    fn struct_type(&self, index: u32) -> Option<&'a StructType> {
        match &self.world.code.types.get(self.ty(index))?.composite {
            CompositeType::Struct(ty) => Some(ty),
            _ => None,
        }
    }

    /// What a field of a structure type holds. The type is validated.
    fn field(&self, ty: u32, field: u32) -> StorageType {
        let fields = self.struct_type(ty).map_or(&[][..], StructType::fields);
        fields.get(field as usize).map_or(StorageType::I8, |field| field.storage)
    }

    /// What elements of an array type are. The type is validated.
    fn element(&self, ty: u32) -> StorageType {
        match self.world.code.types.get(self.ty(ty)).map(|ty| &ty.composite) {
            Some(CompositeType::Array(ty)) => ty.element.storage,
            _ => StorageType::I8,
        }
    }

    /// The operand of so many slots, so many slots below the top.
    fn peek(&self, below: usize, slots: usize) -> [u64; 2] {
        match slots {
            2 => [self.on.peek(below + 1), self.on.peek(below)],
            _ => [self.on.peek(below), 0],
        }
    }

    fn push(&mut self, storage: StorageType, [low, high]: [u64; 2]) {
        self.on.push(low);
        if storage.unpacked() == ValType::V128 {
            self.on.push(high);
        }
    }

    fn structure(&self, slot: u64) -> Result<&Object, TrapKind> {
        self.world.heap.object(slot).ok_or(TrapKind::NullStructReference)
    }

    fn array(&self, slot: u64) -> Result<&Object, TrapKind> {
        self.world.heap.object(slot).ok_or(TrapKind::NullArrayReference)
    }

    fn array_mut(&mut self, slot: u64) -> Result<&mut Object, TrapKind> {
        self.world.heap.object_mut(slot).ok_or(TrapKind::NullArrayReference)
    }

    /// A new array of this type of the module, which the heap may hold.
    fn array_of(&mut self, ty: u32, length: u32) -> Result<Object, TrapKind> {
        let bytes = u64::from(length) * u64::from(self.element(ty).bytes());
        self.spend(bytes);
        self.make_room(bytes)?;
        if self.world.heap.bytes().saturating_add(bytes) > self.world.limits.heap_bytes() {
            return Err(TrapKind::OutOfMemoryBudget { bytes });
        }
        new_object(self.world.code.types, self.ty(ty), length)
    }

    fn struct_new(&mut self, index: u32) -> Result<(), TrapKind> {
        let mut object = new_object(self.world.code.types, self.ty(index), 0)?;
        let fields = self.struct_type(index).map_or(&[][..], StructType::fields);
        let mut below = 0;
        for (field, ty) in (0..object.len()).zip(fields).rev() {
            let slots = ty.storage.unpacked().slots() as usize;
            object.set(field, self.peek(below, slots));
            below += slots;
        }
        self.finish(object, below)
    }

    /// Puts an object in the place of the operands that it was made of.
    fn finish(&mut self, object: Object, taken: usize) -> Result<(), TrapKind> {
        let slot = self.add(object)?;
        self.on.replace(taken, slot);
        Ok(())
    }

    fn add(&mut self, object: Object) -> Result<u64, TrapKind> {
        self.make_room(object.data().len() as u64)?;
        let World { heap, account, limits, .. } = &mut *self.world;
        let added = heap.add(object, limits.heap_bytes());
        account.set(Owner::Heap, heap.allocated());
        added
    }

    /// Makes room for an object of so many bytes: collects what cannot be reached, if it is time to
    /// or the budget asks for it.
    fn make_room(&mut self, bytes: u64) -> Result<(), TrapKind> {
        let reserved = self.reserve(bytes);
        if self.world.account.wants_microcode_out {
            return reserved;
        }
        if reserved.is_ok()
            && !self.world.heap.wants_collection(bytes, self.world.limits.heap_bytes())
        {
            return Ok(());
        }
        self.spend(self.world.heap.bytes());
        self.world.collect(&self.on.slots[..self.on.height])?;
        self.world.heap.check_room(bytes, self.world.limits.heap_bytes())?;
        self.reserve(bytes)
    }

    fn reserve(&mut self, bytes: u64) -> Result<(), TrapKind> {
        let World { heap, account, tiers, .. } = &mut *self.world;
        heap.reserve((account, tiers), bytes)
    }

    fn array_copy(&mut self) -> Result<(), TrapKind> {
        let [source, from, count] = self.on.three();
        let (from, count) = (low(from), low(count));
        self.spend(u64::from(count) * 16);
        let (target, to) = (self.on.peek(4), self.on.peek(3));
        check(self.array(target)?, to, count)?;
        check(self.array(source)?, from, count)?;
        let heap: &mut Heap = self.world.heap;
        // Both ranges were checked to lie inside.
        match heap.two(target, source) {
            Some((target, source)) => {
                let width = target.width();
                let (to, from) = (to as usize * width, from as usize * width);
                let length = count as usize * width;
                target.data_mut()[to..to + length]
                    .copy_from_slice(&source.data()[from..from + length]);
            }
            None => {
                if let Some(array) = heap.object_mut(target) {
                    let width = array.width();
                    let from = from as usize * width;
                    let range = from..from + count as usize * width;
                    array.data_mut().copy_within(range, to as usize * width);
                }
            }
        }
        self.on.height -= 5;
        Ok(())
    }

    /// The bytes of a data segment that make so many elements of an array type.
    fn data_range(
        &self,
        ty: u32,
        segment: u32,
        start: u32,
        count: u32,
    ) -> Result<&'a [u8], TrapKind> {
        let data = self.data();
        let contents = data.module.declarations().data[segment as usize].contents;
        let all = data.module.bytes().get(contents.range()).unwrap_or_default();
        let dropped = self.world.segments[self.instance as usize].dropped_data[segment as usize];
        let all = if dropped { &[] } else { all };
        // Neither product nor sum of such numbers exceeds 64 bits.
        let width = u64::from(count) * u64::from(self.element(ty).bytes());
        let end = u64::from(start) + width;
        match usize::try_from(end).ok().and_then(|end| all.get(start as usize..end)) {
            Some(bytes) => Ok(bytes),
            None => {
                let (start, size) = (start.into(), all.len() as u64);
                Err(TrapKind::DataOutOfBounds { start, width, size })
            }
        }
    }

    /// Fails unless an element segment has these elements.
    fn element_range(&self, segment: u32, start: u32, count: u32) -> Result<(), TrapKind> {
        let elements = self.world.segments[self.instance as usize].elements(segment as usize);
        let size = self.data().element_count(elements, segment as usize);
        let (start, count) = (u64::from(start), u64::from(count));
        match start + count <= size {
            true => Ok(()),
            false => Err(TrapKind::ElementOutOfBounds { start, count, size }),
        }
    }

    fn init_elements(&self, array: &mut Object, index: u32, segment: u32, start: u32, count: u32) {
        let elements = self.world.segments[self.instance as usize].elements(segment as usize);
        put_elements(self.data(), elements, segment, start, array, index, count);
    }

    /// Reads a heap type, and gives the type of references to it.
    fn target(&self, nullable: bool, body: &[u8], pc: &mut usize) -> RefType {
        let code = signed(body, pc);
        let heap = match u32::try_from(code) {
            Ok(index) => HeapType::Concrete(self.ty(index)),
            // Negative numbers of seven bits are the bytes of abstract types.
            Err(_) => HeapType::from_code((code & 0x7F) as u8).unwrap_or(HeapType::None),
        };
        RefType { nullable, heap }
    }

    /// Whether a reference is of a type.
    fn is(&self, slot: u64, target: RefType) -> bool {
        use crate::module::Hierarchy as H;
        if slot == NULL {
            return target.nullable;
        }
        let types = self.world.code.types;
        let heap = match types.hierarchy(target.heap) {
            H::Func => match address_of_slot(slot) {
                // References to functions lead to one.
                Some(address) => {
                    HeapType::Concrete(self.world.code.functions[address as usize].ty())
                }
                None => return target.nullable,
            },
            H::Extern => HeapType::Extern,
            H::Exn => HeapType::Exn,
            H::Any => match Referent::of_slot(slot) {
                Some(Referent::I31(_)) => HeapType::I31,
                Some(Referent::Object(_)) => match self.world.heap.object(slot) {
                    Some(object) => HeapType::Concrete(object.ty),
                    None => return false,
                },
                _ => HeapType::Any,
            },
        };
        types.ref_matches(RefType::non_null(heap), target)
    }
}

/// Puts elements of a segment into an array, both of which have as many.
fn put_elements(
    data: &InstanceData,
    elements: &Elements,
    segment: u32,
    start: u32,
    array: &mut Object,
    index: u32,
    count: u32,
) {
    for offset in 0..count {
        let mut value = [NULL];
        data.copy_elements(elements, segment as usize, (start + offset) as usize, &mut value);
        let [slot] = value;
        array.set(index + offset, [slot, 0]);
    }
}

/// A field or element as an operator reads it.
fn extend(operator: Op, storage: StorageType, [slot, high]: [u64; 2]) -> [u64; 2] {
    let signed = matches!(operator, Op::StructGetS | Op::ArrayGetS);
    let value = low(slot);
    let slot = match (storage, signed) {
        (StorageType::I8, false) => (value & 0xFF).into(),
        (StorageType::I16, false) => (value & 0xFFFF).into(),
        (StorageType::I8, true) => ((value << 24).cast_signed() >> 24).cast_unsigned().into(),
        (StorageType::I16, true) => ((value << 16).cast_signed() >> 16).cast_unsigned().into(),
        (StorageType::Val(_), _) => slot,
    };
    [slot, high]
}

fn outside(index: u32, count: u32, array: &Object) -> TrapKind {
    let size = array.len().into();
    TrapKind::ArrayOutOfBounds { index: index.into(), count: count.into(), size }
}

/// Fails unless an array has these elements.
fn check(array: &Object, index: u32, count: u32) -> Result<(), TrapKind> {
    match u64::from(index) + u64::from(count) <= u64::from(array.len()) {
        true => Ok(()),
        false => Err(outside(index, count, array)),
    }
}
