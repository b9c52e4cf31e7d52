//! Operators of microcode, as text.

use alloc::string::String;
use core::fmt::{self, Write};

use super::disassembly::Disassembly;
use super::float::{F32Text, F64Text};
use crate::decode::{Immediates, Instructions};
use crate::execute::{Format, Last, MicrocodeListing, MicrocodeRow, Op, Slot, Word};
use crate::module::Named;
use crate::operators::{Operand, Signature};
use crate::types::{FuncType, ValType};

/// So many slots in a row are named one by one.
const MOST_NAMED: u32 = 3;

/// So many targets of a switch are written, besides the last.
const MOST_TARGETS: usize = 16;

impl Disassembly<'_> {
    /// What an operator of microcode does.
    ///
    /// | text | meaning |
    /// | --- | --- |
    /// | `$x`, `l2` | a local, by its name or index |
    /// | `$x+1`, `l2+1` | the upper half of a local that is a vector |
    /// | `t0` | a slot of the operand stack, 0 being the lowest |
    /// | `t0′`, `l2′` | the same, but still in a register: the last result |
    /// | `t0 ← i32.add l0, 7` | what an instruction makes of these goes there |
    /// | `t0 ← i32.add (i32.mul l0, l1), t1` | two instructions in one |
    /// | `t0 ← load32_u [l0 + l1 + 16]` | from memory, by width; `store32 [l0 + 16] ← t0` |
    /// | `l0 ← -1` | a constant, as its instruction has it |
    /// | `t0 ← l0 if t1, else l1` | a choice |
    /// | `if i32.lt_u l0, 10 → 17` | a jump, to the operator at this word |
    /// | `switch t0 → 5, 9, else 12` | one of several |
    /// | `t0 ← call $f t0, t1` | a call; arguments and results lie in the same slots |
    /// | `t0 ← step memory.grow t0` | the stepper executes one instruction |
    /// | `leave` | the stepper goes on |
    /// | `check` | stops if nearly as much was executed as allowed |
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::text::MicrocodeListing;
    ///
    /// let wat = "(module (func (param $n i32) (local i32)
    ///   (local.set 1 (i32.const 10))
    ///   (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 3)))
    ///                            (local.get 1))))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let text = Disassembly::new(module.declarations(), names);
    /// let listing = MicrocodeListing::new(&module, 0)?;
    /// let lines: Vec<String> = listing.rows().iter().map(|row| text.microcode(&listing, row)).collect();
    /// assert_eq!(lines, ["l1 ← 10", "$n ← i32.add $n, 3; if i32.lt_u $n, l1 → 1", "return"]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn microcode(&self, listing: &MicrocodeListing, row: &MicrocodeRow) -> String {
        let mut text = String::new();
        let words = listing.words(row);
        if let Some(first) = words.first().copied().map(Word)
            && let Some(op) = first.op()
        {
            let (op, last) = op.base();
            let writer = Writer { names: self, listing, row, op, last, first, words };
            // Writing to a string cannot fail.
            let _ = writer.write(&mut text);
        }
        text
    }
}

/// Writes an operator.
struct Writer<'a> {
    names: &'a Disassembly<'a>,
    listing: &'a MicrocodeListing,
    row: &'a MicrocodeRow,
    op: Op,
    last: Last,
    first: Word,
    words: &'a [u64],
}

impl Writer<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let a = self.operand(self.first.a(), Last::A);
        let b = self.operand(self.first.b(), Last::B);
        let c = self.operand(self.first.c(), Last::C);
        let op = Mnemonic::of(self.op);
        let immediate = self.first.c().cast_signed();
        let third = self.operand(self.word(1) as u16, Last::Third);
        match self.op.format() {
            Format::Copy => write!(out, "{a} ← {b}"),
            Format::Copy2 => write!(out, "{a} ← {b}; {c} ← {third}"),
            Format::Const if self.op == Op::ConstS32 => {
                write!(out, "{a} ← {}", self.first.upper().cast_signed())
            }
            Format::Const => write!(out, "{a} ← {}", self.bits(self.first.upper().into())),
            Format::Wide => write!(out, "{a} ← {}", self.bits(self.word(1))),
            Format::Unary => write!(out, "{a} ← {op} {b}"),
            Format::Binary => write!(out, "{a} ← {op} {b}, {c}"),
            Format::Immediate => write!(out, "{a} ← {op} {b}, {immediate}"),
            Format::Constant if op.is_from => {
                write!(out, "{a} ← {op} {}, {b}", self.constant(self.word(1)))
            }
            Format::Constant => write!(out, "{a} ← {op} {b}, {}", self.constant(self.word(1))),
            Format::Select => write!(out, "{a} ← {b} if {third}, else {c}"),
            Format::Triple => self.two(out, &a, format_args!("{b}, {c}"), &third),
            Format::TripleI => self.two(out, &a, format_args!("{b}, {}", self.first.c()), &third),
            Format::Load => write!(out, "{a} ← {op} [{b}{}]", offset(self.first.c().into())),
            Format::LoadFar => write!(out, "{a} ← {op} [{b}{}]", offset(self.word(1))),
            Format::LoadIndexed => write!(out, "{a} ← {op} [{b} + {c}{}]", offset(self.word(1))),
            Format::Store => write!(out, "{op} [{a}{}] ← {b}", offset(self.first.c().into())),
            Format::StoreI => {
                let number = self.first.b().cast_signed();
                write!(out, "{op} [{a}{}] ← {number}", offset(self.first.c().into()))
            }
            Format::StoreFar => write!(out, "{op} [{a}{}] ← {b}", offset(self.word(1))),
            Format::Global => self.global(out, &a),
            Format::Jump => write!(out, "jump → {}", self.target()),
            Format::JumpUnary => {
                let is = if self.op == Op::JumpZero { '=' } else { '≠' };
                write!(out, "if {a} {is} 0 → {}", self.target())
            }
            Format::JumpBinary => write!(out, "if {op} {a}, {b} → {}", self.target()),
            Format::JumpImmediate => {
                write!(out, "if {op} {a}, {} → {}", self.first.b().cast_signed(), self.target())
            }
            Format::JumpConstant => {
                write!(out, "if {op} {a}, {} → {}", self.constant(self.word(2)), self.target())
            }
            Format::SumJump => {
                let right = self.slot(self.word(2) as u16);
                write!(out, "{a} ← i32.add {b}, {c}; if {op} {a}, {right} → {}", self.target())
            }
            Format::JumpCast => {
                let is = if self.op == Op::JumpCast { "" } else { "not " };
                write!(out, "if {is}ref.test {a} → {}", self.target())
            }
            Format::AddJump => {
                write!(out, "{a} ← i32.add {b}, {immediate}; if {op} {a}, ")?;
                let right = self.word(2) as u16;
                match op.is_immediate {
                    true => write!(out, "{}", right.cast_signed())?,
                    false => write!(out, "{}", self.slot(right))?,
                }
                write!(out, " → {}", self.target())
            }
            Format::Bulk if self.op == Op::MemoryCopy => {
                write!(out, "memory.copy [{a}] ← [{b}], {c}")
            }
            Format::Bulk => write!(out, "memory.fill [{a}] ← {b}, {c}"),
            Format::Table => self.table(out, &a),
            Format::Call => {
                let function = self.word(1) as u32;
                let ty = self.names.declarations().function_type(function);
                self.call(out, ty, |out| {
                    out.push_str("call ");
                    self.names.write_function(out, function)
                })
            }
            Format::CallIndirect => {
                let ty = self.names.declarations().types.func(self.word(1) as u32);
                self.call(out, ty, |out| match self.op {
                    Op::CallRef => write!(out, "call_ref {b}"),
                    _ => {
                        out.push_str("call_indirect ");
                        self.names.write_index(out, Named::Table, self.first.c().into())?;
                        write!(out, "[{b}]")
                    }
                })
            }
            Format::TailCall => {
                out.push_str("return_call ");
                self.names.write_function(out, self.word(1) as u32)?;
                self.slots(out, " ", self.first.a(), self.first.b().into(), "")
            }
            Format::Return if self.op == Op::Return0 => write!(out, "return"),
            Format::Return => write!(out, "return {a}"),
            Format::Results => {
                self.slots(out, "return ", self.first.a(), self.first.b().into(), "")
            }
            Format::Leave => write!(out, "leave"),
            Format::Check => write!(out, "check"),
            Format::Step => self.step(out),
        }
    }

    fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or_default()
    }

    /// An operand in a slot, with a mark if it is taken from a register.
    fn operand(&self, slot: u16, field: Last) -> impl fmt::Display + use<'_> {
        let is_last = self.last.field() == field;
        fmt::from_fn(move |f| write!(f, "{}{}", self.slot(slot), if is_last { "′" } else { "" }))
    }

    /// A slot of the frame.
    fn slot(&self, slot: u16) -> impl fmt::Display + use<'_> {
        fmt::from_fn(move |f| {
            let (index, is_upper) = match self.listing.slot(slot) {
                Slot::Operand(place) => return write!(f, "t{place}"),
                Slot::Local { index, is_upper } => (index, is_upper),
            };
            match self.names.local(self.listing.function(), index) {
                Some(name) => write!(f, "${name}")?,
                None => write!(f, "l{index}")?,
            }
            f.write_str(if is_upper { "+1" } else { "" })
        })
    }

    /// So many slots from one on, if there are any, between these.
    fn slots(
        &self,
        out: &mut String,
        before: &str,
        from: u16,
        count: u32,
        behind: &str,
    ) -> fmt::Result {
        if count == 0 {
            return Ok(());
        }
        write!(out, "{before}{}", self.slot(from))?;
        let named = if count > MOST_NAMED { 1 } else { count as u16 };
        for index in 1..named {
            write!(out, ", {}", self.slot(from.wrapping_add(index)))?;
        }
        if count > MOST_NAMED {
            // Frames have no more slots than can be named.
            write!(out, " … {}", self.slot(from.wrapping_add(count as u16 - 1)))?;
        }
        out.push_str(behind);
        Ok(())
    }

    /// A constant of the type that the operator works on.
    fn constant(&self, value: u64) -> impl fmt::Display {
        let name = self.op.name();
        fmt::from_fn(move |f| match () {
            () if name.contains("I32") => write!(f, "{}", value as i32),
            () if name.contains("F32") => write!(f, "{}", F32Text(value as u32)),
            () if name.contains("F64") => write!(f, "{}", F64Text(value)),
            () => write!(f, "{}", value.cast_signed()),
        })
    }

    /// A constant, as an instruction has it that the operator stands for; in bits if none has.
    fn bits(&self, value: u64) -> impl fmt::Display {
        let span = self.row.span;
        let code = self.names.bytes().get(span.range()).unwrap_or_default();
        let mut code = Instructions::new(code, span.start).flatten();
        let constant = code.find(|it| match it.immediates {
            Immediates::I32(bits) => u64::from(bits.cast_unsigned()) == value,
            Immediates::I64(bits) => bits.cast_unsigned() == value,
            Immediates::F32(bits) => u64::from(bits) == value,
            Immediates::F64(bits) => bits == value,
            _ => false,
        });
        let text = constant.map(|it| self.names.operands(self.listing.function(), &it));
        fmt::from_fn(move |f| match &text {
            Some(text) => f.write_str(text),
            None if value < 0x10000 => write!(f, "{value}"),
            None => write!(f, "{value:#x}"),
        })
    }

    /// Two instructions in one: the first of these operands, the second of its result and another.
    fn two(
        &self,
        out: &mut String,
        to: &impl fmt::Display,
        operands: fmt::Arguments<'_>,
        other: &impl fmt::Display,
    ) -> fmt::Result {
        let op = Mnemonic::of(self.op);
        let (first, second) = op.parts();
        match op.is_from {
            true => write!(out, "{to} ← {second} {other}, ({first} {operands})"),
            false => write!(out, "{to} ← {second} ({first} {operands}), {other}"),
        }
    }

    fn global(&self, out: &mut String, slot: &impl fmt::Display) -> fmt::Result {
        let is_read = self.op == Op::GlobalGet;
        if is_read {
            write!(out, "{slot} ← ")?;
        }
        out.push_str("global ");
        self.names.write_index(out, Named::Global, self.first.upper())?;
        if is_read { Ok(()) } else { write!(out, " ← {slot}") }
    }

    /// The word that a jump goes to, which says how far that is.
    fn to(&self, distance: u64) -> u32 {
        self.row.at.wrapping_add(distance as u32)
    }

    fn target(&self) -> u32 {
        self.to(self.word(1))
    }

    fn table(&self, out: &mut String, selector: &impl fmt::Display) -> fmt::Result {
        write!(out, "switch {selector} → ")?;
        let [_, _, targets @ .., default] = self.words else { return Ok(()) };
        for target in targets.iter().take(MOST_TARGETS) {
            write!(out, "{}, ", self.to(*target))?;
        }
        if let Some(rest @ 1..) = targets.len().checked_sub(MOST_TARGETS) {
            write!(out, "… {rest} more, ")?;
        }
        write!(out, "else {}", self.to(*default))
    }

    fn call(
        &self,
        out: &mut String,
        ty: Option<&FuncType>,
        callee: impl FnOnce(&mut String) -> fmt::Result,
    ) -> fmt::Result {
        let count = |types: &[ValType]| types.iter().map(|ty| ty.slots()).sum();
        let (params, results) = ty.map_or((0, 0), |ty| (count(ty.params()), count(ty.results())));
        self.slots(out, "", self.first.a(), results, " ← ")?;
        callee(out)?;
        self.slots(out, " ", self.first.a(), params, "")
    }

    /// The instruction that the stepper executes, and the slots that it takes and gives where
    /// these follow from its signature.
    fn step(&self, out: &mut String) -> fmt::Result {
        let function = self.listing.function();
        let Some(body) = self.names.declarations().body(function) else { return Ok(()) };
        let start = body.start.saturating_add(self.word(1) as u32);
        let code = self.names.bytes().get(start as usize..body.end as usize);
        let instruction = Instructions::new(code.unwrap_or_default(), start).next();
        let Some(Ok(instruction)) = instruction else { return out.write_str("step") };
        let Signature { pops, pushes } = instruction.operator.row().signature;
        let counts = slots_of(pops).zip(slots_of(pushes));
        let (takes, gives) = counts.unwrap_or_default();
        // Its operands lie below this slot, a few at most, and its results begin where they do.
        let first = self.first.a().wrapping_sub(takes as u16);
        self.slots(out, "", first, gives, " ← ")?;
        write!(out, "step {}", instruction.operator)?;
        match self.names.operands(function, &instruction).as_str() {
            "" => {}
            operands => write!(out, " {operands}")?,
        }
        self.slots(out, " ", first, takes, "")
    }
}

/// How many slots operands take, if their types say so.
fn slots_of(operands: &[Operand]) -> Option<u32> {
    let slots = |operand: &Operand| match operand {
        Operand::T | Operand::Many => None,
        Operand::V128 => Some(2),
        _ => Some(1),
    };
    operands.iter().map(slots).sum()
}

/// What is added to an address.
fn offset(offset: u64) -> impl fmt::Display {
    fmt::from_fn(move |f| match offset {
        0 => Ok(()),
        _ => write!(f, " + {offset}"),
    })
}

/// What an operator does, in the words of the text format: its name without what says how its
/// words are laid out.
struct Mnemonic {
    /// `I32Add`
    name: &'static str,
    /// Whether the opposite is meant.
    is_not: bool,
    /// Whether it subtracts from its last operand.
    is_from: bool,
    /// Whether a number is compared with.
    is_immediate: bool,
}

impl Mnemonic {
    fn of(op: Op) -> Self {
        use Format as F;
        let name = op.name();
        let format = op.format();
        let (before, behind) = match format {
            F::Immediate => ("", "I"),
            F::Constant => ("", "C"),
            F::LoadFar | F::StoreFar => ("", "Far"),
            F::LoadIndexed => ("", "Indexed"),
            F::JumpBinary => ("Jump", ""),
            F::JumpImmediate => ("Jump", "I"),
            F::JumpConstant => ("Jump", "C"),
            F::StoreI => ("", "I"),
            F::AddJump => ("AddJump", "I"),
            F::SumJump => ("SumJump", ""),
            _ => ("", ""),
        };
        let name = name.strip_prefix(before).unwrap_or(name);
        let short = name.strip_suffix(behind).filter(|_| !behind.is_empty());
        let is_immediate = short.is_some();
        let name = short.unwrap_or(name);
        let is_from = matches!(format, F::Constant | F::Triple) && name.ends_with("From");
        Mnemonic { name, is_not: name.contains("Not"), is_from, is_immediate }
    }

    /// Those of two instructions in one.
    fn parts(&self) -> (Self, impl fmt::Display) {
        let last = self.name.rfind(|letter: char| letter.is_ascii_uppercase()).unwrap_or(0);
        let (first, second) = self.name.split_at(last);
        let ty = self.name.get(..3).unwrap_or_default();
        let second = fmt::from_fn(move |f| {
            write_snake(f, ty)?;
            f.write_char('.')?;
            write_snake(f, if second == "From" { "Sub" } else { second })
        });
        (Mnemonic { name: first, is_not: false, is_from: false, is_immediate: false }, second)
    }
}

impl fmt::Display for Mnemonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_typed = ["I32", "I64", "F32", "F64"].iter().any(|ty| self.name.starts_with(ty));
        let (ty, rest) = self.name.split_at(if is_typed { 3 } else { 0 });
        if self.is_not {
            f.write_str("not ")?;
        }
        if is_typed {
            write_snake(f, ty)?;
            f.write_char('.')?;
        }
        match rest {
            "From" => f.write_str("sub"),
            _ => write_snake(f, rest.strip_prefix("Not").unwrap_or(rest)),
        }
    }
}

/// Words that begin with capital letters, in small letters with `_` between them.
fn write_snake(f: &mut fmt::Formatter<'_>, words: &str) -> fmt::Result {
    for (place, letter) in words.char_indices() {
        if place > 0 && letter.is_ascii_uppercase() {
            f.write_char('_')?;
        }
        f.write_char(letter.to_ascii_lowercase())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::operators::OPERATORS;

    /// Whether an instruction has this mnemonic.
    fn is_instruction(mnemonic: &str) -> bool {
        OPERATORS.iter().any(|row| row.mnemonic == mnemonic)
    }

    #[test]
    fn operators_have_the_names_of_the_instructions_that_they_stand_for() {
        for op in Op::ALL {
            let mnemonic = Mnemonic::of(op.base().0);
            match op.format() {
                Format::Unary
                | Format::Binary
                | Format::Immediate
                | Format::Constant
                | Format::JumpBinary
                | Format::JumpImmediate
                | Format::JumpConstant
                | Format::AddJump
                | Format::SumJump => {
                    let text = mnemonic.to_string();
                    let text = text.strip_prefix("not ").unwrap_or(&text);
                    assert!(is_instruction(text), "{op:?}: {text}");
                }
                Format::Triple | Format::TripleI => {
                    let (first, second) = mnemonic.parts();
                    assert!(is_instruction(&first.to_string()), "{op:?}: {first}");
                    assert!(is_instruction(&second.to_string()), "{op:?}: {second}");
                }
                _ => {}
            }
        }
    }
}
