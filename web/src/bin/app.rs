//! The page, and the worker it starts: one program, so that what both need is
//! loaded once. It sees for itself which of the two it is.

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => {
            if let Err(error) = fayasm_web::worker::serve(scope) {
                web_sys::console::error_1(&error);
            }
        }
        Err(_) => fayasm_web::app::mount(),
    }
}
