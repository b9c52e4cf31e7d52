//! The keyboard, page-wide.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use crate::view::keyboard::{Command, Press, command};

/// Elements that take keys for themselves.
const FIELDS: &str = "input, select, textarea, dialog, [contenteditable], [popover]";

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
                    typing: target
                        .is_some_and(|target| matches!(target.closest(FIELDS), Ok(Some(_)))),
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
