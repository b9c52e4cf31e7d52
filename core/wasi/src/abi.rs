//! The numbers of `wasi_snapshot_preview1`: errors, file types, flags, rights.

use core::fmt;

macro_rules! errno {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// Why a call failed, as the program is told: `errno` of the WASI specification.
        ///
        /// ```
        /// use fayasm_wasi::Errno;
        ///
        /// assert_eq!(Errno::NoEnt.code(), 44);
        /// assert_eq!(Errno::NoEnt.to_string(), "no such file or directory");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Errno {
            $(#[doc = $text] $name = $code,)*
        }

        impl fmt::Display for Errno {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Errno::$name => $text,)*
                })
            }
        }
    };
}

errno! {
    Acces = 2, "permission denied";
    Again = 6, "try again";
    BadF = 8, "bad descriptor";
    Busy = 10, "busy";
    Exist = 20, "exists already";
    Fault = 21, "address outside of memory";
    FBig = 22, "file too large";
    IlSeq = 25, "text that is not UTF-8";
    Intr = 27, "interrupted";
    Inval = 28, "invalid argument";
    Io = 29, "input or output failed";
    IsDir = 31, "is a directory";
    Loop = 32, "too many symbolic links";
    MFile = 33, "too many open descriptors";
    MLink = 34, "too many links";
    NameTooLong = 37, "name too long";
    NoEnt = 44, "no such file or directory";
    NoMem = 48, "out of memory";
    NoSpc = 51, "no space left";
    NoSys = 52, "function not implemented";
    NotDir = 54, "not a directory";
    NotEmpty = 55, "directory not empty";
    NotSock = 57, "not a socket";
    NotSup = 58, "not supported";
    Overflow = 61, "value too large";
    Perm = 63, "operation not permitted";
    Pipe = 64, "nobody reads any more";
    RoFs = 69, "read-only file system";
    SPipe = 70, "cannot seek";
    XDev = 75, "on another file system";
    NotCapable = 76, "right not granted";
}

impl Errno {
    /// Its number.
    ///
    /// ```
    /// use fayasm_wasi::Errno;
    ///
    /// assert_eq!([Errno::BadF.code(), Errno::Perm.code()], [8, 63]);
    /// ```
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }
}

impl core::error::Error for Errno {}

/// What a descriptor or path stands for: `filetype` of the WASI specification.
///
/// ```
/// use fayasm_wasi::FileType;
///
/// assert_eq!(FileType::Directory as u8, 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum FileType {
    /// Something else than the others.
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device, such as a terminal.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A file.
    RegularFile = 4,
    /// A symbolic link.
    SymbolicLink = 7,
}

/// What may be done with a descriptor: `rights` of the WASI specification.
pub(crate) mod rights {
    pub(crate) const FD_DATASYNC: u64 = 1;
    pub(crate) const FD_READ: u64 = 1 << 1;
    pub(crate) const FD_SEEK: u64 = 1 << 2;
    pub(crate) const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    pub(crate) const FD_SYNC: u64 = 1 << 4;
    pub(crate) const FD_TELL: u64 = 1 << 5;
    pub(crate) const FD_WRITE: u64 = 1 << 6;
    pub(crate) const FD_ADVISE: u64 = 1 << 7;
    pub(crate) const FD_ALLOCATE: u64 = 1 << 8;
    pub(crate) const PATH_CREATE_DIRECTORY: u64 = 1 << 9;
    pub(crate) const PATH_CREATE_FILE: u64 = 1 << 10;
    pub(crate) const PATH_LINK_SOURCE: u64 = 1 << 11;
    pub(crate) const PATH_LINK_TARGET: u64 = 1 << 12;
    pub(crate) const PATH_OPEN: u64 = 1 << 13;
    pub(crate) const FD_READDIR: u64 = 1 << 14;
    pub(crate) const PATH_READLINK: u64 = 1 << 15;
    pub(crate) const PATH_RENAME_SOURCE: u64 = 1 << 16;
    pub(crate) const PATH_RENAME_TARGET: u64 = 1 << 17;
    pub(crate) const PATH_FILESTAT_GET: u64 = 1 << 18;
    pub(crate) const PATH_FILESTAT_SET_SIZE: u64 = 1 << 19;
    pub(crate) const PATH_FILESTAT_SET_TIMES: u64 = 1 << 20;
    pub(crate) const FD_FILESTAT_GET: u64 = 1 << 21;
    pub(crate) const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    pub(crate) const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    pub(crate) const PATH_SYMLINK: u64 = 1 << 24;
    pub(crate) const PATH_REMOVE_DIRECTORY: u64 = 1 << 25;
    pub(crate) const PATH_UNLINK_FILE: u64 = 1 << 26;
    pub(crate) const POLL_FD_READWRITE: u64 = 1 << 27;

    /// All that make sense for a file.
    pub(crate) const FILE: u64 = FD_DATASYNC
        | FD_READ
        | FD_SEEK
        | FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_TELL
        | FD_WRITE
        | FD_ADVISE
        | FD_ALLOCATE
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_SIZE
        | FD_FILESTAT_SET_TIMES
        | POLL_FD_READWRITE;

    /// All that make sense for a directory.
    pub(crate) const DIRECTORY: u64 = FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_OPEN
        | FD_READDIR
        | PATH_READLINK
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_FILESTAT_GET
        | PATH_FILESTAT_SET_SIZE
        | PATH_FILESTAT_SET_TIMES
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_TIMES
        | PATH_SYMLINK
        | PATH_REMOVE_DIRECTORY
        | PATH_UNLINK_FILE;

    /// Those that change nothing but the descriptor.
    pub(crate) const LOOKING: u64 = FD_READ
        | FD_SEEK
        | FD_FDSTAT_SET_FLAGS
        | FD_TELL
        | FD_ADVISE
        | PATH_OPEN
        | FD_READDIR
        | PATH_READLINK
        | PATH_FILESTAT_GET
        | FD_FILESTAT_GET
        | POLL_FD_READWRITE;
}

/// How a descriptor reads and writes: `fdflags` of the WASI specification.
pub(crate) mod fdflags {
    pub(crate) const APPEND: u16 = 1;
    pub(crate) const DSYNC: u16 = 1 << 1;
    pub(crate) const NONBLOCK: u16 = 1 << 2;
    pub(crate) const SYNC: u16 = 1 << 4;
    pub(crate) const ALL: u16 = (1 << 5) - 1;
}

/// How a path is opened: `oflags` of the WASI specification.
pub(crate) mod oflags {
    pub(crate) const CREAT: u32 = 1;
    pub(crate) const DIRECTORY: u32 = 1 << 1;
    pub(crate) const EXCL: u32 = 1 << 2;
    pub(crate) const TRUNC: u32 = 1 << 3;
    pub(crate) const ALL: u32 = (1 << 4) - 1;
}
