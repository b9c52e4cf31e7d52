//! `fayasm wat`: writes a module as text.

use std::io::{self, Write};
use std::path::Path;

use fayasm_core::Engine;
use wasmprinter::PrintIoWrite;

use crate::args::WatOptions;
use crate::failure::Failure;
use crate::output::Output;
use crate::{call, input};

/// What every module begins with, and nothing else that has a text.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

pub(crate) fn wat(options: &WatOptions) -> Result<(), Failure> {
    let file = &options.file;
    let bytes = input::module(file)?;
    if !bytes.starts_with(HEADER) {
        return Err(malformed(file, &bytes, "not a WebAssembly module"));
    }
    let mut config = wasmprinter::Config::new();
    config.print_offsets(options.offsets);
    config.print_skeleton(options.skeleton);
    config.fold_instructions(options.fold);
    let mut out = Output::open(&options.output)?;
    let mut lines = Lines { to: out.writer(), ended: true };
    let printed = config.print(&bytes, &mut PrintIoWrite(&mut lines));
    // The text of what is malformed ends anywhere; the error stands on a line of its own.
    let ended = if lines.ended { Ok(()) } else { lines.write_all(b"\n") };
    let printed = printed.and(ended.map_err(Into::into));
    let failed = printed.err().map(|error| match error.downcast::<io::Error>() {
        Ok(error) => out.done(Err(error)).err(),
        Err(other) => Some(malformed(file, &bytes, &other.to_string())),
    });
    match failed.flatten() {
        Some(failure @ Failure::Write(..)) => Err(failure),
        // What was written comes before the error.
        failed => out.finish().and(failed.map_or(Ok(()), Err)),
    }
}

/// What is wrong with bytes that have no text: in the engine's words, unless
/// the engine finds nothing wrong.
fn malformed(file: &Path, bytes: &[u8], words: &str) -> Failure {
    match call::validate(file, &Engine::default(), bytes) {
        Err(failure) => failure,
        Ok(_) => Failure::Text(file.to_owned(), words.to_owned()),
    }
}

/// A writer that knows whether its last line is ended.
struct Lines<'a> {
    to: &'a mut dyn Write,
    ended: bool,
}

impl Write for Lines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        if let Some(last) = bytes.get(..written).and_then(<[u8]>::last) {
            self.ended = *last == b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
