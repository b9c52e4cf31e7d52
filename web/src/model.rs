//! What the page knows, and how each event changes it. Pure: what must be asked
//! of the engine or the browser in consequence is decided by [`crate::app`].

pub mod breaks;

use std::rc::Rc;

use yew::{AttrValue, Reducible};

use self::breaks::{Breaks, Edit};
use crate::protocol::{
    CodePlace, ErrorView, ExplanationView, FILE, FunctionPlace, LINK, LinksView, ModuleView,
    NextView, Reply, Request, SAVE, START, Span, StateView, Status, StopPlace, Tier,
    TranslationsView,
};
use crate::services::engine::Event;
use crate::view::examples::ExampleCall;
use crate::view::film::{Film, Shot};
use crate::view::hex::ROW;
use crate::view::hits::Hits;
use crate::view::shared::Shared;
use crate::view::speed::{FULL, Speed};
use crate::view::surroundings;

/// A place to scroll to. The same place may be asked for again: the serial number differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reveal<T> {
    /// Where.
    pub place: T,
    /// Grows with every request.
    pub serial: u32,
}

/// A pane of the narrow layout, where one is shown at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// Structure and exports.
    Module,
    /// Disassembly.
    #[default]
    Code,
    /// Hex and explanation.
    Bytes,
    /// State, memory, globals, tables.
    State,
    /// What a program for the terminal writes and reads. It takes the place of the bytes.
    Terminal,
}

/// What the pointer is over, when it is over a byte or something that has bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soft {
    /// The bytes.
    pub span: Span,
    /// Whether it should be explained as well; only the hex pane asks for that.
    pub explain: bool,
}

/// A call to make or being made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// Name of the export.
    pub export: String,
    /// Arguments as typed.
    pub arguments: Vec<String>,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Whether it is an example that comes with the page.
    pub is_example: bool,
    /// Calls worth making.
    pub suggested: Rc<[ExampleCall]>,
    /// What a program is best started with.
    pub surroundings: Surroundings,
}

impl Default for Origin {
    fn default() -> Self {
        Self { is_example: false, suggested: Rc::new([]), surroundings: Surroundings::default() }
    }
}

/// What a program for the terminal is started with, as typed: words in a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The arguments behind its name.
    pub args: String,
    /// Variables of its environment.
    pub env: String,
    /// What its random numbers follow from: a number.
    pub seed: String,
}

impl Surroundings {
    /// What to tell the engine.
    ///
    /// # Errors
    ///
    /// The first field that cannot be read, in words.
    pub fn request(&self) -> Result<Request, String> {
        Ok(Request::Surroundings {
            args: surroundings::args(&self.args)?,
            env: surroundings::env(&self.env)?,
            seed: surroundings::seed(&self.seed)?,
        })
    }
}

/// All the page knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The module on show.
    pub module: Option<Shared<ModuleView>>,
    /// Grows with every module opened.
    pub generation: u32,
    /// How often places in source code became known.
    pub lines_found: u32,
    /// Name of the module being opened.
    pub opening: Option<String>,
    /// Whether the engine is being fetched.
    pub fetching: bool,
    /// Whether that failed, and what is being opened waits for another try.
    pub can_fetch: bool,
    /// What is known about the module being opened.
    arriving: Origin,
    /// Where the module on show comes from.
    pub origin: Origin,
    /// Why the last file could not be opened at all, what was left out, or why the
    /// engine stopped.
    pub failure: Option<Shared<ErrorView>>,
    /// What has been done that does not show by itself.
    pub notice: Option<String>,
    /// Where the run stands.
    pub run: Option<Shared<StateView>>,
    /// How many calls the instance has taken; zero where the next call has a new one.
    pub calls: u32,
    /// Whether imports were bound otherwise since the instance was made.
    pub rebound: bool,
    /// Why the last request was refused.
    pub refused: Option<Shared<ErrorView>>,
    /// The call in the argument form.
    pub call: Shared<Call>,
    /// Whether the address has named a call, and so goes on to.
    pub proposed: bool,
    /// Whether the run is being dragged through.
    pub dragging: bool,
    /// How many states of runs have been shown.
    pub states: u32,
    /// Whether the argument form is on show while a call is under way.
    pub composing: bool,
    /// The call being run.
    pub running: Option<Call>,
    /// The call before it, which goes on if the engine refuses to start another.
    replaced: Option<Call>,
    /// The byte clicked on.
    pub pinned: Option<u32>,
    /// The field that byte belongs to, once explained.
    pub pinned_field: Option<Span>,
    /// Where the instruction begins that it lies in, once that is known.
    instruction: Option<u32>,
    /// What the pointer is over.
    pub soft: Option<Soft>,
    /// The function in the code pane.
    pub function: Option<u32>,
    /// The loaded module that it belongs to, unless that is on show.
    pub elsewhere: Option<u32>,
    /// What the module on show is linked with.
    pub links: Shared<LinksView>,
    /// Row of the code pane to bring into sight.
    pub reveal_row: Option<Reveal<u32>>,
    /// Byte of the hex pane to bring into sight.
    pub reveal_byte: Option<Reveal<u32>>,
    /// Speed of Continue.
    pub speed: Speed,
    /// How functions are executed.
    pub tier: Tier,
    /// Whether the microcode of the function is shown.
    pub microcode: bool,
    /// How functions have been executed, where that was asked for.
    pub translations: Option<Shared<TranslationsView>>,
    /// What is watched.
    pub film: Option<Film>,
    /// The field that is being read, while decoding is watched.
    pub shot: Option<Shot>,
    /// The row at which validation stands, while that is watched, and what it does there.
    pub checked: Option<(u32, AttrValue)>,
    /// The pane of the narrow layout.
    pub pane: Pane,
    /// Whether the terminal is on show rather than the bytes.
    pub terminal: bool,
    /// What the program is started with.
    pub surroundings: Surroundings,
    /// Breakpoints.
    pub breaks: Shared<Breaks>,
    serial: u32,
}

impl Model {
    /// What the page knows at first: that the module of the address is to be opened, and of
    /// earlier visits the breakpoints, the tier and whether microcode is shown.
    pub fn new(opening: Option<String>, breaks: Breaks, tier: Tier, microcode: bool) -> Self {
        Self { opening, breaks: Shared::new(breaks), tier, microcode, ..Self::default() }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self {
            module: None,
            generation: 0,
            proposed: false,
            dragging: false,
            states: 0,
            lines_found: 0,
            opening: None,
            fetching: false,
            can_fetch: false,
            arriving: Origin::default(),
            origin: Origin::default(),
            failure: None,
            notice: None,
            run: None,
            calls: 0,
            rebound: false,
            refused: None,
            call: Shared::new(Call::default()),
            composing: false,
            running: None,
            replaced: None,
            pinned: None,
            pinned_field: None,
            instruction: None,
            soft: None,
            function: None,
            elsewhere: None,
            links: Shared::new(LinksView::default()),
            reveal_row: None,
            reveal_byte: None,
            speed: FULL,
            tier: Tier::default(),
            microcode: false,
            translations: None,
            film: None,
            shot: None,
            checked: None,
            pane: Pane::default(),
            terminal: false,
            surroundings: Surroundings::default(),
            breaks: Shared::new(Breaks::default()),
            serial: 0,
        }
    }
}

/// What can happen to the page.
#[derive(Debug, Clone)]
pub enum Action {
    /// A file or example is being fetched and decoded.
    Opening {
        /// Its name.
        name: String,
    },
    /// It has been fetched and goes to the engine.
    Fetched(Origin),
    /// It could not be fetched, or the engine stopped.
    Failed(ErrorView),
    /// Nothing is to be open.
    Close,
    /// Something happened to the engine itself.
    Engine(Event),
    /// Something was left out of what was asked for.
    Warn(String),
    /// The failure was read.
    DismissFailure,
    /// Something has been done that does not show by itself.
    Notice(String),
    /// That was read.
    DismissNotice,
    /// The engine said something.
    Received(Rc<Reply>),
    /// A byte was clicked on, here or in another pane.
    Pin(u32),
    /// The pointer is over something.
    Hover(Option<Soft>),
    /// A function was asked for, and its argument form where it is exported.
    ShowFunction(u32),
    /// A function of another loaded module was asked for.
    ShowLinked(FunctionPlace),
    /// Show the instruction about to run.
    ShowNext,
    /// An export was chosen for the argument form.
    Choose(String),
    /// A call was put into the argument form as a whole.
    Propose(Call),
    /// An argument was typed.
    TypeArgument(usize, String),
    /// The form's call is being started.
    Started,
    /// The run is being dragged through, or no longer.
    Drag(bool),
    /// The call being run is on show again, with its argument form or without.
    ShowCall {
        /// Whether with its form.
        form: bool,
    },
    /// The program is to be started with this.
    Surround(Surroundings),
    /// Another speed.
    SetSpeed(Speed),
    /// Functions are to be executed otherwise.
    SetTier(Tier),
    /// Microcode is to be shown, or no longer.
    ShowMicrocode,
    /// Something is to be watched, or no longer.
    Watch(Film),
    /// Another field is being read.
    Shot(Option<Shot>),
    /// Validation stands at this row, and this is what it does there.
    Checked(Option<(u32, AttrValue)>),
    /// Breakpoints are changed.
    Break(Edit),
    /// A breakpoint is set or removed at the selected instruction.
    BreakHere,
    /// An instruction was asked for.
    ShowInstruction(CodePlace),
    /// Another pane of the narrow layout.
    ShowPane(Pane),
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut model = Rc::unwrap_or_clone(self);
        model.apply(action);
        Rc::new(model)
    }
}

impl Model {
    fn apply(&mut self, action: Action) {
        match action {
            Action::Opening { name } => {
                self.opening = Some(name);
                self.dismiss_failure();
            }
            Action::Fetched(origin) => self.arriving = origin,
            Action::Failed(error) => {
                self.opening = None;
                self.failure = Some(Shared::new(error));
            }
            Action::Close => self.close(),
            Action::Engine(event) => self.hear(event),
            Action::Warn(title) => self.failure = Some(Shared::new(ErrorView::titled(title))),
            Action::DismissFailure => {
                if self.can_fetch {
                    self.opening = None;
                }
                self.dismiss_failure();
            }
            Action::Notice(notice) => self.notice = Some(notice),
            Action::DismissNotice => self.notice = None,
            Action::Received(reply) => self.receive(&reply),
            Action::Pin(offset) => self.pin(offset),
            Action::Hover(soft) => self.soft = soft,
            Action::ShowFunction(function) => {
                self.show_code(None, function, 0);
                self.choose_function(function);
            }
            Action::ShowLinked(FunctionPlace { module, function }) => {
                self.show_code(Some(module), function, 0);
                self.pane = Pane::Code;
            }
            Action::ShowNext => {
                if let Some(next) = self.next().cloned() {
                    self.follow(&next);
                }
            }
            Action::Choose(export) => self.choose(export),
            Action::Propose(call) => {
                self.choose(call.export);
                let mut arguments = call.arguments;
                arguments.resize(self.call.arguments.len(), String::new());
                self.compose(Call { export: self.call.export.clone(), arguments });
                self.proposed = true;
                let function = self.module.as_ref().and_then(|module| {
                    let mut exports = module.exports.iter();
                    exports.find(|known| known.name == self.call.export)?.function
                });
                if let Some(function) = function.filter(|_| self.run.is_none()) {
                    self.show_code(None, function, 0);
                }
            }
            Action::Drag(dragging) => self.dragging = dragging,
            Action::TypeArgument(index, text) => {
                let mut call = (*self.call).clone();
                if let Some(argument) = call.arguments.get_mut(index) {
                    *argument = text;
                }
                self.compose(call);
            }
            Action::Started => {
                self.refused = None;
                self.notice = None;
                self.composing = false;
                self.replaced = self.running.replace((*self.call).clone());
            }
            Action::ShowCall { form } => {
                if let Some(running) = self.running.clone() {
                    self.call = Shared::new(running);
                    self.refused = None;
                    self.composing = form;
                }
            }
            Action::SetSpeed(speed) => self.speed = speed,
            Action::SetTier(tier) => self.tier = tier,
            Action::ShowMicrocode => self.show_microcode(),
            Action::Break(edit) => self.edit_breaks(edit),
            Action::BreakHere => self.break_here(),
            Action::ShowInstruction(CodePlace { module, function, row }) => {
                let elsewhere = Some(module).filter(|module| *module != self.links.shown);
                self.show_code(elsewhere, function, row);
                self.pane = Pane::Code;
            }
            Action::Surround(surroundings) => self.surroundings = surroundings,
            Action::Watch(film) => self.watch(film),
            Action::Shot(shot) => self.show_shot(shot),
            Action::Checked(checked) => {
                if let Some((row, _)) = checked {
                    self.reveal_row = Some(self.next_reveal(row));
                }
                self.checked = checked;
            }
            Action::ShowPane(pane) => {
                self.pane = pane;
                self.terminal = match pane {
                    Pane::Terminal => true,
                    Pane::Bytes => false,
                    _ => self.terminal,
                };
            }
        }
    }

    /// Shows microcode, in place of a film of the same pane; or no longer.
    fn show_microcode(&mut self) {
        let is_hidden = self.film == Some(Film::Validation);
        self.microcode = self.module.is_some() && (is_hidden || !self.microcode);
        if self.microcode {
            self.film = self.film.filter(|film| *film != Film::Validation);
            self.pane = Pane::Code;
        }
    }

    fn watch(&mut self, film: Film) {
        if self.film == Some(film) || self.module.is_none() {
            self.film = None;
            return;
        }
        self.film = Some(film);
        self.apply(Action::ShowPane(match film {
            Film::Decoding => Pane::Bytes,
            Film::Validation => Pane::Code,
        }));
    }

    fn show_shot(&mut self, shot: Option<Shot>) {
        let row = |shot: &Option<Shot>| shot.as_ref().map(|shot| shot.span().start / ROW);
        if let Some(shot) = shot.as_ref().filter(|_| row(&shot) != row(&self.shot)) {
            self.reveal_byte = Some(self.next_reveal(shot.span().start));
        }
        self.shot = shot;
    }

    /// Learns what became of the engine. Whether it comes matters to nobody who opens nothing.
    fn hear(&mut self, event: Event) {
        self.fetching = event == Event::Fetching;
        match event {
            Event::Fetching if self.can_fetch => self.dismiss_failure(),
            Event::Fetching | Event::Ready => {}
            Event::NotFetched(reason) => {
                self.can_fetch = self.opening.is_some();
                if self.can_fetch {
                    self.failure = Some(Shared::new(ErrorView {
                        details: vec![reason],
                        ..ErrorView::titled("The engine could not be fetched.")
                    }));
                }
            }
            Event::Stopped(reason) => {
                let advice = "Reload the page to start it again.".to_owned();
                self.apply(Action::Failed(ErrorView {
                    details: vec![reason, advice],
                    ..ErrorView::titled("The engine stopped unexpectedly.")
                }));
            }
        }
    }

    /// Puts the module away.
    fn close(&mut self) {
        *self = Self {
            generation: self.generation + 1,
            fetching: self.fetching,
            speed: self.speed,
            tier: self.tier,
            microcode: self.microcode,
            breaks: self.breaks.clone(),
            serial: self.serial,
            ..Self::default()
        };
    }

    fn edit_breaks(&mut self, edit: Edit) {
        let mut breaks = (*self.breaks).clone();
        breaks.edit(edit, &self.links);
        self.breaks = Shared::new(breaks);
    }

    /// The instruction clicked on, or else the one about to run.
    fn break_here(&mut self) {
        let pinned = self.pinned.and(self.instruction).filter(|_| self.elsewhere.is_none());
        let next = self.next().map(|next| (next.module, next.offset));
        let here = pinned.map(|offset| (self.links.shown, offset)).or(next);
        if let Some((module, offset)) = here {
            self.edit_breaks(Edit::Toggle { module, place: StopPlace::Instruction { offset } });
        }
    }

    fn dismiss_failure(&mut self) {
        self.failure = None;
        self.can_fetch = false;
    }

    fn receive(&mut self, reply: &Reply) {
        match reply {
            Reply::Opened(module) => self.opened(module),
            Reply::LinesFound => self.lines_found += 1,
            Reply::State(state) => self.moved(state),
            Reply::Resumed { export, arguments } => {
                let call = Call { export: export.clone(), arguments: arguments.clone() };
                self.apply(Action::Propose(call));
                self.apply(Action::Started);
            }
            Reply::Explained(explained) => self.explained(explained),
            Reply::Located { offset, function: Some(function), row, start }
                if self.pinned == Some(*offset) =>
            {
                self.instruction = *start;
                self.show_code(None, *function, *row);
            }
            Reply::Breakpoints(views) => {
                let mut breaks = (*self.breaks).clone();
                let run = self.run.as_ref().and_then(|run| run.timeline.as_ref());
                breaks.answered(views, run);
                self.breaks = Shared::new(breaks);
            }
            Reply::Hits(found) => self.change_hits(|hits| hits.receive(found)),
            Reply::Translations(view) => self.translations = Some(Shared::new(view.clone())),
            Reply::Links(links) => self.links = Shared::new((**links).clone()),
            // It is said where it was asked for.
            Reply::Refused { request, .. } if request == SAVE => {}
            Reply::Refused { request, error } => {
                if request == FILE || request == LINK {
                    self.notice = None;
                    self.failure = Some(Shared::new(error.clone()));
                    return;
                }
                if request == START {
                    self.running = self.replaced.take();
                    self.composing = true;
                    self.pane = Pane::State;
                }
                self.forget_outcome();
                if let Some(offset) = error.offset {
                    self.pin(offset);
                }
                self.refused = Some(Shared::new(error.clone()));
            }
            _ => {}
        }
    }

    fn opened(&mut self, module: &ModuleView) {
        let error_at = module.error.as_ref().and_then(|error| error.offset);
        let first_function = module.exports.iter().find_map(|export| export.function);
        *self = Self {
            generation: self.generation + 1,
            arriving: self.arriving.clone(),
            origin: self.arriving.clone(),
            surroundings: self.arriving.surroundings.clone(),
            terminal: module.uses_wasi,
            failure: self.failure.clone(),
            speed: self.speed,
            tier: self.tier,
            microcode: self.microcode,
            breaks: self.breaks.clone(),
            pane: match self.pane {
                Pane::Terminal if !module.uses_wasi => Pane::default(),
                pane => pane,
            },
            serial: self.serial,
            function: first_function.or((module.functions > 0).then_some(0)),
            module: Some(Shared::new(module.clone())),
            links: Shared::new(module.links.clone()),
            ..Self::default()
        };
        let suggested = self.origin.suggested.first().map(|call| call.export.clone());
        let export = suggested.or_else(|| {
            module
                .exports
                .iter()
                .find(|export| is_function(&export.kind))
                .map(|export| export.name.clone())
        });
        if let Some(export) = export {
            let known = module.exports.iter().find(|known| known.name == export);
            self.function = known.and_then(|known| known.function).or(self.function);
            self.choose(export);
        }
        if let Some(offset) = error_at {
            self.pin(offset);
        }
    }

    fn moved(&mut self, state: &StateView) {
        let stood = self.run.as_ref().filter(|run| run.status == Status::Paused);
        if state.status == Status::Paused && stood.is_some_and(|run| run.step != state.step) {
            // Whoever steps looks at the instruction now, no longer at the byte clicked on.
            self.pinned = None;
            self.pinned_field = None;
        }
        let was_asked = self.run.as_ref().is_some_and(|run| run.asked.is_some());
        if state.asked.is_some() && !was_asked {
            self.pane = Pane::State;
        }
        if state.asked != self.run.as_ref().and_then(|run| run.asked.clone()) {
            self.refused = None;
        }
        (self.calls, self.rebound) = (state.number, state.rebound);
        if let Some(run) = &state.timeline {
            self.change_hits(|hits| hits.moved(run));
        }
        self.run = Some(Shared::new(state.clone()));
        self.states = self.states.wrapping_add(1);
        let follows = state.status != Status::Running || self.speed.can_be_followed();
        if let Some(next) = state.next.as_ref().filter(|_| follows) {
            self.follow(next);
        }
        if let Status::Trapped(trap) = &state.status
            && let Some(offset) = trap.offset
        {
            self.pin(offset);
        }
    }

    /// Changes what is known of hits; whoever draws them is not bothered otherwise.
    fn change_hits(&mut self, change: impl FnOnce(&mut Hits)) {
        let mut hits = self.breaks.hits.clone();
        change(&mut hits);
        if hits != self.breaks.hits {
            self.breaks = Shared::new(self.breaks.with_hits(hits));
        }
    }

    fn follow(&mut self, next: &NextView) {
        if next.module != self.links.shown {
            self.show_code(Some(next.module), next.function, next.row);
            return;
        }
        self.show_code(None, next.function, next.row);
        self.reveal_byte = Some(self.next_reveal(next.offset));
    }

    /// Brings a row of a function into sight, of the module on show or of another one.
    fn show_code(&mut self, elsewhere: Option<u32>, function: u32, row: u32) {
        self.elsewhere = elsewhere;
        self.function = Some(function);
        self.reveal_row = Some(self.next_reveal(row));
    }

    fn explained(&mut self, explained: &ExplanationView) {
        if let Some(pinned) = self.pinned
            && (explained.span.start..explained.span.end).contains(&pinned)
        {
            self.pinned_field = Some(explained.span);
        }
    }

    fn pin(&mut self, offset: u32) {
        if !self.pinned_field.is_some_and(|field| (field.start..field.end).contains(&offset)) {
            self.pinned_field = None;
        }
        if self.pinned != Some(offset) {
            self.instruction = None;
        }
        self.pinned = Some(offset);
        self.reveal_byte = Some(self.next_reveal(offset));
    }

    /// Chooses the export of a function, if it has one.
    fn choose_function(&mut self, function: u32) {
        let Some(module) = self.module.clone() else {
            return;
        };
        let mut names = module
            .exports
            .iter()
            .filter(|export| export.function == Some(function))
            .map(|export| &export.name);
        let chosen = names.clone().find(|name| **name == self.call.export);
        if let Some(name) = chosen.or_else(|| names.next()) {
            self.choose(name.clone());
        }
    }

    /// Shows the argument form of an export; what was typed into it is kept.
    fn choose(&mut self, export: String) {
        self.composing = true;
        if export == self.call.export {
            return;
        }
        let parameters = self
            .module
            .as_ref()
            .and_then(|module| {
                module.exports.iter().find(|known| known.name == export && is_function(&known.kind))
            })
            .map_or(0, |export| export.parameters.len());
        let suggested = self.origin.suggested.iter().find(|call| call.export == export);
        let mut arguments = suggested.map(ExampleCall::arguments).unwrap_or_default();
        arguments.resize(parameters, String::new());
        self.compose(Call { export, arguments });
    }

    /// Puts a call into the argument form. What another one came to is no longer shown.
    fn compose(&mut self, call: Call) {
        if *self.call != call {
            self.forget_outcome();
        }
        self.call = Shared::new(call);
        self.refused = None;
    }

    fn forget_outcome(&mut self) {
        if !self.status().is_under_way() {
            self.run = None;
        }
    }

    fn next_reveal<T>(&mut self, place: T) -> Reveal<T> {
        self.serial += 1;
        Reveal { place, serial: self.serial }
    }

    /// The instruction about to run.
    pub fn next(&self) -> Option<&NextView> {
        self.run.as_ref().and_then(|run| run.next.as_ref())
    }

    /// The same, if it belongs to the module on show.
    pub fn next_here(&self) -> Option<&NextView> {
        self.next().filter(|next| next.module == self.links.shown)
    }

    /// Where the run stands.
    pub fn status(&self) -> &Status {
        self.run.as_ref().map_or(&Status::Idle, |run| &run.status)
    }

    /// The name of what is being opened, unless that waits for a person to try again.
    pub fn under_way(&self) -> Option<&str> {
        self.opening.as_deref().filter(|_| !self.can_fetch)
    }

    /// Whether the module on show is a program for the terminal.
    pub fn uses_wasi(&self) -> bool {
        self.module.as_ref().is_some_and(|module| module.uses_wasi)
    }

    /// Whether the module on show can be run at all.
    pub fn can_run(&self) -> bool {
        !self.call.export.is_empty()
            && self.module.as_ref().is_some_and(|module| module.error.is_none())
    }
}

/// Whether an export's kind is a function.
pub fn is_function(kind: &str) -> bool {
    kind == "func"
}

#[cfg(test)]
mod tests;
