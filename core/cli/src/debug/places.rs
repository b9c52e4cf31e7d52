//! Instructions that a person names: by function, byte or line.

use fayasm_core::Instance;
use fayasm_core::module::Named;
use fayasm_core::text::Code;
use fayasm_dwarf::Place;

use super::problem::Problem;
use crate::functions;
use crate::loaded::{Loaded, Modules};
use crate::words::{nearest, number};

/// An instruction of a module that is instantiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CodePlace {
    pub(super) instance: Instance,
    pub(super) function: u32,
    /// Bytes from the start of the body, as frames have them.
    pub(super) pc: u32,
    /// Bytes from the start of the module.
    pub(super) offset: u32,
}

/// The instructions that a text means; at least one.
pub(super) fn find(modules: &Modules, text: &str) -> Result<Vec<CodePlace>, Problem> {
    let (loaded, text) = module(modules, text);
    if text.starts_with("0x")
        && let Some(offset) = number(text)
    {
        return at_offset(loaded, offset).map(|place| vec![place]);
    }
    if let Some((file, line)) = text.rsplit_once(':')
        && let Some(line) = number(line).and_then(|line| line.try_into().ok())
    {
        return at_line(loaded, file, line);
    }
    let functions = functions(loaded, text);
    if !functions.is_empty() {
        return functions.into_iter().map(|function| at_start(loaded, function, 0)).collect();
    }
    match text.rsplit_once('+') {
        Some((name, offset)) if let Some(offset) = number(offset) => {
            let functions = self::functions(loaded, name.trim());
            if functions.is_empty() {
                return Err(no_function(loaded, name));
            }
            functions.into_iter().map(|function| at_start(loaded, function, offset)).collect()
        }
        _ => Err(no_function(loaded, text)),
    }
}

/// The module that is meant, and what is named in it.
fn module<'a, 't>(modules: &'a Modules, text: &'t str) -> (&'a Loaded, &'t str) {
    let linked = text.split_once('!').and_then(|(name, rest)| {
        let mut before = modules.before.iter();
        Some((before.find(|loaded| loaded.linked_as.as_deref() == Some(name))?, rest))
    });
    linked.unwrap_or((&modules.main, text))
}

/// The functions that a name or an index means.
fn functions(loaded: &Loaded, name: &str) -> Vec<u32> {
    functions::named(&loaded.module, loaded.names(), loaded.disassembly(), name)
}

/// The local of this name.
pub(super) fn local(loaded: &Loaded, function: u32, name: &str) -> Option<u32> {
    let names = loaded.names();
    let locals = loaded.module.local_count(function)?;
    (0..locals).find(|local| names.local(function, *local) == Some(name))
}

/// The global of this name.
pub(super) fn global(loaded: &Loaded, name: &str) -> Option<u32> {
    let names = loaded.names();
    // Globals are counted in 32 bits.
    let globals = loaded.module.declarations().globals.len() as u32;
    (0..globals).find(|global| names.of(Named::Global, *global) == Some(name))
}

fn no_function(loaded: &Loaded, name: &str) -> Problem {
    let names = functions::names(&loaded.module, loaded.disassembly());
    let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    Problem::NoFunction { name: name.to_owned(), nearest }
}

/// The instruction so many bytes behind the first one of a function.
fn at_start(loaded: &Loaded, function: u32, bytes: u64) -> Result<CodePlace, Problem> {
    let body = loaded.module.declarations().body(function);
    let (Some(body), Some(layout)) = (body, loaded.module.layout(function)) else {
        return Err(Problem::Imported {
            name: loaded.function_name(loaded.disassembly(), function),
        });
    };
    let offset = u64::from(body.start + layout.code_start).saturating_add(bytes);
    in_function(loaded, function, offset)
}

/// The instruction at this byte of a module.
fn at_offset(loaded: &Loaded, offset: u64) -> Result<CodePlace, Problem> {
    let all = loaded.module.declarations();
    let defined = all.bodies.partition_point(|body| u64::from(body.end) <= offset);
    // They are counted in 32 bits.
    in_function(loaded, all.imported_functions + defined as u32, offset)
}

fn in_function(loaded: &Loaded, function: u32, offset: u64) -> Result<CodePlace, Problem> {
    let (mut before, mut behind) = (None, None);
    for place in instructions(loaded, function) {
        match u64::from(place.offset).cmp(&offset) {
            std::cmp::Ordering::Less => before = Some(place.offset),
            std::cmp::Ordering::Equal => return Ok(place),
            std::cmp::Ordering::Greater => behind = behind.or(Some(place.offset)),
        }
    }
    Err(Problem::NoInstruction { offset, before, behind })
}

/// All instructions of a function; none if it is imported.
fn instructions(loaded: &Loaded, function: u32) -> impl Iterator<Item = CodePlace> {
    let body = loaded.module.declarations().body(function).unwrap_or_default();
    let bytes = loaded.module.body(function).unwrap_or_default();
    // The module is valid.
    let code = Code::new(bytes, body.start).ok().into_iter().flatten().map_while(Result::ok);
    code.map(move |line| {
        let offset = line.instruction.span.start;
        CodePlace { instance: loaded.instance, function, pc: offset - body.start, offset }
    })
}

/// In each function, the first instruction that comes from a line, or from what was inlined
/// there.
fn at_line(loaded: &Loaded, file: &str, line: u32) -> Result<Vec<CodePlace>, Problem> {
    let is_line = |source: &Place| {
        source.line == Some(line) && source.file.as_deref().is_some_and(|it| is_file(it, file))
    };
    let of_line = |place: &CodePlace| loaded.places(place.offset).iter().any(is_line);
    let found: Vec<CodePlace> = (0..functions::count(&loaded.module))
        .filter_map(|it| instructions(loaded, it).find(of_line))
        .collect();
    match found.is_empty() {
        true => Err(Problem::NoLine { file: file.to_owned(), line }),
        false => Ok(found),
    }
}

/// Whether a path is meant by a name, which may be the end of it.
fn is_file(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_the_end_of_its_path() {
        assert!(is_file("/home/me/src/main.c", "main.c"));
        assert!(is_file("/home/me/src/main.c", "src/main.c"));
        assert!(is_file("main.c", "main.c"));
        assert!(!is_file("/home/me/src/domain.c", "main.c"));
    }
}
