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
pub struct UseWindows<K, T> {
    engine: Engine,
    windows: Rc<RefCell<Windows<K, T>>>,
    ask: Rc<dyn Fn(K, u32) -> Request>,
    key: K,
}

impl<K: Copy, T> Clone for UseWindows<K, T> {
    fn clone(&self) -> Self {
        self.on(self.key)
    }
}

impl<K, T> std::fmt::Debug for UseWindows<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UseWindows").finish_non_exhaustive()
    }
}

impl<K: Copy, T> UseWindows<K, T> {
    /// The same windows, on another thing.
    pub fn on(&self, key: K) -> Self {
        Self {
            engine: self.engine.clone(),
            windows: Rc::clone(&self.windows),
            ask: Rc::clone(&self.ask),
            key,
        }
    }
}

impl<K: Copy + PartialEq, T> UseWindows<K, T> {
    /// The chunk that holds `item`, as far as it is known.
    pub fn fetch(&self, item: u32) -> Option<Shared<T>> {
        let mut windows = self.windows.borrow_mut();
        for from in windows.ask(self.key, item..item.saturating_add(1)) {
            self.engine.send(&(self.ask)(self.key, from));
        }
        windows.get(self.key, item).cloned()
    }
}

/// Windows of `chunk` items each on `key`, one of several long things. `ask` makes the
/// request for the window that starts at an item of such a thing, `pick` takes the window
/// out of the reply: what it is of, its first item, and itself. All that is known is asked
/// for again when `epoch` changes.
#[hook]
pub fn use_windows<K, T: 'static, E: PartialEq + Clone + 'static>(
    chunk: u32,
    key: K,
    epoch: E,
    ask: impl Fn(K, u32) -> Request + 'static,
    pick: impl Fn(&Reply) -> Option<(K, u32, T)> + 'static,
) -> UseWindows<K, T>
where
    K: Copy + PartialEq + 'static,
{
    let page = use_page();
    let update = use_force_update();
    let windows = use_memo((), |()| Rc::new(RefCell::new(Windows::new(chunk))));
    let last_epoch = use_mut_ref(|| epoch.clone());
    if last_epoch.replace(epoch.clone()) != epoch {
        windows.borrow_mut().turn_stale();
    }
    let filled = Rc::clone(&windows);
    use_replies(&page.engine, move |reply| {
        if let Some((key, from, window)) = pick(reply) {
            filled.borrow_mut().insert(key, from, window);
            update.force_update();
        }
    });
    UseWindows { engine: page.engine, windows: Rc::clone(&windows), ask: Rc::new(ask), key }
}
