//! The official test suite for WebAssembly 2.0, without vectors.

use std::fmt::Write;

use fayasm_tests::suite;

/// Files and lines that are known to fail, each with its reason.
const EXPECTED_FAILURES: &[(&str, usize, &str)] = &[];

#[test]
fn every_assertion_of_the_official_suite_holds() {
    let mut report = String::new();
    let (mut files, mut passed, mut failed) = (0, 0, 0);
    for (file, config) in suite::groups()
        .iter()
        .flat_map(|group| group.files.iter().map(|file| (file, &group.config)))
    {
        let outcome = suite::run(file, config);
        files += 1;
        passed += outcome.passed;
        for (line, why) in outcome.failed {
            let expected =
                EXPECTED_FAILURES.iter().any(|&(name, at, _)| name == file.name() && at == line);
            if !expected {
                failed += 1;
                writeln!(report, "{}:{line}: {why}", file.name()).unwrap();
            }
        }
    }
    println!("{files} files, {passed} directives passed, {failed} failed");
    assert!(files >= 90 && passed > 20_000, "{files} files and {passed} directives are too few");
    assert!(report.is_empty(), "{failed} directives failed:\n{report}");
}
