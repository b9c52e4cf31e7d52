//! The bar at the bottom of the narrow layout.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::model::Pane;

const PANES: &[(Pane, &str, Icon)] = &[
    (Pane::Module, "Module", Icon::Module),
    (Pane::Code, "Code", Icon::Code),
    (Pane::Bytes, "Bytes", Icon::Bytes),
    (Pane::State, "State", Icon::State),
    (Pane::Terminal, "Terminal", Icon::Terminal),
];

/// Draws the bar that chooses the pane of the narrow layout, and above it how the
/// run is doing, which leads to its state.
pub fn pane_bar(
    shown: Pane,
    has_terminal: bool,
    outcome: Option<String>,
    on_pane: &Callback<Pane>,
) -> Html {
    let there = PANES.iter().filter(|(pane, ..)| has_terminal || *pane != Pane::Terminal);
    let leads_to = if has_terminal { Pane::Terminal } else { Pane::State };
    let buttons = there.map(|(pane, name, picture)| {
        let current = (*pane == shown).then_some("page");
        let onclick = on_pane.reform(|_: MouseEvent| *pane);
        html! {
            <button type="button" aria-current={current} {onclick}>{ icon(*picture) }<span>{ *name }</span></button>
        }
    });
    html! {
        <nav class="pane-bar" aria-label="Panes" style={if has_terminal { "--panes:5" } else { "--panes:4" }}>
            if let Some(outcome) = outcome {
                <button type="button" class="standing" onclick={on_pane.reform(move |_: MouseEvent| leads_to)}>{ outcome }</button>
            }
            { for buttons }
        </nav>
    }
}
