//! What programs do with the file system in memory.

use alloc::string::String;
use alloc::vec::Vec;

use super::MemoryFs;
use super::nodes::{Content, Names, ROOT};
use crate::abi::{Errno, FileType};
use crate::file_system::{At, Entry, FileStatus, FileSystem, Handle, Open, Times};

impl FileSystem for MemoryFs {
    fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    fn open(&mut self, at: At<'_>, how: Open) -> Result<(Handle, FileType), Errno> {
        // What must not exist yet is not looked for behind a symbolic link.
        let exclusive = how.create && how.exclusive;
        let found = self.resolve(at, how.follow && !exclusive)?;
        let inode = match found.node {
            Some(_) if exclusive => return Err(Errno::Exist),
            Some(inode) => inode,
            None if how.create && found.slash => return Err(Errno::IsDir),
            None if how.create => {
                let (directory, name) = found.vacant()?;
                self.nodes.create(directory, name, Content::File(Vec::new()), self.now)?
            }
            None => return Err(Errno::NoEnt),
        };
        let file_type = self.nodes.file_type(inode);
        match file_type {
            FileType::SymbolicLink => return Err(Errno::Loop),
            FileType::Directory if how.write || how.create || how.truncate => {
                return Err(Errno::IsDir);
            }
            FileType::RegularFile if how.directory => return Err(Errno::NotDir),
            FileType::RegularFile if how.truncate => self.set_size(Handle(inode), 0)?,
            _ => {}
        }
        self.nodes.open(inode)?;
        Ok((Handle(inode), file_type))
    }

    fn close(&mut self, handle: Handle) {
        if handle != Handle::ROOT {
            self.nodes.close(handle.0);
        }
    }

    fn read(&mut self, file: Handle, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        let now = self.now;
        let node = self.nodes.get_mut(file.0)?;
        let Content::File(bytes) = &node.content else { return Err(Errno::IsDir) };
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = bytes.get(start..).unwrap_or_default();
        let count = bytes.len().min(into.len());
        for (byte, read) in into.iter_mut().zip(bytes) {
            *byte = *read;
        }
        node.accessed = now;
        Ok(count)
    }

    fn write(&mut self, file: Handle, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::FBig)?;
        if !bytes.is_empty() && end > self.size(file)? {
            self.set_size(file, end)?;
        }
        let now = self.now;
        let node = self.nodes.get_mut(file.0)?;
        let Content::File(content) = &mut node.content else { return Err(Errno::IsDir) };
        // The file was made large enough, and what it holds has addresses that fit.
        let range = content.get_mut(offset as usize..end as usize).unwrap_or_default();
        if range.len() == bytes.len() {
            range.copy_from_slice(bytes);
        }
        (node.modified, node.changed) = (now, now);
        Ok(bytes.len())
    }

    fn set_size(&mut self, file: Handle, size: u64) -> Result<(), Errno> {
        let before = self.size(file)?;
        let more = size.saturating_sub(before);
        self.nodes.charge(more)?;
        let now = self.now;
        let node = self.nodes.get_mut(file.0)?;
        let Content::File(bytes) = &mut node.content else { return Err(Errno::IsDir) };
        // On a machine whose addresses are too short for it, it is too much.
        let room = usize::try_from(more).map_err(|_| Errno::NoSpc);
        let reserved = room.and_then(|more| bytes.try_reserve(more).map_err(|_| Errno::NoSpc));
        if let Err(errno) = reserved {
            self.nodes.release(more);
            return Err(errno);
        }
        // What could be reserved fits.
        bytes.resize(size as usize, 0);
        if size < before / 2 {
            bytes.shrink_to_fit();
        }
        (node.modified, node.changed) = (now, now);
        self.nodes.release(before.saturating_sub(size));
        Ok(())
    }

    fn sync(&mut self, handle: Handle) -> Result<(), Errno> {
        self.nodes.get(handle.0).map(|_| ())
    }

    fn status(&mut self, handle: Handle) -> Result<FileStatus, Errno> {
        self.status_of(handle.0)
    }

    fn set_times(&mut self, handle: Handle, times: Times) -> Result<(), Errno> {
        let now = self.now;
        let node = self.nodes.get_mut(handle.0)?;
        node.accessed = times.accessed.unwrap_or(node.accessed);
        node.modified = times.modified.unwrap_or(node.modified);
        node.changed = now;
        Ok(())
    }

    fn entries(&mut self, directory: Handle) -> Result<Vec<Entry>, Errno> {
        let names = self.nodes.directory(directory.0)?.iter();
        let mut entries = Vec::new();
        entries.try_reserve(names.len()).map_err(|_| Errno::NoMem)?;
        entries.extend(names.map(|(name, inode)| Entry {
            name: name.clone(),
            file_type: self.nodes.file_type(*inode),
            inode: *inode,
        }));
        Ok(entries)
    }

    fn path_status(&mut self, at: At<'_>, follow: bool) -> Result<FileStatus, Errno> {
        self.status_of(self.find(at, follow)?)
    }

    fn path_set_times(&mut self, at: At<'_>, follow: bool, times: Times) -> Result<(), Errno> {
        let inode = self.find(at, follow)?;
        self.set_times(Handle(inode), times)
    }

    fn create_directory(&mut self, at: At<'_>) -> Result<(), Errno> {
        let found = self.resolve(at, false)?;
        let (directory, name) = found.vacant()?;
        self.nodes.create(directory, name, Content::Directory(Names::default()), self.now)?;
        Ok(())
    }

    fn remove_directory(&mut self, at: At<'_>) -> Result<(), Errno> {
        let found = self.resolve(at, false)?;
        let (directory, name, inode) = found.named()?;
        if !self.nodes.directory(inode)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.nodes.unlink(directory, name, self.now)
    }

    fn unlink(&mut self, at: At<'_>) -> Result<(), Errno> {
        let found = self.resolve(at, false)?;
        let (directory, name, inode) = found.named()?;
        if self.nodes.file_type(inode) == FileType::Directory {
            return Err(Errno::IsDir);
        }
        self.nodes.unlink(directory, name, self.now)
    }

    fn rename(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
        let (from, to) = (self.resolve(from, false)?, self.resolve(to, false)?);
        let (from_directory, from_name, inode) = from.named()?;
        let to_name = to.name.as_deref().ok_or(Errno::Inval)?;
        let moves_directory = self.nodes.file_type(inode) == FileType::Directory;
        if to.slash && !moves_directory {
            return Err(Errno::NotDir);
        }
        if moves_directory && self.nodes.lies_in(to.directory, inode) {
            return Err(Errno::Inval);
        }
        match to.node {
            Some(replaced) if replaced == inode => return Ok(()),
            Some(replaced) => {
                self.check_replacement(moves_directory, replaced)?;
                self.nodes.unlink(to.directory, to_name, self.now)?;
            }
            None => {}
        }
        // First the new name, so that the node is never without one.
        self.nodes.link(to.directory, to_name, inode, self.now)?;
        self.nodes.unlink(from_directory, from_name, self.now)
    }

    fn link(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
        let inode = self.find(from, false)?;
        if self.nodes.file_type(inode) == FileType::Directory {
            return Err(Errno::Perm);
        }
        let to = self.resolve(to, false)?;
        let (directory, name) = to.vacant()?;
        if to.slash {
            return Err(Errno::NoEnt);
        }
        self.nodes.link(directory, name, inode, self.now)
    }

    fn symlink(&mut self, target: &str, at: At<'_>) -> Result<(), Errno> {
        let found = self.resolve(at, false)?;
        let (directory, name) = found.vacant()?;
        if found.slash {
            return Err(Errno::NoEnt);
        }
        self.nodes.create(directory, name, Content::Symlink(target.into()), self.now)?;
        Ok(())
    }

    fn read_link(&mut self, at: At<'_>) -> Result<String, Errno> {
        match &self.nodes.get(self.find(at, false)?)?.content {
            Content::Symlink(target) => Ok(target.clone()),
            _ => Err(Errno::Inval),
        }
    }
}

impl MemoryFs {
    /// The size of a file.
    fn size(&self, file: Handle) -> Result<u64, Errno> {
        let node = self.nodes.get(file.0)?;
        if let Content::File(bytes) = &node.content {
            Ok(bytes.len() as u64)
        } else {
            Err(Errno::IsDir)
        }
    }

    fn status_of(&self, inode: u64) -> Result<FileStatus, Errno> {
        let node = self.nodes.get(inode)?;
        // Zero would be taken for a number that is not known.
        let inode = if inode == ROOT { u64::MAX } else { inode };
        Ok(FileStatus {
            device: 1,
            inode,
            file_type: node.file_type(),
            links: node.links,
            size: node.content.bytes(),
            accessed: node.accessed,
            modified: node.modified,
            changed: node.changed,
        })
    }

    /// Whether renaming may replace what has the new name.
    fn check_replacement(&self, moves_directory: bool, replaced: u64) -> Result<(), Errno> {
        match (moves_directory, self.nodes.directory(replaced)) {
            (true, Err(_)) => Err(Errno::NotDir),
            (false, Ok(_)) => Err(Errno::IsDir),
            (true, Ok(names)) if !names.is_empty() => Err(Errno::NotEmpty),
            _ => Ok(()),
        }
    }
}
