//! Files: chosen or dropped by a person, or lying beside the page.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, DragEvent, Element, File, FileList, HtmlAnchorElement, Response, Url};

use crate::view::examples::Examples;

/// Where the examples and their index lie.
const EXAMPLES: &str = "examples";

/// The largest file that is read, in bytes. Offsets are 32 bits wide, and a tab
/// holds the module twice while it is handed over.
const LARGEST: f64 = 1_073_741_824.0;

/// A module as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// File name.
    pub name: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// Reads a file a person chose or dropped.
pub async fn read(file: File) -> Result<Loaded, String> {
    let name = file.name();
    if file.size() > LARGEST {
        return Err(format!("{name} is larger than 1 GB, more than this page can hold."));
    }
    match bytes(file.array_buffer()).await {
        Ok(bytes) => Ok(Loaded { name, bytes }),
        Err(error) => Err(format!("{name} could not be read: {}.", text_of(&error))),
    }
}

async fn bytes(buffer: Promise) -> Result<Vec<u8>, JsValue> {
    let buffer: ArrayBuffer = JsFuture::from(buffer).await?.unchecked_into();
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Fetches an example.
pub async fn fetch_example(folder: &str, name: &str) -> Result<Loaded, String> {
    let buffer: ArrayBuffer =
        fetch(&format!("{EXAMPLES}/{folder}/{name}"), Response::array_buffer).await?;
    Ok(Loaded { name: name.to_owned(), bytes: Uint8Array::new(&buffer).to_vec() })
}

/// Fetches the index of examples.
pub async fn fetch_examples() -> Result<Examples, String> {
    let index: JsValue = fetch(&format!("{EXAMPLES}/fixtures.json"), Response::json).await?;
    serde_wasm_bindgen::from_value(index)
        .map_err(|error| format!("The index of examples could not be read: {error}."))
}

/// Hands a file to the browser, to be kept where a person likes.
pub fn save(path: &str, bytes: &[u8]) {
    // Fails only without memory, and the browser says so.
    let _ = try_save(path.rsplit('/').next().unwrap_or(path), bytes);
}

/// A file that comes piece by piece. The browser holds what has come, outside of the page's
/// memory.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Array);

impl Pieces {
    /// Adds a piece.
    pub fn push(&self, bytes: &[u8]) {
        if let Ok(blob) = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))) {
            self.0.push(&blob);
        }
    }

    /// Hands all of them to the browser, as one file.
    pub fn save(&self, name: &str) {
        // Fails only without memory, and the browser says so.
        let _ = Blob::new_with_blob_sequence(&self.0).and_then(|blob| hand_over(name, &blob));
    }
}

fn try_save(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?;
    hand_over(name, &blob)
}

fn hand_over(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(document) = document {
        let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    Url::revoke_object_url(&address)
}

/// Whether what is dragged is over a place that takes files itself.
pub fn over_own_place(event: &DragEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest("[data-takes-files]").is_ok_and(|it| it.is_some()))
}

async fn fetch<T: JsCast>(
    url: &str,
    body: fn(&Response) -> Result<Promise, JsValue>,
) -> Result<T, String> {
    let failed = |reason: String| format!("{url} could not be fetched: {reason}.");
    let window = web_sys::window().ok_or_else(|| failed("there is no window".to_owned()))?;
    let response = JsFuture::from(window.fetch_with_str(url))
        .await
        .map_err(|error| failed(text_of(&error)))?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(failed(format!("the server answered {}", response.status())));
    }
    let body = body(&response).map_err(|error| failed(text_of(&error)))?;
    let body = JsFuture::from(body).await.map_err(|error| failed(text_of(&error)))?;
    Ok(body.unchecked_into())
}

fn text_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    }
}

/// The files a person dropped.
pub fn dropped(event: &DragEvent) -> Option<FileList> {
    event.data_transfer()?.files()
}

/// Whether what is dragged over the page contains a file.
pub fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}
