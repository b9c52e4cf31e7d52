//! What can happen to the page, and what each of that changes.

use std::rc::Rc;

use yew::{AttrValue, Reducible};

use super::breaks::Edit;
use super::{Call, Model, Origin, Pane, Soft, Surroundings};
use crate::protocol::{CodePlace, ErrorView, FunctionPlace, Reply, StopPlace, Tier};
use crate::services::engine::Event;
use crate::view::film::{Film, Shot};
use crate::view::hex::ROW;
use crate::view::shared::Shared;
use crate::view::speed::Speed;

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
    pub(super) fn apply(&mut self, action: Action) {
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
}
