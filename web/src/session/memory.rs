//! Windows of linear memory, and which of their bytes have changed.

use fayasm_core::{Extern, ExternKind, Memory, Store, Val};
use serde_bytes::ByteBuf;

use super::run::Run;
use super::terminal::World;
use super::text;
use crate::protocol::{MemoryView, Span, TypedView, ValueView};

/// Bytes of text that are shown.
const MAX_TEXT: usize = 64;

/// Bytes that are sent at a time.
const MAX_WINDOW: u32 = 64 << 10;

/// What was shown of a memory last, to find out what has changed since.
#[derive(Debug, Default)]
pub(super) struct ShownMemory {
    memory: u32,
    from: u32,
    /// At the revision before the one that `bytes` are of.
    before: Vec<u8>,
    bytes: Vec<u8>,
    revision: u64,
}

impl Run {
    /// A window of a memory of the instance; none if there is no such memory.
    pub(super) fn memory(&mut self, memory: u32, from: u32, count: u32) -> Option<MemoryView> {
        let handle = self.memory_at(memory)?;
        let ty = handle.ty(&self.store).ok()?;
        let pages = handle.size(&self.store).ok()?;
        let size = pages.saturating_mul(ty.page_size());
        let from = u64::from(from).min(size);
        let count = u64::from(count.min(MAX_WINDOW)).min(size - from);
        // Below 4 GiB, and no more than a window.
        let (from, mut bytes) = (from as u32, vec![0; count as usize]);
        handle.read(&self.store, u64::from(from), &mut bytes).ok()?;
        let changed = self.shown_memory.changes(memory, from, &bytes, self.revision);
        Some(MemoryView {
            memory,
            from,
            size: size as f64,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            page_size: u32::try_from(ty.page_size()).unwrap_or(u32::MAX),
            maximum: ty.limits.max.and_then(|max| u32::try_from(max).ok()),
            bytes: ByteBuf::from(bytes),
            changed,
        })
    }

    /// A memory of the instance.
    pub(super) fn memory_at(&self, memory: u32) -> Option<Memory> {
        match self.instance.get_index(&self.store, ExternKind::Memory, memory) {
            Some(Extern::Memory(memory)) => Some(memory),
            _ => None,
        }
    }

    /// What the bytes from an address on are, read as values; none if there is no such memory.
    pub(super) fn typed(&self, memory: u32, address: u32) -> Option<TypedView> {
        let handle = self.memory_at(memory)?;
        let left = size(handle, &self.store).saturating_sub(u64::from(address));
        // No more than is shown.
        let mut bytes = vec![0; left.min(MAX_TEXT as u64) as usize];
        if !bytes.is_empty() {
            handle.read(&self.store, u64::from(address), &mut bytes).ok()?;
        }
        let number = |width: usize| {
            let mut number = [0; 8];
            number.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
            Some(u64::from_le_bytes(number))
        };
        let mut values = Vec::new();
        let mut add = |name: char, width: usize, text: String| {
            let (name, ty) = (format!("{name}{}", width * 8), format!("i{}", width * 8));
            values.push(ValueView { name, ty, text, bits: String::new(), changed: false });
        };
        for width in [1, 2, 4, 8] {
            let Some(number) = number(width) else { break };
            let unused = 64 - 8 * width;
            add('u', width, number.to_string());
            add('i', width, ((number << unused).cast_signed() >> unused).to_string());
        }
        // So wide it was read.
        values.extend(
            number(4).map(|bits| text::value("f32".to_owned(), Val::F32(bits as u32), false)),
        );
        values.extend(number(8).map(|bits| text::value("f64".to_owned(), Val::F64(bits), false)));
        Some(TypedView { memory, address, values, text: text_at(&bytes) })
    }
}

/// Bytes of a memory.
pub(super) fn size(memory: Memory, store: &Store<World>) -> u64 {
    let pages = memory.size(store).unwrap_or_default();
    pages.saturating_mul(memory.ty(store).map_or(0, |ty| ty.page_size()))
}

impl ShownMemory {
    /// Which bytes of this window differ from when they were shown before.
    fn changes(&mut self, memory: u32, from: u32, bytes: &[u8], revision: u64) -> Vec<Span> {
        let same_place =
            self.memory == memory && self.from == from && self.bytes.len() == bytes.len();
        if !same_place {
            self.before = bytes.to_vec();
        } else if self.revision != revision {
            self.before = std::mem::take(&mut self.bytes);
        }
        self.memory = memory;
        self.from = from;
        self.revision = revision;
        self.bytes = bytes.to_vec();
        differences(&self.before, bytes, from)
    }
}

/// The text that bytes begin with, up to the first that is none, as a literal.
fn text_at(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(MAX_TEXT)];
    let valid = match str::from_utf8(bytes) {
        Ok(text) => text,
        // So much of it is valid.
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let is_text = |letter: &char| !letter.is_control() || letter.is_whitespace();
    let length = valid.chars().take_while(is_text).map(char::len_utf8).sum();
    match &valid[..length] {
        "" => String::new(),
        text => format!("{text:?}"),
    }
}

/// Runs of bytes that differ; the first byte is at `from`.
fn differences(before: &[u8], now: &[u8], from: u32) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (at, (old, new)) in (from..).zip(before.iter().zip(now)) {
        if old == new {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => spans.push(Span { start: at, end: at + 1 }),
        }
    }
    spans
}
