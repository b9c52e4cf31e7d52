//! Where the run stands: the next instruction, the stacks, the locals, the frames.

use yew::prelude::*;

use super::breakpoints::{stopped, watch_button};
use super::origin::origin_button;
use super::outcome::outcome;
use super::prose::prose;
use super::span_button::span_button;
use super::values::{value, values_with};
use crate::hooks::{Page, UseOrigin};
use crate::model::breaks::Breaks;
use crate::protocol::{
    FrameView, LabelView, LinksView, NextView, OriginOf, Span, StateView, Status, StopPlace,
    ValueView, Watch,
};
use crate::view::format;

/// Draws where the run stands.
pub fn state(
    state: &StateView,
    origin: &UseOrigin,
    breaks: &Breaks,
    links: &LinksView,
    page: &Page,
) -> Html {
    let innermost = state.frames.last();
    let here = innermost.is_none_or(|frame| frame.elsewhere.is_none());
    let is_under_way = state.status.is_under_way();
    // A frame that trapped still stands at its instruction, with its operands.
    let has_trapped = matches!(state.status, Status::Trapped(_)) && innermost.is_some();
    html! {
        <div class="state">
            { outcome(state, origin, page) }
            { stopped(&state.hits) }
            if is_under_way || has_trapped {
                if let Some(next) = &state.next {
                    { next_card(next, has_trapped, here, page) }
                }
                { stack(state, page) }
                { locals(state, breaks, links, page) }
                { labels(&state.labels, here, page) }
            }
            if is_under_way {
                { frames(&state.frames, state.depth, page) }
            }
            if state.logged > 0.0 {
                { calls(state) }
            }
        </div>
    }
}

pub(super) fn group(title: &'static str, count: u32, content: Html) -> Html {
    html! {
        <section class="group" aria-label={title}>
            <h3>{ title }<span class="count">{ format::count(f64::from(count)) }</span></h3>
            { content }
        </section>
    }
}

fn next_card(next: &NextView, has_trapped: bool, here: bool, page: &Page) -> Html {
    let (label, eyebrow) = match has_trapped {
        true => ("The last instruction", "Trapped at"),
        false => ("The next instruction", "Next"),
    };
    let span = Span { start: next.offset, end: next.offset + next.length };
    let title = html! {
        <>
            <code class="op">{ &next.operator.mnemonic }</code>
            <code class="operands">{ &next.operands }</code>
            <span class="offset">{ format::offset(next.offset) }</span>
        </>
    };
    html! {
        <section class="next" aria-label={label}>
            <p class="eyebrow">{ eyebrow }<code class="signature">{ &next.operator.signature }</code></p>
            { place(page, span, "title", here, title) }
            <p class="effect">{ &next.effect }</p>
            <p class="mute">{ prose(&next.operator.explained) }</p>
        </section>
    }
}

/// The operand stack, its top first: that is where things happen.
fn stack(state: &StateView, page: &Page) -> Html {
    let pops = state.next.as_ref().map_or(0, |next| next.pops) as usize;
    let known = state.operands.len();
    let hidden = state.operands_total.saturating_sub(known as u32);
    let rows = state.operands.iter().enumerate().rev().map(|(index, operand)| {
        let is_popped = known - index <= pops;
        let of = OriginOf::Operand(hidden + index as u32);
        let origin = asks(state, page)
            .map(|page| origin_button(&format!("operand {}", operand.name), of, page));
        value(operand, if is_popped { "popped" } else { "" }, origin.unwrap_or_default())
    });
    let content = html! {
        if known == 0 {
            <p class="empty mute">{ "Empty." }</p>
        } else {
            <ol class="values stack" reversed=true>{ for rows }</ol>
            if hidden > 0 {
                <p class="mute">{ format!("and {} below", format::count(f64::from(hidden))) }</p>
            }
        }
    };
    group("Operand stack", state.operands_total, content)
}

fn locals(state: &StateView, breaks: &Breaks, links: &LinksView, page: &Page) -> Html {
    let asks = asks(state, page);
    let acts = |local: u32, view: &ValueView| {
        let watch = state.next.as_ref().map(|next| {
            let place = StopPlace::Local { function: next.function, local, on: Watch::Change };
            watch_button(&format!("local {}", view.name), next.module, place, breaks, links, page)
        });
        let origin = asks.map(|page| origin_button(&view.name, OriginOf::Local(local), page));
        html! { <>{ origin.unwrap_or_default() }{ watch.unwrap_or_default() }</> }
    };
    let left_out = state.locals_total.saturating_sub(state.locals.len() as u32);
    let content = html! {
        <>
            { values_with(&state.locals, "This function has none.", acts) }
            if left_out > 0 {
                <p class="mute">{ format!("and {} more", format::count(f64::from(left_out))) }</p>
            }
        </>
    };
    group("Locals", state.locals_total, content)
}

/// The page, if values can be asked about: a run that goes on has others already.
fn asks<'a>(state: &StateView, page: &'a Page) -> Option<&'a Page> {
    (!state.status.is_on_its_own()).then_some(page)
}

fn labels(labels: &[LabelView], here: bool, page: &Page) -> Html {
    let rows = labels.iter().rev().enumerate().map(|(depth, label)| {
        let span = Span { start: label.offset, end: label.offset + 1 };
        let content = html! {
            <>
                <span class="name">{ depth }</span>
                <code class="text" title={label.type_text.clone()}>{ &label.kind }<span class="mute">{ format!(" {}", label.type_text) }</span></code>
                <span class="offset" title="where a branch to it goes">{ format!("→ {}", format::offset(label.target)) }</span>
            </>
        };
        html! { <li>{ place(page, span, "row", here, content) }</li> }
    });
    let content = html! {
        if labels.is_empty() {
            <p class="empty mute">{ "Empty." }</p>
        } else {
            <ol class="rows-list">{ for rows }</ol>
        }
    };
    group("Control stack", labels.len() as u32, content)
}

fn frames(frames: &[FrameView], depth: u32, page: &Page) -> Html {
    let left_out = depth.saturating_sub(frames.len() as u32);
    let innermost_first = frames.iter().rev().enumerate();
    let last = frames.len().saturating_sub(1);
    let rows = innermost_first.map(|(index, frame)| {
        html! {
            <>
                if left_out > 0 && index == last {
                    <li class="mute gap">{ format!("… {} more …", format::count(f64::from(left_out))) }</li>
                }
                <li>{ frame_button(frame, page) }</li>
            </>
        }
    });
    let content = html! { <ol class="rows-list frames">{ for rows }</ol> };
    group("Call frames", depth, content)
}

/// A frame, which leads to the instruction it stands at.
pub fn frame_button(frame: &FrameView, page: &Page) -> Html {
    let span = Span { start: frame.offset, end: frame.offset + 1 };
    let content = html! {
        <>
            <span class="name">{ frame.function }</span>
            <code class="text" title={frame.name.clone()}>{ &frame.name }
                if let Some(module) = &frame.elsewhere {
                    <span class="mute">{ format!(" in {module}") }</span>
                }
                if let Some(source) = &frame.source {
                    <span class="mute" title={source.clone()}>{ format!(" {}", format::file_name(source)) }</span>
                }
            </code>
            <span class="offset">{ format::offset(frame.offset) }</span>
        </>
    };
    place(page, span, "row", frame.elsewhere.is_none(), content)
}

/// Something that stands at some bytes, and leads there if they are on show.
fn place(page: &Page, span: Span, class: &'static str, here: bool, content: Html) -> Html {
    match here {
        true => span_button(page, span, class.to_owned(), false, content),
        false => html! { <div {class}>{ content }</div> },
    }
}

/// The calls of imports that were noted, the latest first.
fn calls(state: &StateView) -> Html {
    let rows =
        state.log.iter().rev().map(|call| html! { <li><code class="row">{ call }</code></li> });
    let left_out = state.logged - state.log.len() as f64;
    let content = html! {
        <>
            <ol class="rows-list noted" reversed=true>{ for rows }</ol>
            if left_out > 0.0 {
                <p class="mute">{ format!("and {} before", format::count(left_out)) }</p>
            }
        </>
    };
    group("Calls of imports", state.logged as u32, content)
}
