//! Why a command failed, and the exit code that says so.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use fayasm_core::{Error, InstantiationError, Owner, Trap, TrapKind};
use fayasm_host_lib::LoadError;

use crate::input::shown;
use crate::output::printable;
use crate::refusal::Refusal;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file cannot be read.
    Read(PathBuf, io::Error),
    /// The file is not what it should be.
    Text(PathBuf, String),
    /// The text is no module; the message has the file's name.
    Assembly(String),
    /// The file is no valid module.
    Module(PathBuf, Box<Refusal>),
    /// The library of host functions cannot be used.
    HostLibrary(PathBuf, LoadError),
    /// Nothing brings these imports, each with its type.
    MissingImports(Vec<String>),
    /// An import cannot be made up.
    Import(String),
    /// The module of this name, which others import from, cannot be instantiated.
    Preload(String, Box<Failure>),
    /// The module cannot be instantiated.
    Instantiation(Box<InstantiationError>),
    /// The program cannot be given this directory.
    Directory(PathBuf, io::Error),
    /// The arguments do not fit.
    Arguments(String),
    /// The program trapped; with the functions in the backtrace, and where in the
    /// source code they stand.
    Trap(Box<Trap>, Vec<String>),
    /// The program ended itself with this exit code, which may be zero.
    Exit(u32),
    /// A host function has to be waited for, and there is nothing to wait for.
    Pending,
    /// Nothing can be printed: to a file, or to standard output.
    Write(Option<PathBuf>, io::Error),
    /// Directives of scripts failed; they are printed already.
    Directives,
    /// The run is not over: where it goes on is said already.
    Saved,
    /// Two runs differ; where is printed already.
    Diverged,
    /// Something that was committed to a spill store is lost; what is printed already.
    Lost,
    /// Some of several files failed; why is printed already.
    Files,
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Exit(code) => process_code(*code),
            Failure::Trap(..)
            | Failure::Pending
            | Failure::Directives
            | Failure::Saved
            | Failure::Diverged
            | Failure::Lost => 1,
            Failure::Arguments(_) => 2,
            Failure::Read(..)
            | Failure::Text(..)
            | Failure::Assembly(_)
            | Failure::Module(..)
            | Failure::HostLibrary(..)
            | Failure::MissingImports(_)
            | Failure::Import(_)
            | Failure::Preload(..)
            | Failure::Instantiation(_)
            | Failure::Directory(..)
            | Failure::Files => 3,
            Failure::Write(..) => 4,
        })
    }

    /// The same, of a module that others import from; what fails in another way says
    /// where by itself.
    pub(crate) fn of_preload(self, name: &str) -> Failure {
        match self {
            Failure::MissingImports(_) | Failure::Import(_) | Failure::Instantiation(_) => {
                Failure::Preload(name.to_owned(), Box::new(self))
            }
            other => other,
        }
    }

    /// Whether whoever reads what is printed has seen enough, as `head` does.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Failure::Write(None, error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether there is something left to say.
    pub(crate) fn is_said(&self) -> bool {
        matches!(
            self,
            Failure::Exit(_)
                | Failure::Saved
                | Failure::Directives
                | Failure::Diverged
                | Failure::Lost
                | Failure::Files
        )
    }
}

/// The exit code of the runner for that of a program: the lowest 8 bits, which
/// is all that some systems have; what is no success does not become one.
fn process_code(code: u32) -> u8 {
    match code as u8 {
        0 if code != 0 => u8::MAX,
        low => low,
    }
}

/// The most missing imports that are listed.
const MAX_LISTED: usize = 10;

/// What is missing, and the options that bring it.
fn missing_imports(f: &mut fmt::Formatter<'_>, missing: &[String]) -> fmt::Result {
    match missing {
        [import] => write!(f, "missing import {}", printable(import))?,
        imports => {
            write!(f, "{} missing imports:", imports.len())?;
            for import in imports.iter().take(MAX_LISTED) {
                write!(f, "\n  {}", printable(import))?;
            }
            if imports.len() > MAX_LISTED {
                write!(f, "\n  and {} more", imports.len() - MAX_LISTED)?;
            }
        }
    }
    f.write_str(
        "\n--preload NAME=FILE imports from another module, --host-lib PATH from a library; \
         --unknown-imports trap|zero does without",
    )
}

/// The option that lets a program go further, behind the reason why it did not.
fn remedy(kind: &TrapKind) -> &'static str {
    match kind {
        TrapKind::StackExhausted { slots: None, .. } => " (--max-depth)",
        TrapKind::StackExhausted { slots: Some(_), .. } => " (--max-stack, 8 bytes a slot)",
        TrapKind::OverBudget { owner: Owner::Memory, .. } => {
            " (--budget; with --frames, not all of it need be in RAM)"
        }
        TrapKind::OverBudget { .. } => " (--budget)",
        _ => "",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read(path, error) => {
                write!(f, "cannot read {}: {error}", shown(path).display())
            }
            Failure::Text(path, what) => write!(f, "{}: {what}", shown(path).display()),
            Failure::Assembly(what) => f.write_str(what),
            Failure::Module(path, refusal) => write!(f, "{}: {refusal}", shown(path).display()),
            Failure::HostLibrary(path, error) => write!(f, "{}: {error}", path.display()),
            Failure::MissingImports(missing) => missing_imports(f, missing),
            Failure::Import(what) => printable(what).fmt(f),
            Failure::Preload(name, failure) => {
                write!(f, "the preloaded module {}: {failure}", printable(name))
            }
            // It names imports, as the module has them.
            Failure::Instantiation(error) => printable(&error.to_string()).fmt(f),
            Failure::Directory(path, error) => {
                write!(f, "cannot open the directory {}: {error}", path.display())
            }
            Failure::Arguments(what) => f.write_str(what),
            Failure::Trap(trap, names) => {
                write!(f, "{}{}", trap.kind(), remedy(trap.kind()))?;
                let mut frames = trap.backtrace().iter().zip(names).peekable();
                while let Some((frame, name)) = frames.next() {
                    let mut times = 1;
                    while frames.next_if_eq(&(frame, name)).is_some() {
                        times += 1;
                    }
                    write!(f, "\n  at byte {:#x} in {name}", frame.offset)?;
                    if times > 1 {
                        write!(f, "\n    {times} times")?;
                    }
                }
                if trap.omitted() > 0 {
                    write!(f, "\n  and {} calls further out", trap.omitted())?;
                }
                Ok(())
            }
            Failure::Exit(code) => write!(f, "the program ended with exit code {code}"),
            Failure::Pending => f.write_str("a host function waits for something that never comes"),
            Failure::Write(Some(path), error) => {
                write!(f, "cannot write {}: {error}", path.display())
            }
            Failure::Write(None, error) => write!(f, "cannot print: {error}"),
            Failure::Directives => f.write_str("directives failed"),
            Failure::Saved => f.write_str("the run is not over"),
            Failure::Diverged => f.write_str("the runs differ"),
            Failure::Lost => f.write_str("objects are lost"),
            Failure::Files => f.write_str("files failed"),
        }
    }
}

impl From<InstantiationError> for Failure {
    fn from(error: InstantiationError) -> Self {
        Failure::Instantiation(Box::new(error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Trap(trap) => Failure::Trap(Box::new(trap), Vec::new()),
            other => Failure::Arguments(other.to_string()),
        }
    }
}
