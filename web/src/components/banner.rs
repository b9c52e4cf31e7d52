//! What is wrong with the module, or with opening it.

use yew::prelude::*;

use super::icon::{Icon, icon};
use super::prose::prose;
use crate::hooks::Page;
use crate::model::{Action, Pane};
use crate::protocol::ErrorView;
use crate::view::format;

/// Draws what is wrong with the module, and the way to the byte it stands at.
pub fn module_error(error: &ErrorView, page: &Page) -> Html {
    let jump = error.offset.map(|offset| {
        let page = page.clone();
        let onclick = Callback::from(move |_| {
            page.tell(Action::Pin(offset));
            page.tell(Action::ShowPane(Pane::Bytes));
        });
        html! { <button type="button" class="secondary" {onclick}>{ format!("Go to byte {}", format::offset(offset)) }</button> }
    });
    banner(error, jump.unwrap_or_default())
}

/// Draws why a file could not be opened, until it is dismissed.
pub fn failure(error: &ErrorView, can_fetch: bool, page: &Page) -> Html {
    let on = |act: fn(&Page)| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| act(&page))
    };
    let again = on(|page| page.engine.fetch());
    let dismiss = on(|page| page.tell(Action::DismissFailure));
    let buttons = html! {
        <>
            if can_fetch {
                <button type="button" class="secondary" onclick={again}>{ "Try again" }</button>
            }
            <button type="button" class="tool" aria-label="Dismiss" onclick={dismiss}>{ icon(Icon::Close) }</button>
        </>
    };
    banner(error, buttons)
}

/// Draws what has been done, until it is dismissed.
pub fn notice(notice: &str, page: &Page) -> Html {
    let page = page.clone();
    let dismiss = Callback::from(move |_: MouseEvent| page.tell(Action::DismissNotice));
    html! {
        <p class="notice" role="status">
            <span>{ notice }</span>
            <button type="button" class="tool" aria-label="Dismiss" onclick={dismiss}>{ icon(Icon::Close) }</button>
        </p>
    }
}

/// An error, its facts, and what can be done about it.
fn banner(error: &ErrorView, button: Html) -> Html {
    html! {
        <div class="banner" role="alert">
            { icon(Icon::Warning) }
            <div class="words">
                <strong>{ &error.title }</strong>
                { for error.details.iter().map(|detail| html! { <p>{ prose(detail) }</p> }) }
            </div>
            { button }
        </div>
    }
}
