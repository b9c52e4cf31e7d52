//! What stands before everything that is stored: what it is, of which module, and checksums.
//!
//! All numbers are little-endian.
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 0 | 4 | `FYSM` |
//! | 4 | 2 | version of the format: 2 |
//! | 6 | 2 | kind: 1 for microcode, 3 for a state |
//! | 8 | 8 | how many bytes follow this header |
//! | 16 | 8 | hash of the module's bytes |
//! | 24 | 4 | CRC-32C of what follows this header |
//! | 28 | 4 | CRC-32C of the 28 bytes before |
//!
//! The first 16 are laid out as in version 1, which had no others.

use core::fmt;

use crate::crc::crc32c;
use crate::hash::Hash;

/// Bytes of an envelope.
pub(crate) const BYTES: usize = 32;

const MAGIC: [u8; 4] = *b"FYSM";

/// The version of the format. A change of anything that is stored takes another.
pub(crate) const VERSION: u16 = 2;

/// What is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Kind {
    Microcode = 1,
    Snapshot = 3,
}

/// Why stored bytes are not what is looked for.
///
/// ```
/// use fayasm_core::EnvelopeError;
///
/// let reason = EnvelopeError::Version(3).to_string();
/// assert_eq!(reason, "they are of version 3 of the format, and this is version 2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// They do not begin as stored bytes do.
    Magic,
    /// They are of the format's first version, which had no checksums.
    FirstVersion,
    /// They are of this version of the format.
    Version(u16),
    /// The header is not what was stored.
    HeaderChecksum,
    /// They are of this kind.
    Kind(u16),
    /// There are too few or too many.
    Length {
        /// How many there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// They belong to another module.
    Module,
    /// What follows the header is not what was stored.
    BodyChecksum,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvelopeError::Magic => f.write_str("they do not begin with FYSM"),
            EnvelopeError::FirstVersion => {
                f.write_str("they are of the format's first version, which cannot be read any more")
            }
            EnvelopeError::Version(found) => {
                write!(
                    f,
                    "they are of version {found} of the format, and this is version {VERSION}"
                )
            }
            EnvelopeError::HeaderChecksum => f.write_str("their header is damaged"),
            EnvelopeError::Kind(found) => {
                write!(f, "they are of kind {found}, which is something else")
            }
            EnvelopeError::Length { expected, found } => {
                write!(f, "there are {found} bytes and not {expected}")
            }
            EnvelopeError::Module => {
                f.write_str("they belong to another module, whose hash differs")
            }
            EnvelopeError::BodyChecksum => f.write_str("they are damaged"),
        }
    }
}

impl core::error::Error for EnvelopeError {}

/// What tells the modules apart to which stored bytes belong.
pub(crate) fn module_hash(module: &[u8]) -> u64 {
    let mut hash = Hash::default();
    hash.bytes(module);
    hash.finish()
}

/// The envelope of a body that belongs to a module.
pub(crate) fn seal(kind: Kind, module: &[u8], body: &[u8]) -> [u8; BYTES] {
    let mut header = [0; BYTES];
    put(&mut header, 0, MAGIC);
    put(&mut header, 4, VERSION.to_le_bytes());
    put(&mut header, 6, (kind as u16).to_le_bytes());
    put(&mut header, 8, (body.len() as u64).to_le_bytes());
    put(&mut header, 16, module_hash(module).to_le_bytes());
    put(&mut header, 24, crc32c(body).to_le_bytes());
    let checksum = crc32c(&header[..BYTES - 4]);
    put(&mut header, BYTES - 4, checksum.to_le_bytes());
    header
}

/// The body of stored bytes, if they are what was stored for this module.
pub(crate) fn open<'b>(
    kind: Kind,
    module: &[u8],
    stored: &'b [u8],
) -> Result<&'b [u8], EnvelopeError> {
    use EnvelopeError as E;
    let found = stored.len() as u64;
    let short = E::Length { expected: BYTES as u64, found };
    if stored.iter().zip(MAGIC).any(|(found, expected)| *found != expected) {
        return Err(E::Magic);
    }
    match u16::from_le_bytes(get(stored, 4).ok_or(short)?) {
        VERSION => {}
        1 => return Err(E::FirstVersion),
        other => return Err(E::Version(other)),
    }
    let (header, body) = stored.split_at_checked(BYTES).ok_or(short)?;
    if get(header, BYTES - 4) != Some(crc32c(&header[..BYTES - 4]).to_le_bytes()) {
        return Err(E::HeaderChecksum);
    }
    let found_kind = u16::from_le_bytes(get(header, 6).ok_or(short)?);
    if found_kind != kind as u16 {
        return Err(E::Kind(found_kind));
    }
    let length = u64::from_le_bytes(get(header, 8).ok_or(short)?);
    if length != body.len() as u64 {
        return Err(E::Length { expected: length.saturating_add(BYTES as u64), found });
    }
    if get(header, 16) != Some(module_hash(module).to_le_bytes()) {
        return Err(E::Module);
    }
    if get(header, 24) != Some(crc32c(body).to_le_bytes()) {
        return Err(E::BodyChecksum);
    }
    Ok(body)
}

/// The bytes from a place on; none if there are too few.
pub(crate) fn get<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// Puts bytes into a header, in which there is room for them.
fn put<const N: usize>(header: &mut [u8; BYTES], at: usize, bytes: [u8; N]) {
    header[at..at + N].copy_from_slice(&bytes);
}
