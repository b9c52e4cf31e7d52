//! The row of an instruction.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display, Write};

use fayasm_core::Val;
use fayasm_core::module::{Declarations, Names};
use fayasm_core::text::Disassembly;

use crate::csv::Line;
use crate::json::Object;
use crate::{Change, Format, Step};

/// The module that an instruction is of.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// What rows call it; none of the module that is run.
    pub module: Option<&'a str>,
    /// What it declares.
    pub all: &'a Declarations,
    /// The names of what it declares.
    pub names: Names<'a>,
    /// What the name of a function means, if a compiler has mangled it.
    pub demangle: fn(&str) -> Option<String>,
}

/// What an instruction did, ready to be written.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    step: &'a Step,
    code: Code<'a>,
}

/// The names of values, in the order of CSV.
const COLUMNS: [&str; 20] = [
    "step",
    "depth",
    "module",
    "function",
    "name",
    "demangled",
    "offset",
    "operator",
    "immediates",
    "operands",
    "results",
    "returns",
    "local.index",
    "local.value",
    "global.index",
    "global.value",
    "memory.index",
    "memory.address",
    "memory.bytes",
    "memory.length",
];

impl<'a> Row<'a> {
    /// The row of a step in this module.
    #[must_use]
    pub fn new(step: &'a Step, code: Code<'a>) -> Self {
        Row { step, code }
    }

    /// Writes what comes before the first row: of CSV, the names of the columns.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn head(format: Format, out: &mut impl Write) -> fmt::Result {
        if format == Format::JsonLines {
            return Ok(());
        }
        let mut line = Line::new(out);
        COLUMNS.iter().chain(&["trap"]).try_for_each(|name| line.raw(name))?;
        line.end()
    }

    /// Writes the row, with the end of its line.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn write(&self, format: Format, out: &mut impl Write) -> fmt::Result {
        match format {
            Format::JsonLines => {
                self.json(out)?;
                out.write_char('\n')
            }
            Format::Csv => self.csv(out),
        }
    }

    fn name(&self) -> Option<&'a str> {
        self.code.names.function(self.step.ahead.frame.function())
    }

    fn immediates(&self) -> String {
        let function = self.step.ahead.frame.function();
        let text = Disassembly::new(self.code.all, self.code.names);
        text.operands(function, &self.step.ahead.place.instruction)
    }

    fn json(&self, out: &mut impl Write) -> fmt::Result {
        let Step { ahead, left, returned, change, trap } = self.step;
        let instruction = &ahead.place.instruction;
        let mut object = Object::new(out)?;
        object.raw("step", ahead.number)?;
        object.raw("depth", ahead.depth.saturating_sub(1))?;
        object.optional("module", self.code.module)?;
        object.raw("function", ahead.frame.function())?;
        object.optional("name", self.name())?;
        object.optional("demangled", self.name().and_then(self.code.demangle))?;
        object.raw("offset", instruction.span.start)?;
        object.text("operator", instruction.operator.mnemonic())?;
        object.optional("immediates", Some(self.immediates()).filter(|it| !it.is_empty()))?;
        for (key, values) in [("operands", &ahead.taken), ("results", left), ("returns", returned)]
        {
            if !values.is_empty() {
                object.texts(key, texts(values))?;
            }
        }
        match change {
            Some(Change::Local(index, value)) => set(object.inner("local")?, *index, *value)?,
            Some(Change::Global(index, value)) => set(object.inner("global")?, *index, *value)?,
            Some(Change::Stored(index, address, bytes)) => {
                let mut memory = object.inner("memory")?;
                memory.raw("index", index)?;
                memory.raw("address", address)?;
                memory.text("bytes", Hex(bytes))?;
                memory.end()?;
            }
            Some(Change::Filled(index, address, length)) => {
                let mut memory = object.inner("memory")?;
                memory.raw("index", index)?;
                memory.raw("address", address)?;
                memory.raw("length", length)?;
                memory.end()?;
            }
            None => {}
        }
        object.optional("trap", trap.as_ref())?;
        object.end()
    }

    fn csv(&self, out: &mut impl Write) -> fmt::Result {
        let Step { ahead, left, returned, change, trap } = self.step;
        let instruction = &ahead.place.instruction;
        let mut line = Line::new(out);
        line.raw(ahead.number)?;
        line.raw(ahead.depth.saturating_sub(1))?;
        line.text(self.code.module)?;
        line.raw(ahead.frame.function())?;
        line.text(self.name())?;
        line.text(self.name().and_then(self.code.demangle))?;
        line.raw(instruction.span.start)?;
        line.raw(instruction.operator.mnemonic())?;
        line.text(Some(self.immediates()).filter(|it| !it.is_empty()))?;
        line.list(texts(&ahead.taken))?;
        line.list(texts(left))?;
        line.list(texts(returned))?;
        self.csv_change(&mut line, change.as_ref())?;
        line.text(trap.as_ref())?;
        line.end()
    }

    /// Eight columns, of which those of one change at most are filled.
    fn csv_change(&self, line: &mut Line<'_, impl Write>, change: Option<&Change>) -> fmt::Result {
        let (mut local, mut global, mut memory) = (None, None, None);
        let (mut bytes, mut length) = (None, None);
        match change {
            Some(Change::Local(index, value)) => local = Some((index, Typed(*value))),
            Some(Change::Global(index, value)) => global = Some((index, Typed(*value))),
            Some(Change::Stored(index, address, stored)) => {
                memory = Some((index, address));
                bytes = Some(Hex(stored));
            }
            Some(Change::Filled(index, address, filled)) => {
                memory = Some((index, address));
                length = Some(filled);
            }
            None => {}
        }
        for set in [local, global] {
            line.number(set.as_ref().map(|(index, _)| index))?;
            line.number(set.as_ref().map(|(_, value)| value))?;
        }
        line.number(memory.map(|(index, _)| index))?;
        line.number(memory.map(|(_, address)| address))?;
        line.number(bytes)?;
        line.number(length)
    }
}

fn set(mut object: Object<'_, impl Write>, index: u32, value: Val) -> fmt::Result {
    object.raw("index", index)?;
    object.text("value", Typed(value))?;
    object.end()
}

/// A value behind its type: `i32:7`.
struct Typed(Val);

impl Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.ty(), self.0)
    }
}

/// Values behind their types.
pub(crate) fn texts(values: &[Val]) -> impl Iterator<Item = impl Display> {
    values.iter().copied().map(Typed)
}

/// Bytes as hexadecimal digits.
struct Hex<'a>(&'a Vec<u8>);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
