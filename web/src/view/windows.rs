//! What is known of something too long to be held whole.
//!
//! The page asks the engine for chunks of a fixed number of items as they come
//! into sight, and keeps the ones used last, of whatever they are: `K` says which
//! of several long things a chunk is of.

use std::ops::Range;

use super::shared::Shared;

/// Chunks kept before the one unused for longest is dropped. So few that a list
/// serves better than a map.
const KEPT: usize = 48;

/// Chunks of `T`, each standing for `chunk` items.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows<K, T> {
    chunk: u32,
    chunks: Vec<Chunk<K, T>>,
    asked: Vec<(K, u32)>,
    clock: u64,
}

#[derive(Debug, Clone, PartialEq)]
struct Chunk<K, T> {
    /// What it is of, and which chunk of that.
    index: (K, u32),
    value: Shared<T>,
    fresh: bool,
    used: u64,
}

impl<K: Copy + PartialEq, T> Windows<K, T> {
    /// Nothing known yet; items come `chunk` at a time.
    pub fn new(chunk: u32) -> Self {
        Self { chunk, chunks: Vec::new(), asked: Vec::new(), clock: 0 }
    }

    /// The chunk that holds `item` of `key`, when it is known.
    pub fn get(&self, key: K, item: u32) -> Option<&Shared<T>> {
        let index = (key, item / self.chunk);
        self.chunks.iter().find(|chunk| chunk.index == index).map(|chunk| &chunk.value)
    }

    /// Takes a chunk that starts at item `from` of `key`.
    pub fn insert(&mut self, key: K, from: u32, value: T) {
        self.clock += 1;
        let index = (key, from / self.chunk);
        self.asked.retain(|asked| *asked != index);
        let chunk = Chunk { index, value: Shared::new(value), fresh: true, used: self.clock };
        let known = self.chunks.iter().position(|known| known.index == index);
        match known.or_else(|| self.place_to_reuse()) {
            Some(place) => self.chunks[place] = chunk,
            None => self.chunks.push(chunk),
        }
    }

    fn place_to_reuse(&self) -> Option<usize> {
        if self.chunks.len() < KEPT {
            return None;
        }
        (0..self.chunks.len()).min_by_key(|place| self.chunks[*place].used)
    }

    /// First items of the chunks to ask for so that all of `items` of `key` will be
    /// known; each is named once, until it arrives or everything turns stale.
    pub fn ask(&mut self, key: K, items: Range<u32>) -> Vec<u32> {
        if items.is_empty() {
            return Vec::new();
        }
        self.clock += 1;
        let mut wanted = Vec::new();
        for chunk in items.start / self.chunk..=(items.end - 1) / self.chunk {
            let index = (key, chunk);
            match self.chunks.iter_mut().find(|chunk| chunk.index == index) {
                Some(chunk) if chunk.fresh => chunk.used = self.clock,
                _ if self.asked.contains(&index) => {}
                _ => {
                    self.asked.push(index);
                    wanted.push(chunk * self.chunk);
                }
            }
        }
        wanted
    }

    /// What is known stays to be drawn, but is asked for again when in sight.
    pub fn turn_stale(&mut self) {
        self.asked.clear();
        for chunk in &mut self.chunks {
            chunk.fresh = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_asked_for_once() {
        let mut windows = Windows::<(), &str>::new(100);
        assert_eq!(windows.ask((), 50..250), [0, 100, 200]);
        assert_eq!(windows.ask((), 0..100), [0; 0]);
        windows.insert((), 100, "second");
        assert_eq!(**windows.get((), 199).unwrap(), "second");
        assert!(windows.get((), 200).is_none());
        assert_eq!(windows.ask((), 100..150), [0; 0]);
    }

    #[test]
    fn nothing_is_asked_for_an_empty_range() {
        assert!(Windows::<(), ()>::new(10).ask((), 5..5).is_empty());
    }

    #[test]
    fn a_stale_chunk_is_still_drawn_and_asked_for_again() {
        let mut windows = Windows::new(10);
        windows.insert((), 0, 1);
        windows.turn_stale();
        assert_eq!(**windows.get((), 3).unwrap(), 1);
        assert_eq!(windows.ask((), 0..10), [0]);
        windows.insert((), 0, 2);
        assert_eq!(**windows.get((), 3).unwrap(), 2);
        assert!(windows.ask((), 0..10).is_empty());
    }

    #[test]
    fn the_chunk_unused_for_longest_is_dropped() {
        let mut windows = Windows::new(1);
        let kept = u32::try_from(KEPT).unwrap();
        for item in 0..kept {
            windows.insert((), item, item);
        }
        windows.ask((), 0..1);
        windows.insert((), kept, kept);
        assert!(windows.get((), 0).is_some());
        assert!(windows.get((), 1).is_none());
    }

    #[test]
    fn chunks_of_several_things_are_kept_apart() {
        let mut windows = Windows::new(10);
        assert_eq!(windows.ask('a', 0..10), [0]);
        assert_eq!(windows.ask('b', 0..10), [0]);
        windows.insert('a', 0, 1);
        assert!(windows.get('b', 3).is_none());
        windows.insert('b', 0, 2);
        assert_eq!((**windows.get('a', 3).unwrap(), **windows.get('b', 3).unwrap()), (1, 2));
    }
}
