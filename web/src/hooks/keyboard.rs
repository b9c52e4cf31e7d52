//! The keyboard, page-wide.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::view::keyboard::{Command, Press, command};

/// Elements that take keys for themselves.
const FIELDS: &str = "input, select, textarea, dialog, [contenteditable], [popover]";

/// What lies above the page while it is open, wherever the keyboard is: Escape closes it.
const ABOVE: &str = "dialog[open], :popover-open";

/// Emits the command of every key pressed outside of a field.
#[hook]
pub fn use_keyboard(on_command: Callback<Command>) {
    use_effect_with(on_command, |on_command| {
        let on_command = on_command.clone();
        let listener = web_sys::window().map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
                    return;
                };
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let press = Press {
                    key: &event.key(),
                    modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
                    typing: target.is_some_and(|target| is_field(&target)) || has_above(),
                };
                if let Some(command) = command(press) {
                    event.prevent_default();
                    on_command.emit(command);
                }
            })
        });
        move || drop(listener)
    });
}

/// Whether someone types into a field now, or something is open above the page.
pub fn is_typing() -> bool {
    active().is_some_and(|active| is_field(&active)) || has_above()
}

/// Takes the keyboard from the field that has it.
pub fn release_keyboard() {
    if let Some(field) = active().and_then(|active| active.dyn_into::<HtmlElement>().ok()) {
        // Fails only for an element that is not on the page.
        let _ = field.blur();
    }
}

fn active() -> Option<Element> {
    web_sys::window()?.document()?.active_element()
}

fn is_field(element: &Element) -> bool {
    matches!(element.closest(FIELDS), Ok(Some(_)))
}

fn has_above() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| matches!(document.query_selector(ABOVE), Ok(Some(_))))
}
