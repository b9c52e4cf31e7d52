//! All keys, in a dialog.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::view::keyboard::{BINDINGS, keycap};

/// Properties of [`KeysDialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Whether it is shown.
    pub open: bool,
    /// It was closed.
    pub on_close: Callback<()>,
}

/// Lists all keys. The browser keeps the focus inside and closes it on Escape.
#[function_component]
pub fn KeysDialog(props: &Props) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with(props.open, move |open| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                if *open && !dialog.open() {
                    // Fails only for a dialog that is not on the page.
                    let _ = dialog.show_modal();
                } else if !open {
                    dialog.close();
                }
            }
        });
    }
    // Closed through the state alone, which would otherwise learn of it only
    // later: a key pressed in between would be lost.
    let on_cancel = props.on_close.reform(|event: Event| event.prevent_default());
    let on_closed = {
        let (open, on_close, dialog) = (props.open, props.on_close.clone(), dialog.clone());
        Callback::from(move |_: Event| {
            // Closed by the browser itself, not because the state says so; and not opened again
            // before this is told.
            let is_shown = dialog.cast::<HtmlDialogElement>().is_some_and(|dialog| dialog.open());
            if open && !is_shown {
                on_close.emit(());
            }
        })
    };
    let rows = BINDINGS.iter().map(|binding| {
        let keys = binding.keys.iter().map(|key| html! { <kbd>{ keycap(key) }</kbd> });
        html! { <div><dt>{ for keys }</dt><dd>{ binding.label }</dd></div> }
    });
    html! {
        <dialog ref={dialog} class="keys" aria-labelledby="keys-title" oncancel={on_cancel} onclose={on_closed}>
            <header>
                <h2 id="keys-title">{ "Keys" }</h2>
                <button type="button" class="tool" aria-label="Close" onclick={props.on_close.reform(|_: MouseEvent| ())}>
                    { icon(Icon::Close) }
                </button>
            </header>
            <dl>
                { for rows }
                <div><dt><kbd>{ "↑" }</kbd><kbd>{ "↓" }</kbd></dt><dd>{ "Move in a list" }</dd></div>
                <div><dt><kbd>{ "←" }</kbd><kbd>{ "→" }</kbd></dt><dd>{ "Open or close a section; move by a byte" }</dd></div>
            </dl>
            <p class="mute">{ "Keys rest while you type into a field." }</p>
        </dialog>
    }
}
