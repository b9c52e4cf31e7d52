//! Jobs whose pages go to a spill store and come from there, and which go on from what was
//! committed last.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::allocate::zeroed;
use crate::execute::{Job, Limit, Outcome};
use crate::runtime::{Error, Store};
use crate::spill::{OBJECT_BYTES, ObjectId, ObjectKind, Slots, SpillError, SpillStore};
use crate::state::{Contents, StateError};
use crate::timeline::hash_with;

/// Why a job and a spill store do not get on.
///
/// ```
/// use fayasm_core::spill::NoSector;
/// use fayasm_core::SpillingError;
///
/// let error = SpillingError::<NoSector>::NothingCommitted;
/// assert_eq!(error.to_string(), "no run is committed to the spill store");
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpillingError<E> {
    /// The spill store fails.
    Spill(SpillError<E>),
    /// The store does not take what the spill store has.
    Store(Error),
    /// The state cannot be saved, or that which was committed cannot be used.
    State(StateError),
    /// No run was ever committed.
    NothingCommitted,
    /// A memory is held in one piece, or the store itself keeps what it stores: so the spill store
    /// does not get it.
    NotPaged,
    /// The job needs an object that the spill store does not have.
    Missing(ObjectId),
}

impl<E: fmt::Display> fmt::Display for SpillingError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpillingError::Spill(error) => error.fmt(f),
            SpillingError::Store(error) => error.fmt(f),
            SpillingError::State(error) => error.fmt(f),
            SpillingError::NothingCommitted => {
                f.write_str("no run is committed to the spill store")
            }
            SpillingError::NotPaged => f.write_str("a memory does not go to the spill store"),
            SpillingError::Missing(object) => write!(f, "{object} is not in the spill store"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for SpillingError<E> {}

impl<E> From<SpillError<E>> for SpillingError<E> {
    fn from(error: SpillError<E>) -> Self {
        SpillingError::Spill(error)
    }
}

impl<T> Store<T> {
    /// Runs a job as [`run`](Store::run) does, and stores and loads its pages on the way.
    ///
    /// ```
    /// use fayasm_core::spill::{BlockSlots, RamDisk, SpillStore, module_hash, sectors_for};
    /// use fayasm_core::{Engine, Job, Limit, Linker, Module, Outcome, Paging, Store, Val};
    ///
    /// let wat = r#"(module (memory 4) (func (export "sum") (result i32) (local $at i32) (local $sum i32)
    ///   (loop (i32.store (local.get $at) (local.get $at))
    ///     (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 262144))))
    ///   (loop (local.set $at (i32.sub (local.get $at) (i32.const 4096)))
    ///     (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
    ///     (br_if 0 (local.get $at)))
    ///   (local.get $sum)))"#;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let slots = BlockSlots::new(RamDisk::new(sectors_for(80))?);
    /// let mut spill = SpillStore::format(slots, module_hash(module.bytes()))?;
    ///
    /// let mut store = Store::new(&engine, ());
    /// store.set_paging(Some(Paging::new(4)));
    /// let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// let sum = instance.get_func(&store, "sum").expect("it is exported");
    /// let mut job = Job::new(&store, sum, &[])?;
    /// assert_eq!(store.run_spilling(&mut job, Limit::NONE, &mut spill)?, Outcome::Done);
    /// assert_eq!(job.results(&store), Some(vec![Val::I32((0..64).map(|page| page * 4096).sum())]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SpillingError`]. The job can be run again, once what is wrong has been set right.
    pub fn run_spilling<S: Slots>(
        &mut self,
        job: &mut Job,
        limit: impl Into<Limit>,
        spill: &mut SpillStore<S>,
    ) -> Result<Outcome, SpillingError<S::Error>> {
        let mut limit = limit.into();
        loop {
            let before = job.executed();
            let outcome = self.run(job, limit);
            limit.fuel = limit.fuel.saturating_sub(job.executed() - before);
            match outcome {
                Outcome::NeedLoad(page) => self.load_from(page, spill)?,
                Outcome::NeedStore(page) => self.store_into(page, spill)?,
                outcome => return Ok(outcome),
            }
        }
    }

    /// Loads a page that a job, or an instantiation, needs.
    ///
    /// # Errors
    ///
    /// [`SpillingError`]
    pub fn load_from<S: Slots>(
        &mut self,
        page: ObjectId,
        spill: &mut SpillStore<S>,
    ) -> Result<(), SpillingError<S::Error>> {
        let mut bytes = object_bytes()?;
        let count = get(spill, page, &mut bytes)?;
        loop {
            match self.load_object(page, &bytes[..count]) {
                Err(Error::NeedStore(other)) => self.store_into(other, spill)?,
                done => return done.map_err(SpillingError::Store),
            }
        }
    }

    /// A number for the state of a run, as [`state_hash`](crate::timeline::state_hash) gives it
    /// where memories are held in one piece: pages that are stored count as what they are.
    ///
    /// # Errors
    ///
    /// [`SpillingError`]
    pub fn spilled_hash<S: Slots>(
        &self,
        job: &Job,
        spill: &mut SpillStore<S>,
    ) -> Result<u64, SpillingError<S::Error>> {
        let mut page = object_bytes()?;
        let mut held = None;
        let mut failed = None;
        let hash = hash_with(
            self.inner(),
            job,
            Some(&mut |id, at, into| {
                if failed.is_none() && held != Some(id) {
                    failed = get(spill, id, &mut page).err();
                    held = Some(id);
                }
                // It is part of a page.
                into.copy_from_slice(&page[at..at + into.len()]);
            }),
        );
        failed.map_or(Ok(hash), Err)
    }

    /// Stores a page that is to leave RAM.
    ///
    /// # Errors
    ///
    /// [`SpillingError`]
    pub fn store_into<S: Slots>(
        &mut self,
        page: ObjectId,
        spill: &mut SpillStore<S>,
    ) -> Result<(), SpillingError<S::Error>> {
        let bytes = self.object(page).ok_or(SpillingError::Missing(page))?;
        spill.put(page, bytes)?;
        self.object_stored(page);
        Ok(())
    }

    /// Commits all of a run to a spill store: the pages of memories, which are held as pages, and everything
    /// else. When power has failed, [`resume`](Store::resume) goes on from there. Gives the epoch that
    /// is committed.
    ///
    /// # Errors
    ///
    /// [`SpillingError`]. What was committed before is still there then.
    pub fn checkpoint<S: Slots>(
        &mut self,
        job: &Job,
        spill: &mut SpillStore<S>,
    ) -> Result<u64, SpillingError<S::Error>> {
        if !self.inner_mut().memories().are_all_elsewhere() {
            return Err(SpillingError::NotPaged);
        }
        let state = self.save_state(job, Contents::Elsewhere).map_err(SpillingError::State)?;
        // What is to be changed when it is loaded.
        while let Some(page) = self.patched_object() {
            self.load_from(page, spill)?;
        }
        loop {
            let page = self.unstored_objects().next();
            let Some(page) = page else { break };
            self.store_into(page, spill)?;
        }
        let mut number = 0;
        for piece in state.chunks(OBJECT_BYTES) {
            spill.put(snapshot(number), piece)?;
            number += 1;
        }
        // What the state before had more, or another run.
        while spill.remove(snapshot(number))? {
            number += 1;
        }
        loop {
            let stale = spill.objects().find(|id| !self.is_stored(*id));
            let Some(stale) = stale else { break };
            spill.remove(stale)?;
        }
        Ok(spill.commit()?)
    }

    /// Whether an object is one that a job needs which goes on from here; pages only are asked for.
    fn is_stored(&self, id: ObjectId) -> bool {
        id.kind != ObjectKind::Memory || self.has_stored(id)
    }

    /// Goes on with the run that was committed last, in a store that was built in the same way as
    /// that which it was committed from.
    ///
    /// # Errors
    ///
    /// [`SpillingError`]. The store is as it was then.
    pub fn resume<S: Slots>(
        &mut self,
        spill: &mut SpillStore<S>,
    ) -> Result<Job, SpillingError<S::Error>> {
        let mut state = Vec::new();
        let mut piece = [0; OBJECT_BYTES];
        let mut number = 0;
        while let Some(count) = spill.get(snapshot(number), &mut piece)? {
            state.try_reserve(count).map_err(|_| SpillError::OutOfMemory)?;
            state.extend_from_slice(&piece[..count]);
            number += 1;
        }
        if number == 0 {
            return Err(SpillingError::NothingCommitted);
        }
        let job = self.load_state(&state).map_err(SpillingError::State)?;
        for page in spill.objects() {
            self.expect_object(page);
        }
        Ok(job)
    }
}

/// Room for an object.
fn object_bytes<E>() -> Result<Box<[u8; OBJECT_BYTES]>, SpillError<E>> {
    let bytes = zeroed(OBJECT_BYTES).map_err(|_| SpillError::OutOfMemory)?;
    bytes.into_boxed_slice().try_into().map_err(|_| SpillError::OutOfMemory)
}

/// Reads a page, and says how many bytes it has.
fn get<S: Slots>(
    spill: &mut SpillStore<S>,
    page: ObjectId,
    into: &mut [u8; OBJECT_BYTES],
) -> Result<usize, SpillingError<S::Error>> {
    spill.get(page, into)?.ok_or(SpillingError::Missing(page))
}

/// A piece of everything that is not the contents of memories.
fn snapshot(number: u32) -> ObjectId {
    ObjectId { kind: ObjectKind::Snapshot, space: 0, number }
}
