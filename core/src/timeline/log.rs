//! What host functions have returned, so that going over it again does not call
//! them again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::snapshot::reserve;
use crate::allocate::{OutOfMemory, boxed, boxed_copy, zeroed};
use crate::execute::Job;
use crate::runtime::{Access, StoreInner};

/// The return of a host function.
#[derive(Debug)]
pub(super) struct HostReturn {
    /// How many instructions had been executed when it was called.
    pub(super) at: u64,
    results: Box<[u64]>,
    accessed: Box<[Accessed]>,
}

/// An access to memory, and what was written.
#[derive(Debug)]
struct Accessed {
    access: Access,
    bytes: Box<[u8]>,
}

impl HostReturn {
    /// Of the function at this address, which a job has just returned from, and
    /// which has accessed memories so.
    pub(super) fn new(
        at: u64,
        store: &StoreInner,
        job: &Job,
        address: usize,
        accesses: Vec<Access>,
    ) -> Result<Self, OutOfMemory> {
        let mut accessed = Vec::new();
        reserve(&mut accessed, accesses.len())?;
        for access in accesses {
            let written = if access.is_write { access.range.len() } else { 0 };
            let mut bytes = zeroed(written)?;
            // What a host function has written is in RAM until then.
            let _ = store.peek(access.memory, access.range.start as u64, &mut bytes);
            accessed.push(Accessed { access, bytes: boxed(bytes)? });
        }
        let results = store.function_type(address).map_or(&[][..], |ty| ty.results());
        let results: usize = results.iter().map(|ty| ty.slots() as usize).sum();
        let stack = job.stack();
        let from = stack.len().saturating_sub(results);
        let results = stack.get(from..).unwrap_or_default();
        Ok(HostReturn { at, results: boxed_copy(results)?, accessed: boxed(accessed)? })
    }

    /// Whether it has written to some of these bytes.
    pub(super) fn has_written(&self, memory: u32, bytes: &Range<u64>) -> bool {
        self.accessed.iter().any(|Accessed { access, .. }| {
            let (start, end) = (access.range.start as u64, access.range.end as u64);
            let is_there = access.memory == memory && start < bytes.end && bytes.start < end;
            access.is_write && is_there
        })
    }

    /// Returns from the function that the job is calling, as it did before.
    pub(super) fn repeat(&self, store: &mut StoreInner, job: &mut Job) -> bool {
        store.pager.executed = self.at;
        // All of this has been possible before.
        let _ = store.make_room_to_suspend();
        let _ = store.move_pages(|memories, affords| {
            for Accessed { access, bytes } in &self.accessed {
                let (memory, range) = (access.memory as usize, access.range.clone());
                let _ = match access.is_write {
                    true => memories.write_all(memory, range.start as u64, bytes).is_ok(),
                    false => memories.pin(memory, range, affords).is_ok(),
                };
            }
            memories.unpin()
        });
        job.host_gave(store, &self.results)
    }

    /// Bytes that this takes.
    pub(super) fn bytes(&self) -> usize {
        let accessed = self.accessed.iter().map(|it| size_of_val(it) + it.bytes.len());
        size_of::<HostReturn>() + size_of_val(&*self.results) + accessed.sum::<usize>()
    }
}
