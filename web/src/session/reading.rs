//! Fields in the order in which the decoder reads them, window by window.

use fayasm_core::Operator;
use fayasm_core::decode::fields::FieldSpec;
use fayasm_core::decode::{self, Field, Node, Observer, Value};
use fayasm_core::module::Span;
use serde_bytes::ByteBuf;

use super::explain::{MAX_RAW, kind};
use super::opened::Opened;
use super::text;
use crate::protocol::{FieldKind, PlaceView, ReadView, ReadingView, SpecView};

/// Bytes of magic and version.
const HEADER: u32 = 8;

impl Opened {
    /// The fields that touch a window, up to where the decoder stopped. Bytes
    /// that it passes over stand for a field of unknown kind.
    pub(super) fn reading(&self, from: u32, count: u32) -> ReadingView {
        let stop = self.decoded_until();
        let window = Span { start: from.min(stop), end: from.saturating_add(count).min(stop) };
        let view =
            ReadingView { from, stop, reads: Vec::new(), specs: Vec::new(), places: Vec::new() };
        let mut reads =
            Reads { opened: self, window, view, specs: Vec::new(), open: Vec::new(), entry: None };
        decode::window(self.bytes(), self.all(), window, &mut reads);
        reads.pass_over(window.end);
        reads.view
    }

    /// Where the decoder stopped: at an error, or at the end.
    fn decoded_until(&self) -> u32 {
        let Some(error) = self.decode_error() else { return text::offset(self.bytes().len()) };
        if error.function().is_some() {
            return error.offset();
        }
        let last =
            self.all().sections.last().map_or(Span { start: 0, end: HEADER }, |last| last.span);
        let mut furthest = Furthest(0);
        decode::window(self.bytes(), self.all(), last, &mut furthest);
        furthest.0
    }
}

/// Notes where the last field ends.
struct Furthest(u32);

impl Observer for Furthest {
    fn field(&mut self, field: &Field<'_>) {
        self.0 = self.0.max(field.span.end);
    }
}

/// Keeps the fields that touch a window, each with where it stands.
struct Reads<'o> {
    opened: &'o Opened,
    window: Span,
    view: ReadingView,
    /// What [`ReadingView::specs`] were made of.
    specs: Vec<Option<&'static FieldSpec>>,
    open: Vec<(Node, u32, Option<Operator>)>,
    /// Which entry of its section the last one opened is.
    entry: Option<u32>,
}

impl Observer for Reads<'_> {
    fn open(&mut self, node: Node, start: u32) {
        match (self.open.len(), node) {
            (0, _) => self.entry = None,
            (1, Node::Entry(index)) => self.entry = Some(index),
            (1, Node::Subsection(_)) => self.entry = Some(self.entry.map_or(0, |last| last + 1)),
            _ => {}
        }
        self.open.push((node, start, None));
    }

    fn close(&mut self, _: u32) {
        self.open.pop();
    }

    fn field(&mut self, field: &Field<'_>) {
        if let (Some(innermost), Value::Operator(operator)) = (self.open.last_mut(), field.value) {
            innermost.2 = Some(operator);
        }
        if field.span.start >= self.window.end || field.span.end <= self.window.start {
            return;
        }
        self.pass_over(field.span.start);
        let spec = self.spec(Some(field.spec));
        let raw = field.raw.get(..MAX_RAW).unwrap_or(field.raw);
        let read = ReadView {
            span: text::span(Span { start: field.span.start, end: field.span.end }),
            spec,
            place: self.place(field.span.start),
            part: self.part(),
            raw: ByteBuf::from(raw),
            value: self.opened.value_text(field),
        };
        self.view.reads.push(read);
    }
}

impl Reads<'_> {
    /// What a field is, or bytes that belong to none.
    fn spec(&mut self, spec: Option<&'static FieldSpec>) -> u32 {
        let known = self.specs.iter().position(|known| *known == spec);
        text::offset(known.unwrap_or_else(|| {
            let (name, kind, meaning) = match spec {
                Some(spec) => (spec.name, kind(spec.kind), spec.meaning),
                None => ("bytes passed over", FieldKind::Unknown, "Nothing is read here."),
            };
            let (name, meaning) = (name.to_owned(), meaning.to_owned());
            self.view.specs.push(SpecView { name, kind, meaning });
            self.specs.push(spec);
            self.specs.len() - 1
        }))
    }

    /// The section and entry that the field at an offset stands in.
    fn place(&mut self, at: u32) -> u32 {
        let all = self.opened.all();
        let number = all.sections.partition_point(|section| section.span.end <= at);
        let section = if at < HEADER { 0 } else { text::offset(number + 1) };
        let entry = self.entry.filter(|_| self.open.len() > 1);
        let is_same = |last: &&PlaceView| last.section == section && last.entry == entry;
        if self.view.places.last().filter(is_same).is_none() {
            let id = all.sections.get(number).map(|section| section.id);
            let labels = self.open.iter().take(2);
            let labels = labels.map(|&(node, start, _)| self.opened.node_label(node, id, start));
            self.view.places.push(PlaceView { section, entry, labels: labels.collect() });
        }
        text::offset(self.view.places.len() - 1)
    }

    /// What of its entry the field belongs to, if that has parts.
    fn part(&self) -> String {
        let inner = self.open.get(2..).unwrap_or_default();
        let Some(&(node, start, operator)) = inner.last() else { return String::new() };
        let label = self.opened.node_label(node, None, start);
        match operator {
            Some(operator) => format!("{label}: {}", operator.mnemonic()),
            None => label,
        }
    }

    /// Notes that the bytes up to `end` belong to no field.
    fn pass_over(&mut self, end: u32) {
        let start = self.view.reads.last().map_or(self.window.start, |last| last.span.end);
        if start >= end {
            return;
        }
        let (spec, place) = (self.spec(None), self.place(start));
        let bytes = self.opened.bytes().get(start as usize..end as usize).unwrap_or_default();
        self.view.reads.push(ReadView {
            span: text::span(Span { start, end }),
            spec,
            place,
            part: String::new(),
            raw: ByteBuf::from(bytes.get(..MAX_RAW).unwrap_or(bytes)),
            value: text::byte_size(u64::from(end - start)),
        });
    }
}
