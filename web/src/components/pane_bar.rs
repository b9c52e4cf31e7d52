//! The bar at the bottom of the narrow layout.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::model::Pane;

const PANES: &[(Pane, &str, Icon)] = &[
    (Pane::Module, "Module", Icon::Module),
    (Pane::Code, "Code", Icon::Code),
    (Pane::Bytes, "Bytes", Icon::Bytes),
    (Pane::State, "State", Icon::State),
];

/// Draws the bar that chooses the pane of the narrow layout.
pub fn pane_bar(shown: Pane, on_pane: &Callback<Pane>) -> Html {
    let buttons = PANES.iter().map(|(pane, name, picture)| {
        let current = (*pane == shown).then_some("page");
        let onclick = on_pane.reform(|_: MouseEvent| *pane);
        html! {
            <button type="button" aria-current={current} {onclick}>{ icon(*picture) }<span>{ *name }</span></button>
        }
    });
    html! { <nav class="pane-bar" aria-label="Panes">{ for buttons }</nav> }
}
