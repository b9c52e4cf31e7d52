//! Windows on something long, asked for as they are drawn.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::replies::{use_page, use_replies};
use crate::protocol::{Reply, Request};
use crate::services::engine::Engine;
use crate::view::shared::Shared;
use crate::view::windows::Windows;

/// Windows on something long. Whoever draws an item fetches it; what is missing
/// is asked for, and its arrival draws the component again.
pub struct UseWindows<T> {
    engine: Engine,
    windows: Rc<RefCell<Windows<T>>>,
    ask: Rc<dyn Fn(u32) -> Request>,
}

impl<T> Clone for UseWindows<T> {
    fn clone(&self) -> Self {
        Self {
            engine: self.engine.clone(),
            windows: Rc::clone(&self.windows),
            ask: Rc::clone(&self.ask),
        }
    }
}

impl<T> std::fmt::Debug for UseWindows<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UseWindows").finish_non_exhaustive()
    }
}

impl<T> UseWindows<T> {
    /// The chunk that holds `item`, as far as it is known.
    pub fn fetch(&self, item: u32) -> Option<Shared<T>> {
        let mut windows = self.windows.borrow_mut();
        for from in windows.ask(item..item.saturating_add(1)) {
            self.engine.send(&(self.ask)(from));
        }
        windows.get(item).cloned()
    }
}

/// Windows of `chunk` items each. `ask` makes the request for the window that
/// starts at an item, `pick` takes the window out of the reply. Everything is
/// forgotten when `key` changes, and asked for again when `epoch` does.
#[hook]
pub fn use_windows<T: 'static, K: PartialEq + 'static, E: PartialEq + Clone + 'static>(
    chunk: u32,
    key: K,
    epoch: E,
    ask: impl Fn(u32) -> Request + 'static,
    pick: impl Fn(&Reply) -> Option<(u32, T)> + 'static,
) -> UseWindows<T> {
    let page = use_page();
    let update = use_force_update();
    let windows = use_memo(key, |_| Rc::new(RefCell::new(Windows::new(chunk))));
    let last_epoch = use_mut_ref(|| epoch.clone());
    if last_epoch.replace(epoch.clone()) != epoch {
        windows.borrow_mut().turn_stale();
    }
    let filled = Rc::clone(&windows);
    use_replies(&page.engine, move |reply| {
        if let Some((from, window)) = pick(reply) {
            filled.borrow_mut().insert(from, window);
            update.force_update();
        }
    });
    UseWindows { engine: page.engine, windows: Rc::clone(&windows), ask: Rc::new(ask) }
}
