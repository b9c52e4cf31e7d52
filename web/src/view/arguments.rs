//! What a person may type as an argument, by type.

use std::num::IntErrorKind;

/// An example of a value, shown in an empty field.
pub fn placeholder(ty: &str) -> &'static str {
    match ty {
        "i32" | "i64" => "0",
        "f32" | "f64" => "0.0",
        "funcref" | "externref" => "null",
        _ => "",
    }
}

/// What a type accepts, in words.
pub fn expected(ty: &str) -> &'static str {
    match ty {
        "i32" => "a whole number from −2147483648 to 4294967295, or hex like 0xff",
        "i64" => {
            "a whole number from −9223372036854775808 to 18446744073709551615, or hex like 0xff"
        }
        "f32" | "f64" => "a number like 3.7, 1e-3, inf or nan",
        "funcref" | "externref" => "null",
        _ => "a value of a type this page cannot enter",
    }
}

/// Why a text is not a value of a type; the engine decides in the end, this
/// only says so before anything is sent.
pub fn check(name: &str, ty: &str, text: &str) -> Result<(), String> {
    let text = text.trim();
    let accepted = match ty {
        "i32" => integer(text)
            .is_some_and(|value| (i128::from(i32::MIN)..=i128::from(u32::MAX)).contains(&value)),
        "i64" => integer(text)
            .is_some_and(|value| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value)),
        "f32" | "f64" => is_number(text),
        "funcref" | "externref" => text == "null",
        _ => false,
    };
    if accepted {
        return Ok(());
    }
    let found = if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") };
    Err(format!("Argument {name} ({ty}): expected {}, found {found}.", expected(ty)))
}

/// Whether a text is a decimal number. The engine reads its value; reading it
/// here as well would double the size of this check many times over.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '−', '+']).unwrap_or(text);
    if matches!(text, "inf" | "nan") {
        return true;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_is_fine = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_is_fine
}

fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['-', '−']) {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (16, digits),
        None => (10, digits),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    match i128::from_str_radix(&digits.replace('_', ""), radix) {
        Ok(value) => Some(if negative { -value } else { value }),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(i128::MAX),
        Err(_) => None,
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
    fn values_of_each_type_are_accepted() {
        for (ty, texts) in [
            (
                "i32",
                &["7", "-1", "−1", "0xffffffff", "4294967295", "-2147483648", " 12 ", "1_000"][..],
            ),
            ("i64", &["18446744073709551615", "-9223372036854775808", "0x10"]),
            ("f32", &["0.5", "-1e9", "nan", "inf", "-inf", ".5", "5.", "1E+3"]),
            ("f64", &["3.7", "3"]),
            ("externref", &["null"]),
        ] {
            for text in texts {
                assert_eq!(check("$x", ty, text), Ok(()), "{ty} {text}");
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (ty, texts) in [
            (
                "i32",
                &[
                    "",
                    "seven",
                    "4294967296",
                    "-2147483649",
                    "1.5",
                    "0x",
                    "--1",
                    "99999999999999999999999999999999999999999",
                ][..],
            ),
            ("i64", &["18446744073709551616", "1e3"]),
            ("f64", &["three", "", ".", "1e", "1.2.3", "--1", "e5", "0x10"]),
            ("externref", &["0"]),
            ("v128", &["0"]),
        ] {
            for text in texts {
                assert!(check("$x", ty, text).is_err(), "{ty} {text}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_argument_what_was_expected_and_what_was_found() {
        assert_eq!(
            check("$n", "i32", "seven").unwrap_err(),
            "Argument $n (i32): expected a whole number from −2147483648 to 4294967295, or hex like 0xff, found “seven”."
        );
        assert!(check("0", "f64", "").unwrap_err().ends_with("found nothing."));
    }
}
