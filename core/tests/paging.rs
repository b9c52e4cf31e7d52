//! Linear memory that is larger than the RAM for it.

mod common;

use std::collections::BTreeMap;

use common::tier;
use fayasm_core::spill::{BlockSlots, RamDisk, SpillStore, module_hash, sectors_for};
use fayasm_core::timeline::{Settings, Timeline, state_hash};
use fayasm_core::{
    Caller, Contents, Engine, Error, Extern, FRAME_BYTES, HostError, Instance, Job, Limit, Linker,
    Memory, Module, ObjectId, ObjectKind, Outcome, PageChange, PageEvent, PageState, Paging,
    PagingStats, Policy, SpillingError, Store, StoreLimits, Translate, TrapKind, Val,
};

/// Works on eight pages in every way there is, and gives a number for what came of it.
const PROGRAM: &str = r#"(module
  (memory (export "memory") 1 3)
  (data (i32.const 4090) "over the edge of a page")
  (data (i32.const 8192) "a page that nobody changes")
  (data $later "comes later, from a passive segment that is longer than the others")
  (func $mix (param $hash i32) (param $value i32) (result i32)
    (i32.xor (i32.mul (local.get $hash) (i32.const 31)) (local.get $value)))
  (func (export "run") (param $rounds i32) (result i32)
    (local $at i32) (local $hash i32)
    (drop (memory.grow (i32.const 1)))
    (loop $round
      ;; Backwards over all pages, some accesses over their edges.
      (local.set $at (i32.const 131050))
      (loop $next
        (i32.store offset=3 (local.get $at) (i32.add (i32.load offset=1 (local.get $at)) (local.get $hash)))
        (i64.store offset=5 (local.get $at) (i64.load offset=2 (local.get $at)))
        (i32.store8 (local.get $at) (local.get $rounds))
        (i32.store16 offset=1 (local.get $at) (i32.load8_s offset=9 (local.get $at)))
        (local.set $hash (call $mix (local.get $hash) (i32.load16_u (local.get $at))))
        (local.set $at (i32.sub (local.get $at) (i32.const 1023)))
        (br_if $next (i32.gt_s (local.get $at) (i32.const 0))))
      ;; Stretches of several pages, forwards and backwards.
      (memory.fill (i32.const 20000) (local.get $hash) (i32.const 9000))
      (memory.copy (i32.const 61000) (i32.const 60000) (i32.const 20000))
      (memory.copy (i32.const 70001) (i32.const 71111) (i32.const 17000))
      (memory.copy (i32.const 100) (i32.const 4000) (i32.const 200))
      (memory.init $later (i32.const 12270) (i32.const 3) (i32.const 40))
      (f64.store (i32.const 16380) (f64.load (i32.const 4092)))
      (local.set $hash (call $mix (local.get $hash) (i32.load (i32.const 8200))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $hash)))"#;

fn engine(translate: Translate) -> Engine {
    Engine::new(tier::config().with_translate(translate))
}

struct It {
    store: Store<()>,
    instance: Instance,
    pages: BTreeMap<ObjectId, Vec<u8>>,
}

impl It {
    fn new(wat: &str, translate: Translate, paging: Option<Paging>) -> It {
        let engine = engine(translate);
        let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_paging(paging);
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        It { store, instance, pages: BTreeMap::new() }
    }

    fn job(&mut self, name: &str, arguments: &[Val]) -> Job {
        let function = self.instance.get_func(&self.store, name).unwrap();
        Job::new(&self.store, function, arguments).unwrap()
    }

    /// Runs so many instructions, loading and storing pages on the way.
    fn run(&mut self, job: &mut Job, fuel: u64) -> Outcome {
        let end = job.executed() + fuel;
        loop {
            match self.store.run(job, end - job.executed()) {
                Outcome::NeedLoad(page) => {
                    let bytes = self.pages.get(&page).expect("it was stored");
                    self.store.load_object(page, bytes).unwrap();
                }
                Outcome::NeedStore(page) => {
                    let bytes = self.store.object(page).expect("it is in RAM").to_vec();
                    self.pages.insert(page, bytes);
                    assert!(self.store.object_stored(page));
                }
                outcome => return outcome,
            }
        }
    }

    fn memory(&self) -> Memory {
        self.instance.get_memory(&self.store, "memory").unwrap()
    }

    /// The bytes of the memory, wherever they are.
    fn bytes(&self) -> Vec<u8> {
        self.bytes_with(|page| self.pages[&page].clone())
    }

    fn bytes_with(&self, mut get: impl FnMut(ObjectId) -> Vec<u8>) -> Vec<u8> {
        let memory = self.memory();
        let mut all = Vec::new();
        for page in 0..memory.size(&self.store).unwrap() * 16 {
            let mut bytes = vec![0; FRAME_BYTES];
            match memory.read(&self.store, page * FRAME_BYTES as u64, &mut bytes) {
                Ok(()) => {}
                Err(Error::NeedLoad(page)) => bytes = get(page),
                Err(error) => panic!("{error}"),
            }
            all.extend(bytes);
        }
        all
    }
}

fn every_paging() -> impl Iterator<Item = Paging> {
    [2, 3, 5, 40]
        .into_iter()
        .flat_map(|frames| Policy::ALL.map(|policy| Paging::new(frames).with_policy(policy)))
}

const TIERS: [Translate; 3] = [Translate::Never, Translate::Always, Translate::Mixed];

#[test]
fn a_program_does_the_same_with_few_pages_in_ram() {
    let mut flat = It::new(PROGRAM, Translate::Never, None);
    let mut job = flat.job("run", &[Val::I32(3)]);
    assert_eq!(flat.run(&mut job, 1 << 40), Outcome::Done);
    let (results, bytes) = (job.results(&flat.store), flat.bytes());
    for (translate, paging) in
        TIERS.into_iter().flat_map(|tier| every_paging().map(move |it| (tier, it)))
    {
        let mut paged = It::new(PROGRAM, translate, Some(paging));
        let mut paged_job = paged.job("run", &[Val::I32(3)]);
        assert_eq!(paged.run(&mut paged_job, 1 << 40), Outcome::Done);
        assert_eq!(paged_job.results(&paged.store), results, "{paging:?}");
        assert_eq!(paged_job.executed(), job.executed());
        assert!(paged.bytes() == bytes, "{translate:?} {paging:?}");
        let stats = paged.store.paging_stats();
        assert_eq!(stats.stores > 0, paging.frames() < 32, "{stats:?}");
    }
}

#[test]
fn what_comes_and_goes_is_the_same_in_every_tier_and_wherever_it_is_stored() {
    for paging in every_paging() {
        let mut seen: Vec<PagingStats> = Vec::new();
        for translate in TIERS {
            for paging in [paging, paging.kept()] {
                let mut it = It::new(PROGRAM, translate, Some(paging));
                let mut job = it.job("run", &[Val::I32(2)]);
                assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
                seen.push(it.store.paging_stats());
            }
        }
        assert!(seen.iter().all(|stats| *stats == seen[0]), "{paging:?}: {seen:?}");
    }
}

#[test]
fn the_state_is_the_same_at_every_instruction() {
    for translate in TIERS {
        let mut flat = It::new(PROGRAM, translate, None);
        let mut paged = It::new(PROGRAM, translate, Some(Paging::new(2).kept()));
        let mut jobs = [flat.job("run", &[Val::I32(1)]), paged.job("run", &[Val::I32(1)])];
        loop {
            let [one, other] = &mut jobs;
            let outcomes = [flat.run(one, 97), paged.run(other, 97)];
            assert_eq!(outcomes[0], outcomes[1]);
            let hashes = [state_hash(&flat.store, one), state_hash(&paged.store, other)];
            assert_eq!(hashes[0], hashes[1], "after {}", one.executed());
            if outcomes[0] == Outcome::Done {
                break;
            }
        }
    }
}

#[test]
fn a_timeline_goes_anywhere_and_pages_are_where_they_were() {
    let paging = Paging::new(3).with_policy(Policy::LeastRecentlyUsed).kept();
    let mut it = It::new(PROGRAM, Translate::Mixed, Some(paging));
    let mut afresh = It::new(PROGRAM, Translate::Never, Some(paging));
    let mut job = afresh.job("run", &[Val::I32(2)]);
    let mut states = Vec::new();
    loop {
        states.push((job.executed(), state_hash(&afresh.store, &job), afresh.store.paging_stats()));
        if afresh.run(&mut job, 211) == Outcome::Done {
            break;
        }
    }
    let job = it.job("run", &[Val::I32(2)]);
    let settings = Settings::default().with_interval(300);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    for step in 0..3 * states.len() {
        // To and fro.
        let (executed, hash, stats) = states[step * 7919 % states.len()];
        timeline.seek(&mut it.store, executed).unwrap();
        assert_eq!(state_hash(&it.store, timeline.job()), hash, "at {executed}");
        assert_eq!(it.store.paging_stats(), stats, "at {executed}");
    }
}

#[test]
fn pages_that_do_not_change_are_never_stored() {
    let wat = r#"(module
      (memory 2)
      (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz")
      (data (i32.const 65530) "over the edge")
      (func (export "run") (result i32) (local $at i32) (local $sum i32)
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 131072))))
        (local.get $sum)))"#;
    let mut it = It::new(wat, Translate::WhenHot, Some(Paging::new(2)));
    for _ in 0..2 {
        let mut job = it.job("run", &[]);
        assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
        let sum: i32 =
            b"abcdefghijklmnopqrstuvwxyzover the edge".iter().map(|b| i32::from(*b)).sum();
        assert_eq!(job.results(&it.store), Some(vec![Val::I32(sum)]));
    }
    let stats = it.store.paging_stats();
    assert_eq!((stats.stores, stats.loads, stats.first_touches, stats.drops), (0, 0, 64, 62));
}

#[test]
fn a_job_can_be_run_again_without_doing_what_it_needs() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let mut job = it.job("run", &[Val::I32(1)]);
    let Outcome::NeedStore(page) = it.store.run(&mut job, Limit::NONE) else { panic!() };
    let executed = job.executed();
    assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::NeedStore(page));
    assert_eq!(job.executed(), executed);
    assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
}

#[test]
fn only_what_was_stored_can_be_loaded() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let mut job = it.job("run", &[Val::I32(2)]);
    let page = loop {
        match it.store.run(&mut job, Limit::NONE) {
            Outcome::NeedStore(page) => {
                it.pages.insert(page, it.store.object(page).unwrap().to_vec());
                it.store.object_stored(page);
            }
            Outcome::NeedLoad(page) => break page,
            other => panic!("{other:?}"),
        }
    };
    let bytes = it.pages[&page].clone();
    for (id, bytes) in [
        (page, &bytes[1..]),
        (ObjectId { number: (0..).find(|it_is| in_ram(&it, *it_is)).unwrap(), ..page }, &bytes[..]),
        (ObjectId { number: u32::MAX, ..page }, &bytes[..]),
        (ObjectId { space: 1, ..page }, &bytes[..]),
    ] {
        assert_eq!(it.store.load_object(id, bytes), Err(Error::NotStored(id)));
        assert_eq!(it.store.run(&mut job, Limit::NONE), Outcome::NeedLoad(page));
    }
    assert_eq!(it.store.object(page), None);
    assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
}

#[test]
fn traps_say_the_same_and_nothing_is_done_in_part() {
    let wat = r#"(module (memory (export "memory") 1)
      (func (export "store") (i64.store (i32.const 65529) (i64.const -1)))
      (func (export "load") (drop (i32.load (i32.const 65533))))
      (func (export "fill") (memory.fill (i32.const 1) (i32.const 1) (i32.const 65536)))
      (func (export "copy") (memory.copy (i32.const 0) (i32.const 8) (i32.const 65529))))"#;
    for translate in TIERS {
        for name in ["store", "load", "fill", "copy"] {
            let traps = [None, Some(Paging::new(2))].map(|paging| {
                let mut it = It::new(wat, translate, paging);
                let mut job = it.job(name, &[]);
                let Outcome::Trapped(trap) = it.run(&mut job, 100) else {
                    panic!("{name} returns")
                };
                assert!(it.bytes().iter().all(|byte| *byte == 0), "{name}");
                assert!(it.pages.is_empty());
                (trap.kind().clone(), trap.backtrace()[0].offset)
            });
            assert_eq!(traps[0], traps[1], "{name}");
            assert!(matches!(traps[0].0, TrapKind::MemoryOutOfBounds { .. }));
        }
    }
}

/// Adds one to the bytes at both ends of a range.
fn count(mut caller: Caller<'_, ()>, address: u32, length: u32) -> Result<(), HostError> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory).ok_or("no memory")?;
    let (mut memory, ()) = memory.access_and_store_mut(&mut caller)?;
    memory.make_resident(address.into(), length.into())?;
    for at in [address, address + length - 1] {
        let mut byte = [0];
        memory.read(at.into(), &mut byte)?;
        memory.write(at.into(), &[byte[0] + 1])?;
    }
    Ok(())
}

#[test]
fn a_host_function_has_all_pages_that_it_asks_for_and_is_called_once() {
    let wat = r#"(module
      (import "env" "count" (func $count (param i32 i32)))
      (memory (export "memory") 1)
      (func $touch (param $at i32)
        (loop $next
          (i32.store8 offset=8 (local.get $at) (i32.const 7))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 65000)))))
      (func (export "run")
        (call $touch (i32.const 0))
        (call $count (i32.const 100) (i32.const 40000))
        (call $touch (i32.const 0))
        (call $count (i32.const 100) (i32.const 40000))))"#;
    for (translate, kept) in TIERS.into_iter().flat_map(|tier| [(tier, false), (tier, true)]) {
        let engine = engine(translate);
        let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        let paging = Paging::new(2);
        store.set_paging(Some(if kept { paging.kept() } else { paging }));
        let mut linker = Linker::new(&engine);
        linker.func_wrap("env", "count", count);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let mut it = It { store, instance, pages: BTreeMap::new() };
        let mut job = it.job("run", &[]);
        assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
        let bytes = it.bytes();
        assert_eq!((bytes[100], bytes[40099], bytes[8]), (2, 2, 7));
        // What was there for it alone does not stay.
        let mut job = it.job("run", &[]);
        assert_eq!(it.run(&mut job, 40), Outcome::OutOfFuel);
        assert!((0..16).filter(|page| in_ram(&it, *page)).count() <= 2);
    }
}

fn in_ram(it: &It, number: u32) -> bool {
    let kind = ObjectKind::Memory;
    it.store.object(ObjectId { kind, space: 0, number }).is_some()
}

#[test]
fn a_host_function_that_is_gone_over_again_has_the_same_pages() {
    let wat = r#"(module
      (import "env" "count" (func $count (param i32 i32)))
      (memory (export "memory") 1)
      (func (export "run") (local $at i32)
        (loop $next
          (i32.store8 offset=8 (local.get $at) (local.get $at))
          (call $count (local.get $at) (i32.const 9000))
          (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1234))) (i32.const 50000))))))"#;
    let engine = engine(Translate::Mixed);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "count", count);
    let make = || {
        let mut store = Store::new(&engine, ());
        store.set_paging(Some(Paging::new(4).kept()));
        let instance = linker.instantiate(&mut store, &module).unwrap();
        It { store, instance, pages: BTreeMap::new() }
    };
    let mut afresh = make();
    let mut job = afresh.job("run", &[]);
    let mut states = Vec::new();
    while afresh.run(&mut job, 10) != Outcome::Done {
        states.push((job.executed(), state_hash(&afresh.store, &job), afresh.store.paging_stats()));
    }
    let mut it = make();
    let job = it.job("run", &[]);
    let settings = Settings::default().with_interval(100);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    for (executed, hash, stats) in states.into_iter().rev() {
        timeline.seek(&mut it.store, executed).unwrap();

        assert_eq!(state_hash(&it.store, timeline.job()), hash, "at {executed}");
        assert_eq!(it.store.paging_stats(), stats, "at {executed}");
    }
}

#[test]
fn a_memory_that_is_held_as_pages_lends_no_bytes() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let memory = it.memory();
    assert_eq!(memory.data(&it.store), Err(Error::Paged));
    assert_eq!(memory.data_mut(&mut it.store), Err(Error::Paged));
    memory.write(&mut it.store, 4000, b"across two pages? no").unwrap();
    let mut bytes = [0; 6];
    memory.read(&it.store, 4000, &mut bytes).unwrap();
    assert_eq!(&bytes, b"across");
    memory.read(&it.store, 4093, &mut bytes).unwrap();
    assert_eq!(&bytes, b"r the ");
}

#[test]
fn the_log_says_how_pages_came_and_went_up_to_where_a_timeline_stands() {
    let paging = Paging::new(3).kept();
    let mut it = It::new(PROGRAM, Translate::Always, Some(paging));
    it.store.set_page_log(1000);
    let job = it.job("run", &[Val::I32(1)]);
    let settings = Settings::default().with_interval(300);
    let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
    assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
    let all: Vec<PageEvent> = it.store.page_events().copied().collect();
    let stats = it.store.paging_stats();
    let count = |wanted: fn(&PageChange) -> bool| {
        all.iter().filter(|event| wanted(&event.change)).count() as u64
    };
    assert_eq!(count(|it| *it == PageChange::FirstTouch), stats.first_touches);
    assert_eq!(count(|it| *it == PageChange::Loaded), stats.loads);
    assert_eq!(count(|it| matches!(it, PageChange::Stored(_))), stats.stores);
    assert_eq!(count(|it| matches!(it, PageChange::Dropped(_))), stats.drops);
    assert!(all.is_sorted_by_key(|event| event.executed));
    let end = timeline.job().executed();
    for executed in (0..end).rev().step_by(53) {
        timeline.seek(&mut it.store, executed).unwrap();
        let until: Vec<PageEvent> = it.store.page_events().copied().collect();
        let expected = all.iter().take_while(|event| event.executed < executed);
        assert_eq!(until, expected.copied().collect::<Vec<_>>(), "at {executed}");
    }
}

#[test]
fn with_a_budget_a_timeline_leads_where_the_run_did() {
    let wat = r#"(module (memory 4)
      (func $down (export "run") (param i32) (result i32)
        (i32.store (i32.mul (local.get 0) (i32.const 1000)) (local.get 0))
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (i32.add (call $down (i32.sub (local.get 0) (i32.const 1)))
          (i32.load (i32.mul (local.get 0) (i32.const 1000))))))"#;
    for translate in [Translate::Never, Translate::Always] {
        let mut it = It::new(wat, translate, Some(Paging::new(64).kept()));
        let limits = StoreLimits::new().with_budget(Some(32 << 10));
        it.store.set_limits(limits);
        let job = it.job("run", &[Val::I32(200)]);
        let settings = Settings::default().with_interval(200);
        let mut timeline = Timeline::new(&mut it.store, job, settings).unwrap();
        assert_eq!(timeline.run(&mut it.store, Limit::NONE).unwrap(), Outcome::Done);
        let (end, stats) = (timeline.job().executed(), it.store.paging_stats());
        assert!(stats.stores > 40, "{stats:?}");
        for executed in [0, end / 3, 100, end / 2, end, 0] {
            timeline.seek(&mut it.store, executed).unwrap();
            assert_eq!(timeline.job().executed(), executed);
            timeline.seek(&mut it.store, end).unwrap();
            assert_eq!(it.store.paging_stats(), stats, "by {executed}");
        }
    }
}

#[test]
fn a_run_goes_on_elsewhere_with_the_pages_that_have_changed() {
    let paging = Some(Paging::new(2).kept());
    let whole = {
        let mut it = It::new(PROGRAM, Translate::Never, paging);
        let mut job = it.job("run", &[Val::I32(2)]);
        assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
        (state_hash(&it.store, &job), job.executed())
    };
    for executed in (0..whole.1).step_by(97) {
        let mut it = It::new(PROGRAM, Translate::Never, paging);
        let mut job = it.job("run", &[Val::I32(2)]);
        it.run(&mut job, executed);
        let state = it.store.save_state(&job, Contents::Elsewhere).unwrap();
        let mut other = It::new(PROGRAM, Translate::Never, paging);
        let mut there = other.store.load_state(&state).unwrap();
        let mut bytes = [0; FRAME_BYTES];
        let pages: Vec<_> = it.store.changed_objects().collect();
        for page in &pages {
            assert!(it.store.read_object(*page, &mut bytes));
            assert!(other.store.keep_object(*page, &bytes));
            assert!(!other.store.keep_object(*page, &bytes), "it is known already");
        }
        assert!(other.store.changed_objects().eq(pages.iter().copied()));
        assert_eq!(state_hash(&other.store, &there), state_hash(&it.store, &job));
        assert_eq!(other.run(&mut there, 1 << 40), Outcome::Done);
        assert_eq!((state_hash(&other.store, &there), there.executed()), whole);
    }
}

#[test]
fn every_page_is_somewhere() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(3).kept()));
    let memory = it.memory();
    let count = |it: &It, state| {
        it.store.page_states(memory).unwrap().filter(|found| *found == state).count()
    };
    assert_eq!(count(&it, PageState::Initial), 16);
    let mut job = it.job("run", &[Val::I32(1)]);
    assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
    let counts = [PageState::Initial, PageState::Clean, PageState::Dirty, PageState::Stored]
        .map(|state| count(&it, state));
    assert_eq!((counts.iter().sum::<usize>(), counts[1] + counts[2]), (32, 3));
}

#[test]
fn only_a_store_that_keeps_pages_takes_them() {
    let page = |number| ObjectId { kind: ObjectKind::Memory, space: 0, number };
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    assert!(!it.store.keep_object(page(0), &[0; FRAME_BYTES]));
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2).kept()));
    assert!(!it.store.keep_object(page(u32::MAX), &[0; FRAME_BYTES]));
    assert!(!it.store.read_object(page(u32::MAX), &mut [0; FRAME_BYTES]));
    assert!(it.store.read_object(page(0), &mut [1; FRAME_BYTES]));
}

#[test]
fn a_timeline_needs_the_pages_to_be_kept() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let job = it.job("run", &[Val::I32(1)]);
    let error = Timeline::new(&mut it.store, job, Settings::default()).unwrap_err();
    assert_eq!(error.to_string(), "pages of a memory may be stored elsewhere");
}

#[test]
fn a_call_that_cannot_wait_traps_where_a_page_is_needed() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let run = it.instance.get_typed_func::<i32, i32>(&it.store, "run").unwrap();
    let Err(Error::Trap(trap)) = run.call(&mut it.store, 1) else { panic!("it returns") };
    assert!(matches!(trap.kind(), TrapKind::PageNeeded(_)), "{trap}");
}

#[test]
fn segments_of_another_instance_are_written_to_pages_wherever_they_are() {
    let engine = engine(Translate::Never);
    let owner = r#"(module (memory (export "memory") 1) (func (export "touch") (param i32)
      (i32.store (local.get 0) (i32.const 1))))"#;
    let user = r#"(module (import "env" "memory" (memory 1))
      (data (i32.const 4094) "abcd") (data (i32.const 20480) "efgh"))"#;
    let [owner, user] =
        [owner, user].map(|wat| Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap());
    let mut store = Store::new(&engine, ());
    store.set_paging(Some(Paging::new(2).kept()));
    let mut linker = Linker::new(&engine);
    let instance = linker.instantiate(&mut store, &owner).unwrap();
    let touch = instance.get_typed_func::<u32, ()>(&store, "touch").unwrap();
    for page in [0, 5, 1, 7] {
        touch.call(&mut store, page * 4096 + 8).unwrap();
    }
    linker.instance("env", instance);
    linker.instantiate(&mut store, &user).unwrap();
    touch.call(&mut store, 9 * 4096).unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();
    for (at, expected) in [(4094, b"abcd"), (20480, b"efgh"), (20488, &[1, 0, 0, 0])] {
        let mut bytes = [0; 4];
        memory.read(&store, at, &mut bytes).unwrap();
        assert_eq!(&bytes, expected);
    }
}

#[test]
fn pages_of_an_earlier_run_are_not_taken_for_those_of_a_later_one() {
    let wat = r#"(module (memory (export "memory") 1)
      (func (export "set") (param i32) (i32.store (local.get 0) (i32.const 7)))
      (func (export "get") (param i32) (result i32) (i32.load (local.get 0))))"#;
    let engine = engine(Translate::Never);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let make = || {
        let mut store = Store::new(&engine, ());
        store.set_paging(Some(Paging::new(2)));
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        It { store, instance, pages: BTreeMap::new() }
    };
    let slots = BlockSlots::new(RamDisk::new(sectors_for(40)).unwrap());
    let mut spill = SpillStore::format(slots, module_hash(module.bytes())).unwrap();
    for at in [0, 4096, 8192] {
        let mut it = make();
        let mut job = it.job("set", &[Val::I32(at)]);
        assert_eq!(it.store.run_spilling(&mut job, 100, &mut spill).unwrap(), Outcome::Done);
        it.store.checkpoint(&job, &mut spill).unwrap();
        let mut it = make();
        it.store.resume(&mut spill).unwrap();
        for page in 0..4 {
            let mut job = it.job("get", &[Val::I32(page * 4096)]);
            assert_eq!(it.store.run_spilling(&mut job, 100, &mut spill).unwrap(), Outcome::Done);
            let expected = if page * 4096 == at { 7 } else { 0 };
            assert_eq!(job.results(&it.store), Some(vec![Val::I32(expected)]), "{page} {at}");
        }
    }
}

/// A run that is cut off after every so many instructions and goes on in a store made anew.
#[test]
fn a_run_goes_on_from_what_was_committed_last() {
    let engine = engine(Translate::Mixed);
    let module = Module::new(&engine, wat::parse_str(PROGRAM).unwrap()).unwrap();
    let make = || {
        let mut store = Store::new(&engine, ());
        store.set_paging(Some(Paging::new(3)));
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        It { store, instance, pages: BTreeMap::new() }
    };
    let mut whole = make();
    let mut job = whole.job("run", &[Val::I32(2)]);
    assert_eq!(whole.run(&mut job, 1 << 40), Outcome::Done);
    let (results, executed, bytes) = (job.results(&whole.store), job.executed(), whole.bytes());

    let hash = module_hash(module.bytes());
    let slots = BlockSlots::new(RamDisk::new(sectors_for(100)).unwrap());
    let mut slots = SpillStore::format(slots, hash).unwrap().into_slots();
    let mut first = true;
    for lost in (0..).map(|round| round * 7919 % 500) {
        // Whatever was in RAM is gone.
        let mut it = make();
        let mut spill = SpillStore::open(&mut slots, hash).unwrap();
        let mut job = match core::mem::take(&mut first) {
            true => {
                let nothing = it.store.resume(&mut spill).unwrap_err();
                assert!(matches!(nothing, SpillingError::NothingCommitted));
                it.job("run", &[Val::I32(2)])
            }
            false => it.store.resume(&mut spill).unwrap(),
        };
        if it.store.run_spilling(&mut job, 700, &mut spill).unwrap() == Outcome::Done {
            assert_eq!((job.results(&it.store), job.executed()), (results, executed));
            it.store.checkpoint(&job, &mut spill).unwrap();
            let mut page = [0; FRAME_BYTES];
            let all = it.bytes_with(|id| {
                spill.get(id, &mut page).unwrap().expect("it was stored");
                page.to_vec()
            });
            assert!(all == bytes);
            return;
        }
        it.store.checkpoint(&job, &mut spill).unwrap();
        it.store.run_spilling(&mut job, lost, &mut spill).unwrap();
    }
}
