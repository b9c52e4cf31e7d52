//! The program's memory. Nothing that it says about it is trusted: every range
//! is checked, and one that lies outside is [`Errno::Fault`].

use core::ops::Range;

use fayasm_core::MemoryAccess;

use crate::abi::Errno;

/// The most bytes that a path may have.
pub(crate) const MAX_PATH: u32 = 4096;

/// The most buffers that one call may read into or write from.
const MAX_BUFFERS: u32 = 1024;

/// Bytes of an `iovec`: the address of a buffer and its length.
const IOVEC: u32 = 8;

/// The program's memory; none if it has none, which is as if that were empty.
pub(crate) struct Guest<'a>(pub(crate) Option<MemoryAccess<'a>>);

/// Where an array of `iovec` lies; what it lists was checked to lie inside.
#[derive(Clone, Copy)]
pub(crate) struct Buffers {
    at: u32,
    pub(crate) count: u32,
}

impl Guest<'_> {
    fn all(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], MemoryAccess::bytes)
    }

    /// Where these bytes lie, if they all lie inside.
    fn range(&self, at: u32, length: u32) -> Result<Range<usize>, Errno> {
        let end = u64::from(at) + u64::from(length);
        if end > self.all().len() as u64 {
            return Err(Errno::Fault);
        }
        // What lies inside has an address that fits.
        Ok(at as usize..end as usize)
    }

    /// Fails unless all these bytes lie inside: asked before a call has any effect.
    pub(crate) fn check(&self, at: u32, length: u32) -> Result<(), Errno> {
        self.range(at, length).map(|_| ())
    }

    pub(crate) fn bytes(&self, at: u32, length: u32) -> Result<&[u8], Errno> {
        self.all().get(self.range(at, length)?).ok_or(Errno::Fault)
    }

    pub(crate) fn bytes_mut(&mut self, at: u32, length: u32) -> Result<&mut [u8], Errno> {
        let range = self.range(at, length)?;
        match &mut self.0 {
            Some(memory) => memory.get_mut(range).ok_or(Errno::Fault),
            None => Ok(&mut []),
        }
    }

    fn array<const N: usize>(&self, at: u32) -> Result<[u8; N], Errno> {
        let bytes = self.bytes(at, N as u32)?;
        bytes.first_chunk().copied().ok_or(Errno::Fault)
    }

    pub(crate) fn u16(&self, at: u32) -> Result<u16, Errno> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&self, at: u32) -> Result<u32, Errno> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&self, at: u32) -> Result<u64, Errno> {
        self.array(at).map(u64::from_le_bytes)
    }

    pub(crate) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.bytes_mut(at, length)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn set_u32(&mut self, at: u32, value: u32) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    pub(crate) fn set_u64(&mut self, at: u32, value: u64) -> Result<(), Errno> {
        self.write(at, &value.to_le_bytes())
    }

    /// A path.
    pub(crate) fn path(&self, at: u32, length: u32) -> Result<&str, Errno> {
        let bytes = self.bytes(at, length)?;
        if length > MAX_PATH {
            return Err(Errno::NameTooLong);
        }
        let path = core::str::from_utf8(bytes).map_err(|_| Errno::IlSeq)?;
        if path.contains('\0') {
            return Err(Errno::Inval);
        }
        if path.is_empty() { Err(Errno::NoEnt) } else { Ok(path) }
    }

    /// An array of `iovec`, all of which are checked.
    pub(crate) fn buffers(&self, at: u32, count: u32) -> Result<Buffers, Errno> {
        if count > MAX_BUFFERS {
            return Err(Errno::Inval);
        }
        self.check(at, count * IOVEC)?;
        let buffers = Buffers { at, count };
        let mut total = 0_u32;
        for index in 0..count {
            let (at, length) = self.buffer(buffers, index)?;
            self.check(at, length)?;
            total = total.checked_add(length).ok_or(Errno::Inval)?;
        }
        Ok(buffers)
    }

    /// One `iovec`: the address of its buffer, and the length. It is read anew,
    /// for what has been read meanwhile may lie over it.
    pub(crate) fn buffer(&self, buffers: Buffers, index: u32) -> Result<(u32, u32), Errno> {
        let at = buffers.at.checked_add(index * IOVEC).ok_or(Errno::Fault)?;
        Ok((self.u32(at)?, self.u32(at + 4)?))
    }
}
