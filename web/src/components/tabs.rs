//! Tabs.

use yew::prelude::*;

/// Draws tabs named so: arrow keys move between them, only the chosen one is
/// reached with Tab. The ids of tabs and panel begin with `id`.
pub fn tabs(
    label: &'static str,
    id: &'static str,
    names: &[AttrValue],
    chosen: usize,
    on_choose: &Callback<usize>,
) -> Html {
    let onkeydown = {
        let (count, on_choose) = (names.len(), on_choose.clone());
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowRight" => (chosen + 1) % count,
                "ArrowLeft" => (chosen + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(to);
            focus(&tab_id(id, to));
        })
    };
    let tabs = names.iter().enumerate().map(|(index, name)| {
        let is_chosen = index == chosen;
        html! {
            <button
                type="button"
                role="tab"
                id={tab_id(id, index)}
                aria-selected={if is_chosen { "true" } else { "false" }}
                aria-controls={is_chosen.then(|| panel_id(id))}
                tabindex={if is_chosen { "0" } else { "-1" }}
                onclick={on_choose.reform(move |_| index)}
            >
                { name }
            </button>
        }
    });
    html! { <div class="tabs" role="tablist" aria-label={label} {onkeydown}>{ for tabs }</div> }
}

/// Id of a tab.
pub fn tab_id(id: &str, index: usize) -> String {
    format!("{id}-tab-{index}")
}

/// Id of the panel the chosen tab shows.
pub fn panel_id(id: &str) -> String {
    format!("{id}-panel")
}

fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // Focus fails only for an element that cannot take it.
        let _ = element.focus();
    }
}
