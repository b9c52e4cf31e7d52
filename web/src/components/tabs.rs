//! Tabs.

use yew::prelude::*;

/// Properties of [`Tabs`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What the tabs choose between.
    pub label: &'static str,
    /// Prefix of the ids of tabs and panels.
    pub id: &'static str,
    /// Their names.
    pub names: Vec<AttrValue>,
    /// The chosen one.
    pub chosen: usize,
    /// Another one was chosen.
    pub on_choose: Callback<usize>,
}

/// Tabs: arrow keys move between them, only the chosen one is reached with Tab.
#[function_component]
pub fn Tabs(props: &Props) -> Html {
    let onkeydown = {
        let (chosen, count, id, on_choose) =
            (props.chosen, props.names.len(), props.id, props.on_choose.clone());
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
    let tabs = props.names.iter().enumerate().map(|(index, name)| {
        let is_chosen = index == props.chosen;
        html! {
            <button
                type="button"
                role="tab"
                id={tab_id(props.id, index)}
                aria-selected={if is_chosen { "true" } else { "false" }}
                aria-controls={is_chosen.then(|| panel_id(props.id))}
                tabindex={if is_chosen { "0" } else { "-1" }}
                onclick={props.on_choose.reform(move |_| index)}
            >
                { name }
            </button>
        }
    });
    html! { <div class="tabs" role="tablist" aria-label={props.label} {onkeydown}>{ for tabs }</div> }
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
