//! The page. It holds no engine.

fn main() {
    fayasm_web::app::mount();
}
