//! What the bytes at an address are, read as values.

use yew::prelude::*;

use super::values::type_class;
use crate::protocol::{TypedView, ValueView};
use crate::view::format;

/// Draws the values of every type that begin at a byte of a memory, and the text.
pub fn typed_values(view: &TypedView) -> Html {
    let row = |value: &ValueView| {
        html! { <div class={type_class(&value.ty)}><dt>{ &value.name }</dt><dd>{ &value.text }</dd></div> }
    };
    let text = if view.text.is_empty() { "none" } else { &view.text };
    html! {
        <section class="typed" tabindex="0" aria-label="The selected byte as values">
            <h3>{ "At " }<code>{ format::offset(view.address) }</code><span class="count">{ "little-endian" }</span></h3>
            <dl>
                { for view.values.iter().map(row) }
                <div class="text"><dt>{ "text" }</dt><dd>{ text }</dd></div>
            </dl>
        </section>
    }
}
