//! A row of bytes, of a module or of a memory.

use yew::prelude::*;

use crate::protocol::FieldKind;
use crate::view::format;
use crate::view::hex::{Chunk, Marks, ROW, TOUCHES, field_at, kind_class};
use crate::view::shared::Shared;

/// Properties of [`HexRow`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Which row of the pane it is.
    pub row: u32,
    /// Bytes in each row.
    #[prop_or(ROW)]
    pub length: u32,
    /// Size of the whole in bytes, for the width of addresses.
    pub size: f64,
    /// The chunk the row lies in, once it is known.
    pub chunk: Option<Shared<Chunk>>,
    /// What its bytes are marked with.
    pub marks: Marks,
    /// Prefix of the cells' ids, which differ between panes.
    pub id: &'static str,
}

/// A row of bytes. Draws again only when its own bytes or marks change.
#[function_component]
pub fn HexRow(props: &Props) -> Html {
    let first = props.row * props.length;
    let address = format::address(f64::from(first), props.size);
    let Some(chunk) = &props.chunk else {
        return html! {
            <div class="hex-row loading" role="row"><span class="address" role="rowheader">{ address }</span></div>
        };
    };
    let bytes = chunk.row(props.row, props.length);
    let cells = (0_u8..).zip(bytes).map(|(column, byte)| {
        let offset = first + u32::from(column);
        html! {
            <span
                role="gridcell"
                id={format!("{}-{offset}", props.id)}
                data-at={offset.to_string()}
                class={cell_class(chunk, props.marks, column, offset)}
            >
                { format::pair(*byte) }
            </span>
        }
    });
    let missing = (props.length as usize).saturating_sub(bytes.len());
    let blanks = (0..missing).map(|_| html! { <span class="blank" role="gridcell"></span> });
    let text: String = bytes.iter().map(|byte| format::glyph(*byte)).collect();
    html! {
        <div class="hex-row" role="row">
            <span class="address" role="rowheader">{ address }</span>
            { for cells }
            { for blanks }
            <span class="text" role="presentation" aria-hidden="true">{ text }</span>
        </div>
    }
}

fn cell_class(chunk: &Chunk, marks: Marks, column: u8, offset: u32) -> String {
    let field = field_at(&chunk.fields, offset);
    let kind = field.map_or(FieldKind::Unknown, |field| field.kind);
    let mut class = String::from(if chunk.fields.is_empty() { "" } else { kind_class(kind) });
    let mut add = |name| {
        class.push(' ');
        class.push_str(name);
    };
    if field.is_some_and(|field| field.span.end > offset + 1) {
        add("joined");
    }
    if Marks::within(marks.soft, column) {
        add("soft");
    }
    if Marks::within(marks.pinned, column) {
        add("pinned");
    }
    if Marks::within(marks.now, column) {
        add("now");
    }
    if marks.cursor == Some(column) {
        add("cursor");
    }
    if marks.error == Some(column) {
        add("wrong");
    }
    if marks.ahead.is_some_and(|ahead| column >= ahead) {
        add("ahead");
    }
    if marks.changed & (1 << column) != 0 {
        add("changed");
    }
    for (mask, (_, name)) in marks.touched.iter().zip(TOUCHES) {
        if mask & (1 << column) != 0 {
            add(name);
        }
    }
    class
}
