//! A call, made once more on another device, beside the run and without a past.

use std::collections::VecDeque;

use fayasm_core::{Error, Func, Job, Limit, Outcome, PagingStats, Peak, Store, TrapKind, Val};

use super::put_on;
use super::shown::DeviceSetting;
use crate::protocol::{ErrorView, Tier};
use crate::session::linking::{Calls, Instances};
use crate::session::microcode::translate;
use crate::session::modules::Modules;
use crate::session::run::parse_call;
use crate::session::terminal::{Surroundings, World};

/// The most instructions that are executed of it.
pub(super) const MOST: u64 = 400_000_000;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Returns,
    /// There is not enough RAM, for this.
    Lacks(String),
    /// For another reason.
    Traps(String),
    /// It waits for something that nobody gives it here.
    Waits,
    /// It goes on and on.
    TooLong,
}

/// A call under way.
pub(super) struct Trial {
    pub(super) device: DeviceSetting,
    store: Store<World>,
    job: Job,
    later: VecDeque<(Func, Vec<Val>)>,
    /// Instructions of start functions.
    before: u64,
}

/// What a call came to.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) device: DeviceSetting,
    pub(super) end: End,
    pub(super) executed: u64,
    pub(super) peak: Peak,
    pub(super) stats: PagingStats,
}

impl Trial {
    /// A call that is about to begin; or what became of it, if it cannot.
    ///
    /// # Errors
    ///
    /// What is wrong with the call, whatever the device is.
    pub(super) fn new(
        device: DeviceSetting,
        modules: &Modules,
        surroundings: &Surroundings,
        (export, arguments): (&str, &[String]),
        tier: Tier,
    ) -> Result<Result<Trial, Came>, ErrorView> {
        let opened = modules.shown().ok_or_else(|| ErrorView::titled("No module is open"))?;
        let module = opened.module().ok_or_else(|| ErrorView::titled("The module is not valid"))?;
        let mut store = Store::new(module.engine(), World::new(surroundings)?);
        put_on(&mut store, &device, 0);
        store.set_translate(translate(tier));
        let (instances, instance) = match Instances::link(modules, &mut store, &Calls::default()) {
            Ok(linked) => linked,
            Err(error) if device.budget > 0 => {
                let reason = error.details.first().unwrap_or(&error.title).clone();
                return Ok(Err(came(device, &store, 0, End::Lacks(reason))));
            }
            Err(error) => return Err(error),
        };
        let call = parse_call(opened, &store, instance, export, arguments)?;
        let starts = instances.starts.iter().map(|start| (*start, Vec::new()));
        let mut later: VecDeque<_> = starts.chain([call]).collect();
        let Some((first, values)) = later.pop_front() else {
            return Err(ErrorView::titled("There is nothing to call"));
        };
        Ok(match Job::new(&store, first, &values) {
            Ok(job) => Ok(Trial { device, store, job, later, before: 0 }),
            Err(error) => Err(came(device, &store, 0, end_of(&error))),
        })
    }

    /// Goes on for so many instructions; says what became of it if it is over.
    pub(super) fn go_on(&mut self, instructions: u64) -> Option<Came> {
        let end = match self.store.run(&mut self.job, Limit::fuel(instructions)) {
            Outcome::Done => {
                self.before += self.job.executed();
                match self.later.pop_front() {
                    None => Some(End::Returns),
                    Some((func, values)) => match Job::new(&self.store, func, &values) {
                        Ok(job) => {
                            self.job = job;
                            return None;
                        }
                        Err(error) => Some(end_of(&error)),
                    },
                }
            }
            Outcome::Trapped(trap) => Some(match trap.kind() {
                TrapKind::OverBudget { .. } => End::Lacks(trap.kind().to_string()),
                // It has ended by itself.
                TrapKind::Exit { .. } => End::Returns,
                kind => End::Traps(kind.to_string()),
            }),
            Outcome::Pending(_) => Some(End::Waits),
            _ => (self.executed() >= MOST).then_some(End::TooLong),
        };
        end.map(|end| came(self.device, &self.store, self.executed(), end))
    }

    fn executed(&self) -> u64 {
        if self.job.is_running() || self.job.trapped().is_some() {
            self.before + self.job.executed()
        } else {
            self.before
        }
    }
}

fn came(device: DeviceSetting, store: &Store<World>, executed: u64, end: End) -> Came {
    Came { device, end, executed, peak: store.peak(), stats: store.paging_stats() }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Trap(trap) if matches!(trap.kind(), TrapKind::OverBudget { .. }) => {
            End::Lacks(trap.kind().to_string())
        }
        error => End::Traps(error.to_string()),
    }
}
