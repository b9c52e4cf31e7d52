//! From a path to a node, without ever leaving the directory it starts from.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::MemoryFs;
use super::nodes::Content;
use crate::abi::{Errno, FileType};
use crate::file_system::At;

/// The most symbolic links that are followed for one path.
const MAX_FOLLOWED: u32 = 32;

/// What a path names.
#[derive(Debug)]
pub(super) struct Found {
    /// The directory that holds the last name.
    pub(super) directory: u64,
    /// The last name; none if the path ends with `.` or `..`.
    pub(super) name: Option<String>,
    /// What has that name, if anything has.
    pub(super) node: Option<u64>,
    /// Whether the path ends with a slash, and so can only name a directory.
    pub(super) slash: bool,
}

impl Found {
    /// The directory and the name for something to be made there.
    pub(super) fn vacant(&self) -> Result<(u64, &str), Errno> {
        match (&self.name, self.node) {
            (Some(name), None) => Ok((self.directory, name)),
            _ => Err(Errno::Exist),
        }
    }

    /// The directory, the name and the node of something that exists.
    pub(super) fn named(&self) -> Result<(u64, &str, u64), Errno> {
        match (&self.name, self.node) {
            (Some(name), Some(node)) => Ok((self.directory, name, node)),
            (None, _) => Err(Errno::Inval),
            (_, None) => Err(Errno::NoEnt),
        }
    }
}

impl MemoryFs {
    /// Finds what a path names; a symbolic link at its end is followed or not.
    pub(super) fn resolve(&self, (start, path): At<'_>, follow: bool) -> Result<Found, Errno> {
        // The directories gone through, so that `..` goes back and never further.
        let mut trail = Vec::from([start.0]);
        let mut rest = path.to_owned();
        let mut followed = 0;
        loop {
            if rest.is_empty() {
                return Err(Errno::NoEnt);
            }
            if rest.starts_with('/') {
                return Err(Errno::Perm);
            }
            let here = *trail.last().ok_or(Errno::Perm)?;
            let names = self.nodes.directory(here)?;
            let (name, behind) = split(&rest);
            let slash = name.len() < rest.len();
            let is_last = behind.is_empty();
            let node = match name {
                "." => Some(here),
                ".." => {
                    trail.pop();
                    Some(*trail.last().ok_or(Errno::Perm)?)
                }
                _ => names.get(name),
            };
            let content = node.map(|node| self.nodes.get(node)).transpose()?;
            if let Some(Content::Symlink(target)) = content.map(|node| &node.content)
                && (!is_last || slash || follow)
            {
                followed += 1;
                if followed > MAX_FOLLOWED {
                    return Err(Errno::Loop);
                }
                let mut longer = target.clone();
                if slash {
                    longer.push('/');
                    longer.push_str(behind);
                }
                rest = longer;
                continue;
            }
            if is_last {
                let name = (name != "." && name != "..").then(|| name.to_owned());
                return self.checked(Found { directory: here, name, node, slash });
            }
            match node {
                Some(_) if name == "." || name == ".." => {}
                Some(node) => trail.push(node),
                None => return Err(Errno::NoEnt),
            }
            rest = behind.to_owned();
        }
    }

    /// What ends with a slash must be a directory, if it is there.
    fn checked(&self, found: Found) -> Result<Found, Errno> {
        match found.node {
            Some(node) if found.slash && self.nodes.file_type(node) != FileType::Directory => {
                Err(Errno::NotDir)
            }
            _ => Ok(found),
        }
    }

    /// The node that a path names.
    pub(super) fn find(&self, at: At<'_>, follow: bool) -> Result<u64, Errno> {
        self.resolve(at, follow)?.node.ok_or(Errno::NoEnt)
    }
}

/// The first name of a path, and what comes behind the slashes after it.
fn split(path: &str) -> (&str, &str) {
    let (name, behind) = path.split_once('/').unwrap_or((path, ""));
    (name, behind.trim_start_matches('/'))
}
