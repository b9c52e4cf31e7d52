//! How functions are executed: by the stepper, or as microcode.

use yew::prelude::*;

use super::class::class;
use crate::hooks::{Page, use_page};
use crate::model::Action;
use crate::protocol::{CodePlace, Fate, Tier, TranslationView, TranslationsView};
use crate::view::format;
use crate::view::shared::Shared;
use crate::view::tiers::{cut, said};

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
    /// How functions are executed.
    pub tier: Tier,
    /// How they have been executed, once there is a run.
    pub view: Option<Shared<TranslationsView>>,
}

/// The functions that have been executed, and how.
#[function_component]
pub fn Tiers(props: &Props) -> Html {
    let page = use_page();
    let is_by_index = use_state_eq(|| false);
    let tier = props.tier;
    let on_tier = {
        let page = page.clone();
        Callback::from(move |tier| page.tell(Action::SetTier(tier)))
    };
    let list = props.view.as_ref().map(|view| {
        let mut rows = Vec::with_capacity(view.rows.len());
        for row in &view.rows {
            // A few hundred at most: sorting them otherwise takes more code than the rest of this.
            let behind = |other: &&TranslationView| other.function < row.function;
            let place = if *is_by_index { rows.partition_point(behind) } else { rows.len() };
            rows.insert(place, row);
        }
        let rows = rows.into_iter().map(|row| draw_row(row, view.module, tier, &page));
        html! {
            <>
                { sums(view, tier) }
                { words() }
                if view.counted > 0 {
                    <div class="orders" role="group" aria-label="Order of the functions">
                        { order(&is_by_index, false, "Most hits first") }
                        { order(&is_by_index, true, "As in the module") }
                    </div>
                    <ul class="rows-list">{ for rows }</ul>
                }
            </>
        }
    });
    html! {
        <div class="tiers">
            { tier_menu(tier, &on_tier) }
            <p class="mute">{ meaning(tier) }</p>
            if let Some(list) = list {
                { list }
            } else {
                <p class="empty mute">{ "What is executed how is listed here once a call is started." }</p>
            }
        </div>
    }
}

/// How many functions there are, and what their microcode takes.
fn sums(view: &TranslationsView, tier: Tier) -> Html {
    let size = |bytes: u32| format::size(f64::from(bytes));
    let counted = format::counted(view.counted, "function");
    let step = format::count(view.step);
    html! {
        <>
            <h3>
                { format!("{counted} counted{}", if tier == Tier::Stepper { " before" } else { "" }) }
                <span class="mute">{ format!("{} translated, {}", format::count(view.translated.into()), size(view.operators)) }</span>
            </h3>
            if view.counted == 0 && tier != Tier::Stepper {
                <p class="mute">{ format!("At step {step}. The stepper executes single steps and slow runs, without counting: run at full speed.") }</p>
            } else {
                <p class="mute">{ format!("At step {step}. {} with entries and tables.", size(view.bytes)) }</p>
            }
        </>
    }
}

fn order(is_by_index: &UseStateHandle<bool>, to: bool, name: &'static str) -> Html {
    let setter = is_by_index.setter();
    html! {
        <button
            type="button"
            class="link"
            aria-pressed={if **is_by_index == to { "true" } else { "false" }}
            onclick={Callback::from(move |_: MouseEvent| setter.set(to))}
        >
            { name }
        </button>
    }
}

fn draw_row(row: &TranslationView, module: u32, tier: Tier, page: &Page) -> Html {
    let (page, function) = (page.clone(), row.function);
    let onclick = Callback::from(move |_: MouseEvent| {
        page.tell(Action::ShowInstruction(CodePlace { module, function, row: 0 }));
    });
    let (head, tail) = cut(&row.name);
    html! {
        <li key={function}>
            <button type="button" class="function" {onclick}>
                { fate_sign(&row.fate, tier) }
                <code title={format!("func {function} {}", row.name)}><span>{ head }</span>{ tail }</code>
                <span class="mute">{ said(row, tier) }</span>
            </button>
        </li>
    }
}

/// What the words in the rows mean.
fn words() -> Html {
    const WORDS: [(&str, &str); 4] = [
        (
            "hit",
            "a call of the function, or a round of one of its loops; in microcode told from how much was executed",
        ),
        (
            "score",
            "what translating is worth: six tenths for hits, four tenths for how much was executed. With the score that is wanted, a function is translated at its next call or round",
        ),
        ("88 B", "bytes of its operators, as beside its code"),
        (
            "with entries and tables",
            "what microcode takes in all: operators, where the stepper may enter them, and what is counted of functions",
        ),
    ];
    let rows = WORDS.iter().map(|(word, meaning)| {
        html! { <div><dt>{ *word }</dt><dd>{ *meaning }</dd></div> }
    });
    html! {
        <details class="meanings">
            <summary>{ "What the words mean" }</summary>
            <dl>{ for rows }</dl>
        </details>
    }
}

/// A dot in the colour of what executes a function; its text says the same.
fn fate_sign(fate: &Fate, tier: Tier) -> Html {
    let name = match fate {
        Fate::Translated { .. } if tier != Tier::Stepper => "good",
        Fate::Translated { .. } | Fate::Waits { .. } => "waits",
        Fate::Refused(_) => "bad",
    };
    html! { <i class={class(&["sign", name])} aria-hidden="true"></i> }
}

fn meaning(tier: Tier) -> &'static str {
    match tier {
        Tier::Automatic => "Functions are translated to microcode when they are worth it.",
        Tier::Stepper => "The stepper executes everything. It counts nothing.",
        Tier::Microcode => "Functions are translated when they are first executed.",
    }
}
