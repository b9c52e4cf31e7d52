//! Items in an order: kept in pieces of bounded size, so that adding one moves few others; and
//! sorting, in little code.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::allocate::OutOfMemory;
use crate::ledger;

/// Fewer items than this are in one piece.
const PIECE: usize = 512;

/// Items in an order that whoever looks for one knows, none of them twice.
#[derive(Debug, Clone)]
pub(crate) struct Sorted<T> {
    /// None is empty, but for the first if there is no other.
    pieces: Vec<Vec<T>>,
}

/// Where an item belongs that is not there yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    piece: usize,
    at: usize,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Sorted { pieces: Vec::new() }
    }
}

impl<T> Sorted<T> {
    /// How many bytes it takes.
    pub(crate) fn allocated(&self) -> u64 {
        ledger::vec(&self.pieces) + self.pieces.iter().map(ledger::vec).sum::<u64>()
    }

    /// The item that is looked for, to which `order` compares others; or where
    /// to insert it.
    pub(crate) fn search(&self, order: impl Fn(&T) -> Ordering) -> Result<&T, Place> {
        let begins_before = |piece: &Vec<T>| piece.first().is_some_and(|it| order(it).is_le());
        let piece = self.pieces.partition_point(begins_before).saturating_sub(1);
        let items = self.pieces.get(piece).map(Vec::as_slice).unwrap_or_default();
        match items.binary_search_by(order) {
            Ok(at) => items.get(at).ok_or(Place { piece, at }),
            Err(at) => Err(Place { piece, at }),
        }
    }

    /// Inserts an item where the last search has found that it belongs. Nothing
    /// changes if memory runs out.
    pub(crate) fn insert(&mut self, place: Place, item: T) -> Result<(), OutOfMemory> {
        self.pieces.try_reserve(1).map_err(|_| OutOfMemory)?;
        if self.pieces.is_empty() {
            self.pieces.push(Vec::new());
        }
        let Some(items) = self.pieces.get_mut(place.piece) else { return Ok(()) };
        let mut upper = Vec::new();
        if items.len() + 1 == PIECE {
            upper.try_reserve_exact(PIECE).map_err(|_| OutOfMemory)?;
        }
        items.try_reserve(1).map_err(|_| OutOfMemory)?;
        items.insert(place.at, item);
        if items.len() == PIECE {
            upper.extend(items.drain(PIECE / 2..));
            self.pieces.insert(place.piece + 1, upper);
        }
        Ok(())
    }
}

/// Sorts items, by what says whether the first of two is less. Takes no memory, and for any items
/// a time that is linear but for a logarithm (a heap sort); a tenth of the code of the library's.
pub(crate) fn sort<T>(items: &mut [T], is_less: impl Fn(&T, &T) -> bool) {
    // What of the items is a heap: from its first item on those that are not yet in their place.
    let (mut first, mut end) = (items.len() / 2, items.len());
    while end > 1 {
        if first > 0 {
            first -= 1;
        } else {
            end -= 1;
            items.swap(0, end);
        }
        let mut parent = first;
        loop {
            let mut child = 2 * parent + 1;
            if child + 1 < end && is_less(&items[child], &items[child + 1]) {
                child += 1;
            }
            if child >= end || !is_less(&items[parent], &items[child]) {
                break;
            }
            items.swap(parent, child);
            parent = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_order_items_come_in_they_are_sorted() {
        for count in 0..70_usize {
            for step in [1, 7, 31, 69] {
                let mut items: Vec<usize> = (0..count).map(|at| at * step % 40).collect();
                let mut expected = items.clone();
                expected.sort_unstable();
                sort(&mut items, |a, b| a < b);
                assert_eq!(items, expected, "{count} items, {step} apart");
            }
        }
    }

    /// As many numbers as three full pieces hold, each once, in no order.
    fn scattered() -> impl Iterator<Item = u32> {
        const COUNT: u32 = 3 * PIECE as u32 + 1;
        (0..COUNT).map(|number| number * 7 % COUNT)
    }

    fn sorted(numbers: impl Iterator<Item = u32>) -> Sorted<u32> {
        let mut all = Sorted::default();
        for number in numbers {
            let place = all.search(|it: &u32| it.cmp(&number)).expect_err("each comes once");
            all.insert(place, number).unwrap();
        }
        all
    }

    #[test]
    fn what_was_inserted_is_found_and_nothing_else_is() {
        let all = sorted(scattered().map(|number| number * 2));
        for number in scattered() {
            assert_eq!(all.search(|it: &u32| it.cmp(&(number * 2))).ok(), Some(&(number * 2)));
            assert!(all.search(|it: &u32| it.cmp(&(number * 2 + 1))).is_err());
        }
    }

    #[test]
    fn pieces_stay_small_and_in_order() {
        for all in [sorted(scattered()), sorted(0..5000), sorted((0..5000).rev())] {
            assert!(all.pieces.iter().all(|piece| (1..PIECE).contains(&piece.len())));
            assert!(all.pieces.concat().is_sorted());
        }
    }
}
