//! Prints what came of the official test suite, file by file.

use std::process::ExitCode;

use fayasm_tests::suite;

fn main() -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for group in suite::groups() {
        println!("{:<32} {:>8} {:>8}", group.name, "passed", "failed");
        for file in &group.files {
            let outcome = suite::run(file, &group.config);
            println!("  {:<30} {:>8} {:>8}", file.name(), outcome.passed, outcome.failed.len());
            for (line, why) in &outcome.failed {
                println!("    line {line}: {why}");
            }
            passed += outcome.passed;
            failed += outcome.failed.len();
        }
    }
    println!("{:<32} {passed:>8} {failed:>8}", "all");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
