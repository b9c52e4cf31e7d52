//! The microcode of a store's functions, within a budget: what has been translated, what is known
//! of the other functions, and which leaves first.
//!
//! Microcode is dropped here only, and this is never reached while microcode is executed: nothing
//! points into it then.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::decision::{MicrocodeStats, Translation, Verdict, Why};
use super::{Microcode, Refused, translate};
use crate::allocate;
use crate::config::Translate;
use crate::execute::Frame;
use crate::execute::stepper::Code;
use crate::ledger;
use crate::module::Module;
use crate::planner::{Counts, Planner, Prescan};
use crate::sorted::sort;

/// After so many instructions functions are translated again, once all had to leave.
const PAUSE: u64 = 1 << 14;

/// So many decisions are remembered.
const MOST_DECISIONS: usize = 64;

/// The microcode of a store's functions.
#[derive(Debug, Default)]
pub(crate) struct Tiers {
    instances: Vec<Functions>,
    residents: Vec<Resident>,
    decisions: VecDeque<Decided>,
    stats: MicrocodeStats,
    /// Bytes of what is known of functions, which is never dropped.
    tables: usize,
    /// Bytes that the store leaves for all here, and those of them that are to be left free.
    left: usize,
    workspace: usize,
    /// What was executed in the store before which nothing is translated, and how often everything
    /// had to leave.
    closed_until: u64,
    closings: u32,
    /// Whether anything has come or gone since that was last asked.
    changed: bool,
    /// Bytes for which there was no room, since hits were halved.
    asked: usize,
    /// Instructions that were executed in the store, and how many more these are than those of
    /// the job that runs.
    executed: u64,
    before: u64,
}

/// The functions of an instance.
#[derive(Debug, Default)]
struct Functions {
    codes: Vec<Option<Box<Microcode>>>,
    records: Vec<Record>,
}

/// What is known of a function.
#[derive(Debug, Clone, Copy, Default)]
struct Record {
    counts: Counts,
    /// How often it was put off, or has left.
    setbacks: u8,
    state: State,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Cold,
    /// It is translated, and this one of the residents.
    Resident(u32),
    Refused(Refused),
}

/// A function that is translated.
#[derive(Debug)]
struct Resident {
    place: Place,
    instructions: u32,
    bytes: usize,
    hits: u32,
    why: Why,
    at: u64,
}

impl Resident {
    fn heat(&self) -> u64 {
        heat(self.hits, self.bytes)
    }

    /// Bytes that it takes to translate it once more, to find out where execution stands.
    fn workspace(&self) -> usize {
        translate::FEW + 2 * self.bytes
    }
}

/// Hits for each MiB.
fn heat(hits: u32, bytes: usize) -> u64 {
    (u64::from(hits) << 20) / (bytes as u64).max(1)
}

/// Bytes of a list that has room for one item more.
fn with_room<T>(items: &Vec<T>) -> usize {
    let capacity = items.capacity();
    let grown = if items.len() == capacity { (2 * capacity).max(4) } else { capacity };
    grown * size_of::<T>()
}

/// A function of an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) instance: u32,
    pub(crate) function: u32,
}

/// What was decided about a function, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided {
    pub(crate) place: Place,
    pub(crate) at: u64,
    pub(crate) verdict: Verdict,
}

/// How a function is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// By the stepper, for good.
    Refused,
    /// By the stepper, which counts what it does.
    Cold,
    /// As microcode.
    Translated,
}

impl Tiers {
    /// Those of a store whose engine has these settings.
    pub(crate) fn new(planner: &Planner) -> Self {
        let stats = MicrocodeStats { budget: planner.budget(), ..MicrocodeStats::default() };
        Tiers { stats, left: usize::MAX, ..Tiers::default() }
    }

    /// Whether functions are translated at all.
    pub(super) fn is_open(&self) -> bool {
        self.stats.budget > 0
    }

    /// The microcode of an instance's functions.
    pub(super) fn codes(&self, instance: usize) -> &[Option<Box<Microcode>>] {
        self.instances.get(instance).map_or(&[], |functions| &functions.codes)
    }

    /// The microcode of a function of an instance.
    pub(super) fn code(&self, instance: usize, function: u32) -> Option<&Microcode> {
        self.codes(instance).get(function as usize)?.as_deref()
    }

    /// How many bytes it takes, with what is known of functions.
    pub(crate) fn allocated(&self) -> u64 {
        let decisions = ledger::room::<Decided>(self.decisions.capacity());
        let lists = ledger::vec(&self.instances) + ledger::vec(&self.residents) + decisions;
        self.stats.bytes as u64 + lists
    }

    /// Bytes that are to be left free as long as there is microcode.
    pub(crate) fn workspace(&self) -> u64 {
        self.workspace as u64
    }

    /// Bytes that the store leaves, and that nothing takes.
    fn free_bytes(&self) -> usize {
        // What is allocated can be addressed.
        self.left.saturating_sub(self.allocated() as usize)
    }

    fn record(&mut self, place: Place) -> Option<&mut Record> {
        let functions = self.instances.get_mut(place.instance as usize)?;
        functions.records.get_mut(place.function as usize)
    }

    /// Makes room to say what is known of an instance's functions; says whether there is.
    fn open(&mut self, code: Code<'_>, instance: u32) -> bool {
        let instance = instance as usize;
        if self.instances.get(instance).is_some_and(|it| !it.records.is_empty()) {
            return true;
        }
        let count = code.instances.get(instance).map_or(0, |it| it.functions.len());
        let bytes = count * (size_of::<Record>() + size_of::<Option<Box<Microcode>>>());
        if bytes > self.most() || !self.make_room(bytes, u64::MAX) {
            return false;
        }
        let more = (instance + 1).saturating_sub(self.instances.len());
        let mut functions = Functions::default();
        if self.instances.try_reserve(more).is_err()
            || functions.codes.try_reserve_exact(count).is_err()
            || functions.records.try_reserve_exact(count).is_err()
        {
            return false;
        }
        functions.codes.resize_with(count, || None);
        functions.records.resize(count, Record::default());
        self.instances.extend((0..more).map(|_| Functions::default()));
        self.instances[instance] = functions;
        self.tables += bytes;
        self.take(bytes);
        self.changed = true;
        true
    }

    /// From now on, everything here may take so many bytes.
    pub(crate) fn leave(&mut self, bytes: u64) {
        self.left = usize::try_from(bytes).unwrap_or(usize::MAX);
    }

    /// Whether anything has come or gone since that was last asked.
    pub(super) fn has_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// Bytes that microcode may take with what is known of functions: what the planner allows, or
    /// what the store leaves beside lists that have room for one more.
    fn budget(&self) -> usize {
        let decisions = self.decisions.capacity() * size_of::<Decided>();
        let lists = with_room(&self.residents) + with_room(&self.instances) + decisions;
        self.stats.budget.min(self.left.saturating_sub(lists + self.workspace))
    }

    /// Bytes that microcode can take, were there nothing yet but what is known of functions.
    pub(super) fn most(&self) -> usize {
        self.budget().saturating_sub(self.tables)
    }

    /// Bytes that are left of the budget.
    fn room(&self) -> usize {
        self.budget().saturating_sub(self.stats.bytes)
    }

    fn take(&mut self, bytes: usize) {
        self.stats.bytes += bytes;
        self.stats.peak = self.stats.peak.max(self.stats.bytes);
    }

    /// How the function of a frame is executed from now on, which may just have been `entered`.
    pub(super) fn standing(&mut self, code: Code<'_>, frame: &Frame, entered: bool) -> Standing {
        let Frame { instance, function, .. } = *frame;
        if self.executed < self.closed_until {
            return Standing::Cold;
        }
        if !self.open(code, instance) {
            return Standing::Refused;
        }
        let place = Place { instance, function };
        let Some(record) = self.record(place) else { return Standing::Refused };
        match record.state {
            State::Resident(_) => return Standing::Translated,
            State::Refused(_) => return Standing::Refused,
            State::Cold => {}
        }
        record.counts.calls = record.counts.calls.saturating_add(entered.into());
        let Record { counts, setbacks, .. } = *record;
        let why = if code.translate.at_once() {
            Some(Why::Always)
        } else {
            let body = code.module(instance).body(function).map_or(0, <[u8]>::len);
            code.planner.is_hot(counts, body, setbacks).map(Why::Hot)
        };
        match why {
            Some(why) => self.translate(code, place, why),
            None => Standing::Cold,
        }
    }

    /// Translates a function, unless it is refused or put off.
    fn translate(&mut self, code: Code<'_>, place: Place, why: Why) -> Standing {
        let module = code.module(place.instance);
        match self.translated(module, place.function, code.straight) {
            Ok(microcode) => self.admit(place, microcode, why),
            // There may be more room later.
            Err(Refused::Budget { .. }) if self.budget() < self.stats.budget => {
                self.put_off(place, 0);
                Standing::Cold
            }
            Err(reason) => {
                self.refuse(place, reason);
                Standing::Refused
            }
        }
    }

    pub(super) fn translated(
        &self,
        module: &Module,
        function: u32,
        straight: u32,
    ) -> Result<Box<Microcode>, Refused> {
        let microcode =
            translate::translate(module, function, straight, self.most(), self.free_bytes())?;
        if microcode.bytes() > self.most() {
            let body = module.body(function).map_or(0, <[u8]>::len);
            // A body is shorter than 4 GiB.
            return Err(Refused::Budget { body: body as u32 });
        }
        allocate::boxed_value(microcode).map_err(|_| Refused::OutOfMemory)
    }

    /// Keeps microcode if there is room for it, or can be made.
    fn admit(&mut self, place: Place, microcode: Box<Microcode>, why: Why) -> Standing {
        let (bytes, instructions) = (microcode.bytes(), microcode.instructions);
        let hits = self.record(place).map_or(0, |record| record.counts.hits());
        let hotter = match why {
            Why::Always => u64::MAX,
            Why::Hot(_) => heat(hits, bytes),
            Why::Ahead | Why::Stored => 0,
        };
        if !self.make_room(bytes, hotter) || self.residents.try_reserve(1).is_err() {
            if why != Why::Ahead {
                self.put_off(place, bytes);
            }
            return Standing::Cold;
        }
        // There are fewer than functions, which are counted in 32 bits.
        let state = State::Resident(self.residents.len() as u32);
        let Some(functions) = self.instances.get_mut(place.instance as usize) else {
            return Standing::Cold;
        };
        let function = place.function as usize;
        if let (Some(code), Some(record)) =
            (functions.codes.get_mut(function), functions.records.get_mut(function))
        {
            (*code, record.state) = (Some(microcode), state);
        }
        let at = self.executed;
        let resident = Resident { place, instructions, bytes, hits, why, at };
        self.workspace = self.workspace.max(resident.workspace());
        self.residents.push(resident);
        self.take(bytes);
        self.stats.translations += 1;
        self.note(place, Verdict::Translated { bytes, why });
        Standing::Translated
    }

    /// Keeps microcode of functions of an instance if there is room for all of it, which takes so
    /// many bytes; says whether there is.
    pub(super) fn admit_all(
        &mut self,
        code: Code<'_>,
        instance: u32,
        codes: Vec<(u32, Box<Microcode>)>,
        bytes: usize,
    ) -> bool {
        if !self.open(code, instance)
            || !self.make_room(bytes, 0)
            || self.residents.try_reserve(codes.len()).is_err()
        {
            return false;
        }
        for (function, microcode) in codes {
            self.admit(Place { instance, function }, microcode, Why::Stored);
        }
        true
    }

    fn refuse(&mut self, place: Place, reason: Refused) {
        if let Some(record) = self.record(place) {
            record.state = State::Refused(reason);
        }
        self.stats.refusals += 1;
        self.note(place, Verdict::Refused(reason));
    }

    fn put_off(&mut self, place: Place, bytes: usize) {
        self.set_back(place);
        self.stats.put_off += 1;
        self.note(place, Verdict::PutOff { bytes });
    }

    /// Lets a function begin anew, but wait longer.
    fn set_back(&mut self, place: Place) {
        if let Some(record) = self.record(place) {
            let setbacks = record.setbacks.saturating_add(1);
            *record = Record { setbacks, ..Record::default() };
        }
    }

    /// Drops microcode, the least hot first, and none as hot as this, until there is room for so
    /// many bytes; nothing if there cannot be.
    fn make_room(&mut self, bytes: usize, hotter: u64) -> bool {
        match bytes.checked_sub(self.room()) {
            None | Some(0) => true,
            Some(lacking) => self.free(lacking, hotter, bytes),
        }
    }

    /// Drops microcode, the least hot first, and none as hot as this, until so many bytes are free;
    /// nothing if there are fewer. So many were `asked` for.
    fn free(&mut self, lacking: usize, hotter: u64, asked: usize) -> bool {
        let mut leaving = Vec::new();
        if leaving.try_reserve_exact(self.residents.len()).is_err() {
            return false;
        }
        leaving.extend((0..self.residents.len()).map(|at| (self.residents[at].heat(), at)));
        leaving.retain(|(heat, _)| *heat < hotter);
        sort(&mut leaving, |one, other| one < other);
        let mut freed = 0;
        let enough = leaving.iter().position(|(_, at)| {
            freed += self.residents[*at].bytes;
            freed >= lacking
        });
        self.age(asked);
        let Some(last) = enough else { return false };
        leaving.truncate(last + 1);
        // From the end, so that those which move into a gap are none of them.
        sort(&mut leaving, |one, other| one.1 > other.1);
        leaving.iter().for_each(|(_, at)| self.evict(*at));
        true
    }

    /// Makes so many bytes free that the store needs for something else: drops microcode, the least
    /// hot first, and if that is not enough all there is, with what is known of functions.
    pub(crate) fn give_up(&mut self, bytes: u64) {
        let lacking = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.changed = true;
        if self.free(lacking, u64::MAX, 0) {
            let workspaces = self.residents.iter().map(Resident::workspace);
            self.workspace = workspaces.max().unwrap_or(0);
            return;
        }
        self.stats.evictions += self.residents.len() as u64;
        (self.stats.bytes, self.tables, self.asked, self.workspace) = (0, 0, 0, 0);
        (self.instances, self.residents) = (Vec::new(), Vec::new());
        self.decisions = VecDeque::new();
        // Twice as long each time, so that making room for each other takes no more than that.
        self.closed_until = self.executed.saturating_add(PAUSE << self.closings.min(20));
        self.closings += 1;
    }

    /// Halves all hits whenever as much was asked for as there is, so that those of long ago count
    /// less than those of late.
    fn age(&mut self, bytes: usize) {
        self.asked = self.asked.saturating_add(bytes);
        if self.asked >= self.stats.budget {
            self.asked = 0;
            self.residents.iter_mut().for_each(|resident| resident.hits /= 2);
        }
    }

    /// Drops all microcode.
    pub(crate) fn clear(&mut self) {
        while let Some(last) = self.residents.len().checked_sub(1) {
            self.evict(last);
        }
        self.workspace = 0;
        self.changed = true;
    }

    fn evict(&mut self, at: usize) {
        let Resident { place, bytes, hits, .. } = self.residents.swap_remove(at);
        if let Some(Resident { place, .. }) = self.residents.get(at)
            && let Some(record) = self.record(*place)
        {
            record.state = State::Resident(at as u32);
        }
        self.set_back(place);
        let functions = self.instances.get_mut(place.instance as usize);
        if let Some(code) = functions.and_then(|it| it.codes.get_mut(place.function as usize)) {
            *code = None;
        }
        self.stats.bytes = self.stats.bytes.saturating_sub(bytes);
        self.stats.evictions += 1;
        self.note(place, Verdict::Evicted { bytes, hits });
    }

    /// Translates functions of an instance ahead, as the planner says.
    pub(crate) fn prescan(&mut self, code: Code<'_>, instance: u32) {
        let Planner { prescan, chunks, .. } = *code.planner;
        let off = !cfg!(feature = "microcode")
            || prescan == Prescan::Off
            || code.translate == Translate::Never;
        if off || !self.is_open() || !self.open(code, instance) {
            return;
        }
        let module = code.module(instance);
        let all = &module.declarations();
        let mut left = if prescan == Prescan::Force { u32::MAX } else { chunks };
        for function in all.imported_functions..all.functions.len() as u32 {
            let body = module.body(function).map_or(0, <[u8]>::len);
            let Some(rest) = left.checked_sub(code.planner.chunks_of(body)) else { continue };
            left = rest;
            if self.translate(code, Place { instance, function }, Why::Ahead) == Standing::Cold {
                // There is no room for it.
                return;
            }
        }
    }

    /// Counts what the stepper did in the function of a frame.
    pub(crate) fn count(&mut self, frame: &Frame, executed: u64, loops: u32) {
        let place = Place { instance: frame.instance, function: frame.function };
        let Some(Record { counts, .. }) = self.record(place) else { return };
        let executed = u32::try_from(executed).unwrap_or(u32::MAX);
        counts.executed = counts.executed.saturating_add(executed);
        counts.loops = counts.loops.saturating_add(loops);
    }

    /// Counts that the function of a frame was entered as microcode, of which so many instructions
    /// were executed then: one hit, and one for each time that it may have gone round.
    pub(super) fn hit(&mut self, frame: &Frame, executed: u64) {
        self.stats.as_microcode += executed;
        let place = Place { instance: frame.instance, function: frame.function };
        if let Some(Record { state: State::Resident(at), .. }) = self.record(place).copied()
            && let Some(resident) = self.residents.get_mut(at as usize)
        {
            let rounds = executed / u64::from(resident.instructions.max(1));
            let hits = u32::try_from(rounds + 1).unwrap_or(u32::MAX);
            resident.hits = resident.hits.saturating_add(hits);
        }
    }

    /// Counts that a host function was called.
    pub(crate) fn called_host(&mut self) {
        self.stats.host_calls += 1;
    }

    #[cfg(feature = "dispatches")]
    pub(super) fn count_dispatches(&mut self, dispatches: u64) {
        self.stats.dispatches += dispatches;
    }

    fn note(&mut self, place: Place, verdict: Verdict) {
        self.changed = true;
        let (len, capacity) = (self.decisions.len(), self.decisions.capacity());
        let is_full = len == capacity && self.room() < capacity.max(4) * size_of::<Decided>();
        if len >= MOST_DECISIONS || is_full {
            self.decisions.pop_front();
        }
        if self.decisions.len() < capacity || !is_full && self.decisions.try_reserve(1).is_ok() {
            self.decisions.push_back(Decided { place, at: self.executed, verdict });
        }
    }

    /// A job runs that has executed so much.
    pub(crate) fn begin(&mut self, executed: u64) {
        self.before = self.executed.wrapping_sub(executed);
    }

    /// It has executed so much by now.
    pub(crate) fn advance(&mut self, executed: u64) {
        self.executed = self.before.wrapping_add(executed);
    }

    /// What was decided last.
    pub(crate) fn decisions(&self) -> impl ExactSizeIterator<Item = &Decided> {
        self.decisions.iter()
    }

    /// How functions have been executed, and what their microcode takes.
    pub(crate) fn stats(&self) -> MicrocodeStats {
        let stepped = self.executed.saturating_sub(self.stats.as_microcode);
        MicrocodeStats { translated: self.residents.len(), stepped, ..self.stats }
    }

    /// How far a function is.
    pub(crate) fn translation(&self, code: Code<'_>, instance: u32, function: u32) -> Translation {
        let functions = self.instances.get(instance as usize);
        let record = functions.and_then(|it| it.records.get(function as usize));
        let Record { counts, setbacks, state } = record.copied().unwrap_or_default();
        match state {
            State::Refused(reason) => Translation::Refused(reason),
            State::Resident(at) if let Some(resident) = self.residents.get(at as usize) => {
                let Resident { instructions, bytes, hits, why, at, .. } = *resident;
                let code = self.code(instance as usize, function);
                let operators = code.map_or(0, Microcode::operator_bytes);
                Translation::Done { instructions, bytes, operators, why, at, hits }
            }
            _ => {
                let body = code.module(instance).body(function).map_or(0, <[u8]>::len);
                let advantage = code.planner.advantage(counts, body);
                Translation::Not { advantage, setbacks }
            }
        }
    }
}
