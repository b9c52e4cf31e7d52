//! The address bar.

use wasm_bindgen::JsValue;
use web_sys::History;

use crate::view::cursor::Cursor;

/// The cursor the address names.
pub fn cursor() -> Cursor {
    let hash =
        web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    Cursor::parse(&hash)
}

/// Writes the cursor into the address, without adding to the browser's history.
pub fn show(cursor: &Cursor) {
    if let Some((history, address)) = history_and(cursor) {
        // A browser may refuse when it is called too often; the next move writes it again.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Adds the cursor to the browser's history, so that Back leads to what is on show.
pub fn push(cursor: &Cursor) {
    if let Some((history, address)) = history_and(cursor) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

fn history_and(cursor: &Cursor) -> Option<(History, String)> {
    let window = web_sys::window()?;
    let hash = cursor.format();
    let address =
        if hash.is_empty() { window.location().pathname().unwrap_or_default() } else { hash };
    Some((window.history().ok()?, address))
}
