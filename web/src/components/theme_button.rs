//! Light, dark, or as the system says.

use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::services::memory::Theme;

/// A button that goes through the themes.
#[function_component]
pub fn ThemeButton() -> Html {
    let theme = use_state_eq(Theme::recall);
    use_effect_with(*theme, |theme| theme.apply());
    let onclick = {
        let theme = theme.clone();
        Callback::from(move |_| theme.set(theme.next()))
    };
    let picture = match *theme {
        Theme::System => Icon::System,
        Theme::Light => Icon::Light,
        Theme::Dark => Icon::Dark,
    };
    let label = format!("Theme: {}", theme.name());
    html! {
        <button type="button" class="tool" aria-label={label.clone()} title={label} {onclick}>{ icon(picture) }</button>
    }
}
