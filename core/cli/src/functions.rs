//! Functions of a module that a person names.

use std::ops::Range;

use fayasm_core::module::Names;
use fayasm_core::text::Disassembly;
use fayasm_core::{ExternKind, Module};

use crate::words::number;

/// How many functions there are.
pub(crate) fn count(module: &Module) -> u32 {
    // They are counted in 32 bits.
    module.declarations().functions.len() as u32
}

/// Those that have instructions.
pub(crate) fn own(module: &Module) -> Range<u32> {
    module.declarations().imported_functions..count(module)
}

/// The functions that are meant: by an index, by a name, with or without `$` before it, by what
/// that means, or by the name of an export.
pub(crate) fn named(
    module: &Module,
    names: Names<'_>,
    text: Disassembly<'_>,
    name: &str,
) -> Vec<u32> {
    let count = count(module);
    if let Some(index) = number(name) {
        return u32::try_from(index).into_iter().filter(|index| *index < count).collect();
    }
    let name = name.strip_prefix('$').unwrap_or(name);
    let called = |function: &u32| {
        names.function(*function) == Some(name) || text.function(*function).as_deref() == Some(name)
    };
    let mut found: Vec<u32> = (0..count).filter(called).collect();
    let mut exports = module.declarations().exports.iter();
    let export = exports.find(|it| it.kind == ExternKind::Func && *it.name == *name);
    found.extend(export.map(|it| it.index).filter(|index| !found.contains(index)));
    found
}

/// The names of all functions that have instructions.
pub(crate) fn names(module: &Module, text: Disassembly<'_>) -> Vec<String> {
    own(module).filter_map(|function| Some(text.function(function)?.into_owned())).collect()
}
