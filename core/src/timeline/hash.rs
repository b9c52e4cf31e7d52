//! A number for the state of a run, to tell where two runs differ.

use core::ops::Range;

use crate::execute::Job;
use crate::hash::Hash;
use crate::inspect::Location;
use crate::runtime::{AsContext, FRAME_BYTES, StoreInner, inner};
use crate::spill::ObjectId;

/// Reads bytes from here on of a page that is stored elsewhere.
pub(crate) type ReadStored<'a> = &'a mut dyn FnMut(ObjectId, usize, &mut [u8]);

/// A number for everything that the rest of a run depends on: value stack,
/// frames, memories, globals, tables, dropped segments and objects, and how many
/// instructions were executed. It is the same on every machine, for the same
/// modules instantiated in the same order, whatever else the embedder has made
/// that no instance has. A page that is stored elsewhere counts as zeros
/// ([`Store::spilled_hash`](crate::Store::spilled_hash) has a look at it).
///
/// ```
/// # use fayasm_core::{Engine, Linker, Module, Store};
/// use fayasm_core::timeline::state_hash;
/// use fayasm_core::{Job, Val};
///
/// let wat = r#"(module (func (export "f") (param i32) (drop (local.get 0)) (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let mut one = Job::new(&store, f, &[Val::I32(1)])?;
/// let mut other = Job::new(&store, f, &[Val::I32(1)])?;
/// store.step(&mut one);
/// assert_ne!(state_hash(&store, &one), state_hash(&store, &other));
/// store.step(&mut other);
/// assert_eq!(state_hash(&store, &one), state_hash(&store, &other));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn state_hash(store: impl AsContext, job: &Job) -> u64 {
    hash_with(inner(&store), job, None)
}

/// The same. Pages that are stored elsewhere are what this gives, or zeros.
pub(crate) fn hash_with(store: &StoreInner, job: &Job, mut stored: Option<ReadStored<'_>>) -> u64 {
    let mut hash = Hash::default();
    hash_job(&mut hash, job);
    hash_store(&mut hash, store, &mut stored);
    hash.finish()
}

/// A number for what is at a location; of a local, for all of its frame.
pub(super) fn location_hash(store: &StoreInner, job: &Job, location: &Location) -> u64 {
    let mut hash = Hash::default();
    match location {
        // An instruction writes no more than one of them.
        Location::Local { frame, .. } => hash.words(job.local_slots(store, *frame)),
        Location::Operand { frame, .. } => hash.words(job.operand_slots(store, *frame)),
        Location::Global(global) => {
            let global = store.globals.get(global.0.index as usize);
            hash.words(global.map_or(&[][..], |it| &it.value));
        }
        Location::Memory { memory, bytes } => {
            hash_memory(&mut hash, store, memory.0.index, bytes.clone(), &mut None);
        }
        Location::Table { table, elements } => {
            let table = store.tables.get(table.0.index as usize);
            hash.words(part(table.map_or(&[][..], |it| it.slots()), elements));
        }
    }
    hash.finish()
}

/// The bytes of a memory in a range, as far as there are any.
fn hash_memory(
    hash: &mut Hash,
    store: &StoreInner,
    memory: u32,
    range: Range<u64>,
    stored: &mut Option<ReadStored<'_>>,
) {
    let Some(all) = store.memories.get(memory as usize) else { return hash.bytes(&[]) };
    if let Some(bytes) = all.flat() {
        return hash.bytes(part(bytes, &range));
    }
    let size = all.size();
    let end = range.end.min(size);
    let mut at = range.start.min(end);
    hash.word(end - at);
    let mut piece = [0; 256];
    loop {
        let length = (end - at).min(piece.len() as u64) as usize;
        piece.fill(0);
        if let Err(page) = store.peek(memory, at, &mut piece[..length])
            && let Some(stored) = stored
        {
            // All of it lies in one page, for that starts at a multiple of its length, as all ranges
            // do that are looked at with what is stored.
            stored(page, (at % FRAME_BYTES as u64) as usize, &mut piece[..length]);
        }
        let (words, _) = piece.as_chunks();
        at += length as u64;
        // What is left at the end is shorter than a word, if only by all of its bytes.
        let count = if at < end { words.len() } else { length / 8 + 1 };
        for word in words.iter().take(count) {
            hash.word(u64::from_le_bytes(*word));
        }
        if at == end {
            if length == piece.len() {
                hash.word(0);
            }
            return;
        }
    }
}

/// The items in a range, as far as there are any.
fn part<'a, T>(items: &'a [T], range: &Range<u64>) -> &'a [T] {
    let end = range.end.min(items.len() as u64);
    // Both are at most the length.
    items.get(range.start.min(end) as usize..end as usize).unwrap_or_default()
}

fn hash_job(hash: &mut Hash, job: &Job) {
    hash.word(job.executed());
    hash.word(u64::from(job.is_running()));
    hash.words(job.ready_stack());
    let frames = job.frames();
    hash.word(frames.len() as u64);
    for (index, frame) in frames.iter().enumerate() {
        hash.word(u64::from(frame.address) << 32 | u64::from(frame.base));
        // Where the innermost frame goes on after a call it has not made is
        // left over from another.
        let waits = index + 1 < frames.len();
        let at = if waits { frame.resume_at } else { frame.pc };
        hash.word(u64::from(at) << 32 | u64::from(frame.next_entry));
    }
}

fn hash_store(hash: &mut Hash, store: &StoreInner, stored: &mut Option<ReadStored<'_>>) {
    for (index, instance) in store.instances.iter().enumerate() {
        for address in distinct(&instance.memories) {
            hash_memory(hash, store, address as u32, 0..u64::MAX, stored);
        }
        for address in distinct(&instance.globals) {
            hash.words(store.globals.get(address).map_or(&[], |global| &global.value));
        }
        for address in distinct(&instance.tables) {
            hash.words(store.tables.get(address).map_or(&[], |table| table.slots()));
        }
        let Some(segments) = store.segments.get(index) else { continue };
        for dropped in segments.dropped_data.iter().chain(&segments.dropped_elements) {
            hash.word(u64::from(*dropped));
        }
    }
    for number in 0..store.heap.entries() as u32 {
        if let Some((Some(object), _)) = store.heap.entry(number) {
            hash.word(u64::from(number) << 32 | u64::from(object.ty));
            hash.bytes(object.data());
        }
    }
}

/// Where what an instance has stands in the store; what is imported several times in a
/// row, once.
fn distinct(addresses: &[u32]) -> impl Iterator<Item = usize> {
    let runs = addresses.chunk_by(|a, b| a == b);
    runs.filter_map(|run| run.first()).map(|address| *address as usize)
}
