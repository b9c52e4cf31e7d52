//! Class names put together.

/// The names that are not empty, as one text.
pub fn class(names: &[&str]) -> String {
    let mut text = String::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(name);
    }
    text
}

/// A name where something holds, nothing where not.
pub fn when(holds: bool, name: &'static str) -> &'static str {
    if holds { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_apply_are_put_together() {
        assert_eq!(class(&["row", when(false, "now"), when(true, "soft")]), "row soft");
        assert_eq!(class(&["", when(false, "now")]), "");
    }
}
