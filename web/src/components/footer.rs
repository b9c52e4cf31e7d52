//! The foot of the page: keys worth knowing, and the legend of the hex pane.

use yew::prelude::*;

use crate::view::hex::{LEGEND, kind_class};

/// Keys shown at the foot of the page.
const HINTS: &[(&str, &str)] =
    &[("j", "step"), ("o", "over"), ("u", "out"), ("c", "run"), ("s", "stop"), ("/", "search")];

/// Draws the foot of the page.
pub fn footer(on_keys: &Callback<()>) -> Html {
    let hints = HINTS
        .iter()
        .map(|(key, what)| html! { <span><kbd>{ *key }</kbd>{ format!(" {what}") }</span> });
    let legend = LEGEND.iter().take(7).map(|(kind, name)| {
        html! { <li class={kind_class(*kind)}>{ *name }</li> }
    });
    html! {
        <footer class="foot">
            <div class="hints">
                { for hints }
                <button type="button" class="link" onclick={on_keys.reform(|_: MouseEvent| ())}>
                    <kbd>{ "?" }</kbd>{ " all keys" }
                </button>
            </div>
            <ul class="legend" aria-label="Colours of bytes">{ for legend }</ul>
            <span class="mute">{ "Drop a .wasm anywhere" }</span>
        </footer>
    }
}
