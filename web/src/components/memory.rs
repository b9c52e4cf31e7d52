//! Linear memory.

use yew::prelude::*;

use super::breakpoints::WatchForm;
use super::hex::byte_under;
use super::hex_row::HexRow;
use super::memory_byte::MemoryByte;
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{use_page, use_replies, use_width, use_windows};
use crate::model::Reveal;
use crate::protocol::{Reply, Request, Span};
use crate::view::cursor::parse_offset;
use crate::view::format;
use crate::view::hex::{CHUNK, Chunk, Marks, mask, row_length};
use crate::view::keyboard::moved_in_hex;

/// Properties of [`Memory`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Which memory.
    pub memory: u32,
    /// The module whose memory it is.
    pub module: u32,
    /// Changes whenever the program may have written to it.
    pub epoch: u64,
    /// What was written last.
    pub written: Option<Span>,
    /// Whether the run stands.
    pub stands: bool,
    /// Height of a row, in pixels.
    pub row_height: f64,
}

/// Size of a memory, in bytes and in pages.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Extent {
    size: f64,
    pages: u32,
    page_size: u32,
    maximum: Option<u32>,
}

/// A linear memory: bytes that were just written flash, an address can be gone to, and
/// a byte be selected, to be asked about.
#[function_component]
pub fn Memory(props: &Props) -> Html {
    let page = use_page();
    let memory = props.memory;
    let place = use_node_ref();
    let length = row_length(use_width(&place));
    let extent = use_state_eq(|| None::<Extent>);
    let reveal = use_state(|| None::<Reveal<u64>>);
    let selected = use_state_eq(|| None::<u32>);
    let chunks = use_windows(
        CHUNK,
        memory,
        props.epoch,
        move |from| Request::Memory { memory, from, count: CHUNK },
        move |reply| match reply {
            Reply::Memory(view) if view.memory == memory => Some((
                view.from,
                Chunk {
                    from: view.from,
                    bytes: view.bytes.to_vec(),
                    fields: Vec::new(),
                    changed: view.changed.clone(),
                },
            )),
            _ => None,
        },
    );
    {
        let extent = extent.setter();
        use_replies(&page.engine, move |reply| {
            if let Reply::Memory(view) = &**reply
                && view.memory == memory
            {
                extent.set(Some(Extent {
                    size: view.size,
                    pages: view.pages,
                    page_size: view.page_size,
                    maximum: view.maximum,
                }));
            }
        });
    }
    // The first window tells how large the memory is.
    chunks.fetch(0);
    let Some(extent) = *extent else {
        return html! {
            <div class="memory" ref={place}>
                <p class="empty mute" role="status">{ "Reading memory…" }</p>
            </div>
        };
    };

    let go_to = {
        let reveal = reveal.clone();
        move |address: u32| {
            let serial = reveal.map_or(0, |reveal| reveal.serial) + 1;
            reveal.set(Some(Reveal { place: u64::from(address / length), serial }));
        }
    };
    let on_click = {
        let selected = selected.setter();
        Callback::from(move |event: MouseEvent| {
            if let Some(address) = byte_under(&event) {
                selected.set(Some(address));
            }
        })
    };
    let on_key = {
        let (selected, go_to) = (selected.clone(), go_to.clone());
        Callback::from(move |key: ListKey| {
            let (at, size) = (selected.unwrap_or(0), extent.size as u32);
            if let Some(to) = moved_in_hex(&key.event.key(), at, size, length, key.page as u32) {
                key.event.prevent_default();
                selected.set(Some(to));
                go_to(to);
            }
        })
    };
    let cursor = (*selected).filter(|address| f64::from(*address) < extent.size);
    let draw = Callback::from(move |row: u64| {
        let row = row as u32;
        let chunk = chunks.fetch(row * length);
        let marks = Marks {
            changed: chunk.as_ref().map_or(0, |chunk| mask(&chunk.changed, row, length)),
            cursor: cursor
                .filter(|address| address / length == row)
                .map(|address| (address % length) as u8),
            ..Marks::default()
        };
        html! { <HexRow key={row} {row} {length} size={extent.size} {chunk} {marks} id="cell" /> }
    });
    html! {
        <div class="memory" ref={place}>
            <div class="memory-head">
                <AddressField size={extent.size} on_address={Callback::from(go_to.clone())} />
                if let Some(span) = props.written {
                    <button type="button" class="secondary" onclick={Callback::from(move |_| go_to(span.start))}>
                        { format!("Last write {}", format::offset(span.start)) }
                    </button>
                }
                <p class="mute">{ size_in_words(extent) }</p>
                if let Some(address) = cursor.filter(|_| props.stands) {
                    <MemoryByte key={address} {memory} {address} />
                }
                <WatchForm module={props.module} {memory} chosen={cursor} page={page.clone()} />
            </div>
            <VirtualList
                rows={(extent.size as u64).div_ceil(u64::from(length))}
                row_height={props.row_height}
                {draw}
                reveal={*reveal}
                {on_click}
                role="grid"
                label={format!("Bytes of memory {memory}")}
                class="hex"
                active={cursor.map(|address| AttrValue::from(format!("cell-{address}")))}
                {on_key}
            />
        </div>
    }
}

fn size_in_words(extent: Extent) -> String {
    let pages = format::counted(extent.pages, "page");
    let maximum =
        extent.maximum.map(|maximum| format!(", at most {}", format::count(f64::from(maximum))));
    let page_size = if extent.page_size == 1 { "1 byte" } else { "64 KiB" };
    format!("{} · {pages} of {page_size}{}", format::size(extent.size), maximum.unwrap_or_default())
}

/// Properties of [`AddressField`].
#[derive(Debug, Clone, PartialEq, Properties)]
struct AddressProps {
    size: f64,
    on_address: Callback<u32>,
}

/// A field for an address to go to.
#[function_component]
fn AddressField(props: &AddressProps) -> Html {
    let text = use_state(String::new);
    let wrong = use_state_eq(|| false);
    let oninput = {
        let (text, wrong) = (text.clone(), wrong.clone());
        Callback::from(move |event: InputEvent| {
            text.set(event.target_unchecked_into::<web_sys::HtmlInputElement>().value());
            wrong.set(false);
        })
    };
    let onsubmit = {
        let (text, wrong, size, on_address) =
            (text.clone(), wrong.clone(), props.size, props.on_address.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match parse_offset(&text).filter(|address| f64::from(*address) < size) {
                Some(address) => on_address.emit(address),
                None => wrong.set(true),
            }
        })
    };
    html! {
        <form class="address" {onsubmit} novalidate=true>
            <label for="address">{ "Go to" }</label>
            <input
                id="address"
                type="text"
                placeholder="0x400"
                autocomplete="off"
                spellcheck="false"
                value={(*text).clone()}
                aria-invalid={wrong.then_some("true")}
                aria-describedby={wrong.then_some("address-error")}
                {oninput}
            />
            if *wrong {
                <p class="message" id="address-error" role="alert">
                    { format!("Expected an address below 0x{:x}, like 0x400 or 1024.", props.size as u64) }
                </p>
            }
        </form>
    }
}
