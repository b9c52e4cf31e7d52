//! Linear memory that is larger than the RAM for it.

mod common;

use std::collections::BTreeMap;

use common::paged::{It, PROGRAM, TIERS, budgets, count, engine, in_ram, one_and_two};
use fayasm_core::spill::{BlockSlots, RamDisk, SpillStore, module_hash, sectors_for};
use fayasm_core::timeline::{Settings, Timeline, state_hash};
use fayasm_core::{
    AsContext, Caller, Contents, Error, Extern, FRAME_BYTES, HostError, Limit, Linker, Module,
    ObjectId, ObjectKind, Outcome, Owner, PageState, Paging, PagingStats, Policy, SpillingError,
    Store, StoreLimits, Translate, TrapKind, Val,
};

fn every_paging() -> impl Iterator<Item = Paging> {
    [2, 3, 5, 40]
        .into_iter()
        .flat_map(|frames| Policy::ALL.map(|policy| Paging::new(frames).with_policy(policy)))
}

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
    // No page is in the frame that waits for one.
    let none = ObjectId { space: u32::MAX, number: u32::MAX, ..page };
    assert!(it.store.object(none).is_none());
    assert!(!it.store.object_stored(none));
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

#[test]
fn a_host_function_has_no_more_pages_than_the_budget_has_room_for() {
    let wat = r#"(module
      (import "env" "count" (func $count (param i32 i32)))
      (memory (export "memory") 1)
      (func (export "run") (param i32) (call $count (i32.const 0) (local.get 0))))"#;
    for (translate, pages) in TIERS.into_iter().flat_map(|tier| [(tier, 6), (tier, 7)]) {
        let engine = engine(translate);
        let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_paging(Some(Paging::new(4).kept()));
        let mut linker = Linker::new(&engine);
        linker.func_wrap("env", "count", count);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let budget = store.ledger(None).total() + 7 * FRAME_BYTES as u64 - 1000;
        store.set_limits(StoreLimits::new().with_budget(Some(budget)));
        let mut it = It { store, instance, pages: BTreeMap::new() };
        let mut job = it.job("run", &[Val::I32(pages * FRAME_BYTES as i32)]);
        let outcome = it.run(&mut job, 100);
        assert_eq!(outcome == Outcome::Done, pages == 6, "{outcome:?}");
        assert_eq!(is_over_budget(&outcome), pages == 7, "{outcome:?}");
        assert!(it.store.peak().ledger.total() <= budget, "{translate:?}");
    }
}

#[test]
fn pages_leave_when_the_budget_becomes_less() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(20).kept()));
    let mut job = it.job("run", &[Val::I32(1)]);
    assert_eq!(it.run(&mut job, 600), Outcome::OutOfFuel);
    let in_all = it.store.ledger([&job]).total();
    let before = (0..32).filter(|page| in_ram(&it, *page)).count();
    it.store.set_limits(StoreLimits::new().with_budget(Some(in_all - 2 * FRAME_BYTES as u64)));
    assert_eq!(it.run(&mut job, 1), Outcome::OutOfFuel);
    assert_eq!((0..32).filter(|page| in_ram(&it, *page)).count(), before - 2);
    assert_eq!(it.run(&mut job, 1 << 40), Outcome::Done);
}

#[test]
fn pages_leave_where_a_memory_or_a_table_is_to_grow_if_that_is_enough() {
    let wat = r#"(module (memory (export "memory") 1) (table 0 funcref)
      (func (export "touch") (param $at i32)
        (loop $next
          (i32.store (local.tee $at (i32.sub (local.get $at) (i32.const 4096))) (local.get $at))
          (br_if $next (local.get $at))))
      (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "table.grow") (param i32) (result i32)
        (table.grow (ref.null func) (local.get 0))))"#;
    for translate in TIERS {
        let mut it = It::new(wat, translate, Some(Paging::new(16)));
        let mut job = it.job("touch", &[Val::I32(1 << 16)]);
        assert_eq!(it.run(&mut job, 1000), Outcome::Done);
        let budget = it.store.ledger([]).total() + 2000;
        it.store.set_limits(StoreLimits::new().with_budget(Some(budget)));
        let mut grow = |name, by| {
            let mut job = it.job(name, &[Val::I32(by)]);
            assert_eq!(it.run(&mut job, 1000), Outcome::Done);
            let left = (0..16).filter(|page| in_ram(&it, *page)).count();
            (job.results(&it.store).unwrap()[0], left)
        };
        assert_eq!(grow("table.grow", 20_000), (Val::I32(-1), 16), "{translate:?}");
        assert_eq!(grow("memory.grow", 4000), (Val::I32(-1), 16), "{translate:?}");
        let (before, left) = grow("memory.grow", 100);
        assert!(
            before == Val::I32(1) && (8..16).contains(&left),
            "{translate:?} {before:?} {left}"
        );
        let (before, after) = grow("table.grow", 2000);
        assert!(
            before == Val::I32(0) && (4..left).contains(&after),
            "{translate:?} {before:?} {after}"
        );
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
fn pages_stay_in_ram_where_memories_are_no_longer_held_as_pages() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2).kept()));
    let mut job = it.job("run", &[Val::I32(1)]);
    assert_eq!(it.run(&mut job, 600), Outcome::OutOfFuel);
    let pages: Vec<u32> = (0..32).filter(|page| in_ram(&it, *page)).collect();
    it.store.set_paging(None);
    assert_eq!(it.store.run(&mut job, 1), Outcome::OutOfFuel);
    assert!(pages.len() == 2 && pages.iter().all(|page| in_ram(&it, *page)), "{pages:?}");
}

#[test]
fn a_page_that_the_budget_has_no_room_for_is_refused_where_it_is_accessed() {
    for (budget, refused_at) in budgets() {
        for (translate, slice) in TIERS.into_iter().flat_map(|tier| [(tier, 1), (tier, 1000)]) {
            let (mut it, mut job) = one_and_two(translate, budget);
            let mut outcome = Outcome::OutOfFuel;
            while outcome.is_running() {
                outcome = it.run(&mut job, slice);
            }
            match refused_at {
                None => assert_eq!(job.results(&it.store), Some(vec![Val::I32(15)])),
                Some(at) => {
                    assert!(is_over_budget(&outcome), "{translate:?} {budget}: {outcome:?}");
                    assert_eq!(job.executed(), at, "{translate:?} {budget}");
                }
            }
            assert!(it.store.peak().ledger.total() <= budget, "{translate:?} {budget}");
        }
    }
}

fn is_over_budget(outcome: &Outcome) -> bool {
    let Outcome::Trapped(trap) = outcome else { return false };
    matches!(trap.kind(), TrapKind::OverBudget { owner: Owner::Memory, .. })
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
    let make = || It::of(&Linker::new(&engine), &module, Some(Paging::new(2)));
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
    let make = || It::of(&Linker::new(&engine), &module, Some(Paging::new(3)));
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

#[test]
fn a_stretch_of_many_pages_is_filled_where_two_are_in_ram() {
    let wat = r#"(module (memory (export "memory") 32)
      (func (export "run") (param $n i32) (result i32)
        (loop $next
          (memory.fill (i32.const 0) (local.get $n) (i32.const 0x10000))
          (memory.copy (i32.const 0xfffd) (i32.const 0) (i32.const 0x10000))
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.load (i32.const 4100))))"#;
    for tier in TIERS {
        let mut it = It::new(wat, tier, Some(Paging::new(2)));
        let mut job = it.job("run", &[Val::I32(3)]);
        let mut stops = 0;
        loop {
            match it.store.run(&mut job, 10_000) {
                Outcome::NeedLoad(page) => it.store.load_object(page, &it.pages[&page]).unwrap(),
                Outcome::NeedStore(page) => {
                    it.pages.insert(page, it.store.object(page).unwrap().to_vec());
                    it.store.object_stored(page);
                }
                outcome => break assert_eq!(outcome, Outcome::Done),
            }
            stops += 1;
            assert!(stops < 1000, "{tier:?} does not go on");
        }
        assert_eq!(job.results(&it.store), Some(vec![Val::I32(0x01010101)]));
    }
}

#[test]
fn accesses_count_the_same_in_every_tier_whether_they_are_logged_or_not() {
    let wat = r#"(module (memory 1)
      (func $at (param $at i32) (result i32) (i32.load (local.get $at)))
      (func (export "run") (result i32)
        (drop (call $at (i32.const 4096)))
        (drop (call $at (i32.const 8192)))
        (drop (call $at (i32.const 12288)))
        (drop (call $at (i32.const 4094)))
        (drop (call $at (i32.const 12288)))
        (call $at (i32.const 65534))))"#;
    for policy in Policy::ALL {
        for (translate, log) in TIERS.into_iter().flat_map(|tier| [(tier, 0), (tier, 100)]) {
            let mut it = It::new(wat, translate, Some(Paging::new(3).with_policy(policy).kept()));
            it.store.set_page_log(log);
            let mut job = it.job("run", &[]);
            assert!(matches!(it.run(&mut job, 100), Outcome::Trapped(_)));
            // Of the access over an edge, both pages count; of the last one, which traps, none.
            let PagingStats { accesses, first_touches, drops, .. } = it.store.paging_stats();
            assert_eq!((accesses, first_touches, drops), (6, 4, 1), "{translate:?} {policy}");
        }
    }
}

/// Sets and gets numbers by their addresses.
const SET_AND_GET: &str = r#"(module (memory (export "memory") 1)
  (func (export "set") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0))))"#;

impl It {
    fn set(&mut self, at: i32, value: i32) {
        let mut job = self.job("set", &[Val::I32(at), Val::I32(value)]);
        assert_eq!(self.run(&mut job, 100), Outcome::Done);
    }

    fn get(&mut self, at: i32) -> i32 {
        let mut job = self.job("get", &[Val::I32(at)]);
        assert_eq!(self.run(&mut job, 100), Outcome::Done);
        let results = job.results(&self.store);
        let Some([Val::I32(value)]) = results.as_deref() else { panic!("{results:?}") };
        *value
    }
}

#[test]
fn what_was_kept_of_a_page_is_not_taken_for_what_was_stored_elsewhere_since() {
    let mut it = It::new(SET_AND_GET, Translate::Never, Some(Paging::new(2).kept()));
    let others = [4096, 8192, 12288];
    it.set(0, 1);
    others.iter().for_each(|at| _ = it.get(*at));
    it.store.set_paging(Some(Paging::new(2)));
    it.set(0, 2);
    others.iter().for_each(|at| _ = it.get(*at));
    assert_eq!(it.pages.len(), 1, "it is stored elsewhere");
    assert_eq!(it.get(0), 2);
}

#[test]
fn what_the_embedder_writes_does_not_stay_in_ram() {
    let mut it = It::new(SET_AND_GET, Translate::Never, Some(Paging::new(2).kept()));
    let memory = it.memory();
    for page in 0..16 {
        memory.write(&mut it.store, page * FRAME_BYTES as u64, &[7]).unwrap();
        assert!((0..16).filter(|page| in_ram(&it, *page)).count() <= 2);
    }
    assert_eq!((it.get(0), it.get(15 * 4096)), (7, 7));
}

#[test]
fn a_host_function_has_only_so_many_pages_at_once() {
    let wat = r#"(module (memory (export "memory") 5))"#;
    let mut it = It::new(wat, Translate::Never, Some(Paging::new(2).kept()));
    let memory = it.memory();
    let bytes = vec![1; 64 * FRAME_BYTES + 1];
    assert_eq!(memory.write(&mut it.store, 0, &bytes), Err(Error::OutOfMemory));
    memory.write(&mut it.store, 0, &bytes[1..]).unwrap();
    assert!(it.bytes()[..64 * FRAME_BYTES].iter().all(|byte| *byte == 1));
}

#[test]
fn a_state_without_contents_leaves_pages_as_they_are() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2).kept()));
    let job = it.job("run", &[Val::I32(1)]);
    let memory = it.memory();
    memory.write(&mut it.store, 20_000, b"abc").unwrap();
    let rest = it.store.save_state(&job, Contents::Elsewhere).unwrap();
    it.store.load_state(&rest).unwrap();
    assert_eq!(&it.bytes()[20_000..20_003], b"abc");
}

#[test]
fn only_memories_whose_pages_are_stored_elsewhere_can_be_committed() {
    for paging in [Some(Paging::new(2).kept()), None] {
        let mut it = It::new(PROGRAM, Translate::Never, paging);
        let job = it.job("run", &[Val::I32(2)]);
        let slots = BlockSlots::new(RamDisk::new(sectors_for(100)).unwrap());
        let mut spill = SpillStore::format(slots, 0).unwrap();
        let error = it.store.checkpoint(&job, &mut spill).unwrap_err();
        assert!(matches!(error, SpillingError::NotPaged), "{paging:?}");
    }
}

#[test]
fn neither_going_back_nor_loading_a_state_holds_memory_in_one_piece() {
    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2).kept()));
    let job = it.job("run", &[Val::I32(1)]);
    let mut timeline = Timeline::new(&mut it.store, job, Settings::default()).unwrap();
    timeline.run(&mut it.store, 1000).unwrap();
    let before = it.store.ledger([]).of(Owner::Memory);
    timeline.seek(&mut it.store, 10).unwrap();
    assert!(it.store.ledger([]).of(Owner::Memory) <= before);

    let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    let mut job = it.job("run", &[Val::I32(1)]);
    it.run(&mut job, 1000);
    let state = it.store.save_state(&job, Contents::Elsewhere).unwrap();
    let mut other = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
    other.store.load_state(&state).unwrap();
    assert!(other.store.ledger([]).of(Owner::Memory) <= before);
}

#[test]
fn a_run_goes_on_within_the_same_budget_after_it_was_lost() {
    let make = || {
        let mut it = It::new(PROGRAM, Translate::Never, Some(Paging::new(2)));
        it.store.set_limits(StoreLimits::new().with_budget(Some(20 << 10)));
        it
    };
    let slots = BlockSlots::new(RamDisk::new(sectors_for(100)).unwrap());
    let mut spill = SpillStore::format(slots, 0).unwrap();
    let mut it = make();
    let mut job = it.job("run", &[Val::I32(2)]);
    it.store.run_spilling(&mut job, 700, &mut spill).unwrap();
    it.store.checkpoint(&job, &mut spill).unwrap();
    let mut it = make();
    let mut job = it.store.resume(&mut spill).unwrap();
    let outcome = it.store.run_spilling(&mut job, Limit::NONE, &mut spill).unwrap();
    assert_eq!(outcome, Outcome::Done);
    assert!(it.store.peak().ledger.total() <= 20 << 10);
}

#[test]
fn a_segment_that_is_longer_than_there_is_ram_is_written_over_stored_pages() {
    let engine = engine(Translate::Never);
    let owner = r#"(module (memory (export "memory") 1) (func (export "fill")
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))))"#;
    let text = "x".repeat(3 * FRAME_BYTES);
    let user =
        format!(r#"(module (import "env" "memory" (memory 1)) (data (i32.const 9) "{text}"))"#);
    let [owner, user] =
        [owner, &user].map(|wat| Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap());
    for policy in Policy::ALL {
        let mut store = Store::new(&engine, ());
        store.set_paging(Some(Paging::new(2).with_policy(policy).kept()));
        let mut linker = Linker::new(&engine);
        let instance = linker.instantiate(&mut store, &owner).unwrap();
        instance.get_typed_func::<(), ()>(&store, "fill").unwrap().call(&mut store, ()).unwrap();
        linker.instance("env", instance);
        linker.instantiate(&mut store, &user).unwrap();
        let mut bytes = vec![0; text.len() + 18];
        instance.get_memory(&store, "memory").unwrap().read(&store, 0, &mut bytes).unwrap();
        assert!(&bytes[9..bytes.len() - 9] == text.as_bytes(), "{policy}");
        assert_eq!((&bytes[..9], &bytes[bytes.len() - 9..]), (&[1; 9][..], &[1; 9][..]));
    }
}

#[test]
fn pages_of_a_host_function_stay_while_another_one_is_called() {
    let wat = r#"(module
      (import "env" "outer" (func $outer)) (import "env" "inner" (func $inner))
      (memory (export "memory") 1)
      (func (export "mid") (call $inner))
      (func (export "run") (call $outer)))"#;
    let engine = engine(Translate::Never);
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "inner", || {});
    let outer = |mut caller: Caller<'_, ()>| -> Result<(), HostError> {
        let memory =
            caller.get_export("memory").and_then(Extern::into_memory).ok_or("no memory")?;
        let (mut access, ()) = memory.access_and_store_mut(&mut caller)?;
        access.make_resident(0, 5 * FRAME_BYTES as u64)?;
        access.write(0, &[1; 5 * FRAME_BYTES])?;
        let mid = caller.get_export("mid").and_then(Extern::into_func).ok_or("no function")?;
        mid.typed::<(), ()>(&caller)?.call(&mut caller, ())?;
        let before = caller.as_context().paging_stats().faults();
        let (mut access, ()) = memory.access_and_store_mut(&mut caller)?;
        access.make_resident(0, 5 * FRAME_BYTES as u64)?;
        assert_eq!(caller.as_context().paging_stats().faults(), before);
        Ok(())
    };
    linker.func_wrap("env", "outer", outer);
    for paging in [Paging::new(2).kept(), Paging::new(2)] {
        let mut it = It::of(&linker, &module, Some(paging));
        let mut job = it.job("run", &[]);
        assert_eq!(it.run(&mut job, 100), Outcome::Done);
        assert_eq!(it.store.paging_stats().faults(), 5);
    }
}
