//! Reading modules: from files and standard input, as binary and as text.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The longest module, in bytes: as long as browsers take. What is longer is
/// not read.
const MAX_LENGTH: u64 = 1 << 30;

/// The bytes of a module; text is assembled.
pub(crate) fn module(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(path)?;
    match is_text(path, &bytes) {
        true => assemble(path, &bytes),
        false => Ok(bytes),
    }
}

/// The text of a script.
pub(crate) fn script(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::Text(path.to_owned(), format!("not UTF-8, at byte {at:#x}"))
    })
}

/// Whether a path stands for standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether both are there, and are one.
pub(crate) fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// The name by which to speak of a file.
pub(crate) fn shown(path: &Path) -> PathBuf {
    if is_stdin(path) { PathBuf::from("standard input") } else { path.to_owned() }
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Read(path.to_owned(), error);
    let mut bytes = Vec::new();
    let length = match is_stdin(path) {
        true => io::stdin().lock().take(MAX_LENGTH + 1).read_to_end(&mut bytes),
        false => {
            let file = File::open(path).map_err(failed)?;
            file.take(MAX_LENGTH + 1).read_to_end(&mut bytes)
        }
    }
    .map_err(failed)?;
    if length as u64 > MAX_LENGTH {
        return Err(Failure::Text(path.to_owned(), "longer than 1 GiB".to_owned()));
    }
    Ok(bytes)
}

/// Whether it is to be assembled: by its name, or by how it begins.
fn is_text(path: &Path, bytes: &[u8]) -> bool {
    match path.extension().and_then(OsStr::to_str) {
        Some("wat") => true,
        Some("wasm") => false,
        _ => matches!(bytes.trim_ascii_start(), [b'(' | b';', ..]),
    }
}

fn assemble(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let shown = shown(path);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Failure::Text(path.to_owned(), format!("not UTF-8, at byte {at:#x}"))
    })?;
    wat::Parser::new()
        .parse_str(Some(&shown), text)
        // The error says the file's name, line and column itself.
        .map_err(|error| Failure::Assembly(error.to_string()))
}
