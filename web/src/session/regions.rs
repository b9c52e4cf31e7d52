//! What lies where in a memory, as far as a module says.

use fayasm_core::decode::{self, Immediates, Reader};
use fayasm_core::module::{ConstExpr, Named, SegmentMode};
use fayasm_core::{Extern, ExternKind, Val};

use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{RegionKind, RegionView};

/// The most data segments that are told apart.
const MAX_SEGMENTS: usize = 256;

impl Run {
    /// What lies in a memory of so many bytes, in the order of addresses.
    pub(super) fn regions(&self, opened: &Opened, memory: u32, size: u64) -> Vec<RegionView> {
        let mut regions = self.data(opened, memory);
        if memory == 0 {
            let ends = regions.iter().map(|region| region.end);
            let data_end = ends.fold(0.0, f64::max) as u64;
            regions.extend(self.layout(opened, &regions, data_end, size));
        }
        in_order(regions)
    }

    fn data(&self, opened: &Opened, memory: u32) -> Vec<RegionView> {
        let mut regions = Vec::new();
        for (index, segment) in (0..).zip(&opened.all().data).take(MAX_SEGMENTS) {
            let SegmentMode::Active { target, offset } = segment.mode else { continue };
            let Some(start) = self.constant(opened, offset).filter(|_| target == memory) else {
                continue;
            };
            let name = match opened.names().of(Named::Data, index) {
                Some(name) => name.to_owned(),
                None => format!("data {index}"),
            };
            let end = start.saturating_add(u64::from(segment.contents.len()));
            regions.push(region(name, RegionKind::Data, start, end));
        }
        regions
    }

    /// Static data, stack and heap, by the names that linkers give to their ends.
    fn layout(
        &self,
        opened: &Opened,
        data: &[RegionView],
        data_end: u64,
        size: u64,
    ) -> Vec<RegionView> {
        let mut regions = Vec::new();
        let static_end = self.linker_symbol(opened, "__data_end");
        let heap_base = self.linker_symbol(opened, "__heap_base");
        let stack_top =
            self.linker_symbol(opened, "__stack_high").or_else(|| self.initial_stack(opened));
        let is_first = |top: u64| data.iter().all(|region| region.start >= top as f64);
        if let Some(end) = static_end {
            // Where the stack lies first, there may be nothing but zeroes behind it.
            let begin = stack_top.filter(|top| data.is_empty() && *top < end).unwrap_or(data_end);
            regions.push(region("zeroed data".to_owned(), RegionKind::Zero, begin, end));
        }
        if let Some(top) = stack_top {
            let low = self.linker_symbol(opened, "__stack_low");
            let below = static_end.unwrap_or(data_end);
            let low = low.unwrap_or(if is_first(top) { 0 } else { below });
            regions.push(region("stack".to_owned(), RegionKind::Stack, low, top));
        }
        if let Some(base) = heap_base {
            let end = self.linker_symbol(opened, "__heap_end").unwrap_or(size).max(base);
            regions.push(region("heap".to_owned(), RegionKind::Heap, base, end.min(size)));
        }
        regions
    }

    /// The value of a global that is exported or named like this.
    fn linker_symbol(&self, opened: &Opened, name: &str) -> Option<u64> {
        let index = global_named(opened, name)?;
        let found = self.instance.get_index(&self.store, ExternKind::Global, index);
        let Some(Extern::Global(global)) = found else { return None };
        address(global.get(&self.store).ok()?)
    }

    /// What the stack pointer is at first: the stack grows downwards.
    fn initial_stack(&self, opened: &Opened) -> Option<u64> {
        let all = opened.all();
        let index = global_named(opened, "__stack_pointer")?;
        let imported = text::offset(all.globals.len() - all.global_values.len());
        let own = index.checked_sub(imported)?;
        self.constant(opened, *all.global_values.get(own as usize)?)
    }

    /// A constant expression of one instruction.
    fn constant(&self, opened: &Opened, expression: ConstExpr) -> Option<u64> {
        let mut reader = Reader::new(opened.bytes(), 0);
        reader.skip_to(expression.span.start);
        match decode::instruction(&mut reader).ok()?.immediates {
            Immediates::I32(value) => Some(u64::from(value.cast_unsigned())),
            Immediates::I64(value) => Some(value.cast_unsigned()),
            Immediates::Global(index) => {
                match self.instance.get_index(&self.store, ExternKind::Global, index)? {
                    Extern::Global(global) => address(global.get(&self.store).ok()?),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Regions that are not empty, in the order of addresses. They are few: sorting as it is
/// done for many takes more code than all the rest here.
fn in_order(regions: Vec<RegionView>) -> Vec<RegionView> {
    let mut ordered: Vec<RegionView> = Vec::new();
    for region in regions.into_iter().filter(|region| region.start < region.end) {
        let behind = ordered.iter().rposition(|before| before.start <= region.start);
        ordered.insert(behind.map_or(0, |behind| behind + 1), region);
    }
    ordered
}

fn region(name: String, kind: RegionKind, start: u64, end: u64) -> RegionView {
    RegionView { name, kind, start: start as f64, end: end as f64 }
}

fn address(value: Val) -> Option<u64> {
    match value {
        Val::I32(value) => Some(u64::from(value.cast_unsigned())),
        Val::I64(value) => Some(value.cast_unsigned()),
        _ => None,
    }
}

fn global_named(opened: &Opened, name: &str) -> Option<u32> {
    let all = opened.all();
    let mut exports = all.exports.iter();
    let exported = exports.find(|it| it.kind == ExternKind::Global && *it.name == *name);
    let mut globals = 0..text::offset(all.globals.len());
    exported
        .map(|export| export.index)
        .or_else(|| globals.find(|index| opened.names().of(Named::Global, *index) == Some(name)))
}
