//! Slots in RAM that remember which of them have changed, to be stored by their numbers.

use alloc::vec::Vec;
use core::fmt;

use super::object::OBJECT_BYTES;
use super::slots::{HEADER_BYTES, SUPERBLOCK_BYTES, Slots};

/// Values that are kept before those of slots.
const SUPERBLOCKS: u32 = 2;

/// The slots of a store in RAM, beside somewhere that keeps values by keys and takes its time, such
/// as a browser's database.
///
/// Each superblock and each slot is a value: a superblock's 128 bytes, or the header and the body of
/// a slot. Its key is a number: 0 and 1 are superblocks, others slots. After a commit, values that
/// have changed are to be stored all at once; when a store is opened, all have to be put back first.
///
/// ```
/// use fayasm_core::spill::{MirrorSlots, ObjectId, ObjectKind, SpillStore};
///
/// let page = ObjectId { kind: ObjectKind::Memory, space: 0, number: 3 };
/// let mut kept = std::collections::BTreeMap::new();
/// let mut store = SpillStore::format(MirrorSlots::new(20), 7)?;
/// store.put(page, b"something")?;
/// store.commit()?;
/// store.slots_mut().take_changes(|key, value| {
///     kept.insert(key, value.to_vec());
/// });
///
/// let mut slots = MirrorSlots::new(20);
/// for (key, value) in &kept {
///     slots.restore(*key, value)?;
/// }
/// let mut store = SpillStore::open(slots, 7)?;
/// assert_eq!(store.get(page, &mut [0; 4096])?, Some(9));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MirrorSlots {
    /// By their keys.
    values: Vec<Value>,
    slots: u32,
}

#[derive(Debug, Clone, Default)]
struct Value {
    bytes: Vec<u8>,
    has_changed: bool,
}

/// Why a mirror cannot take a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MirrorError {
    /// There is no such key, or no such bytes of its value.
    Key(u32),
    /// The machine has no memory left.
    OutOfMemory,
}

impl fmt::Display for MirrorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MirrorError::Key(key) => write!(f, "the value of key {key} does not fit"),
            MirrorError::OutOfMemory => f.write_str("out of memory"),
        }
    }
}

impl core::error::Error for MirrorError {}

impl MirrorSlots {
    /// No values yet, for at most so many slots.
    #[must_use]
    pub fn new(slots: u32) -> Self {
        MirrorSlots { values: Vec::new(), slots }
    }

    /// Puts a value back that was stored.
    ///
    /// # Errors
    ///
    /// It is too long, there is no such slot, or memory runs out.
    pub fn restore(&mut self, key: u32, value: &[u8]) -> Result<(), MirrorError> {
        self.set(key, value, &[], false)
    }

    /// Hands over all values that have changed since this was done last, with their keys. One that
    /// is empty is not needed any more.
    pub fn take_changes(&mut self, mut take: impl FnMut(u32, &[u8])) {
        for (key, value) in (0..).zip(&mut self.values) {
            if core::mem::take(&mut value.has_changed) {
                take(key, &value.bytes);
            }
        }
    }

    fn set(
        &mut self,
        key: u32,
        header: &[u8],
        body: &[u8],
        has_changed: bool,
    ) -> Result<(), MirrorError> {
        let most = self.slots.saturating_add(SUPERBLOCKS);
        if key >= most || header.len() + body.len() > HEADER_BYTES + OBJECT_BYTES {
            return Err(MirrorError::Key(key));
        }
        let at = key as usize;
        if at >= self.values.len() {
            let more = at + 1 - self.values.len();
            self.values.try_reserve(more).map_err(|_| MirrorError::OutOfMemory)?;
            self.values.resize_with(at + 1, Value::default);
        }
        let value = self.values.get_mut(at).ok_or(MirrorError::Key(key))?;
        value.bytes.clear();
        let bytes = header.len() + body.len();
        value.bytes.try_reserve_exact(bytes).map_err(|_| MirrorError::OutOfMemory)?;
        value.bytes.extend_from_slice(header);
        value.bytes.extend_from_slice(body);
        value.has_changed = has_changed;
        Ok(())
    }

    /// Copies bytes of a value; what it does not have is zero.
    fn read(&self, key: u32, at: usize, into: &mut [u8]) {
        let bytes = self.values.get(key as usize).and_then(|value| value.bytes.get(at..));
        let bytes = bytes.unwrap_or_default();
        let (there, rest) = into.split_at_mut(bytes.len().min(into.len()));
        there.copy_from_slice(&bytes[..there.len()]);
        rest.fill(0);
    }
}

/// The key of a slot.
fn key(slot: u32) -> u32 {
    slot.saturating_add(SUPERBLOCKS)
}

impl Slots for MirrorSlots {
    type Error = MirrorError;

    fn slots(&mut self) -> Result<u32, MirrorError> {
        Ok(self.slots)
    }

    fn read_superblock(
        &mut self,
        which: u32,
        into: &mut [u8; SUPERBLOCK_BYTES],
    ) -> Result<(), MirrorError> {
        self.read(which, 0, into);
        Ok(())
    }

    fn write_superblock(
        &mut self,
        which: u32,
        from: &[u8; SUPERBLOCK_BYTES],
    ) -> Result<(), MirrorError> {
        self.set(which, from, &[], true)
    }

    fn read_header(&mut self, slot: u32, into: &mut [u8; HEADER_BYTES]) -> Result<(), MirrorError> {
        self.read(key(slot), 0, into);
        Ok(())
    }

    fn read_body(&mut self, slot: u32, into: &mut [u8]) -> Result<(), MirrorError> {
        self.read(key(slot), HEADER_BYTES, into);
        Ok(())
    }

    fn write(
        &mut self,
        slot: u32,
        header: &[u8; HEADER_BYTES],
        body: &[u8],
    ) -> Result<(), MirrorError> {
        self.set(key(slot), header, body, true)
    }

    fn void(&mut self, slot: u32) -> Result<(), MirrorError> {
        self.set(key(slot), &[], &[], true)
    }

    fn flush(&mut self) -> Result<(), MirrorError> {
        Ok(())
    }
}
