//! Names for people: from the name section, from exports, from imports.

use alloc::vec::Vec;

use super::{Declarations, Import, ImportType, SectionId, Span, push};
use crate::decode::{Reader, fields, name_map, subsection};
use crate::error::ModuleError;
use crate::types::ExternKind;

/// Where in a module the names of its parts stand: what the name section holds,
/// read once.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    /// Name of the module.
    module: Option<Span>,
    /// Names of functions, by index.
    functions: Vec<(u32, Span)>,
    /// Name maps of locals, by function index.
    locals: Vec<(u32, Span)>,
    /// For each function, one more than its first export; 0 if it has none.
    exports: Vec<u32>,
}

impl NameIndex {
    /// Reads the name section of `bytes`, which declare `all`. What is malformed
    /// in it ends the search: names are a courtesy.
    #[must_use]
    pub fn new(bytes: &[u8], all: &Declarations) -> Self {
        let mut index = NameIndex { exports: first_exports(all), ..NameIndex::default() };
        let section = all.sections.iter().find(|section| {
            section.id == SectionId::Custom && section.name.as_deref() == Some("name")
        });
        if let Some(section) = section
            && let Some(contents) = bytes.get(section.contents.range())
        {
            let _ = index.read(contents, section.contents.start);
        }
        index
    }

    fn read(&mut self, contents: &[u8], at: u32) -> Result<(), ModuleError> {
        let mut reader = Reader::new(contents, at);
        while !reader.is_empty() {
            let id = reader.byte(&fields::SUBSECTION_ID)?;
            let size = reader.u32(&fields::SUBSECTION_SIZE)?;
            let mut contents = reader.section(size, &fields::SUBSECTION_SIZE)?;
            match id {
                subsection::MODULE => {
                    let name = contents.name(&fields::NAME)?;
                    self.module = Some(span_before(contents.offset(), name));
                }
                subsection::FUNCTIONS => {
                    let functions = &mut self.functions;
                    let mut kept = Ok(());
                    name_map(&mut contents, |index, name, end| {
                        if kept.is_ok() && follows(functions, index) {
                            kept = push(functions, (index, span_before(end, name)), end);
                        }
                    })?;
                    kept?;
                }
                subsection::LOCALS => {
                    for _ in 0..contents.u32(&fields::COUNT)? {
                        let function = contents.u32(&fields::FUNCTION_INDEX)?;
                        let start = contents.offset();
                        name_map(&mut contents, |_, _, _| {})?;
                        let map = Span { start, end: contents.offset() };
                        if follows(&self.locals, function) {
                            push(&mut self.locals, (function, map), start)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The names of a module's parts.
///
/// ```
/// use fayasm_core::module::{NameIndex, Names};
/// use fayasm_core::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), b"\0asm\x01\0\0\0".as_slice())?;
/// let index = NameIndex::new(module.bytes(), module.declarations());
/// let names = Names::new(module.bytes(), module.declarations(), &index);
/// assert_eq!(names.function(0), None);
/// # Ok::<(), fayasm_core::ModuleError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Names<'m> {
    bytes: &'m [u8],
    all: &'m Declarations,
    index: &'m NameIndex,
}

impl<'m> Names<'m> {
    /// Names in `bytes`, which declare `all` and in which `index` was found.
    #[must_use]
    pub fn new(bytes: &'m [u8], all: &'m Declarations, index: &'m NameIndex) -> Self {
        Names { bytes, all, index }
    }

    /// All bytes of the module.
    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    fn text(&self, span: Span) -> Option<&'m str> {
        core::str::from_utf8(self.bytes.get(span.range())?).ok()
    }

    /// The module's own name.
    #[must_use]
    pub fn module(&self) -> Option<&'m str> {
        self.text(self.index.module?)
    }

    /// A function's name: as the name section has it, or the name of its
    /// export or import.
    #[must_use]
    pub fn function(&self, index: u32) -> Option<&'m str> {
        let named = &self.index.functions;
        if let Ok(at) = named.binary_search_by_key(&index, |&(function, _)| function) {
            return named.get(at).and_then(|&(_, span)| self.text(span));
        }
        let all = self.all;
        let export =
            self.index.exports.get(index as usize).and_then(|export| export.checked_sub(1));
        if let Some(export) = export.and_then(|export| all.exports.get(export as usize)) {
            return Some(&export.name);
        }
        if index >= all.imported_functions {
            return None;
        }
        let is_function = |import: &&Import| matches!(import.ty, ImportType::Func(_));
        all.imports.iter().filter(is_function).nth(index as usize).map(|import| &*import.name)
    }

    /// The name of a local or parameter of a function.
    #[must_use]
    pub fn local(&self, function: u32, local: u32) -> Option<&'m str> {
        let named = &self.index.locals;
        let at = named.binary_search_by_key(&function, |&(index, _)| index).ok()?;
        let &(_, map) = named.get(at)?;
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

/// For each function, one more than its first export; nothing if memory runs out.
fn first_exports(all: &Declarations) -> Vec<u32> {
    let mut exports = Vec::new();
    if exports.try_reserve_exact(all.functions.len()).is_err() {
        return exports;
    }
    exports.resize(all.functions.len(), 0);
    for (number, export) in (1u32..).zip(&all.exports) {
        if export.kind == ExternKind::Func
            && let Some(first @ 0) = exports.get_mut(export.index as usize)
        {
            *first = number;
        }
    }
    exports
}

/// Whether an index is greater than those before, as those of a name map must
/// be (specification §7.4.1); others are passed over.
fn follows(named: &[(u32, Span)], index: u32) -> bool {
    named.last().is_none_or(|&(last, _)| last < index)
}

/// The place of a name that ends here.
fn span_before(end: u32, name: &str) -> Span {
    // Names are shorter than the module, which is shorter than 4 GiB.
    Span { start: end.wrapping_sub(name.len() as u32), end }
}
