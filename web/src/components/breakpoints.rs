//! Breakpoints and watchpoints: a list of them, the buttons that set them, and what a
//! run that has stopped at one says.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::break_form::BreakForm;
use super::class::{class, when};
use super::icon::{Icon, icon};
use super::prose::prose;
use crate::hooks::Page;
use crate::model::Action;
use crate::model::breaks::{Breaks, Edit};
use crate::protocol::{
    BreakpointView, CodePlace, HitView, LinksView, StateView, Stop, StopPlace, Watch,
};
use crate::view::cursor::parse_offset;
use crate::view::format;
use crate::view::hits::MOST;

/// What watchpoints stop at, in words.
const WATCHES: [(Watch, &str); 4] = [
    (Watch::Change, "when it changes"),
    (Watch::Write, "when it is written"),
    (Watch::Read, "when it is read"),
    (Watch::Access, "when it is read or written"),
];

/// Draws all breakpoints of loaded modules, and what else a run can stop at.
pub fn breakpoints(
    breaks: &Breaks,
    links: &LinksView,
    state: Option<&StateView>,
    page: &Page,
) -> Html {
    let listed: Vec<&BreakpointView> =
        breaks.views.iter().filter(|view| !view.title.is_empty()).collect();
    let rows = listed.iter().filter_map(|view| {
        let stop = breaks.stops.iter().find(|stop| stop.number == view.number)?;
        let here = state.filter(|it| it.hits.iter().any(|hit| hit.number == stop.number));
        let hits = breaks.hits.count(stop.number, here.map(|state| state.step));
        Some(row(stop, view, hits, here.is_some(), page))
    });
    html! {
        <div class="breakpoints">
            <section class="group" aria-label="Stop on">
                <h3>{ "Stop on" }</h3>
                <div class="stop-on">
                    <label title="A trap always stops a run"><input type="checkbox" checked=true disabled=true />{ "Traps" }</label>
                    { event("Host calls", StopPlace::HostCall, breaks, links, page) }
                    { event("Memory growth", StopPlace::MemoryGrowth, breaks, links, page) }
                </div>
            </section>
            <section class="group" aria-label="Breakpoints">
                <h3>{ "Breakpoints" }<span class="count">{ listed.len() }</span></h3>
                <BreakForm />
                if listed.is_empty() {
                    <div class="empty hint">
                        <p>{ "Click beside an instruction to stop a run there, or press " }<kbd>{ "b" }</kbd>{ " on it." }</p>
                        <p class="mute">{ "Locals, globals and memory can be watched with the eye beside them." }</p>
                    </div>
                }
                <ul class="rows-list">{ for rows }</ul>
                if breaks.hits.is_cut {
                    <p class="mute">{ format!("Only the first {MOST} hits of the run are counted and marked.") }</p>
                }
            </section>
        </div>
    }
}

/// Something that a run can stop at wherever it happens.
fn event(
    name: &'static str,
    place: StopPlace,
    breaks: &Breaks,
    links: &LinksView,
    page: &Page,
) -> Html {
    let module = links.shown;
    let is_set = breaks.in_module(links, module, place).is_some();
    let onchange = edits(page, Edit::Toggle { module, place });
    html! { <label><input type="checkbox" checked={is_set} {onchange} />{ name }</label> }
}

fn edits<E>(page: &Page, edit: Edit) -> Callback<E> {
    let page = page.clone();
    Callback::from(move |_| page.tell(Action::Break(edit.clone())))
}

fn row(stop: &Stop, view: &BreakpointView, hits: usize, is_hit: bool, page: &Page) -> Html {
    let number = stop.number;
    let what = html! {
        <>
            <code class="title">{ &view.title }</code>
            if !view.detail.is_empty() {
                <code class="mute">{ &view.detail }</code>
            }
        </>
    };
    let hits = match hits {
        0 => String::new(),
        hits => format::counted(hits as u32, "hit"),
    };
    let name = format!(
        "{} {number}",
        if stop.place.watch().is_some() { "Watchpoint" } else { "Breakpoint" }
    );
    html! {
        <li key={number} class={class(&["breakpoint", when(is_hit, "hit"), when(!stop.enabled, "off")])} aria-label={name.clone()}>
            <div class="line">
                <label class="stops" title="Whether it stops">
                    <input
                        type="checkbox"
                        checked={stop.enabled}
                        aria-label={format!("{name} stops")}
                        onchange={edits(page, Edit::Enable(number, !stop.enabled))}
                    />
                    <span class="number">{ number }</span>
                </label>
                if let Some(place) = view.place {
                    <button type="button" class="what" title="Show it" onclick={shows(page, place)}>{ what }</button>
                } else {
                    <span class="what">{ what }</span>
                }
                <span class="mute hits">{ hits }</span>
                <button type="button" class="tool" aria-label={format!("Remove {name}")} title="Remove" onclick={edits(page, Edit::Remove(number))}>
                    { icon(Icon::Close) }
                </button>
            </div>
            <div class="terms">
                if let Some(on) = stop.place.watch() {
                    { watches(on, format!("{name} stops"), rewatches(number, page)) }
                }
                <ConditionField
                    {number}
                    condition={stop.condition.clone()}
                    label={format!("Condition of {name}")}
                    is_wrong={view.wrong.is_some()}
                    page={page.clone()}
                />
            </div>
            if let Some(problem) = view.wrong.as_ref().or(view.problem.as_ref()) {
                <div class="message" id={format!("breakpoint-{number}")}>{ icon(Icon::Warning) }<p>{ prose(problem) }</p></div>
            }
        </li>
    }
}

fn shows(page: &Page, place: CodePlace) -> Callback<MouseEvent> {
    let page = page.clone();
    Callback::from(move |_| page.tell(Action::ShowInstruction(place)))
}

fn rewatches(number: u32, page: &Page) -> Callback<Watch> {
    let page = page.clone();
    Callback::from(move |on| page.tell(Action::Break(Edit::Watch(number, on))))
}

/// Draws a choice of what a watchpoint stops at.
pub fn watches(on: Watch, label: String, on_choose: Callback<Watch>) -> Html {
    let options = WATCHES.iter().map(|(watch, text)| {
        html! { <option selected={*watch == on}>{ text }</option> }
    });
    let onchange = Callback::from(move |event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        if let Some((watch, _)) = WATCHES.get(chosen.max(0) as usize) {
            on_choose.emit(*watch);
        }
    });
    html! { <select aria-label={label} {onchange}>{ for options }</select> }
}

/// Properties of [`ConditionField`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct ConditionProps {
    number: u32,
    condition: String,
    label: AttrValue,
    is_wrong: bool,
    page: Page,
}

/// A field for a condition. What is typed stays there until it is done, whatever is drawn
/// anew meanwhile.
#[function_component]
fn ConditionField(props: &ConditionProps) -> Html {
    let typed = use_state_eq(|| None::<String>);
    let number = props.number;
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| {
            typed.set(Some(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    let onchange = {
        let (page, typed) = (props.page.clone(), typed.setter());
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            page.tell(Action::Break(Edit::Condition(number, text)));
            typed.set(None);
        })
    };
    html! {
        <label>
            <span class="mute">{ "if" }</span>
            <input
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="l0 > 5 && u8[0x400] != 0"
                aria-label={props.label.clone()}
                aria-invalid={props.is_wrong.then_some("true")}
                aria-describedby={props.is_wrong.then(|| format!("breakpoint-{number}"))}
                value={(*typed).clone().unwrap_or_else(|| props.condition.clone())}
                {oninput}
                {onchange}
            />
        </label>
    }
}

/// Draws a button that sets a watchpoint, or removes it.
pub fn watch_button(
    name: &str,
    module: u32,
    place: StopPlace,
    breaks: &Breaks,
    links: &LinksView,
    page: &Page,
) -> Html {
    let is_set = breaks.in_module(links, module, place).is_some();
    html! {
        <button
            type="button"
            class="eye"
            aria-label={format!("Watch {name}")}
            aria-pressed={if is_set { "true" } else { "false" }}
            title={if is_set { "Watched: a run stops when it changes" } else { "Stop when it changes" }}
            onclick={edits(page, Edit::Toggle { module, place })}
        >
            { icon(Icon::Watch) }
        </button>
    }
}

/// Draws what a run has stopped at.
pub fn stopped(hits: &[HitView]) -> Html {
    if hits.is_empty() {
        return Html::default();
    }
    html! {
        <section class="stopped" aria-label="Stopped">
            { for hits.iter().map(|hit| html! { <p><strong>{ "Stopped " }</strong>{ &hit.text }</p> }) }
        </section>
    }
}

/// Properties of [`WatchForm`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct WatchProps {
    /// The module whose memory it is.
    pub module: u32,
    /// Which of its memories.
    pub memory: u32,
    /// How many bytes it has now.
    pub size: f64,
    /// The byte that was chosen.
    pub chosen: Option<u32>,
    /// The page's handle.
    pub page: Page,
}

/// A form for bytes to watch.
#[function_component]
pub fn WatchForm(props: &WatchProps) -> Html {
    let address = use_state_eq(|| AttrValue::from("0x0"));
    let length = use_state_eq(|| AttrValue::from("4"));
    let on = use_state_eq(|| Watch::Change);
    let done = use_state_eq(|| None::<String>);
    {
        let address = address.setter();
        use_effect_with(props.chosen, move |chosen| {
            if let Some(chosen) = chosen {
                address.set(format::offset(*chosen).into());
            }
        });
    }
    let given = parse_offset(&address).zip(parse_offset(&length)).filter(|(_, length)| *length > 0);
    let bytes = given.filter(|(from, length)| f64::from(*from) + f64::from(*length) <= props.size);
    let outside = given.filter(|_| bytes.is_none()).map(|_| "watch-outside");
    let onsubmit = {
        let (page, module, memory, on) = (props.page.clone(), props.module, props.memory, *on);
        let done = done.setter();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some((address, length)) = bytes {
                let place = StopPlace::Memory { memory, address, length, on };
                page.tell(Action::Break(Edit::Toggle { module, place }));
                let length = format::counted(length, "byte");
                done.set(Some(format!("Watches {length} from {}.", format::offset(address))));
            }
        })
    };
    let typed = |state: &UseStateHandle<AttrValue>| {
        let state = state.setter();
        Callback::from(move |event: InputEvent| {
            state.set(event.target_unchecked_into::<HtmlInputElement>().value().into());
        })
    };
    let choose = {
        let on = on.setter();
        Callback::from(move |watch| on.set(watch))
    };
    html! {
        <details class="watch-bytes">
            <summary>{ icon(Icon::Watch) }{ "Watch bytes" }</summary>
            <form {onsubmit} novalidate=true aria-label="Watch bytes">
                <label><span class="mute">{ "from" }</span>
                    <input type="text" autocomplete="off" spellcheck="false" aria-label="First byte to watch" aria-invalid={bytes.is_none().then_some("true")} aria-describedby={outside} value={(*address).clone()} oninput={typed(&address)} />
                </label>
                <label><span class="mute">{ "bytes" }</span>
                    <input type="text" inputmode="numeric" autocomplete="off" aria-label="How many bytes to watch" aria-invalid={bytes.is_none().then_some("true")} aria-describedby={outside} value={(*length).clone()} oninput={typed(&length)} />
                </label>
                { watches(*on, "Stop".to_owned(), choose) }
                <button type="submit" class="secondary" disabled={bytes.is_none()}>{ "Watch" }</button>
                if let Some(id) = outside {
                    <div class="message" {id}>{ icon(Icon::Warning) }<p>{ format!("The memory has {}, up to {:#x}.", format::counted(props.size, "byte"), props.size as u64) }</p></div>
                }
                <p class="mute" role="status">{ (*done).clone() }</p>
            </form>
        </details>
    }
}
