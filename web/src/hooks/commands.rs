//! Turning commands into requests.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::replies::{Page, use_replies};
use crate::components::header::OPEN;
use crate::components::search;
use crate::components::transport::Phase;
use crate::model::{Action, Call, Model, Pane};
use crate::protocol::{Reply, Request, Status};
use crate::view::film::Film;
use crate::view::keyboard::Command;

/// What should happen once a call stands before its first instruction.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Then {
    /// Nothing: it is to be stepped.
    #[default]
    Stand,
    /// Run on.
    Run,
    /// Run until so many instructions have been executed.
    RunTo(f64),
}

/// Starts calls and moves them. Clones share what they know.
#[derive(Debug, Clone)]
pub struct Commands {
    page: Page,
    model: Rc<RefCell<UseReducerHandle<Model>>>,
    then: Rc<Cell<Then>>,
    show_keys: Callback<()>,
}

/// Commands on the model as it is at the moment they are given.
#[hook]
pub fn use_commands(
    page: &Page,
    model: &UseReducerHandle<Model>,
    show_keys: Callback<()>,
) -> Commands {
    let latest = use_mut_ref(|| model.clone());
    latest.replace(model.clone());
    let then = use_memo((), |()| Rc::new(Cell::new(Then::Stand)));
    let commands =
        Commands { page: page.clone(), model: latest, then: Rc::clone(&then), show_keys };
    let waiting = commands.clone();
    use_replies(&page.engine, move |reply| waiting.started(reply));
    commands
}

impl Commands {
    fn model(&self) -> UseReducerHandle<Model> {
        self.model.borrow().clone()
    }

    /// Does what a key or button asks for, where that makes sense now.
    pub fn give(&self, command: Command) {
        let model = self.model();
        if !Phase::of(model.status(), model.can_run()).allows(command) {
            return;
        }
        match command {
            Command::Run if *model.status() == Status::Paused => {
                self.go_on(&Request::Continue { speed: model.speed.per_second });
            }
            Command::Run => self.start(&model.call, Then::Run),
            Command::Step if *model.status() == Status::Idle => {
                self.start(&model.call, Then::Stand);
            }
            Command::Step => self.go_on(&Request::Step),
            Command::StepOver => self.go_on(&Request::StepOver),
            Command::StepOut => self.go_on(&Request::StepOut),
            Command::StepBack => self.go_on(&Request::StepBack),
            Command::StepBackOver => self.go_on(&Request::StepBackOver),
            Command::StepBackOut => self.go_on(&Request::StepBackOut),
            Command::RunBack => self.go_on(&Request::ContinueBack),
            Command::Break => self.page.tell(Action::BreakHere),
            Command::Stop => self.page.ask(&Request::Stop),
            Command::Reset => {
                self.page.tell(Action::ShowCall { form: true });
                self.page.ask(&Request::Reset);
            }
            Command::Here => self.page.tell(Action::ShowNext),
            Command::WatchDecoding => self.page.tell(Action::Watch(Film::Decoding)),
            Command::WatchValidation => self.page.tell(Action::Watch(Film::Validation)),
            Command::Microcode => self.page.tell(Action::ShowMicrocode),
            Command::Search => {
                self.page.tell(Action::ShowPane(Pane::Module));
                with_element(search::FIELD, |field| drop(field.focus()));
            }
            Command::Open => with_element(OPEN, HtmlElement::click),
            Command::Keys => self.show_keys.emit(()),
        }
    }

    /// Moves the call under way, which is on show again with that.
    fn go_on(&self, request: &Request) {
        self.page.tell(Action::ShowCall { form: false });
        self.page.ask(request);
    }

    /// Starts a call.
    pub fn start(&self, call: &Call, then: Then) {
        let model = self.model();
        if model.uses_wasi() && model.surroundings.request().is_err() {
            // What is wrong is said at its field.
            self.page.tell(Action::ShowPane(Pane::Terminal));
            return;
        }
        self.then.set(then);
        self.page.tell(Action::Started);
        self.page.ask(&Request::Start {
            export: call.export.clone(),
            arguments: call.arguments.clone(),
        });
    }

    /// Starts the call in the argument form.
    pub fn start_form(&self, then: Then) {
        self.start(&self.model().call, then);
    }

    /// Goes on with a call that has been started.
    fn started(&self, reply: &Reply) {
        match reply {
            Reply::State(state) if state.status == Status::Paused => match self.then.take() {
                Then::Stand => {}
                Then::Run => {
                    self.page.ask(&Request::Continue { speed: self.model().speed.per_second });
                }
                Then::RunTo(step) => self.page.ask(&Request::RunTo { step }),
            },
            Reply::Refused { .. } => self.then.set(Then::Stand),
            _ => {}
        }
    }

    /// Changes the speed, of a program that runs as well.
    pub fn set_speed(&self, speed: crate::view::speed::Speed) {
        self.page.tell(Action::SetSpeed(speed));
        if self.model().status().is_on_its_own() {
            self.page.ask(&Request::Continue { speed: speed.per_second });
        }
    }
}

fn with_element(id: &str, act: impl FnOnce(&HtmlElement)) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        act(&element);
    }
}
