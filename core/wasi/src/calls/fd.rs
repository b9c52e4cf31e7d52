//! The functions that work on descriptors.

use super::{times, write_status};
use crate::abi::{Errno, FileType, fdflags, rights};
use crate::descriptors::{Kind, Node};
use crate::file_system::{Entry, FileStatus};
use crate::functions::{Answer, Call, Stop, Version};
use crate::guest::{Buffers, Guest};
use crate::outside::{Output, Read};
use crate::wasi::Wasi;

/// Advice is for those who can use it; whether it makes sense is looked at nevertheless.
pub(crate) fn advise(call: &mut Call<'_>) -> Answer {
    let (fd, offset, length, advice) = (call.u32(0), call.u64(1), call.u64(2), call.u32(3));
    file(call.wasi, fd, rights::FD_ADVISE, Errno::SPipe)?;
    if advice > 5 || offset.checked_add(length).is_none_or(|end| i64::try_from(end).is_err()) {
        return Err(Errno::Inval.into());
    }
    Ok(())
}

pub(crate) fn allocate(call: &mut Call<'_>) -> Answer {
    let (fd, offset, length) = (call.u32(0), call.u64(1), call.u64(2));
    let node = file(call.wasi, fd, rights::FD_ALLOCATE, Errno::SPipe)?;
    let (index, handle) = (node.system, node.handle);
    let end = offset.checked_add(length).ok_or(Errno::FBig)?;
    if length == 0 {
        return Err(Errno::Inval.into());
    }
    let system = call.wasi.system_to_change(index)?;
    if system.status(handle)?.size < end {
        system.set_size(handle, end)?;
    }
    Ok(())
}

pub(crate) fn close(call: &mut Call<'_>) -> Answer {
    let closed = call.wasi.descriptors.remove(call.u32(0))?;
    call.wasi.close(closed);
    Ok(())
}

pub(crate) fn datasync(call: &mut Call<'_>) -> Answer {
    synchronise(call.wasi, call.u32(0), rights::FD_DATASYNC)
}

pub(crate) fn sync(call: &mut Call<'_>) -> Answer {
    synchronise(call.wasi, call.u32(0), rights::FD_SYNC)
}

fn synchronise(wasi: &mut Wasi, fd: u32, rights: u64) -> Answer {
    let node = wasi.descriptors.node(fd, rights, Errno::Inval)?;
    let (index, handle) = (node.system, node.handle);
    Ok(wasi.system(index)?.sync(handle)?)
}

pub(crate) fn fdstat_get(call: &mut Call<'_>) -> Answer {
    let [fd, at] = call.u32s();
    let descriptor = call.wasi.descriptors.get(fd)?;
    call.memory.check(at, 24)?;
    let first = u64::from(descriptor.file_type() as u8) | u64::from(descriptor.flags) << 16;
    // The whole was checked to lie inside, so the addresses do not overflow.
    call.memory.set_u64(at, first)?;
    call.memory.set_u64(at + 8, descriptor.rights)?;
    Ok(call.memory.set_u64(at + 16, descriptor.inheriting)?)
}

pub(crate) fn fdstat_set_flags(call: &mut Call<'_>) -> Answer {
    let [fd, flags] = call.u32s();
    let descriptor = call.wasi.descriptors.get_mut(fd)?;
    descriptor.require(rights::FD_FDSTAT_SET_FLAGS)?;
    descriptor.flags = fdflags_of(flags)?;
    Ok(())
}

/// The flags, if all of them are known.
pub(crate) fn fdflags_of(flags: u32) -> Result<u16, Errno> {
    match u16::try_from(flags) {
        Ok(flags) if flags & !fdflags::ALL == 0 => Ok(flags),
        _ => Err(Errno::Inval),
    }
}

/// Rights can be given up, and not be got.
pub(crate) fn fdstat_set_rights(call: &mut Call<'_>) -> Answer {
    let (fd, rights, inheriting) = (call.u32(0), call.u64(1), call.u64(2));
    let descriptor = call.wasi.descriptors.get_mut(fd)?;
    if rights & !descriptor.rights != 0 || inheriting & !descriptor.inheriting != 0 {
        return Err(Errno::NotCapable.into());
    }
    (descriptor.rights, descriptor.inheriting) = (rights, inheriting);
    Ok(())
}

pub(crate) fn filestat_get(call: &mut Call<'_>) -> Answer {
    let [fd, at] = call.u32s();
    let descriptor = call.wasi.descriptors.get(fd)?;
    descriptor.require(rights::FD_FILESTAT_GET)?;
    let status = match &descriptor.kind {
        Kind::Node(node) => {
            let (index, handle) = (node.system, node.handle);
            call.wasi.system(index)?.status(handle)?
        }
        _ => FileStatus {
            device: 0,
            inode: 0,
            file_type: FileType::CharacterDevice,
            links: 1,
            size: 0,
            accessed: 0,
            modified: 0,
            changed: 0,
        },
    };
    write_status(call, at, &status)
}

pub(crate) fn filestat_set_size(call: &mut Call<'_>) -> Answer {
    let (fd, size) = (call.u32(0), call.u64(1));
    let node = file(call.wasi, fd, rights::FD_FILESTAT_SET_SIZE, Errno::Inval)?;
    let (index, handle) = (node.system, node.handle);
    Ok(call.wasi.system_to_change(index)?.set_size(handle, size)?)
}

pub(crate) fn filestat_set_times(call: &mut Call<'_>) -> Answer {
    let (fd, accessed, modified, flags) = (call.u32(0), call.u64(1), call.u64(2), call.u32(3));
    let node = call.wasi.descriptors.node(fd, rights::FD_FILESTAT_SET_TIMES, Errno::BadF)?;
    let (index, handle) = (node.system, node.handle);
    let times = times(call.wasi, accessed, modified, flags)?;
    Ok(call.wasi.system_to_change(index)?.set_times(handle, times)?)
}

pub(crate) fn prestat_get(call: &mut Call<'_>) -> Answer {
    let [fd, at] = call.u32s();
    let length = preopen(call.wasi, fd)?.len();
    call.memory.check(at, 8)?;
    // The tag is that of a directory, the only kind there is.
    let length = u32::try_from(length).map_err(|_| Errno::NameTooLong)?;
    Ok(call.memory.set_u64(at, u64::from(length) << 32)?)
}

pub(crate) fn prestat_dir_name(call: &mut Call<'_>) -> Answer {
    let [fd, at, length] = call.u32s();
    let name = preopen(call.wasi, fd)?.as_bytes();
    if name.len() > length as usize {
        return Err(Errno::NameTooLong.into());
    }
    Ok(call.memory.write(at, name)?)
}

/// The name of a directory that the embedder opened.
fn preopen(wasi: &Wasi, fd: u32) -> Result<&str, Errno> {
    match &wasi.descriptors.get(fd)?.kind {
        Kind::Node(Node { preopen: Some(name), .. }) => Ok(name),
        _ => Err(Errno::BadF),
    }
}

/// A file, if the descriptor has these rights; a stream gives `otherwise`.
fn file(wasi: &mut Wasi, fd: u32, rights: u64, otherwise: Errno) -> Result<&mut Node, Errno> {
    let is_directory = wasi.descriptors.get(fd)?.file_type() == FileType::Directory;
    if is_directory {
        return Err(Errno::BadF);
    }
    wasi.descriptors.node(fd, rights, otherwise)
}

pub(crate) fn read(call: &mut Call<'_>) -> Answer {
    let [fd, at, count, result] = call.u32s();
    let buffers = prepare(call, fd, rights::FD_READ, (at, count), result)?;
    let read = match &call.wasi.descriptors.get(fd)?.kind {
        Kind::Node(_) => read_file(call, fd, None, buffers)?,
        _ => read_stdin(call, fd, buffers)?,
    };
    Ok(call.memory.set_u32(result, read)?)
}

pub(crate) fn pread(call: &mut Call<'_>) -> Answer {
    let [fd, at, count] = call.u32s();
    let (offset, result) = (call.u64(3), call.u32(4));
    let buffers = prepare(call, fd, rights::FD_READ, (at, count), result)?;
    let read = read_file(call, fd, Some(offset), buffers)?;
    Ok(call.memory.set_u32(result, read)?)
}

pub(crate) fn write(call: &mut Call<'_>) -> Answer {
    let [fd, at, count, result] = call.u32s();
    let buffers = prepare(call, fd, rights::FD_WRITE, (at, count), result)?;
    let wasi = &mut *call.wasi;
    let written = match &wasi.descriptors.get(fd)?.kind {
        Kind::Node(_) => write_file(call, fd, None, buffers)?,
        Kind::Stderr => write_stream(&mut *wasi.stderr, &mut call.memory, buffers)?,
        _ => write_stream(&mut *wasi.stdout, &mut call.memory, buffers)?,
    };
    Ok(call.memory.set_u32(result, written)?)
}

pub(crate) fn pwrite(call: &mut Call<'_>) -> Answer {
    let [fd, at, count] = call.u32s();
    let (offset, result) = (call.u64(3), call.u32(4));
    let buffers = prepare(call, fd, rights::FD_WRITE, (at, count), result)?;
    let written = write_file(call, fd, Some(offset), buffers)?;
    Ok(call.memory.set_u32(result, written)?)
}

/// Checks everything that can be wrong before anything is read or written.
fn prepare(
    call: &mut Call<'_>,
    fd: u32,
    right: u64,
    (at, count): (u32, u32),
    result: u32,
) -> Result<Buffers, Errno> {
    let descriptor = call.wasi.descriptors.get(fd)?;
    if descriptor.file_type() == FileType::Directory {
        return Err(if right == rights::FD_READ { Errno::IsDir } else { Errno::BadF });
    }
    // As POSIX has it for what was not opened for reading or writing.
    descriptor.require(right).map_err(|_| Errno::BadF)?;
    call.memory.check(result, 4)?;
    call.memory.buffers(at, count)
}

/// Reads into the first buffer that has room: a second one could have to wait.
fn read_stdin(call: &mut Call<'_>, fd: u32, buffers: Buffers) -> Result<u32, Stop> {
    let nonblocking = call.wasi.descriptors.get(fd)?.flags & fdflags::NONBLOCK != 0;
    for index in 0..buffers.count {
        let (at, length) = call.memory.buffer(buffers, index)?;
        if length == 0 {
            continue;
        }
        let read = call.memory.change(at, length, |into| call.wasi.stdin.read(into))?;
        return match read? {
            // An input that claims to have read more than there is room for is not believed.
            Read::Bytes(count) => Ok(u32::try_from(count).unwrap_or(length).min(length)),
            Read::End => Ok(0),
            Read::Pending if nonblocking => Err(Errno::Again.into()),
            Read::Pending => Err(Stop::Pending),
        };
    }
    Ok(0)
}

fn write_stream(
    output: &mut dyn Output,
    memory: &mut Guest<'_>,
    buffers: Buffers,
) -> Result<u32, Errno> {
    let mut written = 0;
    for index in 0..buffers.count {
        let (at, length) = memory.buffer(buffers, index)?;
        if length == 0 {
            continue;
        }
        let count = match output.write(memory.bytes(at, length)?) {
            Ok(count) => u32::try_from(count).unwrap_or(length).min(length),
            Err(errno) if written == 0 => return Err(errno),
            Err(_) => break,
        };
        written += count;
        if count < length {
            break;
        }
    }
    Ok(written)
}

/// Reads from `offset`, or from where the last read ended.
fn read_file(
    call: &mut Call<'_>,
    fd: u32,
    offset: Option<u64>,
    buffers: Buffers,
) -> Result<u32, Errno> {
    let wasi = &mut *call.wasi;
    let node = wasi.descriptors.node(fd, 0, Errno::SPipe)?;
    let system = wasi.systems.get_mut(node.system).ok_or(Errno::BadF)?;
    let start = offset.unwrap_or(node.position);
    let mut done = 0_u32;
    for index in 0..buffers.count {
        let (at, length) = call.memory.buffer(buffers, index)?;
        let from = start.checked_add(done.into()).ok_or(Errno::Overflow)?;
        match call.memory.change(at, length, |into| system.read(node.handle, from, into))? {
            Ok(count) if count < length as usize => {
                // Less than the length, which fits.
                done += count as u32;
                break;
            }
            Ok(_) => done += length,
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    if offset.is_none() {
        node.position = start.saturating_add(done.into());
    }
    Ok(done)
}

/// Writes at `offset`, or where the last write ended, or at the end if the
/// descriptor appends.
fn write_file(
    call: &mut Call<'_>,
    fd: u32,
    offset: Option<u64>,
    buffers: Buffers,
) -> Result<u32, Errno> {
    let index = call.wasi.descriptors.node(fd, 0, Errno::SPipe)?.system;
    call.wasi.system_to_change(index)?;
    let wasi = &mut *call.wasi;
    let flags = wasi.descriptors.get(fd)?.flags;
    let node = wasi.descriptors.node(fd, 0, Errno::SPipe)?;
    let system = wasi.systems.get_mut(node.system).ok_or(Errno::BadF)?;
    let start = match offset {
        Some(offset) => offset,
        None if flags & fdflags::APPEND != 0 => system.status(node.handle)?.size,
        None => node.position,
    };
    let mut done = 0_u32;
    for index in 0..buffers.count {
        let (at, length) = call.memory.buffer(buffers, index)?;
        let bytes = call.memory.bytes(at, length)?;
        let to = start.checked_add(done.into()).ok_or(Errno::FBig)?;
        match system.write(node.handle, to, bytes) {
            Ok(count) if count < bytes.len() => {
                // Less than the length, which fits.
                done += count as u32;
                break;
            }
            Ok(_) => done += length,
            Err(errno) if done == 0 => return Err(errno),
            Err(_) => break,
        }
    }
    if offset.is_none() {
        node.position = start.saturating_add(done.into());
    }
    if flags & (fdflags::DSYNC | fdflags::SYNC) != 0 {
        system.sync(node.handle)?;
    }
    Ok(done)
}

pub(crate) fn seek(call: &mut Call<'_>) -> Answer {
    let (fd, by, whence, result) = (call.u32(0), call.u64(1), call.u32(2), call.u32(3));
    let by = by.cast_signed();
    // The older version counts from the current position, the end, the start.
    let whence = match (call.version, whence) {
        (Version::Preview1, whence @ 0..3) => whence,
        (Version::Unstable, whence @ 0..3) => (whence + 1) % 3,
        _ => return Err(Errno::Inval.into()),
    };
    let right = if whence == 1 && by == 0 { rights::FD_TELL } else { rights::FD_SEEK };
    let node = file(call.wasi, fd, right, Errno::SPipe)?;
    let (index, handle, position) = (node.system, node.handle, node.position);
    call.memory.check(result, 8)?;
    let base = match whence {
        0 => 0,
        1 => position,
        _ => call.wasi.system(index)?.status(handle)?.size,
    };
    let position = base.checked_add_signed(by).filter(|it| i64::try_from(*it).is_ok());
    let position = position.ok_or(Errno::Inval)?;
    file(call.wasi, fd, 0, Errno::SPipe)?.position = position;
    Ok(call.memory.set_u64(result, position)?)
}

pub(crate) fn tell(call: &mut Call<'_>) -> Answer {
    let [fd, result] = call.u32s();
    let position = file(call.wasi, fd, rights::FD_TELL, Errno::SPipe)?.position;
    Ok(call.memory.set_u64(result, position)?)
}

pub(crate) fn renumber(call: &mut Call<'_>) -> Answer {
    let [from, to] = call.u32s();
    if let Some(closed) = call.wasi.descriptors.renumber(from, to)? {
        call.wasi.close(closed);
    }
    Ok(())
}

/// There are no sockets.
pub(crate) fn socket(call: &mut Call<'_>) -> Answer {
    call.wasi.descriptors.get(call.u32(0))?;
    Err(Errno::NotSock.into())
}

pub(crate) fn readdir(call: &mut Call<'_>) -> Answer {
    let [fd, at, length] = call.u32s();
    let (cookie, result) = (call.u64(3), call.u32(4));
    let node = call.wasi.descriptors.directory(fd, rights::FD_READDIR)?;
    call.memory.check(at, length)?;
    call.memory.check(result, 4)?;
    let (index, handle) = (node.system, node.handle);
    // A listing stays as it is until reading begins again.
    let listing = match node.listing.take() {
        Some(listing) if cookie > 0 => listing,
        _ => {
            let listing = call.wasi.system(index)?.entries(handle)?;
            call.wasi.descriptors.bound_listings(listing.len());
            listing
        }
    };
    let inode = call.wasi.system(index)?.status(handle)?.inode;
    let used = call.memory.change(at, length, |into| put_entries(into, inode, &listing, cookie))?;
    call.wasi.descriptors.directory(fd, 0)?.listing = Some(listing);
    // It is no more than the length.
    Ok(call.memory.set_u32(result, used as u32)?)
}

/// Writes as much as there is room for of the entries from `cookie` on, the
/// last one cut off, and gives how many bytes that is. The first two are the
/// directory itself and the one above, whose number nobody needs to know.
fn put_entries(into: &mut [u8], inode: u64, listing: &[Entry], cookie: u64) -> usize {
    let mut used = 0;
    let mut put = |bytes: &[u8]| {
        let room = into.get_mut(used..).unwrap_or_default();
        let count = bytes.len().min(room.len());
        for (byte, value) in room.iter_mut().zip(bytes) {
            *byte = *value;
        }
        used += count;
        count == bytes.len()
    };
    let dots = [".", ".."].map(|name| (name, FileType::Directory, inode));
    let names = listing.iter().map(|entry| (&*entry.name, entry.file_type, entry.inode));
    let skip = usize::try_from(cookie).unwrap_or(usize::MAX);
    for (index, (name, file_type, inode)) in dots.into_iter().chain(names).enumerate().skip(skip) {
        let next = index as u64 + 1;
        let head = u64::from(file_type as u8) << 32 | name.len() as u64;
        let fits = put(&next.to_le_bytes())
            && put(&inode.to_le_bytes())
            && put(&head.to_le_bytes())
            && put(name.as_bytes());
        if !fits {
            break;
        }
    }
    used
}
