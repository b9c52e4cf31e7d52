//! How a run ended: the last line of a trace in JSON Lines.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use fayasm_core::Val;

use crate::value::{self, Value};

/// The last line of a trace.
#[derive(Debug)]
pub struct End<'a> {
    /// How many instructions were executed in all.
    pub executed: u64,
    /// How it ended.
    pub ending: Ending<'a>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Ending<'a> {
    /// The function returned these.
    Done(Vec<Val>),
    /// The program ended itself with this code.
    Exit(u32),
    /// It trapped; the innermost frame first.
    Trap(String, Vec<EndFrame<'a>>),
    /// It stands, and could go on.
    Paused,
}

/// A frame of a backtrace.
#[derive(Debug)]
pub struct EndFrame<'a> {
    /// What rows call its module; none of the module that is run.
    pub module: Option<&'a str>,
    /// Index of the function.
    pub function: u32,
    /// Its name.
    pub name: Option<&'a str>,
    /// What that means, if a compiler has mangled it.
    pub demangled: Option<String>,
    /// Where the frame stands, in bytes from the start of the module.
    pub offset: u32,
    /// Where that is in source code.
    pub source: Vec<SourcePlace>,
}

/// A place in source code, as far as it is known.
#[derive(Debug)]
pub struct SourcePlace {
    /// The function there.
    pub function: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl End<'_> {
    /// Writes the line, with its end.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn write(&self, out: &mut dyn Write) -> fmt::Result {
        let (end, [results, code, trap, backtrace]) = match &self.ending {
            Ending::Done(results) => {
                ("done", [Value::Vals(results), Value::None, Value::None, Value::None])
            }
            Ending::Exit(code) => {
                let code = Value::Number((*code).into());
                ("exit", [Value::None, code, Value::None, Value::None])
            }
            Ending::Trap(why, frames) => {
                let frames = if frames.is_empty() { Value::None } else { Value::Frames(frames) };
                ("trap", [Value::None, Value::None, Value::Text(why), frames])
            }
            Ending::Paused => ("paused", [Value::None; 4]),
        };
        value::json(
            out,
            &[
                ("end", Value::Text(end)),
                ("executed", Value::Number(self.executed)),
                ("code", code),
                ("results", results),
                ("trap", trap),
                ("backtrace", backtrace),
            ],
        )?;
        out.write_char('\n')
    }
}

impl EndFrame<'_> {
    pub(crate) fn write(&self, out: &mut dyn Write) -> fmt::Result {
        let source = &*self.source;
        value::json(
            out,
            &[
                ("module", Value::text(self.module)),
                ("function", Value::Number(self.function.into())),
                ("name", Value::text(self.name)),
                ("demangled", Value::text(self.demangled.as_deref())),
                ("offset", Value::Number(self.offset.into())),
                ("source", if source.is_empty() { Value::None } else { Value::Places(source) }),
            ],
        )
    }
}

impl SourcePlace {
    pub(crate) fn write(&self, out: &mut dyn Write) -> fmt::Result {
        value::json(
            out,
            &[
                ("function", Value::text(self.function.as_deref())),
                ("file", Value::text(self.file.as_deref())),
                ("line", Value::number(self.line.map(u64::from))),
                ("column", Value::number(self.column.map(u64::from))),
            ],
        )
    }
}
