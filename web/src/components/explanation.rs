//! What the byte under the cursor is.

use std::rc::Rc;

use yew::prelude::*;

use super::class::class;
use super::icon::{Icon, icon};
use super::leb128::leb128;
use super::prose::prose;
use super::span_button::span_button;
use crate::hooks::{Page, use_page, use_replies};
use crate::protocol::{ExplanationView, OperatorView, PathStep, Reply, Request, SiblingView, Span};
use crate::view::film::Shot;
use crate::view::format;
use crate::view::hex::{kind_class, kind_name};
use crate::view::shared::Shared;

/// Properties of [`Explanation`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// How often names in source code became known.
    pub lines_found: u32,
    /// The byte clicked on.
    pub pinned: Option<u32>,
    /// The byte pointed at, which goes first.
    pub pointed: Option<u32>,
    /// The field that is being read, while that is watched. It says less, and goes
    /// first until more is known.
    pub read: Option<Shot>,
}

/// Raw bytes shown before the rest is counted.
const RAW_SHOWN: usize = 24;

/// Explains the byte pointed at, or else the one clicked on.
#[function_component]
pub fn Explanation(props: &Props) -> Html {
    let page = use_page();
    let known = use_state_eq(|| None::<Shared<ExplanationView>>);
    let wanted = props.pointed.or(props.pinned);
    {
        let known = known.setter();
        use_replies(&page.engine, move |reply: &Rc<Reply>| {
            if let Reply::Explained(view) = &**reply
                && wanted.is_some_and(|offset| {
                    (view.span.start..view.span.end).contains(&offset) || view.offset == offset
                })
            {
                known.set(Some(Shared::new((**view).clone())));
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with((wanted, props.lines_found), move |(wanted, _)| {
            if let Some(offset) = *wanted {
                page.ask(&Request::Explain { offset });
            }
        });
    }
    if let Some(shot) = props.read.as_ref().filter(|_| props.pointed.is_none()) {
        let read = shot.card();
        let full =
            known.as_ref().filter(|known| (known.span, known.kind) == (read.span, read.kind));
        return card(full.map_or(read, |full| full), &page);
    }
    match (&*known, wanted) {
        (Some(view), Some(_)) => card(view, &page),
        (None, Some(_)) => {
            html! { <div class="explanation empty"><p class="mute">{ "Looking it up…" }</p></div> }
        }
        (_, None) => html! {
            <div class="explanation empty">
                { icon(Icon::Bytes) }
                <p>{ "Point at a byte to see what it means. Click to keep it." }</p>
            </div>
        },
    }
}

fn card(view: &ExplanationView, page: &Page) -> Html {
    html! {
        <article class="explanation" aria-label="What this byte means">
            { path(&view.path, page) }
            <header>
                <h3>{ &view.name }</h3>
                <span class={class(&["kind", kind_class(view.kind)])}>{ kind_name(view.kind) }</span>
            </header>
            if !view.raw.is_empty() {
                <p class="reading">
                    <code class="raw">{ raw(&view.raw) }</code>
                    <span class="arrow" aria-label="means">{ "→" }</span>
                    <code class="decoded">{ &view.value }</code>
                </p>
            }
            <p class="meaning">{ prose(&view.meaning) }</p>
            if let Some(number) = &view.leb128 {
                { leb128(number, &view.raw) }
            }
            if let Some(operator) = &view.operator {
                { operator_card(operator) }
            }
            if !view.siblings.is_empty() {
                { siblings(&view.siblings, view.span, page) }
            }
        </article>
    }
}

fn path(steps: &[PathStep], page: &Page) -> Html {
    let steps = steps.iter().map(|step| {
        html! { <li>{ span_button(page, step.span, "crumb".to_owned(), false, html! { &step.label }) }</li> }
    });
    html! { <nav class="path" aria-label="Where this byte lies"><ol>{ for steps }</ol></nav> }
}

fn siblings(siblings: &[SiblingView], current: Span, page: &Page) -> Html {
    let chips = siblings.iter().map(|sibling| {
        let content = html! {
            <>
                <span class="mute">{ &sibling.name }</span>
                { " " }
                <code>{ &sibling.value }</code>
            </>
        };
        let style = class(&["chip-field", kind_class(sibling.kind)]);
        html! { <li>{ span_button(page, sibling.span, style, sibling.span == current, content) }</li> }
    });
    html! {
        <section class="siblings">
            <h4>{ "Fields around it" }</h4>
            <ul>{ for chips }</ul>
        </section>
    }
}

fn operator_card(operator: &OperatorView) -> Html {
    html! {
        <section class="operator">
            <h4><code>{ &operator.mnemonic }</code><code class="mute">{ &operator.code }</code></h4>
            <p><code class="signature">{ &operator.signature }</code></p>
            <p>{ prose(&operator.explained) }</p>
            <p class="mute">{ &operator.proposal }</p>
        </section>
    }
}

fn raw(bytes: &[u8]) -> String {
    if bytes.len() > RAW_SHOWN {
        let rest = format::count((bytes.len() - RAW_SHOWN) as f64);
        format!("{} … and {rest} more", format::bytes(&bytes[..RAW_SHOWN]))
    } else {
        format::bytes(bytes)
    }
}
