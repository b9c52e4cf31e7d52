//! Directories of the machine, out of which no path leads.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::string::{String, ToString};
use std::time::{Duration, UNIX_EPOCH};
use std::vec::Vec;

use cap_fs_ext::{
    DirExt, FileTypeExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt, OpenOptionsMaybeDirExt,
    SystemTimeSpec,
};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};
use cap_std::time::{SystemClock, SystemTime};

use crate::abi::{Errno, FileType};
use crate::file_system::{At, Entry, FileStatus, FileSystem, Handle, Open, Times};
use crate::machine::{errno, nanoseconds};

/// A directory of the machine. Paths that would lead out of it fail with
/// [`Errno::Perm`]: absolute ones, those with too many `..`, and those through
/// symbolic links to somewhere else. Only files and directories can be opened,
/// no devices or pipes, which could make the program wait forever.
///
/// ```no_run
/// use fayasm_wasi::{Access, HostDirectory, Wasi};
///
/// let directory = HostDirectory::open("/tmp/data")?;
/// let wasi = Wasi::new().with_directory("/", directory, Access::Read)?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HostDirectory {
    root: Opened,
    open: BTreeMap<u64, Opened>,
    next: u64,
}

/// A file or directory that is open.
#[derive(Debug)]
enum Opened {
    File(File),
    Directory(Dir),
}

impl HostDirectory {
    /// The directory at this path of the machine.
    ///
    /// ```
    /// use fayasm_wasi::{Access, HostDirectory, Wasi};
    ///
    /// let directory = HostDirectory::open(std::env::temp_dir())?;
    /// let wasi = Wasi::new().with_directory("/tmp", directory, Access::ReadWrite)?;
    /// assert!(wasi.file_system::<HostDirectory>().is_some());
    /// assert!(HostDirectory::open("/no such directory").is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the system: there is no such directory, or it may not be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let root = Opened::Directory(Dir::open_ambient_dir(path, ambient_authority())?);
        Ok(HostDirectory { root, open: BTreeMap::new(), next: 1 })
    }

    fn get(&self, handle: Handle) -> Result<&Opened, Errno> {
        if handle == Handle::ROOT {
            return Ok(&self.root);
        }
        self.open.get(&handle.0).ok_or(Errno::BadF)
    }

    fn directory(&self, handle: Handle) -> Result<&Dir, Errno> {
        match self.get(handle)? {
            Opened::Directory(directory) => Ok(directory),
            Opened::File(_) => Err(Errno::NotDir),
        }
    }

    fn file(&self, handle: Handle) -> Result<&File, Errno> {
        match self.get(handle)? {
            Opened::File(file) => Ok(file),
            Opened::Directory(_) => Err(Errno::IsDir),
        }
    }

    fn add(&mut self, opened: Opened) -> Handle {
        let handle = self.next;
        self.next += 1;
        self.open.insert(handle, opened);
        Handle(handle)
    }

    fn metadata(&self, (at, path): At<'_>, follow: bool) -> Result<Metadata, Errno> {
        let directory = self.directory(at)?;
        if follow { directory.metadata(path) } else { directory.symlink_metadata(path) }
            .map_err(|error| errno(&error))
    }

    /// Opens what is a directory, or is to be one.
    fn open_directory(&self, (at, path): At<'_>, how: Open) -> Result<Dir, Errno> {
        let directory = self.directory(at)?;
        let opened =
            if how.follow { directory.open_dir(path) } else { directory.open_dir_nofollow(path) };
        opened.map_err(|error| errno(&error))
    }
}

impl FileSystem for HostDirectory {
    fn open(&mut self, at: At<'_>, how: Open) -> Result<(Handle, FileType), Errno> {
        let follow = how.follow && !(how.create && how.exclusive);
        let existing = match self.metadata(at, follow) {
            Ok(metadata) => Some(file_type(&metadata)),
            Err(Errno::NoEnt) if how.create => None,
            Err(errno) => return Err(errno),
        };
        match existing {
            Some(_) if how.create && how.exclusive => return Err(Errno::Exist),
            Some(FileType::SymbolicLink) => return Err(Errno::Loop),
            Some(FileType::Directory) if how.write || how.create || how.truncate => {
                return Err(Errno::IsDir);
            }
            Some(FileType::Directory) => {
                let opened = self.open_directory(at, how)?;
                return Ok((self.add(Opened::Directory(opened)), FileType::Directory));
            }
            Some(FileType::RegularFile) if how.directory => return Err(Errno::NotDir),
            Some(FileType::RegularFile) | None => {}
            Some(_) => return Err(Errno::NotSup),
        }
        let mut options = OpenOptions::new();
        // The system makes and cuts off only what it may write.
        let write = how.write || how.create || how.truncate;
        options.read(how.read || !write).write(write).truncate(how.truncate).maybe_dir(true);
        options.create(how.create && !how.exclusive).create_new(how.create && how.exclusive);
        options.follow(if follow { FollowSymlinks::Yes } else { FollowSymlinks::No });
        let file = self.directory(at.0)?.open_with(at.1, &options);
        let file = file.map_err(|error| errno(&error))?;
        Ok((self.add(Opened::File(file)), FileType::RegularFile))
    }

    fn close(&mut self, handle: Handle) {
        self.open.remove(&handle.0);
    }

    fn read(&mut self, file: Handle, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        let mut file = self.file(file)?;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read(into));
        read.map_err(|error| errno(&error))
    }

    fn write(&mut self, file: Handle, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        let mut file = self.file(file)?;
        let written = file.seek(SeekFrom::Start(offset)).and_then(|_| file.write(bytes));
        written.map_err(|error| errno(&error))
    }

    fn set_size(&mut self, file: Handle, size: u64) -> Result<(), Errno> {
        self.file(file)?.set_len(size).map_err(|error| errno(&error))
    }

    fn sync(&mut self, handle: Handle) -> Result<(), Errno> {
        match self.get(handle)? {
            Opened::File(file) => file.sync_all().map_err(|error| errno(&error)),
            // Not every system can; what is in it is synchronised by itself.
            Opened::Directory(_) => Ok(()),
        }
    }

    fn status(&mut self, handle: Handle) -> Result<FileStatus, Errno> {
        let metadata = match self.get(handle)? {
            Opened::File(file) => file.metadata(),
            Opened::Directory(directory) => directory.dir_metadata(),
        };
        metadata.map(|metadata| status(&metadata)).map_err(|error| errno(&error))
    }

    fn set_times(&mut self, handle: Handle, times: Times) -> Result<(), Errno> {
        match self.get(handle)? {
            Opened::File(file) => {
                let mut chosen = std::fs::FileTimes::new();
                if let Some(time) = times.accessed {
                    chosen = chosen.set_accessed(UNIX_EPOCH + Duration::from_nanos(time));
                }
                if let Some(time) = times.modified {
                    chosen = chosen.set_modified(UNIX_EPOCH + Duration::from_nanos(time));
                }
                let file = file.try_clone().map(File::into_std);
                file.and_then(|file| file.set_times(chosen)).map_err(|error| errno(&error))
            }
            Opened::Directory(_) => self.path_set_times((handle, "."), true, times),
        }
    }

    fn entries(&mut self, directory: Handle) -> Result<Vec<Entry>, Errno> {
        let mut entries = Vec::new();
        for entry in self.directory(directory)?.entries().map_err(|error| errno(&error))? {
            let entry = entry.map_err(|error| errno(&error))?;
            // It may have gone meanwhile.
            let Ok(metadata) = entry.metadata() else { continue };
            entries.try_reserve(1).map_err(|_| Errno::NoMem)?;
            entries.push(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                file_type: file_type(&metadata),
                inode: metadata.ino(),
            });
        }
        Ok(entries)
    }

    fn path_status(&mut self, at: At<'_>, follow: bool) -> Result<FileStatus, Errno> {
        self.metadata(at, follow).map(|metadata| status(&metadata))
    }

    fn path_set_times(&mut self, at: At<'_>, follow: bool, times: Times) -> Result<(), Errno> {
        let directory = self.directory(at.0)?;
        let (accessed, modified) = (time(times.accessed), time(times.modified));
        if follow {
            DirExt::set_times(directory, at.1, accessed, modified)
        } else {
            directory.set_symlink_times(at.1, accessed, modified)
        }
        .map_err(|error| errno(&error))
    }

    fn create_directory(&mut self, (at, path): At<'_>) -> Result<(), Errno> {
        self.directory(at)?.create_dir(path).map_err(|error| errno(&error))
    }

    fn remove_directory(&mut self, (at, path): At<'_>) -> Result<(), Errno> {
        self.directory(at)?.remove_dir(path).map_err(|error| errno(&error))
    }

    fn unlink(&mut self, at: At<'_>) -> Result<(), Errno> {
        if file_type(&self.metadata(at, false)?) == FileType::Directory {
            return Err(Errno::IsDir);
        }
        self.directory(at.0)?.remove_file_or_symlink(at.1).map_err(|error| errno(&error))
    }

    fn rename(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
        let (directory, target) = (self.directory(from.0)?, self.directory(to.0)?);
        directory.rename(from.1, target, to.1).map_err(|error| errno(&error))
    }

    fn link(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno> {
        let (directory, target) = (self.directory(from.0)?, self.directory(to.0)?);
        directory.hard_link(from.1, target, to.1).map_err(|error| errno(&error))
    }

    fn symlink(&mut self, target: &str, (at, path): At<'_>) -> Result<(), Errno> {
        DirExt::symlink(self.directory(at)?, target, path).map_err(|error| errno(&error))
    }

    fn read_link(&mut self, (at, path): At<'_>) -> Result<String, Errno> {
        let target = self.directory(at)?.read_link(path).map_err(|error| errno(&error))?;
        target.to_str().map(ToString::to_string).ok_or(Errno::IlSeq)
    }
}

fn file_type(metadata: &Metadata) -> FileType {
    let found = metadata.file_type();
    if found.is_file() {
        FileType::RegularFile
    } else if found.is_dir() {
        FileType::Directory
    } else if found.is_symlink() {
        FileType::SymbolicLink
    } else if found.is_char_device() {
        FileType::CharacterDevice
    } else if found.is_block_device() {
        FileType::BlockDevice
    } else {
        FileType::Unknown
    }
}

fn status(metadata: &Metadata) -> FileStatus {
    let since_1970 = |time: io::Result<SystemTime>| {
        let time = time.map(SystemTime::into_std).unwrap_or(UNIX_EPOCH);
        nanoseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    };
    let modified = since_1970(metadata.modified());
    FileStatus {
        device: metadata.dev(),
        inode: metadata.ino(),
        file_type: file_type(metadata),
        links: metadata.nlink(),
        size: metadata.len(),
        accessed: since_1970(metadata.accessed()),
        modified,
        // Not every system tells.
        changed: modified,
    }
}

/// A time to be set, for files found by a path.
fn time(nanoseconds: Option<u64>) -> Option<SystemTimeSpec> {
    let time = SystemClock::UNIX_EPOCH + Duration::from_nanos(nanoseconds?);
    Some(SystemTimeSpec::Absolute(time))
}
