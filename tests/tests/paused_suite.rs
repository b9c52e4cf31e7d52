//! The official test suite, each call of which is interrupted a few times: what it has come to is
//! saved, lost, and loaded again.

use std::fmt::Write;

use fayasm_tests::{suite, tier};

#[test]
fn every_directive_holds_that_holds_without_pauses() {
    let results = suite::run(|_| true, tier::config().translate(), Some(1));
    let mut report = String::new();
    let mut directives = 0;
    for file in results.iter().filter(|file| !file.not_yet) {
        directives += file.reports.len();
        for (failure, why) in file.unexpected() {
            writeln!(report, "{}:{}: {why}", file.path, failure.line).unwrap();
        }
    }
    assert!(directives > 80_000, "{directives} directives are few");
    assert!(report.is_empty(), "{report}");
}
