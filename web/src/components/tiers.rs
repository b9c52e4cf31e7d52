//! How functions are executed: by the stepper, or as microcode.

use yew::prelude::*;

use super::class::class;
use crate::hooks::{use_page, use_replies};
use crate::model::Action;
use crate::protocol::{CodePlace, Fate, Reply, Request, Tier, TranslationView, TranslationsView};
use crate::view::format;
use crate::view::shared::Shared;

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

/// Properties of [`Tiers`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The module on show.
    pub module: u32,
    /// Changes whenever the program has moved; none if there is none.
    pub epoch: Option<u64>,
    /// How functions are executed.
    pub tier: Tier,
}

/// The functions that have been executed, and how.
#[function_component]
pub fn Tiers(props: &Props) -> Html {
    let page = use_page();
    let known = use_state(|| None::<Shared<TranslationsView>>);
    let module = props.module;
    {
        let known = known.setter();
        use_replies(&page.engine, move |reply| {
            if let Reply::Translations(view) = &**reply {
                known.set(Some(Shared::new(view.clone())));
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with((module, props.epoch, props.tier), move |(module, epoch, _)| {
            if epoch.is_some() {
                page.ask(&Request::Translations { module: *module });
            }
        });
    }
    let on_tier = {
        let page = page.clone();
        Callback::from(move |tier| page.tell(Action::SetTier(tier)))
    };
    let view = (*known).clone().filter(|view| view.module == module && props.epoch.is_some());
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
            { tier_menu(props.tier, &on_tier) }
            <p class="mute">{ meaning(props.tier) }</p>
            if let Some(view) = &view {
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
