//! A file system in memory.

mod nodes;
mod resolve;
mod system;

use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::Errno;
use crate::file_system::{FileSystem, Handle, Open};
use nodes::{Content, Nodes};

/// A file system in memory: directories, files, links. What it holds, names and
/// a little for each node included, never takes more bytes than its limit;
/// beyond, calls fail with [`Errno::NoSpc`]. Its clone is a copy.
///
/// ```
/// use fayasm_wasi::{Errno, MemoryFs};
///
/// let mut files = MemoryFs::new(10_000);
/// files.write_file("notes/today.txt", b"rain")?;
/// assert_eq!(files.read_file("notes/today.txt")?, b"rain");
/// assert_eq!(files.read_file("../notes"), Err(Errno::Perm));
/// assert_eq!(files.write_file("large", &[0; 20_000]), Err(Errno::NoSpc));
/// assert_eq!(files.paths(), ["notes", "notes/today.txt"]);
/// # Ok::<(), Errno>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemoryFs {
    nodes: Nodes,
    now: u64,
}

impl MemoryFs {
    /// An empty one that may hold this many bytes.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// assert!(files.write_file("data", &[0; 32 << 10]).is_ok());
    /// assert_eq!(files.write_file("more", &[0; 32 << 10]), Err(Errno::NoSpc));
    /// ```
    #[must_use]
    pub fn new(limit: u64) -> Self {
        MemoryFs { nodes: Nodes::new(limit), now: 0 }
    }

    /// How many bytes it holds, of those that it may.
    ///
    /// ```
    /// use fayasm_wasi::MemoryFs;
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// let empty = files.used();
    /// files.write_file("data", &[0; 1000])?;
    /// assert!(files.used() >= empty + 1000);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn used(&self) -> u64 {
        self.nodes.used()
    }

    /// Puts a file there, with the directories that its path names; a file that
    /// was there before is overwritten. What cannot be written as a whole is
    /// not there then.
    ///
    /// ```
    /// use fayasm_wasi::MemoryFs;
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// files.write_file("etc/app/config", b"volume = 7")?;
    /// files.write_file("etc/app/config", b"volume = 8")?;
    /// assert_eq!(files.read_file("etc/app/config")?, b"volume = 8");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`FileSystem::open`] and [`FileSystem::write`].
    pub fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        for (end, _) in path.match_indices('/') {
            let parent = path.get(..end).unwrap_or_default();
            match self.create_directory((Handle::ROOT, parent)) {
                Ok(()) | Err(Errno::Exist) => {}
                Err(errno) => return Err(errno),
            }
        }
        let how =
            Open { write: true, follow: true, create: true, truncate: true, ..Open::default() };
        let (file, _) = self.open((Handle::ROOT, path), how)?;
        let written = self.write(file, 0, bytes);
        self.close(file);
        if written.is_err() {
            self.unlink((Handle::ROOT, path))?;
        }
        written.map(|_| ())
    }

    /// A file's content.
    ///
    /// ```
    /// use fayasm_wasi::{Errno, MemoryFs};
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// files.write_file("docs/a.txt", b"a")?;
    /// assert_eq!(files.read_file("docs/a.txt"), Ok(b"a".as_slice()));
    /// assert_eq!(files.read_file("docs/b.txt"), Err(Errno::NoEnt));
    /// assert_eq!(files.read_file("docs"), Err(Errno::IsDir));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`FileSystem::open`]; [`Errno::IsDir`] for a directory.
    pub fn read_file(&self, path: &str) -> Result<&[u8], Errno> {
        let found = self.resolve((Handle::ROOT, path), true)?;
        match &self.nodes.get(found.node.ok_or(Errno::NoEnt)?)?.content {
            Content::File(bytes) => Ok(bytes),
            _ => Err(Errno::IsDir),
        }
    }

    /// Closes all that is open, for a program that has ended without doing so: what
    /// was removed meanwhile is gone with it.
    ///
    /// ```
    /// use fayasm_wasi::{FileSystem, Handle, MemoryFs, Open};
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// files.write_file("log", &[0; 1000])?;
    /// let (_left_open, _) = files.open((Handle::ROOT, "log"), Open::default())?;
    /// files.unlink((Handle::ROOT, "log"))?;
    /// assert!(files.used() > 1000);
    /// files.close_all();
    /// assert_eq!(files.used(), 0);
    /// # Ok::<(), fayasm_wasi::Errno>(())
    /// ```
    pub fn close_all(&mut self) {
        self.nodes.close_all();
    }

    /// The paths of everything but the root, each directory before what is in
    /// it, names in order.
    ///
    /// ```
    /// use fayasm_wasi::MemoryFs;
    ///
    /// let mut files = MemoryFs::new(64 << 10);
    /// files.write_file("b/c", b"")?;
    /// files.write_file("a", b"")?;
    /// assert_eq!(files.paths(), ["a", "b", "b/c"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        // Directories and how far each has been gone through; nesting can be
        // deeper than what recursion could take.
        let mut open = Vec::new();
        open.extend(self.nodes.directory(nodes::ROOT).map(|names| (String::new(), names.iter())));
        while let Some((prefix, names)) = open.last_mut() {
            let Some((name, inode)) = names.next() else {
                open.pop();
                continue;
            };
            let mut path = prefix.clone();
            path.push_str(name);
            paths.push(path.clone());
            if let Ok(names) = self.nodes.directory(*inode) {
                path.push('/');
                open.push((path, names.iter()));
            }
        }
        paths
    }
}
