//! The emulated board (`core/esp32`), for `cargo xtask test device` and `cargo xtask bench --device`.

#![forbid(unsafe_code)]

mod check;
mod expected;
mod image;
mod measure;
mod qemu;
mod reload;
mod task;

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

const HELP: &str = "\
device check SMALL FAST FOLDER: runs the sample modules on the emulated board
device reload IMAGE FOLDER: switches it off in the middle of runs, and on again
device task FILE MODULE HASHES EXPORT ARGUMENT ...: writes down for a board what it is to do
device measure NAME SMALL FAST ...: what engines take for fib(15), from images for size and speed
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match &words[..] {
        ["check", small, fast, folder] => {
            check::all(Path::new(small), Path::new(fast), Path::new(folder))
        }
        ["reload", image, folder] => reload::all(Path::new(image), Path::new(folder))
            .map_err(|error| io::Error::other(error.to_string())),
        ["task", file, module, hashes, call @ ..] if !call.is_empty() => {
            write_task(file, module, hashes, call).map(|()| 0)
        }
        ["measure", images @ ..] if images.len().is_multiple_of(3) => measure::all(images),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(0) => ExitCode::SUCCESS,
        Ok(wrong) => {
            eprintln!("error: {wrong} differ from what they should be");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the content of a board's storage to a file: one call of a module, with a hash of the
/// state every so many instructions.
fn write_task(file: &str, module: &str, hashes: &str, call: &[&str]) -> io::Result<()> {
    let module = fs::read(module)?;
    let lines = format!("hashes {hashes}\ncall {}\n", call.join(" "));
    fs::write(file, task::storage(&module, &lines))
}
