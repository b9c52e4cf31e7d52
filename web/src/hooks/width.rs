//! The width of an element.

use yew::prelude::*;

use crate::services::size;

/// The width of the element in pixels, now and whenever it changes; zero before it
/// is laid out.
#[hook]
pub fn use_width(element: &NodeRef) -> f64 {
    let width = use_state_eq(|| 0.0);
    let (setter, element) = (width.setter(), element.clone());
    use_effect_with((), move |()| {
        let observer = element.cast::<web_sys::Element>().and_then(|element| {
            size::observe(&element, move |element| setter.set(f64::from(element.client_width())))
        });
        move || drop(observer)
    });
    *width
}
