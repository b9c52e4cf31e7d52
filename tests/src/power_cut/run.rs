//! A run: sessions with a store, each of which a power cut ends.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;

use fayasm_core::spill::{
    Discipline, OBJECT_BYTES, ObjectId, PowerFailure, Slots, SpillError, SpillStore,
};

use super::Plug;
use super::model::{Body, Contents, IDS};
use crate::random::Random;

/// The module that the store belongs to.
const MODULE: u64 = 0x5EED;

/// The most power cuts before a store is opened again at last.
const IN_A_ROW: u64 = 3;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Power cuts.
    pub cuts: u64,
    /// Those of them while a store was opened.
    pub cuts_in_open: u64,
    /// Those of them during a commit.
    pub cuts_in_commit: u64,
    /// Those of them during a commit that came about nevertheless.
    pub came_about: u64,
    /// Commits.
    pub commits: u64,
    /// Objects put or removed.
    pub changes: u64,
    /// Objects that were read and compared.
    pub compared: u64,
    /// Slots that were made unreadable because their epoch was not committed.
    pub voided: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Counts { cuts, cuts_in_open, cuts_in_commit, came_about, .. } = other;
        self.cuts += cuts;
        self.cuts_in_open += cuts_in_open;
        self.cuts_in_commit += cuts_in_commit;
        self.came_about += came_about;
        self.commits += other.commits;
        self.changes += other.changes;
        self.compared += other.compared;
        self.voided += other.voided;
    }
}

/// A store did not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// After how many power cuts.
    pub cuts: u64,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} power cuts: {}", self.cuts, self.what)
    }
}

/// What is known of a store while it cannot be looked at.
struct Known {
    committed: Contents,
    /// What was about to be committed when power failed.
    under_way: Option<Contents>,
    random: Random,
    stamps: u64,
    counts: Counts,
}

/// Why a session ended.
enum End {
    /// Power has failed.
    Cut,
    /// It was opened anew for no reason.
    Closed,
}

type Store<'a, P, D> = SpillStore<<P as Plug>::Slots<'a>, D>;

pub(super) fn run<P: Plug, D: Discipline>(seed: u64, cuts: u64) -> Result<Counts, Violation> {
    let mut random = Random::new(seed);
    // Mostly room for all objects, and sometimes for few.
    let objects = if random.below(4) == 0 { 3 } else { IDS.len() as u32 + 1 };
    let mut plug = P::new(objects, random.next_u64());
    let mut known = Known {
        committed: Contents::default(),
        under_way: None,
        random,
        stamps: 0,
        counts: Counts::default(),
    };
    match known.all::<P, D>(&mut plug, cuts) {
        Ok(()) => Ok(known.counts),
        Err(what) => Err(Violation { cuts: known.counts.cuts, what }),
    }
}

impl Known {
    fn all<P: Plug, D: Discipline>(&mut self, plug: &mut P, cuts: u64) -> Result<(), String> {
        SpillStore::<_, D>::format_with(plug.slots(), MODULE).map_err(said)?;
        while self.counts.cuts < cuts {
            let end = self.opened::<P, D>(plug)?;
            if matches!(end, End::Cut) {
                assert!(plug.is_off(), "nothing else fails");
                self.counts.cuts += 1;
            }
            plug.restart();
            // Again while it is opened.
            for _ in 1..self.random.below(IN_A_ROW as usize + 1) {
                plug.fail_after(self.random.below(4) as u64);
                match SpillStore::<_, D>::open_with(plug.slots(), MODULE) {
                    Ok(_) => {}
                    Err(SpillError::Device(PowerFailure::Off)) => {
                        self.counts.cuts += 1;
                        self.counts.cuts_in_open += 1;
                    }
                    Err(error) => return Err(format!("it cannot be opened: {error}")),
                }
                plug.restart();
            }
            let mut store = match SpillStore::<_, D>::open_with(plug.slots(), MODULE) {
                Ok(store) => store,
                Err(error) => return Err(format!("it cannot be opened: {error}")),
            };
            self.recovered::<P, D>(&mut store)?;
        }
        Ok(())
    }

    /// Opens a store, or seldom makes a new one in its place, and does this and that with it.
    fn opened<P: Plug, D: Discipline>(&mut self, plug: &mut P) -> Result<End, String> {
        let most = [4, 20, 60][self.random.below(3)];
        plug.fail_after(self.random.below(most) as u64);
        let opened = match self.random.below(50) {
            0 => {
                self.under_way = Some(Contents::default());
                SpillStore::<_, D>::format_with(plug.slots(), MODULE)
            }
            _ => SpillStore::<_, D>::open_with(plug.slots(), MODULE),
        };
        match opened {
            Ok(mut store) => {
                if let Some(empty) = self.under_way.take() {
                    self.committed = empty;
                }
                self.session::<P, D>(&mut store)
            }
            Err(SpillError::Device(PowerFailure::Off)) => {
                self.counts.cuts_in_open += 1;
                Ok(End::Cut)
            }
            Err(error) => Err(format!("it cannot be opened: {error}")),
        }
    }

    /// Finds out which of both states a store holds after power has failed.
    fn recovered<P: Plug, D: Discipline>(
        &mut self,
        store: &mut Store<'_, P, D>,
    ) -> Result<(), String> {
        self.counts.voided += store.counters().voided;
        let committed = self.compare::<P, D>(store, &self.committed.clone());
        let Some(under_way) = self.under_way.take() else { return committed };
        match (committed, self.compare::<P, D>(store, &under_way)) {
            (Ok(()), _) => Ok(()),
            (Err(_), Ok(())) => {
                self.committed = under_way;
                self.counts.came_about += 1;
                Ok(())
            }
            (Err(one), Err(other)) => {
                Err(format!("neither what was committed: {one}; nor what was about to be: {other}"))
            }
        }
    }

    /// Whether a store holds these contents and nothing else.
    fn compare<P: Plug, D: Discipline>(
        &mut self,
        store: &mut Store<'_, P, D>,
        contents: &Contents,
    ) -> Result<(), String> {
        for id in IDS {
            self.compare_one(store, id, contents.0.get(&id).copied())?;
        }
        match store.objects().eq(contents.0.keys().copied()) {
            true => Ok(()),
            false => Err("it lists other objects than it holds".to_owned()),
        }
    }

    fn compare_one<S: Slots<Error = PowerFailure>, D: Discipline>(
        &mut self,
        store: &mut SpillStore<S, D>,
        id: ObjectId,
        expected: Option<Body>,
    ) -> Result<(), String> {
        let mut found = [0xAA; OBJECT_BYTES];
        let length = store.get(id, &mut found).map_err(said)?;
        self.counts.compared += 1;
        let mut body = [0; OBJECT_BYTES];
        match (length, expected) {
            (None, None) => Ok(()),
            (Some(length), Some(expected)) if found[..length] == *expected.fill(&mut body) => {
                Ok(())
            }
            (Some(_), None) => Err(format!("{id} is there and must not be")),
            (None, Some(_)) => Err(format!("{id} is not there")),
            (Some(_), Some(_)) => Err(format!("{id} is another")),
        }
    }

    /// Does this and that until power fails.
    fn session<P: Plug, D: Discipline>(
        &mut self,
        store: &mut Store<'_, P, D>,
    ) -> Result<End, String> {
        let open = self.committed.clone();
        let mut open = Open { touched: open.0.keys().copied().collect(), contents: open };
        for _ in 0..200 {
            let id = IDS[self.random.below(IDS.len())];
            let done = match self.random.below(100) {
                0..50 => self.put(store, &mut open, id)?,
                50..60 => self.remove(store, &mut open, id)?,
                60..75 => {
                    let expected = open.contents.0.get(&id).copied();
                    match self.compare_one(store, id, expected) {
                        Err(what) if what == off() => Err(SpillError::Device(PowerFailure::Off)),
                        compared => Ok(compared?),
                    }
                }
                75..95 => self.commit(store, &mut open),
                95..97 => {
                    open = Open::default();
                    store.clear()
                }
                97 => return Ok(End::Closed),
                _ => Ok(()),
            };
            match done {
                Ok(()) => {}
                Err(SpillError::Device(PowerFailure::Off)) => return Ok(End::Cut),
                Err(error) => return Err(said(error)),
            }
        }
        Ok(End::Closed)
    }

    fn put<S: Slots<Error = PowerFailure>, D: Discipline>(
        &mut self,
        store: &mut SpillStore<S, D>,
        open: &mut Open,
        id: ObjectId,
    ) -> Result<Done, String> {
        self.stamps += 1;
        let body = Body::new(self.stamps, &mut self.random);
        match store.put(id, body.fill(&mut [0; OBJECT_BYTES])) {
            Ok(()) => {
                self.counts.changes += 1;
                open.touched.insert(id);
                open.contents.0.insert(id, body);
                Ok(Ok(()))
            }
            Err(SpillError::Full { .. }) if open.touched.contains(&id) => {
                Err(format!("there is no room for {id}, which is there"))
            }
            Err(SpillError::Full { objects }) if open.touched.len() < objects as usize => {
                Err("it is full before it can be".to_owned())
            }
            Err(SpillError::Full { .. }) => Ok(Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    fn remove<S: Slots<Error = PowerFailure>, D: Discipline>(
        &mut self,
        store: &mut SpillStore<S, D>,
        open: &mut Open,
        id: ObjectId,
    ) -> Result<Done, String> {
        match store.remove(id) {
            Ok(was_there) => {
                self.counts.changes += u64::from(was_there);
                match was_there == open.contents.0.remove(&id).is_some() {
                    true => Ok(Ok(())),
                    false => Err(format!("{id} was removed or was not, and should not be")),
                }
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn commit<S: Slots<Error = PowerFailure>, D: Discipline>(
        &mut self,
        store: &mut SpillStore<S, D>,
        open: &mut Open,
    ) -> Done {
        self.under_way = Some(open.contents.clone());
        match store.commit() {
            Ok(_) => {
                self.counts.commits += 1;
                self.under_way = None;
                self.committed = open.contents.clone();
                open.touched = self.committed.0.keys().copied().collect();
                Ok(())
            }
            Err(error) => {
                self.counts.cuts_in_commit += 1;
                Err(error)
            }
        }
    }
}

/// What comes of something that power may cut short.
type Done = Result<(), SpillError<PowerFailure>>;

/// What a store holds that is open.
#[derive(Default)]
struct Open {
    contents: Contents,
    /// Objects of which something is on the device.
    touched: BTreeSet<ObjectId>,
}

fn said(error: SpillError<PowerFailure>) -> String {
    error.to_string()
}

/// What is said when power fails.
fn off() -> String {
    said(SpillError::Device(PowerFailure::Off))
}
