//! How messages cross the border between page and worker: as bytes.
//!
//! Both ends are ours and no script looks inside, so a message need not become
//! JavaScript objects, property by property. As bytes it is a tenth of the code
//! on either side, and the browser moves it without copying.

use std::fmt;

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// A message that could not be written or read: the two ends are not of the same build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Garbled;

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message between page and worker could not be understood; reload the page")
    }
}

impl From<Garbled> for JsValue {
    fn from(garbled: Garbled) -> Self {
        JsValue::from_str(&garbled.to_string())
    }
}

/// A message as bytes.
///
/// # Errors
///
/// None for the messages of [`crate::protocol`].
pub fn encode<T: Serialize>(message: &T) -> Result<Uint8Array, Garbled> {
    let bytes = postcard::to_allocvec(message).map_err(|_| Garbled)?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// A message from the bytes that [`encode`] made.
///
/// # Errors
///
/// When the value is something else.
pub fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, Garbled> {
    let bytes = value.dyn_into::<Uint8Array>().map_err(|_| Garbled)?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|_| Garbled)
}
