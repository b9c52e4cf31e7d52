//! The address bar.

use wasm_bindgen::JsValue;

use crate::view::cursor::Cursor;

/// The cursor the address names.
pub fn cursor() -> Cursor {
    let hash =
        web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    Cursor::parse(&hash)
}

/// Writes the cursor into the address, without adding to the browser's history.
pub fn show(cursor: &Cursor) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Ok(history) = window.history() else {
        return;
    };
    let hash = cursor.format();
    let address =
        if hash.is_empty() { window.location().pathname().unwrap_or_default() } else { hash };
    // A browser may refuse when it is called too often; the next move writes it again.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
}
