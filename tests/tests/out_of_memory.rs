//! Whichever allocation fails, opening, instantiating and running a module
//! gives a result or a typed error.
//!
//! An allocation that the engine cannot see fail ends the process. So every
//! subject is worked on in a process of its own ([`worker`]), which says before
//! each attempt which allocation is to fail.

use std::process::{Command, Output};

use fayasm_core::{
    Engine, Error, InstantiationError, Job, Linker, Module, ModuleError, Outcome, Shared, Store,
    Val,
};
use fayasm_failing_alloc::{FailingAllocator, fail};
use wast::Wat;
use wast::parser::{ParseBuffer, parse};

#[global_allocator]
static ALLOCATOR: FailingAllocator = FailingAllocator;

/// Types, tables, globals, elements, data, an exception and objects.
const EVERYTHING: &str = include_str!("out_of_memory.wat");

/// This many allocations are failed one by one, of those behind them some.
const ONE_BY_ONE: u64 = 3000;

/// Where the engine does not see an allocation fail: file and function that ask
/// for it, and why.
const NOT_SURVIVED: &[(&str, &str, &str)] =
    &[("core/src/allocate.rs", "", "asked for just before, so that it was there")];

/// What tells a worker what to do: subject, first allocation to fail, and
/// whether to show who asked.
const ORDER: &str = "FAYASM_OUT_OF_MEMORY";

/// A module, and what to call in it.
struct Subject {
    module: Shared<[u8]>,
    export: String,
    arguments: Vec<Val>,
}

/// Every way in which an attempt may end.
#[derive(Debug)]
#[expect(dead_code, reason = "the errors are only looked at by people")]
enum End {
    Returned,
    Refused(ModuleError),
    NotInstantiated(InstantiationError),
    Failed(Error),
}

impl Subject {
    fn named(name: &str) -> Self {
        if let Some(functions) = name.strip_prefix("functions:") {
            let count = functions.parse().expect("the name says how many");
            return Subject::of_text(&many_functions(count));
        }
        if name == "everything" {
            return Subject::of_text(EVERYTHING);
        }
        let module = fayasm_fixtures::module(name).expect("the sample module exists");
        let bytes = module.bytes().expect("the sample module is built");
        let call = module.calls.first().expect("something is called in it");
        let argument = |value: &fayasm_fixtures::Value| {
            value.to_string().parse().expect("the table's values are values")
        };
        let arguments = call.args.iter().map(argument).collect();
        Subject { module: bytes.into(), export: call.export.clone(), arguments }
    }

    fn of_text(text: &str) -> Self {
        let buffer = ParseBuffer::new(text).expect("the text is lexed");
        let bytes = parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode());
        let module = bytes.expect("the text is a module").into();
        Subject { module, export: "run".into(), arguments: vec![Val::I32(3)] }
    }

    /// Opens, instantiates, runs, stops, goes on and drops. What the embedder
    /// brings is there before. Gives how many allocations there were, too.
    fn attempt(&self, fails: u64, show: bool) -> (End, u64) {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        fayasm_fixtures::host::link(&mut linker, &mut store).expect("the sample host links");
        let bytes = Shared::clone(&self.module);
        fail(fails, show, move || {
            let module = match Module::new(&engine, bytes) {
                Ok(module) => module,
                Err(error) => return End::Refused(error),
            };
            let instance = match linker.instantiate(&mut store, &module) {
                Ok(instance) => instance,
                Err(error) => return End::NotInstantiated(error),
            };
            let func = instance.get_func(&store, &self.export).expect("the export exists");
            let mut job = match Job::new(&store, func, &self.arguments) {
                Ok(job) => job,
                Err(error) => return End::Failed(error),
            };
            store.run(&mut job, 50);
            loop {
                match store.run(&mut job, 10_000_000) {
                    Outcome::OutOfFuel => {}
                    Outcome::Trapped(trap) => return End::Failed(trap.into()),
                    _ => return End::Returned,
                }
            }
        })
    }
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

/// Not a test of its own: fails one allocation after the other, and prints the
/// number of each before, for the tests that start it.
#[test]
#[ignore = "the other tests run it, in processes of their own"]
fn worker() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let words: Vec<&str> = order.split(' ').collect();
    let [name, first, show] = words[..] else { panic!("{order} is no order") };
    let subject = Subject::named(name);
    let mut at: u64 = first.parse().expect("it is a number");
    loop {
        println!("allocation {at}");
        let (end, seen) = subject.attempt(at, show == "show");
        if seen <= at {
            assert!(matches!(end, End::Returned), "without a failure: {end:?}");
            println!("end");
            return;
        }
        if show == "show" {
            return;
        }
        at += if at < ONE_BY_ONE { 1 } else { at / 500 };
    }
}

fn order(subject: &str, first: u64, show: &str) -> Output {
    let program = std::env::current_exe().expect("a test knows its own program");
    Command::new(program)
        .args(["worker", "--exact", "--ignored", "--nocapture"])
        .env(ORDER, format!("{subject} {first} {show}"))
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

/// Fails the allocations of a subject one after the other; gives which of them
/// the engine did not survive, and should have.
fn not_survived(subject: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut first = 0;
    loop {
        let output = order(subject, first, "quiet");
        let text = String::from_utf8_lossy(&output.stdout);
        if text.lines().any(|line| line == "end") {
            return found;
        }
        let number = |line: &str| line.rsplit_once("allocation ")?.1.parse::<u64>().ok();
        let at =
            text.lines().filter_map(number).next_back().expect("the worker says what it tries");
        let again = order(subject, at, "show");
        let backtrace = String::from_utf8_lossy(&again.stderr);
        let by = functions_of_the_engine(&backtrace);
        let known = by.first().is_some_and(|(name, place)| {
            NOT_SURVIVED.iter().any(|(file, known, _)| place.contains(file) && name.contains(known))
        });
        if !known {
            let errors = String::from_utf8_lossy(&output.stderr);
            found.push(format!("{subject}: allocation {at}: {by:#?}\n{}", last_words(&errors)));
        }
        first = at + 1;
    }
}

/// Why a worker ended, without its backtraces.
fn last_words(errors: &str) -> String {
    let end = errors
        .lines()
        .filter(|line| line.contains("memory allocation") || line.contains("panicked"));
    end.collect::<Vec<_>>().join("\n")
}

fn survives_every_failure(subject: &str) {
    let found = not_survived(subject);
    assert!(found.is_empty(), "{} not survived:\n{}", found.len(), found.join("\n"));
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
fn a_module_with_many_functions_survives_every_failing_allocation() {
    survives_every_failure("functions:2000");
}
