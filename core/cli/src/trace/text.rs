//! A line for people for each instruction.

use fayasm_core::{TrapKind, Val};
use fayasm_dwarf::demangle_name;
use fayasm_trace::{Ahead, Step};

use crate::failure::Failure;
use crate::loaded::Modules;
use crate::output::{DIM, ERROR, Output, printable};

/// Calls nested deeper are not indented further.
const MAX_INDENT: usize = 30;

/// Characters for the instruction's number, and a mark before it.
const NUMBER: usize = 8;

/// Characters for the function's name, with its `$`.
const NAME: usize = 24;

/// Characters for the instruction.
const CODE: usize = 32;

/// The line of an instruction that was executed.
pub(crate) fn step(out: &mut Output, modules: &Modules, step: &Step) -> Result<(), Failure> {
    let left = match &step.trap {
        Some(kind @ TrapKind::Exit { .. }) => format!("  {kind}"),
        Some(kind) => format!("  {ERROR}traps: {kind}{ERROR:#}"),
        _ if step.left.is_empty() => String::new(),
        _ => format!(" -> {}", list(&step.left)),
    };
    line(out, modules, &step.ahead, "", &left)
}

/// The line of an instruction that comes next, which is marked.
pub(crate) fn ahead(out: &mut Output, modules: &Modules, ahead: &Ahead) -> Result<(), Failure> {
    line(out, modules, ahead, "=>", "")
}

fn line(
    out: &mut Output,
    modules: &Modules,
    ahead: &Ahead,
    mark: &str,
    left: &str,
) -> Result<(), Failure> {
    let instruction = &ahead.place.instruction;
    let loaded = modules.of(ahead.frame.instance());
    let disassembly = loaded.disassembly().with_demangler(|name| Some(short_name(name, NAME - 1)));
    let immediates = disassembly.operands(ahead.frame.function(), instruction);
    let space = if immediates.is_empty() { "" } else { " " };
    let code = format!(
        "{:indent$}{}{space}{}",
        "",
        instruction.operator.mnemonic(),
        printable(&immediates),
        indent = 2 * (ahead.depth - 1).min(MAX_INDENT)
    );
    let (number, offset) = (ahead.number, instruction.span.start);
    let width = NUMBER - mark.len();
    let name = loaded.function_name(disassembly, ahead.frame.function());
    let taken = list(&ahead.taken);
    out.line(format_args!(
        "{mark}{DIM}{number:>width$}  {offset:#08x}{DIM:#}  {name:<NAME$} {code:<CODE$} {taken}{left}"
    ))
}

/// The name of a function where there is room for this many characters, mangled or not:
/// the end of it, which tells most.
fn short_name(name: &str, room: usize) -> String {
    let meant = demangle_name(name);
    let name = meant.as_deref().unwrap_or(name);
    match name.chars().count() {
        count if count <= room => name.to_owned(),
        count => {
            let end = name.chars().skip(count - room.saturating_sub(1));
            "…".chars().chain(end).collect()
        }
    }
}

/// `[i32:7 i32:5]`.
pub(crate) fn list(values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{}:{value}", value.ty())).collect();
    format!("[{}]", texts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_name_the_end_is_shown() {
        assert_eq!(short_name("short", 5), "short");
        assert_eq!(short_name("longer", 5), "…nger");
        assert_eq!(short_name("çççççç", 5), "…çççç");
        assert_eq!(short_name("_ZN5space3fooEibc", 20), "space::foo");
        assert_eq!(short_name("_ZN5space3fooEibc", 7), "…e::foo");
        assert_eq!(short_name("_RNvNtCs1234_7mycrate3foo3bar", 9), "…foo::bar");
    }
}
