//! The control stack of validation, and what branches leave in the side table.

use super::{BodyValidator, slots};
use crate::error::{IndexSpace, ModuleError, ModuleErrorKind as Kind};
use crate::module::{BlockType, push};
use crate::types::ValType;
use crate::validate::side_table::{BranchEntry, Handler};

/// What opened a block.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::validate::{self, BlockKind};
///
/// let wat = "(module (func (loop (nop))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// # let body = all.body(0).expect("it is not imported");
/// let at = body.end - 3; // nop, end, end
/// let kind = validate::at(module.bytes(), all, &config, 0, at, |validator| {
///     validator.controls().last().map(|block| block.kind)
/// })?;
/// assert_eq!(kind, Some(BlockKind::Loop));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// The function itself.
    Function,
    /// `block`
    Block,
    /// `loop`
    Loop,
    /// `if`, before its `else`.
    If,
    /// `if`, after its `else`.
    Else,
    /// `try_table`
    TryTable,
}

/// Ends a chain of side-table entries that wait for their target.
const CHAIN_END: u32 = u32::MAX;

/// A block that validation is inside of.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::validate::{self, BlockKind};
///
/// let wat = "(module (func (i32.const 1) (block (br 0) (nop)) (drop)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// # let body = all.body(0).expect("it is not imported");
/// let at = body.end - 4; // nop, end, drop, end
/// let block = validate::at(module.bytes(), all, &config, 0, at, |validator| {
///     validator.controls().last().copied()
/// })?;
/// let block = block.expect("it stands in one");
/// assert_eq!((block.kind, block.height, block.unreachable), (BlockKind::Block, 1, true));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// What opened it.
    pub kind: BlockKind,
    /// What it takes and gives.
    pub ty: BlockType,
    /// Operands below it, which it cannot reach.
    pub height: u32,
    /// Slots that these take.
    pub(super) slots_below: u32,
    /// Slots that a branch to it keeps.
    label_slots: u32,
    /// Offset of the last `br_table` that was found to fit a branch to it.
    fits_table_at: u32,
    /// How many locals that start out as nothing had been set before it.
    set_before: u32,
    /// Offset in the module of the operator that opened it.
    pub opened_at: u32,
    /// Whether what comes next cannot be reached.
    pub unreachable: bool,
    /// Of a loop: where a branch to it goes, in bytes from the start of the body.
    loop_start: u32,
    /// Of a loop: the next side-table entry there.
    loop_entry: u32,
    /// Of an `if`: its own side-table entry. Of a `try_table`: its handler.
    own: u32,
    /// Last of the side-table entries that wait for the end of this block; each
    /// holds the one before as its target.
    waiting: u32,
}

impl<'m> BodyValidator<'m, '_> {
    /// Types that a block takes.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::{ValType, validate};
    ///
    /// let wat = "(module (func (i64.const 1) (block (param i64) (drop))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let at = body.end - 3; // drop, end, end
    /// let params = validate::at(module.bytes(), all, &config, 0, at, |validator| {
    ///     validator.controls().last().map(|block| validator.block_params(block).to_vec())
    /// })?;
    /// assert_eq!(params, Some(vec![ValType::I64]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn block_params(&self, control: &Control) -> &'m [ValType] {
        match (control.kind, control.ty) {
            (BlockKind::Function, _) | (_, BlockType::Empty | BlockType::Value(_)) => &[],
            (_, BlockType::Func(ty)) => match self.all.types.func(ty) {
                Some(ty) => ty.params(),
                None => &[],
            },
        }
    }

    /// Types that a block gives.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::{ValType, validate};
    ///
    /// let wat = "(module (func (drop (block (result f64) (f64.const 1)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let inside = body.end - 3; // end, drop, end
    /// let types = validate::at(module.bytes(), all, &config, 0, inside, |validator| {
    ///     validator.controls().last().map(|block| validator.block_results(block).to_vec())
    /// })?;
    /// assert_eq!(types, Some(vec![ValType::F64]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn block_results<'a>(&self, control: &'a Control) -> &'a [ValType]
    where
        'm: 'a,
    {
        match (control.kind, &control.ty) {
            (BlockKind::Function, _) => self.results,
            (_, BlockType::Empty) => &[],
            (_, BlockType::Value(ty)) => core::slice::from_ref(ty),
            (_, BlockType::Func(ty)) => match self.all.types.func(*ty) {
                Some(ty) => ty.results(),
                None => &[],
            },
        }
    }

    /// Types that a branch to a block takes.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::validate;
    ///
    /// let wat = "(module (func (drop (loop (result f64) (f64.const 1)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let inside = body.end - 3; // end, drop, end
    /// let types = validate::at(module.bytes(), all, &config, 0, inside, |validator| {
    ///     validator.controls().last().map(|block| validator.label_types(block).to_vec())
    /// })?;
    /// // A branch to a loop begins it again: it takes what the loop does.
    /// assert_eq!(types, Some(vec![]));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn label_types<'a>(&self, control: &'a Control) -> &'a [ValType]
    where
        'm: 'a,
    {
        match control.kind {
            BlockKind::Loop => self.block_params(control),
            _ => self.block_results(control),
        }
    }

    /// Opens a block whose parameters have been popped.
    pub(in crate::validate) fn open_block(
        &mut self,
        kind: BlockKind,
        ty: BlockType,
    ) -> Result<(), ModuleError> {
        // Operands and entries are fewer than bytes, which fit 32 bits.
        let height = self.workspace.operands.len() as u32;
        let mut control = Control {
            kind,
            ty,
            height,
            slots_below: self.workspace.slots() as u32,
            label_slots: 0,
            // No operator stands there.
            fits_table_at: 0,
            // A body has fewer locals than 32 bits can count.
            set_before: self.workspace.set.len() as u32,
            opened_at: self.at,
            unreachable: false,
            loop_start: self.position(),
            loop_entry: self.next_entry(),
            own: CHAIN_END,
            waiting: CHAIN_END,
        };
        control.label_slots = slots(self.label_types(&control));
        push(&mut self.workspace.controls, control, self.at)?;
        self.floor = height as usize;
        let params = self.block_params(&control);
        self.push_all(params)
    }

    /// Opens an `if`, which owns a side-table entry.
    pub(in crate::validate) fn open_if(&mut self, ty: BlockType) -> Result<(), ModuleError> {
        let entry = self.add_entry(0, 0)?;
        self.open_block(BlockKind::If, ty)?;
        if let Some(control) = self.workspace.controls.last_mut() {
            control.own = entry;
        }
        Ok(())
    }

    /// Opens a `try_table`, whose clauses were read from `clauses` on and own
    /// side-table entries from `entry` on.
    pub(in crate::validate) fn open_try_table(
        &mut self,
        ty: BlockType,
        clauses: u32,
        entry: u32,
    ) -> Result<(), ModuleError> {
        let handler = Handler {
            function: self.function,
            start: self.position(),
            end: 0,
            clauses,
            entry,
            height: self.workspace.slots() as u32,
        };
        // Handlers are fewer than bytes, which fit 32 bits.
        let own = self.tables.handlers.len() as u32;
        push(&mut self.tables.handlers, handler, self.at)?;
        self.open_block(BlockKind::TryTable, ty)?;
        if let Some(control) = self.workspace.controls.last_mut() {
            control.own = own;
        }
        Ok(())
    }

    /// Closes the innermost block: its results are on the operand stack, and nothing else.
    fn close_block(&mut self) -> Result<Control, ModuleError> {
        let Some(control) = self.workspace.controls.last().copied() else {
            return Err(self.error(Kind::OperatorsAfterEnd));
        };
        self.pop_all(self.block_results(&control))?;
        let left = self.workspace.operands.len() - self.floor;
        if left != 0 {
            return Err(self.error(Kind::LeftoverOperands(left as u32)));
        }
        self.workspace.controls.pop();
        // What was set inside may not have been set.
        self.workspace.unset_after(control.set_before);
        self.floor = self.workspace.controls.last().map_or(0, |outer| outer.height as usize);
        Ok(control)
    }

    /// `else`
    pub(in crate::validate) fn validate_else(&mut self) -> Result<(), ModuleError> {
        if self.workspace.controls.last().is_none_or(|control| control.kind != BlockKind::If) {
            return Err(self.error(Kind::ElseWithoutIf));
        }
        let control = self.close_block()?;
        let entry = self.add_entry(0, 0)?;
        self.resolve(control.own, self.position());
        self.open_block(BlockKind::Else, control.ty)?;
        if let Some(opened) = self.workspace.controls.last_mut() {
            opened.opened_at = control.opened_at;
            opened.waiting = control.waiting;
        }
        self.wait(self.workspace.controls.len() - 1, entry);
        Ok(())
    }

    /// `end`
    pub(in crate::validate) fn validate_end(&mut self) -> Result<(), ModuleError> {
        let control = self.close_block()?;
        let target = match control.kind {
            // Its own `end` returns.
            BlockKind::Function => self.at - self.body_start,
            _ => self.position(),
        };
        if control.kind == BlockKind::If {
            let params = self.block_params(&control);
            if !self.all.types.all_match(params, self.block_results(&control)) {
                return Err(self.error(Kind::IfWithoutElse));
            }
            self.resolve(control.own, target);
        }
        if control.kind == BlockKind::TryTable
            && let Some(handler) = self.tables.handlers.get_mut(control.own as usize)
        {
            handler.end = self.at - self.body_start;
        }
        let mut entry = control.waiting;
        while entry != CHAIN_END {
            let before = self.tables.branches.get(entry as usize).map_or(CHAIN_END, |e| e.target);
            self.resolve(entry, target);
            entry = before;
        }
        if control.kind == BlockKind::Function {
            return Ok(());
        }
        self.push_all(self.block_results(&control))
    }

    /// What follows cannot be reached: its operands can be anything.
    pub(in crate::validate) fn set_unreachable(&mut self) {
        self.workspace.operands.truncate(self.floor);
        if let Some(control) = self.workspace.controls.last_mut() {
            control.unreachable = true;
            self.workspace.vectors = (control.slots_below - control.height) as usize;
        }
    }

    /// The block that a label names.
    pub(in crate::validate) fn label(&self, label: u32) -> Result<(usize, Control), ModuleError> {
        let controls = &self.workspace.controls;
        let found = controls.len().checked_sub(1).and_then(|last| last.checked_sub(label as usize));
        match found.and_then(|index| Some((index, *controls.get(index)?))) {
            Some(found) => Ok(found),
            None => {
                let count = u32::try_from(controls.len()).unwrap_or(u32::MAX);
                let space = IndexSpace::Label;
                Err(self.error(Kind::UnknownIndex { space, index: label, count }))
            }
        }
    }

    /// A branch to `label`, before its operands are popped: adds its side-table
    /// entry, and gives the types that it takes.
    pub(in crate::validate) fn branch<'a>(
        &mut self,
        index: usize,
        control: &'a Control,
    ) -> Result<&'a [ValType], ModuleError>
    where
        'm: 'a,
    {
        let types = self.label_types(control);
        let keep = control.label_slots;
        let above = self.workspace.slots().saturating_sub(control.slots_below as usize) as u32;
        let entry = self.add_entry(keep, above.saturating_sub(keep))?;
        if control.kind == BlockKind::Loop {
            if let Some(entry) = self.tables.branches.get_mut(entry as usize) {
                entry.target = control.loop_start;
                entry.next_entry = control.loop_entry;
            }
        } else {
            self.wait(index, entry);
        }
        Ok(types)
    }

    /// Whether the current `br_table` was found to fit a branch to this block.
    pub(in crate::validate) fn fits_table(&self, control: &Control) -> bool {
        control.fits_table_at == self.at
    }

    /// Notes that the current `br_table` fits a branch to a block.
    pub(in crate::validate) fn note_fits_table(&mut self, index: usize) {
        if let Some(control) = self.workspace.controls.get_mut(index) {
            control.fits_table_at = self.at;
        }
    }

    // The side table.

    /// Bytes from the start of the body to the next instruction.
    pub(in crate::validate) fn position(&self) -> u32 {
        self.reader.offset() - self.body_start
    }

    pub(crate) fn next_entry(&self) -> u32 {
        self.tables.branches.len() as u32 - self.layout.first_entry
    }

    fn add_entry(&mut self, keep: u32, drop: u32) -> Result<u32, ModuleError> {
        let Some(entry) = BranchEntry::unresolved(keep, drop) else {
            let limit = BranchEntry::MAX_DROP;
            return Err(self.error(Kind::TooMany { what: "operands below a branch", limit }));
        };
        let index = self.tables.branches.len() as u32;
        push(&mut self.tables.branches, entry, self.at)?;
        Ok(index)
    }

    /// Lets an entry wait for the end of a block.
    fn wait(&mut self, control: usize, entry: u32) {
        let Some(control) = self.workspace.controls.get_mut(control) else { return };
        if let Some(waiting) = self.tables.branches.get_mut(entry as usize) {
            waiting.target = control.waiting;
            control.waiting = entry;
        }
    }

    fn resolve(&mut self, entry: u32, target: u32) {
        let next_entry = self.next_entry();
        if let Some(entry) = self.tables.branches.get_mut(entry as usize) {
            entry.target = target;
            entry.next_entry = next_entry;
        }
    }
}
