//! `fayasm validate`: checks modules.

use fayasm_core::Engine;

use crate::args::{Manners, ValidateOptions};
use crate::call::validated;
use crate::failure::Failure;
use crate::input::shown;
use crate::output::{GOOD, Output};
use crate::say;

pub(crate) fn validate(options: &ValidateOptions, manners: &Manners) -> Result<(), Failure> {
    let mut out = Output::stdout();
    let (engine, mut failed) = (Engine::new(options.proposals.config()), None);
    for file in &options.files {
        match validated(file, &engine) {
            Ok(_) if manners.quiet => {}
            Ok(_) => {
                out.line(format_args!("{}: {GOOD}valid{GOOD:#}", shown(file).display()))?;
            }
            Err(failure) => {
                out.flush()?;
                say(&failure);
                failed = Some(Failure::Files);
            }
        }
    }
    out.finish()?;
    failed.map_or(Ok(()), Err)
}
