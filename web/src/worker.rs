//! The worker: hands requests to the session, and runs the program in slices
//! between which it looks at its messages, so that Stop always gets through.

mod database;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort, Performance};

use self::database::Databases;
use crate::codec;
use crate::protocol::{Reply, Request};
use crate::session::{Next, Session};
use crate::view::pace::{Pace, Turn};

/// How much of what takes longer is done in a first turn, and for how many milliseconds in
/// those that follow.
const FIRST_PORTION: u64 = 1000;
const PORTION_MS: f64 = 12.0;

/// Serves the page until the worker ends.
///
/// # Errors
///
/// When the browser lacks a clock or message channels.
pub fn serve(scope: DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let clock = Reflect::get(&scope, &"performance".into())?.unchecked_into();
    let channel = MessageChannel::new()?;
    let worker = Rc::new(Worker {
        scope: scope.clone(),
        clock,
        turn: channel.port2(),
        session: RefCell::new(Session::new()),
        pace: RefCell::new(Pace::new(None, 0.0)),
        running: Cell::new(false),
        portion: Cell::new(FIRST_PORTION),
        turn_is_due: Cell::new(false),
        sleep: RefCell::new(None),
        databases: Databases::default(),
    });

    let on_turn = {
        let worker = Rc::clone(&worker);
        Closure::<dyn FnMut()>::new(move || worker.take_turn())
    };
    channel.port1().set_onmessage(Some(on_turn.as_ref().unchecked_ref()));
    let on_message = {
        let worker = Rc::clone(&worker);
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match codec::decode::<Request>(event.data()) {
                Ok(request) => worker.handle(request),
                Err(error) => web_sys::console::error_1(&error.into()),
            }
        })
    };
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.post(&Reply::Ready);
    // Both live as long as the worker does.
    on_turn.forget();
    on_message.forget();
    Ok(())
}

/// The function of `worker.js` that finds lines of source code.
const SOURCE_LINES: &str = "sourceLines";

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    clock: Performance,
    /// A message sent here comes back as a turn, after those of the page that wait already.
    turn: MessagePort,
    session: RefCell<Session>,
    pace: RefCell<Pace>,
    /// Whether the last request that moved the program left it to run on by itself.
    running: Cell<bool>,
    /// How much of what takes longer is done in a turn.
    portion: Cell<u64>,
    turn_is_due: Cell<bool>,
    sleep: RefCell<Option<Timeout>>,
    /// Where runs are committed to.
    databases: Databases,
}

impl Worker {
    fn handle(self: &Rc<Self>, request: Request) {
        let speed = match &request {
            Request::Continue { speed } => Some(*speed),
            Request::StepOver
            | Request::StepOut
            | Request::RunTo { .. }
            | Request::ContinueBack => Some(None),
            _ => None,
        };
        let may_go_on =
            speed.is_some() || matches!(request, Request::Type { .. } | Request::Answer { .. });
        self.tell_time();
        let replies = self.session.borrow_mut().handle(request);
        for reply in &replies {
            self.post(reply);
        }
        self.run_errand();
        if let Err(error) = self.find_lines() {
            web_sys::console::warn_1(&error);
        }
        if let Some(speed) = speed {
            *self.pace.borrow_mut() = Pace::new(speed, self.clock.now());
        }
        let runs = self.session.borrow().is_running();
        if self.running.replace(runs) != runs || may_go_on {
            self.sleep.take();
            self.schedule_turn();
        }
        if self.session.borrow().has_work() {
            self.schedule_turn();
        }
    }

    /// Does what is to be done with the database. Messages have their turns meanwhile.
    fn run_errand(self: &Rc<Self>) {
        let Some(errand) = self.session.borrow_mut().next_errand() else { return };
        let worker = Rc::clone(self);
        spawn_local(async move {
            let number = errand.number;
            let done = worker.databases.carry_out(errand).await;
            worker.tell_time();
            let replies = worker.session.borrow_mut().errand_done(number, done);
            replies.iter().for_each(|reply| worker.post(reply));
            worker.run_errand();
        });
    }

    /// Has lines of source code found for modules that say them.
    fn find_lines(self: &Rc<Self>) -> Result<(), JsValue> {
        loop {
            let wanted = self.session.borrow_mut().lines_wanted();
            let Some((number, sections)) = wanted else { return Ok(()) };
            let find: Function = Reflect::get(&self.scope, &SOURCE_LINES.into())?.dyn_into()?;
            let found = find.call1(&self.scope, &codec::encode(&sections)?.into())?;
            let worker = Rc::clone(self);
            let take = Closure::once(move |found: JsValue| match codec::decode(found) {
                Ok(table) => {
                    let replies = worker.session.borrow_mut().take_lines(number, table);
                    replies.iter().for_each(|reply| worker.post(reply));
                }
                Err(error) => web_sys::console::warn_1(&error.into()),
            });
            // Without them, the module is shown as if it said none.
            let fail = Closure::once(|error: JsValue| web_sys::console::warn_1(&error));
            let _ = found.dyn_into::<Promise>()?.then2(&take, &fail);
            // One of them is called, once.
            take.forget();
            fail.forget();
        }
    }

    fn schedule_turn(&self) {
        if !self.turn_is_due.replace(true)
            && let Err(error) = self.turn.post_message(&JsValue::NULL)
        {
            web_sys::console::error_1(&error);
        }
    }

    fn take_turn(self: &Rc<Self>) {
        self.turn_is_due.set(false);
        if self.running.get() {
            self.go_on();
        }
        if self.session.borrow().has_work() {
            self.work();
            self.schedule_turn();
        }
    }

    /// Goes on with what takes longer, for a while.
    fn work(&self) {
        let (began, portion) = (self.clock.now(), self.portion.get());
        let replies = self.session.borrow_mut().work(portion);
        for reply in &replies {
            self.post(reply);
        }
        let factor = (PORTION_MS / (self.clock.now() - began).max(0.1)).clamp(0.1, 2.0);
        self.portion.set(((portion as f64 * factor) as u64).clamp(10, 1_000_000));
    }

    /// Goes on with the program.
    fn go_on(self: &Rc<Self>) {
        let began = self.clock.now();
        let turn = self.pace.borrow_mut().turn(began);
        match turn {
            Turn::Wait(milliseconds) => self.sleep_for(milliseconds),
            Turn::Run(instructions) => self.run(instructions, began),
        }
    }

    /// Tells the session what time it is.
    fn tell_time(&self) {
        let milliseconds = self.clock.time_origin() + self.clock.now();
        // Far below 2⁶⁴.
        self.session.borrow_mut().set_time((milliseconds * 1e6) as u64);
    }

    fn sleep_for(self: &Rc<Self>, milliseconds: f64) {
        let worker = Rc::clone(self);
        let sleep = Timeout::new(milliseconds.ceil() as u32, move || worker.schedule_turn());
        self.sleep.replace(Some(sleep));
    }

    fn run(self: &Rc<Self>, instructions: u64, began: f64) {
        self.tell_time();
        let before = self.session.borrow().executed();
        let next = self.session.borrow_mut().advance(instructions);
        let executed = self.session.borrow().executed().saturating_sub(before);
        let now = self.clock.now();
        let report = {
            let mut pace = self.pace.borrow_mut();
            pace.ran(executed, now - began);
            pace.report(now)
        };
        if next != Next::More || report.is_some() {
            let mut state = self.session.borrow_mut().state();
            // The session has no clock.
            state.speed = report.unwrap_or_default();
            self.post(&Reply::State(Box::new(state)));
        }
        self.running.set(next != Next::Rest);
        self.tell_time();
        self.session.borrow_mut().commit_if_due(next);
        self.run_errand();
        match next {
            Next::More => self.schedule_turn(),
            Next::Sleep(nanoseconds) => self.sleep_for(nanoseconds as f64 / 1e6),
            Next::Rest => {}
        }
    }

    fn post(&self, reply: &Reply) {
        let posted = codec::encode(reply).map_err(JsValue::from).and_then(|message| {
            self.scope.post_message_with_transfer(&message, &Array::of1(&message.buffer()))
        });
        if let Err(error) = posted {
            web_sys::console::error_1(&error);
        }
    }
}
