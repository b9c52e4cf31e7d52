//! A bar between two panes that can be dragged.

use web_sys::Element;
use yew::prelude::*;

use super::class::class;
use crate::services::memory;

/// Pixels a press of an arrow key moves.
const KEY_STEP: f64 = 16.0;

/// Which way a splitter moves, and on which side of it the pane lies that it sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Moves left and right; sizes the pane to its left.
    Left,
    /// Moves left and right; sizes the pane to its right.
    Right,
    /// Moves up and down; sizes the pane below.
    Below,
}

/// Limits of a pane's size, and the size it starts with, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Smallest.
    pub least: f64,
    /// Unless a person dragged it before.
    pub initial: f64,
    /// Largest.
    pub most: f64,
}

/// Properties of [`Splitter`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// What it sizes; also the name under which the size is remembered.
    pub name: &'static str,
    /// What it sizes, in words.
    pub label: &'static str,
    /// Which way it moves.
    pub side: Side,
    /// Limits.
    pub sizes: Sizes,
    /// Size now, in pixels.
    pub size: f64,
    /// Another size, in pixels.
    pub on_size: Callback<f64>,
}

/// A bar between two panes that can be dragged, or moved with the arrow keys.
#[function_component]
pub fn Splitter(props: &Props) -> Html {
    let grip = use_mut_ref(|| None::<f64>);
    let resize = {
        let (name, sizes, on_size) = (props.name, props.sizes, props.on_size.clone());
        move |size: f64| {
            let size = size.clamp(sizes.least, sizes.most);
            memory::remember_size(name, size);
            on_size.emit(size);
        }
    };
    let (side, size) = (props.side, props.size);
    let onpointerdown = {
        let grip = grip.clone();
        Callback::from(move |event: PointerEvent| {
            let Some(element) = event.target_dyn_into::<Element>() else {
                return;
            };
            // Without capture a fast drag merely loses the bar.
            let _ = element.set_pointer_capture(event.pointer_id());
            *grip.borrow_mut() = Some(along(side, &event) - size);
        })
    };
    let onpointermove = {
        let (grip, resize) = (grip.clone(), resize.clone());
        Callback::from(move |event: PointerEvent| {
            let held = *grip.borrow();
            if let Some(held) = held {
                resize(along(side, &event) - held);
            }
        })
    };
    let onpointerup = Callback::from(move |_: PointerEvent| *grip.borrow_mut() = None);
    let initial = props.sizes.initial;
    let ondblclick = {
        let resize = resize.clone();
        Callback::from(move |_: MouseEvent| resize(initial))
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let step = match (side, event.key().as_str()) {
            (Side::Left, "ArrowRight") | (Side::Right, "ArrowLeft") | (Side::Below, "ArrowUp") => {
                KEY_STEP
            }
            (Side::Left, "ArrowLeft")
            | (Side::Right, "ArrowRight")
            | (Side::Below, "ArrowDown") => -KEY_STEP,
            _ => return,
        };
        event.prevent_default();
        resize(size + step);
    });
    html! {
        <div
            class={class(&["splitter", props.name])}
            role="separator"
            aria-label={props.label}
            aria-orientation={if side == Side::Below { "horizontal" } else { "vertical" }}
            aria-valuemin={(props.sizes.least as u32).to_string()}
            aria-valuemax={(props.sizes.most as u32).to_string()}
            aria-valuenow={(props.size as u32).to_string()}
            tabindex="0"
            {onpointerdown}
            {onpointermove}
            {onpointerup}
            {ondblclick}
            {onkeydown}
        />
    }
}

/// Where the pointer is, growing in the direction in which the pane grows.
fn along(side: Side, event: &PointerEvent) -> f64 {
    match side {
        Side::Left => f64::from(event.client_x()),
        Side::Right => -f64::from(event.client_x()),
        Side::Below => -f64::from(event.client_y()),
    }
}
