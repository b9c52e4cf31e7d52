//! The words of the command line, before options are told apart from values.

use std::ffi::{OsStr, OsString};

/// Commands whose arguments can be numbers.
const NUMERIC: [&str; 5] = ["run", "step", "debug", "trace", "microcode"];

/// Has numbers such as `-inf`, `-.5` and `-0x1` begin with a space, with which
/// they are values still, but no longer look like options.
pub(crate) fn with_numbers(
    words: impl IntoIterator<Item = OsString>,
    options: &clap::Command,
) -> Vec<OsString> {
    let mut spaced: Vec<OsString> = Vec::new();
    let (mut numeric, mut ended) = (false, false);
    for word in words {
        ended |= word == "--";
        let is_argument = numeric && !ended && is_negative(&word);
        let previous = spaced.last().and_then(|word| word.to_str()).unwrap_or_default();
        if is_argument && !takes_value(options, previous) {
            let mut number = OsString::from(" ");
            number.push(word);
            spaced.push(number);
        } else {
            numeric |= NUMERIC.iter().any(|command| word == *command);
            spaced.push(word);
        }
    }
    spaced
}

/// Whether it begins as a number below zero does.
fn is_negative(word: &OsStr) -> bool {
    let magnitude = word.to_str().and_then(|word| word.strip_prefix('-'));
    magnitude.is_some_and(|it| {
        it.starts_with(|c: char| c == '.' || c.is_ascii_digit())
            || it.starts_with("inf")
            || it.starts_with("nan")
    })
}

/// Whether this word is an option that the next word belongs to.
fn takes_value(options: &clap::Command, word: &str) -> bool {
    let commands = options.get_subcommands().chain([options]);
    let mut arguments = commands
        .flat_map(clap::Command::get_arguments)
        .filter(|argument| argument.get_action().takes_values());
    match (word.strip_prefix("--"), word.strip_prefix('-')) {
        (Some(long), _) => arguments.any(|argument| {
            argument.get_long_and_visible_aliases().is_some_and(|names| names.contains(&long))
        }),
        (None, Some(short)) => {
            arguments.any(|argument| argument.get_short().is_some_and(|it| short.ends_with(it)))
        }
        (None, None) => false,
    }
}

/// The word that is spelt most like another, if it is like it at all.
pub(crate) fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &'a str| (strsim::damerau_levenshtein(word, other), other);
    let (distance, nearest) = among.map(distance).min()?;
    let longer = word.chars().count().max(nearest.chars().count());
    (distance * 2 <= longer).then_some(nearest)
}

/// A number, decimal or hexadecimal.
pub(crate) fn number(text: &str) -> Option<u64> {
    let text = text.replace('_', "");
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Options;

    fn rewritten(line: &str) -> String {
        let words = line.split('|').map(OsString::from);
        let words = with_numbers(words, &Options::command());
        words.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn numbers_below_zero_are_no_options() {
        for number in ["-1", "-.5", "-0x1", "-1e5", "-inf", "-nan", "-nan:0x4", "-1_000"] {
            let line = format!("fayasm|--quiet|run|x|f|--count|{number}|{number}");
            let expected = format!("fayasm|--quiet|run|x|f|--count| {number}| {number}");
            assert_eq!(rewritten(&line), expected);
        }
    }

    #[test]
    fn all_other_words_stay_as_they_are() {
        for line in [
            "fayasm|run|x|f|-q|--count|--quiet|-|--|-1|-inf",
            "fayasm|trace|x|f|-o|-1|--limit|-1|--lines|-1|--color|-1|-qo|-1",
            "fayasm|validate|-1",
            "fayasm|microcode|x|--save|-1",
            "fayasm|run|--fuel=-1|-x|-i",
        ] {
            assert_eq!(rewritten(line), line);
        }
    }
}
