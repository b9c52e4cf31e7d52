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
//! heap 3844 of 262144
//! stack 5240 of 32768
//! ```
//!
//! Instead of `done` there may be `trapped`, `failed` (the call could not be made) or `stopped`
//! (it executed as much as it was allowed to). Rows of hashes are those of
//! `fayasm trace --hashes --format jsonl`.

use alloc::vec::Vec;
use core::fmt::{self, Display};
use core::iter::repeat_n;

use fayasm_core::timeline::state_hash;
use fayasm_core::{
    Config, Engine, Error, InstantiationError, Job, Limit, Linker, Module, ModuleError, Outcome,
    Planner, Probe, Shared, Store, StoreLimits, Val,
};

use crate::board::Board;
use crate::host;
use crate::storage::{SECTOR, StorageError};
use crate::task::{Call, Task, TaskError};

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
}

/// Reads the task and makes its calls. Says whether there was one; what came of its calls is
/// printed.
pub fn all(board: &mut impl Board) -> bool {
    let done = calls(board);
    if let Err(failure) = &done {
        print(board, format_args!("failed {failure}"));
    }
    print(board, format_args!("end"));
    done.is_ok()
}

fn calls<B: Board>(board: &mut B) -> Result<(), Failure> {
    let task = Task::read(board)?;
    let ram = board.heap().size() as u64;
    let planner = Planner { probe: Probe { ram, cpus: 1 }, ..Planner::default() };
    let engine = Engine::new(Config::new().with_translate(task.translate).with_planner(planner));
    // What a call that trapped has left is not trusted: the module is read anew.
    let mut kept = None;
    for call in &task.calls {
        print(board, format_args!("call {}", shown(call)));
        board.heap().count_anew();
        board.stack().paint();
        let done = match kept.take().map_or_else(|| load(board, &engine, &task), Ok) {
            Ok(module) => one(board, &task, &module, call).map(|well| well.then_some(module)),
            Err(failure) => Err(failure),
        };
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
fn load(board: &mut impl Board, engine: &Engine, task: &Task) -> Result<Module, Failure> {
    // Addresses have 32 bits on all boards.
    let bytes = task.module_bytes as usize;
    let refused = || Failure::ModuleBytes(task.module_bytes);
    // Sharing aborts where there is no room, so it is asked for before.
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(bytes + 2 * size_of::<usize>()).map_err(|_| refused())?;
    drop(room);
    let mut module: Shared<[u8]> = repeat_n(0, bytes).collect();
    let mut sector = [0; SECTOR];
    let parts = Shared::get_mut(&mut module).ok_or_else(refused)?.chunks_mut(SECTOR);
    for (part, number) in parts.zip(task.module_at..) {
        board.read(number, &mut sector)?;
        part.copy_from_slice(sector.get(..part.len()).unwrap_or_default());
    }
    Ok(Module::new(engine, module)?)
}

/// Makes a call; says whether it came to an end without a trap.
fn one<B: Board>(
    board: &mut B,
    task: &Task,
    module: &Module,
    call: &Call,
) -> Result<bool, Failure> {
    let engine = module.engine();
    let mut store = Store::new(engine, ());
    if let Some(bytes) = task.objects {
        store.set_limits(StoreLimits::new().with_heap_bytes(bytes));
    }
    let mut linker = Linker::new(engine);
    host::link(&mut linker, &mut store, module)?;
    let instance = linker.instantiate(&mut store, module)?;
    let func = instance.get_func(&store, &call.export).ok_or(Failure::NoExport)?;
    let mut job = Job::new(&store, func, &call.arguments)?;
    let before = board.counter();
    let outcome = go(board, task, &mut store, &mut job);
    let counted = board.counter().wrapping_sub(before);
    match &outcome {
        Outcome::Done => {
            let results = job.results(&store).unwrap_or_default();
            print(board, format_args!("done{}", Typed(&results)));
        }
        Outcome::Trapped(trap) => print(board, format_args!("trapped {trap}")),
        _ => print(board, format_args!("stopped")),
    }
    print(board, format_args!("executed {}", job.executed()));
    print(board, format_args!("hash {:016x}", state_hash(&store, &job)));
    print(board, format_args!("counted {counted} {}", B::COUNTS));
    Ok(outcome == Outcome::Done)
}

/// Runs a job as far as it may, with a hash every so often.
fn go(board: &mut impl Board, task: &Task, store: &mut Store<()>, job: &mut Job) -> Outcome {
    let end = task.fuel.unwrap_or(u64::MAX);
    let Some(every) = task.hashes else { return store.run(job, Limit::fuel(end)) };
    loop {
        let executed = job.executed();
        let row = Row { executed, hash: state_hash(&*store, job) };
        print(board, format_args!("{row}"));
        let outcome = store.run(job, every.min(end.saturating_sub(executed)));
        if outcome != Outcome::OutOfFuel || job.executed() >= end {
            let row = Row { executed: job.executed(), hash: state_hash(&*store, job) };
            print(board, format_args!("{row}"));
            return outcome;
        }
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

fn shown(call: &Call) -> impl Display {
    struct Shown<'a>(&'a Call);
    impl Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}{}", self.0.export, Typed(&self.0.arguments))
        }
    }
    Shown(call)
}

fn print(board: &mut impl Board, line: fmt::Arguments<'_>) {
    // Who does not listen does not keep the board from going on.
    let _ = writeln!(board.console(), "{line}");
}
