//! The descriptors of a program: what is open, and what may be done with it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::{Errno, FileType, rights};
use crate::file_system::{Entry, Handle};

/// The most descriptors that may be open at once.
const MAX_DESCRIPTORS: usize = 1024;

/// The most directory entries that are remembered while directories are read.
const MAX_LISTED: usize = 1 << 18;

/// Something open.
#[derive(Debug)]
pub(crate) struct Descriptor {
    pub(crate) kind: Kind,
    /// What may be done with it.
    pub(crate) rights: u64,
    /// What may be done with what is opened from it, at the most.
    pub(crate) inheriting: u64,
    /// `fdflags`
    pub(crate) flags: u16,
}

/// What is open.
#[derive(Debug)]
pub(crate) enum Kind {
    Stdin,
    Stdout,
    Stderr,
    Node(Node),
}

/// A file or directory that is open.
#[derive(Debug)]
pub(crate) struct Node {
    /// Which of the file systems holds it.
    pub(crate) system: usize,
    pub(crate) handle: Handle,
    pub(crate) file_type: FileType,
    /// The byte at which the next read or write begins.
    pub(crate) position: u64,
    /// The name by which the program finds it, if it was opened by the embedder.
    pub(crate) preopen: Option<String>,
    /// The directory's content as it was when reading it began.
    pub(crate) listing: Option<Vec<Entry>>,
}

impl Descriptor {
    /// One of the three standard streams.
    pub(crate) fn stream(kind: Kind, rights: u64) -> Self {
        let rights = rights | rights::FD_FDSTAT_SET_FLAGS | rights::POLL_FD_READWRITE;
        Descriptor { kind, rights: rights | rights::FD_FILESTAT_GET, inheriting: 0, flags: 0 }
    }

    pub(crate) fn file_type(&self) -> FileType {
        match &self.kind {
            Kind::Node(node) => node.file_type,
            _ => FileType::CharacterDevice,
        }
    }

    /// Fails unless all these rights were granted.
    pub(crate) fn require(&self, rights: u64) -> Result<(), Errno> {
        if self.rights & rights == rights { Ok(()) } else { Err(Errno::NotCapable) }
    }
}

/// All descriptors, by number.
#[derive(Debug, Default)]
pub(crate) struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    pub(crate) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.0.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    pub(crate) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor, Errno> {
        self.0.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    /// A file or directory, if the descriptor has these rights; what is none
    /// gives `otherwise`.
    pub(crate) fn node(
        &mut self,
        fd: u32,
        rights: u64,
        otherwise: Errno,
    ) -> Result<&mut Node, Errno> {
        let descriptor = self.get_mut(fd)?;
        let granted = descriptor.require(rights);
        match &mut descriptor.kind {
            Kind::Node(node) => granted.map(|()| node),
            _ => Err(otherwise),
        }
    }

    /// A directory, if the descriptor has these rights.
    pub(crate) fn directory(&mut self, fd: u32, rights: u64) -> Result<&mut Node, Errno> {
        let is_directory = self.get(fd)?.file_type() == FileType::Directory;
        if is_directory { self.node(fd, rights, Errno::NotDir) } else { Err(Errno::NotDir) }
    }

    /// Fails unless one more can be opened: asked before a call has any effect.
    pub(crate) fn reserve(&mut self) -> Result<u32, Errno> {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free >= MAX_DESCRIPTORS {
            return Err(Errno::MFile);
        }
        if free == self.0.len() {
            self.0.try_reserve(1).map_err(|_| Errno::NoMem)?;
        }
        // It is less than the limit.
        Ok(free as u32)
    }

    /// Opens one, with the lowest free number.
    pub(crate) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let fd = self.reserve()?;
        match self.0.get_mut(fd as usize) {
            Some(free) => *free = Some(descriptor),
            None => self.0.push(Some(descriptor)),
        }
        Ok(fd)
    }

    pub(crate) fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        self.0.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadF)
    }

    /// Forgets the listings that, with one more of this length, are too much: a
    /// program could keep those of many descriptors.
    pub(crate) fn bound_listings(&mut self, length: usize) {
        let nodes =
            self.0.iter_mut().flatten().filter_map(|descriptor| match &mut descriptor.kind {
                Kind::Node(node) => Some(&mut node.listing),
                _ => None,
            });
        let mut entries = length;
        for listing in nodes {
            entries += listing.as_ref().map_or(0, Vec::len);
            if entries > MAX_LISTED {
                *listing = None;
            }
        }
    }

    /// Puts the first in the place of the second, which it gives.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<Option<Descriptor>, Errno> {
        self.get(from)?;
        self.get(to)?;
        if from == to {
            return Ok(None);
        }
        let moved = self.remove(from)?;
        Ok(Some(core::mem::replace(self.get_mut(to)?, moved)))
    }
}
