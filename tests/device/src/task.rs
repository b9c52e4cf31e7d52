//! What a board is given to do, as `core/esp32/src/task.rs` reads it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Cursor, Write as _};
use std::path::Path;

use fatfs::{FileSystem, FormatVolumeOptions, FsOptions};
use fayasm_core::Translate;
use fayasm_fixtures::Call;

use crate::qemu::STORAGE;

/// What is asked of a board about a module, beside its calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// The most instructions that a call may execute.
    pub(crate) fuel: u64,
    /// When functions are translated.
    pub(crate) translate: Translate,
    /// The most bytes that objects may take.
    pub(crate) objects: u64,
    /// After how many instructions each a hash is wanted.
    pub(crate) hashes: Option<u64>,
}

/// Bytes of a sector.
const SECTOR: usize = 512;

/// Bytes of the storage: enough to store 900 pages.
const STORAGE_BYTES: usize = 8 << 20;

/// What the storage is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Storage {
    /// Sectors, and nothing else.
    Sectors,
    /// A file on an SD card.
    Card,
}

/// Makes storage that holds this in the beginning, in this folder.
pub(crate) fn write(folder: &Path, storage: Storage, content: &[u8]) -> io::Result<()> {
    let mut bytes = content.to_vec();
    bytes.resize(STORAGE_BYTES, 0);
    let bytes = match storage {
        Storage::Sectors => bytes,
        Storage::Card => card(&bytes)?,
    };
    File::create(folder.join(STORAGE))?.write_all(&bytes)
}

/// The sectors of a card with one partition, on which a file holds this.
fn card(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut partition = vec![0; 2 * STORAGE_BYTES];
    fatfs::format_volume(Cursor::new(&mut partition[..]), FormatVolumeOptions::new())?;
    let volume = FileSystem::new(Cursor::new(&mut partition[..]), FsOptions::new())?;
    // The file is in two pieces.
    let (half, rest) = content.split_at(content.len() / 2);
    let mut file = volume.root_dir().create_file("FAYASM.BIN")?;
    file.write_all(half)?;
    volume.root_dir().create_file("OTHER.TXT")?.write_all(b"between them")?;
    file.write_all(rest)?;
    drop(file);
    volume.unmount()?;
    // The partition begins with the second sector.
    let mut sectors = vec![0; SECTOR];
    let count = (partition.len() / SECTOR) as u32;
    // FAT16.
    sectors[0x1C2] = 0x06;
    sectors[0x1C6..0x1CA].copy_from_slice(&1_u32.to_le_bytes());
    sectors[0x1CA..0x1CE].copy_from_slice(&count.to_le_bytes());
    sectors[0x1FE..].copy_from_slice(&[0x55, 0xAA]);
    sectors.extend(partition);
    Ok(sectors)
}

/// The content of the storage, for these calls of a sample module.
pub(crate) fn of_samples(module: &[u8], calls: &[Call], settings: Settings) -> Vec<u8> {
    let mut lines = format!("tier {}\n", tier(settings.translate));
    // Writing to a string does not fail.
    let _ = writeln!(lines, "fuel {}", settings.fuel);
    let _ = writeln!(lines, "objects {}", settings.objects);
    if let Some(every) = settings.hashes {
        let _ = writeln!(lines, "hashes {every}");
    }
    for call in calls {
        let _ = writeln!(lines, "call {}{}", call.export, crate::expected::typed(&call.args));
    }
    storage(module, &lines)
}

/// What a task calls this.
pub(crate) fn tier(translate: Translate) -> &'static str {
    match translate {
        Translate::Never => "stepper",
        Translate::WhenHot => "auto",
        Translate::Always | Translate::Mixed => "microcode",
    }
}

/// The content of the storage, for these lines of a task.
pub(crate) fn storage(module: &[u8], lines: &str) -> Vec<u8> {
    let text = format!("fayasm task 1\nmodule {}\n{lines}end\n", module.len());
    let mut bytes = text.into_bytes();
    bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
    bytes.extend_from_slice(module);
    bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
    bytes
}
