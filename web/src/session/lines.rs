//! Lines of source code, where a module says which its instructions come from, and the names
//! that its functions have there.

use fayasm_core::module::SectionId;
use serde_bytes::ByteBuf;

use super::Session;
use super::opened::Opened;
use crate::protocol::Reply;
use crate::source_lines::{DebugSections, LineTable};

/// What custom sections with debugging information begin with.
const PREFIX: &str = ".debug_";

/// What is known of a module's lines.
#[derive(Debug, Default)]
pub(super) enum Lines {
    /// Nobody has been asked for them.
    #[default]
    Unknown,
    /// Somebody was, with this number.
    Asked(u64),
    Known(LineTable),
}

impl Opened {
    /// The place in source code that the instruction at this offset comes from.
    pub(super) fn source(&self, offset: u32) -> Option<String> {
        if let Lines::Known(table) = &self.lines { table.place(offset) } else { None }
    }

    /// The name that a function has in the source code, if that is another one.
    pub(super) fn source_name(&self, function: u32) -> Option<&str> {
        if let Lines::Known(table) = &self.lines { table.name(function) } else { None }
    }

    /// Functions, in order, that have other names in the source code.
    pub(super) fn source_names(&self) -> &[(u32, String)] {
        if let Lines::Known(table) = &self.lines { &table.names } else { &[] }
    }

    /// What lines and names may be found in, if there is anything.
    fn debug_sections(&self) -> Option<DebugSections> {
        let sections = &self.all().sections;
        let code = sections.iter().find(|section| section.id == SectionId::Code)?;
        let names = self.names();
        let functions = 0..u32::try_from(self.all().functions.len()).unwrap_or(u32::MAX);
        let mangled = functions.filter_map(|function| {
            let name = names.function(function)?;
            let is_mangled = name.starts_with("_Z") || name.starts_with("_R");
            is_mangled.then(|| (function, name.to_owned()))
        });
        let mangled: Vec<_> = mangled.collect();
        let debug = sections.iter().filter_map(|section| {
            let name = section.name.as_deref().filter(|name| name.starts_with(PREFIX))?;
            let contents = self.bytes().get(section.contents.range())?;
            Some((name.to_owned(), ByteBuf::from(contents)))
        });
        let sections: Vec<_> = debug.collect();
        let code_start = code.contents.start;
        let is_empty = sections.is_empty() && mangled.is_empty();
        (!is_empty).then_some(DebugSections { code_start, sections, mangled })
    }
}

impl Session {
    /// What the lines of a module can be found in, if that is not yet known, with a number
    /// for [`take_lines`](Self::take_lines). Each module is asked about once.
    pub fn lines_wanted(&mut self) -> Option<(u64, DebugSections)> {
        for opened in self.modules.iter_mut() {
            if !matches!(opened.lines, Lines::Unknown) {
                continue;
            }
            self.lines_asked += 1;
            opened.lines = Lines::Asked(self.lines_asked);
            if let Some(sections) = opened.debug_sections() {
                return Some((self.lines_asked, sections));
            }
        }
        None
    }

    /// Takes the lines that were asked for with this number, and tells the page.
    pub fn take_lines(&mut self, number: u64, table: LineTable) -> Vec<Reply> {
        let asked = |opened: &&mut Opened| matches!(opened.lines, Lines::Asked(it) if it == number);
        // The module may be there no more.
        let Some(opened) = self.modules.iter_mut().find(asked) else { return Vec::new() };
        opened.lines = Lines::Known(table);
        let state = self.run.is_some().then(|| self.state());
        let state = state.map(|state| Reply::State(Box::new(state)));
        [Reply::LinesFound].into_iter().chain(state).collect()
    }
}
