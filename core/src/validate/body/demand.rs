//! What an instruction asks of the operand stack, whatever lies there.

use alloc::vec::Vec;

use super::{BodyValidator, OperandType, Workspace};
use crate::decode::{Immediates, Reader, instruction};
use crate::error::ModuleError;
use crate::module::push;
use crate::operators::Operator;
use crate::validate::side_table::SideTables;

/// What an instruction takes from the operand stack, and how much it leaves.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::{ValType, validate};
///
/// let wat = "(module (memory 1) (func (param f32) (f32.store (i32.const 1) (local.get 0))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// let body = all.body(0).expect("it is not imported");
/// let store = body.end - 4; // with two immediates, before the `end`
/// let demand = validate::at(module.bytes(), all, &config, 0, store, |validator| {
///     validator.demand()
/// })?;
/// // The top of the stack comes first.
/// assert_eq!(demand.takes, [Some(ValType::F32), Some(ValType::I32)]);
/// assert_eq!(demand.gives, 0);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand {
    /// Types that it pops, in that order: the top first. None where any type will do.
    pub takes: Vec<OperandType>,
    /// How many operands it pushes.
    pub gives: usize,
}

impl BodyValidator<'_, '_> {
    /// What the next instruction asks for. It is validated on a stack of which
    /// nothing is known, where each operand is what is asked for; of an invalid
    /// instruction, that is all it asks before it turns out to be wrong.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::{ValType, validate};
    ///
    /// let wat = "(module (func (result i64) (block (result i64) (br 0 (i64.const 7)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// let body = all.body(0).expect("it is not imported");
    /// let branch = body.end - 4; // br 0, end, end
    /// let demand = validate::at(module.bytes(), all, &config, 0, branch, |validator| {
    ///     validator.demand()
    /// })?;
    /// assert_eq!(demand.takes, [Some(ValType::I64)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn demand(&self) -> Demand {
        let mut demand = Demand::default();
        // Where memory runs out, nothing is known of it.
        let _ = self.ask(&mut demand);
        demand
    }

    fn ask(&self, demand: &mut Demand) -> Result<(), ModuleError> {
        let known = &*self.workspace;
        let mut workspace = Workspace {
            operands: Vec::new(),
            vectors: 0,
            controls: copied(&known.controls, self.at)?,
            first_locals: copied(&known.first_locals, self.at)?,
            local_runs: copied(&known.local_runs, self.at)?,
            set: copied(&known.set, self.at)?,
            set_bits: copied(&known.set_bits, self.at)?,
            asked: Some(Vec::new()),
        };
        if let Some(block) = workspace.controls.last_mut() {
            (block.height, block.slots_below, block.unreachable) = (0, 0, true);
        }
        let mut tables = SideTables::default();
        let mut reader = Reader::new(self.reader.all(), self.body_start);
        reader.skip_to(self.reader.offset());
        let mut unknown = BodyValidator {
            reader,
            workspace: &mut workspace,
            tables: &mut tables,
            floor: 0,
            ..*self
        };
        let outcome = unknown.step();
        let (operator, gives) = (unknown.operator, unknown.workspace.operands.len());
        demand.takes = workspace.asked.take().unwrap_or_default();
        if outcome.is_ok() {
            demand.gives = gives;
            if operator == Operator::BrTable {
                self.ask_default_label(demand)?;
            }
        }
        Ok(())
    }

    /// A `br_table` looks at operands without popping them.
    fn ask_default_label(&self, demand: &mut Demand) -> Result<(), ModuleError> {
        let mut reader = Reader::new(self.reader.all(), self.body_start);
        reader.skip_to(self.reader.offset());
        let read = instruction(&mut reader)?;
        if let Immediates::Labels(labels) = &read.immediates
            && let Some(&label) = labels.last()
        {
            let (_, block) = self.label(label)?;
            for &ty in self.label_types(&block).iter().rev() {
                push(&mut demand.takes, Some(ty), self.at)?;
            }
        }
        Ok(())
    }
}

fn copied<T: Copy>(items: &[T], at: u32) -> Result<Vec<T>, ModuleError> {
    let mut copy = Vec::new();
    for &item in items {
        push(&mut copy, item, at)?;
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;
    use crate::config::Config;
    use crate::decode::{self, Unchecked};
    use crate::module::Declarations;
    use crate::validate;

    /// What each instruction of the first function asks for, until one is invalid.
    fn demands(wat: &str) -> Vec<(Operator, Demand)> {
        let (bytes, config) = (wat::parse_str(wat).unwrap(), Config::default());
        let mut all = Declarations::default();
        decode::module(&bytes, &config, &mut all, None, &mut Unchecked).unwrap();
        let mut demands = Vec::new();
        let _ = validate::body(&bytes, &all, &config, 0, |validator| {
            loop {
                let demand = validator.demand();
                let outcome = validator.step();
                demands.push((validator.operator, demand));
                if !outcome? {
                    return Ok(());
                }
            }
        });
        demands
    }

    fn takes(demand: &Demand) -> String {
        let name = |ty: &OperandType| ty.map_or_else(|| "any".into(), |ty| ty.to_string());
        demand.takes.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn operators_ask_for_what_their_blocks_labels_and_types_say() {
        let wat = "(module (func (result i64) (local f32)
            (i64.const 1) (i32.const 2)
            (if (param i64) (result i64)
                (then (drop) (i64.const 2) (i32.const 3) (br_table 0 1 0))
                (else))
            (local.get 0) (local.tee 0) (local.get 0) (i32.const 1) (select) (call 1)
            (return)) (func (param i64 f32)))";
        for (operator, takes_first, gives) in [
            (Operator::If, "i32 i64", 1),
            (Operator::Drop, "any", 0),
            (Operator::BrTable, "i32 i64", 0),
            (Operator::Else, "i64", 1),
            (Operator::LocalTee, "f32", 1),
            (Operator::Select, "i32 any any", 1),
            (Operator::Call, "f32 i64", 0),
            (Operator::Return, "i64", 0),
        ] {
            let found = demands(wat);
            let (_, demand) = found.iter().find(|(found, _)| *found == operator).unwrap();
            assert_eq!(
                (takes(demand).as_str(), demand.gives),
                (takes_first, gives),
                "{operator:?}"
            );
        }
    }

    #[test]
    fn an_invalid_instruction_asks_up_to_where_it_is_wrong() {
        let found = demands("(module (func (f32.const 1) (i32.const 2) (i32.add) (drop)))");
        let (operator, demand) = found.last().unwrap();
        assert_eq!((*operator, takes(demand).as_str()), (Operator::I32Add, "i32 i32"));
    }

    #[test]
    fn asking_changes_nothing() {
        let wat = "(module (func (param i32) (result i32)
            (block (block (block (br_table 0 1 2 (local.get 0)))) (loop (br_if 1 (local.get 0))))
            (i32.const 7)))";
        let bytes = wat::parse_str(wat).unwrap();
        let config = Config::default();
        let mut all = Declarations::default();
        decode::module(&bytes, &config, &mut all, None, &mut Unchecked).unwrap();
        let heights = |asks: bool| {
            validate::body(&bytes, &all, &config, 0, |validator| {
                let mut seen: Vec<(usize, usize)> = Vec::new();
                loop {
                    if asks {
                        let _ = validator.demand();
                    }
                    if !validator.step()? {
                        return Ok(seen);
                    }
                    seen.push((validator.operands().len(), validator.controls().len()));
                }
            })
        };
        assert_eq!(heights(true).unwrap(), heights(false).unwrap());
    }
}
