//! Instructions as the text format writes them (specification §6.5), one a line.

use alloc::string::String;
use core::fmt::{self, Display, Write};

use super::float::{F32Text, F64Text};
use crate::decode::{Immediates, Instruction, Instructions, MemArg};
use crate::error::ModuleError;
use crate::module::{BlockType, ConstExpr, Declarations, Names};
use crate::operators::Operator;
use crate::types::{FuncType, RefType};

/// Writes instructions of one module, with the names that are known.
#[derive(Debug, Clone, Copy)]
pub struct Disassembly<'m> {
    all: &'m Declarations,
    names: Names<'m>,
}

/// One line of a disassembled body.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeLine {
    /// The instruction.
    pub instruction: Instruction,
    /// How many blocks it stands in; `else` and `end` stand as far out as what
    /// opened their block.
    pub depth: u32,
}

/// The instructions of a body, with their depths.
#[derive(Debug)]
pub struct Code<'m> {
    instructions: Instructions<'m>,
    depth: u32,
}

impl<'m> Code<'m> {
    /// The instructions of a body that begins at `offset` of its module.
    ///
    /// # Errors
    ///
    /// What is malformed in the groups of locals.
    pub fn new(body: &'m [u8], offset: u32) -> Result<Self, ModuleError> {
        Ok(Code { instructions: Instructions::of_body(body, offset)?, depth: 0 })
    }
}

impl Iterator for Code<'_> {
    type Item = Result<CodeLine, ModuleError>;

    fn next(&mut self) -> Option<Self::Item> {
        let instruction = match self.instructions.next()? {
            Ok(instruction) => instruction,
            Err(error) => return Some(Err(error)),
        };
        if matches!(instruction.operator, Operator::Else | Operator::End) {
            self.depth = self.depth.saturating_sub(1);
        }
        let depth = self.depth;
        if opens_block(instruction.operator) {
            self.depth = self.depth.saturating_add(1);
        }
        Some(Ok(CodeLine { instruction, depth }))
    }
}

const fn opens_block(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Block | Operator::Loop | Operator::If | Operator::Else | Operator::TryTable
    )
}

impl<'m> Disassembly<'m> {
    /// Writes instructions of the module that declares `all`.
    #[must_use]
    pub fn new(all: &'m Declarations, names: Names<'m>) -> Self {
        Disassembly { all, names }
    }

    /// The immediates of an instruction in the body of `function`, as text:
    /// `$x`, `32`, `offset=8`; empty if there are none.
    #[must_use]
    pub fn operands(&self, function: u32, instruction: &Instruction) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_operands(&mut text, function, instruction);
        text
    }

    /// A constant expression: its instructions one after the other, as the text
    /// format writes them, without the `end`.
    #[must_use]
    pub fn constant(&self, expression: ConstExpr) -> impl Display + use<'m> {
        let text = *self;
        fmt::from_fn(move |f| {
            let span = expression.span;
            let code = text.names.bytes().get(span.range()).unwrap_or_default();
            let mut space = "";
            for instruction in Instructions::new(code, span.start).flatten() {
                if instruction.operator == Operator::End {
                    break;
                }
                write!(f, "{space}{}", instruction.operator)?;
                let operands = text.operands(u32::MAX, &instruction);
                if !operands.is_empty() {
                    write!(f, " {operands}")?;
                }
                space = " ";
            }
            Ok(())
        })
    }

    fn write_operands(
        &self,
        out: &mut String,
        function: u32,
        instruction: &Instruction,
    ) -> fmt::Result {
        match &instruction.immediates {
            Immediates::None => Ok(()),
            Immediates::Block(ty) => write!(out, "{}", block_type(self.all, *ty)),
            Immediates::TryTable(ty, catches) => {
                write!(out, "{}", block_type(self.all, *ty))?;
                for (place, clause) in catches.iter().enumerate() {
                    let space = if place > 0 || *ty != BlockType::Empty { " " } else { "" };
                    let all = if clause.tag.is_none() { "_all" } else { "" };
                    let with_ref = if clause.with_ref { "_ref" } else { "" };
                    write!(out, "{space}(catch{all}{with_ref} ")?;
                    if let Some(tag) = clause.tag {
                        write!(out, "{tag} ")?;
                    }
                    write!(out, "{})", clause.label)?;
                }
                Ok(())
            }
            Immediates::TypeField(first, second)
            | Immediates::TypeCount(first, second)
            | Immediates::TypeType(first, second)
            | Immediates::TypeData(first, second)
            | Immediates::TypeElement(first, second) => write!(out, "{first} {second}"),
            Immediates::Cast(label, from, to) => {
                write!(out, "{label} {} {}", ref_type(*from), ref_type(*to))
            }
            Immediates::Heap(heap) if instruction.operator != Operator::RefNull => {
                let nullable =
                    matches!(instruction.operator, Operator::RefTestNull | Operator::RefCastNull);
                write!(out, "{}", ref_type(RefType { nullable, heap: *heap }))
            }
            Immediates::Label(index)
            | Immediates::Tag(index)
            | Immediates::Type(index)
            | Immediates::Global(index)
            | Immediates::Element(index)
            | Immediates::Data(index) => write!(out, "{index}"),
            Immediates::Labels(labels) => {
                for (place, label) in labels.iter().enumerate() {
                    let space = if place > 0 { " " } else { "" };
                    write!(out, "{space}{label}")?;
                }
                Ok(())
            }
            Immediates::Function(index) => self.write_function(out, *index),
            Immediates::TypeTable(ty, table) => {
                if *table != 0 {
                    write!(out, "{table} ")?;
                }
                match self.all.types.func(*ty) {
                    Some(ty) => write!(out, "{}", signature(ty)),
                    None => write!(out, "(type {ty})"),
                }
            }
            Immediates::Types(types) => {
                for ty in types {
                    write!(out, "(result {ty})")?;
                }
                Ok(())
            }
            Immediates::Local(index) => match self.names.local(function, *index) {
                Some(name) => write!(out, "${name}"),
                None => write!(out, "{index}"),
            },
            // Table 0 and memory 0 go without saying.
            Immediates::Table(0) | Immediates::Memory(0) => Ok(()),
            Immediates::Table(index) | Immediates::Memory(index) => write!(out, "{index}"),
            Immediates::TableTable(0, 0) | Immediates::MemoryMemory(0, 0) => Ok(()),
            Immediates::TableTable(to, from) | Immediates::MemoryMemory(to, from) => {
                write!(out, "{to} {from}")
            }
            Immediates::ElementTable(segment, 0) | Immediates::DataMemory(segment, 0) => {
                write!(out, "{segment}")
            }
            Immediates::ElementTable(segment, target) | Immediates::DataMemory(segment, target) => {
                write!(out, "{target} {segment}")
            }
            Immediates::MemArg(arg) => write_mem_arg(out, instruction.operator, arg),
            Immediates::Heap(ty) => write!(out, "{ty}"),
            Immediates::I32(value) => write!(out, "{value}"),
            Immediates::I64(value) => write!(out, "{value}"),
            Immediates::F32(bits) => write!(out, "{}", F32Text(*bits)),
            Immediates::F64(bits) => write!(out, "{}", F64Text(*bits)),
        }
    }

    fn write_function(&self, out: &mut String, index: u32) -> fmt::Result {
        match self.names.function(index) {
            Some(name) => write!(out, "${name}"),
            None => write!(out, "{index}"),
        }
    }

    /// What is worth knowing beside the immediates: the type of the function
    /// called or of the global used. Empty if nothing is.
    #[must_use]
    pub fn remark(&self, instruction: &Instruction) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = match instruction.immediates {
            Immediates::Function(index) => match self.all.function_type(index) {
                Some(ty) => write!(text, "{ty}"),
                None => Ok(()),
            },
            Immediates::Global(index) => match self.all.globals.get(index as usize) {
                Some(ty) => write!(text, "{ty}"),
                None => Ok(()),
            },
            _ => Ok(()),
        };
        text
    }
}

/// A reference type in its long form.
fn ref_type(ty: RefType) -> impl Display {
    fmt::from_fn(move |f| {
        let null = if ty.nullable { "null " } else { "" };
        write!(f, "(ref {null}{})", ty.heap)
    })
}

fn write_mem_arg(out: &mut String, operator: Operator, arg: &MemArg) -> fmt::Result {
    let mut space = "";
    if let Some(memory @ 1..) = arg.memory {
        write!(out, "{memory}")?;
        space = " ";
    }
    if arg.offset != 0 {
        write!(out, "{space}offset={}", arg.offset)?;
        space = " ";
    }
    match 1u64.checked_shl(arg.align) {
        Some(bytes) if arg.align != operator.access_width_log2() => {
            write!(out, "{space}align={bytes}")
        }
        _ => Ok(()),
    }
}

/// A block type as the text format writes it; empty for one that takes and gives nothing.
#[must_use]
pub fn block_type(all: &Declarations, ty: BlockType) -> impl Display + '_ {
    fmt::from_fn(move |f| match ty {
        BlockType::Empty => Ok(()),
        BlockType::Value(ty) => write!(f, "(result {ty})"),
        BlockType::Func(index) => match all.types.func(index) {
            Some(ty) => signature(ty).fmt(f),
            None => write!(f, "(type {index})"),
        },
    })
}

/// Parameters and results as the text format writes them.
fn signature(ty: &FuncType) -> impl Display + '_ {
    fmt::from_fn(move |f| {
        let mut space = "";
        for (word, types) in [("param", ty.params()), ("result", ty.results())] {
            if types.is_empty() {
                continue;
            }
            write!(f, "{space}({word}")?;
            for ty in types {
                write!(f, " {ty}")?;
            }
            f.write_str(")")?;
            space = " ";
        }
        Ok(())
    })
}
