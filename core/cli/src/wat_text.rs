//! `fayasm wat`: writes a module as text.

use std::io;
use std::path::Path;

use fayasm_core::Config;
use wasmprinter::PrintIoWrite;

use crate::args::WatOptions;
use crate::failure::Failure;
use crate::output::Output;
use crate::{call, input};

pub(crate) fn wat(options: &WatOptions) -> Result<(), Failure> {
    let file = &options.file;
    let bytes = input::module(file)?;
    let mut config = wasmprinter::Config::new();
    config.print_offsets(options.offsets);
    config.print_skeleton(options.skeleton);
    config.fold_instructions(options.fold);
    let mut out = Output::open(&options.output)?;
    let printed = config.print(&bytes, &mut PrintIoWrite(out.writer()));
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
    match call::validate(file, Config::new(), bytes) {
        Err(failure) => failure,
        Ok(_) => Failure::Text(file.to_owned(), words.to_owned()),
    }
}
