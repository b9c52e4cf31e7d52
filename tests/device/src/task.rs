//! What a board is given to do, as `core/esp32/src/task.rs` reads it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

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
const STORAGE_BYTES: u64 = 8 << 20;

/// Makes storage that holds this in the beginning, in this folder.
pub(crate) fn write(folder: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(folder.join(STORAGE))?;
    file.write_all(content)?;
    file.set_len(STORAGE_BYTES)
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
