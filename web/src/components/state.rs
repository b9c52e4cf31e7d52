//! Where the run stands: the next instruction, the stacks, the locals, the frames.

use yew::prelude::*;

use super::breakpoints::{stopped, watch_button};
use super::class::{class, when};
use super::operator_card::operator_card;
use super::origin::origin_button;
use super::outcome::outcome;
use super::rest::{Rest, Turn};
use super::span_button::span_button;
use super::values::{type_class, value, values_with};
use crate::hooks::{Page, UseOrigin};
use crate::model::breaks::Breaks;
use crate::protocol::{
    FrameView, LabelView, LinksView, OriginOf, PassedView, Span, StateView, Status, StopPlace,
    ValueView, Watch,
};
use crate::view::format;

/// Draws where the run stands; `narrow` says whether there is little room for it.
pub fn state(
    state: &StateView,
    narrow: bool,
    origin: &UseOrigin,
    (breaks, links): (&Breaks, &LinksView),
    on_memory: &Callback<(u32, u32)>,
    page: &Page,
) -> Html {
    let innermost = state.frames.last();
    let here = innermost.is_none_or(|frame| frame.elsewhere.is_none());
    let is_under_way = state.status.is_under_way();
    // A frame that trapped still stands at its instruction, with its operands.
    let has_trapped = matches!(state.status, Status::Trapped(_)) && innermost.is_some();
    html! {
        <div class="state">
            <Rest turn={Turn::Upper}>
                { outcome(state, origin, page) }
                { stopped(&state.hits) }
                if is_under_way || has_trapped {
                    if let Some(next) = &state.next {
                        { operator_card(next, has_trapped, here, narrow, on_memory, page) }
                    }
                    { stack(state, page) }
                }
            </Rest>
            <Rest turn={Turn::Lower}>
                if is_under_way || has_trapped {
                    { locals(state, breaks, links, page) }
                    { passed(state, page) }
                    { labels(&state.labels, here, page) }
                }
                if is_under_way {
                    { frames(&state.frames, state.depth, page) }
                }
                if state.logged > 0.0 {
                    { calls(state) }
                }
            </Rest>
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

/// The operand stack, its top first: that is where things happen. What the next
/// instruction pushes lies on top of it, what it pops is marked.
fn stack(state: &StateView, page: &Page) -> Html {
    let next = state.next.as_ref();
    let card = next.and_then(|next| next.card.as_ref());
    let pops = next.map_or(0, |next| next.pops) as usize;
    let known = state.operands.len();
    let hidden = state.operands_total.saturating_sub(known as u32);
    let pushed = card.map_or(&[][..], |card| &card.gives);
    let pushes = pushed.iter().rev().map(|result| {
        let text = if result.text.is_empty() { "…".to_owned() } else { result.text.clone() };
        value(&ValueView { text, ..result.clone() }, "pushed", Some("pushes"), Html::default())
    });
    let rows = state.operands.iter().enumerate().rev().map(|(index, operand)| {
        // Those that it pops are the last that lie there.
        let popped = (index + pops).checked_sub(known);
        let name = popped.and_then(|popped| card?.takes.get(popped)).map(|taken| &taken.name);
        let role = popped.map(|_| match name {
            Some(name) => format!("pops {name}"),
            None => "pops".to_owned(),
        });
        let of = OriginOf::Operand(hidden + index as u32);
        let origin = asks(state, page)
            .map(|page| origin_button(&format!("operand {}", operand.name), of, page));
        let style = if popped.is_some() { "popped" } else { "" };
        value(operand, style, role.as_deref(), origin.unwrap_or_default())
    });
    let content = html! {
        <>
            if !pushed.is_empty() {
                <ul class="values pushes" aria-label="What the next instruction pushes">{ for pushes }</ul>
            }
            if known == 0 {
                <p class="empty mute">{ "Empty." }</p>
            } else {
                <ol class="values stack" reversed=true>{ for rows }</ol>
                if hidden > 0 {
                    <p class="mute">{ format!("and {} below", format::count(f64::from(hidden))) }</p>
                }
            }
        </>
    };
    group("Operand stack", state.operands_total, content)
}

/// The register window: the last values that passed through, the latest first.
fn passed(state: &StateView, page: &Page) -> Html {
    if state.passed.is_empty() {
        return Html::default();
    }
    let rows = state.passed.iter().map(|passed| {
        let PassedView { value, mnemonic, offset, .. } = passed;
        let came = if passed.popped { "popped by" } else { "immediate of" };
        let content = html! {
            <>
                <span class="name">{ format!("−{}", passed.ago) }<span class="visually-hidden">{ " instructions" }</span></span>
                <span class="text">
                    <span class="number">{ &value.text }</span>
                    <span class="mute">{ format!(" {}, {came} ", value.name) }<code>{ mnemonic }</code></span>
                </span>
                <span class="type">{ &value.ty }</span>
            </>
        };
        let style = class(&["value", type_class(&value.ty), when(!passed.popped, "immediate")]);
        let span = Span { start: *offset, end: offset + 1 };
        let row = match passed.here {
            true => span_button(page, span, style, false, content),
            false => html! { <div class={style}>{ content }</div> },
        };
        html! { <li>{ row }</li> }
    });
    let content = html! {
        <>
            <p class="mute">{ "What passed through last: read by the decoder, or popped." }</p>
            <ol class="values passed">{ for rows }</ol>
        </>
    };
    group("Register window", state.passed.len() as u32, content)
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
