//! What the page knows of where a value came from.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::replies::{Page, use_replies};
use crate::protocol::{OriginOf, OriginView, Reply, Request, StateView, Status};

/// What is found of what was asked about last, until it is closed.
#[derive(Debug, Clone)]
pub struct UseOrigin {
    /// What is found.
    pub view: Option<Rc<OriginView>>,
    /// Where it is drawn.
    pub place: NodeRef,
    shown: UseStateHandle<Option<Rc<OriginView>>>,
    /// Whether the answer that is under way is not wanted any more.
    unwanted: Rc<Cell<bool>>,
    /// What had the keyboard when it was asked.
    asker: Rc<RefCell<Option<HtmlElement>>>,
    page: Page,
}

/// What is asked about, and by itself what made a run trap.
#[hook]
pub fn use_origin(page: &Page, state: Option<&StateView>) -> UseOrigin {
    let shown = use_state(|| None::<Rc<OriginView>>);
    let unwanted = use_memo((), |()| Rc::new(Cell::new(false)));
    let asker = use_memo((), |()| Rc::new(RefCell::new(None::<HtmlElement>)));
    let place = use_node_ref();
    {
        let (page, shown, unwanted) = (page.clone(), shown.setter(), Rc::clone(&unwanted));
        use_replies(&page.engine.clone(), move |reply| match &**reply {
            Reply::Origin(_) if unwanted.take() => {}
            Reply::Origin(Some(view)) => {
                if !view.is_done {
                    page.ask(&Request::OriginMore);
                }
                shown.set(Some(Rc::new((**view).clone())));
            }
            Reply::Origin(None) | Reply::Opened(_) => shown.set(None),
            // Another call has begun.
            Reply::State(state) if state.timeline.as_ref().is_none_or(|it| it.first == it.last) => {
                shown.set(None);
            }
            _ => {}
        });
    }
    let trapped =
        state.filter(|state| matches!(state.status, Status::Trapped(_))).map(|state| state.step);
    {
        let (page, known) = (page.clone(), shown.as_ref().map(|view| view.step));
        use_effect_with(trapped.map(f64::to_bits), move |_| {
            if trapped.is_some() && trapped != known {
                page.ask(&Request::Origin { of: OriginOf::Trap });
            }
        });
    }
    let asked = shown.as_ref().map(|view| (view.of, view.step.to_bits()));
    {
        let (place, asker) = (place.clone(), Rc::clone(&asker));
        use_effect_with(asked, move |asked| {
            if asked.is_some_and(|(of, _)| of != OriginOf::Trap) {
                let document = web_sys::window().and_then(|window| window.document());
                let active = document.and_then(|document| document.active_element());
                *asker.borrow_mut() = active.and_then(|it| it.dyn_into().ok());
                focus(place.cast::<HtmlElement>().as_ref());
            }
        });
    }
    UseOrigin {
        view: (*shown).clone(),
        place,
        shown,
        unwanted: (*unwanted).clone(),
        asker: (*asker).clone(),
        page: page.clone(),
    }
}

impl UseOrigin {
    /// Goes back to where it was asked.
    pub fn back(&self) {
        if let Some(view) = &self.view {
            self.page.ask(&Request::Seek { step: view.step });
        }
    }

    /// Forgets it, and gives the keyboard back to who asked.
    pub fn close(&self) {
        self.unwanted.set(self.view.as_ref().is_some_and(|view| !view.is_done));
        self.shown.set(None);
        let asker = self.asker.borrow_mut().take();
        focus(asker.as_ref().filter(|asker| asker.unchecked_ref::<Element>().is_connected()));
    }
}

fn focus(element: Option<&HtmlElement>) {
    if let Some(element) = element {
        // Fails only for what is not on show.
        let _ = element.focus();
    }
}
