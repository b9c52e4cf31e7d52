//! Signs that somebody is about to open a module.

use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::services::engine::Engine;

/// What opens modules.
const OPENS: &str = "[data-opens]";

/// How a pointer, a finger, the keyboard or a key of the page gets there.
const SIGNS: [&str; 3] = ["pointerover", "focusin", "click"];

/// Fetches the engine as soon as anything is dragged over the page, or something that opens
/// modules is pointed at, focused or pressed: often before it is needed.
#[hook]
pub fn use_signs(engine: &Engine) {
    use_effect_with(engine.clone(), |engine| {
        let listen = |name: &'static str, within: &'static str| {
            let engine = engine.clone();
            web_sys::window().map(|window| {
                EventListener::new(&window, name, move |event| {
                    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
                    if target.is_some_and(|it| matches!(it.closest(within), Ok(Some(_)))) {
                        engine.fetch();
                    }
                })
            })
        };
        let listeners = (SIGNS.map(|name| listen(name, OPENS)), listen("dragenter", "*"));
        move || drop(listeners)
    });
}
