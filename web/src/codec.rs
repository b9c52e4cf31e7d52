//! How messages cross the border between page and worker: as plain JavaScript
//! values, bytes as `Uint8Array`, which the browser copies without looking inside.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Error;
use wasm_bindgen::JsValue;

/// A message as a JavaScript value.
pub fn encode<T: Serialize>(message: &T) -> Result<JsValue, Error> {
    serde_wasm_bindgen::to_value(message)
}

/// A message from a JavaScript value.
pub fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(value)
}
