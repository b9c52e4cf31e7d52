//! What the functions do.

pub(crate) mod fd;
pub(crate) mod path;
pub(crate) mod poll;
pub(crate) mod process;

use crate::abi::Errno;
use crate::file_system::{FileStatus, Times};
use crate::functions::{Answer, Call, Version};
use crate::outside::ClockId;
use crate::wasi::Wasi;

/// Bytes of a `filestat`.
const FILESTAT: u32 = 64;

/// The clock of this number.
fn clock_id(number: u32) -> Result<ClockId, Errno> {
    match number {
        0 => Ok(ClockId::Realtime),
        1 => Ok(ClockId::Monotonic),
        2 => Ok(ClockId::ProcessCpuTime),
        3 => Ok(ClockId::ThreadCpuTime),
        _ => Err(Errno::Inval),
    }
}

/// The times that `fstflags` choose.
fn times(wasi: &mut Wasi, accessed: u64, modified: u64, flags: u32) -> Result<Times, Errno> {
    let mut chosen = |time: u64, given: bool, now: bool| match (given, now) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(Some(time)),
        (false, true) => Ok(Some(wasi.clock.now(ClockId::Realtime))),
        (false, false) => Ok(None),
    };
    if flags > 0xF {
        return Err(Errno::Inval);
    }
    Ok(Times {
        accessed: chosen(accessed, flags & 1 != 0, flags & 2 != 0)?,
        modified: chosen(modified, flags & 4 != 0, flags & 8 != 0)?,
    })
}

/// Writes a `filestat`.
fn write_status(call: &mut Call<'_>, at: u32, status: &FileStatus) -> Answer {
    let mut bytes = [0; FILESTAT as usize];
    let mut put = |at: usize, value: u64| {
        if let Some(field) = bytes.get_mut(at..at + 8) {
            field.copy_from_slice(&value.to_le_bytes());
        }
    };
    let FileStatus { device, inode, file_type, links, size, .. } = *status;
    let times = [size, status.accessed, status.modified, status.changed];
    put(0, device);
    put(8, inode);
    // The older version has 32 bits for the links, right behind the type.
    let (mut at_field, length) = match call.version {
        Version::Preview1 => {
            put(16, file_type as u64);
            put(24, links);
            (32, 64)
        }
        Version::Unstable => {
            put(16, file_type as u64 | (links & 0xFFFF_FFFF) << 32);
            (24, 56)
        }
    };
    for time in times {
        put(at_field, time);
        at_field += 8;
    }
    call.memory.write(at, bytes.get(..length).unwrap_or_default())?;
    Ok(())
}
