//! Globals.

use std::rc::Rc;

use yew::prelude::*;

use super::breakpoints::watch_button;
use super::origin::origin_button;
use super::values::values_with;
use crate::hooks::{use_page, use_replies};
use crate::model::breaks::Breaks;
use crate::protocol::{LinksView, OriginOf, Reply, Request, StopPlace, ValueView, Watch};
use crate::view::shared::Shared;

/// Properties of [`Globals`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program may have written to them.
    pub epoch: u64,
    /// Whether the run stands.
    pub stands: bool,
    /// Breakpoints: those on globals are marked.
    pub breaks: Shared<Breaks>,
    /// What is loaded.
    pub links: Shared<LinksView>,
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
    let acts = |global: u32, view: &ValueView| {
        let place = StopPlace::Global { global, on: Watch::Change };
        let name = format!("global {}", view.name);
        html! {
            <>
                if props.stands {
                    { origin_button(&view.name, OriginOf::Global(global), &page) }
                }
                { watch_button(&name, props.links.shown, place, &props.breaks, &props.links, &page) }
            </>
        }
    };
    match &*globals {
        Some(views) => {
            html! { <div class="scroller">{ values_with(views, "This module has no globals.", acts) }</div> }
        }
        None => html! { <p class="empty mute" role="status">{ "Reading globals…" }</p> },
    }
}
