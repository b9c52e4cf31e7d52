//! Names for people: from the name section, from exports, from imports.

use alloc::vec::Vec;

use super::{Declarations, ImportType, SectionId, Span, push};
use crate::decode::{BRANCH_HINTS, NameForm, Reader, branch_hints, fields, name_entry, name_map};
use crate::error::ModuleError;
use crate::types::ExternKind;

/// What custom sections tell people of a module, read once: where the names of
/// its parts stand, and which branches are likely taken.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::{NameIndex, Names};
///
/// let wat = "(module (func $start))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// // Read once, looked into many times: it borrows nothing.
/// let index = NameIndex::new(module.bytes(), module.declarations());
/// let names = Names::new(module.bytes(), module.declarations(), &index);
/// assert_eq!(names.function(0), Some("start"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    /// Name of the module.
    module: Option<Span>,
    /// For each subsection, by its id: for each index in it, where the name
    /// stands, or the map of names of its parts.
    maps: [Vec<(u32, Span)>; SUBSECTIONS],
    /// For each function, one more than its first export; 0 if it has none.
    exports: Vec<u32>,
    /// For each imported function, which import it is.
    imports: Vec<u32>,
    /// In long maps of names of parts, where every so many entries one begins,
    /// in order.
    milestones: Vec<Milestone>,
    /// Offsets of branches in the module, in order, and whether they are likely taken.
    hints: Vec<(u32, bool)>,
}

/// An entry of a map of names of parts: of which subsection and of what, of
/// which part it is the name, and the offset at which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Milestone {
    subsection: usize,
    whole: u32,
    part: u32,
    offset: u32,
}

/// How many entries lie between milestones.
const BETWEEN_MILESTONES: u32 = 64;

impl NameIndex {
    /// Reads the name section of `bytes`, which declare `all`. What is malformed
    /// in it ends the search: names are a courtesy.
    ///
    /// ```
    /// use fayasm_core::decode::Unchecked;
    /// use fayasm_core::module::{Declarations, NameIndex, Names};
    /// use fayasm_core::{Config, decode};
    ///
    /// // As good for a module that is refused: names of what was decoded.
    /// let wasm = wat::parse_str("(module (func $bad (drop)))")?;
    /// let mut all = Declarations::default();
    /// decode::module(&wasm, &Config::new(), &mut all, None, &mut Unchecked)?;
    /// let index = NameIndex::new(&wasm, &all);
    /// assert_eq!(Names::new(&wasm, &all, &index).function(0), Some("bad"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(bytes: &[u8], all: &Declarations) -> Self {
        let (exports, imports) = (first_exports(all), imported_functions(all));
        let mut index = NameIndex { exports, imports, ..NameIndex::default() };
        if let Some(mut section) = custom_section(bytes, all, "name") {
            let _ = index.read(&mut section);
            index.milestones.sort_unstable();
        }
        if let Some(mut section) = custom_section(bytes, all, BRANCH_HINTS) {
            let hints = &mut index.hints;
            let _ = branch_hints(&mut section, |function, branch, likely| {
                let Some(body) = all.body(function) else { return Ok(()) };
                push(hints, (body.start.saturating_add(branch), likely), body.start)
            });
            hints.sort_unstable();
        }
        index
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ModuleError> {
        while !reader.is_empty() {
            let id = reader.byte(&fields::SUBSECTION_ID)?;
            let size = reader.u32(&fields::SUBSECTION_SIZE)?;
            let mut contents = reader.section(size, &fields::SUBSECTION_SIZE)?;
            let map = self.maps.get_mut(usize::from(id));
            match (NameForm::of(id), map) {
                (Some(NameForm::Module), _) => {
                    let name = contents.name(&fields::NAME)?;
                    self.module = Some(span_before(contents.offset(), name));
                }
                (Some(NameForm::Direct), Some(map)) => {
                    let mut kept = Ok(());
                    name_map(&mut contents, |index, name, end| {
                        if kept.is_ok() && follows(map, index) {
                            kept = push(map, (index, span_before(end, name)), end);
                        }
                    })?;
                    kept?;
                }
                (Some(NameForm::Indirect), Some(map)) => {
                    for _ in 0..contents.u32(&fields::COUNT)? {
                        let index = contents.u32(&fields::NAMED_INDEX)?;
                        let start = contents.offset();
                        let known = follows(map, index);
                        let milestones = known.then_some(&mut self.milestones);
                        read_parts(&mut contents, usize::from(id), index, milestones)?;
                        let names = Span { start, end: contents.offset() };
                        if known {
                            push(map, (index, names), start)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Subsections of the name section that are known.
const SUBSECTIONS: usize = 12;

/// What can have a name beside functions and their locals, by the subsections
/// of the name section.
///
/// ```
/// # use fayasm_core::module::{NameIndex, Names};
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::module::Named;
///
/// let wat = "(module (memory $ram 1) (global $count i32 (i32.const 0)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let index = NameIndex::new(module.bytes(), module.declarations());
/// # let names = Names::new(module.bytes(), module.declarations(), &index);
/// assert_eq!(names.of(Named::Memory, 0), Some("ram"));
/// assert_eq!(names.of(Named::Global, 0), Some("count"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Types.
    Type = 4,
    /// Tables.
    Table = 5,
    /// Linear memories.
    Memory = 6,
    /// Globals.
    Global = 7,
    /// Element segments.
    Element = 8,
    /// Data segments.
    Data = 9,
    /// Tags.
    Tag = 11,
}

/// The subsection that names functions.
const FUNCTIONS: usize = 1;
/// The subsection that names locals of functions.
const LOCALS: usize = 2;
/// The subsection that names fields of structures.
const FIELDS: usize = 10;

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
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::module::{NameIndex, Names};
    ///
    /// let wat = r#"(module (func (export "run")))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let index = NameIndex::new(module.bytes(), module.declarations());
    /// let names = Names::new(module.bytes(), module.declarations(), &index);
    /// assert_eq!(names.function(0), Some("run"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(bytes: &'m [u8], all: &'m Declarations, index: &'m NameIndex) -> Self {
        Names { bytes, all, index }
    }

    /// All bytes of the module.
    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    /// How many globals there are that may have names.
    pub(crate) fn globals(&self) -> usize {
        self.all.globals.len()
    }

    fn text(&self, span: Span) -> Option<&'m str> {
        core::str::from_utf8(self.bytes.get(span.range())?).ok()
    }

    /// The module's own name.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module $calculator)";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// assert_eq!(names.module(), Some("calculator"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn module(&self) -> Option<&'m str> {
        self.text(self.index.module?)
    }

    /// A function's name: as the name section has it, or the name of its
    /// export or import.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module
    ///   (import "env" "log" (func))
    ///   (func $inner (export "run"))
    ///   (func (export "stop"))
    ///   (func))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let all: Vec<_> = (0..4).map(|index| names.function(index)).collect();
    /// assert_eq!(all, [Some("log"), Some("inner"), Some("stop"), None]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn function(&self, index: u32) -> Option<&'m str> {
        if let Some(span) = self.span(FUNCTIONS, index) {
            return self.text(span);
        }
        let all = self.all;
        let export =
            self.index.exports.get(index as usize).and_then(|export| export.checked_sub(1));
        if let Some(export) = export.and_then(|export| all.exports.get(export as usize)) {
            return Some(&export.name);
        }
        let import = self.index.imports.get(index as usize)?;
        Some(&all.imports.get(*import as usize)?.name)
    }

    /// The name of a local or parameter of a function.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (param $width i32) (local $area i32)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// assert_eq!(names.local(0, 0), Some("width"));
    /// assert_eq!(names.local(0, 1), Some("area"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn local(&self, function: u32, local: u32) -> Option<&'m str> {
        self.part(LOCALS, function, local)
    }

    /// The name of a field of a structure type.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (type $point (struct (field $x f64) (field $y f64))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// assert_eq!(names.field(0, 1), Some("y"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn field(&self, ty: u32, field: u32) -> Option<&'m str> {
        self.part(FIELDS, ty, field)
    }

    /// The name of something else, as the name section has it.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::module::Named;
    ///
    /// let wat = "(module (type $callback (func)) (table $callbacks 1 funcref))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// assert_eq!(names.of(Named::Type, 0), Some("callback"));
    /// assert_eq!(names.of(Named::Table, 0), Some("callbacks"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(&self, kind: Named, index: u32) -> Option<&'m str> {
        self.text(self.span(kind as usize, index)?)
    }

    /// Whether the branch at this offset in the module is likely taken, as a
    /// compiler has noted.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::{Engine, Module};
    /// let wat = r#"(module (func (param i32)
    ///   (block (@metadata.code.branch_hint "\00") (br_if 0 (local.get 0)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let body = module.declarations().body(0).expect("it is not imported");
    /// let br_if = body.end - 4; // br_if 0, end, end
    /// assert_eq!(names.branch_hint(br_if), Some(false)); // seldom taken
    /// assert_eq!(names.branch_hint(br_if + 2), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn branch_hint(&self, offset: u32) -> Option<bool> {
        let hints = &self.index.hints;
        let at = hints.binary_search_by_key(&offset, |&(offset, _)| offset).ok()?;
        hints.get(at).map(|&(_, likely)| likely)
    }

    /// What a subsection has about an index.
    fn span(&self, subsection: usize, index: u32) -> Option<Span> {
        let named = self.index.maps.get(subsection)?;
        let at = named.binary_search_by_key(&index, |&(index, _)| index).ok()?;
        named.get(at).map(|&(_, span)| span)
    }

    /// The name of a part of something. Parts whose indices are not greater
    /// than those before have none, nor has what follows them.
    fn part(&self, subsection: usize, whole: u32, part: u32) -> Option<&'m str> {
        let map = self.span(subsection, whole)?;
        let mut reader = self.before_part(map, subsection, whole, part)?;
        let mut before = None;
        while !reader.is_empty() && before.is_none_or(|before| before < part) {
            let (index, name) = name_entry(&mut reader).ok()?;
            if index == part {
                return Some(name);
            }
            if before.replace(index).is_some_and(|before| before >= index) {
                return None;
            }
        }
        None
    }

    /// Stands in a map of names of parts at an entry from which on, not far, the
    /// one of this part is, if there is one.
    fn before_part(
        &self,
        map: Span,
        subsection: usize,
        whole: u32,
        part: u32,
    ) -> Option<Reader<'m>> {
        let milestones = &self.index.milestones;
        let this = Milestone { subsection, whole, part, offset: u32::MAX };
        let next = milestones.partition_point(|milestone| *milestone <= this);
        let milestone = milestones.get(..next)?.last();
        let start = match milestone {
            Some(it) if (it.subsection, it.whole) == (subsection, whole) => it.offset,
            _ => {
                let mut reader = Reader::new(self.bytes.get(map.range())?, map.start);
                reader.u32(&fields::COUNT).ok()?;
                return Some(reader);
            }
        };
        Some(Reader::new(self.bytes.get(Span { start, ..map }.range())?, start))
    }
}

/// The contents of the first custom section of this name.
fn custom_section<'a>(bytes: &'a [u8], all: &Declarations, name: &str) -> Option<Reader<'a>> {
    let section = all
        .sections
        .iter()
        .find(|section| section.id == SectionId::Custom && section.name.as_deref() == Some(name))?;
    Some(Reader::new(bytes.get(section.contents.range())?, section.contents.start))
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

/// For each imported function, which import it is; nothing if memory runs out.
fn imported_functions(all: &Declarations) -> Vec<u32> {
    let mut imports = Vec::new();
    if imports.try_reserve_exact(all.imported_functions as usize).is_ok() {
        let numbered = (0u32..).zip(&all.imports);
        let functions = numbered.filter(|(_, import)| matches!(import.ty, ImportType::Func(_)));
        imports.extend(functions.map(|(number, _)| number));
    }
    imports
}

/// Reads the map of names of the parts of something, and puts milestones as far
/// as its indices ascend, unless there are to be none.
fn read_parts(
    reader: &mut Reader<'_>,
    subsection: usize,
    whole: u32,
    mut milestones: Option<&mut Vec<Milestone>>,
) -> Result<(), ModuleError> {
    let (mut count, mut start, mut before) = (0u32, 0, None);
    let mut kept = Ok(());
    name_map(reader, |part, _, end| {
        if before.replace(part).is_some_and(|before| before >= part) {
            milestones = None;
        }
        if count > 0
            && count.is_multiple_of(BETWEEN_MILESTONES)
            && let Some(milestones) = &mut milestones
        {
            let milestone = Milestone { subsection, whole, part, offset: start };
            if kept.is_ok() {
                kept = push(milestones, milestone, start);
            }
        }
        (count, start) = (count + 1, end);
    })?;
    kept
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
