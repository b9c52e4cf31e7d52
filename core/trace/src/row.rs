//! The row of an instruction.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use fayasm_core::module::{Declarations, Names};
use fayasm_core::text::Disassembly;

use crate::value::{self, Value};
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
const COLUMNS: [&str; 21] = [
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
    "trap",
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
    pub fn head(format: Format, out: &mut dyn Write) -> fmt::Result {
        head(&COLUMNS, format, out)
    }

    /// Writes the row, with the end of its line.
    ///
    /// # Errors
    ///
    /// That of `out`.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> fmt::Result {
        let Step { ahead, left, returned, change, trap } = self.step;
        let (function, instruction) = (ahead.frame.function(), &ahead.place.instruction);
        let name = self.code.names.function(function);
        let demangled = name.and_then(self.code.demangle);
        let text = Disassembly::new(self.code.all, self.code.names);
        let immediates = text.operands(function, instruction);
        let mut changed = [Value::None; 8];
        let [local, set_local, global, set_global, memory, address, bytes, length] = &mut changed;
        match change {
            Some(Change::Local(index, value)) => {
                (*local, *set_local) = (Value::Number((*index).into()), Value::Val(*value));
            }
            Some(Change::Global(index, value)) => {
                (*global, *set_global) = (Value::Number((*index).into()), Value::Val(*value));
            }
            Some(Change::Stored(index, at, stored)) => {
                (*memory, *address) = (Value::Number((*index).into()), Value::Number(*at));
                *bytes = Value::Bytes(stored);
            }
            Some(Change::Filled(index, at, filled)) => {
                (*memory, *address) = (Value::Number((*index).into()), Value::Number(*at));
                *length = Value::Number(*filled);
            }
            None => {}
        }
        let [local, set_local, global, set_global, memory, address, bytes, length] = changed;
        let values = [
            Value::Number(ahead.number),
            Value::Number(ahead.depth.saturating_sub(1) as u64),
            Value::text(self.code.module),
            Value::Number(function.into()),
            Value::text(name),
            Value::text(demangled.as_deref()),
            Value::Number(instruction.span.start.into()),
            Value::Text(instruction.operator.mnemonic()),
            Value::text(Some(&*immediates).filter(|text| !text.is_empty())),
            Value::vals(&ahead.taken),
            Value::vals(left),
            Value::vals(returned),
            local,
            set_local,
            global,
            set_global,
            memory,
            address,
            bytes,
            length,
            trap.as_ref().map_or(Value::None, |trap| Value::Shown(trap)),
        ];
        write(&COLUMNS, &values, format, out)
    }
}

/// Writes what comes before the first row.
pub(crate) fn head(columns: &[&str], format: Format, out: &mut dyn Write) -> fmt::Result {
    match format {
        Format::JsonLines => Ok(()),
        Format::Csv => {
            for (index, name) in columns.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                write!(out, "{comma}{name}")?;
            }
            out.write_str("\r\n")
        }
    }
}

/// Writes a row, with the end of its line.
pub(crate) fn write(
    columns: &[&str],
    values: &[Value<'_>],
    format: Format,
    out: &mut dyn Write,
) -> fmt::Result {
    let mut values = values.iter().copied();
    match format {
        Format::Csv => value::csv(out, &mut values),
        Format::JsonLines => {
            let fields: Vec<_> = columns.iter().copied().zip(values).collect();
            value::json(out, &fields)?;
            out.write_char('\n')
        }
    }
}
