//! What the page shows while no module is open.

use yew::prelude::*;

use crate::view::examples::FIRST;
use crate::view::keyboard::Command;

/// Draws what there is to do here, and the ways to begin.
pub fn welcome(on_example: &Callback<String>, on_command: &Callback<Command>) -> Html {
    let on_try = on_example.reform(|_: MouseEvent| FIRST.to_owned());
    let on_open = on_command.reform(|_: MouseEvent| Command::Open);
    html! {
        <div class="empty welcome">
            <h2>{ "WebAssembly, instruction by instruction" }</h2>
            <p>{ "Drop a .wasm file anywhere on the page, open one, or choose an example. It stays on this machine." }</p>
            <div>
                <button type="button" class="primary" data-opens="" onclick={on_try}>{ "Try an example" }</button>
                <button type="button" class="secondary" data-opens="" onclick={on_open}>{ "Open a file" }</button>
            </div>
        </div>
    }
}
