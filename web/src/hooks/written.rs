//! What the engine has written, as it is to be drawn now.

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};
use yew::prelude::*;

use super::replies::{Page, use_replies};
use crate::protocol::Reply;

/// What can be pressed of it.
const PRESSED: &str = ".written :is(button, summary, a)";

/// The last reply of a kind. What is pressed stays where it is until it is let go, and nothing new
/// is drawn so long: a click is one only if it ends where it began.
#[hook]
pub fn use_written(page: &Page, is_meant: fn(&Reply) -> bool) -> Option<Rc<Reply>> {
    let latest = use_mut_ref(|| None::<Rc<Reply>>);
    let drawn = use_mut_ref(|| None::<Rc<Reply>>);
    let is_held = use_mut_ref(|| false);
    let update = use_force_update();
    {
        let (latest, is_held, update) = (latest.clone(), is_held.clone(), update.clone());
        use_replies(&page.engine, move |reply| {
            if is_meant(reply) {
                *latest.borrow_mut() = Some(Rc::clone(reply));
                if !*is_held.borrow() {
                    update.force_update();
                }
            }
        });
    }
    {
        let is_held = is_held.clone();
        use_effect_with((), move |()| {
            let listeners = web_sys::window().map(|window| {
                let down = |name: &'static str| {
                    let is_held = is_held.clone();
                    EventListener::new(&window, name, move |event| {
                        if presses(event) {
                            *is_held.borrow_mut() = true;
                        }
                    })
                };
                let up = |name: &'static str| {
                    let (is_held, update) = (is_held.clone(), update.clone());
                    EventListener::new(&window, name, move |_| {
                        let (is_held, update) = (is_held.clone(), update.clone());
                        if *is_held.borrow() {
                            // The click comes first.
                            let let_go = move || {
                                *is_held.borrow_mut() = false;
                                update.force_update();
                            };
                            Timeout::new(0, let_go).forget();
                        }
                    })
                };
                let downs = ["pointerdown", "keydown"].map(down);
                (downs, ["pointerup", "pointercancel", "keyup", "blur"].map(up))
            });
            move || drop(listeners)
        });
    }
    if !*is_held.borrow() {
        (*drawn.borrow_mut()).clone_from(&latest.borrow());
    }
    drawn.borrow().clone()
}

/// Whether something that is written begins to be pressed.
fn presses(event: &Event) -> bool {
    // A blank presses a button when it is let go.
    if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() != " ") {
        return false;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(PRESSED), Ok(Some(_))))
}
