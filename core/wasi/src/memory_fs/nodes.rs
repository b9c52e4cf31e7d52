//! Files, directories and symbolic links, by number, and the bytes they take.

use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::{Errno, FileType};

/// The number of the root, which is the handle of the root as well.
pub(super) const ROOT: u64 = 0;

/// What a node takes beside its content, and a name beside its characters, in bytes.
const OVERHEAD: u64 = 128;

/// The most bytes that a name may have.
const MAX_NAME: usize = 255;

/// What a node holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    File(Vec<u8>),
    Directory(Names),
    Symlink(String),
}

/// The names in a directory, in order, and the numbers of what has them.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Vec<(String, u64)>);

/// A file, a directory or a symbolic link.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) content: Content,
    /// By how many names it can be found; one for the root.
    pub(super) links: u64,
    /// How often it is open. It stays while it is, without a name.
    pub(super) open: u64,
    /// The directory that a directory lies in.
    pub(super) parent: u64,
    pub(super) accessed: u64,
    pub(super) modified: u64,
    pub(super) changed: u64,
}

/// All nodes.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    nodes: Vec<Option<Node>>,
    /// Numbers that are free again.
    vacant: Vec<u64>,
    used: u64,
    limit: u64,
}

impl Nodes {
    pub(super) fn new(limit: u64) -> Self {
        let mut root = Node::new(Content::Directory(Names::default()), 0);
        root.links = 1;
        Nodes { nodes: Vec::from([Some(root)]), vacant: Vec::new(), used: 0, limit }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn get(&self, inode: u64) -> Result<&Node, Errno> {
        let index = usize::try_from(inode).map_err(|_| Errno::BadF)?;
        self.nodes.get(index).and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    pub(super) fn get_mut(&mut self, inode: u64) -> Result<&mut Node, Errno> {
        let index = usize::try_from(inode).map_err(|_| Errno::BadF)?;
        self.nodes.get_mut(index).and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    pub(super) fn file_type(&self, inode: u64) -> FileType {
        self.get(inode).map_or(FileType::Unknown, Node::file_type)
    }

    /// The names in a directory.
    pub(super) fn directory(&self, inode: u64) -> Result<&Names, Errno> {
        match &self.get(inode)?.content {
            Content::Directory(names) => Ok(names),
            _ => Err(Errno::NotDir),
        }
    }

    fn directory_mut(&mut self, inode: u64) -> Result<&mut Names, Errno> {
        match &mut self.get_mut(inode)?.content {
            Content::Directory(names) => Ok(names),
            _ => Err(Errno::NotDir),
        }
    }

    /// Accounts for more bytes, if the limit allows them.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Errno> {
        let used = self.used.checked_add(bytes).filter(|used| *used <= self.limit);
        self.used = used.ok_or(Errno::NoSpc)?;
        Ok(())
    }

    /// Accounts for bytes that are no longer taken.
    pub(super) fn release(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Gives a node the first number that is free.
    fn add_node(&mut self, node: Node) -> Result<u64, Errno> {
        if let Some(inode) = self.vacant.pop() {
            // A number is free because it had a place.
            if let Some(place) = self.nodes.get_mut(inode as usize) {
                *place = Some(node);
            }
            return Ok(inode);
        }
        self.nodes.try_reserve(1).map_err(|_| Errno::NoSpc)?;
        self.nodes.push(Some(node));
        Ok(self.nodes.len() as u64 - 1)
    }

    /// Makes a node with this name in a directory.
    pub(super) fn create(
        &mut self,
        directory: u64,
        name: &str,
        content: Content,
        now: u64,
    ) -> Result<u64, Errno> {
        let bytes = OVERHEAD + content.bytes();
        self.charge(bytes)?;
        let made = self.add_node(Node::new(content, now));
        let inode = made.inspect_err(|_| self.release(bytes))?;
        if let Err(errno) = self.link(directory, name, inode, now) {
            self.forget(inode);
            return Err(errno);
        }
        Ok(inode)
    }

    /// Gives a node this name in a directory, in which it must be free.
    pub(super) fn link(
        &mut self,
        directory: u64,
        name: &str,
        inode: u64,
        now: u64,
    ) -> Result<(), Errno> {
        if name.len() > MAX_NAME {
            return Err(Errno::NameTooLong);
        }
        // A directory that was removed while open takes nothing new.
        if self.get(directory)?.links == 0 {
            return Err(Errno::NoEnt);
        }
        let bytes = OVERHEAD + name.len() as u64;
        self.charge(bytes)?;
        let inserted = self.directory_mut(directory).and_then(|names| names.insert(name, inode));
        inserted.inspect_err(|_| self.release(bytes))?;
        self.get_mut(directory)?.modified = now;
        let node = self.get_mut(inode)?;
        node.links += 1;
        node.parent = directory;
        node.changed = now;
        Ok(())
    }

    /// Takes a name out of a directory, and the node with it if nothing else needs it.
    pub(super) fn unlink(&mut self, directory: u64, name: &str, now: u64) -> Result<(), Errno> {
        let inode = self.directory_mut(directory)?.remove(name).ok_or(Errno::NoEnt)?;
        self.release(OVERHEAD + name.len() as u64);
        self.get_mut(directory)?.modified = now;
        let node = self.get_mut(inode)?;
        node.links -= 1;
        node.changed = now;
        self.forget(inode);
        Ok(())
    }

    pub(super) fn open(&mut self, inode: u64) -> Result<(), Errno> {
        self.get_mut(inode)?.open += 1;
        Ok(())
    }

    pub(super) fn close(&mut self, inode: u64) {
        if let Ok(node) = self.get_mut(inode) {
            node.open = node.open.saturating_sub(1);
        }
        self.forget(inode);
    }

    pub(super) fn close_all(&mut self) {
        for inode in 0..self.nodes.len() as u64 {
            if let Ok(node) = self.get_mut(inode) {
                node.open = 0;
            }
            self.forget(inode);
        }
    }

    /// Removes a node that has no name and is not open.
    fn forget(&mut self, inode: u64) {
        if let Ok(node) = self.get(inode)
            && node.links == 0
            && node.open == 0
        {
            self.release(OVERHEAD + node.content.bytes());
            if let Some(place) = self.nodes.get_mut(inode as usize) {
                *place = None;
            }
            // Without memory for it, the number is not used again.
            if self.vacant.try_reserve(1).is_ok() {
                self.vacant.push(inode);
            }
        }
    }

    /// Whether a directory is another one, or lies somewhere in it.
    pub(super) fn lies_in(&self, mut inode: u64, outer: u64) -> bool {
        while inode != outer {
            match self.get(inode) {
                Ok(node) if inode != ROOT => inode = node.parent,
                _ => return false,
            }
        }
        true
    }
}

impl Names {
    /// Where a name is, or would be.
    fn search(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// The number of what has this name.
    pub(super) fn get(&self, name: &str) -> Option<u64> {
        let at = self.search(name).ok()?;
        self.0.get(at).map(|(_, inode)| *inode)
    }

    /// In order.
    pub(super) fn iter(&self) -> core::slice::Iter<'_, (String, u64)> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn insert(&mut self, name: &str, inode: u64) -> Result<(), Errno> {
        self.0.try_reserve(1).map_err(|_| Errno::NoSpc)?;
        let at = self.search(name).err().ok_or(Errno::Exist)?;
        self.0.insert(at, (name.into(), inode));
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Option<u64> {
        let at = self.search(name).ok()?;
        let (_, inode) = self.0.remove(at);
        Some(inode)
    }
}

impl Node {
    fn new(content: Content, now: u64) -> Self {
        let (accessed, modified, changed) = (now, now, now);
        Node { content, links: 0, open: 0, parent: ROOT, accessed, modified, changed }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self.content {
            Content::File(_) => FileType::RegularFile,
            Content::Directory(_) => FileType::Directory,
            Content::Symlink(_) => FileType::SymbolicLink,
        }
    }
}

impl Content {
    /// How many bytes it holds; the names in a directory are accounted for one by one.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Content::File(bytes) => bytes.len() as u64,
            Content::Directory(_) => 0,
            Content::Symlink(target) => target.len() as u64,
        }
    }
}
