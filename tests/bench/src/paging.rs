//! Linear memory held as pages: what that costs where all of them are in RAM, and how often they
//! come and go where few are.

use fayasm_core::{Engine, Job, Limit, Outcome, Paging, Policy, Store};

use crate::engines::{self, TIERS, Timed};
use crate::kernels::{Call, KERNELS, LARGE};
use crate::{ROUNDS, best_of};

/// Frames that are more than any kernel has pages.
const ENOUGH: u32 = 4096;

/// Frames of 64 KiB.
const FEW: u32 = 16;

pub(crate) fn print() {
    println!("\nmemory held as pages, all in RAM: how many times as long as in one piece");
    print!("  {:<12}", "");
    for tier in &TIERS {
        print!(" {:>10}", tier.name);
    }
    println!();
    let mut sums = [0.0; TIERS.len()];
    for call in KERNELS.iter() {
        print!("  {:<12}", call.name);
        for (tier, sum) in TIERS.iter().zip(&mut sums) {
            let engine = (tier.engine)();
            let mut timed = [None, Some(ENOUGH)].map(|frames| timed(&engine, call, frames));
            let best = best_of(ROUNDS, timed.iter_mut());
            let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
            *sum += ratio.ln();
            print!(" {ratio:>10.2}");
        }
        println!();
    }
    print!("  {:<12}", "mean");
    for sum in sums {
        print!(" {:>10.2}", (sum / KERNELS.len() as f64).exp());
    }
    println!();
    println!("\n1 MiB of memory in {FEW} pages of 4 KiB");
    print!("  {:<14} {:<12} {:>9}", "", "policy", "ms");
    println!(" {:>12} {:>9} {:>9} {:>13}", "accesses", "faults", "hits, %", "written, KiB");
    for call in LARGE.iter() {
        for policy in Policy::ALL {
            let paging = Paging::new(FEW).with_policy(policy).kept();
            let (mut store, mut job) = engines::ready_paged(&Engine::default(), call, paging);
            let time = engines::timed(|| finish(&mut store, &mut job, call));
            let stats = store.paging_stats();
            let hits = 1.0 - stats.faults() as f64 / stats.accesses as f64;
            print!("  {:<14} {policy:<12} {:>9.2}", call.name, time.as_secs_f64() * 1e3);
            print!(" {:>12} {:>9} {:>9.3}", stats.accesses, stats.faults(), hits * 100.0);
            println!(" {:>13}", stats.stores * 4);
        }
    }
}

/// The call, with memory in one piece or held as pages.
fn timed(engine: &Engine, call: &Call, frames: Option<u32>) -> Timed {
    let (engine, call) = (engine.clone(), call.clone());
    Box::new(move || {
        let (mut store, mut job) = match frames {
            Some(frames) => engines::ready_paged(&engine, &call, Paging::new(frames).kept()),
            None => engines::ready(&engine, &call),
        };
        engines::timed(|| finish(&mut store, &mut job, &call))
    })
}

fn finish(store: &mut Store<()>, job: &mut Job, call: &Call) {
    assert_eq!(store.run(job, Limit::NONE), Outcome::Done, "{}", call.name);
}
