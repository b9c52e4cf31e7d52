//! The run that is debugged, and going through it.

use fayasm_core::inspect::{Condition, ConditionError, Inspector, Location};
use fayasm_core::timeline::{Settings, Timeline};
use fayasm_core::{
    Breakpoint, ExternKind, Instance, Job, Limit, Memory, Outcome, Store, ValType, Watch,
};
use fayasm_trace::Tracer;
use fayasm_wasi::Wasi;

use super::command::{Bytes, Catch, Command, Watched};
use super::help::help;
use super::places;
use super::points::{PointKind, Points};
use super::problem::Problem;
use crate::args::Manners;
use crate::call::{self, Call};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::loaded::Modules;
use crate::output::Output;
use crate::trace::text;
use crate::world;

/// Instructions between two looks at whether to stop.
pub(super) const SLICE: u64 = 1 << 20;

/// A run, and everything that is known about it.
pub(super) struct Session {
    pub(super) out: Output,
    pub(super) store: Store<Wasi>,
    pub(super) timeline: Timeline,
    pub(super) modules: Modules,
    pub(super) result_types: Vec<ValType>,
    pub(super) tracer: Tracer,
    pub(super) points: Points,
    pub(super) interrupt: Interrupt,
}

/// Why it does not go on.
enum Halt {
    /// It is where it was to go.
    Arrived,
    /// A breakpoint or watchpoint, of this number.
    Point(u32),
    /// The run has ended.
    Ended,
    /// Somebody asked for it.
    Interrupted,
    /// A host function waits for something that never comes.
    Pending,
}

impl Session {
    /// The run of a call that has not begun yet.
    pub(super) fn new(call: Call, out: Output) -> Result<Session, Failure> {
        let Call { mut store, job, modules, result_types, .. } = call;
        let timeline = Timeline::new(&mut store, job, Settings::default())
            .map_err(|error| Failure::Arguments(error.to_string()))?;
        Ok(Session {
            out,
            store,
            timeline,
            modules,
            result_types,
            tracer: Tracer::new(),
            points: Points::default(),
            interrupt: Interrupt::new(),
        })
    }

    pub(super) fn job(&self) -> &Job {
        self.timeline.job()
    }

    pub(super) fn note_unsupported(&self, manners: &Manners) {
        call::note_unsupported(&self.store, manners);
    }

    /// Does what a command says.
    pub(super) fn carry_out(&mut self, command: Command) -> Result<(), Problem> {
        self.interrupt.set_busy(true);
        let done = self.dispatch(command);
        self.interrupt.set_busy(false);
        done
    }

    fn dispatch(&mut self, command: Command) -> Result<(), Problem> {
        match command {
            Command::Step(count) => self.step(count),
            Command::Next(count) => self.next(count),
            Command::Finish => self.finish(),
            Command::Continue => self.go_on(),
            Command::Back(count) => self.back(count),
            Command::BackOver(count) => self.back_over(count),
            Command::BackOut => self.back_out(),
            Command::BackContinue => self.back_on(),
            Command::Goto(number) => self.goto(number),
            Command::Start => self.seek(*self.timeline.range().start()),
            Command::End => self.seek(*self.timeline.range().end()),
            Command::Run => self.run(),
            Command::Break(place, condition) => self.add_break(&place, condition.as_deref()),
            Command::Watch(watched, on) => self.add_watch(watched, on),
            Command::Catch(what) => self.add_catch(what),
            Command::Delete(number) => self.points.delete(&mut self.store, number),
            Command::Info => self.show_info(),
            Command::Where => self.show_calls(),
            Command::Locals(frame) => self.show_locals(frame),
            Command::Stack(frame) => self.show_stack(frame),
            Command::Globals => self.show_globals(),
            Command::Memory(bytes) => self.show_memory(bytes),
            Command::List => self.show_code(),
            Command::LastWrite(bytes) => self.last_write(bytes),
            Command::Origin(value) => self.origin(value),
            Command::Help(word) => help(&mut self.out, word.as_deref()),
            // Who reads commands ends it.
            Command::Quit => Ok(()),
        }
    }

    /// Executes so many instructions, and prints each.
    fn step(&mut self, count: u64) -> Result<(), Problem> {
        let mut halt = Halt::Arrived;
        for _ in 0..count {
            halt = self.one_step(false)?;
            if !matches!(halt, Halt::Arrived) {
                break;
            }
        }
        self.arrive(halt)
    }

    /// The same, with everything in the functions that they call.
    fn next(&mut self, count: u64) -> Result<(), Problem> {
        let mut halt = Halt::Arrived;
        for _ in 0..count {
            halt = self.one_step(true)?;
            if !matches!(halt, Halt::Arrived) {
                break;
            }
        }
        self.arrive(halt)
    }

    /// Executes an instruction, and what it calls if `over` says so, and prints it.
    fn one_step(&mut self, over: bool) -> Result<Halt, Problem> {
        self.require_running()?;
        let depth = self.job().depth();
        let ahead = self.tracer.ahead(&self.store, self.timeline.job());
        let before = self.job().executed();
        let mut halt = self.advance_by_one()?;
        if over && matches!(halt, Halt::Arrived) && self.job().depth() > depth {
            halt = self.advance(Some(depth))?;
        }
        let job = self.timeline.job();
        if let Some(ahead) = ahead
            && (job.executed() > before || !job.is_running())
        {
            // What traps is not counted; if one was, the next one has trapped.
            let trap = job.trapped().filter(|_| job.executed() == before);
            let step = self.tracer.executed(ahead, &self.store, job, trap);
            text::step(&mut self.out, &self.modules, &step)?;
        }
        Ok(halt)
    }

    fn finish(&mut self) -> Result<(), Problem> {
        self.require_running()?;
        let frame = self.job().frame().copied();
        let depth = self.job().depth().saturating_sub(1);
        let halt = self.advance(Some(depth))?;
        if let (Halt::Arrived, Some(frame)) = (&halt, frame) {
            let returned = self.tracer.returned(&self.store, self.timeline.job(), &frame);
            self.out.line(format_args!("returned {}", text::list(&returned)))?;
        }
        self.arrive(halt)
    }

    fn go_on(&mut self) -> Result<(), Problem> {
        self.require_running()?;
        let halt = self.advance(None)?;
        self.arrive(halt)
    }

    fn run(&mut self) -> Result<(), Problem> {
        let start = *self.timeline.range().start();
        self.timeline.seek(&mut self.store, start)?;
        match self.point_here() {
            Some(number) => self.arrive(Halt::Point(number)),
            None => self.go_on(),
        }
    }

    fn require_running(&self) -> Result<(), Problem> {
        if self.job().is_running() { Ok(()) } else { Err(Problem::Ended) }
    }

    /// Executes one instruction.
    fn advance_by_one(&mut self) -> Result<Halt, Problem> {
        loop {
            if self.interrupt.is_asked() {
                return Ok(Halt::Interrupted);
            }
            let outcome = self.timeline.run(&mut self.store, 1)?;
            if !self.job().is_running() {
                return Ok(Halt::Ended);
            }
            if world::waits(&mut self.store, &outcome) {
                continue;
            }
            return Ok(match (outcome, self.point_here()) {
                (Outcome::Pending(_), _) => Halt::Pending,
                (_, Some(number)) => Halt::Point(number),
                (_, None) => Halt::Arrived,
            });
        }
    }

    /// Goes on, by one instruction at least, until there are so few frames, or something
    /// else stops it.
    fn advance(&mut self, until_depth: Option<usize>) -> Result<Halt, Problem> {
        let limit = |limit: Limit| until_depth.into_iter().fold(limit, Limit::until_depth);
        let one = limit(Limit::fuel(1));
        let mut next = one;
        loop {
            if self.interrupt.is_asked() {
                return Ok(Halt::Interrupted);
            }
            let before = self.job().executed();
            let outcome = self.timeline.run(&mut self.store, next)?;
            if !self.job().is_running() {
                return Ok(Halt::Ended);
            }
            if self.job().executed() > before {
                next = limit(Limit::fuel(SLICE).until_breakpoint());
            }
            match outcome {
                Outcome::DepthReached => {
                    return Ok(self.point_here().map_or(Halt::Arrived, Halt::Point));
                }
                Outcome::Breakpoint(index) => match self.holds(index).or(self.point_here()) {
                    Some(number) => return Ok(Halt::Point(number)),
                    None => next = one,
                },
                Outcome::OutOfFuel => {}
                outcome if world::waits(&mut self.store, &outcome) => {}
                Outcome::Pending(_) => return Ok(Halt::Pending),
                _ => return Ok(Halt::Interrupted),
            }
        }
    }

    /// The breakpoint or watchpoint that one of the store's belongs to, if it stops here.
    fn holds(&mut self, breakpoint: usize) -> Option<u32> {
        let (job, inspector) = (self.timeline.job(), &mut self.tracer.inspector);
        self.points.holds(breakpoint, &self.modules, &self.store, job, inspector)
    }

    /// The breakpoint or watchpoint at which it stands.
    fn point_here(&mut self) -> Option<u32> {
        let inspector = &mut self.tracer.inspector;
        self.points.here(&self.modules, &self.store, self.timeline.job(), inspector)
    }

    /// Says why it has stopped, and where.
    fn arrive(&mut self, halt: Halt) -> Result<(), Problem> {
        match halt {
            Halt::Arrived | Halt::Ended => {}
            Halt::Interrupted => self.out.line("interrupted")?,
            Halt::Pending => self.out.line(Failure::Pending)?,
            Halt::Point(number) => self.show_point(number)?,
        }
        self.show_position()
    }

    fn back(&mut self, count: u64) -> Result<(), Problem> {
        let first = self.require_past()?;
        let target = self.job().executed().saturating_sub(count).max(first);
        self.seek(target)
    }

    fn back_over(&mut self, count: u64) -> Result<(), Problem> {
        let first = self.require_past()?;
        for _ in 0..count {
            if self.interrupt.is_asked() || self.job().executed() <= first {
                break;
            }
            self.timeline.step_back_over(&mut self.store)?;
        }
        self.show_position()
    }

    /// To the call of the function, or, of the outermost, to its beginning.
    fn back_out(&mut self) -> Result<(), Problem> {
        let first = self.require_past()?;
        match self.job().depth() {
            0 | 1 => self.timeline.seek(&mut self.store, first)?,
            _ => self.timeline.step_back_out(&mut self.store)?,
        }
        self.show_position()
    }

    fn back_on(&mut self) -> Result<(), Problem> {
        let first = self.require_past()?;
        while self.job().executed() > first {
            if self.interrupt.is_asked() {
                return self.arrive(Halt::Interrupted);
            }
            // In pieces, so that it can be interrupted.
            let to = self.timeline.sync_point_before(self.job().executed());
            let Session { store, timeline, modules, tracer, points, .. } = self;
            let inspector = &mut tracer.inspector;
            let found = timeline.run_back(store, to, |store, job, index| {
                points.holds(index, modules, store, job, inspector).is_some()
            })?;
            if let Some(number) = found.and_then(|index| self.holds(index)) {
                return self.arrive(Halt::Point(number));
            }
        }
        self.arrive(Halt::Arrived)
    }

    /// The first instruction that can be gone back to; fails where it stands there.
    fn require_past(&self) -> Result<u64, Problem> {
        let first = *self.timeline.range().start();
        if self.job().executed() > first { Ok(first) } else { Err(Problem::Beginning(first + 1)) }
    }

    /// To before the instruction of this number, whether or not it was executed before.
    fn goto(&mut self, number: u64) -> Result<(), Problem> {
        let range = self.timeline.range();
        let (first, end) = (*range.start(), *range.end());
        let executed = number.checked_sub(1).filter(|executed| *executed >= first);
        if let Some(executed) = executed.filter(|executed| *executed > end) {
            let from = self.job().executed();
            self.timeline.seek(&mut self.store, end)?;
            self.go_behind(executed)?;
            if self.job().executed() < executed {
                self.timeline.seek(&mut self.store, from)?;
            }
        }
        let last = *self.timeline.range().end();
        match executed.filter(|executed| *executed <= last) {
            Some(executed) => self.seek(executed),
            None => Err(Problem::OutOfRange { asked: number, first: first + 1, last: last + 1 }),
        }
    }

    /// Executes what has not been executed yet, up to an instruction.
    fn go_behind(&mut self, executed: u64) -> Result<(), Problem> {
        while self.job().is_running() && self.job().executed() < executed {
            if self.interrupt.is_asked() {
                return Err(Problem::Interrupted);
            }
            let fuel = (executed - self.job().executed()).min(SLICE);
            let outcome = self.timeline.run(&mut self.store, fuel)?;
            let pending = matches!(outcome, Outcome::Pending(_));
            if pending && !world::waits(&mut self.store, &outcome) {
                return Err(Failure::Pending.into());
            }
        }
        Ok(())
    }

    pub(super) fn seek(&mut self, executed: u64) -> Result<(), Problem> {
        self.timeline.seek(&mut self.store, executed)?;
        self.show_position()
    }

    /// The instance whose function is executed, or that is called.
    pub(super) fn instance(&self) -> Instance {
        self.job().frame().map_or(self.modules.main.instance, |frame| frame.instance())
    }

    pub(super) fn memory(&self) -> Result<Memory, Problem> {
        let memory = self.instance().get_index(&self.store, ExternKind::Memory, 0);
        let none = || Problem::Nothing { what: "memory", name: "0".to_owned() };
        memory.and_then(|it| it.into_memory()).ok_or_else(none)
    }

    fn add_break(&mut self, place: &str, condition: Option<&str>) -> Result<(), Problem> {
        let places = places::find(&self.modules, place)?;
        let located = |error: ConditionError| {
            let rest = condition.and_then(|text| text.get(error.at..)).unwrap_or_default();
            Problem::Condition(error, rest.to_owned())
        };
        let parsed = condition.map(Condition::parse).transpose().map_err(located)?;
        if let Some(parsed) = &parsed {
            for place in &places {
                let loaded = self.modules.of(place.instance);
                let checked = parsed.check(&loaded.module, loaded.names(), Some(place.function));
                checked.map_err(located)?;
            }
        }
        let text = match condition {
            Some(condition) => format!("break {place} if {condition}"),
            None => format!("break {place}"),
        };
        let kind = PointKind::Break(places, parsed);
        let number = self.points.add(&mut self.store, text, kind)?;
        self.show_added(number)
    }

    fn add_watch(&mut self, watched: Watched, on: Watch) -> Result<(), Problem> {
        let word = match on {
            Watch::Read => "rwatch",
            Watch::Write => "watch",
            Watch::Access => "awatch",
            Watch::Change => "cwatch",
        };
        let (text, kind) = match watched {
            Watched::Global(name) => {
                let kind = PointKind::Watch(self.global(&name)?, on);
                (format!("global {name}"), kind)
            }
            Watched::Memory(bytes) => {
                let Bytes { address, length } = bytes;
                (format!("{address:#x},{length}"), PointKind::Watch(self.bytes(bytes)?, on))
            }
            Watched::Local(name) => {
                let (instance, function, local) = self.local(&name)?;
                let depth = self.job().depth();
                let kind = PointKind::WatchLocal { depth, instance, function, local, on };
                (format!("local {name}"), kind)
            }
        };
        let number = self.points.add(&mut self.store, format!("{word} {text}"), kind)?;
        self.show_added(number)
    }

    fn add_catch(&mut self, what: Catch) -> Result<(), Problem> {
        let (word, breakpoint) = match what {
            Catch::Calls => ("calls", Breakpoint::HostCall),
            Catch::Growth => ("growth", Breakpoint::MemoryGrowth),
        };
        let kind = PointKind::Catch(breakpoint);
        let number = self.points.add(&mut self.store, format!("catch {word}"), kind)?;
        self.show_added(number)
    }

    /// A global, by its name or index.
    pub(super) fn global(&self, name: &str) -> Result<Location, Problem> {
        let instance = self.instance();
        let loaded = self.modules.of(instance);
        let index = name.parse().ok().or_else(|| places::global(loaded, bare(name)));
        let global = index
            .and_then(|index| instance.get_index(&self.store, ExternKind::Global, index))
            .and_then(|global| global.into_global());
        let none = || Problem::Nothing { what: "global", name: name.to_owned() };
        global.map(Location::Global).ok_or_else(none)
    }

    /// A local of the current function, by its name or index.
    pub(super) fn local(&self, name: &str) -> Result<(Instance, u32, u32), Problem> {
        let none = || Problem::Nothing { what: "local", name: name.to_owned() };
        let frame = self.job().frame().ok_or_else(none)?;
        let loaded = self.modules.of(frame.instance());
        let function = frame.function();
        let index = name.parse().ok();
        let local = index.or_else(|| places::local(loaded, function, bare(name)));
        let locals = loaded.module.local_count(function);
        let local = local.filter(|local| Some(*local) < locals).ok_or_else(none)?;
        Ok((frame.instance(), function, local))
    }

    /// Bytes of the memory.
    pub(super) fn bytes(&self, bytes: Bytes) -> Result<Location, Problem> {
        let memory = self.memory()?;
        // The memory may grow until they lie in it.
        let end = bytes.address.saturating_add(bytes.length);
        Ok(Location::Memory { memory, bytes: bytes.address..end })
    }

    pub(super) fn inspector(&mut self) -> (&mut Inspector, &Store<Wasi>, &Job) {
        (&mut self.tracer.inspector, &self.store, self.timeline.job())
    }
}

/// A name without its `$`.
fn bare(name: &str) -> &str {
    name.strip_prefix('$').unwrap_or(name)
}
