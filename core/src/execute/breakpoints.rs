//! Breakpoints and watchpoints: where running stops.
//!
//! A function with instructions that may have to be stopped at is executed from a
//! copy of its body in which the opcodes of these are replaced. So the stepper
//! looks for nothing at all where there is no breakpoint.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::job::{Job, Status};
use super::stepper::BREAK;
use crate::allocate::{OutOfMemory, boxed_copy};
use crate::decode::{Immediates, Instruction, Reader, instruction};
use crate::inspect::{Access, Location, Next};
use crate::ledger;
use crate::operators::{Class, Operator};
use crate::runtime::{Error, FunctionData, Instance, Store, StoreInner};

/// Where a run stops, before an instruction.
///
/// ```
/// # use fayasm_core::{Engine, Job, Linker, Module, Store};
/// use fayasm_core::inspect::Location;
/// use fayasm_core::{Breakpoint, Limit, Outcome, Watch};
///
/// let wat = r#"(module (global $g (export "g") (mut i32) (i32.const 0))
///   (func (export "f") (drop (global.get $g)) (global.set $g (i32.const 7))))"#;
/// # let engine = Engine::default();
/// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
/// # let mut store = Store::new(&engine, ());
/// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
/// # let f = instance.get_func(&store, "f").expect("it is exported");
/// let global = instance.get_global(&store, "g").expect("it is exported");
/// let write = Breakpoint::Location { location: Location::Global(global), on: Watch::Write };
/// store.set_breakpoints(&[write])?;
/// let mut job = Job::new(&store, f, &[])?;
/// let limit = Limit::NONE.until_breakpoint();
/// assert_eq!(store.run(&mut job, limit), Outcome::Breakpoint(0));
/// assert_eq!((job.executed(), job.operands(&store, 0)), (3, [7].as_slice()));
/// store.step(&mut job); // past it
/// assert_eq!(store.run(&mut job, limit), Outcome::Done);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breakpoint {
    /// An instruction.
    Instruction {
        /// An instance, in whatever frame.
        instance: Instance,
        /// The index of a function that is not imported.
        function: u32,
        /// Bytes from the start of its body, as in [`Frame::pc`](super::Frame::pc). No
        /// instruction begins in the middle of another.
        pc: u32,
    },
    /// Instructions that read or write a local, in whatever frame of its function.
    Local {
        /// The instance.
        instance: Instance,
        /// The index of the function.
        function: u32,
        /// The index of the local.
        local: u32,
        /// Which of them.
        on: Watch,
    },
    /// Instructions that read or write somewhere.
    Location {
        /// Where.
        location: Location,
        /// Which of them.
        on: Watch,
    },
    /// Calls of host functions.
    HostCall,
    /// Instructions that make a linear memory larger, or try.
    MemoryGrowth,
}

/// What stops at a watchpoint.
///
/// ```
/// use fayasm_core::Watch;
///
/// let name = |watch| match watch {
///     Watch::Read => "read",
///     Watch::Write => "write",
///     Watch::Access => "read or write",
///     Watch::Change => "change",
/// };
/// assert_eq!(name(Watch::Access), "read or write");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Reading.
    Read,
    /// Writing, be it what is there already.
    Write,
    /// Reading and writing.
    Access,
    /// Writing something else than what is there. Only a
    /// [timeline](crate::timeline::Timeline), which can look ahead, knows that: without
    /// one it is the same as [`Watch::Write`].
    Change,
}

impl Watch {
    fn sees(self, writes: bool) -> bool {
        match self {
            Watch::Read => !writes,
            Watch::Write | Watch::Change => writes,
            Watch::Access => true,
        }
    }
}

/// Which breakpoints stop a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopping {
    /// None.
    Never,
    /// All.
    Always,
    /// All, and those as well of which it cannot be known before the next instruction
    /// is executed (see [`StoreInner::undecided`]).
    Maybe,
}

/// The breakpoints of a store.
#[derive(Debug, Default)]
pub(crate) struct Breakpoints {
    points: Box<[Breakpoint]>,
    pub(crate) bodies: Bodies,
}

impl Breakpoints {
    /// How many bytes they take.
    pub(crate) fn allocated(&self) -> u64 {
        let Bodies(bodies) = &self.bodies;
        let copies: u64 = bodies.iter().map(|(_, _, body)| ledger::boxed(&**body)).sum();
        ledger::boxed(&*self.points) + ledger::vec(bodies) + copies
    }

    /// These, in all instances that there are.
    pub(crate) fn new(store: &StoreInner, points: &[Breakpoint]) -> Result<Self, OutOfMemory> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(points.len()).map_err(|_| OutOfMemory)?;
        copy.extend_from_slice(points);
        Ok(Breakpoints { points: copy.into_boxed_slice(), bodies: bodies(store, points)? })
    }
}

/// Bodies of functions in which opcodes are replaced by [`BREAK`], sorted by
/// instance and function.
#[derive(Debug, Default)]
pub(crate) struct Bodies(Vec<(u32, u32, Box<[u8]>)>);

impl Bodies {
    /// The body of a function, if it is one of them.
    #[cold]
    #[inline(never)]
    pub(crate) fn get(&self, instance: u32, function: u32) -> Option<&[u8]> {
        let order = |it: &(u32, u32, Box<[u8]>)| (it.0, it.1).cmp(&(instance, function));
        let at = self.0.binary_search_by(order).ok()?;
        self.0.get(at).map(|(_, _, body)| &**body)
    }
}

impl<T> Store<T> {
    /// Sets all breakpoints, those before are forgotten. They hold in the instances
    /// that there are now. Whoever runs a job says whether it
    /// [stops at them](super::Limit::until_breakpoint).
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Breakpoint, Limit, Outcome};
    ///
    /// let wat = r#"(module (memory 1)
    ///   (func (export "f") (drop (memory.grow (i32.const 1)))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let code_start = 1; // behind the number of groups of locals
    /// let start = Breakpoint::Instruction { instance, function: 0, pc: code_start };
    /// store.set_breakpoints(&[Breakpoint::MemoryGrowth, start])?;
    /// let mut job = Job::new(&store, f, &[])?;
    /// let limit = Limit::NONE.until_breakpoint();
    /// assert_eq!(store.run(&mut job, limit), Outcome::Breakpoint(1));
    /// store.step(&mut job);
    /// assert_eq!(store.run(&mut job, limit), Outcome::Breakpoint(0));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ForeignHandle`], [`Error::OutOfMemory`]; then nothing changes.
    pub fn set_breakpoints(&mut self, points: &[Breakpoint]) -> Result<(), Error> {
        let inner = self.inner();
        if points.iter().any(|point| !point.belongs_to(inner)) {
            return Err(Error::ForeignHandle);
        }
        self.inner_mut().breakpoints = Breakpoints::new(inner, points)?;
        Ok(())
    }

    /// All breakpoints, in the order in which they were set.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Store};
    /// use fayasm_core::Breakpoint;
    ///
    /// # let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// store.set_breakpoints(&[Breakpoint::HostCall])?;
    /// assert_eq!(store.breakpoints(), [Breakpoint::HostCall]);
    /// # Ok::<(), fayasm_core::Error>(())
    /// ```
    #[must_use]
    pub fn breakpoints(&self) -> &[Breakpoint] {
        &self.inner().breakpoints.points
    }

    /// Which breakpoints the next instruction of a job stops at, in order.
    ///
    /// ```
    /// # use fayasm_core::{Engine, Job, Linker, Module, Store};
    /// use fayasm_core::{Breakpoint, Watch};
    ///
    /// let wat = r#"(module (func (export "f") (local i32) (local.set 0 (i32.const 7))))"#;
    /// # let engine = Engine::default();
    /// # let module = Module::new(&engine, wat::parse_str(wat)?)?;
    /// # let mut store = Store::new(&engine, ());
    /// # let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    /// # let f = instance.get_func(&store, "f").expect("it is exported");
    /// let on = Watch::Write;
    /// store.set_breakpoints(&[Breakpoint::Local { instance, function: 0, local: 0, on }])?;
    /// let mut job = Job::new(&store, f, &[])?;
    /// assert!(store.breakpoints_at(&job).next().is_none()); // i32.const
    /// store.step(&mut job);
    /// assert!(store.breakpoints_at(&job).eq([0])); // local.set
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub fn breakpoints_at(&self, job: &Job) -> impl Iterator<Item = usize> {
        self.inner().breakpoints_at(job, |_| true)
    }
}

impl StoreInner {
    /// The first breakpoint that the job stops at where it stands.
    pub(crate) fn breakpoint(&self, job: &Job, stopping: Stopping) -> Option<usize> {
        if stopping == Stopping::Never || self.breakpoints.points.is_empty() {
            return None;
        }
        let standing = Standing::of(self, job)?;
        let mut points = self.breakpoints.points.iter();
        points.position(|point| {
            standing.stops_at(point)
                || stopping == Stopping::Maybe && standing.is_undecided() && point.sees_writes()
        })
    }

    /// Those that the job stops at where it stands, of some.
    fn breakpoints_at(
        &self,
        job: &Job,
        wanted: impl Fn(&Breakpoint) -> bool,
    ) -> impl Iterator<Item = usize> {
        let points = &self.breakpoints.points;
        let standing = if points.is_empty() { None } else { Standing::of(self, job) };
        points.iter().enumerate().filter_map(move |(index, point)| {
            let stops = wanted(point) && standing.as_ref().is_some_and(|it| it.stops_at(point));
            stops.then_some(index)
        })
    }

    /// Those of which it is known before the next instruction is executed.
    pub(crate) fn decided(&self, job: &Job) -> impl Iterator<Item = usize> {
        self.breakpoints_at(job, |point| point.on() != Some(Watch::Change))
    }

    /// The watchpoints of which it is known only when the next instruction is
    /// executed whether it stops at them: on changes, and all on writes if it calls a
    /// host function. With each, what it watches.
    pub(crate) fn undecided(&self, job: &Job) -> impl Iterator<Item = (usize, Location)> {
        let standing = Standing::of(self, job);
        self.breakpoints.points.iter().enumerate().filter_map(move |(index, point)| {
            let standing = standing.as_ref()?;
            let concerned = standing.stops_at(point) && point.on() == Some(Watch::Change)
                || standing.is_undecided() && point.sees_writes();
            let location = || match *point {
                Breakpoint::Local { local, .. } => {
                    Some(Location::Local { frame: job.depth().checked_sub(1)?, local })
                }
                Breakpoint::Location { ref location, .. } => Some(location.clone()),
                _ => None,
            };
            concerned.then(location).flatten().map(|location| (index, location))
        })
    }
}

impl Breakpoint {
    fn belongs_to(&self, store: &StoreInner) -> bool {
        let id = match self {
            Breakpoint::Instruction { instance, .. } | Breakpoint::Local { instance, .. } => {
                instance.0.store
            }
            Breakpoint::Location { location, .. } => match location {
                Location::Operand { .. } | Location::Local { .. } => return true,
                Location::Global(global) => global.0.store,
                Location::Memory { memory, .. } => memory.0.store,
                Location::Table { table, .. } => table.0.store,
            },
            Breakpoint::HostCall | Breakpoint::MemoryGrowth => return true,
        };
        id == store.id
    }

    /// What a watchpoint watches for.
    fn on(&self) -> Option<Watch> {
        match self {
            Breakpoint::Local { on, .. } | Breakpoint::Location { on, .. } => Some(*on),
            _ => None,
        }
    }

    /// Whether a host function may do what it watches for.
    fn sees_writes(&self) -> bool {
        match self {
            Breakpoint::Location { location: Location::Local { .. }, .. } => false,
            Breakpoint::Location { on, .. } => on.sees(true),
            _ => false,
        }
    }

    /// Whether there may be such instructions in this function.
    fn is_in(&self, instance: u32, function: u32) -> bool {
        match self {
            Breakpoint::Instruction { instance: other, function: others, .. }
            | Breakpoint::Local { instance: other, function: others, .. } => {
                (other.0.index, *others) == (instance, function)
            }
            Breakpoint::Location { .. } | Breakpoint::MemoryGrowth => true,
            Breakpoint::HostCall => false,
        }
    }

    /// Whether it may have to be stopped at an instruction of a function in which it is.
    fn may_stop(&self, store: &StoreInner, instance: u32, pc: u32, it: &Instruction) -> bool {
        match self {
            Breakpoint::Instruction { pc: wanted, .. } => *wanted == pc,
            Breakpoint::Local { local, on, .. } => {
                it.immediates == Immediates::Local(*local)
                    && on.sees(it.operator != Operator::LocalGet)
            }
            Breakpoint::Location { location, on } => {
                let class = it.operator.row().class;
                (class != Class::Load || on.sees(false))
                    && (class != Class::Store || on.sees(true))
                    && touches(store, instance, it, location)
            }
            Breakpoint::MemoryGrowth => it.operator == Operator::MemoryGrow,
            Breakpoint::HostCall => false,
        }
    }
}

/// Whether an instruction may access what a location is a part of.
fn touches(store: &StoreInner, instance: u32, it: &Instruction, location: &Location) -> bool {
    let Some(instance) = store.instances.get(instance as usize) else { return false };
    let is = |all: &[u32], index: u32, wanted: u32| all.get(index as usize) == Some(&wanted);
    match (location, &it.immediates) {
        (Location::Local { local, .. }, Immediates::Local(index)) => local == index,
        (Location::Global(global), Immediates::Global(index)) => {
            is(&instance.globals, *index, global.0.index)
        }
        (Location::Memory { memory, .. }, immediates) => {
            let wanted = |index: u32| is(&instance.memories, index, memory.0.index);
            match immediates {
                Immediates::MemArg(arg) | Immediates::MemArgLane(arg, _) => {
                    wanted(arg.memory.unwrap_or(0))
                }
                Immediates::Memory(index) => it.operator == Operator::MemoryFill && wanted(*index),
                Immediates::DataMemory(_, index) => wanted(*index),
                Immediates::MemoryMemory(to, from) => wanted(*to) || wanted(*from),
                _ => false,
            }
        }
        (Location::Table { table, .. }, immediates) => {
            let wanted = |index: u32| is(&instance.tables, index, table.0.index);
            match immediates {
                Immediates::Table(index)
                | Immediates::TypeTable(_, index)
                | Immediates::ElementTable(_, index) => wanted(*index),
                Immediates::TableTable(to, from) => wanted(*to) || wanted(*from),
                _ => false,
            }
        }
        _ => false,
    }
}

/// The bodies of all functions in which there may be something to stop at.
fn bodies(store: &StoreInner, points: &[Breakpoint]) -> Result<Bodies, OutOfMemory> {
    let mut bodies = Vec::new();
    for (instance, data) in (0..).zip(&store.instances) {
        let declared = data.module.declarations();
        let functions = declared.imported_functions..declared.functions.len() as u32;
        for function in functions {
            if let Some(body) = body(store, points, instance, function)? {
                bodies.try_reserve(1).map_err(|_| OutOfMemory)?;
                bodies.push((instance, function, body));
            }
        }
    }
    Ok(Bodies(bodies))
}

/// The body of a function, its opcodes replaced where it may have to be stopped;
/// none if it is as it was.
fn body(
    store: &StoreInner,
    points: &[Breakpoint],
    instance: u32,
    function: u32,
) -> Result<Option<Box<[u8]>>, OutOfMemory> {
    let inside = || points.iter().filter(|point| point.is_in(instance, function));
    let Some(data) = store.instances.get(instance as usize) else { return Ok(None) };
    let (Some(span), Some(layout)) =
        (data.module.declarations().body(function), data.module.layout(function))
    else {
        return Ok(None);
    };
    if inside().next().is_none() {
        return Ok(None);
    }
    let original = data.module.body(function).unwrap_or_default();
    let mut replaced: Option<Box<[u8]>> = None;
    let mut reader = Reader::new(data.module.bytes(), 0);
    reader.skip_to(span.start + layout.code_start);
    while reader.offset() < span.end {
        // The module is valid.
        let Ok(next) = instruction(&mut reader) else { break };
        let pc = next.span.start - span.start;
        if inside().any(|point| point.may_stop(store, instance, pc, &next)) {
            let body = match &mut replaced {
                Some(body) => body,
                None => replaced.insert(boxed_copy(original)?),
            };
            if let Some(opcode) = body.get_mut(pc as usize) {
                *opcode = BREAK;
            }
        }
    }
    Ok(replaced)
}

/// A job before an instruction, for telling which breakpoints it stops at.
struct Standing<'a> {
    /// Instance, function and program counter; none before a host function that
    /// nobody calls.
    place: Option<(u32, u32, u32)>,
    accesses: [Option<Access>; 2],
    calls_host: bool,
    grows: bool,
    job: &'a Job,
}

impl<'a> Standing<'a> {
    fn of(store: &StoreInner, job: &'a Job) -> Option<Self> {
        if !job.belongs_to(store) || !job.is_running() {
            return None;
        }
        let place = job.frame().map(|frame| (frame.instance, frame.function, frame.pc));
        let next = Next::of(store, job);
        let waits = matches!(job.status(), Status::Host { .. });
        let calls_host = waits
            || next.as_ref().and_then(Next::callee).is_some_and(|address| {
                matches!(store.functions.get(address as usize), Some(FunctionData::Host { .. }))
            });
        let grows = next.as_ref().is_some_and(|it| it.operator() == Operator::MemoryGrow);
        let mut all = next.iter().flat_map(Next::accesses);
        let accesses = [all.next(), all.next()];
        Some(Standing { place, accesses, calls_host, grows, job })
    }

    /// Whether what the next instruction writes is not known.
    fn is_undecided(&self) -> bool {
        self.calls_host
    }

    fn stops_at(&self, point: &Breakpoint) -> bool {
        let watched = |location: &Location, on: Watch| {
            let seen = |it: &Access| on.sees(it.writes) && it.location.overlaps(location);
            self.accesses.iter().flatten().any(seen)
        };
        let here = |instance: Instance, function: u32| {
            self.place.is_some_and(|it| (it.0, it.1) == (instance.0.index, function))
        };
        match *point {
            Breakpoint::Instruction { instance, function, pc } => {
                self.place == Some((instance.0.index, function, pc))
            }
            Breakpoint::Local { instance, function, local, on } => {
                here(instance, function)
                    && self
                        .job
                        .depth()
                        .checked_sub(1)
                        .is_some_and(|frame| watched(&Location::Local { frame, local }, on))
            }
            Breakpoint::Location { ref location, on } => watched(location, on),
            Breakpoint::HostCall => self.calls_host,
            Breakpoint::MemoryGrowth => self.grows,
        }
    }
}
