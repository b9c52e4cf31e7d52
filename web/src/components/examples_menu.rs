//! The modules that come with the page.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::view::examples::Examples;
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
    let rows = props.examples.modules.iter().map(|example| {
        let (on_choose, file) = (props.on_choose.clone(), example.file.clone());
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
    });
    html! {
        <>
            <button type="button" class="tool labelled" popovertarget={ID} title="Open an example">
                { icon(Icon::Examples) }
                <span>{ "Examples" }</span>
            </button>
            <div class="menu" id={ID} popover="auto" role="dialog" aria-label="Examples">
                if props.examples.modules.is_empty() {
                    <p class="empty mute">{ "No examples lie beside this page." }</p>
                } else {
                    <ul>{ for rows }</ul>
                }
            </div>
        </>
    }
}
