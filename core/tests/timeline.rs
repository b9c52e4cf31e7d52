//! Going back and forth in a run: every state is that of running afresh.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::engine;
use fayasm_core::inspect::{Location, accesses};
use fayasm_core::timeline::{Settings, Timeline, TimelineError, state_hash};
use fayasm_core::{
    Breakpoint, Caller, ExternKind, Func, Global, GlobalType, HostError, Instance, Job, Limit,
    Limits, Linker, Memory, MemoryType, Module, Outcome, Store, StoreLimits, TrapKind, Val,
    ValType, Watch,
};

/// Changes everything that a run can change, in every round.
const EVERYTHING: &str = r#"(module
  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))
  (import "" "next" (func $next (param i32) (result i32)))
  (memory (export "memory") 1)
  (table $table 2 funcref)
  (table $empty 2 funcref)
  (elem $passive func $sum)
  (data $late "late")
  (global $g (mut i64) (i64.const 0))
  (global $list (mut (ref null $pair)) (ref.null $pair))
  (func $sum (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "run") (param $rounds i32) (result i32) (local $n i32)
    (loop $round
      (global.set $g (i64.add (global.get $g) (i64.extend_i32_u (call $next (local.get $n)))))
      (i32.store (i32.mul (local.get $n) (i32.const 1024)) (call $sum (local.get $n)))
      (global.set $list (struct.new $pair (local.get $n) (global.get $list)))
      (struct.set $pair 0 (global.get $list) (i32.const 7))
      (if (i32.eq (local.get $n) (i32.const 5))
        (then
          (drop (memory.grow (i32.const 1)))
          (table.init $table $passive (i32.const 1) (i32.const 0) (i32.const 1))
          (elem.drop $passive)
          (drop (table.grow $table (ref.null func) (i32.const 3)))
          (drop (table.grow $empty (ref.null func) (i32.const 3)))
          (memory.init $late (i32.const 70000) (i32.const 0) (i32.const 4))
          (data.drop $late)
          (global.set $list (ref.null $pair))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $round (i32.lt_u (local.get $n) (local.get $rounds))))
    (i32.wrap_i64 (global.get $g))))"#;

type Setup = (Store<u32>, Job);

/// The module, about to be run; the host counts how often it is called.
fn everything(rounds: i32) -> Setup {
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(EVERYTHING).unwrap()).unwrap();
    let mut store = Store::new(&engine, 0);
    let next = Func::wrap(&mut store, |mut caller: Caller<'_, u32>, n: i32| {
        *caller.data_mut() += 1;
        let memory = caller.get_export("memory").and_then(|it| it.into_memory()).unwrap();
        memory.write(&mut caller, 40_000, &n.to_le_bytes()).unwrap();
        n * 3
    })
    .unwrap();
    let instance = Instance::new(&mut store, &module, &[next.into()]).unwrap();
    let run = instance.get_func(&store, "run").unwrap();
    let job = Job::new(&store, run, &[Val::I32(rounds)]).unwrap();
    (store, job)
}

/// A module that imports nothing, its export `run` about to be called.
fn plain(text: &str) -> (Store<()>, Job) {
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    let job = Job::new(&store, instance.get_func(&store, "run").unwrap(), &[]).unwrap();
    (store, job)
}

/// The hash of the state before every instruction and at the end.
fn hashes((mut store, mut job): Setup) -> Vec<u64> {
    let mut all = vec![state_hash(&store, &job)];
    while job.is_running() {
        store.step(&mut job);
        all.push(state_hash(&store, &job));
    }
    all
}

/// Numbers that look random, the same in every run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn small() -> Settings {
    Settings::default().with_interval(50)
}

#[test]
fn every_state_is_that_of_running_afresh() {
    let expected = hashes(everything(50));
    let (mut store, job) = everything(50);
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    assert_eq!(timeline.run(&mut store, Limit::NONE), Ok(Outcome::Done));
    let end = expected.len() as u64 - 1;
    assert_eq!(timeline.range(), 0..=end);
    assert!(timeline.moments().count() > 5);
    let mut state = 1;
    for _ in 0..500 {
        let at = random(&mut state) % (end + 1);
        timeline.seek(&mut store, at).unwrap();
        assert_eq!(timeline.job().executed(), at);
        assert_eq!(state_hash(&store, timeline.job()), expected[at as usize], "at {at}");
    }
    assert_eq!(*store.data(), 50, "the host was called once in each round");
}

#[test]
fn stepping_back_leads_through_all_states_in_reverse() {
    let expected = hashes(everything(6));
    let (mut store, job) = everything(6);
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    for at in (0..expected.len() as u64 - 1).rev() {
        timeline.step_back(&mut store).unwrap();
        assert_eq!(state_hash(&store, timeline.job()), expected[at as usize], "at {at}");
    }
    let beyond = timeline.step_back(&mut store).unwrap_err();
    assert!(matches!(beyond, TimelineError::OutOfRange { first: 0, .. }));
}

#[test]
fn stepping_back_over_calls_and_out_of_functions_is_the_reverse_of_what_was_done() {
    let (mut store, mut job) = everything(8);
    let mut depths = vec![job.depth()];
    while job.is_running() {
        store.step(&mut job);
        depths.push(job.depth());
    }
    let (mut store, job) = everything(8);
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    let last = |before: usize, depth: usize| (0..before).rev().find(|at| depths[*at] <= depth);
    for from in (1..depths.len()).step_by(7) {
        let depth = depths[from].max(1);
        timeline.seek(&mut store, from as u64).unwrap();
        timeline.step_back_over(&mut store).unwrap();
        assert_eq!(Some(timeline.job().executed() as usize), last(from, depth), "from {from}");
        timeline.seek(&mut store, from as u64).unwrap();
        let out = timeline.step_back_out(&mut store);
        let expected = last(from, depths[from].saturating_sub(1));
        assert_eq!(out.is_ok(), expected.is_some());
        let at = timeline.job().executed() as usize;
        assert_eq!(at, expected.unwrap_or(from), "from {from}");
    }
}

#[test]
fn running_on_from_the_past_goes_over_what_is_known_and_then_on() {
    let expected = hashes(everything(12));
    let (mut store, job) = everything(12);
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    let mut state = 7;
    while timeline.job().is_running() {
        timeline.run(&mut store, random(&mut state) % 200).unwrap();
        let at = timeline.job().executed();
        assert_eq!(state_hash(&store, timeline.job()), expected[at as usize], "at {at}");
        if random(&mut state).is_multiple_of(2) && timeline.job().is_running() {
            timeline.seek(&mut store, random(&mut state) % (at + 1)).unwrap();
        }
    }
    assert_eq!(timeline.run(&mut store, Limit::NONE), Ok(Outcome::Done));
    assert_eq!(*store.data(), 12);
}

#[test]
fn a_run_that_traps_can_be_gone_back_in_and_traps_again() {
    let text = r#"(module (memory 1) (func (export "run") (local $n i32)
      (loop
        (i32.store (local.get $n) (i32.const 1))
        (local.set $n (i32.add (local.get $n) (i32.const 1000)))
        (br 0))))"#;
    let (mut store, job) = plain(text);
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    let outcome = timeline.run(&mut store, Limit::NONE).unwrap();
    let end = timeline.job().executed();
    timeline.seek(&mut store, end / 2).unwrap();
    assert!(timeline.job().is_running());
    assert_eq!(timeline.run(&mut store, Limit::NONE), Ok(outcome.clone()));
    timeline.seek(&mut store, 3).unwrap();
    timeline.seek(&mut store, end).unwrap();
    let trap = timeline.job().trapped().expect("its end is the trap");
    assert_eq!(Outcome::Trapped(trap.clone()), outcome);
    assert!(matches!(trap.kind(), TrapKind::MemoryOutOfBounds { .. }));
}

#[test]
fn a_host_function_that_does_anything_is_not_called_again() {
    let engine = engine();
    let text = r#"(module (import "" "host" (func $host))
      (memory (export "memory") 1) (global $g (export "g") (mut i32) (i32.const 0))
      (func (export "bump") (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (i32.store (i32.const 8) (global.get $g)))
      (func (export "run") (call $host) (nop) (call $host) (nop)))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let setup = || {
        let mut store = Store::new(&engine, 0);
        let host = |mut caller: Caller<'_, u32>| -> Result<(), HostError> {
            *caller.data_mut() += 1;
            let bump = caller.get_export("bump").and_then(|it| it.into_func()).unwrap();
            bump.call(&mut caller, &[], &mut []).unwrap();
            let memory = caller.get_export("memory").and_then(|it| it.into_memory()).unwrap();
            memory.grow(&mut caller, 1).unwrap();
            memory.data_mut(&mut caller).unwrap()[100] += 1;
            Ok(())
        };
        let host = Func::wrap(&mut store, host).unwrap();
        let instance = Instance::new(&mut store, &module, &[host.into()]).unwrap();
        let job = Job::new(&store, instance.get_func(&store, "run").unwrap(), &[]).unwrap();
        (store, job)
    };
    let expected = hashes(setup());
    let (mut store, job) = setup();
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    for at in [0, 3, 1, 2, 5, 4, 1, 0, 4] {
        timeline.seek(&mut store, at).unwrap();
        assert_eq!(state_hash(&store, timeline.job()), expected[at as usize], "at {at}");
    }
    assert_eq!(*store.data(), 2);
}

#[test]
fn what_the_embedder_changes_is_part_of_the_run_at_its_end_and_undone_in_the_past() {
    let engine = engine();
    let text = r#"(module (memory (export "memory") 1)
      (func (export "run") (result i32) (nop) (nop) (i32.load (i32.const 0))))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    let memory: Memory = instance.get_memory(&store, "memory").unwrap();
    let job = Job::new(&store, instance.get_func(&store, "run").unwrap(), &[]).unwrap();
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    timeline.run(&mut store, 1).unwrap();
    memory.write(&mut store, 0, &[7]).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    assert_eq!(timeline.job().results(&store), Some(vec![Val::I32(7)]));
    timeline.seek(&mut store, 0).unwrap();
    assert_eq!(memory.data(&store).unwrap()[0], 0);
    memory.write(&mut store, 0, &[9]).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    assert_eq!(timeline.job().results(&store), Some(vec![Val::I32(7)]));
}

#[test]
fn the_limit_is_kept_and_the_beginning_forgotten_at_last() {
    // Every round writes to another page, and to the first.
    let text = r#"(module (memory 64) (func (export "run") (local $n i32)
      (loop
        (i32.store (i32.mul (local.get $n) (i32.const 4096)) (i32.const 1))
        (i32.store (i32.const 0) (local.get $n))
        (local.set $n (i32.rem_u (i32.add (local.get $n) (i32.const 1)) (i32.const 1000)))
        (br 0))))"#;
    let setup = || plain(text);
    let (mut store, job) = setup();
    let settings = small().with_bytes(6 << 20);
    let mut timeline = Timeline::new(&mut store, job, settings).unwrap();
    for _ in 0..50 {
        timeline.run(&mut store, 200_000).unwrap();
        assert!(timeline.bytes() <= 6 << 20, "{} bytes", timeline.bytes());
    }
    let (first, last) = (*timeline.range().start(), *timeline.range().end());
    assert_eq!(last, 10_000_000);
    for at in [first, (first + last) / 2, last - 1] {
        timeline.seek(&mut store, at).unwrap();
        let (mut afresh, mut job) = setup();
        afresh.run(&mut job, at);
        assert_eq!(state_hash(&store, timeline.job()), state_hash(&afresh, &job), "at {at}");
    }
    // With next to nothing, nothing is kept, and the program runs all the same.
    let (mut store, job) = setup();
    let mut timeline = Timeline::new(&mut store, job, small().with_bytes(100)).unwrap();
    assert_eq!(timeline.run(&mut store, 1000), Ok(Outcome::OutOfFuel));
    assert_eq!(timeline.range(), 1000..=1000);
    assert!(timeline.seek(&mut store, 999).is_err());
}

/// Everything there is outside of the value stack, but for the objects.
fn kept(store: &Store<u32>, instance: Instance) -> (Vec<u8>, Vec<Val>, Vec<Val>) {
    let memory = instance.get_memory(store, "memory").unwrap();
    let get = |kind, index| instance.get_index(store, kind, index);
    let globals = (0..).map_while(|index| get(ExternKind::Global, index)?.into_global());
    let table = get(ExternKind::Table, 0).and_then(|it| it.into_table()).unwrap();
    let elements = (0..table.size(store).unwrap()).map(|index| table.get(store, index).unwrap());
    let globals = globals.map(|global| global.get(store).unwrap()).collect();
    (memory.data(store).unwrap().to_vec(), globals, elements.collect())
}

#[test]
fn what_an_instruction_writes_is_what_is_different_behind_it() {
    let (mut store, mut job) = everything(8);
    let instance = job.frame().unwrap().instance();
    let mut writes_seen = 0;
    let mut before = kept(&store, instance);
    while job.is_running() {
        let writes: Vec<Location> = accesses(&store, &job)
            .into_iter()
            .filter(|access| access.writes)
            .map(|access| access.location)
            .collect();
        let calls = *store.data();
        store.step(&mut job);
        let after = kept(&store, instance);
        if *store.data() != calls {
            // What a host function writes is not the instruction's.
            before = after;
            continue;
        }
        let written = |location: Location| writes.iter().any(|it| it.overlaps(&location));
        let memory = instance.get_memory(&store, "memory").unwrap();
        for (address, (old, new)) in (0..).zip(before.0.iter().zip(&after.0)) {
            let location = Location::Memory { memory, bytes: address..address + 1 };
            assert!(old == new || written(location), "byte {address}, at {}", job.executed());
        }
        for (index, (old, new)) in (0..).zip(before.1.iter().zip(&after.1)) {
            let global = instance.get_index(&store, ExternKind::Global, index);
            let location = Location::Global(global.and_then(|it| it.into_global()).unwrap());
            assert!(old == new || written(location), "global {index}, at {}", job.executed());
        }
        let table = instance.get_index(&store, ExternKind::Table, 0).unwrap().into_table().unwrap();
        for (index, (old, new)) in (0..).zip(before.2.iter().zip(&after.2)) {
            let location = Location::Table { table, elements: index..index + 1 };
            assert!(old == new || written(location), "element {index}, at {}", job.executed());
        }
        writes_seen += writes.len();
        before = after;
    }
    assert!(writes_seen > 20);
}

#[test]
fn the_last_write_before_an_instruction_is_found_and_so_is_the_next() {
    let (mut store, job) = everything(20);
    let memory = job.frame().unwrap().instance().get_memory(&store, "memory").unwrap();
    // In round 3, the sum up to 3 is written to 3 KiB.
    let location = Location::Memory { memory, bytes: 3072..3076 };
    store.set_breakpoints(&[Breakpoint::Location { location, on: Watch::Write }]).unwrap();
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    timeline.run(&mut store, Limit::NONE).unwrap();
    assert_eq!(timeline.run_back(&mut store, 0, |_, _, _| true), Ok(Some(0)));
    let at = timeline.job().executed();
    assert_eq!(timeline.job().operands(&store, 0), [3072, 6]);
    assert_eq!(timeline.run_back(&mut store, 0, |_, _, _| true), Ok(None));
    assert_eq!(timeline.job().executed(), 0);
    let next = Limit::NONE.until_breakpoint();
    assert_eq!(timeline.run(&mut store, next), Ok(Outcome::Breakpoint(0)));
    assert_eq!(timeline.job().executed(), at);
    // Where it stands is left first.
    timeline.run(&mut store, 1).unwrap();
    assert_eq!(timeline.run(&mut store, next), Ok(Outcome::Done));
}

#[test]
fn another_store_or_timeline_is_refused() {
    let (mut store, job) = everything(3);
    let (mut other, _) = everything(3);
    let mut timeline = Timeline::new(&mut store, job.clone(), small()).unwrap();
    assert_eq!(timeline.run(&mut other, 1), Err(TimelineError::OtherStore));
    let mut second = Timeline::new(&mut store, job, small()).unwrap();
    assert_eq!(timeline.seek(&mut store, 0), Err(TimelineError::OtherStore));
    assert_eq!(second.run(&mut store, 5), Ok(Outcome::OutOfFuel));
    let job = second.into_job(&mut store);
    assert_eq!(job.executed(), 5);
}

#[test]
fn looking_back_leads_to_the_same_states_where_objects_are_collected() {
    // Every round forgets the object of the round before.
    let text = r#"(module (type $pair (struct (field i32) (field i64)))
      (func $make (param i32) (result (ref $pair))
        (struct.new $pair (local.get 0) (i64.const 1)))
      (func (export "run") (result i32) (local $n i32) (local $last (ref null $pair))
        (loop
          (local.set $last (call $make (local.get $n)))
          (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
            (i32.const 40000))))
        (struct.get $pair 0 (local.get $last))))"#;
    let setup = || plain(text);
    let (mut store, job) = setup();
    let instance = job.frame().unwrap().instance();
    let counts = Breakpoint::Local { instance, function: 1, local: 0, on: Watch::Write };
    store.set_breakpoints(&[counts]).unwrap();
    let mut timeline = Timeline::new(&mut store, job, small()).unwrap();
    assert_eq!(timeline.run(&mut store, 400_000), Ok(Outcome::OutOfFuel));
    let mut asked = 0;
    let long_ago = |store: &Store<()>, job: &Job, _| {
        asked += 1;
        job.locals(store, 0).first() == Some(&10_000)
    };
    assert_eq!(timeline.run_back(&mut store, 0, long_ago), Ok(Some(0)));
    let here = timeline.job().executed();
    assert!(timeline.job().is_running() && here < 200_000 && asked >= 18_000, "{here}, {asked}");
    let (mut afresh, mut job) = setup();
    afresh.run(&mut job, here);
    assert_eq!(state_hash(&store, timeline.job()), state_hash(&afresh, &job));
    assert_eq!(timeline.run(&mut store, Limit::NONE), Ok(Outcome::Done));
    assert_eq!(timeline.job().results(&store), Some(vec![Val::I32(39_999)]));
}

#[test]
fn who_comes_to_a_trap_again_is_told() {
    let (mut store, job) = plain(r#"(module (func (export "run") (nop) (unreachable)))"#);
    let mut timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
    assert!(matches!(timeline.run(&mut store, Limit::NONE), Ok(Outcome::Trapped(_))));
    timeline.seek(&mut store, 0).unwrap();
    assert!(matches!(timeline.run(&mut store, 1), Ok(Outcome::Trapped(_))));
    assert!(timeline.job().trapped().is_some());
}

#[test]
fn a_hash_does_not_count_what_no_instance_has() {
    let engine = engine();
    let wat = r#"(module (memory 1) (global (mut i32) (i32.const 7)) (table 2 funcref)
        (func $f (export "f") (i32.store (i32.const 8) (i32.const 9))) (elem (i32.const 0) $f))"#;
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    let hash = |more: bool| {
        let mut store = Store::new(&engine, ());
        if more {
            let pages = Limits { min: 1, max: None };
            Memory::new(&mut store, MemoryType::new(pages)).unwrap();
            let ty = GlobalType { content: ValType::I32, mutable: true };
            Global::new(&mut store, ty, Val::I32(3)).unwrap();
        }
        let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
        let f = instance.get_func(&store, "f").unwrap();
        let mut job = Job::new(&store, f, &[]).unwrap();
        let before = state_hash(&store, &job);
        store.run(&mut job, Limit::NONE);
        assert_ne!(before, state_hash(&store, &job));
        state_hash(&store, &job)
    };
    assert_eq!(hash(true), hash(false));
}

#[test]
fn a_recorded_run_ends_where_the_fuel_of_the_store_does() {
    let text = r#"(module (func (export "run") (param i32) (loop (br_if 1 (i32.eqz (local.get 0))) (br 0))))"#;
    for may_be_interrupted in [false, true] {
        for fuel in [1, 1000, 300_000] {
            let (mut store, instance) = {
                let engine = engine();
                let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
                let mut store = Store::new(&engine, ());
                let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
                (store, instance)
            };
            let run = instance.get_func(&store, "run").unwrap();
            let job = Job::new(&store, run, &[Val::I32(1)]).unwrap();
            store.set_fuel(Some(fuel));
            let _handle = may_be_interrupted.then(|| store.interrupt_handle());
            let mut timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
            let outcome = timeline.run(&mut store, Limit::NONE).unwrap();
            let Outcome::Trapped(trap) = &outcome else { panic!("{outcome:?}") };
            assert_eq!(trap.kind(), &TrapKind::OutOfFuel);
            assert_eq!(timeline.job().executed(), fuel);
        }
    }
}

/// Goes deep, makes objects, and grows memories and tables as far as the budget lets it; each of
/// these takes what the others leave.
const GREEDY: &str = r#"(module
  (type $bytes (array (mut i8)))
  (type $list (struct (field (ref null $list)) (field (ref $bytes))))
  (memory 1)
  (table $table 2 funcref)
  (global $list (mut (ref null $list)) (ref.null $list))
  (func $down (param i32)
    (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "run") (result i32) (local $n i32) (local $sum i32)
    (loop $round
      (call $down (i32.mul (local.get $n) (i32.const 7)))
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3))
        (table.grow $table (ref.null func) (local.get $n))))
      (global.set $list (struct.new $list (global.get $list)
        (array.new_default $bytes (i32.mul (local.get $n) (i32.const 30)))))
      (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 9)))
        (then (global.set $list (ref.null $list))))
      (local.set $sum (i32.add (local.get $sum) (memory.grow (i32.const 1))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $round (i32.lt_u (local.get $n) (i32.const 40))))
    (local.get $sum)))"#;

#[test]
fn under_a_budget_every_state_is_that_of_running_afresh() {
    let mut kinds = (0, 0);
    for budget in (80..400).step_by(16) {
        let within = || {
            let (mut store, job) = plain(GREEDY);
            store.set_limits(StoreLimits::new().with_budget(Some(budget << 10)));
            (store, job)
        };
        let (mut store, mut job) = within();
        let end = store.run(&mut job, Limit::NONE);
        match job.trapped() {
            Some(_) => kinds.0 += 1,
            None => kinds.1 += 1,
        }
        let last = job.executed();
        let state = state_hash(&store, &job);

        let (mut store, job) = within();
        let mut timeline = Timeline::new(&mut store, job, small().with_interval(700)).unwrap();
        assert_eq!(timeline.run(&mut store, Limit::NONE).unwrap().is_running(), end.is_running());
        let mut random_state = budget;
        for _ in 0..30 {
            let at = random(&mut random_state) % (last + 1);
            timeline.seek(&mut store, at).unwrap();
            timeline.seek(&mut store, last).unwrap();
            assert_eq!(state_hash(&store, timeline.job()), state, "within {budget} KiB, from {at}");
        }
    }
    assert!(kinds.0 > 3 && kinds.1 > 3, "{kinds:?}");
}

#[test]
fn under_a_budget_a_host_function_leaves_the_same_room_when_it_is_gone_over_again() {
    let wat = r#"(module
      (import "" "tick" (func $tick))
      (table $table 0 funcref)
      (func (export "run") (result i32) (local $grown i32)
        (nop)
        (call $tick)
        (loop $more
          (local.set $grown (i32.add (local.get $grown) (i32.const 1)))
          (br_if $more (i32.ge_s (table.grow $table (ref.null func) (i32.const 1)) (i32.const 0))))
        (local.get $grown)))"#;
    let engine = engine();
    let module = Module::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
    // Allocated for, the room stays: each run has a store of its own.
    let make = |budget| {
        let mut store = Store::new(&engine, ());
        let tick = Func::wrap(&mut store, || {}).unwrap();
        let instance = Instance::new(&mut store, &module, &[tick.into()]).unwrap();
        store.set_limits(StoreLimits::new().with_budget(budget));
        let job = Job::new(&store, instance.get_func(&store, "run").unwrap(), &[]).unwrap();
        (store, job)
    };
    let (store, job) = make(None);
    let least = store.ledger([&job]).total();
    let mut ends = BTreeSet::new();
    for budget in (least..least + 2000).step_by(8) {
        let (mut store, job) = make(Some(budget));
        let mut timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
        // Of a trap, the state after it counts.
        let mut states = BTreeMap::new();
        let mut is_running = true;
        while is_running {
            is_running = timeline.run(&mut store, 1).unwrap().is_running();
            states.insert(timeline.job().executed(), state_hash(&store, timeline.job()));
        }
        ends.insert(states.len());
        timeline.seek(&mut store, 0).unwrap();
        for (executed, state) in states {
            timeline.seek(&mut store, executed).unwrap();
            let found = state_hash(&store, timeline.job());
            assert_eq!(found, state, "within {budget} bytes, at {executed}");
        }
    }
    assert!(ends.len() > 10, "{ends:?}");
}
