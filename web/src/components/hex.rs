//! The module's bytes.

use yew::prelude::*;

use super::hex_row::HexRow;
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{use_page, use_windows};
use crate::model::{Action, Reveal, Soft};
use crate::protocol::{Reply, Request, Span};
use crate::view::hex::{CHUNK, Chunk, Marked, ROW, field_at};
use crate::view::keyboard::moved_in_hex;

/// Properties of [`Hex`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Length of the module, in bytes.
    pub size: u32,
    /// What is marked.
    pub marked: Marked,
    /// A byte to bring into sight.
    pub reveal: Option<Reveal<u32>>,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

/// The module's bytes: hover to look at a field, click to keep it.
#[function_component]
pub fn Hex(props: &Props) -> Html {
    let page = use_page();
    let chunks = use_windows(
        CHUNK,
        (),
        (),
        |(), from| Request::Bytes { from, count: CHUNK },
        |reply| match reply {
            Reply::Bytes(view) => Some((
                (),
                view.from,
                Chunk {
                    from: view.from,
                    bytes: view.bytes.to_vec(),
                    fields: view.fields.clone(),
                    changed: Vec::new(),
                },
            )),
            _ => None,
        },
    );

    let draw = {
        let (chunks, marked, size) = (chunks.clone(), props.marked, f64::from(props.size));
        Callback::from(move |row: u64| {
            let row = row as u32;
            html! {
                <HexRow {row} {size} chunk={chunks.fetch(row * ROW)} marks={marked.in_row(row)} id="byte" />
            }
        })
    };
    let on_click = {
        let page = page.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(offset) = byte_under(&event) {
                page.tell(Action::Pin(offset));
            }
        })
    };
    let on_move = {
        let (page, soft) = (page.clone(), props.marked.soft);
        Callback::from(move |event: MouseEvent| {
            let Some(offset) = byte_under(&event) else {
                return;
            };
            let span = chunks
                .fetch(offset)
                .and_then(|chunk| field_at(&chunk.fields, offset))
                .map_or(Span { start: offset, end: offset + 1 }, |field| field.span);
            if soft != Some(span) {
                page.tell(Action::Hover(Some(Soft { span, explain: true })));
            }
        })
    };
    let on_leave = {
        let page = page.clone();
        Callback::from(move |_| page.tell(Action::Hover(None)))
    };
    let on_key = {
        let (cursor, size) = (props.marked.cursor, props.size);
        Callback::from(move |key: ListKey| {
            if let Some(to) =
                moved_in_hex(&key.event.key(), cursor.unwrap_or(0), size, ROW, key.page as u32)
            {
                key.event.prevent_default();
                page.tell(Action::Pin(to));
            }
        })
    };

    html! {
        <VirtualList
            rows={u64::from(props.size.div_ceil(ROW))}
            row_height={props.row_height}
            {draw}
            reveal={props.reveal.map(|reveal| Reveal { place: u64::from(reveal.place / ROW), serial: reveal.serial })}
            role="grid"
            label="Bytes of the module"
            class="hex"
            active={props.marked.cursor.map(|offset| AttrValue::from(format!("byte-{offset}")))}
            {on_click}
            {on_move}
            {on_leave}
            {on_key}
        />
    }
}

/// The byte an event happened on.
pub fn byte_under(event: &MouseEvent) -> Option<u32> {
    event.target_dyn_into::<web_sys::Element>()?.get_attribute("data-at")?.parse().ok()
}
