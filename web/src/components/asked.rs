//! The call of an import that a person answers.

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::prose::prose;
use crate::hooks::use_page;
use crate::protocol::{AskedView, ErrorView, Request};
use crate::view::arguments;
use crate::view::shared::Shared;

/// Properties of [`Asked`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The call.
    pub asked: AskedView,
    /// Why the last answer was refused.
    pub refused: Option<Shared<ErrorView>>,
}

/// A form for the results of a call. Its first field has the focus, so that one
/// call after the other can be answered from the keyboard.
#[function_component]
pub fn Asked(props: &Props) -> Html {
    let page = use_page();
    let form = use_node_ref();
    use_effect_with(props.asked.number as u64, {
        let form = form.clone();
        move |_| {
            let first = form.cast::<web_sys::Element>().and_then(|form| {
                form.query_selector("input, button").ok()??.dyn_into::<web_sys::HtmlElement>().ok()
            });
            if let Some(first) = first {
                // Fails only for what is not on show, as on a phone.
                let _ = first.focus();
            }
        }
    });
    let onsubmit = {
        let form = form.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            page.ask(&Request::Answer { values: texts(&form) });
        })
    };
    let wrong = props.refused.as_ref().and_then(|error| error.argument);
    let fields = (0..).zip(&props.asked.results).map(|(index, ty)| {
        html! {
            <label>
                <code class="mute">{ ty }</code>
                <input
                    key={format!("{} {index}", props.asked.number)}
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
        <form class="asked" ref={form} {onsubmit} aria-label="Answer a call" novalidate=true>
            <p role="status"><span class="mute">{ "What does this call return? " }</span><code>{ &props.asked.call }</code></p>
            <div class="given">
                { for fields }
                <button type="submit" class="primary">{ "Answer" }</button>
            </div>
            if let Some(error) = &props.refused {
                <div class="message" role="alert">
                    { for error.details.iter().map(|detail| html! { <p>{ prose(detail) }</p> }) }
                </div>
            }
        </form>
    }
}

/// What is typed into the fields of a form.
fn texts(form: &NodeRef) -> Vec<String> {
    let fields = form
        .cast::<web_sys::Element>()
        .map(|form| form.get_elements_by_tag_name("input"))
        .into_iter()
        .flat_map(|fields| (0..fields.length()).filter_map(move |index| fields.item(index)));
    fields
        .filter_map(|field| field.dyn_into::<HtmlInputElement>().ok())
        .map(|field| field.value())
        .collect()
}
