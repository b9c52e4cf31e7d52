//! Fuzzing without end, or for a while: `cargo xtask fuzz`.

use std::fmt::Display;
use std::fs;
use std::io::{IsTerminal, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fayasm_tests::fuzz::{self, Counts, Difference};

const HELP: &str = "\
cargo xtask fuzz [--seconds N] [--modules N] [--seed S] [--number N]

Makes modules at random, checks that the engine and wasmparser judge them and their mutants
alike, and that the engine and wasmi run them alike. What differs is written to target/fuzz/;
should an engine take the process down, target/fuzz/under-way says at which module.

  --seconds N   ends after N seconds; without this and --modules, Ctrl+C ends it
  --modules N   ends after N modules, mutants not counted
  --seed S      makes the modules that this seed makes; without it, others each time
  --number N    checks one module, that of this number; with --modules, begins there

Exit code 1 if something differs.
";

/// Where modules are written that show a difference.
const DIRECTORY: &str = "target/fuzz";

/// Says which module is under way, for when the process does not survive it.
const UNDER_WAY: &str = "under-way";

struct Order {
    seconds: Option<u64>,
    modules: Option<u64>,
    seed: u64,
    number: Option<u64>,
}

fn main() -> ExitCode {
    let order = match parse(std::env::args().skip(1)) {
        Ok(Some(order)) => order,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match carry_out(&order) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{DIRECTORY} cannot be written to: {error}");
            ExitCode::from(2)
        }
    }
}

/// None if help is asked for.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Order>, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut order = Order { seconds: None, modules: None, seed: now.as_secs(), number: None };
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            return Ok(None);
        }
        let mut value = || {
            let value = words.next().unwrap_or_default();
            value.parse().map_err(|_| format!("{word} expects a number, found `{value}`"))
        };
        match word.as_str() {
            "--seconds" => order.seconds = Some(value()?),
            "--modules" => order.modules = Some(value()?),
            "--seed" => order.seed = value()?,
            "--number" => order.number = Some(value()?),
            _ => return Err(format!("`fuzz` does not know `{word}`")),
        }
    }
    Ok(Some(order))
}

/// Gives how many differences there were.
fn carry_out(order: &Order) -> std::io::Result<u64> {
    let directory = PathBuf::from(DIRECTORY);
    fs::create_dir_all(&directory)?;
    let under_way = directory.join(UNDER_WAY);
    let mut progress = Progress::new(order.seed);
    let first = order.number.unwrap_or(0);
    let count = order.modules.or(order.number.map(|_| 1)).unwrap_or(u64::MAX);
    for number in first..first.saturating_add(count) {
        if order.seconds.is_some_and(|seconds| progress.start.elapsed().as_secs() >= seconds) {
            break;
        }
        fs::write(&under_way, again(order.seed, number))?;
        let findings = fuzz::check(order.seed, number);
        progress.made += 1;
        progress.counts += findings.counts;
        progress.differences += findings.differences.len() as u64;
        for (index, difference) in findings.differences.iter().enumerate() {
            progress.clear();
            report(&directory, order.seed, number, index, difference)?;
        }
        progress.show();
    }
    fs::remove_file(&under_way)?;
    progress.clear();
    println!("{}", progress.line());
    Ok(progress.differences)
}

fn again(seed: u64, number: u64) -> String {
    format!("cargo xtask fuzz --seed {seed} --number {number}\n")
}

fn report(
    directory: &Path,
    seed: u64,
    number: u64,
    index: usize,
    difference: &Difference,
) -> std::io::Result<()> {
    let file = directory.join(format!("{seed}-{number}-{index}.wasm"));
    fs::write(&file, &difference.module)?;
    println!("{}: {}\n  again: {}", file.display(), difference.what, again(seed, number));
    Ok(())
}

struct Progress {
    seed: u64,
    start: Instant,
    shown: Instant,
    terminal: bool,
    made: u64,
    counts: Counts,
    differences: u64,
}

impl Progress {
    fn new(seed: u64) -> Self {
        let now = Instant::now();
        let terminal = stdout().is_terminal();
        let counts = Counts::default();
        Progress { seed, start: now, shown: now, terminal, made: 0, counts, differences: 0 }
    }

    /// The figures, once a second on a terminal and once a minute elsewhere.
    fn show(&mut self) {
        let pause = if self.terminal { 1 } else { 60 };
        if self.shown.elapsed() < Duration::from_secs(pause) {
            return;
        }
        self.shown = Instant::now();
        self.clear();
        if self.terminal {
            print!("{}", self.line());
            let _ = stdout().flush();
        } else {
            println!("{}", self.line());
        }
    }

    /// Makes room for another line.
    fn clear(&self) {
        if self.terminal {
            print!("\r\x1b[K");
        }
    }

    fn line(&self) -> impl Display {
        let Counts {
            modules,
            valid,
            compared,
            cut_short,
            calls,
            traps,
            sliced,
            walks,
            stops,
            evictions,
            loads,
            mutants,
            over_budget,
            page_faults,
        } = self.counts;
        format!(
            "seed {}: {} s, {} modules, with mutants {modules} ({valid} valid), {compared} run in \
             both engines ({cut_short} not to the end), {calls} calls compared ({traps} trapped), \
             {sliced} sliced, {walks} walks back, {stops} stops, {evictions} evictions, \
             {loads} states lost and loaded, {mutants} made up, {over_budget} over budget, \
             {page_faults} pages in RAM missed, \
             {} differences",
            self.seed,
            self.start.elapsed().as_secs(),
            self.made,
            self.differences
        )
    }
}
