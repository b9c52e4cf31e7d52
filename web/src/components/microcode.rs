//! What a function is translated to, beside its instructions.

use yew::prelude::*;

use super::class::{class, when};
use super::code::family;
use super::icon::{Icon, icon};
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{Page, UseWindows, use_page, use_windows};
use crate::model::{Action, Reveal, Soft};
use crate::protocol::{MicrocodeRow, MicrocodeView, Reply, Request, Span};
use crate::view::format;
use crate::view::keyboard::moved;

/// Rows asked for at a time.
const CHUNK: u32 = 128;

/// Properties of [`Microcode`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The loaded module that the function belongs to.
    pub module: u32,
    /// The function.
    pub function: u32,
    /// Whether that module is on show.
    pub here: bool,
    /// The instruction about to run, when it lies in this function.
    pub now: Option<u32>,
    /// The byte clicked on.
    pub pinned: Option<u32>,
    /// The bytes pointed at.
    pub soft: Option<Span>,
    /// An operator to bring into sight.
    pub reveal: Option<Reveal<u64>>,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

/// Rows of the microcode of functions of modules.
type Rows = UseWindows<(u32, u32), MicrocodeView>;

/// The operators that a function is translated to: click one to see the bytes of the
/// instructions that it stands for.
#[function_component]
pub fn Microcode(props: &Props) -> Html {
    let page = use_page();
    let (module, function) = (props.module, props.function);
    let rows = use_windows(
        CHUNK,
        (module, function),
        (),
        |(module, function), from| Request::Microcode { module, function, from, count: CHUNK },
        |reply| match reply {
            Reply::Microcode(view) => Some(((view.module, view.function), view.from, view.clone())),
            _ => None,
        },
    );
    let Some(head) = rows.fetch(0) else {
        return html! { <div class="microcode"><p class="empty mute" role="status">{ "Translating…" }</p></div> };
    };
    html! {
        <div class="microcode">
            <div class="microcode-head">
                if let Some(note) = &head.note {
                    <p>{ note }</p>
                } else {
                    { costs(&head) }
                }
            </div>
            if head.total > 0 {
                { list(props, &page, &rows, head.total) }
            }
        </div>
    }
}

/// What the function costs either way.
fn costs(head: &MicrocodeView) -> Html {
    let MicrocodeView { total, instructions, bytes, code_bytes, .. } = *head;
    html! {
        <p title="Operators that are dispatched for an instruction, bytes that they take for a byte of code">
            <strong>{ format::counted(total, "operator") }</strong>
            { format!(", {} an instruction · ", ratio(total, instructions)) }
            <strong>{ format::size(f64::from(bytes)) }</strong>
            { format!(", {} a byte", ratio(bytes, code_bytes)) }
        </p>
    }
}

/// A quotient with two digits behind the point.
fn ratio(of: u32, to: u32) -> String {
    let to = u64::from(to.max(1));
    let hundredths = (u64::from(of) * 100 + to / 2) / to;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn list(props: &Props, page: &Page, rows: &Rows, total: u32) -> Html {
    let selected = props.reveal.map(|reveal| reveal.place).filter(|place| {
        let row = rows.fetch(*place as u32).and_then(|view| row_of(&view, *place as u32).cloned());
        row.is_some_and(|row| props.pinned.is_some_and(|pinned| contains(&row, pinned)))
    });
    let draw = {
        let (rows, page, props) = (rows.clone(), page.clone(), props.clone());
        Callback::from(move |index: u64| {
            let row = rows.fetch(index as u32);
            draw_row(index, row.as_ref().and_then(|view| row_of(view, index as u32)), &props, &page)
        })
    };
    let on_key = {
        let (rows, page, here) = (rows.clone(), page.clone(), props.here);
        let at = props.reveal.map_or(0, |reveal| reveal.place);
        Callback::from(move |key: ListKey| {
            let Some(to) = moved(&key.event.key(), at, u64::from(total), key.page) else { return };
            key.event.prevent_default();
            // Operators that stand for the same instructions are selected together.
            let is_down = to > at;
            let row = |index: u64| {
                rows.fetch(index as u32).and_then(|view| row_of(&view, index as u32).cloned())
            };
            let mut to = to;
            while is_down && row(to).is_some_and(|row| row.instructions == 0) {
                to += 1;
            }
            if let Some(row) = row(to).filter(|_| here) {
                page.tell(Action::Pin(row.span.start));
            }
        })
    };
    let on_leave = {
        let page = page.clone();
        Callback::from(move |_| page.tell(Action::Hover(None)))
    };
    html! {
        <VirtualList
            of={(props.module, props.function)}
            rows={u64::from(total)}
            row_height={props.row_height}
            {draw}
            reveal={props.reveal}
            role="listbox"
            label="Microcode"
            class="operators"
            active={selected.map(|row| AttrValue::from(format!("operator-{row}")))}
            {on_key}
            {on_leave}
        />
    }
}

fn row_of(view: &MicrocodeView, index: u32) -> Option<&MicrocodeRow> {
    view.rows.get(index.checked_sub(view.from)? as usize)
}

fn contains(row: &MicrocodeRow, offset: u32) -> bool {
    (row.span.start..row.span.end).contains(&offset)
}

fn draw_row(index: u64, row: Option<&MicrocodeRow>, props: &Props, page: &Page) -> Html {
    let Some(row) = row else {
        return html! { <div class="operator-row loading" role="option" aria-selected="false">{ "…" }</div> };
    };
    let span = row.span;
    let is_now = props.now.is_some_and(|now| contains(row, now));
    let is_selected = props.pinned.is_some_and(|pinned| contains(row, pinned));
    let is_soft = props.soft.is_some_and(|soft| soft.start < span.end && span.start < soft.end);
    let is_first = row.instructions > 0;
    let tell = |action: Action| {
        let page = page.clone();
        props.here.then(|| Callback::from(move |_| page.tell(action.clone())))
    };
    html! {
        <div
            id={format!("operator-{index}")}
            class={class(&["operator-row", when(is_first, "first"), when(is_now, "now"), when(is_selected, "selected"), when(is_soft, "soft")])}
            role="option"
            aria-selected={if is_selected { "true" } else { "false" }}
            aria-current={is_now.then_some("step")}
            onclick={tell(Action::Pin(span.start))}
            onmouseenter={tell(Action::Hover(Some(Soft { span, explain: false })))}
        >
            <span class="marker">
                if is_now && is_first {
                    { icon(Icon::Here) }
                } else if row.is_entry {
                    <i class="entry" title="Execution may come here from the stepper"></i>
                }
            </span>
            <span class="at">{ row.at }</span>
            <span class="text" title={row.text.clone()}>{ for row.text.split_inclusive(' ').map(word) }</span>
            <span class="cost">{ cost(row) }</span>
        </div>
    }
}

/// How many instructions it stands for, and bytes that it takes.
fn cost(row: &MicrocodeRow) -> String {
    match row.instructions {
        0 => format!("{:>2} B", row.bytes),
        count => format!("×{count} {:>2} B", row.bytes),
    }
}

/// A word of an operator, in the colour that it has among instructions.
fn word(word: &str) -> Html {
    let name = match word.trim().trim_start_matches('(') {
        "jump" | "switch" | "leave" | "check" | "step" | "return_call" | "not" => "control",
        name => family(name),
    };
    match name {
        "plain" => html! { { word } },
        name => html! { <span class={class(&["mnemonic", name])}>{ word }</span> },
    }
}

#[cfg(test)]
mod tests {
    use super::ratio;

    #[test]
    fn a_quotient_is_rounded() {
        assert_eq!(ratio(8, 13), "0.62");
        assert_eq!(ratio(88, 20), "4.40");
        assert_eq!(ratio(1, 0), "1.00");
        assert_eq!(ratio(u32::MAX, 1), "4294967295.00");
    }
}
