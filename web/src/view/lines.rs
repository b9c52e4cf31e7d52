//! Text that is sent line by line.

/// Parts what is in a field into the lines that are complete, each with its end,
/// and the begun one. Ends of lines are as the terminal has them.
pub fn complete(text: &str) -> (String, String) {
    let text = text.replace("\r\n", "\n");
    match text.rsplit_once('\n') {
        Some((lines, begun)) => (format!("{lines}\n"), begun.to_owned()),
        None => (String::new(), text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_have_ended_are_complete() {
        for (text, lines, begun) in [
            ("", "", ""),
            ("one", "", "one"),
            ("one\n", "one\n", ""),
            ("one\r\ntwo\n\nthr", "one\ntwo\n\n", "thr"),
        ] {
            assert_eq!(complete(text), (lines.to_owned(), begun.to_owned()), "{text:?}");
        }
    }
}
