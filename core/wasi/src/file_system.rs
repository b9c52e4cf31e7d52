//! What a file system must be able to do.

use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;

use crate::abi::{Errno, FileType};

/// Names something that is open in a file system.
///
/// ```
/// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
///
/// let mut files = MemoryFs::new(1000);
/// let how = Open { write: true, create: true, ..Open::default() };
/// let (file, _) = files.open((Handle::ROOT, "a.txt"), how)?;
/// assert_ne!(file, Handle::ROOT);
/// files.close(file);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub u64);

impl Handle {
    /// The directory that everything else lies in. It is always open.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, FileType, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// assert_eq!(files.status(Handle::ROOT)?.file_type, FileType::Directory);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub const ROOT: Handle = Handle(0);
}

/// How to open.
///
/// ```
/// use fayasm_wasi::{Errno, FileSystem, FileType, Handle, MemoryFs, Open};
///
/// let mut files = MemoryFs::new(1000);
/// let new = Open { write: true, create: true, exclusive: true, ..Open::default() };
/// let (file, file_type) = files.open((Handle::ROOT, "a.txt"), new)?;
/// assert_eq!(file_type, FileType::RegularFile);
/// # files.close(file);
/// assert_eq!(files.open((Handle::ROOT, "a.txt"), new), Err(Errno::Exist));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
///
/// let mut files = MemoryFs::new(1000);
/// files.write_file("a.txt", b"hello")?;
/// let status = files.path_status((Handle::ROOT, "a.txt"), true)?;
/// assert_eq!((status.size, status.links), (5, 1));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Times};
///
/// let mut files = MemoryFs::new(1000);
/// files.write_file("a.txt", b"")?;
/// let times = Times { modified: Some(7), ..Times::default() };
/// files.path_set_times((Handle::ROOT, "a.txt"), true, times)?;
/// assert_eq!(files.path_status((Handle::ROOT, "a.txt"), true)?.modified, 7);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// When it was last read.
    pub accessed: Option<u64>,
    /// When its content last changed.
    pub modified: Option<u64>,
}

/// A name in a directory.
///
/// ```
/// use fayasm_wasi::{FileSystem, FileType, Handle, MemoryFs};
///
/// let mut files = MemoryFs::new(1000);
/// files.write_file("docs/a.txt", b"")?;
/// let entries = files.entries(Handle::ROOT)?;
/// assert_eq!((&*entries[0].name, entries[0].file_type), ("docs", FileType::Directory));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
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
///
/// ```
/// use fayasm_wasi::{At, Errno, FileSystem, Handle, MemoryFs};
///
/// let mut files = MemoryFs::new(1000);
/// let notes: At<'_> = (Handle::ROOT, "notes");
/// files.create_directory(notes)?;
/// assert_eq!(files.create_directory((Handle::ROOT, "../notes")), Err(Errno::Perm));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub type At<'a> = (Handle, &'a str);

/// Directories and files. All of them fail with the [`Errno`] that POSIX has
/// for the function of the same purpose, and with [`Errno::Perm`] for a path
/// that leads out of the directory that it starts from.
///
/// ```
/// use fayasm_wasi::{Errno, FileSystem, Handle, MemoryFs};
///
/// /// What every file system can do, whatever is behind it.
/// fn size(files: &mut impl FileSystem, path: &str) -> Result<u64, Errno> {
///     Ok(files.path_status((Handle::ROOT, path), true)?.size)
/// }
///
/// let mut files = MemoryFs::new(1000);
/// files.write_file("a.txt", b"hello")?;
/// assert_eq!(size(&mut files, "a.txt")?, 5);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[allow(clippy::missing_errors_doc)]
pub trait FileSystem: Any {
    /// Tells the time, in nanoseconds since 1970, before what may change
    /// something. For file systems that have no clock of their own.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.set_now(7);
    /// files.write_file("a.txt", b"")?;
    /// assert_eq!(files.path_status((Handle::ROOT, "a.txt"), true)?.modified, 7);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn set_now(&mut self, now: u64) {
        let _ = now;
    }

    /// Opens a file or directory.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, FileSystem, FileType, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("docs/a.txt", b"hello")?;
    /// let how = Open { directory: true, ..Open::default() };
    /// let (docs, _) = files.open((Handle::ROOT, "docs"), how)?;
    /// let how = Open { read: true, ..Open::default() };
    /// let (file, file_type) = files.open((docs, "a.txt"), how)?;
    /// assert_eq!((file_type, files.status(file)?.size), (FileType::RegularFile, 5));
    /// assert_eq!(files.open((docs, "b.txt"), Open::default()), Err(Errno::NoEnt));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn open(&mut self, at: At<'_>, how: Open) -> Result<(Handle, FileType), Errno>;

    /// Closes what was opened.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// let empty = files.used();
    /// files.write_file("a.txt", b"hello")?;
    /// let (file, _) = files.open((Handle::ROOT, "a.txt"), Open::default())?;
    /// files.unlink((Handle::ROOT, "a.txt"))?;
    /// assert_eq!(files.status(file)?.size, 5); // is there as long as it is open
    /// files.close(file);
    /// assert_eq!(files.used(), empty);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn close(&mut self, handle: Handle);

    /// Reads from this byte of a file on, and gives the number of bytes: none at its end.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a.txt", b"hello")?;
    /// let how = Open { read: true, ..Open::default() };
    /// let (file, _) = files.open((Handle::ROOT, "a.txt"), how)?;
    /// let mut bytes = [0; 4];
    /// assert_eq!(files.read(file, 2, &mut bytes)?, 3);
    /// assert_eq!(&bytes[..3], b"llo");
    /// assert_eq!(files.read(file, 5, &mut bytes)?, 0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn read(&mut self, file: Handle, offset: u64, into: &mut [u8]) -> Result<usize, Errno>;

    /// Writes from this byte of a file on, and gives the number of bytes written.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a.txt", b"hello")?;
    /// let how = Open { write: true, ..Open::default() };
    /// let (file, _) = files.open((Handle::ROOT, "a.txt"), how)?;
    /// assert_eq!(files.write(file, 4, b"?!")?, 2);
    /// assert_eq!(files.read_file("a.txt")?, b"hell?!");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn write(&mut self, file: Handle, offset: u64, bytes: &[u8]) -> Result<usize, Errno>;

    /// Cuts a file off, or adds zeros.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a.txt", b"hello")?;
    /// let how = Open { write: true, ..Open::default() };
    /// let (file, _) = files.open((Handle::ROOT, "a.txt"), how)?;
    /// files.set_size(file, 2)?;
    /// files.set_size(file, 4)?;
    /// assert_eq!(files.read_file("a.txt")?, b"he\0\0");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn set_size(&mut self, file: Handle, size: u64) -> Result<(), Errno>;

    /// Waits until everything is where it lasts.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// assert_eq!(files.sync(Handle::ROOT), Ok(())); // nothing to wait for in memory
    /// ```
    fn sync(&mut self, handle: Handle) -> Result<(), Errno>;

    /// What is known of something open.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, FileType, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// assert_eq!(files.status(Handle::ROOT)?.file_type, FileType::Directory);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn status(&mut self, handle: Handle) -> Result<FileStatus, Errno>;

    /// Sets the times of something open.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Times};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.set_times(Handle::ROOT, Times { accessed: Some(3), modified: None })?;
    /// assert_eq!(files.status(Handle::ROOT)?.accessed, 3);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn set_times(&mut self, handle: Handle, times: Times) -> Result<(), Errno>;

    /// All names in a directory but `.` and `..`.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("b.txt", b"")?;
    /// files.write_file("a.txt", b"")?;
    /// let [a, b] = &files.entries(Handle::ROOT)?[..] else { panic!("there are two") };
    /// assert_eq!((&*a.name, &*b.name), ("a.txt", "b.txt"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn entries(&mut self, directory: Handle) -> Result<Vec<Entry>, Errno>;

    /// What is known of what a path names.
    ///
    /// ```
    /// use fayasm_wasi::{FileStatus, FileSystem, FileType, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a.txt", b"hello")?;
    /// files.symlink("a.txt", (Handle::ROOT, "link"))?;
    /// let file_type = |status: FileStatus| status.file_type;
    /// let link = (Handle::ROOT, "link");
    /// assert_eq!(files.path_status(link, true).map(file_type), Ok(FileType::RegularFile));
    /// assert_eq!(files.path_status(link, false).map(file_type), Ok(FileType::SymbolicLink));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn path_status(&mut self, at: At<'_>, follow: bool) -> Result<FileStatus, Errno>;

    /// Sets the times of what a path names.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Times};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a.txt", b"")?;
    /// let file = (Handle::ROOT, "a.txt");
    /// files.path_set_times(file, true, Times { accessed: None, modified: Some(9) })?;
    /// assert_eq!(files.path_status(file, true)?.modified, 9);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn path_set_times(&mut self, at: At<'_>, follow: bool, times: Times) -> Result<(), Errno>;

    /// Makes a directory.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.create_directory((Handle::ROOT, "docs"))?;
    /// assert_eq!(files.create_directory((Handle::ROOT, "docs")), Err(Errno::Exist));
    /// assert_eq!(files.create_directory((Handle::ROOT, "a/b")), Err(Errno::NoEnt));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn create_directory(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Removes an empty directory.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("docs/a.txt", b"")?;
    /// assert_eq!(files.remove_directory((Handle::ROOT, "docs")), Err(Errno::NotEmpty));
    /// files.unlink((Handle::ROOT, "docs/a.txt"))?;
    /// assert_eq!(files.remove_directory((Handle::ROOT, "docs")), Ok(()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn remove_directory(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Removes the name of something that is no directory.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("docs/a.txt", b"")?;
    /// files.unlink((Handle::ROOT, "docs/a.txt"))?;
    /// assert_eq!(files.paths(), ["docs"]);
    /// assert!(files.unlink((Handle::ROOT, "docs")).is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn unlink(&mut self, at: At<'_>) -> Result<(), Errno>;

    /// Moves to another name. What had that goes away.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("new", b"2")?;
    /// files.write_file("old", b"1")?;
    /// files.rename((Handle::ROOT, "new"), (Handle::ROOT, "old"))?;
    /// assert_eq!(files.paths(), ["old"]);
    /// assert_eq!(files.read_file("old")?, b"2");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn rename(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno>;

    /// Gives a file a second name.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.write_file("a", b"1")?;
    /// files.link((Handle::ROOT, "a"), (Handle::ROOT, "b"))?;
    /// files.write_file("a", b"2")?;
    /// assert_eq!(files.read_file("b")?, b"2");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn link(&mut self, from: At<'_>, to: At<'_>) -> Result<(), Errno>;

    /// Makes a symbolic link that holds `target`.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(10_000);
    /// files.write_file("docs/a.txt", b"hello")?;
    /// files.symlink("docs", (Handle::ROOT, "texts"))?;
    /// assert_eq!(files.read_file("texts/a.txt")?, b"hello");
    ///
    /// files.symlink("../..", (Handle::ROOT, "out"))?; // is there, but leads nowhere
    /// assert_eq!(files.read_file("out/secret"), Err(Errno::Perm));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn symlink(&mut self, target: &str, at: At<'_>) -> Result<(), Errno>;

    /// What a symbolic link holds.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(1000);
    /// files.symlink("docs/a.txt", (Handle::ROOT, "link"))?;
    /// assert_eq!(files.read_link((Handle::ROOT, "link"))?, "docs/a.txt");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    fn read_link(&mut self, at: At<'_>) -> Result<String, Errno>;
}
