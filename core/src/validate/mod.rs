//! Validation: whether a module keeps the rules (specification §3), in one pass
//! with decoding, and the side table that comes out of it.
//!
//! ```
//! use fayasm_core::{Engine, Module, ValType, validate};
//!
//! let wasm = wat::parse_str("(module (func (i32.const 1) (f64.const 2) (drop) (drop)))")?;
//! let module = Module::new(&Engine::default(), wasm)?;
//! let (all, config) = (module.declarations(), module.engine().config());
//! let first_drop = all.bodies[0].end - 3;
//! let types = validate::at(module.bytes(), all, config, 0, first_drop, |validator| {
//!     validator.operands().to_vec()
//! })?;
//! assert_eq!(types, [Some(ValType::I32), Some(ValType::F64)]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod body;
mod context;
mod declarations;
mod gc;
mod operators;
pub mod side_table;

use alloc::vec::Vec;

pub(crate) use body::Workspace;
pub use body::{BlockKind, BodyValidator, Control, Demand, OperandType};
pub use context::{Held, operands_held};

use crate::config::Config;
use crate::decode;
use crate::error::ModuleError;
use crate::module::Declarations;
use declarations::Validator;
pub(crate) use declarations::{memory_type, table_type};
use side_table::{BranchEntry, FunctionLayout, SideTables};

/// What validation finds out, and execution needs.
#[derive(Debug, Default)]
pub(crate) struct Validated {
    /// Layouts of all functions that are not imported.
    pub(crate) layouts: Vec<FunctionLayout>,
    /// Branches and handlers of all functions.
    pub(crate) tables: SideTables,
    /// Indices of the exports in the order of their names.
    pub(crate) exports_by_name: Vec<u32>,
}

/// Decodes and validates `bytes` into `declarations`.
pub(crate) fn module(
    bytes: &[u8],
    config: &Config,
    declarations: &mut Declarations,
) -> Result<Validated, ModuleError> {
    let mut validator = Validator::new(config);
    decode::module(bytes, config, declarations, None, &mut validator)?;
    Ok(validator.into_validated())
}

/// Validates the body of `function` up to the instruction at `offset` of the
/// module, and hands `look` the validator as it stands before that
/// instruction: the types on the operand stack and the blocks around.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::{ValType, validate};
///
/// let wat = "(module (func (param f32) (block (drop (f32.neg (local.get 0))))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// let body = all.body(0).expect("it is not imported");
/// let neg = body.end - 4; // f32.neg, drop, end, end
/// let (operands, depth) = validate::at(module.bytes(), all, &config, 0, neg, |validator| {
///     (validator.operands().to_vec(), validator.controls().len())
/// })?;
/// assert_eq!((operands, depth), (vec![Some(ValType::F32)], 2));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// What is wrong with the body before `offset`.
pub fn at<R>(
    bytes: &[u8],
    all: &Declarations,
    config: &Config,
    function: u32,
    offset: u32,
    look: impl FnOnce(&BodyValidator<'_, '_>) -> R,
) -> Result<R, ModuleError> {
    body(bytes, all, config, function, |validator| {
        while validator.offset() < offset && validator.step()? {}
        Ok(look(validator))
    })
}

/// Validates the body of `function`, and hands `visit` the validator as it
/// stands before each instruction, until that says to stop.
///
/// # Errors
///
/// What is wrong with the body up to there.
pub(crate) fn walk(
    bytes: &[u8],
    all: &Declarations,
    config: &Config,
    function: u32,
    mut visit: impl FnMut(&BodyValidator<'_, '_>) -> bool,
) -> Result<(), ModuleError> {
    body(bytes, all, config, function, |validator| {
        while !validator.controls().is_empty() && visit(validator) && validator.step()? {}
        Ok(())
    })
}

/// Hands `walk` a validator that stands before the first instruction of the body of
/// `function`, to be stepped.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::validate;
///
/// let wat = "(module (func (block (nop))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// let deepest = validate::body(module.bytes(), all, &config, 0, |validator| {
///     let mut deepest = 0;
///     while validator.step()? {
///         deepest = deepest.max(validator.controls().len());
///     }
///     Ok(deepest)
/// })?;
/// assert_eq!(deepest, 2); // the function's own block, and the one in it
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// What is wrong with the locals; whatever `walk` returns.
pub fn body<R>(
    bytes: &[u8],
    all: &Declarations,
    config: &Config,
    function: u32,
    walk: impl FnOnce(&mut BodyValidator<'_, '_>) -> Result<R, ModuleError>,
) -> Result<R, ModuleError> {
    let span = all.body(function).unwrap_or_default();
    let code = bytes.get(span.range()).unwrap_or_default();
    let (mut workspace, mut tables) = (Workspace::default(), SideTables::default());
    let mut validator = BodyValidator::new(
        all,
        config,
        None,
        function,
        code,
        span.start,
        &mut workspace,
        &mut tables,
    )?;
    walk(&mut validator)
}
