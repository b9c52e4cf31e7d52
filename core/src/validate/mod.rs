//! Validation
pub mod side_table;
use alloc::vec::Vec;
use side_table::*;
use crate::*;
use crate::module::Declarations;

/// What validation finds out, and execution needs.
#[derive(Debug, Default)]
pub(crate) struct Validated {
    /// Layouts of all functions that are not imported.
    pub(crate) layouts: Vec<FunctionLayout>,
    /// Side-table entries of all functions.
    pub(crate) side_table: Vec<BranchEntry>,
}
pub(crate) fn module(_bytes: &[u8], _config: &Config, _declarations: &mut Declarations) -> Result<Validated, ModuleError> { Ok(Validated::default()) }
