//! A small device: what it has, what the run takes of it, which pages are where, and the store that
//! keeps them.

use web_sys::{Element, HtmlInputElement, MouseEvent};
use yew::prelude::*;

use super::written::{changed, pressed, written};
use crate::hooks::{use_page, use_written};
use crate::protocol::{DeviceRequest, Reply, Request};

/// Properties of [`Device`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// Changes whenever the program has moved.
    pub epoch: u64,
    /// The same where it stands; none while it goes on.
    pub stood: Option<u64>,
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
    let device = use_written(&page, |reply| matches!(reply, Reply::Device(_)));
    let store = use_written(&page, |reply| matches!(reply, Reply::Store(_)));
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
        let tell = tell.clone();
        use_effect_with(props.stood, move |_| tell(DeviceRequest::Look));
    }
    let Some(Reply::Device(view)) = device.as_deref() else { return Html::default() };
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
            } else if let Some(request) = pressed(&event) {
                tell(request);
            }
        })
    };
    let onmouseover = Callback::from(move |event: MouseEvent| drop(pointed(&event)));
    let onchange = {
        let tell = tell.clone();
        Callback::from(move |event: Event| tell(changed(&event)))
    };
    let number =
        |event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value_as_number();
    let seek = Callback::from(move |event| ask(Request::Seek { step: number(event) }));
    // Cells are few.
    let choose =
        Callback::from(move |event| tell(DeviceRequest::Show { cell: Some(number(event) as u32) }));
    html! {
        <div class="device" {onclick} {onmouseover} {onchange}>
            { written(&view.before) }
            if view.last > view.first {
                <div class="map-bar ram">
                    { written(std::slice::from_ref(&view.ram)) }
                    { slider("Step, over what takes RAM", (view.first, props.step, view.last), seek) }
                </div>
            }
            { written(&view.between) }
            if view.cells > 0 {
                { written(&view.grids) }
                { slider("Page", (0.0, view.cell.into(), (view.cells - 1).into()), choose) }
            }
            { written(&view.after) }
            if let Some(Reply::Store(store)) = store.as_deref() {
                <section class="spill" aria-label="Spill store">{ written(&store.parts) }</section>
            }
            { written(&view.end) }
        </div>
    }
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
