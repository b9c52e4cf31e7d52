//! A list of equally tall rows that draws the visible ones.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::class::class;
use crate::model::Reveal;
use crate::services::size;
use crate::view::scroll::Scroll;

/// A key pressed in a list, and how many rows make a page of it.
#[derive(Debug, Clone)]
pub struct ListKey {
    /// The event.
    pub event: KeyboardEvent,
    /// Rows that fit.
    pub page: u64,
}

/// Properties of [`VirtualList`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// How many rows there are.
    pub rows: u64,
    /// Height of each, in pixels.
    pub row_height: f64,
    /// Draws a row. The element it draws is `row_height` tall.
    pub draw: Callback<u64, Html>,
    /// A row to bring into sight.
    #[prop_or_default]
    pub reveal: Option<Reveal<u64>>,
    /// Role of the list: "listbox", "tree", "grid".
    pub role: &'static str,
    /// What the list is of.
    pub label: AttrValue,
    /// Class of the list.
    #[prop_or_default]
    pub class: &'static str,
    /// Id of the row or cell the keyboard is at.
    #[prop_or_default]
    pub active: Option<AttrValue>,
    /// A key was pressed.
    #[prop_or_default]
    pub on_key: Callback<ListKey>,
    /// Something in the list was clicked on.
    #[prop_or_default]
    pub on_click: Callback<MouseEvent>,
    /// The pointer moved in the list.
    #[prop_or_default]
    pub on_move: Callback<MouseEvent>,
    /// The pointer left the list.
    #[prop_or_default]
    pub on_leave: Callback<MouseEvent>,
}

/// A list of equally tall rows that draws the visible ones.
#[function_component]
pub fn VirtualList(props: &Props) -> Html {
    let viewport = use_node_ref();
    let update = use_force_update();
    let scroll = use_mut_ref(|| Scroll::new(props.rows, props.row_height, 0.0));
    let revealed = use_mut_ref(|| None::<Reveal<u64>>);
    // What is to be scrolled, and where to.
    let to_scroll = use_memo((), |()| Cell::new(None::<(Element, i32)>));
    {
        let mut scroll = scroll.borrow_mut();
        let height = scroll.viewport();
        scroll.resize(props.rows, props.row_height, height);
    }

    // A list that is not shown, or not laid out yet, has no height: what it
    // should reveal waits until it has one.
    let reveal = {
        let (viewport, scroll, update) = (viewport.clone(), Rc::clone(&scroll), update.clone());
        let to_scroll = Rc::clone(&to_scroll);
        let wanted = props.reveal;
        Rc::new(move || {
            let mut scroll = scroll.borrow_mut();
            let Some(element) = viewport.cast::<Element>().filter(|_| scroll.viewport() > 0.0)
            else {
                return;
            };
            if *revealed.borrow() == wanted {
                return;
            }
            *revealed.borrow_mut() = wanted;
            if wanted.is_some_and(|reveal| scroll.reveal(reveal.place)) {
                to_scroll.set(Some((element, scroll.track_top() as i32)));
                update.force_update();
            }
        })
    };
    let latest_reveal = use_mut_ref(|| Rc::clone(&reveal));
    latest_reveal.replace(Rc::clone(&reveal));
    // The browser lays the page out to scroll: so that comes once its rows are drawn.
    use_effect(move || {
        if let Some((element, top)) = to_scroll.take() {
            element.set_scroll_top(top);
        }
    });
    use_effect_with((props.reveal, props.rows), move |_| reveal());

    {
        let (viewport, scroll, update) = (viewport.clone(), Rc::clone(&scroll), update.clone());
        use_effect_with((), move |()| {
            let observer = viewport.cast::<Element>().map(|element| {
                size::observe(&element, move |element| {
                    {
                        let height = f64::from(element.client_height());
                        let mut scroll = scroll.borrow_mut();
                        let (rows, row_height) = (scroll.rows(), scroll.row_height());
                        scroll.resize(rows, row_height, height);
                    }
                    update.force_update();
                    let reveal = Rc::clone(&latest_reveal.borrow());
                    reveal();
                })
            });
            move || drop(observer)
        });
    }

    let onscroll = {
        let (scroll, update) = (Rc::clone(&scroll), update.clone());
        Callback::from(move |event: Event| {
            let Some(element) = event.target_dyn_into::<Element>() else {
                return;
            };
            let mut scroll = scroll.borrow_mut();
            let before = *scroll;
            scroll.scrolled(f64::from(element.scroll_top()));
            // Where it was scrolled to by itself, everything is drawn.
            if (scroll.drawn(), scroll.drawn_top()) != (before.drawn(), before.drawn_top()) {
                update.force_update();
            }
        })
    };
    let onkeydown = {
        let (scroll, on_key) = (Rc::clone(&scroll), props.on_key.clone());
        Callback::from(move |event: KeyboardEvent| {
            let page = scroll.borrow().page();
            on_key.emit(ListKey { event, page });
        })
    };

    let scroll = scroll.borrow();
    html! {
        <div
            ref={viewport}
            class={class(&["list", props.class])}
            role={props.role}
            aria-label={props.label.clone()}
            aria-activedescendant={props.active.clone()}
            tabindex="0"
            {onscroll}
            {onkeydown}
            onclick={props.on_click.clone()}
            onmousemove={props.on_move.clone()}
            onmouseleave={props.on_leave.clone()}
        >
            <div class="track" role="presentation" style={format!("height:{}px", scroll.track() as u64)}>
                <div class="rows" role="presentation" style={format!("transform:translateY({}px)", scroll.drawn_top().round() as i64)}>
                    { for scroll.drawn().map(|row| props.draw.emit(row)) }
                </div>
            </div>
        </div>
    }
}
