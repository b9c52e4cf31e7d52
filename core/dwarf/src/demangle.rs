//! Names as the source code has them, out of those that compilers make for linkers.

use std::fmt::{self, Write};

use cpp_demangle::{DemangleOptions, ParseOptions, Symbol};

/// The longest name that is looked into, in bytes.
const MAX_MANGLED: usize = 1 << 14;

/// The longest name that may come out, in bytes: a short one can stand for any length.
const MAX_DEMANGLED: usize = 1 << 14;

/// How deep a name of C++ may be nested, in rules of its grammar. Its parser tries one
/// rule after the other, which takes exponentially longer with depth for what is no name.
const MAX_NESTING: u32 = 48;

/// What a mangled name of Rust or C++ means, without hashes; none if it is neither, or
/// too long or too deep to find out soon.
///
/// ```
/// use fayasm_dwarf::demangle;
///
/// assert_eq!(demangle("_RNvC3app4main").as_deref(), Some("app::main"));
/// assert_eq!(demangle("_ZN3app4callEi").as_deref(), Some("app::call(int)"));
/// assert_eq!(demangle("main"), None);
/// ```
#[must_use]
pub fn demangle(name: &str) -> Option<String> {
    demangle_with(name, DemangleOptions::new())
}

/// The same, without what a function of C++ takes and gives.
///
/// ```
/// use fayasm_dwarf::demangle_name;
///
/// assert_eq!(demangle_name("_ZN3app4callEi").as_deref(), Some("app::call"));
/// ```
#[must_use]
pub fn demangle_name(name: &str) -> Option<String> {
    demangle_with(name, DemangleOptions::new().no_params().no_return_type())
}

fn demangle_with(name: &str, options: DemangleOptions) -> Option<String> {
    if !name.starts_with("_Z") && !name.starts_with("_R") || name.len() > MAX_MANGLED {
        return None;
    }
    let mut text = Short(String::new());
    match rustc_demangle::try_demangle(name) {
        Ok(rust) => write!(text, "{rust:#}").ok()?,
        Err(_) => {
            let nesting = ParseOptions::default().recursion_limit(MAX_NESTING);
            let symbol = Symbol::new_with_options(name, &nesting).ok()?;
            symbol.structured_demangle(&mut text, &options).ok()?;
        }
    }
    Some(text.0).filter(|text| text != name)
}

/// A text that does not become longer than [`MAX_DEMANGLED`].
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MAX_DEMANGLED {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rust_and_cpp_read_as_in_the_source() {
        for (mangled, name) in [
            // Rust, as it is mangled now and as it was before.
            ("_RNvC6_123foo3bar", "123foo::bar"),
            ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
            ("_RINvNtC3std3mem8align_ofjE", "std::mem::align_of::<usize>"),
            ("_ZN4core3fmt5write17h05af221e174051e9E", "core::fmt::write"),
            ("_ZN5space3fooEibc", "space::foo(int, bool, char)"),
            (
                "_ZNSt6vectorIiSaIiEE9push_backERKi",
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
            ),
        ] {
            assert_eq!(demangle(mangled).as_deref(), Some(name));
        }
    }

    #[test]
    fn other_names_stay_as_they_are() {
        for name in ["", "main", "_start", "_Z", "_R", "_Zebra", "_Run", "printf", "_ZN", "i"] {
            assert_eq!(demangle(name), None, "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_deep_name_is_given_up_soon() {
        let name = format!("_Z1f{}ES0_IS1_wriS1_iE", "St4pairIi".repeat(200));
        assert_eq!(demangle(&name), None);
    }

    #[test]
    fn a_name_that_stands_for_a_text_without_end_is_left_alone() {
        // Each parameter is a pair of the one before: twice as long.
        let name = |pairs: u8| {
            let pairs = (b'0'..b'0' + pairs).map(char::from);
            pairs.fold("_Z1fSt4pairIiiE".to_owned(), |name, id| format!("{name}S_IS{id}_S{id}_E"))
        };
        let text = demangle(&name(2)).expect("it is not long");
        assert!(text.starts_with("f(std::pair<int, int>, std::pair<std::pair<int, int>"), "{text}");
        assert_eq!(demangle(&name(10)), None);
        for name in [format!("_RMC0{}", "TRRR".repeat(2000)), "_Z".repeat(80_000)] {
            assert!(demangle(&name).is_none_or(|text| text.len() <= MAX_DEMANGLED));
        }
    }
}
