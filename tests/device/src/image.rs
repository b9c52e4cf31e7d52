//! The size of an image.

use std::path::Path;
use std::{fs, io};

/// Bytes of flash that an image takes: everything that it loads, initial values of data included.
///
/// # Errors
///
/// It cannot be read, or is no ELF file of 32 bits, little-endian.
pub(crate) fn flash(image: &Path) -> io::Result<u32> {
    let bytes = fs::read(image)?;
    loaded(&bytes).ok_or_else(|| io::Error::other("it is no ELF file of 32 bits, little-endian"))
}

/// What the segments of type `LOAD` have in the file, together.
fn loaded(elf: &[u8]) -> Option<u32> {
    const LOAD: u32 = 1;
    if elf.get(..6)? != b"\x7fELF\x01\x01" {
        return None;
    }
    let (headers, size, count) = (word(elf, 0x1C)?, half(elf, 0x2A)?, half(elf, 0x2C)?);
    let mut sum = 0;
    for number in 0..count {
        let header = headers as usize + usize::from(number) * usize::from(size);
        if word(elf, header)? == LOAD {
            sum += word(elf, header + 0x10)?;
        }
    }
    Some(sum)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_is_what_is_loaded_and_nothing_else() {
        // Two segments, behind a header of 52 bytes: 100 bytes that are loaded, 7 that are not.
        let mut elf = vec![0; 52];
        elf[..6].copy_from_slice(b"\x7fELF\x01\x01");
        elf[0x1C] = 52;
        elf[0x2A] = 32;
        elf[0x2C] = 2;
        for (kind, bytes) in [(1, 100), (4, 7)] {
            let mut header = [0; 32];
            (header[0], header[0x10]) = (kind, bytes);
            elf.extend_from_slice(&header);
        }
        assert_eq!(loaded(&elf), Some(100));
        assert_eq!(loaded(&elf[..60]), None);
        assert_eq!(loaded(b"\x7fELF\x02\x01"), None);
    }
}
