//! Media queries.

use gloo::events::EventListener;
use yew::prelude::*;

/// The narrow layout: one pane at a time, targets large enough for fingers.
pub const NARROW: &str = "(max-width: 900px)";

/// Whether a media query holds now.
pub(super) fn holds(query: &str) -> bool {
    let list = web_sys::window().and_then(|window| window.match_media(query).ok()?);
    list.is_some_and(|list| list.matches())
}

/// Whether a media query holds, now and whenever that changes.
#[hook]
pub fn use_media(query: &'static str) -> bool {
    let list = use_memo(query, |query| {
        web_sys::window().and_then(|window| window.match_media(query).ok()?)
    });
    let holds = use_state_eq(|| (*list).as_ref().is_some_and(web_sys::MediaQueryList::matches));
    let setter = holds.setter();
    use_effect_with(query, move |_| {
        let listener = (*list).clone().map(|list| {
            EventListener::new(&list.clone(), "change", move |_| setter.set(list.matches()))
        });
        move || drop(listener)
    });
    *holds
}
