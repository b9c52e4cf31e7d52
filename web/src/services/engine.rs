//! The engine's worker, as the page sees it. At first it is the page's own program,
//! started once more; when a module needs what that leaves out, the whole engine is
//! fetched and takes its place.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, HtmlLinkElement, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use crate::codec;
use crate::protocol::{Reply, Request};

/// The script that starts a worker. It is told which program to run.
const SCRIPT: &str = "worker.js";

/// Where the page says what it is made of.
const PROGRAM: &str = "link[rel=modulepreload]";
const MODULE: &str = "link[rel=preload][type=\"application/wasm\"]";

/// What becomes of the engine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It has stopped for good.
    Stopped(String),
    /// The whole engine is being fetched, for this.
    Fetching(String),
    /// It could not be. [`Engine::fetch_again`] tries once more.
    NotFetched(String),
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
    /// Who answers.
    current: RefCell<Option<Rc<Link>>>,
    /// The whole engine, while it is being fetched.
    coming: RefCell<Option<Rc<Link>>>,
    /// What it is to open.
    to_open: RefCell<Option<Request>>,
    /// What it is needed for.
    needs: RefCell<String>,
    listeners: Listeners,
    last_listener: Cell<u64>,
    on_event: Callback<Event>,
}

/// A worker that was started.
struct Link {
    worker: Worker,
    ready: Cell<bool>,
    /// What was asked before the worker listened.
    waiting: RefCell<Vec<Uint8Array>>,
    handlers: RefCell<Vec<Handler>>,
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
    /// Starts the worker.
    pub fn start(on_event: Callback<Event>) -> Self {
        let engine = Self::around(on_event);
        let link = engine.shared.start(&linked(PROGRAM), &linked(MODULE));
        engine.shared.current.replace(link);
        engine
    }

    /// An engine that never answers, for components drawn on their own.
    pub fn detached() -> Self {
        Self::around(Callback::noop())
    }

    fn around(on_event: Callback<Event>) -> Self {
        Self {
            shared: Rc::new(Shared {
                current: RefCell::default(),
                coming: RefCell::default(),
                to_open: RefCell::default(),
                needs: RefCell::default(),
                listeners: Rc::default(),
                last_listener: Cell::new(0),
                on_event,
            }),
        }
    }

    /// Asks the worker for something; the answer goes to all listeners.
    pub fn send(&self, request: &Request) {
        if let Some(link) = &*self.shared.current.borrow() {
            link.send(request);
        }
    }

    /// Tries once more to fetch the whole engine.
    pub fn fetch_again(&self) {
        self.shared.fetch();
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
    /// Starts a program as worker.
    fn start(self: &Rc<Self>, program: &str, module: &str) -> Option<Rc<Link>> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let script = format!("{SCRIPT}?program={program}&module={module}");
        match Worker::new_with_options(&script, &options) {
            Ok(worker) => {
                let link = Rc::new(Link {
                    worker,
                    ready: Cell::new(false),
                    waiting: RefCell::default(),
                    handlers: RefCell::default(),
                });
                link.listen(self);
                Some(link)
            }
            Err(error) => {
                self.on_event.emit(Event::Stopped(format!("{error:?}")));
                None
            }
        }
    }

    /// Starts the whole engine. Its files have fixed names; what follows `?` keeps the
    /// browser from taking those of another build.
    fn fetch(self: &Rc<Self>) {
        if self.coming.borrow().is_none() {
            let page = linked(PROGRAM);
            let build = page.rsplit("%2F").next().unwrap_or_default();
            let program = format!("./engine.js?{build}");
            let link = self.start(&program, &format!("engine_bg.wasm?{build}"));
            self.coming.replace(link);
        }
        self.on_event.emit(Event::Fetching(self.needs.borrow().clone()));
    }

    fn receive(self: &Rc<Self>, link: &Rc<Link>, message: JsValue) {
        if let Some(reason) = message.as_string() {
            return self.failed(link, reason);
        }
        match codec::decode::<Reply>(message) {
            Ok(Reply::Ready) => self.is_ready(link),
            Ok(Reply::HandedBack { files, needs }) => {
                self.to_open.replace(Some(Request::Open { files }));
                self.needs.replace(needs);
                self.fetch();
            }
            Ok(reply) => {
                if matches!(reply, Reply::Opened(_)) {
                    // Another module was opened since, for which the whole engine is not needed.
                    self.to_open.take();
                    end(self.coming.take());
                }
                self.tell(&Rc::new(reply));
            }
            Err(error) => web_sys::console::error_1(&error.into()),
        }
    }

    fn is_ready(&self, link: &Rc<Link>) {
        if self.is_coming(link) {
            end(self.current.replace(self.coming.take()));
            if let Some(request) = self.to_open.take() {
                link.send(&request);
            }
        }
        link.flush();
    }

    fn failed(&self, link: &Rc<Link>, reason: String) {
        if self.is_coming(link) {
            end(self.coming.take());
            self.on_event.emit(Event::NotFetched(reason));
        } else {
            self.on_event.emit(Event::Stopped(reason));
        }
    }

    fn is_coming(&self, link: &Rc<Link>) -> bool {
        self.coming.borrow().as_ref().is_some_and(|coming| Rc::ptr_eq(coming, link))
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

impl Link {
    fn listen(self: &Rc<Self>, shared: &Rc<Shared>) {
        let on_message = self.handler(shared, |shared, link, event| {
            shared.receive(link, event.unchecked_into::<MessageEvent>().data());
        });
        let on_error = self.handler(shared, |shared, link, event| {
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            shared.failed(link, message.unwrap_or_default());
        });
        self.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        self.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.handlers.borrow_mut().extend([on_message, on_error]);
    }

    fn handler(
        self: &Rc<Self>,
        shared: &Rc<Shared>,
        handle: fn(&Rc<Shared>, &Rc<Link>, JsValue),
    ) -> Handler {
        let (shared, link): (Weak<Shared>, Weak<Link>) =
            (Rc::downgrade(shared), Rc::downgrade(self));
        Handler::new(move |event: JsValue| {
            if let (Some(shared), Some(link)) = (shared.upgrade(), link.upgrade()) {
                handle(&shared, &link, event);
            }
        })
    }

    fn send(&self, request: &Request) {
        match codec::encode(request) {
            Ok(message) if self.ready.get() => self.post(&message),
            Ok(message) => self.waiting.borrow_mut().push(message),
            Err(error) => web_sys::console::error_1(&error.into()),
        }
    }

    fn post(&self, message: &Uint8Array) {
        let transfer = Array::of1(&message.buffer());
        if let Err(error) = self.worker.post_message_with_transfer(message, &transfer) {
            web_sys::console::error_1(&error);
        }
    }

    fn flush(&self) {
        self.ready.set(true);
        for message in self.waiting.take() {
            self.post(&message);
        }
    }
}

/// Ends a worker.
fn end(link: Option<Rc<Link>>) {
    if let Some(link) = link {
        link.worker.set_onmessage(None);
        link.worker.set_onerror(None);
        link.worker.terminate();
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
