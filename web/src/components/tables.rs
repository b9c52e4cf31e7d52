//! Tables.

use yew::prelude::*;

use super::class::{class, when};
use super::virtual_list::VirtualList;
use crate::hooks::{use_page, use_replies, use_windows};
use crate::protocol::{Reply, Request};
use crate::view::format;

/// Elements asked for at a time.
const CHUNK: u32 = 256;

/// Properties of [`Table`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Which table.
    pub table: u32,
    /// Changes whenever the program may have written to it.
    pub epoch: u64,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

/// The elements of a table.
#[function_component]
pub fn Table(props: &Props) -> Html {
    let page = use_page();
    let wanted = props.table;
    let size = use_state_eq(|| None::<u32>);
    let rows = use_windows(
        CHUNK,
        wanted,
        props.epoch,
        |table, from| Request::Table { table, from, count: CHUNK },
        |reply| match reply {
            Reply::Table { table, from, rows, .. } => Some((*table, *from, rows.clone())),
            _ => None,
        },
    );
    {
        let known = size.setter();
        use_replies(&page.engine, move |reply| {
            if let Reply::Table { table, size, .. } = &**reply
                && *table == wanted
            {
                known.set(Some(*size));
            }
        });
    }
    // The first window tells how large the table is.
    rows.fetch(0);
    let Some(size) = *size else {
        return html! { <p class="empty mute" role="status">{ "Reading the table…" }</p> };
    };
    if size == 0 {
        return html! { <p class="empty mute">{ "This table has no elements." }</p> };
    }
    let draw = Callback::from(move |index: u64| {
        let index = index as u32;
        let chunk = rows.fetch(index);
        let text = chunk
            .as_ref()
            .and_then(|chunk| chunk.get((index % CHUNK) as usize))
            .map_or("…", String::as_str);
        html! {
            <div class="element" role="option" aria-selected="false">
                <span class="name">{ index }</span>
                <code class={class(&["text", when(text == "null", "mute")])}>{ text }</code>
            </div>
        }
    });
    html! {
        <div class="memory">
            <p class="memory-head mute">{ format!("Table {wanted} · {}", format::counted(size, "element")) }</p>
            <VirtualList
                rows={u64::from(size)}
                row_height={props.row_height}
                {draw}
                role="listbox"
                label={format!("Elements of table {wanted}")}
                class="elements"
            />
        </div>
    }
}
