//! The side table: where every branch of a body goes, so that nothing has to be
//! searched for at run time.
//!
//! Branching operators own entries, in the order in which they stand in the
//! body: `br`, `br_if`, `if`, `else` and the like one each, `br_table` one for
//! each label and one for the default, `try_table` one for each clause, in that
//! order. Executing in place needs, beside
//! the program counter, the number of the next entry. An operator that owns
//! entries either takes one of them, which sets both, or moves past its own.

use alloc::vec::Vec;

use crate::error::ModuleError;
use crate::ledger;
use crate::module::{Span, push};

/// Where a branch goes, and what it does to the operand stack.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = "(module (func (result i64)
///   (i32.const 1) (i64.const 2)
///   (block (param i32 i64) (result i64) (br 1))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let [branch] = module.side_table() else { panic!("one branch has one entry") };
/// assert_eq!((branch.keep(), branch.drop()), (1, 1));
/// let body = module.body(0).expect("it is not imported");
/// assert_eq!(&body[branch.target as usize..], [0x0B]); // the `end` of the function
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BranchEntry {
    /// Where to go on, in bytes from the start of the body.
    pub target: u32,
    /// The next entry there, counted from the function's first.
    pub next_entry: u32,
    /// Slots to keep and slots to drop below them.
    stack: u32,
}

/// Bits of [`BranchEntry::stack`] that say how many slots are dropped.
const DROP_BITS: u32 = 21;

impl BranchEntry {
    /// The most slots that a branch can keep: more than the results of any block take.
    ///
    /// ```
    /// use fayasm_core::validate::side_table::BranchEntry;
    ///
    /// assert!(BranchEntry::MAX_KEEP > 1000); // results that a function may have
    /// ```
    pub const MAX_KEEP: u32 = (1 << (32 - DROP_BITS)) - 1;
    /// The most slots that a branch can drop.
    ///
    /// ```
    /// use fayasm_core::validate::side_table::BranchEntry;
    ///
    /// assert_eq!(BranchEntry::MAX_DROP, (1 << 21) - 1);
    /// ```
    pub const MAX_DROP: u32 = (1 << DROP_BITS) - 1;

    /// An entry whose target is not known yet. None if a number is greater than
    /// an entry can hold.
    pub(crate) fn unresolved(keep: u32, drop: u32) -> Option<Self> {
        (keep <= Self::MAX_KEEP && drop <= Self::MAX_DROP).then_some(BranchEntry {
            target: 0,
            next_entry: 0,
            stack: keep << DROP_BITS | drop,
        })
    }

    /// Slots on top of the operand stack that the branch keeps.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (result i32) (block (result i32) (br 0 (i32.const 7)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.side_table()[0].keep(), 1);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline(always)]
    #[must_use]
    pub const fn keep(self) -> u32 {
        self.stack >> DROP_BITS
    }

    /// Slots below those that the branch drops.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func (i32.const 7) (i32.const 8) (br 0)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// assert_eq!(module.side_table()[0].drop(), 2);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[inline(always)]
    #[must_use]
    pub const fn drop(self) -> u32 {
        self.stack & Self::MAX_DROP
    }
}

/// A `try_table`: which code it covers, and where its clauses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handler {
    /// The function.
    pub(crate) function: u32,
    /// The first instruction covered, in bytes from the start of the body.
    pub(crate) start: u32,
    /// Behind the last instruction covered.
    pub(crate) end: u32,
    /// Where the clauses begin, in bytes from the start of the body: their count.
    pub(crate) clauses: u32,
    /// The side-table entry of the first clause, counted from the function's first.
    pub(crate) entry: u32,
    /// How many slots operands take below what the block takes.
    pub(crate) height: u32,
}

/// Locals in a row that are vectors, not counting parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VectorLocals {
    /// The index of the first.
    pub(crate) first: u32,
    /// The index behind the last.
    pub(crate) end: u32,
    /// How many more locals before the first, beside parameters, are vectors.
    pub(crate) before: u32,
}

impl VectorLocals {
    /// How many more locals before this one, beside parameters, are vectors, and how many slots
    /// it takes. It is no parameter; `all` are those of its function.
    pub(crate) fn before(all: &[VectorLocals], local: u32) -> (u32, u32) {
        let behind = all.partition_point(|run| run.first <= local);
        match behind.checked_sub(1).and_then(|at| all.get(at)) {
            Some(run) if local < run.end => (run.before + (local - run.first), 2),
            Some(run) => (run.before + (run.end - run.first), 1),
            None => (0, 1),
        }
    }
}

/// A function in which some operators work on vectors that mostly work on what
/// takes one slot.
#[derive(Debug, Clone, Copy)]
struct WideFunction {
    function: u32,
    /// Its first of [`SideTables::vector_locals`].
    locals: u32,
    /// Its first of [`SideTables::vector_places`].
    places: u32,
}

/// What validation leaves behind for execution, of all functions.
#[derive(Debug, Default)]
pub(crate) struct SideTables {
    /// Where branches go.
    pub(crate) branches: Vec<BranchEntry>,
    /// Functions in order, and in them outer handlers before inner ones.
    pub(crate) handlers: Vec<Handler>,
    /// In order.
    wide: Vec<WideFunction>,
    /// Of wide functions, one after the other.
    pub(crate) vector_locals: Vec<VectorLocals>,
    /// Where in the bodies of wide functions, one after the other, each `drop`
    /// or `select` of vectors stands.
    pub(crate) vector_places: Vec<u32>,
}

impl SideTables {
    /// How many bytes they take.
    pub(crate) fn allocated(&self) -> u64 {
        let handlers = ledger::vec(&self.handlers) + ledger::vec(&self.wide);
        let vectors = ledger::vec(&self.vector_locals) + ledger::vec(&self.vector_places);
        ledger::vec(&self.branches) + handlers + vectors
    }

    /// Notes that a function is wide, whose locals and places are those from
    /// `locals` and `places` on.
    pub(crate) fn add_wide(
        &mut self,
        function: u32,
        locals: usize,
        places: usize,
        at: u32,
    ) -> Result<(), ModuleError> {
        // There are fewer of both than bytes, which fit 32 bits.
        let wide = WideFunction { function, locals: locals as u32, places: places as u32 };
        push(&mut self.wide, wide, at)
    }

    /// Vectors among the locals of a wide function that are no parameters, and
    /// places of `drop` and `select` of vectors.
    pub(crate) fn wide(&self, function: u32) -> (&[VectorLocals], &[u32]) {
        let Ok(at) = self.wide.binary_search_by_key(&function, |wide| wide.function) else {
            return (&[], &[]);
        };
        let next = self.wide.get(at + 1);
        let locals_end = next.map_or(self.vector_locals.len(), |next| next.locals as usize);
        let places_end = next.map_or(self.vector_places.len(), |next| next.places as usize);
        let WideFunction { locals, places, .. } = self.wide[at];
        (
            self.vector_locals.get(locals as usize..locals_end).unwrap_or_default(),
            self.vector_places.get(places as usize..places_end).unwrap_or_default(),
        )
    }
}

/// What validation finds out about a function's body, and execution needs.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// let wat = "(module (func (param i64) (local f32 f64) (block (br 0)) (br 0)))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let layout = module.layout(0).expect("it is not imported");
/// assert_eq!((layout.param_slots, layout.local_slots, layout.entries), (1, 2, 2));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FunctionLayout {
    /// Where its body lies in the module.
    pub body: Span,
    /// Where the first instruction stands, in bytes from the start of the body.
    pub code_start: u32,
    /// Slots that the parameters take.
    pub param_slots: u32,
    /// Slots that the results take.
    pub result_slots: u32,
    /// Slots that the locals beside the parameters take.
    pub local_slots: u32,
    /// The most slots that operands take at any time, or more.
    pub max_operand_slots: u32,
    /// The function's first entry in the module's side table.
    pub first_entry: u32,
    /// How many entries are the function's.
    pub entries: u32,
    /// Whether it has locals, or uses of globals, `drop` or `select`, that are
    /// vectors: their slots are not simply counted.
    pub wide: bool,
}
