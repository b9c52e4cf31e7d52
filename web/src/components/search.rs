//! Looking for an entry by name.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Icon, icon};
use super::structure::go_to_entry;
use crate::hooks::{use_page, use_replies};
use crate::protocol::{FoundView, ModuleView, Reply, Request};
use crate::view::format;
use crate::view::shared::Shared;

/// Id of the search field, which a key brings the keyboard to.
pub const FIELD: &str = "search";

/// Results asked for.
const COUNT: u32 = 100;

/// Draws the search field.
pub fn search_field(text: AttrValue, on_text: &Callback<String>) -> Html {
    let oninput = on_text.reform(|event: InputEvent| {
        event.target_unchecked_into::<web_sys::HtmlInputElement>().value()
    });
    let onkeydown = {
        let on_text = on_text.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => {
                on_text.emit(String::new());
                event.target_unchecked_into::<HtmlElement>().blur().unwrap_or_default();
            }
            "Enter" => first_result().iter().for_each(HtmlElement::click),
            "ArrowDown" => {
                event.prevent_default();
                focus(first_result());
            }
            _ => {}
        })
    };
    html! {
        <label class="search">
            { icon(Icon::Search) }
            <span class="visually-hidden">{ "Search the module" }</span>
            <input
                id={FIELD}
                type="search"
                placeholder="Search names and types"
                autocomplete="off"
                spellcheck="false"
                value={text}
                {oninput}
                {onkeydown}
            />
            <kbd aria-hidden="true">{ "/" }</kbd>
        </label>
    }
}

/// The first result on show.
fn first_result() -> Option<HtmlElement> {
    let document = web_sys::window()?.document()?;
    document.query_selector(".results button").ok()??.dyn_into().ok()
}

fn focus(element: Option<HtmlElement>) {
    if let Some(element) = element {
        element.focus().unwrap_or_default();
    }
}

/// Goes with the arrow keys from a result to the next or the one before.
fn move_among(event: &KeyboardEvent) {
    let item = event.target_unchecked_into::<web_sys::Element>().parent_element();
    let beside = match event.key().as_str() {
        "ArrowDown" => item.and_then(|item| item.next_element_sibling()),
        "ArrowUp" => item.and_then(|item| item.previous_element_sibling()),
        _ => return,
    };
    event.prevent_default();
    focus(beside.and_then(|item| item.first_element_child()?.dyn_into().ok()));
}

/// Properties of [`SearchResults`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ResultsProps {
    /// What is looked for.
    pub text: AttrValue,
    /// The module it is looked for in.
    pub module: Shared<ModuleView>,
}

#[derive(Debug, PartialEq)]
struct Found {
    text: String,
    total: u32,
    rows: Vec<FoundView>,
}

/// What was found.
#[function_component]
pub fn SearchResults(props: &ResultsProps) -> Html {
    let page = use_page();
    let found = use_state(|| None::<Rc<Found>>);
    {
        let (found, wanted) = (found.setter(), props.text.clone());
        use_replies(&page.engine, move |reply| {
            if let Reply::Found { text, total, rows } = &**reply
                && *text == *wanted
            {
                found.set(Some(Rc::new(Found {
                    text: text.clone(),
                    total: *total,
                    rows: rows.clone(),
                })));
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with(props.text.clone(), move |text| {
            page.ask(&Request::Search { text: text.to_string(), count: COUNT });
        });
    }
    let Some(found) = found.as_ref().filter(|found| *found.text == *props.text) else {
        return html! { <p class="empty mute" role="status">{ "Searching…" }</p> };
    };
    let rows = found.rows.iter().map(|row| {
        let (page, module, row) = (page.clone(), props.module.clone(), row.clone());
        let section = module
            .sections
            .get(row.section as usize)
            .map_or("", |section| &section.title)
            .to_owned();
        let entry = row.entry.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            go_to_entry(&page, &module, row.section, &row.entry);
        });
        html! {
            <li>
                <button type="button" class="node entry" title={format!("{} · {}", entry.label, entry.detail)} {onclick}>
                    <span class="label">{ entry.label }</span>
                    <span class="detail">{ section }</span>
                </button>
            </li>
        }
    });
    html! {
        <div class="results">
            <p class="mute" role="status">{ summary(found) }</p>
            <ul onkeydown={Callback::from(|event: KeyboardEvent| move_among(&event))}>{ for rows }</ul>
        </div>
    }
}

fn summary(found: &Found) -> String {
    let shown = found.rows.len() as u32;
    match found.total {
        0 => format!("Nothing is called “{}”.", found.text),
        total if total > shown => format!("{} of {} found", shown, format::count(f64::from(total))),
        total => format!("{} found", format::count(f64::from(total))),
    }
}
