//! Validation: whether a module keeps the rules (specification §3), in one pass
//! with decoding, and the side table that comes out of it.

mod body;
mod declarations;
mod operators;
pub mod side_table;

use alloc::vec::Vec;

pub use body::{BlockKind, BodyValidator, Control, OperandType, Workspace};

use crate::config::Config;
use crate::decode::{self, Silent};
use crate::error::ModuleError;
use crate::module::Declarations;
use declarations::Validator;
use side_table::{BranchEntry, FunctionLayout};

/// What validation finds out, and execution needs.
#[derive(Debug, Default)]
pub(crate) struct Validated {
    /// Layouts of all functions that are not imported.
    pub(crate) layouts: Vec<FunctionLayout>,
    /// Side-table entries of all functions.
    pub(crate) side_table: Vec<BranchEntry>,
}

/// Decodes and validates `bytes` into `declarations`.
pub(crate) fn module(
    bytes: &[u8],
    config: &Config,
    declarations: &mut Declarations,
) -> Result<Validated, ModuleError> {
    let mut validator = Validator::new(config);
    decode::module(bytes, config, declarations, &mut Silent, &mut validator)?;
    Ok(validator.into_validated())
}
