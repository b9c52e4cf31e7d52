//! The engine's worker, as the page sees it. It is fetched when somebody is about to open
//! a module; what is asked before it listens waits for it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker};
use yew::Callback;

use crate::codec;
use crate::protocol::{Reply, Request};

/// The function of `index.html` that starts the engine, or hands over the one that was
/// started before the page could hear it.
const START: &str = "startEngine";

/// What that one has said already.
const SAID: &str = "said";

/// What becomes of the engine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is being fetched.
    Fetching,
    /// It was, and listens.
    Ready,
    /// It could not be fetched; what was asked still waits. [`Engine::fetch`] tries once more.
    NotFetched(String),
    /// It has stopped for good.
    Stopped(String),
}

/// Who hears replies, each with a number to leave by.
type Listeners = Rc<RefCell<Vec<(u64, Callback<Rc<Reply>>)>>>;

/// A function of ours that the browser calls.
type Handler = Closure<dyn FnMut(JsValue)>;

/// A handle on the engine. Clones are handles on the same one.
#[derive(Clone)]
pub struct Engine {
    shared: Rc<Shared>,
}

struct Shared {
    /// Its worker, from when it is first fetched.
    link: RefCell<Option<Link>>,
    ready: Cell<bool>,
    /// What was asked before it listened.
    waiting: RefCell<Vec<Uint8Array>>,
    listeners: Listeners,
    last_listener: Cell<u64>,
    on_event: Callback<Event>,
}

/// A worker that was started, and what hears it.
struct Link {
    worker: Worker,
    _handler: Handler,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Engine {
    /// An engine that is fetched when it is needed.
    pub fn new(on_event: Callback<Event>) -> Self {
        Self {
            shared: Rc::new(Shared {
                link: RefCell::default(),
                ready: Cell::new(false),
                waiting: RefCell::default(),
                listeners: Rc::default(),
                last_listener: Cell::new(0),
                on_event,
            }),
        }
    }

    /// Fetches the engine, unless it is there or under way.
    pub fn fetch(&self) {
        self.shared.fetch();
    }

    /// Asks the engine for something; the answer goes to all listeners.
    pub fn send(&self, request: &Request) {
        match codec::encode(request) {
            Ok(message) => self.shared.send(message, matches!(request, Request::Open { .. })),
            Err(error) => web_sys::console::error_1(&error.into()),
        }
    }

    /// Hears every reply until the listener is dropped.
    pub fn listen(&self, callback: Callback<Rc<Reply>>) -> Listener {
        let id = self.shared.last_listener.get() + 1;
        self.shared.last_listener.set(id);
        self.shared.listeners.borrow_mut().push((id, callback));
        Listener { id, listeners: Rc::clone(&self.shared.listeners) }
    }
}

impl Shared {
    fn fetch(self: &Rc<Self>) {
        if self.link.borrow().is_some() {
            return;
        }
        self.on_event.emit(Event::Fetching);
        match start() {
            Ok(worker) => {
                let said = Reflect::get(&worker, &SAID.into()).ok();
                self.link.replace(Some(self.link_to(worker)));
                if let Some(event) = said.filter(|said| !said.is_undefined()) {
                    self.hear(event);
                }
            }
            Err(error) => self.on_event.emit(Event::NotFetched(format!("{error:?}"))),
        }
    }

    fn link_to(self: &Rc<Self>, worker: Worker) -> Link {
        let shared: Weak<Self> = Rc::downgrade(self);
        let handler = Handler::new(move |event: JsValue| {
            if let Some(shared) = shared.upgrade() {
                shared.hear(event);
            }
        });
        worker.set_onmessage(Some(handler.as_ref().unchecked_ref()));
        worker.set_onerror(Some(handler.as_ref().unchecked_ref()));
        Link { worker, _handler: handler }
    }

    /// Hears a message, or an error: one without words says that a script could not be fetched.
    fn hear(&self, event: JsValue) {
        match event.dyn_into::<MessageEvent>() {
            Ok(message) => self.receive(message.data()),
            Err(error) => {
                let words = error.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
                self.failed(words.unwrap_or_else(|| "its script could not be loaded".to_owned()));
            }
        }
    }

    /// Sends a message, now or when the engine listens. One that opens modules makes
    /// what waits before it pointless.
    fn send(self: &Rc<Self>, message: Uint8Array, opens: bool) {
        if self.ready.get() {
            return self.post(&message);
        }
        let mut waiting = self.waiting.borrow_mut();
        if opens {
            waiting.clear();
        }
        waiting.push(message);
        drop(waiting);
        self.fetch();
    }

    fn post(&self, message: &Uint8Array) {
        if let Some(link) = &*self.link.borrow()
            && let Err(error) =
                link.worker.post_message_with_transfer(message, &Array::of1(&message.buffer()))
        {
            web_sys::console::error_1(&error);
        }
    }

    fn receive(&self, message: JsValue) {
        if let Some(reason) = message.as_string() {
            return self.failed(reason);
        }
        match codec::decode::<Reply>(message) {
            Ok(Reply::Ready) => {
                self.ready.set(true);
                for message in self.waiting.take() {
                    self.post(&message);
                }
                self.on_event.emit(Event::Ready);
            }
            Ok(reply) => self.tell(&Rc::new(reply)),
            Err(error) => web_sys::console::error_1(&error.into()),
        }
    }

    fn failed(&self, reason: String) {
        if self.ready.get() {
            return self.on_event.emit(Event::Stopped(reason));
        }
        if let Some(link) = self.link.take() {
            link.worker.terminate();
        }
        self.on_event.emit(Event::NotFetched(reason));
    }

    fn tell(&self, reply: &Rc<Reply>) {
        // A copy, because a listener may come or go while the reply makes its round.
        let listeners: Vec<_> =
            self.listeners.borrow().iter().map(|(_, callback)| callback.clone()).collect();
        for listener in listeners {
            listener.emit(Rc::clone(reply));
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
    }
}

fn start() -> Result<Worker, JsValue> {
    let start: Function = Reflect::get(&js_sys::global(), &START.into())?.dyn_into()?;
    start.call0(&JsValue::UNDEFINED)?.dyn_into()
}

/// A listener; dropping it ends it.
pub struct Listener {
    id: u64,
    listeners: Listeners,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.listeners.borrow_mut().retain(|(id, _)| *id != self.id);
    }
}
