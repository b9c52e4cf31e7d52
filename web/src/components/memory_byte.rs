//! The selected byte of a memory: where it came from, and what writes to it.

use yew::prelude::*;

use super::origin::origin_button;
use crate::hooks::{use_page, use_replies};
use crate::protocol::{OriginOf, Reply, Request, WriteView};
use crate::view::format;

/// Properties of [`MemoryByte`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Which memory.
    pub memory: u32,
    /// Which byte.
    pub address: u32,
}

/// How a search for a write is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    Idle,
    UnderWay,
    /// There is none later, or none earlier.
    InVain {
        next: bool,
    },
}

/// The selected byte: where it came from, and the writes to it.
#[function_component]
pub fn MemoryByte(props: &Props) -> Html {
    let page = use_page();
    let search = use_state_eq(|| Search::Idle);
    let (memory, address) = (props.memory, props.address);
    {
        let (page, search) = (page.clone(), search.setter());
        use_replies(&page.engine.clone(), move |reply| match &**reply {
            Reply::Write(view) if (view.memory, view.address) == (memory, address) => {
                search.set(match (view.found, view.left) {
                    (Some(_), _) => Search::Idle,
                    (None, None) => Search::InVain { next: view.next },
                    (None, Some(_)) => {
                        page.ask(&Request::FindWrite(view.clone()));
                        Search::UnderWay
                    }
                });
            }
            Reply::State(_) => search.set(Search::Idle),
            _ => {}
        });
    }
    let find = |next: bool| {
        let (page, search) = (page.clone(), search.setter());
        Callback::from(move |_: MouseEvent| {
            search.set(Search::UnderWay);
            let asked = WriteView { memory, address, next, found: None, left: None };
            page.ask(&Request::FindWrite(asked));
        })
    };
    let said = match *search {
        Search::Idle => "",
        Search::UnderWay => "Looking…",
        Search::InVain { next: true } => "No later write is known.",
        Search::InVain { next: false } => "No earlier write is known.",
    };
    html! {
        <div class="memory-byte" role="group" aria-label="The selected byte">
            <code>{ format::offset(address) }</code>
            { origin_button(&format!("the byte at {}", format::offset(address)), OriginOf::Byte { memory, address }, &page) }
            <button type="button" class="secondary" onclick={find(false)}>{ "Previous write" }</button>
            <button type="button" class="secondary" onclick={find(true)}>{ "Next write" }</button>
            <span class="mute" role="status">{ said }</span>
        </div>
    }
}
