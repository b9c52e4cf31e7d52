//! How functions are executed: by the stepper, or as microcode.

use yew::prelude::*;

use super::class::class;
use crate::hooks::Page;
use crate::model::Action;
use crate::protocol::{CodePlace, Fate, Tier, TranslationView, TranslationsView};
use crate::view::format;

/// The choices, in words.
const TIERS: [(Tier, &str); 3] =
    [(Tier::Automatic, "Automatic"), (Tier::Stepper, "Stepper"), (Tier::Microcode, "Microcode")];

/// Draws the choice of how functions are executed.
pub fn tier_menu(current: Tier, on_tier: &Callback<Tier>) -> Html {
    let onchange = on_tier.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<web_sys::HtmlSelectElement>().selected_index();
        let tier = usize::try_from(chosen).ok().and_then(|index| TIERS.get(index));
        tier.map_or(Tier::Automatic, |(tier, _)| *tier)
    });
    let options = TIERS.iter().map(|(tier, name)| {
        html! { <option selected={*tier == current}>{ *name }</option> }
    });
    html! {
        <select class="tier" aria-label="Tier" title="How functions are executed" {onchange}>{ for options }</select>
    }
}

/// Draws the functions that have been executed, and how.
pub fn tiers(tier: Tier, view: Option<&TranslationsView>, page: &Page) -> Html {
    let on_tier = {
        let page = page.clone();
        Callback::from(move |tier| page.tell(Action::SetTier(tier)))
    };
    let module = view.map_or(0, |view| view.module);
    let row = |view: &TranslationView| {
        let (page, function) = (page.clone(), view.function);
        let onclick = Callback::from(move |_: MouseEvent| {
            page.tell(Action::ShowInstruction(CodePlace { module, function, row: 0 }));
        });
        html! {
            <li>
                <button type="button" class="function" {onclick}>
                    { fate_sign(view.fate) }
                    <code>{ &view.name }</code>
                    <span class="mute">{ &view.text }</span>
                </button>
            </li>
        }
    };
    html! {
        <div class="tiers">
            { tier_menu(tier, &on_tier) }
            <p class="mute">{ meaning(tier) }</p>
            if let Some(view) = view {
                <h3>
                    { format!("{} executed", format::counted(view.executed, "function")) }
                    <span class="mute">{ format!("{} translated, {}", format::count(f64::from(view.translated)), format::size(f64::from(view.bytes))) }</span>
                </h3>
                <ul class="rows-list">{ for view.rows.iter().map(row) }</ul>
            } else {
                <p class="empty mute">{ "What is executed how is listed here once a call is started." }</p>
            }
        </div>
    }
}

/// A dot in the colour of what executes a function; its text says the same.
fn fate_sign(fate: Fate) -> Html {
    let name = match fate {
        Fate::Translated => "good",
        Fate::Waits => "waits",
        Fate::Refused => "bad",
    };
    html! { <i class={class(&["sign", name])} aria-hidden="true"></i> }
}

fn meaning(tier: Tier) -> &'static str {
    match tier {
        Tier::Automatic => "Functions are translated to microcode when they are worth it.",
        Tier::Stepper => "The stepper executes everything.",
        Tier::Microcode => "Functions are translated when they are first executed.",
    }
}
