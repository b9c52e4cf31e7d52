//! The disassembly of a function.

use std::rc::Rc;

use yew::prelude::*;

use super::class::{class, when};
use super::film_bar::watch_button;
use super::icon::{Icon, icon};
use super::microcode::Microcode;
use super::validation::Validation;
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{Page, UseWindows, use_page, use_windows};
use crate::model::breaks::Edit;
use crate::model::{Action, Pane, Reveal, Soft};
use crate::protocol::{CodeRow, CodeView, NextView, Reply, Request, Span, StopPlace};
use crate::view::film::Film;
use crate::view::format;
use crate::view::keyboard::moved;
use crate::view::scroll::Anchor;
use crate::view::shared::Shared;

/// Rows asked for at a time.
const CHUNK: u32 = 128;

/// Indentation stops growing here; deeper code would leave the pane.
const DEEPEST: u32 = 24;

/// A breakpoint at an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// Where the instruction begins.
    pub offset: u32,
    /// The number of the breakpoint.
    pub number: u32,
    /// Whether it stops.
    pub enabled: bool,
    /// Whether the run has stopped at it.
    pub is_hit: bool,
}

/// Properties of [`Code`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The function to show.
    pub function: u32,
    /// The loaded module that it belongs to.
    pub module: u32,
    /// The name of that module, unless it is on show: then its bytes are not.
    pub elsewhere: Option<AttrValue>,
    /// Whether it is exported, so that it can be called.
    pub exported: bool,
    /// Row and effect of the instruction about to run, when it lies in this function.
    pub now: Option<(u32, AttrValue)>,
    /// Breakpoints of the module.
    pub breaks: Vec<Break>,
    /// The byte clicked on.
    pub pinned: Option<u32>,
    /// The bytes pointed at.
    pub soft: Option<Span>,
    /// A row to bring into sight.
    pub reveal: Option<Reveal<u32>>,
    /// Changes when places in source code become known.
    pub lines_found: u32,
    /// Whether its validation is watched.
    pub watched: bool,
    /// Whether its microcode is shown.
    pub microcode: bool,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

impl Props {
    /// What [`Props::now`] is for the instruction about to run.
    pub fn now(next: Option<&NextView>, module: u32, function: u32) -> Option<(u32, AttrValue)> {
        next.filter(|next| next.module == module && next.function == function)
            .map(|next| (next.row, AttrValue::from(next.effect.clone())))
    }
}

/// Rows of functions of modules.
type Rows = UseWindows<(u32, u32), CodeView>;

/// A list of the pane that a person has scrolled. The other one follows, until something is to be
/// brought into sight.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scrolled {
    is_microcode: bool,
    /// Where the instructions are to stand, or where they stand.
    anchor: Anchor,
    since: Option<Reveal<u32>>,
}

/// What is done about it.
struct Scrolling {
    by: Option<Scrolled>,
    on_code: Callback<Anchor>,
    on_microcode: Callback<Anchor>,
}

/// Has one list scrolled with the other.
#[hook]
fn use_scrolling(props: &Props) -> Scrolling {
    let update = use_force_update();
    let by = use_mut_ref(|| None::<Scrolled>);
    let note = |is_microcode: bool| {
        let (by, update) = (Rc::clone(&by), update.clone());
        let (since, is_followed) = (props.reveal, props.microcode);
        Callback::from(move |anchor| {
            by.replace(Some(Scrolled { is_microcode, anchor, since }));
            if is_followed {
                update.force_update();
            }
        })
    };
    let (on_code, on_microcode) = (note(false), note(true));
    let by = (*by.borrow()).filter(|by| by.since == props.reveal);
    Scrolling { by, on_code, on_microcode }
}

/// The disassembly of a function: click a row to see its bytes.
#[function_component]
pub fn Code(props: &Props) -> Html {
    let page = use_page();
    let scrolling = use_scrolling(props);
    let microcode = props.microcode;
    let rows = use_windows(
        CHUNK,
        (props.module, props.function),
        (props.lines_found, microcode),
        move |(module, function), from| Request::Code {
            module,
            function,
            from,
            count: CHUNK,
            microcode,
        },
        |reply| match reply {
            Reply::Code(view) => Some(((view.module, view.function), view.from, view.clone())),
            _ => None,
        },
    );
    // The function shown before stays until what is to be seen of this one is known.
    let shown = use_mut_ref(|| None::<Props>);
    let wanted = props.reveal.map_or(0, |reveal| reveal.place);
    let is_known = |head: &CodeView| wanted >= head.total || rows.fetch(wanted).is_some();
    if rows.fetch(0).is_some_and(|head| is_known(&head)) {
        shown.replace(Some(props.clone()));
    }
    let before = shown.borrow().clone();
    let props = before.as_ref().unwrap_or(props);
    let (module, function) = (props.module, props.function);
    let rows = rows.on((module, function));
    let watch = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.tell(Action::Watch(Film::Validation)))
    };
    let Some(head) = rows.fetch(0) else {
        return html! { <div class="empty"><p class="mute" role="status">{ "Disassembling…" }</p></div> };
    };
    let translate = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.tell(Action::ShowMicrocode))
    };
    let shows_microcode = props.microcode && !props.watched;
    let call = Callback::from({
        let page = page.clone();
        move |_| {
            page.tell(Action::ShowFunction(function));
            page.tell(Action::ShowPane(Pane::State));
        }
    });
    html! {
        <>
            <div class="code-head">
                <h2>
                    if props.exported {
                        <button type="button" class="link" title="Call it" onclick={call}><code>{ &head.name }</code></button>
                    } else {
                        <code>{ &head.name }</code>
                    }
                </h2>
                <code class="mute">{ &head.type_text }</code>
                if let Some(module) = &props.elsewhere {
                    <strong class="elsewhere">{ format!("in {module}") }</strong>
                }
                { break_at_start(&head, props, &page) }
                <span class="mute count">{ format::counted(head.total, "instruction") }</span>
                { watch_button(Icon::Microcode, "Microcode", "Show what it is translated to (m)", shows_microcode, translate) }
                if head.total > 0 {
                    { watch_button(Icon::Film, "Validate", "Watch the function being validated (v)", props.watched, watch) }
                }
            </div>
            if let Some(note) = &head.note {
                <div class={class(&["note", when(head.total == 0, "alone")])}>{ icon(Icon::Warning) }<p>
                    { note }
                    if shows_microcode && head.total == 0 { { " So there is no microcode either." } }
                </p></div>
            }
            if head.total > 0 {
                <div class={class(&["code-body", when(props.watched, "watched"), when(shows_microcode, "translated")])}>
                    if props.watched {
                        <Validation
                            key={format!("{module} {function}")}
                            {module}
                            {function}
                            here={props.elsewhere.is_none()}
                            reveal={props.reveal}
                        />
                    }
                    { list(props, &page, &rows, head.total, &scrolling) }
                    if shows_microcode {
                        { operators(props, &rows, &scrolling) }
                    }
                </div>
            }
        </>
    }
}

/// What the function is translated to.
fn operators(props: &Props, rows: &Rows, scrolling: &Scrolling) -> Html {
    // What is never executed has no operators: then the next one that has some.
    let operator = |place: u32| {
        let view = rows.fetch(place)?;
        let from = place.checked_sub(view.from)? as usize;
        view.rows.get(from..)?.iter().find_map(|row| row.operator)
    };
    let by = scrolling.by.filter(|by| !by.is_microcode);
    let beside = by.and_then(|Scrolled { anchor, .. }| {
        // A function has fewer rows than bytes.
        let row = operator(anchor.row as u32)?.into();
        Some(Anchor { row, ..anchor })
    });
    let row = |place: u32| rows.fetch(place).and_then(|view| row_of(&view, place).cloned());
    let reveal = props.reveal.and_then(|reveal| {
        let place = operator(reveal.place)?;
        Some(Reveal { place: place.into(), serial: reveal.serial })
    });
    html! {
        <Microcode
            module={props.module}
            function={props.function}
            here={props.elsewhere.is_none()}
            now={props.now.as_ref().and_then(|(place, _)| Some(row(*place)?.offset))}
            pinned={props.pinned}
            soft={props.soft}
            {reveal}
            {beside}
            on_scroll={scrolling.on_microcode.clone()}
            row_height={props.row_height}
        />
    }
}

/// A button for a breakpoint at the first instruction.
fn break_at_start(head: &CodeView, props: &Props, page: &Page) -> Html {
    let Some(first) = head.rows.first().filter(|_| head.from == 0) else { return Html::default() };
    let is_set = props.breaks.iter().any(|it| it.offset == first.offset);
    html! {
        <button
            type="button"
            class={class(&["tool", "break", when(is_set, "set")])}
            aria-label="Stop at the start of this function"
            aria-pressed={if is_set { "true" } else { "false" }}
            title="Stop at the start of this function"
            onclick={toggles(props, page, first.offset)}
        ></button>
    }
}

fn toggles(props: &Props, page: &Page, offset: u32) -> Callback<MouseEvent> {
    let (page, module) = (page.clone(), props.module);
    Callback::from(move |event: MouseEvent| {
        // The instruction is not selected by that.
        event.stop_propagation();
        let place = StopPlace::Instruction { offset };
        page.tell(Action::Break(Edit::Toggle { module, place }));
    })
}

fn list(props: &Props, page: &Page, rows: &Rows, total: u32, scrolling: &Scrolling) -> Html {
    let selected = selected_row(props, rows);
    let draw = {
        let (rows, page, props) = (rows.clone(), page.clone(), props.clone());
        Callback::from(move |index: u64| {
            let index = index as u32;
            let row = rows.fetch(index).and_then(|view| row_of(&view, index).cloned());
            draw_row(index, row.as_ref(), &props, &page)
        })
    };
    let on_key = {
        let (rows, page) = (rows.clone(), page.clone());
        let is_here = props.elsewhere.is_none();
        let at = selected.or(props.now.as_ref().map(|(row, _)| *row)).unwrap_or(0);
        Callback::from(move |key: ListKey| {
            let Some(to) = moved(&key.event.key(), u64::from(at), u64::from(total), key.page)
            else {
                return;
            };
            key.event.prevent_default();
            let to = to as u32;
            if is_here && let Some(row) = rows.fetch(to).and_then(|view| row_of(&view, to).cloned())
            {
                page.tell(Action::Pin(row.offset));
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
            reveal={props.reveal.map(|reveal| Reveal { place: u64::from(reveal.place), serial: reveal.serial })}
            beside={scrolling.by.filter(|by| by.is_microcode).map(|by| by.anchor)}
            on_scroll={scrolling.on_code.clone()}
            role="listbox"
            label="Instructions"
            class="code"
            active={selected.map(|row| AttrValue::from(format!("row-{row}")))}
            {on_key}
            {on_leave}
        />
    }
}

fn row_of(view: &Shared<CodeView>, index: u32) -> Option<&CodeRow> {
    view.rows.get(index.checked_sub(view.from)? as usize)
}

/// The row the byte clicked on lies in, where it is among the rows revealed last.
fn selected_row(props: &Props, rows: &Rows) -> Option<u32> {
    let pinned = props.pinned?;
    let near = props.reveal.map_or(0, |reveal| reveal.place);
    let view = rows.fetch(near)?;
    let index = view.rows.iter().position(|row| contains(row, pinned))?;
    Some(view.from + index as u32)
}

fn span_of(row: &CodeRow) -> Span {
    Span { start: row.offset, end: row.offset + row.bytes.len() as u32 }
}

fn contains(row: &CodeRow, offset: u32) -> bool {
    let span = span_of(row);
    (span.start..span.end).contains(&offset)
}

fn draw_row(index: u32, row: Option<&CodeRow>, props: &Props, page: &Page) -> Html {
    let Some(row) = row else {
        return html! { <div class="code-row loading" role="option" aria-selected="false">{ "…" }</div> };
    };
    let span = span_of(row);
    let effect = props.now.as_ref().filter(|(now, _)| *now == index).map(|(_, effect)| effect);
    let set = props.breaks.iter().find(|set| set.offset == row.offset);
    let is_selected = props.pinned.is_some_and(|pinned| contains(row, pinned));
    let is_soft = props.soft.is_some_and(|soft| soft.start < span.end && span.start < soft.end);
    let tell = |action: Action| {
        let page = page.clone();
        props.elsewhere.is_none().then(|| Callback::from(move |_| page.tell(action.clone())))
    };
    html! {
        <div
            id={format!("row-{index}")}
            class={class(&["code-row", when(effect.is_some(), "now"), when(is_selected, "selected"), when(is_soft, "soft")])}
            role="option"
            aria-selected={if is_selected { "true" } else { "false" }}
            aria-current={effect.map(|_| "step")}
            onclick={tell(Action::Pin(span.start))}
            onmouseenter={tell(Action::Hover(Some(Soft { span, explain: false })))}
        >
            <span
                class={class(&["marker", when(set.is_some(), "set"), when(set.is_some_and(|it| !it.enabled), "off"), when(set.is_some_and(|it| it.is_hit), "hit")])}
                title={if set.is_some() { "Remove the breakpoint" } else { "Stop here" }}
                onclick={toggles(props, page, row.offset)}
            >
                if let Some(set) = set {
                    <span class="visually-hidden">{ format!("breakpoint {}{}, ", set.number, if set.enabled { "" } else { ", which does not stop" }) }</span>
                }
                if effect.is_some() { { icon(Icon::Here) } }
            </span>
            <span class="offset">{ format::offset(row.offset) }</span>
            <span class="raw">{ format::bytes(&row.bytes) }</span>
            <span class="text" style={format!("--depth:{}", row.depth.min(DEEPEST))}>
                <span class={class(&["mnemonic", family(&row.mnemonic)])}>{ &row.mnemonic }</span>
                if !row.operands.is_empty() {
                    <span class="operands" title={row.symbol.clone().unwrap_or_else(|| row.remark.clone())}>{ format!(" {}", row.operands) }</span>
                }
                if let Some(effect) = effect {
                    <span class="effect" title={effect.clone()}>{ effect }</span>
                } else if !row.remark.is_empty() {
                    <span class="remark" title={row.remark.clone()}>{ &row.remark }</span>
                }
                if let Some(source) = &row.source {
                    <span class="source" title={source.clone()}>{ format::file_name(source) }</span>
                }
            </span>
        </div>
    }
}

/// The class of a mnemonic: control flow stands out from the rest.
pub(super) fn family(mnemonic: &str) -> &'static str {
    const CONTROL: &[&str] = &[
        "block",
        "loop",
        "if",
        "else",
        "end",
        "br",
        "br_if",
        "br_table",
        "return",
        "unreachable",
        "nop",
    ];
    if CONTROL.contains(&mnemonic) {
        "control"
    } else if mnemonic.starts_with("call") {
        "call"
    } else {
        match mnemonic.split('.').next() {
            Some("i32") => "t-i32",
            Some("i64") => "t-i64",
            Some("f32") => "t-f32",
            Some("f64") => "t-f64",
            Some("ref" | "table" | "elem") => "t-ref",
            _ => "plain",
        }
    }
}
