//! What host functions have returned, so that going over it again does not call
//! them again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::snapshot::reserve;
use crate::allocate::{OutOfMemory, boxed, boxed_copy};
use crate::execute::Job;
use crate::runtime::StoreInner;

/// The return of a host function.
#[derive(Debug)]
pub(super) struct HostReturn {
    /// How many instructions had been executed when it was called.
    pub(super) at: u64,
    results: Box<[u64]>,
    written: Box<[Written]>,
}

/// What has been written.
#[derive(Debug)]
struct Written {
    memory: u32,
    start: usize,
    bytes: Box<[u8]>,
}

impl HostReturn {
    /// Of the function at this address, which a job has just returned from, and
    /// which has written to these bytes of memories.
    pub(super) fn new(
        at: u64,
        store: &StoreInner,
        job: &Job,
        address: usize,
        ranges: &[(u32, Range<usize>)],
    ) -> Result<Self, OutOfMemory> {
        let mut written = Vec::new();
        reserve(&mut written, ranges.len())?;
        for (memory, range) in ranges {
            let bytes = store.memories.get(*memory as usize).map(|it| it.bytes());
            let bytes = bytes.and_then(|it| it.get(range.clone())).unwrap_or_default();
            let bytes = boxed_copy(bytes)?;
            written.push(Written { memory: *memory, start: range.start, bytes });
        }
        let results = store.function_type(address).map_or(&[][..], |ty| ty.results());
        let results: usize = results.iter().map(|ty| ty.slots() as usize).sum();
        let stack = job.stack();
        let from = stack.len().saturating_sub(results);
        let results = stack.get(from..).unwrap_or_default();
        Ok(HostReturn { at, results: boxed_copy(results)?, written: boxed(written)? })
    }

    /// Whether it has written to some of these bytes.
    pub(super) fn has_written(&self, memory: u32, bytes: &Range<u64>) -> bool {
        self.written.iter().any(|it| {
            let (start, end) = (it.start as u64, it.start as u64 + it.bytes.len() as u64);
            it.memory == memory && start < bytes.end && bytes.start < end
        })
    }

    /// Returns from the function that the job is calling, as it did before.
    pub(super) fn repeat(&self, store: &mut StoreInner, job: &mut Job) -> bool {
        for Written { memory, start, bytes } in &self.written {
            if let Some(memory) = store.memories.get_mut(*memory as usize) {
                // It has been written there before.
                let _ = memory.write(*start as u64, bytes);
            }
        }
        job.host_gave(store, &self.results)
    }

    /// Bytes that this takes.
    pub(super) fn bytes(&self) -> usize {
        let written = self.written.iter().map(|it| size_of_val(it) + it.bytes.len());
        size_of::<HostReturn>() + size_of_val(&*self.results) + written.sum::<usize>()
    }
}
