//! Which lines of source code the instructions of a module come from, and what functions are
//! called there, as a program of its own finds out: DWARF and the names that compilers make
//! take much code to read, and many modules have neither.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What lines and names are found in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugSections {
    /// Where the contents of the code section begin, in bytes from the start of the module.
    pub code_start: u32,
    /// Names and contents of custom sections.
    pub sections: Vec<(String, ByteBuf)>,
    /// Functions whose names a compiler has made, in order, and these names.
    pub mangled: Vec<(u32, String)>,
}

/// The lines of all instructions of which that is known, and names of functions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineTable {
    /// Paths, as the compiler was given them.
    pub files: Vec<String>,
    /// In the order of the instructions.
    pub ranges: Vec<LineRange>,
    /// Functions, in order, by the names that they have in the source code.
    pub names: Vec<(u32, String)>,
}

/// Instructions that come from one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRange {
    /// First byte, from the start of the module.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Which of the files.
    pub file: u32,
    /// Counted from 1.
    pub line: u32,
}

impl LineTable {
    /// The lines that an instruction at this offset comes from.
    pub fn at(&self, offset: u32) -> Option<LineRange> {
        let behind = self.ranges.partition_point(|range| range.start <= offset);
        let range = self.ranges.get(behind.checked_sub(1)?)?;
        (offset < range.end).then_some(*range)
    }

    /// `json::Parser::value`, if the function has another name in the module.
    pub fn name(&self, function: u32) -> Option<&str> {
        let at = self.names.binary_search_by_key(&function, |(known, _)| *known).ok()?;
        self.names.get(at).map(|(_, name)| name.as_str())
    }

    /// `source/main.c:17`, of an instruction at this offset.
    pub fn place(&self, offset: u32) -> Option<String> {
        let LineRange { file, line, .. } = self.at(offset)?;
        Some(format!("{}:{line}", self.files.get(file as usize)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_comes_from_the_line_whose_range_it_lies_in() {
        let range = |start, end, line| LineRange { start, end, file: 0, line };
        let ranges = vec![range(10, 14, 1), range(14, 15, 2), range(20, 21, 3)];
        let names = vec![(3, "a::b".to_owned())];
        let table = LineTable { files: vec!["a.c".to_owned()], ranges, names };
        assert_eq!([2, 3].map(|function| table.name(function)), [None, Some("a::b")]);
        for (offset, line) in [(9, None), (10, Some(1)), (13, Some(1)), (14, Some(2)), (15, None)] {
            assert_eq!(table.at(offset).map(|range| range.line), line, "{offset}");
        }
        assert_eq!(table.place(20).as_deref(), Some("a.c:3"));
    }
}
