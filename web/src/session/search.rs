//! Looking for something in a module: by name, by text in its data, by bytes. A slice at a
//! time, so that a large module holds nothing up.

use fayasm_core::module::{SectionId, Span};
use serde_bytes::ByteBuf;

use super::opened::Opened;
use super::text;
use crate::protocol::{FoundView, Reply, WhatView};

/// How much is searched before others have their turn: bytes, of which an entry counts
/// as so many.
const SLICE: usize = 4 << 20;
const ENTRY: usize = 500;

/// Bytes of text shown before what was found, and behind it.
const BEFORE: usize = 16;
const AFTER: usize = 32;

/// Bytes shown behind those that were found.
const AFTER_BYTES: usize = 8;

/// A search under way.
#[derive(Debug)]
pub(super) struct Search {
    /// As it was typed.
    text: String,
    /// In small letters.
    wanted: String,
    /// The bytes that it may stand for.
    bytes: Option<Vec<u8>>,
    /// Most that is listed of each: entries, texts, bytes.
    count: u32,
    found: [u32; 3],
    rows: Vec<FoundView>,
    next: Next,
}

/// Where a search goes on.
#[derive(Debug, Clone, Copy)]
enum Next {
    Entries { section: usize, entry: u32 },
    Text { section: usize, at: usize },
    Bytes { at: usize },
    Nothing,
}

impl Search {
    pub(super) fn new(text: String, count: u32) -> Self {
        let wanted = text.trim().to_ascii_lowercase();
        let next = match wanted.is_empty() {
            true => Next::Nothing,
            false => Next::Entries { section: 0, entry: 0 },
        };
        let bytes = bytes_meant(&wanted);
        Search { text, wanted, bytes, count, found: [0; 3], rows: Vec::new(), next }
    }

    /// Searches a slice more, and says what has been found so far.
    pub(super) fn go_on(&mut self, opened: &Opened) -> Reply {
        let mut left = SLICE;
        while left > 0 && !matches!(self.next, Next::Nothing) {
            let (next, cost) = match self.next {
                Next::Entries { section, entry } => self.entries(opened, section, entry, left),
                Next::Text { section, at } => self.text(opened, section, at, left),
                Next::Bytes { at } => self.bytes(opened, at, left),
                Next::Nothing => break,
            };
            self.next = next;
            left = left.saturating_sub(cost);
        }
        Reply::Found {
            text: self.text.clone(),
            total: self.found.iter().fold(0, |sum, found| sum.saturating_add(*found)),
            rows: self.rows.clone(),
            more: !matches!(self.next, Next::Nothing),
        }
    }

    fn add(&mut self, kind: usize, found: impl FnOnce() -> FoundView) {
        let Some(count) = self.found.get_mut(kind) else { return };
        *count = count.saturating_add(1);
        if *count <= self.count {
            self.rows.push(found());
        }
    }

    fn entries(
        &mut self,
        opened: &Opened,
        section: usize,
        from: u32,
        left: usize,
    ) -> (Next, usize) {
        let Some(known) = opened.all().sections.get(section) else {
            return (Next::Text { section: 0, at: 0 }, 0);
        };
        let total = opened.entry_count(section, known.id);
        let to = total.min(from.saturating_add(text::offset(left / ENTRY + 1)));
        for entry in from..to {
            if opened.entry_mentions(known.id, section, entry, &self.wanted) {
                self.add(0, || FoundView {
                    section: text::offset(section + 1),
                    what: WhatView::Entry(opened.entry(section, known.id, entry)),
                });
            }
        }
        let cost = (to - from) as usize * ENTRY;
        match to == total {
            true => (Next::Entries { section: section + 1, entry: 0 }, cost),
            false => (Next::Entries { section, entry: to }, cost),
        }
    }

    /// Text in data and custom sections: in the others, only names are text, and these
    /// are found with their entries.
    fn text(&mut self, opened: &Opened, section: usize, at: usize, left: usize) -> (Next, usize) {
        let Some(known) = opened.all().sections.get(section) else {
            return (Next::Bytes { at: 0 }, 0);
        };
        let has_text = matches!(known.id, SectionId::Data | SectionId::Custom);
        let contents = known.contents.range();
        let from = at.max(contents.start);
        let to = contents.end.min(from.saturating_add(left));
        if !has_text || from >= to {
            return (Next::Text { section: section + 1, at: 0 }, 0);
        }
        let all = opened.bytes().get(..contents.end).unwrap_or_default();
        let wanted = std::mem::take(&mut self.wanted);
        for start in starts(all, from..to, wanted.as_bytes()) {
            let end = start + wanted.len();
            let begin = match known.id {
                SectionId::Data => segment_of(opened, start),
                _ => contents.start,
            };
            self.add(1, || FoundView {
                section: text::offset(section + 1),
                what: WhatView::Text {
                    span: text::span(Span { start: text::offset(start), end: text::offset(end) }),
                    before: text_before(all.get(begin..start).unwrap_or_default()),
                    text: lossy(all.get(start..end).unwrap_or_default()),
                    after: text_behind(all.get(end..).unwrap_or_default()),
                },
            });
        }
        self.wanted = wanted;
        (Next::Text { section, at: to }, to - from)
    }

    fn bytes(&mut self, opened: &Opened, from: usize, left: usize) -> (Next, usize) {
        let all = opened.bytes();
        let to = all.len().min(from.saturating_add(left));
        let Some(wanted) = self.bytes.take().filter(|_| from < to) else {
            return (Next::Nothing, 0);
        };
        let sections = &opened.all().sections;
        let places = from..=to - 1;
        for start in
            places.filter(|start| all.get(*start..).is_some_and(|it| it.starts_with(&wanted)))
        {
            let (start_at, end) = (text::offset(start), text::offset(start + wanted.len()));
            self.add(2, || FoundView {
                section: text::offset(sections.partition_point(|it| it.span.start <= start_at)),
                what: WhatView::Bytes {
                    span: text::span(Span { start: start_at, end }),
                    bytes: ByteBuf::from(
                        all.get(start..all.len().min(end as usize + AFTER_BYTES))
                            .unwrap_or_default(),
                    ),
                },
            });
        }
        self.bytes = Some(wanted);
        (Next::Bytes { at: to }, to - from)
    }
}

/// Where the contents of the data segment begin that this offset lies in, or behind.
fn segment_of(opened: &Opened, offset: usize) -> usize {
    let data = &opened.all().data;
    let behind = data.partition_point(|segment| segment.contents.start as usize <= offset);
    let segment = behind.checked_sub(1).and_then(|index| data.get(index));
    segment.map_or(offset, |segment| segment.contents.start as usize)
}

/// The bytes that a text may stand for: `0xdeadbeef`, `de ad be ef`.
fn bytes_meant(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_marked = text.starts_with("0x");
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let digits = word.strip_prefix("0x").unwrap_or(word).as_bytes();
        if digits.len() % 2 != 0 || (digits.len() != 2 && !is_marked) {
            return None;
        }
        for pair in digits.chunks(2) {
            let value = |digit: &u8| char::from(*digit).to_digit(16);
            let [high, low] = pair else { return None };
            // Two digits are less than 256.
            bytes.push((value(high)? << 4 | value(low)?) as u8);
        }
    }
    // Two letters may be a word.
    let is_enough = bytes.len() > 1 || (is_marked && !bytes.is_empty());
    is_enough.then_some(bytes)
}

/// Where a text in small letters begins, whatever the case, within a part of `all`.
fn starts<'a>(
    all: &'a [u8],
    part: std::ops::Range<usize>,
    wanted: &'a [u8],
) -> impl Iterator<Item = usize> + 'a {
    let first = wanted.first().copied().unwrap_or_default();
    let other = first.to_ascii_uppercase();
    let base = part.start;
    let letters = all.get(part).unwrap_or_default().iter().enumerate();
    let begins = letters.filter(move |(_, letter)| **letter == first || **letter == other);
    begins.map(move |(index, _)| base + index).filter(move |start| {
        let found = all.get(*start..*start + wanted.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    })
}

fn is_text(byte: &u8) -> bool {
    *byte >= b' ' && *byte != 0x7F
}

/// The text that bytes end with.
fn text_before(bytes: &[u8]) -> String {
    let length = bytes.iter().rev().take(BEFORE).take_while(|byte| is_text(byte)).count();
    lossy(&bytes[bytes.len() - length..])
}

/// The text that bytes begin with.
fn text_behind(bytes: &[u8]) -> String {
    let length = bytes.iter().take(AFTER).take_while(|byte| is_text(byte)).count();
    lossy(&bytes[..length])
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::bytes_meant;

    #[test]
    fn bytes_are_written_as_a_number_or_in_pairs() {
        for text in ["0xdeadbeef", "de ad be ef", "0xde 0xad 0xbe 0xef", "0xdead beef"] {
            assert_eq!(bytes_meant(text), Some(vec![0xde, 0xad, 0xbe, 0xef]), "{text}");
        }
        for text in ["deadbeef", "de", "0xabc", "0x", "add it", "de ad bee", "memory"] {
            assert_eq!(bytes_meant(text), None, "{text}");
        }
    }
}
