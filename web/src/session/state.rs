//! Where a run stands, as the page draws it.

use fayasm_core::decode::Immediates;
use fayasm_core::module::BlockType;
use fayasm_core::text::{Disassembly, block_type};
use fayasm_core::validate::BlockKind;
use fayasm_core::{BacktraceFrame, Operator, Trap, TrapKind, Val};

use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{FrameView, LabelView, NextView, StateView, Status, TrapView};

/// Innermost frames that are shown, beside the outermost.
const MAX_FRAMES: usize = 64;
/// Operands and locals that are shown.
const MAX_VALUES: usize = 256;

/// The values that were shown last, to find out which have changed.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Function and depth that they belong to.
    place: (u32, usize),
    locals: Vec<Val>,
    operands: Vec<Val>,
}

/// The state when nothing was started.
pub(super) fn idle() -> StateView {
    StateView {
        status: Status::Idle,
        call: String::new(),
        step: 0.0,
        speed: 0.0,
        next: None,
        frames: Vec::new(),
        depth: 0,
        locals: Vec::new(),
        locals_total: 0,
        operands: Vec::new(),
        operands_total: 0,
        labels: Vec::new(),
        memory_written: None,
    }
}

impl Run {
    pub(super) fn state(&mut self, opened: &Opened) -> StateView {
        let status = self.status(opened);
        let mut view = StateView {
            status,
            call: self.call.clone(),
            step: self.executed() as f64,
            frames: self.frame_views(opened),
            depth: text::offset(self.job.depth()),
            memory_written: self.written,
            ..idle()
        };
        let Some(frame) = self.job.frame().copied() else { return view };
        let innermost = self.job.depth() - 1;
        let locals = self.inspector.locals(&self.store, &self.job, innermost);
        let operands = self.inspector.operands(&self.store, &self.job, innermost);
        let place = (frame.function(), innermost);
        let same = self.shown.place == place;
        let changed = |shown: &[Val], index: usize, value: &Val| {
            same && shown.get(index).is_some_and(|shown| shown != value)
        };
        let names = opened.names();
        view.locals = locals
            .iter()
            .enumerate()
            .take(MAX_VALUES)
            .map(|(index, value)| {
                let name = match names.local(frame.function(), text::offset(index)) {
                    Some(name) => format!("${name}"),
                    None => index.to_string(),
                };
                text::value(name, *value, changed(&self.shown.locals, index, value))
            })
            .collect();
        view.locals_total = text::offset(locals.len());
        let hidden = operands.len().saturating_sub(MAX_VALUES);
        view.operands = operands
            .iter()
            .enumerate()
            .skip(hidden)
            .map(|(index, value)| {
                let new = same && index >= self.shown.operands.len();
                let changed = new || changed(&self.shown.operands, index, value);
                text::value(index.to_string(), *value, changed)
            })
            .collect();
        view.operands_total = text::offset(operands.len());
        view.labels = self.labels(opened);
        view.next = self.next(opened, &operands);
        self.shown = Shown { place, locals, operands };
        view
    }

    fn status(&self, opened: &Opened) -> Status {
        if let Some(trap) = self.job.trapped() {
            return match *trap.kind() {
                TrapKind::Exit { code } => Status::Exited { code },
                _ => Status::Trapped(trap_view(opened, trap)),
            };
        }
        if let Some(results) = self.job.results(&self.store) {
            let views = results.iter().enumerate();
            let results =
                views.map(|(index, value)| text::value(index.to_string(), *value, false)).collect();
            return Status::Finished { results };
        }
        match (self.is_running(), self.is_waiting()) {
            (true, _) => Status::Running,
            (_, true) => Status::Waiting,
            _ => Status::Paused,
        }
    }

    fn frame_views(&self, opened: &Opened) -> Vec<FrameView> {
        let mut frames: Vec<FrameView> = self
            .job
            .backtrace(&self.store)
            .iter()
            .enumerate()
            .filter(|&(depth, _)| depth < MAX_FRAMES || depth + 1 == self.job.depth())
            .map(|(_, frame)| frame_view(opened, frame))
            .collect();
        frames.reverse();
        frames
    }

    fn labels(&mut self, opened: &Opened) -> Vec<LabelView> {
        let Some(frame) = self.job.frame().copied() else { return Vec::new() };
        let Some(place) = self.inspector.place(&self.store, &frame) else { return Vec::new() };
        let all = opened.all();
        let code = opened.code(frame.function());
        let labels = place.blocks.iter().take(MAX_VALUES).map(|block| {
            let row = code.row(block.opened_at);
            let end = code.block_end(row).map_or(0, |line| line.instruction.span.end);
            let (kind, target) = match block.kind {
                BlockKind::Function => {
                    let last = code.lines.last();
                    ("func", last.map_or(0, |line| line.instruction.span.start))
                }
                BlockKind::Block => ("block", end),
                BlockKind::If => ("if", end),
                BlockKind::Else => ("else", end),
                BlockKind::TryTable => ("try_table", end),
                BlockKind::Loop => {
                    let opener = code.lines.get(row);
                    ("loop", opener.map_or(0, |line| line.instruction.span.end))
                }
            };
            let type_text = match (block.kind, block.ty, all.function_type(frame.function())) {
                (BlockKind::Function, _, Some(ty)) => text::func_type(ty),
                (_, BlockType::Empty, _) => String::new(),
                (_, ty, _) => block_type(all, ty).to_string(),
            };
            LabelView { kind: kind.to_owned(), offset: block.opened_at, type_text, target }
        });
        labels.collect()
    }

    fn next(&mut self, opened: &Opened, operands: &[Val]) -> Option<NextView> {
        if !self.job.is_running() && self.job.trapped().is_none() {
            return None;
        }
        let frame = *self.job.frame()?;
        let place = self.inspector.place(&self.store, &frame)?;
        let instruction = &place.instruction;
        let code = opened.code(frame.function());
        let disassembly = Disassembly::new(opened.all(), opened.names());
        let shown_operands = match instruction.immediates {
            // A br_table can have very many.
            Immediates::Labels(ref labels) if labels.len() > 16 => {
                format!("{} labels", labels.len())
            }
            _ => disassembly.operands(frame.function(), instruction),
        };
        let effect = match self.is_running() {
            // Too short-lived to be read.
            true => String::new(),
            false => self.effect(opened, &place, operands),
        };
        Some(NextView {
            function: frame.function(),
            offset: instruction.span.start,
            row: text::offset(code.row(instruction.span.start)),
            length: instruction.span.len(),
            operator: text::operator(instruction.operator.row()),
            operands: shown_operands,
            pops: match instruction.operator {
                Operator::LocalTee => 1,
                _ => text::offset(place.effect.pops),
            },
            effect,
        })
    }
}

fn frame_view(opened: &Opened, frame: &BacktraceFrame) -> FrameView {
    FrameView {
        function: frame.function,
        name: opened.function_name(frame.function),
        offset: frame.offset,
    }
}

fn trap_view(opened: &Opened, trap: &Trap) -> TrapView {
    let backtrace: Vec<FrameView> =
        trap.backtrace().iter().map(|frame| frame_view(opened, frame)).collect();
    let mut details = Vec::new();
    if let Some(frame) = backtrace.first() {
        details.push(format!("in {}, at byte {:#x}", frame.name, frame.offset));
    }
    if trap.omitted() > 0 {
        details.push(format!("{} more calls are not listed", trap.omitted()));
    }
    TrapView {
        message: trap.kind().to_string(),
        details,
        offset: backtrace.first().map(|frame| frame.offset),
        backtrace,
    }
}
