//! The functions that work on paths.

use super::{times, write_status};
use crate::abi::{Errno, FileType, fdflags, oflags, rights};
use crate::calls::fd::fdflags_of;
use crate::descriptors::{Descriptor, Kind, Node};
use crate::file_system::{At, FileSystem, Open};
use crate::functions::{Answer, Call};

/// What every function on a path begins with: the directory's descriptor must
/// have these rights, and the path must be one. Then `then` gets the file
/// system and the path.
fn with_path<R>(
    call: &mut Call<'_>,
    fd: u32,
    rights: u64,
    (at, length): (u32, u32),
    then: impl FnOnce(&mut dyn FileSystem, At<'_>) -> Result<R, Errno>,
) -> Result<R, Errno> {
    let directory = call.wasi.descriptors.directory(fd, rights)?;
    let (index, handle) = (directory.system, directory.handle);
    let path = call.memory.path(at, length)?;
    then(call.wasi.system_to_change(index)?, (handle, path))
}

/// The same with two paths, in the same file system.
fn with_paths(
    call: &mut Call<'_>,
    from: (u32, u64, (u32, u32)),
    to: (u32, u64, (u32, u32)),
    then: impl FnOnce(&mut dyn FileSystem, At<'_>, At<'_>) -> Result<(), Errno>,
) -> Answer {
    let directory = call.wasi.descriptors.directory(from.0, from.1)?;
    let (from_index, from_handle) = (directory.system, directory.handle);
    let directory = call.wasi.descriptors.directory(to.0, to.1)?;
    let (to_index, to_handle) = (directory.system, directory.handle);
    let from = (from_handle, &*call.memory.copied_path(from.2.0, from.2.1)?);
    let to = (to_handle, call.memory.path(to.2.0, to.2.1)?);
    if from_index != to_index {
        return Err(Errno::XDev.into());
    }
    Ok(then(call.wasi.system_to_change(from_index)?, from, to)?)
}

/// Whether a symbolic link at the end of the path is to be followed.
fn follows(lookup: u32) -> Result<bool, Errno> {
    if lookup > 1 { Err(Errno::Inval) } else { Ok(lookup == 1) }
}

pub(crate) fn create_directory(call: &mut Call<'_>) -> Answer {
    let [fd, at, length] = call.u32s();
    let right = rights::PATH_CREATE_DIRECTORY;
    Ok(with_path(call, fd, right, (at, length), |system, at| system.create_directory(at))?)
}

pub(crate) fn remove_directory(call: &mut Call<'_>) -> Answer {
    let [fd, at, length] = call.u32s();
    let right = rights::PATH_REMOVE_DIRECTORY;
    Ok(with_path(call, fd, right, (at, length), |system, at| system.remove_directory(at))?)
}

pub(crate) fn unlink_file(call: &mut Call<'_>) -> Answer {
    let [fd, at, length] = call.u32s();
    let right = rights::PATH_UNLINK_FILE;
    Ok(with_path(call, fd, right, (at, length), |system, at| system.unlink(at))?)
}

pub(crate) fn filestat_get(call: &mut Call<'_>) -> Answer {
    let [fd, lookup, at, length, result] = call.u32s();
    let follow = follows(lookup)?;
    let right = rights::PATH_FILESTAT_GET;
    let status =
        with_path(call, fd, right, (at, length), |system, at| system.path_status(at, follow))?;
    write_status(call, result, &status)
}

pub(crate) fn filestat_set_times(call: &mut Call<'_>) -> Answer {
    let [fd, lookup, at, length] = call.u32s();
    let (accessed, modified, flags) = (call.u64(4), call.u64(5), call.u32(6));
    let follow = follows(lookup)?;
    let times = times(call.wasi, accessed, modified, flags)?;
    let right = rights::PATH_FILESTAT_SET_TIMES;
    Ok(with_path(call, fd, right, (at, length), |system, at| {
        system.path_set_times(at, follow, times)
    })?)
}

pub(crate) fn rename(call: &mut Call<'_>) -> Answer {
    let [from_fd, from, from_length, to_fd, to, to_length] = call.u32s();
    let from = (from_fd, rights::PATH_RENAME_SOURCE, (from, from_length));
    let to = (to_fd, rights::PATH_RENAME_TARGET, (to, to_length));
    with_paths(call, from, to, |system, from, to| system.rename(from, to))
}

/// A link to what a symbolic link names is not made: that is for programs to resolve.
pub(crate) fn link(call: &mut Call<'_>) -> Answer {
    let [from_fd, lookup, from, from_length, to_fd, to, to_length] = call.u32s();
    if follows(lookup)? {
        return Err(Errno::Inval.into());
    }
    let from = (from_fd, rights::PATH_LINK_SOURCE, (from, from_length));
    let to = (to_fd, rights::PATH_LINK_TARGET, (to, to_length));
    with_paths(call, from, to, |system, from, to| system.link(from, to))
}

pub(crate) fn symlink(call: &mut Call<'_>) -> Answer {
    let [target, target_length, fd, at, length] = call.u32s();
    let directory = call.wasi.descriptors.directory(fd, rights::PATH_SYMLINK)?;
    let (index, handle) = (directory.system, directory.handle);
    let target = &*call.memory.copied_path(target, target_length)?;
    let path = call.memory.path(at, length)?;
    // Following it could never succeed.
    if target.starts_with('/') {
        return Err(Errno::Perm.into());
    }
    Ok(call.wasi.system_to_change(index)?.symlink(target, (handle, path))?)
}

pub(crate) fn readlink(call: &mut Call<'_>) -> Answer {
    let [fd, at, length, into, room, result] = call.u32s();
    call.memory.check(into, room)?;
    call.memory.check(result, 4)?;
    let right = rights::PATH_READLINK;
    let target = with_path(call, fd, right, (at, length), |system, at| system.read_link(at))?;
    // As POSIX has it, what does not fit is cut off.
    let target = target.as_bytes();
    let target = target.get(..room as usize).unwrap_or(target);
    call.memory.write(into, target)?;
    // It is no longer than the room.
    Ok(call.memory.set_u32(result, target.len() as u32)?)
}

pub(crate) fn open(call: &mut Call<'_>) -> Answer {
    let [fd, lookup, at, length, flags] = call.u32s();
    let (wanted, inheriting, result) = (call.u64(5), call.u64(6), call.u32(8));
    let fdflags = fdflags_of(call.u32(7))?;
    call.memory.check(result, 4)?;
    let how = how(lookup, flags, fdflags, wanted)?;
    let parent = call.wasi.descriptors.get(fd)?;
    let granted = parent.inheriting;
    // Whoever asks for more than these is served with less, as long as it was
    // not for what reading or writing need.
    let needed = wanted & (rights::FD_READ | rights::FD_WRITE);
    if parent.file_type() == FileType::Directory && needed & !granted != 0 && !how.directory {
        return Err(Errno::NotCapable.into());
    }
    call.wasi.descriptors.reserve()?;
    let (system, (handle, file_type)) = {
        let right = needed_to_open(how);
        let opened = with_path(call, fd, right, (at, length), |system, at| system.open(at, how))?;
        (call.wasi.descriptors.directory(fd, 0)?.system, opened)
    };
    let sensible = if file_type == FileType::Directory { rights::DIRECTORY } else { rights::FILE };
    let node = Node { system, handle, file_type, position: 0, preopen: None, listing: None };
    let opened = call.wasi.descriptors.insert(Descriptor {
        kind: Kind::Node(node),
        rights: wanted & granted & sensible,
        inheriting: inheriting & granted,
        flags: fdflags,
    })?;
    Ok(call.memory.set_u32(result, opened)?)
}

/// What the numbers say about how to open.
fn how(lookup: u32, flags: u32, fdflags: u16, wanted: u64) -> Result<Open, Errno> {
    if flags & !oflags::ALL != 0 {
        return Err(Errno::Inval);
    }
    let has = |flag| flags & flag != 0;
    let directory = has(oflags::DIRECTORY);
    if directory && (has(oflags::CREAT) || has(oflags::TRUNC)) {
        return Err(Errno::Inval);
    }
    let writing = wanted & (rights::FD_WRITE | rights::FD_ALLOCATE | rights::FD_FILESTAT_SET_SIZE);
    Ok(Open {
        read: wanted & rights::FD_READ != 0,
        // Those who ask for all rights do so for directories, too.
        write: !directory && (writing != 0 || fdflags & fdflags::APPEND != 0),
        follow: follows(lookup)?,
        create: has(oflags::CREAT),
        exclusive: has(oflags::EXCL),
        directory,
        truncate: has(oflags::TRUNC),
    })
}

/// The rights on the directory that it takes to open something in it like this.
fn needed_to_open(how: Open) -> u64 {
    let mut needed = rights::PATH_OPEN;
    if how.create {
        needed |= rights::PATH_CREATE_FILE;
    }
    if how.truncate {
        needed |= rights::PATH_FILESTAT_SET_SIZE;
    }
    needed
}
