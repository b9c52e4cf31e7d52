//! Breakpoints and watchpoints, as the page knows them.

mod kept;

use crate::protocol::{BreakpointView, LinksView, Stop, StopPlace, TimelineView, Watch};
use crate::view::hits::Hits;

/// All breakpoints, also of modules that are not loaded now, and where they are hit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Breaks {
    /// As they were set, in the order of their numbers.
    pub stops: Vec<Stop>,
    /// What became of them.
    pub views: Vec<BreakpointView>,
    /// Where they are hit in the run.
    pub hits: Hits,
    /// How often they were changed.
    pub edits: u32,
    last: u32,
}

/// How breakpoints are changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The one at a place of a loaded module is removed, or else one is set there.
    Toggle {
        /// The module.
        module: u32,
        /// What to stop at; of a watchpoint, any that watches the same is removed.
        place: StopPlace,
    },
    /// Breakpoints are set at instructions of a loaded module, or changed there.
    Set {
        /// The module.
        module: u32,
        /// Where the instructions begin.
        offsets: Vec<u32>,
        /// What has to hold, unless it is empty.
        condition: String,
    },
    /// It stops, or does not for the time being.
    Enable(u32, bool),
    /// What has to hold.
    Condition(u32, String),
    /// What a watchpoint stops at.
    Watch(u32, Watch),
    /// It is removed.
    Remove(u32),
}

impl Breaks {
    /// Changes them.
    pub fn edit(&mut self, edit: Edit, links: &LinksView) {
        match edit {
            Edit::Toggle { module, place } => self.toggle(file(links, module), place),
            Edit::Set { module, offsets, condition } => {
                for offset in offsets {
                    let place = StopPlace::Instruction { offset };
                    if let Some(file) = file(links, module) {
                        self.set(file, place, &condition);
                    }
                }
            }
            Edit::Remove(number) => self.stops.retain(|stop| stop.number != number),
            Edit::Enable(number, enabled) => self.change(number, |stop| stop.enabled = enabled),
            Edit::Condition(number, condition) => {
                self.change(number, |stop| stop.condition = condition);
            }
            Edit::Watch(number, watch) => {
                self.change(number, |stop| stop.place = stop.place.watched(watch));
            }
        }
        self.edits = self.edits.wrapping_add(1);
        self.hits.forget();
    }

    fn toggle(&mut self, file: Option<&str>, place: StopPlace) {
        let Some(file) = file else { return };
        match self.at(file, place).map(|stop| stop.number) {
            Some(number) => self.stops.retain(|stop| stop.number != number),
            None => self.add(file, place, ""),
        }
    }

    fn add(&mut self, file: &str, place: StopPlace, condition: &str) {
        self.last += 1;
        let (number, file, condition) = (self.last, file.to_owned(), condition.to_owned());
        self.stops.push(Stop { number, file, place, enabled: true, condition });
    }

    fn set(&mut self, file: &str, place: StopPlace, condition: &str) {
        match self.at(file, place).map(|stop| stop.number) {
            None => self.add(file, place, condition),
            Some(number) => self.change(number, |stop| {
                stop.enabled = true;
                stop.condition = condition.to_owned();
            }),
        }
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Stop)) {
        if let Some(stop) = self.stops.iter_mut().find(|stop| stop.number == number) {
            change(stop);
        }
    }

    /// Learns what became of them.
    pub fn answered(&mut self, views: &[BreakpointView], run: Option<&TimelineView>) {
        self.views = views.to_vec();
        self.hits = Hits::new(run.map_or(0.0, |run| run.first));
    }

    /// The same, hit elsewhere.
    #[must_use]
    pub fn with_hits(&self, hits: Hits) -> Self {
        Self { hits, ..self.clone() }
    }

    /// Those of a file.
    pub fn of<'a>(&'a self, file: &str) -> impl Iterator<Item = &'a Stop> {
        self.stops.iter().filter(move |stop| stop.file == file)
    }

    /// The one at a place of a file; of a watchpoint, whatever it stops at.
    pub fn at(&self, file: &str, place: StopPlace) -> Option<&Stop> {
        self.of(file).find(|stop| same_place(stop.place, place))
    }

    /// The one at a place of a loaded module.
    pub fn in_module(&self, links: &LinksView, module: u32, place: StopPlace) -> Option<&Stop> {
        self.at(file(links, module)?, place)
    }

    /// Those of loaded modules, which the engine is told of.
    pub fn loaded(&self, links: &LinksView) -> Vec<Stop> {
        let is_loaded = |stop: &&Stop| links.modules.iter().any(|it| it.file == stop.file);
        self.stops.iter().filter(is_loaded).cloned().collect()
    }

    /// Where hits are to be looked for next, in a run that stands.
    pub fn wanted(&self, run: &TimelineView) -> Option<f64> {
        let is_any = self.stops.iter().any(|stop| stop.enabled);
        self.hits.wanted(run).filter(|_| is_any)
    }
}

/// The name of the file of a loaded module.
fn file(links: &LinksView, module: u32) -> Option<&str> {
    links.modules.get(module as usize).map(|module| module.file.as_str())
}

/// Whether both are at the same place, whatever watchpoints stop at.
fn same_place(one: StopPlace, other: StopPlace) -> bool {
    one.watched(Watch::Change) == other.watched(Watch::Change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::LoadedView;

    fn links() -> LinksView {
        let loaded = |file: &str| LoadedView { file: file.to_owned(), name: String::new() };
        LinksView { modules: vec![loaded("a.wasm"), loaded("b.wasm")], ..LinksView::default() }
    }

    fn after(edits: impl IntoIterator<Item = Edit>) -> Breaks {
        let mut breaks = Breaks::default();
        edits.into_iter().for_each(|edit| breaks.edit(edit, &links()));
        breaks
    }

    fn toggle(module: u32, place: StopPlace) -> Edit {
        Edit::Toggle { module, place }
    }

    const HERE: StopPlace = StopPlace::Instruction { offset: 7 };

    #[test]
    fn a_breakpoint_is_set_and_removed_in_its_own_module_only() {
        let breaks = after([toggle(0, HERE), toggle(1, HERE), toggle(0, HERE)]);
        let left: Vec<_> = breaks.stops.iter().map(|it| (it.number, it.file.as_str())).collect();
        assert_eq!(left, [(2, "b.wasm")]);
        assert_eq!(after([toggle(2, HERE)]).stops, []);
    }

    #[test]
    fn breakpoints_are_set_at_all_places_that_were_named_and_none_is_removed() {
        let set = |offsets: &[u32], condition: &str| {
            let (offsets, condition) = (offsets.to_vec(), condition.to_owned());
            Edit::Set { module: 0, offsets, condition }
        };
        let breaks = after([set(&[7, 9], ""), Edit::Enable(1, false), set(&[7], "l0 == 1")]);
        let all: Vec<_> = breaks.stops.iter().map(|it| (it.enabled, &*it.condition)).collect();
        assert_eq!(all, [(true, "l0 == 1"), (true, "")]);
        assert_eq!(breaks.at("a.wasm", HERE).map(|stop| stop.number), Some(1));
    }

    #[test]
    fn a_number_is_given_once() {
        let breaks = after([toggle(0, HERE), Edit::Remove(1), toggle(0, HERE)]);
        assert_eq!(breaks.stops[0].number, 2);
    }

    #[test]
    fn a_watchpoint_is_the_same_whatever_it_stops_at() {
        let place = |on| StopPlace::Global { global: 3, on };
        let breaks = after([toggle(0, place(Watch::Change)), Edit::Watch(1, Watch::Read)]);
        assert_eq!(breaks.stops[0].place, place(Watch::Read));
        assert!(breaks.at("a.wasm", place(Watch::Write)).is_some());
        assert!(breaks.at("a.wasm", StopPlace::Global { global: 4, on: Watch::Read }).is_none());
    }

    #[test]
    fn only_those_of_loaded_modules_are_told_of() {
        let mut links = links();
        let breaks = after([toggle(0, HERE), toggle(1, HERE)]);
        links.modules.remove(0);
        assert_eq!(breaks.loaded(&links), breaks.stops[1..]);
    }
}
