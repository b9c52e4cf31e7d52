//! The engine's side of the page: carries out requests, without a browser.

mod breakpoints;
mod card;
mod chart;
mod checking;
mod code;
mod device;
mod effect;
mod entries;
mod explain;
mod heat;
mod html;
mod lines;
mod linking;
mod memory;
mod microcode;
mod modules;
mod opened;
mod origin;
mod places;
mod reading;
mod regions;
mod run;
mod saving;
mod search;
mod spill;
mod state;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod trace;
mod transcript;

use std::fmt;

use fayasm_core::{Config, Engine};

use self::breakpoints::Breakpoints;
use self::chart::Chart;
use self::device::Device;
use self::modules::Modules;
use self::opened::Opened;
use self::run::Run;
use self::saving::Saving;
use self::search::Search;
pub use self::spill::{Done, Errand, Trouble, Values, What};
use self::spill::{Every, Spill};
use self::terminal::Surroundings;
use crate::protocol::{ErrorView, FILE, ModuleFile, Reply, Request, SAVE, START, StateView, Tier};

/// Calls in one another that a program may make, and slots of the value stack that they
/// take: enough for deep recursion, little enough to keep of a run.
const MAX_CALL_DEPTH: u32 = 100_000;
const MAX_STACK_SLOTS: u32 = 1 << 20;

/// What there is to do after a stretch of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// More of it.
    More,
    /// More of it, after this many nanoseconds.
    Sleep(u64),
    /// Nothing, until the next request.
    Rest,
}

/// The modules that are loaded and the program that runs.
#[derive(Default)]
pub struct Session {
    engine: Engine,
    modules: Modules,
    run: Option<Run>,
    /// What is looked for in the module on show.
    search: Option<Search>,
    surroundings: Surroundings,
    /// What is being written down, and found out about calls, while the program stands.
    saving: Option<Saving>,
    chart: Option<Chart>,
    breakpoints: Breakpoints,
    /// Where the run is committed to, once somebody has asked for it.
    spill: Option<Spill>,
    commit_every: Every,
    /// How many errands have been handed out.
    errands: u64,
    /// How functions are executed.
    tier: Tier,
    device: Device,
    /// The time, in nanoseconds since 1970.
    now: u64,
    /// How often lines of source code were asked for.
    lines_asked: u64,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.modules.shown().map(|opened| &opened.name);
        f.debug_struct("Session").field("opened", &name).finish_non_exhaustive()
    }
}

impl Session {
    /// A session in which nothing is open.
    #[must_use]
    pub fn new() -> Self {
        let config =
            Config::new().with_max_call_depth(MAX_CALL_DEPTH).with_max_stack_slots(MAX_STACK_SLOTS);
        Session { engine: Engine::new(config), ..Session::default() }
    }

    /// Carries out a request. After one that lets a program run on, call
    /// [`advance`](Self::advance) until that says there is no more to run.
    pub fn handle(&mut self, request: Request) -> Vec<Reply> {
        match self.carry_out(request) {
            Ok(replies) => replies,
            Err(refusal) => vec![refusal],
        }
    }

    /// Whether the program goes on by itself.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(Run::is_running)
    }

    /// Tells the time, in nanoseconds since 1970, for what is done from here on.
    pub fn set_time(&mut self, now: u64) {
        self.now = now;
        if let Some(run) = &mut self.run {
            run.store.data_mut().set_time(now);
        }
    }

    /// Runs on for at most so many instructions.
    pub fn advance(&mut self, instructions: u64) -> Next {
        self.run.as_mut().map_or(Next::Rest, |run| run.advance(instructions, &self.modules))
    }

    /// Instructions that the program has executed in all.
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.run.as_ref().map_or(0, Run::executed)
    }

    /// Whether there is [`work`](Self::work) to do.
    #[must_use]
    pub fn has_work(&self) -> bool {
        let stands = self.run.as_ref().is_none_or(Run::stands);
        stands && (self.chart.is_some() || self.saving.is_some() || self.device.is_busy())
    }

    /// Goes on with what takes longer than a request may: for about as long as it takes to
    /// write so many instructions down.
    pub fn work(&mut self, portion: u64) -> Vec<Reply> {
        let (run, modules) = (self.run.as_mut(), &self.modules);
        if let Some(chart) = self.chart.take() {
            return match chart.go_on(run, modules, portion) {
                chart::Progress::More(chart) => {
                    self.chart = Some(chart);
                    Vec::new()
                }
                chart::Progress::Over(view) => view.map(Reply::Calls).into_iter().collect(),
            };
        }
        let Some(saving) = &mut self.saving else { return self.try_on(portion) };
        let reply = saving.go_on(run, modules, portion);
        if saving.is_over() {
            self.saving = None;
        }
        vec![reply.unwrap_or_else(|error| {
            self.saving = None;
            refusal(SAVE, error)
        })]
    }

    /// Where the run stands.
    pub fn state(&mut self) -> StateView {
        match &mut self.run {
            Some(run) => run.state(&self.modules),
            None => state::idle(),
        }
    }

    fn carry_out(&mut self, request: Request) -> Result<Vec<Reply>, Reply> {
        let reply = match request {
            Request::Open { files } => return self.open(files),
            Request::Link { .. }
            | Request::Unlink { .. }
            | Request::Rename { .. }
            | Request::Show { .. }
            | Request::Bind { .. }
            | Request::Answer { .. } => return self.relink(request),
            Request::Entries { section, from, count } => {
                let rows = self.opened("entries")?.entries(section, from, count);
                Reply::Entries { section, from, rows }
            }
            Request::Bytes { from, count } => {
                Reply::Bytes(self.opened("bytes")?.bytes_view(from, count))
            }
            Request::Explain { offset } => match self.opened("explain")?.explain(offset) {
                Some(view) => Reply::Explained(Box::new(view)),
                None => {
                    let title = format!("byte {offset:#x} lies past the end of the module");
                    return Err(refused("explain", title));
                }
            },
            Request::Reading { from, count } => {
                Reply::Reading(self.opened("reading")?.reading(from, count))
            }
            Request::Checking { module, function, from, count } => {
                let opened = self.loaded("checking", module)?;
                Reply::Checking(opened.checking(module, function, from, count))
            }
            Request::Code { module, function, from, count, microcode } => {
                let opened = self.loaded("code", module)?;
                let code = opened.code(function);
                Reply::Code(code.view(opened, module, (from, count), microcode))
            }
            Request::Microcode { module, function, from, count } => {
                let opened = self.loaded("microcode", module)?;
                Reply::Microcode(opened.code(function).microcode(opened, module, from, count))
            }
            Request::Tier(tier) => {
                self.tier = tier;
                self.set_tier();
                return Ok(Vec::new());
            }
            Request::Translations { module } => {
                let opened = self.loaded("translations", module)?;
                let view = self.run.as_ref().map(|run| run.translations(opened, module));
                Reply::Translations(view.unwrap_or_default())
            }
            Request::Device(request) => return self.device(request),
            Request::Locate { offset } => {
                let opened = self.opened("locate")?;
                let function = opened.function_at(offset);
                let code = function.map(|function| opened.code(function));
                let row = code.as_ref().map_or(0, |code| code.row(offset));
                let line = code.as_ref().and_then(|code| code.lines.get(row));
                let start = line.map(|line| line.instruction.span.start);
                Reply::Located { offset, function, row: text::offset(row), start }
            }
            Request::Search { text, count } => {
                self.search = Some(Search::new(text, count));
                return self.search_on();
            }
            Request::SearchOn => return self.search_on(),
            Request::Start { export, arguments } => {
                if self.spill.as_ref().is_some_and(Spill::is_off) {
                    let title = "The plug is pulled: plug it in again first";
                    return Err(refused(START, title.to_owned()));
                }
                let started = self.start(&export, &arguments);
                self.device.started(&export, &arguments, &started);
                if let Err(error) = started {
                    let mut replies = vec![refusal(START, error)];
                    // It says why.
                    replies.extend(self.device.is_small().then(|| self.show_device()));
                    return Ok(replies);
                }
                self.arm()?;
                self.set_tier();
                self.set_time(self.now);
                return Ok(self.report());
            }
            Request::NewInstance => {
                self.end_run();
                return Ok(self.report());
            }
            Request::Reset => {
                let run = self.run.as_ref().ok_or_else(|| nothing_runs("reset"))?;
                let again = run.again(&self.modules, &self.surroundings, self.device.setting);
                self.run = Some(again.map_err(|error| refusal("reset", error))?);
                self.arm()?;
                self.set_tier();
                self.set_time(self.now);
                return Ok(self.report());
            }
            Request::Step => return self.move_run("step", Run::step),
            Request::StepOver => return self.move_run("step over", Run::step_over),
            Request::StepOut => return self.move_run("step out", Run::step_out),
            Request::Continue { .. } => return self.move_run("continue", Run::go_on),
            Request::RunTo { step } => {
                return self.move_run("run to", |run| run.go_on_to(step));
            }
            Request::Stop => {
                let went_on = self.run.as_ref().is_some_and(|run| !run.stands());
                let replies = self.move_run("stop", Run::stop)?;
                if went_on {
                    self.commit_if_due(Next::Rest);
                }
                return Ok(replies);
            }
            Request::StepBack => return self.move_run("step back", Run::step_back),
            Request::StepBackOver => {
                return self.move_run("step back over", Run::step_back_over);
            }
            Request::StepBackOut => return self.move_run("step back out", Run::step_back_out),
            Request::ContinueBack => return self.move_run("run back", Run::go_on_back),
            Request::Breakpoints { stops } => {
                self.breakpoints.set(stops);
                self.arm()?;
                if let Some(run) = &mut self.run {
                    run.pass();
                }
                Reply::Breakpoints(self.breakpoints.views(&self.modules))
            }
            Request::Places { named } => {
                let found = self.modules.places(&named);
                Reply::Places { named, found }
            }
            Request::Hits { from } => {
                let run = self.run.as_mut().ok_or_else(|| nothing_runs("hits"))?;
                Reply::Hits(run.hits(&self.modules, from))
            }
            Request::Seek { step } => return self.move_run("seek", |run| run.seek(step)),
            Request::Profile { stretches } => {
                Reply::Profile(Box::new(self.running("profile")?.profile(stretches)))
            }
            Request::Origin { of } => {
                let run = self.run.as_mut().ok_or_else(|| nothing_runs("origin"))?;
                run.ask_origin(&self.modules, of);
                self.origin()
            }
            Request::OriginMore => self.origin(),
            Request::FindWrite(asked) => {
                let found = self.running("write")?.find_write(&asked);
                let found =
                    found.ok_or_else(|| refused("write", "there is no such byte".into()))?;
                let mut replies = if found.found.is_some() { self.report() } else { Vec::new() };
                replies.insert(0, Reply::Write(found));
                return Ok(replies);
            }
            Request::Calls { from, to } => {
                self.chart = Some(Chart::new(self.running("calls")?, from, to));
                return Ok(Vec::new());
            }
            Request::Hash => self.running("hash")?.hash(),
            Request::Save { number, what, csv } => {
                let saving = Saving::new(self.running(SAVE)?, number, what, csv);
                self.saving = Some(saving.map_err(|error| refusal(SAVE, error))?);
                return Ok(Vec::new());
            }
            Request::StopSaving => {
                self.saving = None;
                return Ok(Vec::new());
            }
            Request::Memory { memory, from, count } => {
                let view = self.running("memory")?.memory(memory, from, count);
                Reply::Memory(view.ok_or_else(|| no_memory("memory", memory))?)
            }
            Request::Typed { memory, address } => {
                let view = self.running("typed")?.typed(memory, address);
                Reply::Typed(view.ok_or_else(|| no_memory("typed", memory))?)
            }
            Request::Heat { memory } => {
                let opened = self.modules.shown().ok_or_else(|| nothing_is_open("heat"))?;
                let run = self.run.as_mut().ok_or_else(|| nothing_runs("heat"))?;
                let view = run.heat(opened, memory);
                Reply::Heat(view.ok_or_else(|| no_memory("heat", memory))?)
            }
            Request::Table { table, from, count } => {
                let opened = self.opened("table")?;
                let run = self.run.as_ref().ok_or_else(|| nothing_runs("table"))?;
                let found = run.table(opened, table, from, count);
                let (size, rows) = found.ok_or_else(|| {
                    refused("table", format!("the instance has no table {table}"))
                })?;
                Reply::Table { table, from, size, rows }
            }
            Request::Globals => Reply::Globals(self.running("globals")?.globals()),
            Request::Terminal
            | Request::Surroundings { .. }
            | Request::Type { .. }
            | Request::PutFile { .. }
            | Request::RemoveFile { .. }
            | Request::File { .. } => {
                if let (Request::Type { .. }, Some(run)) = (&request, &mut self.run) {
                    run.input_came();
                }
                let done = self.surroundings.carry_out(self.run.as_mut(), request);
                done.map_err(|error| refusal(FILE, error))?
            }
        };
        Ok(vec![reply])
    }

    /// What is known of where something came from, and a bit more than before.
    fn origin(&mut self) -> Reply {
        let found = self.run.as_mut().and_then(|run| run.search_origin(&self.modules));
        Reply::Origin(found.map(Box::new))
    }

    /// Opens modules. What comes with a program and is no module becomes a file of it.
    fn open(&mut self, files: Vec<ModuleFile>) -> Result<Vec<Reply>, Reply> {
        let (files, others) = modules::sort(files);
        self.modules = Modules::open(&self.engine, files);
        (self.run, self.search, self.spill) = (None, None, None);
        self.surroundings = Surroundings::default();
        self.device.forget();
        let mut replies = vec![self.show()?];
        for file in others {
            replies.extend(self.give(file).err().map(|error| refusal(FILE, error)));
        }
        Ok(replies)
    }

    /// Goes on with the search under way.
    fn search_on(&mut self) -> Result<Vec<Reply>, Reply> {
        let opened = self.modules.shown().ok_or_else(|| nothing_is_open("search"))?;
        Ok(self.search.iter_mut().map(|search| search.go_on(opened)).collect())
    }

    /// Makes a file one of the program on show.
    fn give(&mut self, file: ModuleFile) -> Result<(), ErrorView> {
        let ModuleFile { name: path, bytes } = file;
        match self.modules.shown() {
            Some(opened) if opened.uses_wasi() => {
                self.surroundings.carry_out(None, Request::PutFile { path, bytes }).map(drop)
            }
            _ => Err(modules::not_a_module(&path)),
        }
    }

    /// Starts a call, of the instance that there is unless that has to be a new one.
    fn start(&mut self, export: &str, arguments: &[String]) -> Result<(), ErrorView> {
        let is_program = self.modules.shown().is_some_and(|opened| opened.runs_once(export));
        let device = self.device.setting;
        let may_go_on = |run: &&mut Run| {
            run.takes_calls() && !is_program && device::is_same(&run.device, &device)
        };
        match self.run.as_mut().filter(may_go_on) {
            Some(run) => run.call_again(&self.modules, export, arguments)?,
            None => {
                if let Some(run) = &self.run {
                    self.surroundings.keep(run);
                }
                let run = Run::start(&self.modules, &self.surroundings, device, export, arguments)?;
                self.run = Some(run);
            }
        }
        Ok(())
    }

    /// Sets the breakpoints in what runs.
    fn arm(&mut self) -> Result<(), Reply> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let armed = self.breakpoints.arm(run, &self.modules);
        armed.map_err(|error| refused("breakpoints", error.to_string()))
    }

    /// Forgets what runs, but for its files.
    fn end_run(&mut self) {
        if let Some(run) = self.run.take() {
            self.surroundings.keep(&run);
        }
    }

    /// Says to what runs how functions are executed.
    fn set_tier(&mut self) {
        if let Some(run) = &mut self.run {
            run.store.set_translate(microcode::translate(self.tier));
        }
    }

    fn loaded(&self, request: &str, module: u32) -> Result<&Opened, Reply> {
        self.modules.get(module as usize).ok_or_else(|| nothing_is_open(request))
    }

    fn opened(&self, request: &str) -> Result<&Opened, Reply> {
        self.modules.shown().ok_or_else(|| nothing_is_open(request))
    }

    fn show(&self) -> Result<Reply, Reply> {
        let view = self.modules.view().ok_or_else(|| nothing_is_open("open"))?;
        Ok(Reply::Opened(Box::new(view)))
    }

    fn running(&mut self, request: &str) -> Result<&mut Run, Reply> {
        self.run.as_mut().ok_or_else(|| nothing_runs(request))
    }

    fn move_run(&mut self, request: &str, act: impl FnOnce(&mut Run)) -> Result<Vec<Reply>, Reply> {
        act(self.running(request)?);
        Ok(self.report())
    }

    fn report(&mut self) -> Vec<Reply> {
        vec![Reply::State(Box::new(self.state()))]
    }
}

fn nothing_is_open(request: &str) -> Reply {
    refused(request, "no module is open".to_owned())
}

fn nothing_runs(request: &str) -> Reply {
    refused(request, "nothing was started".to_owned())
}

fn no_memory(request: &str, memory: u32) -> Reply {
    refused(request, format!("the instance has no memory {memory}"))
}

fn refused(request: &str, title: String) -> Reply {
    refusal(request, ErrorView::titled(title))
}

fn refusal(request: &str, error: ErrorView) -> Reply {
    Reply::Refused { request: request.to_owned(), error }
}
