//! What functions are translated to, and how those of a run are executed.

use fayasm_core::text::MicrocodeListing;
use fayasm_core::{Advantage, Extern, ExternKind, Instance, Translate, Translation, Why};

use super::code::FunctionCode;
use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{
    Fate, MicrocodeRow, MicrocodeView, Reached, Score, Span, Tier, TranslationView,
    TranslationsView,
};

/// The most functions that are listed.
const MAX_LISTED: usize = 200;

/// What a store is told for a tier.
pub(super) fn translate(tier: Tier) -> Translate {
    match tier {
        Tier::Automatic => Translate::WhenHot,
        Tier::Stepper => Translate::Never,
        Tier::Microcode => Translate::Always,
    }
}

impl FunctionCode {
    /// What the function is translated to, or why it is not.
    fn listing(&self, opened: &Opened) -> &Result<MicrocodeListing, String> {
        self.microcode.get_or_init(|| {
            let module =
                opened.module().ok_or("The module is not valid, so it is not executed.")?;
            MicrocodeListing::new(module, self.function)
                .map_err(|reason| format!("It is not translated: {reason}."))
        })
    }

    /// The first operator that stands for the instruction at this byte.
    pub(super) fn operator_at(&self, opened: &Opened, offset: u32) -> Option<u32> {
        let rows = self.listing(opened).as_ref().ok()?.rows_at(offset);
        (!rows.is_empty()).then(|| text::offset(rows.start))
    }

    /// A window of the operators.
    pub(super) fn microcode(
        &self,
        opened: &Opened,
        module: u32,
        from: u32,
        count: u32,
    ) -> MicrocodeView {
        let mut view = MicrocodeView {
            module,
            function: self.function,
            total: 0,
            from,
            rows: Vec::new(),
            instructions: text::offset(self.lines.len()),
            code_bytes: 0,
            bytes: 0,
            note: None,
        };
        match self.listing(opened) {
            Ok(listing) => {
                view.total = text::offset(listing.rows().len());
                view.code_bytes = listing.code_bytes();
                view.bytes = text::offset(listing.bytes());
                view.rows = self.operators(listing, opened, (from as usize, count as usize));
            }
            Err(note) => view.note = Some(note.clone()),
        }
        view
    }

    fn operators(
        &self,
        listing: &MicrocodeListing,
        opened: &Opened,
        (from, count): (usize, usize),
    ) -> Vec<MicrocodeRow> {
        let disassembly = opened.disassembly();
        let handlers = self.handlers();
        let all = listing.rows();
        let row = |index: usize| {
            let row = all.get(index)?;
            let before = index.checked_sub(1).and_then(|before| all.get(before));
            let is_first = before.is_none_or(|before| before.span != row.span);
            let is_caught = handlers.iter().any(|at| is_first && row.span.contains(*at));
            Some(MicrocodeRow {
                at: row.at,
                bytes: 8 * row.words,
                text: disassembly.microcode(listing, row),
                span: Span { start: row.span.start, end: row.span.end },
                instructions: if is_first { row.instructions } else { 0 },
                row: text::offset(self.row(row.span.start)),
                reached: match () {
                    () if is_caught => Reached::Exception,
                    () if row.is_entry => Reached::Stepper,
                    () => Reached::Inside,
                },
            })
        };
        (from..all.len()).take(count).filter_map(row).collect()
    }
}

impl Run {
    /// What has become of a function of an instance.
    pub(super) fn translation(&self, instance: Instance, function: u32) -> Option<Translation> {
        match instance.get_index(&self.store, ExternKind::Func, function)? {
            Extern::Func(func) => self.store.translation(func),
            _ => None,
        }
    }

    /// How functions of a module have been executed.
    pub(super) fn translations(&self, opened: &Opened, module: u32) -> TranslationsView {
        let mut view = TranslationsView { module, ..TranslationsView::default() };
        let Some(instance) = self.instances.get(module as usize) else { return view };
        let all = opened.all();
        let own = all.imported_functions..text::offset(all.functions.len());
        for function in own {
            let Some(translation) = self.translation(instance, function) else { continue };
            let Some((hits, fate)) = fate(translation) else { continue };
            view.counted += 1;
            if let Fate::Translated { operators, .. } = fate {
                view.translated += 1;
                view.operators = view.operators.saturating_add(operators);
            }
            let place = view.rows.partition_point(|row| row.hits >= hits);
            if place < MAX_LISTED {
                let name = opened.function_name(function);
                view.rows.insert(place, TranslationView { function, name, hits, fate });
                view.rows.truncate(MAX_LISTED);
            }
        }
        view.bytes = text::offset(self.store.microcode_stats().bytes);
        view.step = self.executed() as f64;
        view
    }
}

/// How often a function was hit, and what executes it; none if that was not counted.
fn fate(translation: Translation) -> Option<(u32, Fate)> {
    match translation {
        Translation::Done { operators, why, hits, .. } => {
            let score = match why {
                Why::Hot(advantage) => Some(score(advantage)),
                _ => None,
            };
            Some((hits, Fate::Translated { operators: text::offset(operators), score }))
        }
        Translation::Refused(reason) => Some((0, Fate::Refused(reason.to_string()))),
        Translation::Not { advantage, setbacks } => {
            let hits = advantage.counts.hits();
            let is_known = hits > 0 || advantage.counts.executed > 0 || setbacks > 0;
            let fate = Fate::Waits { score: score(advantage), setbacks: setbacks.into() };
            is_known.then_some((hits, fate))
        }
        _ => None,
    }
}

fn score(Advantage { score, wanted, .. }: Advantage) -> Score {
    Score { reached: score.into(), wanted: wanted.into() }
}
