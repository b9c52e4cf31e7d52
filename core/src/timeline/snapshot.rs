//! Everything that a run can change, as it was at each snapshot.

use alloc::vec::Vec;

use super::Moment;
use super::history::{History, SnapshotId, Versions};
use super::log::HostReturn;
use super::room::Room;
use crate::allocate::OutOfMemory;
use crate::execute::{Frame, Job, Status};
use crate::runtime::{FRAME_BYTES, Heap, Object, Pace, StoreId, StoreInner};

/// A moment of a run that can be gone back to. What things were then is in
/// [`States`].
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) id: SnapshotId,
    /// How many instructions had been executed.
    pub(super) executed: u64,
    /// Whether executing from an earlier snapshot does not lead here: the
    /// embedder, or a host function, has changed something.
    pub(super) jump: bool,
    /// What host functions have returned between here and the next snapshot.
    pub(super) log: Vec<HostReturn>,
    /// Bytes that the log takes.
    pub(super) log_bytes: usize,
    /// What had become something else since the snapshot before.
    changed: Vec<Place>,
    /// Lengths of the sequences of words.
    lengths: Vec<usize>,
    /// Bytes of the memories.
    sizes: Vec<usize>,
    status: Status,
    heap: HeapState,
    room: Room,
}

/// What is the same for all objects.
#[derive(Debug, Default, Clone, Copy)]
struct HeapState {
    entries: usize,
    pace: Pace,
}

/// A piece of the state that has versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A chunk of a memory.
    Memory(u32, u32),
    /// A chunk of a sequence of words.
    Words(u32, u32),
    /// An entry of the heap.
    Entry(u32),
}

/// Looking at so many bytes takes as long as copying one.
const LOOKING: usize = 8;

/// The sequences of words; behind them, one for each table.
const STACK: usize = 0;
const FRAMES: usize = 1;
const GLOBALS: usize = 2;
/// Which segments were dropped.
const SEGMENTS: usize = 3;
/// Which pages of memories are in RAM.
const PAGES: usize = 4;
/// The heap's entries without an object.
const FREE: usize = 5;
const TABLES: usize = 6;

/// An entry of the heap: its object, and the generation of that.
type EntryState = (Option<Object>, u64);

/// What everything was at every snapshot.
#[derive(Debug, Default)]
pub(super) struct States {
    memories: Vec<History<u8>>,
    words: Vec<History<u64>>,
    entries: Vec<Versions<EntryState>>,
    /// Bytes that all versions take.
    pub(super) bytes: usize,
    /// Where words are put together.
    buffer: Vec<u64>,
}

impl States {
    /// Tracks changes in a store, or no longer.
    pub(super) fn track(store: &mut StoreInner, track: bool) -> Result<(), OutOfMemory> {
        let mut room = store.heap.track(track);
        for memory in &mut store.memories {
            room &= memory.track(track);
        }
        for table in &mut store.tables {
            table.changed = true;
        }
        if room { Ok(()) } else { Err(OutOfMemory) }
    }

    /// Keeps everything as it is. Gives the snapshot, and how many bytes could
    /// have been copied in the time that it took. If memory runs out, nothing is
    /// kept.
    pub(super) fn take(
        &mut self,
        store: &mut StoreInner,
        job: &Job,
        id: SnapshotId,
        jump: bool,
    ) -> Result<(Snapshot, usize), OutOfMemory> {
        if store.suspended.is_empty() && store.memories().unpin().is_err() {
            return Err(OutOfMemory);
        }
        let (_, pace) = store.heap.allocation();
        let mut snapshot = Snapshot {
            id,
            executed: job.executed(),
            jump,
            log: Vec::new(),
            log_bytes: 0,
            changed: Vec::new(),
            lengths: Vec::new(),
            sizes: Vec::new(),
            status: job.status().clone(),
            heap: HeapState { entries: store.heap.entries(), pace },
            room: Room::of(store, job)?,
        };
        for memory in &mut store.memories {
            // One that was made since is not tracked yet.
            if !memory.is_tracked() && !memory.track(true) {
                return Err(OutOfMemory);
            }
        }
        let before = self.bytes;
        match self.keep(store, job, &mut snapshot) {
            Ok(seen) => {
                settle(store);
                let copied = self.bytes - before;
                Ok((snapshot, copied + seen / LOOKING))
            }
            Err(error) => {
                self.forget_changes(&mut snapshot, None);
                Err(error)
            }
        }
    }

    /// Keeps everything; gives how many bytes were looked at.
    fn keep(
        &mut self,
        store: &StoreInner,
        job: &Job,
        snapshot: &mut Snapshot,
    ) -> Result<usize, OutOfMemory> {
        let mut seen = 0;
        self.keep_memories(store, snapshot, &mut seen)?;
        let mut words = core::mem::take(&mut self.buffer);
        let result = self.keep_words(store, job, snapshot, &mut words, &mut seen);
        self.buffer = words;
        result?;
        self.keep_heap(&store.heap, snapshot, &mut seen)?;
        Ok(seen)
    }

    fn keep_memories(
        &mut self,
        store: &StoreInner,
        snapshot: &mut Snapshot,
        seen: &mut usize,
    ) -> Result<(), OutOfMemory> {
        grow(&mut self.memories, store.memories.len())?;
        reserve(&mut snapshot.sizes, store.memories.len())?;
        let memories = store.memories.iter().zip(&mut self.memories);
        let mut page = [0; FRAME_BYTES];
        for (index, (memory, history)) in (0..).zip(memories) {
            // What is held has a size that fits.
            snapshot.sizes.push(memory.size() as usize);
            for block in memory.changed_blocks() {
                let (start, length) = (block * FRAME_BYTES, memory.block_length(block));
                let bytes = match memory.flat() {
                    Some(all) => &all[start..start + length],
                    None => {
                        let page = &mut page[..length];
                        store.peek(index, start as u64, page).map_err(|_| OutOfMemory)?;
                        &*page
                    }
                };
                *seen += bytes.len();
                reserve(&mut snapshot.changed, 1)?;
                if let Some(cost) = history.note(snapshot.id, block, bytes)? {
                    // A memory has fewer blocks than 32 bits can count, or cannot be held.
                    snapshot.changed.push(Place::Memory(index, block as u32));
                    self.bytes += cost;
                }
            }
        }
        Ok(())
    }

    fn keep_words(
        &mut self,
        store: &StoreInner,
        job: &Job,
        snapshot: &mut Snapshot,
        words: &mut Vec<u64>,
        seen: &mut usize,
    ) -> Result<(), OutOfMemory> {
        let stack = job.stack_state();
        self.keep_sequence(STACK, job.stack(), snapshot, seen)?;
        fill(words, stack.frames.iter().flat_map(frame_words))?;
        self.keep_sequence(FRAMES, words, snapshot, seen)?;
        fill(words, store.globals.iter().flat_map(|global| global.value))?;
        self.keep_sequence(GLOBALS, words, snapshot, seen)?;
        fill(words, store.dropped_segments().map(u64::from))?;
        self.keep_sequence(SEGMENTS, words, snapshot, seen)?;
        words.clear();
        if store.memories.iter().any(|memory| memory.pages().is_some()) {
            fill(words, store.page_words())?;
        }
        self.keep_sequence(PAGES, words, snapshot, seen)?;
        let (free, _) = store.heap.allocation();
        fill(words, free.iter().map(|number| u64::from(*number)))?;
        self.keep_sequence(FREE, words, snapshot, seen)?;
        for (index, table) in store.tables.iter().enumerate() {
            if table.changed {
                self.keep_sequence(TABLES + index, table.slots(), snapshot, seen)?;
            } else {
                reserve(&mut snapshot.lengths, 1)?;
                snapshot.lengths.push(table.slots().len());
            }
        }
        Ok(())
    }

    /// Keeps the sequence of words with this number, the next one.
    fn keep_sequence(
        &mut self,
        number: usize,
        words: &[u64],
        snapshot: &mut Snapshot,
        seen: &mut usize,
    ) -> Result<(), OutOfMemory> {
        grow(&mut self.words, number + 1)?;
        reserve(&mut snapshot.lengths, 1)?;
        snapshot.lengths.push(words.len());
        *seen += size_of_val(words);
        // It is there now.
        let history = &mut self.words[number];
        for (chunk, words) in words.chunks(History::<u64>::CHUNK).enumerate() {
            reserve(&mut snapshot.changed, 1)?;
            if let Some(cost) = history.note(snapshot.id, chunk, words)? {
                // Both are counted in 32 bits.
                snapshot.changed.push(Place::Words(number as u32, chunk as u32));
                self.bytes += cost;
            }
        }
        Ok(())
    }

    fn keep_heap(
        &mut self,
        heap: &Heap,
        snapshot: &mut Snapshot,
        seen: &mut usize,
    ) -> Result<(), OutOfMemory> {
        grow(&mut self.entries, heap.entries())?;
        for number in heap.changed() {
            let Some((object, generation)) = heap.entry(*number) else { continue };
            let object = object.map(|object| object.try_clone().ok_or(OutOfMemory)).transpose()?;
            let cost = entry_cost(object.as_ref());
            *seen += cost;
            reserve(&mut snapshot.changed, 1)?;
            // There is one for each entry.
            self.entries[*number as usize].push(snapshot.id, (object, generation))?;
            snapshot.changed.push(Place::Entry(*number));
            self.bytes += cost;
        }
        Ok(())
    }

    /// Puts everything back as it was at a snapshot. What may differ from it now
    /// is what has changed since, and what changed at `between`, the snapshots
    /// between this one and the one that the present state comes from.
    pub(super) fn restore<'s>(
        &mut self,
        store: &mut StoreInner,
        job: &mut Job,
        snapshot: &Snapshot,
        between: impl Iterator<Item = &'s Snapshot>,
    ) -> Result<(), OutOfMemory> {
        let id = snapshot.id;
        let mut words = core::mem::take(&mut self.buffer);
        let pages = self.words.get(PAGES).zip(snapshot.lengths.get(PAGES));
        if let Some((history, length)) = pages {
            history.write_all(id, *length, &mut words)?;
        }
        if !store.memories().keep_all() {
            return Err(OutOfMemory);
        }
        for (memory, size) in store.memories.iter_mut().zip(&snapshot.sizes) {
            if !memory.resize(*size) {
                return Err(OutOfMemory);
            }
        }
        if !store.heap.resize(snapshot.heap.entries) {
            return Err(OutOfMemory);
        }
        while let Some(number) = store.heap.next_changed() {
            self.restore_entry(&mut store.heap, id, number)?;
        }
        for place in between.flat_map(|snapshot| &snapshot.changed) {
            match *place {
                Place::Memory(index, block) => {
                    let memory = store.memories.get_mut(index as usize);
                    let flag = memory.and_then(|it| it.changed_mut().get_mut(block as usize));
                    if let Some(changed) = flag {
                        *changed = true;
                    }
                }
                Place::Entry(number) => self.restore_entry(&mut store.heap, id, number)?,
                Place::Words(index, _) => {
                    let table = (index as usize).checked_sub(TABLES);
                    if let Some(table) = table.and_then(|index| store.tables.get_mut(index)) {
                        table.changed = true;
                    }
                }
            }
        }
        for (memory, history) in store.memories.iter_mut().zip(&self.memories) {
            let is_there = memory.rewrite_changed(|block, bytes| history.write(id, block, bytes));
            if !is_there {
                return Err(OutOfMemory);
            }
        }
        if !store.memories().put_pages_back(&words, snapshot.executed) {
            return Err(OutOfMemory);
        }
        let result = self.restore_words(store, job, snapshot, &mut words);
        self.buffer = words;
        result?;
        snapshot.room.put_back(store)?;
        settle(store);
        Ok(())
    }

    fn restore_entry(
        &self,
        heap: &mut Heap,
        id: SnapshotId,
        number: u32,
    ) -> Result<(), OutOfMemory> {
        let kept = self.entries.get(number as usize).and_then(|versions| versions.at(id));
        let (object, generation) = match kept {
            Some((Some(object), generation)) => {
                (Some(object.try_clone().ok_or(OutOfMemory)?), *generation)
            }
            Some((None, generation)) => (None, *generation),
            None => (None, 0),
        };
        heap.put_back(number, object, generation);
        Ok(())
    }

    fn restore_words(
        &self,
        store: &mut StoreInner,
        job: &mut Job,
        snapshot: &Snapshot,
        words: &mut Vec<u64>,
    ) -> Result<(), OutOfMemory> {
        let id = snapshot.id;
        let kept = |number: usize| self.words.get(number).zip(snapshot.lengths.get(number));
        let get = |number: usize, words: &mut Vec<u64>| match kept(number) {
            Some((history, length)) => history.write_all(id, *length, words),
            None => Ok(()),
        };
        get(FRAMES, words)?;
        let store_id = store.id;
        let frames = words.chunks_exact(FRAME_WORDS).filter_map(|words| frame(store_id, words));
        let stack = job.put_stack_back(&snapshot.status);
        snapshot.room.put_stack_back(stack)?;
        stack.frames.clear();
        reserve(&mut stack.frames, words.len() / FRAME_WORDS)?;
        stack.frames.extend(frames);
        get(STACK, words)?;
        // The job has had room for all this before, and has it now.
        if let Some(slots) = stack.slots.get_mut(..words.len()) {
            slots.copy_from_slice(words);
        }
        (stack.height, stack.executed) = (words.len(), snapshot.executed);
        get(GLOBALS, words)?;
        for (global, words) in store.globals.iter_mut().zip(words.chunks_exact(2)) {
            global.value.copy_from_slice(words);
        }
        get(SEGMENTS, words)?;
        store.put_dropped_back(words.iter().map(|word| *word != 0));
        get(FREE, words)?;
        // Entries are counted in 32 bits.
        let free = words.iter().map(|word| *word as u32);
        if !store.heap.put_allocation_back(free, snapshot.heap.pace) {
            return Err(OutOfMemory);
        }
        let kept = self.words.iter().zip(&snapshot.lengths).skip(TABLES);
        for (table, (history, length)) in store.tables.iter_mut().zip(kept) {
            if table.changed || table.slots().len() != *length {
                history.write_all(id, *length, table.elements_mut())?;
            }
        }
        Ok(())
    }

    /// Forgets a snapshot: what counts from then on counts from the next one
    /// on. Says whether there was memory to do so; if not, nothing is changed.
    pub(super) fn forget(&mut self, snapshot: &mut Snapshot, next: &mut Snapshot) -> bool {
        let room = reserve(&mut next.changed, snapshot.changed.len()).is_ok();
        if room {
            self.forget_changes(snapshot, Some(next));
        }
        room
    }

    fn forget_changes(&mut self, snapshot: &mut Snapshot, mut next: Option<&mut Snapshot>) {
        let next_id = next.as_ref().map(|next| next.id);
        for place in snapshot.changed.drain(..) {
            let freed = match place {
                Place::Memory(index, chunk) => self
                    .memories
                    .get_mut(index as usize)
                    .and_then(|it| it.forget(snapshot.id, next_id, chunk as usize)),
                Place::Words(index, chunk) => self
                    .words
                    .get_mut(index as usize)
                    .and_then(|it| it.forget(snapshot.id, next_id, chunk as usize)),
                Place::Entry(number) => self
                    .entries
                    .get_mut(number as usize)
                    .and_then(|it| it.forget(snapshot.id, next_id))
                    .map(|(object, _)| entry_cost(object.as_ref())),
            };
            match (freed, &mut next) {
                (Some(bytes), _) => self.bytes = self.bytes.saturating_sub(bytes),
                (None, Some(next)) => next.changed.push(place),
                (None, None) => {}
            }
        }
    }
}

/// From now on, what changes is what differs from a snapshot.
pub(super) fn settle(store: &mut StoreInner) {
    store.heap.settle();
    for memory in &mut store.memories {
        memory.changed_mut().fill(false);
    }
    for table in &mut store.tables {
        table.changed = false;
    }
}

impl Snapshot {
    pub(super) fn moment(&self) -> Moment {
        let frames = self.lengths.get(FRAMES).copied().unwrap_or_default() / FRAME_WORDS;
        let memory_bytes = self.sizes.iter().map(|size| *size as u64).sum();
        Moment { executed: self.executed, depth: frames, memory_bytes }
    }

    /// Notes what a host function has returned.
    pub(super) fn note(&mut self, entry: HostReturn) -> Result<(), OutOfMemory> {
        reserve(&mut self.log, 1)?;
        self.log_bytes += entry.bytes();
        self.log.push(entry);
        Ok(())
    }

    /// Takes over what host functions have returned after the next snapshot.
    /// Says whether there was memory to do so.
    pub(super) fn take_log(&mut self, next: &mut Snapshot) -> bool {
        let room = reserve(&mut self.log, next.log.len()).is_ok();
        if room {
            self.log.append(&mut next.log);
            self.log_bytes += next.log_bytes;
        }
        room
    }

    /// What a host function returned that was called after so many instructions.
    pub(super) fn host_return(&self, at: u64) -> Option<&HostReturn> {
        let index = self.log.binary_search_by_key(&at, |entry| entry.at).ok()?;
        self.log.get(index)
    }

    /// Bytes that it takes itself, besides the versions of what had changed.
    pub(super) fn bytes(&self) -> usize {
        let changed = self.changed.len() * size_of::<Place>();
        size_of::<Snapshot>() + changed + self.log_bytes
    }
}

/// Words that a frame takes.
const FRAME_WORDS: usize = 4;

fn frame_words(frame: &Frame) -> [u64; FRAME_WORDS] {
    let Frame { store: _, address, instance, function, base, pc, resume_at, next_entry } = *frame;
    let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    [pair(address, instance), pair(function, base), pair(pc, resume_at), next_entry.into()]
}

fn frame(store: StoreId, words: &[u64]) -> Option<Frame> {
    let [first, second, third, fourth] = *words.first_chunk()?;
    // Each half is a number of 32 bits.
    let (high, low) = (|pair: u64| (pair >> 32) as u32, |pair: u64| pair as u32);
    Some(Frame {
        store,
        address: high(first),
        instance: low(first),
        function: high(second),
        base: low(second),
        pc: high(third),
        resume_at: low(third),
        next_entry: low(fourth),
    })
}

/// Bytes that a version of an entry takes.
fn entry_cost(object: Option<&Object>) -> usize {
    size_of::<(SnapshotId, EntryState)>() + object.map_or(0, |object| object.data().len())
}

/// Writes other words over these.
fn fill(words: &mut Vec<u64>, others: impl Iterator<Item = u64>) -> Result<(), OutOfMemory> {
    words.clear();
    for word in others {
        reserve(words, 1)?;
        words.push(word);
    }
    Ok(())
}

/// Makes as many of them as there must be.
fn grow<D: Default>(all: &mut Vec<D>, count: usize) -> Result<(), OutOfMemory> {
    if all.len() < count {
        reserve(all, count - all.len())?;
        all.resize_with(count, D::default);
    }
    Ok(())
}

pub(super) fn reserve<D>(all: &mut Vec<D>, more: usize) -> Result<(), OutOfMemory> {
    all.try_reserve(more).map_err(|_| OutOfMemory)
}
