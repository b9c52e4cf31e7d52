//! `fayasm wat`: writes a module as text.

use std::io;

use wasmprinter::PrintIoWrite;

use crate::args::WatOptions;
use crate::failure::Failure;
use crate::output::Output;
use crate::{call, input};

pub(crate) fn wat(options: &WatOptions) -> Result<(), Failure> {
    let file = &options.module.file;
    let bytes = input::module(file)?;
    call::validate(file, options.module.proposals.config(), &bytes)?;
    let mut config = wasmprinter::Config::new();
    config.print_offsets(options.offsets);
    config.print_skeleton(options.skeleton);
    config.fold_instructions(options.fold);
    let mut out = Output::open(&options.output)?;
    if let Err(error) = config.print(&bytes, &mut PrintIoWrite(out.writer())) {
        match error.downcast::<io::Error>() {
            Ok(error) => out.done(Err(error))?,
            Err(other) => return Err(Failure::Text(file.clone(), format!("{other:#}"))),
        }
    }
    out.finish()
}
