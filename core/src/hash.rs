//! A number for many, to tell whether others are the same.

/// Words mixed into one: by multiplication, as FNV does, and a rotation that
/// brings the upper bits down.
#[derive(Debug, Default)]
pub(crate) struct Hash(u64);

impl Hash {
    pub(crate) fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    pub(crate) fn words(&mut self, words: &[u64]) {
        self.word(words.len() as u64);
        for word in words {
            self.word(*word);
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        // What is left is shorter than a word.
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last));
    }

    pub(crate) fn finish(self) -> u64 {
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ mixed >> 32
    }
}
