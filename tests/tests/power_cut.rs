//! Power cuts at random moments, the same in every run; `tests/src/bin/power_cut.rs` makes more.

use std::ops::Range;

use fayasm_core::spill::{
    BlockDevice, BlockSlots, Discipline, NoSector, OBJECT_BYTES, ObjectId, ObjectKind, PowerCut,
    PowerFailure, RamDisk, SECTOR_BYTES, Sector, Slots, Sound, SpillError, SpillStore, sectors_for,
};
use fayasm_tests::power_cut::damage::{Found, Sample};
use fayasm_tests::power_cut::{CUTS, Counts, Violation, bugs, on_flash, on_sectors};
use fayasm_tests::random::Random;

type Run = fn(u64, u64) -> Result<Counts, Violation>;

/// Other runs than those that the program begins with.
const SEED: u64 = 2026 << 32;

fn runs(run: Run, numbers: Range<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in numbers.map(|number| SEED + number) {
        match run(seed, CUTS) {
            Ok(more) => counts += more,
            Err(violation) => panic!("seed {seed}: {violation}"),
        }
    }
    // Enough was seen to find something.
    assert!(counts.cuts_in_open * 12 > counts.cuts, "too few in open: {counts:?}");
    assert!(counts.cuts_in_commit * 25 > counts.cuts, "too few in commit: {counts:?}");
    assert!(counts.commits > counts.cuts, "too few commits: {counts:?}");
    assert!(counts.voided * 8 > counts.cuts, "too little to scrub: {counts:?}");
    counts
}

// Several, so that two processors have something to do.

#[test]
fn a_store_on_sectors_holds_what_was_committed_whenever_power_fails() {
    let counts = runs(on_sectors::<Sound>, 0..1000);
    assert!(counts.cuts >= 100_000);
    assert!(counts.came_about * 30 > counts.cuts, "{counts:?}");
}

#[test]
fn a_store_on_other_sectors_holds_what_was_committed_whenever_power_fails() {
    let counts = runs(on_sectors::<Sound>, 1000..2000);
    assert!(counts.cuts >= 100_000);
}

#[test]
fn a_store_on_flash_holds_what_was_committed_whenever_power_fails() {
    let counts = runs(on_flash::<Sound>, 0..300);
    assert!(counts.cuts >= 30_000);
}

#[test]
fn each_rule_that_is_broken_is_found_out() {
    let on_sectors: [(&str, Run); 10] = [
        ("writes in place", on_sectors::<bugs::WritesInPlace>),
        ("commits too early", on_sectors::<bugs::CommitsTooEarly>),
        ("says too early", on_sectors::<bugs::SaysTooEarly>),
        ("writes both superblocks", on_sectors::<bugs::WritesBothSuperblocks>),
        ("writes one superblock", on_sectors::<bugs::WritesOneSuperblock>),
        ("does not scrub", on_sectors::<bugs::DoesNotScrub>),
        ("reuses epochs", on_sectors::<bugs::ReusesEpochs>),
        ("forgets removed", on_sectors::<bugs::ForgetsRemoved>),
        ("forgets that it forgot", on_sectors::<bugs::ForgetsThatItForgot>),
        ("trusts leftovers", on_sectors::<bugs::TrustsLeftovers>),
    ];
    let on_flash: [(&str, Run); 5] = [
        ("writes in place", on_flash::<bugs::WritesInPlace>),
        ("does not scrub", on_flash::<bugs::DoesNotScrub>),
        ("reuses epochs", on_flash::<bugs::ReusesEpochs>),
        ("forgets removed", on_flash::<bugs::ForgetsRemoved>),
        ("forgets that it forgot", on_flash::<bugs::ForgetsThatItForgot>),
    ];
    for (bug, run) in on_sectors.into_iter().chain(on_flash) {
        let found = (SEED..SEED + 200).find_map(|seed| Some((seed - SEED, run(seed, CUTS).err()?)));
        let (number, violation) = found.unwrap_or_else(|| panic!("nobody finds that it {bug}"));
        println!("{bug}: run {number}, {violation}");
    }
}

/// Puts these pages, those that there are values for, and commits.
fn put<S: Slots, D: Discipline>(
    store: &mut SpillStore<S, D>,
    pages: [ObjectId; 3],
    values: [Option<u8>; 3],
) -> Result<u64, SpillError<S::Error>> {
    for (page, value) in pages.into_iter().zip(values) {
        if let Some(value) = value {
            store.put(page, &[value; 40])?;
        }
    }
    store.commit()
}

/// Puts all pages or only the first one, and commits, from one state to the next; with power cuts
/// after so many operations. What is there must be one state or the other.
fn commits_cut_after<D: Discipline>(cuts: &[u64], seed: u64) -> Result<(), String> {
    let pages = [0, 1, 2].map(|number| ObjectId { kind: ObjectKind::Memory, space: 0, number });
    let mut disk = PowerCut::new(sectors_for(4), seed);
    let said = |error: SpillError<PowerFailure>| error.to_string();
    let mut expected = [Some(1); 3];
    let mut store = SpillStore::<_, D>::format_with(BlockSlots::new(&mut disk), 7).map_err(said)?;
    put(&mut store, pages, expected).map_err(said)?;
    for (round, cut) in (2..).zip(cuts) {
        disk.fail_after(*cut);
        let values = if round % 2 == 0 { [Some(round); 3] } else { [Some(round), None, None] };
        let mut next = expected;
        next.iter_mut().zip(values).for_each(|(next, value)| *next = value.or(*next));
        let done = SpillStore::<_, D>::open_with(BlockSlots::new(&mut disk), 7)
            .and_then(|mut store| put(&mut store, pages, values));
        disk.restart();
        let mut store = SpillStore::<_, D>::open_with(BlockSlots::new(&mut disk), 7);
        let store = store.as_mut().map_err(|error| error.to_string())?;
        let mut found = [None; 3];
        for (page, found) in pages.iter().zip(&mut found) {
            let mut body = [0; OBJECT_BYTES];
            *found = store.get(*page, &mut body).map_err(said)?.map(|_| body[0]);
        }
        let is_next = found == next;
        if !is_next && (done.is_ok() || found != expected) {
            return Err(format!(
                "after {cuts:?} operations {found:?}, not {expected:?} or {next:?}"
            ));
        }
        expected = found;
    }
    Ok(())
}

/// Operations of a commit of all pages, and of opening the store before that: and a few more.
const OPERATIONS: u64 = 24;

#[test]
fn two_power_cuts_do_no_harm_wherever_they_are() {
    let once = |seed| (0..OPERATIONS).map(move |cut| (vec![cut, u64::MAX], seed));
    let pairs = |seed| {
        (0..OPERATIONS)
            .flat_map(move |one| (0..OPERATIONS).map(move |two| (vec![one, two, u64::MAX], seed)))
    };
    for (cuts, seed) in (0..8).flat_map(pairs) {
        assert_eq!(commits_cut_after::<Sound>(&cuts, seed), Ok(()));
    }
    // One is not enough to miss the scrub: what was not committed comes back if its epoch is.
    let does_not_scrub = commits_cut_after::<bugs::DoesNotScrub>;
    let mut first = (0..8).flat_map(once).map(|(cuts, seed)| does_not_scrub(&cuts[..1], seed));
    assert!(first.all(|held| held == Ok(())));
    let mut second = (0..8).flat_map(pairs).map(|(cuts, seed)| does_not_scrub(&cuts[..2], seed));
    println!("{}", second.find_map(Result::err).expect("two are enough"));
}

/// A device that knows what is not flushed.
struct Cached {
    image: RamDisk,
    flushed: RamDisk,
    written: Vec<(u32, Sector)>,
}

impl BlockDevice for Cached {
    type Error = NoSector;

    fn sectors(&mut self) -> Result<u32, NoSector> {
        self.image.sectors()
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), NoSector> {
        self.image.read(first, into)
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), NoSector> {
        self.written.extend((first..).zip(from.iter().copied()));
        self.image.write(first, from)
    }

    fn flush(&mut self) -> Result<(), NoSector> {
        self.flushed = self.image.clone();
        self.written.clear();
        Ok(())
    }
}

/// Parts of a superblock are written in two power cuts, one after the other, wherever each begins or
/// ends. What was not committed after the first is not after the second.
fn superblocks_cut_twice<D: Discipline>() -> Result<(), String> {
    let pages = [0, 1, 2].map(|number| ObjectId { kind: ObjectKind::Memory, space: 0, number });
    let mut image = RamDisk::new(sectors_for(4)).expect("there is memory");
    let said = |error: SpillError<NoSector>| error.to_string();
    let mut store =
        SpillStore::<_, D>::format_with(BlockSlots::new(&mut image), 7).map_err(said)?;
    put(&mut store, pages, [Some(1); 3]).map_err(said)?;
    let mut after = image.clone();
    let mut store = SpillStore::<_, D>::open_with(BlockSlots::new(&mut after), 7).map_err(said)?;
    put(&mut store, pages, [Some(2), None, None]).map_err(said)?;
    let (before, committed) = (image.image()[0], after.image()[0]);
    let garbage = [0x5A; SECTOR_BYTES];
    let cuts = || (0..=132).step_by(3);
    let mixed = |first: Sector, last: Sector, cut: usize| {
        core::array::from_fn(|at| if at < cut { first[at] } else { last[at] })
    };
    let cut_once = cuts().flat_map(|cut| {
        [(committed, garbage), (committed, before), (garbage, committed), (before, committed)]
            .map(|(first, last)| mixed(first, last, cut))
    });
    for (cut_short, which) in cut_once.flat_map(|it| [(it, 0), (it, 1)]) {
        let mut image = after.clone();
        image.image_mut()[which] = cut_short;
        image.image_mut()[1 - which] = before;
        let device = Cached { flushed: image.clone(), image, written: Vec::new() };
        let mut store = SpillStore::<_, D>::open_with(BlockSlots::new(device), 7).map_err(said)?;
        if store.epoch() == 2 {
            continue;
        }
        let device = store.slots_mut().device_mut();
        for (at, written) in device.written.clone() {
            for cut in cuts() {
                let sector = device.flushed.image()[at as usize];
                for again in [mixed(written, sector, cut), mixed(sector, written, cut)] {
                    let mut image = device.flushed.clone();
                    image.image_mut()[at as usize] = again;
                    let mut store = SpillStore::<_, D>::open_with(BlockSlots::new(&mut image), 7)
                        .map_err(said)?;
                    let mut body = [0; OBJECT_BYTES];
                    store.get(pages[0], &mut body).map_err(said)?;
                    if (store.epoch(), body[0]) != (1, 1) {
                        return Err(format!("epoch {}, cut at {cut}", store.epoch()));
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_superblock_that_was_cut_short_does_not_come_back_in_parts() {
    assert_eq!(superblocks_cut_twice::<Sound>(), Ok(()));
    println!("{}", superblocks_cut_twice::<bugs::LeavesSuperblock>().unwrap_err());
}

/// A store after some commits, whose every bit changes in turn.
fn flip_each_bit<D: Discipline>() -> Result<(), String> {
    let sample = Sample::new::<D>(5, 12);
    for bit in 0..sample.bits() {
        sample.flip::<D>(bit).map_err(|what| format!("bit {bit}: {what}"))?;
    }
    Ok(())
}

#[test]
fn each_bit_that_has_changed_harms_at_most_the_object_that_it_belongs_to() {
    assert_eq!(flip_each_bit::<Sound>(), Ok(()));
    for found in [flip_each_bit::<bugs::MissesNothing>(), flip_each_bit::<bugs::HasOneSuperblock>()]
    {
        println!("{}", found.unwrap_err());
    }
}

#[test]
fn sectors_that_hold_something_else_are_never_taken_for_what_was_committed() {
    let garble = |number| {
        let mut random = Random::new(SEED + number);
        let sample = Sample::new::<Sound>(random.next_u64(), 3 + number % 10);
        let mut all = Found::default();
        for _ in 0..100 {
            let found = sample.garble::<Sound>(&mut random)?;
            all.right += found.right;
            all.refused += found.refused;
            all.unopened += found.unopened;
        }
        Ok::<_, String>(all)
    };
    for number in 0..300 {
        let found = garble(number).unwrap_or_else(|what| panic!("sample {number}: {what}"));
        assert_eq!(found.unopened, 0);
        assert!(found.right > found.refused, "sample {number}: {found:?}");
    }
}

/// A device that fails once, without losing power.
struct Failing<'a> {
    disk: &'a mut PowerCut,
    fails_at: Option<u32>,
}

impl Failing<'_> {
    fn done(&mut self, done: Result<(), PowerFailure>) -> Result<(), PowerFailure> {
        match &mut self.fails_at {
            Some(0) => {
                self.fails_at = None;
                Err(PowerFailure::Place)
            }
            Some(left) => {
                *left -= 1;
                done
            }
            None => done,
        }
    }
}

impl BlockDevice for Failing<'_> {
    type Error = PowerFailure;

    fn sectors(&mut self) -> Result<u32, PowerFailure> {
        self.disk.sectors()
    }

    fn read(&mut self, first: u32, into: &mut [Sector]) -> Result<(), PowerFailure> {
        self.disk.read(first, into)
    }

    fn write(&mut self, first: u32, from: &[Sector]) -> Result<(), PowerFailure> {
        let done = self.disk.write(first, from);
        self.done(done)
    }

    fn flush(&mut self) -> Result<(), PowerFailure> {
        let done = self.disk.flush();
        self.done(done)
    }
}

/// A commit whose last flush says that it failed; then somebody goes on, and power fails.
fn goes_on_after_a_commit_that_failed<D: Discipline>() -> Result<(), String> {
    let ids = [0, 1].map(|number| ObjectId { kind: ObjectKind::Memory, space: 0, number });
    let mut disk = PowerCut::new(sectors_for(4), SEED);
    let mut store = SpillStore::<_, D>::format_with(
        BlockSlots::new(Failing { disk: &mut disk, fails_at: None }),
        7,
    )
    .map_err(|error| error.to_string())?;
    let put_both = |store: &mut SpillStore<_, D>, version| -> Result<(), SpillError<_>> {
        ids.iter().try_for_each(|id| store.put(*id, &[version; 600]))
    };
    for version in [1, 2] {
        put_both(&mut store, version).map_err(|error| error.to_string())?;
        if version == 2 {
            // Flush and superblock come first.
            store.slots_mut().device_mut().fails_at = Some(2);
        }
        let committed = store.commit();
        assert_eq!(committed.is_ok(), version == 1);
    }
    let went_on = store.put(ids[0], &[3; 600]);
    drop(store);
    // All of this came as far as the device, for it was on when it went off.
    disk.flush().map_err(|error| error.to_string())?;
    let mut store = SpillStore::<_, D>::open_with(BlockSlots::new(&mut disk), 7)
        .map_err(|error| error.to_string())?;
    let mut body = [0; OBJECT_BYTES];
    for id in ids {
        let length = store.get(id, &mut body).map_err(|error| error.to_string())?;
        if length.map(|length| &body[..length]) != Some(&[2; 600]) {
            return Err(format!("{id} is another, after going on came to {went_on:?}"));
        }
    }
    Ok(())
}

#[test]
fn nobody_goes_on_after_a_commit_that_failed() {
    assert_eq!(goes_on_after_a_commit_that_failed::<Sound>(), Ok(()));
    let found = goes_on_after_a_commit_that_failed::<bugs::DoesNotDoubt>();
    println!("{}", found.unwrap_err());
}
