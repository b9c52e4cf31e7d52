//! Instructions as the text format writes them (specification §6.5), one a line.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt::{self, Display, Write};

use super::float::{F32Text, F64Text};
use super::printable::printable;
use crate::decode::{Immediates, Instruction, Instructions, MemArg};
use crate::error::ModuleError;
use crate::module::{BlockType, ConstExpr, Declarations, Named, Names};
use crate::operators::Operator;
use crate::types::{FuncType, RefType};

/// Writes instructions of one module, with the names that are known.
///
/// ```
/// # use fayasm_core::module::{NameIndex, Names};
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::{Code, Disassembly};
///
/// let wat = "(module (func $double (param $x i32) (result i32)
///   (i32.mul (local.get $x) (i32.const 2))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let index = NameIndex::new(module.bytes(), module.declarations());
/// # let names = Names::new(module.bytes(), module.declarations(), &index);
/// let text = Disassembly::new(module.declarations(), names);
/// let body = module.body(0).expect("it is not imported");
/// let mut lines = Vec::new();
/// for line in Code::new(body, 0)? {
///     let instruction = line?.instruction;
///     lines.push(format!("{} {}", instruction.operator, text.operands(0, &instruction)));
/// }
/// assert_eq!(lines, ["local.get $x", "i32.const 2", "i32.mul ", "end "]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Disassembly<'m> {
    all: &'m Declarations,
    names: Names<'m>,
    /// What a function's name means, if it is not what people gave it.
    demangle: fn(&str) -> Option<String>,
    /// Functions, in order, that have other names than in the module.
    renamed: &'m [(u32, String)],
}

/// One line of a disassembled body.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::{Code, CodeLine};
///
/// let wat = "(module (func (loop (nop))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let body = module.body(0).expect("it is not imported");
/// let lines: Vec<CodeLine> = Code::new(body, 0)?.collect::<Result<_, _>>()?;
/// let depths: Vec<u32> = lines.iter().map(|line| line.depth).collect();
/// assert_eq!(depths, [0, 1, 0, 0]); // loop, nop, end, end
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CodeLine {
    /// The instruction.
    pub instruction: Instruction,
    /// How many blocks it stands in; `else` and `end` stand as far out as what
    /// opened their block.
    pub depth: u32,
}

/// The instructions of a body, with their depths.
///
/// ```
/// # use fayasm_core::{Engine, Module};
/// use fayasm_core::text::Code;
///
/// let wat = "(module (func (block (nop))))";
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// let body = module.body(0).expect("it is not imported");
/// for line in Code::new(body, 0)? {
///     let line = line?;
///     println!("{:indent$}{}", "", line.instruction.operator, indent = 2 * line.depth as usize);
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Code<'m> {
    instructions: Instructions<'m>,
    depth: u32,
}

impl<'m> Code<'m> {
    /// The instructions of a body that begins at `offset` of its module.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::text::Code;
    ///
    /// let wat = "(module (func (local i64) (nop)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let span = module.declarations().body(0).expect("it is not imported");
    /// let mut code = Code::new(&module.bytes()[span.range()], span.start)?;
    /// let first = code.next().expect("there is one")?;
    /// assert_eq!(first.instruction.span.start, span.start + 3); // behind the locals
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
    ///
    /// ```
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::decode::Instructions;
    /// use fayasm_core::module::{NameIndex, Names};
    /// use fayasm_core::text::Disassembly;
    ///
    /// let wat = "(module (func $f (call $f)))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// let (bytes, all) = (module.bytes(), module.declarations());
    /// let index = NameIndex::new(bytes, all);
    /// let text = Disassembly::new(all, Names::new(bytes, all, &index));
    /// let call = Instructions::of_body(module.body(0).unwrap_or_default(), 0)?.next();
    /// assert_eq!(text.operands(0, &call.expect("there is one")?), "$f");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(all: &'m Declarations, names: Names<'m>) -> Self {
        Disassembly { all, names, demangle: |_| None, renamed: &[] }
    }

    /// The same with functions by other names: what `demangle` makes of theirs. Compilers
    /// put types and paths into names, in a form that is made for linkers.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func $_ZN3app4mainE) (func $helper))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let text = Disassembly::new(module.declarations(), names);
    /// let text = text.with_demangler(|name| (name == "_ZN3app4mainE").then(|| "app::main".into()));
    /// assert_eq!(text.function(0).as_deref(), Some("app::main"));
    /// assert_eq!(text.function(1).as_deref(), Some("helper"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_demangler(self, demangle: fn(&str) -> Option<String>) -> Self {
        Disassembly { demangle, ..self }
    }

    /// The same with functions by names that were found elsewhere, in the order of their indices.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func $_ZN3app4mainE) (func $helper))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let found = [(0, "app::main".to_owned())];
    /// let text = Disassembly::new(module.declarations(), names).with_names(&found);
    /// assert_eq!(text.function(0).as_deref(), Some("app::main"));
    /// assert_eq!(text.function(1).as_deref(), Some("helper"));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_names(self, renamed: &'m [(u32, String)]) -> Self {
        Disassembly { renamed, ..self }
    }

    /// A function's name; none if it has none.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (func $log))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// let text = Disassembly::new(module.declarations(), names);
    /// assert_eq!(text.function(0).as_deref(), Some("log"));
    /// assert_eq!(text.function(1), None);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn function(&self, index: u32) -> Option<Cow<'m, str>> {
        if let Ok(at) = self.renamed.binary_search_by_key(&index, |(known, _)| *known) {
            return self.renamed.get(at).map(|(_, name)| Cow::Borrowed(name.as_str()));
        }
        let name = self.names.function(index)?;
        Some((self.demangle)(name).map_or(Cow::Borrowed(name), Cow::Owned))
    }

    /// What the module declares.
    pub(super) fn declarations(&self) -> &'m Declarations {
        self.all
    }

    /// All bytes of the module.
    pub(super) fn bytes(&self) -> &'m [u8] {
        self.names.bytes()
    }

    /// The immediates of an instruction in the body of `function`, as text:
    /// `$x`, `32`, `offset=8`; empty if there are none.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::decode::Instructions;
    ///
    /// let wat = "(module (memory 1) (func (drop (i32.load16_s offset=8 (i32.const 0)))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// # let text = Disassembly::new(module.declarations(), names);
    /// let mut code = Instructions::of_body(module.body(0).unwrap_or_default(), 0)?;
    /// let load = code.nth(1).expect("there is one")?;
    /// assert_eq!(text.operands(0, &load), "offset=8");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn operands(&self, function: u32, instruction: &Instruction) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_operands(&mut text, function, instruction);
        text
    }

    /// A constant expression: its instructions one after the other, as the text
    /// format writes them, without the `end`.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// let wat = "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// # let text = Disassembly::new(module.declarations(), names);
    /// let value = module.declarations().global_values[0];
    /// assert_eq!(text.constant(value).to_string(), "i32.const 1 i32.const 2 i32.add");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
                        self.write_index(out, Named::Tag, tag)?;
                        out.push(' ');
                    }
                    write!(out, "{})", clause.label)?;
                }
                Ok(())
            }
            Immediates::TypeField(ty, field) => {
                self.write_index(out, Named::Type, *ty)?;
                match self.names.field(*ty, *field) {
                    Some(name) => write!(out, " ${}", printable(name)),
                    None => write!(out, " {field}"),
                }
            }
            Immediates::TypeCount(ty, count) => {
                self.write_index(out, Named::Type, *ty)?;
                write!(out, " {count}")
            }
            Immediates::TypeType(to, from) => {
                self.write_indices(out, (Named::Type, *to), (Named::Type, *from))
            }
            Immediates::TypeData(ty, segment) => {
                self.write_indices(out, (Named::Type, *ty), (Named::Data, *segment))
            }
            Immediates::TypeElement(ty, segment) => {
                self.write_indices(out, (Named::Type, *ty), (Named::Element, *segment))
            }
            Immediates::Cast(label, from, to) => {
                write!(out, "{label} {} {}", ref_type(*from), ref_type(*to))
            }
            Immediates::Heap(heap) if instruction.operator != Operator::RefNull => {
                let nullable =
                    matches!(instruction.operator, Operator::RefTestNull | Operator::RefCastNull);
                write!(out, "{}", ref_type(RefType { nullable, heap: *heap }))
            }
            Immediates::Label(index) => write!(out, "{index}"),
            Immediates::Tag(index) => self.write_index(out, Named::Tag, *index),
            Immediates::Type(index) => self.write_index(out, Named::Type, *index),
            Immediates::Global(index) => self.write_index(out, Named::Global, *index),
            Immediates::Element(index) => self.write_index(out, Named::Element, *index),
            Immediates::Data(index) => self.write_index(out, Named::Data, *index),
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
                match (self.names.of(Named::Type, *ty), self.all.types.func(*ty)) {
                    (Some(name), _) => write!(out, "(type ${})", printable(name)),
                    (None, Some(ty)) => write!(out, "{}", signature(ty)),
                    (None, None) => write!(out, "(type {ty})"),
                }
            }
            Immediates::Types(types) => {
                for ty in types {
                    write!(out, "(result {ty})")?;
                }
                Ok(())
            }
            Immediates::Local(index) => match self.local(function, *index) {
                Some(name) => write!(out, "${name}"),
                None => write!(out, "{index}"),
            },
            // Table 0 and memory 0 go without saying.
            Immediates::Table(0) | Immediates::Memory(0) => Ok(()),
            Immediates::TableTable(0, 0) | Immediates::MemoryMemory(0, 0) => Ok(()),
            Immediates::Table(index) => self.write_index(out, Named::Table, *index),
            Immediates::Memory(index) => self.write_index(out, Named::Memory, *index),
            Immediates::TableTable(to, from) => {
                self.write_indices(out, (Named::Table, *to), (Named::Table, *from))
            }
            Immediates::MemoryMemory(to, from) => {
                self.write_indices(out, (Named::Memory, *to), (Named::Memory, *from))
            }
            Immediates::ElementTable(segment, 0) => self.write_index(out, Named::Element, *segment),
            Immediates::ElementTable(segment, table) => {
                self.write_indices(out, (Named::Table, *table), (Named::Element, *segment))
            }
            Immediates::DataMemory(segment, 0) => self.write_index(out, Named::Data, *segment),
            Immediates::DataMemory(segment, memory) => {
                self.write_indices(out, (Named::Memory, *memory), (Named::Data, *segment))
            }
            Immediates::MemArg(arg) => write_mem_arg(out, instruction.operator, arg),
            Immediates::MemArgLane(arg, lane) => {
                write_mem_arg(out, instruction.operator, arg)?;
                let space = if out.is_empty() { "" } else { " " };
                write!(out, "{space}{lane}")
            }
            Immediates::Heap(ty) => write!(out, "{ty}"),
            Immediates::I32(value) => write!(out, "{value}"),
            Immediates::I64(value) => write!(out, "{value}"),
            Immediates::F32(bits) => write!(out, "{}", F32Text(*bits)),
            Immediates::F64(bits) => write!(out, "{}", F64Text(*bits)),
            Immediates::V128(bytes) => {
                out.push_str("i32x4");
                bytes.chunks_exact(4).try_for_each(|lane| {
                    let lane = lane.iter().rfold(0, |all, byte| all << 8 | u32::from(*byte));
                    write!(out, " {lane:#010x}")
                })
            }
            Immediates::Lane(lane) => write!(out, "{lane}"),
            Immediates::Lanes(lanes) => lanes.iter().enumerate().try_for_each(|(place, lane)| {
                let space = if place > 0 { " " } else { "" };
                write!(out, "{space}{lane}")
            }),
        }
    }

    /// A local's name.
    pub(super) fn local(&self, function: u32, index: u32) -> Option<impl Display + use<'m>> {
        self.names.local(function, index).map(printable)
    }

    /// An index, or the name of what it stands for.
    pub(super) fn write_index(&self, out: &mut String, kind: Named, index: u32) -> fmt::Result {
        match self.names.of(kind, index) {
            Some(name) => write!(out, "${}", printable(name)),
            None => write!(out, "{index}"),
        }
    }

    fn write_indices(
        &self,
        out: &mut String,
        first: (Named, u32),
        second: (Named, u32),
    ) -> fmt::Result {
        self.write_index(out, first.0, first.1)?;
        out.push(' ');
        self.write_index(out, second.0, second.1)
    }

    pub(super) fn write_function(&self, out: &mut String, index: u32) -> fmt::Result {
        match self.function(index) {
            Some(name) => write!(out, "${}", printable(&name)),
            None => write!(out, "{index}"),
        }
    }

    /// What is worth knowing beside the immediates: the type of the function
    /// called or of the global used, or what a branch is likely to do. Empty if
    /// nothing is.
    ///
    /// ```
    /// # use fayasm_core::module::{NameIndex, Names};
    /// # use fayasm_core::text::Disassembly;
    /// # use fayasm_core::{Engine, Module};
    /// use fayasm_core::decode::Instructions;
    ///
    /// let wat = "(module (func $log (param i32)) (func (call $log (i32.const 7))))";
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let index = NameIndex::new(module.bytes(), module.declarations());
    /// # let names = Names::new(module.bytes(), module.declarations(), &index);
    /// # let text = Disassembly::new(module.declarations(), names);
    /// let mut code = Instructions::of_body(module.body(1).unwrap_or_default(), 0)?;
    /// let call = code.nth(1).expect("there is one")?;
    /// assert_eq!(text.remark(&call), "(i32) -> ()");
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
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
            _ => match self.names.branch_hint(instruction.span.start) {
                Some(true) => text.write_str("likely taken"),
                Some(false) => text.write_str("likely not taken"),
                None => Ok(()),
            },
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
///
/// ```
/// use fayasm_core::ValType;
/// use fayasm_core::module::{BlockType, Declarations};
/// use fayasm_core::text::block_type;
///
/// let all = Declarations::default();
/// let ty = BlockType::Value(ValType::I32);
/// assert_eq!(block_type(&all, ty).to_string(), "(result i32)");
/// ```
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::module::{Module, NameIndex};
    use alloc::vec::Vec;

    /// The instructions of function 0, each as a line.
    fn lines(text: &str) -> Vec<String> {
        let module = Module::new(&Engine::default(), wat::parse_str(text).unwrap()).unwrap();
        let (bytes, all) = (module.bytes(), module.declarations());
        let index = NameIndex::new(bytes, all);
        let disassembly = Disassembly::new(all, Names::new(bytes, all, &index));
        let body = all.body(all.imported_functions).unwrap();
        let code = Code::new(bytes.get(body.range()).unwrap(), body.start).unwrap();
        code.map(|line| {
            let instruction = line.unwrap().instruction;
            let operands = disassembly.operands(all.imported_functions, &instruction);
            alloc::format!("{} {operands}", instruction.operator)
        })
        .collect()
    }

    #[test]
    fn what_has_a_name_is_called_by_it() {
        let found = lines(
            r#"(module
                (type $point (struct (field $x i32) (field $y (mut i32))))
                (memory $first 1) (memory $second 1)
                (table $t 1 funcref) (global $g (mut i32) (i32.const 0))
                (tag $bad (param i32)) (data $d "abc") (elem $e func $f)
                (func $f (param $p (ref $point))
                    (struct.set $point $y (local.get $p) (global.get $g))
                    (memory.copy $first $second (i32.const 0) (i32.const 0) (i32.const 0))
                    (memory.init $second $d (i32.const 0) (i32.const 0) (i32.const 0))
                    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))
                    (throw $bad (i32.const 1))))"#,
        );
        for expected in [
            "local.get $p",
            "global.get $g",
            "struct.set $point $y",
            "memory.copy $first $second",
            "memory.init $second $d",
            "table.init $e",
            "throw $bad",
        ] {
            assert!(found.iter().any(|line| line == expected), "{expected} is not in {found:?}");
        }
    }

    #[test]
    fn hints_of_branches_are_remarks() {
        let wasm = wat::parse_str(
            r#"(module (func (param i32) (local i64 f32)
                (block
                    (@metadata.code.branch_hint "\00") (br_if 0 (local.get 0))
                    (@metadata.code.branch_hint "\01") (if (local.get 0) (then)))))"#,
        );
        let module = Module::new(&Engine::default(), wasm.unwrap()).unwrap();
        let (bytes, all) = (module.bytes(), module.declarations());
        let index = NameIndex::new(bytes, all);
        let disassembly = Disassembly::new(all, Names::new(bytes, all, &index));
        let body = all.body(0).unwrap();
        let code = Code::new(bytes.get(body.range()).unwrap(), body.start).unwrap();
        let remarks = code.map(|line| disassembly.remark(&line.unwrap().instruction));
        let remarks: Vec<_> = remarks.filter(|remark| !remark.is_empty()).collect();
        assert_eq!(remarks, ["likely not taken", "likely taken"]);
    }

    #[test]
    fn casts_and_clauses_are_written_in_full() {
        let found = lines(
            r#"(module (tag (param i32))
                (func (param anyref)
                    (block (drop (block (result i32)
                        (try_table (result i32) (catch 0 0) (catch_all 1)
                            (ref.test (ref null struct) (local.get 0))
                            (drop (ref.cast (ref i31) (local.get 0)))))))))"#,
        );
        for expected in [
            "try_table (result i32) (catch 0 0) (catch_all 1)",
            "ref.test (ref null struct)",
            "ref.cast (ref i31)",
        ] {
            assert!(found.iter().any(|line| line == expected), "{expected} is not in {found:?}");
        }
    }
}
