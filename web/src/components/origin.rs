//! Where a value came from: the instructions that brought it, each a link.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::icon::{Icon, icon};
use crate::hooks::{Page, UseOrigin};
use crate::protocol::{ChainView, LinkView, OriginOf, OriginView, Request};
use crate::view::format;

/// Draws the button that asks where a value came from.
pub fn origin_button(name: &str, of: OriginOf, page: &Page) -> Html {
    let page = page.clone();
    let onclick = Callback::from(move |_: MouseEvent| page.ask(&Request::Origin { of }));
    let label = format!("Where {name} came from");
    html! {
        <button type="button" class="from" aria-label={label} title="Where it came from" {onclick}>
            { icon(Icon::Origin) }
        </button>
    }
}

/// Draws where the value asked about came from, until it is closed.
pub fn origin(origin: &UseOrigin, view: &OriginView, step: f64, page: &Page) -> Html {
    let on = |act: fn(&UseOrigin)| {
        let origin = origin.clone();
        Callback::from(move |_: MouseEvent| act(&origin))
    };
    let onkeydown = {
        let origin = origin.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                origin.back();
                origin.close();
            }
        })
    };
    html! {
        <section class="origin" aria-label="Where it came from" tabindex="-1" ref={origin.place.clone()} {onkeydown}>
            <div class="origin-head">
                <h3>{ title(view) }</h3>
                <button type="button" class="tool" aria-label="Close" onclick={on(UseOrigin::close)}>{ icon(Icon::Close) }</button>
            </div>
            { chains(view, step, page) }
            if step != view.step {
                <button type="button" class="secondary" onclick={on(UseOrigin::back)}>
                    { format!("Back to step {}", format::count(view.step)) }
                </button>
            }
        </section>
    }
}

fn title(view: &OriginView) -> Html {
    match view.of {
        OriginOf::Trap => html! { { format!("What made it trap: {}", view.title) } },
        _ => html! { <>{ "Where " }<code>{ &view.title }</code>{ " came from" }</> },
    }
}

/// Draws the chains alone.
pub fn chains(view: &OriginView, step: f64, page: &Page) -> Html {
    html! {
        <>
            { for view.chains.iter().map(|it| chain(it, view.is_done, step, page)) }
            if !view.is_done {
                <p class="mute" role="status"><span class="spinner" aria-hidden="true"></span>{ " Looking further back…" }</p>
            }
        </>
    }
}

fn chain(chain: &ChainView, is_done: bool, step: f64, page: &Page) -> Html {
    html! {
        <>
            if !chain.title.is_empty() {
                <p class="origin-of"><code>{ &chain.title }</code></p>
            }
            if chain.links.is_empty() && is_done {
                <p class="mute">{ "That is not known." }</p>
            }
            <ol class="rows-list links">
                { for chain.links.iter().map(|it| html! { <li>{ link(it, step, page) }</li> }) }
            </ol>
            if chain.is_cut {
                <p class="mute">{ "and further back" }</p>
            }
        </>
    }
}

/// Where the run goes when it is pressed.
fn link(link: &LinkView, step: f64, page: &Page) -> Html {
    let (page, to) = (page.clone(), link.step);
    let onclick = Callback::from(move |_: MouseEvent| page.ask(&Request::Seek { step: to }));
    let is_here = to == step && !link.code.is_empty();
    html! {
        <button type="button" class="row" aria-current={is_here.then_some("step")} {onclick}>
            <span class="name">{ format!("step {}", format::count(to)) }</span>
            <span class="what">
                if !link.code.is_empty() {
                    <code>{ &link.code }</code>
                }
                <span class="mute">{ &link.text }</span>
            </span>
            <span class="type">{ &link.function }</span>
        </button>
    }
}
