//! Linear memory.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::breakpoints::WatchForm;
use super::class::class;
use super::hex::byte_under;
use super::hex_row::HexRow;
use super::memory_byte::MemoryByte;
use super::memory_map::memory_map;
use super::typed_values::typed_values;
use super::virtual_list::{ListKey, VirtualList};
use crate::hooks::{NARROW, use_media, use_page, use_replies, use_width, use_windows};
use crate::model::Reveal;
use crate::protocol::{HeatView, Reply, Request, Span, TouchView, TypedView};
use crate::view::cursor::parse_offset;
use crate::view::format;
use crate::view::hex::{CHUNK, Chunk, Marks, TOUCHES, mask, row_length, touch};
use crate::view::keyboard::moved_in_hex;

/// The run is looked at anew when it has stood for so many milliseconds.
const PATIENCE: u32 = 200;

/// Properties of [`Memory`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Which memory.
    pub memory: u32,
    /// The module whose memory it is.
    pub module: u32,
    /// Changes whenever the program may have written to it.
    pub epoch: u64,
    /// What the next instruction and the last one read and write.
    pub touched: Vec<TouchView>,
    /// The first and the last instruction of the run that are known, while it stands.
    pub run: Option<(u64, u64)>,
    /// An address to bring into sight.
    pub goal: Option<Reveal<u32>>,
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

/// A linear memory: bytes that were just written flash, an address can be gone to, a byte
/// be selected, which is shown as values and can be asked about, and a map shows the whole.
#[function_component]
pub fn Memory(props: &Props) -> Html {
    let page = use_page();
    let memory = props.memory;
    let place = use_node_ref();
    let length = row_length(use_width(&place));
    let extent = use_state_eq(|| None::<Extent>);
    let reveal = use_state(|| None::<Reveal<u64>>);
    let cursor = use_state_eq(|| None::<u32>);
    let narrow = use_media(NARROW);
    let mapped = use_state_eq(|| !narrow);
    let chunks = use_windows(
        CHUNK,
        memory,
        props.epoch,
        |memory, from| Request::Memory { memory, from, count: CHUNK },
        move |reply| match reply {
            Reply::Memory(view) => Some((
                view.memory,
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
    let typed = use_state(|| None::<TypedView>);
    let heat = use_state(|| None::<HeatView>);
    {
        let (extent, typed, heat) = (extent.setter(), typed.setter(), heat.setter());
        let (asking, at, stands) = (page.clone(), *cursor, props.run.is_some());
        use_replies(&page.engine, move |reply| match &**reply {
            Reply::Memory(view) if view.memory == memory => {
                extent.set(Some(Extent {
                    size: view.size,
                    pages: view.pages,
                    page_size: view.page_size,
                    maximum: view.maximum,
                }));
            }
            Reply::Typed(view) if view.memory == memory && at == Some(view.address) => {
                typed.set(Some(view.clone()));
            }
            Reply::Heat(view) if view.memory == memory => {
                if view.looked_at < view.sample && stands {
                    asking.ask(&Request::Heat { memory });
                }
                heat.set(Some(view.clone()));
            }
            _ => {}
        });
    }
    {
        let page = page.clone();
        use_effect_with((*cursor, props.epoch), move |(cursor, _)| {
            if let Some(address) = *cursor {
                page.ask(&Request::Typed { memory, address });
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with(props.run.filter(|_| *mapped), move |run| {
            let ask = move || page.ask(&Request::Heat { memory });
            let later = run.map(|_| Timeout::new(PATIENCE, ask));
            move || drop(later)
        });
    }
    let go_to = {
        let (reveal, cursor) = (reveal.clone(), cursor.setter());
        Callback::from(move |address: u32| {
            let serial = reveal.map_or(0, |reveal| reveal.serial) + 1;
            reveal.set(Some(Reveal { place: u64::from(address / length), serial }));
            cursor.set(Some(address));
        })
    };
    {
        let go_to = go_to.clone();
        use_effect_with(props.goal, move |goal| {
            if let Some(goal) = goal {
                go_to.emit(goal.place);
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

    let size = extent.size as u32;
    let touched: Vec<TouchView> =
        props.touched.iter().filter(|touch| touch.memory == memory).copied().collect();
    let spans: [Vec<Span>; 4] = std::array::from_fn(|kind| {
        touched.iter().filter(|it| touch(it) == kind).map(|it| it.span).collect()
    });
    let at = (*cursor).filter(|at| *at < size);
    let draw = Callback::from(move |row: u64| {
        let row = row as u32;
        let chunk = chunks.fetch(row * length);
        let marks = Marks {
            changed: chunk.as_ref().map_or(0, |chunk| mask(&chunk.changed, row, length)),
            touched: std::array::from_fn(|kind| mask(&spans[kind], row, length)),
            cursor: at.filter(|at| at / length == row).map(|at| (at % length) as u8),
            ..Marks::default()
        };
        html! { <HexRow {row} {length} size={extent.size} {chunk} {marks} id="cell" /> }
    });
    let on_click = {
        let cursor = cursor.setter();
        Callback::from(move |event: MouseEvent| {
            if let Some(address) = byte_under(&event) {
                cursor.set(Some(address));
            }
        })
    };
    let on_key = {
        let go_to = go_to.clone();
        Callback::from(move |key: ListKey| {
            let page = key.page as u32;
            if let Some(to) = moved_in_hex(&key.event.key(), at.unwrap_or(0), size, length, page) {
                key.event.prevent_default();
                go_to.emit(to);
            }
        })
    };
    let on_map = {
        let mapped = mapped.clone();
        Callback::from(move |_: MouseEvent| mapped.set(!*mapped))
    };
    html! {
        <div class="memory" ref={place}>
            <div class="memory-head">
                <AddressField size={extent.size} on_address={go_to.clone()} />
                <button type="button" class="secondary" aria-expanded={if *mapped { "true" } else { "false" }} onclick={on_map}>{ "Map" }</button>
                <p class="mute">{ size_in_words(extent) }</p>
                if let Some(address) = at.filter(|_| props.run.is_some()) {
                    <MemoryByte key={address} {memory} {address} />
                }
                <WatchForm module={props.module} {memory} size={extent.size} chosen={at} page={page.clone()} />
                { touches(&touched, &go_to) }
                if *mapped {
                    { memory_map(heat.as_ref(), at.unwrap_or(0), &go_to) }
                }
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
                active={at.map(|at| AttrValue::from(format!("cell-{at}")))}
                {on_key}
            />
            if let Some(view) = typed.as_ref().filter(|view| at == Some(view.address)) {
                { typed_values(view) }
            }
        </div>
    }
}

/// What the next instruction and the last one read and write, each a way there.
fn touches(touched: &[TouchView], go_to: &Callback<u32>) -> Html {
    if touched.is_empty() {
        return Html::default();
    }
    let buttons = touched.iter().map(|it| {
        let (name, style) = TOUCHES[touch(it)];
        let Span { start, end } = it.span;
        let onclick = go_to.reform(move |_: MouseEvent| start);
        html! {
            <li>
                <button type="button" class={class(&["touch", style])} {onclick}>
                    { format!("{name} {}", format::offset(start)) }
                    <span class="mute">{ format!(" {}", format::counted(end.saturating_sub(start), "byte")) }</span>
                </button>
            </li>
        }
    });
    html! { <ul class="touches" aria-label="Read and written here">{ for buttons }</ul> }
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
