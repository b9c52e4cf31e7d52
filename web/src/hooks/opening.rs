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
use crate::view::format;
use crate::view::shared::Shared;

/// The examples, and ways to open one or a file.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The examples there are; none until their index has arrived.
    pub examples: Shared<Examples>,
    /// Opens the first of some files.
    pub on_files: Callback<web_sys::FileList>,
    /// Opens an example, by file name.
    pub on_example: Callback<String>,
    /// Opens the example that the address names by now, or else the first.
    pub on_address: Callback<()>,
}

/// Fetches the index of examples, opens the one the address names or else the
/// first, and hands out ways to open another.
#[hook]
pub fn use_opening(page: &Page) -> Opening {
    let examples = use_state(|| Shared::new(Examples::default()));
    let on_address = use_callback((page.clone(), (*examples).clone()), |(), (page, examples)| {
        spawn_local(open_named(page.clone(), examples.clone()));
    });
    {
        let (page, examples) = (page.clone(), examples.setter());
        use_effect_with((), move |()| {
            spawn_local(async move {
                match files::fetch_examples().await {
                    Ok(index) => {
                        let index = Shared::new(index);
                        examples.set(index.clone());
                        open_named(page, index).await;
                    }
                    Err(reason) => page.tell(Action::Failed(failure(reason))),
                }
            });
        });
    }
    let on_files = use_callback(page.clone(), |files: web_sys::FileList, page| {
        let Some(file) = files.item(0) else {
            return;
        };
        let page = page.clone();
        location::push(&Cursor::default());
        page.tell(Action::Opening { name: file.name() });
        if files.length() > 1 {
            page.tell(Action::Warn(format!(
                "One file is opened at a time: {} is, {} was left out.",
                file.name(),
                format::counted(files.length() - 1, "other file")
            )));
        }
        spawn_local(async move {
            let loaded = files::read(file).await;
            hand_over(&page, loaded, false, &Examples::default());
        });
    });
    let on_example =
        use_callback((page.clone(), (*examples).clone()), |name: String, (page, examples)| {
            let (page, examples) = (page.clone(), examples.clone());
            location::push(&Cursor { module: Some(name.clone()), ..Cursor::default() });
            spawn_local(async move { open_example(&page, &examples, &name).await });
        });
    Opening { examples: (*examples).clone(), on_files, on_example, on_address }
}

async fn open_named(page: Page, examples: Shared<Examples>) {
    let first = examples.first().map(|example| example.file.clone());
    if let Some(name) = location::cursor().module.or(first) {
        open_example(&page, &examples, &name).await;
    }
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
    ErrorView { title: reason, details: Vec::new(), offset: None, argument: None }
}
