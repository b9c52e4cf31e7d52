//! Why a command of the debugger cannot be carried out.

use std::fmt;

use fayasm_core::Error;
use fayasm_core::inspect::ConditionError;
use fayasm_core::timeline::TimelineError;

use crate::failure::Failure;
use crate::output::printable;

#[derive(Debug)]
pub(super) enum Problem {
    /// There is no such command; this one is spelt nearly so.
    UnknownCommand {
        word: String,
        nearest: Option<&'static str>,
    },
    /// Several commands begin so.
    AmbiguousCommand {
        word: String,
        commands: Vec<&'static str>,
    },
    /// The arguments are not those of the command, which are these.
    Arguments {
        usage: String,
    },
    /// No function has this name; another has nearly this one.
    NoFunction {
        name: String,
        nearest: Option<String>,
    },
    /// The function has no code of its own.
    Imported {
        name: String,
    },
    /// No instruction begins at this offset; these are the ones around it.
    NoInstruction {
        offset: u64,
        before: Option<u32>,
        behind: Option<u32>,
    },
    /// No instruction comes from this line.
    NoLine {
        file: String,
        line: u32,
    },
    /// There is none with this name or index.
    Nothing {
        what: &'static str,
        name: String,
    },
    /// These bytes do not lie in the memory, which has so many.
    OutsideMemory {
        address: u64,
        length: u64,
        size: u64,
    },
    /// It has neither breakpoint nor watchpoint of this number.
    NoPoint(u32),
    /// There is no memory to stop at all that is to be stopped at.
    Breakpoints(Error),
    /// With the rest of the condition, from what is wrong on.
    Condition(ConditionError, String),
    /// The run has come to its end.
    Ended,
    /// There is nothing before this instruction, the first that is known.
    Beginning(u64),
    /// Nothing has written there since this instruction.
    NeverWritten {
        from: u64,
    },
    /// There is no instruction of this number to go to, but from the first to the last.
    OutOfRange {
        asked: u64,
        first: u64,
        last: u64,
    },
    /// It was stopped on the way.
    Interrupted,
    Timeline(TimelineError),
    /// Nothing more can be done.
    Fatal(Failure),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::UnknownCommand { word, nearest: Some(nearest) } => {
                write!(f, "there is no command `{}`; is it `{nearest}`?", printable(word))
            }
            Problem::UnknownCommand { word, nearest: None } => {
                write!(f, "there is no command `{}`; `help` lists all", printable(word))
            }
            Problem::AmbiguousCommand { word, commands } => {
                write!(f, "`{}` can be {}", printable(word), commands.join(", "))
            }
            Problem::Arguments { usage } => write!(f, "it is called like this: {usage}"),
            Problem::NoFunction { name, nearest } => {
                write!(f, "there is no function `{}`", printable(name))?;
                match nearest {
                    Some(nearest) => write!(f, "; is it `{}`?", printable(nearest)),
                    None => Ok(()),
                }
            }
            Problem::Imported { name } => {
                write!(f, "`{}` is imported: it has no instructions here", printable(name))
            }
            Problem::NoInstruction { offset, before, behind } => {
                write!(f, "no instruction begins at byte {offset:#x}")?;
                match (before, behind) {
                    (Some(before), Some(behind)) => {
                        write!(f, "; around it, one does at {before:#x} and one at {behind:#x}")
                    }
                    (Some(near), None) | (None, Some(near)) => {
                        write!(f, "; the nearest does at {near:#x}")
                    }
                    (None, None) => Ok(()),
                }
            }
            Problem::NoLine { file, line } => {
                write!(f, "no instruction is known to come from {}:{line}", printable(file))
            }
            Problem::Nothing { what, name } => {
                write!(f, "there is no {what} `{}`", printable(name))
            }
            Problem::OutsideMemory { address, length, size } => write!(
                f,
                "{length} bytes at {address:#x} are outside of the memory, which has {size:#x} bytes"
            ),
            Problem::NoPoint(number) => {
                write!(f, "there is no breakpoint or watchpoint {number}; `info` lists all")
            }
            Problem::Breakpoints(error) => error.fmt(f),
            Problem::Condition(error, rest) if rest.is_empty() => {
                write!(f, "{error} at the end of the condition")
            }
            Problem::Condition(error, rest) => write!(f, "{error}, at `{}`", printable(rest)),
            Problem::Ended => {
                f.write_str("the run has ended here; back, rcontinue and goto go back in it")
            }
            Problem::Beginning(first) => {
                write!(f, "instruction {first} is the first that can be gone back to")
            }
            Problem::NeverWritten { from } => {
                write!(f, "nothing has written there since instruction {from}")
            }
            Problem::OutOfRange { asked, first, last } => {
                write!(f, "instruction {asked} cannot be gone to; {first} to {last} can")
            }
            Problem::Interrupted => f.write_str("interrupted"),
            Problem::Timeline(error) => error.fmt(f),
            Problem::Fatal(failure) => failure.fmt(f),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Problem::Fatal(failure)
    }
}

impl From<TimelineError> for Problem {
    fn from(error: TimelineError) -> Self {
        Problem::Timeline(error)
    }
}
