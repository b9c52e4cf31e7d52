//! The functions whose microcode lies in RAM, and those that have left for others.

use fayasm_core::{Translation, Verdict};

use super::shown::ResidentsView;
use crate::session::opened::Opened;
use crate::session::run::Run;
use crate::session::text;
use crate::view::format::{counted, size};

/// Functions that are listed, and of those that have left.
const MAX_LISTED: usize = 8;
const MAX_LEFT: usize = 4;

impl Run {
    /// Microcode that is in RAM now; none if there is none, and never was.
    pub(super) fn residents(&self, opened: &Opened) -> Option<ResidentsView> {
        let stats = self.store.microcode_stats();
        if stats.translations == 0 {
            return None;
        }
        let all = opened.all();
        let mut rows: Vec<(usize, String)> = Vec::new();
        for function in all.imported_functions..text::offset(all.functions.len()) {
            let found = self.translation(self.instance, function);
            let Some(Translation::Done { bytes, .. }) = found else { continue };
            let place = rows.partition_point(|(more, _)| *more >= bytes);
            if place < MAX_LISTED {
                rows.insert(place, (bytes, opened.function_name(function)));
                rows.truncate(MAX_LISTED);
            }
        }
        let left = self.store.decisions().filter_map(|decision| {
            let Verdict::Evicted { .. } = decision.verdict else { return None };
            let function = self.func_index(opened, self.instance, decision.func)?;
            Some(format!("{} {}", opened.function_name(function), decision.verdict))
        });
        let mut left: Vec<String> = left.collect();
        left.reverse();
        left.truncate(MAX_LEFT);
        let total = counted(stats.translated as f64, "function");
        Some(ResidentsView {
            title: format!("{total}, {}", size(stats.bytes as f64)),
            rows: rows.into_iter().map(|(bytes, name)| (name, size(bytes as f64))).collect(),
            evictions: match stats.evictions {
                0 => "None has left for another.".to_owned(),
                times => {
                    format!("Functions have left for others {}.", counted(times as f64, "time"))
                }
            },
            left,
        })
    }
}
