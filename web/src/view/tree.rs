//! The structure tree, flattened to rows.

/// Entries asked for at a time.
pub const CHUNK: u32 = 128;

/// A row of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A section, by index.
    Section(u32),
    /// An entry of a section.
    Entry {
        /// Index of the section.
        section: u32,
        /// Index of the entry within it.
        index: u32,
    },
}

/// Which sections are open, and so which rows there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    entries: Vec<u32>,
    open: Vec<bool>,
}

impl Tree {
    /// A tree of sections with this many entries each, all closed.
    pub fn new(entries: Vec<u32>) -> Self {
        let open = vec![false; entries.len()];
        Self { entries, open }
    }

    /// Whether a section's entries are shown.
    pub fn is_open(&self, section: u32) -> bool {
        self.open.get(section as usize).copied().unwrap_or(false)
    }

    /// Whether a section has entries to show.
    pub fn can_open(&self, section: u32) -> bool {
        self.entries(section) > 0
    }

    /// Entries of a section.
    pub fn entries(&self, section: u32) -> u32 {
        self.entries.get(section as usize).copied().unwrap_or(0)
    }

    /// Opens or closes a section.
    pub fn set_open(&mut self, section: u32, open: bool) {
        let open = open && self.can_open(section);
        if let Some(known) = self.open.get_mut(section as usize) {
            *known = open;
        }
    }

    /// One number for each entry of all sections, such that a chunk of them never
    /// crosses from one section to the next.
    pub fn item(&self, section: u32, index: u32) -> u32 {
        let before: u32 = self
            .entries
            .iter()
            .take(section as usize)
            .map(|entries| entries.next_multiple_of(CHUNK))
            .sum();
        before + index
    }

    /// Section and index of a number made by [`Tree::item`].
    pub fn entry(&self, item: u32) -> (u32, u32) {
        let mut rest = item;
        for (section, entries) in (0..).zip(&self.entries) {
            let width = entries.next_multiple_of(CHUNK);
            if rest < width {
                return (section, rest);
            }
            rest -= width;
        }
        (0, 0)
    }

    fn shown(&self, section: u32) -> u64 {
        if self.is_open(section) { u64::from(self.entries(section)) } else { 0 }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        (0..).zip(&self.entries).map(|(section, _)| 1 + self.shown(section)).sum()
    }

    /// The row at a place.
    pub fn row(&self, place: u64) -> Option<Row> {
        let mut first = 0;
        for (section, _) in (0..).zip(&self.entries) {
            if place == first {
                return Some(Row::Section(section));
            }
            let index = place - first - 1;
            let shown = self.shown(section);
            if index < shown {
                return u32::try_from(index).ok().map(|index| Row::Entry { section, index });
            }
            first += 1 + shown;
        }
        None
    }

    /// The place of a row, when it is shown.
    pub fn place(&self, row: Row) -> Option<u64> {
        let wanted = match row {
            Row::Section(section) | Row::Entry { section, .. } => section,
        };
        if wanted as usize >= self.entries.len() {
            return None;
        }
        let first: u64 = (0..wanted).map(|section| 1 + self.shown(section)).sum();
        match row {
            Row::Section(_) => Some(first),
            Row::Entry { index, .. } => {
                (u64::from(index) < self.shown(wanted)).then(|| first + 1 + u64::from(index))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Tree {
        let mut tree = Tree::new(vec![3, 0, 2]);
        tree.set_open(0, true);
        tree.set_open(1, true);
        tree
    }

    #[test]
    fn a_closed_tree_shows_its_sections() {
        let tree = Tree::new(vec![3, 0, 2]);
        assert_eq!(tree.rows(), 3);
        assert_eq!(tree.row(2), Some(Row::Section(2)));
        assert_eq!(tree.row(3), None);
    }

    #[test]
    fn an_open_section_shows_its_entries_below_it() {
        let tree = opened();
        assert_eq!(tree.rows(), 6);
        assert_eq!(tree.row(3), Some(Row::Entry { section: 0, index: 2 }));
        assert_eq!(tree.row(4), Some(Row::Section(1)));
    }

    #[test]
    fn a_section_without_entries_cannot_be_opened() {
        assert!(!opened().is_open(1));
    }

    #[test]
    fn entries_are_numbered_without_sharing_a_chunk() {
        let tree = Tree::new(vec![300, 0, 2]);
        for (section, index) in [(0, 0), (0, 299), (2, 0), (2, 1)] {
            assert_eq!(tree.entry(tree.item(section, index)), (section, index));
        }
        assert_eq!(tree.item(2, 0) % CHUNK, 0);
    }

    #[test]
    fn place_and_row_are_each_others_inverse() {
        let tree = opened();
        for place in 0..tree.rows() {
            assert_eq!(tree.place(tree.row(place).unwrap()), Some(place));
        }
        assert_eq!(tree.place(Row::Entry { section: 2, index: 0 }), None);
        assert_eq!(tree.place(Row::Section(9)), None);
    }
}
