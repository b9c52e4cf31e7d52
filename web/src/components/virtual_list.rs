//! A list of equally tall rows that draws the visible ones.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::class::class;
use crate::model::Reveal;
use crate::services::size;
use crate::view::scroll::{Anchor, Keys, Scroll};

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
    /// Which of several things it lists. It begins at the top of another one.
    #[prop_or_default]
    pub of: (u32, u32),
    /// How many rows there are.
    pub rows: u64,
    /// Height of each, in pixels.
    pub row_height: f64,
    /// Draws a row. The element it draws is `row_height` tall.
    pub draw: Callback<u64, Html>,
    /// A row to bring into sight.
    #[prop_or_default]
    pub reveal: Option<Reveal<u64>>,
    /// What stands where in a list beside this one, which it follows whenever that changes.
    #[prop_or_default]
    pub beside: Option<Anchor>,
    /// A person has scrolled it.
    #[prop_or_default]
    pub on_scroll: Callback<Anchor>,
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
    let followed = use_mut_ref(|| None::<Anchor>);
    let of = use_mut_ref(|| props.of);
    let keys = use_mut_ref(Keys::default);
    // Where the browser is still to scroll to.
    let goal = use_memo((), |()| Cell::new(None::<i32>));
    {
        let mut scroll = scroll.borrow_mut();
        let (before, height) = (scroll.track_top(), scroll.viewport());
        if of.replace(props.of) == props.of {
            scroll.resize(props.rows, props.row_height, height);
        } else {
            *scroll = Scroll::new(props.rows, props.row_height, height);
            revealed.replace(None);
        }
        // A list that is not shown, or not laid out yet, has no height: what it
        // should reveal waits until it has one.
        if height > 0.0
            && revealed.replace(props.reveal) != props.reveal
            && let Some(reveal) = props.reveal
        {
            scroll.reveal(reveal.place);
        }
        if height > 0.0
            && followed.replace(props.beside) != props.beside
            && let Some(anchor) = props.beside
        {
            scroll.put(anchor);
        }
        if scroll.track_top() as i32 != before as i32 {
            goal.set(Some(scroll.track_top() as i32));
        }
    }
    // The browser lays the page out to scroll: so that comes once the rows are drawn.
    {
        let viewport = viewport.clone();
        use_effect(move || {
            if let Some(top) = goal.take()
                && let Some(element) = viewport.cast::<Element>()
            {
                element.set_scroll_top(top);
            }
        });
    }
    {
        let (viewport, scroll, update) = (viewport.clone(), Rc::clone(&scroll), update.clone());
        use_effect_with((), move |()| {
            let observer = viewport.cast::<Element>().map(|element| {
                size::observe(&element, move |element| {
                    let height = f64::from(element.client_height());
                    let mut scroll = scroll.borrow_mut();
                    let (rows, row_height) = (scroll.rows(), scroll.row_height());
                    scroll.resize(rows, row_height, height);
                    update.force_update();
                })
            });
            move || drop(observer)
        });
    }

    let onscroll = {
        let (scroll, update) = (Rc::clone(&scroll), update.clone());
        let on_scroll = props.on_scroll.clone();
        Callback::from(move |event: Event| {
            let Some(element) = event.target_dyn_into::<Element>() else {
                return;
            };
            let top = element.scroll_top();
            let mut scroll = scroll.borrow_mut();
            let before = *scroll;
            scroll.scrolled(f64::from(top));
            // Browsers round where they were told to scroll to. Only a person scrolls elsewhere.
            if top.abs_diff(before.track_top() as i32) > 1 {
                on_scroll.emit(scroll.anchor());
            }
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
    let mut keys = keys.borrow_mut();
    keys.draw(scroll.drawn());
    // Each row is a fragment of its own, for the sake of its key.
    let rows = scroll.drawn().map(|row| html! { < key={keys.of(row)}>{ props.draw.emit(row) }</> });
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
                    { for rows }
                </div>
            </div>
        </div>
    }
}
