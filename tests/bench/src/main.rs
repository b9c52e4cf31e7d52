//! Speeds, measured side by side with peers in one run.
//!
//! Best of several rounds taken in turn, so that a slow moment of the machine
//! hits all alike. `cargo xtask bench` says with an argument where wasm3 is.

#![forbid(unsafe_code)]

mod engines;
mod kernels;
mod paging;
mod timeline;
mod wasm3;

use std::hint::black_box;
use std::time::{Duration, Instant};

use fayasm_core::text::MicrocodeListing;
use fayasm_core::{Engine, Module, Shared};
use fayasm_tests::{large, oracle};

use engines::{Subject, TIERS, Task, Timed};
use kernels::{Call, KERNELS, SHORT};

/// Rounds of each measurement.
const ROUNDS: usize = 9;

/// A call of fewer instructions does not say how fast an engine is at interpreting.
const INTERPRETED: u64 = 1_000_000;

/// Rounds of what takes microseconds.
const SHORT_ROUNDS: usize = 2000;

fn main() {
    if cfg!(feature = "dispatches") {
        return dispatches();
    }
    opening();
    calling();
    timeline::print();
    paging::print();
    latency("open, instantiate and call, µs", |subject| &subject.open);
    latency("instantiate and call, µs", |subject| &subject.instantiate);
}

/// How many operators of microcode are executed for each instruction.
fn dispatches() {
    #[cfg(feature = "dispatches")]
    {
        println!("operators of microcode for each instruction");
        for call in KERNELS.iter() {
            let (mut store, mut job) = engines::ready(&Engine::default(), call);
            store.run(&mut job, fayasm_core::Limit::NONE);
            let stats = store.microcode_stats();
            let each = stats.dispatches as f64 / stats.as_microcode as f64;
            let share = stats.as_microcode as f64 / job.executed() as f64;
            println!("  {:<12} {each:.2}, {:.1} % executed so", call.name, share * 100.0);
        }
    }
}

/// Shortest time of each of several functions, run in turn.
fn best_of<'a>(
    rounds: usize,
    timed: impl ExactSizeIterator<Item = &'a mut Timed>,
) -> Vec<Duration> {
    let mut timed: Vec<_> = timed.map(|timed| (timed, Duration::MAX)).collect();
    for _ in 0..rounds {
        for (timed, best) in &mut timed {
            *best = timed().min(*best);
        }
    }
    timed.into_iter().map(|(_, best)| best).collect()
}

fn whole(mut f: impl FnMut() + 'static) -> Timed {
    Box::new(move || {
        let start = Instant::now();
        f();
        start.elapsed()
    })
}

/// From bytes to a module; peers that translate do so here and not at the first call.
fn opening() {
    let json = fayasm_fixtures::module("json.wasm").and_then(|module| module.bytes());
    let bytes = large::repeat_functions(json.expect("the sample module exists"), 5 << 20);
    let shared: Shared<[u8]> = bytes.clone().into();
    let engine = Engine::default();
    let [for_wasmparser, for_wasmi, for_tinywasm] = [(); 3].map(|()| bytes.clone());
    let wasmi = wasmi::Engine::new(
        wasmi::Config::default().compilation_mode(wasmi::CompilationMode::Eager),
    );
    let mut rows: Vec<(String, Timed)> = vec![
        (
            "fayasm: decode, validate".to_owned(),
            whole(move || drop(black_box(Module::new(&engine, black_box(shared.clone()))))),
        ),
        (
            "wasmparser: decode, validate".to_owned(),
            whole(move || drop(black_box(oracle::verdict(black_box(&for_wasmparser))))),
        ),
        (
            "wasmi 2: and translate".to_owned(),
            whole(move || drop(black_box(wasmi::Module::new(&wasmi, black_box(&for_wasmi))))),
        ),
        (
            "tinywasm: and translate".to_owned(),
            whole(move || drop(black_box(tinywasm::parse_bytes(black_box(&for_tinywasm))))),
        ),
    ];
    let translating = engines::translating();
    let module = Module::new(&translating, bytes.clone()).expect("the large module is valid");
    rows.push((
        "fayasm: instantiate, translate".to_owned(),
        whole(move || _ = black_box(engines::translated(&translating, black_box(&module)))),
    ));
    let best = best_of(ROUNDS, rows.iter_mut().map(|(_, timed)| timed));
    let megabytes = bytes.len() as f64 / 1e6;
    println!("opening a module of {megabytes:.1} MB, MB/s");
    for ((name, _), time) in rows.iter().zip(best) {
        println!("  {name:<36} {:>9.1}", megabytes / time.as_secs_f64());
    }
    let [operators, all] = growth();
    println!("bytes of microcode for each of code, in all sample modules");
    println!("  operators {operators:.2}, with entries and what is known of functions {all:.2}");
}

/// What the operators of microcode, and all of it, take for each byte of code, in all sample modules.
fn growth() -> [f64; 2] {
    let engine = engines::translating();
    let (mut code, mut operators, mut microcode) = (0, 0, 0);
    for sample in fayasm_fixtures::modules() {
        let bytes = sample.bytes().expect("it was built");
        let module = Module::new(&engine, bytes).expect("it is valid");
        let Some(bytes) = engines::translated(&engine, &module) else { continue };
        microcode += bytes;
        let types = |function| module.declarations().function_type(function);
        for function in (0..).take_while(|function| types(*function).is_some()) {
            code += module.body(function).map_or(0, <[u8]>::len);
            operators += MicrocodeListing::new(&module, function).map_or(0, |it| it.bytes());
        }
    }
    [operators, microcode].map(|bytes| bytes as f64 / code as f64)
}

/// A table for each tier of ours, all measured together.
fn calling() {
    let subjects = engines::subjects();
    let (mut table, mut missing) = (Vec::new(), Vec::new());
    for call in KERNELS.iter() {
        let times = times(call, ROUNDS, &subjects, |subject| &subject.call);
        for (subject, time) in subjects.iter().zip(&times) {
            if let Err(why) = time {
                missing.push(format!("{}, {}: {why}", subject.name, call.name));
            }
        }
        table.push(times);
    }
    let peers = &subjects[TIERS.len()..];
    for (place, tier) in TIERS.iter().enumerate() {
        println!("\ncalls in the {} of fayasm; × is how many times as fast it is", tier.name);
        print!("  {:<12} {:>12} {:>9}", "", "instructions", "ms");
        print!(" {:>10}", "M instr/s");
        for peer in peers {
            print!(" {:>11} {:>6}", format!("{}, ms", peer.name), "×");
        }
        println!();
        let mut means = Means::new(peers.len());
        for (call, times) in KERNELS.iter().zip(&table) {
            let job = engines::done(&(tier.engine)(), call);
            let instructions = job.executed() * u64::from(call.times);
            let time = times[place].as_ref().map_or(f64::NAN, Duration::as_secs_f64);
            print!("  {:<12} {instructions:>12} {:>9.2}", call.name, time * 1e3);
            print!(" {:>10.1}", instructions as f64 / time / 1e6);
            means.row(time, &times[TIERS.len()..], 1e3, 11, instructions >= INTERPRETED);
        }
        means.print("geometric mean, of what takes a million instructions", 46, 11);
    }
    for note in missing {
        println!("  missing: {note}");
    }
}

/// What each subject takes, or why it cannot do it.
fn times(
    call: &Call,
    rounds: usize,
    subjects: &[Subject],
    what: fn(&Subject) -> &Task,
) -> Vec<Result<Duration, String>> {
    let mut timed: Vec<_> = subjects.iter().map(|subject| what(subject)(call)).collect();
    let able: Vec<&mut Timed> = timed.iter_mut().filter_map(|timed| timed.as_mut().ok()).collect();
    let mut best = best_of(rounds, able.into_iter()).into_iter();
    timed
        .into_iter()
        .map(|timed| timed.map(|_| best.next().expect("there is one for each that is able")))
        .collect()
}

fn latency(title: &str, what: fn(&Subject) -> &Task) {
    let subjects: Vec<_> =
        engines::subjects().into_iter().filter(|it| what(it)(&SHORT[0]).is_ok()).collect();
    println!("\n{title}");
    print!("  {:<36}", "");
    for subject in &subjects {
        print!(" {:>9} {:>6}", subject.name, "×");
    }
    println!();
    let mut means = Means::new(subjects.len());
    for call in SHORT.iter() {
        let times = times(call, SHORT_ROUNDS, &subjects, what);
        print!("  {:<36}", call.name);
        let ours = times[0].as_ref().map_or(f64::NAN, Duration::as_secs_f64);
        means.row(ours, &times, 1e6, 9, true);
    }
    means.print("geometric mean", 38, 9);
}

/// How many times as fast as each of several others ours is, over several rows.
struct Means {
    /// The sum of the logarithms, and of how many.
    sums: Vec<(f64, u32)>,
}

impl Means {
    fn new(others: usize) -> Self {
        Means { sums: vec![(0.0, 0); others] }
    }

    /// Prints what the others took, in units of which a second has so many.
    /// Not all rows count.
    fn row(
        &mut self,
        ours: f64,
        others: &[Result<Duration, String>],
        units: f64,
        width: usize,
        counts: bool,
    ) {
        for ((sum, count), other) in self.sums.iter_mut().zip(others) {
            let Ok(time) = other else {
                print!(" {:>width$} {:>6}", "-", "-");
                continue;
            };
            let faster = time.as_secs_f64() / ours;
            if counts {
                (*sum, *count) = (*sum + faster.ln(), *count + 1);
            }
            print!(" {:>width$.2} {faster:>6.2}", time.as_secs_f64() * units);
        }
        println!();
    }

    /// Prints the geometric means, behind so many columns.
    fn print(&self, title: &str, behind: usize, width: usize) {
        print!("  {title:<behind$}", behind = behind - 2);
        for (sum, count) in &self.sums {
            match count {
                0 => print!(" {:>width$} {:>6}", "", "-"),
                _ => print!(" {:>width$} {:>6.2}", "", (sum / f64::from(*count)).exp()),
            }
        }
        println!();
    }
}
