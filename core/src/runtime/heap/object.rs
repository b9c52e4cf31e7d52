//! Objects of the heap, and the slots that refer to them.

use alloc::vec::Vec;

use super::ENTRY_BYTES;
use crate::runtime::val::low;

/// The upper half of the slot of a reference to an object, by its entry.
const OBJECT: u64 = 1;
/// The upper half of the slot of an integer of 31 bits.
const I31: u64 = 2;
/// The upper half of the slot of what is the embedder's.
const HOST: u64 = 3;

/// What a slot refers to that holds a reference which is not null and not to a
/// function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Referent {
    /// An object, by its entry.
    Object(u32),
    /// An integer of 31 bits.
    I31(u32),
    /// The embedder's, by its handle.
    Host(u32),
}

impl Referent {
    /// What a slot refers to; none if it is null or no such reference.
    #[inline]
    pub(crate) const fn of_slot(slot: u64) -> Option<Referent> {
        match slot >> 32 {
            OBJECT => Some(Referent::Object(low(slot))),
            I31 => Some(Referent::I31(low(slot))),
            HOST => Some(Referent::Host(low(slot))),
            _ => None,
        }
    }

    /// The slot that refers to this.
    #[inline]
    pub(crate) const fn slot(self) -> u64 {
        match self {
            Referent::Object(entry) => OBJECT << 32 | entry as u64,
            Referent::I31(value) => I31 << 32 | (value & 0x7FFF_FFFF) as u64,
            Referent::Host(handle) => HOST << 32 | handle as u64,
        }
    }
}

/// A structure, an array or an exception.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// The type of a structure or array, as the store numbers types; of an
    /// exception, where its tag is.
    pub(crate) ty: u32,
    /// Bytes that a field or element takes: 1, 2, 4, 8 or 16.
    width: u8,
    /// Whether it can refer to other objects.
    refers: bool,
    pub(super) is_exception: bool,
    data: Vec<u8>,
}

impl Object {
    /// An object of so many fields, each of so many bytes, all zero or null.
    /// None if memory runs out.
    pub(crate) fn new(ty: u32, width: u8, refers: bool, length: u32) -> Option<Self> {
        let bytes = (length as usize).checked_mul(width.into())?;
        let mut data = Vec::new();
        data.try_reserve_exact(bytes).ok()?;
        data.resize(bytes, 0);
        Some(Object { ty, width, refers, is_exception: false, data })
    }

    /// An exception with this tag, whose values take so many slots. None if memory runs out.
    pub(crate) fn exception(tag: u32, slots: u32) -> Option<Self> {
        Some(Object { is_exception: true, ..Object::new(tag, 8, true, slots)? })
    }

    /// Whether it is an exception.
    pub(crate) fn is_exception(&self) -> bool {
        self.is_exception
    }

    /// The type, as the store numbers types; none of an exception.
    pub(crate) fn own_type(&self) -> Option<u32> {
        (!self.is_exception).then_some(self.ty)
    }

    /// A copy; none if memory runs out.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let mut data = Vec::new();
        data.try_reserve_exact(self.data.len()).ok()?;
        data.extend_from_slice(&self.data);
        Some(Object { data, ..*self })
    }

    /// How many fields or elements it has.
    pub(crate) fn len(&self) -> u32 {
        // It was made with a length of 32 bits.
        (self.data.len() / usize::from(self.width)) as u32
    }

    /// Bytes that a field or element takes.
    pub(crate) fn width(&self) -> usize {
        self.width.into()
    }

    /// All bytes of its fields or elements.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes of its fields or elements.
    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// The slots of a field or element; none past the end.
    pub(crate) fn get(&self, index: u32) -> Option<[u64; 2]> {
        let width = self.width();
        let from = index as usize * width;
        let bytes = self.data.get(from..from + width)?;
        let mut all = [0; 16];
        all.get_mut(..width)?.copy_from_slice(bytes);
        // The value of 16 bytes is cut into halves.
        let value = u128::from_le_bytes(all);
        Some([value as u64, (value >> 64) as u64])
    }

    /// Sets a field or element, and says whether it is there.
    pub(crate) fn set(&mut self, index: u32, [low, high]: [u64; 2]) -> bool {
        let width = self.width();
        let from = index as usize * width;
        let value = (u128::from(high) << 64 | u128::from(low)).to_le_bytes();
        match (self.data.get_mut(from..from + width), value.get(..width)) {
            (Some(bytes), Some(value)) => {
                bytes.copy_from_slice(value);
                true
            }
            _ => false,
        }
    }

    /// Slots in it that may be references.
    pub(super) fn references(&self) -> impl Iterator<Item = u64> {
        let data = if self.refers { self.data.as_slice() } else { &[] };
        data.chunks_exact(8).filter_map(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)))
    }

    pub(super) fn size(&self) -> u64 {
        (self.data.len() + ENTRY_BYTES) as u64
    }
}
