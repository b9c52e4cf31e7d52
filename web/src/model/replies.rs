//! What the page learns from what the engine says, and from what becomes of the engine.

use super::{Action, Call, Model, Pane, is_function};
use crate::protocol::{
    ErrorView, ExplanationView, FILE, LINK, ModuleView, Reply, SAVE, START, StateView, Status,
};
use crate::services::engine::Event;
use crate::view::hits::Hits;
use crate::view::shared::Shared;

impl Model {
    /// Learns what became of the engine. Whether it comes matters to nobody who opens nothing.
    pub(super) fn hear(&mut self, event: Event) {
        self.fetching = event == Event::Fetching;
        match event {
            Event::Fetching if self.can_fetch => self.dismiss_failure(),
            Event::Fetching | Event::Ready => {}
            Event::NotFetched(reason) => {
                self.can_fetch = self.opening.is_some();
                if self.can_fetch {
                    self.failure = Some(Shared::new(ErrorView {
                        details: vec![reason],
                        ..ErrorView::titled("The engine could not be fetched.")
                    }));
                }
            }
            Event::Stopped(reason) => {
                let advice = "Reload the page to start it again.".to_owned();
                self.apply(Action::Failed(ErrorView {
                    details: vec![reason, advice],
                    ..ErrorView::titled("The engine stopped unexpectedly.")
                }));
            }
        }
    }

    pub(super) fn receive(&mut self, reply: &Reply) {
        match reply {
            Reply::Opened(module) => self.opened(module),
            Reply::LinesFound => self.lines_found += 1,
            Reply::State(state) => self.moved(state),
            Reply::Resumed { export, arguments } => {
                let call = Call { export: export.clone(), arguments: arguments.clone() };
                self.apply(Action::Propose(call));
                self.apply(Action::Started);
            }
            Reply::Explained(explained) => self.explained(explained),
            Reply::Located { offset, function: Some(function), row, start }
                if self.pinned == Some(*offset) =>
            {
                self.instruction = *start;
                self.show_code(None, *function, *row);
            }
            Reply::Breakpoints(views) => {
                let mut breaks = (*self.breaks).clone();
                let run = self.run.as_ref().and_then(|run| run.timeline.as_ref());
                breaks.answered(views, run);
                self.breaks = Shared::new(breaks);
            }
            Reply::Hits(found) => self.change_hits(|hits| hits.receive(found)),
            Reply::Translations(view) => self.translations = Some(Shared::new(view.clone())),
            Reply::Links(links) => self.links = Shared::new((**links).clone()),
            // It is said where it was asked for.
            Reply::Refused { request, .. } if request == SAVE => {}
            Reply::Refused { request, error } => {
                if request == FILE || request == LINK {
                    self.notice = None;
                    self.failure = Some(Shared::new(error.clone()));
                    return;
                }
                if request == START {
                    self.running = self.replaced.take();
                    self.composing = true;
                    self.pane = Pane::State;
                }
                self.forget_outcome();
                if let Some(offset) = error.offset {
                    self.pin(offset);
                }
                self.refused = Some(Shared::new(error.clone()));
            }
            _ => {}
        }
    }

    fn opened(&mut self, module: &ModuleView) {
        let error_at = module.error.as_ref().and_then(|error| error.offset);
        let first_function = module.exports.iter().find_map(|export| export.function);
        *self = Self {
            generation: self.generation + 1,
            arriving: self.arriving.clone(),
            origin: self.arriving.clone(),
            surroundings: self.arriving.surroundings.clone(),
            terminal: module.uses_wasi,
            failure: self.failure.clone(),
            speed: self.speed,
            tier: self.tier,
            microcode: self.microcode,
            breaks: self.breaks.clone(),
            pane: match self.pane {
                Pane::Terminal if !module.uses_wasi => Pane::default(),
                pane => pane,
            },
            serial: self.serial,
            function: first_function.or((module.functions > 0).then_some(0)),
            module: Some(Shared::new(module.clone())),
            links: Shared::new(module.links.clone()),
            ..Self::default()
        };
        let suggested = self.origin.suggested.first().map(|call| call.export.clone());
        let export = suggested.or_else(|| {
            module
                .exports
                .iter()
                .find(|export| is_function(&export.kind))
                .map(|export| export.name.clone())
        });
        if let Some(export) = export {
            let known = module.exports.iter().find(|known| known.name == export);
            self.function = known.and_then(|known| known.function).or(self.function);
            self.choose(export);
        }
        if let Some(offset) = error_at {
            self.pin(offset);
        }
    }

    fn moved(&mut self, state: &StateView) {
        let stood = self.run.as_ref().filter(|run| run.status == Status::Paused);
        if state.status == Status::Paused && stood.is_some_and(|run| run.step != state.step) {
            // Whoever steps looks at the instruction now, no longer at the byte clicked on.
            self.pinned = None;
            self.pinned_field = None;
        }
        let was_asked = self.run.as_ref().is_some_and(|run| run.asked.is_some());
        if state.asked.is_some() && !was_asked {
            self.pane = Pane::State;
        }
        if state.asked != self.run.as_ref().and_then(|run| run.asked.clone()) {
            self.refused = None;
        }
        (self.calls, self.rebound) = (state.number, state.rebound);
        if let Some(run) = &state.timeline {
            self.change_hits(|hits| hits.moved(run));
        }
        self.run = Some(Shared::new(state.clone()));
        self.states = self.states.wrapping_add(1);
        let follows = state.status != Status::Running || self.speed.can_be_followed();
        if let Some(next) = state.next.as_ref().filter(|_| follows) {
            self.follow(next);
        }
        if let Status::Trapped(trap) = &state.status
            && let Some(offset) = trap.offset
        {
            self.pin(offset);
        }
    }

    /// Changes what is known of hits; whoever draws them is not bothered otherwise.
    fn change_hits(&mut self, change: impl FnOnce(&mut Hits)) {
        let mut hits = self.breaks.hits.clone();
        change(&mut hits);
        if hits != self.breaks.hits {
            self.breaks = Shared::new(self.breaks.with_hits(hits));
        }
    }

    fn explained(&mut self, explained: &ExplanationView) {
        if let Some(pinned) = self.pinned
            && (explained.span.start..explained.span.end).contains(&pinned)
        {
            self.pinned_field = Some(explained.span);
        }
    }
}
