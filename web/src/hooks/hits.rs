//! Breakpoints: keeping them, telling the engine of them, and looking for where they are hit.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::replies::Page;
use crate::model::Model;
use crate::protocol::Request;
use crate::services::memory;

/// The first piece of a run is looked through when it has stood for so many milliseconds.
const PATIENCE: u32 = 120;

/// Keeps the breakpoints and tells the engine of them whenever they change, or what is loaded
/// does, and looks for hits in a run that stands, piece by piece.
#[hook]
pub fn use_breakpoints(page: &Page, model: &Model) {
    let stops = model.breaks.loaded(&model.links);
    let told = use_mut_ref(|| false);
    {
        let page = page.clone();
        let files: Vec<_> = model.links.modules.iter().map(|it| it.file.clone()).collect();
        use_effect_with((model.generation, files, stops), move |(_, _, stops)| {
            // Most people never set one.
            if told.replace(!stops.is_empty()) || !stops.is_empty() {
                page.ask(&Request::Breakpoints { stops: stops.clone() });
            }
        });
    }
    let breaks = model.breaks.clone();
    use_effect_with(breaks.edits, move |edits| {
        if *edits > 0 {
            memory::remember_breakpoints(&breaks.to_keep());
        }
    });
    let run = model.run.as_ref().filter(|run| !run.status.is_on_its_own());
    let timeline = run.and_then(|run| run.timeline.as_ref());
    let wanted = timeline.and_then(|run| Some((model.breaks.wanted(run)?, run.first)));
    let page = page.clone();
    use_effect_with(wanted.map(|(from, first)| (from.to_bits(), from == first)), move |wanted| {
        let later = wanted.map(|(from, is_first)| {
            Timeout::new(if is_first { PATIENCE } else { 0 }, move || {
                page.ask(&Request::Hits { from: f64::from_bits(from) });
            })
        });
        move || drop(later)
    });
}
