//! How the run is doing, and how it ended.

use yew::prelude::*;

use super::class::{class, when};
use super::icon::{Icon, icon};
use super::origin::chains;
use super::prose::prose;
use super::span_button::span_button;
use super::state::frame_button;
use super::values::{Asks, values};
use crate::hooks::{Page, UseOrigin};
use crate::protocol::{OriginOf, Span, StateView, Status, TrapView, ValueView};
use crate::view::format;

/// Draws how the run is doing, or how it ended.
pub fn outcome(state: &StateView, origin: &UseOrigin, page: &Page) -> Html {
    match &state.status {
        Status::Idle => html! {
            <div class="empty">
                { icon(Icon::Step) }
                <p>{ "Nothing is running. Run the call above, or step into it to watch each instruction." }</p>
            </div>
        },
        Status::Paused => html! {},
        Status::Running => running(state),
        Status::Waiting if state.asked.is_some() => html! {},
        Status::Waiting => waiting(),
        Status::Exited { code } => exited(state, *code),
        Status::Finished { results } => finished(state, results, page),
        Status::Trapped(trap) => trapped(state, trap, origin, page),
    }
}

fn running(state: &StateView) -> Html {
    html! {
        <section class="outcome running" aria-label="Running">
            <p class="verdict"><span class="spinner" aria-hidden="true"></span><strong>{ "Running" }</strong>
                <span class="mute">{ format::rate(state.speed) }</span>
            </p>
        </section>
    }
}

fn waiting() -> Html {
    html! {
        <section class="outcome" aria-label="Waiting">
            <p class="verdict"><strong>{ "Waiting for input" }</strong><span class="mute">{ "in the terminal" }</span></p>
        </section>
    }
}

fn exited(state: &StateView, code: u32) -> Html {
    html! {
        <section class={class(&["outcome", when(code == 0, "finished")])} aria-label="Result">
            <p class="verdict">{ icon(Icon::Done) }<strong>{ format!("Exited with code {code}") }</strong>
                <span class="mute">{ format!("after {}", format::counted(state.step, "instruction")) }</span>
            </p>
            <p class="called"><code>{ &state.call }</code>{ which_call(state) }</p>
        </section>
    }
}

fn finished(state: &StateView, results: &[ValueView], page: &Page) -> Html {
    let asks = Asks { page, of: OriginOf::Operand };
    html! {
        <section class="outcome finished" aria-label="Result">
            <p class="verdict">{ icon(Icon::Done) }<strong>{ "Finished" }</strong>
                <span class="mute">{ format!("after {}", format::counted(state.step, "instruction")) }</span>
            </p>
            <p class="called"><code>{ &state.call }</code>{ which_call(state) }</p>
            { values(results, "It returns nothing.", Some(asks)) }
        </section>
    }
}

fn trapped(state: &StateView, trap: &TrapView, origin: &UseOrigin, page: &Page) -> Html {
    let causes = origin.view.as_ref().filter(|view| view.of == OriginOf::Trap);
    html! {
        <section class="outcome trapped" aria-label="Trap">
            <p class="verdict">{ icon(Icon::Warning) }<strong>{ "Trap: " }{ &trap.message }</strong>
                <span class="mute">{ format!("after {}", format::counted(state.step, "instruction")) }</span>
            </p>
            <p class="called"><code>{ &state.call }</code>{ which_call(state) }</p>
            { for trap.details.iter().map(|detail| html! { <p>{ prose(detail) }</p> }) }
            if let Some(offset) = trap.offset {
                { span_button(page, Span { start: offset, end: offset + 1 }, "jump".to_owned(), false, html! {
                    { format!("Go to byte {}", format::offset(offset)) }
                }) }
            }
            if let Some(causes) = causes.filter(|causes| !causes.chains.is_empty()) {
                <h3>{ "What made it trap" }</h3>
                { chains(causes, state.step, page) }
            }
            if !trap.backtrace.is_empty() {
                <h3>{ "Backtrace" }</h3>
                <ol class="rows-list frames">
                    { for trap.backtrace.iter().map(|frame| html! { <li>{ frame_button(frame, page) }</li> }) }
                </ol>
            }
        </section>
    }
}

/// Which call of its instance it is, from the second on.
pub fn which_call(state: &StateView) -> Html {
    match state.number {
        0 | 1 => Html::default(),
        number => {
            let text = format!(" call {} of this instance", format::count(f64::from(number)));
            html! { <span class="mute">{ text }</span> }
        }
    }
}
