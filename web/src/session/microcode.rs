//! What functions are translated to, and how those of a run are executed.

use fayasm_core::text::MicrocodeListing;
use fayasm_core::{Advantage, Counts, Extern, ExternKind, Instance, Translate, Translation, Why};

use super::code::FunctionCode;
use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{
    Fate, MicrocodeRow, MicrocodeView, Reached, Span, Tier, TranslationView, TranslationsView,
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
    fn translation(&self, instance: Instance, function: u32) -> Option<Translation> {
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
            let Some(fate) = fate(translation) else { continue };
            view.executed += 1;
            let mut place = view.rows.len();
            if let Translation::Done { bytes, .. } = translation {
                // Those come first.
                place = place.min(view.translated as usize);
                view.translated += 1;
                view.bytes = view.bytes.saturating_add(text::offset(bytes));
            }
            if place < MAX_LISTED {
                let (name, text) = (opened.function_name(function), words(translation));
                view.rows.insert(place, TranslationView { function, name, fate, text });
                view.rows.truncate(MAX_LISTED);
            }
        }
        view
    }
}

/// What executes a function; none if it was not executed.
fn fate(translation: Translation) -> Option<Fate> {
    match translation {
        Translation::Done { .. } => Some(Fate::Translated),
        Translation::Refused(_) => Some(Fate::Refused),
        Translation::Not { advantage: Advantage { counts, .. }, setbacks } => {
            let is_known = counts.calls > 0 || counts.loops > 0 || counts.executed > 0;
            (is_known || setbacks > 0).then_some(Fate::Waits)
        }
        _ => None,
    }
}

/// The same in words, with the reason.
fn words(translation: Translation) -> String {
    match translation {
        Translation::Done { bytes, why: Why::Hot(advantage), hits, .. } => {
            format!("microcode, {bytes} bytes, hit {hits} times; hot at {}", score(advantage))
        }
        Translation::Done { bytes, hits, .. } => {
            format!("microcode, {bytes} bytes, hit {hits} times; translated at once")
        }
        Translation::Not { advantage, setbacks: 0 } => format!("stepper; {}", score(advantage)),
        Translation::Not { advantage, setbacks } => {
            format!("stepper; {}; {setbacks} times without room", score(advantage))
        }
        Translation::Refused(reason) => format!("stepper; {reason}"),
        _ => String::new(),
    }
}

/// "score 565 of 550 by 10 calls".
fn score(advantage: Advantage) -> String {
    let Advantage { counts: Counts { calls, loops, .. }, score, wanted, .. } = advantage;
    let rounds = match loops {
        0 => String::new(),
        1 => " and 1 round of a loop".to_owned(),
        _ => format!(" and {loops} rounds of loops"),
    };
    let calls = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    format!("score {score} of {wanted} by {calls}{rounds}")
}
