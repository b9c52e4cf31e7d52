//! The engine's worker.

fn main() {
    if let Err(error) = fayasm_web::worker::serve() {
        web_sys::console::error_1(&error);
    }
}
