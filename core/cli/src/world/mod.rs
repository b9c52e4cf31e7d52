//! The world of a program: what the command line gives it through WASI.

#[cfg(unix)]
mod awaited;
mod streams;

use std::env;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fayasm_core::{InterruptHandle, Outcome, Store};
use fayasm_wasi::{
    Access, HostDirectory, SeededRandom, StandardError, SystemRandom, VirtualClock, Wasi,
};

use crate::args::WorldOptions;
use crate::failure::Failure;

use streams::{Lines, StandardOutput};

/// A directory of the machine, and the name that the program knows it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    host: PathBuf,
    guest: String,
}

impl Directory {
    /// Reads `HOST` or `HOST::GUEST`.
    pub(crate) fn parse(text: &str) -> Result<Directory, String> {
        let (host, guest) = text.split_once("::").unwrap_or((text, text));
        if host.is_empty() || guest.is_empty() {
            return Err("a directory needs a name".to_owned());
        }
        Ok(Directory { host: host.into(), guest: guest.to_owned() })
    }
}

/// Where a program's standard output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printing {
    /// To that of the runner.
    ToOutput,
    /// To the runner's standard error, for its standard output is in use.
    ToError,
}

/// Gives a program what the options say; its name and arguments, too.
pub(crate) fn open(
    store: &mut Store<Wasi>,
    options: &WorldOptions,
    printing: Printing,
    file: &Path,
    arguments: &[String],
) -> Result<(), Failure> {
    let interrupt = store.interrupt_handle();
    let wasi = with_streams(Wasi::new(), printing, interrupt);
    let wasi = with_arguments(with_time_and_chance(wasi, options.seed), file, arguments);
    let wasi = with_environment(wasi, &options.env)?;
    *store.data_mut() = with_directories(wasi, &options.dir)?;
    Ok(())
}

/// Whether what came of running is that the program has to wait; it has done so then.
pub(crate) fn waits(store: &mut Store<Wasi>, outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Pending(_)) && wait(store.data_mut())
}

/// Blocks until what the program waits for is there, as far as it is in sight;
/// false if it waits for nothing.
fn wait(wasi: &mut Wasi) -> bool {
    #[cfg(unix)]
    return awaited::wait(wasi);
    // Elsewhere input and clock block by themselves.
    #[cfg(not(unix))]
    {
        let _ = wasi;
        false
    }
}

/// A line of standard input, without taking anything behind it from the program, which reads
/// it with or without a seed; none at its end.
pub(crate) fn line(seeded: bool) -> io::Result<Option<String>> {
    #[cfg(unix)]
    if !seeded {
        return streams::line(|into| {
            Ok(rustix::io::retry_on_intr(|| rustix::io::read(io::stdin(), &mut *into))?)
        });
    }
    let _ = seeded;
    streams::line(|into| io::stdin().lock().read(into))
}

fn with_streams(wasi: Wasi, printing: Printing, interrupt: InterruptHandle) -> Wasi {
    let wasi = wasi.with_stderr(StandardError);
    match printing {
        Printing::ToOutput => wasi.with_stdout(StandardOutput::new(interrupt)),
        Printing::ToError => wasi.with_stdout(StandardError),
    }
}

/// Those of the machine; with a seed, those that are the same in every run,
/// and input that comes in the same pieces.
fn with_time_and_chance(wasi: Wasi, seed: Option<u64>) -> Wasi {
    if let Some(seed) = seed {
        let wasi = wasi.with_clock(VirtualClock::default()).with_stdin(Lines);
        return wasi.with_random(SeededRandom::new(seed));
    }
    let wasi = wasi.with_random(SystemRandom);
    #[cfg(unix)]
    return wasi.with_clock(awaited::Clock::default()).with_stdin(awaited::Input::default());
    #[cfg(not(unix))]
    return wasi.with_clock(fayasm_wasi::SystemClock::default()).with_stdin(Lines);
}

fn with_arguments(wasi: Wasi, file: &Path, arguments: &[String]) -> Wasi {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    arguments.iter().fold(wasi.with_arg(&name), |wasi, argument| wasi.with_arg(argument))
}

/// Of several variables of one name, the last counts.
fn with_environment(wasi: Wasi, variables: &[String]) -> Result<Wasi, Failure> {
    let mut environment: Vec<(&str, String)> = Vec::new();
    for variable in variables {
        let (name, value) = match variable.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (variable.as_str(), None),
        };
        if name.is_empty() {
            return Err(Failure::Arguments(format!("`--env {variable}` names no variable")));
        }
        let value = value.map_or_else(|| inherited(name), Ok)?;
        environment.retain(|(known, _)| *known != name);
        environment.push((name, value));
    }
    Ok(environment.iter().fold(wasi, |wasi, (name, value)| wasi.with_env(name, value)))
}

/// A variable of the runner's own environment.
fn inherited(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|error| {
        Failure::Arguments(match error {
            env::VarError::NotPresent => {
                format!("there is no environment variable `{name}` to hand on")
            }
            env::VarError::NotUnicode(_) => {
                format!("the environment variable `{name}` is not UTF-8")
            }
        })
    })
}

fn with_directories(wasi: Wasi, directories: &[Directory]) -> Result<Wasi, Failure> {
    directories.iter().try_fold(wasi, |wasi, Directory { host, guest }| {
        let directory =
            HostDirectory::open(host).map_err(|error| Failure::Directory(host.clone(), error))?;
        wasi.with_directory(guest, directory, Access::ReadWrite).map_err(|error| {
            Failure::Arguments(format!("no more directories can be given: {error}"))
        })
    })
}
