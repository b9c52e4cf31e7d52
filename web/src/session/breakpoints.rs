//! Where a run is to stop: breakpoints as a person sets them, as the instances of a
//! run know them, and going from one to the other.

use fayasm_core::decode::Immediates;
use fayasm_core::inspect::{Access, Condition, ConditionError, Inspector, Location, accesses};
use fayasm_core::module::Named;
use fayasm_core::operators::Class;
use fayasm_core::timeline::TimelineError;
use fayasm_core::{Breakpoint, ExternKind, Instance, Job, Limit, Memory, Outcome, Store, Val};

use super::linking::Instances;
use super::modules::Modules;
use super::opened::Opened;
use super::run::Run;
use super::terminal::World;
use super::text;
use crate::protocol::{BreakpointView, CodePlace, HitView, HitsView, Stop, StopPlace, Watch};

/// The most breakpoints there can be.
const MAX_BREAKPOINTS: usize = 1000;

/// How often a slice stops to find out whether a condition holds, at most.
const MAX_STOPS: u32 = 1000;

/// How many instructions a slice goes over that looks for hits.
const HITS_SLICE: u64 = 1 << 20;

/// The same, and of any slice forwards, where changes are watched: whether there is one is
/// found out without stopping.
const WATCHED_SLICE: u64 = 1 << 17;

/// How many instructions a slice backwards goes over: at first, at least and at most.
/// In between, as many as have few breakpoints to look at.
pub(super) const STRIDE: u64 = 1 << 14;
const SHORTEST_STRIDE: u64 = 1 << 9;
const LONGEST_STRIDE: u64 = 1 << 20;

/// All breakpoints, as they were set.
#[derive(Default)]
pub(super) struct Breakpoints(Vec<Stop>);

/// The breakpoints of a run, in the order in which its store has them.
#[derive(Default)]
pub(super) struct Armed(Vec<ArmedStop>);

struct ArmedStop {
    stop: Stop,
    condition: Option<Condition>,
}

/// A breakpoint that was found in its module.
struct Found {
    /// The module's index.
    module: usize,
    /// Of an instruction: bytes from the start of the body of its function.
    pc: u32,
    condition: Option<Condition>,
    view: BreakpointView,
}

impl Breakpoints {
    /// Forgets all and sets these.
    pub(super) fn set(&mut self, mut stops: Vec<Stop>) {
        stops.truncate(MAX_BREAKPOINTS);
        self.0 = stops;
    }

    /// What became of each whose module is loaded.
    pub(super) fn views(&self, modules: &Modules) -> Vec<BreakpointView> {
        self.0.iter().filter_map(|stop| Some(find(stop, modules)?.view)).collect()
    }

    /// Sets those that are enabled and that there is nothing wrong with in a run.
    pub(super) fn arm(&self, run: &mut Run, modules: &Modules) -> Result<(), fayasm_core::Error> {
        let (mut armed, mut points) = (Vec::new(), Vec::new());
        for stop in self.0.iter().filter(|stop| stop.enabled) {
            let Some(found) = find(stop, modules) else { continue };
            if found.view.problem.is_some() || found.view.wrong.is_some() {
                continue;
            }
            if let Some(point) = handle(stop, &found, &run.instances, &run.store) {
                points.push(point);
                armed.push(ArmedStop { stop: stop.clone(), condition: found.condition });
            }
        }
        run.store.set_breakpoints(&points)?;
        run.armed = Armed(armed);
        run.stopped.clear();
        Ok(())
    }
}

/// Looks for what a breakpoint names; none if its module is not loaded.
fn find(stop: &Stop, modules: &Modules) -> Option<Found> {
    let (module, opened) =
        modules.iter().enumerate().find(|(_, opened)| opened.name == stop.file)?;
    let view = BreakpointView { number: stop.number, ..BreakpointView::default() };
    let mut found = Found { module, pc: 0, condition: None, view };
    let mut function = None;
    let all = opened.all();
    let exists = match stop.place {
        StopPlace::Instruction { offset } => {
            function = found.instruction(opened, offset);
            function.is_some()
        }
        StopPlace::Local { function: of, local, .. } => {
            function = Some(of);
            let count = opened.module().and_then(|module| module.local_count(of));
            let name = match opened.names().local(of, local) {
                Some(name) => format!("local ${name}"),
                None => format!("local {local}"),
            };
            found.view.title = name;
            found.view.detail = format!("of {}", opened.function_name(of));
            count.is_some_and(|count| local < count)
        }
        StopPlace::Global { global, .. } => {
            found.view.title = global_name(opened, global);
            (global as usize) < all.globals.len()
        }
        StopPlace::Memory { memory, address, length, .. } => {
            found.view.title = span_text(address.into(), u64::from(address) + u64::from(length));
            if all.memories.len() > 1 {
                found.view.detail = format!("of memory {memory}");
            }
            (memory as usize) < all.memories.len() && length > 0
        }
        StopPlace::HostCall | StopPlace::MemoryGrowth => true,
    };
    if !exists {
        found.view.problem = Some("The module has nothing there any more.".to_owned());
    }
    if !stop.condition.trim().is_empty() {
        found.read_condition(&stop.condition, opened, function);
    }
    Some(found)
}

impl Found {
    /// Finds the instruction at an offset, and the function that it is in.
    fn instruction(&mut self, opened: &Opened, offset: u32) -> Option<u32> {
        self.view.title = format!("{offset:#x}");
        let function = opened.function_at(offset)?;
        let code = opened.code(function);
        let row = code.row(offset);
        let instruction = &code.lines.get(row)?.instruction;
        let start = opened.all().body(function)?.start;
        self.pc = offset.checked_sub(start).filter(|_| instruction.span.start == offset)?;
        let operands = match instruction.immediates {
            // A br_table can have very many.
            Immediates::Labels(_) => String::new(),
            _ => opened.disassembly().operands(function, instruction),
        };
        self.view.title = format!("{} {operands}", instruction.operator.mnemonic());
        self.view.detail = format!("{offset:#x} in {}", opened.function_name(function));
        self.view.place =
            Some(CodePlace { module: text::offset(self.module), function, row: text::offset(row) });
        Some(function)
    }

    fn read_condition(&mut self, text: &str, opened: &Opened, function: Option<u32>) {
        let read = Condition::parse(text).and_then(|condition| {
            if let Some(module) = opened.module() {
                condition.check(module, opened.names(), function)?;
            }
            Ok(condition)
        });
        match read {
            Ok(condition) => self.condition = Some(condition),
            Err(error) => self.view.wrong = Some(located(error, text)),
        }
    }
}

/// "nothing has this name, at `$m == 1`".
fn located(error: ConditionError, text: &str) -> String {
    match text.get(error.at..).unwrap_or_default().trim() {
        "" => format!("{error} at the end"),
        rest => format!("{error}, at `{rest}`"),
    }
}

fn global_name(opened: &Opened, global: u32) -> String {
    match opened.names().of(Named::Global, global) {
        Some(name) => format!("global ${name}"),
        None => format!("global {global}"),
    }
}

/// "memory 0x400–0x403".
fn span_text(start: u64, end: u64) -> String {
    match end.saturating_sub(1) {
        last if last > start => format!("memory {start:#x}–{last:#x}"),
        _ => format!("memory {start:#x}"),
    }
}

/// What a store knows a breakpoint by; none if its module has no instance.
fn handle(
    stop: &Stop,
    found: &Found,
    instances: &Instances,
    store: &Store<World>,
) -> Option<Breakpoint> {
    let instance = instances.get(found.module)?;
    Some(match stop.place {
        StopPlace::Instruction { .. } => {
            let function = found.view.place?.function;
            Breakpoint::Instruction { instance, function, pc: found.pc }
        }
        StopPlace::Local { function, local, on } => {
            Breakpoint::Local { instance, function, local, on: on.into() }
        }
        StopPlace::Global { global, on } => {
            let global = instance.get_index(store, ExternKind::Global, global)?.into_global()?;
            Breakpoint::Location { location: Location::Global(global), on: on.into() }
        }
        StopPlace::Memory { memory, address, length, on } => {
            let memory = memory_of(instance, store, memory)?;
            let bytes = u64::from(address)..u64::from(address) + u64::from(length);
            Breakpoint::Location { location: Location::Memory { memory, bytes }, on: on.into() }
        }
        StopPlace::HostCall => Breakpoint::HostCall,
        StopPlace::MemoryGrowth => Breakpoint::MemoryGrowth,
    })
}

fn memory_of(instance: Instance, store: &Store<World>, index: u32) -> Option<Memory> {
    instance.get_index(store, ExternKind::Memory, index)?.into_memory()
}

impl From<Watch> for fayasm_core::Watch {
    fn from(watch: Watch) -> Self {
        match watch {
            Watch::Read => fayasm_core::Watch::Read,
            Watch::Write => fayasm_core::Watch::Write,
            Watch::Access => fayasm_core::Watch::Access,
            Watch::Change => fayasm_core::Watch::Change,
        }
    }
}

impl Armed {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many instructions a slice that may have so many has.
    pub(super) fn slice(&self, instructions: u64) -> u64 {
        let watches = |armed: &ArmedStop| armed.stop.place.watch() == Some(Watch::Change);
        match self.0.iter().any(watches) {
            true => instructions.min(WATCHED_SLICE),
            false => instructions,
        }
    }

    /// Whether the condition of a breakpoint holds where a job stands.
    fn holds(
        &self,
        index: usize,
        instances: &Instances,
        modules: &Modules,
        store: &Store<World>,
        job: &Job,
        inspector: &mut Inspector,
    ) -> bool {
        let Some(armed) = self.0.get(index) else { return false };
        let Some(condition) = &armed.condition else { return true };
        let module = job.frame().and_then(|frame| instances.module_of(frame.instance()));
        let opened = module.and_then(|module| modules.get(module));
        opened.is_none_or(|opened| condition.holds(store, job, opened.names(), inspector))
    }
}

impl Run {
    /// Runs within a limit, to the next breakpoint whose condition holds.
    pub(super) fn run_to_breakpoint(
        &mut self,
        modules: &Modules,
        mut limit: Limit,
    ) -> Result<Outcome, TimelineError> {
        let end = self.timeline.job().executed().saturating_add(limit.fuel);
        for _ in 0..MAX_STOPS {
            let at = self.timeline.job().executed();
            let is_passed = self.stood_at == Some(at);
            limit.fuel = match end.saturating_sub(at) {
                0 => return Ok(Outcome::OutOfFuel),
                _ if is_passed => 1,
                left => left,
            };
            let stopping = if is_passed { limit } else { limit.until_breakpoint() };
            match self.timeline.run(&mut self.store, stopping)? {
                Outcome::Breakpoint(index) => {
                    self.stood_at = Some(self.timeline.job().executed());
                    self.stopped = self.stops_that_hold(modules, index)?;
                    if !self.stopped.is_empty() {
                        return Ok(Outcome::Breakpoint(index));
                    }
                }
                Outcome::OutOfFuel if is_passed => {}
                outcome => return Ok(outcome),
            }
        }
        Ok(Outcome::OutOfFuel)
    }

    /// The breakpoints whose conditions hold where it stands, one of them is this.
    fn stops_that_hold(
        &mut self,
        modules: &Modules,
        index: usize,
    ) -> Result<Vec<usize>, TimelineError> {
        let mut stops = self.timeline.stops(&mut self.store)?;
        if !stops.contains(&index) {
            stops.push(index);
        }
        let Run { armed, instances, store, timeline, inspector, .. } = self;
        stops.retain(|&index| {
            armed.holds(index, instances, modules, store, timeline.job(), inspector)
        });
        Ok(stops)
    }

    /// Goes back by a slice of at most so many instructions, to the last breakpoint
    /// whose condition holds. Gives the length of the next slice, if there is one to go.
    pub(super) fn run_back_to_breakpoint(
        &mut self,
        modules: &Modules,
        stride: u64,
    ) -> Result<Option<u64>, TimelineError> {
        let at = self.timeline.job().executed();
        let snapshot = self.timeline.sync_point_before(at);
        let first = at.saturating_sub(stride).max(snapshot.min(at));
        let mut looked_at = 0;
        let Run { armed, instances, store, timeline, inspector, .. } = self;
        let hit = timeline.run_back(store, first, |store, job, index| {
            looked_at += 1;
            armed.holds(index, instances, modules, store, job, inspector)
        })?;
        if let Some(index) = hit {
            self.stopped = self.stops_that_hold(modules, index)?;
            return Ok(None);
        }
        if self.timeline.job().executed() <= *self.timeline.range().start() {
            self.lost = Some("No breakpoint is hit before: the run begins here".to_owned());
            return Ok(None);
        }
        Ok(Some(match looked_at {
            0..MAX_STOPS => (stride * 2).min(LONGEST_STRIDE),
            _ => (stride / 2).max(SHORTEST_STRIDE),
        }))
    }

    /// Where breakpoints are hit, in a slice of the known run that begins at a step.
    pub(super) fn hits(&mut self, modules: &Modules, from: f64) -> HitsView {
        let range = self.timeline.range();
        let stands_at = self.timeline.job().executed();
        let (first, last) = (*range.start(), *range.end());
        let from = self.executed_at(from).clamp(first, last);
        let mut view = HitsView { from: self.step_of(from), ..HitsView::default() };
        let is_to_look = !self.armed.is_empty() && !self.is_running() && !self.is_waiting();
        let to = match is_to_look && self.timeline.seek(&mut self.store, from).is_ok() {
            true => {
                let end = last.min(from.saturating_add(self.armed.slice(HITS_SLICE)));
                let to = self.go_over(modules, end, &mut view.hits);
                if self.timeline.job().executed() == last {
                    self.note_next(modules, &mut view.hits);
                }
                to
            }
            false => last,
        };
        view.to = self.step_of(to);
        if self.timeline.job().executed() != stands_at
            && let Err(error) = self.timeline.seek(&mut self.store, stands_at)
        {
            self.lose_the_way(&error);
        }
        view
    }

    /// Notes the breakpoints that are hit from where it stands to `end`, and says how
    /// far it came.
    fn go_over(&mut self, modules: &Modules, end: u64, hits: &mut Vec<(f64, u32)>) -> u64 {
        for _ in 0..MAX_STOPS {
            let at = self.timeline.job().executed();
            let limit = Limit::fuel(end.saturating_sub(at)).until_breakpoint();
            let Ok(Outcome::Breakpoint(index)) = self.timeline.run(&mut self.store, limit) else {
                return end;
            };
            let at = self.timeline.job().executed();
            if at >= end {
                return end;
            }
            let step = self.step_of(at);
            let stops = self.stops_that_hold(modules, index).unwrap_or_default();
            let armed = &self.armed.0;
            hits.extend(stops.iter().filter_map(|it| Some((step, armed.get(*it)?.stop.number))));
            if self.timeline.run(&mut self.store, Limit::fuel(1)).is_err() {
                return end;
            }
        }
        self.timeline.job().executed()
    }

    /// Notes the breakpoints that the next instruction is stopped at, which may be none that is
    /// known. Whether it changes something is not: that only executing it tells.
    fn note_next(&mut self, modules: &Modules, hits: &mut Vec<(f64, u32)>) {
        let step = self.step_of(self.timeline.job().executed());
        let Run { armed, instances, store, timeline, inspector, .. } = self;
        let job = timeline.job();
        // What has trapped stands before nothing any more.
        let trapped = job.trapped().and(job.frame()).map(|frame| Breakpoint::Instruction {
            instance: frame.instance(),
            function: frame.function(),
            pc: frame.pc(),
        });
        let points = store.breakpoints().iter().enumerate();
        let trapped = points.filter(|(_, point)| Some(*point) == trapped.as_ref());
        for index in store.breakpoints_at(job).chain(trapped.map(|(index, _)| index)) {
            let Some(stop) = armed.0.get(index).map(|armed| &armed.stop) else { continue };
            if stop.place.watch() != Some(Watch::Change)
                && armed.holds(index, instances, modules, store, job, inspector)
            {
                hits.push((step, stop.number));
            }
        }
    }

    /// What a run has stopped at, with what is about to happen there.
    pub(super) fn hit_views(&mut self, modules: &Modules) -> Vec<HitView> {
        let stopped = std::mem::take(&mut self.stopped);
        let views = stopped.iter().filter_map(|&index| {
            let stop = self.armed.0.get(index)?.stop.clone();
            let point = self.store.breakpoints().get(index)?.clone();
            let text = self.hit_text(modules, &stop, &point);
            let text = match (stop.place, text.as_str()) {
                (StopPlace::HostCall | StopPlace::MemoryGrowth, _) => text,
                (StopPlace::Instruction { .. }, "") => format!("at breakpoint {}", stop.number),
                (StopPlace::Instruction { .. }, _) => {
                    format!("at breakpoint {}: {text}", stop.number)
                }
                _ => format!("at watchpoint {}: {text}", stop.number),
            };
            Some(HitView { number: stop.number, text })
        });
        let views = views.collect();
        self.stopped = stopped;
        views
    }

    /// "memory 0x400–0x403 is about to be written: 7 → 8".
    fn hit_text(&mut self, modules: &Modules, stop: &Stop, point: &Breakpoint) -> String {
        match point {
            Breakpoint::HostCall => "before a host function is called".to_owned(),
            Breakpoint::MemoryGrowth => "before memory grows".to_owned(),
            Breakpoint::Local { local, on, .. } => {
                let frame = self.timeline.job().depth().saturating_sub(1);
                self.access_text(modules, stop, &Location::Local { frame, local: *local }, *on)
            }
            Breakpoint::Location { location, on } => self.access_text(modules, stop, location, *on),
            _ if stop.condition.trim().is_empty() => String::new(),
            _ => format!("{} holds", stop.condition.trim()),
        }
    }

    /// What is about to happen to what is watched.
    fn access_text(
        &mut self,
        modules: &Modules,
        stop: &Stop,
        watched: &Location,
        on: fayasm_core::Watch,
    ) -> String {
        let mut name = find(stop, modules).map(|found| found.view.title).unwrap_or_default();
        let reads = on == fayasm_core::Watch::Read;
        let all = accesses(&self.store, self.timeline.job());
        let meant = all.iter().filter(|it| it.location.overlaps(watched));
        // What does both is seen as what was watched for.
        let Some(Access { location, writes }) = meant.min_by_key(|it| it.writes == reads) else {
            return format!("{name} is about to be written by a host function");
        };
        if let Location::Memory { bytes, .. } = location {
            name = span_text(bytes.start, bytes.end);
        }
        let values = match (self.value_there(location), self.value_to_come()) {
            (Some(old), Some(new)) if *writes => format!(": {old} → {new}"),
            (Some(old), _) if !*writes && !matches!(location, Location::Memory { .. }) => {
                format!(": {old}")
            }
            _ => String::new(),
        };
        let verb = if *writes { "written" } else { "read" };
        format!("{name} is about to be {verb}{values}")
    }

    /// What is where the next instruction writes or reads.
    fn value_there(&mut self, location: &Location) -> Option<Val> {
        let job = self.timeline.job();
        match location {
            Location::Local { frame, local } => {
                self.inspector.locals(&self.store, job, *frame).get(*local as usize).copied()
            }
            Location::Global(global) => global.get(&self.store).ok(),
            Location::Memory { memory, bytes } => {
                let length = usize::try_from(bytes.end - bytes.start).ok().filter(|it| *it <= 8)?;
                let mut word = [0; 8];
                memory.read(&self.store, bytes.start, word.get_mut(..length)?).ok()?;
                number_of(u64::from_le_bytes(word), length, self.operand_on_top()?)
            }
            Location::Table { .. } | Location::Operand { .. } => None,
        }
    }

    /// What the next instruction writes, if that is an operand.
    fn value_to_come(&mut self) -> Option<Val> {
        let value = self.operand_on_top()?;
        let frame = self.timeline.job().frame()?;
        let operator = self.inspector.place(&self.store, frame)?.instruction.operator;
        match (operator.row().class, value) {
            (Class::Variable, value) => Some(value),
            (Class::Store, Val::I32(it)) => {
                let word = u64::from(it.cast_unsigned());
                number_of(word, 1 << operator.access_width_log2(), value)
            }
            (Class::Store, Val::I64(it)) => {
                number_of(it.cast_unsigned(), 1 << operator.access_width_log2(), value)
            }
            (Class::Store, value) => Some(value),
            _ => None,
        }
    }

    fn operand_on_top(&mut self) -> Option<Val> {
        let job = self.timeline.job();
        self.inspector.operands(&self.store, job, job.depth().checked_sub(1)?).pop()
    }
}

/// The lowest bytes of a word as a number of the type of another value; signed only if
/// they are the whole of it.
fn number_of(word: u64, bytes: usize, like: Val) -> Option<Val> {
    let unused = 64 - 8 * u32::try_from(bytes).ok().filter(|it| (1..=8).contains(it))?;
    let word = word << unused >> unused;
    // Of a type of 32 bits, the upper half is zero.
    let low = word as u32;
    Some(match like {
        Val::I32(_) => Val::I32(low.cast_signed()),
        Val::I64(_) => Val::I64(word.cast_signed()),
        Val::F32(_) => Val::F32(low),
        Val::F64(_) => Val::F64(word),
        _ => return None,
    })
}
