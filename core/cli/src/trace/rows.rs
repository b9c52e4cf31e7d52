//! Rows for programs, as JSON Lines or CSV; `fayasm trace --help` documents them.

use fayasm_core::{Trap, Val};
use fayasm_dwarf::{Place, demangle};
use fayasm_trace::{Code, End, EndFrame, Ending, Format, Row, SourcePlace, Step};

use crate::call::Call;
use crate::failure::Failure;
use crate::loaded::Loaded;
use crate::output::Output;

pub(super) fn step(
    out: &mut Output,
    format: Format,
    call: &Call,
    step: &Step,
) -> Result<(), Failure> {
    let row = Row::new(step, code(call.modules.of(step.ahead.frame.instance())));
    out.text(|out| row.write(format, out))
}

fn code(loaded: &Loaded) -> Code<'_> {
    let (module, all) = (loaded.linked_as.as_deref(), loaded.module.declarations());
    Code { module, all, names: loaded.names(), demangle }
}

/// The last line, which only JSON Lines have.
pub(super) fn end(
    out: &mut Output,
    call: &Call,
    results: &Result<Vec<Val>, Failure>,
) -> Result<(), Failure> {
    let ending = match results {
        Ok(results) => Ending::Done(results.clone()),
        Err(Failure::Exit(code)) => Ending::Exit(*code),
        Err(Failure::Trap(trap, _)) => Ending::Trap(trap.kind().to_string(), backtrace(call, trap)),
        Err(other) => Ending::Trap(other.to_string(), Vec::new()),
    };
    let end = End { executed: call.job.executed(), ending };
    out.text(|out| end.write(out))
}

fn backtrace<'a>(call: &'a Call, trap: &Trap) -> Vec<EndFrame<'a>> {
    let frames = trap.backtrace().iter().map(|frame| {
        let loaded = call.modules.of(frame.instance);
        let name = loaded.names().function(frame.function);
        EndFrame {
            module: loaded.linked_as.as_deref(),
            function: frame.function,
            name,
            demangled: name.and_then(demangle),
            offset: frame.offset,
            source: loaded.places(frame.offset).into_iter().map(source).collect(),
        }
    });
    frames.collect()
}

fn source(Place { function, file, line, column }: Place) -> SourcePlace {
    SourcePlace { function, file, line, column }
}
