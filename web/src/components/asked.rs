//! The call of an import that a person answers.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::prose::prose;
use crate::hooks::Page;
use crate::protocol::{AskedView, ErrorView, Request};
use crate::view::arguments;

/// Id of the form.
const ID: &str = "answer";

/// Gives the first field the focus, so that one call after the other can be
/// answered from the keyboard.
pub fn focus() {
    let first = form().and_then(|form| {
        form.query_selector("input, button").ok()??.dyn_into::<HtmlElement>().ok()
    });
    if let Some(first) = first {
        // Fails only for what is not on show, as on a phone.
        let _ = first.focus();
    }
}

fn form() -> Option<Element> {
    web_sys::window()?.document()?.get_element_by_id(ID)
}

/// Draws a form for the results of a call.
pub fn asked(asked: &AskedView, refused: Option<&ErrorView>, page: &Page) -> Html {
    let page = page.clone();
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        page.ask(&Request::Answer { values: texts() });
    });
    let wrong = refused.and_then(|error| error.argument);
    let fields = (0..).zip(&asked.results).map(|(index, ty)| {
        html! {
            <label>
                <code class="mute">{ ty }</code>
                <input
                    key={format!("{} {index}", asked.number)}
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder={arguments::placeholder(ty)}
                    aria-label={format!("Result {index}")}
                    aria-invalid={(wrong == Some(index)).then_some("true")}
                />
            </label>
        }
    });
    html! {
        <form id={ID} class="asked" {onsubmit} aria-label="Answer a call" novalidate=true>
            <p role="status"><span class="mute">{ "What does this call return? " }</span><code>{ &asked.call }</code></p>
            <div class="given">
                { for fields }
                <button type="submit" class="primary">{ "Answer" }</button>
            </div>
            if let Some(error) = refused {
                <div class="message" role="alert">
                    { for error.details.iter().map(|detail| html! { <p>{ prose(detail) }</p> }) }
                </div>
            }
        </form>
    }
}

/// What is typed into its fields.
fn texts() -> Vec<String> {
    let fields = form()
        .map(|form| form.get_elements_by_tag_name("input"))
        .into_iter()
        .flat_map(|fields| (0..fields.length()).filter_map(move |index| fields.item(index)));
    fields
        .filter_map(|field| field.dyn_into::<HtmlInputElement>().ok())
        .map(|field| field.value())
        .collect()
}
