//! How functions have been executed, in words.

use super::format;
use crate::protocol::{Fate, Score, Tier, TranslationView};

/// Names longer than this, in characters, are cut in the middle where there is no room.
const LONG: usize = 24;

/// How much of their end is kept.
const TAIL: usize = 14;

/// What executes a function, how often that was counted, and why it is so.
pub fn said(of: &TranslationView, tier: Tier) -> String {
    let hits = match of.hits {
        0 => String::new(),
        1 => "; hit once".to_owned(),
        hits => format!("; hit about {} times", format::count(hits.into())),
    };
    match &of.fate {
        Fate::Refused(reason) => format!("stepper; {reason}"),
        Fate::Translated { operators, .. } if tier == Tier::Stepper => {
            format!("stepper now; its microcode of {} is kept", size(*operators))
        }
        Fate::Translated { operators, score: None } => {
            format!("microcode, {}{hits}; translated at once", size(*operators))
        }
        Fate::Translated { operators, score: Some(score) } => {
            format!("microcode, {}{hits}; was hot with {}", size(*operators), of_wanted(*score))
        }
        Fate::Waits { score, setbacks } => {
            let is_hot = score.reached >= score.wanted;
            let why = match tier {
                Tier::Stepper => String::new(),
                Tier::Microcode => "; translated at its next call or round".to_owned(),
                Tier::Automatic if is_hot => {
                    format!("; {}: translated at a call or round to come", of_wanted(*score))
                }
                Tier::Automatic => format!("; {}", of_wanted(*score)),
            };
            let setbacks = match setbacks {
                0 => String::new(),
                1 => "; once without room".to_owned(),
                many => format!("; {many} times without room"),
            };
            format!("stepper{hits}{why}{setbacks}")
        }
    }
}

fn size(bytes: u32) -> String {
    format::size(f64::from(bytes))
}

fn of_wanted(Score { reached, wanted }: Score) -> String {
    format!("score {reached} of {wanted}")
}

/// A name in two parts, the first of which may be cut where there is no room.
pub fn cut(name: &str) -> (&str, &str) {
    let from_end = |count: usize| name.char_indices().rev().nth(count.saturating_sub(1));
    match from_end(LONG).and(from_end(TAIL)) {
        Some((at, _)) => name.split_at(at),
        None => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(hits: u32, fate: Fate, tier: Tier) -> String {
        said(&TranslationView { function: 0, name: "f".to_owned(), hits, fate }, tier)
    }

    #[test]
    fn what_executes_a_function_follows_from_the_tier_of_now() {
        let score = |reached| Score { reached, wanted: 550 };
        let done = Fate::Translated { operators: 88, score: Some(score(565)) };
        let cold = Fate::Waits { score: score(300), setbacks: 0 };
        let hot = Fate::Waits { score: score(650), setbacks: 2 };
        for (hits, fate, tier, expected) in [
            (
                2,
                &done,
                Tier::Automatic,
                "microcode, 88 B; hit about 2 times; was hot with score 565 of 550",
            ),
            (2, &done, Tier::Stepper, "stepper now; its microcode of 88 B is kept"),
            (1, &cold, Tier::Automatic, "stepper; hit once; score 300 of 550"),
            (0, &cold, Tier::Stepper, "stepper"),
            (1, &cold, Tier::Microcode, "stepper; hit once; translated at its next call or round"),
            (
                1234,
                &hot,
                Tier::Automatic,
                "stepper; hit about 1\u{202f}234 times; score 650 of 550: translated at a call or round \
                 to come; 2 times without room",
            ),
            (0, &Fate::Refused("it is large".to_owned()), Tier::Automatic, "stepper; it is large"),
        ] {
            assert_eq!(text(hits, fate.clone(), tier), expected);
        }
        let at_once = Fate::Translated { operators: 8, score: None };
        assert!(text(0, at_once, Tier::Microcode).ends_with("translated at once"));
    }

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(cut("short"), ("short", ""));
        let long = "core::ops::function::FnOnce::call_once";
        assert_eq!(cut(long), ("core::ops::function::FnO", "nce::call_once"));
        let many = "é".repeat(40);
        assert_eq!(cut(&many).1.chars().count(), TAIL);
        assert_eq!(format!("{}{}", cut(&many).0, cut(&many).1), many);
    }
}
