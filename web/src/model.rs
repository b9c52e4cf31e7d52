//! What the page knows, and how each event changes it. Pure: what must be asked
//! of the engine or the browser in consequence is decided by [`crate::app`].

mod action;
pub mod breaks;
mod replies;

use std::rc::Rc;

use yew::AttrValue;

pub use self::action::Action;
use self::breaks::Breaks;
use crate::protocol::{
    ErrorView, LinksView, ModuleView, NextView, Request, Span, StateView, Status, Tier,
    TranslationsView,
};
use crate::view::examples::ExampleCall;
use crate::view::film::{Film, Shot};
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

impl Model {
    fn dismiss_failure(&mut self) {
        self.failure = None;
        self.can_fetch = false;
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
