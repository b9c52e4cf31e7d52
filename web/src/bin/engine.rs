//! The engine: a worker that the page starts when somebody is about to open a module.

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    let scope = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>();
    if let Err(error) = scope.map_err(Into::into).and_then(fayasm_web::worker::serve) {
        web_sys::console::error_1(&error);
    }
}
