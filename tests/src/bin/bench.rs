//! Speeds, measured side by side with peers in one run.
//!
//! Best of several rounds taken in turn, so that a slow moment of the machine
//! hits all alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use fayasm_core::{Engine, Job, Limit, Linker, Module, Shared, Store, Val};
use fayasm_fixtures::host;
use fayasm_tests::{large, oracle};

/// Rounds of each measurement.
const ROUNDS: usize = 15;

/// Calls of sample modules that the stepper is timed with.
const KERNELS: [(&str, &str, &[&str]); 6] = [
    ("typed_values.wasm", "sum_to_n", &["i32:1000000"]),
    ("sieve.wasm", "count_primes", &["i32:65536"]),
    ("mandelbrot.wasm", "inside", &["i32:64", "i32:48", "i32:100"]),
    ("sha256.wasm", "sha256_of_pattern", &["i32:65536"]),
    ("json.wasm", "round_trip", &["i32:200"]),
    ("recursion.wasm", "fib", &["i32:25"]),
];

fn main() {
    opening();
    println!();
    stepping();
}

/// Shortest time of each of two functions, run in turn.
fn best_of_both(mut a: impl FnMut(), mut b: impl FnMut()) -> (Duration, Duration) {
    let timed = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        start.elapsed()
    };
    (0..ROUNDS).fold((Duration::MAX, Duration::MAX), |(best_a, best_b), _| {
        (best_a.min(timed(&mut a)), best_b.min(timed(&mut b)))
    })
}

fn opening() {
    let json = fayasm_fixtures::module("json.wasm").and_then(|module| module.bytes());
    let bytes = large::repeat_functions(json.expect("the sample module exists"), 5 << 20);
    let megabytes = bytes.len() as f64 / 1e6;
    let shared: Shared<[u8]> = bytes.clone().into();
    let engine = Engine::default();
    Module::new(&engine, shared.clone()).expect("the large module is valid");
    let (ours, theirs) = best_of_both(
        || drop(black_box(Module::new(&engine, black_box(shared.clone())))),
        || drop(black_box(oracle::verdict(black_box(&bytes)))),
    );
    let speed = |time: Duration| megabytes / time.as_secs_f64();
    println!("opening a module of {megabytes:.1} MB: decode and validate, MB/s");
    println!("  fayasm      {:8.1}", speed(ours));
    println!("  wasmparser  {:8.1}", speed(theirs));
    println!("  ratio       {:8.2}", speed(ours) / speed(theirs));
}

fn stepping() {
    println!("stepper, natively");
    println!("  {:<36} {:>14} {:>9} {:>10}", "call", "instructions", "ms", "M instr/s");
    for (file, export, arguments) in KERNELS {
        let (instructions, time) = kernel(file, export, arguments);
        let milliseconds = time.as_secs_f64() * 1e3;
        let speed = instructions as f64 / time.as_secs_f64() / 1e6;
        println!("  {file:<18} {export:<17} {instructions:>14} {milliseconds:>9.2} {speed:>10.1}");
    }
}

/// How many instructions a call executes, and the shortest time it took.
fn kernel(file: &str, export: &str, arguments: &[&str]) -> (u64, Duration) {
    let module = fayasm_fixtures::module(file).and_then(|module| module.bytes());
    let engine = Engine::default();
    let module = Module::new(&engine, module.expect("the sample module exists"))
        .expect("the sample module is valid");
    let arguments: Vec<Val> = arguments
        .iter()
        .map(|argument| argument.parse().expect("the arguments are values"))
        .collect();
    let mut best = Duration::MAX;
    let mut executed = 0;
    for _ in 0..ROUNDS {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        host::link(&mut linker, &mut store).expect("the sample host links");
        let instance =
            linker.instantiate(&mut store, &module).expect("the sample module instantiates");
        let func = instance.get_func(&store, export).expect("the export exists");
        let mut job = Job::new(&store, func, &arguments).expect("the arguments fit");
        let start = Instant::now();
        store.run(&mut job, Limit::NONE);
        best = best.min(start.elapsed());
        executed = job.executed();
    }
    (executed, best)
}
