//! `fayasm microcode`: shows what functions are translated to.

use std::path::Path;
use std::{fmt, fs, io};

use fayasm_core::module::{NameIndex, Names};
use fayasm_core::text::{Code, CodeLine, Disassembly, MicrocodeListing};
use fayasm_core::{Engine, Module, Refused};
use fayasm_dwarf::demangle;

use crate::args::{Manners, MicrocodeOptions};
use crate::call::validated;
use crate::failure::Failure;
use crate::functions;
use crate::input;
use crate::output::{BOLD, DIM, Output, counted, instructions, note, printable};
use crate::words::{nearest, number};

/// Blocks nested deeper than this are not indented further.
const MAX_INDENT: u32 = 16;

/// Columns of instructions: at least, and at most. Longer ones have a line of their own.
const CODE_WIDTH: usize = 38;
const MAX_CODE_WIDTH: usize = 60;

/// Columns of the numbers of a function.
const SUMS_WIDTH: usize = 58;

pub(crate) fn microcode(options: &MicrocodeOptions, manners: &Manners) -> Result<(), Failure> {
    let engine = Engine::new(options.module.proposals.config());
    let module = validated(&options.module.file, &engine)?;
    if let Some(path) = &options.save {
        if input::is_same_file(path, &options.module.file) {
            return Err(Failure::Arguments(format!(
                "--save would overwrite the module, {}: name another file",
                path.display()
            )));
        }
        return save(&module, path, manners);
    }
    let index = NameIndex::new(module.bytes(), module.declarations());
    let names = Names::new(module.bytes(), module.declarations(), &index);
    let text = Disassembly::new(module.declarations(), names).with_demangler(demangle);
    let shown = Shown { module: &module, text };
    let mut out = Output::open(&options.output)?;
    match &options.function {
        None => shown.table(&mut out, manners)?,
        Some(name) => {
            let name = name.trim_start();
            let found = functions::named(&module, names, text, name);
            if found.is_empty() {
                return Err(no_function(&shown, name));
            }
            for function in found {
                shown.listing(&mut out, function, manners)?;
            }
        }
    }
    out.finish()
}

fn save(module: &Module, path: &Path, manners: &Manners) -> Result<(), Failure> {
    let failed = |error| Failure::Write(Some(path.to_owned()), error);
    let wrong = |error| failed(io::Error::other(error));
    let stored = module.save_microcode().map_err(wrong)?;
    let saved = module.check_microcode(&stored).map_err(wrong)?;
    fs::write(path, &stored).map_err(failed)?;
    if !manners.quiet {
        let own = functions::own(module).count();
        let left_out = match own.saturating_sub(saved) {
            0 => String::new(),
            others => format!("; {others} not translated, which the stepper executes"),
        };
        note(format_args!(
            "{}: {}, microcode of {}{left_out}",
            path.display(),
            counted(stored.len() as u64, "byte"),
            counted(saved as u64, "function"),
        ));
    }
    Ok(())
}

fn no_function(shown: &Shown<'_>, name: &str) -> Failure {
    let names = functions::names(shown.module, shown.text);
    let is_number = number(name.trim_start_matches('-')).is_some();
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        _ if is_number => match functions::count(shown.module) {
            0 => "; the module has none".to_owned(),
            count => format!("; indices go from 0 to {}", count - 1),
        },
        Some(nearest) => format!("; is it `{}`?", printable(nearest)),
        None => String::new(),
    };
    Failure::Arguments(format!("there is no function `{}`{hint}", printable(name)))
}

/// What functions come to.
#[derive(Default)]
struct Sums {
    functions: u32,
    refused: u32,
    instructions: u64,
    operators: u64,
    code: u64,
    bytes: u64,
}

impl Sums {
    fn add(&mut self, listing: &MicrocodeListing) {
        self.functions += 1;
        self.instructions += u64::from(listing.instructions());
        self.operators += listing.rows().len() as u64;
        self.code += u64::from(listing.code_bytes());
        self.bytes += listing.bytes() as u64;
    }

    fn of(listing: &MicrocodeListing) -> Self {
        let mut sums = Sums::default();
        sums.add(listing);
        sums
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums { instructions, operators, code, bytes, .. } = self;
        write!(f, "{instructions:>12} {operators:>10}")?;
        write!(f, " {:>6.2}", *operators as f64 / *instructions as f64)?;
        write!(f, " {code:>9} {bytes:>10}")?;
        write!(f, " {:>6.2}", *bytes as f64 / *code as f64)
    }
}

struct Shown<'a> {
    module: &'a Module,
    text: Disassembly<'a>,
}

impl Shown<'_> {
    fn name(&self, function: u32) -> String {
        match self.text.function(function) {
            Some(name) => format!("{function} ${}", printable(&name)),
            None => function.to_string(),
        }
    }

    /// A line for each function.
    fn table(&self, out: &mut Output, manners: &Manners) -> Result<(), Failure> {
        let mut sums = Sums::default();
        if !manners.quiet {
            out.line(format_args!(
                "{BOLD}{:>12} {:>10} {:>6} {:>9} {:>10} {:>6}  {}{BOLD:#}",
                "instructions", "operators", "/instr", "code", "microcode", "/byte", "function"
            ))?;
        }
        for function in 0..functions::count(self.module) {
            // Names may be of any length, and so come last.
            let name = self.name(function);
            match MicrocodeListing::new(self.module, function) {
                Ok(listing) => {
                    sums.add(&listing);
                    out.line(format_args!("{}  {name}", Sums::of(&listing)))?;
                }
                Err(Refused::Imported) => {
                    out.line(format_args!("{DIM}{:>SUMS_WIDTH$}{DIM:#}  {name}", "imported"))?;
                }
                Err(reason) => {
                    sums.refused += 1;
                    let state = "not translated";
                    out.line(format_args!(
                        "{DIM}{state:>SUMS_WIDTH$}{DIM:#}  {name}{DIM}: {reason}{DIM:#}"
                    ))?;
                }
            }
        }
        let Sums { functions, refused, .. } = sums;
        if functions > 0 && !manners.quiet {
            out.line(format_args!("{BOLD}{sums}  {functions} translated{BOLD:#}"))?;
        }
        if refused > 0 && !manners.quiet {
            note(format_args!("{refused} not translated: the stepper executes them"));
        }
        Ok(())
    }

    /// The instructions of a function, and beside them what it is translated to.
    fn listing(&self, out: &mut Output, function: u32, manners: &Manners) -> Result<(), Failure> {
        let name = self.name(function);
        let listing = MicrocodeListing::new(self.module, function).map_err(|reason| {
            Failure::Arguments(format!("function {name} is not translated: {reason}"))
        })?;
        let ty = self.module.declarations().function_type(function);
        let ty = ty.map_or_else(String::new, |ty| format!(" {ty}"));
        out.line(format_args!("{BOLD}func {name}{BOLD:#}{ty}"))?;
        let code: Vec<(CodeLine, String)> = self
            .code(function)
            .map(|line| {
                let text = self.instruction(function, &line);
                (line, text)
            })
            .collect();
        let lengths = code.iter().map(|(_, text)| text.chars().count());
        let width = lengths.filter(|length| *length <= MAX_CODE_WIDTH).max().unwrap_or_default();
        let width = width.max(CODE_WIDTH);
        let mut shown = 0;
        let mut line = |mut left: &str, row: Option<usize>| {
            let Some(row) = row.and_then(|row| listing.rows().get(row)) else {
                return out.line(format_args!("  {left}"));
            };
            if left.chars().count() > width {
                out.line(format_args!("  {left}"))?;
                left = "";
            }
            let mark = if row.is_entry { '>' } else { ' ' };
            let text = self.text.microcode(&listing, row);
            out.line(format_args!("  {left:width$} {DIM}{mark}{:>5}{DIM:#}  {text}", row.at))
        };
        for (code, left) in code {
            let rows = listing.rows_at(code.instruction.span.start);
            line(&left, (shown < rows.end).then_some(shown))?;
            shown += usize::from(shown < rows.end);
            if listing.rows_at(code.instruction.span.end) != rows {
                // Behind the last of the instructions that these operators stand for together.
                (shown..rows.end).try_for_each(|row| line("", Some(row)))?;
                shown = shown.max(rows.end);
            }
        }
        if !manners.quiet {
            out.line(format_args!(
                "{} of {}, {} of {}",
                instructions(listing.instructions().into()),
                counted(listing.code_bytes().into(), "byte"),
                counted(listing.rows().len() as u64, "operator"),
                counted(listing.bytes() as u64, "byte"),
            ))?;
        }
        Ok(())
    }

    fn code(&self, function: u32) -> impl Iterator<Item = CodeLine> {
        let body = self.module.declarations().body(function).unwrap_or_default();
        let bytes = self.module.body(function).unwrap_or_default();
        // The module is valid.
        Code::new(bytes, body.start).ok().into_iter().flatten().map_while(Result::ok)
    }

    fn instruction(&self, function: u32, line: &CodeLine) -> String {
        let CodeLine { instruction, depth } = line;
        let operands = self.text.operands(function, instruction);
        let space = if operands.is_empty() { "" } else { " " };
        let indent = 2 * (*depth).min(MAX_INDENT) as usize;
        let mnemonic = instruction.operator.mnemonic();
        format!("{:#08x} {:indent$}{mnemonic}{space}{operands}", instruction.span.start, "")
    }
}
