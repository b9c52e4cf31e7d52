//! What validation does at each instruction of a function, window by window.

use fayasm_core::decode::{Reader, instruction};
use fayasm_core::module::{Declarations, SectionId, Span};
use fayasm_core::validate::{self, BodyValidator, Control, OperandType};
use fayasm_core::{Config, Module, ModuleError, Operator, ValType};

use super::opened::Opened;
use super::text;
use crate::protocol::{BlockView, CheckView, CheckingView, Fit, PopView};

/// Operands that are shown.
const MAX_OPERANDS: usize = 64;
/// Blocks that are shown.
const MAX_BLOCKS: usize = 32;
/// In more blocks than these it is not said what an instruction asks for, which
/// would have to look at them all.
const MAX_ASKED: usize = 10_000;

impl Opened {
    /// What validation does at rows `from..from + count` of a function.
    pub(super) fn checking(
        &self,
        module: u32,
        function: u32,
        from: u32,
        count: u32,
    ) -> CheckingView {
        let note = self.unchecked(function);
        let mut view = CheckingView { module, function, from, total: 0, rows: Vec::new(), note };
        if view.note.is_none() {
            let code = self.code(function);
            view.total = *code.checked.get_or_init(|| self.rows_checked(function));
            view.rows = self.check(function, from, count);
        }
        view
    }

    /// Why a function is not validated at all, if it is not.
    fn unchecked(&self, function: u32) -> Option<String> {
        self.all()
            .body(function)
            .is_none()
            .then(|| "There is no body to validate.".to_owned())
            .or_else(|| {
                let error = self.error().filter(|error| error.function().is_none())?;
                let code = self.all().sections.iter().find(|it| it.id == SectionId::Code)?;
                // What a function refers to is known to be valid only once validation comes to it.
                (error.offset() < code.span.end)
                    .then(|| format!("Validation did not come so far: {error}."))
            })
    }

    fn config(&self) -> Config {
        self.module().map_or_else(Config::default, |it: &Module| it.engine().config().clone())
    }

    /// How many rows of a function validation comes to.
    fn rows_checked(&self, function: u32) -> u32 {
        let (config, mut rows) = (self.config(), 0);
        // The row of an error is one of them.
        let _ = validate::body(self.bytes(), self.all(), &config, function, |validator| {
            while !validator.controls().is_empty() {
                rows += 1;
                if self.error_in(function, validator.offset()).is_some() {
                    break;
                }
                validator.step()?;
            }
            Ok(())
        });
        rows.max(1)
    }

    fn check(&self, function: u32, from: u32, count: u32) -> Vec<CheckView> {
        let (config, mut rows, mut begun) = (self.config(), Vec::new(), false);
        let walked = validate::body(self.bytes(), self.all(), &config, function, |validator| {
            begun = true;
            for row in 0..from.saturating_add(count) {
                if validator.controls().is_empty() {
                    break;
                }
                if row < from {
                    validator.step()?;
                    continue;
                }
                let row = self.check_next(function, validator);
                let is_last = row.error.is_some();
                rows.push(row);
                if is_last {
                    break;
                }
            }
            Ok(())
        });
        if let Err(error) = walked
            && !begun
        {
            // Already its locals are wrong.
            rows.push(CheckView { error: Some(error.kind().to_string()), ..CheckView::default() });
        }
        rows
    }

    /// Validates the next instruction, and tells of it.
    fn check_next(&self, function: u32, validator: &mut BodyValidator<'_, '_>) -> CheckView {
        let all = self.all();
        let at = validator.offset();
        let mut view =
            CheckView { span: text::span(Span { start: at, end: at }), ..CheckView::default() };
        let operator = self.instruction_at(function, at).map(|(span, operator)| {
            view.span = text::span(span);
            operator.mnemonic().clone_into(&mut view.mnemonic);
            operator
        });
        let operands = validator.operands();
        let (height, depth) = (operands.len(), validator.controls().len());
        view.operands_total = text::offset(height);
        view.operands = top(operands, MAX_OPERANDS).iter().map(|ty| type_name(*ty)).collect();
        view.blocks_total = text::offset(depth);
        let blocks = top(validator.controls(), MAX_BLOCKS).iter();
        view.blocks = blocks.map(|block| block_view(all, function, validator, block)).collect();
        let block = validator.controls().last().copied();
        let (floor, was_unreachable) =
            block.map_or((0, false), |block| (block.height as usize, block.unreachable));
        let mut gives = 0;
        if depth <= MAX_ASKED {
            let demand = validator.demand();
            gives = demand.gives;
            let reach = operands.get(floor..).unwrap_or_default();
            let found = reach.iter().rev().map(Some).chain(std::iter::repeat(None));
            let pops = demand.takes.iter().zip(found);
            view.pops =
                pops.map(|(asked, found)| pop(all, *asked, found, was_unreachable)).collect();
        }
        if let Some(error) = self.error_in(function, at) {
            view.error = Some(error.kind().to_string());
            return view;
        }
        if let Err(error) = validator.step() {
            view.error = Some(error.kind().to_string());
            return view;
        }
        let after = validator.operands();
        view.pushes = top(after, gives).iter().map(|ty| type_name(*ty)).collect();
        let kept = height.saturating_sub(view.pops.len()).max(floor);
        view.forgotten = text::offset(kept.saturating_sub(after.len()));
        let controls = validator.controls();
        view.closes = controls.len() < depth || operator == Some(Operator::Else);
        if let Some(now) = controls.last() {
            if controls.len() > depth || operator == Some(Operator::Else) {
                view.opens = Some(block_view(all, function, validator, now));
            } else if controls.len() == depth {
                view.stops = now.unreachable && !was_unreachable;
            }
        }
        view
    }

    /// The module's error, if the next instruction has it. Validating the body
    /// again finds most errors, but knows nothing of what the module declares for it.
    fn error_in(&self, function: u32, at: u32) -> Option<&ModuleError> {
        let error = self.error().filter(|error| error.function() == Some(function))?;
        let (span, _) = self.instruction_at(function, at)?;
        span.contains(error.offset()).then_some(error)
    }

    fn instruction_at(&self, function: u32, at: u32) -> Option<(Span, Operator)> {
        let body = self.all().body(function)?;
        let mut reader = Reader::new(self.bytes().get(body.range())?, body.start);
        reader.skip_to(at);
        let read = instruction(&mut reader).ok()?;
        Some((Span { start: at, end: reader.offset() }, read.operator))
    }
}

/// The top `count` items of a stack.
fn top<T>(stack: &[T], count: usize) -> &[T] {
    stack.get(stack.len().saturating_sub(count)..).unwrap_or_default()
}

fn type_name(ty: OperandType) -> String {
    ty.map_or_else(|| "any".to_owned(), |ty| ty.to_string())
}

fn pop(
    all: &Declarations,
    expected: OperandType,
    found: Option<&OperandType>,
    unreachable: bool,
) -> PopView {
    let fits = |found: ValType| expected.is_none_or(|expected| all.types.matches(found, expected));
    let (name, fit) = match found {
        Some(Some(found)) if !fits(*found) => (found.to_string(), Fit::Wrong),
        Some(found) => (type_name(*found), Fit::Fits),
        None if unreachable => ("any".to_owned(), Fit::Assumed),
        None => ("nothing".to_owned(), Fit::Missing),
    };
    PopView { expected: type_name(expected), found: name, fit }
}

fn block_view(
    all: &Declarations,
    function: u32,
    validator: &BodyValidator<'_, '_>,
    block: &Control,
) -> BlockView {
    let (kind, type_text) = text::block(all, function, block.kind, block.ty);
    let label: Vec<String> = validator.label_types(block).iter().map(ToString::to_string).collect();
    BlockView {
        kind,
        offset: block.opened_at,
        type_text,
        label: label.join(" "),
        height: block.height,
        unreachable: block.unreachable,
    }
}
