//! Bytes explained: which field each belongs to, and what it means.

use fayasm_core::Operator;
use fayasm_core::decode::{self, Field, Node, Observer, Value, fields};
use fayasm_core::module::{SectionId, Span};
use fayasm_core::text::{F32Text, F64Text};
use serde_bytes::ByteBuf;

use super::entries::subsection;
use super::opened::Opened;
use super::text;
use crate::protocol::{
    self, BytesView, ExplanationView, FieldKind, FieldSpan, Leb128View, PathStep, SiblingView,
};

/// Neighbours listed beside a field.
const MAX_SIBLINGS: usize = 256;
/// Bytes of a field that are sent along.
const MAX_RAW: usize = 64;

impl Opened {
    /// Raw bytes and the fields they belong to. What was not decoded, because
    /// of an error before it, is of unknown kind.
    pub(super) fn bytes_view(&self, from: u32, count: u32) -> BytesView {
        let all_bytes = self.bytes();
        let end = (from as usize).saturating_add(count as usize).min(all_bytes.len());
        let from = from.min(text::offset(end));
        let window = Span { start: from, end: text::offset(end) };
        let mut collect = Leaves { window, fields: Vec::new() };
        decode::window(all_bytes, self.all(), window, &mut collect);
        let mut spans = Vec::new();
        let mut next = window.start;
        let unknown = |start, end| FieldSpan {
            span: protocol::Span { start, end },
            kind: FieldKind::Unknown,
        };
        for field in collect.fields {
            if field.span.start > next {
                spans.push(unknown(next, field.span.start));
            }
            next = next.max(field.span.end);
            spans.push(field);
        }
        if next < window.end {
            spans.push(unknown(next, window.end));
        }
        let bytes = all_bytes.get(window.range()).unwrap_or_default();
        BytesView { from, bytes: ByteBuf::from(bytes), fields: spans }
    }

    /// Everything known about the byte at `offset`; none past the end.
    pub(super) fn explain(&self, offset: u32) -> Option<ExplanationView> {
        let byte = *self.bytes().get(offset as usize)?;
        let mut finder = Finder::new(self, offset);
        let window = Span { start: offset, end: offset + 1 };
        decode::window(self.bytes(), self.all(), window, &mut finder);
        let Some(Found { mut view, path }) = finder.found else {
            return Some(self.undecoded(offset, byte));
        };
        // The innermost node that holds more than this field.
        for &node in path.iter().rev() {
            let mut siblings = Siblings { opened: self, node, depth: 0, fields: Vec::new() };
            decode::window(self.bytes(), self.all(), window, &mut siblings);
            view.siblings = siblings.fields;
            if view.siblings.len() > 1 {
                break;
            }
        }
        Some(view)
    }

    pub(super) fn undecoded(&self, offset: u32, byte: u8) -> ExplanationView {
        let meaning = match self.error() {
            Some(error) => format!("Not decoded. {error}."),
            None => "Not decoded.".to_owned(),
        };
        ExplanationView {
            offset,
            path: Vec::new(),
            name: "undecoded byte".to_owned(),
            kind: FieldKind::Unknown,
            span: protocol::Span { start: offset, end: offset + 1 },
            raw: ByteBuf::from([byte]),
            value: format!("{byte:#04x}"),
            leb128: None,
            meaning,
            operator: None,
            siblings: Vec::new(),
        }
    }

    /// What a node is called on the way to it from the section with this id.
    fn node_label(&self, node: Node, section: Option<SectionId>, start: u32) -> String {
        let all = self.all();
        match node {
            Node::Header => "header".to_owned(),
            Node::Section(_) => {
                let found = all.sections.iter().find(|section| section.span.start == start);
                match found.map(|section| (section.id, section.name.as_deref())) {
                    Some((SectionId::Custom, Some(name))) => format!("custom section {name:?}"),
                    Some((id, _)) => format!("{} section", id.name()),
                    None => "section".to_owned(),
                }
            }
            Node::Entry(index) => match section {
                Some(SectionId::Type) => format!("type {index}"),
                Some(SectionId::Import) => format!("import {index}"),
                Some(SectionId::Function | SectionId::Code) => {
                    let function = all.imported_functions + index;
                    match self.name_of(function) {
                        Some(name) => format!("func {function} {name}"),
                        None => format!("func {function}"),
                    }
                }
                Some(SectionId::Table) => format!("table {}", all.imported_tables + index),
                Some(SectionId::Memory) => format!("memory {}", all.imported_memories + index),
                Some(SectionId::Tag) => format!("tag {}", all.imported_tags + index),
                Some(SectionId::Global) => format!("global {}", all.imported_globals + index),
                Some(SectionId::Export) => format!("export {index}"),
                Some(SectionId::Element) => format!("elem {index}"),
                Some(SectionId::Data) => format!("data {index}"),
                _ => format!("entry {index}"),
            },
            Node::Part(name) => name.to_owned(),
            Node::Subsection(id) => subsection(id),
            Node::Body(_) => "body".to_owned(),
            Node::Instruction(index) => format!("instruction {index}"),
        }
    }

    /// A field's value as text, with what it refers to.
    fn value_text(&self, field: &Field<'_>) -> String {
        let plain = plain_value(field);
        let Value::Unsigned(number, _) = field.value else { return plain };
        let index = u32::try_from(number).unwrap_or(u32::MAX);
        let refers_to = if field.spec == &fields::TYPE_INDEX {
            self.all().types.get(index).map(text::defined_type)
        } else if field.spec == &fields::FUNCTION_INDEX {
            self.name_of(index).map(str::to_owned)
        } else {
            None
        };
        match refers_to {
            Some(what) => format!("{plain}, {what}"),
            None => plain,
        }
    }
}

/// A field's value as text.
pub(super) fn plain_value(field: &Field<'_>) -> String {
    match field.value {
        Value::Byte(byte) => format!("{byte:#04x}"),
        Value::Fixed32(bits) if field.spec == &fields::F32_CONST => F32Text(bits).to_string(),
        Value::Fixed32(number) => number.to_string(),
        Value::Fixed64(bits) if field.spec == &fields::F64_CONST => F64Text(bits).to_string(),
        Value::Fixed64(number) | Value::Unsigned(number, _) => number.to_string(),
        Value::Signed(number, _) => number.to_string(),
        Value::Name(name) => format!("{name:?}"),
        Value::Bytes(bytes) => match bytes.get(..16) {
            Some(first) if bytes.len() > 16 => {
                format!("{} … {}", text::hex(first), text::byte_size(bytes.len() as u64))
            }
            _ => text::hex(bytes),
        },
        Value::Type(ty) => ty.to_string(),
        Value::Operator(operator) => operator.mnemonic().to_owned(),
    }
}

fn kind(kind: fields::FieldKind) -> FieldKind {
    match kind {
        fields::FieldKind::Header => FieldKind::Header,
        fields::FieldKind::Structure => FieldKind::Structure,
        fields::FieldKind::Type => FieldKind::Type,
        fields::FieldKind::Index => FieldKind::Index,
        fields::FieldKind::Opcode => FieldKind::Opcode,
        fields::FieldKind::Immediate => FieldKind::Immediate,
        fields::FieldKind::Name => FieldKind::Name,
        fields::FieldKind::Data => FieldKind::Data,
    }
}

/// Keeps the leaf fields that touch a window.
struct Leaves {
    window: Span,
    fields: Vec<FieldSpan>,
}

impl Observer for Leaves {
    fn field(&mut self, field: &Field<'_>) {
        let (start, end) = (field.span.start, field.span.end);
        if start < self.window.end && self.window.start < end {
            let span = protocol::Span { start, end };
            self.fields.push(FieldSpan { span, kind: kind(field.spec.kind) });
        }
    }
}

/// Finds the field that a byte belongs to, and the nodes around it.
pub(super) struct Finder<'o> {
    pub(super) opened: &'o Opened,
    offset: u32,
    open: Vec<OpenNode>,
    found: Option<Found>,
}

#[derive(Clone, Copy)]
struct OpenNode {
    node: Node,
    start: u32,
    operator: Option<Operator>,
}

struct Found {
    view: ExplanationView,
    path: Vec<OpenNode>,
}

impl Observer for Finder<'_> {
    fn open(&mut self, node: Node, start: u32) {
        self.open.push(OpenNode { node, start, operator: None });
    }

    fn close(&mut self, end: u32) {
        let Some(closed) = self.open.pop() else { return };
        let Some(found) = &mut self.found else { return };
        let depth = self.open.len();
        let on_path = found
            .path
            .get(depth)
            .is_some_and(|on| on.start == closed.start && on.node == closed.node);
        if on_path && let Some(step) = found.view.path.get_mut(depth) {
            step.span.end = end;
        }
    }

    fn field(&mut self, field: &Field<'_>) {
        self.note_operator(field);
        if field.span.contains(&self.offset) {
            self.found = Some(Found { view: self.view(field), path: self.open.clone() });
        }
    }
}

impl<'o> Finder<'o> {
    pub(super) fn new(opened: &'o Opened, offset: u32) -> Self {
        Finder { opened, offset, open: Vec::new(), found: None }
    }

    /// How many nodes are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Notes which operator the innermost node has, if the field says so.
    pub(super) fn note_operator(&mut self, field: &Field<'_>) {
        if let Some(innermost) = self.open.last_mut()
            && let Value::Operator(operator) = field.value
        {
            innermost.operator = Some(operator);
        }
    }

    /// What is known of a field where it is read: nodes have no end yet, and there
    /// are no siblings.
    pub(super) fn view(&self, field: &Field<'_>) -> ExplanationView {
        let mut section = None;
        let path = self.open.iter().enumerate().map(|(depth, open)| {
            if let Node::Section(id) = open.node {
                section = SectionId::from_byte(id);
            }
            // Entries inside of an entry (groups of locals, names) are only counted.
            let known = section.filter(|_| depth <= 1);
            PathStep {
                label: self.opened.node_label(open.node, known, open.start),
                span: protocol::Span { start: open.start, end: open.start },
            }
        });
        let operator = self.open.iter().rev().find_map(|open| open.operator);
        ExplanationView {
            offset: field.span.start.max(self.offset),
            path: path.collect(),
            name: field.spec.name.to_owned(),
            kind: kind(field.spec.kind),
            span: protocol::Span { start: field.span.start, end: field.span.end },
            raw: ByteBuf::from(field.raw.get(..MAX_RAW).unwrap_or(field.raw)),
            value: self.opened.value_text(field),
            leb128: leb128(field),
            meaning: field.spec.meaning.to_owned(),
            operator: operator.map(|operator| text::operator(operator.row())),
            siblings: Vec::new(),
        }
    }
}

/// Lists the fields of one node.
struct Siblings<'o> {
    opened: &'o Opened,
    node: OpenNode,
    /// Nodes open inside of the node, itself included; 0 outside of it.
    depth: u32,
    fields: Vec<SiblingView>,
}

impl Observer for Siblings<'_> {
    fn open(&mut self, node: Node, start: u32) {
        if self.depth > 0 || (node == self.node.node && start == self.node.start) {
            self.depth += 1;
        }
    }

    fn close(&mut self, _: u32) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn field(&mut self, field: &Field<'_>) {
        // Of a section only what belongs to it as a whole: its entries are many.
        let deepest = if matches!(self.node.node, Node::Section(_)) { 1 } else { u32::MAX };
        if (1..=deepest).contains(&self.depth) && self.fields.len() < MAX_SIBLINGS {
            self.fields.push(sibling(self.opened, field));
        }
    }
}

/// A field as one of several.
pub(super) fn sibling(opened: &Opened, field: &Field<'_>) -> SiblingView {
    SiblingView {
        name: field.spec.name.to_owned(),
        value: opened.value_text(field),
        span: protocol::Span { start: field.span.start, end: field.span.end },
        kind: kind(field.spec.kind),
    }
}

/// A LEB128 number bit by bit; none for fields of another encoding.
pub(super) fn leb128(field: &Field<'_>) -> Option<Leb128View> {
    let (signed, bits, value) = match field.value {
        Value::Unsigned(value, bits) => (false, bits, value.to_string()),
        Value::Signed(value, bits) => (true, bits, value.to_string()),
        _ => return None,
    };
    let payload = |byte: &u8| format!("{:07b}", byte & 0x7F);
    let joined: Vec<String> = field.raw.iter().rev().map(payload).collect();
    Some(Leb128View {
        signed,
        bits,
        bytes: field.raw.iter().map(|byte| (byte & 0x80 != 0, payload(byte))).collect(),
        joined: joined.join(" "),
        value,
    })
}
