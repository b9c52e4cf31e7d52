//! Files, directories and symbolic links, by number, and the bytes they take.

use alloc::collections::BTreeMap;
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
    Directory(BTreeMap<String, u64>),
    Symlink(String),
}

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
    nodes: BTreeMap<u64, Node>,
    next: u64,
    used: u64,
    limit: u64,
}

impl Nodes {
    pub(super) fn new(limit: u64) -> Self {
        let mut nodes = Nodes { nodes: BTreeMap::new(), next: ROOT, used: 0, limit };
        let root = nodes.add_node(Content::Directory(BTreeMap::new()), 0);
        if let Ok(root) = nodes.get_mut(root) {
            root.links = 1;
        }
        nodes
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn get(&self, inode: u64) -> Result<&Node, Errno> {
        self.nodes.get(&inode).ok_or(Errno::BadF)
    }

    pub(super) fn get_mut(&mut self, inode: u64) -> Result<&mut Node, Errno> {
        self.nodes.get_mut(&inode).ok_or(Errno::BadF)
    }

    pub(super) fn file_type(&self, inode: u64) -> FileType {
        self.nodes.get(&inode).map_or(FileType::Unknown, Node::file_type)
    }

    /// The names in a directory, in order; none in what is no directory.
    pub(super) fn children(&self, inode: u64) -> Children<'_> {
        let content = self.nodes.get(&inode).map(|node| &node.content);
        let Some(Content::Directory(children)) = content else { return Children(None) };
        Children(Some(children.iter()))
    }

    /// The names in a directory.
    pub(super) fn directory(&self, inode: u64) -> Result<&BTreeMap<String, u64>, Errno> {
        match &self.get(inode)?.content {
            Content::Directory(children) => Ok(children),
            _ => Err(Errno::NotDir),
        }
    }

    fn directory_mut(&mut self, inode: u64) -> Result<&mut BTreeMap<String, u64>, Errno> {
        match &mut self.get_mut(inode)?.content {
            Content::Directory(children) => Ok(children),
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

    fn add_node(&mut self, content: Content, now: u64) -> u64 {
        let inode = self.next;
        self.next += 1;
        let (accessed, modified, changed) = (now, now, now);
        let node = Node { content, links: 0, open: 0, parent: ROOT, accessed, modified, changed };
        self.nodes.insert(inode, node);
        inode
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
        let inode = self.add_node(content, now);
        let named = self.link(directory, name, inode, now);
        if let Err(errno) = named {
            self.nodes.remove(&inode);
            self.release(bytes);
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
        self.charge(OVERHEAD + name.len() as u64)?;
        self.directory_mut(directory)?.insert(name.into(), inode);
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

    /// Removes a node that has no name and is not open.
    fn forget(&mut self, inode: u64) {
        if let Some(node) = self.nodes.get(&inode)
            && node.links == 0
            && node.open == 0
        {
            let bytes = OVERHEAD + node.content.bytes();
            self.release(bytes);
            self.nodes.remove(&inode);
        }
    }

    /// Whether a directory is another one, or lies somewhere in it.
    pub(super) fn lies_in(&self, mut inode: u64, outer: u64) -> bool {
        while inode != outer {
            match self.nodes.get(&inode) {
                Some(node) if inode != ROOT => inode = node.parent,
                _ => return false,
            }
        }
        true
    }
}

impl Node {
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

/// The names in a directory, and the nodes behind them.
pub(super) struct Children<'a>(Option<alloc::collections::btree_map::Iter<'a, String, u64>>);

impl<'a> Iterator for Children<'a> {
    type Item = (&'a str, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, inode) = self.0.as_mut()?.next()?;
        Some((name, *inode))
    }
}
