//! Breakpoints and watchpoints: where running stops.

use fayasm_core::inspect::{Inspector, Location, accesses};
use fayasm_core::{Job, Store};
use fayasm_wasi::Wasi;

use super::condition::Condition;
use super::places::CodePlace;
use super::problem::Problem;
use crate::loaded::Modules;

/// Where running stops.
pub(super) struct Point {
    pub(super) number: u32,
    /// What a person said.
    pub(super) text: String,
    pub(super) kind: PointKind,
}

pub(super) enum PointKind {
    Break(Vec<CodePlace>, Option<Condition>),
    Watch(Watch),
}

/// A location that instructions may read or write.
pub(super) struct Watch {
    pub(super) location: Location,
    /// Of a local: the index of its function.
    pub(super) function: Option<u32>,
    /// Whether reads stop, rather than writes.
    pub(super) reads: bool,
}

/// All of them, in the order of their numbers.
#[derive(Default)]
pub(super) struct Points {
    all: Vec<Point>,
    last: u32,
    /// Function and place of all breakpoints, sorted, of whatever module: most
    /// instructions are told from breakpoints by this alone.
    places: Vec<(u32, u32)>,
    watches: bool,
}

impl Points {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Point> {
        self.all.iter()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Point> {
        self.all.iter().find(|point| point.number == number)
    }

    pub(super) fn add(&mut self, text: String, kind: PointKind) -> u32 {
        self.last += 1;
        self.all.push(Point { number: self.last, text, kind });
        self.changed();
        self.last
    }

    pub(super) fn delete(&mut self, number: u32) -> Result<(), Problem> {
        let found = self.all.iter().position(|point| point.number == number);
        self.all.remove(found.ok_or(Problem::NoPoint(number))?);
        self.changed();
        Ok(())
    }

    fn changed(&mut self) {
        self.places.clear();
        self.watches = false;
        for point in &self.all {
            match &point.kind {
                PointKind::Break(places, _) => {
                    self.places.extend(places.iter().map(|place| (place.function, place.pc)));
                }
                PointKind::Watch(_) => self.watches = true,
            }
        }
        self.places.sort_unstable();
    }

    /// The number of one that stops the job before its next instruction.
    pub(super) fn hit(
        &self,
        modules: &Modules,
        store: &Store<Wasi>,
        job: &Job,
        inspector: &mut Inspector,
    ) -> Option<u32> {
        let frame = job.frame().filter(|_| job.is_running())?;
        let place = (frame.function(), frame.pc());
        let maybe = self.places.binary_search(&place).is_ok();
        if !maybe && !self.watches {
            return None;
        }
        let accesses = if self.watches { accesses(store, job) } else { Vec::new() };
        let stops = |point: &&Point| match &point.kind {
            PointKind::Break(places, condition) => {
                maybe
                    && places
                        .iter()
                        .any(|it| (it.function, it.pc) == place && it.instance == frame.instance())
                    && condition.as_ref().is_none_or(|it| it.holds(modules, store, job, inspector))
            }
            PointKind::Watch(watch) => {
                watch.function.is_none_or(|function| function == frame.function())
                    && accesses.iter().any(|access| {
                        access.writes != watch.reads && access.location.overlaps(&watch.location)
                    })
            }
        };
        self.all.iter().find(stops).map(|point| point.number)
    }
}
