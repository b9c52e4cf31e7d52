//! Prints what comes of the official test suite, by version and proposal.

use std::path::Path;
use std::process::ExitCode;

use fayasm_core::Paging;
use fayasm_tests::suite::Mode;
use fayasm_tests::{suite, tier};

const HELP: &str = "\
cargo xtask spec [--write] [--tier TIER] [--pauses SEED] [PART ...]: runs the official WebAssembly test suite.

Prints a table by version and proposal, and every directive that fails and should not.
With PART, only parts whose name contains one of the words: memory64, \"3.0\".
With --pauses, calls are interrupted at random, saved, and go on once everything has been lost
and loaded again.
With --write, keeps the table in tests/SPEC.md.
";

struct Order {
    write: bool,
    mode: Mode,
    parts: Vec<String>,
}

/// None if the command line says something else.
fn parse(mut words: impl Iterator<Item = String>) -> Option<Order> {
    let mut order = Order { write: false, mode: Mode::default(), parts: Vec::new() };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--write" => order.write = true,
            "--tier" => order.mode.tier = tier::named(&words.next()?)?,
            "--frames" => order.mode.paging = Some(Paging::new(words.next()?.parse().ok()?)),
            "--evicting" => order.mode.evicting = true,
            "--pauses" => order.mode.pauses = Some(words.next()?.parse().ok()?),
            _ if word.starts_with('-') => return None,
            _ => order.parts.push(word),
        }
    }
    (!order.write || order.parts.is_empty()).then_some(order)
}

fn main() -> ExitCode {
    let Some(Order { write, mode, parts }) = parse(std::env::args().skip(1)) else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part));
    let results = suite::run(wanted, mode);
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
