//! What the module exports, and can be run.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::hooks::Page;
use crate::model::{Action, Pane, is_function};
use crate::protocol::{ExportView, ModuleView};
use crate::view::format;

/// Exports listed; the rest is found by searching.
const LISTED: usize = 200;

/// Draws the exports, functions first; choosing one fills the argument form.
pub fn exports(module: &ModuleView, chosen: &str, page: &Page) -> Html {
    let exports = &module.exports;
    let is_valid = module.error.is_none();
    let functions = exports.iter().filter(|export| is_function(&export.kind));
    let others = exports.iter().filter(|export| !is_function(&export.kind));
    let rows = functions.chain(others).take(LISTED).map(|export| {
        if is_function(&export.kind) {
            let (page, name, function) = (page.clone(), export.name.clone(), export.function);
            let onclick = Callback::from(move |_| {
                page.tell(Action::Choose(name.clone()));
                if let Some(function) = function {
                    page.tell(Action::ShowFunction(function));
                }
                page.tell(Action::ShowPane(Pane::State));
            });
            callable(export, is_valid, export.name == chosen, onclick)
        } else {
            other(export)
        }
    });
    html! {
        <section class="exports" aria-labelledby="exports-title">
            <h2 id="exports-title">{ "Exports" }<span class="count">{ exports.len() }</span></h2>
            if exports.is_empty() {
                <p class="empty mute">{ if is_valid { "This module exports nothing, so there is nothing to run." } else { "None were read before the error." } }</p>
            } else {
                <ul tabindex="0" aria-labelledby="exports-title">
                    { for rows }
                    if let Some(rest) = exports.len().checked_sub(LISTED).filter(|rest| *rest > 0) {
                        <li class="mute">{ format!("and {} more: search for them", format::count(rest as f64)) }</li>
                    }
                </ul>
            }
        </section>
    }
}

fn callable(
    export: &ExportView,
    is_valid: bool,
    is_chosen: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! {
        <li>
            <button type="button" class="export" title={format!("{} {}", export.name, export.type_text)} aria-pressed={if is_chosen { "true" } else { "false" }} {onclick}>
                <span class="play">if is_valid { { icon(Icon::Play) } }</span>
                <span class="label">{ &export.name }</span>
                <span class="detail">{ &export.type_text }</span>
            </button>
        </li>
    }
}

fn other(export: &ExportView) -> Html {
    html! {
        <li class="export" title={export.name.clone()}>
            <span class="play"></span>
            <span class="label">{ &export.name }</span>
            <span class="detail">{ format!("{} · {}", export.kind, export.type_text) }</span>
        </li>
    }
}
