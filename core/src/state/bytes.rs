//! How numbers and sequences of words stand in a state.

use alloc::vec::Vec;

use super::StateError;

/// A state that is being put together.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    fn put(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.bytes.try_reserve(bytes.len()).map_err(|_| StateError::OutOfMemory)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn number(&mut self, number: u32) -> Result<(), StateError> {
        self.put(&number.to_le_bytes())
    }

    pub(super) fn long(&mut self, number: u64) -> Result<(), StateError> {
        self.put(&number.to_le_bytes())
    }

    /// A sequence of words whose length stands elsewhere.
    pub(super) fn words(&mut self, mut words: impl Iterator<Item = u64>) -> Result<(), StateError> {
        let mut runs = Runs::new(self);
        words.try_for_each(|word| runs.push(word))?;
        runs.finish()
    }

    /// A sequence of bytes whose length stands elsewhere, as words, the last filled up with zeros.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        let mut runs = Runs::new(self);
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            // Most of what memories hold is nothing, which is passed over at once.
            match block.iter().fold(0, |all, byte| all | byte) {
                0 => runs.skip(BLOCK as u32 / 8)?,
                _ => block.as_chunks().0.iter().try_for_each(|word| runs.bytes(*word))?,
            }
        }
        let (words, rest) = rest.as_chunks();
        words.iter().try_for_each(|word| runs.bytes(*word))?;
        let mut last = [0; 8];
        // What is left is shorter than a word.
        last[..rest.len()].copy_from_slice(rest);
        if !rest.is_empty() {
            runs.bytes(last)?;
        }
        runs.finish()
    }
}

/// Bytes that are looked at together, whether they are all zero.
const BLOCK: usize = 256;

/// Words as runs: how many zeros come, how many other words behind them, and these.
struct Runs<'w> {
    to: &'w mut Writer,
    /// Zeros that have come since the last other word.
    zeros: u32,
    /// Other words since then, and where that stands.
    count: u32,
    run: Option<usize>,
}

impl<'w> Runs<'w> {
    fn new(to: &'w mut Writer) -> Self {
        Runs { to, zeros: 0, count: 0, run: None }
    }

    /// So many zeros come.
    fn skip(&mut self, words: u32) -> Result<(), StateError> {
        self.run = None;
        match self.zeros.checked_add(words) {
            Some(zeros) => self.zeros = zeros,
            None => {
                self.begin()?;
                self.zeros = words;
            }
        }
        Ok(())
    }

    /// Begins a run, and gives where its count stands.
    fn begin(&mut self) -> Result<usize, StateError> {
        self.to.number(self.zeros)?;
        (self.zeros, self.count) = (0, 0);
        let at = self.to.bytes.len();
        self.to.number(0)?;
        Ok(at)
    }

    fn push(&mut self, word: u64) -> Result<(), StateError> {
        if word == 0 {
            return self.skip(1);
        }
        let at = match self.run {
            Some(at) if self.count < u32::MAX => at,
            _ => self.begin()?,
        };
        self.run = Some(at);
        self.count += 1;
        // The count was put there.
        self.to.bytes[at..at + 4].copy_from_slice(&self.count.to_le_bytes());
        self.to.long(word)
    }

    fn bytes(&mut self, word: [u8; 8]) -> Result<(), StateError> {
        self.push(u64::from_le_bytes(word))
    }

    fn finish(mut self) -> Result<(), StateError> {
        match self.zeros {
            0 => Ok(()),
            _ => self.begin().map(|_| ()),
        }
    }
}

/// A state that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The error that too few bytes follow, or too many.
    pub(super) fn length(&self) -> StateError {
        StateError::Length { offset: self.at }
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], StateError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..count).ok_or(self.length())?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StateError> {
        let error = self.length();
        self.take(N)?.try_into().map_err(|_| error)
    }

    pub(super) fn number(&mut self) -> Result<u32, StateError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Result<u64, StateError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Goes over a sequence of so many words: hands each run of those that are not left out, and
    /// how many words come before it, to `each`.
    pub(super) fn runs(
        &mut self,
        words: u64,
        mut each: impl FnMut(u64, &'b [u8]),
    ) -> Result<(), StateError> {
        let mut at = 0_u64;
        while at < words {
            let error = self.length();
            let zeros = u64::from(self.number()?);
            let count = u64::from(self.number()?);
            let left = words - at;
            if zeros + count == 0 || zeros + count > left {
                return Err(error);
            }
            let bytes = usize::try_from(count * 8).map_err(|_| error)?;
            each(at + zeros, self.take(bytes)?);
            at += zeros + count;
        }
        Ok(())
    }

    /// A sequence of so many words.
    pub(super) fn words(&mut self, count: usize) -> Result<Vec<u64>, StateError> {
        let mut words = Vec::new();
        words.try_reserve_exact(count).map_err(|_| StateError::OutOfMemory)?;
        words.resize(count, 0);
        self.runs(count as u64, |at, bytes| {
            let (run, _) = bytes.as_chunks();
            // Runs lie inside.
            let target = words.iter_mut().skip(at as usize);
            for (target, word) in target.zip(run) {
                *target = u64::from_le_bytes(*word);
            }
        })?;
        Ok(words)
    }

    /// A sequence of bytes, all of them zero until now.
    pub(super) fn bytes(&mut self, target: &mut [u8]) -> Result<(), StateError> {
        self.runs(target.len().div_ceil(8) as u64, |at, bytes| {
            // Runs begin inside.
            let target = target.iter_mut().skip(at as usize * 8);
            for (target, byte) in target.zip(bytes) {
                *target = *byte;
            }
        })
    }
}
