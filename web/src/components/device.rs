//! A small device: what it has, what the run takes of it, and which pages are where.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, MouseEvent};
use yew::prelude::*;

use crate::hooks::{use_page, use_replies};
use crate::protocol::{DeviceRequest, DeviceView, Reply, Request};
use crate::view::shared::Shared;

/// Properties of [`Device`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program has moved.
    pub epoch: Option<u64>,
    /// Instructions executed.
    pub step: f64,
    /// An address of a memory was asked for.
    pub on_memory: Callback<(u32, u32)>,
}

/// The device that runs are on. The engine writes most of it, where names of fields and buttons,
/// `data-step`, `data-cell` and `data-address` say what they are for.
#[function_component]
pub fn Device(props: &Props) -> Html {
    let page = use_page();
    let view = use_state(|| None::<Shared<DeviceView>>);
    let place = use_node_ref();
    let active = use_mut_ref(String::new);
    {
        let (view, active) = (view.setter(), active.clone());
        use_replies(&page.engine, move |reply| {
            if let Reply::Device(now) = &**reply {
                *active.borrow_mut() = active_name();
                view.set(Some(Shared::new((**now).clone())));
            }
        });
    }
    let ask = move |request| page.ask(&request);
    let tell = {
        let ask = ask.clone();
        move |request| ask(Request::Device(request))
    };
    {
        let tell = tell.clone();
        use_effect_with(props.epoch, move |_| tell(DeviceRequest::Show { cell: None }));
    }
    {
        // What had the keyboard has been drawn anew.
        let place = place.clone();
        use_effect_with((*view).clone(), move |_| {
            let name = active.take();
            if !name.is_empty() && active_name() != name {
                let found = place.cast::<Element>();
                let found = found
                    .and_then(|it| it.query_selector(&format!("[name={name}]")).ok().flatten());
                // Fails only for what is not on show.
                let _ = found.map(|it| it.unchecked_into::<HtmlElement>().focus());
            }
        });
    }
    let Some(view) = &*view else { return Html::default() };
    let pointed = {
        let tell = tell.clone();
        move |event: &MouseEvent| {
            let it = event.target_unchecked_into::<Element>();
            let number = |name| it.get_attribute(name)?.parse::<u32>().ok();
            if let Some(cell) = number("data-cell") {
                tell(DeviceRequest::Show { cell: Some(cell) });
            }
            (it.clone(), number("data-memory").zip(number("data-address")))
        }
    };
    let onclick = {
        let (ask, tell, pointed) = (ask.clone(), tell.clone(), pointed.clone());
        let on_memory = props.on_memory.clone();
        Callback::from(move |event: MouseEvent| {
            let (it, byte) = pointed(&event);
            if let Some(byte) = byte {
                on_memory.emit(byte);
            } else if let Some(step) =
                it.get_attribute("data-step").and_then(|it| it.parse::<u64>().ok())
            {
                ask(Request::Seek { step: step as f64 });
            } else if let Some(name) =
                it.get_attribute("name").filter(|_| it.tag_name() == "BUTTON")
            {
                tell(DeviceRequest::Press { name });
            }
        })
    };
    let onmouseover = Callback::from(move |event: MouseEvent| drop(pointed(&event)));
    let onchange = {
        let tell = tell.clone();
        Callback::from(move |event: Event| {
            // Of a select element, name and value are called the same.
            let it = event.target_unchecked_into::<HtmlInputElement>();
            tell(DeviceRequest::Field { name: it.name(), value: it.value() });
        })
    };
    let number =
        |event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value_as_number();
    let seek = Callback::from(move |event| ask(Request::Seek { step: number(event) }));
    // Cells are few.
    let choose =
        Callback::from(move |event| tell(DeviceRequest::Show { cell: Some(number(event) as u32) }));
    html! {
        <div class="device" ref={place} {onclick} {onmouseover} {onchange}>
            { for view.before.iter().map(|part| raw(part)) }
            if view.last > view.first {
                <div class="map-bar ram">
                    { raw(&view.ram) }
                    { slider("Step, over what takes RAM", (view.first, props.step, view.last), seek) }
                </div>
            }
            { for view.between.iter().map(|part| raw(part)) }
            if view.cells > 0 {
                { for view.grids.iter().map(|part| raw(part)) }
                { slider("Page", (0.0, view.cell.into(), (view.cells - 1).into()), choose) }
            }
            { for view.after.iter().map(|part| raw(part)) }
        </div>
    }
}

/// What the engine has written, in which every text is escaped.
fn raw(html: &str) -> Html {
    Html::from_html_unchecked(html.to_owned().into())
}

fn slider(
    label: &'static str,
    (min, at, max): (f64, f64, f64),
    oninput: Callback<InputEvent>,
) -> Html {
    // Whole numbers below 2⁵³.
    let whole = |number: f64| (number as u64).to_string();
    html! {
        <input type="range" aria-label={label} min={whole(min)} max={whole(max)} value={whole(at)} {oninput} />
    }
}

/// The name of what has the keyboard.
fn active_name() -> String {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    active.and_then(|it| it.get_attribute("name")).unwrap_or_default()
}
