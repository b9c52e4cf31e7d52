//! Systems without dynamic libraries.

use std::path::Path;

use crate::LoadError;

/// There are none.
#[derive(Debug)]
pub(crate) enum Entry {}

impl Entry {
    pub(crate) fn module(&self) -> &str {
        match *self {}
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn signature(&self) -> &str {
        match *self {}
    }

    pub(crate) fn call(&self, _: &mut [u8], _: &[u64], _: &mut [u64]) -> Result<(), String> {
        match *self {}
    }
}

pub(crate) fn load(_: &Path) -> Result<Vec<Entry>, LoadError> {
    Err(LoadError::Unsupported)
}
