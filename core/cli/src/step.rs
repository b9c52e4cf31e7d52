//! `fayasm step`: prints each instruction as it is executed.

use std::io::{self, BufWriter, Write};

use fayasm_core::inspect::Inspector;
use fayasm_core::text::Disassembly;
use fayasm_core::{Limit, Outcome, Val};

use crate::args::StepOptions;
use crate::call::Call;
use crate::failure::Failure;
use crate::run::print_results;

/// Calls nested deeper are not indented further.
const MAX_INDENT: usize = 30;

pub(crate) fn step(options: &StepOptions) -> Result<(), Failure> {
    let mut call = Call::prepare(&options.call)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut inspector = Inspector::new();
    let lines = options.lines.unwrap_or(u64::MAX);
    let outcome = loop {
        if call.job.executed() >= lines {
            break call.store.run(&mut call.job, Limit::NONE);
        }
        let before = describe(&mut call, &mut inspector);
        let depth = call.job.depth();
        let outcome = call.store.step(&mut call.job);
        let Some((text, pushes)) = before else { break outcome };
        write!(out, "{text}")?;
        match &outcome {
            Outcome::Trapped(trap) => writeln!(out, "  traps: {}", trap.kind())?,
            _ if pushes > 0 && call.job.depth() == depth => {
                let operands = inspector.operands(&call.store, &call.job, depth - 1);
                let left = operands.len().saturating_sub(pushes);
                writeln!(out, " -> {}", list(operands.get(left..).unwrap_or_default()))?;
            }
            _ => writeln!(out)?,
        }
        if !outcome.is_running() {
            break outcome;
        }
    };
    if let Outcome::Trapped(trap) = outcome {
        out.flush()?;
        return Err(call.trapped(trap));
    }
    let results = call.job.results(&call.store).unwrap_or_default();
    print_results(&mut out, &results)?;
    out.flush()?;
    Ok(())
}

/// The line of the next instruction, up to what it takes, and how many
/// operands it leaves.
fn describe(call: &mut Call, inspector: &mut Inspector) -> Option<(String, usize)> {
    let frame = *call.job.frame()?;
    let place = inspector.place(&call.store, &frame)?;
    let depth = call.job.depth();
    let operands = inspector.operands(&call.store, &call.job, depth - 1);
    let taken = operands.len().saturating_sub(place.effect.pops);
    let taken = list(operands.get(taken..).unwrap_or_default());
    let instruction = &place.instruction;
    let disassembly = Disassembly::new(call.module.declarations(), call.names());
    let immediates = disassembly.operands(frame.function(), instruction);
    let space = if immediates.is_empty() { "" } else { " " };
    let code = format!(
        "{:indent$}{}{space}{immediates}",
        "",
        instruction.operator.mnemonic(),
        indent = 2 * (depth - 1).min(MAX_INDENT)
    );
    let number = call.job.executed() + 1;
    let (offset, name) = (instruction.span.start, call.function_name(frame.function()));
    let text = format!("{number:>8}  {offset:#08x}  {name:<16} {code:<32} {taken}");
    // What a call leaves is there only when it has returned.
    Some((text, place.effect.pushes))
}

/// `[i32:7 i32:5]`.
fn list(values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{}:{value}", value.ty())).collect();
    format!("[{}]", texts.join(" "))
}
