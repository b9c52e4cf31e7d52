//! Why a command failed.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use fayasm_core::{Error, InstantiationError, ModuleError, Trap};

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file cannot be read.
    Read(PathBuf, io::Error),
    /// The file is no valid module.
    Module(PathBuf, ModuleError),
    /// The module cannot be instantiated.
    Instantiation(Box<InstantiationError>),
    /// The arguments do not fit.
    Arguments(String),
    /// The program trapped; with the names of the functions in the backtrace.
    Trap(Box<Trap>, Vec<String>),
    /// Nothing can be printed.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Trap(..) => 1,
            Failure::Arguments(_) => 2,
            Failure::Read(..) | Failure::Module(..) | Failure::Instantiation(_) => 3,
            Failure::Output(_) => 4,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Failure::Module(path, error) => write!(f, "{}: {error}", path.display()),
            Failure::Instantiation(error) => error.fmt(f),
            Failure::Arguments(what) => f.write_str(what),
            Failure::Trap(trap, names) => {
                write!(f, "{}", trap.kind())?;
                for (frame, name) in trap.backtrace().iter().zip(names) {
                    write!(f, "\n  at byte {:#x} in {name}", frame.offset)?;
                }
                if trap.omitted() > 0 {
                    write!(f, "\n  and {} calls further out", trap.omitted())?;
                }
                Ok(())
            }
            Failure::Output(error) => write!(f, "cannot print: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
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
