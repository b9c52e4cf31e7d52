//! Entries of sections: rows of the structure tree.

use fayasm_core::ExternKind;
use fayasm_core::module::{SectionId, SegmentMode};

use super::opened::Opened;
use super::text;
use crate::protocol::EntryView;

impl Opened {
    /// Entries `from..from + count` of a section.
    pub(super) fn entries(&self, section: u32, from: u32, count: u32) -> Vec<EntryView> {
        let Some((index, id)) = self.section(section) else { return Vec::new() };
        let total = self.entry_count(index, id);
        (from..total.min(from.saturating_add(count)))
            .map(|entry| self.entry(index, id, entry))
            .collect()
    }

    /// Whether an entry has this in its label or detail, which is in small letters.
    pub(super) fn entry_mentions(
        &self,
        id: SectionId,
        section: usize,
        entry: u32,
        wanted: &str,
    ) -> bool {
        let (label, detail, _) = self.describe(id, section, entry);
        let mentions = |text: &str| text.to_ascii_lowercase().contains(wanted);
        mentions(&label) || mentions(&detail)
    }

    pub(super) fn entry(&self, section: usize, id: SectionId, entry: u32) -> EntryView {
        let (label, detail, function) = self.describe(id, section, entry);
        let spans = self.entry_spans(section);
        let span = spans.get(entry as usize).copied().unwrap_or_default();
        EntryView { index: entry, label, detail, span: text::span(span), function }
    }

    /// Label and detail of an entry, and the function it is about.
    fn describe(&self, id: SectionId, section: usize, entry: u32) -> (String, String, Option<u32>) {
        let all = self.all();
        let at = entry as usize;
        let func_type =
            |function: u32| all.function_type(function).map(text::func_type).unwrap_or_default();
        match id {
            SectionId::Type => {
                let detail = all.types.get(entry).map(text::defined_type).unwrap_or_default();
                (format!("type {entry}"), detail, None)
            }
            SectionId::Import => {
                let Some(import) = all.imports.get(at) else { return Default::default() };
                let label = format!("{}.{}", import.module, import.name);
                let detail = all
                    .import_type(import)
                    .map_or_else(String::new, |ty| format!("{} {}", ty.kind(), text::ty(&ty)));
                (label, detail, self.imported_function(at))
            }
            SectionId::Function => {
                let function = all.imported_functions + entry;
                (self.function_name(function), func_type(function), Some(function))
            }
            SectionId::Table => {
                let index = all.imported_tables + entry;
                let ty = all.tables.get(index as usize);
                let detail = ty.map(|ty| text::ty(&fayasm_core::ExternType::Table(*ty)));
                (format!("table {index}"), detail.unwrap_or_default(), None)
            }
            SectionId::Memory => {
                let index = all.imported_memories + entry;
                let ty = all.memories.get(index as usize);
                let detail = ty.map(text::pages).unwrap_or_default();
                (format!("memory {index}"), detail, None)
            }
            SectionId::Tag => {
                let index = all.imported_tags + entry;
                let ty = all.tags.get(index as usize).and_then(|ty| all.types.func(*ty));
                (format!("tag {index}"), ty.map(text::func_type).unwrap_or_default(), None)
            }
            SectionId::Global => {
                let index = all.imported_globals + entry;
                let ty = all.globals.get(index as usize);
                let detail = ty.map(|ty| text::ty(&fayasm_core::ExternType::Global(*ty)));
                (format!("global {index}"), detail.unwrap_or_default(), None)
            }
            SectionId::Export => {
                let Some(export) = all.exports.get(at) else { return Default::default() };
                let detail = format!("{} {}", export.kind, export.index);
                let function = (export.kind == ExternKind::Func).then_some(export.index);
                (export.name.to_string(), detail, function)
            }
            SectionId::Element => {
                let Some(segment) = all.elements.get(at) else { return Default::default() };
                let detail =
                    format!("{} × {}, {}", segment.items.len(), segment.ty, mode(&segment.mode));
                (format!("elem {entry}"), detail, None)
            }
            SectionId::Code => {
                let function = all.imported_functions + entry;
                let size = all.bodies.get(at).map_or(0, |body| body.len());
                (self.function_name(function), text::byte_size(u64::from(size)), Some(function))
            }
            SectionId::Data => {
                let Some(segment) = all.data.get(at) else { return Default::default() };
                let size = text::byte_size(u64::from(segment.contents.len()));
                (format!("data {entry}"), format!("{size}, {}", mode(&segment.mode)), None)
            }
            SectionId::Custom => {
                let span = self.entry_spans(section).get(at).copied().unwrap_or_default();
                let id = self.bytes().get(span.start as usize).copied().unwrap_or_default();
                (subsection(id), text::byte_size(u64::from(span.len())), None)
            }
            SectionId::Start | SectionId::DataCount => Default::default(),
        }
    }
}

fn mode(mode: &SegmentMode) -> &'static str {
    match mode {
        SegmentMode::Active { .. } => "active",
        SegmentMode::Passive => "passive",
        SegmentMode::Declared => "declared",
    }
}

/// What a subsection of the name section names.
pub(super) fn subsection(id: u8) -> String {
    match id {
        0 => "module name".to_owned(),
        1 => "function names".to_owned(),
        2 => "local names".to_owned(),
        3 => "label names".to_owned(),
        4 => "type names".to_owned(),
        5 => "table names".to_owned(),
        6 => "memory names".to_owned(),
        7 => "global names".to_owned(),
        8 => "element segment names".to_owned(),
        9 => "data segment names".to_owned(),
        other => format!("subsection {other}"),
    }
}
