//! Sizes of elements, as they change.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, ResizeObserver};

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
