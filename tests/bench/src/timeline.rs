//! What recording a run and watching for something costs, and how long going to an
//! instruction takes.

use std::time::{Duration, Instant};

use fayasm_core::inspect::Location;
use fayasm_core::timeline::{Settings, Timeline};
use fayasm_core::{Breakpoint, Engine, ExternKind, Job, Limit, Store, Watch};

use crate::engines::{self, Timed};
use crate::kernels::{Call, KERNELS};
use crate::{ROUNDS, best_of};

/// How far of a run is recorded for going back and forth in it.
const RECORDED: u64 = 10_000_000;

const SEEKS: usize = 300;

/// Prints all.
pub(crate) fn print() {
    println!("\nrecording a run: calls, ms; the same with a breakpoint, and watching for a change");
    print!("  {:<12} {:>10} {:>10} {:>10}", "", "without", "with", "costs");
    println!(" {:>10} {:>10}", "break", "watch");
    for call in KERNELS.iter() {
        let run =
            |measured: fn(Ready) -> Duration| -> Timed { Box::new(move || measured(ready(call))) };
        let mut timed = [
            run(Ready::without),
            run(|ready| ready.with(Limit::NONE)),
            run(Ready::stopping),
            run(Ready::watching),
        ];
        let best = best_of(ROUNDS, timed.iter_mut());
        let [without, with, stopping, watching] = best[..] else { unreachable!("as many") };
        let cost = with.as_secs_f64() / without.as_secs_f64() - 1.0;
        print!("  {:<12}", call.name);
        print!(" {:>10.2} {:>10.2} {:>9.1}%", ms(without), ms(with), cost * 100.0);
        println!(" {:>10.2} {:>10.2}", ms(stopping), ms(watching));
    }
    println!("\ngoing to a random instruction of {RECORDED}, ms");
    println!("  {:<12} {:>10} {:>10} {:>10} {:>10}", "", "median", "95 %", "most", "KiB kept");
    for call in KERNELS.iter() {
        let Some((mut times, bytes)) = ready(call).seeks() else {
            println!("  {:<12} executes fewer", call.name);
            continue;
        };
        times.sort_unstable();
        let [median, most_of] = [times[SEEKS / 2], times[SEEKS * 95 / 100]];
        let most = times[SEEKS - 1];
        print!("  {:<12}", call.name);
        print!(" {:>10.2} {:>10.2} {:>10.2}", ms(median), ms(most_of), ms(most));
        println!(" {:>10}", bytes >> 10);
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A call that is about to be made.
struct Ready {
    store: Store<()>,
    job: Job,
}

fn ready(call: &Call) -> Ready {
    let (store, job) = engines::ready(&Engine::default(), call);
    Ready { store, job }
}

impl Ready {
    fn without(mut self) -> Duration {
        let start = Instant::now();
        self.store.run(&mut self.job, Limit::NONE);
        start.elapsed()
    }

    fn with(mut self, limit: Limit) -> Duration {
        let start = Instant::now();
        let mut timeline =
            Timeline::new(&mut self.store, self.job, Settings::default()).expect("there is memory");
        while timeline.run(&mut self.store, limit).expect("it can be recorded").is_running() {
            timeline.run(&mut self.store, 1).expect("it can be recorded");
        }
        start.elapsed()
    }

    fn stopping(mut self) -> Duration {
        self.store.set_breakpoints(&[Breakpoint::HostCall]).expect("there is memory");
        self.with(Limit::NONE.until_breakpoint())
    }

    /// Watches for changes of a byte of the memory if there is one, and else of a
    /// local of whatever function.
    fn watching(mut self) -> Duration {
        let frame = self.job.frame().expect("it has begun");
        let instance = frame.instance();
        let memory = instance.get_index(&self.store, ExternKind::Memory, 0);
        let location = match memory.and_then(|it| it.into_memory()) {
            Some(memory) => Location::Memory { memory, bytes: 60_001..60_002 },
            None => Location::Local { frame: usize::MAX, local: 0 },
        };
        let watch = Breakpoint::Location { location, on: Watch::Change };
        self.store.set_breakpoints(&[watch]).expect("there is memory");
        self.with(Limit::NONE.until_breakpoint())
    }

    /// `None` if the run is over before.
    fn seeks(mut self) -> Option<(Vec<Duration>, usize)> {
        let mut timeline =
            Timeline::new(&mut self.store, self.job, Settings::default()).expect("there is memory");
        timeline.run(&mut self.store, RECORDED).expect("it can be recorded");
        if *timeline.range().end() < RECORDED {
            return None;
        }
        let mut state = 1_u64;
        let mut seek = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 33) % *timeline.range().end();
            let start = Instant::now();
            timeline.seek(&mut self.store, at).expect("it is on the timeline");
            start.elapsed()
        };
        let times = (0..SEEKS).map(|_| seek()).collect();
        Some((times, timeline.bytes()))
    }
}
