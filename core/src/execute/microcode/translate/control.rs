//! Blocks, and jumps between them.

use super::super::Refused;
use super::super::op::{Format, Op, Word, halves, operators};
use super::operand::{Condition, Operand, gives};
use super::{Translator, push};
use crate::execute::stepper::immediates;
use crate::operators::Operator;

/// A jump that is always taken.
const ALWAYS: Condition = Condition { jump: Op::Jump.word(0, 0, 0), constant: None };

/// Ends a chain of patches.
const NONE: u32 = u32::MAX;

/// What opened a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Block,
    Loop,
    If,
}

/// A block that is being translated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control {
    kind: Kind,
    /// Operands below it, and those that it takes and gives, in slots.
    height: u32,
    params: u32,
    results: u32,
    /// Of a loop: where it begins, and how many instructions before that.
    start: u32,
    start_index: u32,
    /// The test that it begins with.
    test: u32,
    /// The last of the jumps that wait for its end.
    waiting: u32,
    /// Of an `if`: the jump to its other part, or behind it.
    otherwise: u32,
    /// Whether exceptions that are caught come to its end.
    pub(super) caught: bool,
    /// The `br_table` that last made code to jump here, and where that is.
    stub: (u32, u32),
}

/// What a loop begins with that goes on only on a condition: a branch back to its start can test
/// that itself, and need not jump twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Test {
    /// What gives the condition, and where that is then.
    words: [u64; Test::MOST],
    length: usize,
    condition: Operand,
    /// The block that is left unless the loop goes on, counted from the outermost.
    out: u32,
    /// How many instructions it is.
    instructions: u32,
    /// Behind it.
    behind: Target,
}

impl Test {
    /// Words that such a test takes at most.
    const MOST: usize = 4;
}

/// A jump whose target is not known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patch {
    /// Its first word; of an entry in a table, the first word of that.
    base: u32,
    /// The word that holds the target.
    word: u32,
    /// How many instructions stand before the one behind it.
    count: u32,
    is_entry: bool,
    next: u32,
}

/// A branch, as the side table knows it.
#[derive(Clone, Copy, Default)]
struct Branch {
    /// Slots that it keeps, and drops below them.
    keep: u32,
    drop: u32,
    /// Whether only a jump that is always taken is sure to say how far it goes.
    is_far: bool,
}

/// Jumps on conditions go over no more bytes, and so instructions, for each instruction that may
/// come in a row: never more than 16 bits can say, and in tests, which let few come in a row, so
/// few that small functions have branches that go further.
const FAR: usize = 0x7F00 / 256;

/// A place that jumps go to.
#[derive(Debug, Clone, Copy)]
struct Target {
    word: u32,
    index: u32,
}

impl Translator<'_> {
    /// Opens a block whose parameters are the top operands.
    pub(super) fn open(&mut self, kind: Kind, params: u32, results: u32) -> Result<(), Refused> {
        let height = (self.stack.len() as u32).saturating_sub(params);
        let control = Control {
            kind,
            height,
            params,
            results,
            start: self.words.len() as u32,
            start_index: self.index,
            test: NONE,
            waiting: NONE,
            otherwise: NONE,
            caught: false,
            stub: (NONE, 0),
        };
        push(&mut self.controls, control)
    }

    /// What comes next cannot be reached.
    pub(super) fn die(&mut self) {
        self.reachable = false;
        self.dead = 0;
    }

    /// The place that the next word has.
    fn here(&mut self, index: u32) -> Target {
        self.fence();
        Target { word: self.words.len() as u32, index }
    }

    /// Emits a jump to a place to be found out later; gives its patch.
    fn jump_later(&mut self, condition: Condition, next: u32) -> Result<u32, Refused> {
        self.jump_counting(condition, self.index + 1, next)
    }

    /// The same; so many instructions stand before the one behind the jump.
    fn jump_counting(
        &mut self,
        condition: Condition,
        count: u32,
        next: u32,
    ) -> Result<u32, Refused> {
        let Condition { jump, constant } = condition;
        let joined = self.last_word().and_then(|sum| join_sum(sum, jump));
        if joined.is_some() {
            self.take_back();
        }
        let base = self.words.len() as u32;
        match joined {
            Some((first, compared)) => {
                self.emit(first)?;
                self.emit_more(0)?;
                self.emit_more(compared.into())?;
            }
            None => {
                self.emit(jump)?;
                self.emit_more(0)?;
                constant.map_or(Ok(()), |constant| self.emit_more(constant))?;
            }
        }
        self.patch_later(Patch { base, word: base + 1, count, is_entry: false, next })
    }

    fn patch_later(&mut self, patch: Patch) -> Result<u32, Refused> {
        // There are fewer than words, which fit 32 bits.
        let number = self.patches.len() as u32;
        push(&mut self.patches, patch)?;
        Ok(number)
    }

    /// Lets a jump go to this place.
    fn patch(&mut self, patch: Patch, target: Target) -> Result<(), Refused> {
        let distance = (target.word.wrapping_sub(patch.base)).cast_signed();
        let delta = (patch.count.wrapping_sub(target.index)).cast_signed();
        let word = |upper: u32| halves(distance.cast_unsigned(), upper);
        if patch.is_entry {
            if let Some(entry) = self.words.get_mut(patch.word as usize) {
                *entry = word(delta.cast_unsigned());
            }
            return Ok(());
        }
        let first = Word(self.words.get(patch.base as usize).copied().unwrap_or_default());
        debug_assert!(first.op() == Some(Op::Jump) || i16::try_from(delta).is_ok());
        // Only what jumps always goes further than 16 bits can say.
        let short = u64::from(delta as u16);
        let (word_of_delta, delta) = match first.op().map(Op::format) {
            Some(Format::Jump) => (patch.base, u64::from(delta.cast_unsigned()) << 32),
            Some(Format::AddJump | Format::SumJump) => (patch.base + 2, short << 32),
            _ => (patch.base, short << 48),
        };
        if let Some(word) = self.words.get_mut(word_of_delta as usize) {
            *word |= delta;
        }
        if let Some(last) = self.words.get_mut(patch.word as usize) {
            *last = word(target.index);
        }
        Ok(())
    }

    /// Lets a chain of jumps go to this place. Says whether there are any.
    fn patch_all(&mut self, mut chain: u32, target: Target) -> Result<bool, Refused> {
        let any = chain != NONE;
        while let Some(patch) = self.patches.get(chain as usize).copied() {
            self.patch(patch, target)?;
            chain = patch.next;
        }
        Ok(any)
    }

    /// `if`
    pub(super) fn when(&mut self) -> Result<(), Refused> {
        let (params, results) = self.block_type();
        let is_far = self.branch_entry().is_far;
        let condition = self.pop_condition(is_far)?;
        self.settle()?;
        let mut otherwise = self.jump_later(condition, NONE)?;
        if is_far {
            let over = core::mem::replace(&mut otherwise, self.jump_later(ALWAYS, NONE)?);
            self.come_over(over)?;
        }
        self.open(Kind::If, params, results)?;
        if let Some(control) = self.controls.last_mut() {
            control.otherwise = otherwise;
        }
        Ok(())
    }

    /// `else`
    pub(super) fn or_else(&mut self) -> Result<(), Refused> {
        self.entry += 1;
        let Some(&control) = self.controls.last() else { return Ok(()) };
        if self.reachable {
            self.settle()?;
            let patch = self.jump_later(ALWAYS, control.waiting)?;
            if let Some(control) = self.controls.last_mut() {
                control.waiting = patch;
            }
        }
        // Blocks that cannot be reached are not opened, so this part can be.
        self.reachable = true;
        let target = self.here(self.index + 1);
        self.patch_all(control.otherwise, target)?;
        self.restack(control.height, control.params)?;
        if let Some(control) = self.controls.last_mut() {
            control.otherwise = NONE;
            control.kind = Kind::Block;
        }
        Ok(())
    }

    /// Leaves so many operands, and puts so many above them, all in their slots.
    fn restack(&mut self, height: u32, more: u32) -> Result<(), Refused> {
        self.stack.truncate(height as usize);
        let kept = self.lazy.partition_point(|place| *place < height);
        self.lazy.truncate(kept);
        (0..more).try_for_each(|_| self.push_operand(Operand::Slot))
    }

    /// `end`
    pub(super) fn end(&mut self) -> Result<(), Refused> {
        let Some(control) = self.controls.pop() else { return Ok(()) };
        let is_target = control.waiting != NONE || control.otherwise != NONE || control.caught;
        if control.kind == Kind::Function {
            if is_target {
                if self.reachable {
                    self.settle()?;
                }
                self.restack(control.height, control.results)?;
                let target = self.here(self.index);
                self.patch_all(control.waiting, target)?;
            }
            if is_target || self.reachable {
                self.give_back(self.index + 1)?;
            }
            return Ok(());
        }
        if is_target {
            if self.reachable {
                self.settle()?;
            }
            let target = self.here(self.index + 1);
            self.patch_all(control.waiting, target)?;
            self.patch_all(control.otherwise, target)?;
            self.reachable = true;
            self.restack(control.height, control.results)?;
        }
        Ok(())
    }

    /// Emits what returns from the function with the top operands; so many instructions of
    /// the function count with it.
    pub(super) fn give_back(&mut self, count: u32) -> Result<(), Refused> {
        match self.layout.result_slots {
            0 => self.emit(Op::Return0.word_with(0, count)),
            1 => {
                let from = self.pop_slot()?;
                self.push_operand(Operand::Slot)?;
                self.emit(Op::Return1.word_with(from, count))
            }
            results => {
                self.settle()?;
                let from = self.slot(self.stack.len().saturating_sub(results as usize));
                self.emit(Op::Results.word(from, results as u16, 0))?;
                self.emit_more(count.into())
            }
        }
    }

    /// The next entry of the side table.
    fn branch_entry(&mut self) -> Branch {
        let entry = self.branches.get(self.entry as usize);
        self.entry += 1;
        entry.map_or(Branch::default(), |entry| Branch {
            keep: entry.keep(),
            drop: entry.drop(),
            is_far: self.pc.abs_diff(entry.target as usize) > FAR * self.straight as usize,
        })
    }

    /// Whether nothing has to be moved for a branch that keeps what is below the top `above` slots.
    fn is_in_place(&self, branch: Branch, above: usize) -> bool {
        let end = self.stack.len().saturating_sub(above);
        let from = end.saturating_sub(branch.keep as usize);
        // There are few of them.
        let is_kept = |place: &u32| (from..end).contains(&(*place as usize));
        branch.keep == 0 || branch.drop == 0 && !self.lazy.iter().any(is_kept)
    }

    /// Emits what moves the top operands to where a branch wants them; to this code, nothing
    /// changes by that.
    fn move_kept(&mut self, Branch { keep, drop, .. }: Branch) -> Result<(), Refused> {
        let from = self.stack.len().saturating_sub(keep as usize);
        for place in from..self.stack.len() {
            let to = self.slot(place.saturating_sub(drop as usize));
            match self.stack.get(place).copied() {
                Some(Operand::Local(local)) => self.emit_copy(to, local)?,
                Some(Operand::Const(value)) => self.put_const(to, value)?,
                _ if drop > 0 => {
                    let from = self.slot(place);
                    self.emit_copy(to, from)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Emits a jump to a label.
    fn jump_to(&mut self, jump: Condition, label: u32) -> Result<(), Refused> {
        let Some(place) = self.controls.len().checked_sub(label as usize + 1) else {
            return Ok(());
        };
        let Some(control) = self.controls.get(place).copied() else { return Ok(()) };
        let patch = self.jump_later(jump, control.waiting)?;
        if control.kind == Kind::Loop {
            let target = Target { word: control.start, index: control.start_index };
            return match self.patches.pop() {
                Some(patch) => self.patch(patch, target),
                None => Ok(()),
            };
        }
        if let Some(control) = self.controls.get_mut(place) {
            control.waiting = patch;
        }
        Ok(())
    }

    fn leads_out(&self, label: u32) -> bool {
        label as usize + 1 == self.controls.len()
    }

    /// `br`
    pub(super) fn branch(&mut self) -> Result<(), Refused> {
        let label = self.number();
        let branch = self.branch_entry();
        if self.leads_out(label) {
            // The last `end` counts as well.
            self.give_back(self.index + 2)?;
        } else if let Some(test) = self.test_of(label, branch) {
            self.go_round(test)?;
        } else {
            self.move_kept(branch)?;
            self.jump_to(ALWAYS, label)?;
        }
        self.die();
        Ok(())
    }

    /// What the loop that this label leads to begins with, if nothing else is on the stack than
    /// what the loop takes.
    fn test_of(&self, label: u32, branch: Branch) -> Option<Test> {
        let place = self.controls.len().checked_sub(label as usize + 1)?;
        let test = self.tests.get(self.controls.get(place)?.test as usize)?;
        (branch.drop == 0 && !branch.is_far).then_some(*test)
    }

    /// Goes back to the start of a loop, or out of it, as its test says.
    fn go_round(&mut self, test: Test) -> Result<(), Refused> {
        self.settle()?;
        for words in operators(test.words.get(..test.length).unwrap_or_default()) {
            let Some((first, more)) = words.split_first() else { continue };
            self.emit(Word(*first))?;
            more.iter().try_for_each(|word| self.emit_more(*word))?;
        }
        self.push_operand(test.condition)?;
        let condition = self.pop_condition(false)?;
        let Some(out) = self.controls.get(test.out as usize).copied() else { return Ok(()) };
        // The test is executed after what comes before it here.
        let count = self.index + 1 + test.instructions;
        let back = self.jump_counting(condition, count, NONE)?;
        self.patch_all(back, test.behind)?;
        let waiting = self.jump_counting(ALWAYS, count, out.waiting)?;
        if let Some(out) = self.controls.get_mut(test.out as usize) {
            out.waiting = waiting;
        }
        Ok(())
    }

    /// What is tested at the start of a loop, if the condition on top of the stack is that.
    fn test(&self, label: u32, is_direct: bool) -> Option<Test> {
        let control = self.controls.last().filter(|it| it.kind == Kind::Loop && it.test == NONE)?;
        let all = self.words.get(control.start as usize..)?;
        let operands = control.height + control.params;
        let below = self.lazy.first().is_none_or(|place| *place >= operands);
        if !is_direct || self.stack.len() as u32 != operands + 1 || !below {
            return None;
        }
        let mut words = [0; Test::MOST];
        words.get_mut(..all.len())?.copy_from_slice(all);
        // They must change nothing that anything else could see.
        let mut firsts = operators(all).filter_map(|words| words.first().copied().map(Word));
        let first = self.slot(operands as usize);
        if !firsts.all(|word| word.op().is_some_and(gives) && word.a() >= first) {
            return None;
        }
        let out = self.controls.len().checked_sub(label as usize + 1)?;
        // A branch back to the start goes on there, and needs no test.
        let leaves = self.controls.get(out)?.kind != Kind::Loop;
        leaves.then_some(Test {
            words,
            length: all.len(),
            condition: self.stack.last().copied()?,
            out: out as u32,
            instructions: self.index + 1 - control.start_index,
            // The word is not known before the jump is emitted.
            behind: Target { word: 0, index: self.index + 1 },
        })
    }

    /// Notes the test of the innermost loop, which has been translated.
    fn note_test(&mut self, mut test: Test) -> Result<(), Refused> {
        // Where it is gone to from the end of the loop, execution often stops.
        self.index += 1;
        self.note_entry(self.pc)?;
        self.index -= 1;
        test.behind.word = self.words.len() as u32;
        let number = self.tests.len() as u32;
        push(&mut self.tests, test)?;
        if let Some(control) = self.controls.last_mut() {
            control.test = number;
        }
        Ok(())
    }

    /// `br_if`
    pub(super) fn branch_if(&mut self) -> Result<(), Refused> {
        let label = self.number();
        let branch = self.branch_entry();
        // The condition is on top of what is kept.
        let is_direct = self.is_in_place(branch, 1) && !branch.is_far;
        let test = self.test(label, is_direct);
        let condition = self.pop_condition(is_direct)?;
        self.branch_when(condition, is_direct, label, branch)?;
        test.map_or(Ok(()), |test| self.note_test(test))
    }

    /// Branches on a condition; or, if that is not direct, passes over code that branches.
    fn branch_when(
        &mut self,
        condition: Condition,
        is_direct: bool,
        label: u32,
        branch: Branch,
    ) -> Result<(), Refused> {
        if is_direct {
            return self.jump_to(condition, label);
        }
        // Wherever a jump leads, all operands are in their slots.
        self.settle()?;
        let over = self.jump_later(condition, NONE)?;
        self.move_kept(branch)?;
        self.jump_to(ALWAYS, label)?;
        self.come_over(over)
    }

    /// Lets a jump go on behind the current instruction.
    fn come_over(&mut self, over: u32) -> Result<(), Refused> {
        let target = self.here(self.index + 1);
        self.patch_all(over, target).map(drop)
    }

    /// A branch on what the reference on top is.
    pub(super) fn branch_on_reference(&mut self, operator: Operator) -> Result<(), Refused> {
        let at = self.pc;
        let (holds, fails, constant) = match operator {
            Operator::BrOnNull => (Op::JumpI64EqI, Op::JumpI64NeI, None),
            Operator::BrOnNonNull => (Op::JumpI64NeI, Op::JumpI64EqI, None),
            Operator::BrOnCast => (Op::JumpCast, Op::JumpCastFail, Some(at as u64)),
            _ => (Op::JumpCastFail, Op::JumpCast, Some(at as u64)),
        };
        // Flags stand before the label.
        let mut label_at = at + usize::from(constant.is_some());
        let label = immediates::number(self.body, &mut label_at);
        immediates::skip(operator, self.body, &mut self.pc);
        let branch = self.branch_entry();
        let drops_null = operator == Operator::BrOnNull;
        let is_direct = self.is_in_place(branch, usize::from(drops_null)) && !branch.is_far;
        if !is_direct {
            self.settle()?;
        }
        let reference = self.stack.last().copied().unwrap_or(Operand::Slot);
        let slot = self.pop_slot()?;
        let jump = if is_direct { holds } else { fails }.word(slot, 0, 0);
        if !drops_null {
            self.push_operand(reference)?;
        }
        self.branch_when(Condition { jump, constant }, is_direct, label, branch)?;
        match operator {
            Operator::BrOnNull => self.push_operand(reference),
            Operator::BrOnNonNull => {
                self.take();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `br_table`
    pub(super) fn branch_table(&mut self) -> Result<(), Refused> {
        let labels = self.number();
        let selector = self.pop_slot()?;
        let base = self.words.len() as u32;
        self.emit(Op::Table.word_with(selector, labels))?;
        self.emit_more(u64::from(self.index + 1))?;
        for _ in 0..=labels {
            self.emit_more(0)?;
        }
        for index in 0..=labels {
            let label = self.number();
            let branch = self.branch_entry();
            let Some(place) = self.controls.len().checked_sub(label as usize + 1) else {
                return Ok(());
            };
            let Some(control) = self.controls.get(place).copied() else { return Ok(()) };
            let count = self.index + 1;
            let entry = Patch { base, word: base + 2 + index, count, is_entry: true, next: NONE };
            if control.kind != Kind::Loop && self.is_in_place(branch, 0) {
                let next = control.waiting;
                let number = self.patch_later(Patch { next, ..entry })?;
                if let Some(control) = self.controls.get_mut(place) {
                    control.waiting = number;
                }
                continue;
            }
            // Code of its own for each label, which counts nothing until it jumps.
            let is_there = control.stub.0 == base;
            let here = self.here(count);
            let stub = if is_there { control.stub.1 } else { here.word };
            self.patch(entry, Target { word: stub, index: count })?;
            if !is_there {
                self.move_kept(branch)?;
                self.jump_to(ALWAYS, label)?;
                if let Some(control) = self.controls.get_mut(place) {
                    control.stub = (base, stub);
                }
            }
        }
        self.die();
        Ok(())
    }
}

/// An addition, and the jump after it that compares the sum, as one: its first word, and what is
/// compared with. None if that is not what they are.
fn join_sum(sum: Word, jump: Word) -> Option<(Word, u16)> {
    use Op as O;
    let is_left = sum.a() == jump.a();
    if !is_left && sum.a() != jump.b() {
        return None;
    }
    let (op, compared) = match (sum.op()?, jump.op()?, is_left) {
        (O::I32AddI, O::JumpNonZero, true) => (O::AddJumpI32NeI, 0),
        (O::I32AddI, O::JumpZero, true) => (O::AddJumpI32EqI, 0),
        (O::I32AddI, O::JumpI32NeI, true) => (O::AddJumpI32NeI, jump.b()),
        (O::I32AddI, O::JumpI32EqI, true) => (O::AddJumpI32EqI, jump.b()),
        (O::I32AddI, O::JumpI32LtSI, true) => (O::AddJumpI32LtSI, jump.b()),
        (O::I32AddI, O::JumpI32LtUI, true) => (O::AddJumpI32LtUI, jump.b()),
        (O::I32AddI, O::JumpI32GtSI, true) => (O::AddJumpI32GtSI, jump.b()),
        (O::I32AddI, O::JumpI32GtUI, true) => (O::AddJumpI32GtUI, jump.b()),
        (O::I32AddI, O::JumpI32Ne, true) => (O::AddJumpI32Ne, jump.b()),
        (O::I32AddI, O::JumpI32Ne, false) => (O::AddJumpI32Ne, jump.a()),
        (O::I32AddI, O::JumpI32LtS, true) => (O::AddJumpI32LtS, jump.b()),
        (O::I32AddI, O::JumpI32LtU, true) => (O::AddJumpI32LtU, jump.b()),
        (O::I32AddI, O::JumpI32LeS, true) => (O::AddJumpI32LeS, jump.b()),
        (O::I32AddI, O::JumpI32LeU, true) => (O::AddJumpI32LeU, jump.b()),
        (O::I32AddI, O::JumpI32LtS, false) => (O::AddJumpI32GtS, jump.a()),
        (O::I32AddI, O::JumpI32LtU, false) => (O::AddJumpI32GtU, jump.a()),
        (O::I32Add, O::JumpI32Ne, true) => (O::SumJumpI32Ne, jump.b()),
        (O::I32Add, O::JumpI32Ne, false) => (O::SumJumpI32Ne, jump.a()),
        (O::I32Add, O::JumpI32LtS, true) => (O::SumJumpI32LtS, jump.b()),
        (O::I32Add, O::JumpI32LtU, true) => (O::SumJumpI32LtU, jump.b()),
        _ => return None,
    };
    Some((op.word(sum.a(), sum.b(), sum.c()), compared))
}
