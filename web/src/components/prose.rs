//! Prose that quotes code.

use yew::prelude::*;

/// Draws a text, what stands between backticks in it as code.
pub fn prose(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            html! { <code>{ part }</code> }
        } else {
            html! { part }
        }
    });
    parts.collect()
}
