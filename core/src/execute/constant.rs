//! Constant expressions (specification §3.3.10).

use crate::module::ConstExpr;
use crate::runtime::{GlobalData, NULL, slot_of_address};

/// The slots of the value of a constant expression in an instance whose
/// function and global indices stand for these addresses.
pub(crate) fn constant(
    expression: &ConstExpr,
    functions: &[u32],
    globals: &[u32],
    all_globals: &[GlobalData],
) -> [u64; 2] {
    let slot = match *expression {
        ConstExpr::I32(value) => u64::from(value.cast_unsigned()),
        ConstExpr::I64(value) => value.cast_unsigned(),
        ConstExpr::F32(bits) => u64::from(bits),
        ConstExpr::F64(bits) => bits,
        ConstExpr::RefNull(_) => NULL,
        // Indices in constant expressions are validated.
        ConstExpr::RefFunc(index) => slot_of_address(functions[index as usize]),
        ConstExpr::GlobalGet(index) => return all_globals[globals[index as usize] as usize].value,
    };
    [slot, 0]
}
