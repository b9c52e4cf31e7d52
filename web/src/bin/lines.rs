//! Finds source lines and names, for the engine's worker, which fetches it for modules that
//! say them.

use std::collections::HashMap;

use fayasm_dwarf::{SourceMap, demangle_name};
use fayasm_web::source_lines::{DebugSections, LineRange, LineTable};
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// The lines and names that are found, both as `postcard` writes them.
#[wasm_bindgen]
#[must_use]
pub fn lines(sections: &[u8]) -> Vec<u8> {
    let table = postcard::from_bytes(sections).ok().map(|sections| table(&sections));
    // There is memory for what there was memory for before.
    postcard::to_allocvec(&table.unwrap_or_default()).unwrap_or_default()
}

fn table(all: &DebugSections) -> LineTable {
    let contents = |wanted: &str| {
        let found = all.sections.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| bytes.as_slice())
    };
    let name = |(function, name): &(u32, String)| Some((*function, demangle_name(name)?));
    let names = all.mangled.iter().filter_map(name).collect();
    let mut table = LineTable { names, ..LineTable::default() };
    let Some(map) = SourceMap::from_sections(all.code_start, contents) else { return table };
    let mut files: HashMap<&str, u32> = HashMap::new();
    let lines = map.lines();
    for (range, name, line) in &lines {
        let file = *files.entry(name).or_insert_with(|| {
            table.files.push((*name).to_owned());
            table.files.len() as u32 - 1
        });
        table.ranges.push(LineRange { start: range.start, end: range.end, file, line: *line });
    }
    table
}
