//! Where a run stands, as the page draws it.

use fayasm_core::decode::Immediates;
use fayasm_core::validate::BlockKind;
use fayasm_core::{
    BacktraceFrame, ExnRef, Extern, ExternKind, Instance, Operator, Trap, TrapKind, Val,
};

use super::modules::Modules;
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
    /// Module, function and depth that they belong to.
    place: (usize, u32, usize),
    locals: Vec<Val>,
    operands: Vec<Val>,
}

/// The state when nothing was started.
pub(super) fn idle() -> StateView {
    StateView {
        status: Status::Idle,
        call: String::new(),
        number: 0,
        rebound: false,
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
        touched: Vec::new(),
        passed: Vec::new(),
        hits: Vec::new(),
        timeline: None,
        asked: None,
        log: Vec::new(),
        logged: 0.0,
    }
}

impl Run {
    pub(super) fn state(&mut self, modules: &Modules) -> StateView {
        let status = self.status(modules);
        let stands = matches!(status, Status::Paused | Status::Trapped(_)) && !self.is_pending();
        if stands && let Err(error) = self.look_back() {
            self.lose_the_way(&error);
        }
        let mut view = StateView {
            status,
            call: self.call.clone(),
            number: self.number,
            rebound: self.bound != modules.bound(),
            step: self.executed() as f64,
            frames: self.frame_views(modules),
            depth: text::offset(self.timeline.job().depth()),
            touched: self.touched(),
            passed: self.passed(modules),
            hits: self.hit_views(modules),
            timeline: Some(self.timeline_view()),
            ..idle()
        };
        self.calls.show(&mut view);
        let Some(frame) = self.timeline.job().frame().copied() else { return view };
        let module = self.module_of(modules, frame.instance());
        let Some(opened) = modules.get(module) else { return view };
        let innermost = self.timeline.job().depth() - 1;
        let locals = self.inspector.locals(&self.store, self.timeline.job(), innermost);
        let operands = self.inspector.operands(&self.store, self.timeline.job(), innermost);
        let place = (module, frame.function(), innermost);
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
        view.next = self.next(modules, opened, text::offset(module), &operands);
        self.shown = Shown { place, locals, operands };
        view
    }

    /// Which module an instance is of.
    pub(super) fn module_of(&self, modules: &Modules, instance: Instance) -> usize {
        self.instances.module_of(instance).unwrap_or(modules.shown_index())
    }

    fn status(&self, modules: &Modules) -> Status {
        if let Some(trap) = self.timeline.job().trapped() {
            return match *trap.kind() {
                TrapKind::Exit { code } => Status::Exited { code },
                _ => Status::Trapped(self.trap_view(modules, trap)),
            };
        }
        if let Some(results) = self.timeline.job().results(&self.store) {
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

    fn frame_views(&self, modules: &Modules) -> Vec<FrameView> {
        let mut frames: Vec<FrameView> = self
            .timeline
            .job()
            .backtrace(&self.store)
            .iter()
            .enumerate()
            .filter(|&(depth, _)| depth < MAX_FRAMES || depth + 1 == self.timeline.job().depth())
            .map(|(_, frame)| self.frame_view(modules, frame))
            .collect();
        frames.reverse();
        frames
    }

    fn labels(&mut self, opened: &Opened) -> Vec<LabelView> {
        let Some(frame) = self.timeline.job().frame().copied() else { return Vec::new() };
        let Some(place) = self.inspector.place(&self.store, &frame) else { return Vec::new() };
        let all = opened.all();
        let code = opened.code(frame.function());
        let labels = place.blocks.iter().take(MAX_VALUES).map(|block| {
            let row = code.row(block.opened_at);
            let end = code.block_end(row).map_or(0, |line| line.instruction.span.end);
            let target = match block.kind {
                BlockKind::Function => {
                    let last = code.lines.last();
                    last.map_or(0, |line| line.instruction.span.start)
                }
                BlockKind::Loop => {
                    let opener = code.lines.get(row);
                    opener.map_or(0, |line| line.instruction.span.end)
                }
                _ => end,
            };
            let (kind, type_text) = text::block(all, frame.function(), block.kind, block.ty);
            LabelView { kind, offset: block.opened_at, type_text, target }
        });
        labels.collect()
    }

    fn next(
        &mut self,
        modules: &Modules,
        opened: &Opened,
        module: u32,
        operands: &[Val],
    ) -> Option<NextView> {
        if !self.timeline.job().is_running() && self.timeline.job().trapped().is_none() {
            return None;
        }
        let frame = *self.timeline.job().frame()?;
        let place = self.inspector.place(&self.store, &frame)?;
        let instruction = &place.instruction;
        let code = opened.code(frame.function());
        let disassembly = opened.disassembly();
        let shown_operands = match instruction.immediates {
            // A br_table can have very many.
            Immediates::Labels(ref labels) if labels.len() > 16 => {
                format!("{} labels", labels.len())
            }
            _ => disassembly.operands(frame.function(), instruction),
        };
        // While it runs, it is too short-lived to be read.
        let (effect, card) = match self.is_running() {
            true => (String::new(), None),
            false => {
                let forecast = self.inspector.forecast(&mut self.store, self.timeline.job());
                let here = module as usize == modules.shown_index();
                let effect = self.effect(opened, &place, operands, forecast.as_ref());
                let card = self.card(opened, here, &place, operands, forecast.as_ref());
                (effect, Some(card))
            }
        };
        Some(NextView {
            module,
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
            card,
        })
    }

    fn frame_view(&self, modules: &Modules, frame: &BacktraceFrame) -> FrameView {
        let module = self.module_of(modules, frame.instance);
        let opened = modules.get(module);
        FrameView {
            function: frame.function,
            name: opened.map(|opened| opened.function_name(frame.function)).unwrap_or_default(),
            offset: frame.offset,
            elsewhere: opened
                .filter(|_| module != modules.shown_index())
                .map(|opened| opened.name.clone()),
            source: opened.and_then(|opened| opened.source(frame.offset)),
        }
    }

    /// The tag of an exception, as the module knows it that threw it, and what it carries.
    fn exception_text(&self, modules: &Modules, trap: &Trap, exn: ExnRef) -> Option<String> {
        let (tag, values) = exn.contents(&self.store)?;
        let thrower = trap.backtrace().first()?.instance;
        let all = modules.get(self.module_of(modules, thrower))?.all();
        let is_meant = |index: &u32| {
            let found = thrower.get_index(&self.store, ExternKind::Tag, *index);
            found == Some(Extern::Tag(tag))
        };
        let index = (0..text::offset(all.tags.len())).find(is_meant)?;
        let mut exports = all.exports.iter();
        let named = exports.find(|export| export.kind == ExternKind::Tag && export.index == index);
        let name = named.map_or_else(|| index.to_string(), |export| format!("`{}`", export.name));
        let carried: Vec<String> = values.iter().map(ToString::to_string).collect();
        Some(match carried.as_slice() {
            [] => format!("its tag is {name}, and it carries nothing"),
            _ => format!("its tag is {name}, and it carries {}", carried.join(", ")),
        })
    }

    fn trap_view(&self, modules: &Modules, trap: &Trap) -> TrapView {
        let backtrace: Vec<FrameView> =
            trap.backtrace().iter().map(|frame| self.frame_view(modules, frame)).collect();
        let mut details = Vec::new();
        if let Some(frame) = backtrace.first() {
            let of = frame.elsewhere.as_ref().map(|name| format!(" of {name}"));
            let of = of.unwrap_or_default();
            details.push(format!("in {}, at byte {:#x}{of}", frame.name, frame.offset));
        }
        if let TrapKind::UncaughtException(exception) = *trap.kind() {
            details.extend(self.exception_text(modules, trap, exception));
        }
        if trap.omitted() > 0 {
            details.push(format!("{} more calls are not listed", trap.omitted()));
        }
        let here = backtrace.iter().find(|frame| frame.elsewhere.is_none());
        TrapView {
            message: trap.kind().to_string(),
            details,
            offset: here.map(|frame| frame.offset),
            backtrace,
        }
    }
}
