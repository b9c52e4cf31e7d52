//! Calls: of a new instance, of the same one again, or as they were committed; and their arguments.

use std::collections::VecDeque;
use std::rc::Rc;

use fayasm_core::inspect::Inspector;
use fayasm_core::timeline::{Settings, Timeline};
use fayasm_core::{ExternKind, Func, Instance, Job, PagingStats, Peak, Store, Val};

use super::{Goal, Run, titled};
use crate::protocol::{Binding, ErrorView};
use crate::session::breakpoints::Armed;
use crate::session::device::{self, DeviceSetting, Samples};
use crate::session::linking::{Calls, Instances};
use crate::session::memory::ShownMemory;
use crate::session::modules::Modules;
use crate::session::opened::Opened;
use crate::session::spill::Built;
use crate::session::state::Shown;
use crate::session::terminal::{Surroundings, World};
use crate::session::text;
use crate::session::trace::Trace;

impl Run {
    /// Instantiates the module on show afresh, and those that it imports from, and
    /// stands before the first instruction of a start function, or else of an export.
    pub(in crate::session) fn start(
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
        export: &str,
        arguments: &[String],
    ) -> Result<Run, ErrorView> {
        Run::build(modules, surroundings, device, (export, arguments), |_, _| Ok(None))
    }

    /// Instantiates in the same way, and goes on with the job that `load` gives, if it gives one. It
    /// is told what comes after the first job, of which it takes what has been.
    fn build(
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
        (export, arguments): (&str, &[String]),
        load: impl FnOnce(
            &mut Store<World>,
            &mut VecDeque<(Func, Vec<Val>)>,
        ) -> Result<Option<Job>, ErrorView>,
    ) -> Result<Run, ErrorView> {
        let opened = modules.shown().ok_or_else(|| ErrorView::titled("No module is open"))?;
        let Some(module) = opened.module() else {
            let mut error = ErrorView::titled("The module is not valid, so it cannot run");
            error.details.extend(opened.error().map(ToString::to_string));
            return Err(error);
        };
        let mut store = Store::new(module.engine(), World::new(surroundings)?);
        device::put_on(&mut store, &device, device::LOGGED);
        let calls = Calls::default();
        let (instances, instance) = Instances::link(modules, &mut store, &calls)?;
        let (func, values) = parse_call(opened, &store, instance, export, arguments)?;
        let call = call_text(export, &values);
        let starts = instances.starts.iter().map(|start| (*start, Vec::new()));
        let mut later: VecDeque<_> = starts.chain([(func, values)]).collect();
        let (first, values) = later.pop_front().unwrap_or((func, Vec::new()));
        let timeline = match load(&mut store, &mut later)? {
            Some(job) => Timeline::new(&mut store, job, Settings::default())
                .map_err(|error| titled(&error))?,
            None => begin(&mut store, first, &values)?,
        };
        let peak_before = store.peak();
        Ok(Run {
            store,
            instance,
            timeline,
            past: Rc::default(),
            instances,
            calls,
            later,
            before: 0,
            traps: false,
            lost: None,
            armed: Armed::default(),
            stopped: Vec::new(),
            stood_at: None,
            goal: Goal::Stand,
            pending: None,
            export: export.to_owned(),
            arguments: arguments.to_vec(),
            call,
            number: 1,
            bound: modules.bound(),
            inspector: Inspector::new(),
            question: None,
            trace: Trace::new(),
            survey: None,
            shown: Shown::default(),
            shown_memory: ShownMemory::default(),
            shown_globals: Vec::new(),
            device,
            ram: Samples::default(),
            peak: Peak::default(),
            peak_before,
            stats_before: PagingStats::default(),
            resumed_at: None,
            revision: 0,
        })
    }

    /// Whether the instance can be called again: its start functions have returned.
    pub(in crate::session) fn takes_calls(&self) -> bool {
        self.later.is_empty()
    }

    /// Stands before the first instruction of another call of the same instance, in
    /// place of the one before, wherever that stood.
    pub(in crate::session) fn call_again(
        &mut self,
        modules: &Modules,
        export: &str,
        arguments: &[String],
    ) -> Result<(), ErrorView> {
        let opened = modules.shown().ok_or_else(|| ErrorView::titled("No module is open"))?;
        let (func, values) = parse_call(opened, &self.store, self.instance, export, arguments)?;
        // The instance is as the call before left it, wherever one has gone back to.
        let end = *self.timeline.range().end();
        self.timeline.seek(&mut self.store, end).map_err(|error| titled(&error))?;
        self.timeline = begin(&mut self.store, func, &values)?;
        self.store.data_mut().settle();
        self.past = Rc::default();
        self.calls.forget_question();
        (self.before, self.traps, self.lost) = (0, false, None);
        (self.goal, self.pending, self.stood_at) = (Goal::Stand, None, None);
        self.question = None;
        (self.trace, self.survey, self.shown) = (Trace::new(), None, Shown::default());
        (self.export, self.arguments) = (export.to_owned(), arguments.to_vec());
        self.call = call_text(export, &values);
        self.ram = Samples::default();
        (self.peak, self.peak_before) = (Peak::default(), Peak::default());
        self.stats_before = self.store.paging_stats();
        self.resumed_at = None;
        self.number = self.number.saturating_add(1);
        self.revision += 1;
        Ok(())
    }

    /// The same call of a new instance, from before its first instruction.
    pub(in crate::session) fn again(
        &self,
        modules: &Modules,
        surroundings: &Surroundings,
        device: DeviceSetting,
    ) -> Result<Run, ErrorView> {
        Run::start(modules, surroundings, device, &self.export, &self.arguments)
    }

    /// A run as it was committed.
    pub(in crate::session) fn resume(
        modules: &Modules,
        surroundings: &Surroundings,
        built: &Built,
        load: impl FnOnce(&mut Store<World>) -> Result<Job, ErrorView>,
    ) -> Result<Run, ErrorView> {
        let call = (built.export.as_str(), built.arguments.as_slice());
        let device = device::recalled(&built.device);
        let mut run = Run::build(modules, surroundings, device, call, |store, later| {
            let done = later.len().saturating_sub(built.later as usize);
            later.drain(..done);
            load(store).map(Some)
        })?;
        (run.before, run.number) = (built.before, built.number);
        run.stats_before = run.store.paging_stats();
        run.resumed_at = Some(run.executed() as f64);
        Ok(run)
    }

    /// How to build it again.
    pub(in crate::session) fn built(&self, bindings: Vec<(u32, Binding)>) -> Built {
        Built {
            export: self.export.clone(),
            arguments: self.arguments.clone(),
            call: self.call.clone(),
            number: self.number,
            before: self.before,
            executed: self.executed(),
            later: text::offset(self.later.len()),
            device: self.device.kept(),
            bindings,
        }
    }
}

/// A call that stands before its first instruction.
pub(super) fn begin(
    store: &mut Store<World>,
    func: Func,
    values: &[Val],
) -> Result<Timeline, ErrorView> {
    let job = Job::new(&*store, func, values).map_err(|error| titled(&error))?;
    Timeline::new(store, job, Settings::default()).map_err(|error| titled(&error))
}

/// The function of an export, and the values of arguments for it.
pub(in crate::session) fn parse_call(
    opened: &Opened,
    store: &Store<World>,
    instance: Instance,
    export: &str,
    arguments: &[String],
) -> Result<(Func, Vec<Val>), ErrorView> {
    let Some(func) = instance.get_func(store, export) else {
        return Err(ErrorView::titled(format!("The module exports no function {export:?}")));
    };
    let ty = func.ty(store).map_err(|error| ErrorView::titled(error.to_string()))?;
    Ok((func, parse_arguments(opened, export, ty.params(), arguments)?))
}

/// `rotr(7, 32)`.
fn call_text(export: &str, values: &[Val]) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{export}({})", texts.join(", "))
}

fn parse_arguments(
    opened: &Opened,
    export: &str,
    params: &[fayasm_core::ValType],
    arguments: &[String],
) -> Result<Vec<Val>, ErrorView> {
    if params.len() != arguments.len() {
        let (wanted, found) = (params.len(), arguments.len());
        return Err(ErrorView::titled(format!("{export} takes {wanted} arguments, not {found}")));
    }
    let function = opened
        .all()
        .exports
        .iter()
        .find(|known| known.kind == ExternKind::Func && *known.name == *export)
        .map_or(0, |known| known.index);
    (0u32..)
        .zip(params.iter().zip(arguments))
        .map(|(index, (&ty, argument))| {
            text::parse(ty, argument).map_err(|reason| {
                let name = match opened.names().local(function, index) {
                    Some(name) => format!("${name}"),
                    None => index.to_string(),
                };
                ErrorView {
                    title: format!("Argument {name} must be {ty}"),
                    details: vec![reason],
                    offset: None,
                    argument: Some(index),
                }
            })
        })
        .collect()
}
