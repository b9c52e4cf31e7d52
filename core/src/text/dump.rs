//! A listing of everything a module declares.

use core::fmt::{self, Write};

use super::disassembly::{Code, Disassembly};
use super::printable::printable;
use crate::module::{Declarations, ElementItems, ImportType, SectionId, SegmentMode};
use crate::types::Limits;

/// Blocks nested deeper than this are not indented further.
const MAX_INDENT: u32 = 40;

/// Writes a listing of a module: its sections and their entries, and if `code` is set
/// the instructions of every function.
///
/// ```
/// # use fayasm_core::module::{NameIndex, Names};
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::{Disassembly, dump};
///
/// let wat = r#"(module (memory 1) (func (export "run") (nop)))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let index = NameIndex::new(module.bytes(), module.declarations());
/// # let names = Names::new(module.bytes(), module.declarations(), &index);
/// let text = Disassembly::new(module.declarations(), names);
/// let mut listing = String::new();
/// dump(&mut listing, text, true)?;
/// assert!(listing.contains("  memory 0: 1 page\n"));
/// assert!(listing.contains("  export \"run\": func 0\n"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// What `out` returns.
pub fn dump(out: &mut impl Write, text: Disassembly<'_>, code: bool) -> fmt::Result {
    let (bytes, all) = (text.bytes(), text.declarations());
    for section in &all.sections {
        let name = printable(section.name.as_deref().unwrap_or(section.id.name()));
        let kind = if section.id == SectionId::Custom { "custom section" } else { "section" };
        writeln!(
            out,
            "{:#08x}..{:#08x}  {kind} {name}, {} bytes",
            section.span.start,
            section.span.end,
            section.span.len()
        )?;
        entries(out, all, text, section.id)?;
    }
    if code {
        for (defined, span) in all.bodies.iter().enumerate() {
            // Numbers of functions fit 32 bits.
            let function = all.imported_functions + defined as u32;
            let Some(body) = bytes.get(span.range()) else { continue };
            writeln!(out)?;
            function_code(out, text, function, body, span.start)?;
        }
    }
    Ok(())
}

fn entries(
    out: &mut impl Write,
    all: &Declarations,
    text: Disassembly<'_>,
    id: SectionId,
) -> fmt::Result {
    match id {
        SectionId::Type => {
            for (index, ty) in all.types.iter().enumerate() {
                writeln!(out, "  type {index}: {ty}")?;
            }
        }
        SectionId::Import => {
            for import in &all.imports {
                write!(out, "  import {:?} {:?}: ", import.module, import.name)?;
                match (import.ty, all.import_type(import)) {
                    (_, Some(ty)) => writeln!(out, "{ty}")?,
                    (ImportType::Func(ty), None) => writeln!(out, "func of type {ty}")?,
                    (_, None) => writeln!(out)?,
                }
            }
        }
        SectionId::Function => {
            for index in all.imported_functions..all.functions.len() as u32 {
                write!(out, "  func {index}")?;
                if let Some(name) = text.function(index) {
                    write!(out, " ${}", printable(&name))?;
                }
                match all.function_type(index) {
                    Some(ty) => writeln!(out, ": {ty}")?,
                    None => writeln!(out)?,
                }
            }
        }
        SectionId::Table => {
            let imported = all.imported_tables as usize;
            for (index, ty) in all.tables.iter().enumerate().skip(imported) {
                writeln!(out, "  table {index}: {ty}")?;
            }
        }
        SectionId::Tag => {
            let imported = all.imported_tags as usize;
            for (index, ty) in all.tags.iter().enumerate().skip(imported) {
                match all.types.func(*ty) {
                    Some(ty) => writeln!(out, "  tag {index}: {ty}")?,
                    None => writeln!(out, "  tag {index}: type {ty}")?,
                }
            }
        }
        SectionId::Memory => {
            let imported = all.imported_memories as usize;
            for (index, ty) in all.memories.iter().enumerate().skip(imported) {
                let one = ty.limits == Limits::at_least(1);
                let pages = if one { "page" } else { "pages" };
                writeln!(out, "  memory {index}: {ty} {pages}")?;
            }
        }
        SectionId::Global => {
            let imported = all.imported_globals as usize;
            let defined = all.globals.iter().enumerate().skip(imported);
            for ((index, ty), value) in defined.zip(&all.global_values) {
                writeln!(out, "  global {index}: {ty} = {}", text.constant(*value))?;
            }
        }
        SectionId::Export => {
            for export in &all.exports {
                writeln!(out, "  export {:?}: {} {}", export.name, export.kind, export.index)?;
            }
        }
        SectionId::Start => {
            if let Some(start) = all.start {
                writeln!(out, "  start: func {start}")?;
            }
        }
        SectionId::Element => {
            for (index, segment) in all.elements.iter().enumerate() {
                write!(out, "  elem {index}: {} of {}, ", segment.items.len(), segment.ty)?;
                segment_mode(out, text, &segment.mode, "table")?;
                if let ElementItems::Functions(functions) = &segment.items {
                    let shown = functions.get(..8).unwrap_or(functions);
                    let more = if shown.len() < functions.len() { ", …" } else { "" };
                    write!(out, ": functions {shown:?}{more}")?;
                }
                writeln!(out)?;
            }
        }
        SectionId::Data => {
            for (index, segment) in all.data.iter().enumerate() {
                write!(out, "  data {index}: {} bytes, ", segment.contents.len())?;
                segment_mode(out, text, &segment.mode, "memory")?;
                writeln!(out)?;
            }
        }
        SectionId::DataCount => {
            if let Some(count) = all.data_count {
                writeln!(out, "  {count} data segments")?;
            }
        }
        SectionId::Code => {
            for (defined, body) in all.bodies.iter().enumerate() {
                // Numbers of functions fit 32 bits.
                let index = all.imported_functions + defined as u32;
                let (start, length) = (body.start, body.len());
                writeln!(out, "  body of func {index}: {length} bytes at {start:#x}")?;
            }
        }
        SectionId::Custom => {}
    }
    Ok(())
}

fn segment_mode(
    out: &mut impl Write,
    text: Disassembly<'_>,
    mode: &SegmentMode,
    target_kind: &str,
) -> fmt::Result {
    match mode {
        SegmentMode::Active { target, offset } => {
            write!(out, "active in {target_kind} {target} at {}", text.constant(*offset))
        }
        SegmentMode::Passive => out.write_str("passive"),
        SegmentMode::Declared => out.write_str("declared"),
    }
}

fn function_code(
    out: &mut impl Write,
    text: Disassembly<'_>,
    function: u32,
    body: &[u8],
    at: u32,
) -> fmt::Result {
    write!(out, "func {function}")?;
    if let Some(name) = text.function(function) {
        write!(out, " ${}", printable(&name))?;
    }
    match text.declarations().function_type(function) {
        Some(ty) => writeln!(out, " {ty}")?,
        None => writeln!(out)?,
    }
    let code = match Code::new(body, at) {
        Ok(code) => code,
        Err(error) => return writeln!(out, "  error: {error}"),
    };
    for line in code {
        match line {
            Ok(line) => {
                let instruction = &line.instruction;
                let mnemonic = instruction.operator.mnemonic();
                let operands = text.operands(function, instruction);
                let space = if operands.is_empty() { "" } else { " " };
                let indent = 2 * line.depth.min(MAX_INDENT) as usize;
                let start = instruction.span.start;
                writeln!(out, "  {start:#08x}  {:indent$}{mnemonic}{space}{operands}", "")?;
            }
            Err(error) => writeln!(out, "  error: {error}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::module::{Module, NameIndex, Names};
    use alloc::string::String;

    #[test]
    fn names_of_a_module_reach_a_terminal_without_control_characters() {
        let bytes = wat::parse_str(
            r#"(module
                (@custom "\1b[2J" "")
                (global funcref (ref.func $"f\1b[31m"))
                (type $"t\1b" (struct (field $"x\1b" i32)))
                (func $"f\1b[31m" (local $"l\07" i32) (drop (local.get 0)) (call 0)
                    (drop (struct.get 0 0 (struct.new_default 0)))))"#,
        )
        .unwrap();
        let module = Module::new(&Engine::default(), bytes).unwrap();
        let (bytes, all) = (module.bytes(), module.declarations());
        let index = NameIndex::new(bytes, all);
        let mut text = String::new();
        dump(&mut text, Disassembly::new(all, Names::new(bytes, all, &index)), true).unwrap();
        assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text}");
        for name in
            ["custom section \\u{1b}[2J", "$f\\u{1b}[31m", "$l\\u{7}", "$t\\u{1b} $x\\u{1b}"]
        {
            assert!(text.contains(name), "{name}: {text}");
        }
    }
}
