//! The modules that come with the page.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::view::examples::{Example, Examples};
use crate::view::shared::Shared;

/// Id of the popover.
const ID: &str = "examples";

/// Properties of [`ExamplesMenu`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The examples there are.
    pub examples: Shared<Examples>,
    /// One was chosen, by file name.
    pub on_choose: Callback<String>,
}

/// A button that lists the examples. The list is a popover: the browser closes
/// it on Escape and on a click beside it.
#[function_component]
pub fn ExamplesMenu(props: &Props) -> Html {
    let group = |title: &'static str, examples: &[Example]| {
        html! {
            if !examples.is_empty() {
                <h2>{ title }</h2>
                <ul>{ for examples.iter().map(|example| row(example, &props.on_choose)) }</ul>
            }
        }
    };
    html! {
        <>
            <button type="button" class="tool labelled" popovertarget={ID} aria-label="Examples" title="Open an example">
                { icon(Icon::Examples) }
                <span>{ "Examples" }</span>
            </button>
            <div class="menu" id={ID} popover="auto" role="dialog" aria-label="Examples">
                if props.examples.modules.is_empty() {
                    <p class="empty mute">{ "No examples lie beside this page." }</p>
                } else {
                    { group("Examples", &props.examples.modules) }
                    { group("Broken on purpose", &props.examples.broken) }
                }
            </div>
        </>
    }
}

fn row(example: &Example, on_choose: &Callback<String>) -> Html {
    let (on_choose, file) = (on_choose.clone(), example.file.clone());
    html! {
        <li>
            <button
                type="button"
                popovertarget={ID}
                popovertargetaction="hide"
                onclick={Callback::from(move |_| on_choose.emit(file.clone()))}
            >
                <strong>{ &example.title }</strong>
                <span class="mute">{ &example.about }</span>
            </button>
        </li>
    }
}
