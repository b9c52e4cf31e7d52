//! What the person at the terminal sees between the tools' own output.

use std::time::Duration;

use crate::failure::Result;

/// A line that stands out from the output around it.
pub(crate) fn heading(text: &str) {
    println!("\n=== {text}");
}

/// `1234567` as `1 234 567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// Seconds with one decimal, right-aligned for a table.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:>7.1} s", duration.as_secs_f64())
}

/// How one phase of a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// One row a phase, then the overall outcome as the last line.
pub(crate) fn phases(rows: &[(&str, Outcome)]) -> String {
    let mut table = String::from("\n");
    let mut total = Duration::ZERO;
    for (name, outcome) in rows {
        let (time, word) = match outcome {
            Outcome::Passed(time) => (Some(*time), "passed"),
            Outcome::Failed(time) => (Some(*time), "FAILED"),
            Outcome::NotRun => (None, "not run"),
        };
        total += time.unwrap_or_default();
        let time = time.map_or_else(|| " ".repeat(9), seconds);
        table.push_str(&format!("  {name:<10} {time}  {word}\n"));
    }
    let failed = rows.iter().find(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    let last = match failed {
        Some((name, _)) => format!("FAILED in `{name}`; again: cargo xtask test {name}"),
        None => format!("all {} phases passed", rows.len()),
    };
    table.push_str(&format!("{last}, {:.0} s\n", total.as_secs_f64()));
    table
}

/// Runs `work` and says how long it took, whether or not it succeeded.
pub(crate) fn timed(work: impl FnOnce() -> Result) -> (Result, Duration) {
    let started = std::time::Instant::now();
    let result = work();
    (result, started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_from_the_right() {
        let cases = [(0, "0"), (999, "999"), (1000, "1 000"), (1234567, "1 234 567")];
        for (number, expected) in cases {
            assert_eq!(thousands(number), expected);
        }
    }

    #[test]
    fn the_last_line_names_the_phase_that_failed() {
        let table = phases(&[
            ("fmt", Outcome::Passed(Duration::from_secs(1))),
            ("clippy", Outcome::Failed(Duration::from_secs(2))),
            ("native", Outcome::NotRun),
        ]);
        let last = table.lines().last().unwrap_or_default();
        assert_eq!(last, "FAILED in `clippy`; again: cargo xtask test clippy, 3 s");
    }

    #[test]
    fn the_last_line_of_a_good_run_counts_the_phases() {
        let table = phases(&[("fmt", Outcome::Passed(Duration::from_secs(1)))]);
        assert!(table.ends_with("all 1 phases passed, 1 s\n"), "{table}");
    }
}
