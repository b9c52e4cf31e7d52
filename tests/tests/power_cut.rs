//! Power cuts at random moments, the same in every run.

use std::time::Instant;

use fayasm_core::spill::Sound;
use fayasm_tests::power_cut::{Counts, Violation, bugs, on_flash, on_sectors};

type Run = fn(u64, u64) -> Result<Counts, Violation>;

/// Power cuts of a run: then another begins, with a new device.
const CUTS: u64 = 100;

fn runs(run: Run, seeds: std::ops::Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        match run(seed, CUTS) {
            Ok(more) => counts += more,
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    counts
}

#[test]
fn a_store_on_sectors_holds_what_was_committed_whenever_power_fails() {
    let t = Instant::now();
    let counts = runs(on_sectors::<Sound>, 0..200);
    eprintln!("{counts:?} {:?}", t.elapsed());
}

#[test]
fn a_store_on_flash_holds_what_was_committed_whenever_power_fails() {
    let t = Instant::now();
    let counts = runs(on_flash::<Sound>, 0..20);
    eprintln!("{counts:?} {:?}", t.elapsed());
}

#[test]
fn each_rule_that_is_broken_is_found_out() {
    let bugs: [(&str, Run); 9] = [
        ("writes in place", on_sectors::<bugs::WritesInPlace>),
        ("commits too early", on_sectors::<bugs::CommitsTooEarly>),
        ("says too early", on_sectors::<bugs::SaysTooEarly>),
        ("writes both superblocks", on_sectors::<bugs::WritesBothSuperblocks>),
        ("writes one superblock", on_sectors::<bugs::WritesOneSuperblock>),
        ("does not scrub", on_sectors::<bugs::DoesNotScrub>),
        ("reuses epochs", on_sectors::<bugs::ReusesEpochs>),
        ("forgets removed", on_sectors::<bugs::ForgetsRemoved>),
        ("forgets that it forgot", on_sectors::<bugs::ForgetsThatItForgot>),
    ];
    for (bug, run) in bugs {
        let found = (0..100).find_map(|seed| run(seed, CUTS).err().map(|it| (seed, it)));
        eprintln!("{bug}: {found:?}");
    }
}
