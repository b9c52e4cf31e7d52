//! The spill store: what the run is committed to, and goes on from after a reload or a power cut.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::class::class;
use crate::hooks::{Page, use_page, use_replies};
use crate::protocol::{
    Reply, Request, SPILL, SPILL_ROWS, SpillModel, SpillPhase, SpillRequest, SpillView,
};
use crate::view::format;

/// What is known of the store, and why the last request about it was refused.
#[derive(Debug, Clone, Default)]
struct Known {
    view: Option<Rc<Reply>>,
    refused: Option<String>,
}

impl Known {
    fn view(&self) -> Option<&SpillView> {
        match self.view.as_deref() {
            Some(Reply::Spill(view)) => Some(view),
            _ => None,
        }
    }
}

/// Hears of the store, which is looked for first.
#[hook]
fn use_spill(page: &Page) -> Known {
    let known = use_mut_ref(Known::default);
    let update = use_force_update();
    {
        let known = known.clone();
        use_replies(&page.engine, move |reply| {
            let mut known = known.borrow_mut();
            match &**reply {
                Reply::Spill(_) => {
                    (known.view, known.refused) = (Some(Rc::clone(reply)), None);
                }
                Reply::Refused { request, error } if request == SPILL => {
                    known.refused = Some(error.title.clone());
                }
                _ => return,
            }
            update.force_update();
        });
    }
    {
        let page = page.clone();
        use_effect_with((), move |()| ask(&page, SpillRequest::Look { from: 0 }));
    }
    known.borrow().clone()
}

fn ask(page: &Page, request: SpillRequest) {
    page.ask(&Request::Spill(request));
}

fn button(page: &Page, name: &str, style: &'static str, on: bool, request: SpillRequest) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| ask(&page, request.clone()));
    html! { <button type="button" class={style} disabled={!on} {onclick}>{ name }</button> }
}

/// Offers to go on with a run that was found in the store.
#[function_component]
pub fn SpillOffer() -> Html {
    let page = use_page();
    let known = use_spill(&page);
    match known.view().filter(|view| view.is_offered).and_then(|view| view.offer.clone()) {
        Some(offer) => html! {
            <div class="spill-offer">
                <p><strong>{ "A run was committed" }</strong>{ " " }<span class="mute">{ offer }</span></p>
                { button(&page, "Go on", "secondary", true, SpillRequest::Resume) }
                if let Some(reason) = known.refused {
                    <p class="message" role="alert">{ reason }</p>
                }
            </div>
        },
        None => Html::default(),
    }
}

/// The store of the module on show.
#[function_component]
pub fn SpillStore() -> Html {
    let page = use_page();
    let known = use_spill(&page);
    let Some(view) = known.view() else { return Html::default() };
    html! {
        <section class="spill" aria-label="Spill store">
            <h3>{ "Spill store" }<span class="mute">{ &view.title }</span></h3>
            if let Some(trouble) = known.refused.as_ref().or(view.trouble.as_ref()) {
                <p class="message" role="alert">{ trouble }</p>
            }
            { actions(view, &page) }
            if !view.report.is_empty() {
                <div class="report" role="status">
                    <h4>{ "Found when it was opened" }</h4>
                    <ul>{ for view.report.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
                </div>
            }
            if view.phase == SpillPhase::Open {
                { settings(view, &page) }
                { table(&view.facts) }
                { model(view, &page) }
                { objects(view, &page) }
            }
        </section>
    }
}

fn actions(view: &SpillView, page: &Page) -> Html {
    let clear = || button(page, "Remove the store", "secondary", true, SpillRequest::Clear);
    let pull =
        |name, on, during| button(page, name, "secondary", on, SpillRequest::Pull { during });
    match view.phase {
        SpillPhase::Looking => Html::default(),
        SpillPhase::Damaged => html! {
            <>
                <p class="mute">{ "It is left as it is, and nothing of it is used. Runs go on in memory." }</p>
                <div class="buttons">{ clear() }</div>
            </>
        },
        SpillPhase::Off => html! {
            <>
                <p class="mute">{ "RAM has lost what it held. What is left is in the store." }</p>
                <div class="buttons">
                    { button(page, "Plug in again", "primary", true, SpillRequest::Reopen) }
                </div>
            </>
        },
        SpillPhase::Open => html! {
            <>
                <div class="buttons">
                    { button(page, "Commit now", "secondary", view.can_commit, SpillRequest::Commit) }
                    { pull("Pull the plug", true, false) }
                    { pull("Pull it during a commit", view.can_commit, true) }
                </div>
                if let Some(offer) = &view.offer {
                    <div class="committed">
                        <p><span class="mute">{ "Committed: " }</span>{ offer }</p>
                        <div class="buttons">
                            { button(page, "Go on from there", "secondary", true, SpillRequest::Resume) }
                            { clear() }
                        </div>
                    </div>
                }
            </>
        },
    }
}

fn number(
    label: &str,
    value: u32,
    page: &Page,
    set: impl Fn(u32) -> SpillRequest + 'static,
) -> Html {
    let page = page.clone();
    let onchange = Callback::from(move |event: Event| {
        let text = event.target_unchecked_into::<HtmlInputElement>().value();
        if let Some(number) = format::parse_count(&text).and_then(|it| u32::try_from(it).ok()) {
            ask(&page, set(number));
        }
    });
    html! {
        <label>
            <span>{ label }</span>
            <input inputmode="numeric" autocomplete="off" value={value.to_string()} {onchange} />
        </label>
    }
}

fn settings(view: &SpillView, page: &Page) -> Html {
    html! {
        <div class="settings">
            { number("Pages in RAM from the next start on (0: all)", view.frames, page, SpillRequest::Frames) }
            { number("Commit when a run stops, and when so many pages were stored (0: never)", view.every, page, SpillRequest::Every) }
        </div>
    }
}

fn table(rows: &[(String, String)]) -> Html {
    let rows = rows.iter().map(|(name, value)| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    });
    html! { <dl>{ for rows }</dl> }
}

fn model(view: &SpillView, page: &Page) -> Html {
    let SpillModel { cycles, write, read } = view.model;
    html! {
        <details>
            <summary>{ "What a device would make of it: a model" }</summary>
            <p class="mute">{ "Reckoned, not measured, with numbers that you can set to those of a part." }</p>
            <div class="settings">
                { number("Writes that a slot takes", cycles, page, move |cycles| SpillRequest::Model(SpillModel { cycles, write, read })) }
                { number("µs to write a slot", write, page, move |write| SpillRequest::Model(SpillModel { cycles, write, read })) }
                { number("µs to read a slot", read, page, move |read| SpillRequest::Model(SpillModel { cycles, write, read })) }
            </div>
            { table(&view.estimates) }
        </details>
    }
}

fn objects(view: &SpillView, page: &Page) -> Html {
    let rows = view.rows.iter().map(|row| {
        html! {
            <tr>
                <th scope="row">{ &row.name }</th>
                <td>{ row.epoch }</td>
                <td>{ row.bytes }</td>
                <td>{ row.writes }</td>
                <td class="mute">{ &row.other }</td>
            </tr>
        }
    });
    let last = view.from.saturating_add(SPILL_ROWS).min(view.total);
    let turn = |name, on, from| button(page, name, "link", on, SpillRequest::Look { from });
    html! {
        <details>
            <summary>{ format!("What is in it: {}", format::counted(view.total, "object")) }</summary>
            if view.total > 0 {
                <table>
                    <thead><tr><th>{ "Object" }</th><th>{ "Epoch" }</th><th>{ "Bytes" }</th><th>{ "Written" }</th><th>{ "Other slot" }</th></tr></thead>
                    <tbody>{ for rows }</tbody>
                </table>
            }
            if view.total > SPILL_ROWS {
                <p class={class(&["turns", "mute"])}>
                    { turn("Before", view.from > 0, view.from.saturating_sub(SPILL_ROWS)) }
                    { format!("{} to {last} of {}", view.from + 1, view.total) }
                    { turn("Next", last < view.total, last) }
                </p>
            }
        </details>
    }
}
