//! A function, disassembled.

use std::cell::OnceCell;

use fayasm_core::Operator;
use fayasm_core::decode::Immediates;
use fayasm_core::text::{Code, CodeLine, MicrocodeListing};
use serde_bytes::ByteBuf;

use super::opened::Opened;
use super::text;
use crate::protocol::{CodeRow, CodeView};

/// The lines of a function.
pub(super) struct FunctionCode {
    pub(super) function: u32,
    pub(super) lines: Vec<CodeLine>,
    /// Why there are none, or not all.
    note: Option<String>,
    /// Rows that validation comes to, once asked for.
    pub(super) checked: OnceCell<u32>,
    /// What it is translated to, or why it is not, once asked for.
    pub(super) microcode: OnceCell<Result<MicrocodeListing, String>>,
}

impl FunctionCode {
    pub(super) fn new(opened: &Opened, function: u32) -> Self {
        let all = opened.all();
        let mut code = FunctionCode {
            function,
            lines: Vec::new(),
            note: None,
            checked: OnceCell::new(),
            microcode: OnceCell::new(),
        };
        let Some(span) = all.body(function) else {
            code.note = Some(match function < all.imported_functions {
                true => "This function is imported: its code is not part of the module.".to_owned(),
                false => "The module ends before this function.".to_owned(),
            });
            return code;
        };
        let body = opened.bytes().get(span.range()).unwrap_or_default();
        match Code::new(body, span.start) {
            Ok(lines) => {
                for line in lines {
                    match line {
                        Ok(line) => code.lines.push(line),
                        Err(error) => code.note = Some(error.to_string()),
                    }
                }
            }
            Err(error) => code.note = Some(error.to_string()),
        }
        code
    }

    /// The row of the instruction that this offset lies in, or the nearest before.
    pub(super) fn row(&self, offset: u32) -> usize {
        self.lines.partition_point(|line| line.instruction.span.start <= offset).saturating_sub(1)
    }

    /// The line that ends the block that the line at `row` opens: an `end`, or
    /// the `else` of an `if`.
    pub(super) fn block_end(&self, row: usize) -> Option<&CodeLine> {
        let depth = self.lines.get(row)?.depth;
        self.lines
            .get(row + 1..)?
            .iter()
            .find(|line| line.depth == depth && line.instruction.operator == Operator::End)
    }

    /// Where a branch to a label goes, in bytes from the start of the module.
    pub(super) fn label_target(&self, row: usize, label: u32) -> Option<u32> {
        let depth = self.lines.get(row)?.depth;
        let Some(outer) = depth.checked_sub(label + 1) else {
            // The function's own label: its final `end`.
            return self.lines.last().map(|line| line.instruction.span.start);
        };
        let opened =
            self.lines.get(..row)?.iter().rposition(|line| {
                line.depth == outer && line.instruction.operator != Operator::End
            })?;
        let opener = &self.lines.get(opened)?.instruction;
        match opener.operator {
            Operator::Loop => Some(opener.span.end),
            _ => self.block_end(opened).map(|line| line.instruction.span.end),
        }
    }

    /// Where execution goes on that an exception was thrown in, in bytes from the start of the
    /// module.
    pub(super) fn handlers(&self) -> Vec<u32> {
        let mut targets = Vec::new();
        for (row, line) in self.lines.iter().enumerate() {
            if let Immediates::TryTable(_, catches) = &line.instruction.immediates {
                targets.extend(catches.iter().filter_map(|it| self.label_target(row, it.label)));
            }
        }
        targets
    }

    /// A window of the rows; with operators of microcode, or without.
    pub(super) fn view(
        &self,
        opened: &Opened,
        module: u32,
        (from, count): (u32, u32),
        microcode: bool,
    ) -> CodeView {
        let disassembly = opened.disassembly();
        let source = |row: usize| opened.source(self.lines.get(row)?.instruction.span.start);
        let rows = (from as usize..self.lines.len()).take(count as usize).filter_map(|row| {
            let line = self.lines.get(row)?;
            let instruction = &line.instruction;
            let mut symbol = None;
            let remark = match &instruction.immediates {
                Immediates::Label(label) => {
                    let target = self.label_target(row, *label).map(|to| format!("→ {to:#x}"));
                    let hint = disassembly.remark(instruction);
                    match target {
                        Some(target) if hint.is_empty() => target,
                        Some(target) => format!("{target}, {hint}"),
                        None => hint,
                    }
                }
                Immediates::TryTable(_, catches) => {
                    let targets = catches.iter().filter_map(|it| self.label_target(row, it.label));
                    let targets: Vec<_> = targets.map(|to| format!("{to:#x}")).collect();
                    if targets.is_empty() {
                        String::new()
                    } else {
                        format!("→ {}", targets.join(", "))
                    }
                }
                Immediates::Function(called) => {
                    let is_renamed = opened.source_name(*called).is_some();
                    let own = opened.names().function(*called).filter(|_| is_renamed);
                    symbol = own.map(str::to_owned);
                    opened.all().function_type(*called).map(text::func_type).unwrap_or_default()
                }
                _ => disassembly.remark(instruction),
            };
            Some(CodeRow {
                offset: instruction.span.start,
                bytes: ByteBuf::from(
                    opened.bytes().get(instruction.span.range()).unwrap_or_default(),
                ),
                depth: line.depth,
                mnemonic: instruction.operator.mnemonic().to_owned(),
                operands: disassembly.operands(self.function, instruction),
                symbol,
                remark,
                // Once, where it begins.
                source: source(row)
                    .filter(|here| row.checked_sub(1).and_then(source).as_ref() != Some(here)),
                operator: microcode
                    .then(|| self.operator_at(opened, instruction.span.start))
                    .flatten(),
            })
        });
        CodeView {
            module,
            function: self.function,
            name: opened.function_name(self.function),
            type_text: opened
                .all()
                .function_type(self.function)
                .map(text::func_type)
                .unwrap_or_default(),
            total: text::offset(self.lines.len()),
            from,
            rows: rows.collect(),
            note: self.note.clone(),
        }
    }
}
