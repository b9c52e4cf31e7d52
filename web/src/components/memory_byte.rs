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

/// Which write is looked for: a later one rather than an earlier one, and one that changes
/// something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sought {
    next: bool,
    changes: bool,
}

impl Sought {
    fn name(self) -> &'static str {
        match self {
            Sought { next: false, changes: false } => "Previous write",
            Sought { next: true, changes: false } => "Next write",
            Sought { next: false, changes: true } => "Previous change",
            Sought { next: true, changes: true } => "Next change",
        }
    }
}

/// How a search for a write is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    Idle,
    UnderWay,
    /// There is none.
    InVain(Sought),
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
                    (None, None) => {
                        Search::InVain(Sought { next: view.next, changes: view.changes })
                    }
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
    let find = |next: bool, changes: bool| {
        let (page, search) = (page.clone(), search.setter());
        let onclick = Callback::from(move |_: MouseEvent| {
            search.set(Search::UnderWay);
            let asked = WriteView { memory, address, next, changes, found: None, left: None };
            page.ask(&Request::FindWrite(asked));
        });
        let (name, what) =
            (Sought { next, changes }.name(), if changes { "change" } else { "write" });
        let text = if next { format!("{what} ›") } else { format!("‹ {what}") };
        html! { <button type="button" class="secondary" aria-label={name} title={name} {onclick}>{ text }</button> }
    };
    let said = match *search {
        Search::Idle => "",
        Search::UnderWay => "Looking…",
        Search::InVain(Sought { next: true, changes: false }) => "No later write is known.",
        Search::InVain(Sought { next: false, changes: false }) => "No earlier write is known.",
        Search::InVain(Sought { next: true, changes: true }) => "No later change is known.",
        Search::InVain(Sought { next: false, changes: true }) => "No earlier change is known.",
    };
    html! {
        <div class="memory-byte" role="group" aria-label="The selected byte">
            <code>{ format::offset(address) }</code>
            { origin_button(&format!("the byte at {}", format::offset(address)), OriginOf::Byte { memory, address }, &page) }
            { find(false, false) }
            { find(true, false) }
            { find(false, true) }
            { find(true, true) }
            <span class="mute" role="status">{ said }</span>
        </div>
    }
}
