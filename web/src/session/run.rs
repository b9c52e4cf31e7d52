//! The program that runs: an instance, the job of its export, and how far it is to go.

use std::collections::VecDeque;
use std::error::Error;
use std::rc::Rc;

use fayasm_core::inspect::Inspector;
use fayasm_core::timeline::{Settings, Timeline, TimelineError};
use fayasm_core::{
    Extern, ExternKind, Func, Instance, Job, Limit, Outcome, PagingStats, Peak, Store, Val,
};

use super::Next;
use super::breakpoints::{Armed, STRIDE};
use super::device::{self, DeviceSetting, Samples};
use super::heat::Survey;
use super::linking::{Calls, Instances};
use super::memory::ShownMemory;
use super::modules::Modules;
use super::opened::Opened;
use super::origin::Question;
use super::spill::Built;
use super::state::Shown;
use super::terminal::{Surroundings, World};
use super::text;
use super::trace::Trace;
use crate::protocol::{Binding, ErrorView, TimelineView, ValueView};

/// The most that a program's memory may take here: a page of the browser has
/// little more to give.
pub(super) const MAX_MEMORY_BYTES: u64 = 512 << 20;

/// Rows of a table that are shown at a time.
const MAX_ROWS: u32 = 1000;

/// How far a run is to go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// It stands.
    Stand,
    /// To its end.
    End,
    /// To the return that leaves this many frames.
    Depth(usize),
    /// Until so many instructions have been executed in all.
    Step(u64),
    /// Back to a breakpoint, in slices of so many instructions.
    Back(u64),
}

/// What a call of a host function waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    /// Something to be typed.
    Input,
    /// A person's answer.
    Answer,
    /// So many nanoseconds to pass.
    Sleep(u64),
}

/// A program that was started.
pub(super) struct Run {
    pub(super) store: Store<World>,
    pub(super) instance: Instance,
    /// The job, and its past.
    pub(super) timeline: Timeline,
    /// Goes when the timeline does.
    pub(super) past: Rc<()>,
    /// All instances that are linked with it, its own as well.
    pub(super) instances: Instances,
    pub(super) calls: Calls,
    /// What is called after the job: start functions, and the export.
    later: VecDeque<(Func, Vec<Val>)>,
    /// Instructions that start functions have executed.
    before: u64,
    /// Whether the call has trapped, where it was executed last.
    traps: bool,
    /// Why it could not go where it was to go.
    pub(super) lost: Option<String>,
    pub(super) armed: Armed,
    /// Which of these it has stopped at.
    pub(super) stopped: Vec<usize>,
    /// How many instructions had been executed where it stood last: there, no breakpoint
    /// stops it again. None where nobody has seen it stand yet.
    pub(super) stood_at: Option<u64>,
    goal: Goal,
    /// What it stands still for, in the middle of a call.
    pending: Option<Pending>,
    export: String,
    arguments: Vec<String>,
    /// The call as text: `rotr(7, 32)`.
    pub(super) call: String,
    /// Which call of the instance it is, counted from one.
    pub(super) number: u32,
    /// How often imports had been bound when the instance was made.
    pub(super) bound: u32,
    pub(super) inspector: Inspector,
    /// Where something came from.
    pub(super) question: Option<Question>,
    /// What the last instructions did.
    pub(super) trace: Trace,
    /// Where it reads and writes memory, as far as that has been looked at.
    pub(super) survey: Option<Survey>,
    pub(super) shown: Shown,
    pub(super) shown_memory: ShownMemory,
    shown_globals: Vec<Val>,
    /// The device that it is on, what it has taken of its RAM, and the most that was, where it was
    /// executed first; before the call as well.
    pub(super) device: DeviceSetting,
    pub(super) ram: Samples,
    pub(super) peak: Peak,
    pub(super) peak_before: Peak,
    /// How pages had come and gone before the call, or where it went on.
    pub(super) stats_before: PagingStats,
    /// Where it went on, if it was committed before.
    pub(super) resumed_at: Option<f64>,
    /// Counts the states that differ from the one before.
    pub(super) revision: u64,
}

impl Run {
    /// Instantiates the module on show afresh, and those that it imports from, and
    /// stands before the first instruction of a start function, or else of an export.
    pub(super) fn start(
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
        export: &str,
        arguments: &[String],
    ) -> Result<Run, ErrorView> {
        Run::build(modules, surroundings, device, (export, arguments), |_, _| Ok(None))
    }

    /// Instantiates in the same way, and goes on with the job that `load` gives, if it gives one. It
    /// is told what comes after the first job, of which it takes what has been.
    fn build(
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
        (export, arguments): (&str, &[String]),
        load: impl FnOnce(
            &mut Store<World>,
            &mut VecDeque<(Func, Vec<Val>)>,
        ) -> Result<Option<Job>, ErrorView>,
    ) -> Result<Run, ErrorView> {
        let opened = modules.shown().ok_or_else(|| ErrorView::titled("No module is open"))?;
        let Some(module) = opened.module() else {
            let mut error = ErrorView::titled("The module is not valid, so it cannot run");
            error.details.extend(opened.error().map(ToString::to_string));
            return Err(error);
        };
        let mut store = Store::new(module.engine(), World::new(surroundings)?);
        device::put_on(&mut store, &device, device::LOGGED);
        let calls = Calls::default();
        let (instances, instance) = Instances::link(modules, &mut store, &calls)?;
        let (func, values) = parse_call(opened, &store, instance, export, arguments)?;
        let call = call_text(export, &values);
        let starts = instances.starts.iter().map(|start| (*start, Vec::new()));
        let mut later: VecDeque<_> = starts.chain([(func, values)]).collect();
        let (first, values) = later.pop_front().unwrap_or((func, Vec::new()));
        let timeline = match load(&mut store, &mut later)? {
            Some(job) => Timeline::new(&mut store, job, Settings::default())
                .map_err(|error| titled(&error))?,
            None => begin(&mut store, first, &values)?,
        };
        let peak_before = store.peak();
        Ok(Run {
            store,
            instance,
            timeline,
            past: Rc::default(),
            instances,
            calls,
            later,
            before: 0,
            traps: false,
            lost: None,
            armed: Armed::default(),
            stopped: Vec::new(),
            stood_at: None,
            goal: Goal::Stand,
            pending: None,
            export: export.to_owned(),
            arguments: arguments.to_vec(),
            call,
            number: 1,
            bound: modules.bound(),
            inspector: Inspector::new(),
            question: None,
            trace: Trace::new(),
            survey: None,
            shown: Shown::default(),
            shown_memory: ShownMemory::default(),
            shown_globals: Vec::new(),
            device,
            ram: Samples::default(),
            peak: Peak::default(),
            peak_before,
            stats_before: PagingStats::default(),
            resumed_at: None,
            revision: 0,
        })
    }

    /// Whether the instance can be called again: its start functions have returned.
    pub(super) fn takes_calls(&self) -> bool {
        self.later.is_empty()
    }

    /// Stands before the first instruction of another call of the same instance, in
    /// place of the one before, wherever that stood.
    pub(super) fn call_again(
        &mut self,
        modules: &Modules,
        export: &str,
        arguments: &[String],
    ) -> Result<(), ErrorView> {
        let opened = modules.shown().ok_or_else(|| ErrorView::titled("No module is open"))?;
        let (func, values) = parse_call(opened, &self.store, self.instance, export, arguments)?;
        // The instance is as the call before left it, wherever one has gone back to.
        let end = *self.timeline.range().end();
        self.timeline.seek(&mut self.store, end).map_err(|error| titled(&error))?;
        self.timeline = begin(&mut self.store, func, &values)?;
        self.store.data_mut().settle();
        self.past = Rc::default();
        self.calls.forget_question();
        (self.before, self.traps, self.lost) = (0, false, None);
        (self.goal, self.pending, self.stood_at) = (Goal::Stand, None, None);
        self.question = None;
        (self.trace, self.survey, self.shown) = (Trace::new(), None, Shown::default());
        (self.export, self.arguments) = (export.to_owned(), arguments.to_vec());
        self.call = call_text(export, &values);
        self.ram = Samples::default();
        (self.peak, self.peak_before) = (Peak::default(), Peak::default());
        self.stats_before = self.store.paging_stats();
        self.resumed_at = None;
        self.number = self.number.saturating_add(1);
        self.revision += 1;
        Ok(())
    }

    /// The same call of a new instance, from before its first instruction.
    pub(super) fn again(
        &self,
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
    ) -> Result<Run, ErrorView> {
        Run::start(modules, surroundings, device, &self.export, &self.arguments)
    }

    /// A run as it was committed.
    pub(super) fn resume(
        modules: &Modules,
        surroundings: &Surroundings,
        built: &Built,
        load: impl FnOnce(&mut Store<World>) -> Result<Job, ErrorView>,
    ) -> Result<Run, ErrorView> {
        let call = (built.export.as_str(), built.arguments.as_slice());
        let device = device::recalled(&built.device);
        let mut run = Run::build(modules, surroundings, device, call, |store, later| {
            let done = later.len().saturating_sub(built.later as usize);
            later.drain(..done);
            load(store).map(Some)
        })?;
        (run.before, run.number) = (built.before, built.number);
        run.stats_before = run.store.paging_stats();
        run.resumed_at = Some(run.executed() as f64);
        Ok(run)
    }

    /// How to build it again.
    pub(super) fn built(&self, bindings: Vec<(u32, Binding)>) -> Built {
        Built {
            export: self.export.clone(),
            arguments: self.arguments.clone(),
            call: self.call.clone(),
            number: self.number,
            before: self.before,
            executed: self.executed(),
            later: text::offset(self.later.len()),
            device: self.device.kept(),
            bindings,
        }
    }

    /// Instructions executed so far.
    pub(super) fn executed(&self) -> u64 {
        self.before + self.timeline.job().executed()
    }

    /// Instructions executed of the present call where it stands; where it is known no
    /// further, more than any.
    pub(super) fn moment(&self) -> u64 {
        let executed = self.timeline.job().executed();
        if executed == *self.timeline.range().end() { u64::MAX } else { executed }
    }

    /// Takes what was typed; none ends the input.
    pub(super) fn receive(&mut self, text: Option<&str>) {
        let executed = *self.timeline.range().end();
        self.store.data_mut().receive(text, executed);
    }

    /// How many instructions of the present call are executed at a step.
    pub(super) fn executed_at(&self, step: f64) -> u64 {
        // Steps are whole and below 2⁵³; anything else becomes the nearest that is.
        (step as u64).saturating_sub(self.before)
    }

    /// Instructions executed in all, where so many of the present call are.
    pub(super) fn step_of(&self, executed: u64) -> f64 {
        (self.before + executed) as f64
    }

    /// Instructions that are not those of the present call.
    pub(super) fn before(&self) -> u64 {
        self.before
    }

    /// Whether it goes on by itself.
    pub(super) fn is_running(&self) -> bool {
        self.goal != Goal::Stand && !self.waits()
    }

    /// Whether it stays where it is, until a request.
    pub(super) fn stands(&self) -> bool {
        self.goal == Goal::Stand
    }

    /// Whether it goes on by itself once something is typed or answered.
    pub(super) fn is_waiting(&self) -> bool {
        self.goal != Goal::Stand && self.waits()
    }

    /// Whether it stands in the middle of a call of a host function.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    fn waits(&self) -> bool {
        matches!(self.pending, Some(Pending::Input | Pending::Answer))
    }

    /// Whether it has called a function that waits for something to be typed.
    pub(super) fn waits_for_input(&self) -> bool {
        self.pending == Some(Pending::Input)
    }

    /// What it waits for may have come.
    pub(super) fn input_came(&mut self) {
        if self.waits_for_input() {
            self.pending = None;
        }
    }

    /// Takes the results of the call that it waits for, and goes on: by that call
    /// alone if it was to stand.
    pub(super) fn answer(&mut self, values: &[String]) -> Result<(), ErrorView> {
        self.calls.answer(values)?;
        self.pending = None;
        if self.goal == Goal::Stand {
            self.step();
        }
        Ok(())
    }

    pub(super) fn step(&mut self) {
        self.goal = Goal::Stand;
        self.traced(|run| run.run(|run| run.timeline.run(&mut run.store, Limit::fuel(1))));
        self.pass();
    }

    pub(super) fn step_over(&mut self) {
        let depth = self.timeline.job().depth();
        self.step();
        if self.timeline.job().depth() > depth && self.timeline.job().is_running() {
            // It does not stand here, so a breakpoint here stops it.
            self.stood_at = None;
            self.goal = Goal::Depth(depth);
        }
    }

    pub(super) fn step_out(&mut self) {
        self.leave();
        self.goal = Goal::Depth(self.timeline.job().depth().saturating_sub(1));
        self.stand_if_over();
    }

    pub(super) fn go_on(&mut self) {
        self.leave();
        self.goal = Goal::End;
        self.stand_if_over();
    }

    /// Runs backwards to a breakpoint.
    pub(super) fn go_on_back(&mut self) {
        self.go(|_| Ok(()));
        self.goal = Goal::Back(STRIDE);
    }

    pub(super) fn go_on_to(&mut self, step: f64) {
        self.leave();
        // Steps are whole and below 2⁵³; anything else becomes the nearest that is.
        self.goal = Goal::Step(step as u64);
        self.stand_if_over();
    }

    pub(super) fn stop(&mut self) {
        self.goal = Goal::Stand;
        self.pass();
    }

    /// It is seen to stand here: going on from here, no breakpoint stops it here.
    pub(super) fn pass(&mut self) {
        self.stood_at = Some(self.timeline.job().executed());
    }

    /// It goes on, from where it was seen to stand.
    fn leave(&mut self) {
        self.stopped.clear();
        if self.stood_at.is_some() && self.goal == Goal::Stand {
            self.pass();
        }
    }

    /// Runs on for at most so many instructions.
    pub(super) fn advance(&mut self, instructions: u64, modules: &Modules) -> Next {
        let mut limit = match self.goal {
            Goal::Stand => return Next::Rest,
            Goal::Back(stride) => return self.advance_back(stride, modules),
            Goal::End => Limit::fuel(instructions),
            Goal::Depth(depth) => Limit::fuel(instructions).until_depth(depth),
            Goal::Step(step) => {
                let left = step.saturating_sub(self.executed());
                if left == 0 {
                    self.stop();
                    return Next::Rest;
                }
                Limit::fuel(instructions.min(left))
            }
        };
        if self.device.board > 0 {
            // So often it is looked at what everything takes.
            limit.fuel = limit.fuel.min(Samples::stride(self.timeline.job().executed()));
        }
        limit.fuel = self.armed.slice(limit.fuel);
        // Whoever names a step goes there.
        let stops = !self.armed.is_empty() && !matches!(self.goal, Goal::Step(_));
        let go = |run: &mut Run| {
            run.run(|run| match stops {
                true => run.run_to_breakpoint(modules, limit),
                false => run.timeline.run(&mut run.store, limit),
            });
        };
        match instructions {
            1 => self.traced(go),
            _ => go(self),
        }
        match self.pending {
            _ if !self.is_running() => Next::Rest,
            Some(Pending::Sleep(nanoseconds)) => Next::Sleep(nanoseconds),
            _ => Next::More,
        }
    }

    /// Goes back by a slice.
    fn advance_back(&mut self, stride: u64, modules: &Modules) -> Next {
        self.revision += 1;
        match self.run_back_to_breakpoint(modules, stride) {
            Ok(Some(stride)) => self.goal = Goal::Back(stride),
            Ok(None) => self.stop(),
            Err(error) => self.lose_the_way(&error),
        }
        if self.is_running() { Next::More } else { Next::Rest }
    }

    /// Runs, and sees what became of it.
    fn run(&mut self, run: impl FnOnce(&mut Run) -> Result<Outcome, TimelineError>) {
        self.revision += 1;
        self.pending = None;
        self.lost = None;
        self.stopped.clear();
        // What was executed again took more or less than it did at first.
        self.store.forget_peak();
        let outcome = match run(self) {
            Ok(outcome) => outcome,
            Err(error) => return self.lose_the_way(&error),
        };
        self.note_ram();
        match outcome {
            Outcome::Done => match self.later.pop_front() {
                Some((func, values)) => self.begin_call(func, &values),
                None => self.goal = Goal::Stand,
            },
            Outcome::OutOfFuel => {}
            Outcome::Pending(_) => {
                let sleep = self.store.data_mut().take_sleep();
                self.pending = Some(match sleep {
                    _ if self.calls.asks() => Pending::Answer,
                    Some(nanoseconds) => Pending::Sleep(nanoseconds),
                    None => Pending::Input,
                });
            }
            outcome => {
                self.traps |= matches!(outcome, Outcome::Trapped(_));
                self.stop();
            }
        }
    }

    /// Goes on from a start function to what comes after it.
    fn begin_call(&mut self, func: Func, values: &[Val]) {
        match begin(&mut self.store, func, values) {
            Ok(timeline) => {
                self.before += self.timeline.job().executed();
                self.timeline = timeline;
                self.store.data_mut().settle();
                self.question = None;
                (self.past, self.stood_at) = (Rc::default(), None);
                (self.trace, self.survey) = (Trace::new(), None);
                (self.ram, self.peak_before) = (Samples::default(), self.most());
                self.peak = Peak::default();
                if matches!(self.goal, Goal::Depth(_)) {
                    self.goal = Goal::Stand;
                }
            }
            // The value stack has no room for it: nothing more to run.
            Err(_) => self.goal = Goal::Stand,
        }
    }

    /// Stands still, and says why it cannot go where it was to go.
    pub(super) fn lose_the_way(&mut self, error: &TimelineError) {
        self.goal = Goal::Stand;
        self.lost = Some(error.to_string());
    }

    /// Goes to where so many instructions have been executed in all.
    pub(super) fn seek(&mut self, step: f64) {
        let range = self.timeline.range();
        let to = self.executed_at(step).clamp(*range.start(), *range.end());
        self.go(|run| run.arrive(to));
    }

    /// Goes back by an instruction.
    pub(super) fn step_back(&mut self) {
        let at = self.timeline.job().executed();
        if at > *self.timeline.range().start() {
            self.go(|run| run.arrive(at - 1));
        } else {
            // At the beginning, there is nowhere to go back to.
            self.go(|_| Ok(()));
        }
    }

    /// Goes back by an instruction, or over a call.
    pub(super) fn step_back_over(&mut self) {
        self.go(|run| run.timeline.step_back_over(&mut run.store));
    }

    /// Goes back to the call of the current function.
    pub(super) fn step_back_out(&mut self) {
        self.go(|run| run.timeline.step_back_out(&mut run.store));
    }

    /// Goes elsewhere on the timeline, and stands there.
    fn go(&mut self, go: impl FnOnce(&mut Run) -> Result<(), TimelineError>) {
        self.goal = Goal::Stand;
        self.pending = None;
        self.lost = None;
        self.stopped.clear();
        self.revision += 1;
        match go(self) {
            // At the beginning, there is nowhere to go back to.
            Ok(()) | Err(TimelineError::OutOfRange { .. }) => {}
            Err(error) => self.lose_the_way(&error),
        }
        self.pass();
    }

    /// What can be gone to.
    pub(super) fn timeline_view(&self) -> TimelineView {
        let range = self.timeline.range();
        TimelineView {
            first: (self.before + range.start()) as f64,
            last: (self.before + range.end()) as f64,
            traps: self.traps,
            lost: self.lost.clone(),
        }
    }

    fn stand_if_over(&mut self) {
        if !self.timeline.job().is_running() {
            self.goal = Goal::Stand;
        }
    }

    /// Elements of a table, and how many it has.
    pub(super) fn table(
        &self,
        opened: &Opened,
        table: u32,
        from: u32,
        count: u32,
    ) -> Option<(u32, Vec<String>)> {
        let Some(Extern::Table(table)) =
            self.instance.get_index(&self.store, ExternKind::Table, table)
        else {
            return None;
        };
        let size = u32::try_from(table.size(&self.store).ok()?).unwrap_or(u32::MAX);
        let end = size.min(from.saturating_add(count.min(MAX_ROWS)));
        let element = |index| match table.get(&self.store, u64::from(index)) {
            Ok(Val::FuncRef(Some(func))) => self.func_text(opened, self.instance, func),
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        Some((size, (from..end).map(element).collect()))
    }

    /// A function, by the name it has in this module if it is one of its own.
    fn func_text(&self, opened: &Opened, instance: Instance, func: Func) -> String {
        match self.func_index(opened, instance, func) {
            Some(index) => opened.function_name(index),
            None => "a function from elsewhere".to_owned(),
        }
    }

    /// Which function of an instance this is.
    pub(super) fn func_index(
        &self,
        opened: &Opened,
        instance: Instance,
        func: Func,
    ) -> Option<u32> {
        (0..text::offset(opened.all().functions.len())).find(|&index| {
            let found = instance.get_index(&self.store, ExternKind::Func, index);
            found == Some(Extern::Func(func))
        })
    }

    /// All globals, those marked that differ from when they were shown last.
    pub(super) fn globals(&mut self) -> Vec<ValueView> {
        let mut values = Vec::new();
        let mut index = 0;
        while let Some(Extern::Global(global)) =
            self.instance.get_index(&self.store, ExternKind::Global, index)
        {
            values.extend(global.get(&self.store));
            index += 1;
        }
        let views = values.iter().enumerate().map(|(index, value)| {
            let changed = self.shown_globals.get(index).is_some_and(|shown| shown != value);
            text::value(index.to_string(), *value, changed)
        });
        let views = views.collect();
        self.shown_globals = values;
        views
    }
}

/// A call that stands before its first instruction.
fn begin(store: &mut Store<World>, func: Func, values: &[Val]) -> Result<Timeline, ErrorView> {
    let job = Job::new(&*store, func, values).map_err(|error| titled(&error))?;
    Timeline::new(store, job, Settings::default()).map_err(|error| titled(&error))
}

/// The function of an export, and the values of arguments for it.
pub(super) fn parse_call(
    opened: &Opened,
    store: &Store<World>,
    instance: Instance,
    export: &str,
    arguments: &[String],
) -> Result<(Func, Vec<Val>), ErrorView> {
    let Some(func) = instance.get_func(store, export) else {
        return Err(ErrorView::titled(format!("The module exports no function {export:?}")));
    };
    let ty = func.ty(store).map_err(|error| ErrorView::titled(error.to_string()))?;
    Ok((func, parse_arguments(opened, export, ty.params(), arguments)?))
}

/// `rotr(7, 32)`.
fn call_text(export: &str, values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{export}({})", texts.join(", "))
}

pub(super) fn titled(error: &dyn Error) -> ErrorView {
    ErrorView::titled(error.to_string())
}

fn parse_arguments(
    opened: &Opened,
    export: &str,
    params: &[fayasm_core::ValType],
    arguments: &[String],
) -> Result<Vec<Val>, ErrorView> {
    if params.len() != arguments.len() {
        let (wanted, found) = (params.len(), arguments.len());
        return Err(ErrorView::titled(format!("{export} takes {wanted} arguments, not {found}")));
    }
    let function = opened
        .all()
        .exports
        .iter()
        .find(|known| known.kind == ExternKind::Func && *known.name == *export)
        .map_or(0, |known| known.index);
    (0u32..)
        .zip(params.iter().zip(arguments))
        .map(|(index, (&ty, argument))| {
            text::parse(ty, argument).map_err(|reason| {
                let name = match opened.names().local(function, index) {
                    Some(name) => format!("${name}"),
                    None => index.to_string(),
                };
                ErrorView {
                    title: format!("Argument {name} must be {ty}"),
                    details: vec![reason],
                    offset: None,
                    argument: Some(index),
                }
            })
        })
        .collect()
}
