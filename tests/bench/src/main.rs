//! Speeds, measured side by side with peers in one run.
//!
//! Best of several rounds taken in turn, so that a slow moment of the machine
//! hits all alike.

#![forbid(unsafe_code)]

mod engines;
mod timeline;

use std::hint::black_box;
use std::time::{Duration, Instant};

use fayasm_core::{Engine, Module, Shared};
use fayasm_tests::{large, oracle};

use engines::{Call, SUBJECTS, Subject, Timed};

/// Rounds of each measurement.
const ROUNDS: usize = 15;

/// Rounds of what takes microseconds.
const SHORT_ROUNDS: usize = 2000;

/// Calls that take long.
const KERNELS: [Call; 6] = [
    Call { file: "typed_values.wasm", export: "sum_to_n", arguments: &["i32:1000000"] },
    Call { file: "sieve.wasm", export: "count_primes", arguments: &["i32:65536"] },
    Call { file: "mandelbrot.wasm", export: "inside", arguments: &["i32:64", "i32:48", "i32:100"] },
    Call { file: "sha256.wasm", export: "sha256_of_pattern", arguments: &["i32:65536"] },
    Call { file: "json.wasm", export: "round_trip", arguments: &["i32:200"] },
    Call { file: "recursion.wasm", export: "fib", arguments: &["i32:25"] },
];

/// Calls that are over at once, of a small module and of a larger one.
const SHORT: [Call; 2] = [
    Call { file: "typed_values.wasm", export: "add_i32", arguments: &["i32:40", "i32:2"] },
    Call { file: "json.wasm", export: "round_trip", arguments: &["i32:0"] },
];

fn main() {
    opening();
    stepping();
    timeline::print();
    latency("open, instantiate and call, µs", |subject| subject.open);
    latency("instantiate and call, µs", |subject| subject.instantiate);
}

/// Shortest time of each of several functions, run in turn.
fn best_of<const N: usize>(rounds: usize, mut timed: [Timed; N]) -> [Duration; N] {
    (0..rounds).fold([Duration::MAX; N], |mut best, _| {
        for (best, timed) in best.iter_mut().zip(&mut timed) {
            *best = timed().min(*best);
        }
        best
    })
}

fn whole(mut f: impl FnMut() + 'static) -> Timed {
    Box::new(move || {
        let start = Instant::now();
        f();
        start.elapsed()
    })
}

fn opening() {
    let json = fayasm_fixtures::module("json.wasm").and_then(|module| module.bytes());
    let bytes = large::repeat_functions(json.expect("the sample module exists"), 5 << 20);
    let megabytes = bytes.len() as f64 / 1e6;
    let shared: Shared<[u8]> = bytes.clone().into();
    let engine = Engine::default();
    Module::new(&engine, shared.clone()).expect("the large module is valid");
    let ours = whole(move || drop(black_box(Module::new(&engine, black_box(shared.clone())))));
    let theirs = whole(move || drop(black_box(oracle::verdict(black_box(&bytes)))));
    let [ours, theirs] = best_of(ROUNDS, [ours, theirs]);
    let speed = |time: Duration| megabytes / time.as_secs_f64();
    println!("opening a module of {megabytes:.1} MB: decode and validate, MB/s");
    println!("  fayasm      {:8.1}", speed(ours));
    println!("  wasmparser  {:8.1}", speed(theirs));
    println!("  ratio       {:8.2}", speed(ours) / speed(theirs));
}

fn stepping() {
    println!("\nthe stepper, and interpreters that compile first: calls, ms");
    print!("  {:<36} {:>13} {:>10}", "", "instructions", "M instr/s");
    heads();
    let mut ratios = Ratios::default();
    for call in KERNELS {
        let instructions = engines::instructions(call);
        let times = best_of(ROUNDS, SUBJECTS.map(|subject| (subject.call)(call)));
        let speed = instructions as f64 / times[0].as_secs_f64() / 1e6;
        print!("  {:<18} {:<17} {instructions:>13} {speed:>10.1}", call.file, call.export);
        ratios.row(times, 1e3);
    }
    ratios.print(62);
}

fn latency(title: &str, what: fn(&Subject) -> fn(Call) -> Timed) {
    println!("\n{title}");
    print!("  {:<36}", "");
    heads();
    let mut ratios = Ratios::default();
    for call in SHORT {
        let times = best_of(SHORT_ROUNDS, SUBJECTS.map(|subject| what(&subject)(call)));
        print!("  {:<18} {:<17}", call.file, call.export);
        ratios.row(times, 1e6);
    }
    ratios.print(38);
}

fn heads() {
    for subject in &SUBJECTS {
        print!(" {:>10}", subject.name);
    }
    println!();
}

/// Products of how many times as fast as each peer ours is.
struct Ratios {
    products: [f64; SUBJECTS.len()],
    rows: u32,
}

impl Default for Ratios {
    fn default() -> Self {
        Ratios { products: [1.0; SUBJECTS.len()], rows: 0 }
    }
}

impl Ratios {
    /// Prints times, ours first, in units of which a second has so many.
    fn row(&mut self, times: [Duration; SUBJECTS.len()], units: f64) {
        for (product, time) in self.products.iter_mut().zip(times) {
            print!(" {:>10.2}", time.as_secs_f64() * units);
            *product *= time.as_secs_f64() / times[0].as_secs_f64();
        }
        self.rows += 1;
        println!();
    }

    /// Prints the geometric means.
    fn print(&self, width: usize) {
        print!(
            "  {:<width$}",
            "fayasm is so many times as fast (geometric mean)",
            width = width - 2
        );
        for product in self.products {
            print!(" {:>10.2}", product.powf(1.0 / f64::from(self.rows)));
        }
        println!();
    }
}
