//! The program's memory. Nothing that it says about it is trusted: every range
//! is checked, and one that lies outside is [`Errno::Fault`].

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use fayasm_core::{Error, MemoryAccess};

use crate::abi::Errno;

/// The most bytes that a path may have.
pub(crate) const MAX_PATH: u32 = 4096;

/// The most buffers that one call may read into or write from.
const MAX_BUFFERS: u32 = 1024;

/// Bytes of an `iovec`: the address of a buffer and its length.
const IOVEC: u32 = 8;

/// The most bytes that a call reads or writes where memory is held as pages: fewer pages of it may
/// be in RAM than a program's buffers have.
const MAX_PAGED: u32 = 4096;

/// The program's memory; none if it has none, which is as if that were empty.
pub(crate) struct Guest<'a> {
    memory: Option<MemoryAccess<'a>>,
    /// Bytes of a memory that is held as pages, one behind the other.
    scratch: Vec<u8>,
    /// Why memory could not be accessed, if it can be later. The call is to be made again then,
    /// whatever it has answered.
    pub(crate) need: Option<Error>,
}

/// Where an array of `iovec` lies; what it lists was checked to lie inside.
#[derive(Clone, Copy)]
pub(crate) struct Buffers {
    at: u32,
    pub(crate) count: u32,
}

impl<'a> Guest<'a> {
    pub(crate) fn new(memory: Option<MemoryAccess<'a>>) -> Self {
        Guest { memory, scratch: Vec::new(), need: None }
    }
}

impl Guest<'_> {
    fn size(&self) -> u64 {
        self.memory.as_ref().map_or(0, MemoryAccess::size)
    }

    /// Whether its bytes are held as pages.
    fn is_paged(&self) -> bool {
        self.memory.as_ref().is_some_and(MemoryAccess::is_paged)
    }

    /// Where these bytes lie, if they all lie inside. They are in RAM then until the call is over.
    fn range(&mut self, at: u32, length: u32) -> Result<Range<usize>, Errno> {
        let end = u64::from(at) + u64::from(length);
        if end > self.size() {
            return Err(Errno::Fault);
        }
        if let Some(memory) = &mut self.memory
            && let Err(need) = memory.make_resident(at.into(), length.into())
        {
            return Err(self.put_off(need));
        }
        // What lies inside has an address that fits.
        Ok(at as usize..end as usize)
    }

    fn put_off(&mut self, need: Error) -> Errno {
        self.need = Some(need);
        Errno::Fault
    }

    /// Fails unless all these bytes lie inside: asked before a call has any effect.
    pub(crate) fn check(&mut self, at: u32, length: u32) -> Result<(), Errno> {
        self.range(at, length).map(|_| ())
    }

    pub(crate) fn bytes(&mut self, at: u32, length: u32) -> Result<&[u8], Errno> {
        let range = self.range(at, length)?;
        if self.is_paged() {
            return self.fetch(at, length).map(|bytes| bytes.as_slice());
        }
        let all = self.memory.as_ref().map_or(&[][..], MemoryAccess::bytes);
        all.get(range).ok_or(Errno::Fault)
    }

    /// Copies bytes out of the pages that they lie in.
    fn fetch(&mut self, at: u32, length: u32) -> Result<&mut Vec<u8>, Errno> {
        let Guest { memory, scratch, .. } = self;
        scratch.clear();
        scratch.try_reserve_exact(length as usize).map_err(|_| Errno::NoMem)?;
        scratch.resize(length as usize, 0);
        match memory.as_mut().map(|memory| memory.read(at.into(), scratch)) {
            Some(Err(need)) => Err(self.put_off(need)),
            _ => Ok(&mut self.scratch),
        }
    }

    /// Gives these bytes to somebody who may write to them.
    pub(crate) fn change<R>(
        &mut self,
        at: u32,
        length: u32,
        change: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<R, Errno> {
        let range = self.range(at, length)?;
        if self.is_paged() {
            let result = change(self.fetch(at, length)?);
            let memory = self.memory.as_mut().ok_or(Errno::Fault)?;
            let written = memory.write(at.into(), &self.scratch);
            return written.map(|()| result).map_err(|need| self.put_off(need));
        }
        match &mut self.memory {
            Some(memory) => memory.get_mut(range).map(change).ok_or(Errno::Fault),
            None => Ok(change(&mut [])),
        }
    }

    fn array<const N: usize>(&mut self, at: u32) -> Result<[u8; N], Errno> {
        let bytes = self.bytes(at, N as u32)?;
        bytes.first_chunk().copied().ok_or(Errno::Fault)
    }

    pub(crate) fn u16(&mut self, at: u32) -> Result<u16, Errno> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self, at: u32) -> Result<u32, Errno> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, at: u32) -> Result<u64, Errno> {
        self.array(at).map(u64::from_le_bytes)
    }

    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.change(at, length, |target| target.copy_from_slice(bytes))
    }

    pub(crate) fn set_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn set_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    /// A path.
    pub(crate) fn path(&mut self, at: u32, length: u32) -> Result<&str, Errno> {
        if u64::from(at) + u64::from(length) > self.size() {
            return Err(Errno::Fault);
        }
        if length > MAX_PATH {
            return Err(Errno::NameTooLong);
        }
        let bytes = self.bytes(at, length)?;
        let path = core::str::from_utf8(bytes).map_err(|_| Errno::IlSeq)?;
        if path.contains('\0') {
            return Err(Errno::Inval);
        }
        if path.is_empty() { Err(Errno::NoEnt) } else { Ok(path) }
    }

    /// A copy of a path, for who needs two of them.
    pub(crate) fn copied_path(&mut self, at: u32, length: u32) -> Result<Box<str>, Errno> {
        let path = self.path(at, length)?;
        let mut copy = String::new();
        copy.try_reserve_exact(path.len()).map_err(|_| Errno::NoMem)?;
        copy.push_str(path);
        Ok(copy.into_boxed_str())
    }

    /// An array of `iovec`, all of which are checked; where memory is held as pages, only the first
    /// that is not empty.
    pub(crate) fn buffers(&mut self, at: u32, count: u32) -> Result<Buffers, Errno> {
        if count > MAX_BUFFERS {
            return Err(Errno::Inval);
        }
        self.check(at, count * IOVEC)?;
        let buffers = Buffers { at, count };
        let is_paged = self.is_paged();
        let mut total = 0_u32;
        for index in 0..count {
            let (at, length) = self.buffer(buffers, index)?;
            self.check(at, length)?;
            total = total.checked_add(length).ok_or(Errno::Inval)?;
            if is_paged && length > 0 {
                // It was read there.
                return Ok(Buffers { at: buffers.at + index * IOVEC, count: 1 });
            }
        }
        Ok(buffers)
    }

    /// One `iovec`: the address of its buffer, and the length. It is read anew,
    /// for what has been read meanwhile may lie over it.
    pub(crate) fn buffer(&mut self, buffers: Buffers, index: u32) -> Result<(u32, u32), Errno> {
        let at = buffers.at.checked_add(index * IOVEC).ok_or(Errno::Fault)?;
        let (start, length) = (self.u32(at)?, self.u32(at + 4)?);
        if self.is_paged() {
            // All of it has to lie inside, and not all is worked on.
            if u64::from(start) + u64::from(length) > self.size() {
                return Err(Errno::Fault);
            }
            return Ok((start, length.min(MAX_PAGED)));
        }
        Ok((start, length))
    }
}
