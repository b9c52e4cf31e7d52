//! How many operands an instruction takes and gives.

use crate::decode::{Immediates, Instruction};
use crate::module::Declarations;
use crate::operators::{Operand, Operator};
use crate::types::{CompositeType, FuncType, SubType};

/// How many operands an instruction takes from the operand stack, and how many
/// it leaves there when execution goes on behind it. Branches, blocks and their
/// ends take only what decides where to go: the operands they pass on stay.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::decode::Instructions;
/// use fayasm_core::text::StackEffect;
///
/// let wat = r#"(module
///   (import "env" "f" (func $f (param i32 i32) (result i64)))
///   (func (drop (call $f (i32.const 1) (i32.const 2)))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let mut code = Instructions::of_body(module.body(1).unwrap_or_default(), 0)?;
/// let call = code.nth(2).expect("there is one")?;
/// let effect = StackEffect::of(module.declarations(), &call);
/// assert_eq!(effect, StackEffect { pops: 2, pushes: 1 });
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StackEffect {
    /// Operands taken.
    pub pops: usize,
    /// Operands left in their place.
    pub pushes: usize,
}

impl StackEffect {
    /// The effect of an instruction of the module that declares `all`.
    ///
    /// ```
    /// use fayasm_core::decode::Instructions;
    /// use fayasm_core::module::Declarations;
    /// use fayasm_core::text::StackEffect;
    ///
    /// let all = Declarations::default();
    /// let store = Instructions::new(&[0x36, 2, 0], 0).next().expect("there is one")?; // i32.store
    /// assert_eq!(StackEffect::of(&all, &store), StackEffect { pops: 2, pushes: 0 });
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(all: &Declarations, instruction: &Instruction) -> Self {
        let signature = instruction.operator.row().signature;
        let count = |operands: &[Operand]| {
            operands.iter().filter(|&&operand| operand != Operand::Many).count()
        };
        let own = StackEffect { pops: count(signature.pops), pushes: count(signature.pushes) };
        let callee = callee(all, instruction);
        let (taken, left) = match (instruction.operator, &instruction.immediates, callee) {
            (
                Operator::ReturnCall | Operator::ReturnCallIndirect | Operator::ReturnCallRef,
                _,
                Some(ty),
            ) => (ty.params().len(), 0),
            (_, _, Some(ty)) => (ty.params().len(), ty.results().len()),
            (Operator::StructNew, Immediates::Type(ty), _) => match all.types.get(*ty) {
                Some(SubType { composite: CompositeType::Struct(ty), .. }) => {
                    (ty.fields().len(), 0)
                }
                _ => (0, 0),
            },
            (Operator::ArrayNewFixed, Immediates::TypeCount(_, count), _) => (*count as usize, 0),
            (Operator::Throw, Immediates::Tag(tag), _) => {
                let ty = all.tags.get(*tag as usize).and_then(|ty| all.types.func(*ty));
                (ty.map_or(0, |ty| ty.params().len()), 0)
            }
            _ => (0, 0),
        };
        StackEffect { pops: own.pops + taken, pushes: own.pushes + left }
    }
}

/// The type of what an instruction calls; none if it calls nothing.
///
/// ```
/// use fayasm_core::decode::{self, Reader};
/// use fayasm_core::text::callee;
/// use fayasm_core::{Engine, Module};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, wat::parse_str("(module (func (param i32)))")?)?;
/// let call = decode::instruction(&mut Reader::new(&[0x10, 0], 0))?; // call 0
/// let ty = callee(module.declarations(), &call).expect("it calls a function");
/// assert_eq!(ty.params().len(), 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[must_use]
pub fn callee<'a>(all: &'a Declarations, instruction: &Instruction) -> Option<&'a FuncType> {
    match (instruction.operator, &instruction.immediates) {
        (Operator::RefFunc, _) => None,
        (_, Immediates::Function(function)) => all.function_type(*function),
        (_, Immediates::TypeTable(ty, _)) => all.types.func(*ty),
        (Operator::CallRef | Operator::ReturnCallRef, Immediates::Type(ty)) => all.types.func(*ty),
        _ => None,
    }
}
