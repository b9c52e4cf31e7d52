//! The engine's worker, as the page sees it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, HtmlLinkElement, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use crate::codec;
use crate::protocol::{Reply, Request};

/// The script that starts the worker. It is told which program to run: the
/// page's own, under the names the build gave it.
const SCRIPT: &str = "worker.js";

/// Where the page says what it is made of.
const PROGRAM: &str = "link[rel=modulepreload]";
const MODULE: &str = "link[rel=preload][type=\"application/wasm\"]";

/// Who hears replies, each with a number to leave by.
type Listeners = Rc<RefCell<Vec<(u64, Callback<Rc<Reply>>)>>>;

/// A function of ours that the browser calls.
type Handler = Closure<dyn FnMut(JsValue)>;

/// A handle on the worker. Clones are handles on the same one.
#[derive(Clone)]
pub struct Engine {
    shared: Rc<Shared>,
}

struct Shared {
    worker: Option<Worker>,
    ready: Cell<bool>,
    /// What was asked before the worker listened.
    waiting: RefCell<Vec<Uint8Array>>,
    listeners: Listeners,
    last_listener: Cell<u64>,
    handlers: RefCell<Vec<Handler>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("ready", &self.shared.ready.get()).finish_non_exhaustive()
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Engine {
    /// Starts the worker. `on_crash` hears of an engine that has stopped for good.
    pub fn start(on_crash: Callback<String>) -> Self {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let script = format!("{SCRIPT}?program={}&module={}", linked(PROGRAM), linked(MODULE));
        let engine = match Worker::new_with_options(&script, &options) {
            Ok(worker) => Self::around(Some(worker)),
            Err(error) => {
                on_crash.emit(format!("{error:?}"));
                Self::detached()
            }
        };
        engine.listen_to_worker(on_crash);
        engine
    }

    /// An engine that never answers, for components drawn on their own.
    pub fn detached() -> Self {
        Self::around(None)
    }

    fn around(worker: Option<Worker>) -> Self {
        Self {
            shared: Rc::new(Shared {
                worker,
                ready: Cell::new(false),
                waiting: RefCell::default(),
                listeners: Rc::default(),
                last_listener: Cell::new(0),
                handlers: RefCell::default(),
            }),
        }
    }

    fn listen_to_worker(&self, on_crash: Callback<String>) {
        let Some(worker) = &self.shared.worker else {
            return;
        };
        let shared = Rc::downgrade(&self.shared);
        let on_message = Handler::new(move |event: JsValue| {
            let (Some(shared), Ok(event)) = (shared.upgrade(), event.dyn_into::<MessageEvent>())
            else {
                return;
            };
            match codec::decode::<Reply>(event.data()) {
                Ok(Reply::Ready) => shared.flush(),
                Ok(reply) => shared.tell(&Rc::new(reply)),
                Err(error) => {
                    web_sys::console::error_1(&error.into());
                }
            }
        });
        let on_error = Handler::new(move |event: JsValue| {
            let message =
                event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            on_crash.emit(message);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.shared.handlers.borrow_mut().extend([on_message, on_error]);
    }

    /// Asks the worker for something; the answer goes to all listeners.
    pub fn send(&self, request: &Request) {
        match codec::encode(request) {
            Ok(message) if self.shared.ready.get() => self.shared.post(&message),
            Ok(message) => self.shared.waiting.borrow_mut().push(message),
            Err(error) => {
                web_sys::console::error_1(&error.into());
            }
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
    fn post(&self, message: &Uint8Array) {
        let transfer = Array::of1(&message.buffer());
        let posted = self
            .worker
            .as_ref()
            .map(|worker| worker.post_message_with_transfer(message, &transfer));
        if let Some(Err(error)) = posted {
            web_sys::console::error_1(&error);
        }
    }

    fn flush(&self) {
        self.ready.set(true);
        for message in self.waiting.take() {
            self.post(&message);
        }
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

/// The address of a file the page links to, fit to be part of another address.
fn linked(selector: &str) -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let link = document.and_then(|document| document.query_selector(selector).ok()?);
    let address =
        link.and_then(|link| link.dyn_into::<HtmlLinkElement>().ok()).map(|link| link.href());
    String::from(js_sys::encode_uri_component(&address.unwrap_or_default()))
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
