//! The microcode of a function, to be looked at.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::op::Word;
use super::translate::marks::{Fate, Mark, first_slots, with_marks};
use super::translate::push;
use super::{Entry, Microcode, Refused};
use crate::allocate::boxed;
use crate::module::{Module, Span};

/// The microcode that a function is translated to: its operators, and which instructions each of
/// them stands for. What they say is [`Disassembly::microcode`](crate::text::Disassembly::microcode).
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::MicrocodeListing;
///
/// let wat = "(module (func (param i32 i32) (result i32)
///   (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 7))))";
/// # let module = Module::new(&Engine::default(), wat::parse_str(wat)?)?;
/// let listing = MicrocodeListing::new(&module, 0)?;
/// // local.get, local.get, i32.mul; i32.const, i32.add; end
/// let counts: Vec<u32> = listing.rows().iter().map(|row| row.instructions).collect();
/// assert_eq!(counts, [3, 2, 1]);
/// assert_eq!((listing.instructions(), listing.bytes()), (6, 24));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MicrocodeListing {
    function: u32,
    code: Microcode,
    rows: Box<[MicrocodeRow]>,
    code_bytes: u32,
    /// The first slot of each local, if that is not its index.
    first_slots: Vec<u16>,
}

/// An operator of microcode, and the instructions that it stands for.
///
/// Neighbours that stand for the same instructions together have the same span. What is never
/// executed belongs to no operator.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::MicrocodeListing;
///
/// let wat = "(module (func (param i32) (loop (br_if 0 (i32.eqz (local.get 0))))))";
/// # let module = Module::new(&Engine::default(), wat::parse_str(wat)?)?;
/// let listing = MicrocodeListing::new(&module, 0)?;
/// let [jump, back] = listing.rows() else { panic!("there are two operators") };
/// // loop, local.get, i32.eqz, br_if
/// assert_eq!((jump.at, jump.words, jump.instructions), (0, 2, 4));
/// assert!(jump.is_entry && !back.is_entry);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MicrocodeRow {
    /// Words before it.
    pub at: u32,
    /// Words that it takes, of 8 bytes each.
    pub words: u32,
    /// The instructions that it stands for, in bytes from the start of the module.
    pub span: Span,
    /// How many these are.
    pub instructions: u32,
    /// Whether execution may come here from the stepper, or go on here after a call.
    pub is_entry: bool,
}

impl MicrocodeListing {
    /// Translates a function as stores of the module's engine do.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::Refused;
    /// use fayasm_core::text::MicrocodeListing;
    ///
    /// let wat = r#"(module (import "env" "log" (func)))"#;
    /// # let module = Module::new(&Engine::default(), wat::parse_str(wat)?)?;
    /// let refused = MicrocodeListing::new(&module, 0).unwrap_err();
    /// assert_eq!(refused, Refused::Imported);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Why it is not translated.
    pub fn new(module: &Module, function: u32) -> Result<Self, Refused> {
        let straight = module.engine().config().straight();
        let mut marks = Vec::new();
        let code = with_marks(module, function, straight, &mut marks)?;
        let body = module.declarations().body(function).ok_or(Refused::Imported)?;
        let locals = module.layout(function).map_or(0, |layout| layout.code_start);
        let rows = rows(&code, marks, body.start + locals)?;
        let first_slots = first_slots(module, function)?;
        Ok(MicrocodeListing { function, code, rows, code_bytes: body.len() - locals, first_slots })
    }

    /// The function.
    #[must_use]
    pub fn function(&self) -> u32 {
        self.function
    }

    /// The operators, in order.
    #[must_use]
    pub fn rows(&self) -> &[MicrocodeRow] {
        &self.rows
    }

    /// Instructions of the function.
    #[must_use]
    pub fn instructions(&self) -> u32 {
        self.code.instructions
    }

    /// Bytes that these take.
    #[must_use]
    pub fn code_bytes(&self) -> u32 {
        self.code_bytes
    }

    /// Bytes that the operators take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.code.operator_bytes()
    }

    /// Which rows stand for the instruction at this byte of the module.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::text::MicrocodeListing;
    ///
    /// let wat = "(module (func (param i32) (result i32) (i32.eqz (local.get 0))))";
    /// # let module = Module::new(&Engine::default(), wat::parse_str(wat)?)?;
    /// let listing = MicrocodeListing::new(&module, 0)?;
    /// let code = listing.rows()[0].span; // local.get 0, i32.eqz
    /// assert_eq!(listing.rows_at(code.start), 0..1);
    /// assert_eq!(listing.rows_at(code.end), 1..2); // end
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rows_at(&self, offset: u32) -> Range<usize> {
        let first = self.rows.partition_point(|row| row.span.end <= offset);
        let more = self.rows.get(first..).unwrap_or_default();
        first..first + more.iter().take_while(|row| row.span.start <= offset).count()
    }

    /// The words of a row.
    pub(crate) fn words(&self, row: &MicrocodeRow) -> &[u64] {
        let (from, count) = (row.at as usize, row.words as usize);
        self.code.words.get(from..from + count).unwrap_or_default()
    }

    /// What a slot of the frame is.
    pub(crate) fn slot(&self, slot: u16) -> Slot {
        if let Some(place) = slot.checked_sub(self.code.params + self.code.locals) {
            return Slot::Operand(place.into());
        }
        let before = self.first_slots.partition_point(|first| *first <= slot);
        match before.checked_sub(1).and_then(|local| Some((local, self.first_slots.get(local)?))) {
            // There are fewer than slots.
            Some((local, first)) => Slot::Local { index: local as u32, is_upper: *first < slot },
            None => Slot::Local { index: slot.into(), is_upper: false },
        }
    }
}

/// What a slot of a frame holds.
pub(crate) enum Slot {
    /// A local, or the upper half of one that is a vector.
    Local { index: u32, is_upper: bool },
    /// An operand, or half of one, counted from the lowest.
    Operand(u32),
}

/// The operators, with the instructions that they stand for, which follow this byte of the module.
fn rows(
    code: &Microcode,
    mut marks: Vec<Mark>,
    start: u32,
) -> Result<Box<[MicrocodeRow]>, Refused> {
    // What is taken back later has not come about.
    let mut least = u32::MAX;
    for mark in marks.iter_mut().rev() {
        least = least.min(mark.words);
        mark.words = least;
    }
    let (words, entries) = (&*code.words, &*code.entries);
    let mut rows = Rows { words, entries, rows: Vec::new(), begin: start, end: start };
    // How many instructions belong to no row yet.
    let mut pending = 0;
    for mark in marks {
        pending += 1;
        let end = start + mark.length;
        let is_done = match mark.fate {
            Fate::Changes if mark.words <= rows.at() => rows.extend(end, pending),
            Fate::Unreachable => rows.reach(mark.words, end, pending)? || rows.pass(end),
            Fate::Changes | Fate::Adds => rows.reach(mark.words, end, pending)?,
        };
        if is_done {
            pending = 0;
        }
        rows.end = end;
    }
    if pending > 0 {
        rows.extend(rows.end, pending);
    }
    boxed(rows.rows).map_err(|_| Refused::OutOfMemory)
}

struct Rows<'a> {
    words: &'a [u64],
    entries: &'a [Entry],
    rows: Vec<MicrocodeRow>,
    /// Where the first instruction begins that belongs to no row yet, and where the last ends that
    /// was looked at, in bytes from the start of the module.
    begin: u32,
    end: u32,
}

impl Rows<'_> {
    /// Words of the operators so far.
    fn at(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.at.saturating_add(row.words))
    }

    /// Adds the operators up to a word; they stand for the pending instructions, which end here.
    /// Says whether there are any; not if one goes on behind that word.
    fn reach(&mut self, word: u32, end: u32, pending: u32) -> Result<bool, Refused> {
        let first = self.rows.len();
        let span = Span { start: self.begin, end };
        let mut at = self.at();
        while at < word {
            let words = self.words.get(at as usize).map_or(1, |word| Word(*word).length());
            let entry = self.entries.partition_point(|entry| entry.at < at);
            let is_entry = self.entries.get(entry).is_some_and(|entry| entry.at == at);
            let row = MicrocodeRow { at, words, span, instructions: pending, is_entry };
            push(&mut self.rows, row)?;
            at = at.saturating_add(words);
        }
        if at > word {
            self.rows.truncate(first);
        }
        Ok(self.rows.len() > first && self.pass(end))
    }

    /// Lets the last operators stand for the pending instructions as well, which end here.
    fn extend(&mut self, end: u32, pending: u32) -> bool {
        let last = self.rows.last().map(|row| row.span);
        for row in self.rows.iter_mut().rev().take_while(|row| Some(row.span) == last) {
            row.span.end = end;
            row.instructions += pending;
        }
        self.pass(end)
    }

    /// The pending instructions, which end here, are no longer pending.
    fn pass(&mut self, end: u32) -> bool {
        self.begin = end;
        true
    }
}
