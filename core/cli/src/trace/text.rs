//! A line for people for each instruction.

use fayasm_core::{Outcome, TrapKind, Val};

use super::tracer::Step;
use crate::call::Call;
use crate::demangle::short_name;
use crate::failure::Failure;
use crate::output::{DIM, ERROR, Output, printable};

/// Calls nested deeper are not indented further.
const MAX_INDENT: usize = 30;

/// Characters for the function's name, with its `$`.
const NAME: usize = 24;

/// Characters for the instruction.
const CODE: usize = 32;

pub(super) fn step(out: &mut Output, call: &Call, step: &Step) -> Result<(), Failure> {
    let instruction = &step.place.instruction;
    let loaded = call.modules.of(step.frame.instance());
    let disassembly = loaded.disassembly().with_demangler(|name| Some(short_name(name, NAME - 1)));
    let immediates = disassembly.operands(step.frame.function(), instruction);
    let space = if immediates.is_empty() { "" } else { " " };
    let code = format!(
        "{:indent$}{}{space}{}",
        "",
        instruction.operator.mnemonic(),
        printable(&immediates),
        indent = 2 * (step.depth - 1).min(MAX_INDENT)
    );
    let (number, offset) = (step.number, instruction.span.start);
    let name = loaded.function_name(disassembly, step.frame.function());
    let taken = list(&step.taken);
    let left = match &step.outcome {
        Outcome::Trapped(trap) if matches!(trap.kind(), TrapKind::Exit { .. }) => {
            format!("  {}", trap.kind())
        }
        Outcome::Trapped(trap) => format!("  {ERROR}traps: {}{ERROR:#}", trap.kind()),
        _ if step.left.is_empty() => String::new(),
        _ => format!(" -> {}", list(&step.left)),
    };
    out.line(format_args!(
        "{DIM}{number:>8}  {offset:#08x}{DIM:#}  {name:<NAME$} {code:<CODE$} {taken}{left}"
    ))
}

/// `[i32:7 i32:5]`.
fn list(values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{}:{value}", value.ty())).collect();
    format!("[{}]", texts.join(" "))
}
