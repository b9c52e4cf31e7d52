//! Bodies of functions: the operand stack and the control stack of validation
//! (specification appendix A.3), and what they leave behind for execution.

mod demand;

use alloc::vec::Vec;

pub use self::demand::Demand;
use super::declarations::known;
use super::side_table::{BranchEntry, FunctionLayout, Handler, SideTables, VectorLocals};
use crate::config::Config;
use crate::decode::{MAX_LOCALS, Reader, locals};
use crate::error::{IndexSpace, ModuleError, ModuleErrorKind as Kind};
use crate::module::{BlockType, Declarations, Span, push};
use crate::operators::Operator;
use crate::types::{HeapType, RefType, ValType};

/// The type of an operand; none where it can be any, after a branch that is
/// always taken.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::{ValType, validate};
///
/// let wat = "(module (func (unreachable) (drop) (i32.add) (drop)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// # let body = all.body(0).expect("it is not imported");
/// let at = body.end - 2; // the last `drop`
/// let types = validate::at(module.bytes(), all, &config, 0, at, |validator| {
///     validator.operands().to_vec()
/// })?;
/// assert_eq!(types, [Some(ValType::I32)]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub type OperandType = Option<ValType>;

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
    slots_below: u32,
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

/// Locals whose types are kept one by one, which most functions have no more of.
const FIRST_LOCALS: usize = 64;

/// Buffers that outlive one body, so that the next need not allocate them again.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    operands: Vec<OperandType>,
    /// How many of the operands are vectors, which take a slot more.
    vectors: usize,
    controls: Vec<Control>,
    /// Types of the first locals.
    first_locals: Vec<ValType>,
    /// Types of all locals: runs of the same, by their ends.
    local_runs: Vec<(u32, ValType)>,
    /// Locals that start out as nothing and have been set, in the order in
    /// which they were.
    set: Vec<u32>,
    /// The same, a bit for each local.
    set_bits: Vec<u64>,
    /// Operands asked for where nothing is known of the stack, if that is noted.
    asked: Option<Vec<OperandType>>,
}

impl Workspace {
    fn clear(&mut self) {
        self.operands.clear();
        self.vectors = 0;
        self.controls.clear();
        self.first_locals.clear();
        self.local_runs.clear();
        self.set.clear();
        self.set_bits.clear();
    }

    /// How many locals there are.
    fn locals(&self) -> u32 {
        self.local_runs.last().map_or(0, |(end, _)| *end)
    }

    /// Adds so many locals of a type. The work does not grow with the number.
    fn add_locals(&mut self, count: u32, ty: ValType, at: u32) -> Result<(), ModuleError> {
        // There are at most as many as a function may have.
        let end = self.locals() + count;
        match self.local_runs.last_mut() {
            Some((last, known)) if *known == ty => *last = end,
            _ => push(&mut self.local_runs, (end, ty), at)?,
        }
        for _ in self.first_locals.len()..FIRST_LOCALS.min(end as usize) {
            push(&mut self.first_locals, ty, at)?;
        }
        Ok(())
    }

    /// The type of a local.
    #[inline]
    fn local(&self, index: u32) -> Option<ValType> {
        match self.first_locals.get(index as usize) {
            Some(ty) => Some(*ty),
            None => self.later_local(index),
        }
    }

    #[cold]
    fn later_local(&self, index: u32) -> Option<ValType> {
        let run = self.local_runs.partition_point(|(end, _)| *end <= index);
        Some(self.local_runs.get(run)?.1)
    }

    /// Slots that the operands take.
    fn slots(&self) -> usize {
        self.operands.len() + self.vectors
    }

    fn is_set(&self, local: u32) -> bool {
        let word = self.set_bits.get((local / 64) as usize).copied().unwrap_or(0);
        word >> (local % 64) & 1 != 0
    }

    fn set(&mut self, local: u32, at: u32) -> Result<(), ModuleError> {
        let word = (local / 64) as usize;
        while self.set_bits.len() <= word {
            push(&mut self.set_bits, 0, at)?;
        }
        if let Some(bits) = self.set_bits.get_mut(word) {
            *bits |= 1 << (local % 64);
        }
        push(&mut self.set, local, at)
    }

    /// Forgets all locals that were set after so many.
    fn unset_after(&mut self, count: u32) {
        for local in self.set.drain(count as usize..) {
            if let Some(bits) = self.set_bits.get_mut((local / 64) as usize) {
                *bits &= !(1 << (local % 64));
            }
        }
    }
}

/// Validates one body, instruction by instruction.
///
/// Between two instructions, [`operands`](Self::operands) and
/// [`controls`](Self::controls) show the types on the operand stack and the
/// blocks around: the same that hold whenever execution comes to this place.
///
/// ```
/// # use fayasm_core::{Config, Engine, Module};
/// use fayasm_core::{ValType, validate};
///
/// let wat = "(module (func (param f32) (i32.const 1) (drop)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let (all, config) = (module.declarations(), Config::new());
/// # let body = all.body(0).expect("it is not imported");
/// let at = body.end - 2; // drop, end
/// let (locals, operands) = validate::at(module.bytes(), all, &config, 0, at, |validator| {
///     (validator.locals().collect::<Vec<_>>(), validator.operands().to_vec())
/// })?;
/// assert_eq!(locals, [ValType::F32]);
/// assert_eq!(operands, [Some(ValType::I32)]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BodyValidator<'m, 'w> {
    pub(super) all: &'m Declarations,
    pub(super) config: &'m Config,
    pub(super) reader: Reader<'m>,
    declared: Option<&'m [u64]>,
    /// Types that the function gives.
    results: &'m [ValType],
    function: u32,
    /// How many of the locals are parameters.
    params: usize,
    /// Whether this is a constant expression.
    pub(super) constant: bool,
    workspace: &'w mut Workspace,
    tables: &'w mut SideTables,
    layout: FunctionLayout,
    body_start: u32,
    /// Where the function's vector locals and places begin, should it be wide.
    vector_locals: usize,
    vector_places: usize,
    max_operands: usize,
    /// The most vectors among the operands at any time.
    max_vectors: usize,
    /// Height of the innermost block, kept beside the control stack for speed.
    floor: usize,
    /// The operator being validated and its offset, for errors.
    pub(super) operator: Operator,
    pub(super) at: u32,
}

impl<'m, 'w> BodyValidator<'m, 'w> {
    /// Prepares to validate the body of `function`, which begins at offset `at`,
    /// and reads its groups of locals. `declared` holds a bit for each function
    /// that `ref.func` may name; none lets it name any. Entries are appended to `tables`.
    ///
    /// # Errors
    ///
    /// What is wrong with the locals.
    #[expect(clippy::too_many_arguments, reason = "one place calls it, with what it has at hand")]
    pub(crate) fn new(
        all: &'m Declarations,
        config: &'m Config,
        declared: Option<&'m [u64]>,
        function: u32,
        body: &'m [u8],
        at: u32,
        workspace: &'w mut Workspace,
        tables: &'w mut SideTables,
    ) -> Result<Self, ModuleError> {
        let Some(ty) = all.function_type(function) else {
            let count = u32::try_from(all.functions.len()).unwrap_or(u32::MAX);
            let space = IndexSpace::Function;
            return Err(ModuleError::new(Kind::UnknownIndex { space, index: function, count }, at));
        };
        workspace.clear();
        for ty in ty.params() {
            workspace.add_locals(1, *ty, at)?;
        }
        let mut reader = Reader::new(body, at);
        let mut local_slots = 0;
        let params = ty.params().len();
        let vector_locals = tables.vector_locals.len();
        locals(&mut reader, config, |count, ty, at| {
            let first = workspace.locals();
            // Neither exceeds what a function may have.
            if first + count > MAX_LOCALS {
                let kind = Kind::TooMany { what: "locals in a function", limit: MAX_LOCALS };
                return Err(ModuleError::new(kind, at));
            }
            types_known(all, ty, at)?;
            workspace.add_locals(count, ty, at)?;
            if is_vector(Some(ty)) {
                let before = local_slots - (first - params as u32);
                let run = VectorLocals { first, end: first + count, before };
                push(&mut tables.vector_locals, run, at)?;
            }
            local_slots += count * ty.slots();
            Ok(())
        })?;
        let layout = FunctionLayout {
            // A module is shorter than 4 GiB.
            body: Span { start: at, end: at + body.len() as u32 },
            code_start: reader.offset() - at,
            param_slots: slots(ty.params()),
            result_slots: slots(ty.results()),
            local_slots,
            max_operand_slots: 0,
            // A module has fewer entries than bytes, which fit 32 bits.
            first_entry: tables.branches.len() as u32,
            entries: 0,
            wide: workspace.local_runs.iter().any(|(_, ty)| is_vector(Some(*ty))),
        };
        let vector_places = tables.vector_places.len();
        BodyValidator {
            all,
            config,
            at: reader.offset(),
            reader,
            declared,
            results: ty.results(),
            function,
            params: ty.params().len(),
            constant: false,
            workspace,
            tables,
            layout,
            body_start: at,
            vector_locals,
            vector_places,
            max_operands: 0,
            max_vectors: 0,
            floor: 0,
            operator: Operator::Block,
        }
        .opened()
    }

    /// Prepares to validate a constant expression, which begins at offset `at`
    /// and must yield `results`. It may refer to all functions.
    pub(crate) fn constant(
        all: &'m Declarations,
        config: &'m Config,
        results: &'m [ValType],
        code: &'m [u8],
        at: u32,
        workspace: &'w mut Workspace,
        tables: &'w mut SideTables,
    ) -> Result<Self, ModuleError> {
        workspace.clear();
        BodyValidator {
            all,
            config,
            reader: Reader::new(code, at),
            declared: None,
            results,
            function: u32::MAX,
            params: 0,
            constant: true,
            workspace,
            tables,
            layout: FunctionLayout::default(),
            body_start: at,
            vector_locals: 0,
            vector_places: 0,
            max_operands: 0,
            max_vectors: 0,
            floor: 0,
            operator: Operator::Block,
            at,
        }
        .opened()
    }

    fn opened(mut self) -> Result<Self, ModuleError> {
        self.open_block(BlockKind::Function, BlockType::Empty)?;
        Ok(self)
    }

    /// Offset in the module of the next instruction.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::validate;
    ///
    /// let wat = "(module (func (i32.const 1000) (drop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let at = body.start + 2; // inside of the constant
    /// let next = validate::at(module.bytes(), all, &config, 0, at, |validator| {
    ///     validator.offset()
    /// })?;
    /// assert_eq!(next, body.end - 2); // the next instruction is the `drop`
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn offset(&self) -> u32 {
        self.reader.offset()
    }

    /// Types on the operand stack, the top last.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::{ValType, validate};
    ///
    /// let wat = "(module (func (i32.const 1) (f64.const 2) (drop) (drop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let at = body.end - 3; // the first `drop`
    /// let types = validate::at(module.bytes(), all, &config, 0, at, |validator| {
    ///     validator.operands().to_vec()
    /// })?;
    /// assert_eq!(types, [Some(ValType::I32), Some(ValType::F64)]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn operands(&self) -> &[OperandType] {
        &self.workspace.operands
    }

    /// Blocks that enclose the next instruction, the innermost last.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::validate::{self, BlockKind};
    ///
    /// let wat = "(module (func (block (loop (nop)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let at = body.end - 4; // nop, end, end, end
    /// let kinds = validate::at(module.bytes(), all, &config, 0, at, |validator| {
    ///     validator.controls().iter().map(|block| block.kind).collect::<Vec<_>>()
    /// })?;
    /// assert_eq!(kinds, [BlockKind::Function, BlockKind::Block, BlockKind::Loop]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.workspace.controls
    }

    /// Types of parameters and locals, one after the other.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::{ValType, validate};
    ///
    /// let wat = "(module (func (param i32) (local f64)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// # let body = all.body(0).expect("it is not imported");
    /// let at = body.start;
    /// let types = validate::at(module.bytes(), all, &config, 0, at, |validator| {
    ///     validator.locals().collect::<Vec<_>>()
    /// })?;
    /// assert_eq!(types, [ValType::I32, ValType::F64]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn locals(&self) -> impl Iterator<Item = ValType> {
        let mut from = 0;
        self.workspace.local_runs.iter().flat_map(move |(end, ty)| {
            let run = from..*end;
            from = *end;
            run.map(|_| *ty)
        })
    }

    /// The type of a parameter or local; none if there is none of this index.
    #[inline]
    pub(super) fn local_type(&self, index: u32) -> Option<ValType> {
        self.workspace.local(index)
    }

    /// How many parameters and locals there are.
    pub(super) fn local_count(&self) -> u32 {
        self.workspace.locals()
    }

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

    /// Validates the next instruction; false after the one that ends the body.
    ///
    /// # Errors
    ///
    /// What is malformed or invalid about it.
    ///
    /// ```
    /// # use fayasm_core::{Config, Engine, Module};
    /// use fayasm_core::validate;
    ///
    /// let wat = "(module (func (i32.const 1) (drop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let (all, config) = (module.declarations(), Config::new());
    /// let heights = validate::body(module.bytes(), all, &config, 0, |validator| {
    ///     let mut heights = Vec::new();
    ///     while validator.step()? {
    ///         heights.push(validator.operands().len());
    ///     }
    ///     Ok(heights)
    /// })?;
    /// assert_eq!(heights, [1, 0, 0]); // after i32.const, drop, end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline]
    pub fn step(&mut self) -> Result<bool, ModuleError> {
        if self.workspace.controls.is_empty() {
            return match self.reader.is_empty() {
                true => Ok(false),
                false => Err(self.reader.error(Kind::OperatorsAfterEnd)),
            };
        }
        if self.reader.is_empty() {
            return Err(self.reader.error(Kind::EndMissing));
        }
        self.at = self.reader.offset();
        self.operator = self.reader.operator()?;
        self.validate_operator()?;
        Ok(true)
    }

    /// Validates what is left; gives what was found out.
    ///
    /// # Errors
    ///
    /// The first thing that is malformed or invalid.
    pub(crate) fn finish(mut self) -> Result<FunctionLayout, ModuleError> {
        while self.step()? {}
        let entries = self.tables.branches.len() as u32 - self.layout.first_entry;
        // More than 32 bits can count is more than any stack has.
        let max_slots = self.max_operands.saturating_add(self.max_vectors);
        let max_operand_slots = u32::try_from(max_slots).unwrap_or(u32::MAX);
        if self.layout.wide && !self.constant {
            self.tables.add_wide(self.function, self.vector_locals, self.vector_places, self.at)?;
        }
        Ok(FunctionLayout { entries, max_operand_slots, ..self.layout })
    }

    /// An error about the current operator.
    #[cold]
    pub(super) fn error(&self, kind: Kind) -> ModuleError {
        ModuleError::new(kind, self.at)
    }

    pub(super) fn is_declared(&self, function: u32) -> bool {
        self.declared.is_none_or(|declared| {
            let word = declared.get((function / 64) as usize).copied().unwrap_or(0);
            word >> (function % 64) & 1 != 0
        })
    }

    // The operand stack.

    #[inline]
    pub(super) fn push_operand(&mut self, ty: OperandType) -> Result<(), ModuleError> {
        push(&mut self.workspace.operands, ty, self.at)?;
        self.max_operands = self.max_operands.max(self.workspace.operands.len());
        if is_vector(ty) {
            self.workspace.vectors += 1;
            self.max_vectors = self.max_vectors.max(self.workspace.vectors);
        }
        Ok(())
    }

    #[inline]
    pub(super) fn push_all(&mut self, types: &[ValType]) -> Result<(), ModuleError> {
        types.iter().try_for_each(|&ty| self.push_operand(Some(ty)))
    }

    /// Makes sure that the stack has room for values of these types on top of
    /// what is there now.
    pub(super) fn make_room(&mut self, types: &[ValType]) {
        let height = self.workspace.operands.len() + slots(types) as usize;
        self.max_operands = self.max_operands.max(height);
    }

    /// Notes that the current operator, a `drop` or `select`, is one of this type.
    pub(super) fn note_width(&mut self, ty: OperandType) -> Result<(), ModuleError> {
        match is_vector(ty) {
            true => {
                self.layout.wide = true;
                push(&mut self.tables.vector_places, self.at - self.body_start, self.at)
            }
            false => Ok(()),
        }
    }

    /// Notes that the current operator uses a global of this type.
    pub(super) fn note_wide(&mut self, ty: ValType) {
        self.layout.wide |= is_vector(Some(ty));
    }

    /// Pops an operand of any type.
    #[inline]
    pub(super) fn pop_any(&mut self) -> Result<OperandType, ModuleError> {
        if self.workspace.operands.len() > self.floor {
            let found = self.workspace.operands.pop().flatten();
            if is_vector(found) {
                self.workspace.vectors -= 1;
            }
            return Ok(found);
        }
        self.pop_below(None)
    }

    /// Pops an operand of this type.
    pub(super) fn pop_operand(&mut self, expected: ValType) -> Result<(), ModuleError> {
        self.pop_operand_inline(expected)
    }

    /// The same, for where most operators come along.
    #[inline(always)]
    pub(super) fn pop_operand_inline(&mut self, expected: ValType) -> Result<(), ModuleError> {
        if self.workspace.operands.len() > self.floor
            && let Some(found) = self.workspace.operands.pop()
        {
            if let Some(found) = found {
                if found != expected && !self.all.types.matches(found, expected) {
                    return Err(self.mismatch(expected, found));
                }
                if is_vector(Some(expected)) {
                    self.workspace.vectors -= 1;
                }
            }
            return Ok(());
        }
        self.pop_below(Some(expected)).map(|_| ())
    }

    #[inline]
    pub(super) fn pop_all(&mut self, types: &[ValType]) -> Result<(), ModuleError> {
        types.iter().rev().try_for_each(|&ty| self.pop_operand(ty))
    }

    #[cold]
    pub(super) fn mismatch(&self, expected: ValType, found: ValType) -> ModuleError {
        self.error(Kind::TypeMismatch { operator: self.operator, expected, found })
    }

    /// Pops where the block has no operand left: fine only where nothing gets.
    #[cold]
    fn pop_below(&mut self, expected: OperandType) -> Result<OperandType, ModuleError> {
        if let Some(asked) = &mut self.workspace.asked {
            push(asked, expected, self.at)?;
        }
        match self.workspace.controls.last() {
            Some(control) if control.unreachable => Ok(None),
            _ => Err(self.error(Kind::MissingOperand { operator: self.operator, expected })),
        }
    }

    /// The operand so far below the top; inner none where it can be any, outer
    /// none where there is no operand.
    pub(super) fn peek(&self, depth: usize) -> Option<OperandType> {
        let above_floor = self.workspace.operands.len() - self.floor;
        if depth < above_floor {
            return self.workspace.operands.iter().rev().nth(depth).copied();
        }
        self.workspace.controls.last()?.unreachable.then_some(None)
    }

    /// Notes that a local has been set.
    pub(super) fn set_local(&mut self, local: u32, ty: ValType) -> Result<(), ModuleError> {
        match ty.is_defaultable() || self.is_set(local, ty) {
            true => Ok(()),
            false => self.workspace.set(local, self.at),
        }
    }

    /// Whether a local holds something: it was set, or is a parameter, or
    /// starts out as zero or null.
    pub(crate) fn is_set(&self, local: u32, ty: ValType) -> bool {
        ty.is_defaultable() || (local as usize) < self.params || self.workspace.is_set(local)
    }

    /// Types that the function gives.
    pub(super) fn results(&self) -> &'m [ValType] {
        self.results
    }

    // The control stack.

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
    pub(super) fn open_block(&mut self, kind: BlockKind, ty: BlockType) -> Result<(), ModuleError> {
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
    pub(super) fn open_if(&mut self, ty: BlockType) -> Result<(), ModuleError> {
        let entry = self.add_entry(0, 0)?;
        self.open_block(BlockKind::If, ty)?;
        if let Some(control) = self.workspace.controls.last_mut() {
            control.own = entry;
        }
        Ok(())
    }

    /// Opens a `try_table`, whose clauses were read from `clauses` on and own
    /// side-table entries from `entry` on.
    pub(super) fn open_try_table(
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
    pub(super) fn validate_else(&mut self) -> Result<(), ModuleError> {
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
    pub(super) fn validate_end(&mut self) -> Result<(), ModuleError> {
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

    /// How many operands there are.
    pub(super) fn height(&self) -> usize {
        self.workspace.operands.len()
    }

    /// Forgets operands above this height.
    pub(super) fn truncate_operands(&mut self, height: usize) {
        while self.workspace.operands.len() > height
            && let Some(ty) = self.workspace.operands.pop()
        {
            self.workspace.vectors -= usize::from(is_vector(ty));
        }
    }

    /// What follows cannot be reached: its operands can be anything.
    pub(super) fn set_unreachable(&mut self) {
        self.workspace.operands.truncate(self.floor);
        if let Some(control) = self.workspace.controls.last_mut() {
            control.unreachable = true;
            self.workspace.vectors = (control.slots_below - control.height) as usize;
        }
    }

    /// The block that a label names.
    pub(super) fn label(&self, label: u32) -> Result<(usize, Control), ModuleError> {
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
    pub(super) fn branch<'a>(
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
    pub(super) fn fits_table(&self, control: &Control) -> bool {
        control.fits_table_at == self.at
    }

    /// Notes that the current `br_table` fits a branch to a block.
    pub(super) fn note_fits_table(&mut self, index: usize) {
        if let Some(control) = self.workspace.controls.get_mut(index) {
            control.fits_table_at = self.at;
        }
    }

    // The side table.

    /// Bytes from the start of the body to the next instruction.
    pub(super) fn position(&self) -> u32 {
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

/// Fails if a type refers to one that the module does not define.
pub(super) fn types_known(all: &Declarations, ty: ValType, at: u32) -> Result<(), ModuleError> {
    match ty {
        ValType::Ref(RefType { heap: HeapType::Concrete(index), .. }) => {
            known(IndexSpace::Type, index, all.types.len(), at)
        }
        _ => Ok(()),
    }
}

/// Whether a type is the one whose values take two slots.
#[inline]
fn is_vector(ty: OperandType) -> bool {
    cfg!(feature = "simd") && matches!(ty, Some(ValType::V128))
}

/// Slots that values of these types take.
fn slots(types: &[ValType]) -> u32 {
    types.iter().map(|ty| ty.slots()).sum()
}
