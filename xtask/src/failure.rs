//! Why a task stopped, in words for the person who started it.

use std::fmt;

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// What went wrong and, when there is something to be done about it, what.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    advice: Option<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None }
    }

    /// Adds what a person can do, usually a command to run.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if let Some(advice) = &self.advice {
            write!(f, "\n  {}", advice.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// Turns an I/O error into a failure that says what was being done.
pub(crate) trait Context<T> {
    fn context(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn context(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("cannot {}: {error}", doing())))
    }
}
