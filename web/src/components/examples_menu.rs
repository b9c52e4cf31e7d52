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
    /// The examples there are, once known.
    pub examples: Option<Shared<Examples>>,
    /// They are going to be looked at.
    pub on_list: Callback<()>,
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
            <button type="button" class="tool labelled" data-opens="" popovertarget={ID} aria-label="Examples" title="Open an example" onclick={props.on_list.reform(|_: MouseEvent| ())}>
                { icon(Icon::Examples) }
                <span>{ "Examples" }</span>
            </button>
            <div class="menu" data-opens="" id={ID} popover="auto" role="dialog" aria-label="Examples">
                if let Some(examples) = &props.examples {
                    { group("Examples", &examples.modules) }
                    { group("Programs for the terminal", &examples.programs) }
                    { group("Broken on purpose", &examples.broken) }
                } else {
                    <p class="empty mute">{ "The examples are being fetched…" }</p>
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
