//! The calls of the run, one above the other, over its instructions.

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::class::class;
use crate::hooks::{use_page, use_replies};
use crate::protocol::{CallsView, Reply, Request, TimelineView};
use crate::view::calls::{across, around, description, hue, moved, place, remark, rows, title};
use crate::view::shared::Shared;

/// The calls are looked for when the run has stood for so many milliseconds.
const PATIENCE: u32 = 150;

/// Height of a row, in pixels, as the style has it.
const ROW: i32 = 20;

/// Properties of [`Calls`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What can be gone to.
    pub timeline: TimelineView,
    /// Instructions executed where it stands.
    pub step: f64,
    /// Whether it stands.
    pub stands: bool,
}

/// The calls of the run, or of a part of it. A click, or Enter, goes to where a call begins.
#[function_component]
pub fn Calls(props: &Props) -> Html {
    let page = use_page();
    let known = use_state(|| None::<Shared<CallsView>>);
    // The parts that were zoomed into, each in the one before.
    let parts = use_state(Vec::<(f64, f64)>::new);
    let chosen = use_state_eq(|| None::<usize>);
    let bars = use_node_ref();
    let TimelineView { first, last, .. } = props.timeline;
    let inside = |&&(from, to): &&(f64, f64)| first <= from && to <= last;
    let (from, to) = parts.iter().rfind(inside).copied().unwrap_or((first, last));
    {
        let (known, chosen) = (known.setter(), chosen.setter());
        use_replies(&page.engine, move |reply| {
            if let Reply::Calls(view) = &**reply {
                chosen.set(None);
                known.set(Some(Shared::new((**view).clone())));
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with((from.to_bits(), to.to_bits(), props.stands), move |(.., stands)| {
            let ask = move || page.ask(&Request::Calls { from, to });
            let later = stands.then(|| Timeout::new(PATIENCE, ask));
            move || drop(later)
        });
    }
    let Some(view) = (*known).clone() else {
        return html! { <p class="said mute">{ "Looking for calls…" }</p> };
    };
    let outermost = (!view.calls.is_empty()).then_some(0);
    let shown = chosen.or_else(|| around(&view, props.step)).or(outermost);
    let call = shown.and_then(|index| view.calls.get(index)).copied();
    let go_to = {
        let (page, view) = (page.clone(), view.clone());
        move |index: usize| {
            if let Some(call) = view.calls.get(index) {
                page.ask(&Request::Seek { step: call.from });
            }
        }
    };
    let zoom = {
        let parts = parts.clone();
        Callback::from(move |into: bool| {
            let mut all = (*parts).clone();
            match call.filter(|_| into) {
                Some(call) if (call.from, call.to) != (from, to) => all.push((call.from, call.to)),
                Some(_) => return,
                None => drop(all.pop()),
            }
            parts.set(all);
        })
    };
    let onkeydown = {
        let (view, chosen, bars) = (view.clone(), chosen.setter(), bars.clone());
        let (go_to, zoom) = (go_to.clone(), zoom.clone());
        Callback::from(move |event: KeyboardEvent| {
            match (event.key().as_str(), shown) {
                ("Enter" | " ", Some(index)) => go_to(index),
                ("+", _) => zoom.emit(true),
                ("-", _) => zoom.emit(false),
                (key, Some(index)) => {
                    let Some(to) = moved(&view, index, key) else { return };
                    chosen.set(Some(to));
                    reveal(&bars, &view, to);
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onclick = {
        let chosen = chosen.setter();
        Callback::from(move |event: MouseEvent| {
            if let Some(index) = call_of(&event) {
                chosen.set(Some(index));
                go_to(index);
            }
        })
    };
    let ondblclick = zoom.reform(|_: MouseEvent| true);
    let onpointerover = {
        let chosen = chosen.setter();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() == "mouse"
                && let Some(index) = call_of(&event)
            {
                chosen.set(Some(index));
            }
        })
    };
    let button = |into: bool, name: &'static str, possible: bool| {
        let onclick = zoom.reform(move |_: MouseEvent| into);
        html! { <button type="button" class="secondary" disabled={!possible} {onclick}>{ name }</button> }
    };
    let can_zoom = call.is_some_and(|call| (call.from, call.to) != (from, to));
    let stale = (view.from, view.to) != (from, to);
    let here = (view.from..=view.to).contains(&props.step).then(|| across(&view, props.step));
    html! {
        <div class="calls">
            <div
                class="bars"
                ref={bars}
                role="listbox"
                tabindex="0"
                aria-label="Calls over time"
                aria-busy={stale.then_some("true")}
                aria-activedescendant={shown.map(id)}
                {onkeydown}
                {onclick}
                {ondblclick}
                {onpointerover}
            >
                <Bars view={view.clone()} />
                if let Some(call) = &call {
                    <i class="ring" role="presentation" style={place(&view, call)}></i>
                }
                if let Some(left) = here {
                    <i class="here" role="presentation" style={format!("left:{left};--rows:{}", rows(&view))}></i>
                }
            </div>
            <div class="about">
                <p class="said" aria-live="off">{ call.map(|call| description(&view, &call)) }</p>
                { button(true, "Zoom in", can_zoom) }
                { button(false, "Zoom out", !parts.is_empty()) }
            </div>
            if let Some(remark) = remark(&view) {
                <p class="mute">{ remark }</p>
            }
        </div>
    }
}

/// Properties of [`Bars`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct BarsProps {
    view: Shared<CallsView>,
}

/// All calls. They are drawn again only when they are others.
#[function_component]
fn Bars(props: &BarsProps) -> Html {
    let view = &*props.view;
    let bars = view.calls.iter().enumerate().map(|(index, call)| {
        let hue = hue(view, call).map_or_else(|| "several".to_owned(), |hue| format!("hue{hue}"));
        html! {
            <div
                role="option"
                id={id(index)}
                class={class(&["bar", &hue])}
                style={place(view, call)}
                data-call={index.to_string()}
                title={description(view, call)}
            >
                { title(view, call) }
            </div>
        }
    });
    html! { <>{ for bars }<div class="height" role="presentation" style={format!("--rows:{}", rows(view))}></div></> }
}

fn id(index: usize) -> String {
    format!("call-{index}")
}

/// The call that something happened to.
fn call_of(event: &Event) -> Option<usize> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let bar = element.closest("[data-call]").ok()??;
    bar.get_attribute("data-call")?.parse().ok()
}

/// Has the row of a call in sight.
fn reveal(bars: &NodeRef, view: &CallsView, index: usize) {
    let (Some(bars), Some(call)) = (bars.cast::<HtmlElement>(), view.calls.get(index)) else {
        return;
    };
    // A few rows.
    let top = call.depth as i32 * ROW;
    let (from, height) = (bars.scroll_top(), bars.client_height());
    if top < from || top + ROW > from + height {
        bars.set_scroll_top(top - height / 2);
    }
}
