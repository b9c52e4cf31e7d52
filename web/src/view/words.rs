//! Lists of words in one line, as a shell has them.

/// The words of a line: what blanks part, but not within double quotes. A
/// backslash stands before a quote or backslash that is meant itself. None if a
/// quote is not closed.
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            _ => {
                let escaped = letters.next_if(|next| letter == '\\' && matches!(next, '"' | '\\'));
                word.get_or_insert_default().push(escaped.unwrap_or(letter));
            }
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// A line of these words.
pub fn join(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && !word.contains([' ', '\t', '"', '\\']) {
            return word.clone();
        }
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_part_words_outside_of_quotes() {
        for (line, words) in [
            ("", &[][..]),
            ("  a  b\t", &["a", "b"]),
            (r#"a "b c" """#, &["a", "b c", ""]),
            (r#"NAME="two words"x"#, &["NAME=two wordsx"]),
            (r#"\"q\" c:\\dir c:\dir"#, &[r#""q""#, r"c:\dir", r"c:\dir"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert_eq!(split(r#"a "not closed"#), None);
    }

    #[test]
    fn a_line_of_words_gives_them_back() {
        let words = ["a", "b c", "", "\"", "\\", "a\\\"b", "ä=ö"].map(str::to_owned);
        assert_eq!(split(&join(&words)).unwrap(), words);
    }
}
