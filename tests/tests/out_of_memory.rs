//! Whichever allocations fail, opening, instantiating and running a module
//! gives a result or a typed error, and does no harm to what comes after.
//!
//! An allocation that the engine cannot see fail ends the process. So every
//! subject is worked on in a process of its own ([`worker`]), which says before
//! each attempt which allocations are to fail.

use std::process::{Command, Output};

use fayasm_core::inspect::Location;
use fayasm_core::spill::{
    BlockSlots, ObjectId, ObjectKind, RamDisk, SpillError, SpillStore, sectors_for,
};
use fayasm_core::timeline::{Settings, Timeline, TimelineError, state_hash};
use fayasm_core::{
    Breakpoint, Contents, Error, ExternKind, Instance, InstantiationError, Job, Limit, Linker,
    Module, ModuleError, Outcome, Shared, StateError, Store, Val, Watch,
};
use fayasm_failing_alloc::{Asked, Failing, FailingAllocator, Show, fail};
use fayasm_tests::tier;
use wast::Wat;
use wast::parser::{ParseBuffer, parse};

#[global_allocator]
static ALLOCATOR: FailingAllocator = FailingAllocator;

/// Types, tables, globals, elements, data, an exception and objects.
const EVERYTHING: &str = include_str!("out_of_memory.wat");

/// Modules that are refused or trap, with what they must say where there is memory.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "missing",
        r#"(module (import "env" "none" (func (param i32 i64))) (func (export "run") (param i32)))"#,
        "missing import `env` `none`: func (i32, i64) -> ()",
    ),
    (
        "other-type",
        r#"(module (import "env" "host_add" (func (param f32))) (func (export "run") (param i32)))"#,
        "incompatible import type of `env` `host_add`: the module wants func (f32) -> (), \
         there is func (i32, i32) -> i32",
    ),
    (
        "limit",
        r#"(module (table 100000000 funcref) (func (export "run") (param i32)))"#,
        "100000000 elements of table 0 are wanted, but the limit is 10000000",
    ),
    (
        "mismatch",
        r#"(module (table funcref (elem $run)) (type $other (func (param f64 f64)))
             (func $run (export "run") (param i32)
               (call_indirect (type $other) (f64.const 0) (f64.const 0) (i32.const 0))))"#,
        "indirect call type mismatch: the call expects (f64, f64) -> (), \
         the function is (i32) -> (), in function 0",
    ),
    ("endless", r#"(module (func $run (export "run") (param i32) (call $run (local.get 0))))"#, ""),
];

/// This many allocations are failed one by one, of those behind them some.
const ONE_BY_ONE: u64 = 3000;

/// The engine is given so many bytes more each time, until they are enough.
const BYTES_MORE: u64 = 512;

/// The only file of the engine with allocations that it does not see fail, and
/// its functions that make them. Just before, they have asked for the same memory
/// and given it back; where memory is short, that fails already. Failures by
/// number hit what comes after as well.
const ASKED_BEFORE: (&str, [&str; 3]) =
    ("core/src/allocate.rs", ["shared", "boxed_value", "zeroed"]);

/// What the name of a subject begins with that is run on a timeline.
const ON_TIMELINE: &str = "timeline:";

/// What tells a worker what to do: subject, which allocations are to fail, the
/// first number, and what those that fail show.
const ORDER: &str = "FAYASM_OUT_OF_MEMORY";

/// A module, and what to call in it.
struct Subject {
    module: Shared<[u8]>,
    export: String,
    arguments: Vec<Val>,
    on_timeline: bool,
}

/// Every way in which work may end.
enum End {
    Returned(Job),
    Refused(ModuleError),
    NotInstantiated(InstantiationError),
    Failed(Error),
    Lost(TimelineError),
}

impl End {
    fn text(&self, store: &Store<()>) -> String {
        match self {
            End::Returned(job) => format!("{:?}", job.results(store)),
            End::Refused(error) => error.to_string(),
            End::NotInstantiated(error) => error.to_string(),
            End::Failed(error) => error.to_string(),
            End::Lost(error) => error.to_string(),
        }
    }
}

/// What came of two attempts in one store, and what they asked for.
struct Ends {
    first: String,
    second: String,
    asked: Asked,
}

impl Subject {
    fn named(name: &str) -> Self {
        if let Some(name) = name.strip_prefix(ON_TIMELINE) {
            return Subject { on_timeline: true, ..Subject::named(name) };
        }
        if let Some(functions) = name.strip_prefix("functions:") {
            let count = functions.parse().expect("the name says how many");
            return Subject::of_text(&many_functions(count));
        }
        if name == "everything" {
            return Subject::of_text(EVERYTHING);
        }
        if let Some((_, text, _)) = REFUSED.iter().find(|(refused, ..)| *refused == name) {
            return Subject::of_text(text);
        }
        let module = fayasm_fixtures::module(name).expect("the sample module exists");
        let bytes = module.bytes().expect("the sample module is built");
        let call = module.calls.first().expect("something is called in it");
        let argument = |value: &fayasm_fixtures::Value| {
            value.to_string().parse().expect("the table's values are values")
        };
        let arguments = call.args.iter().map(argument).collect();
        let export = call.export.clone();
        Subject { module: bytes.into(), export, arguments, on_timeline: false }
    }

    fn of_text(text: &str) -> Self {
        let buffer = ParseBuffer::new(text).expect("the text is lexed");
        let bytes = parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode());
        let module = bytes.expect("the text is a module").into();
        let arguments = vec![Val::I32(3)];
        Subject { module, export: "run".into(), arguments, on_timeline: false }
    }

    /// Attempts everything twice in the same store. What the embedder brings is
    /// there before.
    fn attempt(&self, failing: Failing, show: Show) -> Ends {
        let engine = tier::engine();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        fayasm_fixtures::host::link(&mut linker, &mut store).expect("the sample host links");
        let ((first, second), asked) = fail(failing, show, || {
            let first = self.run(&linker, &mut store);
            (first, self.run(&linker, &mut store))
        });
        Ends { first: first.text(&store), second: second.text(&store), asked }
    }

    /// Opens, instantiates, runs, stops, saves, loads, goes on and drops; with microcode that was stored, if on
    /// a timeline.
    fn run(&self, linker: &Linker<()>, store: &mut Store<()>) -> End {
        let module = match Module::new(linker.engine(), Shared::clone(&self.module)) {
            Ok(module) => module,
            Err(error) => return End::Refused(error),
        };
        let instance = match linker.instantiate(&mut *store, &module) {
            Ok(instance) => instance,
            Err(error) => return End::NotInstantiated(error),
        };
        let func = instance.get_func(&*store, &self.export).expect("the export exists");
        let mut job = match Job::new(&*store, func, &self.arguments) {
            Ok(job) => job,
            Err(error) => return End::Failed(error),
        };
        if self.on_timeline {
            let stored = module.save_microcode();
            if stored.and_then(|stored| store.load_microcode(instance, &stored)).is_err() {
                return End::Failed(Error::OutOfMemory);
            }
            return go_back_and_forth(store, instance, job).unwrap_or_else(End::Lost);
        }
        store.run(&mut job, 50);
        match save_and_load(store, &job) {
            Ok(loaded) => job = loaded,
            Err(StateError::Trapped) => {}
            Err(_) => return End::Failed(Error::OutOfMemory),
        }
        loop {
            match store.run(&mut job, 10_000_000) {
                Outcome::OutOfFuel => {}
                Outcome::Trapped(trap) => return End::Failed(trap.into()),
                _ => return End::Returned(job),
            }
        }
    }
}

/// Saves all there is and loads it again. Where that fails, nothing changes.
fn save_and_load(store: &mut Store<()>, job: &Job) -> Result<Job, StateError> {
    let state = store.save_state(job, Contents::Included)?;
    let before = state_hash(&*store, job);
    let loaded = store.load_state(&state);
    assert_eq!(state_hash(&*store, job), before);
    loaded
}

/// Runs a job on a timeline, stopping on the way, and goes back and to the end again.
fn go_back_and_forth(
    store: &mut Store<()>,
    instance: Instance,
    job: Job,
) -> Result<End, TimelineError> {
    let on = Watch::Change;
    let global = instance.get_index(&*store, ExternKind::Global, 0);
    let watch = match global.and_then(|it| it.into_global()) {
        Some(global) => Breakpoint::Location { location: Location::Global(global), on },
        None => Breakpoint::Local { instance, function: 0, local: 0, on },
    };
    if let Err(error) = store.set_breakpoints(&[Breakpoint::MemoryGrowth, watch]) {
        return Ok(End::Failed(error));
    }
    let mut timeline = Timeline::new(store, job, Settings::default().with_interval(200))?;
    loop {
        match timeline.run(store, Limit::fuel(3000).until_breakpoint())? {
            Outcome::Breakpoint(_) => drop(timeline.run(store, 1)?),
            Outcome::OutOfFuel => {}
            _ => break,
        }
    }
    let (first, end) = timeline.range().into_inner();
    for at in [first, (first + end) / 2, end] {
        timeline.seek(store, at)?;
    }
    timeline.run_back(store, first, |_, _, _| false)?;
    timeline.seek(store, end)?;
    let job = timeline.into_job(store);
    Ok(job.trapped().cloned().map_or(End::Returned(job), |trap| End::Failed(trap.into())))
}

/// A module with this many functions, each called by the next.
fn many_functions(count: usize) -> String {
    let mut text = String::from("(module (func (param i32) (result i32) (local.get 0))");
    for number in 0..count {
        text += &format!(
            "(func (export \"{number}\") (param i32) (result i32) (local i64 f32)
               (block (br_if 0 (i32.eqz (local.get 0))))
               (call {number} (local.get 0)))"
        );
    }
    text + &format!("(export \"run\" (func {})))", count.min(100))
}

/// Not a test of its own: fails one allocation after the other, or all beyond
/// more and more memory, and prints what before, for the tests that start it.
#[test]
#[ignore = "the other tests run it, in processes of their own"]
fn worker() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let words: Vec<&str> = order.split(' ').collect();
    let [name, failing, first, show] = words[..] else { panic!("{order} is no order") };
    let subject = Subject::named(name);
    let mut at: u64 = first.parse().expect("it is a number");
    let show = match show {
        "nothing" => Show::Nothing,
        "numbers" => Show::Numbers,
        number => Show::Backtrace(number.parse().expect("it is a number")),
    };
    let unharmed = subject.attempt(Failing::Above(i64::MAX as u64), Show::Nothing);
    assert_eq!(unharmed.first, unharmed.second, "it does the same each time");
    let enough = match failing {
        "above" => unharmed.asked.peak,
        _ => unharmed.asked.allocations,
    };
    while at < enough {
        println!("at {at}");
        let failing = match failing {
            "one" => Failing::One(at),
            "from" => Failing::From(at),
            _ => Failing::Above(at),
        };
        let ends = subject.attempt(failing, show);
        // One failure is over when the second attempt begins, or comes within it.
        if matches!(failing, Failing::One(_)) {
            let whole = ends.first == unharmed.first || ends.second == unharmed.first;
            assert!(whole, "{} then {}, not {}", ends.first, ends.second, unharmed.first);
        }
        if show != Show::Nothing {
            return;
        }
        at += match failing {
            Failing::Above(_) => BYTES_MORE,
            _ if at < ONE_BY_ONE => 1,
            _ => at / 500,
        };
    }
    println!("end");
}

fn order(subject: &str, failing: &str, first: u64, show: &str) -> Output {
    let program = std::env::current_exe().expect("a test knows its own program");
    Command::new(program)
        .args(["worker", "--exact", "--ignored", "--nocapture"])
        .env(ORDER, format!("{subject} {failing} {first} {show}"))
        // Where memory runs out the process would show one as well, and wait for itself.
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a test can start itself")
}

/// The functions of the engine in a backtrace and where they stand, the innermost first.
fn functions_of_the_engine(backtrace: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = backtrace.lines().map(str::trim).collect();
    let own = lines.windows(2).filter_map(|pair| {
        let (_, name) = pair[0].split_once(": ")?;
        let place = pair[1].strip_prefix("at ")?;
        (place.contains("core/src/") && !place.contains("library/")).then_some((name, place))
    });
    own.take(3).collect()
}

/// Fails allocations of a subject; gives which the engine did not survive, and
/// should have.
fn not_survived(subject: &str, failing: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut first = 0;
    while found.len() < 20 {
        let output = order(subject, failing, first, "nothing");
        let text = String::from_utf8_lossy(&output.stdout);
        if text.lines().any(|line| line == "end") {
            break;
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let number = |line: &str| line.rsplit_once("at ")?.1.parse::<u64>().ok();
        let Some(at) = text.lines().filter_map(number).next_back() else {
            panic!("{subject}: nothing was tried\n{errors}");
        };
        let backtrace = backtrace_of_the_last(subject, failing, at);
        let by = functions_of_the_engine(&backtrace);
        let asked_before = by.first().is_some_and(|(function, place)| {
            let (file, functions) = ASKED_BEFORE;
            place.contains(file) && functions.iter().any(|known| function.contains(known))
        });
        if failing == "above" || !asked_before {
            found.push(format!("{subject}: {failing} {at}: {by:#?}\n{}", last_words(&errors)));
        }
        first = at + 1;
    }
    found
}

/// Who asked for the last allocation that failed before the process ended.
fn backtrace_of_the_last(subject: &str, failing: &str, at: u64) -> String {
    let numbers = order(subject, failing, at, "numbers");
    let numbers = String::from_utf8_lossy(&numbers.stderr);
    // What reports the end asks for memory as well.
    let before = numbers.split("memory allocation of").next().unwrap_or_default();
    let number =
        |line: &str| Some(line.strip_prefix("allocation ")?.strip_suffix(" fails")?.into());
    let last: Option<String> = before.lines().filter_map(number).next_back();
    let again = order(subject, failing, at, &last.unwrap_or_default());
    String::from_utf8_lossy(&again.stderr).into_owned()
}

/// Why a worker ended, without its backtraces.
fn last_words(errors: &str) -> String {
    let end = errors
        .lines()
        .filter(|line| line.contains("memory allocation") || line.contains("panicked"));
    end.collect::<Vec<_>>().join("\n")
}

fn survives_every_failure(subject: &str) {
    for failing in ["one", "from", "above"] {
        let found = not_survived(subject, failing);
        assert!(found.is_empty(), "{} not survived:\n{}", found.len(), found.join("\n"));
    }
}

#[test]
fn a_program_survives_every_failing_allocation() {
    survives_every_failure("json.wasm");
}

#[test]
fn a_module_with_memory_survives_every_failing_allocation() {
    survives_every_failure("memory_ops.wasm");
}

#[test]
fn a_module_with_tables_survives_every_failing_allocation() {
    survives_every_failure("indirect_dispatch.wasm");
}

#[test]
fn a_module_with_imports_survives_every_failing_allocation() {
    survives_every_failure("imports.wasm");
}

#[test]
fn a_module_with_everything_survives_every_failing_allocation() {
    survives_every_failure("everything");
}

#[test]
fn a_timeline_survives_every_failing_allocation() {
    survives_every_failure("timeline:everything");
    survives_every_failure("timeline:memory_ops.wasm");
}

#[test]
fn a_module_with_many_functions_survives_every_failing_allocation() {
    survives_every_failure("functions:2000");
}

#[test]
fn modules_that_are_refused_or_trap_survive_every_failing_allocation() {
    for (name, _, says) in REFUSED {
        let ends = Subject::named(name).attempt(Failing::Above(i64::MAX as u64), Show::Nothing);
        assert!(ends.first.starts_with(says), "{name}: {}", ends.first);
        survives_every_failure(name);
    }
}

fn page(number: u32) -> ObjectId {
    ObjectId { kind: ObjectKind::Memory, space: 0, number }
}

/// A store of so many pages, on a disk that has room for more.
fn pages(count: u32) -> RamDisk {
    let mut disk = RamDisk::new(sectors_for(count + 8)).expect("there is memory");
    let mut store = SpillStore::format(BlockSlots::new(&mut disk), 7).expect("nothing fails");
    for number in 0..count {
        store.put(page(number), &[1; 64]).expect("there is room");
    }
    store.commit().expect("nothing fails");
    disk
}

#[test]
fn a_spill_store_for_which_there_is_no_memory_says_so_and_keeps_what_was_committed() {
    let count = 5;
    for number in 0.. {
        let mut disk = pages(count);
        let work = || {
            let mut store = SpillStore::open(BlockSlots::new(&mut disk), 7)?;
            for number in 1..count + 6 {
                store.put(page(number), &[2; 64])?;
            }
            store.remove(page(0))?;
            store.commit()
        };
        let (done, asked) = fail(Failing::One(number), Show::Nothing, work);
        let is_over = asked.allocations <= number;
        assert_eq!(
            done.err(),
            (!is_over).then_some(SpillError::OutOfMemory),
            "allocation {number}"
        );
        let mut store = SpillStore::open(BlockSlots::new(&mut disk), 7).expect("nothing fails");
        let expected = if is_over { 1..count + 6 } else { 0..count };
        assert!(store.objects().eq(expected.map(page)), "allocation {number}");
        let mut body = [0; 4096];
        assert_eq!(store.get(page(1), &mut body), Ok(Some(64)));
        assert_eq!(body[0], if is_over { 2 } else { 1 });
        if is_over {
            assert!(number > 5, "too few allocations to be failed: {number}");
            break;
        }
    }
}

#[test]
fn a_spill_store_takes_33_bytes_for_each_object() {
    for count in [100, 1000] {
        let mut disk = pages(count);
        let opened = || SpillStore::open(BlockSlots::new(&mut disk), 7).map(drop);
        let (opened, asked) = fail(Failing::Above(u64::MAX >> 1), Show::Nothing, opened);
        assert_eq!((opened, asked.peak), (Ok(()), 33 * u64::from(count)));
    }
}
