//! JSON Lines; `fayasm trace --help` documents the keys.

use std::fmt::Write;

use fayasm_core::text::Disassembly;
use fayasm_core::{Outcome, Trap, Val};
use fayasm_dwarf::{Place, demangle};
use serde::Serialize;

use super::tracer::{Change, Step};
use crate::call::Call;
use crate::failure::Failure;
use crate::output::Output;

/// The line of an instruction.
#[derive(Serialize)]
struct StepLine<'a> {
    step: u64,
    depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    function: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    demangled: Option<String>,
    offset: u32,
    operator: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    immediates: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operands: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    returns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<Set>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global: Option<Set>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Written>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<String>,
}

#[derive(Serialize)]
struct Set {
    index: u32,
    value: String,
}

#[derive(Serialize)]
struct Written {
    index: u32,
    address: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

/// The last line.
#[derive(Serialize)]
struct EndLine<'a> {
    end: &'a str,
    executed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    backtrace: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    function: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    demangled: Option<String>,
    offset: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source: Vec<Source>,
}

/// A place in source code.
#[derive(Serialize)]
struct Source {
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

impl From<Place> for Source {
    fn from(Place { function, file, line, column }: Place) -> Self {
        Source { function, file, line, column }
    }
}

pub(super) fn step(out: &mut Output, call: &Call, step: &Step) -> Result<(), Failure> {
    let ahead = &step.ahead;
    let instruction = &ahead.place.instruction;
    let loaded = call.modules.of(ahead.frame.instance());
    let names = loaded.names();
    let function = ahead.frame.function();
    let mut line = StepLine {
        step: ahead.number,
        depth: ahead.depth - 1,
        module: loaded.linked_as.as_deref(),
        function,
        name: names.function(function),
        demangled: names.function(function).and_then(demangle),
        offset: instruction.span.start,
        operator: instruction.operator.mnemonic(),
        immediates: Disassembly::new(loaded.module.declarations(), names)
            .operands(function, instruction),
        operands: texts(&ahead.taken),
        results: texts(&step.left),
        returns: texts(&step.returned),
        local: None,
        global: None,
        memory: None,
        trap: match &step.outcome {
            Outcome::Trapped(trap) => Some(trap.kind().to_string()),
            _ => None,
        },
    };
    match &step.change {
        Some(Change::Local(index, value)) => line.local = Some(set(*index, *value)),
        Some(Change::Global(index, value)) => line.global = Some(set(*index, *value)),
        Some(Change::Stored(index, address, bytes)) => {
            let bytes = Some(hex(bytes));
            line.memory = Some(Written { index: *index, address: *address, bytes, length: None });
        }
        Some(Change::Filled(index, address, length)) => {
            let length = Some(*length);
            line.memory = Some(Written { index: *index, address: *address, bytes: None, length });
        }
        None => {}
    }
    write(out, &line)
}

pub(super) fn end(
    out: &mut Output,
    call: &Call,
    results: &Result<Vec<Val>, Failure>,
) -> Result<(), Failure> {
    let mut line = EndLine {
        end: "done",
        executed: call.job.executed(),
        code: None,
        results: None,
        trap: None,
        backtrace: Vec::new(),
    };
    match results {
        Ok(results) => line.results = Some(texts(results)),
        Err(Failure::Exit(code)) => {
            line.end = "exit";
            line.code = Some(*code);
        }
        Err(Failure::Trap(trap, _)) => {
            line.end = "trap";
            line.trap = Some(trap.kind().to_string());
            line.backtrace = backtrace(call, trap);
        }
        Err(other) => {
            line.end = "trap";
            line.trap = Some(other.to_string());
        }
    }
    write(out, &line)
}

fn backtrace<'a>(call: &'a Call, trap: &Trap) -> Vec<Frame<'a>> {
    let frames = trap.backtrace().iter().map(|frame| {
        let loaded = call.modules.of(frame.instance);
        let name = loaded.names().function(frame.function);
        Frame {
            module: loaded.linked_as.as_deref(),
            function: frame.function,
            name,
            demangled: name.and_then(demangle),
            offset: frame.offset,
            source: loaded.places(frame.offset).into_iter().map(Source::from).collect(),
        }
    });
    frames.collect()
}

fn write(out: &mut Output, line: &impl Serialize) -> Result<(), Failure> {
    let written = serde_json::to_writer(out.writer(), line);
    out.done(written.map_err(Into::into))?;
    out.line("")
}

fn set(index: u32, value: Val) -> Set {
    Set { index, value: text(value) }
}

fn texts(values: &[Val]) -> Vec<String> {
    values.iter().copied().map(text).collect()
}

fn text(value: Val) -> String {
    format!("{}:{value}", value.ty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
