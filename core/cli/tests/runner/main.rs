//! The runner, as a person or a script calls it.

mod debug;
mod directories;
mod dump;
mod hashes;
mod host_lib;
mod linking;
mod manners;
mod microcode;
mod names;
mod run;
mod saved;
mod spec;
mod spill;
mod spilled;
mod stats;
mod streams;
mod text;
mod trace;
mod validate;
mod wasi;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wasm").join(file)
}

fn broken(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/broken").join(file)
}

/// The runner, about to be started with these words.
fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fayasm"));
    for (place, word) in words.into_iter().enumerate() {
        command.arg(word);
        // The tier of tests that do not choose one.
        if let ((0, "run"), Ok(tier)) = ((place, word), std::env::var("FAYASM_TEST_TIER")) {
            command.arg("--tier").arg(tier);
        }
    }
    command.stdin(Stdio::null()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    for name in ["FAYASM_MICROCODE", "FAYASM_JIT_PRESCAN", "FAYASM_JIT_PRESCAN_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command on a file.
fn fayasm<'a>(name: &'a str, file: &Path, words: impl IntoIterator<Item = &'a str>) -> Output {
    command([name]).arg(file).args(words).output().expect("the runner starts")
}

/// Runs it with these words, and this on standard input.
fn told<'a>(words: impl IntoIterator<Item = &'a str>, input: &[u8]) -> Output {
    let mut command = command(words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner starts");
    // It may end before it has read everything.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    child.wait_with_output().expect("the runner ends")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as a word of the command line.
fn path(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// A directory of a test's own, which goes when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fayasm-runner-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).expect("a new directory");
        Scratch(directory)
    }

    /// Writes a file, and gives its path.
    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, contents).expect("a new file");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
