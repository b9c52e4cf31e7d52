//! The spill store: what the run is committed to, and goes on from after a reload or a power cut.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::hooks::{Page, use_page, use_replies};
use crate::protocol::{Reply, Request, SPILL, SpillField, SpillRequest, SpillView};
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

/// Hears of the store, which is looked for first, and again when a run comes, goes on or stands.
#[hook]
fn use_spill(page: &Page, status: u32) -> Known {
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
        use_effect_with(status, move |_| ask(&page, SpillRequest::Look { from: None }));
    }
    known.borrow().clone()
}

fn ask(page: &Page, request: SpillRequest) {
    page.ask(&Request::Spill(request));
}

fn button(page: &Page, name: &str, is_ready: bool, request: SpillRequest) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| ask(&page, request));
    html! { <button type="button" class="secondary" disabled={!is_ready} {onclick}>{ name }</button> }
}

fn message(text: Option<&String>) -> Html {
    text.map(|text| html! { <p class="message" role="alert">{ text }</p> }).unwrap_or_default()
}

/// Properties of [`SpillStore`].
#[derive(Debug, Clone, PartialEq, Eq, Properties)]
pub struct Props {
    /// A number that changes when a run comes, goes on or stands.
    pub status: u32,
    /// Whether it only offers to go on with a run that was found in the store.
    pub only_offers: bool,
}

/// The store of the module on show.
#[function_component]
pub fn SpillStore(props: &Props) -> Html {
    let page = use_page();
    let known = use_spill(&page, props.status);
    let Some(view) = known.view() else { return Html::default() };
    if props.only_offers {
        return offer(view, &known, &page);
    }
    let actions = view.actions.iter();
    let turn = |name, from: Option<u32>| {
        from.map(|from| button(&page, name, true, SpillRequest::Look { from: Some(from) }))
    };
    html! {
        <section class="spill" aria-label="Spill store">
            <h3>{ "Spill store" }<span class="mute">{ &view.title }</span></h3>
            { message(known.refused.as_ref().or(view.trouble.as_ref())) }
            <p class="mute">{ view.hint.as_ref() }</p>
            <p>{ view.offer.as_ref().map(|offer| format!("Committed: {offer}")) }</p>
            <div class="buttons">
                { for actions.map(|it| button(&page, &it.name, it.is_ready, it.request)) }
            </div>
            if !view.report.is_empty() {
                <ul class="report" role="status" aria-label="Found when it was opened">
                    { for view.report.iter().map(|line| html! { <li>{ line }</li> }) }
                </ul>
            }
            { for view.settings.iter().map(|it| field(it, &page)) }
            { rows(&view.facts) }
            if !view.model.is_empty() {
                <details>
                    <summary>{ "What a device would make of it: a model" }</summary>
                    <p class="mute">{ "Reckoned, not measured, with numbers that can be set to those of a part." }</p>
                    { for view.model.iter().map(|it| field(it, &page)) }
                    { rows(&view.estimates) }
                </details>
                <details>
                    <summary>{ "What is in it: " }{ &view.window }</summary>
                    <table>{ for view.objects.iter().map(|row| html! {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ cell }</td> }) }</tr>
                    }) }</table>
                    <div class="buttons">{ turn("Before", view.before) }{ turn("Next", view.after) }</div>
                </details>
            }
        </section>
    }
}

fn offer(view: &SpillView, known: &Known, page: &Page) -> Html {
    if !view.is_offered {
        return Html::default();
    }
    html! {
        <div class="spill-offer">
            <p><strong>{ "A run was committed" }</strong>{ " " }<span class="mute">{ view.offer.as_ref() }</span></p>
            { button(page, "Go on", true, SpillRequest::Resume) }
            { message(known.refused.as_ref()) }
        </div>
    }
}

/// A number that can be set.
fn field(field: &SpillField, page: &Page) -> Html {
    let (page, what) = (page.clone(), field.what);
    let onchange = Callback::from(move |event: Event| {
        let text = event.target_unchecked_into::<HtmlInputElement>().value();
        if let Some(to) = format::parse_count(&text).and_then(|it| u32::try_from(it).ok()) {
            ask(&page, SpillRequest::Set { what, to });
        }
    });
    html! {
        <label>
            <span>{ &field.name }</span>
            <input inputmode="numeric" autocomplete="off" value={field.value.to_string()} {onchange} />
        </label>
    }
}

fn rows(rows: &[(String, String)]) -> Html {
    let rows = rows.iter().map(|(name, value)| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    });
    html! { <dl>{ for rows }</dl> }
}
