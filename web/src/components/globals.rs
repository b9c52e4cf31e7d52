//! Globals.

use std::rc::Rc;

use yew::prelude::*;

use super::values::values;
use crate::hooks::{use_page, use_replies};
use crate::protocol::{Reply, Request, ValueView};

/// Properties of [`Globals`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program may have written to them.
    pub epoch: u64,
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
    use_effect_with(props.epoch, move |_| page.ask(&Request::Globals));
    match &*globals {
        Some(views) => {
            html! { <div class="scroller">{ values(views, "This module has no globals.") }</div> }
        }
        None => html! { <p class="empty mute" role="status">{ "Reading globals…" }</p> },
    }
}
