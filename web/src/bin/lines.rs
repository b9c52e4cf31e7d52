//! Finds source lines, for the engine's worker, which fetches it when a module says them.

use std::collections::HashMap;

use fayasm_dwarf::SourceMap;
use fayasm_web::source_lines::{DebugSections, LineRange, LineTable};
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// The lines that are found in sections, both as `postcard` writes them.
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
    let mut table = LineTable::default();
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
