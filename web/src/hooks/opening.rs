//! Opening modules: examples, files, what the address names.

use std::rc::Rc;

use serde_bytes::ByteBuf;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::replies::Page;
use crate::model::{Action, Origin, Pane, Surroundings};
use crate::protocol::{ErrorView, MAGIC, ModuleFile, Request};
use crate::services::{files, location};
use crate::view::cursor::Cursor;
use crate::view::examples::{Example, Examples};
use crate::view::shared::Shared;
use crate::view::words;

/// The examples, and ways to open one or a file.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The examples there are; none until their index has arrived.
    pub examples: Option<Shared<Examples>>,
    /// Fetches the index.
    pub on_list: Callback<()>,
    /// Opens the first of some files, to be linked with the others; or makes them
    /// files of the program on show, if none is a module.
    pub on_files: Callback<web_sys::FileList>,
    /// Opens an example, by file name.
    pub on_example: Callback<String>,
    /// Opens the example that the address names by now; closes the module if it names none.
    pub on_address: Callback<()>,
}

/// The index of examples, fetched when it is first needed.
#[derive(Clone, PartialEq)]
struct Index {
    page: Page,
    known: UseStateHandle<Option<Shared<Examples>>>,
}

impl Index {
    async fn get(&self) -> Option<Shared<Examples>> {
        if let Some(known) = &*self.known {
            return Some(known.clone());
        }
        match files::fetch_examples().await {
            Ok(index) => {
                let index = Shared::new(index);
                self.known.set(Some(index.clone()));
                Some(index)
            }
            Err(reason) => {
                self.page.tell(Action::Failed(ErrorView::titled(reason)));
                None
            }
        }
    }

    /// Opens the example that the address names.
    async fn open_named(self) {
        match location::cursor().module {
            Some(name) => self.open(&name).await,
            None => self.page.tell(Action::Close),
        }
    }

    async fn open(&self, name: &str) {
        begin(&self.page, name.to_owned());
        let Some(examples) = self.get().await else { return };
        match examples.find(name) {
            Some((folder, example)) => open_example(&self.page, folder, example).await,
            None => {
                let reason = format!("There is no example called {name}.");
                self.page.tell(Action::Failed(ErrorView::titled(reason)));
            }
        }
    }
}

/// Opens the example that the address names, and hands out ways to open another.
#[hook]
pub fn use_opening(page: &Page, uses_wasi: bool) -> Opening {
    let index = Index { page: page.clone(), known: use_state(|| None) };
    let on_list = use_callback(index.clone(), |(), index| {
        let index = index.clone();
        spawn_local(async move { drop(index.get().await) });
    });
    let on_address =
        use_callback(index.clone(), |(), index| spawn_local(index.clone().open_named()));
    use_effect_with((), {
        let index = index.clone();
        move |()| spawn_local(index.open_named())
    });
    let on_files =
        use_callback((page.clone(), uses_wasi), |files: web_sys::FileList, (page, uses_wasi)| {
            let Some(first) = files.item(0) else {
                return;
            };
            let (page, uses_wasi, reading) = (page.clone(), *uses_wasi, read(&files));
            page.engine.fetch();
            spawn_local(async move {
                let files = reading.await;
                let is_module = |file: &ModuleFile| file.bytes.starts_with(MAGIC);
                match files {
                    Ok(files) if uses_wasi && !files.iter().any(is_module) => {
                        put_and_say_so(&page, files);
                    }
                    files => {
                        location::push(&Cursor::default());
                        begin(&page, first.name());
                        hand_over(&page, files, Origin::default());
                    }
                }
            });
        });
    let on_example = use_callback(index.clone(), |name: String, index| {
        location::push(&Cursor { module: Some(name.clone()), ..Cursor::default() });
        let index = index.clone();
        spawn_local(async move { index.open(&name).await });
    });
    Opening { examples: (*index.known).clone(), on_list, on_files, on_example, on_address }
}

/// Says what is being opened, and fetches the engine while that is fetched or read.
fn begin(page: &Page, name: String) {
    page.engine.fetch();
    page.tell(Action::Opening { name });
}

async fn open_example(page: &Page, folder: &str, example: &Example) {
    let suggested = Rc::from(example.calls.as_slice());
    let surroundings = match example.runs.first() {
        Some(run) => Surroundings {
            args: words::join(&run.args),
            env: words::join(&run.env),
            ..Surroundings::default()
        },
        None => Surroundings::default(),
    };
    let loaded = files::fetch_example(folder, &example.file).await.map(|loaded| vec![file(loaded)]);
    hand_over(page, loaded, Origin { is_example: true, suggested, surroundings });
}

fn hand_over(page: &Page, files: Result<Vec<ModuleFile>, String>, origin: Origin) {
    match files {
        Ok(files) => {
            page.tell(Action::Fetched(origin));
            page.ask(&Request::Open { files });
        }
        Err(reason) => page.tell(Action::Failed(ErrorView::titled(reason))),
    }
}

/// Loads files to link the module on show with.
pub fn link_files(page: &Page, files: &web_sys::FileList) {
    let (page, reading) = (page.clone(), read(files));
    spawn_local(async move {
        match reading.await {
            Ok(files) => {
                for file in files {
                    page.ask(&Request::Link { file });
                }
            }
            Err(reason) => page.tell(Action::Warn(reason)),
        }
    });
}

/// Makes files those of the program on show.
pub fn give_files(page: &Page, files: &web_sys::FileList) {
    let (page, reading) = (page.clone(), read(files));
    spawn_local(async move {
        match reading.await {
            Ok(files) => put(&page, files),
            Err(reason) => page.tell(Action::Warn(reason)),
        }
    });
}

/// Makes files those of the program on show, which may be news to whoever dropped them.
fn put_and_say_so(page: &Page, files: Vec<ModuleFile>) {
    let news = match files.as_slice() {
        [file] => format!("{} is a file of the program now.", file.name),
        files => format!("{} files are the program's now.", files.len()),
    };
    page.tell(Action::Notice(news));
    page.tell(Action::ShowPane(Pane::Terminal));
    put(page, files);
}

fn put(page: &Page, files: Vec<ModuleFile>) {
    for ModuleFile { name: path, bytes } in files {
        page.ask(&Request::PutFile { path, bytes });
    }
}

/// Puts another loaded module on show. It is known for no calls worth making.
pub fn show_module(page: &Page, module: u32) {
    location::push(&Cursor::default());
    page.tell(Action::Fetched(Origin::default()));
    page.ask(&Request::Show { module });
}

/// Reads files, in their order. They are taken from the list at once: the browser
/// empties it when the event that brought it is over.
fn read(
    files: &web_sys::FileList,
) -> impl Future<Output = Result<Vec<ModuleFile>, String>> + use<> {
    let files: Vec<_> = (0..files.length()).filter_map(|index| files.item(index)).collect();
    async move {
        let mut read = Vec::new();
        for one in files {
            read.push(file(files::read(one).await?));
        }
        Ok(read)
    }
}

fn file(loaded: files::Loaded) -> ModuleFile {
    ModuleFile { name: loaded.name, bytes: ByteBuf::from(loaded.bytes) }
}
