//! Names for people: from the name section, from exports, from imports.

use alloc::vec::Vec;

use super::{Declarations, SectionId, Span, push};
use crate::decode::{Reader, fields, name_map, subsection};
use crate::error::ModuleError;
use crate::types::ExternKind;

/// Where in a module the names of its parts stand.
///
/// ```
/// use fayasm_core::module::Names;
/// use fayasm_core::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), b"\0asm\x01\0\0\0".as_slice())?;
/// let names = Names::new(module.bytes(), module.declarations());
/// assert_eq!(names.function(0), None);
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Names<'m> {
    bytes: &'m [u8],
    all: &'m Declarations,
    /// Name of the module.
    module: Option<Span>,
    /// Names of functions, by index.
    functions: Vec<(u32, Span)>,
    /// Name maps of locals, by function index.
    locals: Vec<(u32, Span)>,
}

impl<'m> Names<'m> {
    /// Finds the names in `bytes`, which declare `all`. What is malformed in
    /// the name section ends the search: names are a courtesy.
    #[must_use]
    pub fn new(bytes: &'m [u8], all: &'m Declarations) -> Self {
        let mut names =
            Names { bytes, all, module: None, functions: Vec::new(), locals: Vec::new() };
        let section = all.sections.iter().find(|section| {
            section.id == SectionId::Custom && section.name.as_deref() == Some("name")
        });
        if let Some(section) = section
            && let Some(contents) = bytes.get(section.contents.range())
        {
            let _ = names.read(contents, section.contents.start);
            names.functions.sort_by_key(|&(index, _)| index);
            names.locals.sort_by_key(|&(index, _)| index);
        }
        names
    }

    fn read(&mut self, contents: &'m [u8], at: u32) -> Result<(), ModuleError> {
        let mut reader = Reader::new(contents, at);
        while !reader.is_empty() {
            let id = reader.byte(&fields::SUBSECTION_ID)?;
            let size = reader.u32(&fields::SUBSECTION_SIZE)?;
            let mut contents = reader.section(size, &fields::SUBSECTION_SIZE)?;
            match id {
                subsection::MODULE => {
                    let name = contents.name(&fields::NAME)?;
                    let end = contents.offset();
                    self.module = Some(span_before(end, name));
                }
                subsection::FUNCTIONS => {
                    let functions = &mut self.functions;
                    let mut full = Ok(());
                    name_map(&mut contents, |index, name, start| {
                        let span = span_before(start.wrapping_add(name.len() as u32), name);
                        full = full.and(push(functions, (index, span), start));
                    })?;
                    full?;
                }
                subsection::LOCALS => {
                    for _ in 0..contents.u32(&fields::COUNT)? {
                        let function = contents.u32(&fields::FUNCTION_INDEX)?;
                        let start = contents.offset();
                        name_map(&mut contents, |_, _, _| {})?;
                        let map = Span { start, end: contents.offset() };
                        push(&mut self.locals, (function, map), start)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn text(&self, span: Span) -> Option<&'m str> {
        core::str::from_utf8(self.bytes.get(span.range())?).ok()
    }

    /// The module's own name.
    #[must_use]
    pub fn module(&self) -> Option<&'m str> {
        self.text(self.module?)
    }

    /// A function's name: as the name section has it, or the name of its
    /// export or import.
    #[must_use]
    pub fn function(&self, index: u32) -> Option<&'m str> {
        if let Ok(at) = self.functions.binary_search_by_key(&index, |&(function, _)| function) {
            return self.functions.get(at).and_then(|&(_, span)| self.text(span));
        }
        let all = self.all;
        let exported = all
            .exports
            .iter()
            .find(|export| export.kind == ExternKind::Func && export.index == index);
        if let Some(export) = exported {
            return Some(&export.name);
        }
        let is_function = |import: &&super::Import| matches!(import.ty, super::ImportType::Func(_));
        all.imports.iter().filter(is_function).nth(index as usize).map(|import| &*import.name)
    }

    /// The name of a local or parameter of a function.
    #[must_use]
    pub fn local(&self, function: u32, local: u32) -> Option<&'m str> {
        let at = self.locals.binary_search_by_key(&function, |&(index, _)| index).ok()?;
        let &(_, map) = self.locals.get(at)?;
        let mut reader = Reader::new(self.bytes.get(map.range())?, map.start);
        let mut found = None;
        name_map(&mut reader, |index, name, _| {
            if index == local {
                found = Some(name);
            }
        })
        .ok()?;
        found
    }
}

/// The place of a name that ends here.
fn span_before(end: u32, name: &str) -> Span {
    // Names are shorter than the module, which is shorter than 4 GiB.
    Span { start: end.wrapping_sub(name.len() as u32), end }
}
