//! The next instruction: what it is, what it will do with the values there are, and its bytes.

use yew::prelude::*;

use super::class::{class, when};
use super::leb128::leb128;
use super::prose::prose;
use super::span_button::span_button;
use super::values::type_class;
use crate::hooks::Page;
use crate::protocol::{CardView, EncodedView, FactView, NextView, PlaceView, Span, ValueView};
use crate::view::format;
use crate::view::hex::kind_class;

/// Draws the card of the next instruction, or of the one that trapped; `here` says whether
/// it is one of the module on show. What it holds besides its head can be folded away, and is
/// at first if `folded`.
pub fn operator_card(
    next: &NextView,
    has_trapped: bool,
    here: bool,
    folded: bool,
    on_memory: &Callback<(u32, u32)>,
    page: &Page,
) -> Html {
    let (label, eyebrow) = match has_trapped {
        true => ("The last instruction", "Trapped at"),
        false => ("The next instruction", "Next"),
    };
    let title = html! {
        <>
            <code class="op">{ &next.operator.mnemonic }</code>
            <code class="operands">{ &next.operands }</code>
            <span class="offset">{ format::offset(next.offset) }</span>
        </>
    };
    let span = Span { start: next.offset, end: next.offset + next.length };
    html! {
        <section class="next" aria-label={label}>
            <p class="eyebrow">{ eyebrow }<code class="signature">{ &next.operator.signature }</code></p>
            if here {
                { span_button(page, span, "title".to_owned(), false, title) }
            } else {
                <div class="title">{ title }</div>
            }
            <p class="effect">{ &next.effect }</p>
            <p class="mute">{ prose(&next.operator.explained) }</p>
            if let Some(card) = &next.card {
                { facts(&card.facts, on_memory, page) }
                <details open={!folded}>
                    <summary>{ "Operands and encoding" }</summary>
                    { operands(card) }
                    { encoding(next, card, here, page) }
                </details>
            }
        </section>
    }
}

fn facts(facts: &[FactView], on_memory: &Callback<(u32, u32)>, page: &Page) -> Html {
    if facts.is_empty() {
        return Html::default();
    }
    let rows = facts.iter().map(|fact| {
        let text = html! { <code>{ &fact.text }</code> };
        let text = match fact.to {
            None => text,
            Some(PlaceView::Byte(offset)) => {
                let span = Span { start: offset, end: offset + 1 };
                span_button(page, span, "link".to_owned(), false, text)
            }
            Some(PlaceView::Memory { memory, address }) => {
                let onclick = on_memory.reform(move |_: MouseEvent| (memory, address));
                html! { <button type="button" class="link" {onclick}>{ text }</button> }
            }
        };
        html! {
            <div class={when(fact.traps, "traps")}>
                <dt>{ &fact.label }</dt>
                <dd>{ text }
                    if fact.traps {
                        <strong>{ " traps" }</strong>
                    }
                </dd>
            </div>
        }
    });
    html! { <dl class="facts">{ for rows }</dl> }
}

fn operands(card: &CardView) -> Html {
    if card.takes.is_empty() && card.gives.is_empty() {
        return html! { <p class="mute">{ "Takes nothing from the operand stack, and leaves nothing there." }</p> };
    }
    let row = |what: &'static str, name: String, value: &ValueView| {
        let text = if value.text.is_empty() { "not known yet" } else { &value.text };
        html! {
            <tr class={type_class(&value.ty)}>
                <th scope="row">{ what }</th>
                <td class="mute">{ name }</td>
                <td class={class(&["number", when(value.text.is_empty(), "mute")])}>{ text }</td>
                <td class="type">{ &value.ty }</td>
            </tr>
        }
    };
    let results = card.gives.len();
    let result =
        |index: usize| if results > 1 { format!("result {index}") } else { "result".to_owned() };
    let taken = card.takes.iter().map(|value| row("pops", value.name.clone(), value));
    let given =
        card.gives.iter().enumerate().map(|(index, value)| row("pushes", result(index), value));
    html! { <table class="operand-table"><tbody>{ for taken }{ for given }</tbody></table> }
}

/// The bytes of an instruction, field by field.
fn encoding(next: &NextView, card: &CardView, here: bool, page: &Page) -> Html {
    let field = |field: &EncodedView| {
        let content = html! {
            <>
                <code class="raw">{ format::bytes(&field.raw) }</code>
                <span class="mute">{ &field.name }</span>
                <code>{ &field.value }</code>
            </>
        };
        let style = class(&["chip-field", kind_class(field.kind)]);
        html! {
            <li>
                if here {
                    { span_button(page, field.span, style, false, content) }
                } else {
                    <span class={style}>{ content }</span>
                }
                // One byte with nothing behind it reads as it stands.
                if let Some(number) = field.leb128.as_ref().filter(|_| field.raw.len() > 1) {
                    { leb128(number, &field.raw) }
                }
            </li>
        }
    };
    html! {
        <>
            <h3>{ "Encoding" }<span class="count">{ format::counted(next.length, "byte") }</span></h3>
            <ol class="encoding">{ for card.fields.iter().map(field) }</ol>
        </>
    }
}
