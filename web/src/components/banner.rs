//! What is wrong with the module, or with opening it.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::protocol::ErrorView;
use crate::view::format;
use crate::view::shared::Shared;

/// Properties of [`Banner`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What is wrong.
    pub error: Shared<ErrorView>,
    /// Goes to the byte the error stands at.
    #[prop_or_default]
    pub on_jump: Option<Callback<u32>>,
    /// Takes the banner away.
    #[prop_or_default]
    pub on_dismiss: Option<Callback<()>>,
}

/// An error, its facts, and the way to its byte.
#[function_component]
pub fn Banner(props: &Props) -> Html {
    let error = &props.error;
    let jump = props.on_jump.as_ref().zip(error.offset).map(|(on_jump, offset)| {
        let onclick = on_jump.reform(move |_: MouseEvent| offset);
        html! { <button type="button" class="secondary" {onclick}>{ format!("Go to byte {}", format::offset(offset)) }</button> }
    });
    let dismiss = props.on_dismiss.as_ref().map(|on_dismiss| {
        let onclick = on_dismiss.reform(|_: MouseEvent| ());
        html! { <button type="button" class="tool" aria-label="Dismiss" {onclick}>{ icon(Icon::Close) }</button> }
    });
    html! {
        <div class="banner" role="alert">
            { icon(Icon::Warning) }
            <div class="words">
                <strong>{ &error.title }</strong>
                { for error.details.iter().map(|detail| html! { <p>{ detail }</p> }) }
            </div>
            { jump.unwrap_or_default() }
            { dismiss.unwrap_or_default() }
        </div>
    }
}
