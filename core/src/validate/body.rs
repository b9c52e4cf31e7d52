//! Bodies of functions: the operand stack and the control stack of validation
//! (specification appendix A.3), and what they leave behind for execution.

mod controls;
mod demand;
mod operands;

use alloc::vec::Vec;

pub use self::controls::{BlockKind, Control};
pub use self::demand::Demand;
use super::declarations::known;
use super::side_table::{FunctionLayout, SideTables, VectorLocals};
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
