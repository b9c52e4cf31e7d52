//! `fayasm dump`: lists everything that a module declares.

use std::io::{self, Write};

use fayasm_core::decode::{self, Unchecked};
use fayasm_core::module::Declarations;
use fayasm_core::{Config, Engine, Module, text};

use crate::args::DumpOptions;
use crate::call::open;
use crate::failure::Failure;

pub(crate) fn dump(options: &DumpOptions) -> Result<(), Failure> {
    let bytes = open(&options.file)?;
    let mut all = Declarations::default();
    // What can be decoded is listed, whatever is wrong behind it.
    let _ = decode::module(&bytes, &Config::default(), &mut all, None, &mut Unchecked);
    let mut listing = String::new();
    // Writing to a string cannot fail.
    let _ = text::dump(&mut listing, &bytes, &all, options.code);
    io::stdout().lock().write_all(listing.as_bytes())?;
    Module::new(&Engine::default(), bytes)
        .map_err(|error| Failure::Module(options.file.clone(), error))?;
    Ok(())
}
