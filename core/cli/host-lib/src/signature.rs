//! Signatures as text: `i32 f64 -> i64`.

use fayasm_core::{FuncType, ValType};

/// The most parameters, and the most results.
const MAX_VALUES: usize = 1000;

/// The type that a signature means, or what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<FuncType, String> {
    let (params, results) = text.split_once("->").ok_or("it has no `->`")?;
    Ok(FuncType::new(types(params)?, types(results)?))
}

fn types(text: &str) -> Result<Vec<ValType>, String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.len() > MAX_VALUES {
        return Err(format!("it has more than {MAX_VALUES} types on a side"));
    }
    words.into_iter().map(value_type).collect()
}

fn value_type(word: &str) -> Result<ValType, String> {
    match word {
        "i32" => Ok(ValType::I32),
        "i64" => Ok(ValType::I64),
        "f32" => Ok(ValType::F32),
        "f64" => Ok(ValType::F64),
        other => Err(format!("`{other}` is none of i32, i64, f32, f64")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_names_parameters_and_results() {
        for (text, shown) in [
            ("->", "() -> ()"),
            ("i32 -> ", "(i32) -> ()"),
            (" i32  f64->i64", "(i32, f64) -> i64"),
            ("-> f32 f32", "() -> (f32, f32)"),
        ] {
            assert_eq!(parse(text).map(|ty| ty.to_string()), Ok(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_said() {
        for (text, why) in [
            ("", "it has no `->`"),
            ("i32 i32", "it has no `->`"),
            ("i32, i32 -> i32", "`i32,` is none of i32, i64, f32, f64"),
            ("-> v128", "`v128` is none of i32, i64, f32, f64"),
            ("-> i32 -> i32", "`->` is none of i32, i64, f32, f64"),
        ] {
            assert_eq!(parse(text), Err(why.to_owned()), "{text}");
        }
    }
}
