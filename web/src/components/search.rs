//! Looking for something: an entry by name, text, bytes.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Icon, icon};
use super::structure::go_to_entry;
use crate::hooks::{Page, use_page, use_replies};
use crate::model::{Action, Pane};
use crate::protocol::{FoundView, ModuleView, Reply, Request, Span, WhatView};
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
                placeholder="Search names, text, bytes"
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
    /// Whether the search goes on.
    more: bool,
}

/// What was found.
#[function_component]
pub fn SearchResults(props: &ResultsProps) -> Html {
    let page = use_page();
    let found = use_state(|| None::<Rc<Found>>);
    {
        let (found, wanted, asking) = (found.setter(), props.text.clone(), page.clone());
        use_replies(&page.engine, move |reply| {
            if let Reply::Found { text, total, rows, more } = &**reply
                && *text == *wanted
            {
                if *more {
                    asking.ask(&Request::SearchOn);
                }
                found.set(Some(Rc::new(Found {
                    text: text.clone(),
                    total: *total,
                    rows: rows.clone(),
                    more: *more,
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
        let (page, module) = (page.clone(), props.module.clone());
        let section = module
            .sections
            .get(row.section as usize)
            .map_or("", |section| &section.title)
            .to_owned();
        match &row.what {
            WhatView::Entry(entry) => {
                let (title, label) =
                    (format!("{} · {}", entry.label, entry.detail), entry.label.clone());
                let (index, entry) = (row.section, entry.clone());
                let go = move || go_to_entry(&page, &module, index, &entry);
                result(title, html! { { label } }, section, go)
            }
            WhatView::Text { span, before, text, after } => {
                let label = html! { <>{ before }<mark>{ text }</mark>{ after }</> };
                let at = format::offset(span.start);
                result(at.clone(), label, format!("{at} · {section}"), bytes(page, *span))
            }
            WhatView::Bytes { span, bytes: found } => {
                let length = (span.end - span.start) as usize;
                let (found, behind) = found.split_at_checked(length).unwrap_or((found, &[]));
                let label = html! {
                    <>
                        <mark>{ format::bytes(found) }</mark>
                        { format!(" {}", format::bytes(behind)) }
                    </>
                };
                let at = format::offset(span.start);
                result(at.clone(), label, format!("{at} · {section}"), bytes(page, *span))
            }
        }
    });
    html! {
        <div class="results">
            <p class="mute" role="status">{ summary(found) }</p>
            <ul onkeydown={Callback::from(|event: KeyboardEvent| move_among(&event))}>{ for rows }</ul>
        </div>
    }
}

/// Something that was found, which leads there.
fn result(title: String, label: Html, section: String, go: impl Fn() + 'static) -> Html {
    html! {
        <li>
            <button type="button" class="node entry" {title} onclick={Callback::from(move |_: MouseEvent| go())}>
                <span class="label">{ label }</span>
                <span class="detail">{ section }</span>
            </button>
        </li>
    }
}

/// Goes to bytes of the module.
fn bytes(page: Page, span: Span) -> impl Fn() {
    move || {
        page.tell(Action::Pin(span.start));
        page.tell(Action::ShowPane(Pane::Bytes));
    }
}

fn summary(found: &Found) -> String {
    let shown = found.rows.len() as u32;
    let so_far = if found.more { " so far…" } else { "" };
    match found.total {
        0 if found.more => "Searching…".to_owned(),
        0 => format!("“{}” is not there: no name, no text, no bytes.", found.text),
        total if total > shown => {
            format!("{shown} of {} found{so_far}", format::count(f64::from(total)))
        }
        total => format!("{} found{so_far}", format::count(f64::from(total))),
    }
}
