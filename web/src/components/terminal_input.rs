//! The line that is typed for a program's standard input.

use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::class::{class, when};
use crate::hooks::{Page, is_typing, use_page};
use crate::protocol::Request;
use crate::view::lines;

/// Properties of [`TerminalInput`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Whether there is a program, and its input has not ended.
    pub listens: bool,
    /// Whether the program waits for a line.
    pub waits: bool,
    /// Whether it goes on by itself once the line is there.
    pub goes_on: bool,
}

/// A field whose lines are sent as they end, several of them when they are pasted.
/// It takes the keyboard when a program that runs begins to wait: what is typed
/// then is meant for the program.
#[function_component]
pub fn TerminalInput(props: &Props) -> Html {
    let page = use_page();
    let field = use_node_ref();
    use_effect_with(props.waits && props.goes_on, {
        let field = field.clone();
        move |waits| {
            let field = field.cast::<HtmlTextAreaElement>();
            if let Some(field) = field.filter(|_| *waits && !is_typing()) {
                // Fails only for what is not on show, as on a phone.
                let _ = field.focus();
            }
        }
    });
    let oninput = {
        let page = page.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlTextAreaElement>();
            let (lines, begun) = lines::complete(&field.value());
            if !lines.is_empty() {
                type_in(&page, Some(lines));
                field.set_value(&begun);
            }
        })
    };
    let onkeydown = {
        let page = page.clone();
        Callback::from(move |event: KeyboardEvent| {
            let field = event.target_unchecked_into::<HtmlTextAreaElement>();
            match event.key().as_str() {
                // However much of the line stands behind the cursor.
                "Enter" if !event.is_composing() => send_line(&field, &page),
                "d" if event.ctrl_key() => end_of_input(&field, &page),
                "Escape" => drop(field.blur()),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onsubmit = {
        let (page, field) = (page.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(field) = field.cast() {
                send_line(&field, &page);
            }
        })
    };
    let end = Callback::from(move |_: MouseEvent| type_in(&page, None));
    let placeholder = match (props.listens, props.waits) {
        (_, true) => "The program waits for a line",
        (true, _) => "Type ahead",
        _ => "Nothing is read now",
    };
    html! {
        <form class={class(&["input", when(props.waits, "waits")])} {onsubmit}>
            <textarea ref={field} rows="1" aria-label="Standard input" autocomplete="off" autocapitalize="off" spellcheck="false" {placeholder} disabled={!props.listens} {oninput} {onkeydown} />
            <button type="submit" class="secondary" disabled={!props.listens}>{ "Enter" }</button>
            <button type="button" class="secondary" disabled={!props.listens} onclick={end} title="Nothing more will be typed (Ctrl+D)">{ "End input" }</button>
        </form>
    }
}

fn send_line(field: &HtmlTextAreaElement, page: &Page) {
    type_in(page, Some(field.value() + "\n"));
    field.set_value("");
}

/// Sends what is there without an end of line, or ends the input: as Ctrl+D does
/// in a terminal.
fn end_of_input(field: &HtmlTextAreaElement, page: &Page) {
    let begun = field.value();
    field.set_value("");
    type_in(page, Some(begun).filter(|begun| !begun.is_empty()));
}

fn type_in(page: &Page, text: Option<String>) {
    page.ask(&Request::Type { text });
}
