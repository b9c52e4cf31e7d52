//! What a program for the terminal is started with, read from what was typed.

use super::words;

/// The arguments behind a program's name.
///
/// # Errors
///
/// A quote that is not closed.
pub fn args(text: &str) -> Result<Vec<String>, String> {
    words::split(text).ok_or_else(|| "A quote is not closed.".to_owned())
}

/// Variables, each `NAME=value`.
///
/// # Errors
///
/// A quote that is not closed; a word without a name or an equals sign.
pub fn env(text: &str) -> Result<Vec<String>, String> {
    let variables = args(text)?;
    let wrong = variables.iter().find(|word| word.find('=').is_none_or(|at| at == 0));
    match wrong {
        Some(word) => Err(format!("`{word}` is no variable: NAME=value is one.")),
        None => Ok(variables),
    }
}

/// What random numbers follow from: a number, zero if there is none.
///
/// # Errors
///
/// Anything else.
pub fn seed(text: &str) -> Result<u64, String> {
    match text.trim() {
        "" => Ok(0),
        number => {
            number.parse().map_err(|_| format!("A seed is a whole number from 0 to {}.", u64::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_said() {
        assert_eq!(args(r#"a "b c""#), Ok(vec!["a".to_owned(), "b c".to_owned()]));
        assert!(args(r#"a "b"#).unwrap_err().contains("quote"));
        assert_eq!(env("A=1 B="), Ok(vec!["A=1".to_owned(), "B=".to_owned()]));
        for wrong in ["A", "=1", "A=1 B"] {
            assert!(env(wrong).unwrap_err().contains("is no variable"), "{wrong}");
        }
        assert_eq!((seed(""), seed(" 7 ")), (Ok(0), Ok(7)));
        for wrong in ["x", "-1", "1.5", "18446744073709551616"] {
            assert!(seed(wrong).unwrap_err().contains("18446744073709551615"), "{wrong}");
        }
    }
}
