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

/// One row a phase.
pub(crate) fn phases(rows: &[(&str, Outcome)]) -> String {
    let row = |(name, outcome): &(&str, Outcome)| match outcome {
        Outcome::Passed(time) => format!("  {name:<9} {}  passed\n", seconds(*time)),
        Outcome::Failed(time) => format!("  {name:<9} {}  FAILED\n", seconds(*time)),
        Outcome::NotRun => format!("  {name:<9} {:9}  not run\n", ""),
    };
    rows.iter().map(row).collect()
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
    fn the_table_has_a_row_for_every_phase_whether_it_ran_or_not() {
        let table = phases(&[
            ("fmt", Outcome::Passed(Duration::from_millis(1250))),
            ("clippy", Outcome::Failed(Duration::from_secs(123))),
            ("native", Outcome::NotRun),
        ]);
        let expected = [
            "  fmt           1.2 s  passed",
            "  clippy      123.0 s  FAILED",
            "  native               not run",
        ];
        assert_eq!(table.lines().collect::<Vec<_>>(), expected);
    }
}
