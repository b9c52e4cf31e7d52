//! Sizes of elements, as they change.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, ResizeObserver};

/// Width and height of the window, in pixels; without one, more than any pane takes.
pub fn window() -> (f64, f64) {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    root.map_or((f64::INFINITY, f64::INFINITY), |root| {
        (f64::from(root.client_width()), f64::from(root.client_height()))
    })
}

/// An observer of an element's size; dropping it ends it.
#[derive(Debug)]
pub struct SizeObserver {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl Drop for SizeObserver {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Hands over the element at first and whenever its size has changed.
pub fn observe(element: &Element, on_size: impl Fn(&Element) + 'static) -> Option<SizeObserver> {
    let observed = element.clone();
    let callback = Closure::<dyn FnMut(JsValue)>::new(move |_| on_size(&observed));
    let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    Some(SizeObserver { observer, _callback: callback })
}
