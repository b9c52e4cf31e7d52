//! Scrolling a list of rows that may be taller than a browser can draw.
//!
//! Browsers cap an element's height (Firefox at about 17.8 million pixels). A
//! list taller than [`LONGEST_TRACK`] gets a track of that height: dragging the
//! scrollbar then maps the track onto the list in proportion, while turning the
//! wheel still moves by as many pixels as it says.

use std::ops::Range;

/// Height of the tallest element used for scrolling, in pixels.
pub const LONGEST_TRACK: f64 = 8_000_000.0;

/// Rows drawn above and below the visible ones.
const OVERSCAN: u64 = 6;

/// A row, and where in the visible part of its list it stands: from 0 at the top to 1 at the
/// bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    /// The row.
    pub row: u64,
    /// Where it stands.
    pub down: f64,
}

/// Where a list of equally tall rows stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scroll {
    rows: u64,
    row_height: f64,
    viewport: f64,
    /// Pixels of the list above the viewport.
    position: f64,
    /// Pixels of the track above the viewport, as the browser knows it.
    track_top: f64,
}

impl Scroll {
    /// A list at its top.
    pub fn new(rows: u64, row_height: f64, viewport: f64) -> Self {
        Self { rows, row_height, viewport, position: 0.0, track_top: 0.0 }
    }

    /// Takes a new number of rows, row height or viewport; keeps the first row in place.
    pub fn resize(&mut self, rows: u64, row_height: f64, viewport: f64) {
        if (rows, row_height, viewport) == (self.rows, self.row_height, self.viewport) {
            return;
        }
        let first = self.position / self.row_height;
        *self = Self { rows, row_height, viewport, ..*self };
        self.place(first * row_height);
    }

    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Height of a row, in pixels.
    pub fn row_height(&self) -> f64 {
        self.row_height
    }

    /// Height of the visible part, in pixels.
    pub fn viewport(&self) -> f64 {
        self.viewport
    }

    fn content(&self) -> f64 {
        self.rows as f64 * self.row_height
    }

    fn end(&self) -> f64 {
        (self.content() - self.viewport).max(0.0)
    }

    /// Height the scrolled element must have, in pixels.
    pub fn track(&self) -> f64 {
        self.content().min(LONGEST_TRACK)
    }

    fn track_end(&self) -> f64 {
        (self.track() - self.viewport).max(0.0)
    }

    fn is_scaled(&self) -> bool {
        self.content() > LONGEST_TRACK
    }

    /// Follows the browser, which has scrolled the track to `top`.
    pub fn scrolled(&mut self, top: f64) {
        let top = top.clamp(0.0, self.track_end());
        let delta = top - self.track_top;
        self.track_top = top;
        self.position = if !self.is_scaled() || top == 0.0 || top == self.track_end() {
            self.in_proportion(top)
        } else if delta.abs() <= self.viewport {
            (self.position + delta).clamp(0.0, self.end())
        } else {
            self.in_proportion(top)
        };
    }

    fn in_proportion(&self, top: f64) -> f64 {
        if self.track_end() == 0.0 { 0.0 } else { top / self.track_end() * self.end() }
    }

    fn place(&mut self, position: f64) {
        self.position = position.clamp(0.0, self.end());
        self.track_top =
            if self.end() == 0.0 { 0.0 } else { self.position / self.end() * self.track_end() };
    }

    /// Moves so that `row` can be seen. True when that took a move: the browser
    /// must then be told to scroll the track to [`Scroll::track_top`].
    pub fn reveal(&mut self, row: u64) -> bool {
        let top = row as f64 * self.row_height;
        let hidden_above = top < self.position;
        let hidden_below = top + self.row_height > self.position + self.viewport;
        if !hidden_above && !hidden_below {
            return false;
        }
        let distance = if hidden_above {
            self.position - top
        } else {
            top + self.row_height - self.position - self.viewport
        };
        let near = distance <= self.row_height * 2.0;
        let target = match (near, hidden_above) {
            (true, true) => top,
            (true, false) => top + self.row_height - self.viewport,
            (false, _) => top - (self.viewport - self.row_height) / 3.0,
        };
        let before = self.position;
        self.place(target);
        self.position != before
    }

    /// The row by which another list is put beside this one. It is the first row at the top of
    /// the list and the last one at its end, so that lists of any lengths end together.
    pub fn anchor(&self) -> Anchor {
        let down = if self.end() == 0.0 { 0.0 } else { self.position / self.end() };
        let row = (down * self.rows as f64) as u64;
        Anchor { row: row.min(self.rows.saturating_sub(1)), down }
    }

    /// Moves so that a row stands as the anchor of another list says, as far as that is possible.
    pub fn put(&mut self, anchor: Anchor) {
        let room = self.viewport - self.row_height;
        self.place(anchor.row as f64 * self.row_height - anchor.down * room);
    }

    /// Where the track stands, in pixels.
    pub fn track_top(&self) -> f64 {
        self.track_top
    }

    /// Rows that must be drawn.
    pub fn drawn(&self) -> Range<u64> {
        let visible = self.visible();
        visible.start.saturating_sub(OVERSCAN)..(visible.end + OVERSCAN).min(self.rows)
    }

    /// Rows of which at least a part is seen.
    pub fn visible(&self) -> Range<u64> {
        let first = (self.position / self.row_height) as u64;
        let last = ((self.position + self.viewport) / self.row_height).ceil() as u64;
        first.min(self.rows)..last.min(self.rows)
    }

    /// Where the first drawn row stands on the track, in pixels.
    pub fn drawn_top(&self) -> f64 {
        self.track_top + self.drawn().start as f64 * self.row_height - self.position
    }

    /// Whole rows that fit, for moving by a page; at least one.
    pub fn page(&self) -> u64 {
        ((self.viewport / self.row_height) as u64).max(1)
    }
}

/// Keys of the rows that are drawn. A row keeps its key, and with it its elements, while
/// it stays in sight. After a jump, rows that have nothing in common with those before
/// take over their keys: to change elements costs less than to make new ones.
#[derive(Debug, Default)]
pub struct Keys {
    drawn: Range<u64>,
    /// What is added to the number of a row, wrapping around.
    shift: u64,
}

impl Keys {
    /// Takes the rows that are drawn now.
    pub fn draw(&mut self, drawn: Range<u64>) {
        let in_common = self.drawn.start < drawn.end && drawn.start < self.drawn.end;
        if !in_common {
            let first = self.of(self.drawn.start);
            self.shift = first.wrapping_sub(drawn.start);
        }
        self.drawn = drawn;
    }

    /// The key of a row.
    pub fn of(&self, row: u64) -> u64 {
        row.wrapping_add(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a 20 MB module, sixteen bytes each.
    const MANY: u64 = 20 * 1024 * 1024 / 16;
    /// Rows of a 4 GiB memory.
    const MOST: u64 = 4 * 1024 * 1024 * 1024 / 16;

    #[test]
    fn only_visible_rows_and_a_few_around_them_are_drawn() {
        let mut scroll = Scroll::new(1000, 20.0, 200.0);
        assert_eq!(scroll.drawn(), 0..16);
        scroll.scrolled(2000.0);
        assert_eq!(scroll.visible(), 100..110);
        assert_eq!(scroll.drawn(), 94..116);
        assert_eq!(scroll.drawn_top(), 94.0 * 20.0);
    }

    #[test]
    fn an_empty_list_draws_nothing() {
        let scroll = Scroll::new(0, 20.0, 200.0);
        assert_eq!(scroll.drawn(), 0..0);
        assert_eq!(scroll.track(), 0.0);
    }

    #[test]
    fn the_track_never_outgrows_a_browser() {
        for rows in [MANY, MOST] {
            assert!(Scroll::new(rows, 22.0, 400.0).track() <= LONGEST_TRACK);
        }
    }

    #[test]
    fn both_ends_of_a_scaled_list_are_reached() {
        for rows in [MANY, MOST] {
            let mut scroll = Scroll::new(rows, 22.0, 400.0);
            scroll.scrolled(scroll.track() - 400.0);
            assert_eq!(scroll.visible().end, rows);
            scroll.scrolled(0.0);
            assert_eq!(scroll.visible().start, 0);
        }
    }

    #[test]
    fn the_wheel_moves_a_scaled_list_by_as_many_pixels_as_it_says() {
        let mut scroll = Scroll::new(MOST, 20.0, 400.0);
        scroll.scrolled(4_000_000.0);
        let before = scroll.visible().start;
        scroll.scrolled(4_000_100.0);
        assert_eq!(scroll.visible().start, before + 5);
    }

    #[test]
    fn drawn_rows_stay_inside_the_viewport_of_a_scaled_list() {
        let mut scroll = Scroll::new(MOST, 20.0, 400.0);
        scroll.scrolled(3_000_000.0);
        let first_visible = scroll.drawn_top() + 6.0 * 20.0;
        assert!((first_visible - 3_000_000.0).abs() <= 20.0);
    }

    #[test]
    fn every_row_can_be_revealed() {
        for rows in [10, 1000, MANY, MOST] {
            for row in [0, rows / 3, rows - 1] {
                let mut scroll = Scroll::new(rows, 22.0, 400.0);
                scroll.reveal(row);
                assert!(scroll.visible().contains(&row), "row {row} of {rows}");
                assert!(!scroll.reveal(row), "row {row} of {rows} is in sight already");
            }
        }
    }

    #[test]
    fn a_neighbour_is_revealed_by_the_smallest_move() {
        let mut scroll = Scroll::new(1000, 20.0, 200.0);
        assert!(scroll.reveal(10));
        assert_eq!(scroll.track_top(), 20.0);
    }

    #[test]
    fn resizing_keeps_the_first_row() {
        let mut scroll = Scroll::new(1000, 20.0, 200.0);
        scroll.scrolled(2000.0);
        scroll.resize(1000, 40.0, 200.0);
        assert_eq!(scroll.visible().start, 100);
        scroll.resize(3, 40.0, 200.0);
        assert_eq!(scroll.visible(), 0..3);
    }

    #[test]
    fn lists_of_different_lengths_begin_and_end_together() {
        let (mut long, mut short) = (Scroll::new(300, 20.0, 200.0), Scroll::new(100, 20.0, 200.0));
        for (top, visible) in [(0.0, 0..10), (long.end() / 2.0, 45..56), (long.end(), 90..100)] {
            long.scrolled(top);
            let Anchor { row, down } = long.anchor();
            assert!(long.visible().contains(&row), "{row}");
            short.put(Anchor { row: row / 3, down });
            assert_eq!(short.visible(), visible, "{row}");
        }
        let few = Scroll::new(3, 20.0, 200.0);
        assert_eq!(few.anchor(), Anchor { row: 0, down: 0.0 });
        short.put(Anchor { row: 0, down: 0.0 });
        assert_eq!(short.visible(), 0..10);
    }

    #[test]
    fn rows_keep_their_keys_while_they_are_in_sight() {
        let mut keys = Keys::default();
        keys.draw(10..20);
        let before: Vec<_> = (10..20).map(|row| keys.of(row)).collect();
        keys.draw(13..23);
        assert_eq!(before[3..], (13..20).map(|row| keys.of(row)).collect::<Vec<_>>());
    }

    #[test]
    fn after_a_jump_other_rows_have_the_same_keys() {
        let mut keys = Keys::default();
        for start in [500, 7, 1_000_000, 0] {
            keys.draw(start..start + 10);
            assert_eq!(
                (start..start + 10).map(|row| keys.of(row)).collect::<Vec<_>>(),
                (0..10).collect::<Vec<_>>()
            );
        }
    }
}
