//! The spill store of the module on show: when a run is committed to it, and how it is found again.
//!
//! Nothing here waits. What is to be done with a database is handed out as an [`Errand`], and what
//! came of it is told afterwards; where there is no database, values are kept here.

mod commit;
mod errand;
mod html;
mod power;
mod shown;

use fayasm_core::spill::{MirrorError, SpillError, SpillStore};
use fayasm_core::{Job, Store};
use fayasm_wasi::{Random, SeededRandom};

pub(super) use self::commit::Built;
pub use self::errand::{Done, Errand, Trouble, Values, What};
pub(super) use self::shown::StoreShown;

use self::commit::OpenStore;
use self::power::Recorder;
use super::modules::Modules;
use super::run::Run;
use super::terminal::World;
use super::{Next, Session, nothing_is_open};
use crate::protocol::{DEVICE, ErrorView, Reply};

/// Slots that a store has room for: two for each object.
const SLOTS: u32 = 1 << 17;

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

/// When runs are committed by themselves, whatever module is on show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Every(pub(super) u32);

impl Default for Every {
    fn default() -> Self {
        Every(EVERY)
    }
}

/// What is done with a store, by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Commit the run as it stands.
    Commit,
    /// RAM loses what it holds; perhaps while the run is being committed.
    Pull { during: bool },
    /// Power is there again: open the store.
    PlugIn,
    /// Go on where the run was committed.
    Resume,
    /// Remove the store.
    Remove,
    /// Show the objects before those on show, or behind them.
    Turn { back: bool },
}

impl Act {
    const ALL: [Act; 8] = [
        Act::Commit,
        Act::Pull { during: false },
        Act::Pull { during: true },
        Act::PlugIn,
        Act::Resume,
        Act::Remove,
        Act::Turn { back: true },
        Act::Turn { back: false },
    ];

    /// The name of its button.
    pub(super) fn name(self) -> &'static str {
        match self {
            Act::Commit => "commit",
            Act::Pull { during: false } => "pull",
            Act::Pull { during: true } => "pull-during",
            Act::PlugIn => "plug-in",
            Act::Resume => "resume",
            Act::Remove => "remove",
            Act::Turn { back: true } => "objects-before",
            Act::Turn { back: false } => "objects-next",
        }
    }

    pub(super) fn named(name: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.name() == name)
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
    /// What went wrong last, and why the last request was refused.
    trouble: Option<String>,
    refused: Option<String>,
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
    /// How many commits have come to the end of their transactions, and microseconds that the last
    /// one took to there, and the one that took longest.
    saved: (u32, u64, u64),
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
            refused: None,
            built: None,
            is_offered: false,
            is_due: false,
            report: Vec::new(),
            failed: None,
            made: Made::default(),
            saved: (0, 0, 0),
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
        for (key, value) in values.iter() {
            slots.restore(key, value).map_err(|error| error.to_string())?;
        }
        self.report = shown::superblocks(&mut slots);
        let mut store = SpillStore::open(slots, self.module).map_err(text)?;
        self.built = commit::built(&mut store)?;
        self.report.extend(shown::found(&store, self.built.as_ref(), self.failed.take()));
        self.unsaved = store.slots_mut().take_changes();
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
        let objects = put?;
        store.commit().map_err(|error| error.to_string())?;
        let bytes = after.bytes_written - before.bytes_written;
        self.unsaved.take_from(&mut store.slots_mut().take_changes());
        self.built = commit::built(store)?;
        self.made = Made { objects, bytes, began: now };
        (self.stores, self.trouble, self.is_offered) = (stores, None, false);
        self.save();
        Ok(())
    }

    /// Keeps what has changed here, if there is no database.
    fn save(&mut self) {
        if let Place::Memory(values, _) = &mut self.place {
            values.take_from(&mut self.unsaved);
            values.forget_empty();
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

    /// Whether the database does not hold all yet, and is about to.
    fn is_to_be_saved(&self) -> bool {
        let is_unsaved = !self.unsaved.is_empty() && self.trouble.is_none();
        is_unsaved && matches!(self.place, Place::Database)
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
                values.take_from(&mut self.unsaved);
                self.place = Place::Memory(values, trouble);
            }
            (Err(trouble), ..) => {
                self.trouble = Some(trouble.to_string());
                let mut values = saving;
                values.take_from(&mut self.unsaved);
                self.unsaved = values;
            }
        }
        true
    }

    fn note_time(&mut self, now: u64) {
        let began = std::mem::take(&mut self.made.began);
        if began == 0 {
            return;
        }
        let taken = now.saturating_sub(began) / 1000;
        let (count, _, most) = self.saved;
        self.saved = (count + 1, taken, most.max(taken));
    }
}

impl Session {
    /// The store of the module on show; nobody may have looked for it yet.
    fn store(&mut self) -> Result<&mut Spill, Reply> {
        let module = self.modules.shown().ok_or_else(|| nothing_is_open(DEVICE))?.hash();
        if self.spill.as_ref().is_some_and(|spill| spill.module != module) {
            self.spill = None;
        }
        Ok(self.spill.get_or_insert_with(|| Spill::new(module)))
    }

    /// Looks for the store, if that was not done.
    pub(super) fn look_for_store(&mut self) -> Result<Vec<Reply>, Reply> {
        let spill = self.store()?;
        if matches!(spill.phase, Phase::Unknown) {
            spill.look();
        }
        Ok(self.show_store().into_iter().collect())
    }

    /// Does what a person has asked for.
    pub(super) fn act(&mut self, act: Act) -> Result<Vec<Reply>, Reply> {
        self.store()?;
        let acted = self.act_on_store(act);
        if let Some(spill) = &mut self.spill {
            spill.refused = acted.err();
            if act == Act::Commit && spill.refused.is_none() && spill.is_to_be_saved() {
                // It is shown when that is done, even if the run goes on.
                spill.told_at = 0;
                return Ok(Vec::new());
            }
        }
        let resumed = (act == Act::Resume).then(|| self.resumed()).flatten();
        let mut replies: Vec<_> = resumed.into_iter().collect();
        replies.extend(match act {
            Act::Pull { .. } | Act::PlugIn | Act::Resume => {
                let mut replies = self.report();
                replies.push(self.show_device());
                replies
            }
            _ => Vec::new(),
        });
        replies.extend(self.show_store());
        Ok(replies)
    }

    /// Which call goes on that was committed, unless that was refused.
    fn resumed(&self) -> Option<Reply> {
        let spill = self.spill.as_ref().filter(|spill| spill.refused.is_none())?;
        let Built { export, arguments, .. } = spill.built.as_ref()?;
        Some(Reply::Resumed { export: export.clone(), arguments: arguments.clone() })
    }

    fn act_on_store(&mut self, act: Act) -> Result<(), String> {
        let now = self.now;
        let Some(spill) = &mut self.spill else { return Ok(()) };
        match act {
            Act::Commit => {
                let run = self.run.as_ref().ok_or("Nothing was started")?;
                spill.commit(run, &self.modules, now)?;
            }
            Act::Resume => self.resume()?,
            Act::Pull { during } => {
                spill.pull(self.run.as_ref(), &self.modules, during, now);
                self.end_run();
            }
            Act::PlugIn => spill.look(),
            Act::Remove => {
                match &mut spill.place {
                    Place::Memory(values, _) => values.clear(),
                    Place::Database => spill.wished = Some(What::Remove),
                }
                spill.trouble = None;
                spill.find(&Values::new());
            }
            Act::Turn { back: true } => spill.from = spill.from.saturating_sub(shown::ROWS),
            Act::Turn { back: false } => spill.from = spill.from.saturating_add(shown::ROWS),
        }
        Ok(())
    }

    /// Goes on where the run was committed, on the device that it was on.
    fn resume(&mut self) -> Result<(), String> {
        let Some(spill) = &mut self.spill else { return Ok(()) };
        let Spill { phase: Phase::Open(store), built: Some(built), .. } = spill else {
            return Err("Nothing is committed".to_owned());
        };
        built.bind(&mut self.modules)?;
        let load = |into: &mut Store<World>| -> Result<Job, ErrorView> {
            commit::load(store, into).map_err(ErrorView::titled)
        };
        let run = Run::resume(&self.modules, &self.surroundings, built, load)
            .map_err(|error| error.title)?;
        spill.stores = run.store.paging_stats().stores;
        spill.is_offered = false;
        self.device.resumed(run.device);
        self.device.started(&built.export, &built.arguments, &Ok(()));
        self.run = Some(run);
        self.arm().map_err(|_| "Breakpoints could not be set")?;
        self.set_tier();
        self.set_time(self.now);
        Ok(())
    }

    /// Commits the run by itself if that is due, after a stretch of it. To be called with the time
    /// told anew.
    pub fn commit_if_due(&mut self, next: Next) {
        let (Some(spill), Some(run)) = (&mut self.spill, &self.run) else { return };
        let every = u64::from(self.commit_every.0);
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
        self.show_store().into_iter().collect()
    }

    /// What there is to be shown of the store.
    pub(super) fn store_shown(&mut self) -> Option<StoreShown> {
        let (run, every, device) = (self.run.as_ref(), self.commit_every.0, &self.device.setting);
        let mut shown = self.spill.as_mut()?.shown(run, every, device);
        shown.field_refused.clone_from(&self.device.field);
        Some(shown)
    }

    pub(super) fn show_store(&mut self) -> Option<Reply> {
        let shown = self.store_shown()?;
        Some(Reply::Store(Box::new(html::view(&shown))))
    }
}
