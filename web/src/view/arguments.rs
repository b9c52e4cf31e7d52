//! How arguments are named, and what an empty field suggests.

/// An example of a value, shown in an empty field.
pub fn placeholder(ty: &str) -> &'static str {
    match ty {
        "i32" | "i64" => "0",
        "f32" | "f64" => "0.0",
        "funcref" | "externref" => "null",
        _ => "",
    }
}

/// A parameter as a label names it: `$x`, or `argument 0` where it has no name.
pub fn label(name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("argument {name}")
    } else {
        name.to_owned()
    }
}
