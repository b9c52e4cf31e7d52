//! What stands before everything that is stored: what it is, of which module, and checksums.
//!
//! All numbers are little-endian.
//!
//! | offset | bytes | |
//! | --- | --- | --- |
//! | 0 | 4 | `FYSM` |
//! | 4 | 2 | version of the format: 3 |
//! | 6 | 2 | kind: 0 a superblock, 1 microcode, 2 memory, 3 a snapshot; plus 0x8000 if it is removed |
//! | 8 | 8 | how many bytes follow this header |
//! | 16 | 8 | hash of the module's bytes |
//! | 24 | 4 | which of its kind: a memory's address |
//! | 28 | 4 | number of the piece |
//! | 32 | 8 | epoch |
//! | 40 | 4 | CRC-32C of what follows this header |
//! | 44 | 4 | CRC-32C of the 44 bytes before |
//!
//! A file of microcode, or of a state, has an epoch, a piece and a space of 0. The first 16 bytes are laid out as
//! in versions 1 and 2, which had 16 and 32.

use core::fmt;

use crate::crc::crc32c;
use crate::hash::Hash;
use crate::spill::ObjectKind;

/// Bytes of an envelope.
pub(crate) const BYTES: usize = 48;

const MAGIC: [u8; 4] = *b"FYSM";

/// The version of the format. A change of anything that is stored takes another.
pub(crate) const VERSION: u16 = 3;

/// The kind of a superblock.
pub(crate) const SUPERBLOCK: u16 = 0;

/// Why stored bytes are not what is looked for.
///
/// ```
/// use fayasm_core::EnvelopeError;
///
/// let reason = EnvelopeError::Version(2).to_string();
/// assert_eq!(reason, "they are of version 2 of the format, and this is version 3");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// They do not begin as stored bytes do.
    Magic,
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
///
/// ```
/// use fayasm_core::spill::module_hash;
///
/// assert_ne!(module_hash(b"one module"), module_hash(b"another"));
/// ```
#[must_use]
pub fn module_hash(module: &[u8]) -> u64 {
    let mut hash = Hash::default();
    hash.bytes(module);
    hash.finish()
}

/// What an envelope says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) kind: u16,
    pub(crate) length: u64,
    pub(crate) module: u64,
    pub(crate) space: u32,
    pub(crate) number: u32,
    pub(crate) epoch: u64,
    pub(crate) body_checksum: u32,
}

impl Envelope {
    /// The same, for this body.
    pub(crate) fn around(self, body: &[u8]) -> Self {
        Envelope { length: body.len() as u64, body_checksum: crc32c(body), ..self }
    }

    pub(crate) fn encode(&self) -> [u8; BYTES] {
        let mut header = [0; BYTES];
        put(&mut header, 0, MAGIC);
        put(&mut header, 4, VERSION.to_le_bytes());
        put(&mut header, 6, self.kind.to_le_bytes());
        put(&mut header, 8, self.length.to_le_bytes());
        put(&mut header, 16, self.module.to_le_bytes());
        put(&mut header, 24, self.space.to_le_bytes());
        put(&mut header, 28, self.number.to_le_bytes());
        put(&mut header, 32, self.epoch.to_le_bytes());
        put(&mut header, 40, self.body_checksum.to_le_bytes());
        let checksum = crc32c(&header[..BYTES - 4]);
        put(&mut header, BYTES - 4, checksum.to_le_bytes());
        header
    }

    /// What stands at the start of stored bytes.
    pub(crate) fn decode(stored: &[u8]) -> Result<Self, EnvelopeError> {
        use EnvelopeError as E;
        let short = E::Length { expected: BYTES as u64, found: stored.len() as u64 };
        if stored.iter().zip(MAGIC).any(|(found, expected)| *found != expected) {
            return Err(E::Magic);
        }
        match u16::from_le_bytes(get(stored, 4).ok_or(short)?) {
            VERSION => {}
            other => return Err(E::Version(other)),
        }
        let header: &[u8; BYTES] = stored.first_chunk().ok_or(short)?;
        let number = |at| get(header, at).map(u32::from_le_bytes).ok_or(short);
        let long = |at| get(header, at).map(u64::from_le_bytes).ok_or(short);
        if number(BYTES - 4)? != crc32c(&header[..BYTES - 4]) {
            return Err(E::HeaderChecksum);
        }
        Ok(Envelope {
            kind: u16::from_le_bytes(get(header, 6).ok_or(short)?),
            length: long(8)?,
            module: long(16)?,
            space: number(24)?,
            number: number(28)?,
            epoch: long(32)?,
            body_checksum: number(40)?,
        })
    }
}

/// The envelope of what belongs to a module and is no piece of anything.
pub(crate) fn seal(kind: ObjectKind, module: &[u8], body: &[u8]) -> [u8; BYTES] {
    let (kind, module) = (kind as u16, module_hash(module));
    let envelope = Envelope { kind, module, ..Envelope::default() };
    envelope.around(body).encode()
}

/// What is in stored bytes, if they are what was stored of this kind for this module.
pub(crate) fn open<'b>(
    kind: ObjectKind,
    module: &[u8],
    stored: &'b [u8],
) -> Result<&'b [u8], EnvelopeError> {
    use EnvelopeError as E;
    let envelope = Envelope::decode(stored)?;
    if envelope.kind != kind as u16 {
        return Err(E::Kind(envelope.kind));
    }
    // The envelope has been decoded from them.
    let body = stored.get(BYTES..).unwrap_or_default();
    if envelope.length != body.len() as u64 {
        let expected = envelope.length.saturating_add(BYTES as u64);
        return Err(E::Length { expected, found: stored.len() as u64 });
    }
    if envelope.module != module_hash(module) {
        return Err(E::Module);
    }
    if envelope.body_checksum != crc32c(body) {
        return Err(E::BodyChecksum);
    }
    Ok(body)
}

/// The bytes from a place on; none if there are too few.
pub(crate) fn get<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// Puts bytes into others, in which there is room for them.
pub(crate) fn put<const N: usize>(into: &mut [u8], at: usize, bytes: [u8; N]) {
    into[at..at + N].copy_from_slice(&bytes);
}
