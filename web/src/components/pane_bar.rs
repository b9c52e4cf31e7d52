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

/// Properties of [`PaneBar`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The pane shown.
    pub pane: Pane,
    /// Another one was chosen.
    pub on_pane: Callback<Pane>,
}

/// Chooses the pane of the narrow layout.
#[function_component]
pub fn PaneBar(props: &Props) -> Html {
    let buttons = PANES.iter().map(|(pane, name, picture)| {
        let current = (*pane == props.pane).then_some("page");
        let onclick = props.on_pane.reform(|_: MouseEvent| *pane);
        html! {
            <button type="button" aria-current={current} {onclick}>{ icon(*picture) }<span>{ *name }</span></button>
        }
    });
    html! { <nav class="pane-bar" aria-label="Panes">{ for buttons }</nav> }
}
