//! Values and their types.

use yew::prelude::*;

use super::class::{class, when};
use super::origin::origin_button;
use crate::hooks::Page;
use crate::protocol::{OriginOf, ValueView};

/// The class that gives a type its hue.
pub fn type_class(ty: &str) -> &'static str {
    match ty {
        "i32" => "t-i32",
        "i64" => "t-i64",
        "f32" => "t-f32",
        "f64" => "t-f64",
        "v128" => "t-v128",
        // Of bytes and of what stands in the code, not of values.
        "i8" | "i16" | "u32" | "u64" | "s33" | "type" | "byte" => "",
        _ => "t-ref",
    }
}

/// Draws a value: name, text, raw bits, type, and what can be done with it. One that
/// changed is marked by colour, weight and a sign; what is about to happen to it is said.
pub fn value(view: &ValueView, state: &'static str, role: Option<&str>, acts: Html) -> Html {
    let note = view.changed.then(|| html! { <span class="visually-hidden">{ ", changed" }</span> });
    html! {
        <li class={class(&["value", type_class(&view.ty), state, when(view.changed, "changed")])}>
            <span class="name">{ &view.name }</span>
            <span class="text">
                // A value that changes again must flash again, so it is another element.
                <span key={view.bits.clone()} class="number">{ &view.text }</span>
                if view.bits != view.text {
                    <span class="bits mute">{ &view.bits }</span>
                }
                { note.unwrap_or_default() }
            </span>
            <span class="type">
                if let Some(role) = role {
                    <span class="role">{ format!("{role} · ") }</span>
                }
                { &view.ty }
            </span>
            { acts }
        </li>
    }
}

/// How to ask where values came from, by their indices.
#[derive(Debug, Clone, Copy)]
pub struct Asks<'a> {
    /// Who asks.
    pub page: &'a Page,
    /// What to ask.
    pub of: fn(u32) -> OriginOf,
}

/// Draws values one below the other, which can be asked about if it is said how.
pub fn values(views: &[ValueView], empty: &'static str, asks: Option<Asks<'_>>) -> Html {
    values_with(views, empty, |index, view| {
        let origin = asks.map(|it| origin_button(&view.name, (it.of)(index), it.page));
        origin.unwrap_or_default()
    })
}

/// The same, with what can be done with each: which it is, and the value.
pub fn values_with(
    views: &[ValueView],
    empty: &'static str,
    acts: impl Fn(u32, &ValueView) -> Html,
) -> Html {
    if views.is_empty() {
        return html! { <p class="empty mute">{ empty }</p> };
    }
    let rows = (0..).zip(views).map(|(index, view)| value(view, "", None, acts(index, view)));
    html! { <ul class="values">{ for rows }</ul> }
}
