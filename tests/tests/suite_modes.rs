//! The official test suite under difficulties: each call is interrupted a few times, and what it has
//! come to saved, lost, and loaded again; or memory is larger than the RAM for it; or microcode is
//! dropped at every call.

use std::fmt::Write;

use fayasm_core::{Paging, Translate};
use fayasm_tests::suite::{self, Mode};

#[test]
fn every_directive_holds_where_calls_are_interrupted() {
    holds(Mode { pauses: Some(1), ..Mode::of_tests() });
}

#[test]
fn every_directive_holds_with_two_pages_in_ram() {
    holds(Mode { paging: Some(Paging::new(2)), ..Mode::of_tests() });
}

#[test]
fn every_directive_holds_where_microcode_is_dropped_at_every_call() {
    holds(Mode { tier: Translate::Always, evicting: true, ..Mode::default() });
}

fn holds(mode: Mode) {
    let results = suite::run(|_| true, mode);
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
