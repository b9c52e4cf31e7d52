//! What stores have in common that were built in the same way.

use super::StatePart;
use crate::envelope::module_hash;
use crate::hash::Hash;
use crate::runtime::{Elements, FunctionData, LinearMemory, StoreInner, TableData};
use crate::types::{AddrType, GlobalType, Limits};

/// How many numbers a shape has.
pub(super) const NUMBERS: usize = 8;

/// A number for all that no run can change, of each part.
pub(super) fn shape(store: &StoreInner) -> [(StatePart, u64); NUMBERS] {
    let number = |part, fill: &dyn Fn(&mut Hash)| {
        let mut hash = Hash::default();
        fill(&mut hash);
        (part, hash.finish())
    };
    [
        number(StatePart::Modules, &|hash| modules(hash, store)),
        number(StatePart::Types, &|hash| store.types.words(|word| hash.word(word))),
        number(StatePart::Functions, &|hash| functions(hash, store)),
        number(StatePart::Memories, &|hash| {
            for ty in store.memories.iter().map(LinearMemory::ty) {
                limits(hash, ty.limits, ty.address);
                hash.word(u64::from(ty.page_size_log2) << 1 | u64::from(ty.shared));
            }
        }),
        number(StatePart::Tables, &|hash| {
            for ty in store.tables.iter().map(TableData::ty) {
                limits(hash, ty.limits, ty.address);
                hash.word(store.types.word(ty.element.into()));
            }
        }),
        number(StatePart::Globals, &|hash| {
            for global in &store.globals {
                let GlobalType { content, mutable } = global.ty;
                hash.word(store.types.word(content) << 1 | u64::from(mutable));
                hash.words(if mutable { &[] } else { &global.value });
            }
        }),
        number(StatePart::Tags, &|hash| store.tags.iter().for_each(|ty| hash.word((*ty).into()))),
        number(StatePart::Segments, &|hash| segments(hash, store)),
    ]
}

fn modules(hash: &mut Hash, store: &StoreInner) {
    for instance in &store.instances {
        hash.word(module_hash(instance.module.bytes()));
        for space in [
            &instance.types,
            &instance.functions,
            &instance.tables,
            &instance.memories,
            &instance.globals,
            &instance.tags,
        ] {
            hash.word(space.len() as u64);
            space.iter().for_each(|address| hash.word((*address).into()));
        }
    }
}

fn functions(hash: &mut Hash, store: &StoreInner) {
    for function in &store.functions {
        hash.word(match *function {
            FunctionData::Wasm { instance, index, .. } => {
                u64::from(instance) << 32 | u64::from(index)
            }
            FunctionData::Host { .. } => u64::MAX,
        });
        hash.word(function.ty().into());
    }
}

/// Limits, but for the size that there is now.
fn limits(hash: &mut Hash, limits: Limits, address: AddrType) {
    hash.words(limits.max.as_slice());
    hash.word(address.max());
}

/// What element segments held at first.
fn segments(hash: &mut Hash, store: &StoreInner) {
    for elements in store.segments.iter().flat_map(|segments| &segments.elements) {
        match elements {
            Elements::Dropped => hash.word(0),
            Elements::Functions => hash.word(1),
            Elements::Values(values) => hash.words(values),
        }
    }
}
