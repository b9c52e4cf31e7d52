//! A run that is saved, lost and loaded again goes on as if nothing had happened.

mod common;

use common::states::{Outside, PROGRAMS, begin, instantiate, run, save};
use common::{engine, module};
use fayasm_core::timeline::{Settings, Timeline, state_hash};
use fayasm_core::{
    AsContextMut, Caller, Config, Contents, Engine, ExternKind, Func, FuncType, FunctionTrap,
    Global, GlobalType, Instance, Job, Limit, Limits, Linker, Memory, MemoryType, Outcome, RefType,
    StateError, StatePart, Store, StoreLimits, Table, TableType, Tag, Translate, Trap, TrapKind,
    Val, ValType,
};

/// All that can be seen at an end: the outcome, results, what the host saw, how much was executed,
/// and a hash of everything.
fn end(store: &Store<Outside>, job: &Job) -> (String, Option<Vec<Val>>, Vec<i32>, u64, u64) {
    let trap = job.trapped().map_or("no trap".to_owned(), |trap| {
        let places: Vec<_> =
            trap.backtrace().iter().map(|frame| (frame.function, frame.offset)).collect();
        format!("{trap}, {places:?}")
    });
    let log = store.data().log.clone();
    (trap, job.results(store), log, job.executed(), state_hash(store, job))
}

/// Changes all that the embedder can.
fn scramble(store: &mut Store<Outside>, instance: Instance) {
    let all = |kind| (0..).map_while(move |index| Some((kind, index)));
    for (kind, index) in all(ExternKind::Memory) {
        let Some(item) = instance.get_index(&*store, kind, index) else { break };
        let memory = item.into_memory().expect("it is a memory");
        memory.data_mut(&mut *store).expect("it is there").fill(0xA5);
        let _ = memory.grow(&mut *store, 1);
    }
    for (kind, index) in all(ExternKind::Global) {
        let Some(item) = instance.get_index(&*store, kind, index) else { break };
        let global = item.into_global().expect("it is a global");
        let zero = Val::default_for(global.get(&*store).expect("it is there").ty());
        let _ = global.set(&mut *store, zero);
    }
    for (kind, index) in all(ExternKind::Table) {
        let Some(item) = instance.get_index(&*store, kind, index) else { break };
        let table = item.into_table().expect("it is a table");
        let ty = table.ty(&*store).expect("it is there");
        let null = Val::default_for(ValType::Ref(ty.element));
        let _ = table.grow(&mut *store, 2, null);
        for index in 0..table.size(&*store).expect("it is there") {
            let null = table.get(&*store, index).expect("it is there").ty();
            let _ = table.set(&mut *store, index, Val::default_for(null));
        }
    }
}

#[test]
fn a_run_goes_on_wherever_it_was_saved_here_and_elsewhere() {
    for program in PROGRAMS {
        let module = module(&engine(), program.wat);
        let (mut store, _, mut job) = begin(&module, program);
        let first = save(&store, &job);
        run(&mut store, &mut job, 100_000);
        assert!(!job.is_running(), "{} does not end", program.name);
        let expected = end(&store, &job);

        let stops = job.executed();
        for stop in (0..=stops).step_by((stops as usize / 150).max(1)) {
            let at = format!("{}, after {stop} instructions", program.name);
            let (mut store, instance, mut job) = begin(&module, program);
            run(&mut store, &mut job, stop);
            if job.trapped().is_some() {
                assert_eq!(
                    store.save_state(&job, Contents::Included),
                    Err(StateError::Trapped),
                    "{at}"
                );
                continue;
            }
            let state = save(&store, &job);
            let (hash, outside) = (state_hash(&store, &job), store.data().clone());

            // In the same store, of which all is something else meanwhile.
            drop(job);
            store.load_state(&first).unwrap_or_else(|error| panic!("{at}: {error}"));
            scramble(&mut store, instance);
            let mut job = store.load_state(&state).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(state_hash(&store, &job), hash, "{at}");
            assert_eq!(save(&store, &job), state, "{at}");
            run(&mut store, &mut job, 100_000);
            assert_eq!(end(&store, &job), expected, "{at}");

            // In another store.
            let (mut store, _) = instantiate(&module);
            *store.data_mut() = outside;
            let mut job = store.load_state(&state).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(state_hash(&store, &job), hash, "{at}");
            assert_eq!(save(&store, &job), state, "{at}");
            run(&mut store, &mut job, 100_000);
            assert_eq!(end(&store, &job), expected, "{at}, elsewhere");
        }
    }
}

#[test]
fn a_run_that_is_saved_and_loaded_all_the_time_comes_to_the_same() {
    for program in PROGRAMS {
        let module = module(&engine(), program.wat);
        let (mut store, _, mut job) = begin(&module, program);
        run(&mut store, &mut job, 100_000);
        let expected = end(&store, &job);
        for slice in [1, 7, 300] {
            let (mut store, instance, mut job) = begin(&module, program);
            while job.is_running() && job.executed() < 3000 {
                run(&mut store, &mut job, slice);
                if job.trapped().is_none() {
                    let state = save(&store, &job);
                    scramble(&mut store, instance);
                    job = store.load_state(&state).expect("it was saved here");
                }
            }
            run(&mut store, &mut job, 100_000);
            assert_eq!(end(&store, &job), expected, "{}, by {slice}", program.name);
        }
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_tier() {
    for program in PROGRAMS {
        let states = [Translate::Never, Translate::Always, Translate::Mixed].map(|translate| {
            let engine = Engine::new(Config::new().with_translate(translate));
            let module = module(&engine, program.wat);
            let stops = (1..800).step_by(31).map_while(|stop| {
                let (mut store, _, mut job) = begin(&module, program);
                run(&mut store, &mut job, stop);
                job.trapped().is_none().then(|| save(&store, &job))
            });
            stops.collect::<Vec<_>>()
        });
        assert_eq!(states[0], states[1], "{}", program.name);
        assert_eq!(states[0], states[2], "{}", program.name);
    }
}

/// A module with objects, a function of the host, and one that can be stopped at.
const OBJECTS: &str = r#"(module
  (import "" "five" (func $five (result i32)))
  (type $s (struct (field i32)))
  (func (export "make") (param i32) (result anyref) (struct.new $s (local.get 0)))
  (func (export "get") (param anyref) (result i32)
    (struct.get $s 0 (ref.cast (ref $s) (local.get 0))))
  (type $bytes (array i8))
  (func (export "churn") (local $i i32)
    (loop (drop (array.new_default $bytes (i32.const 100000)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 20)))))
  (func $callee (export "callee") (nop))
  (func (export "f") (result i32) (call $callee) (i32.add (call $five) (i32.const 1))))"#;

fn objects() -> (Store<Outside>, Instance) {
    let (mut store, instance) = instantiate(&module(&engine(), OBJECTS));
    store.set_limits(StoreLimits::new());
    (store, instance)
}

fn func(store: &Store<Outside>, instance: Instance, name: &str) -> Func {
    instance.get_func(store, name).expect("it is exported")
}

#[test]
fn results_of_a_job_that_is_done_are_what_they_were() {
    let (mut store, instance) = objects();
    let make = func(&store, instance, "make");
    let mut job = Job::new(&store, make, &[Val::I32(77)]).unwrap();
    run(&mut store, &mut job, 100);
    let results = job.results(&store).unwrap();
    let state = save(&store, &job);
    drop(job);
    func(&store, instance, "churn").call(&mut store, &[], &mut []).unwrap();

    let get = func(&store, instance, "get");
    let mut got = [Val::I32(0)];
    assert!(get.call(&mut store, &results, &mut got).is_err(), "it was collected");
    let job = store.load_state(&state).unwrap();
    assert_eq!(job.results(&store).as_ref(), Some(&results));
    get.call(&mut store, &results, &mut got).unwrap();
    assert_eq!(got, [Val::I32(77)]);
}

#[test]
fn other_jobs_go_on_or_trap_if_what_they_refer_to_is_gone() {
    let (mut store, instance) = objects();
    let (make, get) = (func(&store, instance, "make"), func(&store, instance, "get"));
    let first = {
        let job = Job::new(&store, make, &[Val::I32(1)]).unwrap();
        save(&store, &job)
    };
    let mut made = Job::new(&store, make, &[Val::I32(77)]).unwrap();
    run(&mut store, &mut made, 100);
    let mut other = Job::new(&store, get, &made.results(&store).unwrap()).unwrap();
    run(&mut store, &mut other, 1);
    let second = save(&store, &made);

    store.load_state(&first).unwrap();
    let mut lost = other.clone();
    run(&mut store, &mut lost, 100);
    assert_eq!(lost.trapped().map(Trap::kind), Some(&TrapKind::LostReference));
    store.load_state(&second).unwrap();
    run(&mut store, &mut other, 100);
    assert_eq!(other.results(&store), Some(vec![Val::I32(77)]));
}

#[test]
fn a_call_that_was_paused_is_let_pass() {
    let (mut store, instance) = objects();
    let (callee, f) = (func(&store, instance, "callee"), func(&store, instance, "f"));
    store.set_function_trap(callee, Some(FunctionTrap::Pause)).unwrap();
    let mut job = Job::new(&store, f, &[]).unwrap();
    assert_eq!(store.run(&mut job, 100), Outcome::Paused(callee));
    let state = save(&store, &job);

    let (mut store, instance) = objects();
    let callee = func(&store, instance, "callee");
    store.set_function_trap(callee, Some(FunctionTrap::Pause)).unwrap();
    let mut job = store.load_state(&state).unwrap();
    assert_eq!(save(&store, &job), state);
    assert_eq!(store.run(&mut job, 100), Outcome::Done);
    // Another call is not.
    let mut job = store.load_state(&state).unwrap();
    let mut again = Job::new(&store, job.func(), &[]).unwrap();
    assert_eq!(store.run(&mut again, 100), Outcome::Paused(callee));
    assert_eq!(store.run(&mut job, 100), Outcome::Done);
}

#[test]
fn a_job_that_waits_for_a_host_function_waits_again() {
    // Called by a driver of its own, and by WebAssembly.
    let (mut store, instance) = objects();
    let f = func(&store, instance, "f");
    let mut job = Job::new(&store, f, &[]).unwrap();
    let Outcome::HostCall(five) = job.run(store.inner_mut(), Limit::NONE) else { panic!() };
    let hash = state_hash(&store, &job);
    let mut job = store.load_state(&save(&store, &job)).unwrap();
    assert_eq!(state_hash(&store, &job), hash);
    assert_eq!(job.run(store.inner_mut(), Limit::NONE), Outcome::HostCall(five));
    job.resume(store.inner(), Ok(&[Val::I32(8)])).unwrap();
    assert_eq!(job.run(store.inner_mut(), Limit::NONE), Outcome::Done);
    assert_eq!(job.results(&store), Some(vec![Val::I32(9)]));

    // By the embedder itself.
    let job = Job::new(&store, five, &[]).unwrap();
    let mut job = store.load_state(&save(&store, &job)).unwrap();
    assert_eq!(job.host_arguments(store.inner()), Some(vec![]));
    assert_eq!(store.run(&mut job, Limit::NONE), Outcome::Done);
    assert_eq!(job.results(&store), Some(vec![Val::I32(5)]));
}

#[test]
fn what_cannot_be_saved_or_loaded_now_is_refused_with_the_reason() {
    let (mut store, instance) = objects();
    let (make, get) = (func(&store, instance, "make"), func(&store, instance, "get"));
    let job = Job::new(&store, make, &[Val::I32(1)]).unwrap();
    let state = save(&store, &job);
    let (other, _) = objects();
    let error = other.save_state(&job, Contents::Included);
    assert_eq!(error, Err(StateError::ForeignHandle));

    // It is given an object that is collected before it runs.
    let mut made = [Val::AnyRef(None)];
    make.call(&mut store, &[Val::I32(1)], &mut made).unwrap();
    let given = Job::new(&store, get, &made).unwrap();
    func(&store, instance, "churn").call(&mut store, &[], &mut []).unwrap();
    let error = store.save_state(&given, Contents::Included);
    assert_eq!(error, Err(StateError::LostReference));

    let timeline = Timeline::new(&mut store, job, Settings::default()).unwrap();
    assert_eq!(store.load_state(&state).map(drop), Err(StateError::Watched));
    drop(timeline.into_job(&mut store));
    assert_eq!(store.load_state(&state).map(drop), Ok(()));
}

#[test]
fn a_host_function_that_is_executed_saves_and_loads_nothing() {
    let engine = engine();
    let mut store = Store::new(&engine, Vec::new());
    let seen = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<StateError>>| {
        let store = caller.as_context_mut();
        let nop = Func::wrap(&mut *store, || {}).expect("there is room");
        let job = Job::new(&*store, nop, &[]).expect("it takes nothing");
        let errors =
            [store.save_state(&job, Contents::Included).map(drop), store.load_state(&[]).map(drop)];
        store.data_mut().extend(errors.into_iter().filter_map(Result::err));
    });
    seen.unwrap().call(&mut store, &[], &mut []).unwrap();
    assert_eq!(store.into_data(), [StateError::HostFunction, StateError::HostFunction]);
}

/// What is done to a store.
type Change = dyn Fn(&mut Store<Outside>);

#[test]
fn a_store_that_was_built_in_another_way_says_where_it_differs() {
    let module = module(&engine(), OBJECTS);
    let build = |more: &Change| {
        let (mut store, instance) = instantiate(&module);
        more(&mut store);
        (store, instance)
    };
    let (store, instance) = build(&|_| {});
    let f = func(&store, instance, "f");
    let state = save(&store, &Job::new(&store, f, &[]).unwrap());
    let differs = |more: &Change| {
        let (mut store, _) = build(more);
        store.load_state(&state).map(drop)
    };
    let limits = Limits { min: 1, max: Some(1) };
    let mut parts: Vec<(StatePart, Box<Change>)> = Vec::new();
    parts.push((
        StatePart::Modules,
        Box::new(|store| {
            let module = self::module(store.engine(), "(module)");
            drop(Instance::new(store, &module, &[]));
        }),
    ));
    parts.push((StatePart::Functions, Box::new(|store| drop(Func::wrap(store, || 5_i32)))));
    parts.push((StatePart::Types, Box::new(|store| drop(Func::wrap(store, |x: i64| x)))));
    parts.push((
        StatePart::Memories,
        Box::new(move |store| drop(Memory::new(store, MemoryType::new(limits)))),
    ));
    parts.push((
        StatePart::Tables,
        Box::new(move |store| {
            drop(Table::new(store, TableType::new(RefType::FUNCREF, limits), Val::FuncRef(None)));
        }),
    ));
    parts.push((
        StatePart::Globals,
        Box::new(|store| {
            let ty = GlobalType { content: ValType::I32, mutable: false };
            drop(Global::new(store, ty, Val::I32(1)));
        }),
    ));
    parts.push((StatePart::Tags, Box::new(|store| drop(Tag::new(store, FuncType::new([], []))))));
    assert_eq!(differs(&|_| {}), Ok(()));
    for (part, more) in parts {
        assert_eq!(differs(&*more), Err(StateError::Shape(part)));
    }
}

#[test]
fn a_state_that_takes_more_than_an_engine_allows_is_refused() {
    let wat = r#"(module (func $f (export "f") (param i32) (result i32)
      (if (local.get 0) (then (return (call $f (i32.sub (local.get 0) (i32.const 1))))))
      (local.get 0)))"#;
    let deep = module(&engine(), wat);
    let (mut store, instance) = instantiate(&deep);
    let f = func(&store, instance, "f");
    let mut job = Job::new(&store, f, &[Val::I32(100)]).unwrap();
    run(&mut store, &mut job, 300);
    let (state, depth) = (save(&store, &job), job.depth());
    assert!(depth > 40);
    for (config, error) in [
        (common::tier::config().with_max_call_depth(40), StatePart::Frames),
        (common::tier::config().with_max_stack_slots(50), StatePart::Stack),
    ] {
        let (mut store, _) = instantiate(&module(&Engine::new(config), wat));
        assert_eq!(store.load_state(&state).map(drop), Err(StateError::Limit(error)));
    }
}

#[test]
fn the_bytes_are_those_of_this_format() {
    let wat = r#"(module (memory 1) (global (mut i64) (i64.const -1)) (data "x")
      (func (export "f") (param i32) (result i32)
        (i32.store (i32.const 16) (i32.const 258)) (local.get 0)))"#;
    let module = module(&engine(), wat);
    let mut store = Store::new(module.engine(), ());
    let instance = Linker::new(module.engine()).instantiate(&mut store, &module).unwrap();
    let f = instance.get_func(&store, "f").unwrap();
    let mut job = Job::new(&store, f, &[Val::I32(5)]).unwrap();
    store.run(&mut job, 3);
    let state = store.save_state(&job, Contents::Included).unwrap();
    let numbers: Vec<u32> =
        state.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let expected: [&[u32]; 6] = [
        // No objects: generation, when to collect, how tight, entries, free ones.
        &[0, 0, 0, 0, 0, 0, 0],
        // Contents follow; a page, in which the third word is something.
        &[1, 65536, 0, 2, 1, 258, 0, 8189, 0],
        // A global of one word; a segment that is there.
        &[0, 1, u32::MAX, u32::MAX, 1, 0, 1, 0],
        // It runs, function 0, three instructions; begun; no call was paused.
        &[2, 0, 3, 0, 1, 0, 0],
        // A frame: function, first slot, instruction, entry.
        &[1, 0, 0, 9, 0],
        // A slot.
        &[1, 0, 1, 5, 0],
    ];
    assert_eq!(numbers[16..], expected.concat());
    let shape = numbers[..16].chunks(2).map(|pair| u64::from(pair[1]) << 32 | u64::from(pair[0]));
    assert_eq!(shape.collect::<Vec<_>>(), SHAPE);
}

/// A number for each part of the store above that no run can change.
const SHAPE: [u64; 8] = [
    17_731_656_675_403_863_567,
    2_571_693_822_569_157_347,
    0,
    5_296_447_563_580_008_435,
    0,
    2_056_441_368_401_617_159,
    0,
    0,
];
