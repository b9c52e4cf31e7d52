//! What functions are translated to, and how those of a run are executed.

use fayasm_core::text::{Disassembly, MicrocodeListing};
use fayasm_core::{Extern, ExternKind, Translate, Translation};

use super::code::FunctionCode;
use super::opened::Opened;
use super::run::Run;
use super::text;
use crate::protocol::{
    Fate, MicrocodeRow, MicrocodeView, Span, Tier, TranslationView, TranslationsView,
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
                view.rows = rows(listing, opened, from as usize, count as usize);
            }
            Err(note) => view.note = Some(note.clone()),
        }
        view
    }
}

fn rows(
    listing: &MicrocodeListing,
    opened: &Opened,
    from: usize,
    count: usize,
) -> Vec<MicrocodeRow> {
    let disassembly = Disassembly::new(opened.all(), opened.names());
    let all = listing.rows();
    let row = |index: usize| {
        let row = all.get(index)?;
        let before = index.checked_sub(1).and_then(|before| all.get(before));
        let is_first = before.is_none_or(|before| before.span != row.span);
        Some(MicrocodeRow {
            at: row.at,
            bytes: 8 * row.words,
            text: disassembly.microcode(listing, row),
            span: Span { start: row.span.start, end: row.span.end },
            instructions: if is_first { row.instructions } else { 0 },
            is_entry: row.is_entry,
        })
    };
    (from..all.len()).take(count).filter_map(row).collect()
}

impl Run {
    /// How functions of a module have been executed: this one, or all.
    pub(super) fn translations(
        &self,
        opened: &Opened,
        module: u32,
        of: Option<u32>,
    ) -> TranslationsView {
        let mut view = TranslationsView { module, of, ..TranslationsView::default() };
        let Some(instance) = self.instances.get(module as usize) else { return view };
        let all = opened.all();
        let own = all.imported_functions..text::offset(all.functions.len());
        let mut found = Vec::new();
        for function in own.filter(|function| of.is_none_or(|of| of == *function)) {
            let Some(Extern::Func(func)) =
                instance.get_index(&self.store, ExternKind::Func, function)
            else {
                continue;
            };
            let Some(translation) = self.store.translation(func) else { continue };
            let (fate, hits, bytes) = fate(translation);
            if hits == 0 && of.is_none() {
                continue;
            }
            view.executed += 1;
            view.translated += u32::from(fate == Fate::Translated);
            view.bytes = view.bytes.saturating_add(bytes);
            found.push((fate as u8, u32::MAX - hits, function, translation));
        }
        // Microcode first, then what is nearest to becoming that.
        found.sort_unstable_by_key(|(fate, hits, function, _)| (*fate, *hits, *function));
        view.rows = found
            .iter()
            .take(MAX_LISTED)
            .map(|&(_, _, function, translation)| TranslationView {
                function,
                name: opened.function_name(function),
                fate: fate(translation).0,
                text: words(translation),
            })
            .collect();
        view
    }
}

/// What has become of a function, how often it was called, at least, and bytes of microcode.
fn fate(translation: Translation) -> (Fate, u32, u32) {
    match translation {
        Translation::Done { bytes, .. } => (Fate::Translated, 1, text::offset(bytes)),
        Translation::Not { calls } => (Fate::Waits, calls, 0),
        Translation::Refused(_) => (Fate::Refused, 1, 0),
        _ => (Fate::Waits, 0, 0),
    }
}

/// The same in words.
fn words(translation: Translation) -> String {
    match translation {
        Translation::Done { instructions, bytes } => {
            format!("microcode: {instructions} instructions, {bytes} bytes")
        }
        Translation::Not { calls: 0 } => "stepper: not called yet".to_owned(),
        Translation::Not { calls: 1 } => "stepper: called once".to_owned(),
        Translation::Not { calls } => format!("stepper: called {calls} times"),
        Translation::Refused(reason) => format!("stepper: {reason}"),
        _ => String::new(),
    }
}
