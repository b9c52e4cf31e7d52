//! The hex pane: which bytes of a row wear which mark.

use crate::protocol::{FieldKind, FieldSpan, Span, TouchView};

/// Bytes in a row.
pub const ROW: u32 = 16;

/// Bytes in a row of a memory where there is no room for more and for their text.
const SHORT_ROW: u32 = 8;

/// The least width in pixels that sixteen bytes and their text take.
const WIDE: f64 = 500.0;

/// How many bytes of a memory a row holds in a pane of this width, in pixels.
pub fn row_length(width: f64) -> u32 {
    if width < WIDE { SHORT_ROW } else { ROW }
}

/// Bytes in a chunk of the pane, a whole number of rows.
pub const CHUNK: u32 = 4096;

/// Some bytes, and the fields they belong to where that is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// Offset of the first byte.
    pub from: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Leaf fields that touch them, in order, without overlap.
    pub fields: Vec<FieldSpan>,
    /// Spans just written, in a memory.
    pub changed: Vec<Span>,
}

impl Chunk {
    /// The bytes of a row of `length`; fewer in the last one.
    pub fn row(&self, row: u32, length: u32) -> &[u8] {
        let start = ((row * length).saturating_sub(self.from) as usize).min(self.bytes.len());
        let end = (start + length as usize).min(self.bytes.len());
        &self.bytes[start..end]
    }
}

/// What the bytes of one row are marked with. Ranges are columns, half-open;
/// an empty one marks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marks {
    /// The instruction about to run.
    pub now: (u8, u8),
    /// The field clicked on.
    pub pinned: (u8, u8),
    /// The field pointed at.
    pub soft: (u8, u8),
    /// The byte clicked on.
    pub cursor: Option<u8>,
    /// The byte an error stands at.
    pub error: Option<u8>,
    /// Bytes just written.
    pub changed: u16,
    /// The first byte that is not read yet.
    pub ahead: Option<u8>,
    /// Bytes that instructions read and write, in the order of [`TOUCHES`].
    pub touched: [u16; 4],
}

/// How instructions touch a memory: what that is called, and the class that draws it.
pub const TOUCHES: [(&str, &str); 4] = [
    ("Next reads", "will-read"),
    ("Next writes", "will-write"),
    ("Last read", "was-read"),
    ("Last write", "was-written"),
];

/// Which of [`TOUCHES`] this is.
pub fn touch(view: &TouchView) -> usize {
    usize::from(view.writes) + if view.next { 0 } else { 2 }
}

impl Marks {
    /// Whether a column lies in a range of this row.
    pub fn within(range: (u8, u8), column: u8) -> bool {
        (range.0..range.1).contains(&column)
    }
}

/// The spans that are marked in the whole pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Marked {
    /// The instruction about to run.
    pub now: Option<Span>,
    /// The field clicked on.
    pub pinned: Option<Span>,
    /// The field pointed at.
    pub soft: Option<Span>,
    /// The byte clicked on.
    pub cursor: Option<u32>,
    /// The byte an error stands at.
    pub error: Option<u32>,
    /// How many bytes have been read, while that is watched.
    pub read: Option<u32>,
}

impl Marked {
    /// The part of the marks that falls into a row.
    pub fn in_row(&self, row: u32) -> Marks {
        Marks {
            now: columns(self.now, row, ROW),
            pinned: columns(self.pinned, row, ROW),
            soft: columns(self.soft, row, ROW),
            cursor: column(self.cursor, row),
            error: column(self.error, row),
            ahead: self.read.and_then(|read| {
                let first = read.saturating_sub(row * ROW);
                (first < ROW).then_some(first as u8)
            }),
            ..Marks::default()
        }
    }
}

/// Columns of a row of `length` that a span covers.
pub fn columns(span: Option<Span>, row: u32, length: u32) -> (u8, u8) {
    let first = u64::from(row) * u64::from(length);
    let last = first + u64::from(length);
    let Some(span) = span else { return (0, 0) };
    let start = u64::from(span.start).clamp(first, last) - first;
    let end = u64::from(span.end).clamp(first, last) - first;
    if start >= end { (0, 0) } else { (start as u8, end as u8) }
}

fn column(offset: Option<u32>, row: u32) -> Option<u8> {
    offset.filter(|offset| offset / ROW == row).map(|offset| (offset % ROW) as u8)
}

/// A bit for each column of a row of `length` that one of the spans covers.
pub fn mask(spans: &[Span], row: u32, length: u32) -> u16 {
    let mut mask = 0;
    for span in spans {
        let (start, end) = columns(Some(*span), row, length);
        for column in start..end {
            mask |= 1 << column;
        }
    }
    mask
}

/// The leaf field an offset lies in.
pub fn field_at(fields: &[FieldSpan], offset: u32) -> Option<FieldSpan> {
    let next = fields.partition_point(|field| field.span.start <= offset);
    let field = fields[..next].last()?;
    (offset < field.span.end).then_some(*field)
}

/// The kinds of field with their legend, in the order it shows them.
pub const LEGEND: &[(FieldKind, &str)] = &[
    (FieldKind::Opcode, "operator"),
    (FieldKind::Immediate, "immediate"),
    (FieldKind::Type, "type"),
    (FieldKind::Index, "index"),
    (FieldKind::Name, "name"),
    (FieldKind::Structure, "size or count"),
    (FieldKind::Data, "data"),
    (FieldKind::Header, "header"),
    (FieldKind::Unknown, "not decoded"),
];

/// The class that draws a kind of field.
pub fn kind_class(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Header => "k-header",
        FieldKind::Structure => "k-structure",
        FieldKind::Type => "k-type",
        FieldKind::Index => "k-index",
        FieldKind::Opcode => "k-opcode",
        FieldKind::Immediate => "k-immediate",
        FieldKind::Name => "k-name",
        FieldKind::Data => "k-data",
        FieldKind::Unknown => "k-unknown",
    }
}

/// What a kind of field is called.
pub fn kind_name(kind: FieldKind) -> &'static str {
    LEGEND.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    #[test]
    fn a_span_marks_the_columns_it_covers_in_each_row() {
        for (row, columns_of_row) in
            [(0, (0, 0)), (1, (14, 16)), (2, (0, 16)), (3, (0, 2)), (4, (0, 0))]
        {
            assert_eq!(columns(Some(span(30, 50)), row, ROW), columns_of_row, "row {row}");
        }
        assert_eq!(columns(None, 0, ROW), (0, 0));
        assert_eq!(columns(Some(span(u32::MAX - 1, u32::MAX)), u32::MAX / ROW, ROW), (14, 15));
    }

    #[test]
    fn the_cursor_marks_one_byte_of_one_row() {
        let marked = Marked { cursor: Some(17), ..Marked::default() };
        assert_eq!(marked.in_row(1).cursor, Some(1));
        assert_eq!(marked.in_row(0).cursor, None);
    }

    #[test]
    fn what_is_not_read_yet_lies_ahead() {
        let marked = Marked { read: Some(20), ..Marked::default() };
        assert_eq!(marked.in_row(0).ahead, None);
        assert_eq!(marked.in_row(1).ahead, Some(4));
        assert_eq!(marked.in_row(2).ahead, Some(0));
        assert_eq!(Marked::default().in_row(2).ahead, None);
    }

    #[test]
    fn changed_bytes_are_bits_of_a_mask() {
        assert_eq!(mask(&[span(0, 2), span(15, 17)], 0, ROW), 0b1000_0000_0000_0011);
        assert_eq!(mask(&[span(0, 2), span(15, 17)], 1, ROW), 1);
        assert_eq!(mask(&[span(0, 2), span(15, 17)], 1, SHORT_ROW), 0b1000_0000);
    }

    #[test]
    fn a_field_is_found_by_any_of_its_bytes() {
        let fields = [
            FieldSpan { span: span(4, 8), kind: FieldKind::Header },
            FieldSpan { span: span(10, 11), kind: FieldKind::Opcode },
        ];
        assert_eq!(field_at(&fields, 7), Some(fields[0]));
        assert_eq!(field_at(&fields, 10), Some(fields[1]));
        for between in [0, 8, 9, 11] {
            assert_eq!(field_at(&fields, between), None);
        }
    }

    #[test]
    fn the_last_row_of_a_chunk_may_be_short() {
        let chunk = Chunk { from: 32, bytes: vec![7; 20], ..Chunk::default() };
        assert_eq!(chunk.row(2, ROW).len(), 16);
        assert_eq!(chunk.row(3, ROW).len(), 4);
        assert!(chunk.row(4, ROW).is_empty());
        assert_eq!(chunk.row(5, SHORT_ROW), [7; 8]);
        assert_eq!(chunk.row(6, SHORT_ROW).len(), 4);
    }

    #[test]
    fn a_chunk_holds_whole_rows_of_any_length() {
        for width in [0.0, 348.0, 640.0] {
            assert_eq!(CHUNK % row_length(width), 0, "{width}");
        }
        assert!(row_length(348.0) < row_length(640.0));
    }

    #[test]
    fn every_kind_of_field_is_in_the_legend_once() {
        let mut names: Vec<_> = LEGEND.iter().map(|(kind, _)| kind_class(*kind)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), LEGEND.len());
    }
}
