//! Windows of linear memory, and which of their bytes have changed.

use fayasm_core::decode::Immediates;
use fayasm_core::operators::Class;
use fayasm_core::{Extern, ExternKind, Instance, Val};
use serde_bytes::ByteBuf;

use super::run::Run;
use crate::protocol::{MemoryView, Span};

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
        let found = self.instance.get_index(&self.store, ExternKind::Memory, memory);
        let Some(Extern::Memory(handle)) = found else { return None };
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

    /// The range of the instance's memory 0 that the next instruction writes, if it
    /// writes one.
    pub(super) fn about_to_write(&mut self) -> Option<Span> {
        let frame = self.timeline.job().frame()?;
        let memory = |instance: Instance| instance.get_index(&self.store, ExternKind::Memory, 0);
        if memory(frame.instance()) != memory(self.instance) {
            return None;
        }
        let place = self.inspector.place(&self.store, frame)?;
        let operands = self.inspector.operands(
            &self.store,
            self.timeline.job(),
            self.timeline.job().depth() - 1,
        );
        let number = |val: &Val| match *val {
            Val::I32(value) => Some(u64::from(value.cast_unsigned())),
            Val::I64(value) => Some(value.cast_unsigned()),
            _ => None,
        };
        let operator = place.instruction.operator;
        let taken = operands.get(operands.len().checked_sub(place.effect.pops)?..)?;
        let (start, length) = match (&place.instruction.immediates, taken) {
            (Immediates::MemArg(arg), [address, ..])
                if matches!(operator.row().class, Class::Store | Class::Modify)
                    && arg.memory.is_none_or(|memory| memory == 0) =>
            {
                let width = 1u64 << operator.access_width_log2();
                (number(address)?.checked_add(arg.offset)?, width)
            }
            (
                Immediates::Memory(0)
                | Immediates::MemoryMemory(0, _)
                | Immediates::DataMemory(_, 0),
                [to, _, length],
            ) => (number(to)?, number(length)?),
            _ => return None,
        };
        let end = start.checked_add(length)?;
        Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }
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
