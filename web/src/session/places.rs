//! Instructions that a person names, in the words of the runner's debugger: by their byte, by
//! a line of source code, or by their function.

use std::ops::Range;

use super::lines::Lines;
use super::modules::Modules;
use super::opened::Opened;
use super::text;
use crate::protocol::PlacesView;
use crate::source_lines::{LineRange, LineTable};

/// The most instructions that a line or a name means.
const MOST: usize = 100;

impl Modules {
    /// The instructions that a text means in the module on show; at least one.
    ///
    /// # Errors
    ///
    /// What is wrong, in words, and where.
    pub(super) fn places(&self, named: &str) -> Result<PlacesView, String> {
        let opened = self.shown().ok_or("No module is open.")?;
        let mut offsets = opened.offsets(named.trim())?;
        let is_cut = offsets.len() > MOST;
        offsets.truncate(MOST);
        Ok(PlacesView { module: text::offset(self.shown_index()), offsets, is_cut })
    }
}

impl Opened {
    /// The same, and at most one more than can be.
    fn offsets(&self, named: &str) -> Result<Vec<u32>, String> {
        if named.is_empty() {
            return Err("A place is expected: `0x1a2`, `main.c:17` or a function.".to_owned());
        }
        if let Some(digits) = named.strip_prefix("0x") {
            let offset = u32::from_str_radix(digits, 16).map_err(|_| no_number(digits))?;
            return self.instruction(offset).map(|offset| vec![offset]);
        }
        if let Some((file, line)) = named.rsplit_once(':')
            && let Ok(line) = line.trim().parse()
        {
            return self.at_line(file.trim(), line);
        }
        let functions = self.functions_called(named);
        if !functions.is_empty() {
            return functions.into_iter().map(|function| self.at_start(function, 0)).collect();
        }
        let Some((name, bytes)) = named.rsplit_once('+') else { return Err(no_function(named)) };
        let functions = self.functions_called(name.trim());
        if functions.is_empty() {
            return Err(no_function(name.trim()));
        }
        let bytes = number(bytes.trim()).ok_or_else(|| no_number(bytes.trim()))?;
        functions.into_iter().map(|function| self.at_start(function, bytes)).collect()
    }

    /// The functions that a name or an index means, at most one more than can be.
    fn functions_called(&self, name: &str) -> Vec<u32> {
        let count = text::offset(self.all().functions.len());
        if let Some(index) = number(name) {
            return if index < count { vec![index] } else { Vec::new() };
        }
        let name = Some(name.strip_prefix('$').unwrap_or(name));
        let names = self.names();
        let is_called = |it: &u32| names.function(*it) == name || self.source_name(*it) == name;
        (0..count).filter(is_called).take(MOST + 1).collect()
    }

    /// The instruction so many bytes behind the first one of a function.
    fn at_start(&self, function: u32, bytes: u32) -> Result<u32, String> {
        if function < self.all().imported_functions {
            let name = self.function_name(function);
            return Err(format!("`{name}` is imported: it has no instructions here."));
        }
        let first = self.instructions(function, 0..u32::MAX).next();
        let first = first.ok_or("The function has no instructions.")?;
        if bytes == 0 { Ok(first) } else { self.instruction(first.saturating_add(bytes)) }
    }

    /// The instruction at this byte of the module.
    fn instruction(&self, offset: u32) -> Result<u32, String> {
        let function = self.function_at(offset);
        let function =
            function.ok_or_else(|| format!("No function lies at byte `{offset:#x}`."))?;
        let (mut before, mut behind) = (None, None);
        for at in self.instructions(function, 0..u32::MAX) {
            match at {
                at if at == offset => return Ok(at),
                at if at < offset => before = Some(at),
                at => behind = behind.or(Some(at)),
            }
        }
        let near = match (before, behind) {
            (Some(before), Some(behind)) => {
                format!("; around it, one does at `{before:#x}` and one at `{behind:#x}`")
            }
            (Some(near), None) | (None, Some(near)) => format!("; the nearest does at `{near:#x}`"),
            (None, None) => String::new(),
        };
        Err(format!("No instruction begins at byte `{offset:#x}`{near}."))
    }

    /// Where the instructions of a function begin, of those in a span.
    fn instructions(&self, function: u32, within: Range<u32>) -> impl Iterator<Item = u32> {
        let code = self.code(function);
        let row = code.lines.partition_point(|it| it.instruction.span.start < within.start);
        let offset = move |row: usize| Some(code.lines.get(row)?.instruction.span.start);
        (row..).map_while(offset).take_while(move |at| *at < within.end)
    }

    /// In each function, the first instruction that comes from a line; at most one more than
    /// there can be.
    fn at_line(&self, file: &str, line: u32) -> Result<Vec<u32>, String> {
        let Lines::Known(table) = &self.lines else {
            return Err("The module does not say which lines its instructions come from.".into());
        };
        let mut offsets = Vec::new();
        let mut last = None;
        for range in of_file(table, file).filter(|range| range.line == line) {
            // They are in order: those of a function are neighbours.
            let function = self.function_at(range.start).filter(|it| Some(*it) != last);
            let Some(function) = function else { continue };
            if let Some(at) = self.instructions(function, range.start..range.end).next() {
                offsets.push(at);
                last = Some(function);
            }
            if offsets.len() > MOST {
                break;
            }
        }
        if !offsets.is_empty() {
            return Ok(offsets);
        }
        let behind = of_file(table, file).map(|range| range.line).filter(|it| *it > line).min();
        let behind = behind.map(|it| format!("; the next line that has some is `{it}`"));
        let behind = behind.unwrap_or_default();
        Err(format!("No instruction is known to come from `{file}:{line}`{behind}."))
    }
}

/// The ranges of instructions that come from a file.
fn of_file<'t>(table: &'t LineTable, name: &str) -> impl Iterator<Item = &'t LineRange> {
    let is_meant: Vec<bool> = table.files.iter().map(|path| is_file(path, name)).collect();
    let is_meant = move |file: u32| is_meant.get(file as usize).copied().unwrap_or(false);
    table.ranges.iter().filter(move |range| is_meant(range.file))
}

/// Whether a path is meant by a name, which may be the end of it.
fn is_file(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn no_number(text: &str) -> String {
    match text {
        "" => "A number is expected at the end.".to_owned(),
        text => format!("A number is expected, at `{text}`."),
    }
}

fn no_function(name: &str) -> String {
    format!("There is no function `{name}`.")
}
