//! The next instruction in full: its bytes, its operands by name, what it leaves, where it
//! reads and writes, and where it goes on.

use std::ops::Range;
use std::rc::Rc;

use fayasm_core::decode::{self, Field, Immediates, Instruction, Observer, Reader};
use fayasm_core::inspect::{Location, Place, attempts};
use fayasm_core::operators::{Class, Operand};
use fayasm_core::text::callee;
use fayasm_core::{
    Extern, ExternKind, Frame, Instance, Memory, Operator, Table, Trap, Val, ValType,
};
use serde_bytes::ByteBuf;

use super::code::FunctionCode;
use super::explain::{self, leb128};
use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{CardView, EncodedView, FactView, PlaceView, SiblingView, ValueView};

/// Fields, operands and results that are shown.
const MAX_LISTED: usize = 64;
/// Bytes of memory that are shown.
const MAX_BYTES: u64 = 16;

/// What an instruction will leave, or the trap that it will cause.
pub(super) type Forecast = Result<Vec<Val>, Trap>;

impl Run {
    /// The instruction at `place`, in a frame that these operands belong to; `here` says
    /// whether its module is on show.
    pub(super) fn card(
        &self,
        opened: &Opened,
        here: bool,
        place: &Place,
        operands: &[Val],
        forecast: Option<&Forecast>,
    ) -> CardView {
        let mut facts = Facts { run: self, opened, here, place, operands, found: Vec::new() };
        facts.find(forecast);
        CardView {
            fields: encoding(opened, &place.instruction),
            takes: takes(opened, place, operands),
            gives: gives(opened, place, operands, forecast),
            facts: facts.found,
        }
    }
}

/// What the operands are that an instruction takes: of so many the one with this index,
/// counted from the lowest.
pub(super) fn operand_name(instruction: &Instruction, index: usize, count: usize) -> &'static str {
    let row = instruction.operator.row();
    let names: &[&str] = match (row.operator, row.class) {
        (Operator::Call | Operator::ReturnCall, _) => &[],
        (Operator::CallIndirect | Operator::ReturnCallIndirect, _) if index + 1 == count => {
            return "element";
        }
        (Operator::CallRef | Operator::ReturnCallRef, _) if index + 1 == count => {
            return "function";
        }
        (Operator::BrIf | Operator::If, _) => &["condition"],
        (Operator::BrTable, _) => &["index"],
        (Operator::Select | Operator::SelectTyped, _) => &["first", "second", "condition"],
        (Operator::MemoryGrow, _) => &["pages"],
        (Operator::MemoryFill, _) => &["to", "byte", "length"],
        (Operator::TableFill, _) => &["to", "value", "length"],
        (
            Operator::MemoryCopy | Operator::MemoryInit | Operator::TableCopy | Operator::TableInit,
            _,
        ) => &["to", "from", "length"],
        (Operator::TableGrow, _) => &["value", "elements"],
        (Operator::TableGet | Operator::TableSet, _) => &["index", "value"],
        (_, Class::Load | Class::Store | Class::Modify | Class::Memory) if count == 3 => {
            &["address", "expected", "value"]
        }
        (_, Class::Load | Class::Store | Class::Modify | Class::Memory) => &["address", "value"],
        (_, Class::Variable | Class::Parametric | Class::Conversion) => &["value"],
        (_, Class::Numeric | Class::Comparison) if count == 2 => &["left", "right"],
        (_, Class::Numeric | Class::Comparison) if count == 1 => &["value"],
        (_, Class::Reference | Class::Aggregate) if count == 1 => &["reference"],
        _ => &[],
    };
    names.get(index).copied().unwrap_or("operand")
}

fn takes(opened: &Opened, place: &Place, operands: &[Val]) -> Vec<ValueView> {
    let (instruction, pops) = (&place.instruction, place.effect.pops);
    let function = match instruction.immediates {
        Immediates::Function(function) => Some(function),
        _ => None,
    };
    let parameters = callee(opened.all(), instruction).map_or(0, |ty| ty.params().len());
    let taken = operands.iter().skip(operands.len().saturating_sub(pops)).enumerate();
    let view = |(index, value): (usize, &Val)| {
        let named = function.and_then(|it| opened.names().local(it, text::offset(index)));
        let name = match named {
            Some(name) => format!("${name}"),
            None if index < parameters => format!("argument {index}"),
            None => operand_name(instruction, index, pops).to_owned(),
        };
        text::value(name, *value, false)
    };
    taken.take(MAX_LISTED).map(view).collect()
}

fn gives(
    opened: &Opened,
    place: &Place,
    operands: &[Val],
    forecast: Option<&Forecast>,
) -> Vec<ValueView> {
    let kept = operands.len().saturating_sub(place.effect.pops);
    let name = |index: usize| (kept + index).to_string();
    let (instruction, pushes) = (&place.instruction, place.effect.pushes);
    let of_type = |(index, ty): (usize, String)| ValueView {
        name: name(index),
        ty,
        text: String::new(),
        bits: String::new(),
        changed: false,
    };
    let text = |ty: &ValType| ty.to_string();
    match (forecast, callee(opened.all(), instruction)) {
        (Some(Err(_)), _) => Vec::new(),
        (Some(Ok(left)), _) => left
            .iter()
            .take(MAX_LISTED)
            .enumerate()
            .map(|(index, value)| text::value(name(index), *value, false))
            .collect(),
        (None, Some(ty)) if pushes > 0 => {
            ty.results().iter().take(MAX_LISTED).map(text).enumerate().map(of_type).collect()
        }
        (None, _) => {
            let known = instruction.operator.row().signature.pushes.iter();
            let known = known.filter(|operand| **operand != Operand::Many);
            // An address is of the type of the one that was taken.
            let taken = operands.get(kept).map(|value| value.ty().to_string());
            let ty = |operand: &Operand| match (operand, &taken) {
                (Operand::Addr | Operand::T, Some(ty)) => ty.clone(),
                _ => operand.to_string(),
            };
            known.map(ty).enumerate().map(of_type).collect()
        }
    }
}

/// The bytes of an instruction, field by field.
fn encoding(opened: &Opened, instruction: &Instruction) -> Vec<EncodedView> {
    let mut fields = Fields { opened, found: Vec::new() };
    let mut reader = Reader::reporting(opened.bytes(), 0, &mut fields as &mut dyn Observer);
    reader.skip_to(instruction.span.start);
    // It is valid.
    let _ = decode::instruction(&mut reader);
    drop(reader);
    fields.found
}

struct Fields<'o> {
    opened: &'o Opened,
    found: Vec<EncodedView>,
}

impl Observer for Fields<'_> {
    fn field(&mut self, field: &Field<'_>) {
        if self.found.len() < MAX_LISTED {
            let SiblingView { name, value, span, kind } = explain::sibling(self.opened, field);
            let (raw, leb128) = (ByteBuf::from(field.raw), leb128(field));
            self.found.push(EncodedView { name, value, span, kind, raw, leb128 });
        }
    }
}

/// Finds out what an instruction will do besides taking and leaving operands.
struct Facts<'a> {
    run: &'a Run,
    opened: &'a Opened,
    here: bool,
    place: &'a Place,
    operands: &'a [Val],
    found: Vec<FactView>,
}

impl Facts<'_> {
    fn find(&mut self, forecast: Option<&Forecast>) {
        let Some(frame) = self.run.timeline.job().frame().copied() else { return };
        self.accesses();
        self.calls(&frame);
        self.goes_on(&frame);
        if let Some(Err(trap)) = forecast
            && !self.found.iter().any(|fact| fact.traps)
        {
            self.add("Traps", trap.kind().to_string(), None, true);
        }
    }

    fn add(&mut self, label: &str, text: String, to: Option<PlaceView>, traps: bool) {
        self.found.push(FactView { label: label.to_owned(), text, to, traps });
    }

    /// A byte of the module, if that is on show.
    fn byte(&self, offset: u32) -> Option<PlaceView> {
        self.here.then_some(PlaceView::Byte(offset))
    }

    /// What is on top of the stack, as a number.
    fn top(&self) -> Option<u32> {
        self.operands.last()?.i32().map(i32::cast_unsigned)
    }

    fn accesses(&mut self) {
        for access in attempts(&self.run.store, self.run.timeline.job()) {
            let label = if access.writes { "Writes" } else { "Reads" };
            match access.location {
                Location::Memory { memory, bytes } => self.bytes(label, memory, &bytes),
                Location::Table { table, elements } => self.elements(label, table, &elements),
                _ => {}
            }
        }
    }

    /// That bytes of a memory are read or written, and what they hold.
    fn bytes(&mut self, label: &str, memory: Memory, bytes: &Range<u64>) {
        let index = self.run.memory_index(memory);
        let size = super::memory::size(memory, &self.run.store);
        self.address(bytes.start);
        let count = bytes.end - bytes.start;
        let mut text = format!("{} at {:#x}", text::bytes(count), bytes.start);
        if let Some(other) = index.filter(|index| *index > 0) {
            text += &format!(" of memory {other}");
        }
        let traps = bytes.end > size;
        // No more than there are.
        let mut held = vec![0; count.min(MAX_BYTES) as usize];
        let is_known = memory.read(&self.run.store, bytes.start, &mut held).is_ok();
        text += &match () {
            () if traps => format!(", past the end of the memory at {size:#x}"),
            () if held.is_empty() || !is_known => String::new(),
            () => {
                let now = if label == "Writes" { ", now " } else { ": " };
                let more = if count > MAX_BYTES { " …" } else { "" };
                format!("{now}{}{more}", text::hex(&held))
            }
        };
        let to = index.zip(u32::try_from(bytes.start).ok()).filter(|_| !traps);
        let to = to.map(|(memory, address)| PlaceView::Memory { memory, address });
        self.add(label, text, to, traps);
    }

    /// That elements of a table are read or written.
    fn elements(&mut self, label: &str, table: Table, elements: &Range<u64>) {
        let size = table.size(&self.run.store).unwrap_or_default();
        let traps = elements.end > size;
        let mut text = match elements.end - elements.start {
            1 => format!("element {}", elements.start),
            count => format!("{count} elements from {} on", elements.start),
        };
        if traps {
            text += &format!(", past the end of the table at {size}");
        }
        self.add(label, text, None, traps);
    }

    /// How an address comes about, where that is more than an operand.
    fn address(&mut self, address: u64) {
        let offset = match self.place.instruction.immediates {
            Immediates::MemArg(arg) | Immediates::MemArgLane(arg, _) => arg.offset,
            _ => 0,
        };
        if offset > 0 && self.found.is_empty() {
            let base = address - offset;
            self.add(
                "Address",
                format!("{base:#x} + offset {offset:#x} = {address:#x}"),
                None,
                false,
            );
        }
    }

    fn calls(&mut self, frame: &Frame) {
        let instruction = &self.place.instruction;
        let function = match (instruction.operator, &instruction.immediates) {
            (Operator::Call | Operator::ReturnCall, Immediates::Function(function)) => *function,
            (_, Immediates::TypeTable(_, table)) => {
                let (index, table) = (self.top(), *table);
                match index.map(|index| (index, self.element(frame, table, index))) {
                    Some((_, Some(Some(function)))) => function,
                    Some((index, Some(None))) => {
                        let text = format!("element {index} of the table, which is null");
                        return self.add("Calls", text, None, true);
                    }
                    _ => return,
                }
            }
            _ => return,
        };
        let all = self.opened.all();
        let imported = if function < all.imported_functions { ", imported" } else { "" };
        let text = format!("{}{imported}", self.opened.function_name(function));
        let to = all.body(function).and_then(|body| self.byte(body.start));
        self.add("Calls", text, to, false);
    }

    /// Which function an element of a table is, unless it is null.
    fn element(&self, frame: &Frame, table: u32, index: u32) -> Option<Option<u32>> {
        let (run, instance) = (self.run, frame.instance());
        let found = instance.get_index(&run.store, ExternKind::Table, table);
        let Some(Extern::Table(table)) = found else { return None };
        match table.get(&run.store, u64::from(index)) {
            Ok(Val::FuncRef(Some(func))) => run.func_index(self.opened, instance, func).map(Some),
            Ok(Val::FuncRef(None)) => Some(None),
            _ => None,
        }
    }

    /// Where execution goes on, if that is not behind the instruction.
    fn goes_on(&mut self, frame: &Frame) {
        let (instruction, blocks) = (&self.place.instruction, self.place.blocks.len());
        let code = self.opened.code(frame.function());
        let row = code.row(instruction.span.start);
        let behind = instruction.span.end;
        match (instruction.operator, &instruction.immediates) {
            (Operator::Br, Immediates::Label(label)) => self.branch(&code, row, *label, ""),
            (Operator::BrIf, Immediates::Label(label)) => match self.top() {
                Some(0) => {
                    let text = format!("not taken: goes on at {behind:#x}");
                    self.add("Branch", text, self.byte(behind), false);
                }
                _ => self.branch(&code, row, *label, "taken, "),
            },
            (Operator::BrTable, Immediates::Labels(labels)) => {
                let index = self.top().map_or(usize::MAX, |index| index as usize);
                if let Some(label) = labels.get(index).or(labels.last()) {
                    self.branch(&code, row, *label, "");
                }
            }
            (Operator::If, _) if self.top() == Some(0) => {
                let to = else_of(&code, row);
                self.add(
                    "Branch",
                    format!("condition is zero: goes to {to:#x}"),
                    self.byte(to),
                    false,
                );
            }
            (Operator::If, _) => {
                let text = format!("condition is not zero: goes on at {behind:#x}");
                self.add("Branch", text, self.byte(behind), false);
            }
            (Operator::Return, _) => self.returns(),
            (Operator::End, _) if blocks == 1 => self.returns(),
            _ => {}
        }
    }

    fn branch(&mut self, code: &Rc<FunctionCode>, row: usize, label: u32, taken: &str) {
        let Some(to) = code.label_target(row, label) else { return };
        self.add("Branch", format!("{taken}to {to:#x}"), self.byte(to), false);
    }

    fn returns(&mut self) {
        let run = self.run;
        match run.timeline.job().backtrace(&run.store).get(1) {
            None => self.add("Returns", "to whoever made the call".to_owned(), None, false),
            Some(caller) if self.is_in_same_instance(caller.instance) => {
                let text = format!(
                    "to {}, {:#x}",
                    self.opened.function_name(caller.function),
                    caller.offset
                );
                self.add("Returns", text, self.byte(caller.offset), false);
            }
            Some(_) => self.add("Returns", "to another module".to_owned(), None, false),
        }
    }

    /// Whether the instruction is executed in this instance.
    fn is_in_same_instance(&self, other: Instance) -> bool {
        self.run.timeline.job().frame().is_some_and(|frame| frame.instance() == other)
    }
}

/// Where execution goes on if the condition of the `if` in this row is zero.
fn else_of(code: &FunctionCode, row: usize) -> u32 {
    let depth = code.lines.get(row).map_or(0, |line| line.depth);
    let mut behind = code.lines.iter().skip(row + 1);
    let ends = |operator| matches!(operator, Operator::Else | Operator::End);
    let end = behind.find(|line| line.depth == depth && ends(line.instruction.operator));
    end.map_or(0, |line| line.instruction.span.end)
}
