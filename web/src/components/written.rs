//! What the engine has written, drawn.

use web_sys::{Element, HtmlInputElement, MouseEvent};
use yew::prelude::*;

use crate::hooks::{use_page, use_written};
use crate::protocol::{DeviceRequest, Reply, Request};
use crate::services::markup;

/// Draws parts that the engine has written, in which every text is escaped.
pub fn written(parts: &[String]) -> Html {
    parts.iter().map(|html| html! { <Part html={html.clone()} /> }).collect()
}

/// Properties of [`Part`].
#[derive(Debug, Clone, PartialEq, Eq, Properties)]
struct PartProps {
    html: String,
}

#[function_component]
fn Part(props: &PartProps) -> Html {
    let place = use_node_ref();
    {
        let place = place.clone();
        use_effect_with(props.html.clone(), move |html| {
            if let Some(place) = place.cast::<Element>() {
                markup::show(&place, html);
            }
        });
    }
    html! { <div class="written" ref={place}></div> }
}

/// What is asked for by pressing a button there.
pub fn pressed(event: &MouseEvent) -> Option<DeviceRequest> {
    let it = event.target_unchecked_into::<Element>();
    let name = it.get_attribute("name").filter(|_| it.tag_name() == "BUTTON")?;
    Some(DeviceRequest::Press { name })
}

/// What is asked for by a field that says something else.
pub fn changed(event: &Event) -> DeviceRequest {
    // Of a select element, name and value are called the same.
    let it = event.target_unchecked_into::<HtmlInputElement>();
    let (name, value) = (it.name(), it.value());
    if it.tag_name() == "INPUT" && !name.is_empty() {
        // What is used stays there until the engine has taken something else.
        it.set_value(&it.default_value());
    }
    DeviceRequest::Field { name, value }
}

/// Properties of [`StoreOffer`].
#[derive(Debug, Clone, PartialEq, Eq, Properties)]
pub struct OfferProps {
    /// Changes whenever a run stands anew; none while it goes on.
    pub stood: Option<u64>,
}

/// What is to be decided about the store that runs are committed to.
#[function_component]
pub fn StoreOffer(props: &OfferProps) -> Html {
    let page = use_page();
    let store = use_written(&page, |reply| matches!(reply, Reply::Store(_)));
    {
        let page = page.clone();
        use_effect_with(props.stood, move |_| page.ask(&Request::Device(DeviceRequest::Look)));
    }
    let onclick = Callback::from(move |event: MouseEvent| {
        if let Some(request) = pressed(&event) {
            page.ask(&Request::Device(request));
        }
    });
    match store.as_deref() {
        Some(Reply::Store(view)) => {
            html! { <div {onclick}>{ written(std::slice::from_ref(&view.offer)) }</div> }
        }
        _ => Html::default(),
    }
}
