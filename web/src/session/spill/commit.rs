//! What a commit holds: the pages that have changed, the rest of the state, and how to build the
//! run again.

use fayasm_core::spill::{OBJECT_BYTES, SpillStore};
use fayasm_core::{Contents, Job, ObjectId, ObjectKind, Store};
use serde::{Deserialize, Serialize};

use super::power::Recorder;
use crate::protocol::Binding;
use crate::session::modules::Modules;
use crate::session::run::Run;
use crate::session::terminal::World;

pub(super) type OpenStore = SpillStore<Recorder>;

/// Which snapshot the state is, and which says how to build the run again.
const STATE: u32 = 0;
const BUILT: u32 = 1;

/// How a run is built again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct Built {
    pub(in crate::session) export: String,
    pub(in crate::session) arguments: Vec<String>,
    /// The call as text.
    pub(in crate::session) call: String,
    /// Which call of the instance it is.
    pub(in crate::session) number: u32,
    /// Instructions that start functions have executed, and all that were.
    pub(in crate::session) before: u64,
    pub(in crate::session) executed: u64,
    /// Calls that come after the present one.
    pub(in crate::session) later: u32,
    /// The device, as text to be kept.
    pub(in crate::session) device: String,
    pub(in crate::session) bindings: Vec<(u32, Binding)>,
}

/// Puts everything into the store that has changed since it was committed last. Says how many objects
/// that were.
pub(super) fn put(store: &mut OpenStore, run: &Run, modules: &Modules) -> Result<u32, String> {
    if modules.iter().any(|opened| opened.uses_wasi()) {
        let text = "A program for the terminal is not committed: its files, and what was typed, \
                    are no part of its state";
        return Err(text.to_owned());
    }
    let contents = match run.store.paging() {
        Some(_) => Contents::Elsewhere,
        None => Contents::Included,
    };
    let text = |error: &dyn std::error::Error| error.to_string();
    let state = run.store.save_state(run.timeline.job(), contents).map_err(|error| text(&error))?;
    let mut bindings = Vec::new();
    if let Some(opened) = modules.shown() {
        let chosen = opened.bindings.iter();
        // Imports are counted in 32 bits.
        bindings.extend(chosen.map(|(import, binding)| (*import as u32, binding.clone())));
    }
    let built = run.built(bindings);
    let built = postcard::to_allocvec(&built).map_err(|error| text(&error))?;

    let mut putting = Putting { store, kept: Vec::new(), count: 0 };
    let mut page = [0; OBJECT_BYTES];
    for id in run.store.changed_objects() {
        if !run.store.read_object(id, &mut page) {
            return Err(format!("{id} is not there"));
        }
        putting.put(id, &page)?;
    }
    for (space, bytes) in [(STATE, state), (BUILT, built)] {
        for (number, piece) in (0..).zip(bytes.chunks(OBJECT_BYTES)) {
            putting.put(ObjectId { kind: ObjectKind::Snapshot, space, number }, piece)?;
        }
    }
    putting.remove_others()
}

struct Putting<'a> {
    store: &'a mut OpenStore,
    /// What there is to be, in the order of ids.
    kept: Vec<ObjectId>,
    count: u32,
}

impl Putting<'_> {
    fn put(&mut self, id: ObjectId, bytes: &[u8]) -> Result<(), String> {
        self.kept.push(id);
        // What cannot be read is written anew.
        if self.store.holds(id, bytes).unwrap_or(false) {
            return Ok(());
        }
        self.count += 1;
        self.store.put(id, bytes).map_err(|error| error.to_string())
    }

    fn remove_others(self) -> Result<u32, String> {
        let mut count = self.count;
        let gone: Vec<_> =
            self.store.objects().filter(|id| self.kept.binary_search(id).is_err()).collect();
        for id in gone {
            self.store.remove(id).map_err(|error| error.to_string())?;
            count += 1;
        }
        Ok(count)
    }
}

/// What is known of a run that was committed; none if there is none.
pub(super) fn built(store: &mut OpenStore) -> Result<Option<Built>, String> {
    let bytes = pieces(store, BUILT)?;
    match bytes.is_empty() {
        true => Ok(None),
        false => postcard::from_bytes(&bytes).map(Some).map_err(|error| error.to_string()),
    }
}

/// All pieces of a snapshot, one behind the other.
fn pieces(store: &mut OpenStore, space: u32) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    let mut piece = [0; OBJECT_BYTES];
    for number in 0.. {
        let id = ObjectId { kind: ObjectKind::Snapshot, space, number };
        let found = store.get(id, &mut piece).map_err(|error| error.to_string())?;
        let Some(found) = found.and_then(|length| piece.get(..length)) else { break };
        all.extend_from_slice(found);
    }
    Ok(all)
}

impl Built {
    /// Binds imports as they were.
    pub(super) fn bind(&self, modules: &mut Modules) -> Result<(), String> {
        for (import, binding) in &self.bindings {
            modules.bind(*import, binding.clone()).map_err(|error| error.title)?;
        }
        Ok(())
    }
}

/// Sets a store that was built anew to what was committed, and gives the job.
pub(super) fn load(from: &mut OpenStore, into: &mut Store<World>) -> Result<Job, String> {
    let state = pieces(from, STATE)?;
    let job = into.load_state(&state).map_err(|error| error.to_string())?;
    let pages: Vec<_> = from.objects().filter(|id| id.kind == ObjectKind::Memory).collect();
    let mut bytes = [0; OBJECT_BYTES];
    for id in pages {
        let found = from.get(id, &mut bytes).map_err(|error| error.to_string())?;
        if found != Some(OBJECT_BYTES) || !into.keep_object(id, &bytes) {
            return Err(format!("{id} does not fit"));
        }
    }
    Ok(job)
}
