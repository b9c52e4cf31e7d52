//! The command line: what may be asked for, and the help that teaches it.

use crate::bench::Parts;
use crate::failure::{Failure, Result};
use crate::phases::{Phase, Selection};

/// What the person asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Serve { port: u16, release: bool },
    Test(Selection),
    Build,
    Bench(Parts),
    Firmware { call: Vec<String> },
    Fixtures { rest: Vec<String> },
    Spec { rest: Vec<String> },
    Fuzz { rest: Vec<String> },
    PowerCut { rest: Vec<String> },
    Doctor,
}

const DEFAULT_PORT: u16 = 8080;

pub(crate) const HELP: &str = "\
cargo xtask <command>: everything this repository can do.

  serve [--port N] [--release]
      Builds the playground, serves it at http://127.0.0.1:8080 (or port N) and rebuilds
      it when a source changes. --release serves the page as it is published.

  test [PHASE ...] [FILTER]
      Runs every check, in this order, and stops at the first that fails:
        fmt        cargo fmt --check
        clippy     lints of all targets, warnings are errors
        doc        core's documentation, broken links are errors
        native     unit, integration and documentation tests on this machine
        stepper    those that execute WebAssembly, all of it in the stepper
        microcode  the same as microcode, built as it is in earnest
        mixed      the same, going from one to the other at random
        riscv      core builds for riscv32imc-unknown-none-elf
        device     the sample modules on an emulated board of that kind do what they do here;
                   prints what each takes of flash, heap, stack and instructions;
                   the firmware for the ESP32-C3 builds
        web        wasm-pack tests of the page in headless Chromium
        page       the page builds as it is published
        weight     the page's first load and its engine are within their limits
        e2e        end-to-end tests of the built page in headless Chromium
      Phases named are the only ones run. Any other word is a filter: only tests whose
      name contains it are run, in native, in each tier, in web and e2e unless phases are
      named too.

  build
      Builds the page as it is published into dist/ and prints what it weighs.

  bench [--native] [--node] [--page] [--device]
      Measures the engine side by side with peers, and checks what all of them compute;
      everything unless some are named.
        --native  the kernels on wasmi, tinywasm and wasm3, opening modules, recording runs
        --node    the kernels in node, on fayasm and wasmi compiled to WebAssembly
        --page    the same in Chromium, compared with node if that was measured before; then
                  the built page: calls, how soon a step of a long run is there, and how
                  busy frames are meanwhile
        --device  what fib(15) takes on an emulated RISC-V board: bytes of flash, heap and
                  stack, and its instructions; fails above the limits of tests/device
      tests/bench/kernels.json lists the kernels.

  firmware [MODULE EXPORT ARGUMENT ...]
      Builds the firmware for the ESP32-C3, and a file for its partition `fayasm`, from which
      it calls an export of a module. README.md says how to flash both.

  fixtures
      Rebuilds the sample modules from their sources.

  spec [--write] [--tier stepper|microcode|mixed] [--pauses SEED] [PART ...]
      Runs the official WebAssembly test suite and prints a table by version and proposal;
      only of the parts named, if any are. --write keeps the table in tests/SPEC.md; with
      --pauses, calls are interrupted at random, saved, and go on once all has been lost.

  fuzz [--seconds N] [--modules N] [--seed S] [--number N]
      Makes modules at random and checks that they are judged as wasmparser judges them, and
      run as wasmi runs them, until Ctrl+C or for N seconds or modules. What differs is
      written to target/fuzz/. --number checks one module of a seed again.

  power-cut [--seconds N] [--runs N] [--seed S] [--flash]
      Cuts the power of spill stores at random, and checks what they hold after that.

  doctor
      Prints what is installed, where, and what is missing.

Each command first installs what it needs and does not find, and says so. Tools are kept
in ~/.cache/fayasm ($XDG_CACHE_HOME/fayasm); remove that directory to start over.

Examples:
  cargo xtask serve --port 9000
  cargo xtask test fmt clippy
  cargo xtask test native a_trap_reports
";

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Command> {
    let mut words = words.peekable();
    let Some(command) = words.next() else {
        return Ok(Command::Help);
    };
    let rest: Vec<String> = words.collect();
    if rest.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Command::Help);
    }
    match command.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "serve" => serve(&rest),
        "test" => test(&rest),
        "build" => nothing_more("build", &rest).map(|()| Command::Build),
        "bench" => bench(&rest),
        "firmware" if rest.len() == 1 => {
            Err(misunderstood("`firmware` expects a module with an export".to_owned()))
        }
        "firmware" => Ok(Command::Firmware { call: rest }),
        "fixtures" => Ok(Command::Fixtures { rest }),
        "spec" => Ok(Command::Spec { rest }),
        "fuzz" => Ok(Command::Fuzz { rest }),
        "power-cut" => Ok(Command::PowerCut { rest }),
        "doctor" => nothing_more("doctor", &rest).map(|()| Command::Doctor),
        unknown => Err(misunderstood(format!("there is no command `{unknown}`"))),
    }
}

fn serve(words: &[String]) -> Result<Command> {
    let mut port = DEFAULT_PORT;
    let mut release = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--release" {
            release = true;
        } else if word == "--port" {
            port = port_number(words.next().map(String::as_str))?;
        } else if let Some(number) = word.strip_prefix("--port=") {
            port = port_number(Some(number))?;
        } else {
            return Err(unexpected("serve", word));
        }
    }
    Ok(Command::Serve { port, release })
}

fn port_number(word: Option<&str>) -> Result<u16> {
    let word = word.unwrap_or_default();
    match word.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(misunderstood(format!("--port expects a number from 1 to 65535, found `{word}`"))),
    }
}

fn test(words: &[String]) -> Result<Command> {
    let mut phases = Vec::new();
    let mut filter = None;
    for word in words {
        if let Some(phase) = Phase::named(word) {
            phases.push(phase);
        } else if word.starts_with('-') {
            return Err(unexpected("test", word));
        } else if let Some(first) = &filter {
            return Err(misunderstood(format!(
                "one filter at a time: found `{first}` and `{word}`"
            )));
        } else {
            filter = Some(word.clone());
        }
    }
    Ok(Command::Test(Selection::new(&phases, filter)?))
}

fn bench(words: &[String]) -> Result<Command> {
    let all = words.is_empty();
    let mut parts = Parts { native: all, node: all, page: all, device: all };
    for word in words {
        match word.as_str() {
            "--native" => parts.native = true,
            "--node" => parts.node = true,
            "--page" => parts.page = true,
            "--device" => parts.device = true,
            _ => return Err(unexpected("bench", word)),
        }
    }
    Ok(Command::Bench(parts))
}

fn nothing_more(command: &str, words: &[String]) -> Result {
    match words.first() {
        None => Ok(()),
        Some(word) => Err(unexpected(command, word)),
    }
}

fn unexpected(command: &str, word: &str) -> Failure {
    misunderstood(format!("`{command}` does not know `{word}`"))
}

fn misunderstood(what: String) -> Failure {
    Failure::new(what).advise("cargo xtask --help lists what there is")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_playground_is_served_on_port_8080_unless_told_otherwise() {
        let cases = [
            ("serve", 8080, false),
            ("serve --port 9000", 9000, false),
            ("serve --release --port=9000", 9000, true),
        ];
        for (line, port, release) in cases {
            assert_eq!(parsed(line).ok(), Some(Command::Serve { port, release }));
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let cases = [
            ("sevre", "`sevre`"),
            ("serve 9000", "`9000`"),
            ("serve --port", "--port expects a number"),
            ("serve --port 65536", "`65536`"),
            ("test --fast", "`--fast`"),
            ("test one two", "`one` and `two`"),
            ("bench --slow", "`--slow`"),
            ("build now", "`now`"),
            ("firmware app.wasm", "export"),
        ];
        for (line, named) in cases {
            let failure = parsed(line).expect_err(line).to_string();
            assert!(failure.contains(named), "{line}: {failure}");
            assert!(failure.contains("--help"), "{line}: {failure}");
        }
    }

    #[test]
    fn every_benchmark_runs_unless_some_are_named() {
        let cases = [
            ("bench", [true, true, true, true]),
            ("bench --native", [true, false, false, false]),
            ("bench --page --node", [false, true, true, false]),
            ("bench --device", [false, false, false, true]),
        ];
        for (line, [native, node, page, device]) in cases {
            let parts = Parts { native, node, page, device };
            assert_eq!(parsed(line).ok(), Some(Command::Bench(parts)));
        }
    }

    #[test]
    fn help_is_given_when_asked_for_and_when_nothing_is() {
        for line in ["", "help", "--help", "serve --help"] {
            assert_eq!(parsed(line).ok(), Some(Command::Help), "{line}");
        }
    }

    #[test]
    fn the_help_names_every_phase() {
        for phase in Phase::ALL {
            assert!(HELP.contains(&format!("        {} ", phase.name())));
        }
    }
}
