//! The film of a function being validated: the operand stack and the control
//! stack of validation, and what an instruction does with them.

use std::rc::Rc;

use yew::prelude::*;

use super::class::{class, when};
use super::film_bar::{FilmBar, film_bar};
use super::state::group;
use super::values::value;
use crate::hooks::{Reel, use_page, use_player, use_windows};
use crate::model::{Action, Reveal};
use crate::protocol::{CheckView, Fit, PopView, Reply, Request, ValueView};
use crate::view::film::Film;
use crate::view::format;
use crate::view::speed::{SPEEDS, Speed};

/// Rows asked for at a time.
const CHUNK: u32 = 64;

/// How fast it is at first.
const SPEED: Speed = SPEEDS[1];

/// Properties of [`Validation`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The loaded module that the function belongs to.
    pub module: u32,
    /// The function.
    pub function: u32,
    /// Whether that module is on show.
    pub here: bool,
    /// The row that was brought into sight last.
    pub reveal: Option<Reveal<u32>>,
}

/// The film of a function being validated. Places are rows.
#[function_component]
pub fn Validation(props: &Props) -> Html {
    let page = use_page();
    let on_leave = {
        let page = page.clone();
        Callback::from(move |()| page.tell(Action::Checked(None)))
    };
    let player = use_player(SPEED, on_leave);
    // The row that the film itself has brought into sight.
    let own = use_mut_ref(|| 0_u32);
    let (module, function) = (props.module, props.function);
    let rows = use_windows(
        CHUNK,
        (module, function),
        (),
        |(module, function), from| Request::Checking { module, function, from, count: CHUNK },
        |reply| match reply {
            Reply::Checking(view) => Some(((view.module, view.function), view.from, view.clone())),
            _ => None,
        },
    );
    let start = rows.fetch(0);
    let last = start.as_ref().map_or(0, |view| view.total.saturating_sub(1));
    let reveal = props.reveal;
    player.follow(
        reveal.map_or(0, |reveal| u64::from(reveal.serial) + 1),
        reveal.map(|reveal| reveal.place).filter(|row| row != &*own.borrow()),
    );
    let place = player.place().min(last);
    if player.is_playing() && place + CHUNK <= last {
        rows.fetch(place + CHUNK);
    }
    let window = rows.fetch(place);
    let row =
        window.as_ref().and_then(|view| view.rows.get(place.checked_sub(view.from)? as usize));
    let next = {
        let rows = rows.clone();
        move |place: u32| rows.fetch(place).map(|_| place + 1)
    };
    player.load(Reel { last, next: Rc::new(next), before: Rc::new(|place| place.checked_sub(1)) });

    if let Some(row) = row {
        let page = page.clone();
        let (text, offset) = (AttrValue::from(summary(row)), row.span.start);
        // Where there is no instruction there is nothing to click on.
        let pins = player.rests() && props.here && offset < row.span.end;
        player.show(u64::from(place), move || {
            own.replace(place);
            page.tell(Action::Checked(Some((place, text))));
            if pins {
                page.tell(Action::Pin(offset));
            }
        });
    }
    let verdict = row.filter(|_| place == last).map(|row| match row.error {
        Some(_) => (false, "invalid"),
        None => (true, "valid"),
    });
    let bar = FilmBar {
        label: "Validation",
        last,
        at: format!(
            "{} / {}",
            format::count(f64::from(place) + 1.0),
            format::count(f64::from(last) + 1.0)
        ),
        spoken: row.map_or_else(String::new, |row| format!("{}: {}", row.mnemonic, summary(row))),
        verdict,
        film: Film::Validation,
    };
    let note = start.as_ref().and_then(|view| view.note.clone());
    html! {
        <>
            { film_bar(&player, &bar, &page) }
            <div class="checked" tabindex="0" role="group" aria-label="Stacks of validation">
                if let Some(note) = note {
                    <p class="note">{ note }</p>
                } else if let Some(row) = row {
                    { rule(row) }
                    { operands(row) }
                    { blocks(row) }
                }
            </div>
        </>
    }
}

/// "pops i32 i32, pushes i64".
fn summary(row: &CheckView) -> String {
    if let Some(error) = &row.error {
        return error.clone();
    }
    let mut parts = Vec::new();
    if !row.pops.is_empty() {
        let types: Vec<_> = row.pops.iter().rev().map(|pop| pop.expected.as_str()).collect();
        parts.push(format!("pops {}", types.join(" ")));
    }
    if !row.pushes.is_empty() {
        parts.push(format!("pushes {}", row.pushes.join(" ")));
    }
    if let Some(block) = &row.opens {
        parts.push(format!("opens {}", block.kind));
    } else if row.closes {
        parts.push("closes the block".to_owned());
    }
    if row.stops {
        parts.push("nothing behind is reached".to_owned());
    }
    if parts.is_empty() { "changes nothing".to_owned() } else { parts.join(", ") }
}

/// What the instruction asks for, and what it finds.
fn rule(row: &CheckView) -> Html {
    let was_unreachable = row.blocks.last().is_some_and(|block| block.unreachable);
    let (eyebrow, text) = match &row.error {
        Some(error) => ("Invalid", error.clone()),
        None => ("Validates", summary(row)),
    };
    let note = match (row.stops, row.forgotten) {
        (true, 0) => "What follows in this block cannot be reached.".to_owned(),
        (true, forgotten) => {
            let forgotten = format::counted(forgotten, "operand");
            format!("What follows in this block cannot be reached: {forgotten} forgotten.")
        }
        _ if was_unreachable => "This cannot be reached: any operands are assumed.".to_owned(),
        _ => String::new(),
    };
    html! {
        <section class={class(&["next", when(row.error.is_some(), "wrong")])} aria-label="Rule">
            <p class="eyebrow">{ eyebrow }</p>
            <p class="title">
                <code class="op">{ &row.mnemonic }</code>
                <span class="offset">{ format::offset(row.span.start) }</span>
            </p>
            if !row.pops.is_empty() {
                <ul class="asks">{ for row.pops.iter().map(asked) }</ul>
            }
            <p class="effect">{ text }</p>
            <p class="mute">{ note }</p>
        </section>
    }
}

fn asked(pop: &PopView) -> Html {
    let state = match pop.fit {
        Fit::Fits | Fit::Assumed => "ask",
        Fit::Wrong | Fit::Missing => "ask bad",
    };
    html! { <li class={state}><code>{ format!("expects {}, finds {}", pop.expected, pop.found) }</code></li> }
}

/// The operand stack, its top first: what is pushed, what is popped, and the rest.
fn operands(row: &CheckView) -> Html {
    let hidden = row.operands_total - row.operands.len() as u32;
    let popped = row.pops.iter().filter(|pop| !matches!(pop.fit, Fit::Assumed | Fit::Missing));
    let popped = popped.count() as u32;
    let floor = row.blocks.last().map_or(0, |block| block.height);
    let pushed = row.pushes.iter().rev().map(|ty| ("+".to_owned(), ty, "pushed"));
    let lying = (hidden..row.operands_total).zip(&row.operands).rev().map(|(index, ty)| {
        let state = match row.operands_total - index {
            depth if depth <= popped => "popped",
            depth if depth <= popped + row.forgotten => "forgotten",
            _ if index < floor => "below",
            _ => "",
        };
        (index.to_string(), ty, state)
    });
    let all = pushed.chain(lying);
    let rows = all.map(|(name, ty, state)| line(name, "", "", ty, state));
    stack("Types on the stack", row.operands_total, hidden, rows.collect())
}

/// The control stack, the innermost block first: labels are counted from there.
fn blocks(row: &CheckView) -> Html {
    let hidden = row.blocks_total - row.blocks.len() as u32;
    let opened = row.opens.iter().map(|opened| ("+".to_owned(), opened, "block pushed"));
    let around = row.blocks.iter().rev().enumerate().map(|(label, around)| {
        let closes = row.closes && label == 0;
        (label.to_string(), around, if closes { "block popped" } else { "block" })
    });
    let rows = opened.chain(around).map(|(name, block, state)| {
        let text = format!("{} {}", block.kind, block.type_text);
        let label = format!("br takes [{}]", block.label);
        line(name, &text, &label, if block.unreachable { "unreachable" } else { "" }, state)
    });
    stack("Control stack", row.blocks_total, hidden, rows.collect())
}

/// A row of a stack.
fn line(name: String, text: &str, more: &str, ty: &str, state: &'static str) -> Html {
    let bits = if more.is_empty() { text } else { more };
    value(
        &ValueView {
            name,
            ty: ty.to_owned(),
            text: text.to_owned(),
            bits: bits.to_owned(),
            changed: false,
        },
        state,
        None,
        Html::default(),
    )
}

fn stack(title: &'static str, total: u32, hidden: u32, rows: Vec<Html>) -> Html {
    let content = html! {
        if rows.is_empty() {
            <p class="empty mute">{ "Empty." }</p>
        } else {
            <ol class="values stack" reversed=true>{ for rows }</ol>
            if hidden > 0 {
                <p class="mute">{ format!("and {} below", format::count(f64::from(hidden))) }</p>
            }
        }
    };
    group(title, total, content)
}
