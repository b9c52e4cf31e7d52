//! Breakpoints on a timeline, against going step by step.

use std::collections::BTreeSet;

use fayasm_core::inspect::{Access, Location, accesses};
use fayasm_core::timeline::{Timeline, TimelineError};
use fayasm_core::{
    Breakpoint, Extern, ExternKind, Instance, Job, Limit, Outcome, Store, Val, Watch,
};

use crate::random::Random;

/// Runs of no more instructions than this are gone over step by step.
const STEPS: u64 = 3000;

/// Checks that a run on a timeline, which stands at its end, stops at breakpoints taken
/// at random exactly where it should, forwards and backwards. It stands there again
/// afterwards. Says how many stops there were.
///
/// # Errors
///
/// Where it stops wrongly.
pub fn check<T>(
    store: &mut Store<T>,
    timeline: &mut Timeline,
    random: &mut Random,
) -> Result<u64, String> {
    let end = timeline.job().executed();
    if timeline.range() != (0..=end) || !(1..STEPS).contains(&end) {
        return Ok(0);
    }
    let words = |error: TimelineError| error.to_string();
    let points = points(store, timeline, random)?;
    store.set_breakpoints(&points).map_err(|error| error.to_string())?;
    let expected = step_by_step(store, timeline, &points, end)?;

    let mut forwards = BTreeSet::new();
    timeline.seek(store, 0).map_err(words)?;
    while timeline.job().executed() < end {
        let most = end - timeline.job().executed();
        let fuel = most.min(1 + random.below(500) as u64);
        let limit = Limit::fuel(fuel).until_breakpoint();
        if let Outcome::Breakpoint(_) = timeline.run(store, limit).map_err(words)?
            && timeline.job().executed() < end
        {
            forwards.insert(timeline.job().executed());
            timeline.run(store, 1).map_err(words)?;
        }
    }
    let mut backwards = BTreeSet::new();
    timeline.seek(store, end).map_err(words)?;
    while timeline.run_back(store, 0, |_, _, _| true).map_err(words)?.is_some() {
        backwards.insert(timeline.job().executed());
    }
    timeline.seek(store, end).map_err(words)?;
    store.set_breakpoints(&[]).map_err(|error| error.to_string())?;
    for (way, found) in [("forwards", &forwards), ("backwards", &backwards)] {
        if let Some(at) = found.symmetric_difference(&expected).next() {
            let wrong = if found.contains(at) { "stops" } else { "does not stop" };
            return Err(format!("{way}, {wrong} after {at} instructions at {points:?}"));
        }
    }
    Ok(expected.len() as u64)
}

/// Some breakpoints that the run may come to.
fn points<T>(
    store: &mut Store<T>,
    timeline: &mut Timeline,
    random: &mut Random,
) -> Result<Vec<Breakpoint>, String> {
    let end = timeline.job().executed();
    timeline.seek(store, random.below(end as usize) as u64).map_err(|error| error.to_string())?;
    let Some(frame) = timeline.job().frame() else { return Ok(vec![Breakpoint::HostCall]) };
    let (instance, function, pc) = (frame.instance(), frame.function(), frame.pc());
    let one = |random: &mut Random| {
        let on = [Watch::Read, Watch::Write, Watch::Access, Watch::Change][random.below(4)];
        match random.below(7) {
            0 => Breakpoint::Instruction { instance, function, pc },
            1 => Breakpoint::Local { instance, function, local: random.below(4) as u32, on },
            2 => Breakpoint::HostCall,
            3 => Breakpoint::MemoryGrowth,
            _ => match location(store, instance, random) {
                Some(location) => Breakpoint::Location { location, on },
                None => Breakpoint::HostCall,
            },
        }
    };
    Ok((0..=random.below(3)).map(|_| one(random)).collect())
}

fn location<T>(store: &Store<T>, instance: Instance, random: &mut Random) -> Option<Location> {
    let index = random.below(3) as u32;
    let kinds = [ExternKind::Memory, ExternKind::Global, ExternKind::Table];
    let start = random.below(70_000) as u64 >> random.below(17);
    let end = start + 1 + random.below(64) as u64;
    Some(match instance.get_index(store, kinds[random.below(3)], index)? {
        Extern::Memory(memory) => Location::Memory { memory, bytes: start..end },
        Extern::Global(global) => Location::Global(global),
        Extern::Table(table) => Location::Table { table, elements: start % 8..end },
        _ => return None,
    })
}

/// After how many instructions it has to stop.
fn step_by_step<T>(
    store: &mut Store<T>,
    timeline: &mut Timeline,
    points: &[Breakpoint],
    end: u64,
) -> Result<BTreeSet<u64>, String> {
    let words = |error: TimelineError| error.to_string();
    let host_calls: BTreeSet<u64> = timeline.host_calls().collect();
    let mut stops = BTreeSet::new();
    timeline.seek(store, 0).map_err(words)?;
    for at in 0..end {
        let calls_host = host_calls.contains(&at);
        let looks: Vec<Look> =
            points.iter().map(|point| Look::at(store, timeline.job(), point)).collect();
        timeline.run(store, 1).map_err(words)?;
        let stopped = looks.iter().zip(points).any(|(look, point)| match point {
            Breakpoint::HostCall => calls_host,
            Breakpoint::Location { on: Watch::Read, .. } => look.stops,
            Breakpoint::Location { on: Watch::Change, location } => {
                (look.stops || calls_host) && look.content != content(store, location)
            }
            Breakpoint::Location { location, .. } => {
                look.stops || calls_host && look.content != content(store, location)
            }
            Breakpoint::Local { on: Watch::Change, local, .. } => {
                let now = timeline.job().locals(&*store, look.depth.saturating_sub(1));
                look.stops && look.locals != now && *local < u32::MAX
            }
            _ => look.stops,
        });
        if stopped {
            stops.insert(at);
        }
    }
    Ok(stops)
}

/// What is before an instruction where a breakpoint looks.
struct Look {
    /// Whether it stops there, as far as that can be known.
    stops: bool,
    content: Vec<Val>,
    locals: Vec<u64>,
    depth: usize,
}

impl Look {
    fn at<T>(store: &Store<T>, job: &Job, point: &Breakpoint) -> Look {
        let all = accesses(store, job);
        let depth = job.depth();
        let touches = |on: Watch, wanted: &Location| {
            let seen = |it: &Access| match on {
                Watch::Read => !it.writes,
                Watch::Write | Watch::Change => it.writes,
                Watch::Access => true,
            };
            all.iter().any(|it| seen(it) && it.location.overlaps(wanted))
        };
        let frame = job.frame();
        let is_in = |instance: Instance, function: u32| {
            frame.is_some_and(|it| (it.instance(), it.function()) == (instance, function))
        };
        let (stops, content) = match *point {
            Breakpoint::Instruction { instance, function, pc } => {
                let here = is_in(instance, function) && frame.is_some_and(|it| it.pc() == pc);
                (here, Vec::new())
            }
            Breakpoint::Local { instance, function, local, on } => {
                let wanted = Location::Local { frame: depth.saturating_sub(1), local };
                (is_in(instance, function) && touches(on, &wanted), Vec::new())
            }
            Breakpoint::Location { ref location, on } => {
                (touches(on, location), content(store, location))
            }
            Breakpoint::MemoryGrowth => {
                let offset = job.backtrace(store).first().map(|it| it.offset as usize);
                let module = frame.and_then(|it| it.instance().module(store));
                let code = offset.zip(module).and_then(|(at, it)| it.bytes().get(at).copied());
                (code == Some(0x40), Vec::new())
            }
            _ => (false, Vec::new()),
        };
        let locals = job.locals(store, depth.saturating_sub(1)).to_vec();
        Look { stops, content, locals, depth }
    }
}

/// What is there.
fn content<T>(store: &Store<T>, location: &Location) -> Vec<Val> {
    match location {
        Location::Global(global) => global.get(store).into_iter().collect(),
        Location::Memory { memory, bytes } => {
            let data = memory.data(store).unwrap_or_default();
            let from = (bytes.start as usize).min(data.len());
            let to = (bytes.end as usize).min(data.len());
            data[from..to].iter().map(|byte| Val::I32(i32::from(*byte))).collect()
        }
        Location::Table { table, elements } => {
            elements.clone().map_while(|index| table.get(store, index).ok()).collect()
        }
        _ => Vec::new(),
    }
}
