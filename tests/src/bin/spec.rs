//! Prints what comes of the official test suite, by version and proposal.

use std::path::Path;
use std::process::ExitCode;

use fayasm_tests::suite;

const HELP: &str = "\
cargo xtask spec [--write] [PART ...]: runs the official WebAssembly test suite.

Prints a table by version and proposal, and every directive that fails and should not.
With PART, only parts whose name contains one of the words: memory64, \"3.0\".
With --write, keeps the table in tests/SPEC.md.
";

fn main() -> ExitCode {
    let (switches, parts): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let write = match switches.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--write"] if parts.is_empty() => true,
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part));
    let results = suite::run(wanted);
    print!("{}", suite::table(&results));
    let mut failed = 0;
    for file in results.iter().filter(|file| !file.not_yet) {
        for (report, why) in file.unexpected() {
            println!("{}:{}: {}: {why}", file.path, report.line, report.kind.name());
            failed += 1;
        }
    }
    if write {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md");
        if let Err(error) = std::fs::write(&path, suite::document(&results)) {
            eprintln!("cannot write {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    if results.is_empty() {
        eprintln!("no part of the suite is named so");
        return ExitCode::from(2);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
