//! A button that stands for some bytes.

use yew::prelude::*;

use crate::hooks::Page;
use crate::model::{Action, Soft};
use crate::protocol::Span;

/// Draws a button that stands for some bytes: pointing at it marks them softly
/// in the hex pane, pressing it goes there.
pub fn span_button(page: &Page, span: Span, class: String, current: bool, content: Html) -> Html {
    let (pin, enter, leave) = (page.clone(), page.clone(), page.clone());
    html! {
        <button
            type="button"
            {class}
            aria-current={current.then_some("true")}
            onclick={Callback::from(move |_| pin.tell(Action::Pin(span.start)))}
            onmouseenter={Callback::from(move |_| enter.tell(Action::Hover(Some(Soft { span, explain: false }))))}
            onmouseleave={Callback::from(move |_| leave.tell(Action::Hover(None)))}
        >
            { content }
        </button>
    }
}
