//! Speeds, measured side by side with peers in one run.
//!
//! Best of several rounds taken in turn, so that a slow moment of the machine
//! hits all alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use fayasm_core::{Engine, Module};
use fayasm_tests::{large, oracle};

const ROUNDS: usize = 15;

fn main() {
    opening();
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
    let path = std::env::args().nth(1).expect("path");
    let program = std::fs::read(path).expect("read");
    let bytes = large::repeat_functions(&program, 5 << 20);
    let megabytes = bytes.len() as f64 / 1e6;
    let shared: fayasm_core::Shared<[u8]> = bytes.clone().into();
    let engine = Engine::default();
    Module::new(&engine, shared.clone()).expect("valid");
    let (ours, theirs) = best_of_both(
        || drop(black_box(Module::new(&engine, black_box(shared.clone())))),
        || drop(black_box(oracle::verdict(black_box(&bytes)))),
    );
    let speed = |time: Duration| megabytes / time.as_secs_f64();
    println!("opening a module of {megabytes:.1} MB (decode and validate)");
    println!("  fayasm      {:8.1} MB/s", speed(ours));
    println!("  wasmparser  {:8.1} MB/s", speed(theirs));
    println!("  ratio       {:8.2}", speed(ours) / speed(theirs));
}
