//! Breakpoints and watchpoints: where running stops.

use fayasm_core::inspect::{Condition, Inspector, Location};
use fayasm_core::{Breakpoint, Instance, Job, Store, Watch};
use fayasm_wasi::Wasi;

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
    /// A global, or bytes of a memory.
    Watch(Location, Watch),
    /// A local of the frame that is so many frames deep.
    WatchLocal {
        depth: usize,
        instance: Instance,
        function: u32,
        local: u32,
        on: Watch,
    },
    /// Whatever the store knows to stop at.
    Catch(Breakpoint),
}

impl PointKind {
    fn breakpoints(&self) -> Vec<Breakpoint> {
        match *self {
            PointKind::Break(ref places, _) => {
                let breakpoint = |it: &CodePlace| Breakpoint::Instruction {
                    instance: it.instance,
                    function: it.function,
                    pc: it.pc,
                };
                places.iter().map(breakpoint).collect()
            }
            PointKind::Watch(ref location, on) => {
                vec![Breakpoint::Location { location: location.clone(), on }]
            }
            PointKind::WatchLocal { instance, function, local, on, .. } => {
                vec![Breakpoint::Local { instance, function, local, on }]
            }
            PointKind::Catch(ref breakpoint) => vec![breakpoint.clone()],
        }
    }

    /// Whether it stops there, now that one of its breakpoints does.
    fn holds(
        &self,
        modules: &Modules,
        store: &Store<Wasi>,
        job: &Job,
        inspector: &mut Inspector,
    ) -> bool {
        match self {
            PointKind::Break(_, condition) => {
                let (Some(condition), Some(frame)) = (condition, job.frame()) else { return true };
                let names = modules.of(frame.instance()).names();
                condition.holds(store, job, names, inspector)
            }
            PointKind::WatchLocal { depth, .. } => job.depth() == *depth,
            PointKind::Watch(..) | PointKind::Catch(_) => true,
        }
    }
}

/// All of them, in the order of their numbers.
#[derive(Default)]
pub(super) struct Points {
    all: Vec<Point>,
    last: u32,
    /// The number of the one that each of the store's breakpoints belongs to.
    owners: Vec<u32>,
}

impl Points {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Point> {
        self.all.iter()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Point> {
        self.all.iter().find(|point| point.number == number)
    }

    pub(super) fn add(
        &mut self,
        store: &mut Store<Wasi>,
        text: String,
        kind: PointKind,
    ) -> Result<u32, Problem> {
        self.last += 1;
        self.all.push(Point { number: self.last, text, kind });
        self.set_in(store).inspect_err(|_| drop(self.all.pop()))?;
        Ok(self.last)
    }

    pub(super) fn delete(&mut self, store: &mut Store<Wasi>, number: u32) -> Result<(), Problem> {
        let found = self.all.iter().position(|point| point.number == number);
        self.all.remove(found.ok_or(Problem::NoPoint(number))?);
        self.set_in(store)
    }

    fn set_in(&mut self, store: &mut Store<Wasi>) -> Result<(), Problem> {
        let (mut breakpoints, mut owners) = (Vec::new(), Vec::new());
        for point in &self.all {
            breakpoints.append(&mut point.kind.breakpoints());
            owners.resize(breakpoints.len(), point.number);
        }
        store.set_breakpoints(&breakpoints).map_err(Problem::Breakpoints)?;
        self.owners = owners;
        Ok(())
    }

    /// The number of the one that a breakpoint of the store belongs to, if it stops the
    /// job where that does.
    pub(super) fn holds(
        &self,
        breakpoint: usize,
        modules: &Modules,
        store: &Store<Wasi>,
        job: &Job,
        inspector: &mut Inspector,
    ) -> Option<u32> {
        let number = *self.owners.get(breakpoint)?;
        let holds = self.get(number)?.kind.holds(modules, store, job, inspector);
        holds.then_some(number)
    }

    /// The number of one that stops the job before its next instruction, of those of
    /// which that can be known.
    pub(super) fn here(
        &self,
        modules: &Modules,
        store: &Store<Wasi>,
        job: &Job,
        inspector: &mut Inspector,
    ) -> Option<u32> {
        let known = |index: &usize| match store.breakpoints().get(*index) {
            Some(Breakpoint::Local { on, .. } | Breakpoint::Location { on, .. }) => {
                *on != Watch::Change
            }
            _ => true,
        };
        let mut all = store.breakpoints_at(job).filter(known);
        all.find_map(|index| self.holds(index, modules, store, job, inspector))
    }
}
