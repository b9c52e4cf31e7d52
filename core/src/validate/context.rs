//! What the operand stack held where a body turned out to be invalid.

use alloc::vec::Vec;

use super::body;
use super::body::OperandType;
use crate::config::Config;
use crate::decode::{Reader, instruction};
use crate::error::ModuleError;
use crate::module::Declarations;
use crate::text::StackEffect;

/// An operand at the place of an error.
///
/// ```
/// # use fayasm_core::decode::Unchecked;
/// # use fayasm_core::module::Declarations;
/// # use fayasm_core::{Config, decode};
/// use fayasm_core::{Engine, Module, ValType, validate};
///
/// let wasm = wat::parse_str("(module (func (result i32) (f64.neg (f64.const 1))))")?;
/// # let config = Config::new();
/// # let mut all = Declarations::default();
/// # decode::module(&wasm, &config, &mut all, None, &mut Unchecked)?;
/// let error = Module::new(&Engine::default(), wasm.as_slice()).unwrap_err();
/// let held = validate::operands_held(&wasm, &all, &config, &error).expect("it lies in a body");
/// assert_eq!(held[0].ty, Some(ValType::F64));
/// assert_eq!(wasm[held[0].pushed_at as usize], 0x9A); // f64.neg
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its type; none where it can be any.
    pub ty: OperandType,
    /// Offset in the module of the instruction that left it there.
    pub pushed_at: u32,
}

/// What the operand stack held before the instruction that `error` is about,
/// the top last: found by validating the body again. None if the error does
/// not lie in a body of `bytes`, which declare `all`.
///
/// ```
/// use fayasm_core::decode::Unchecked;
/// use fayasm_core::module::Declarations;
/// use fayasm_core::{Config, Engine, Module, ValType, decode, validate};
///
/// let wasm = wat::parse_str("(module (func (i32.add (i32.const 1) (f32.const 2)) (drop)))")?;
/// let (mut all, config) = (Declarations::default(), Config::new());
/// decode::module(&wasm, &config, &mut all, None, &mut Unchecked)?; // decodes, does not validate
/// let error = Module::new(&Engine::default(), wasm.as_slice()).unwrap_err();
/// let held = validate::operands_held(&wasm, &all, &config, &error).expect("it lies in a body");
/// let types: Vec<_> = held.iter().filter_map(|held| held.ty).collect();
/// assert_eq!(types, [ValType::I32, ValType::F32]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn operands_held(
    bytes: &[u8],
    all: &Declarations,
    config: &Config,
    error: &ModuleError,
) -> Option<Vec<Held>> {
    body(bytes, all, config, error.function()?, |validator| {
        let mut pushed_at: Vec<u32> = Vec::new();
        while validator.offset() < error.offset() {
            let at = validator.offset();
            let mut reader = Reader::new(bytes, 0);
            reader.skip_to(at);
            let effect = StackEffect::of(all, &instruction(&mut reader)?);
            if !validator.step()? {
                break;
            }
            let height = validator.operands().len();
            pushed_at.truncate(height.saturating_sub(effect.pushes));
            pushed_at.resize(height, at);
        }
        let held = validator.operands().iter().zip(pushed_at);
        Ok(held.map(|(&ty, pushed_at)| Held { ty, pushed_at }).collect())
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{self, Unchecked};
    use crate::engine::Engine;
    use crate::module::Module;
    use crate::types::ValType;

    #[test]
    fn a_mismatch_knows_what_lies_on_the_stack_and_who_pushed_it() {
        let bytes = wat::parse_str(
            "(module (func (param f64) (result i32)
                 (i32.const 1) (if (result i32) (then (i32.const 2)) (else (i32.const 3)))
                 (local.get 0) (i32.add)))",
        )
        .unwrap();
        let error = Module::new(&Engine::default(), bytes.as_slice()).unwrap_err();
        let mut all = Declarations::default();
        let config = Config::default();
        decode::module(&bytes, &config, &mut all, None, &mut Unchecked).unwrap();
        let held = operands_held(&bytes, &all, &config, &error).unwrap();
        let types: Vec<_> = held.iter().map(|held| held.ty).collect();
        assert_eq!(types, [Some(ValType::I32), Some(ValType::F64)]);
        let code = |held: &Held| bytes[held.pushed_at as usize];
        // The constant of the else part, and `local.get`.
        assert_eq!((code(&held[0]), code(&held[1])), (0x41, 0x20));
    }
}
