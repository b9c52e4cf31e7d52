//! The official test suite, by version and proposal.

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use fayasm_tests::suite::{self, EXPECTED_FAILURES, FileResult, Mode, NOT_YET};

static RESULTS: LazyLock<Vec<FileResult>> =
    LazyLock::new(|| suite::run(|_| true, Mode::of_tests()));

#[test]
fn every_directive_of_the_official_suite_holds() {
    let mut report = String::new();
    let (mut files, mut directives) = (0, 0);
    for file in RESULTS.iter().filter(|file| !file.not_yet) {
        files += 1;
        directives += file.reports.len();
        for (failure, why) in file.unexpected() {
            writeln!(report, "{}:{}: {why}", file.path, failure.line).unwrap();
        }
    }
    assert!(files > 300 && directives > 80_000, "{files} files, {directives} directives are few");
    assert!(report.is_empty(), "{report}");
}

#[test]
fn what_is_expected_to_fail_does() {
    for (path, lines, _) in EXPECTED_FAILURES {
        let file = RESULTS.iter().find(|file| file.path == *path).expect(path);
        let failures: Vec<usize> = file.failures().map(|(report, _)| report.line).collect();
        assert_eq!(&failures, lines, "{path}");
    }
}

#[test]
fn what_is_put_off_does_not_hold_yet() {
    for (what, missing) in NOT_YET {
        let named = |file: &&FileResult| file.part == *what || file.path == *what;
        assert!(RESULTS.iter().any(|file| named(&file)), "there is no {what}");
        let fails = RESULTS.iter().filter(named).any(|file| file.failures().next().is_some());
        assert!(fails, "{what} does not wait for {missing} any more: remove its line");
    }
}

#[test]
fn the_table_in_the_document_is_that_of_this_engine() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md");
    let kept = std::fs::read_to_string(path).expect("tests/SPEC.md is there");
    assert!(kept == suite::document(&RESULTS), "tests/SPEC.md is stale: cargo xtask spec --write");
}
