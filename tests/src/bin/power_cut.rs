//! Power cuts without end, or for a while: `cargo xtask power-cut`.

use std::io::{IsTerminal, Write as _, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fayasm_core::spill::Sound;
use fayasm_tests::power_cut::{CUTS, Counts, on_flash, on_sectors};

const HELP: &str = "\
cargo xtask power-cut [--seconds N] [--runs N] [--seed S] [--flash]

Does this and that with a spill store, cuts its power again and again, and checks each time that it
holds what was committed last, or what was about to be. Each run has a device of its own and 100
power cuts.

  --seconds N   ends after N seconds; without this and --runs, Ctrl+C ends it
  --runs N      ends after N runs
  --seed S      the seed of the first run, the others following; without it, others each time
  --flash       on flash that has to be erased, instead of sectors behind a cache

Exit code 1 if a store held something else.
";

struct Order {
    seconds: Option<u64>,
    runs: Option<u64>,
    seed: u64,
    is_flash: bool,
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
    if carry_out(&order) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// None if help is asked for.
fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Order>, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = now.as_secs() << 24;
    let mut order = Order { seconds: None, runs: None, seed, is_flash: false };
    while let Some(word) = words.next() {
        let mut value = || {
            let value = words.next().unwrap_or_default();
            value.parse().map_err(|_| format!("{word} expects a number, found `{value}`"))
        };
        match word.as_str() {
            "--help" | "-h" => return Ok(None),
            "--seconds" => order.seconds = Some(value()?),
            "--runs" => order.runs = Some(value()?),
            "--seed" => order.seed = value()?,
            "--flash" => order.is_flash = true,
            _ => return Err(format!("`power-cut` does not know `{word}`")),
        }
    }
    Ok(Some(order))
}

/// Says whether all went well.
fn carry_out(order: &Order) -> bool {
    let start = Instant::now();
    let mut shown = start;
    let is_terminal = stdout().is_terminal();
    let pause = Duration::from_secs(if is_terminal { 1 } else { 60 });
    let mut all = Counts::default();
    let (mut runs, mut violations) = (0, 0);
    let is_over = |runs| {
        order.runs.is_some_and(|most| runs >= most)
            || order.seconds.is_some_and(|most| start.elapsed().as_secs() >= most)
    };
    let line = |all: &Counts, runs: u64| {
        let Counts { cuts, cuts_in_open, cuts_in_commit, came_about, .. } = all;
        format!(
            "seed {}: {} s, {runs} runs, {cuts} power cuts ({cuts_in_open} while opening, \
             {cuts_in_commit} while committing, of which {came_about} came about), {} commits, \
             {} changes, {} objects compared, {} slots scrubbed",
            order.seed,
            start.elapsed().as_secs(),
            all.commits,
            all.changes,
            all.compared,
            all.voided
        )
    };
    while !is_over(runs) {
        let seed = order.seed.wrapping_add(runs);
        let run = if order.is_flash { on_flash::<Sound> } else { on_sectors::<Sound> };
        match run(seed, CUTS) {
            Ok(counts) => all += counts,
            Err(violation) => {
                violations += 1;
                let flash = if order.is_flash { " --flash" } else { "" };
                println!("{violation}");
                println!("  again: cargo xtask power-cut --seed {seed} --runs 1{flash}");
            }
        }
        runs += 1;
        if shown.elapsed() >= pause {
            shown = Instant::now();
            if is_terminal {
                print!("\r\x1b[K{}", line(&all, runs));
                let _ = stdout().flush();
            } else {
                println!("{}", line(&all, runs));
            }
        }
    }
    if is_terminal {
        print!("\r\x1b[K");
    }
    println!("{}, {violations} violations", line(&all, runs));
    violations == 0
}
