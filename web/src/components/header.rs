//! The head of the page.

use yew::prelude::*;

use super::examples_menu::ExamplesMenu;
use super::icon::{Icon, icon};
use super::theme_button::ThemeButton;
use super::transport::{Transport, transport};
use crate::hooks::Opening;
use crate::protocol::ModuleView;
use crate::view::format;

/// Id of the button and field that open a file.
pub const OPEN: &str = "open";

/// Draws the head of the page: whose page this is, which module, and what to do with it.
pub fn header(module: Option<&ModuleView>, run: &Transport, opening: &Opening) -> Html {
    let Opening { examples, on_list, on_files, on_example, .. } = opening.clone();
    html! {
        <header class="head">
            <div class="lead">
                <h1 class="brand">{ icon(Icon::Flame) }<span>{ "fayasm" }</span></h1>
                { module_chip(module) }
            </div>
            { transport(run) }
            <div class="actions">
                <ExamplesMenu {examples} {on_list} on_choose={on_example} />
                { open_button(on_files) }
                <ThemeButton />
            </div>
        </header>
    }
}

fn module_chip(module: Option<&ModuleView>) -> Html {
    let Some(module) = module else {
        return html! { <div class="chip"></div> };
    };
    let mut facts =
        vec![format::size(f64::from(module.size)), format::counted(module.functions, "function")];
    facts.extend(module.producer.clone());
    html! {
        <div class="chip" title={format!("{} · {}", module.name, facts.join(" · "))}>
            <strong>{ &module.name }</strong>
            <span class="mute">{ facts.join(" · ") }</span>
        </div>
    }
}

fn open_button(on_files: Callback<web_sys::FileList>) -> Html {
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_unchecked_into::<web_sys::HtmlInputElement>();
        if let Some(files) = input.files() {
            on_files.emit(files);
        }
        // So that choosing the same file again is a change again.
        input.set_value("");
    });
    html! {
        <label class="tool labelled open" data-opens="" title="Open a file (f)">
            { icon(Icon::Open) }
            <span>{ "Open" }</span>
            <input id={OPEN} class="visually-hidden" type="file" multiple=true aria-label="Open .wasm files" {onchange} />
        </label>
    }
}
