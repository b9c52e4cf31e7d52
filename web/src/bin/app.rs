//! The page.

fn main() {
    fayasm_web::app::mount();
}
