//! Modules made at random, the same in every run: `cargo xtask fuzz` makes more.

use fayasm_tests::fuzz::{self, Counts};

/// Other modules than those that `cargo xtask fuzz` makes first.
const SEED: u64 = 2026;

/// Checks the modules of these numbers.
fn check(numbers: std::ops::Range<u64>) -> Counts {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for number in numbers {
        let findings = fuzz::check(SEED, number);
        counts += findings.counts;
        let again = format!("cargo xtask fuzz --seed {SEED} --number {number}");
        wrong
            .extend(findings.differences.iter().map(|it| format!("{}\n  again: {again}", it.what)));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    counts
}

/// Enough was seen to find something.
fn assert_telling(counts: Counts) {
    assert!(counts.valid * 2 > counts.modules, "too few are valid: {counts:?}");
    assert!(counts.compared * 4 > counts.modules, "too few are run: {counts:?}");
    assert!(counts.cut_short * 8 < counts.compared, "too few are run to the end: {counts:?}");
    assert!(counts.calls > counts.compared * 3, "too few calls are made: {counts:?}");
    assert!(counts.walks > 5_000, "too few go back: {counts:?}");
    assert!(counts.stops > 5_000, "too few stop: {counts:?}");
    assert!(counts.evictions > 5_000, "too few make room: {counts:?}");
    assert!(counts.loads > 5_000, "too few are loaded: {counts:?}");
    assert!(counts.mutants > 5_000, "too few are made up: {counts:?}");
    assert!(counts.page_faults > 100, "too few pages come: {counts:?}");
    assert!(counts.over_budget > 50, "too few come to a budget: {counts:?}");
    assert!(counts.traps * 4 < counts.calls * 3, "too many calls trap: {counts:?}");
}

// Two, so that two processors have something to do.

#[test]
fn modules_of_random_bytes_are_judged_and_run_alike() {
    assert_telling(check(0..1000));
}

#[test]
fn more_modules_of_random_bytes_are_judged_and_run_alike() {
    assert_telling(check(1000..2000));
}

#[test]
fn a_module_is_the_same_each_time_it_is_made() {
    let counts = || (0..20).map(|number| fuzz::check(SEED, number).counts);
    assert!(counts().eq(counts()));
}
