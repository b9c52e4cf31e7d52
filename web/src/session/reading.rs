//! Fields in the order in which the decoder reads them, window by window.

use fayasm_core::decode::{self, Field, Node, Observer};
use fayasm_core::module::Span;

use super::explain::Finder;
use super::opened::Opened;
use super::text;
use crate::protocol::{ReadView, ReadingView};

/// Bytes of magic and version.
const HEADER: u32 = 8;

impl Opened {
    /// The fields that touch a window, up to where the decoder stopped. Bytes
    /// that it passes over stand for a field of unknown kind.
    pub(super) fn reading(&self, from: u32, count: u32) -> ReadingView {
        let stop = self.decoded_until();
        let window = Span { start: from.min(stop), end: from.saturating_add(count).min(stop) };
        let failed = self.decode_error().map(|error| self.error_view(error));
        let view = ReadingView { from, stop, failed, reads: Vec::new() };
        let mut reads = Reads { window, view, finder: Finder::new(self, from), entry: None };
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

/// Explains the fields that touch a window.
struct Reads<'o> {
    window: Span,
    view: ReadingView,
    finder: Finder<'o>,
    /// Which entry of its section the last one opened is.
    entry: Option<u32>,
}

impl Observer for Reads<'_> {
    fn open(&mut self, node: Node, start: u32) {
        match (self.finder.depth(), node) {
            (0, _) => self.entry = None,
            (1, Node::Entry(index)) => self.entry = Some(index),
            (1, Node::Subsection(_)) => self.entry = Some(self.entry.map_or(0, |last| last + 1)),
            _ => {}
        }
        self.finder.open(node, start);
    }

    fn close(&mut self, end: u32) {
        self.finder.close(end);
    }

    fn field(&mut self, field: &Field<'_>) {
        self.finder.note_operator(field);
        if field.span.start >= self.window.end || field.span.end <= self.window.start {
            return;
        }
        self.pass_over(field.span.start);
        let entry = self.entry.filter(|_| self.finder.depth() > 1);
        let section = self.section(field.span.start);
        self.view.reads.push(ReadView { section, entry, card: self.finder.view(field) });
    }
}

impl Reads<'_> {
    /// The section that a byte stands in, as the page counts them.
    fn section(&self, at: u32) -> u32 {
        let sections = &self.finder.opened.all().sections;
        let number = sections.partition_point(|section| section.span.end <= at);
        if at < HEADER { 0 } else { text::offset(number + 1) }
    }

    /// Notes that the bytes up to `end` belong to no field.
    fn pass_over(&mut self, end: u32) {
        let start = self.view.reads.last().map_or(self.window.start, |last| last.card.span.end);
        let opened = self.finder.opened;
        let byte = opened.bytes().get(start as usize).copied().filter(|_| start < end);
        if let Some(byte) = byte {
            let mut card = opened.undecoded(start, byte);
            card.span.end = end;
            self.view.reads.push(ReadView { section: self.section(start), entry: None, card });
        }
    }
}
