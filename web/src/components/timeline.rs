//! The run as a whole: a picture of it, on which it can be gone back and forth.

use std::cell::Cell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::calls::Calls;
use super::icon::{Icon, icon};
use super::saving::Saving;
use super::transport::titled;
use crate::hooks::{use_page, use_replies};
use crate::model::Action;
use crate::model::breaks::Breaks;
use crate::protocol::{ProfileView, Reply, Request, TimelineView};
use crate::view::format;
use crate::view::keyboard::Command;
use crate::view::shared::Shared;
use crate::view::timeline::{SIZE, hills, marks, marks_below};

/// Stretches that a run is drawn in.
const STRETCHES: u32 = 500;

/// A run is drawn anew when it has stood for so many milliseconds.
const PATIENCE: u32 = 120;

/// Properties of [`Timeline`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What can be gone to.
    pub timeline: TimelineView,
    /// Instructions executed where it stands.
    pub step: f64,
    /// Whether it stands.
    pub stands: bool,
    /// Where breakpoints are hit.
    pub breaks: Shared<Breaks>,
    /// A button was pressed.
    pub on_command: Callback<Command>,
}

/// What was asked for while the engine is under way to somewhere else.
#[derive(Debug, Default)]
struct Seeking {
    under_way: Cell<bool>,
    next: Cell<Option<f64>>,
}

/// Buttons that go back, the picture of the run with the place where it stands,
/// and a field for a step to go to.
#[function_component]
pub fn Timeline(props: &Props) -> Html {
    let page = use_page();
    let dragged = use_state_eq(|| None::<f64>);
    let profile = use_state(|| None::<ProfileView>);
    let open = use_state_eq(|| false);
    let seeking = use_memo((), |()| Seeking::default());
    // How many states were heard of that a run goes on from by itself.
    let went = use_mut_ref(|| 0u32);
    {
        let (asking, profile) = (page.clone(), profile.setter());
        let (seeking, went) = (Rc::clone(&seeking), Rc::clone(&went));
        use_replies(&page.engine, move |reply| match &**reply {
            Reply::State(state) if state.status.is_on_its_own() => *went.borrow_mut() += 1,
            Reply::Profile(view) => profile.set(Some((**view).clone())),
            Reply::State(_) if seeking.under_way.take() => {
                if let Some(step) = seeking.next.take() {
                    seeking.under_way.set(true);
                    asking.ask(&Request::Seek { step });
                }
            }
            _ => {}
        });
    }
    {
        let page = page.clone();
        let TimelineView { first, last, .. } = props.timeline;
        let drawn = (first.to_bits(), last.to_bits(), *went.borrow(), props.stands);
        use_effect_with(drawn, move |(.., stands)| {
            let later = stands.then(|| {
                Timeout::new(PATIENCE, move || {
                    page.ask(&Request::Profile { stretches: STRETCHES });
                })
            });
            move || drop(later)
        });
    }
    let seek = {
        let page = page.clone();
        move |step: f64| {
            if seeking.under_way.replace(true) {
                seeking.next.set(Some(step));
            } else {
                page.ask(&Request::Seek { step });
            }
        }
    };
    let oninput = {
        let (page, dragged) = (page.clone(), dragged.clone());
        Callback::from(move |event: InputEvent| {
            let step = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
            if dragged.is_none() {
                page.tell(Action::Drag(true));
            }
            dragged.set(Some(step));
            seek(step);
        })
    };
    let onchange = {
        let (page, dragged) = (page.clone(), dragged.setter());
        Callback::from(move |_: Event| {
            dragged.set(None);
            page.tell(Action::Drag(false));
        })
    };
    let TimelineView { first, last, lost, .. } = &props.timeline;
    let shown = dragged.unwrap_or(props.step);
    html! {
        <section class="timeline" aria-label="Timeline">
            <div class="backwards" role="toolbar" aria-label="Go back">
                { back(props, Command::RunBack, "Run back", Icon::RunBack) }
                { back(props, Command::StepBackOut, "Step back out", Icon::StepBackOut) }
                { back(props, Command::StepBackOver, "Step back over", Icon::StepBackOver) }
                { back(props, Command::StepBack, "Step back", Icon::StepBack) }
            </div>
            <div class="scrubber">
                { picture(profile.as_ref(), &props.timeline, &props.breaks) }
                <input
                    type="range"
                    min={whole(*first)}
                    max={whole(*last)}
                    step="1"
                    value={whole(shown)}
                    aria-label="Step"
                    aria-valuetext={format!("{} of {}", format::count(shown), format::count(*last))}
                    disabled={first >= last}
                    {oninput}
                    {onchange}
                />
            </div>
            <StepField step={shown} last={*last} />
            <button
                type="button"
                class="tool more"
                aria-expanded={if *open { "true" } else { "false" }}
                aria-label="Calls, saving"
                title="Calls over time, and saving the run"
                onclick={toggle(&open)}
            >
                { icon(Icon::Calls) }
            </button>
            if *open {
                <div class="drawer">
                    <Calls timeline={props.timeline.clone()} step={props.step} stands={props.stands} />
                    <Saving timeline={props.timeline.clone()} step={props.step} stands={props.stands} />
                    if let Some(profile) = &*profile {
                        <p class="mute kept">{ kept(profile) }</p>
                    }
                </div>
            }
            if let Some(forgotten) = profile.as_ref().and_then(|profile| profile.forgotten.as_ref()) {
                <p class="mute forgotten">{ forgotten }</p>
            }
            if let Some(lost) = lost {
                <p class="lost" role="alert">{ lost }</p>
            }
        </section>
    }
}

/// What it takes to go back and forth.
fn kept(profile: &ProfileView) -> String {
    format!(
        "{} of this run are kept; going to a step executes at most {} again.",
        format::size(f64::from(profile.kept) * 1024.0),
        format::counted(profile.again, "instruction")
    )
}

fn toggle(open: &UseStateHandle<bool>) -> Callback<MouseEvent> {
    let open = open.clone();
    Callback::from(move |_| open.set(!*open))
}

/// A step, as a field of the browser wants it.
fn whole(step: f64) -> String {
    // Steps are whole, and below 2⁵³.
    (step as u64).to_string()
}

fn back(props: &Props, command: Command, name: &'static str, picture: Icon) -> Html {
    let possible = props.stands && props.step > props.timeline.first;
    html! {
        <button
            type="button"
            class="tool"
            aria-disabled={(!possible).then_some("true")}
            title={titled(name, command)}
            aria-label={name}
            onclick={props.on_command.reform(move |_: MouseEvent| command)}
        >
            { icon(picture) }
        </button>
    }
}

/// How deep calls were, when host functions were called, memory grew and breakpoints are hit. Of a run
/// that has gone on since, the part that is known.
fn picture(profile: Option<&ProfileView>, now: &TimelineView, breaks: &Breaks) -> Html {
    let (width, height) = SIZE;
    let viewbox = format!("0 0 {width} {height}");
    let Some(profile) = profile else {
        return html! { <svg viewBox={viewbox} preserveAspectRatio="none" aria-hidden="true"></svg> };
    };
    let profile = ProfileView { first: now.first, last: now.last, ..profile.clone() };
    html! {
        <svg viewBox={viewbox} preserveAspectRatio="none" aria-hidden="true">
            { Html::from_html_unchecked(profile.ram.clone().into()) }
            <path class="depth" d={hills(&profile)} />
            <path class="host" d={marks(&profile, &profile.host_calls, height / 6)} />
            <path class="growth" d={marks(&profile, &profile.growths, height)} />
            <path class="hit" d={marks_below(&profile, breaks.hits.steps(), height / 3)} />
            if now.traps {
                <path class="trap" d={marks(&profile, &[now.last], height)} />
            }
        </svg>
    }
}

/// Properties of [`StepField`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct StepFieldProps {
    step: f64,
    last: f64,
}

/// The step where it stands, to be overwritten with one to go to.
#[function_component]
fn StepField(props: &StepFieldProps) -> Html {
    let page = use_page();
    let typed = use_state_eq(|| None::<String>);
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| {
            typed.set(Some(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    let forget = {
        let typed = typed.setter();
        Callback::from(move |_: FocusEvent| typed.set(None))
    };
    let onsubmit = {
        let (typed, last) = (typed.clone(), props.last);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(step) = typed.as_deref().and_then(format::parse_count) {
                let step = step as f64;
                // What is not known yet has to be run.
                page.ask(&if step > last {
                    Request::RunTo { step }
                } else {
                    Request::Seek { step }
                });
                typed.set(None);
            }
        })
    };
    let wrong =
        typed.as_ref().is_some_and(|it| !it.is_empty() && format::parse_count(it).is_none());
    let value = (*typed).clone().unwrap_or_else(|| format::count(props.step));
    html! {
        <form class="goto" {onsubmit}>
            <label>
                <span class="mute">{ "step " }</span>
                <input inputmode="numeric" autocomplete="off" aria-label="Go to step" title={if wrong { "A step is a whole number" } else { "Go to step" }} aria-invalid={wrong.then_some("true")} {value} {oninput} onblur={forget} />
            </label>
            <span class="mute of">{ format!("of {}", format::count(props.last)) }</span>
        </form>
    }
}
