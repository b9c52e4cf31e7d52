//! Running other programs: loudly, quietly, or for a limited time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, Result};

/// Runs a program to its end, its output going straight to the terminal.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().context(|| format!("start `{}`", describe(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` failed ({status})", describe(command))))
}

/// Like [`run`], but ends the program once `limit` has passed.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result {
    let name = describe(command);
    let mut child = command.spawn().context(|| format!("start `{name}`"))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context(|| format!("wait for `{name}`"))? {
            return match status.success() {
                true => Ok(()),
                false => Err(Failure::new(format!("`{name}` failed ({status})"))),
            };
        }
        if started.elapsed() > limit {
            // It may end by itself in between; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
            let seconds = limit.as_secs();
            return Err(Failure::new(format!("`{name}` was still busy after {seconds} s")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a program prints, or `None` if it cannot be started or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// Where a program is on `PATH`.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

/// `PATH` with `directories` in front of what it already holds.
pub(crate) fn path_with(directories: &[PathBuf]) -> std::ffi::OsString {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let all = directories.iter().cloned().chain(std::env::split_paths(&inherited));
    // Only a directory with a separator in its name cannot be joined; such a one was never usable.
    std::env::join_paths(all).unwrap_or(inherited)
}

/// The command line, as a person would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended_and_named() {
        let failure = run_within(Command::new("sleep").arg("60"), Duration::from_millis(30))
            .expect_err("60 s exceed 30 ms");
        assert!(failure.to_string().contains("`sleep 60`"), "{failure}");
    }

    #[test]
    fn a_program_that_cannot_start_is_named() {
        let failure = run(&mut Command::new("no-such-program-here")).expect_err("it is not there");
        assert!(failure.to_string().contains("cannot start `no-such-program-here`"), "{failure}");
    }

    #[test]
    fn a_failing_program_gives_no_output() {
        assert_eq!(output(&mut Command::new("false")), None);
    }

    #[test]
    fn directories_added_to_the_path_come_first() {
        let path = path_with(&[PathBuf::from("/first"), PathBuf::from("/second")]);
        let parts: Vec<_> = std::env::split_paths(&path).take(2).collect();
        assert_eq!(parts, [PathBuf::from("/first"), PathBuf::from("/second")]);
    }
}
