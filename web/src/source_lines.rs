//! Which lines of source code the instructions of a module come from, as a program of its
//! own finds out: DWARF takes much code to read, and few modules have it.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What the lines are found in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugSections {
    /// Where the contents of the code section begin, in bytes from the start of the module.
    pub code_start: u32,
    /// Names and contents of custom sections.
    pub sections: Vec<(String, ByteBuf)>,
}

/// The lines of all instructions of which that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineTable {
    /// Paths, as the compiler was given them.
    pub files: Vec<String>,
    /// In the order of the instructions.
    pub ranges: Vec<LineRange>,
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
        let table = LineTable { files: vec!["a.c".to_owned()], ranges };
        for (offset, line) in [(9, None), (10, Some(1)), (13, Some(1)), (14, Some(2)), (15, None)] {
            assert_eq!(table.at(offset).map(|range| range.line), line, "{offset}");
        }
        assert_eq!(table.place(20).as_deref(), Some("a.c:3"));
    }
}
