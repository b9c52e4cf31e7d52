//! How arguments are named, and what an empty field suggests.

/// The value that an empty field stands for; nothing where the type has none.
pub fn placeholder(ty: &str) -> &'static str {
    match ty {
        "i32" | "i64" | "v128" => "0",
        "f32" | "f64" => "0.0",
        ty if ty.starts_with("(ref null ") || !ty.starts_with('(') => "null",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_shows_what_it_stands_for() {
        for (ty, shown) in [
            ("i64", "0"),
            ("f32", "0.0"),
            ("v128", "0"),
            ("externref", "null"),
            ("(ref null 3)", "null"),
            ("(ref func)", ""),
        ] {
            assert_eq!(placeholder(ty), shown, "{ty}");
        }
    }
}
