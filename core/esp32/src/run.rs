//! Does what the storage says, and prints what came of it.
//!
//! For each call, lines of a key and what it says:
//!
//! ```text
//! call fib i32:15
//! {"executed":1000,"hash":"8f2076a1af8b92fb"}
//! done i32:610
//! executed 19726
//! hash d58c8f019913462b
//! counted 2420810 instructions
//! ledger 3528 peak 3844 budget 213144
//! owner 374 peak 374 module bytes
//! pages 24 accesses 0 first 0 loads 0 stores 0 drops 0
//! spill 1812 writes 0 reads 0 commits 0
//! heap 3844 of 262144
//! stack 5240 of 32768
//! ```
//!
//! Instead of `done` there may be `trapped`, `failed` (the call could not be made) or `stopped`
//! (it executed as much as it was allowed to). Rows of hashes are those of
//! `fayasm trace --hashes --format jsonl`. Of each owner of the [`Ledger`](fayasm_core::Ledger) that
//! has anything it says how many bytes that is at the end, and when all had most; behind `pages`
//! stands how many may be in RAM, behind `spill` how many the storage has room for. On the way it
//! says what was `committed` to the storage, and after how many instructions; and from where a run
//! was `resumed`.

use alloc::vec::Vec;
use core::fmt::{self, Display, Write};
use core::iter::repeat_n;

use fayasm_core::spill::{
    BlockDevice, SECTOR_BYTES, Sector, Slots, SpillError, SpillStore, module_hash,
};
use fayasm_core::{
    Config, Engine, Error, FRAME_BYTES, FunctionTrap, Instance, InstantiationError, Job, Limit,
    Linker, Module, ModuleError, Outcome, Paging, Planner, Probe, Shared, SpillingError, Store,
    StoreLimits, Val,
};

use crate::board::Board;
use crate::host;
use crate::storage::{Storage, StorageError};
use crate::task::{Call, Task, TaskError};

/// Bytes of the heap that are no budget's: for what is there only for a moment, for what the spill
/// store knows of its objects, and for what lies between others and is too small.
const SPARE: u64 = 48 << 10;

/// Why a task, or one of its calls, could not be done.
#[derive(Debug)]
pub enum Failure {
    /// There is no task that can be read.
    Task(TaskError),
    /// The storage does not answer.
    Storage(StorageError),
    /// The module does not fit into memory.
    ModuleBytes(u32),
    /// The module is refused.
    Module(ModuleError),
    /// It cannot be instantiated.
    Instantiation(InstantiationError),
    /// It has no such function, or the call is refused.
    Call(Error),
    /// It exports no function of that name.
    NoExport,
    /// Pages do not come or go.
    Spilling(SpillingError<StorageError>),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Task(error) => error.fmt(f),
            Failure::Storage(error) => error.fmt(f),
            Failure::ModuleBytes(bytes) => write!(f, "no memory for a module of {bytes} bytes"),
            Failure::Module(error) => error.fmt(f),
            Failure::Instantiation(error) => error.fmt(f),
            Failure::Call(error) => error.fmt(f),
            Failure::NoExport => f.write_str("no function of that name is exported"),
            Failure::Spilling(error) => error.fmt(f),
        }
    }
}

macro_rules! failures {
    ($($error:ty => $failure:ident;)*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::$failure(error)
            }
        }
    )*};
}

failures! {
    TaskError => Task;
    StorageError => Storage;
    ModuleError => Module;
    InstantiationError => Instantiation;
    Error => Call;
    SpillingError<StorageError> => Spilling;
}

impl From<SpillError<StorageError>> for Failure {
    fn from(error: SpillError<StorageError>) -> Self {
        Failure::Spilling(error.into())
    }
}

/// Reads the task and makes its calls. Says whether there was one; what came of its calls is
/// printed.
pub fn all(board: &mut impl Board, storage: &mut impl Storage) -> bool {
    let done = calls(board, storage);
    if let Err(failure) = &done {
        print(board, format_args!("failed {failure}"));
    }
    print(board, format_args!("end"));
    done.is_ok()
}

fn calls<B: Board>(board: &mut B, storage: &mut impl Storage) -> Result<(), Failure> {
    let task = Task::read(storage)?;
    let ram = board.heap().size() as u64;
    let planner = Planner { probe: Probe { ram, cpus: 1 }, ..Planner::default() };
    let engine = Engine::new(Config::new().with_translate(task.translate).with_planner(planner));
    // What a call that trapped has left is not trusted: the module is read anew.
    let mut kept = None;
    for call in &task.calls {
        print(board, format_args!("call {}", Shown(call)));
        board.heap().count_anew();
        board.stack().paint();
        let module = kept.take().map_or_else(|| load(storage, &engine, &task), Ok);
        let done = module.and_then(|module| one(board, storage, &task, module, call));
        let (heap, stack) = (board.heap().peak(), board.stack().peak());
        match done {
            Ok(module) => kept = module,
            Err(failure) => print(board, format_args!("failed {failure}")),
        }
        let (heap_size, stack_size) = (board.heap().size(), board.stack().size());
        print(board, format_args!("heap {heap} of {heap_size}"));
        print(board, format_args!("stack {stack} of {stack_size}"));
    }
    Ok(())
}

/// Reads the module from storage and validates it.
fn load(
    storage: &mut impl BlockDevice<Error = StorageError>,
    engine: &Engine,
    task: &Task,
) -> Result<Module, Failure> {
    // Addresses have 32 bits on all boards.
    let bytes = task.module_bytes as usize;
    let refused = || Failure::ModuleBytes(task.module_bytes);
    // Sharing aborts where there is no room, so it is asked for before.
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(bytes + 2 * size_of::<usize>()).map_err(|_| refused())?;
    drop(room);
    let mut module: Shared<[u8]> = repeat_n(0, bytes).collect();
    let (whole, rest) = Shared::get_mut(&mut module).ok_or_else(refused)?.as_chunks_mut();
    storage.read(task.module_at, whole)?;
    if !rest.is_empty() {
        let mut last: [Sector; 1] = [[0; SECTOR_BYTES]];
        // There are no more sectors than bytes.
        storage.read(task.module_at + whole.len() as u32, &mut last)?;
        rest.copy_from_slice(last.as_flattened().get(..rest.len()).unwrap_or_default());
    }
    Ok(Module::new(engine, module)?)
}

/// Makes a call, and gives the module back if it came to an end without a trap.
fn one<B: Board>(
    board: &mut B,
    storage: &mut impl Storage,
    task: &Task,
    mut module: Module,
    call: &Call,
) -> Result<Option<Module>, Failure> {
    let mut progress = Progress { from: board.counter(), end: None };
    loop {
        match stretch(board, storage, task, &module, call, &mut progress)? {
            Outcome::Done => return Ok(Some(module)),
            Outcome::Paused(_) => {
                let engine = module.engine().clone();
                drop(module);
                module = load(storage, &engine, task)?;
            }
            _ => return Ok(None),
        }
    }
}

/// What a call goes on with after everything has left RAM.
struct Progress {
    /// What the board had counted when the call began.
    from: u64,
    /// How many instructions the call may have executed in the end.
    end: Option<u64>,
}

/// Makes a call from its start, or from what was committed, up to its end or until everything is to
/// leave RAM.
fn stretch<B: Board>(
    board: &mut B,
    storage: &mut impl Storage,
    task: &Task,
    module: &Module,
    call: &Call,
    progress: &mut Progress,
) -> Result<Outcome, Failure> {
    let mut spill = open(storage, task, module, call)?;
    let engine = module.engine();
    let mut store = Store::new(engine, ());
    let (budget, frames) = shares(board, task, module);
    let limits = StoreLimits::new().with_budget(Some(budget));
    store.set_limits(limits.with_heap_bytes(task.objects.unwrap_or(limits.heap_bytes())));
    store.set_paging(Some(Paging::new(frames)));
    let mut linker = Linker::new(engine);
    host::link(&mut linker, &mut store, module)?;
    let instance = linker.instantiate_without_start(&mut store, module)?;
    let func = instance.get_func(&store, &call.export).ok_or(Failure::NoExport)?;
    if let Some(name) = &task.trap {
        let trapped = instance.get_func(&store, name).ok_or(Failure::NoExport)?;
        store.set_function_trap(trapped, Some(FunctionTrap::Pause))?;
    }
    let mut job = if spill.epoch() > 0 {
        let job = store.resume(&mut spill)?;
        print(board, format_args!("resumed {}", job.executed()));
        job
    } else {
        start(&mut store, instance, &mut spill)?;
        Job::new(&store, func, &call.arguments)?
    };
    let fuel = task.fuel.unwrap_or(u64::MAX);
    let end = *progress.end.get_or_insert(job.executed().saturating_add(fuel));
    let outcome = go(board, task, end, &mut store, &mut job, &mut spill)?;
    let counted = board.counter().wrapping_sub(progress.from);
    match &outcome {
        Outcome::Paused(_) => {
            commit(board, &mut store, &job, &mut spill)?;
            return Ok(outcome);
        }
        Outcome::Done => {
            let results = job.results(&store).unwrap_or_default();
            print(board, format_args!("done{}", Typed(&results)));
        }
        Outcome::Trapped(trap) => print(board, format_args!("trapped {trap}")),
        _ => print(board, format_args!("stopped")),
    }
    print(board, format_args!("executed {}", job.executed()));
    print(board, format_args!("hash {:016x}", store.spilled_hash(&job, &mut spill)?));
    print(board, format_args!("counted {counted} {}", B::COUNTS));
    print(board, format_args!("{}", Taken { store: &store, job: &job, spill: &spill }));
    Ok(outcome)
}

/// The spill store of this call; an empty one, unless runs are committed and one is there.
fn open<'a, S: Storage>(
    storage: &'a mut S,
    task: &Task,
    module: &Module,
    call: &Call,
) -> Result<SpillStore<S::Spill<'a>>, Failure> {
    let sectors = task.module_bytes.div_ceil(SECTOR_BYTES as u32);
    let first = task.module_at.saturating_add(sectors);
    let mut called = Hashed(module_hash(module.bytes()));
    // It is hashed, which does not fail.
    let _ = write!(called, "{}", Shown(call));
    let Hashed(hash) = called;
    let keeps = task.checkpoint.is_some() || task.trap.is_some();
    if keeps && SpillStore::open(storage.spill(first), hash).is_ok() {
        return Ok(SpillStore::open(storage.spill(first), hash)?);
    }
    Ok(SpillStore::format(storage.spill(first), hash)?)
}

/// A hash of a module and of a call of it.
struct Hashed(u64);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.rotate_left(1) ^ module_hash(text.as_bytes());
        Ok(())
    }
}

/// How many bytes all may take together, and how many pages of memory there may be in RAM.
fn shares(board: &impl Board, task: &Task, module: &Module) -> (u64, u32) {
    let heap = board.heap();
    let left = (heap.size() - heap.used()) as u64;
    // What the module takes is counted as well, and already taken.
    let budget = module.ledger().total() + left.saturating_sub(SPARE);
    // The heap has fewer pages than 32 bits can count.
    let frames = left as u32 / 2 / FRAME_BYTES as u32;
    (task.budget.unwrap_or(budget), task.frames.unwrap_or(frames))
}

/// Calls the start function, if there is one.
fn start<S: Slots<Error = StorageError>>(
    store: &mut Store<()>,
    instance: Instance,
    spill: &mut SpillStore<S>,
) -> Result<(), Failure> {
    let Some(func) = instance.start_function(&*store) else { return Ok(()) };
    let mut job = Job::new(&*store, func, &[])?;
    loop {
        match store.run_spilling(&mut job, Limit::NONE, spill)? {
            Outcome::Trapped(trap) => return Err(InstantiationError::Start(trap).into()),
            Outcome::Done => return Ok(()),
            // It is to be called all the same.
            _ => {}
        }
    }
}

/// Runs a job as far as it may, with a hash every so often, and commits it every so often.
fn go<S: Slots<Error = StorageError>>(
    board: &mut impl Board,
    task: &Task,
    end: u64,
    store: &mut Store<()>,
    job: &mut Job,
    spill: &mut SpillStore<S>,
) -> Result<Outcome, Failure> {
    let hash = |board: &mut _, store: &Store<()>, job: &Job, spill: &mut _| {
        if task.hashes.is_some() {
            let row = Row { executed: job.executed(), hash: store.spilled_hash(job, spill)? };
            print(board, format_args!("{row}"));
        }
        Ok::<(), Failure>(())
    };
    hash(board, store, job, spill)?;
    loop {
        let executed = job.executed();
        let next = |every: u64| (executed - executed % every).saturating_add(every);
        let stops = [task.hashes, task.checkpoint];
        let stop = stops.into_iter().flatten().map(next).fold(end, u64::min);
        let outcome = store.run_spilling(job, stop.saturating_sub(executed), spill)?;
        if outcome != Outcome::OutOfFuel || job.executed() >= end {
            hash(board, store, job, spill)?;
            return Ok(outcome);
        }
        let is_due = |every: Option<u64>| every.map(next) == Some(stop);
        if is_due(task.hashes) {
            hash(board, store, job, spill)?;
        }
        if is_due(task.checkpoint) {
            commit(board, store, job, spill)?;
        }
    }
}

/// Commits all of a run.
fn commit<S: Slots<Error = StorageError>>(
    board: &mut impl Board,
    store: &mut Store<()>,
    job: &Job,
    spill: &mut SpillStore<S>,
) -> Result<(), Failure> {
    let epoch = store.checkpoint(job, spill)?;
    print(board, format_args!("committed {epoch} after {}", job.executed()));
    Ok(())
}

/// What a call took.
struct Taken<'a, S> {
    store: &'a Store<()>,
    job: &'a Job,
    spill: &'a SpillStore<S>,
}

impl<S: Slots> Display for Taken<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Taken { store, job, spill } = *self;
        let (end, peak) = (store.ledger([job]), store.peak().ledger);
        let budget = store.limits().budget().unwrap_or_default();
        writeln!(f, "ledger {} peak {} budget {budget}", end.total(), peak.total())?;
        for ((owner, bytes), (_, most)) in end.iter().zip(peak.iter()) {
            if bytes > 0 || most > 0 {
                writeln!(f, "owner {bytes} peak {most} {owner}")?;
            }
        }
        let frames = store.paging().map_or(0, |paging| paging.frames());
        let pages = store.paging_stats();
        write!(f, "pages {frames} accesses {} first {} ", pages.accesses, pages.first_touches)?;
        writeln!(f, "loads {} stores {} drops {}", pages.loads, pages.stores, pages.drops)?;
        let (room, done) = (spill.room(), spill.counters());
        write!(f, "spill {room} writes {} reads {} ", done.writes, done.reads)?;
        write!(f, "commits {}", done.commits)
    }
}

/// A row as `fayasm trace --hashes` writes it.
struct Row {
    executed: u64,
    hash: u64,
}

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { executed, hash } = self;
        write!(f, "{{\"executed\":{executed},\"hash\":\"{hash:016x}\"}}")
    }
}

/// Values with their types, each behind a space.
struct Typed<'a>(&'a [Val]);

impl Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|value| write!(f, " {}:{value}", value.ty()))
    }
}

/// A call, as a task says it.
struct Shown<'a>(&'a Call);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.export, Typed(&self.0.arguments))
    }
}

fn print(board: &mut impl Board, line: fmt::Arguments<'_>) {
    // Who does not listen does not keep the board from going on.
    let _ = writeln!(board.console(), "{line}");
}
