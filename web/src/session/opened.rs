//! The module that is open: its bytes, what they declare, and why it is
//! refused if it is.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use fayasm_core::decode::{self, Node, Observer, Reader, Unchecked, fields};
use fayasm_core::module::{Declarations, ImportType, NameIndex, Names, SectionId, Span};
use fayasm_core::spill::module_hash;
use fayasm_core::text::Disassembly;
use fayasm_core::validate::{Held, operands_held};
use fayasm_core::{Config, Engine, ExternKind, FuncType, Module, ModuleError, Shared};

use super::code::FunctionCode;
use super::lines::Lines;
use super::text;
use crate::protocol::{
    Binding, ErrorView, ExportView, FieldKind, LinksView, ModuleView, PROGRAM_START, ParameterView,
    SectionView,
};

/// The modules that programs import WASI from.
const WASI: [&str; 2] = ["wasi_snapshot_preview1", "wasi_unstable"];

/// Whether this is a module that programs import WASI from.
pub(super) fn is_wasi(module: &str) -> bool {
    WASI.contains(&module)
}

/// The module that is open.
pub(super) struct Opened {
    /// Name of its file.
    pub(super) name: String,
    /// What others import it by.
    pub(super) import_name: String,
    bytes: Shared<[u8]>,
    /// Set if the module is well-formed and valid.
    module: Option<Module>,
    /// What an invalid module declares, up to its error.
    partial: Declarations,
    error: Option<ModuleError>,
    /// Why it could not be decoded to its end.
    undecoded: Option<ModuleError>,
    names: NameIndex,
    /// Where entries of sections stand, once asked for.
    entries: RefCell<HashMap<usize, Rc<[Span]>>>,
    /// The function disassembled last.
    code: RefCell<Option<Rc<FunctionCode>>>,
    producer: OnceCell<Option<String>>,
    hash: OnceCell<u64>,
    /// What imports are bound to, where a person has chosen.
    pub(super) bindings: BTreeMap<usize, Binding>,
    pub(super) lines: Lines,
}

impl Opened {
    pub(super) fn new(engine: &Engine, name: String, bytes: Vec<u8>) -> Self {
        let bytes: Shared<[u8]> = bytes.into();
        let mut partial = Declarations::default();
        let (module, error, undecoded) = match Module::new(engine, bytes.clone()) {
            Ok(module) => (Some(module), None, None),
            Err(error) => {
                // Everything that can be decoded is shown, even behind what is invalid.
                let config = Config::default();
                let decoded = decode::module(&bytes, &config, &mut partial, None, &mut Unchecked);
                let malformed = error.kind().is_malformed().then(|| error.clone());
                (None, Some(error), malformed.or(decoded.err()))
            }
        };
        let all = module.as_ref().map_or(&partial, Module::declarations);
        let names = NameIndex::new(&bytes, all);
        Opened {
            import_name: name.strip_suffix(".wasm").unwrap_or(&name).to_owned(),
            name,
            bytes,
            module,
            partial,
            error,
            undecoded,
            names,
            entries: RefCell::default(),
            code: RefCell::default(),
            producer: OnceCell::new(),
            hash: OnceCell::new(),
            bindings: BTreeMap::new(),
            lines: Lines::default(),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a store of the module is known by.
    pub(super) fn hash(&self) -> u64 {
        *self.hash.get_or_init(|| module_hash(&self.bytes))
    }

    /// The module, if it is valid.
    pub(super) fn module(&self) -> Option<&Module> {
        self.module.as_ref()
    }

    pub(super) fn error(&self) -> Option<&ModuleError> {
        self.error.as_ref()
    }

    /// Why the module could not be decoded to its end, if it could not.
    pub(super) fn decode_error(&self) -> Option<&ModuleError> {
        self.undecoded.as_ref()
    }

    /// Whether the module is a program that talks to its system through WASI.
    pub(super) fn uses_wasi(&self) -> bool {
        self.all().imports.iter().any(|import| is_wasi(&import.module))
    }

    /// Whether an export is what a program for the terminal begins with, which
    /// leaves an instance behind that is not begun with again.
    pub(super) fn runs_once(&self, export: &str) -> bool {
        export == PROGRAM_START && self.uses_wasi()
    }

    pub(super) fn all(&self) -> &Declarations {
        self.module.as_ref().map_or(&self.partial, Module::declarations)
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names::new(&self.bytes, self.all(), &self.names)
    }

    /// What writes instructions, with the names of the source code where these are known.
    pub(super) fn disassembly(&self) -> Disassembly<'_> {
        Disassembly::new(self.all(), self.names()).with_names(self.source_names())
    }

    /// A function's name, that of the source code if it is known.
    pub(super) fn name_of(&self, function: u32) -> Option<&str> {
        self.source_name(function).or(self.names().function(function))
    }

    /// A function's name, or what it is called for want of one.
    pub(super) fn function_name(&self, function: u32) -> String {
        match self.name_of(function) {
            Some(name) => name.to_owned(),
            None => format!("func {function}"),
        }
    }

    /// The disassembly of a function; the last one is kept.
    pub(super) fn code(&self, function: u32) -> Rc<FunctionCode> {
        let mut kept = self.code.borrow_mut();
        match &*kept {
            Some(code) if code.function == function => Rc::clone(code),
            _ => Rc::clone(kept.insert(Rc::new(FunctionCode::new(self, function)))),
        }
    }

    /// The function whose body this offset lies in.
    pub(super) fn function_at(&self, offset: u32) -> Option<u32> {
        let all = self.all();
        let body = all.bodies.partition_point(|body| body.end <= offset);
        let found = all.bodies.get(body)?.contains(offset);
        found.then(|| all.imported_functions + text::offset(body))
    }

    /// The section that the page knows by this number; none for the header, which
    /// it counts as the first.
    pub(super) fn section(&self, number: u32) -> Option<(usize, SectionId)> {
        let index = (number as usize).checked_sub(1)?;
        Some((index, self.all().sections.get(index)?.id))
    }

    /// Where the entries of a section stand.
    pub(super) fn entry_spans(&self, section: usize) -> Rc<[Span]> {
        if let Some(spans) = self.entries.borrow().get(&section) {
            return Rc::clone(spans);
        }
        let all = self.all();
        let spans: Rc<[Span]> = match all.sections.get(section) {
            Some(known) if known.id == SectionId::Code => code_entries(all, known.contents),
            Some(known) => {
                let mut places = EntryPlaces::default();
                decode::window(&self.bytes, all, known.span, &mut places);
                places.entries.into()
            }
            None => Rc::from([]),
        };
        self.entries.borrow_mut().insert(section, Rc::clone(&spans));
        spans
    }

    /// The whole module, as the page first sees it.
    pub(super) fn view(&self, links: LinksView) -> ModuleView {
        let all = self.all();
        ModuleView {
            name: self.name.clone(),
            size: text::offset(self.bytes.len()),
            sections: self.sections(),
            exports: all.exports.iter().map(|export| self.export(export)).collect(),
            links,
            functions: text::offset(all.functions.len()),
            memories: text::offset(all.memories.len()),
            tables: text::offset(all.tables.len()),
            globals: text::offset(all.globals.len()),
            uses_wasi: self.uses_wasi(),
            producer: self.producer.get_or_init(|| self.find_producer()).clone(),
            error: self.error.as_ref().map(|error| self.error_view(error)),
        }
    }

    pub(super) fn error_view(&self, error: &ModuleError) -> ErrorView {
        if self.is_text() {
            return ErrorView {
                title: "This file is text, not a binary module".to_owned(),
                details: vec!["The runner reads text: `fayasm validate FILE.wat`".to_owned()],
                offset: Some(0),
                argument: None,
            };
        }
        let title = if error.kind().is_malformed() { "Malformed module" } else { "Invalid module" };
        let mut details = vec![error.kind().to_string()];
        if let Some(function) = error.function() {
            details.push(format!("in {} (function {function})", self.function_name(function)));
        }
        details.push(format!("at byte {:#x}", error.offset()));
        details.extend(self.operands_held(error));
        ErrorView { title: title.to_owned(), details, offset: Some(error.offset()), argument: None }
    }

    /// Whether the file begins as text does.
    fn is_text(&self) -> bool {
        let start = &self.bytes[..self.bytes.len().min(512)];
        !start.is_empty() && start.iter().all(|&byte| byte >= b' ' || byte.is_ascii_whitespace())
    }

    /// What lay on the operand stack where a body is invalid, and who put the
    /// top there.
    fn operands_held(&self, error: &ModuleError) -> Vec<String> {
        let config = Config::default();
        let Some(held) = operands_held(&self.bytes, self.all(), &config, error) else {
            return Vec::new();
        };
        let Some(top) = held.last() else {
            return vec!["the operand stack is empty".to_owned()];
        };
        let ty = |held: &Held| held.ty.map_or_else(|| "any".to_owned(), |ty| ty.to_string());
        let types: Vec<String> = held.iter().rev().take(8).rev().map(ty).collect();
        let deeper = if held.len() > types.len() { "… " } else { "" };
        let mut lines = vec![format!("the operand stack holds [{deeper}{}]", types.join(" "))];
        if let Some(function) = error.function() {
            let code = self.code(function);
            if let Some(line) = code.lines.get(code.row(top.pushed_at)) {
                let mnemonic = line.instruction.operator.mnemonic();
                lines.push(format!("its top was left by {mnemonic} at byte {:#x}", top.pushed_at));
            }
        }
        lines
    }

    fn sections(&self) -> Vec<SectionView> {
        let header = SectionView {
            title: "Header".to_owned(),
            kind: FieldKind::Header,
            span: text::span(Span { start: 0, end: text::offset(self.bytes.len().min(8)) }),
            entries: 0,
            summary: match self.bytes.starts_with(b"\0asm\x01\0\0\0") {
                true => "WebAssembly 1".to_owned(),
                false => "not WebAssembly 1".to_owned(),
            },
        };
        let sections = self.all().sections.iter().enumerate().map(|(index, section)| {
            let title = match &section.name {
                Some(name) => name.to_string(),
                None => text::capital(section.id.name()),
            };
            SectionView {
                title,
                kind: match section.id {
                    SectionId::Custom | SectionId::Data => FieldKind::Data,
                    SectionId::Type => FieldKind::Type,
                    SectionId::Import | SectionId::Export => FieldKind::Name,
                    SectionId::Code => FieldKind::Opcode,
                    _ => FieldKind::Index,
                },
                span: text::span(section.span),
                entries: self.entry_count(index, section.id),
                summary: self.summary(section.id, section.contents),
            }
        });
        std::iter::once(header).chain(sections).collect()
    }

    /// How many entries a section has that were decoded.
    pub(super) fn entry_count(&self, index: usize, id: SectionId) -> u32 {
        let all = self.all();
        let defined = |count: usize, imported: u32| text::offset(count) - imported;
        match id {
            SectionId::Custom => text::offset(self.entry_spans(index).len()),
            SectionId::Type => text::offset(all.types.len()),
            SectionId::Import => text::offset(all.imports.len()),
            SectionId::Function => defined(all.functions.len(), all.imported_functions),
            SectionId::Table => defined(all.tables.len(), all.imported_tables),
            SectionId::Memory => defined(all.memories.len(), all.imported_memories),
            SectionId::Tag => defined(all.tags.len(), all.imported_tags),
            SectionId::Global => defined(all.globals.len(), all.imported_globals),
            SectionId::Export => text::offset(all.exports.len()),
            SectionId::Element => text::offset(all.elements.len()),
            SectionId::Code => text::offset(all.bodies.len()),
            SectionId::Data => text::offset(all.data.len()),
            SectionId::Start | SectionId::DataCount => 0,
        }
    }

    fn summary(&self, id: SectionId, contents: Span) -> String {
        let all = self.all();
        match id {
            SectionId::Start => all.start.map(|f| self.function_name(f)).unwrap_or_default(),
            SectionId::DataCount => all.data_count.map(|n| n.to_string()).unwrap_or_default(),
            SectionId::Memory => match all.memories.last() {
                Some(memory) => text::pages(memory),
                None => String::new(),
            },
            SectionId::Code | SectionId::Data | SectionId::Custom => {
                text::byte_size(u64::from(contents.len()))
            }
            _ => String::new(),
        }
    }

    fn export(&self, export: &fayasm_core::module::Export) -> ExportView {
        let all = self.all();
        let function = (export.kind == ExternKind::Func).then_some(export.index);
        let ty = function.and_then(|function| all.function_type(function));
        ExportView {
            name: export.name.to_string(),
            kind: export.kind.to_string(),
            type_text: match (ty, all.export_type(export)) {
                (Some(ty), _) => text::func_type(ty),
                (None, Some(ty)) => text::ty(&ty),
                (None, None) => String::new(),
            },
            parameters: match (function, ty) {
                (Some(function), Some(ty)) => self.parameters(function, ty),
                _ => Vec::new(),
            },
            function,
        }
    }

    fn parameters(&self, function: u32, ty: &FuncType) -> Vec<ParameterView> {
        let names = self.names();
        (0u32..)
            .zip(ty.params())
            .map(|(index, ty)| ParameterView {
                name: match names.local(function, index) {
                    Some(name) => format!("${name}"),
                    None => index.to_string(),
                },
                ty: ty.to_string(),
            })
            .collect()
    }

    /// Where an import stands.
    pub(super) fn import_offset(&self, import: usize) -> Option<u32> {
        let mut sections = self.all().sections.iter();
        let section = sections.position(|section| section.id == SectionId::Import)?;
        self.entry_spans(section).get(import).map(|span| span.start)
    }

    /// Index of the function that an import brings, if it brings one.
    pub(super) fn imported_function(&self, import: usize) -> Option<u32> {
        let is_function = |ty: &ImportType| matches!(ty, ImportType::Func(_));
        let imports = &self.all().imports;
        is_function(&imports.get(import)?.ty).then(|| {
            let before = imports.get(..import).unwrap_or_default();
            text::offset(before.iter().filter(|import| is_function(&import.ty)).count())
        })
    }

    /// What the `producers` section says compiled the module: its last value
    /// of `processed-by` that is no linker-side tool, or its language.
    fn find_producer(&self) -> Option<String> {
        let is_producers = |name: &str| name == "producers";
        let section = self
            .all()
            .sections
            .iter()
            .find(|section| section.name.as_deref().is_some_and(is_producers))?;
        let contents = self.bytes.get(section.contents.range())?;
        let mut reader = Reader::new(contents, section.contents.start);
        let mut compiler = None;
        for _ in 0..reader.u32(&fields::COUNT).ok()? {
            let field = reader.name(&fields::NAME).ok()?;
            for _ in 0..reader.u32(&fields::COUNT).ok()? {
                let tool = reader.name(&fields::NAME).ok()?;
                let version = reader.name(&fields::NAME).ok()?;
                if field == "processed-by" && compiler.is_none() {
                    // "1.96.0 (0123abcd 2026-01-01)": the number says enough.
                    let number = version.split_whitespace().next().unwrap_or_default();
                    compiler = Some(format!("{tool} {number}").trim_end().to_owned());
                }
            }
        }
        compiler
    }
}

/// Entries of the code section, whose bodies were located when it was decoded.
fn code_entries(all: &Declarations, contents: Span) -> Rc<[Span]> {
    let mut start = contents.start;
    all.bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            // The first entry begins behind the count, its size right before its body.
            let begin =
                if index == 0 { body.start.saturating_sub(size_length(body.len())) } else { start };
            start = body.end;
            Span { start: begin, end: body.end }
        })
        .collect()
}

/// Bytes that a number takes as LEB128, at the least.
fn size_length(number: u32) -> u32 {
    (u32::BITS - (number | 1).leading_zeros()).div_ceil(7)
}

/// Notes where the entries of one section stand.
#[derive(Default)]
struct EntryPlaces {
    depth: u32,
    entries: Vec<Span>,
}

impl Observer for EntryPlaces {
    fn open(&mut self, node: Node, start: u32) {
        if self.depth == 1 && matches!(node, Node::Entry(_) | Node::Subsection(_)) {
            self.entries.push(Span { start, end: start });
        }
        self.depth += 1;
    }

    fn close(&mut self, end: u32) {
        self.depth -= 1;
        if self.depth == 1
            && let Some(entry) = self.entries.last_mut()
        {
            entry.end = end;
        }
    }
}
