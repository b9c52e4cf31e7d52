//! `fayasm dump`: lists everything that a module declares.

mod json;

use fayasm_core::decode::{self, Unchecked};
use fayasm_core::module::{Declarations, NameIndex, Names};
use fayasm_core::text::{self, Disassembly};
use fayasm_core::{Engine, Module};
use fayasm_dwarf::demangle;

use crate::args::DumpOptions;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::refusal::Refusal;

pub(crate) fn dump(options: &DumpOptions) -> Result<(), Failure> {
    let file = &options.module.file;
    let bytes = input::module(file)?;
    let config = options.module.proposals.config();
    let mut all = Declarations::default();
    // What can be decoded is listed, whatever is wrong behind it.
    let _ = decode::module(&bytes, &config, &mut all, None, &mut Unchecked);
    let error = Module::new(&Engine::new(config), bytes.as_slice()).err();
    let mut out = Output::open(&options.output)?;
    match options.json {
        true => json::write(&mut out, &bytes, &all, error.as_ref(), options.code)?,
        false => {
            let index = NameIndex::new(&bytes, &all);
            let listing = Disassembly::new(&all, Names::new(&bytes, &all, &index));
            out.text(|out| text::dump(out, listing.with_demangler(demangle), options.code))?;
        }
    }
    out.finish()?;
    match error {
        Some(error) => Err(Failure::Module(file.clone(), Box::new(Refusal::new(error, &bytes)))),
        None => Ok(()),
    }
}
