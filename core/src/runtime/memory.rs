//! Linear memories, as embedders handle them.

use core::ops::Range;

use super::account::Account;
use super::context::{AsContext, AsContextMut, inner, inner_mut};
use super::error::Error;
use super::journal::Journal;
use super::linear_memory::LinearMemory;
use super::paging::{Halt, Memories, Need};
use super::store::{StoreInner, add};
use super::store_id::Stored;
use super::trap::{Trap, TrapKind};
use crate::execute::Tiers;
use crate::ledger::Owner;
use crate::types::MemoryType;
use crate::validate::memory_type;

/// A linear memory in a store.
///
/// ```
/// use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = MemoryType::new(Limits { min: 1, max: Some(2) });
/// let memory = Memory::new(&mut store, ty)?;
/// memory.write(&mut store, 65530, b"abc")?;
/// assert_eq!(&memory.data(&store)?[65530..65533], b"abc");
/// assert_eq!(memory.grow(&mut store, 1)?, 1);
/// assert!(memory.grow(&mut store, 1).is_err());
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Memory(pub(crate) Stored);

impl Memory {
    /// A new memory, all zero, of the least size that its type allows.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Limits, Memory, MemoryType, PAGE_SIZE, StoreLimits};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let ty = MemoryType::new(Limits { min: 1, max: Some(16) });
    /// let memory = Memory::new(&mut store, ty)?;
    /// assert_eq!(memory.data(&store)?.len() as u64, PAGE_SIZE);
    ///
    /// store.set_limits(StoreLimits::new().with_memories(1));
    /// assert_eq!(Memory::new(&mut store, ty), Err(Error::CannotGrow { delta: 1 }));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidType`] if there can be no such memory,
    /// [`Error::CannotGrow`] if the store's limits forbid that size or one more
    /// memory, [`Error::Trap`] ([`OverBudget`](TrapKind::OverBudget)), [`Error::OutOfMemory`].
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory, Error> {
        memory_type(&ty).map_err(Error::InvalidType)?;
        let store = inner_mut(&mut store);
        let pages = ty.limits.min;
        let fits = pages.checked_mul(ty.page_size());
        let limit = store.limits.bytes_beside(&store.memories, store.memories.len());
        if fits.is_none_or(|bytes| bytes > limit) || store.memories.len() >= store.limits.memories()
        {
            return Err(Error::CannotGrow { delta: pages });
        }
        let is_paged = store.pager.paging().is_some();
        let bytes = LinearMemory::bytes_to_hold(&ty, is_paged);
        store.afford(Owner::Memory, bytes).map_err(Trap::from)?;
        let memory = LinearMemory::new(ty, is_paged).ok_or(Error::OutOfMemory)?;
        let index = add(&mut store.memories, memory).ok_or(Error::OutOfMemory)?;
        Ok(Memory(store.stored(index)))
    }

    fn get<'a, T: 'a>(
        self,
        store: &'a impl AsContext<Data = T>,
    ) -> Result<&'a LinearMemory, Error> {
        let store = inner(store);
        store.memories.get(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)
    }

    fn get_mut<'a, T: 'a>(
        self,
        store: &'a mut impl AsContextMut<Data = T>,
    ) -> Result<&'a mut LinearMemory, Error> {
        let store = inner_mut(store);
        store.journal.change();
        store.memories.get_mut(self.0.index_in(store.id)?).ok_or(Error::ForeignHandle)
    }

    /// Its type, with the size it has now.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Memory, MemoryType, Store};
    /// use fayasm_core::Limits;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let ty = MemoryType::new(Limits { min: 1, max: Some(16) });
    /// # let memory = Memory::new(&mut store, ty)?;
    /// memory.grow(&mut store, 2)?;
    /// assert_eq!(memory.ty(&store)?.limits, Limits { min: 3, max: Some(16) });
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn ty(self, store: impl AsContext) -> Result<MemoryType, Error> {
        Ok(self.get(&store)?.ty())
    }

    /// Its size, in pages.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Limits, Memory, MemoryType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(2)))?;
    /// let bytes = memory.size(&store)? * memory.ty(&store)?.page_size();
    /// assert_eq!(bytes, 128 << 10);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn size(self, store: impl AsContext) -> Result<u64, Error> {
        Ok(self.get(&store)?.size_in_pages())
    }

    /// All its bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Linker, Module, Store};
    /// let wat = r#"(module (memory (export "memory") 1) (data (i32.const 16) "hello\00"))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let memory = instance.get_memory(&store, "memory").expect("it is exported");
    /// let from = &memory.data(&store)?[16..];
    /// assert_eq!(std::ffi::CStr::from_bytes_until_nul(from)?, c"hello");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::Paged`]
    pub fn data<'a, T: 'a>(self, store: &'a impl AsContext<Data = T>) -> Result<&'a [u8], Error> {
        self.get(store)?.flat().ok_or(Error::Paged)
    }

    /// All its bytes.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// memory.data_mut(&mut store)?[8..12].copy_from_slice(&7u32.to_le_bytes());
    /// let mut bytes = [0; 4];
    /// memory.read(&store, 8, &mut bytes)?;
    /// assert_eq!(u32::from_le_bytes(bytes), 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::Paged`]
    pub fn data_mut<'a, T: 'a>(
        self,
        store: &'a mut impl AsContextMut<Data = T>,
    ) -> Result<&'a mut [u8], Error> {
        self.get_mut(store)?.flat_mut().ok_or(Error::Paged)
    }

    /// All its bytes, and the embedder's data in the store.
    ///
    /// ```
    /// use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), Vec::new());
    /// let ty = MemoryType::new(Limits { min: 1, max: None });
    /// let memory = Memory::new(&mut store, ty)?;
    /// let (bytes, seen) = memory.data_and_store_mut(&mut store)?;
    /// bytes[0] = 7;
    /// seen.extend_from_slice(&bytes[..2]);
    /// assert_eq!(store.data(), &[7, 0]);
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::Paged`]
    pub fn data_and_store_mut<'a, T: 'a>(
        self,
        store: &'a mut impl AsContextMut<Data = T>,
    ) -> Result<(&'a mut [u8], &'a mut T), Error> {
        let (inner, data) = store.as_context_mut().split_mut();
        let index = self.0.index_in(inner.id)?;
        let memory = inner.memories.get_mut(index).ok_or(Error::ForeignHandle)?;
        inner.journal.change();
        Ok((memory.flat_mut().ok_or(Error::Paged)?, data))
    }

    /// Access to its bytes that knows which of them are written, and the
    /// embedder's data in the store. A [`Timeline`](crate::timeline::Timeline)
    /// keeps the bytes that a host function writes in this way, and all that
    /// there are if it has written in another.
    ///
    /// ```
    /// use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), Vec::new());
    /// let ty = MemoryType::new(Limits { min: 1, max: None });
    /// let memory = Memory::new(&mut store, ty)?;
    /// let (mut memory, seen) = memory.access_and_store_mut(&mut store)?;
    /// memory.get_mut(4..6).expect("they lie inside").fill(7);
    /// seen.extend_from_slice(&memory.bytes()[3..7]);
    /// assert_eq!(store.data(), &[0, 7, 7, 0]);
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`]
    pub fn access_and_store_mut<'a, T: 'a>(
        self,
        store: &'a mut impl AsContextMut<Data = T>,
    ) -> Result<(MemoryAccess<'a>, &'a mut T), Error> {
        let (inner, data) = store.as_context_mut().split_mut();
        let index = self.0.index_in(inner.id)?;
        if index >= inner.memories.len() {
            return Err(Error::ForeignHandle);
        }
        let StoreInner { memories: all, pager, account, tiers, journal, .. } = inner;
        let memories = Memories { all, pager };
        Ok((MemoryAccess { memories, account, tiers, journal, index }, data))
    }

    /// Fills `buffer` with the bytes from `address` on.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// use fayasm_core::{Error, PAGE_SIZE};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// let mut bytes = [1; 4];
    /// let outside = memory.read(&store, PAGE_SIZE - 2, &mut bytes);
    /// assert_eq!(outside, Err(Error::OutOfBounds { start: 65534, count: 4, size: 65536 }));
    /// assert_eq!(bytes, [1; 4]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`], [`Error::ForeignHandle`], and [`Error::NeedLoad`] if the memory is
    /// held as pages one of which is stored elsewhere; then nothing counts that was read.
    pub fn read(self, store: impl AsContext, address: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.get(&store)?.range(address, buffer.len() as u64).map_err(outside)?;
        inner(&store).peek(self.0.index, address, buffer).map_err(Error::NeedLoad)
    }

    /// Sets the bytes from `address` on.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// use fayasm_core::PAGE_SIZE;
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// memory.write(&mut store, 100, b"abc")?;
    /// assert_eq!(&memory.data(&store)?[100..103], b"abc");
    /// assert!(memory.write(&mut store, PAGE_SIZE - 1, b"abc").is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`], [`Error::ForeignHandle`], and [`Error::NeedLoad`] or
    /// [`Error::NeedStore`] if the memory is held as pages and one of them is to come into RAM first; then
    /// nothing is written.
    pub fn write(
        self,
        mut store: impl AsContextMut,
        address: u64,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let (mut access, _) = self.access_and_store_mut(&mut store)?;
        let written = access.write(address, bytes);
        let inner = inner_mut(&mut store);
        if inner.suspended.is_empty() && written.is_ok() {
            // What has to be stored first leaves when a job runs.
            let _ = inner.memories().unpin();
        }
        written
    }

    /// Grows by `delta` pages, all zero, and gives the number of
    /// pages there were before.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::{Error, Limits, Memory, MemoryType};
    ///
    /// # let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new(&mut store, MemoryType::new(Limits { min: 1, max: Some(3) }))?;
    /// assert_eq!(memory.grow(&mut store, 2)?, 1);
    /// assert_eq!(memory.grow(&mut store, 1), Err(Error::CannotGrow { delta: 1 }));
    /// assert_eq!(memory.size(&store)?, 3);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CannotGrow`], [`Error::Trap`] ([`OverBudget`](TrapKind::OverBudget)),
    /// [`Error::ForeignHandle`]; then nothing changes.
    pub fn grow(self, mut store: impl AsContextMut, delta: u64) -> Result<u64, Error> {
        let found = inner(&store);
        let address = self.0.index_in(found.id)?;
        let limit = found.limits.bytes_beside(&found.memories, address);
        let limit =
            inner_mut(&mut store).afford_memory(address, delta, limit).map_err(Trap::from)?;
        self.get_mut(&mut store)?.grow(delta, limit).ok_or(Error::CannotGrow { delta })
    }
}

/// Access to the bytes of a memory that knows which of them are written (see
/// [`Memory::access_and_store_mut`]).
///
/// ```
/// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
/// use fayasm_core::MemoryAccess;
///
/// fn clear(mut memory: MemoryAccess<'_>) {
///     let all = 0..memory.bytes().len();
///     memory.get_mut(all).expect("they lie inside").fill(0);
/// }
///
/// # let mut store = Store::new(&Engine::default(), ());
/// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
/// memory.write(&mut store, 8, b"abc")?;
/// clear(memory.access_and_store_mut(&mut store)?.0);
/// assert!(memory.data(&store)?.iter().all(|byte| *byte == 0));
/// # Ok::<(), fayasm_core::Error>(())
/// ```
#[derive(Debug)]
pub struct MemoryAccess<'a> {
    memories: Memories<'a>,
    account: &'a mut Account,
    tiers: &'a mut Tiers,
    journal: &'a mut Journal,
    index: usize,
}

impl MemoryAccess<'_> {
    fn memory(&self) -> &LinearMemory {
        &self.memories.all[self.index]
    }

    /// How many bytes there are.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// let (access, _) = memory.access_and_store_mut(&mut store)?;
    /// assert_eq!(access.size(), 65536);
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    #[must_use]
    pub fn size(&self) -> u64 {
        self.memory().size()
    }

    /// Whether the bytes are held as pages ([`Paging`](crate::Paging)).
    #[must_use]
    pub fn is_paged(&self) -> bool {
        self.memory().flat().is_none()
    }

    /// All bytes; none if they are held as pages.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// let (access, _) = memory.access_and_store_mut(&mut store)?;
    /// assert_eq!(access.bytes().len(), 65536);
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.memory().flat().unwrap_or_default()
    }

    /// These bytes, to be written; none if some lie outside, or all are held as pages.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Limits, Memory, MemoryType, Store};
    /// # let mut store = Store::new(&Engine::default(), ());
    /// # let memory = Memory::new(&mut store, MemoryType::new(Limits::at_least(1)))?;
    /// let (mut access, _) = memory.access_and_store_mut(&mut store)?;
    /// assert!(access.get_mut(65530..65536).is_some());
    /// assert!(access.get_mut(65530..65537).is_none());
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    pub fn get_mut(&mut self, range: Range<usize>) -> Option<&mut [u8]> {
        let bytes = self.memories.all[self.index].get_mut(range.clone())?;
        // A store has fewer memories than 32 bits can count.
        self.journal.write(self.index as u32, range);
        Some(bytes)
    }

    /// Brings these bytes into RAM if they are held as pages, where they stay until the host
    /// function that asks for it returns: it can then read and write them without having to wait.
    /// A host function asks before it does anything, and passes the error on: it is called again
    /// when the page has come. It may ask for 64 pages of [`FRAME_BYTES`](crate::FRAME_BYTES) at
    /// once, and 128 in all; for more, memory runs out.
    ///
    /// ```
    /// use fayasm_core::{Caller, Extern, HostError};
    ///
    /// /// Adds one to a number in memory.
    /// fn count<T>(mut caller: Caller<'_, T>, address: u32) -> Result<(), HostError> {
    ///     let memory = caller.get_export("memory").and_then(Extern::into_memory).ok_or("no memory")?;
    ///     let (mut memory, _) = memory.access_and_store_mut(&mut caller)?;
    ///     memory.make_resident(address.into(), 4)?;
    ///     let mut number = [0; 4];
    ///     memory.read(address.into(), &mut number)?;
    ///     Ok(memory.write(address.into(), &(u32::from_le_bytes(number) + 1).to_le_bytes())?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OutOfBounds`], [`Error::NeedLoad`], [`Error::NeedStore`], [`Error::OutOfMemory`],
    /// [`Error::Trap`] ([`OverBudget`](TrapKind::OverBudget))
    pub fn make_resident(&mut self, address: u64, length: u64) -> Result<(), Error> {
        let range = self.memory().range(address, length).map_err(outside)?;
        if self.memory().flat().is_some() {
            return Ok(());
        }
        // A store has fewer memories than 32 bits can count.
        self.journal.read(self.index as u32, range.clone());
        let MemoryAccess { memories, account, tiers, index, .. } = self;
        Ok(account.move_pages(tiers, memories, |it, affords| it.pin(*index, range, affords))?)
    }

    /// Fills `buffer` with the bytes from `address` on.
    ///
    /// # Errors
    ///
    /// Those of [`make_resident`](Self::make_resident); then nothing counts that was read.
    pub fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.make_resident(address, buffer.len() as u64)?;
        self.memories.peek(self.index, address, buffer).map_err(Error::NeedLoad)
    }

    /// Sets the bytes from `address` on.
    ///
    /// # Errors
    ///
    /// Those of [`make_resident`](Self::make_resident); then nothing is written.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        self.make_resident(address, bytes.len() as u64)?;
        // It lies inside.
        let start = address as usize;
        self.journal.write(self.index as u32, start..start + bytes.len());
        let written = self.memories.write_all(self.index, address, bytes);
        written.map_err(|(halt, _)| halted(halt))
    }
}

/// What WebAssembly would trap for, as an error.
fn outside(kind: TrapKind) -> Error {
    match kind {
        TrapKind::MemoryOutOfBounds { address, width, size } => {
            Error::OutOfBounds { start: address, count: width, size }
        }
        other => Error::Trap(other.into()),
    }
}

/// The same for what stops an instruction. Pages that were made resident are not missing.
fn halted(halt: Halt) -> Error {
    match halt {
        Halt::Trap(kind) => outside(kind),
        Halt::Page(_) => Error::Paged,
    }
}

impl From<Need> for Error {
    fn from(need: Need) -> Self {
        match need {
            Need::Load(page) => Error::NeedLoad(page),
            Need::Store(page) => Error::NeedStore(page),
            Need::Memory => Error::OutOfMemory,
            Need::Budget { .. } => Error::Trap(TrapKind::from(need).into()),
        }
    }
}
