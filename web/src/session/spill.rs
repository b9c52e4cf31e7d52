//! The spill store of the module on show: when a run is committed to it, and how it is found again.
//!
//! Nothing here waits. What is to be done with a database is handed out as an [`Errand`], and what
//! came of it is told afterwards; where there is no database, values are kept here.

mod commit;
mod errand;
mod power;
mod view;

use std::collections::VecDeque;

use fayasm_core::spill::{MirrorError, SpillError, SpillStore};
use fayasm_core::{Job, Store};
use fayasm_wasi::{Random, SeededRandom};

pub(super) use self::commit::Built;
pub use self::errand::{Done, Errand, Trouble, Values, What};

use self::commit::OpenStore;
use self::power::Recorder;
use super::modules::Modules;
use super::run::Run;
use super::terminal::World;
use super::{Next, Session, nothing_is_open, nothing_runs, refused};
use crate::protocol::{ErrorView, Reply, SPILL, SpillRequest, SpillSetting};

/// Slots that a store has room for: two for each object.
const SLOTS: u32 = 1 << 17;

/// Commits whose times are remembered.
const MOST_TIMES: usize = 1000;

/// While a run goes on, the page is told of the store no more often than every so many nanoseconds.
const TELL_EVERY: u64 = 250_000_000;

/// A run is committed by itself after so many pages have been stored, if nothing else is said.
const EVERY: u32 = 256;

enum Phase {
    /// Nobody has asked for it yet.
    Unknown,
    /// It is being looked for.
    Loading,
    Open(Box<OpenStore>),
    /// It cannot be used, for this reason, and stays as it is.
    Damaged(String),
    /// There is no power.
    Off,
}

enum Place {
    Database,
    /// Values that are kept here, for this reason.
    Memory(Values, Trouble),
}

/// What a person has set, whatever module is on show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    every: u32,
    /// What the model of a device is reckoned with: how often a slot can be written, and
    /// microseconds to write and to read one.
    cycles: u32,
    write: u32,
    read: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { every: EVERY, cycles: 100_000, write: 50_000, read: 100 }
    }
}

impl Settings {
    fn set(&mut self, what: SpillSetting, to: u32) {
        *match what {
            SpillSetting::Every => &mut self.every,
            SpillSetting::Cycles => &mut self.cycles,
            SpillSetting::Write => &mut self.write,
            SpillSetting::Read => &mut self.read,
        } = to;
    }
}

/// A commit that was made.
#[derive(Debug, Clone, Copy, Default)]
struct Made {
    /// Objects that were written, and bytes of these.
    objects: u32,
    bytes: u64,
    /// When it began, in nanoseconds.
    began: u64,
}

/// The store of a module.
pub(super) struct Spill {
    /// The module's hash.
    module: u64,
    phase: Phase,
    place: Place,
    /// What the database does not hold yet, and what it is about to.
    unsaved: Values,
    under_way: Option<(u64, Values)>,
    /// What else is to be done with it.
    wished: Option<What>,
    /// What went wrong last.
    trouble: Option<String>,
    /// What is committed.
    built: Option<Built>,
    /// Whether that was found, and nobody has gone on from it or has committed anything else.
    is_offered: bool,
    /// Whether a commit was due while another one was being saved.
    is_due: bool,
    report: Vec<String>,
    /// How many instructions had been executed when power failed, and whether that was in the
    /// middle of a commit.
    failed: Option<(Option<u64>, bool)>,
    made: Made,
    /// Microseconds that commits took.
    times: VecDeque<u32>,
    /// How many reads were made to compare objects, and bytes of these: no device has to.
    compared: (u64, u64),
    /// How many pages had been stored when it was committed last.
    stores: u64,
    /// The first object on show.
    from: u32,
    told_at: u64,
}

impl Spill {
    fn new(module: u64) -> Self {
        Spill {
            module,
            phase: Phase::Unknown,
            place: Place::Database,
            unsaved: Values::new(),
            under_way: None,
            wished: None,
            trouble: None,
            built: None,
            is_offered: false,
            is_due: false,
            report: Vec::new(),
            failed: None,
            made: Made::default(),
            times: VecDeque::new(),
            compared: (0, 0),
            stores: 0,
            from: 0,
            told_at: 0,
        }
    }

    /// Whether there is power.
    pub(super) fn is_off(&self) -> bool {
        matches!(self.phase, Phase::Off)
    }

    /// Opens the store; it may have to be read first.
    fn look(&mut self) {
        match &self.place {
            Place::Memory(values, _) => self.find(&values.clone()),
            Place::Database => (self.phase, self.wished) = (Phase::Loading, Some(What::Load)),
        }
    }

    /// Opens the store that is in these values.
    fn find(&mut self, values: &Values) {
        self.built = None;
        self.compared = (0, 0);
        self.report.clear();
        self.phase = match self.open(values) {
            Ok(store) => Phase::Open(Box::new(store)),
            Err(error) => Phase::Damaged(error),
        };
        self.is_offered = self.built.is_some();
        self.save();
    }

    fn open(&mut self, values: &Values) -> Result<OpenStore, String> {
        let text = |error: SpillError<MirrorError>| error.to_string();
        let mut slots = Recorder::new(SLOTS);
        if values.is_empty() {
            return SpillStore::format(slots, self.module).map_err(text);
        }
        for (key, value) in values {
            slots.restore(*key, value).map_err(|error| error.to_string())?;
        }
        self.report = view::superblocks(&mut slots);
        let mut store = SpillStore::open(slots, self.module).map_err(text)?;
        self.built = commit::built(&mut store)?;
        self.report.extend(view::found(&store, self.built.as_ref(), self.failed.take()));
        self.unsaved = store.slots_mut().take_changes();
        let counters = store.counters();
        self.compared = (counters.reads, counters.bytes_read);
        Ok(store)
    }

    /// Commits a run as it stands, at this time.
    fn commit(&mut self, run: &Run, modules: &Modules, now: u64) -> Result<(), String> {
        let stores = run.store.paging_stats().stores;
        let Phase::Open(store) = &mut self.phase else {
            return Err("The store is not open".to_owned());
        };
        let before = store.counters();
        let put = commit::put(store, run, modules);
        let after = store.counters();
        self.compared.0 += after.reads - before.reads;
        self.compared.1 += after.bytes_read - before.bytes_read;
        let objects = put?;
        store.commit().map_err(|error| error.to_string())?;
        let bytes = after.bytes_written - before.bytes_written;
        self.unsaved.append(&mut store.slots_mut().take_changes());
        self.built = commit::built(store)?;
        self.compared.0 += store.counters().reads - after.reads;
        self.compared.1 += store.counters().bytes_read - after.bytes_read;
        self.made = Made { objects, bytes, began: now };
        (self.stores, self.trouble, self.is_offered) = (stores, None, false);
        self.save();
        Ok(())
    }

    /// Keeps what has changed here, if there is no database.
    fn save(&mut self) {
        if let Place::Memory(values, _) = &mut self.place {
            values.append(&mut self.unsaved);
            values.retain(|_, value| !value.is_empty());
        }
    }

    /// Power fails, in the middle of a commit of this run if that is wanted.
    fn pull(&mut self, run: Option<&Run>, modules: &Modules, during: bool, seed: u64) {
        let mut random = SeededRandom::new(seed);
        let mut random = || {
            let mut bytes = [0; 8];
            // Numbers that follow from a seed never run out.
            let _ = random.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        };
        // What could not be saved is lost as well.
        self.unsaved.clear();
        let mut is_during = false;
        if let (Phase::Open(store), Some(run), true) = (&mut self.phase, run, during)
            && commit::put(store, run, modules).is_ok()
            && store.commit().is_ok()
        {
            is_during = true;
            self.unsaved = store.slots_mut().survivors(&mut random);
        }
        self.save();
        self.failed = Some((run.map(Run::executed), is_during));
        (self.phase, self.trouble) = (Phase::Off, None);
        self.report.clear();
    }

    /// What is to be done next, if nothing is under way: an errand of this number.
    fn next_errand(&mut self, number: u64) -> Option<Errand> {
        if self.under_way.is_some() || matches!(self.place, Place::Memory(..)) {
            return None;
        }
        let what = match self.wished.take() {
            Some(What::Remove) => {
                self.unsaved.clear();
                What::Remove
            }
            wished if !self.unsaved.is_empty() && self.trouble.is_none() => {
                self.wished = wished;
                What::Store(self.unsaved.clone())
            }
            wished => wished?,
        };
        let saving = match &what {
            What::Store(_) => std::mem::take(&mut self.unsaved),
            What::Load | What::Remove => Values::new(),
        };
        self.under_way = Some((number, saving));
        let name = format!("fayasm-spill-{:016x}", self.module);
        Some(Errand { number, name, what })
    }

    /// What came of an errand, at this time. Says whether it was the one under way.
    fn done(&mut self, number: u64, done: Done, now: u64) -> bool {
        let Some((_, saving)) = self.under_way.take_if(|(known, _)| *known == number) else {
            return false;
        };
        match (done, matches!(self.phase, Phase::Loading), saving.is_empty()) {
            (Ok(values), true, true) => self.find(&values),
            (Ok(_), _, true) => self.find(&Values::new()),
            (Ok(_), _, false) => self.note_time(now),
            // What is there may not be touched, so the run has a store of its own.
            (Err(trouble), true, true) if trouble == Trouble::Version => {
                self.phase = Phase::Damaged(trouble.to_string());
            }
            (Err(trouble), true, true) => {
                self.place = Place::Memory(Values::new(), trouble);
                self.find(&Values::new());
            }
            (Err(trouble @ (Trouble::Busy | Trouble::Blocked)), _, false) => {
                let mut values = saving;
                values.append(&mut self.unsaved);
                self.place = Place::Memory(values, trouble);
            }
            (Err(trouble), ..) => {
                self.trouble = Some(trouble.to_string());
                for (key, value) in saving {
                    self.unsaved.entry(key).or_insert(value);
                }
            }
        }
        true
    }

    fn note_time(&mut self, now: u64) {
        let began = std::mem::take(&mut self.made.began);
        if began == 0 {
            return;
        }
        self.times.truncate(MOST_TIMES - 1);
        let taken = now.saturating_sub(began) / 1000;
        self.times.push_front(u32::try_from(taken).unwrap_or(u32::MAX));
    }
}

impl Session {
    /// Carries out a request about the spill store.
    pub(super) fn spill(&mut self, request: SpillRequest) -> Result<Vec<Reply>, Reply> {
        let wrong = |text: String| refused(SPILL, text);
        let now = self.now;
        let module = self.modules.shown().ok_or_else(|| nothing_is_open(SPILL))?.hash();
        if self.spill.as_ref().is_none_or(|spill| spill.module != module) {
            self.spill = Some(Spill::new(module));
        }
        let Some(spill) = &mut self.spill else { return Ok(Vec::new()) };
        let mut replies = Vec::new();
        match request {
            SpillRequest::Look { from } => {
                spill.from = from.unwrap_or(spill.from);
                if matches!(spill.phase, Phase::Unknown) {
                    spill.look();
                }
            }
            SpillRequest::Commit => {
                let run = self.run.as_ref().ok_or_else(|| nothing_runs(SPILL))?;
                spill.commit(run, &self.modules, now).map_err(wrong)?;
            }
            SpillRequest::Set { what, to } => self.spill_settings.set(what, to),
            SpillRequest::Resume => {
                self.resume().map_err(|error| super::refusal(SPILL, error))?;
                replies = self.report();
            }
            SpillRequest::Pull { during } => {
                spill.pull(self.run.as_ref(), &self.modules, during, now);
                self.end_run();
                replies = self.report();
            }
            SpillRequest::Reopen => spill.look(),
            SpillRequest::Clear => {
                match &mut spill.place {
                    Place::Memory(values, _) => values.clear(),
                    Place::Database => spill.wished = Some(What::Remove),
                }
                spill.trouble = None;
                spill.find(&Values::new());
            }
        }
        replies.extend(self.spill_view());
        Ok(replies)
    }

    /// Goes on where the run was committed.
    fn resume(&mut self) -> Result<(), ErrorView> {
        let Some(spill) = &mut self.spill else { return Ok(()) };
        let Spill { phase: Phase::Open(store), built: Some(built), .. } = spill else {
            return Err(ErrorView::titled("Nothing is committed"));
        };
        built.bind(&mut self.modules).map_err(ErrorView::titled)?;
        let load = |into: &mut Store<World>| -> Result<Job, ErrorView> {
            commit::load(store, into).map_err(ErrorView::titled)
        };
        let run = Run::resume(&self.modules, &self.surroundings, built, load)?;
        spill.stores = run.store.paging_stats().stores;
        spill.is_offered = false;
        self.device.resumed(run.device);
        self.run = Some(run);
        self.arm().map_err(|_| ErrorView::titled("Breakpoints could not be set"))?;
        self.set_tier();
        self.set_time(self.now);
        Ok(())
    }

    /// Commits the run by itself if that is due, after a stretch of it. To be called with the time
    /// told anew.
    pub fn commit_if_due(&mut self, next: Next) {
        let (Some(spill), Some(run)) = (&mut self.spill, &self.run) else { return };
        let every = u64::from(self.spill_settings.every);
        let stored = run.store.paging_stats().stores.saturating_sub(spill.stores);
        let is_due = next == Next::Rest || stored >= every;
        // What cannot be saved is not tried again and again; and what is offered is not replaced
        // before a person has decided.
        let can_be = spill.trouble.is_none() && !spill.is_offered;
        let is_open = matches!(spill.phase, Phase::Open(_)) && run.store.paging().is_some();
        if every == 0 || !is_due || !can_be || !is_open {
            return;
        }
        // One at a time.
        spill.is_due = spill.under_way.is_some();
        if !spill.is_due {
            // A run that has trapped is not committed: it does not go on.
            let _ = spill.commit(run, &self.modules, self.now);
        }
    }

    /// What is to be done with the database next; [`errand_done`](Self::errand_done) has to follow.
    pub fn next_errand(&mut self) -> Option<Errand> {
        let errand = self.spill.as_mut()?.next_errand(self.errands + 1)?;
        self.errands = errand.number;
        Some(errand)
    }

    /// Takes what came of an errand.
    pub fn errand_done(&mut self, number: u64, done: Done) -> Vec<Reply> {
        let now = self.now;
        let is_running = self.is_running();
        let Some(spill) = &mut self.spill else { return Vec::new() };
        let is_known = spill.done(number, done, now);
        if is_known && std::mem::take(&mut spill.is_due) {
            self.commit_if_due(if is_running { Next::More } else { Next::Rest });
        }
        let Some(spill) = &mut self.spill else { return Vec::new() };
        if !is_known || is_running && now.saturating_sub(spill.told_at) < TELL_EVERY {
            return Vec::new();
        }
        spill.told_at = now;
        self.spill_view().into_iter().collect()
    }

    /// The store, as the page shows it.
    fn spill_view(&mut self) -> Option<Reply> {
        let (run, settings) = (self.run.as_ref(), self.spill_settings);
        let view = self.spill.as_mut()?.view(run, settings);
        Some(Reply::Spill(Box::new(view)))
    }
}
