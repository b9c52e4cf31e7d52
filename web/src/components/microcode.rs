//! What a function is translated to, beside its instructions.

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::class::{class, when};
use super::code::family;
use super::icon::{Icon, icon};
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{Page, UseWindows, use_page, use_windows};
use crate::model::{Action, Reveal, Soft};
use crate::protocol::{MicrocodeRow, MicrocodeView, Reached, Reply, Request, Span};
use crate::view::format;
use crate::view::keyboard::moved;
use crate::view::scroll::Anchor;

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
    /// How the instructions stand, if they have been scrolled.
    pub beside: Option<Anchor>,
    /// The operators have been scrolled: how the instructions are to stand then.
    pub on_scroll: Callback<Anchor>,
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
    // Counted, as it may be scrolled to the same place again.
    let scrolled = use_state(|| (0_u32, None::<Anchor>));
    let stands = scrolled.1.and_then(|anchor| {
        // There are fewer operators than bytes.
        let place = anchor.row as u32;
        let row = row_of(&*rows.fetch(place)?, place)?.row.into();
        Some((scrolled.0, Anchor { row, ..anchor }))
    });
    {
        let on_scroll = props.on_scroll.clone();
        use_effect_with(stands, move |stands| {
            if let Some((_, anchor)) = stands {
                on_scroll.emit(*anchor);
            }
        });
    }
    let Some(head) = rows.fetch(0) else {
        return html! { <div class="microcode"><p class="empty mute" role="status">{ "Translating…" }</p></div> };
    };
    let on_scroll = {
        let (count, setter) = (scrolled.0, scrolled.setter());
        Callback::from(move |anchor| setter.set((count.wrapping_add(1), Some(anchor))))
    };
    html! {
        <div class="microcode">
            <div class="microcode-head">
                if let Some(note) = &head.note {
                    <p>{ note }</p>
                } else {
                    { costs(&head) }
                    { legend() }
                }
            </div>
            if head.total > 0 {
                { list(props, &page, &rows, head.total, on_scroll) }
            }
        </div>
    }
}

/// What the function costs either way.
fn costs(head: &MicrocodeView) -> Html {
    let MicrocodeView { total, instructions, bytes, code_bytes, .. } = *head;
    let title = format!(
        "{} operators for an instruction, {} bytes of them for a byte of code. What says where the stepper may enter comes on top: see Tiers.",
        ratio(total, instructions),
        ratio(bytes, code_bytes),
    );
    html! {
        <p {title}>
            <strong>{ format::counted(total, "operator") }</strong>
            { ", " }
            <strong>{ format::size(f64::from(bytes)) }</strong>
            { format!(" for {} of code", format::size(f64::from(code_bytes))) }
        </p>
    }
}

/// What is written in operators, and what that means.
const LEGEND: [(&str, &str); 10] = [
    ("17", "how many words of 8 bytes stand before it; jumps name it so"),
    ("t0", "a place on the operand stack, 0 being the lowest"),
    ("l0, $x", "a local; +1 is the upper half of a vector"),
    ("x ← …", "the result goes there"),
    ("→ 17", "a jump, to the operator at this word"),
    ("×3", "it stands for three instructions; without a number, together with the operator above"),
    ("step", "the stepper executes this one instruction"),
    ("leave", "the stepper goes on: with a call, a trap or an exception"),
    ("check", "stops here if the run has executed as much as it may"),
    ("", "the stepper may enter here, and calls return to here"),
];

/// Says what the signs mean, for whoever asks.
fn legend() -> Html {
    let on_key = Callback::from(|event: KeyboardEvent| {
        if event.key() == "Escape" {
            close(&event);
            event.stop_propagation();
        }
    });
    let on_leave = Callback::from(|event: FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
        let is_inside = to.is_some_and(|to| to.closest(LEGEND_CLASS).is_ok_and(|it| it.is_some()));
        if !is_inside {
            close(&event);
        }
    });
    let rows = LEGEND.iter().map(|(sign, meaning)| {
        let sign = if sign.is_empty() {
            entry(Reached::Stepper)
        } else {
            html! { { *sign } }
        };
        html! { <div><dt>{ sign }</dt><dd>{ *meaning }</dd></div> }
    });
    html! {
        <details class="signs" onkeydown={on_key} onfocusout={on_leave}>
            <summary class="tool" aria-label="What the signs mean" title="What the signs mean">{ "?" }</summary>
            <dl tabindex="0">
                { for rows }
                <div><dt>{ entry(Reached::Exception) }</dt><dd>{ "exceptions are caught here" }</dd></div>
            </dl>
        </details>
    }
}

/// The class of [`legend`], as a selector.
const LEGEND_CLASS: &str = ".signs";

/// Closes the legend that something happened to.
fn close(event: &Event) {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(Some(details)) = element.and_then(|it| it.closest(LEGEND_CLASS).ok()) {
        // Fails only for a name that is none.
        let _ = details.remove_attribute("open");
    }
}

/// The mark of an operator that is reached from elsewhere.
fn entry(reached: Reached) -> Html {
    match reached {
        Reached::Inside => Html::default(),
        Reached::Stepper => {
            html! { <i class="entry" title="The stepper may enter here, and calls return to here"></i> }
        }
        Reached::Exception => {
            html! { <i class="entry caught" title="Exceptions are caught here"></i> }
        }
    }
}

/// A quotient with two digits behind the point.
fn ratio(of: u32, to: u32) -> String {
    let to = u64::from(to.max(1));
    let hundredths = (u64::from(of) * 100 + to / 2) / to;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn list(props: &Props, page: &Page, rows: &Rows, total: u32, on_scroll: Callback<Anchor>) -> Html {
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
            beside={props.beside}
            {on_scroll}
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
                } else {
                    { entry(row.reached) }
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
