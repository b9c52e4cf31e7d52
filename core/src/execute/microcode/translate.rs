//! From a function's body to its microcode, in one pass.
//!
//! While the body is read, the operand stack is kept in mind: an operand is in its own slot, or
//! it is still a local or a constant, for which nothing has been emitted yet. So `local.get` and
//! constants cost nothing until something needs them in a slot; results are written to their own
//! slot, or straight to the local that takes them.
//!
//! Where execution comes from several places, or may go on in another tier, all operands are in
//! their slots: at the start of a block, at labels, around calls. Anywhere else the state that the
//! stepper would have is found by translating once more, up to there ([`locate`]).

mod control;
pub(super) mod marks;
mod operand;
mod registers;
mod slots;

use alloc::vec::Vec;

use self::control::{Control, Kind, Patch, Test};
pub(super) use self::operand::Operand;
use self::registers::Registers;
use self::slots::{Wide, slots};
use super::op::{Op, Word, halves};
use super::{Entry, Microcode, Refused};
use crate::allocate::boxed;
use crate::execute::stepper::immediates;
use crate::module::{Declarations, Module};
use crate::operators::Operator;
use crate::runtime::NULL;
use crate::types::{AddrType, FuncType};
use crate::validate::side_table::{BranchEntry, FunctionLayout};

/// Translates a function, to `most` bytes at most, which may take `meanwhile` bytes. After at most so many instructions in a row it is
/// looked whether to stop.
pub(super) fn translate(
    module: &Module,
    function: u32,
    straight: u32,
    most: usize,
    meanwhile: usize,
) -> Result<Microcode, Refused> {
    let mut translator = Translator::new(module, function, straight)?;
    while translator.instruction()? {
        if size_of_val(&*translator.words) > most || translator.takes() > meanwhile {
            return Err(translator.over_budget());
        }
    }
    translator.finish()
}

/// Where execution stands in a function, and what its operands are.
pub(super) struct Place {
    /// The instruction, in bytes from the start of the body.
    pub(super) pc: u32,
    pub(super) next_entry: u32,
    /// How many instructions stand before it.
    pub(super) index: u32,
    /// What is on the operand stack.
    pub(super) operands: Vec<Operand>,
    /// The slot of the first.
    pub(super) first: u16,
    /// Whether it is the last instruction of the function.
    pub(super) is_last: bool,
}

/// Which place is looked for.
#[derive(Clone, Copy)]
pub(super) enum Sought {
    /// That of the instruction which made the word at this position.
    Word(usize),
    /// That of the instruction before which so many stand.
    Index(u32),
}

/// Words that microcode takes at most for each byte, but for small functions.
pub(super) const MOST_WORDS: usize = 8;

/// Bytes that are enough for operands and blocks of most functions.
pub(super) const FEW: usize = 1 << 10;

/// More words than are ever taken back.
const TAKEN_BACK: usize = 16;

/// Finds a place in a function that was translated, so.
#[cold]
pub(super) fn locate(
    module: &Module,
    function: u32,
    straight: u32,
    sought: Sought,
) -> Result<Place, Refused> {
    let index = match sought {
        Sought::Index(index) => index,
        Sought::Word(word) => {
            let mut translator = Translator::new(module, function, straight)?;
            let mut found = None;
            loop {
                let index = translator.index;
                let goes_on = translator.instruction()?;
                // What was emitted last may be taken back.
                let is_there = translator.words.len() > word;
                found = found.filter(|_| is_there).or(is_there.then_some(index));
                if !goes_on || translator.words.len() > word + TAKEN_BACK {
                    break found.unwrap_or(index);
                }
            }
        }
    };
    let mut translator = Translator::new(module, function, straight)?;
    while translator.index < index && translator.instruction()? {}
    Ok(Place {
        pc: translator.pc as u32,
        next_entry: translator.entry,
        index,
        first: translator.locals,
        is_last: translator.pc + 1 == translator.body.len(),
        operands: translator.stack,
    })
}

/// What the registers of results hold behind the operator emitted last, and before it.
#[derive(Debug, Default)]
struct Held {
    last: Registers,
    before: Registers,
}

struct Translator<'m> {
    all: &'m Declarations,
    body: &'m [u8],
    layout: FunctionLayout,
    wide: Option<Wide<'m>>,
    branches: &'m [BranchEntry],
    /// Where the next instruction stands, and how many before it.
    pc: usize,
    index: u32,
    /// The next entry of the side table, counted from the function's first.
    entry: u32,
    words: Vec<u64>,
    entries: Vec<Entry>,
    stack: Vec<Operand>,
    /// Places on the stack of operands that are not in their slots, in order.
    lazy: Vec<u32>,
    controls: Vec<Control>,
    patches: Vec<Patch>,
    /// What loops begin with.
    tests: Vec<Test>,
    /// Slots of parameters and other locals.
    locals: u16,
    /// Where the operator emitted last begins, and the one before it.
    last: usize,
    before: usize,
    /// Execution may come from elsewhere to this word, and to none behind it.
    fence: usize,
    held: Held,
    /// Whether the next instruction can be reached; if not, in how many blocks that began since.
    reachable: bool,
    dead: u32,
    /// So many instructions may come in a row before it is looked whether to stop.
    straight: u32,
    /// Before which instruction it was looked last whether to stop.
    checked: u32,
    memory32: bool,
}

impl<'m> Translator<'m> {
    fn new(module: &'m Module, function: u32, straight: u32) -> Result<Self, Refused> {
        let layout = *module.layout(function).ok_or(Refused::Imported)?;
        let all = module.declarations();
        let slots = u64::from(layout.param_slots) + u64::from(layout.local_slots);
        // A call has its arguments among the operands, and what it calls lies above.
        let most = slots + u64::from(layout.max_operand_slots.max(layout.result_slots));
        if most > u64::from(u16::MAX) {
            return Err(Refused::Slots(u32::try_from(most).unwrap_or(u32::MAX)));
        }
        let first = layout.first_entry as usize;
        let branches = module.side_table().get(first..first + layout.entries as usize);
        let mut translator = Translator {
            all,
            wide: if layout.wide { Some(Wide::of(module, function)?) } else { None },
            body: module.body(function).unwrap_or_default(),
            layout,
            branches: branches.unwrap_or_default(),
            pc: layout.code_start as usize,
            index: 0,
            entry: 0,
            words: Vec::new(),
            entries: Vec::new(),
            stack: Vec::new(),
            lazy: Vec::new(),
            controls: Vec::new(),
            patches: Vec::new(),
            tests: Vec::new(),
            // It was checked to fit.
            locals: slots as u16,
            last: usize::MAX,
            before: usize::MAX,
            fence: 0,
            held: Held::default(),
            reachable: true,
            dead: 0,
            straight,
            checked: 0,
            memory32: all.memories.first().is_some_and(|ty| ty.address == AddrType::I32),
        };
        translator.note_entry(translator.pc)?;
        translator.open(Kind::Function, 0, layout.result_slots)?;
        Ok(translator)
    }

    fn finish(self) -> Result<Microcode, Refused> {
        let FunctionLayout { param_slots, local_slots, max_operand_slots, .. } = self.layout;
        Ok(Microcode {
            words: boxed(self.words).map_err(|_| Refused::OutOfMemory)?,
            entries: boxed(self.entries).map_err(|_| Refused::OutOfMemory)?,
            // That they fit was checked.
            params: param_slots as u16,
            locals: local_slots as u16,
            frame: (param_slots + local_slots + max_operand_slots) as u16,
            results: self.layout.result_slots as u16,
            instructions: self.index,
        })
    }

    /// Bytes that it takes until it is finished, which copies what it leaves, or grows once more.
    fn takes(&self) -> usize {
        let Translator { words, entries, .. } = self;
        FEW + 2 * (words.capacity() * size_of::<u64>() + entries.capacity() * size_of::<Entry>())
    }

    fn over_budget(&self) -> Refused {
        // A body is shorter than 4 GiB.
        Refused::Budget { body: self.body.len() as u32 }
    }

    /// Notes that execution may begin here, before the instruction at `pc`.
    fn note_entry(&mut self, call: usize) -> Result<(), Refused> {
        let entry = Entry {
            at: self.words.len() as u32,
            pc: self.pc as u32,
            next_entry: self.entry,
            index: self.index,
            height: self.top(),
            // Calls have no more than two numbers of five bytes behind their first.
            call: (self.pc - call) as u8,
        };
        self.fence();
        push(&mut self.entries, entry)
    }

    /// Emits the first word of an operator.
    fn emit(&mut self, word: Word) -> Result<(), Refused> {
        self.emit_with(word, None)
    }

    /// The same, of one that takes what is in a third slot as well.
    fn emit_with(&mut self, word: Word, third: Option<u16>) -> Result<(), Refused> {
        let word = self.held.last.taken_by(word, third);
        self.held = Held { last: self.held.last.behind(word), before: self.held.last };
        (self.before, self.last) = (self.last, self.words.len());
        self.emit_more(word.0)
    }

    /// Emits a word that belongs to the operator emitted last.
    fn emit_more(&mut self, word: u64) -> Result<(), Refused> {
        // Branches that keep many values can take thousands of words each.
        if self.words.len() / MOST_WORDS > self.body.len() {
            return Err(self.over_budget());
        }
        push(&mut self.words, word)
    }

    /// Takes back the operator emitted last, which has one word.
    fn take_back(&mut self) {
        self.words.pop();
        (self.last, self.before) = (self.before, usize::MAX);
        self.held = Held { last: self.held.before, before: Registers::default() };
    }

    /// Puts another operator into the place of the one emitted last.
    fn replace(&mut self, word: Word) {
        let third = self.words.get(self.last + 1).map(|word| *word as u16);
        let word = self.held.before.taken_by(word, third);
        if let Some(last) = self.words.get_mut(self.last) {
            *last = word.0;
            self.held.last = self.held.before.behind(word);
        }
    }

    /// The operator emitted last, with all its operands in slots, if nothing can come between it
    /// and the next.
    fn last_word(&self) -> Option<Word> {
        let word = self.words.get(self.last).filter(|_| self.last >= self.fence);
        word.map(|word| Word(*word).base())
    }

    /// Execution may come to the next operator from elsewhere.
    fn fence(&mut self) {
        self.fence = self.words.len();
        self.held = Held::default();
    }

    /// Emits a copy; with the one before it, if there is one.
    fn emit_copy(&mut self, to: u16, from: u16) -> Result<(), Refused> {
        if let Some(word) = self.last_word()
            && word.op() == Some(Op::Copy)
        {
            self.take_back();
            self.emit(Op::Copy2.word(word.a(), word.b(), to))?;
            return self.emit_more(from.into());
        }
        self.emit(Op::Copy.word(to, from, 0))
    }

    /// Translates one instruction; says whether there are more.
    fn instruction(&mut self) -> Result<bool, Refused> {
        let at = self.pc;
        let Some(&byte) = self.body.get(at) else { return Ok(false) };
        self.pc += 1;
        let operator = match Operator::from_byte(byte) {
            Some(operator) => operator,
            None => {
                let code = self.number();
                Operator::from_prefixed(byte, code).unwrap_or(Operator::Unreachable)
            }
        };
        if !self.reachable {
            return self.skip(operator);
        }
        if self.index - self.checked >= self.straight {
            self.checked = self.index;
            self.note_place(at)?;
            self.emit(Op::Check.word_with(0, self.index))?;
        }
        self.operator(operator, at)?;
        self.index += 1;
        Ok(!self.controls.is_empty())
    }

    /// Passes over an instruction that is never executed.
    fn skip(&mut self, operator: Operator) -> Result<bool, Refused> {
        match operator {
            // Those two have no immediates.
            Operator::End if self.dead == 0 => self.end()?,
            Operator::Else if self.dead == 0 => self.or_else()?,
            Operator::End => self.dead -= 1,
            Operator::Block | Operator::Loop | Operator::If | Operator::TryTable => {
                self.dead += 1;
                self.skip_immediates(operator);
            }
            _ => self.skip_immediates(operator),
        }
        self.index += 1;
        Ok(!self.controls.is_empty())
    }

    /// Moves past the immediates of an operator, and past its entries in the side table.
    fn skip_immediates(&mut self, operator: Operator) {
        // There are fewer entries than bytes.
        self.entry += immediates::skip(operator, self.body, &mut self.pc) as u32;
    }

    fn operator(&mut self, operator: Operator, at: usize) -> Result<(), Refused> {
        use Operator as O;
        match operator {
            O::Nop => Ok(()),
            O::Unreachable => {
                self.leave(at)?;
                self.die();
                Ok(())
            }
            O::Block => {
                let (params, results) = self.block_type();
                self.settle()?;
                self.open(Kind::Block, params, results)
            }
            O::Loop => {
                let (params, results) = self.block_type();
                self.settle()?;
                // A branch to it goes behind it.
                self.index += 1;
                self.note_entry(self.pc)?;
                self.open(Kind::Loop, params, results)?;
                self.index -= 1;
                Ok(())
            }
            O::TryTable => {
                let (params, results) = self.block_type();
                self.settle()?;
                let controls = &mut self.controls;
                let clauses = immediates::clauses(self.body, &mut self.pc, |label| {
                    if let Some(control) = controls.iter_mut().nth_back(label as usize) {
                        control.caught = true;
                    }
                });
                self.entry += clauses as u32;
                self.open(Kind::Block, params, results)
            }
            O::If => self.when(),
            O::Else => self.or_else(),
            O::End => self.end(),
            O::Br => self.branch(),
            O::BrIf => self.branch_if(),
            O::BrTable => self.branch_table(),
            O::Return => {
                self.give_back(self.index + 1)?;
                self.die();
                Ok(())
            }
            O::Call => self.call(at),
            O::CallIndirect => {
                let (ty, table) = (self.number(), self.number());
                let address = self.all.tables.get(table as usize).map(|it| it.address);
                match u16::try_from(table) {
                    Ok(table) if address == Some(AddrType::I32) => {
                        self.call_through(at, Op::CallIndirect, table, ty)
                    }
                    _ => self.leave_for_call(at, ty, 1),
                }
            }
            O::CallRef => {
                let ty = self.number();
                self.call_through(at, Op::CallRef, 0, ty)
            }
            O::ReturnCall => self.call_instead(at),
            O::ReturnCallIndirect | O::ReturnCallRef | O::Throw | O::ThrowRef => {
                self.skip_immediates(operator);
                self.leave(at)?;
                self.die();
                Ok(())
            }
            O::BrOnNull | O::BrOnNonNull | O::BrOnCast | O::BrOnCastFail => {
                self.branch_on_reference(operator)
            }
            O::Drop => {
                self.drop_operands(if self.is_vector(at) { 2 } else { 1 });
                Ok(())
            }
            O::Select | O::SelectTyped => {
                self.skip_immediates(operator);
                self.select(self.is_vector(at))
            }
            O::LocalGet => match self.local() {
                (slot, false) => self.push_operand(Operand::Local(slot)),
                (slot, true) => self.push_two([slot, slot + 1].map(Operand::Local)),
            },
            O::LocalSet => match self.local() {
                (slot, false) => self.set_local(slot).map(drop),
                (slot, true) => self.set_two(slot).map(drop),
            },
            O::LocalTee => match self.local() {
                (slot, false) => {
                    let operand = self.set_local(slot)?;
                    self.push_operand(operand)
                }
                (slot, true) => {
                    let operands = self.set_two(slot)?;
                    self.push_two(operands)
                }
            },
            O::GlobalGet if self.effect(operator).1 == 1 => {
                let global = self.number();
                let to = self.top();
                self.give(Op::GlobalGet.word_with(to, global))
            }
            O::GlobalSet if self.effect(operator).0 == 1 => {
                let global = self.number();
                let from = self.pop_slot()?;
                self.emit(Op::GlobalSet.word_with(from, global))
            }
            // A constant of 32 bits is the lower half of what is read.
            O::I32Const => {
                let value = self.signed() as u32;
                self.push_operand(Operand::Const(value.into()))
            }
            O::I64Const => {
                let value = self.signed().cast_unsigned();
                self.push_operand(Operand::Const(value))
            }
            O::F32Const => {
                let value = u32::from_le_bytes(self.bytes());
                self.push_operand(Operand::Const(value.into()))
            }
            O::F64Const => {
                let value = u64::from_le_bytes(self.bytes());
                self.push_operand(Operand::Const(value))
            }
            #[cfg(feature = "simd")]
            O::V128Const => {
                let [low, high] = [self.bytes(), self.bytes()].map(u64::from_le_bytes);
                self.push_two([low, high].map(Operand::Const))
            }
            O::RefNull => {
                self.signed();
                self.push_operand(Operand::Const(NULL))
            }
            // The slots of these are the same before and after.
            O::I64ExtendI32U
            | O::I32ReinterpretF32
            | O::I64ReinterpretF64
            | O::F32ReinterpretI32
            | O::F64ReinterpretI64
            | O::AnyConvertExtern
            | O::ExternConvertAny => Ok(()),
            _ => self.numeric_or_memory(operator, at),
        }
    }

    fn numeric_or_memory(&mut self, operator: Operator, at: usize) -> Result<(), Refused> {
        match operator {
            Operator::MemoryFill => return self.bulk(Op::MemoryFill, 1, operator, at),
            Operator::MemoryCopy => return self.bulk(Op::MemoryCopy, 2, operator, at),
            _ => {}
        }
        use operand::Simple;
        match operand::simple(operator) {
            Some(Simple::Unary(op)) => self.unary(op),
            Some(Simple::Binary(op)) => self.binary(op, None),
            Some(Simple::Integer(op, immediate)) => self.binary(op, Some(immediate)),
            Some(Simple::Swapped(op)) => self.swapped(op),
            Some(Simple::Compare(compare)) => self.compare(compare),
            Some(Simple::Subtract(op, add)) => self.subtract(op, add),
            Some(Simple::Load(near, far)) => self.load(near, far, operator, at),
            Some(Simple::Store(near, far)) => self.store(near, far, operator, at),
            None => self.step(operator, at),
        }
    }

    /// Leaves an instruction to the stepper, within this function.
    fn step(&mut self, operator: Operator, at: usize) -> Result<(), Refused> {
        let (pops, pushes) = self.effect(operator);
        self.skip_immediates(operator);
        self.settle()?;
        let height = self.top();
        self.emit(Op::Step.word_with(height, self.index))?;
        self.emit_more(at as u64)?;
        self.drop_operands(pops);
        (0..pushes).try_for_each(|_| self.push_operand(Operand::Slot))
    }

    /// Leaves the function before this instruction, all operands being in their slots.
    fn leave(&mut self, at: usize) -> Result<(), Refused> {
        self.note_place(at)?;
        self.emit(Op::Leave.word_with(0, self.index))
    }

    /// Puts all operands into their slots, and notes where execution stands then: before this
    /// instruction.
    fn note_place(&mut self, at: usize) -> Result<(), Refused> {
        self.settle()?;
        let pc = core::mem::replace(&mut self.pc, at);
        self.note_entry(at)?;
        self.pc = pc;
        Ok(())
    }

    fn call(&mut self, at: usize) -> Result<(), Refused> {
        let function = self.number();
        let (all, imported) = (self.all, self.all.imported_functions);
        let ty = all.function_type(function).ok_or(Refused::Imported)?;
        if function < imported {
            self.leave(at)?;
            return self.called(at, ty);
        }
        self.settle()?;
        let arguments = self.stack.len().saturating_sub(slots(ty.params()));
        let from = self.slot(arguments);
        self.emit(Op::Call.word(from, 0, 0))?;
        self.emit_more(halves(function, self.index + 1))?;
        self.called(at, ty)
    }

    /// A call of what the top operand leads to.
    fn call_through(&mut self, at: usize, op: Op, table: u16, ty: u32) -> Result<(), Refused> {
        let all = self.all;
        let ty_of = all.types.func(ty).ok_or(Refused::Imported)?;
        self.settle()?;
        self.take();
        let callee = self.top();
        let from = self.slot(self.stack.len().saturating_sub(slots(ty_of.params())));
        self.emit(op.word(from, callee, table))?;
        self.emit_more(halves(ty, self.index + 1))?;
        self.called(at, ty_of)
    }

    /// `return_call`
    fn call_instead(&mut self, at: usize) -> Result<(), Refused> {
        let function = self.number();
        let (all, imported) = (self.all, self.all.imported_functions);
        let ty = all.function_type(function).ok_or(Refused::Imported)?;
        if function < imported {
            self.leave(at)?;
        } else {
            self.note_place(at)?;
            let params = slots(ty.params());
            let from = self.slot(self.stack.len().saturating_sub(params));
            // There are fewer than slots, which were counted.
            self.emit(Op::TailCall.word(from, params as u16, 0))?;
            self.emit_more(halves(function, self.index + 1))?;
        }
        self.die();
        Ok(())
    }

    /// Leaves the function for a call that takes so many operands besides the arguments.
    fn leave_for_call(&mut self, at: usize, ty: u32, others: usize) -> Result<(), Refused> {
        let all = self.all;
        let ty = all.types.func(ty).ok_or(Refused::Imported)?;
        self.leave(at)?;
        self.drop_operands(others);
        self.called(at, ty)
    }

    /// Goes on after a call, all operands being in their slots.
    fn called(&mut self, at: usize, ty: &FuncType) -> Result<(), Refused> {
        self.drop_operands(slots(ty.params()));
        (0..slots(ty.results())).try_for_each(|_| self.push_operand(Operand::Slot))?;
        self.index += 1;
        self.note_entry(at)?;
        self.index -= 1;
        Ok(())
    }

    fn number(&mut self) -> u32 {
        immediates::number(self.body, &mut self.pc)
    }

    fn signed(&mut self) -> i64 {
        immediates::signed(self.body, &mut self.pc)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        immediates::bytes(self.body, &mut self.pc)
    }

    /// The memory and the offset of an access.
    fn mem_arg(&mut self) -> (u32, u64) {
        immediates::mem_arg(self.body, &mut self.pc)
    }
}

/// Appends an item, unless there is no memory for it.
pub(super) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), Refused> {
    items.try_reserve(1).map_err(|_| Refused::OutOfMemory)?;
    items.push(item);
    Ok(())
}
