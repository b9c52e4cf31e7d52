//! Opening modules: examples, files, what the address names.

use std::rc::Rc;

use serde_bytes::ByteBuf;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::replies::Page;
use crate::model::Action;
use crate::protocol::{ErrorView, Request};
use crate::services::{files, location};
use crate::view::cursor::Cursor;
use crate::view::examples::Examples;
use crate::view::shared::Shared;

/// The examples, and ways to open one or a file.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The examples there are; none until their index has arrived.
    pub examples: Shared<Examples>,
    /// Opens a file.
    pub on_file: Callback<web_sys::File>,
    /// Opens an example, by file name.
    pub on_example: Callback<String>,
}

/// Fetches the index of examples, opens the one the address names or else the
/// first, and hands out ways to open another.
#[hook]
pub fn use_opening(page: &Page) -> Opening {
    let examples = use_state(|| Shared::new(Examples::default()));
    {
        let (page, examples) = (page.clone(), examples.setter());
        use_effect_with((), move |()| {
            spawn_local(async move {
                match files::fetch_examples().await {
                    Ok(index) => {
                        let index = Shared::new(index);
                        examples.set(index.clone());
                        let named = location::cursor().module;
                        let first = index.first().map(|example| example.file.clone());
                        if let Some(name) = named.or(first) {
                            open_example(&page, &index, &name).await;
                        }
                    }
                    Err(reason) => page.tell(Action::Failed(failure(reason))),
                }
            });
        });
    }
    let on_file = use_callback(page.clone(), |file: web_sys::File, page| {
        let page = page.clone();
        spawn_local(async move {
            page.tell(Action::Opening { name: file.name() });
            let loaded = files::read(file).await;
            hand_over(&page, loaded, false, &Examples::default());
        });
    });
    let on_example =
        use_callback((page.clone(), (*examples).clone()), |name: String, (page, examples)| {
            let (page, examples) = (page.clone(), examples.clone());
            location::show(&Cursor { module: Some(name.clone()), ..Cursor::default() });
            spawn_local(async move { open_example(&page, &examples, &name).await });
        });
    Opening { examples: (*examples).clone(), on_file, on_example }
}

async fn open_example(page: &Page, examples: &Examples, name: &str) {
    page.tell(Action::Opening { name: name.to_owned() });
    if examples.find(name).is_none() {
        page.tell(Action::Failed(failure(format!("There is no example called {name}."))));
        return;
    }
    let loaded = files::fetch_example(examples, name).await;
    hand_over(page, loaded, true, examples);
}

fn hand_over(
    page: &Page,
    loaded: Result<files::Loaded, String>,
    is_example: bool,
    examples: &Examples,
) {
    match loaded {
        Ok(loaded) => {
            let calls = examples.find(&loaded.name).map(|example| example.calls.clone());
            page.tell(Action::Fetched {
                is_example,
                suggested: Rc::from(calls.unwrap_or_default()),
            });
            page.ask(&Request::Open { name: loaded.name, bytes: ByteBuf::from(loaded.bytes) });
        }
        Err(reason) => page.tell(Action::Failed(failure(reason))),
    }
}

fn failure(reason: String) -> ErrorView {
    ErrorView {
        title: reason,
        details: vec!["Drop a .wasm file anywhere on the page, or choose another one.".to_owned()],
        offset: None,
        argument: None,
    }
}
