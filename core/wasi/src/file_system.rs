//! What a file system must be able to do.

use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;

use crate::abi::{Errno, FileType};

/// Names something that is open in a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub u64);

impl Handle {
    /// The directory that everything else lies in. It is always open.
    pub const ROOT: Handle = Handle(0);
}

/// How to open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// It is going to be read.
    pub read: bool,
    /// It is going to be written.
    pub write: bool,
    /// A symbolic link at the end of the path is followed.
    pub follow: bool,
    /// What does not exist is made, an empty file.
    pub create: bool,
    /// It must not exist yet. Only with `create`.
    pub exclusive: bool,
    /// It must be a directory.
    pub directory: bool,
    /// What was in it goes away.
    pub truncate: bool,
}

/// What is known of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStatus {
    /// The device that holds it.
    pub device: u64,
    /// Its number on the device.
    pub inode: u64,
    /// What it is.
    pub file_type: FileType,
    /// By how many names it can be found.
    pub links: u64,
    /// Its size, in bytes.
    pub size: u64,
    /// When it was last read, in nanoseconds since 1970.
    pub accessed: u64,
    /// When its content last changed, in nanoseconds since 1970.
    pub modified: u64,
    /// When anything about it last changed, in nanoseconds since 1970.
    pub changed: u64,
}

/// What is to be set, in nanoseconds since 1970; none to keep it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// When it was last read.
    pub accessed: Option<u64>,
    /// When its content last changed.
    pub modified: Option<u64>,
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What it names.
    pub file_type: FileType,
    /// Its number on the device.
    pub inode: u64,
}

/// A path, and the open directory that it starts from. It is never empty and
/// holds no NUL; that it does not lead out of that directory, by being
/// absolute, by `..` or by symbolic links, is for the file system to see to.
pub type At<'a> = (Handle, &'a str);

/// Directories and files. All of them fail with the [`Errno`] that POSIX has
/// for the function of the same purpose, and with [`Errno::Perm`] for a path
/// that leads out of the directory that it starts from.
#[allow(clippy::missing_errors_doc)]
pub trait FileSystem: Any {
    /// Tells the time, in nanoseconds since 1970, before what may change
    /// something. For file systems that have no clock of their own.
    fn set_now(&mut self, now: u64) {
        let _ = now;
    }

    /// Opens a file or directory.
    fn open(&mut self, at: At<'_>, how: Open) -> Result<(Handle, FileType), Errno>;

    /// Closes what was opened.
    fn close(&mut self, handle: Handle);

    /// Reads from this byte of a file on, and gives the number of bytes: none at its end.
    fn read(&mut self, file: Handle, offset: u64, into: &mut [u8]) -> Result<usize, Errno>;

    /// Writes from this byte of a file on, and gives the number of bytes written.
    fn write(&mut self, file: Handle, offset: u64, bytes: &[u8]) -> Result<usize, Errno>;

    /// Cuts a file off, or adds zeros.
    fn set_size(&mut self, file: Handle, size: u64) -> Result<(), Errno>;

    /// Waits until everything is where it lasts.
    fn sync(&mut self, handle: Handle) -> Result<(), Errno>;

    /// What is known of something open.
    fn status(&mut self, handle: Handle) -> Result<FileStatus, Errno>;

    /// Sets the times of something open.
    fn set_times(&mut self, handle: Handle, times: Times) -> Result<(), Errno>;

    /// All names in a directory but `.` and `..`.
    fn entries(&mut self, directory: Handle) -> Result<Vec<Entry>, Errno>;

    /// What is known of what a path names.
    fn path_status(&mut self, at: At<'_>, follow: bool) -> Result<FileStatus, Errno>;

    /// Sets the times of what a path names.
    fn path_set_times(&mut self, at: At<'_>, follow: bool, times: Times) -> Result<(), Errno>;

    /// Makes a directory.
    fn create_directory(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Removes an empty directory.
    fn remove_directory(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Removes the name of something that is no directory.
    fn unlink(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Moves to another name. What had that goes away.
    fn rename(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno>;

    /// Gives a file a second name.
    fn link(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno>;

    /// Makes a symbolic link that holds `target`.
    fn symlink(&mut self, target: &str, at: At<'_>) -> Result<(), Errno>;

    /// What a symbolic link holds.
    fn read_link(&mut self, at: At<'_>) -> Result<String, Errno>;
}
