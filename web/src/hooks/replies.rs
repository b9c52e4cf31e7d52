//! The page's handle, and hearing what the engine says.

use std::rc::Rc;

use yew::prelude::*;

use crate::model::{Action, Model};
use crate::protocol::{Reply, Request};
use crate::services::engine::Engine;

/// What every component may use: the engine to ask, the model to tell. It never
/// changes, so holding it never draws anything again.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The engine's worker.
    pub engine: Engine,
    /// Where actions go.
    pub dispatcher: UseReducerDispatcher<Model>,
}

impl Page {
    /// Asks the engine.
    pub fn ask(&self, request: &Request) {
        self.engine.send(request);
    }

    /// Tells the model.
    pub fn tell(&self, action: Action) {
        self.dispatcher.dispatch(action);
    }
}

/// The page's handle.
///
/// # Panics
///
/// When drawn outside of the page, which is a mistake in the page itself.
#[hook]
pub fn use_page() -> Page {
    use_context().expect("drawn inside the page")
}

/// Calls `on_reply` with everything the engine says, for as long as the component lives.
#[hook]
pub fn use_replies(engine: &Engine, on_reply: impl Fn(&Rc<Reply>) + 'static) {
    use_listener(engine, Rc::new(on_reply));
}

type OnReply = Rc<dyn Fn(&Rc<Reply>)>;

/// Listens from the first drawing on. An effect would be too late: the browser may have
/// its turn before effects have theirs, and bring the answer to what was asked while drawing.
#[hook]
fn use_listener(engine: &Engine, on_reply: OnReply) {
    let latest = use_mut_ref(|| None::<OnReply>);
    *latest.borrow_mut() = Some(on_reply);
    use_memo(engine.clone(), move |engine| {
        engine.listen(Callback::from(move |reply: Rc<Reply>| {
            let on_reply = latest.borrow().clone();
            if let Some(on_reply) = on_reply {
                on_reply(&reply);
            }
        }))
    });
}
