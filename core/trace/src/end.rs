//! How a run ended: the last line of a trace in JSON Lines.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use fayasm_core::Val;

use crate::json::Object;
use crate::row::texts;

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
    pub fn write(&self, out: &mut impl Write) -> fmt::Result {
        let mut object = Object::new(out)?;
        object.text(
            "end",
            match self.ending {
                Ending::Done(_) => "done",
                Ending::Exit(_) => "exit",
                Ending::Trap(..) => "trap",
                Ending::Paused => "paused",
            },
        )?;
        object.raw("executed", self.executed)?;
        match &self.ending {
            Ending::Done(results) => object.texts("results", texts(results))?,
            Ending::Exit(code) => object.raw("code", code)?,
            Ending::Trap(why, frames) => {
                object.text("trap", why)?;
                if !frames.is_empty() {
                    object.array("backtrace", frames, |out, frame| frame.write(out))?;
                }
            }
            Ending::Paused => {}
        }
        object.end()?;
        out.write_char('\n')
    }
}

impl EndFrame<'_> {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let mut object = Object::new(out)?;
        object.optional("module", self.module)?;
        object.raw("function", self.function)?;
        object.optional("name", self.name)?;
        object.optional("demangled", self.demangled.as_ref())?;
        object.raw("offset", self.offset)?;
        if !self.source.is_empty() {
            object.array("source", &self.source, |out, place| place.write(out))?;
        }
        object.end()
    }
}

impl SourcePlace {
    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let mut object = Object::new(out)?;
        object.optional("function", self.function.as_ref())?;
        object.optional("file", self.file.as_ref())?;
        for (key, number) in [("line", self.line), ("column", self.column)] {
            if let Some(number) = number {
                object.raw(key, number)?;
            }
        }
        object.end()
    }
}
