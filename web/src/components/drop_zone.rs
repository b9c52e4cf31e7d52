//! Dropping a file anywhere on the page.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::DragEvent;
use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::services::files;

/// Properties of [`DropZone`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Files were dropped.
    pub on_files: Callback<web_sys::FileList>,
    /// Whether other files than modules become files of a program.
    pub takes_files: bool,
}

/// Takes files dropped anywhere, and says so while one hovers.
#[function_component]
pub fn DropZone(props: &Props) -> Html {
    let hovers = use_state_eq(|| false);
    let setter = hovers.setter();
    use_effect_with(props.on_files.clone(), move |on_files| {
        // A page gets an enter and a leave for every element the file passes
        // over; `dragover` comes all the time, and leaving the window goes nowhere.
        let over = {
            let hovers = setter.clone();
            on_drag("dragover", move |event| {
                if files::carries_files(event) {
                    event.prevent_default();
                    hovers.set(!files::over_own_place(event));
                }
            })
        };
        let leave = {
            let hovers = setter.clone();
            on_drag("dragleave", move |event| {
                if event.related_target().is_none() {
                    hovers.set(false);
                }
            })
        };
        let on_files = on_files.clone();
        let drop_listener = on_drag("drop", move |event| {
            event.prevent_default();
            setter.set(false);
            if let Some(files) = files::dropped(event).filter(|_| !files::over_own_place(event)) {
                on_files.emit(files);
            }
        });
        move || drop((over, leave, drop_listener))
    });
    html! {
        if *hovers {
            <div class="drop-zone" aria-hidden="true">
                <div>{ icon(Icon::Drop) }<strong>{ "Drop it to open it" }</strong>
                    if props.takes_files {
                        <span>{ "A file that is no module becomes a file of the program." }</span>
                    }
                    <span>{ "It stays on this machine." }</span></div>
            </div>
        }
    }
}

fn on_drag(name: &'static str, handler: impl Fn(&DragEvent) + 'static) -> Option<EventListener> {
    let window = web_sys::window()?;
    let options = EventListenerOptions::enable_prevent_default();
    Some(EventListener::new_with_options(&window, name, options, move |event| {
        if let Some(event) = event.dyn_ref::<DragEvent>() {
            handler(event);
        }
    }))
}
