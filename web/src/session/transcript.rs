//! What a program has written and a person has typed, and when.

use std::collections::VecDeque;

use crate::protocol::{OutputView, Stream};

/// The most that is kept for certain, in bytes.
pub(super) const MAX_BYTES: usize = 64 << 10;

/// The longest line that is forgotten as a whole, in bytes.
const MAX_LINE: usize = 4 << 10;

/// The latest of what was written and typed.
#[derive(Default)]
pub(super) struct Transcript {
    pieces: VecDeque<Piece>,
    /// How many of the pieces, counted from the last, have no date yet.
    undated: usize,
    /// Bytes of all pieces.
    size: usize,
    /// Lines that are there no more.
    forgotten: u64,
}

struct Piece {
    stream: Stream,
    bytes: Vec<u8>,
    /// It is there once the job has executed so many instructions.
    executed: u64,
}

impl Transcript {
    /// Adds what has just been written or typed.
    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8]) {
        match self.pieces.back_mut().filter(|_| self.undated > 0) {
            Some(last) if last.stream == stream => last.bytes.extend_from_slice(bytes),
            _ => {
                self.pieces.push_back(Piece { stream, bytes: bytes.to_vec(), executed: 0 });
                self.undated += 1;
            }
        }
        self.size += bytes.len();
        // Not at every byte too many, because what is in front takes time to cut off.
        if self.size > 2 * MAX_BYTES {
            self.forget(self.size - MAX_BYTES);
        }
    }

    /// What has no date yet was written by an instruction before which so many had been
    /// executed.
    pub(super) fn date(&mut self, executed: u64) {
        let undated = self.pieces.iter_mut().rev().take(std::mem::take(&mut self.undated));
        undated.for_each(|piece| piece.executed = executed + 1);
    }

    /// Everything was written before any instruction that is to come.
    pub(super) fn settle(&mut self) {
        self.undated = 0;
        self.pieces.iter_mut().for_each(|piece| piece.executed = 0);
    }

    /// Forgets this many bytes, the oldest, and what is left of the last line of them.
    fn forget(&mut self, bytes: usize) {
        let mut left = bytes;
        while let Some(Piece { bytes: piece, .. }) = self.pieces.front_mut().filter(|_| left > 0) {
            let mut cut = left.min(piece.len());
            if cut == left {
                let rest = piece.get(cut - 1..).unwrap_or_default();
                let end = rest.iter().position(|byte| *byte == b'\n');
                // A line that is longer is cut somewhere.
                cut += end.filter(|end| *end <= MAX_LINE).unwrap_or_default();
                left = cut;
            }
            let gone = piece.drain(..cut).filter(|byte| *byte == b'\n').count();
            self.forgotten += gone as u64;
            (left, self.size) = (left - cut, self.size - cut);
            if piece.is_empty() {
                self.pieces.pop_front();
                self.undated = self.undated.min(self.pieces.len());
            }
        }
    }

    /// Lines that are there no more.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// What is there after so many instructions.
    pub(super) fn until(&self, executed: u64) -> Vec<OutputView> {
        let there = self.pieces.iter().filter(|piece| piece.executed <= executed);
        let mut joined: Vec<(Stream, Vec<u8>)> = Vec::new();
        for piece in there {
            match joined.last_mut() {
                Some((stream, bytes)) if *stream == piece.stream => bytes.extend(&piece.bytes),
                _ => joined.push((piece.stream, piece.bytes.clone())),
            }
        }
        let view = |(stream, bytes): (Stream, Vec<u8>)| OutputView {
            stream,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        };
        joined.into_iter().map(view).collect()
    }

    /// Whether there is more after that.
    pub(super) fn goes_on(&self, executed: u64) -> bool {
        self.pieces.back().is_some_and(|piece| piece.executed > executed)
    }
}
