//! Globals.

use std::rc::Rc;

use yew::prelude::*;

use super::values::{Asks, values};
use crate::hooks::{use_page, use_replies};
use crate::protocol::{OriginOf, Reply, Request, ValueView};

/// Properties of [`Globals`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program may have written to them.
    pub epoch: u64,
    /// Whether the run stands.
    pub stands: bool,
}

/// The globals of the running instance.
#[function_component]
pub fn Globals(props: &Props) -> Html {
    let page = use_page();
    let globals = use_state(|| None::<Rc<[ValueView]>>);
    {
        let globals = globals.setter();
        use_replies(&page.engine, move |reply| {
            if let Reply::Globals(views) = &**reply {
                globals.set(Some(views.as_slice().into()));
            }
        });
    }
    {
        let page = page.clone();
        use_effect_with(props.epoch, move |_| page.ask(&Request::Globals));
    }
    match &*globals {
        Some(views) => {
            let of = props.stands.then_some(Asks { page: &page, of: OriginOf::Global });
            html! { <div class="scroller">{ values(views, "This module has no globals.", of) }</div> }
        }
        None => html! { <p class="empty mute" role="status">{ "Reading globals…" }</p> },
    }
}
